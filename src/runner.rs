//! The options and the verbs, shared by the drivers.
//!
//! Comes in: a history and what the caller wants. Goes out: one call of the driver that the connection's type
//! chooses. It must not know what a driver does.

use std::future::Future;
use std::time::Duration;

use crate::error::Error;
use crate::event::Event;
use crate::migration::{History, Migration};
use crate::plan::Plan;
use crate::repair::{Repair, Repaired};
use crate::report::{Report, Status};

/// Applies a history to a database.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # static HISTORY: migrate::History = migrate::__private::history(&[]);
/// # let mut connection = migrate::rusqlite::Connection::open_in_memory()?;
/// let report = migrate::Runner::new(&HISTORY)
///     .on_event(|event| println!("{event}"))
///     .run(&mut connection)?;
/// println!("{report}");
/// # Ok(())
/// # }
/// ```
pub struct Runner<'e> {
    settings: Settings<'e>,
}

/// How far [`Runner::revert`] goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Revert<'a> {
    /// The last so many migrations.
    Last(usize),
    /// Every migration after this one, which stays applied.
    To(&'a str),
    /// Every migration.
    All,
}

/// What the caller set; the drivers read it.
pub struct Settings<'e> {
    pub(crate) migrations: &'static [&'static Migration],
    pub(crate) table: String,
    pub(crate) target: Option<String>,
    pub(crate) wait: Duration,
    pub(crate) allow_newer: bool,
    pub(crate) lock_timeout: Duration,
    pub(crate) retries: u32,
    pub(crate) schema: Option<String>,
    pub(crate) search_also: Vec<String>,
    pub(crate) show_keys: bool,
    pub(crate) ask_first: bool,
    pub(crate) replay: bool,
    /// Whether SQLite is asked before a rebuild, too, which rows refer to missing rows.
    pub(crate) look_first: bool,
    on_event: Option<Listener<'e>>,
}

type Listener<'e> = Box<dyn FnMut(&Event) + Send + 'e>;

impl<'e> Runner<'e> {
    /// A runner with the defaults.
    pub fn new(history: &History) -> Self {
        Runner {
            settings: Settings {
                migrations: history.migrations,
                table: "_migrations".to_owned(),
                target: None,
                wait: Duration::from_secs(30),
                allow_newer: false,
                lock_timeout: Duration::from_secs(5),
                retries: 5,
                schema: history.schema.map(str::to_owned),
                search_also: history.search_also.iter().map(|s| (*s).to_owned()).collect(),
                show_keys: false,
                ask_first: true,
                replay: false,
                look_first: false,
                on_event: None,
            },
        }
    }

    /// The history table's name; `_migrations` unless said otherwise. It stands in `main` on SQLite and in
    /// the schema that is migrated on PostgreSQL.
    pub fn table(mut self, name: impl Into<String>) -> Self {
        self.settings.table = name.into();
        self
    }

    /// The schema to migrate on PostgreSQL, in place of the one that the history names, or the connection's current
    /// one: one for each tenant, for instance. It is made if it does not exist, the history table stands in it, and
    /// letter case counts. SQLite knows no schemas.
    pub fn schema(mut self, name: impl Into<String>) -> Self {
        self.settings.schema = Some(name.into());
        self
    }

    /// Apply up to this migration, with it, and no further.
    pub fn target(mut self, migration: impl Into<String>) -> Self {
        self.settings.target = Some(migration.into());
        self
    }

    /// How long to wait while another process is migrating: 30 seconds unless said otherwise.
    pub fn wait_for_peer(mut self, longest: Duration) -> Self {
        self.settings.wait = longest;
        self
    }

    /// Calls the function for everything that happens on the way.
    pub fn on_event(mut self, listener: impl FnMut(&Event) + Send + 'e) -> Self {
        self.settings.on_event = Some(Box::new(listener));
        self
    }

    /// Accept a database that has every migration of this program and more after them.
    pub fn allow_newer(mut self) -> Self {
        self.settings.allow_newer = true;
        self
    }

    /// How long a statement waits for a lock on PostgreSQL, and how long others queue up behind it: 5 seconds
    /// unless said otherwise. Zero waits without end. SQLite has no such locks.
    pub fn statement_lock_timeout(mut self, longest: Duration) -> Self {
        self.settings.lock_timeout = longest;
        self
    }

    /// How often a migration is tried again on PostgreSQL after another session's lock was in its way: 5
    /// times unless said otherwise.
    pub fn retries(mut self, times: u32) -> Self {
        self.settings.retries = times;
        self
    }

