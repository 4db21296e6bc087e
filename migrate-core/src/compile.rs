//! The language, whole: sources in, `Outcome` out. Never a `Result`, never a panic.

use crate::check::{CheckedDown, CheckedStep, Checker, Log, NameSet, check_down, check_options};
use crate::checksum;
use crate::diagnostics::{Diagnostic, Diagnostics, code};
use crate::dialect::Work;
use crate::plan::{Planned, plan};
use crate::print;
use crate::schema::Schema;
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
    /// The schema before it.
    pub before: Schema,
}

/// What a migration does on one database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// The way up.
    pub up: Vec<Piece>,
    /// The way down.
    pub down: Down,
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

impl Outcome {
    /// Whether the history compiled.
    pub fn is_sound(&self) -> bool {
        self.diagnostics.iter().all(|d| d.level != crate::diagnostics::Level::Error)
    }
}

/// Compiles a history.
pub fn compile(mut sources: Sources) -> Outcome {
    let mut cx = std::mem::take(&mut sources.diagnostics);
    let options = check_options(&mut cx, &sources.history.options);
    let trees = parse_all(&mut cx, &mut sources);
    let names = migration_names(&mut cx, &sources, &trees);
    let mut fold = Fold {
        schema: Schema::default(),
        names: NameSet::default(),
        log: Log::default(),
        chain: String::new(),
    };
    let mut compiled = Compiled { options, ..Compiled::default() };
    for (index, tree) in trees.iter().enumerate() {
        let migration =
            compile_migration(&mut cx, &mut fold, &sources, &compiled.options, &names, index, tree);
        compiled.migrations.push(migration);
    }
    compiled.schema = fold.schema;
    Outcome { compiled, diagnostics: cx.finish(), sources }
}

/// What the migrations so far left.
struct Fold {
    schema: Schema,
    names: NameSet,
    log: Log,
    chain: String,
}

fn parse_all(cx: &mut Diagnostics, sources: &mut Sources) -> Vec<ast::Migration> {
    let mut trees = Vec::new();
    for (index, entry) in sources.history.entries.iter().enumerate() {
        if let Some(inline) = &entry.inline {
            trees.push(inline.clone());
            continue;
        }
        let file = FileId(index as u32 + 1);
        let Some(body) = sources.bodies.get_mut(file.0 as usize) else { continue };
        if body.broken {
            trees.push(ast::Migration { loc: Loc { file, first: 0, last: 0 }, ..ast::Migration::default() });
            continue;
        }
        let errors = cx.error_count();
        trees.push(parse_migration(cx, file, &body.tokens));
        body.broken = cx.error_count() > errors;
    }
    trees
}

/// The name of each migration in the database: its module's without the leading `m`, or its own.
fn migration_names(cx: &mut Diagnostics, sources: &Sources, trees: &[ast::Migration]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (entry, tree) in sources.history.entries.iter().zip(trees) {
        let module = &entry.module.text;
        let (name, loc) = match &tree.name {
            Some(name) => (name.text.clone(), name.loc),
            None => (module.strip_prefix('m').unwrap_or(module).to_owned(), entry.module.loc),
        };
        if name.is_empty() || name.chars().any(char::is_control) || name.len() > 255 {
            let message = "the name of a migration has between 1 and 255 bytes and no control characters";
            cx.error(code::INVALID_NAME, loc, message);
        } else if names.contains(&name) {
            let message = format!("two migrations have the name `{name}`");
            cx.error(code::DUPLICATE_NAME, loc, message)
                .help("give one another name: `name \"..\";` as its first line");
        }
        names.push(name);
    }
    names
}

fn compile_migration(
    cx: &mut Diagnostics,
    fold: &mut Fold,
    sources: &Sources,
    options: &Options,
    names: &[String],
    index: usize,
    tree: &ast::Migration,
) -> Migration {
    let before = fold.schema.clone();
    let errors = cx.error_count();
    fold.log.migration = index;
    let checker =
        Checker::new(cx, &mut fold.schema, &mut fold.names, &mut fold.log, &sources.bodies, options, names);
    let up = checker.check(&tree.up);
    let broken = sources.bodies.get(tree.loc.file.0 as usize).is_some_and(|b| b.broken);
    let sound = cx.error_count() == errors && !broken;
    let down = if sound {
        check_down(cx, tree, &up, &before, &fold.schema, &sources.bodies, options, names)
    } else {
        CheckedDown::Steps(Vec::new())
    };
    let sound = sound && cx.error_count() == errors;
    let mut script = |dialect: Dialect| {
        (sound && options.has(dialect)).then(|| {
            let place = |p: Planned| piece(sources, p);
            let lower = |cx: &mut Diagnostics, steps: &[CheckedStep], from: &Schema| -> Vec<Piece> {
                plan(cx, dialect, steps, from, options).into_iter().map(place).collect()
            };
            Script {
                up: lower(cx, &up, &before),
                down: match &down {
                    CheckedDown::Steps(steps) => Down::Pieces(lower(cx, steps, &fold.schema)),
                    CheckedDown::Irreversible(reason) => Down::Irreversible(reason.clone()),
                },
            }
        })
    };
    let (sqlite, postgres) = (script(Dialect::Sqlite), script(Dialect::Postgres));
    let entry = &sources.history.entries[index];
    let checksum = checksum::migration(&print::canonical(tree), options);
    fold.chain = checksum::chain(&fold.chain, &names[index], &checksum);
    let file = sources.bodies.get(tree.loc.file.0 as usize).map(|b| b.file.clone()).unwrap_or_default();
    Migration {
        name: names[index].clone(),
        module: entry.module.text.clone(),
        file,
        checksum,
        chain: fold.chain.clone(),
        sqlite,
        postgres,
        before,
    }
}

fn piece(sources: &Sources, planned: Planned) -> Piece {
    let start = (sources.bodies.get(planned.loc.file.0 as usize))
        .and_then(|b| b.tokens.get(planned.loc.first as usize))
        .map(|t| t.start)
        .unwrap_or_default();
    Piece { line: start.line, column: start.column, work: planned.work }
}
