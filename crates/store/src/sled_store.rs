//! The database of a store: sled 0.34, one tree, one batch a commit, a flush before it is acknowledged.
//!
//! Everything lies in one tree under a one-byte tag, because sled makes a batch on one tree atomic
//! against power loss. Keys are fixed-width big-endian where they are ordered by time. Documents lie
//! beside it (`texts`); sled keeps where.

use super::database::Database;
use super::error::StoreError;
use super::last_shown::last_shown;
use super::layout::{self, FORMAT, Lock};
use super::log::Holdings;
use super::migrate;
use super::private;
use super::publish::{Changes, Told};
use super::records::{Record, decode, encode};
use super::texts::{Located, Texts};
use jiff::Timestamp;
use samestory_model::{DocumentId, SourceId};
use sled::Batch;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

pub(super) const SOURCE: u8 = b's';
/// Sources of the configuration, kept so that readers can show them.
pub(super) const MIRRORED: u8 = b'c';
pub(super) const STATE: u8 = b't';
pub(super) const ITEM: u8 = b'i';
pub(super) const DOCUMENT: u8 = b'd';
pub(super) const PLACEMENT: u8 = b'p';
pub(super) const ADDRESS: u8 = b'u';
pub(super) const ORDER: u8 = b'o';
pub(super) const STORY: u8 = b'y';
pub(super) const STORY_ALIAS: u8 = b'z';
pub(super) const ARTICLE_ALIAS: u8 = b'b';
pub(super) const HOST: u8 = b'h';
pub(super) const QUEUE: u8 = b'q';
/// Validators of article pages.
pub(super) const PAGE: u8 = b'v';
/// The reader's words; one that was taken back leaves its number.
pub(super) const WORD: u8 = b'w';
/// Hashes of what was purged.
pub(super) const PURGED: u8 = b'x';
pub(super) const META: u8 = b'm';

/// The one writer of a store.
pub struct SledStore {
    pub(super) folder: PathBuf,
    pub(super) generation: PathBuf,
    pub(super) db: Database,
    pub(super) texts: Texts,
    pub(super) told: Mutex<Told>,
    /// Last, so that it is given back when everything else is closed.
    pub(super) lock: Lock,
}

pub(super) fn key(tag: u8, rest: &[u8]) -> Vec<u8> {
    let mut key = Vec::with_capacity(rest.len() + 1);
    key.push(tag);
    key.extend_from_slice(rest);
    key
}

pub(super) fn item_key(source: &SourceId, item: &str) -> Vec<u8> {
    format!("{source}\u{0}{item}").into_bytes()
}

