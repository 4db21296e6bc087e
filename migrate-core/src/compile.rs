//! The language, whole: sources in, `Outcome` out. Never a `Result`, never a panic.
//!
//! Three stages, for a door that answers before all is done: what the list can be told, the ways up, which follow each
//! other, and the rest of each migration, which waits for no other.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use crate::check::{CheckedDown, CheckedStep, Checker, Log, NameSet, check_down, check_options};
use crate::checksum;
use crate::diagnostics::{Diagnostic, Diagnostics, Level, code};
use crate::dialect::{Query, Work};
use crate::fresh;
use crate::lint::{Levels, check_names, lint};
use crate::parallel;
use crate::plan::{Asked, Planned, plan};
use crate::print;
use crate::probe::{Part, touched};
use crate::released::{self, Present};
use crate::schema::{Functions, Schema};
use crate::source::files::Sources;
use crate::source::{FileId, Loc};
use crate::syntax::{ast, parse_migration};
use crate::target::{Dialect, Options};

/// What a history compiles to.
#[derive(Clone, Debug, Default)]
pub struct Compiled {
    /// What the history says about its databases.
    pub options: Options,
    /// Its migrations, in order.
    pub migrations: Vec<Migration>,
    /// The schema after the last one.
    pub schema: Schema,
}

/// One compiled migration.
#[derive(Clone, Debug)]
pub struct Migration {
    /// The name in the database.
    pub name: String,
    /// The module.
    pub module: String,
    /// The file's name, without folders.
    pub file: String,
    /// Over the canonical form: 32 hexadecimal digits.
    pub checksum: String,
    /// Over the history up to and including this one: 32 hexadecimal digits.
    pub chain: String,
    /// For each dialect of the history.
    pub sqlite: Option<Script>,
    /// For each dialect of the history.
    pub postgres: Option<Script>,
    /// Whether its way down is derived, and not written.
    pub derived: bool,
    /// The schema before it.
    pub before: Schema,
    /// The steps of the way up.
    pub up: Arc<Vec<CheckedStep>>,
}

/// What a migration does on one database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// The way up.
    pub up: Vec<Piece>,
    /// The way down.
    pub down: Down,
    /// What rows can refuse of the way up.
    pub probes: Vec<Probe>,
    /// At the end of a history's stretch of structure alone: the statements that make, of nothing, the schema which this
    /// migration leaves. Empty at any other.
    pub fresh: Vec<String>,
}

/// A question about rows, for the runtime.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// The line of the statement that rows can refuse.
    pub line: u32,
    /// Its column.
    pub column: u32,
    /// The pieces that it became.
    pub pieces: Range<usize>,
    /// How many migrations of the history must be applied before the question means the rows that the statement will find;
    /// with its own among them, it can be asked at the statement alone.
    pub since: usize,
    /// Whether SQLite judges it at the end of the transaction alone.
    pub at_end: bool,
    /// The table whose rows are counted.
    pub table: String,
    /// What they do, as said of several: "have `email` null".
    pub words: String,
    /// The queries.
    pub query: Query,
}

/// The way down of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Down {
    /// Its work.
    Pieces(Vec<Piece>),
    /// None, with the author's reason.
    Irreversible(String),
}

impl Default for Down {
    fn default() -> Self {
        Down::Pieces(Vec::new())
    }
}

/// Work and its place in the migration's file, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The line of the statement.
    pub line: u32,
    /// Its column.
    pub column: u32,
    /// Its tokens.
    pub loc: Loc,
    /// What the database does.
    pub work: Work,
}

/// What came of compiling.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The history; what an error spoiled is missing in it.
    pub compiled: Compiled,
    /// All findings, sorted by place.
    pub diagnostics: Vec<Diagnostic>,
    /// What is legal and dangerous in migrations that are not released, unless the history denies it, which makes it one of
    /// the findings. Nothing where the history has errors.
    pub lints: Vec<Diagnostic>,
    /// The sources, for the places in the findings.
    pub sources: Sources,
}

