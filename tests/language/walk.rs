//! A history on a database: up step by step, down step by step, up again, with the schema and the rows compared after
//! every step.

use migrate_core::compile::{Compiled, Down};
use migrate_core::target::Dialect;

use crate::corpus::{History, Mark, State};
use crate::leak;
use crate::live::Live;

/// Everything about one history on one database; nothing if the history is not for it.
pub fn walk(dialect: Dialect, history: &History) -> Result<(), String> {
    let compiled = history.compile()?;
    if !compiled.options.has(dialect) {
        return Ok(());
    }
    let mut walk = Walk {
        live: Live::new(dialect, &compiled.options),
        declared: leak::leak(&compiled),
        dialect,
        history,
        compiled: &compiled,
    };
    walk.up(true)?;
    if walk.down()? == 0 {
        walk.up(false)?;
    }
    Ok(())
}

struct Walk<'a> {
    live: Live,
    declared: &'static migrate::History,
    dialect: Dialect,
    history: &'a History,
    compiled: &'a Compiled,
}

impl Walk<'_> {
    fn up(&mut self, first: bool) -> Result<(), String> {
        for (at, migration) in self.compiled.migrations.iter().enumerate() {
            let done = self.live.up(self.declared, &migration.name);
            done.map_err(|e| format!("{e}\n{}", self.script(at)))?;
            let when = format!("{} up to {}", self.dialect.word(), migration.name);
            self.compare(at + 1, &when)?;
            if first {
                let state = &self.history.states[at];
                self.ask(state, true, &when)?;
            }
        }
        Ok(())
    }

    /// Takes back as many as can be; gives how many are left.
    fn down(&mut self) -> Result<usize, String> {
        for (at, migration) in self.compiled.migrations.iter().enumerate().rev() {
            let script = migration.script(self.dialect).ok_or("no script")?;
            if matches!(script.down, Down::Irreversible(_)) {
                let refused = self.live.down(self.declared, &migration.name);
                return match refused {
                    Err(_) => Ok(at + 1),
                    Ok(()) => Err(format!("{} is irreversible and was taken back", migration.name)),
                };
            }
            let done = self.live.down(self.declared, &migration.name);
            done.map_err(|e| format!("{e}\n{}", self.script(at)))?;
            let when = format!("{} down before {}", self.dialect.word(), migration.name);
            self.compare(at, &when)?;
            if at > 0 {
                self.ask(&self.history.states[at - 1], false, &when)?;
            }
        }
        Ok(0)
    }

    fn compare(&self, count: usize, when: &str) -> Result<(), String> {
        let folded = self.compiled.schema_after(count);
        let told = self.live.differences(folded, &self.compiled.options);
        let mut lines = told.map_err(|e| format!("{when}: {e}"))?;
        let listed = |text: &String| {
            count > 0 && self.history.states[count - 1].beside.iter().any(|b| text.starts_with(b.as_str()))
        };
        lines.retain(|line| !listed(line));
        lines.extend(self.live.damage()?);
        match lines.is_empty() {
            true => Ok(()),
            false => Err(format!("{when}:\n{}\n{}", lines.join("\n"), self.script(count.max(1) - 1))),
        }
    }

    fn ask(&self, state: &State, up: bool, when: &str) -> Result<(), String> {
        let here = |dialect: &Option<Dialect>| dialect.is_none_or(|d| d == self.dialect);
        for mark in &state.marks {
            let question = match mark {
                Mark::Question(q) if here(&q.dialect) && (up || !q.up_only) => q,
                Mark::Statement(dialect, sql) if here(dialect) && up => {
                    self.live.execute(sql).map_err(|e| format!("{when}: {e}"))?;
                    continue;
                }
                _ => continue,
            };
            let rows = self.live.rows(&question.sql).map_err(|e| format!("{when}: {e}"))?;
            let line = |row: &Vec<Option<String>>| {
                row.iter().map(|v| v.as_deref().unwrap_or("null")).collect::<Vec<_>>().join("|")
            };
            let found = rows.iter().map(line).collect::<Vec<_>>().join(";");
            let found = found.trim();
            if found != question.answer {
                let asked = &question.sql;
                return Err(format!("{when}: {asked}\n  gives {found}\n  not   {}", question.answer));
            }
        }
        Ok(())
    }

    /// The migration's SQL, for a message.
    fn script(&self, at: usize) -> String {
        let script = self.compiled.migrations.get(at).and_then(|m| m.script(self.dialect));
        script.map_or(String::new(), |s| {
            let lines = |name: &str, pieces: &[migrate_core::compile::Piece]| {
                pieces.iter().map(|p| format!("  {name} {:?}", p.work)).collect::<Vec<_>>()
            };
            [lines("up", &s.up), lines("down", s.down.pieces())].concat().join("\n")
        })
    }
}
