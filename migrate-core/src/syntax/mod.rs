//! Tokens to tree. Parsing never fails: it reports what it cannot read, skips to the next statement or column,
//! and goes on, so that a file shows all its mistakes at once.

pub mod ast;
pub mod types;