impl Migration {
    /// The script for a dialect.
    pub fn script(&self, dialect: Dialect) -> Option<&Script> {
        match dialect {
            Dialect::Sqlite => self.sqlite.as_ref(),
            Dialect::Postgres => self.postgres.as_ref(),
        }
    }
}

impl Compiled {
    /// The schema after the first so many migrations.
    pub fn schema_after(&self, count: usize) -> &Schema {
        self.migrations.get(count).map_or(&self.schema, |next| &next.before)
    }
}

impl Down {
    /// Its work; none where there is no way back.
    pub fn pieces(&self) -> &[Piece] {
        match self {
            Down::Pieces(pieces) => pieces,
            Down::Irreversible(_) => &[],
        }
    }
}

impl Outcome {
    /// Whether the history compiled.
    pub fn is_sound(&self) -> bool {
        self.diagnostics.iter().all(|d| d.level != crate::diagnostics::Level::Error)
    }
}

/// Compiles a history.
pub fn compile(sources: Sources) -> Outcome {
    check(&Arc::new(prepare(sources))).finish()
}

/// A history whose files were read and parsed: all that its list can be told.
#[derive(Debug)]
pub struct Prepared {
    /// The files.
    pub sources: Sources,
    options: Options,
    parsed: Vec<Parsed>,
    names: Vec<String>,
    /// How many migrations from the start are as they were released, as far as names and checksums tell.
    frozen: usize,
    levels: Levels,
    found: Diagnostics,
}

/// Parses every migration of a history.
pub fn prepare(mut sources: Sources) -> Prepared {
    let mut cx = std::mem::take(&mut sources.diagnostics);
    let options = check_options(&mut cx, &sources.history.options);
    let levels = Levels::of(&mut cx, &sources.history.options);
    let parsed = parse_all(&mut cx, &mut sources, &options);
    let names = migration_names(&mut cx, &sources, &parsed);
    let frozen = check_released(&mut cx, &sources, &parsed, &names, &options);
    Prepared { sources, options, parsed, names, levels, frozen, found: cx }
}

/// Compares the history with what was released of it.
fn check_released(
    cx: &mut Diagnostics,
    sources: &Sources,
    parsed: &[Parsed],
    names: &[String],
    options: &Options,
) -> usize {
    let Some(lock) = &sources.lock else { return 0 };
    let present: Vec<Present<'_>> = (parsed.iter().zip(names))
        .map(|(Parsed { tree, checksum }, name)| Present {
            name,
            checksum,
            start: tree.loc,
            readable: !sources.bodies.get(tree.loc.file.0 as usize).is_some_and(|b| b.broken),
        })
        .collect();
    let canonical = |index: usize| print::canonical(&parsed[index].tree);
    released::check(cx, lock, &present, options, &sources.history.options, &canonical)
}

impl Prepared {
    /// What the history says about its databases.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// What was found so far in one file.
    pub fn diagnostics_of(&self, file: FileId) -> Vec<Diagnostic> {
        self.found.of(file).finish()
    }
}

/// A history whose ways up were checked. What is left of each migration, no other waits for; it is done once, by whoever
/// asks first.
#[derive(Debug)]
pub struct Checked {
    prepared: Arc<Prepared>,
    migrations: Vec<CheckedMigration>,
    lowered: Vec<OnceLock<(Migration, Diagnostics)>>,
    schema: Schema,
    found: Diagnostics,
    /// For SQLite and PostgreSQL the migration at which a stretch of structure alone ends.
    stretches: [Option<usize>; 2],
}

/// Checks every migration of a history against those before it.
pub fn check(prepared: &Arc<Prepared>) -> Checked {
    let mut cx = Diagnostics::default();
    let mut fold = Fold {
        schema: Schema::default(),
        names: NameSet::default(),
        log: Log::default(),
        chain: String::new(),
        sound: true,
    };
    let indices = 0..prepared.parsed.len();
    let migrations: Vec<_> = indices.map(|i| check_one(&mut cx, &mut fold, prepared, i)).collect();
    let lowered = migrations.iter().map(|_| OnceLock::new()).collect();
    let steps: Vec<&[CheckedStep]> = migrations.iter().map(|m| m.up.as_slice()).collect();
    let stretches = Dialect::ALL.map(|dialect| fresh::stretch(dialect, &steps));
    Checked { prepared: prepared.clone(), migrations, lowered, schema: fold.schema, found: cx, stretches }
}

