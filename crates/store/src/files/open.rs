//! Opens the store in a folder: what is there, whether it is whole, and what brings it forward.

use super::database::Database;
use super::document_log::DocumentLog;
use super::last_shown::last_shown;
use super::layout::{self, FORMAT, Lock};
use super::leftovers;
use super::leftovers::orphan;
use super::migrate;
use super::published::Published;
use super::sled_store::SledStore;
use super::tables::{META, failed, key};
use crate::error::StoreError;
use crate::private;
use crate::records::{decode, encode};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

impl SledStore {
    /// Opens or makes the store in a folder, for writing. One of the first format is brought forward.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        // What a later version wrote is not touched, not even to ask whether another process writes.
        layout::current(folder)?;
        Self::open_with(folder, Lock::take(folder)?)
    }

    /// Opens or makes the store with the right to write in hand.
    pub(crate) fn open_with(folder: &Path, lock: Lock) -> Result<Self, StoreError> {
        let number = match layout::current(folder)? {
            Some(number) => number,
            None if layout::first_format(folder).exists() => return migrate::bring_forward(folder, lock),
            None => return Self::make(folder, lock),
        };
        // An empty store in its place would be taken for all there is, and the rest removed.
        let there = layout::generation(folder, number);
        if !there.is_dir() {
            return Err(StoreError::Gone { folder: folder.to_owned(), gone: there });
        }
        if !there.join("sled").is_dir() {
            let what = "the database is not there".to_owned();
            return Err(StoreError::Damaged { path: there.join("sled"), what });
        }
        let published = Published::of(&there);
        let db = Database::open(&there, last_shown(folder, &there, published.as_ref()))?;
        let store = Self::over(folder, there, db, lock, published)?;
        if layout::format(folder)?.is_some_and(|found| found < FORMAT) {
            // Before anything is stored that an earlier program would not understand.
            store.db.insert(key(META, b"format"), encode(&FORMAT)).map_err(|error| store.failed(&error))?;
            store.flush()?;
            layout::set_current(folder, number)?;
        }
        leftovers::remove_others(folder, number);
        layout::finished(&store.generation);
        migrate::put_aside(folder)?;
        Ok(store)
    }

    /// Makes an empty store.
    fn make(folder: &Path, lock: Lock) -> Result<Self, StoreError> {
        if let Some(number) = orphan(folder) {
            let what = format!("`current` is missing, and g{number} holds a store");
            return Err(StoreError::Damaged { path: folder.to_owned(), what });
        }
        leftovers::remove_others(folder, 0);
        let generation = layout::begin(folder, 1)?;
        let store = Self::over(folder, generation.clone(), Database::begin(&generation)?, lock, None)?;
        // The names of its files, before anything is acknowledged in them.
        layout::sync_folder(&generation.join("sled"))?;
        layout::sync_folder(&generation)?;
        layout::set_current(folder, 1)?;
        layout::finished(&generation);
        Ok(store)
    }

    /// The store around an open database.
    fn over(
        folder: &Path,
        generation: PathBuf,
        db: Database,
        lock: Lock,
        known: Option<Published>,
    ) -> Result<Self, StoreError> {
        let length = match db.get(key(META, b"texts")) {
            Ok(bytes) => bytes.map(|bytes| decode::<u64>(&bytes)).transpose(),
            Err(error) => return Err(failed(folder, &error)),
        };
        let length = length.map_err(|what| StoreError::Damaged { path: folder.to_owned(), what })?.unwrap_or(0);
        let texts = DocumentLog::open_to_write(&generation, length)?;
        let (folder, published) = (folder.to_owned(), Mutex::new(Published::default()));
        let store = Self { folder, generation, db, texts, published, lock };
        match store.get::<u32>(META, b"format")? {
            Some(found) if found > FORMAT => {
                return Err(StoreError::Newer { path: store.folder.clone(), found, known: FORMAT });
            }
            Some(_) => {}
            None => {
                let format = key(META, b"format");
                store.db.insert(format, encode(&FORMAT)).map_err(|error| store.failed(&error))?;
                store.flush()?;
            }
        }
        store.resume_publishing(known);
        private::tighten(&store.folder);
        Ok(store)
    }
}
