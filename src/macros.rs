//! The macros as applications call them: wrappers that pass `$crate` on, so that a renamed or re-exported dependency
//! works.

/// Declares a history: the list of its migrations, or the migrations themselves.
///
/// ```
/// migrate::history! {
///     migration m0001_notes { create table notes { id: integer primary key autoincrement, body: text } }
///     migration m0002_slug { alter table notes add column slug: text null; }
/// }
/// # fn main() {
/// assert_eq!(HISTORY.migrations().len(), 2);
/// # }
/// ```
#[macro_export]
macro_rules! history {
    ($($tokens:tt)*) => { $crate::__private::history_macro! { [$crate] $($tokens)* } };
}

/// One migration, in a file of its own that a `history!` lists.
#[macro_export]
macro_rules! migration {
    ($($tokens:tt)*) => { $crate::__private::migration_macro! { [$crate] $($tokens)* } };
}

/// Keeps what is for SQLite where its driver is on.
#[cfg(feature = "rusqlite")]
#[doc(hidden)]
#[macro_export]
macro_rules! __when_sqlite {
    ($($tokens:tt)*) => { ::core::option::Option::Some($($tokens)*) };
}

/// Drops what is for SQLite where its driver is off.
#[cfg(not(feature = "rusqlite"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __when_sqlite {
    ($($tokens:tt)*) => {
        ::core::option::Option::None
    };
}

/// Keeps what is for PostgreSQL where its driver is on.
#[cfg(feature = "tokio-postgres")]
#[doc(hidden)]
#[macro_export]
macro_rules! __when_postgres {
    ($($tokens:tt)*) => { ::core::option::Option::Some($($tokens)*) };
}

/// Drops what is for PostgreSQL where its driver is off.
#[cfg(not(feature = "tokio-postgres"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __when_postgres {
    ($($tokens:tt)*) => {
        ::core::option::Option::None
    };
}