    /// Whether to look for rows that are in the way before anything is touched; it does unless said otherwise. That counts
    /// them exactly, which reads all rows of their tables, without a lock that keeps anybody from writing on PostgreSQL. Without it
    /// they are looked for when a statement has failed.
    pub fn ask_first(mut self, ask: bool) -> Self {
        self.settings.ask_first = ask;
        self
    }

    /// Run each migration on a database that has nothing in it, too. Otherwise such a database gets the schema that the
    /// history leaves at once, as far as the history is structure alone, which is much faster, and ends in the same. A
    /// [`target`](Self::target) before the end of that stretch runs each in any case.
    pub fn replay(mut self, each: bool) -> Self {
        self.settings.replay = each;
        self
    }

    /// Name rows that are in the way by their primary keys. Unless that is asked for, no value of a row is ever printed.
    pub fn show_keys(mut self, show: bool) -> Self {
        self.settings.show_keys = show;
        self
    }

    /// Also look for names in this schema of PostgreSQL, after the migrated one: where extensions live, for
    /// instance. Migrations see no other schemas, whatever the connection's `search_path` is.
    pub fn search_also(mut self, schema: impl Into<String>) -> Self {
        self.settings.search_also.push(schema.into());
        self
    }

    /// Applies what is pending.
    pub fn run<D: SyncDriver>(mut self, database: &mut D) -> Result<Report, Error> {
        database.run(&mut self.settings)
    }

    /// Takes migrations back, newest first, by what was stored when they were applied.
    pub fn revert<D: SyncDriver>(mut self, database: &mut D, how: Revert<'_>) -> Result<Report, Error> {
        database.revert(&mut self.settings, how)
    }

    /// Writes down that the migrations are applied, up to the target, without running them: for a database that has
    /// their tables already, made by another tool. It refuses a history table that has rows, and a database with none of
    /// the tables. Whether they are what the migrations would have made it cannot tell; `migrate baseline` on the command
    /// line compares them first.
    pub fn baseline<D: SyncDriver>(mut self, database: &mut D) -> Result<Report, Error> {
        database.baseline(&mut self.settings)
    }

    /// Writes down what the applied migrations are now, where they were edited or renamed on purpose and the database got the
    /// change by other means: their names, checksums and ways back. It refuses where either side has migrations that the
    /// other has not, or has elsewhere. Whether the database is what the migrations would make of it cannot be told here;
    /// `migrate repair --database` on the command line compares them first.
    pub fn repair<D: SyncDriver>(mut self, database: &mut D, how: Repair) -> Result<Repaired, Error> {
        database.repair(&mut self.settings, how)
    }

    /// What [`run`](Self::run) would do: the SQL that would be sent, the rows that a rebuild copies, and the rows that are in the
    /// way. Writes nothing, not even the history table. Counting rows that are in the way reads all rows of their tables.
    pub fn plan<D: SyncDriver>(mut self, database: &mut D) -> Result<Plan, Error> {
        database.plan(&mut self.settings)
    }

    /// Which migrations are applied; writes nothing, not even the history table.
    pub fn status<D: SyncDriver>(mut self, database: &mut D) -> Result<Status, Error> {
        database.status(&mut self.settings)
    }

    /// Applies what is pending. A future that is dropped leaves no half migration.
    #[expect(clippy::manual_async_fn, reason = "the signature promises `Send`")]
    pub fn run_async<D: AsyncDriver>(
        mut self,
        database: &mut D,
    ) -> impl Future<Output = Result<Report, Error>> + Send {
        async move { database.run(&mut self.settings).await }
    }

    /// Takes migrations back, newest first, by what was stored when they were applied.
    #[expect(clippy::manual_async_fn, reason = "the signature promises `Send`")]
    pub fn revert_async<D: AsyncDriver>(
        mut self,
        database: &mut D,
        how: Revert<'_>,
    ) -> impl Future<Output = Result<Report, Error>> + Send {
        async move { database.revert(&mut self.settings, how).await }
    }

    /// Writes down that the migrations are applied, up to the target, without running them: for a database that has
    /// their tables already, made by another tool. It refuses a history table that has rows, and a database with none of
    /// the tables. Whether they are what the migrations would have made it cannot tell; `migrate baseline` on the command
    /// line compares them first.
    #[expect(clippy::manual_async_fn, reason = "the signature promises `Send`")]
    pub fn baseline_async<D: AsyncDriver>(
        mut self,
        database: &mut D,
    ) -> impl Future<Output = Result<Report, Error>> + Send {
        async move { database.baseline(&mut self.settings).await }
    }

