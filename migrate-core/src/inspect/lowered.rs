//! How the dialect room writes types, expressions and defaults: the one way from this room to that one.
//!
//! Comes in: parts of a folded schema. Goes out: the SQL that creates them. Everything else in this room reads SQL.

pub(super) use crate::dialect::{default_value, expression, type_name};
