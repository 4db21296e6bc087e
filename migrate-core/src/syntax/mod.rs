//! Tokens to tree. Parsing never fails: it reports what it cannot read, skips to the next statement or column,
//! and goes on, so that a file shows all its mistakes at once.
//!
//! In reading order: `migration` and `history` are the two bodies, `statement` is what they consist of, `table` and
//! `alter` hold columns, constraints and indexes, those hold types and expressions. `cursor` is what all of them walk
//! with. This room knows no names of a schema and no dialect.

pub mod ast;
pub mod types;

mod alter;
mod call;
mod call_tree;
mod column;
mod constraint;
mod cursor;
mod data;
mod data_type;
mod expr;
mod extension;
mod foreign_type;
mod history;
mod history_tree;
mod index;
mod index_tree;
mod literal;
mod migration;
mod name;
mod native;
mod option;
mod query;
mod references;
mod select;
mod statement;
mod table;
mod value;
mod view;
mod view_tree;

#[cfg(test)]
mod tests;

pub use history::parse_history;
pub use literal::{byte_in, text_of};
pub use migration::parse_migration;
pub(crate) use value::RESERVED;
