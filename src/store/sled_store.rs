//! The store over sled 0.34: one tree, one batch a commit, a flush before it is acknowledged.
//!
//! Everything lies in one tree under a one-byte tag, because sled makes a batch on one tree atomic
//! against power loss. Keys are fixed-width big-endian where they are ordered by time.

use super::error::StoreError;
use super::log::{self, Frames};
use super::record::{decode, encode};
use super::{Commit, HostRecord, ItemRecord, PageRecord, Store, Waiting};
use crate::model::{
    Document, DocumentId, Features, Placement, ReaderWord, Source, SourceId, SourceState, canonical_key,
};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use sled::{Batch, Db};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Format of the store; a later one is refused.
const FORMAT: u32 = 1;

pub(super) const SOURCE: u8 = b's';
/// Sources of the configuration, kept so that readers can show them.
pub(super) const MIRRORED: u8 = b'c';
pub(super) const STATE: u8 = b't';
pub(super) const ITEM: u8 = b'i';
pub(super) const DOCUMENT: u8 = b'd';
pub(super) const FEATURES: u8 = b'f';
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
pub(super) const META: u8 = b'm';

/// The one writer of a store.
pub struct SledStore {
    pub(super) folder: PathBuf,
    db: Db,
    /// Why the readers' log lacks a commit, while it does; the next commit writes it anew.
    pub(super) behind: Mutex<Option<String>>,
    pid: PathBuf,
}

pub(super) fn key(tag: u8, rest: &[u8]) -> Vec<u8> {
    let mut key = Vec::with_capacity(rest.len() + 1);
    key.push(tag);
    key.extend_from_slice(rest);
    key
}

fn item_key(source: &SourceId, item: &str) -> Vec<u8> {
    key(ITEM, format!("{source}\u{0}{item}").as_bytes())
}

