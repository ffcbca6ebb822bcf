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
mod fleet;
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
mod shown;
mod snapshot;
mod statements;
mod store;
mod texts;

pub use connect::Address;
pub use notes::{Marking, Sole};
pub use reader::ServerReader;
pub use scratch::Schema;
pub use store::PostgresStore;
