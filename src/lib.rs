//! Database migrations written once, checked by the compiler, running on SQLite and PostgreSQL.
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod migration;

pub use migration::{History, Migration};

/// For the macros' output alone; anything in here may change in any release.
#[doc(hidden)]
pub mod __private {
    pub use crate::migration::construct::*;
    pub use crate::migration::{Down, History, Migration, Rebuild, Script, Step};
}
