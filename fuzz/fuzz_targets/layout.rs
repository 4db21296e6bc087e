//! Any text as a file of migrations: laying it out ends, does not panic, loses no token, and does nothing the second time.

#![no_main]

use libfuzzer_sys::fuzz_target;
use migrate_core::print::layout::{LayoutError, layout};

fuzz_target!(|text: &str| {
    if text.len() > 20_000 {
        return;
    }
    match layout(text) {
        Ok(once) => match layout(&once) {
            Ok(twice) => assert_eq!(twice, once),
            Err(error) => panic!("{error:?} over\n{once}"),
        },
        Err(LayoutError::Lex(_)) => {}
        Err(LayoutError::Changed) => panic!("the layout would lose something"),
    }
});
