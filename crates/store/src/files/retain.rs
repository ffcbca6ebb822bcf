//! Removes what is not kept any more, and leaves a hash of it so that it does not come back as new.
//!
//! A story goes whole, when its last document is old enough: half a story would be a wrong one. What
//! leads to it goes first (items, addresses, places in the order), in batches that each leave the store
//! sound; a purge that is cut off is taken up by the next. Space comes back with `compact`.

use super::published::Changes;
use super::sled_store::SledStore;
use super::tables::{
    ADDRESS, ARTICLE_ALIAS, DOCUMENT, ITEM, META, ORDER, PAGE, PLACEMENT, PURGED, STORY, STORY_ALIAS, key, number,
};
use crate::error::StoreError;
use crate::records::encode;
use crate::tombstone::{address_grave, item_grave};
use crate::{ItemRecord, Purged, Retention, Store};
use jiff::Timestamp;
use samestory_model::StoryRecord;
use samestory_model::{ArticleId, DocumentId, SourceId, StoryId, canonical_key};
use sled::Batch;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Records of one batch.
const BATCH: usize = 2000;
/// Stories of one batch.
const STORIES: usize = 200;

/// Removals that go to disk a batch at a time.
struct Removing<'a> {
    store: &'a SledStore,
    batch: Batch,
    waiting: usize,
}

impl Removing<'_> {
    fn remove(&mut self, key: Vec<u8>, grave: Option<[u8; 8]>) -> Result<(), StoreError> {
        self.batch.remove(key);
        if let Some(grave) = grave {
            self.batch.insert(self::key(PURGED, &grave), encode(&()));
        }
        self.waiting += 1;
        if self.waiting >= BATCH { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        self.waiting = 0;
        let batch = std::mem::take(&mut self.batch);
        self.store.db.apply_batch(batch).map_err(|error| self.store.failed(&error))?;
        self.store.flush()
    }
}

impl SledStore {
    /// Stories that are not kept, each with its documents.
    fn not_kept(&self, keep: &Retention) -> Result<BTreeMap<StoryId, Vec<DocumentId>>, StoreError> {
        let holds = self.holds()?;
        let over = |limit: Option<u64>, held: u64| limit.is_some_and(|limit| held > limit);
        let oldest: Option<Vec<u8>> = match self.db.scan_prefix([ORDER]).next().transpose() {
            Ok(first) => first.map(|(key, _)| key.to_vec()),
            Err(error) => return Err(self.failed(&error)),
        };
        let before = keep.since.map(|since| super::tables::order_key(since, 0));
        let aged = before.zip(oldest).is_some_and(|(before, oldest)| oldest < before);
        if !aged && !over(keep.documents, holds.documents) && !over(keep.bytes, holds.bytes) {
            return Ok(BTreeMap::new());
        }
        let mut stories: Vec<(Option<Timestamp>, StoryId, u64, u64)> = Vec::new();
        for entry in self.scan::<StoryRecord>(STORY) {
            let (id, record) = entry?;
            let mut bytes = 0;
            for document in record.documents.iter().filter(|_| keep.bytes.is_some()) {
                bytes += self.located(*document)?.map_or(0, super::document_log::Located::bytes);
            }
            stories.push((record.last, StoryId(number(&id)), record.documents.len() as u64, bytes));
        }
        stories.sort_unstable_by(|a, b| b.cmp(a));
        let (mut documents, mut size) = (0, 0);
        let mut gone = BTreeMap::new();
        for (last, id, count, bytes) in stories {
            (documents, size) = (documents + count, size + bytes);
            if over(keep.documents, documents) || over(keep.bytes, size) || last < keep.since {
                let record: Option<StoryRecord> = self.get(STORY, &id.key())?;
                gone.insert(id, record.unwrap_or_default().documents);
            }
        }
        Ok(gone)
    }

    /// How much is not kept.
    pub(crate) fn count_not_kept(&self, keep: &Retention) -> Result<Purged, StoreError> {
        let gone = self.not_kept(keep)?;
        Ok(Purged {
            stories: gone.len() as u64,
            documents: gone.values().map(|documents| documents.len() as u64).sum(),
        })
    }

