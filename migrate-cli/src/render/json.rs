//! Findings as programs read them: an array of objects, always with the same keys.

use serde_json::{Value, json};

use migrate_core::diagnostics::Level;

use super::Finding;

/// All findings.
pub fn render(findings: &[Finding]) -> Value {
    findings.iter().map(object).collect()
}

fn object(finding: &Finding) -> Value {
    let place = finding.place.as_ref();
    json!({
        "level": match finding.level {
            Level::Error => "error",
            Level::Warning => "warning",
        },
        "code": finding.code,
        "message": finding.message,
        "file": place.map(|p| p.path.display().to_string()),
        "line": place.map(|p| p.start.line),
        "column": place.map(|p| p.start.column),
        "end_line": place.map(|p| p.end.line),
        "end_column": place.map(|p| p.end.column),
        "byte_start": place.map(|p| p.bytes.start),
        "byte_end": place.map(|p| p.bytes.end),
        "help": finding.help,
        "notes": finding.notes,
    })
}
