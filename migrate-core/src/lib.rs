//! The language of migrate: text in, checked plan out. No database, no environment, no printing.

mod calendar;
pub mod check;
pub mod checksum;
pub mod compile;
pub mod diagnostics;
pub mod dialect;
mod fresh;
pub mod inspect;
pub mod lint;
mod parallel;
pub mod plan;
pub mod print;
pub mod probe;
mod released;
pub mod schema;
pub mod source;
pub mod syntax;
pub mod target;

#[cfg(test)]
pub(crate) mod testing;
