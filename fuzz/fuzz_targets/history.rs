//! Any text as the inside of a `history!`: compiling ends, does not panic, and says what it does not take.
//!
//! What is taken without an error survives its own print: then nothing of it was dropped in silence.

#![no_main]

use libfuzzer_sys::fuzz_target;
use migrate_core::compile::compile;
use migrate_core::diagnostics::Diagnostics;
use migrate_core::print;
use migrate_core::source::{FileId, files, lex};
use migrate_core::syntax::parse_migration;

fuzz_target!(|text: &str| {
    // What is nested deeper than this is refused by `rustc` itself.
    if text.len() > 20_000 || deepest(text) > 100 {
        return;
    }
    let Ok(sources) = files::inline_text("fuzz.rs", text) else { return };
    let tokens = sources.bodies[0].tokens.len();
    let outcome = compile(sources);
    for found in outcome.diagnostics.iter().chain(&outcome.lints) {
        assert!(found.loc.first <= found.loc.last, "{found:?}");
        assert!((found.loc.last as usize) < tokens.max(1), "{found:?}");
        assert!(!found.message.is_empty(), "{found:?}");
    }
    if !outcome.is_sound() {
        assert!(!outcome.diagnostics.is_empty(), "refused without a word");
        return;
    }
    // What is listed by its module alone has no text here.
    for migration in outcome.sources.history.entries.iter().filter_map(|e| e.inline.as_ref()) {
        let once = print::canonical(migration);
        let (tokens, _) = lex::tokens(once.parse().expect("a print has tokens"));
        let mut cx = Diagnostics::default();
        let again = print::canonical(&parse_migration(&mut cx, FileId(1), &tokens));
        assert_eq!(cx.finish(), [], "{once}");
        assert_eq!(again, once);
    }
});

fn deepest(text: &str) -> usize {
    let (mut now, mut most) = (0usize, 0);
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => now += 1,
            b')' | b']' | b'}' => now = now.saturating_sub(1),
            _ => {}
        }
        most = most.max(now);
    }
    most
}
