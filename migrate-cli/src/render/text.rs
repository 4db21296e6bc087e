//! Findings as the compiler draws them.
//!
//! Comes in: findings and the texts of their files. Goes out: text with terminal colours, which `output` strips where they
//! have no place.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use migrate_core::diagnostics;

use super::{Finding, Texts, summary};

/// All findings, a blank line behind each.
pub fn render(findings: &[Finding], texts: &Texts) -> String {
    draw(&Renderer::styled(), findings, texts)
}

/// The same without colour.
#[cfg(test)]
pub fn plain(findings: &[Finding], texts: &Texts) -> String {
    draw(&Renderer::plain(), findings, texts)
}

/// The line that closes a list of findings.
pub fn closing(findings: &[Finding]) -> String {
    let Some(summary) = summary(findings) else { return String::new() };
    let failed = findings.iter().any(|f| f.level == diagnostics::Level::Error);
    let level = if failed { Level::ERROR } else { Level::WARNING };
    format!("{}\n", Renderer::styled().render(&[Group::with_title(level.primary_title(summary))]))
}

fn draw(renderer: &Renderer, findings: &[Finding], texts: &Texts) -> String {
    let mut out = String::new();
    for finding in findings {
        out.push_str(&renderer.render(&[group(finding, texts)]));
        out.push('\n');
        if finding.place.is_some() {
            out.push('\n');
        }
    }
    out
}

fn group<'a>(finding: &'a Finding, texts: &Texts) -> Group<'a> {
    let level = match finding.level {
        diagnostics::Level::Error => Level::ERROR,
        diagnostics::Level::Warning => Level::WARNING,
    };
    let title = match finding.code {
        Some(code) => format!("{} [{code}]", finding.message),
        None => finding.message.clone(),
    };
    let mut group = Group::with_title(level.primary_title(title));
    if let Some(place) = &finding.place {
        let text = texts.of(&place.path);
        let end = place.bytes.end.min(text.len());
        let span = place.bytes.start.min(end)..end;
        let path = place.path.display().to_string();
        group =
            group.element(Snippet::source(text).path(path).annotation(AnnotationKind::Primary.span(span)));
    }
    if let Some(help) = &finding.help {
        group = group.element(Level::HELP.message(help));
    }
    for note in &finding.notes {
        group = group.element(Level::NOTE.message(note));
    }
    group
}