impl Checked {
    /// How many migrations there are.
    pub fn len(&self) -> usize {
        self.migrations.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.migrations.is_empty()
    }

    /// One migration, and all that was found in its file.
    pub fn migration(&self, index: usize) -> Option<(&Migration, Vec<Diagnostic>)> {
        let (migration, found) = self.lower(index)?;
        let file = FileId(index as u32 + 1);
        let mut all = self.prepared.found.of(file);
        all.append(self.found.of(file));
        all.append(found.clone());
        Some((migration, all.finish()))
    }

    /// All migrations, if nothing is wrong with any of them.
    pub fn sound(&self) -> Option<Vec<&Migration>> {
        let lowered: Vec<_> = (0..self.len()).filter_map(|index| self.lower(index)).collect();
        let wrong = self.prepared.found.has_errors()
            || self.found.has_errors()
            || lowered.iter().any(|(_, found)| found.has_errors());
        (!wrong).then(|| lowered.iter().map(|(migration, _)| migration).collect())
    }

    /// Does what is left of one migration, unless it is done.
    pub fn lower(&self, index: usize) -> Option<&(Migration, Diagnostics)> {
        let checked = self.migrations.get(index)?;
        let speaks = index >= self.prepared.sources.released
            && !self.found.has_errors()
            && !self.prepared.found.has_errors();
        let earlier = &self.migrations[..index];
        let lower = || lower_one(&self.prepared, earlier, checked, speaks, self.stretches);
        Some(self.lowered[index].get_or_init(lower))
    }

    /// All of it.
    pub fn finish(mut self) -> Outcome {
        let indices: Vec<usize> = (0..self.len()).collect();
        parallel::map(&indices, |index| _ = self.lower(*index));
        let lowered = std::mem::take(&mut self.lowered);
        // Nobody else holds what was prepared, unless a door still works on it.
        let Checked { prepared, schema, found, .. } = self;
        let (sources, options, mut cx) = match Arc::try_unwrap(prepared) {
            Ok(prepared) => (prepared.sources, prepared.options, prepared.found),
            Err(shared) => (shared.sources.clone(), shared.options.clone(), shared.found.clone()),
        };
        cx.append(found);
        let mut migrations = Vec::with_capacity(lowered.len());
        for (migration, found) in lowered.into_iter().filter_map(OnceLock::into_inner) {
            migrations.push(migration);
            cx.append(found);
        }
        let compiled = Compiled { options, migrations, schema };
        let is_lint = |d: &Diagnostic| code::LINTS.contains(&d.code);
        let mut found = cx.finish();
        // What the last stage refused was not known when another migration was looked over.
        if found.iter().any(|d| d.level == Level::Error && !is_lint(d)) {
            found.retain(|d| !is_lint(d));
        }
        let (lints, diagnostics) = found.into_iter().partition(|d| d.level == Level::Warning && is_lint(d));
        Outcome { compiled, diagnostics, lints, sources }
    }
}

/// What the migrations so far left.
struct Fold {
    schema: Schema,
    names: NameSet,
    log: Log,
    chain: String,
    /// Whether nothing was wrong with any migration so far.
    sound: bool,
}

/// A migration as it was parsed.
#[derive(Debug)]
struct Parsed {
    tree: ast::Migration,
    checksum: String,
}

fn parse_all(cx: &mut Diagnostics, sources: &mut Sources, options: &Options) -> Vec<Parsed> {
    let entries: Vec<usize> = (0..sources.history.entries.len()).collect();
    let parsed = parallel::map(&entries, |index| {
        let mut cx = Diagnostics::default();
        let mut tree = parse_one(&mut cx, sources, *index);
        name_dialects(&mut tree, options);
        let checksum = checksum::migration(&print::canonical(&tree), options);
        (Parsed { tree, checksum }, cx)
    });
    let mut all = Vec::with_capacity(parsed.len());
    for (index, (parsed, found)) in parsed.into_iter().enumerate() {
        if let Some(body) = sources.bodies.get_mut(index + 1) {
            body.broken |= found.has_errors();
        }
        cx.append(found);
        check_names(cx, &parsed.tree);
        all.push(parsed);
    }
    all
}

