//! The command line as users meet it: the built program, in a folder of its own, with small histories.

mod baseline;
mod calls;
mod check;
mod database;
mod down;
mod explain;
mod fmt;
mod frozen;
mod generate;
mod lint;
mod mend;
mod plan;
mod postgres;
mod postgres_parser;
mod project;
mod repair;
mod reports;
mod sql;
mod status;
mod tls;
mod up;
