//! Brings a store of an earlier format forward: reads the old one, writes the next generation, compares.
//!
//! The old database is never changed. Once the new one counts, the old one is put aside as a folder of
//! its own, which `compact` removes. A migration is never edited: a later format adds one.

use super::database::open_sled;
use super::generation::Fresh;
use super::layout::{self, Lock};
use super::sled_files::Files;
use super::sled_store::SledStore;
use super::tables::{DOCUMENT, META, QUEUE, STORY, failed, key, number};
use crate::Totals;
use crate::error::StoreError;
use crate::records::{Record, check, decode, encode};
use jiff::Timestamp;
use samestory_model::StoryRecord;
use samestory_model::{Document, DocumentId, Features, Lang};
use serde::Deserialize;
use sled::Db;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Tag of features in the first format.
const FEATURES: u8 = b'f';

/// A story as the first format kept it.
#[derive(Deserialize)]
struct FirstStory {
    born: u64,
    grown: u64,
    documents: Vec<DocumentId>,
    sources: BTreeSet<String>,
    languages: BTreeSet<Lang>,
}

/// The database of the first format.
struct First<'a> {
    folder: &'a Path,
    db: Db,
}

impl First<'_> {
    fn read<T: Record>(&self, bytes: &[u8]) -> Result<T, StoreError> {
        decode(bytes).map_err(|what| StoreError::Damaged { path: self.folder.to_owned(), what })
    }

    fn first_story(&self, bytes: &[u8]) -> Result<FirstStory, StoreError> {
        let damaged = |what| StoreError::Damaged { path: self.folder.to_owned(), what };
        let (_, body) = check(bytes).map_err(damaged)?;
        postcard::from_bytes(body).map_err(|error| damaged(format!("a story does not read: {error}")))
    }

    fn get<T: Record>(&self, tag: u8, id: DocumentId) -> Result<Option<T>, StoreError> {
        let found = self.db.get(key(tag, &id.key())).map_err(|error| failed(self.folder, &error))?;
        found.map(|bytes| self.read(&bytes)).transpose()
    }

    fn both(&self, id: DocumentId) -> Result<Option<(Document, Features)>, StoreError> {
        Ok(self.get::<Document>(DOCUMENT, id)?.zip(self.get::<Features>(FEATURES, id)?))
    }

    fn pairs(&self) -> impl Iterator<Item = Result<(sled::IVec, sled::IVec), StoreError>> {
        self.db.iter().map(|pair| pair.map_err(|error| failed(self.folder, &error)))
    }

    fn copy_into(&self, fresh: &mut Fresh) -> Result<(), StoreError> {
        let mut holds = Totals::default();
        let mut times: BTreeMap<DocumentId, Timestamp> = BTreeMap::new();
        for pair in self.pairs() {
            let (key, _) = pair?;
            if key[0] == DOCUMENT
                && let Some(both) = self.both(DocumentId(number(&key[1..])))?
            {
                times.insert(both.0.id, both.0.time().max(both.0.seen));
                holds.documents += 1;
                holds.bytes += fresh.document(&both)?;
            }
        }
        for pair in self.pairs() {
            let (key, value) = pair?;
            match key[0] {
                DOCUMENT | FEATURES => {}
                STORY => {
                    let first = self.first_story(&value)?;
                    let FirstStory { born, grown, documents, sources, languages } = first;
                    let last = documents.iter().filter_map(|id| times.get(id)).max().copied();
                    let record = StoryRecord { born, grown, documents, sources, languages, last };
                    holds.stories += 1;
                    fresh.put(key, encode(&record))?;
                }
                QUEUE => {
                    holds.waiting += 1;
                    fresh.put(key, value)?;
                }
                _ => fresh.put(key, value)?,
            }
        }
        fresh.put(key(META, b"holds"), encode(&holds))?;
        for id in times.into_keys() {
            if fresh.read_back(id)? != self.both(id)? {
                let (path, what) = (self.folder.to_owned(), format!("document {id} does not read back as it was"));
                return Err(StoreError::Damaged { path, what });
            }
        }
        Ok(())
    }
}

/// Brings a store of the first format forward, and puts the old one aside.
pub(crate) fn bring_forward(folder: &Path, lock: Lock) -> Result<SledStore, StoreError> {
    let first = First { folder, db: open_sled(&Files::of(layout::first_format(folder)))? };
    match first.db.get(key(META, b"format")).map_err(|error| failed(folder, &error))? {
        Some(bytes) if first.read::<u32>(&bytes)? > 1 => {
            let found = first.read(&bytes)?;
            return Err(StoreError::Newer { path: folder.to_owned(), found, known: layout::FORMAT });
        }
        _ => {}
    }
    let mut fresh = Fresh::begin(folder)?;
    match first.copy_into(&mut fresh) {
        Ok(()) => {
            drop(first);
            let store = fresh.finish(lock)?;
            put_aside(folder)?;
            Ok(store)
        }
        Err(error) => {
            fresh.abandon();
            Err(error)
        }
    }
}

/// Puts the database of the first format aside once another counts.
pub(crate) fn put_aside(folder: &Path) -> Result<(), StoreError> {
    let old = layout::first_format(folder);
    if old.exists() {
        std::fs::rename(&old, folder.join(layout::ASIDE)).map_err(|error| StoreError::disk(&old, &error))?;
        for log in ["stories.log", "documents.log"] {
            let _ = std::fs::remove_file(folder.join(log));
        }
    }
    Ok(())
}
