//! `deadpool-postgres`.

use deadpool_postgres::Client as Pooled;
use tokio_postgres::Client;

use crate::error::Error;
use crate::plan::Plan;
use crate::repair::{Repair, Repaired};
use crate::report::{Report, Status};
use crate::runner::sealed::AsyncDriver;
use crate::runner::{Revert, Settings};

impl AsyncDriver for Pooled {
    async fn run(&mut self, settings: &mut Settings<'_>) -> Result<Report, Error> {
        AsyncDriver::run(client(self), settings).await
    }

    async fn revert(&mut self, settings: &mut Settings<'_>, how: Revert<'_>) -> Result<Report, Error> {
        AsyncDriver::revert(client(self), settings, how).await
    }

    async fn baseline(&mut self, settings: &mut Settings<'_>) -> Result<Report, Error> {
        AsyncDriver::baseline(client(self), settings).await
    }

    async fn repair(&mut self, settings: &mut Settings<'_>, how: Repair) -> Result<Repaired, Error> {
        AsyncDriver::repair(client(self), settings, how).await
    }

    async fn plan(&mut self, settings: &mut Settings<'_>) -> Result<Plan, Error> {
        AsyncDriver::plan(client(self), settings).await
    }

    async fn status(&mut self, settings: &mut Settings<'_>) -> Result<Status, Error> {
        AsyncDriver::status(client(self), settings).await
    }
}

fn client(pooled: &mut Pooled) -> &mut Client {
    pooled
}
