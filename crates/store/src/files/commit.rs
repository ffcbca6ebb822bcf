//! What the one writer does: the trait's promises over sled and the file of documents.

use super::published::Changes;
use super::sled_store::SledStore;
use super::tables::{
    ADDRESS, ARTICLE_ALIAS, DOCUMENT, HOST, ITEM, META, MIRRORED, ORDER, PAGE, PLACEMENT, PURGED, QUEUE, SOURCE, STATE,
    STORY, STORY_ALIAS, WORD, item_key, key, number, order_key,
};
use crate::error::StoreError;
use crate::records::encode;
use crate::regroup::regroup;
use crate::tombstone::{address_grave, item_grave};
use crate::{Commit, HostRecord, ItemRecord, PageRecord, Purged, Retention, Store, Totals, Waiting, waiting_key};
use jiff::Timestamp;
use samestory_model::{
    Document, DocumentId, Features, Placement, Source, SourceId, SourceState, StoredOverride, canonical_key,
};
use sled::Batch;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

impl Store for SledStore {
    fn sources(&self) -> Result<Vec<Source>, StoreError> {
        Ok(self.all(SOURCE)?.into_iter().map(|pair| pair.1).collect())
    }

    fn put_sources(&self, sources: &[Source]) -> Result<(), StoreError> {
        if sources.is_empty() {
            return Ok(());
        }
        let mut batch = Batch::default();
        for source in sources {
            batch.insert(key(SOURCE, source.name.0.as_bytes()), encode(source));
        }
        self.apply_sources(batch, sources.iter().map(|source| &source.name))
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
        self.apply_sources(batch, changed.into_iter())
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
        let mut batch = Batch::default();
        for tag in tags.into_iter().chain([STATE]) {
            batch.remove(key(tag, name.0.as_bytes()));
        }
        self.apply_sources(batch, std::iter::once(name))?;
        Ok(true)
    }

    fn state(&self, name: &SourceId) -> Result<SourceState, StoreError> {
        Ok(self.get(STATE, name.0.as_bytes())?.unwrap_or_default())
    }

    fn item(&self, source: &SourceId, item: &str) -> Result<Option<ItemRecord>, StoreError> {
        self.get(ITEM, &item_key(source, item))
    }

    fn document(&self, id: DocumentId) -> Result<Option<Document>, StoreError> {
        self.located(id)?.map(|at| self.texts.document(id, at)).transpose()
    }

    fn features(&self, id: DocumentId) -> Result<Option<Features>, StoreError> {
        self.located(id)?.map(|at| self.texts.features(id, at)).transpose()
    }

    fn placement(&self, id: DocumentId) -> Result<Option<Placement>, StoreError> {
        self.get(PLACEMENT, &id.key())
    }

    fn document_at(&self, address: &str) -> Result<Option<DocumentId>, StoreError> {
        self.get(ADDRESS, address.as_bytes())
    }