fn parse_one(cx: &mut Diagnostics, sources: &Sources, index: usize) -> ast::Migration {
    if let Some(inline) = &sources.history.entries[index].inline {
        return inline.clone();
    }
    let file = FileId(index as u32 + 1);
    match sources.bodies.get(file.0 as usize) {
        Some(body) if !body.broken => parse_migration(cx, file, &body.tokens),
        _ => ast::Migration { loc: Loc { file, first: 0, last: 0 }, ..ast::Migration::default() },
    }
}

/// In a history of one database, `call PATH` is short for the call there. So its checksum stays when the history gets
/// another database, and the call its name.
fn name_dialects(tree: &mut ast::Migration, options: &Options) {
    let down = match &mut tree.down {
        ast::Down::Written { statements, .. } => statements.as_mut_slice(),
        ast::Down::Auto | ast::Down::Irreversible { .. } => &mut [],
    };
    for statement in tree.up.iter_mut().chain(down) {
        let ast::StatementKind::Call { call, .. } = &mut statement.kind else { continue };
        let ast::Call::One(path) = call else { continue };
        let functions = match (options.has(Dialect::Sqlite), options.has(Dialect::Postgres)) {
            (true, false) => Functions { sqlite: Some(path.clone()), postgres: None },
            (false, true) => Functions { sqlite: None, postgres: Some(path.clone()) },
            // The check says which is missing.
            _ => continue,
        };
        *call = ast::Call::Each(functions);
    }
}

/// The name of each migration in the database: its module's without the leading `m`, or its own.
fn migration_names(cx: &mut Diagnostics, sources: &Sources, parsed: &[Parsed]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut seen: HashSet<String> = HashSet::new();
    for (entry, Parsed { tree, .. }) in sources.history.entries.iter().zip(parsed) {
        let module = &entry.module.text;
        let (name, loc) = match &tree.name {
            Some(name) => (name.text.clone(), name.loc),
            None => (module.strip_prefix('m').unwrap_or(module).to_owned(), entry.module.loc),
        };
        if name.is_empty() || name.chars().any(char::is_control) || name.len() > 255 {
            let message = "the name of a migration has between 1 and 255 bytes and no control characters";
            cx.error(code::INVALID_NAME, loc, message);
        } else if !seen.insert(name.clone()) {
            let message = format!("two migrations have the name `{name}`");
            cx.error(code::DUPLICATE_NAME, loc, message)
                .help("give one another name: `name \"..\";` as its first line");
        }
        names.push(name);
    }
    names
}

/// A migration whose way up was checked.
#[derive(Debug)]
struct CheckedMigration {
    chain: String,
    /// Whether nothing was wrong with it.
    sound: bool,
    /// Whether nothing was wrong with any before it.
    stands: bool,
    up: Arc<Vec<CheckedStep>>,
    before: Schema,
    after: Schema,
}

fn check_one(cx: &mut Diagnostics, fold: &mut Fold, prepared: &Prepared, index: usize) -> CheckedMigration {
    let Prepared { sources, options, parsed, names, .. } = prepared;
    let Parsed { tree, checksum } = &parsed[index];
    let before = fold.schema.clone();
    let errors = cx.error_count();
    fold.log.migration = index;
    let checker =
        Checker::new(cx, &mut fold.schema, &mut fold.names, &mut fold.log, &sources.bodies, options, names);
    let up = checker.check(&tree.up);
    let broken = sources.bodies.get(tree.loc.file.0 as usize).is_some_and(|b| b.broken);
    let chain = checksum::chain(&fold.chain, &names[index], checksum);
    if let Some(lock) = sources.lock.as_ref().filter(|_| index < prepared.frozen) {
        released::check_chain(cx, lock, index, tree.loc, &fold.chain, &chain);
    }
    fold.chain = chain;
    let stands = fold.sound;
    let sound = cx.error_count() == errors && !broken;
    fold.sound &= sound;
    CheckedMigration {
        chain: fold.chain.clone(),
        sound,
        stands,
        up: Arc::new(up),
        before,
        after: fold.schema.clone(),
    }
}