    /// Writes down what the applied migrations are now, where they were edited or renamed on purpose and the database got the
    /// change by other means: their names, checksums and ways back. It refuses where either side has migrations that the
    /// other has not, or has elsewhere. Whether the database is what the migrations would make of it cannot be told here;
    /// `migrate repair --database` on the command line compares them first.
    #[expect(clippy::manual_async_fn, reason = "the signature promises `Send`")]
    pub fn repair_async<D: AsyncDriver>(
        mut self,
        database: &mut D,
        how: Repair,
    ) -> impl Future<Output = Result<Repaired, Error>> + Send {
        async move { database.repair(&mut self.settings, how).await }
    }

    /// What [`run_async`](Self::run_async) would do: the SQL that would be sent, the rows that a rebuild copies, and the rows that are in the
    /// way. Writes nothing, not even the history table. Counting rows that are in the way reads all rows of their tables.
    #[expect(clippy::manual_async_fn, reason = "the signature promises `Send`")]
    pub fn plan_async<D: AsyncDriver>(
        mut self,
        database: &mut D,
    ) -> impl Future<Output = Result<Plan, Error>> + Send {
        async move { database.plan(&mut self.settings).await }
    }

    /// Which migrations are applied; writes nothing, not even the history table.
    #[expect(clippy::manual_async_fn, reason = "the signature promises `Send`")]
    pub fn status_async<D: AsyncDriver>(
        mut self,
        database: &mut D,
    ) -> impl Future<Output = Result<Status, Error>> + Send {
        async move { database.status(&mut self.settings).await }
    }
}

impl std::fmt::Debug for Runner<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runner")
            .field("table", &self.settings.table)
            .field("target", &self.settings.target)
            .field("wait_for_peer", &self.settings.wait)
            .field("allow_newer", &self.settings.allow_newer)
            .finish_non_exhaustive()
    }
}

impl Settings<'_> {
    pub(crate) fn tell(&mut self, event: Event) {
        #[cfg(feature = "tracing")]
        crate::trace::tell(&event);
        if let Some(listener) = &mut self.on_event {
            listener(&event);
        }
    }

    /// How many of the declared migrations are wanted: all, or those up to the target.
    pub(crate) fn stop(&self) -> Result<usize, Error> {
        match &self.target {
            None => Ok(self.migrations.len()),
            Some(target) => match self.migrations.iter().position(|m| m.name == target) {
                Some(index) => Ok(index + 1),
                None => Err(Error::UnknownMigration {
                    migration: target.clone(),
                    last: self.migrations.last().map(|m| m.name.to_owned()),
                }),
            },
        }
    }

    /// The declared migration of that name.
    pub(crate) fn declared(&self, name: &str) -> Option<&'static Migration> {
        self.migrations.iter().copied().find(|m| m.name == name)
    }
}

/// A connection that blocks: `rusqlite::Connection`. Sealed: only this crate implements it.
pub trait SyncDriver: sealed::SyncDriver {}

/// A connection with futures: `tokio_postgres::Client`. Sealed: only this crate implements it.
pub trait AsyncDriver: sealed::AsyncDriver {}

impl<D: sealed::SyncDriver> SyncDriver for D {}
impl<D: sealed::AsyncDriver> AsyncDriver for D {}

pub(crate) mod sealed {
    use super::{Error, Future, Plan, Repair, Repaired, Report, Revert, Settings, Status};

    pub trait SyncDriver {
        fn run(&mut self, settings: &mut Settings<'_>) -> Result<Report, Error>;
        fn revert(&mut self, settings: &mut Settings<'_>, how: Revert<'_>) -> Result<Report, Error>;
        fn baseline(&mut self, settings: &mut Settings<'_>) -> Result<Report, Error>;
        fn repair(&mut self, settings: &mut Settings<'_>, how: Repair) -> Result<Repaired, Error>;
        fn plan(&mut self, settings: &mut Settings<'_>) -> Result<Plan, Error>;
        fn status(&mut self, settings: &mut Settings<'_>) -> Result<Status, Error>;
    }

    pub trait AsyncDriver: Send {
        fn run(&mut self, settings: &mut Settings<'_>) -> impl Future<Output = Result<Report, Error>> + Send;
        fn revert(
            &mut self,
            settings: &mut Settings<'_>,
            how: Revert<'_>,
        ) -> impl Future<Output = Result<Report, Error>> + Send;
        fn baseline(
            &mut self,
            settings: &mut Settings<'_>,
        ) -> impl Future<Output = Result<Report, Error>> + Send;
        fn repair(
            &mut self,
            settings: &mut Settings<'_>,
            how: Repair,
        ) -> impl Future<Output = Result<Repaired, Error>> + Send;
        fn plan(&mut self, settings: &mut Settings<'_>) -> impl Future<Output = Result<Plan, Error>> + Send;
        fn status(
            &mut self,
            settings: &mut Settings<'_>,
        ) -> impl Future<Output = Result<Status, Error>> + Send;
    }
}
