//! The folded schema as one script: what a database that has nothing gets in place of the migrations one by one.
//!
//! Comes in: the steps of a history from its start, and the schema that they leave. Goes out: how far structure alone goes,
//! and the statements that make it of nothing. It must not decide whether a database has nothing: the runtime looks.

use std::sync::Arc;

use crate::check::CheckedStep;
use crate::diagnostics::Diagnostics;
use crate::dialect::Work;
use crate::plan::plan;
use crate::schema::{Data, Schema, Step};
use crate::source::Loc;
use crate::target::{Dialect, Options};

/// The last of the migrations, from the first on, that change the structure alone. None where there are fewer than two, for
/// one is its own script.
pub fn stretch(dialect: Dialect, migrations: &[&[CheckedStep]]) -> Option<usize> {
    let mut triggers = false;
    let mut ends = |step: &Step| {
        triggers |= matches!(step, Step::CreateTrigger(_));
        // One of PostgreSQL can wait for the statement, whether or not it finds rows, and do whatever it wants.
        !is_structure(dialect, step) || (triggers && matches!(step, Step::Data(_)))
    };
    let end = migrations.iter().position(|steps| steps.iter().any(|s| ends(&s.step)));
    end.unwrap_or(migrations.len()).checked_sub(1).filter(|last| *last > 0)
}

/// Whether all that a step leaves in a database without rows is in the folded schema.
fn is_structure(dialect: Dialect, step: &Step) -> bool {
    match step {
        Step::CreateTable(_)
        | Step::DropTable { .. }
        | Step::RenameTable { .. }
        | Step::AlterTable { .. }
        | Step::CreateIndex { .. }
        | Step::DropIndex { .. }
        | Step::RenameIndex { .. }
        | Step::CreateView(_)
        | Step::DropView { .. }
        | Step::RenameView { .. }
        | Step::CreateTrigger(_)
        | Step::DropTrigger { .. }
        | Step::CreateExtension(_) => true,
        // The database may have it of others, and then it goes.
        Step::DropExtension { .. } | Step::LeaveExtension { .. } => false,
        // There are no rows to change.
        Step::Data(data) => matches!(&**data, Data::Update(_) | Data::Delete(_)),
        Step::Native { sql, declares } => {
            let text = match dialect {
                Dialect::Sqlite => &sql.sqlite,
                Dialect::Postgres => &sql.postgres,
            };
            text.is_none() && declares.is_empty()
        }
        Step::Call { functions, .. } => match dialect {
            Dialect::Sqlite => functions.sqlite.is_none(),
            Dialect::Postgres => functions.postgres.is_none(),
        },
    }
}

/// The statements that make a schema; none where it cannot be said in statements alone.
pub fn statements(dialect: Dialect, schema: &Schema, options: &Options) -> Vec<String> {
    let extensions = schema.extensions().cloned().map(Step::CreateExtension);
    let tables = schema.tables().filter_map(|t| schema.shared_table(&t.name)).map(Step::CreateTable);
    let views = schema.views().map(|v| Step::CreateView(Arc::new(v.clone())));
    let triggers = schema.triggers().map(|t| Step::CreateTrigger(Arc::new(t.clone())));
    let steps: Vec<CheckedStep> = (extensions.chain(tables).chain(views).chain(triggers))
        .map(|step| CheckedStep { step, loc: Loc::default(), parts: Vec::new() })
        .collect();
    // Whatever is said here was said of the migrations, or they would not be sound; and without the script they run one by one.
    let mut cx = Diagnostics::default();
    let work = plan(&mut cx, dialect, &steps, &Schema::default(), options).work;
    let statement = |work| match work {
        Work::Statement(sql) => Some(sql),
        _ => None,
    };
    let statements: Option<Vec<String>> = work.into_iter().map(|planned| statement(planned.work)).collect();
    statements.filter(|_| !cx.has_errors()).unwrap_or_default()
}
