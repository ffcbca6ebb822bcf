//! The store over sled 0.34: one tree, one batch a commit, a flush before it is acknowledged.
//!
//! Everything lies in one tree under a one-byte tag, because sled makes a batch on one tree atomic
//! against power loss. Keys are fixed-width big-endian where they are ordered by time.

use super::error::StoreError;
use super::log::{DocumentFrame, Frames, StoryFrame, read_stories};
use super::record::{decode, encode};
use super::views;
use super::{Commit, HostRecord, ItemRecord, Store, Waiting};
use crate::model::{
    ArticleId, Document, DocumentId, Features, Lang, Placement, Source, SourceId, SourceState, StoryId, canonical_key,
};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sled::{Batch, Db};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Format of the store; a later one is refused.
const FORMAT: u32 = 1;

const SOURCE: u8 = b's';
const STATE: u8 = b't';
const ITEM: u8 = b'i';
const DOCUMENT: u8 = b'd';
const FEATURES: u8 = b'f';
const PLACEMENT: u8 = b'p';
const ADDRESS: u8 = b'u';
const ORDER: u8 = b'o';
const STORY: u8 = b'y';
const STORY_ALIAS: u8 = b'z';
const ARTICLE_ALIAS: u8 = b'b';
const HOST: u8 = b'h';
const QUEUE: u8 = b'q';
const META: u8 = b'm';

/// What is kept of a story beside its documents.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct StoryRecord {
    born: u64,
    grown: u64,
    documents: Vec<DocumentId>,
    sources: BTreeSet<String>,
    languages: BTreeSet<Lang>,
}

/// The one writer of a store.
pub struct SledStore {
    folder: PathBuf,
    db: Db,
    /// Set while the log may lack a commit; the next commit writes it anew.
    behind: Mutex<bool>,
    pid: PathBuf,
}

fn key(tag: u8, rest: &[u8]) -> Vec<u8> {
    let mut key = Vec::with_capacity(rest.len() + 1);
    key.push(tag);
    key.extend_from_slice(rest);
    key
}

fn item_key(source: &SourceId, item: &str) -> Vec<u8> {
    key(ITEM, format!("{source}\u{0}{item}").as_bytes())
}