/// The way down and the work of both ways.
fn lower_one(
    prepared: &Prepared,
    earlier: &[CheckedMigration],
    checked: &CheckedMigration,
    speaks: bool,
    stretches: [Option<usize>; 2],
) -> (Migration, Diagnostics) {
    let index = earlier.len();
    let mut cx = Diagnostics::default();
    let Prepared { sources, options, parsed, names, levels, .. } = prepared;
    let CheckedMigration { up, before, after, .. } = checked;
    let Parsed { tree, checksum } = &parsed[index];
    let down = match checked.sound {
        true => check_down(&mut cx, tree, up, before, after, &sources.bodies, options, names),
        false => CheckedDown::Steps(Vec::new()),
    };
    // What stands on a migration that is wrong is not planned: the schema is none that a database could have.
    let sound = checked.sound && checked.stands && !cx.has_errors();
    let mut script = |dialect: Dialect, stretch: Option<usize>| {
        let mut lower = |steps: &[CheckedStep], from: &Schema| {
            let plan = plan(&mut cx, dialect, steps, from, options);
            let pieces: Vec<Piece> = plan.work.into_iter().map(|p| piece(sources, p)).collect();
            (pieces, plan.asked)
        };
        (sound && options.has(dialect)).then(|| {
            let (up, asked) = lower(up, before);
            Script {
                up,
                down: match &down {
                    CheckedDown::Steps(steps) => Down::Pieces(lower(steps, after).0),
                    CheckedDown::Irreversible(reason) => Down::Irreversible(reason.clone()),
                },
                probes: asked.into_iter().map(|asked| probe(sources, earlier, asked)).collect(),
                fresh: match stretch == Some(index) {
                    true => fresh::statements(dialect, after, options),
                    false => Vec::new(),
                },
            }
        })
    };
    let [of_sqlite, of_postgres] = stretches;
    let (sqlite, postgres) = (script(Dialect::Sqlite, of_sqlite), script(Dialect::Postgres, of_postgres));
    if sound && speaks && !cx.has_errors() {
        lint(&mut cx, tree, up, before, options, levels);
    }
    let body = sources.bodies.get(tree.loc.file.0 as usize);
    let migration = Migration {
        name: names[index].clone(),
        module: sources.history.entries[index].module.text.clone(),
        file: body.map(|b| b.file.clone()).unwrap_or_default(),
        checksum: checksum.clone(),
        chain: checked.chain.clone(),
        sqlite,
        postgres,
        derived: matches!(tree.down, ast::Down::Auto),
        before: before.clone(),
        up: up.clone(),
    };
    (migration, cx)
}

fn piece(sources: &Sources, planned: Planned) -> Piece {
    let start = sources.start(planned.loc);
    Piece { line: start.line, column: start.column, loc: planned.loc, work: planned.work }
}

fn probe(sources: &Sources, earlier: &[CheckedMigration], asked: Asked) -> Probe {
    let Asked { loc, work, early, probe } = asked;
    let start = sources.start(loc);
    Probe {
        line: start.line,
        column: start.column,
        pieces: work,
        since: if early { since(earlier, &probe.uses) } else { earlier.len() + 1 },
        at_end: probe.at_end,
        table: probe.table,
        words: probe.words,
        query: probe.query,
    }
}

/// How many migrations, from the first on, must be applied so that none is left which touches one of these.
fn since(earlier: &[CheckedMigration], uses: &[Part]) -> usize {
    let touches = |m: &CheckedMigration| {
        m.up.iter().any(|checked| touched(&checked.step, &[&m.before, &m.after]).meets(uses))
    };
    earlier.iter().rposition(touches).map_or(0, |last| last + 1)
}
