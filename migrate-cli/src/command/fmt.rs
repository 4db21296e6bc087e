//! `migrate fmt`: the canonical layout of the migrations' source. Touches no database.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use migrate_core::diagnostics::{Diagnostics, Level, code};
use migrate_core::print::layout::{LayoutError, layout};
use migrate_core::source::lex::{self, Macro};
use migrate_core::source::{Body, FileId, files};
use migrate_core::syntax::{parse_history, parse_migration};
use serde_json::{Value, json};

use crate::args::{Common, Fmt, Format};
use crate::failure::{Exit, Failure};
use crate::output;
use crate::render::{self, Finding, Texts, json};
use crate::source;
use crate::write;

/// Lays out the files; with `--check` it only tells which are not.
pub fn run(common: &Common, args: &Fmt) -> Result<(), Failure> {
    if args.files.iter().any(|f| f.as_os_str() == "-") {
        return standard_input(common, args);
    }
    let paths = match args.files.is_empty() {
        true => source::paths(common)?,
        false => args.files.clone(),
    };
    let texts = Texts::default();
    let mut findings = Vec::new();
    let mut changed: Vec<(PathBuf, String)> = Vec::new();
    for path in &paths {
        let text = fs::read_to_string(path)
            .map_err(|e| Failure::input(format!("cannot read {}: {}", path.display(), e.kind())))?;
        texts.put(path.clone(), text.clone());
        match laid_out(path, &text, &texts) {
            Ok(made) if made != text => changed.push((path.clone(), made)),
            Ok(_) => {}
            Err(found) => findings.extend(found),
        }
    }
    if !args.check {
        for (at, (path, made)) in changed.iter().enumerate() {
            if let Err(error) = write::whole(path, made) {
                tell(common, args, &paths, &changed[..at], &findings)?;
                return Err(Failure::input(format!("cannot write {}: {}", path.display(), error.kind())));
            }
        }
    }
    tell(common, args, &paths, &changed, &findings)?;
    if !findings.is_empty() {
        if common.format == Format::Text {
            source::say(common, &findings, &texts)?;
        }
        return Err(Failure::said(Exit::Refused));
    }
    match args.check && !changed.is_empty() {
        true => Err(Failure::said(Exit::Refused)),
        false => Ok(()),
    }
}

/// One text from the standard input to the standard output, for editors.
fn standard_input(common: &Common, args: &Fmt) -> Result<(), Failure> {
    if args.files.len() > 1 {
        return Err(Failure::input("`-` stands alone").help("leave out the other files"));
    }
    let mut text = String::new();
    io::stdin()
        .read_to_string(&mut text)
        .map_err(|e| Failure::input(format!("cannot read the standard input: {}", e.kind())))?;
    let path = PathBuf::from("<stdin>");
    let texts = Texts::default();
    texts.put(path.clone(), text.clone());
    match laid_out(&path, &text, &texts) {
        Ok(made) if args.check && made != text => Err(Failure::said(Exit::Refused)),
        Ok(_) if args.check => Ok(()),
        Ok(made) => output::result(&made),
        Err(findings) => {
            source::say(common, &findings, &texts)?;
            Err(Failure::said(Exit::Refused))
        }
    }
}

/// The layout of a file, or what is wrong with it. A file that does not parse is left alone.
fn laid_out(path: &Path, text: &str, texts: &Texts) -> Result<String, Vec<Finding>> {
    let calls = lex::calls(text).map_err(|error| vec![source::no_rust(path, &error)])?;
    let mut findings = Vec::new();
    for call in calls {
        let mut cx = Diagnostics::default();
        match call.called {
            Macro::History => drop(parse_history(&mut cx, FileId(0), &call.tokens)),
            Macro::Migration => drop(parse_migration(&mut cx, FileId(0), &call.tokens)),
        }
        let body = Body { file: files::file_name(path), tokens: call.tokens, broken: false };
        let sources =
            files::Sources { bodies: vec![body], paths: vec![path.to_owned()], ..files::Sources::default() };
        // What a release does not do yet has a layout all the same.
        let wrong: Vec<_> = (cx.finish().into_iter())
            .filter(|d| d.level == Level::Error && d.code != code::NOT_SUPPORTED)
            .collect();
        findings.extend(render::findings(&wrong, &sources, texts));
    }
    if !findings.is_empty() {
        return Err(findings);
    }
    layout(text).map_err(|error| match error {
        LayoutError::Lex(error) => vec![source::no_rust(path, &error)],
        LayoutError::Changed => vec![Finding::error(format!(
            "{} is left as it is: its layout would not be the same migration, which is a mistake of this program",
            path.display()
        ))],
    })
}

/// What was laid out, and for programs also why some files were not.
fn tell(
    common: &Common,
    args: &Fmt,
    paths: &[PathBuf],
    changed: &[(PathBuf, String)],
    findings: &[Finding],
) -> Result<(), Failure> {
    if common.format == Format::Json {
        let names = changed.iter().map(|(path, _)| path.display().to_string());
        let key = if args.check { "would_change" } else { "changed" };
        let findings = json::render(findings);
        return output::json(
            &json!({"files": paths.len(), key: names.collect::<Value>(), "findings": findings}),
        );
    }
    for (path, _) in changed {
        let path = path.display();
        output::result(&match args.check {
            true => format!("{path} is not laid out\n"),
            false => format!("laid out {path}\n"),
        })?;
    }
    if args.check && !changed.is_empty() {
        output::progress("`migrate fmt` lays them out");
    }
    Ok(())
}