impl SledStore {
    /// Opens or makes the store in a folder, for writing. One of the first format is brought forward.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        // What a later version wrote is not touched, not even to ask who else writes.
        layout::current(folder)?;
        Self::open_with(folder, Lock::take(folder)?)
    }

    /// Opens or makes the store with the right to write in hand.
    pub(super) fn open_with(folder: &Path, lock: Lock) -> Result<Self, StoreError> {
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
        let told = Told::of(&there);
        let db = Database::open(&there, last_shown(folder, &there, told.as_ref()))?;
        let store = Self::over(folder, there, db, lock, told)?;
        if layout::format(folder)?.is_some_and(|found| found < FORMAT) {
            // Before anything is stored that an earlier program would not understand.
            store.db.insert(key(META, b"format"), encode(&FORMAT)).map_err(|error| store.failed(&error))?;
            store.flush()?;
            layout::set_current(folder, number)?;
        }
        layout::remove_others(folder, number);
        layout::finished(&store.generation);
        migrate::put_aside(folder)?;
        Ok(store)
    }

    /// Makes an empty store.
    fn make(folder: &Path, lock: Lock) -> Result<Self, StoreError> {
        if let Some(number) = layout::orphan(folder) {
            let what = format!("`current` is missing, and g{number} holds a store");
            return Err(StoreError::Damaged { path: folder.to_owned(), what });
        }
        layout::remove_others(folder, 0);
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
        known: Option<Told>,
    ) -> Result<Self, StoreError> {
        let length = match db.get(key(META, b"texts")) {
            Ok(bytes) => bytes.map(|bytes| decode::<u64>(&bytes)).transpose(),
            Err(error) => return Err(failed(folder, &error)),
        };
        let length = length.map_err(|what| StoreError::Damaged { path: folder.to_owned(), what })?.unwrap_or(0);
        let texts = Texts::open_to_write(&generation, length)?;
        let (folder, told) = (folder.to_owned(), Mutex::new(Told::default()));
        let store = Self { folder, generation, db, texts, told, lock };
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
        store.take_up_telling(known);
        private::tighten(&store.folder);
        Ok(store)
    }

    pub(super) fn failed(&self, error: &sled::Error) -> StoreError {
        failed(&self.folder, error)
    }

    pub(super) fn flush(&self) -> Result<(), StoreError> {
        self.db.sync()
    }

    pub(super) fn read<T: Record>(&self, bytes: &[u8]) -> Result<T, StoreError> {
        decode(bytes).map_err(|what| StoreError::Damaged { path: self.folder.clone(), what })
    }

    pub(super) fn get<T: Record>(&self, tag: u8, rest: &[u8]) -> Result<Option<T>, StoreError> {
        let found = self.db.get(key(tag, rest)).map_err(|error| self.failed(&error))?;
        found.map(|bytes| self.read(&bytes)).transpose()
    }

    pub(super) fn has(&self, tag: u8, rest: &[u8]) -> Result<bool, StoreError> {
        self.db.contains_key(key(tag, rest)).map_err(|error| self.failed(&error))
    }

    /// Every value of a tag with its key, one by one.
    pub(super) fn scan<T: Record>(&self, tag: u8) -> impl Iterator<Item = Result<(Vec<u8>, T), StoreError>> {
        self.db.scan_prefix([tag]).map(|pair| {
            let (key, value) = pair.map_err(|error| self.failed(&error))?;
            Ok((key[1..].to_vec(), self.read(&value)?))
        })
    }

    /// Every value of a tag with its key, at once: for what is never many.
    pub(super) fn all<T: Record>(&self, tag: u8) -> Result<Vec<(Vec<u8>, T)>, StoreError> {
        self.scan(tag).collect()
    }

    pub(super) fn sequence(&self) -> Result<u64, StoreError> {
        Ok(self.get(META, b"sequence")?.unwrap_or(0))
    }

    /// How much the store holds.
    pub fn holds(&self) -> Result<Holdings, StoreError> {
        Ok(self.get(META, b"holds")?.unwrap_or_default())
    }

    pub(super) fn located(&self, id: DocumentId) -> Result<Option<Located>, StoreError> {
        self.get(DOCUMENT, &id.key())
    }

    /// Applies a batch with the next sequence number; after it returned, power may fail.
    pub(super) fn apply(&self, mut batch: Batch, changes: Changes) -> Result<(), StoreError> {
        let untold = self.untold_with(changes)?;
        batch.insert(key(META, b"sequence"), encode(&(self.sequence()? + 1)));
        batch.insert(key(META, b"untold"), encode(&untold));
        self.db.apply_batch(batch).map_err(|error| self.failed(&error))?;
        self.flush()
    }

    /// Documents that were published or first seen at `since` or later, the latest `most` of them, oldest
    /// placement first.
    pub(super) fn recent(&self, since: Timestamp, most: usize) -> Result<Vec<DocumentId>, StoreError> {
        let mut found = Vec::new();
        for pair in self.db.range(order_key(since, 0)..key(ORDER + 1, &[])).rev().take(most) {
            let (key, value) = pair.map_err(|error| self.failed(&error))?;
            found.push((number(&key[9..]), self.read::<DocumentId>(&value)?));
        }
        found.sort_unstable();
        Ok(found.into_iter().map(|pair| pair.1).collect())
    }
}

pub(super) fn failed(folder: &Path, error: &sled::Error) -> StoreError {
    match error {
        sled::Error::Corruption { .. } => StoreError::Damaged { path: folder.to_owned(), what: error.to_string() },
        other => StoreError::Disk { path: folder.to_owned(), why: other.to_string() },
    }
}

/// Key of a placed document: its latest time, then the number of its placement.
pub(super) fn order_key(time: Timestamp, placed: u64) -> Vec<u8> {
    let ordered = (time.as_second() as u64) ^ (1 << 63);
    key(ORDER, &[ordered.to_be_bytes(), placed.to_be_bytes()].concat())
}

pub(super) fn number(key: &[u8]) -> u64 {
    key.try_into().map_or(0, u64::from_be_bytes)
}