impl SledStore {
    /// Opens the store in a folder, making it where it is not there.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let disk = |error: std::io::Error| StoreError::Disk { path: folder.to_owned(), why: error.to_string() };
        std::fs::create_dir_all(folder).map_err(disk)?;
        let pid = folder.join("writer.pid");
        let db = sled::Config::new()
            .path(folder.join("sled"))
            .cache_capacity(64 << 20)
            .flush_every_ms(None)
            .open()
            .map_err(|error| match error {
                sled::Error::Io(cause)
                    if cause.kind() == std::io::ErrorKind::WouldBlock || cause.to_string().contains("lock") =>
                {
                    let who = std::fs::read_to_string(&pid)
                        .map_or_else(|_| "another process".to_owned(), |text| format!("process {}", text.trim()));
                    StoreError::Busy { path: folder.to_owned(), who }
                }
                sled::Error::Io(cause) => StoreError::Disk { path: folder.join("sled"), why: cause.to_string() },
                other => StoreError::Damaged { path: folder.to_owned(), what: other.to_string() },
            })?;
        let store = Self { folder: folder.to_owned(), db, behind: Mutex::new(false), pid };
        let format: Option<u32> = store.get(META, b"format")?;
        match format {
            Some(found) if found > FORMAT => {
                return Err(StoreError::Newer { path: folder.to_owned(), found, known: FORMAT });
            }
            Some(_) => {}
            None => {
                store.db.insert(key(META, b"format"), encode(&FORMAT)).map_err(|error| store.failed(&error))?;
                store.flush()?;
            }
        }
        std::fs::write(&store.pid, std::process::id().to_string()).map_err(disk)?;
        let logged = read_stories(folder).ok().and_then(|frames| {
            frames
                .iter()
                .rev()
                .find_map(|frame| if let StoryFrame::Committed { sequence } = frame { Some(*sequence) } else { None })
        });
        let whole = super::reader::is_whole(folder);
        if logged.unwrap_or(0) != store.sequence()? || !whole {
            store.rewrite_log()?;
        }
        Ok(store)
    }

    fn failed(&self, error: &sled::Error) -> StoreError {
        match error {
            sled::Error::Corruption { .. } => {
                StoreError::Damaged { path: self.folder.clone(), what: error.to_string() }
            }
            other => StoreError::Disk { path: self.folder.clone(), why: other.to_string() },
        }
    }

    fn flush(&self) -> Result<(), StoreError> {
        self.db.flush().map(|_| ()).map_err(|error| self.failed(&error))
    }

    fn read<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T, StoreError> {
        decode(bytes).map_err(|what| StoreError::Damaged { path: self.folder.clone(), what })
    }

    fn get<T: DeserializeOwned>(&self, tag: u8, rest: &[u8]) -> Result<Option<T>, StoreError> {
        let found = self.db.get(key(tag, rest)).map_err(|error| self.failed(&error))?;
        found.map(|bytes| self.read(&bytes)).transpose()
    }

    fn all<T: DeserializeOwned>(&self, tag: u8) -> Result<Vec<(Vec<u8>, T)>, StoreError> {
        self.db
            .scan_prefix([tag])
            .map(|pair| {
                let (key, value) = pair.map_err(|error| self.failed(&error))?;
                Ok((key[1..].to_vec(), self.read(&value)?))
            })
            .collect()
    }

    fn sequence(&self) -> Result<u64, StoreError> {
        Ok(self.get(META, b"sequence")?.unwrap_or(0))
    }

    /// A story's documents with their placements as a frame for readers.
    fn story_frame(&self, id: StoryId, record: &StoryRecord) -> Result<Option<StoryFrame>, StoreError> {
        let mut documents = Vec::new();
        for document in &record.documents {
            if let (Some(found), Some(placement)) = (self.document(*document)?, self.placement(*document)?) {
                documents.push((found, placement));
            }
        }
        Ok(views::story(id, &documents, false).map(|view| StoryFrame::Story {
            view,
            born: record.born,
            grown: record.grown,
        }))
    }

    fn document_frame(&self, id: DocumentId) -> Result<Option<DocumentFrame>, StoreError> {
        let (document, features, placement) = (self.document(id)?, self.features(id)?, self.placement(id)?);
        Ok(document.zip(features).zip(placement).map(|((document, features), placement)| DocumentFrame {
            document,
            features,
            placement,
        }))
    }

    /// Writes the readers' log anew from the store.
    fn rewrite_log(&self) -> Result<(), StoreError> {
        let mut frames = Frames::default();
        for (id, _) in self.all::<Document>(DOCUMENT)? {
            if let Some(frame) = self.document_frame(DocumentId(number(&id)))? {
                frames.document(&frame);
            }
        }
        for (_, source) in self.all::<Source>(SOURCE)? {
            let state = self.state(&source.name)?;
            frames.story(&StoryFrame::Source { source: Box::new(source), state: Box::new(state) });
        }
        for (id, record) in self.all::<StoryRecord>(STORY)? {
            if let Some(frame) = self.story_frame(StoryId(number(&id)), &record)? {
                frames.story(&frame);
            }
        }
        for (gone, kept) in self.all::<StoryId>(STORY_ALIAS)? {
            frames.story(&StoryFrame::Alias { gone: StoryId(number(&gone)), kept });
        }
        frames.story(&StoryFrame::Committed { sequence: self.sequence()? });
        frames.replace(&self.folder)
    }

    /// Appends to the readers' log; where that fails the store itself is whole, so it is only told later.
    fn log(&self, frames: &Frames) -> Result<(), StoreError> {
        let mut behind = self.behind.lock().unwrap_or_else(PoisonError::into_inner);
        let result = if *behind { self.rewrite_log() } else { frames.append(&self.folder) };
        *behind = result.is_err();
        result
    }

    /// Moves the placements of a commit into the story records; returns the touched ones.
    fn regroup(&self, commit: &Commit, sequence: u64) -> Result<BTreeMap<StoryId, StoryRecord>, StoreError> {
        let fresh: BTreeMap<DocumentId, &Document> =
            commit.documents.iter().map(|(document, _)| (document.id, document)).collect();
        let mut touched: BTreeMap<StoryId, StoryRecord> = BTreeMap::new();
        let load = |id: StoryId, touched: &mut BTreeMap<StoryId, StoryRecord>| -> Result<(), StoreError> {
            if !touched.contains_key(&id) {
                touched.insert(id, self.get(STORY, &id.key())?.unwrap_or_default());
            }
            Ok(())
        };
        for placement in &commit.placements {
            load(placement.story, &mut touched)?;
            let before = self.placement(placement.document)?;
            if let Some(before) = before.as_ref().filter(|before| before.story != placement.story) {
                load(before.story, &mut touched)?;
                if let Some(record) = touched.get_mut(&before.story) {
                    record.documents.retain(|document| *document != placement.document);
                }
            }
            let stored =
                if fresh.contains_key(&placement.document) { None } else { self.document(placement.document)? };
            let Some(document) = fresh.get(&placement.document).copied().or(stored.as_ref()) else { continue };
            let record = touched.get_mut(&placement.story).expect("loaded above");
            if !record.documents.contains(&placement.document) {
                record.documents.push(placement.document);
            }
            let new_source = record.sources.insert(document.source.to_string());
            let new_language = document.lang.is_some_and(|lang| record.languages.insert(lang));
            if record.born == 0 {
                record.born = sequence;
            } else if record.born != sequence && (new_source || new_language) {
                record.grown = sequence;
            }
        }
        for (gone, _) in &commit.merged_stories {
            load(*gone, &mut touched)?;
        }
        Ok(touched)
    }
}

