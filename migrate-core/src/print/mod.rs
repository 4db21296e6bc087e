//! Tree to canonical text.
//!
//! Comes in: a tree. Goes out: the one text that stands for it. The checksum of a migration is taken over this text,
//! so no choice made here may change: order of modifiers, escapes, parentheses, line breaks. Comments, doc comments,
//! names of migrations, the way down and all places are left out.

mod expr;
mod index;
pub mod layout;
mod query;
mod statement;
mod word;

use crate::syntax::ast::{Migration, Statement};
use crate::syntax::types::Type;

/// The canonical text of the way up.
pub fn canonical(migration: &Migration) -> String {
    let mut out = String::new();
    for s in &migration.up {
        statement::write_statement(&mut out, s);
    }
    out
}

/// The canonical text of one statement, with its end and a line break.
pub fn statement(one: &Statement) -> String {
    let mut out = String::new();
    statement::write_statement(&mut out, one);
    out
}

/// A type as the language writes it.
pub fn type_text(ty: &Type) -> String {
    let mut out = String::new();
    expr::write_type(&mut out, ty);
    out
}
