//! The store on a PostgreSQL server, for more than one machine: the same promises, any number of workers.
//!
//! The schema is `migrations/`; every statement stands as a constant in the file that uses it, and
//! [`PostgresStore::statements`] lists those that have to find their rows by an index.

mod ahead;
mod backup;
mod commit;
mod connect;
mod document_rows;
mod engine;
mod groups;
pub(super) mod notes;
mod partitions;
mod read;
mod reader;
mod reading;
mod restore;
mod retain;
mod rows;
mod schema;
mod scratch;
mod settling;
mod shown;
mod snapshot;
mod sql;
mod statements;
mod store;
mod texts;
mod workers;

pub use notes::{Marking, Sole};
pub use reader::ServerReader;
pub use scratch::Schema;
pub use store::PostgresStore;

use crate::contract::{ReadStore, Store};
use crate::error::StoreError;
use crate::server_address::Address;
use std::path::Path;

/// The store for writing; made where it is not there.
pub(crate) fn open(address: &Address) -> Result<Box<dyn Store>, StoreError> {
    Ok(Box::new(PostgresStore::open(address)?))
}

/// The store for reading, beside any number of writers.
pub(crate) fn reader(address: &Address) -> Result<Box<dyn ReadStore>, StoreError> {
    Ok(Box::new(ServerReader::open(address)?))
}

/// Reads a backup into a schema where no store is; returns it with the number of the backup's lines.
pub(crate) fn restore(address: &Address, backup: &Path) -> Result<(Box<dyn Store>, u64), StoreError> {
    let (store, lines) = PostgresStore::restore(address, backup)?;
    Ok((Box::new(store), lines))
}
