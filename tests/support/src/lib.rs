//! Databases for the tests of this workspace: real ones, a fresh one for each test, gone afterwards.
//!
//! Comes in: nothing but what is installed. Goes out: connections. It must not know the crates under test.
//!
//! ```no_run
//! let database = migrate_test_support::postgres::database();
//! let client = database.client();
//! migrate_test_support::block_on(client.batch_execute("CREATE TABLE t (a int)")).unwrap();
//! ```

use std::future::Future;
use std::sync::OnceLock;

use tokio::runtime::Runtime;

mod cluster;
mod numbers;
pub mod pgbouncer;
pub mod postgres;
pub mod sqlite;
pub mod tls;

pub use numbers::Numbers;

/// Runs a future to its end, for tests that are not asynchronous. Not from within a future.
pub fn block_on<F: Future>(future: F) -> F::Output {
    runtime().block_on(future)
}

/// One runtime for the whole process: connections are driven on it, whichever runtime a test uses.
fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a tokio runtime can be made")
    })
}