/// Makes the folder where it is not there, for its owner alone: it holds what opens sources.
fn make_private(folder: &Path) -> std::io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    std::fs::create_dir_all(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

impl SledStore {
    /// Opens the store in a folder, making it where it is not there.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let disk = |error: std::io::Error| StoreError::Disk { path: folder.to_owned(), why: error.to_string() };
        make_private(folder).map_err(disk)?;
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
        let store = Self { folder: folder.to_owned(), db, behind: Mutex::new(None), pid };
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
        // A log that cannot be mended now is no reason to lose a pass: the next commit tries again.
        if log::sequence(folder) != Some(store.sequence()?) {
            let _ = store.publish(&Frames::default(), true);
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

    pub(super) fn read<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T, StoreError> {
        decode(bytes).map_err(|what| StoreError::Damaged { path: self.folder.clone(), what })
    }

    pub(super) fn get<T: DeserializeOwned>(&self, tag: u8, rest: &[u8]) -> Result<Option<T>, StoreError> {
        let found = self.db.get(key(tag, rest)).map_err(|error| self.failed(&error))?;
        found.map(|bytes| self.read(&bytes)).transpose()
    }

    pub(super) fn all<T: DeserializeOwned>(&self, tag: u8) -> Result<Vec<(Vec<u8>, T)>, StoreError> {
        self.db
            .scan_prefix([tag])
            .map(|pair| {
                let (key, value) = pair.map_err(|error| self.failed(&error))?;
                Ok((key[1..].to_vec(), self.read(&value)?))
            })
            .collect()
    }

    pub(super) fn sequence(&self) -> Result<u64, StoreError> {
        Ok(self.get(META, b"sequence")?.unwrap_or(0))
    }

    /// Applies a batch with the next sequence number; after it returned, power may fail.
    fn apply(&self, mut batch: Batch, sequence: u64) -> Result<(), StoreError> {
        batch.insert(key(META, b"sequence"), encode(&sequence));
        self.db.apply_batch(batch).map_err(|error| self.failed(&error))?;
        self.flush()
    }

    /// Documents that were published or first seen at `since` or later, oldest placement first.
    fn recent(&self, since: Timestamp) -> Result<Vec<DocumentId>, StoreError> {
        let mut found = Vec::new();
        for pair in self.db.range(order_key(since, 0)..key(ORDER + 1, &[])) {
            let (key, value) = pair.map_err(|error| self.failed(&error))?;
            found.push((number(&key[9..]), self.read::<DocumentId>(&value)?));
        }
        found.sort_unstable();
        Ok(found.into_iter().map(|pair| pair.1).collect())
    }
}

/// Key of a placed document: its latest time, then the number of its placement.
fn order_key(time: Timestamp, placed: u64) -> Vec<u8> {
    let ordered = (time.as_second() as u64) ^ (1 << 63);
    key(ORDER, &[ordered.to_be_bytes(), placed.to_be_bytes()].concat())
}

pub(super) fn number(key: &[u8]) -> u64 {
    key.try_into().map_or(0, u64::from_be_bytes)
}

impl Store for SledStore {
    fn sources(&self) -> Result<Vec<Source>, StoreError> {
        Ok(self.all(SOURCE)?.into_iter().map(|pair| pair.1).collect())
    }

    fn put_sources(&self, sources: &[Source]) -> Result<(), StoreError> {
        if sources.is_empty() {
            return Ok(());
        }
        let sequence = self.sequence()? + 1;
        let mut batch = Batch::default();
        for source in sources {
            batch.insert(key(SOURCE, source.name.0.as_bytes()), encode(source));
        }
        self.apply(batch, sequence)?;
        self.tell_sources(sources.iter().map(|source| &source.name), sequence);
        Ok(())
    }

    fn mirror_sources(&self, sources: &[Source]) -> Result<(), StoreError> {
        let before: BTreeMap<SourceId, Source> =
            self.all::<Source>(MIRRORED)?.into_iter().map(|(_, source)| (source.name.clone(), source)).collect();
        let mut batch = Batch::default();
        let mut changed: Vec<&SourceId> = Vec::new();
        for source in sources.iter().filter(|source| before.get(&source.name) != Some(source)) {
            batch.insert(key(MIRRORED, source.name.0.as_bytes()), encode(source));
            changed.push(&source.name);
        }
        for name in before.keys().filter(|name| !sources.iter().any(|source| source.name == **name)) {
            batch.remove(key(MIRRORED, name.0.as_bytes()));
            // A pass with another file must not cost every feed's validators; only an end is forgotten.
            if self.state(name)?.gone {
                batch.remove(key(STATE, name.0.as_bytes()));
            }
            changed.push(name);
        }
        if changed.is_empty() {
            return Ok(());
        }
        let sequence = self.sequence()? + 1;
        self.apply(batch, sequence)?;
        self.tell_sources(changed.into_iter(), sequence);
        Ok(())
    }

    fn remove_source(&self, name: &SourceId) -> Result<bool, StoreError> {
        let tags = [SOURCE, MIRRORED];
        let mut there = false;
        for tag in tags {
            there |= self.get::<Source>(tag, name.0.as_bytes())?.is_some();
        }
        if !there {
            return Ok(false);
        }
        let sequence = self.sequence()? + 1;
        let mut batch = Batch::default();
        for tag in tags.into_iter().chain([STATE]) {
            batch.remove(key(tag, name.0.as_bytes()));
        }
        self.apply(batch, sequence)?;
        self.tell_sources(std::iter::once(name), sequence);
        Ok(true)
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

    fn page(&self, key: &str) -> Result<Option<PageRecord>, StoreError> {
        self.get(PAGE, key.as_bytes())
    }

    fn document_at(&self, address: &str) -> Result<Option<DocumentId>, StoreError> {
        self.get(ADDRESS, address.as_bytes())
    }

    fn documents_on(&self, host: &str) -> Result<Vec<DocumentId>, StoreError> {
        let mut found = BTreeSet::new();
        let prefix = key(ADDRESS, host.as_bytes());
        for pair in self.db.scan_prefix(&prefix) {
            let (at, value) = pair.map_err(|error| self.failed(&error))?;
            // Another host may begin with the same letters.
            if at.get(prefix.len()).is_none_or(|next| matches!(next, b'/' | b'?' | b'#')) {
                found.insert(self.read::<DocumentId>(&value)?);
            }
        }
        Ok(found.into_iter().collect())
    }

    fn window(&self, since: Timestamp) -> Result<Vec<(Document, Features, Placement)>, StoreError> {
        let mut found = Vec::new();
        for id in self.recent(since)? {
            if let Some(frame) = self.document_frame(id)? {
                found.push((frame.document, frame.features, frame.placement));
            }
        }
        Ok(found)
    }

    fn words(&self) -> Result<Vec<ReaderWord>, StoreError> {
        Ok(self.all::<Option<ReaderWord>>(WORD)?.into_iter().filter_map(|pair| pair.1).collect())
    }

    fn next_word(&self) -> Result<u64, StoreError> {
        let last = self.db.scan_prefix([WORD]).keys().next_back().transpose().map_err(|error| self.failed(&error))?;
        Ok(last.map_or(0, |key| number(&key[1..])) + 1)
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
            put(ADDRESS, canonical_key(&document.url).as_bytes(), encode(&document.id));
            for alias in &document.aliases {
                // What a page says of another address takes nothing away from a text that stands there.
                let alias = canonical_key(alias);
                if self.document_at(&alias)?.is_none() {
                    put(ADDRESS, alias.as_bytes(), encode(&document.id));
                }
            }
            placed += 1;
            put(ORDER, &order_key(document.time().max(document.seen), placed)[1..], encode(&document.id));
        }
        for (document, features) in &commit.mended {
            put(DOCUMENT, &document.id.key(), encode(document));
            put(FEATURES, &document.id.key(), encode(features));
        }
        for (address, document) in &commit.addresses {
            put(ADDRESS, address.as_bytes(), encode(document));
        }
        for (key, page) in &commit.pages {
            put(PAGE, key.as_bytes(), encode(page));
        }
        let regrouped = self.regroup(commit, sequence)?;
        for placement in commit.placements.iter().chain(&regrouped.moved) {
            put(PLACEMENT, &placement.document.key(), encode(placement));
        }
        for (name, host) in &commit.hosts {
            put(HOST, name.as_bytes(), encode(host));
        }
        for (gone, kept) in &regrouped.articles {
            put(ARTICLE_ALIAS, &gone.key(), encode(kept));
        }
        for (gone, kept) in &regrouped.aliases {
            put(STORY_ALIAS, &gone.key(), encode(kept));
        }
        for (number, word) in &commit.words {
            put(WORD, &number.to_be_bytes(), encode(word));
        }
        put(META, b"placed", encode(&placed));
        for (id, record) in regrouped.stories.iter().filter(|(_, record)| !record.documents.is_empty()) {
            put(STORY, &id.key(), encode(record));
        }
        for (id, _) in regrouped.stories.iter().filter(|(_, record)| record.documents.is_empty()) {
            batch.remove(key(STORY, &id.key()));
        }
        for revived in &regrouped.revived {
            batch.remove(key(STORY_ALIAS, &revived.key()));
        }
        for (at, waiting) in &commit.queue {
            match waiting {
                Some(waiting) => batch.insert(key(QUEUE, at.as_bytes()), encode(waiting)),
                None => batch.remove(key(QUEUE, at.as_bytes())),
            }
        }
        self.apply(batch, sequence)?;
        self.tell(commit, &regrouped, sequence);
        Ok(())
    }
}

impl Drop for SledStore {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.pid);
    }
}
