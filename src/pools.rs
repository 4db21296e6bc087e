//! Connections out of pools, taken as they are.
//!
//! Comes in: a pool's connection. Goes out: the same verbs. What it stands for has its own driver.

#[cfg(feature = "deadpool-postgres")]
mod deadpool;
#[cfg(feature = "r2d2")]
mod r2d2;