fn number(key: &[u8]) -> u64 {
    key.try_into().map_or(0, u64::from_be_bytes)
}

impl Store for SledStore {
    fn sources(&self) -> Result<Vec<Source>, StoreError> {
        Ok(self.all(SOURCE)?.into_iter().map(|pair| pair.1).collect())
    }

    fn put_sources(&self, sources: &[Source]) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        let mut frames = Frames::default();
        for source in sources {
            batch.insert(key(SOURCE, source.name.0.as_bytes()), encode(source));
            let state = Box::new(self.state(&source.name)?);
            frames.story(&StoryFrame::Source { source: Box::new(source.clone()), state });
        }
        self.db.apply_batch(batch).map_err(|error| self.failed(&error))?;
        self.flush()?;
        self.log(&frames)
    }

    fn remove_source(&self, name: &SourceId) -> Result<bool, StoreError> {
        let there = self.db.remove(key(SOURCE, name.0.as_bytes())).map_err(|error| self.failed(&error))?.is_some();
        self.flush()?;
        let mut frames = Frames::default();
        frames.story(&StoryFrame::Unfollowed { name: name.0.clone() });
        self.log(&frames)?;
        Ok(there)
    }

    fn state(&self, name: &SourceId) -> Result<SourceState, StoreError> {
        Ok(self.get(STATE, name.0.as_bytes())?.unwrap_or_default())
    }

    fn item(&self, source: &SourceId, item: &str) -> Result<Option<ItemRecord>, StoreError> {
        self.get(ITEM, &item_key(source, item)[1..])
    }

    fn document(&self, id: DocumentId) -> Result<Option<Document>, StoreError> {
        self.get(DOCUMENT, &id.key())
    }

    fn features(&self, id: DocumentId) -> Result<Option<Features>, StoreError> {
        self.get(FEATURES, &id.key())
    }

    fn placement(&self, id: DocumentId) -> Result<Option<Placement>, StoreError> {
        self.get(PLACEMENT, &id.key())
    }

    fn document_at(&self, address: &str) -> Result<Option<DocumentId>, StoreError> {
        self.get(ADDRESS, address.as_bytes())
    }

    fn window(&self, since: Timestamp) -> Result<Vec<(Document, Features, Placement)>, StoreError> {
        let mut found = Vec::new();
        for (_, id) in self.all::<DocumentId>(ORDER)? {
            if let Some(frame) =
                self.document_frame(id)?.filter(|frame| frame.document.time() >= since || frame.document.seen >= since)
            {
                found.push((frame.document, frame.features, frame.placement));
            }
        }
        Ok(found)
    }

    fn host(&self, name: &str) -> Result<HostRecord, StoreError> {
        Ok(self.get(HOST, name.as_bytes())?.unwrap_or_default())
    }

    fn waiting(&self) -> Result<Vec<Waiting>, StoreError> {
        let mut waiting: Vec<Waiting> = self.all(QUEUE)?.into_iter().map(|pair| pair.1).collect();
        waiting.sort_by_key(|one| std::cmp::Reverse(one.item.published));
        Ok(waiting)
    }

    fn commit(&self, commit: &Commit) -> Result<(), StoreError> {
        if commit.is_empty() {
            return Ok(());
        }
        let sequence = self.sequence()? + 1;
        let mut placed: u64 = self.get(META, b"placed")?.unwrap_or(0);
        let mut batch = Batch::default();
        let mut put = |tag: u8, rest: &[u8], bytes: Vec<u8>| batch.insert(key(tag, rest), bytes);
        for (name, state) in &commit.states {
            put(STATE, name.0.as_bytes(), encode(state));
        }
        for (source, item, record) in &commit.items {
            put(ITEM, &item_key(source, item)[1..], encode(record));
        }
        for (document, features) in &commit.documents {
            put(DOCUMENT, &document.id.key(), encode(document));
            put(FEATURES, &document.id.key(), encode(features));
            for address in std::iter::once(&document.url).chain(&document.aliases) {
                put(ADDRESS, canonical_key(address).as_bytes(), encode(&document.id));
            }
            placed += 1;
            put(ORDER, &placed.to_be_bytes(), encode(&document.id));
        }
        for placement in &commit.placements {
            put(PLACEMENT, &placement.document.key(), encode(placement));
        }
        for (name, host) in &commit.hosts {
            put(HOST, name.as_bytes(), encode(host));
        }
        for (gone, kept) in &commit.merged_articles {
            put(ARTICLE_ALIAS, &gone.key(), encode::<ArticleId>(kept));
        }
        let mut aliases = commit.merged_stories.clone();
        for (gone, kept) in self.all::<StoryId>(STORY_ALIAS)? {
            // An alias of an alias points at what stays, so that no chain has to be followed.
            if let Some((_, last)) = commit.merged_stories.iter().find(|(also, _)| *also == kept) {
                aliases.push((StoryId(number(&gone)), *last));
            }
        }
        for (gone, kept) in &aliases {
            put(STORY_ALIAS, &gone.key(), encode(kept));
        }
        put(META, b"sequence", encode(&sequence));
        put(META, b"placed", encode(&placed));
        let touched = self.regroup(commit, sequence)?;
        for (id, record) in touched.iter().filter(|(_, record)| !record.documents.is_empty()) {
            put(STORY, &id.key(), encode(record));
        }
        for (id, _) in touched.iter().filter(|(_, record)| record.documents.is_empty()) {
            batch.remove(key(STORY, &id.key()));
        }
        for (at, waiting) in &commit.queue {
            match waiting {
                Some(waiting) => batch.insert(key(QUEUE, at.as_bytes()), encode(waiting)),
                None => batch.remove(key(QUEUE, at.as_bytes())),
            }
        }
        self.db.apply_batch(batch).map_err(|error| self.failed(&error))?;
        self.flush()?;

        let mut frames = Frames::default();
        let mut changed: BTreeSet<DocumentId> = commit.placements.iter().map(|placement| placement.document).collect();
        changed.extend(commit.documents.iter().map(|pair| pair.0.id));
        for id in changed {
            if let Some(frame) = self.document_frame(id)? {
                frames.document(&frame);
            }
        }
        for (name, state) in &commit.states {
            if let Some(source) = self.get::<Source>(SOURCE, name.0.as_bytes())? {
                frames.story(&StoryFrame::Source { source: Box::new(source), state: Box::new(state.clone()) });
            }
        }
        for (id, record) in &touched {
            if let Some(frame) = self.story_frame(*id, record)? {
                frames.story(&frame);
            }
        }
        for (gone, kept) in aliases {
            frames.story(&StoryFrame::Alias { gone, kept });
        }
        frames.story(&StoryFrame::Committed { sequence });
        self.log(&frames)
    }
}

impl Drop for SledStore {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.pid);
    }
}
