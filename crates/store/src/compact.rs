//! Writes a store anew into the next generation's folder: what `compact`, `restore` and a migration share.
//!
//! The old generation is only read. The new one is complete and on disk before `current` names it, so a
//! crash at any moment leaves one whole store, and what the crash left is removed by the next writer.

use super::database::Database;
use super::error::StoreError;
use super::layout::{self, Lock};
use super::private;
use super::records::encode;
use super::sled_store::{DOCUMENT, META, SledStore, failed, key, number};
use super::texts::{Located, Texts};
use jiff::{SignedDuration, Timestamp};
use samestory_model::{Document, DocumentId, Features};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Bytes up to which a store is never written anew by itself: sled alone takes a little at once.
const SMALL: u64 = 64 << 20;
/// Records between two flushes.
const UNFLUSHED: usize = 16_000;

/// A generation that is being written.
pub(super) struct Fresh {
    folder: PathBuf,
    number: u64,
    db: Database,
    texts: Texts,
    unflushed: usize,
}

impl Fresh {
    /// Begins the next generation beside the current one.
    pub(super) fn begin(folder: &Path) -> Result<Self, StoreError> {
        let current = layout::current(folder)?.unwrap_or(0);
        layout::remove_others(folder, current);
        let number = layout::generations(folder).into_iter().max().unwrap_or(current) + 1;
        let generation = layout::begin(folder, number)?;
        let db = Database::begin(&generation)?;
        let texts = Texts::open_to_write(&generation, 0)?;
        Ok(Self { folder: folder.to_owned(), number, db, texts, unflushed: 0 })
    }

    /// Puts a record under its whole key. One by one, as nothing of it counts yet: sled frees what an insertion
    /// replaced some insertions later, but of a batch of 2,000 too little: 15 GB stayed for a million documents.
    pub(super) fn put(&mut self, key: impl AsRef<[u8]>, value: impl Into<sled::IVec>) -> Result<(), StoreError> {
        self.db.insert(key, value).map_err(|error| failed(&self.folder, &error))?;
        self.unflushed += 1;
        if self.unflushed < UNFLUSHED { Ok(()) } else { self.flush() }
    }

    /// Whether there is a record under a whole key.
    pub(super) fn has(&self, key: &[u8]) -> Result<bool, StoreError> {
        self.db.contains_key(key).map_err(|error| failed(&self.folder, &error))
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        self.unflushed = 0;
        self.db.sync()
    }

    /// Puts a document with its features; returns the bytes that they take.
    pub(super) fn document(&mut self, both: &(Document, Features)) -> Result<u64, StoreError> {
        let mut bytes = 0;
        for at in self.texts.append(&[both], false)? {
            self.texts.keep(at.offset + at.bytes());
            bytes += at.bytes();
            self.put(key(DOCUMENT, &both.0.id.key()), encode(&at))?;
        }
        Ok(bytes)
    }

    /// Copies a document's entry as it is.
    pub(super) fn copy(&mut self, id: DocumentId, at: Located, from: &Texts) -> Result<(), StoreError> {
        let at = self.texts.append_raw(&from.raw(id, at)?, at)?;
        self.put(key(DOCUMENT, &id.key()), encode(&at))
    }

    /// A document of the new generation, as it can be read back.
    pub(super) fn read_back(&self, id: DocumentId) -> Result<Option<(Document, Features)>, StoreError> {
        let bytes = self.db.get(key(DOCUMENT, &id.key())).map_err(|error| failed(&self.folder, &error))?;
        let Some(bytes) = bytes else { return Ok(None) };
        let at: Located =
            super::records::decode(&bytes).map_err(|what| StoreError::Damaged { path: self.folder.clone(), what })?;
        self.texts.both(id, at).map(Some)
    }

    /// Makes all of it durable, with what readers see, and then names it as the store that counts; removes every other
    /// generation.
    pub(super) fn finish(self, lock: Lock) -> Result<SledStore, StoreError> {
        let (folder, number) = (self.folder.clone(), self.number);
        let store = self.swapped_in(lock)?;
        layout::remove_others(&folder, number);
        Ok(store)
    }

    /// The same, and puts the generation that counted before aside.
    pub(super) fn finish_beside(self, lock: Lock, before: &Path, aside: &Path) -> Result<SledStore, StoreError> {
        let store = self.swapped_in(lock)?;
        std::fs::rename(before, aside).map_err(|error| StoreError::disk(before, &error))?;
        Ok(store)
    }

    fn swapped_in(self, lock: Lock) -> Result<SledStore, StoreError> {
        let (folder, number) = (self.folder.clone(), self.number);
        let done = self.settle().and_then(|(db, texts)| {
            let (generation, told) = (layout::generation(&folder, number), Mutex::default());
            let store = SledStore { folder: folder.clone(), generation, db, texts, told, lock };
            store.take_up_telling(None);
            match store.behind() {
                None => {
                    private::tighten_folder(&store.generation);
                    Ok(store)
                }
                Some(why) => Err(StoreError::Disk { path: layout::generation(&folder, number), why }),
            }
        });
        let done = done.and_then(|store| layout::set_current(&folder, number).map(|()| store));
        if let Ok(store) = &done {
            layout::finished(&store.generation);
        } else if layout::current(&folder).ok().flatten() != Some(number) {
            // Where only making the name durable has failed, it is the store all the same, and the other one stays, too.
            let _ = std::fs::remove_dir_all(layout::generation(&folder, number));
        }
        done
    }

    /// Makes all of it durable.
    fn settle(mut self) -> Result<(Database, Texts), StoreError> {
        let length = self.texts.length();
        self.put(key(META, b"texts"), encode(&length))?;
        self.put(key(META, b"format"), encode(&layout::FORMAT))?;
        self.texts.sync()?;
        self.flush()?;
        let generation = layout::generation(&self.folder, self.number);
        layout::sync_folder(&generation.join("sled"))?;
        layout::sync_folder(&generation)?;
        Ok((self.db, self.texts))
    }

    /// Removes what was begun.
    pub(super) fn abandon(self) {
        let generation = layout::generation(&self.folder, self.number);
        drop(self);
        let _ = std::fs::remove_dir_all(generation);
    }
}

/// Whether a day has gone by since a time, if there was one.
pub(super) fn a_day_since(last: Option<Timestamp>, now: Timestamp) -> bool {
    // A clock that was ahead once must not keep upkeep away for ever.
    last.is_none_or(|last| last > now || now.duration_since(last) >= SignedDuration::from_hours(24))
}

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
    pub fn is_swollen(&self, ratio: f64) -> Result<bool, StoreError> {
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
        let _ = std::fs::remove_dir_all(folder.join(super::migrate::ASIDE));
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
                super::records::check(&value)
                    .map_err(|what| StoreError::Damaged { path: self.folder.clone(), what })?;
                fresh.put(key, value)?;
            }
        }
        documents.sort_unstable_by_key(|pair| pair.0.offset);
        documents.iter().try_for_each(|(at, id)| fresh.copy(*id, *at, &self.texts))
    }
}
