//! Data statements that set off triggers: `updated_at` of every row changes, and an audit is written double.

use super::{Finding, Linter};
use crate::diagnostics::code;
use crate::schema::expr::has_word;
use crate::schema::{Data, Step, Trigger};
use crate::source::Loc;
use crate::target::Dialect;

pub(super) fn step(linter: &Linter<'_>, step: &Step, loc: Loc, found: &mut Vec<Finding>) {
    let Step::Data(data) = step else { return };
    let table = data.table();
    let set_off = linter.now.triggers_of(table).filter(|t| fires(linter, t, data));
    let names: Vec<String> = set_off.map(|t| format!("`{}`", t.name)).collect();
    if names.is_empty() {
        return;
    }
    let (s, it) = if names.len() == 1 { ("", "it") } else { ("s", "them") };
    found.push(Finding {
        lint: code::FIRES_TRIGGERS,
        loc,
        message: format!("this sets off the trigger{s} {} of `{table}`", names.join(", ")),
        help: format!(
            "if {it} should not see what a migration writes, drop {it} before, and create {it} again after"
        ),
    });
}

/// Whether a statement is what the trigger waits for, in a database of the history.
fn fires(linter: &Linter<'_>, trigger: &Trigger, data: &Data) -> bool {
    let texts = [(Dialect::Sqlite, &trigger.sqlite), (Dialect::Postgres, &trigger.postgres)];
    texts.iter().any(|(dialect, text)| {
        linter.options.has(*dialect) && text.as_ref().is_some_and(|text| waits(&text.event, data))
    })
}

/// `before insert or update of a, b`: whether it waits for the statement.
fn waits(event: &str, data: &Data) -> bool {
    let event = event.to_lowercase();
    let words: Vec<&str> = event
        .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))
        .filter(|word| !word.is_empty())
        .collect();
    match data {
        Data::Insert(_) => words.contains(&"insert"),
        Data::Delete(_) => words.contains(&"delete"),
        Data::Update(update) => {
            let Some(at) = words.iter().position(|word| *word == "update") else { return false };
            let listed = words.get(at + 1) == Some(&"of");
            !listed || update.set.iter().any(|(column, _)| has_word(&event, column))
        }
    }
}
