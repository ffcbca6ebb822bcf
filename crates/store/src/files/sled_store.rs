//! The database of a store: sled 0.34, one tree, one batch a commit, a flush before it is acknowledged.
//!
//! Everything lies in one tree under a one-byte tag, because sled makes a batch on one tree atomic
//! against power loss. Keys are fixed-width big-endian where they are ordered by time. Documents lie
//! beside it (`document_log`); sled keeps where.

use super::database::Database;
use super::document_log::{DocumentLog, Located};
use super::layout::Lock;
use super::published::{Changes, Published};
use super::tables::{DOCUMENT, META, ORDER, failed, key, number, order_key};
use crate::Totals;
use crate::error::StoreError;
use crate::records::{Record, decode, encode};
use jiff::Timestamp;
use samestory_model::DocumentId;
use sled::Batch;
use std::path::PathBuf;
use std::sync::Mutex;

/// The one writer of a store.
pub struct SledStore {
    pub(crate) folder: PathBuf,
    pub(crate) generation: PathBuf,
    pub(crate) db: Database,
    pub(crate) texts: DocumentLog,
    pub(crate) published: Mutex<Published>,
    /// Last, so that it is given back when everything else is closed.
    pub(crate) lock: Lock,
}

impl SledStore {
    pub(crate) fn failed(&self, error: &sled::Error) -> StoreError {
        failed(&self.folder, error)
    }

    pub(crate) fn flush(&self) -> Result<(), StoreError> {
        self.db.sync()
    }

    pub(crate) fn read<T: Record>(&self, bytes: &[u8]) -> Result<T, StoreError> {
        decode(bytes).map_err(|what| StoreError::Damaged { path: self.folder.clone(), what })
    }

    pub(crate) fn get<T: Record>(&self, tag: u8, rest: &[u8]) -> Result<Option<T>, StoreError> {
        let found = self.db.get(key(tag, rest)).map_err(|error| self.failed(&error))?;
        found.map(|bytes| self.read(&bytes)).transpose()
    }

    pub(crate) fn has(&self, tag: u8, rest: &[u8]) -> Result<bool, StoreError> {
        self.db.contains_key(key(tag, rest)).map_err(|error| self.failed(&error))
    }

    /// Every value of a tag with its key, one by one.
    pub(crate) fn scan<T: Record>(&self, tag: u8) -> impl Iterator<Item = Result<(Vec<u8>, T), StoreError>> {
        self.db.scan_prefix([tag]).map(|pair| {
            let (key, value) = pair.map_err(|error| self.failed(&error))?;
            Ok((key[1..].to_vec(), self.read(&value)?))
        })
    }

    /// Every value of a tag with its key, at once: for what is never many.
    pub(crate) fn all<T: Record>(&self, tag: u8) -> Result<Vec<(Vec<u8>, T)>, StoreError> {
        self.scan(tag).collect()
    }

    pub(crate) fn sequence(&self) -> Result<u64, StoreError> {
        Ok(self.get(META, b"sequence")?.unwrap_or(0))
    }

    /// How much the store holds.
    pub fn holds(&self) -> Result<Totals, StoreError> {
        Ok(self.get(META, b"holds")?.unwrap_or_default())
    }

    pub(crate) fn located(&self, id: DocumentId) -> Result<Option<Located>, StoreError> {
        self.get(DOCUMENT, &id.key())
    }

    /// Applies a batch with the next sequence number; after it returned, power may fail.
    pub(crate) fn apply(&self, mut batch: Batch, changes: Changes) -> Result<(), StoreError> {
        let pending = self.pending_with(changes)?;
        batch.insert(key(META, b"sequence"), encode(&(self.sequence()? + 1)));
        batch.insert(key(META, b"untold"), encode(&pending));
        self.db.apply_batch(batch).map_err(|error| self.failed(&error))?;
        self.flush()
    }

    /// Documents that were published or first seen at `since` or later, the latest `most` of them, oldest
    /// placement first.
    pub(crate) fn recent(&self, since: Timestamp, most: usize) -> Result<Vec<DocumentId>, StoreError> {
        let mut found = Vec::new();
        for pair in self.db.range(order_key(since, 0)..key(ORDER + 1, &[])).rev().take(most) {
            let (key, value) = pair.map_err(|error| self.failed(&error))?;
            found.push((number(&key[9..]), self.read::<DocumentId>(&value)?));
        }
        found.sort_unstable();
        Ok(found.into_iter().map(|pair| pair.1).collect())
    }
}
