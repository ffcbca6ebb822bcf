//! Compaction: measures how much of a store is in use, and writes it anew without the rest.
//!
//! The new generation is written by `generation`: the old one is only read, so a crash at any moment leaves one
//! whole store.

use super::document_log::Located;
use super::generation::Fresh;
use super::layout::{self};
use super::sled_store::SledStore;
use super::tables::{DOCUMENT, META, key, number};
use crate::error::StoreError;
use crate::records::encode;
use crate::upkeep::a_day_since;
use jiff::Timestamp;
use samestory_model::DocumentId;

/// Bytes up to which a store is never written anew by itself: sled alone takes a little at once.
const SMALL: u64 = 64 << 20;
impl SledStore {
    /// Bytes that the store takes on disk, what readers see included.
    pub fn on_disk(&self) -> u64 {
        layout::size(&self.generation)
    }

    /// Bytes that are in use: keys and values, and documents with their features. Reads every key.
    pub fn live(&self) -> Result<u64, StoreError> {
        let mut live = self.holds()?.bytes;
        for pair in self.db.iter() {
            let (key, value) = pair.map_err(|error| self.failed(&error))?;
            live += (key.len() + value.len()) as u64;
        }
        Ok(live)
    }

    /// Whether a day has gone by since purging and compacting were last looked at, by this clock.
    pub fn upkeep_is_due(&self, now: Timestamp) -> Result<bool, StoreError> {
        Ok(a_day_since(self.get(META, b"upkeep")?, now))
    }

    /// Notes that purging and compacting were looked at.
    pub fn note_upkeep(&self, now: Timestamp) -> Result<(), StoreError> {
        self.db.insert(key(META, b"upkeep"), encode(&now)).map_err(|error| self.failed(&error))?;
        self.flush()
    }

    /// Whether the store takes more than so many times the bytes that are in use.
    pub fn is_fragmented(&self, ratio: f64) -> Result<bool, StoreError> {
        let disk = self.on_disk();
        Ok(ratio > 0.0 && disk > SMALL && disk as f64 > ratio * self.live()? as f64)
    }

    /// Writes the store anew without what is no longer used, and swaps it in.
    pub fn compact(self) -> Result<Self, StoreError> {
        let folder = self.folder.clone();
        let mut fresh = Fresh::begin(&folder)?;
        if let Err(error) = self.copy_into(&mut fresh) {
            fresh.abandon();
            return Err(error);
        }
        let Self { db, lock, .. } = self;
        drop(db);
        let store = fresh.finish(lock)?;
        let _ = std::fs::remove_dir_all(folder.join(super::layout::ASIDE));
        Ok(store)
    }

    fn copy_into(&self, fresh: &mut Fresh) -> Result<(), StoreError> {
        let mut documents: Vec<(Located, DocumentId)> = Vec::new();
        for pair in self.db.iter() {
            let (key, value) = pair.map_err(|error| self.failed(&error))?;
            if key[0] == DOCUMENT {
                documents.push((self.read(&value)?, DocumentId(number(&key[1..]))));
            } else if key[..] != [&[META][..], b"untold"].concat() {
                // A record that does not read is not carried on as if it did.
                crate::records::check(&value)
                    .map_err(|what| StoreError::Damaged { path: self.folder.clone(), what })?;
                fresh.put(key, value)?;
            }
        }
        documents.sort_unstable_by_key(|pair| pair.0.offset);
        documents.iter().try_for_each(|(at, id)| fresh.copy(*id, *at, &self.texts))
    }
}
