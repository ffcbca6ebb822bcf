//! Keeps small texts by name, swaps them whole, and looks whether a store on a server has changed.
//!
//! A [`Sole`] is the right to do something that one process may do at a time over a store. It is a lock of the
//! server on a connection of its own, and so are its notes: where the connection is lost, and with it the right,
//! nothing is written any more.

use super::connect::{Connection, Link, Trouble};
use super::engine::SIZE;
use super::rows::id;
use super::snapshot::missing_or;
use crate::error::StoreError;
use crate::server_address::Address;
use jiff::Timestamp;
use std::time::Duration;

pub(super) const NOTE: &str = "SELECT text FROM note WHERE name = $1";
const KEEP: &str = "INSERT INTO note (name, text) VALUES ($1, $2) \
                    ON CONFLICT (name) DO UPDATE SET text = excluded.text, moved = now()";
const BEGIN: &str = "INSERT INTO note (name, text) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
const MOVED: &str = "SELECT moved FROM note WHERE name = $1";
/// Sources count beside commits: following one is no commit that places.
const MARK: &str = "SELECT mark, sequence, (SELECT count(*) FROM source) FROM meta";
const ALONE: &str =
    "SELECT pg_try_advisory_lock(hashtextextended('samestory.alone ' || $1 || ' ' || current_schema(), 0))";

fn ask<T>(address: &Address, question: impl Fn(&Link) -> Result<T, Trouble>) -> Result<T, StoreError> {
    // The error is passed on unchanged: a missing store and an unreachable server need different hints.
    let connection = Connection::open(address)?;
    let answer = connection.with(|link| match question(link) {
        Err(trouble) if trouble.is_passing() || trouble.is_collision() => Err(trouble),
        answer => Ok(answer),
    })?;
    answer.map_err(|trouble| missing_or(trouble, address))
}

fn note_over(link: &Link, name: &str) -> Result<Option<String>, Trouble> {
    Ok(link.query_opt(NOTE, &[&name])?.map(|row| row.try_get(0)).transpose()?)
}

/// A note; none where there is no store yet.
pub fn note(address: &Address, name: &str) -> Result<Option<String>, StoreError> {
    match ask(address, |link| note_over(link, name)) {
        Err(StoreError::Missing { .. }) => Ok(None),
        other => other,
    }
}

/// Swaps a note in.
pub fn put_value(address: &Address, name: &str, text: &str) -> Result<(), StoreError> {
    ask(address, |link| link.execute(KEEP, &[&name, &text]).map(drop))
}

/// Writes a note where there is none yet.
pub fn put_new_value(address: &Address, name: &str, text: &str) -> Result<(), StoreError> {
    ask(address, |link| link.execute(BEGIN, &[&name, &text]).map(drop))
}

/// When a note was last swapped in, by the server's clock.
pub fn value_changed_at(address: &Address, name: &str) -> Option<Timestamp> {
    ask(address, |link| Ok(link.query_opt(MOVED, &[&name])?.map(|row| row.try_get(0)).transpose()?)).ok()?
}

/// Bytes of the store's tables and their indexes.
pub fn size(address: &Address) -> Result<u64, StoreError> {
    ask(address, |link| id(&link.query_one(SIZE, &[])?, 0))
}

/// The server's version.
pub fn version(address: &Address) -> Result<String, StoreError> {
    ask(address, |link| Ok(link.query_one("SELECT current_setting('server_version')", &[])?.try_get(0)?))
}

/// Looks at a store's mark again and again over one connection.
pub struct Marking {
    address: Address,
    connection: Option<Connection>,
}

impl Marking {
    /// Connects with the first look. A server that is away is not waited for.
    pub fn of(address: &Address) -> Self {
        Self { address: Address { reconnect: Duration::ZERO, ..address.clone() }, connection: None }
    }

    /// Something that changes when a commit has been made; zeros where that cannot be seen.
    pub fn mark(&mut self) -> (u64, u64) {
        self.look().unwrap_or_default()
    }

    fn look(&mut self) -> Result<(u64, u64), StoreError> {
        let connection = match &self.connection {
            Some(connection) => connection,
            None => self.connection.insert(Connection::open(&self.address)?),
        };
        connection.with(|link| {
            let row = link.query_one(MARK, &[])?;
            Ok((id(&row, 0)?, (id(&row, 1)? << 20).wrapping_add(id(&row, 2)?)))
        })
    }
}

/// A right that one process has at a time; given back with its connection.
pub struct Sole {
    address: Address,
    link: Link,
}

impl Sole {
    /// Takes a right by its name; `None` where another process has it.
    pub fn take(address: &Address, name: &str) -> Result<Option<Self>, StoreError> {
        let connection = Connection::open(address)?;
        let Some(link) = connection.hold().take() else { return Ok(None) };
        let taken = link.query_one(ALONE, &[&name]).and_then(|row| Ok(row.try_get::<_, bool>(0)?));
        let taken = taken.map_err(|trouble| trouble.at(address))?;
        Ok(taken.then(|| Self { address: address.clone(), link }))
    }

    /// A note, as it stands while no other process has this right.
    pub fn note(&self, name: &str) -> Result<Option<String>, StoreError> {
        note_over(&self.link, name).map_err(|trouble| missing_or(trouble, &self.address))
    }

    /// Swaps a note in, for as long as the right holds.
    pub fn put_value(&self, name: &str, text: &str) -> Result<(), StoreError> {
        self.link.execute(KEEP, &[&name, &text]).map(drop).map_err(|trouble| missing_or(trouble, &self.address))
    }
}
