//! Histories written by hand, as the macros would write them.

/// A migration for one database: its name, its steps up and its steps down. The file is the name with `.rs`;
/// the checksum and the chain are made of the name, and of the word before the name where a test needs
/// another checksum.
macro_rules! migration {
    ($dialect:ident $name:literal, $up:tt, $down:tt) => {
        migration!($dialect "sum" $name, $up, $down)
    };
    ($dialect:ident $sum:literal $name:literal, [$($up:expr),* $(,)?], [$($down:expr),* $(,)?]) => {
        migration!(@ $dialect $sum $name, const {
            &::migrate::__private::script(
                const { &[$($up),*] },
                ::migrate::__private::down(const { &[$($down),*] }),
            )
        })
    };
    ($dialect:ident $sum:literal $name:literal, [$($up:expr),* $(,)?], $reason:literal) => {
        migration!(@ $dialect $sum $name, const {
            &::migrate::__private::script(
                const { &[$($up),*] },
                ::migrate::__private::irreversible($reason),
            )
        })
    };
    (@ sqlite $sum:literal $name:literal, $script:expr) => {
        migration!(@@ $sum $name, Some($script), None)
    };
    (@ postgres $sum:literal $name:literal, $script:expr) => {
        migration!(@@ $sum $name, None, Some($script))
    };
    (@@ $sum:literal $name:literal, $sqlite:expr, $postgres:expr) => {
        const {
            &::migrate::__private::migration(
                $name,
                concat!($name, ".rs"),
                concat!($sum, " of ", $name),
                concat!("chain with ", $sum, " to ", $name),
                $sqlite,
                $postgres,
            )
        }
    };
}

/// A history of migrations.
macro_rules! history {
    ($($migration:expr),* $(,)?) => {
        ::migrate::__private::history(const { &[$($migration),*] })
    };
}
