//! The rows of both databases after the same history.

use migrate_core::target::Dialect;

use crate::corpus::{History, Mark};
use crate::leak;
use crate::live::Live;
use crate::rows::compare;

/// Applies a history to both databases and compares their tables.
pub fn same_rows(history: &History) -> Result<(), String> {
    let compiled = history.compile()?;
    if Dialect::ALL.iter().any(|d| !compiled.options.has(*d)) {
        return Ok(());
    }
    let declared = leak::leak(&compiled);
    let mut lives = Dialect::ALL.map(|dialect| (dialect, Live::new(dialect, &compiled.options)));
    for (at, migration) in compiled.migrations.iter().enumerate() {
        for (dialect, live) in &mut lives {
            live.up(declared, &migration.name)?;
            for mark in &history.states[at].marks {
                if let Mark::Statement(only, sql) = mark
                    && only.is_none_or(|d| d == *dialect)
                {
                    live.execute(sql)?;
                }
            }
        }
        let schema = compiled.schema_after(at + 1);
        let [lite, postgres] = &lives;
        compare(&lite.1, &postgres.1, schema, &compiled.options)
            .map_err(|e| format!("after {}: {e}", migration.name))?;
    }
    Ok(())
}
