//! Histories that compile and do not hold.
#![allow(deprecated, reason = "what lints say of them")]

pub mod declares;
pub mod fails;
