//! Writes a store anew into the next generation's folder: what `compact`, `restore`, `repair` and a migration share.
//!
//! The old generation is only read. The new one is complete and on disk before `current` names it, so a
//! crash at any moment leaves one whole store, and what the crash left is removed by the next writer.

use super::database::Database;
use super::document_log::{DocumentLog, Located};
use super::layout::{self, Lock};
use super::leftovers;
use super::sled_store::SledStore;
use super::tables::{DOCUMENT, META, failed, key};
use crate::error::StoreError;
use crate::private;
use crate::records::encode;
use samestory_model::{Document, DocumentId, Features};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Records between two flushes.
const UNFLUSHED: usize = 16_000;

/// A generation that is being written.
pub(crate) struct Fresh {
    folder: PathBuf,
    number: u64,
    db: Database,
    texts: DocumentLog,
    unflushed: usize,
}

impl Fresh {
    /// Begins the next generation beside the current one.
    pub(crate) fn begin(folder: &Path) -> Result<Self, StoreError> {
        let current = layout::current(folder)?.unwrap_or(0);
        leftovers::remove_others(folder, current);
        let number = layout::generations(folder).into_iter().max().unwrap_or(current) + 1;
        let generation = layout::begin(folder, number)?;
        let db = Database::begin(&generation)?;
        let texts = DocumentLog::open_to_write(&generation, 0)?;
        Ok(Self { folder: folder.to_owned(), number, db, texts, unflushed: 0 })
    }

    /// Puts a record under its whole key. One by one, as nothing of it counts yet: sled frees what an insertion
    /// replaced some insertions later, but of a batch of 2,000 too little: 15 GB stayed for a million documents.
    pub(crate) fn put(&mut self, key: impl AsRef<[u8]>, value: impl Into<sled::IVec>) -> Result<(), StoreError> {
        self.db.insert(key, value).map_err(|error| failed(&self.folder, &error))?;
        self.unflushed += 1;
        if self.unflushed < UNFLUSHED { Ok(()) } else { self.flush() }
    }

    /// Whether there is a record under a whole key.
    pub(crate) fn has(&self, key: &[u8]) -> Result<bool, StoreError> {
        self.db.contains_key(key).map_err(|error| failed(&self.folder, &error))
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        self.unflushed = 0;
        self.db.sync()
    }

    /// Puts a document with its features; returns the bytes that they take.
    pub(crate) fn document(&mut self, both: &(Document, Features)) -> Result<u64, StoreError> {
        let mut bytes = 0;
        for at in self.texts.append(&[both], false)? {
            self.texts.keep(at.offset + at.bytes());
            bytes += at.bytes();
            self.put(key(DOCUMENT, &both.0.id.key()), encode(&at))?;
        }
        Ok(bytes)
    }

    /// Copies a document's entry as it is.
    pub(crate) fn copy(&mut self, id: DocumentId, at: Located, from: &DocumentLog) -> Result<(), StoreError> {
        let at = self.texts.append_raw(&from.raw(id, at)?, at)?;
        self.put(key(DOCUMENT, &id.key()), encode(&at))
    }

    /// A document of the new generation, as it can be read back.
    pub(crate) fn read_back(&self, id: DocumentId) -> Result<Option<(Document, Features)>, StoreError> {
        let bytes = self.db.get(key(DOCUMENT, &id.key())).map_err(|error| failed(&self.folder, &error))?;
        let Some(bytes) = bytes else { return Ok(None) };
        let at: Located =
            crate::records::decode(&bytes).map_err(|what| StoreError::Damaged { path: self.folder.clone(), what })?;
        self.texts.both(id, at).map(Some)
    }

    /// Makes all of it durable, with what readers see, and then names it as the store that counts; removes every other
    /// generation.
    pub(crate) fn finish(self, lock: Lock) -> Result<SledStore, StoreError> {
        let (folder, number) = (self.folder.clone(), self.number);
        let store = self.swapped_in(lock)?;
        leftovers::remove_others(&folder, number);
        Ok(store)
    }

    /// The same, and puts the generation that counted before aside.
    pub(crate) fn finish_beside(self, lock: Lock, before: &Path, aside: &Path) -> Result<SledStore, StoreError> {
        let store = self.swapped_in(lock)?;
        std::fs::rename(before, aside).map_err(|error| StoreError::disk(before, &error))?;
        Ok(store)
    }

    fn swapped_in(self, lock: Lock) -> Result<SledStore, StoreError> {
        let (folder, number) = (self.folder.clone(), self.number);
        let done = self.settle().and_then(|(db, texts)| {
            let (generation, published) = (layout::generation(&folder, number), Mutex::default());
            let store = SledStore { folder: folder.clone(), generation, db, texts, published, lock };
            store.resume_publishing(None);
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
            // Where only making the name durable has failed, it is the store all the same, and the other one stays,
            // too.
            let _ = std::fs::remove_dir_all(layout::generation(&folder, number));
        }
        done
    }

    /// Makes all of it durable.
    fn settle(mut self) -> Result<(Database, DocumentLog), StoreError> {
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
    pub(crate) fn abandon(self) {
        let generation = layout::generation(&self.folder, self.number);
        drop(self);
        let _ = std::fs::remove_dir_all(generation);
    }
}
