//! The names of all constructs that there are.

use std::collections::BTreeSet;

use migrate_core::schema::expr::{Aggregate, Function};

/// They stand in the source of the room that gives them, one for each variant.
pub fn every() -> BTreeSet<String> {
    let names = include_str!("names.rs").split('"').skip(1).step_by(2);
    let functions = Function::ALL.iter().map(|f| f.name()).chain(Aggregate::ALL.iter().map(|a| a.name()));
    // `count` shows in two forms of its own.
    let functions = functions.filter(|f| *f != "count").map(|f| format!("{f}()"));
    names.filter(|n| !n.contains("{}")).map(str::to_owned).chain(functions).collect()
}
