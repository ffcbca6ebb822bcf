//! Writes the documents that read, what leads to them, and the stories that they make.

use super::Repair;
use crate::files::document_log::Located;
use crate::files::tables::{
    ADDRESS, ARTICLE_ALIAS, DOCUMENT, ITEM, META, ORDER, PLACEMENT, QUEUE, STORY, STORY_ALIAS, item_key, key, number,
    order_key,
};
use crate::records::encode;
use crate::{ItemRecord, StoreError, Totals, Waiting};
use samestory_model::StoryRecord;
use samestory_model::{ArticleId, Document, DocumentId, Placement, Role, StoryId, canonical_key};
use std::collections::{BTreeMap, HashMap, HashSet};

impl Repair {
    /// Which documents are kept. One that only its own entry knows was lost with the commit that stored it, unless it
    /// was purged, or database and log are whole: then its commit never was.
    fn kept(&mut self) -> Result<HashSet<DocumentId>, StoreError> {
        let mut kept: HashSet<DocumentId> = self.places.keys().copied().collect();
        let mut stored = HashSet::new();
        self.each(DOCUMENT, |_, rest, _: Located| {
            stored.insert(DocumentId(number(rest)));
            Ok(())
        })?;
        for id in self.latest.keys().filter(|id| !self.buried.contains(id)) {
            if stored.contains(id) || !self.complete {
                kept.insert(*id);
            }
        }
        Ok(kept)
    }

    pub(super) fn documents(&mut self) -> Result<(), StoreError> {
        let kept = self.kept()?;
        let mut placed: HashMap<DocumentId, u64> = HashMap::new();
        self.each(ORDER, |_, rest, id: DocumentId| {
            placed.insert(id, number(&rest[8..]));
            Ok(())
        })?;
        let mut next = placed.values().max().copied().unwrap_or(0);
        let mut waiting = 0;
        self.each(QUEUE, |_, _, _: Waiting| {
            waiting += 1;
            Ok(())
        })?;
        self.each(ITEM, |fresh, rest, record: ItemRecord| {
            let document = record.document.filter(|id| kept.contains(id));
            fresh.put(key(ITEM, rest), encode(&ItemRecord { document, ..record }))
        })?;
        self.each(
            ADDRESS,
            |fresh, rest, id: DocumentId| {
                if kept.contains(&id) { fresh.put(key(ADDRESS, rest), encode(&id)) } else { Ok(()) }
            },
        )?;
        let (mut holds, mut stories) = (Totals { waiting, ..Totals::default() }, BTreeMap::new());
        // In the order in which they were written: of two at one address the later one stands there.
        let mut entries: Vec<(Located, DocumentId)> =
            self.latest.iter().filter(|(id, _)| kept.contains(id)).map(|(id, at)| (*at, *id)).collect();
        entries.sort_unstable_by_key(|pair| pair.0.offset);
        for (at, id) in entries {
            let document = self.texts.document(id, at)?;
            self.fresh.copy(id, at, &self.texts)?;
            holds.documents += 1;
            holds.bytes += at.bytes();
            let order = placed.get(&id).copied().unwrap_or_else(|| {
                next += 1;
                next
            });
            self.fresh.put(order_key(document.time().max(document.seen), order), encode(&id))?;
            self.lead_to(&document)?;
            let story = self.place_of(&document)?;
            let record: &mut StoryRecord = stories.entry(story).or_default();
            record.take(&document, self.sequence);
        }
        holds.stories = stories.len() as u64;
        self.stories(stories)?;
        self.fresh.put(key(META, b"holds"), encode(&holds))?;
        self.fresh.put(key(META, b"placed"), encode(&next))?;
        self.fresh.put(key(META, b"sequence"), encode(&self.sequence))
    }