    /// Removes what is not kept.
    pub(crate) fn retain(&self, keep: &Retention) -> Result<Purged, StoreError> {
        let gone = self.not_kept(keep)?;
        if gone.is_empty() {
            return Ok(Purged::default());
        }
        let documents: HashSet<DocumentId> = gone.values().flatten().copied().collect();
        let mut removing = Removing { store: self, batch: Batch::default(), waiting: 0 };
        for entry in self.scan::<ItemRecord>(ITEM) {
            let (at, record) = entry?;
            if record.document.is_some_and(|document| documents.contains(&document)) {
                let name = String::from_utf8_lossy(&at).into_owned();
                let (source, item) = name.split_once('\u{0}').unwrap_or((&name, ""));
                if let Some(url) = &record.url {
                    self.bury(&mut removing, &canonical_key(url))?;
                }
                removing.remove(key(ITEM, &at), Some(item_grave(&SourceId(source.to_owned()), item)))?;
            }
        }
        for entry in self.scan::<DocumentId>(ADDRESS) {
            let (at, document) = entry?;
            if documents.contains(&document) {
                removing.remove(key(PAGE, &at), None)?;
                removing.remove(key(ADDRESS, &at), Some(address_grave(&String::from_utf8_lossy(&at))))?;
            }
        }
        for entry in self.scan::<DocumentId>(ORDER) {
            let (at, document) = entry?;
            if documents.contains(&document) {
                removing.remove(key(ORDER, &at), None)?;
            }
        }
        for entry in self.scan::<StoryId>(STORY_ALIAS) {
            let (at, kept) = entry?;
            if gone.contains_key(&kept) {
                removing.remove(key(STORY_ALIAS, &at), None)?;
            }
        }
        removing.flush()?;
        let purged = Purged { stories: gone.len() as u64, documents: documents.len() as u64 };
        let gone: Vec<(StoryId, Vec<DocumentId>)> = gone.into_iter().collect();
        let mut articles: BTreeSet<ArticleId> = BTreeSet::new();
        for part in gone.chunks(STORIES) {
            articles.extend(self.remove_stories(part)?);
        }
        let mut removing = Removing { store: self, batch: Batch::default(), waiting: 0 };
        for entry in self.scan::<ArticleId>(ARTICLE_ALIAS) {
            let (at, kept) = entry?;
            if articles.contains(&kept) {
                removing.remove(key(ARTICLE_ALIAS, &at), None)?;
            }
        }
        removing.flush()?;
        Ok(purged)
    }

    /// Leaves a hash of an address, unless a text that is kept stands there.
    fn bury(&self, removing: &mut Removing<'_>, address: &str) -> Result<(), StoreError> {
        if self.document_at(address)?.is_none() {
            removing.batch.insert(key(PURGED, &address_grave(address)), encode(&()));
        }
        Ok(())
    }

    /// Removes stories with their documents in one commit; returns their articles.
    fn remove_stories(&self, stories: &[(StoryId, Vec<DocumentId>)]) -> Result<BTreeSet<ArticleId>, StoreError> {
        let (mut batch, mut changes, mut holds) = (Batch::default(), Changes::default(), self.holds()?);
        for (story, documents) in stories {
            batch.remove(key(STORY, &story.key()));
            changes.stories.insert(*story);
            holds.stories -= 1;
            for id in documents {
                if let Some(at) = self.located(*id)? {
                    holds.documents -= 1;
                    holds.bytes -= at.bytes();
                }
                if let Some(placement) = self.placement(*id)? {
                    changes.gone_articles.insert(placement.article);
                }
                changes.gone_documents.insert(*id);
                batch.remove(key(DOCUMENT, &id.key()));
                batch.remove(key(PLACEMENT, &id.key()));
            }
        }
        let articles = changes.gone_articles.clone();
        batch.insert(key(META, b"holds"), encode(&holds));
        self.apply(batch, changes)?;
        self.publish_changes();
        Ok(articles)
    }
}
