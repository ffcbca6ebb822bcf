//! Holds a store on a server as it was at one moment: one transaction that only reads, for as long as it lives.
//!
//! A question that fails ends the transaction, and so may the server: the next question goes on over another
//! connection where the store is still at the same commit, and fails where it is not.

use super::connect::{Connection, Link, Trouble};
use super::rows::id;
use super::schema::{FORMAT, format, refuse_newer};
use crate::Totals;
use crate::error::StoreError;
use crate::server_address::Address;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio_postgres::error::SqlState;

const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
const META: &str = "SELECT mark, sequence, stories, documents, bytes, (SELECT count(*) FROM waiting), \
                    (SELECT max(number) FROM migration) FROM meta";

/// The state that is seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Begun {
    mark: i64,
    pub(super) sequence: u64,
    pub(super) holds: Totals,
}

/// A transaction that reads.
pub(super) struct Snapshot {
    address: Address,
    /// The address without a password.
    pub(super) shown: String,
    /// None once it broke.
    link: Mutex<Option<Link>>,
    pub(super) begun: Begun,
}

/// Ids as an array of them.
pub(super) fn column(ids: impl IntoIterator<Item = u64>) -> Vec<i64> {
    ids.into_iter().map(|id| id as i64).collect()
}

/// Where the tables are not there, there is no store yet.
pub(super) fn missing_or(trouble: Trouble, address: &Address) -> StoreError {
    match &trouble {
        Trouble::Sql(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => {
            StoreError::Missing { path: PathBuf::from(address.shown()) }
        }
        _ => trouble.at(address),
    }
}

/// Why a store does not answer as this version asks: it is not there, or of another one's form.
fn unlike(link: &Link, trouble: Trouble, address: &Address) -> StoreError {
    let unknown = |error: &tokio_postgres::Error| {
        [SqlState::UNDEFINED_TABLE, SqlState::UNDEFINED_COLUMN].iter().any(|state| error.code() == Some(state))
    };
    let path = PathBuf::from(address.shown());
    match &trouble {
        Trouble::Sql(error) if unknown(error) => {}
        _ => return trouble.at(address),
    }
    match link.batch("ROLLBACK").and_then(|()| format(link)) {
        Ok(0) => StoreError::Missing { path },
        Ok(found) if found < FORMAT => StoreError::Older { path },
        Ok(found) => refuse_newer(found, &address.shown()).err().unwrap_or_else(|| trouble.at(address)),
        Err(_) => trouble.at(address),
    }
}

/// Begins the transaction; waits so long for a server that is away.
fn begin(address: &Address, waiting: Duration) -> Result<(Link, Begun), StoreError> {
    let connection = Connection::open(&Address { reconnect: waiting, ..address.clone() })?;
    let link = connection.hold().take().ok_or_else(|| lost(address))?;
    let read = || {
        link.batch(BEGIN)?;
        let row = link.query_one(META, &[])?;
        refuse_newer(row.try_get(6)?, &address.shown())?;
        let holds =
            Totals { stories: id(&row, 2)?, documents: id(&row, 3)?, bytes: id(&row, 4)?, waiting: id(&row, 5)? };
        Ok(Begun { mark: row.try_get(0)?, sequence: id(&row, 1)?, holds })
    };
    let begun = match read() {
        Ok(begun) => begun,
        Err(trouble) => return Err(unlike(&link, trouble, address)),
    };
    Ok((link, begun))
}

fn lost(address: &Address) -> StoreError {
    let why = "the connection was lost, and the store has changed since".to_owned();
    StoreError::Server { address: address.shown(), why, hint: "ask again" }
}

impl Snapshot {
    /// The store as it is now. A server that is away is not waited for.
    pub(super) fn open(address: &Address) -> Result<Self, StoreError> {
        let (link, begun) = begin(address, Duration::ZERO)?;
        Ok(Self { address: address.clone(), shown: address.shown(), link: Mutex::new(Some(link)), begun })
    }

    /// Asks within the transaction.
    pub(super) fn ask<T>(&self, mut question: impl FnMut(&Link) -> Result<T, Trouble>) -> Result<T, StoreError> {
        let mut guard = self.link.lock().unwrap_or_else(PoisonError::into_inner);
        let mut again = true;
        loop {
            let link = match guard.take() {
                Some(link) => link,
                None => {
                    let (link, begun) = begin(&self.address, self.address.reconnect)?;
                    if (begun.mark, begun.sequence) != (self.begun.mark, self.begun.sequence) {
                        return Err(lost(&self.address));
                    }
                    link
                }
            };
            match question(&link) {
                Ok(answer) => {
                    *guard = Some(link);
                    return Ok(answer);
                }
                Err(trouble) if trouble.is_passing() && again => again = false,
                Err(trouble) => return Err(missing_or(trouble, &self.address)),
            }
        }
    }

    /// What does not fit together.
    pub(super) fn damaged(&self, what: String) -> StoreError {
        StoreError::Damaged { path: PathBuf::from(&self.shown), what }
    }
}
