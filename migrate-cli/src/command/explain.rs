//! `migrate explain`: what a code means. Touches no history and no database.

use anstyle::{AnsiColor, Style};
use migrate_core::diagnostics::similar::similar;
use serde_json::{Value, json};

use crate::args::{Common, Explain, Format};
use crate::explain::{self, Explanation, Part};
use crate::failure::Failure;
use crate::output;
use crate::render::text;

/// Prints one explanation, or the list of all codes.
pub fn run(common: &Common, args: &Explain) -> Result<(), Failure> {
    match (&args.code, common.format) {
        (None, Format::Text) => output::result(&list()),
        (None, Format::Json) => output::json(&explain::all().map(|e| object(&e)).collect::<Value>()),
        (Some(code), format) => {
            let explanation = find(code)?;
            match format {
                Format::Text => output::result(&whole(&explanation)),
                Format::Json => output::json(&object(&explanation)),
            }
        }
    }
}

/// The explanation of a code as users copy it: with its brackets, or in another case.
fn find(written: &str) -> Result<Explanation, Failure> {
    let code = written.trim_matches(['[', ']']).to_lowercase().replace('-', "_");
    if let Some(explanation) = explain::find(&code) {
        return Ok(explanation);
    }
    let failure = Failure::input(format!("there is no code `{}`", output::printable(written)));
    let codes: Vec<&str> = explain::all().map(|e| e.code).collect();
    Err(match similar(&code, codes) {
        Some(similar) => failure.help(format!("a code with a similar name exists: `{similar}`")),
        None => failure.help("`migrate explain --list` lists all of them"),
    })
}

fn list() -> String {
    let width = explain::all().map(|e| e.code.len()).max().unwrap_or(0);
    let bold = Style::new().bold();
    let line = |e: Explanation| {
        let space = width - e.code.len();
        format!("{bold}{}{bold:#}{:space$}  {}\n", e.code, "", e.summary())
    };
    explain::all().map(line).collect()
}

fn whole(explanation: &Explanation) -> String {
    let bold = Style::new().bold();
    let mut out = format!("{bold}{}{bold:#}\n", explanation.code);
    let headed = |color: AnsiColor, head: &str, code: &str| {
        let style = Style::new().bold().fg_color(Some(color.into()));
        format!("\n{style}{head}{style:#}\n\n{}", indented(code))
    };
    for part in explanation.parts() {
        match part {
            Part::Text(text) => out.push_str(&format!("\n{}\n", wrapped(text))),
            Part::Code(code) => out.push_str(&format!("\n{}", indented(code))),
            Part::Works(code) => out.push_str(&headed(AnsiColor::Green, "This works:", code)),
            Part::Fails(code) => {
                match explain::is_lint(explanation.code) {
                    true => out.push_str(&headed(AnsiColor::Yellow, "This warns:", code)),
                    false => out.push_str(&headed(AnsiColor::Red, "This fails:", code)),
                }
                if !explain::is_folder(code) {
                    let (findings, texts) = explain::findings(explanation.code, code);
                    // Nothing is found where this program was built without what finds it.
                    if !findings.is_empty() {
                        out.push_str(&format!("\n{}\n", text::render(&findings, &texts).trim_end()));
                    }
                }
            }
        }
    }
    out
}

fn indented(code: &str) -> String {
    code.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") }).collect()
}

/// Paragraphs in lines of at most 100 characters, broken at spaces.
fn wrapped(text: &str) -> String {
    let mut out = String::new();
    for (i, paragraph) in text.split("\n\n").enumerate() {
        out.push_str(if i == 0 { "" } else { "\n\n" });
        let mut length = 0;
        for word in paragraph.split_whitespace() {
            let chars = word.chars().count();
            if length > 0 && length + 1 + chars > 100 {
                out.push('\n');
                length = 0;
            } else if length > 0 {
                out.push(' ');
                length += 1;
            }
            out.push_str(word);
            length += chars;
        }
    }
    out
}

fn object(explanation: &Explanation) -> Value {
    json!({"code": explanation.code, "summary": explanation.summary(), "text": explanation.text})
}
