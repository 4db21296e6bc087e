//! The only writer of SQL text.
