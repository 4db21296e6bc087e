//! Connections out of pools, and what a run tells `tracing`.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use deadpool_postgres::Manager;
use migrate::{Revert, Runner};
use migrate_test_support::{block_on, postgres, sqlite};
use tracing::field::{Field, Visit};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};

#[allow(deprecated, reason = "what lints say of it")]
mod shop {
    migrate::history! {
        migration m0001_users { create table users { id: integer primary key autoincrement, name: text null } }
        migration m0002_ada { up { insert into users (name) values ("ada"); } down { delete from users; } }
        migration m0003_named {
            up { alter table users recreate alter column name set not null using "none"; }
            down { alter table users recreate alter column name drop not null; }
        }
    }
}

/// What `r2d2_sqlite` does, which is behind the newest driver.
struct Files(std::path::PathBuf);

impl r2d2::ManageConnection for Files {
    type Connection = rusqlite::Connection;
    type Error = rusqlite::Error;

    fn connect(&self) -> rusqlite::Result<rusqlite::Connection> {
        rusqlite::Connection::open(&self.0)
    }

    fn is_valid(&self, connection: &mut rusqlite::Connection) -> rusqlite::Result<()> {
        connection.execute_batch("SELECT 1")
    }

    fn has_broken(&self, _: &mut rusqlite::Connection) -> bool {
        false
    }
}

#[test]
fn every_verb_takes_a_connection_of_r2d2() {
    let file = sqlite::database();
    let pool = r2d2::Pool::builder().max_size(2).build(Files(file.path().to_owned())).unwrap();
    let mut db = pool.get().unwrap();
    let runner = || Runner::new(&shop::HISTORY);
    assert_eq!(runner().plan(&mut db).unwrap().migrations.len(), 3);
    assert_eq!(runner().run(&mut db).unwrap().migrations.len(), 3);
    assert!(runner().status(&mut db).unwrap().is_current());
    assert!(runner().repair(&mut db, migrate::Repair::Show).unwrap().migrations.is_empty());
    assert_eq!(runner().revert(&mut db, Revert::All).unwrap().migrations.len(), 3);
    assert!(runner().baseline(&mut db).is_err(), "it has none of the tables");
}

#[test]
fn every_verb_takes_a_client_of_deadpool() {
    let database = postgres::database();
    let manager = Manager::new(database.config().clone(), tokio_postgres::NoTls);
    let pool = deadpool_postgres::Pool::builder(manager).max_size(2).build().unwrap();
    block_on(async {
        let mut client = pool.get().await.unwrap();
        let runner = || Runner::new(&shop::HISTORY);
        assert_eq!(runner().plan_async(&mut client).await.unwrap().migrations.len(), 3);
        assert_eq!(runner().run_async(&mut client).await.unwrap().migrations.len(), 3);
        assert!(runner().status_async(&mut client).await.unwrap().is_current());
        assert!(
            runner().repair_async(&mut client, migrate::Repair::Show).await.unwrap().migrations.is_empty()
        );
        assert_eq!(runner().revert_async(&mut client, Revert::All).await.unwrap().migrations.len(), 3);
        assert!(runner().baseline_async(&mut client).await.is_err(), "it has none of the tables");
    });
}

/// The events under the target, each with its level and fields.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let _ = write!(self.0, " {}={value:?}", field.name());
    }
}

impl<S: tracing::Subscriber> Layer<S> for Heard {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "migrate" {
            let mut fields = Fields(event.metadata().level().to_string());
            event.record(&mut fields);
            self.0.lock().unwrap().push(fields.0);
        }
    }
}

#[test]
fn a_run_tells_what_it_does() {
    let heard = Heard::default();
    let mut db = rusqlite::Connection::open_in_memory().unwrap();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(heard.clone()), || {
        Runner::new(&shop::HISTORY).run(&mut db).unwrap();
    });
    let heard = heard.0.lock().unwrap();
    let has = |level: &str, fields: &str| heard.iter().any(|e| e.starts_with(level) && e.contains(fields));
    assert!(has("INFO", "message=applying `0001_users` (1 step) migration=0001_users steps=1"), "{heard:?}");
    assert!(has("DEBUG", "migration=0003_named table=users rows=1"), "{heard:?}");
    assert!(has("DEBUG", "migration=0003_named step=1"), "{heard:?}");
    assert!(has("INFO", "migration=0003_named took_ms="), "{heard:?}");
}