    /// Item and addresses of a document, where the database does not know them.
    fn lead_to(&mut self, document: &Document) -> Result<(), StoreError> {
        let item = key(ITEM, &item_key(&document.source, &document.item));
        if !document.item.is_empty() && !self.fresh.has(&item)? {
            // No feed says anything with this hash, so what the feed says next is compared with the text.
            let (url, document_id) = (Some(document.url.clone()), Some(document.id));
            let record = ItemRecord { url, document: document_id, content: 0, seen: document.seen };
            self.fresh.put(item, encode(&record))?;
        }
        let address = key(ADDRESS, canonical_key(&document.url).as_bytes());
        if self.log_first || !self.fresh.has(&address)? {
            self.fresh.put(address, encode(&document.id))?;
        }
        for alias in &document.aliases {
            let alias = key(ADDRESS, canonical_key(alias).as_bytes());
            if !self.fresh.has(&alias)? {
                self.fresh.put(alias, encode(&document.id))?;
            }
        }
        Ok(())
    }

    /// The story of a document; one whose place is lost opens an article and a story of its own.
    fn place_of(&mut self, document: &Document) -> Result<StoryId, StoreError> {
        if let Some((_, story)) = self.places.get(&document.id) {
            return Ok(*story);
        }
        // The ids that it would have had if it had met nothing.
        let id = document.id.to_string();
        let (article, story) = (ArticleId::of(&["article", &id]), StoryId::of(&["story", &id]));
        let (role, evidence) = (Role::Original, Vec::new());
        let placement = Placement { document: document.id, article, story, role, evidence, rules: 0, at: self.now };
        self.done.alone += 1;
        self.fresh.put(key(PLACEMENT, &document.id.key()), encode(&placement))?;
        Ok(story)
    }

    /// Stories with the commits at which readers saw them come up, and the ids that were merged into them.
    fn stories(&mut self, mut stories: BTreeMap<StoryId, StoryRecord>) -> Result<(), StoreError> {
        let mut articles: HashSet<ArticleId> = self.places.values().map(|place| place.0).collect();
        articles.extend(self.places.keys().map(|id| ArticleId::of(&["article", &id.to_string()])));
        for (id, record) in &mut stories {
            let shown = self.log.as_ref().and_then(|log| log.tail.stories.get(id).copied().flatten());
            let shown = shown.map(|head| (head.born, head.grown));
            let stored = self.old.as_ref().and_then(|old| old.get::<StoryRecord>(STORY, &id.key()));
            let stored = stored.map(|stored| (stored.born, stored.grown));
            let known = if self.log_first { shown.or(stored) } else { stored.or(shown) };
            if let Some((born, grown)) = known {
                (record.born, record.grown) = (born, grown);
            }
            self.fresh.put(key(STORY, &id.key()), encode(record))?;
        }
        let (mut aliases, mut article_aliases) = (HashMap::new(), HashMap::new());
        self.each(STORY_ALIAS, |_, rest, kept: StoryId| {
            aliases.insert(StoryId(number(rest)), kept);
            Ok(())
        })?;
        self.each(ARTICLE_ALIAS, |_, rest, kept: ArticleId| {
            article_aliases.insert(ArticleId(number(rest)), kept);
            Ok(())
        })?;
        if let Some(log) = self.log.as_ref().filter(|_| self.log_first) {
            aliases.extend(log.tail.aliases.iter().map(|(gone, kept)| (*gone, *kept)));
            article_aliases.extend(log.tail.article_aliases.iter().map(|(gone, kept)| (*gone, *kept)));
        }
        for (gone, kept) in
            aliases.iter().filter(|(gone, kept)| !stories.contains_key(gone) && stories.contains_key(kept))
        {
            self.fresh.put(key(STORY_ALIAS, &gone.key()), encode(kept))?;
        }
        for (gone, kept) in
            article_aliases.iter().filter(|(gone, kept)| !articles.contains(gone) && articles.contains(kept))
        {
            self.fresh.put(key(ARTICLE_ALIAS, &gone.key()), encode(kept))?;
        }
        Ok(())
    }
}
