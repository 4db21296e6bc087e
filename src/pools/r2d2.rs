//! `r2d2`, whatever manages its SQLite connections: `r2d2_sqlite`, for one.

use r2d2::{ManageConnection, PooledConnection};
use rusqlite::Connection;

use crate::error::Error;
use crate::plan::Plan;
use crate::repair::{Repair, Repaired};
use crate::report::{Report, Status};
use crate::runner::sealed::SyncDriver;
use crate::runner::{Revert, Settings};

impl<M: ManageConnection<Connection = Connection>> SyncDriver for PooledConnection<M> {
    fn run(&mut self, settings: &mut Settings<'_>) -> Result<Report, Error> {
        SyncDriver::run(&mut **self, settings)
    }

    fn revert(&mut self, settings: &mut Settings<'_>, how: Revert<'_>) -> Result<Report, Error> {
        SyncDriver::revert(&mut **self, settings, how)
    }

    fn baseline(&mut self, settings: &mut Settings<'_>) -> Result<Report, Error> {
        SyncDriver::baseline(&mut **self, settings)
    }

    fn repair(&mut self, settings: &mut Settings<'_>, how: Repair) -> Result<Repaired, Error> {
        SyncDriver::repair(&mut **self, settings, how)
    }

    fn plan(&mut self, settings: &mut Settings<'_>) -> Result<Plan, Error> {
        SyncDriver::plan(&mut **self, settings)
    }

    fn status(&mut self, settings: &mut Settings<'_>) -> Result<Status, Error> {
        SyncDriver::status(&mut **self, settings)
    }
}