    fn page(&self, key: &str) -> Result<Option<PageRecord>, StoreError> {
        self.get(PAGE, key.as_bytes())
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

    fn window(
        &self,
        since: Timestamp,
        most: usize,
        each: &mut dyn FnMut(Document, Features, Placement),
    ) -> Result<(), StoreError> {
        for id in self.recent(since, most)? {
            if let (Some(at), Some(placement)) = (self.located(id)?, self.placement(id)?) {
                let (document, features) = self.texts.both(id, at)?;
                each(document, features, placement);
            }
        }
        Ok(())
    }

    fn words(&self) -> Result<Vec<StoredOverride>, StoreError> {
        Ok(self.all::<Option<StoredOverride>>(WORD)?.into_iter().filter_map(|pair| pair.1).collect())
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

    fn waiting_of(&self, source: &SourceId) -> Result<Vec<Waiting>, StoreError> {
        let values = self.db.scan_prefix(key(QUEUE, waiting_key(source, "").as_bytes())).values();
        let mut waiting = Vec::new();
        for value in values {
            waiting.push(self.read::<Waiting>(&value.map_err(|error| self.failed(&error))?)?);
        }
        waiting.sort_by_key(|one| std::cmp::Reverse(one.item.published));
        Ok(waiting)
    }

    fn commit(&self, commit: &Commit) -> Result<(), StoreError> {
        if commit.is_empty() {
            return Ok(());
        }
        let sequence = self.sequence()? + 1;
        let mut placed: u64 = self.get(META, b"placed")?.unwrap_or(0);
        let mut holds = self.holds()?;
        // On disk before the batch that says where; without the batch it is as if it were not there.
        let written: Vec<&(Document, Features)> = commit.documents.iter().chain(&commit.mended).collect();
        let located = self.texts.append(&written, true)?;
        let end = located.last().map_or(self.texts.length(), |at| at.offset + at.bytes());
        let mut changes = Changes::default();
        let mut batch = Batch::default();
        let mut put = |tag: u8, rest: &[u8], bytes: Vec<u8>| batch.insert(key(tag, rest), bytes);
        for (name, state) in &commit.states {
            put(STATE, name.0.as_bytes(), encode(state));
            changes.sources.insert(name.clone());
        }
        for (source, item, record) in &commit.items {
            put(ITEM, &item_key(source, item), encode(record));
        }
        for ((document, _), at) in written.iter().zip(located) {
            match self.located(document.id)? {
                Some(before) => holds.bytes -= before.bytes(),
                None => holds.documents += 1,
            }
            holds.bytes += at.bytes();
            changes.documents.insert(document.id);
            put(DOCUMENT, &document.id.key(), encode(&at));
        }
        for (document, _) in &commit.documents {
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
        for (address, document) in &commit.addresses {
            put(ADDRESS, address.as_bytes(), encode(document));
        }
        for (address, page) in &commit.pages {
            put(PAGE, address.as_bytes(), encode(page));
        }
        let regrouped = regroup(self, commit, sequence)?;
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
            changes.words.insert(*number);
        }
        for (id, record) in &regrouped.stories {
            let (was, is) = (self.has(STORY, &id.key())?, !record.documents.is_empty());
            holds.stories = holds.stories + u64::from(is) - u64::from(was);
            if is {
                batch.insert(key(STORY, &id.key()), encode(record));
            } else {
                batch.remove(key(STORY, &id.key()));
            }
        }
        for revived in &regrouped.revived {
            batch.remove(key(STORY_ALIAS, &revived.key()));
        }
        for revived in &regrouped.revived_articles {
            batch.remove(key(ARTICLE_ALIAS, &revived.key()));
        }
        for (at, waiting) in &commit.queue {
            let was = self.has(QUEUE, at.as_bytes())?;
            holds.waiting = holds.waiting + u64::from(waiting.is_some()) - u64::from(was);
            match waiting {
                Some(waiting) => batch.insert(key(QUEUE, at.as_bytes()), encode(waiting)),
                None => batch.remove(key(QUEUE, at.as_bytes())),
            }
        }
        batch.insert(key(META, b"placed"), encode(&placed));
        batch.insert(key(META, b"holds"), encode(&holds));
        batch.insert(key(META, b"texts"), encode(&end));
        changes.stories.extend(regrouped.stories.keys().filter(|id| !regrouped.aliases.contains_key(id)));
        changes.aliases = regrouped.aliases;
        changes.articles = regrouped.articles;
        self.apply(batch, changes)?;
        self.texts.keep(end);
        self.publish_changes();
        Ok(())
    }

    fn would_purge(&self, keep: &Retention) -> Result<Purged, StoreError> {
        self.count_not_kept(keep)
    }

    fn purge(&self, keep: &Retention) -> Result<Purged, StoreError> {
        self.retain(keep)
    }

    fn was_purged(&self, source: &SourceId, item: &str, address: &str) -> Result<bool, StoreError> {
        Ok(self.has(PURGED, &item_grave(source, item))? || self.has(PURGED, &address_grave(address))?)
    }

    fn holds(&self) -> Result<Totals, StoreError> {
        Self::holds(self)
    }

    fn behind(&self) -> Option<String> {
        Self::behind(self)
    }

    fn backup(&self, path: &Path, now: Timestamp) -> Result<u64, StoreError> {
        Self::backup(self, path, now)
    }

    fn check_deep(&self) -> Result<Vec<String>, StoreError> {
        Self::check_deep(self)
    }

    fn upkeep_is_due(&self, now: Timestamp) -> Result<bool, StoreError> {
        Self::upkeep_is_due(self, now)
    }

    fn note_upkeep(&self, now: Timestamp) -> Result<(), StoreError> {
        Self::note_upkeep(self, now)
    }

    fn is_fragmented(&self, ratio: f64) -> Result<bool, StoreError> {
        Self::is_fragmented(self, ratio)
    }

    fn compact(self: Box<Self>) -> Result<(u64, u64), StoreError> {
        let before = self.on_disk();
        Ok((before, Self::compact(*self)?.on_disk()))
    }
}

impl SledStore {
    /// Applies a batch that changes sources, and publishes them.
    fn apply_sources<'a>(&self, batch: Batch, names: impl Iterator<Item = &'a SourceId>) -> Result<(), StoreError> {
        self.apply(batch, Changes { sources: names.cloned().collect(), ..Changes::default() })?;
        self.publish_changes();
        Ok(())
    }
}
