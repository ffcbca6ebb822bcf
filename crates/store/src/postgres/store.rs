//! A worker's handle on a store on a server.
//!
//! It has three connections, so that a commit that waits for the placement lock holds up neither what is read nor
//! the renewal of leases and permits.

use super::connect::{Connection, Link, Trouble};
use super::partitions::Weeks;
use super::schema;
use super::settling::Settling;
use crate::error::StoreError;
use crate::server_address::Address;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

/// A store on a PostgreSQL server, as one of its workers has it.
pub struct PostgresStore {
    /// Reads what is committed.
    pub(super) reading: Connection,
    /// Commits.
    pub(super) writing: Connection,
    /// Leases, and permits at hosts.
    pub(super) settling: Arc<Settling>,
    pub(super) weeks: Weeks,
    /// The transaction in which this worker may place, from [`lock_placement`](crate::Workers::lock_placement)
    /// to the commit.
    pub(super) placing: Mutex<Option<Link>>,
    /// This worker's number.
    pub(super) worker: i64,
    commits: AtomicI64,
}

impl PostgresStore {
    /// Opens or makes the store in a database, and signs in as a worker.
    pub fn open(address: &Address) -> Result<Self, StoreError> {
        let reading = Connection::open(address)?;
        schema::bring_forward(&reading)?;
        let name = format!("{} {}", host_name(), std::process::id());
        let worker = reading.transaction(|link| {
            // A worker that was not seen for a week holds nothing any more.
            link.execute("DELETE FROM worker WHERE seen < now() - interval '7 days'", &[])?;
            let row = link.query_one("INSERT INTO worker (name) VALUES ($1) RETURNING id", &[&name])?;
            Ok(row.try_get::<_, i64>(0)?)
        })?;
        Ok(Self {
            reading,
            writing: Connection::open(address)?,
            settling: Arc::new(Settling::of(worker, address)?),
            weeks: Weeks::default(),
            placing: Mutex::new(None),
            worker,
            commits: AtomicI64::new(0),
        })
    }

    /// Reads on a connection of its own.
    pub(super) fn read<T>(&self, work: impl FnMut(&Link) -> Result<T, Trouble>) -> Result<T, StoreError> {
        self.reading.with(work)
    }

    /// The number of this worker's next commit.
    pub(super) fn next_commit(&self) -> i64 {
        self.commits.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Whether a commit of this worker was made although its answer was lost.
    pub(super) fn was_made(&self, commit: i64) -> Result<bool, StoreError> {
        self.read(|link| {
            let row = link.query_opt("SELECT last_commit FROM worker WHERE id = $1", &[&self.worker])?;
            Ok(row.map(|row| row.try_get::<_, i64>(0)).transpose()?.is_some_and(|last| last >= commit))
        })
    }

    /// Runs a transaction of this worker once: where the connection breaks it is done again only if it was not
    /// made.
    pub(super) fn once<T: Default>(&self, mut work: impl FnMut(&Link) -> Result<T, Trouble>) -> Result<T, StoreError> {
        let commit = self.next_commit();
        let mut sent = false;
        self.writing.with(|link| {
            if sent && self.was_made(commit)? {
                return Ok(T::default());
            }
            link.batch("BEGIN")?;
            let done = work(link).and_then(|value| {
                self.sign(link, commit)?;
                sent = true;
                link.batch("COMMIT")?;
                Ok(value)
            });
            if done.is_err() {
                let _ = link.batch("ROLLBACK");
            }
            done
        })
    }

    /// Notes in a transaction whose commit it is.
    pub(super) fn sign(&self, link: &Link, commit: i64) -> Result<(), Trouble> {
        const SIGN: &str = "UPDATE worker SET last_commit = $2, seen = now() WHERE id = $1";
        if link.execute(SIGN, &[&self.worker, &commit])? == 0 {
            let what = "this worker was taken off the list of workers; start it again".to_owned();
            return Err(StoreError::Conflict { what }.into());
        }
        Ok(())
    }
}

fn host_name() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .map_or_else(|_| "a machine".to_owned(), |name| name.trim().to_owned())
}
