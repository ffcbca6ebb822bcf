//! Keeps the stories' records in step with placements: who belongs where, when a story was born and grew.
//!
//! What a pass has in memory is only the window. When two stories become one, the older documents of
//! the story that goes move as well, with their stored placements, in the same batch.

use super::Commit;
use super::Store;
use super::error::StoreError;
use super::sled_store::{ARTICLE_ALIAS, STORY, STORY_ALIAS, SledStore, number};
use crate::model::{ArticleId, Document, DocumentId, Lang, Placement, StoryId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What is kept of a story beside its documents.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct StoryRecord {
    pub(super) born: u64,
    pub(super) grown: u64,
    pub(super) documents: Vec<DocumentId>,
    pub(super) sources: BTreeSet<String>,
    pub(super) languages: BTreeSet<Lang>,
    /// The latest time at which one of its documents was published or first seen.
    pub(super) last: Option<Timestamp>,
}

impl StoryRecord {
    /// Takes a document in; the story grew where its source or language is new to it.
    fn take(&mut self, document: &Document, sequence: u64) {
        if !self.documents.contains(&document.id) {
            self.documents.push(document.id);
        }
        self.last = self.last.max(Some(document.time().max(document.seen)));
        let new_source = self.sources.insert(document.source.to_string());
        let new_language = document.lang.is_some_and(|lang| self.languages.insert(lang));
        if self.born == 0 {
            self.born = sequence;
        } else if self.born != sequence && (new_source || new_language) {
            self.grown = sequence;
        }
    }
}

/// What a commit does to stories.
#[derive(Debug, Default)]
pub(super) struct Regrouped {
    /// Every story that changed; one without documents is gone.
    pub(super) stories: BTreeMap<StoryId, StoryRecord>,
    /// Placements outside the commit that have to follow a merge.
    pub(super) moved: Vec<Placement>,
    /// Stories that are now another, each with the one that stays.
    pub(super) aliases: BTreeMap<StoryId, StoryId>,
    /// Stories that were another and are themselves again.
    pub(super) revived: Vec<StoryId>,
    /// Articles that are now another, each with the one that stays.
    pub(super) articles: BTreeMap<ArticleId, ArticleId>,
}

/// The end of a chain of merges.
fn last<I: Copy + Ord>(merged: &BTreeMap<I, I>, id: I) -> I {
    let mut at = id;
    for _ in 0..merged.len() {
        match merged.get(&at) {
            Some(next) => at = *next,
            None => break,
        }
    }
    at
}

/// Each one that went with the one that stays, earlier aliases of it included.
fn resolved<I: Copy + Ord>(merged: &[(I, I)], earlier: Vec<(I, I)>) -> BTreeMap<I, I> {
    let now: BTreeMap<I, I> = merged.iter().copied().collect();
    let again = earlier.into_iter().filter(|(_, kept)| now.contains_key(kept));
    again.chain(merged.iter().copied()).map(|(gone, kept)| (gone, last(&now, kept))).collect()
}

impl SledStore {
    fn aliases<I>(&self, tag: u8, id: impl Fn(u64) -> I) -> Result<Vec<(I, I)>, StoreError>
    where
        I: serde::de::DeserializeOwned,
    {
        Ok(self.all::<I>(tag)?.into_iter().map(|(gone, kept)| (id(number(&gone)), kept)).collect())
    }

    /// Moves the placements of a commit into the story records.
    pub(super) fn regroup(&self, commit: &Commit, sequence: u64) -> Result<Regrouped, StoreError> {
        let mut out = Regrouped::default();
        if !commit.merged_stories.is_empty() {
            out.aliases = resolved(&commit.merged_stories, self.aliases(STORY_ALIAS, StoryId)?);
        }
        if !commit.merged_articles.is_empty() {
            out.articles = resolved(&commit.merged_articles, self.aliases(ARTICLE_ALIAS, ArticleId)?);
        }
        for placement in &commit.placements {
            let story = placement.story;
            let another = self.get::<StoryId>(STORY_ALIAS, &story.key())?.is_some();
            if another && !out.aliases.contains_key(&story) && !out.revived.contains(&story) {
                out.revived.push(story);
            }
        }
        let fresh: BTreeMap<DocumentId, &Document> =
            commit.documents.iter().chain(&commit.mended).map(|(document, _)| (document.id, document)).collect();
        for placement in &commit.placements {
            let before = self.placement(placement.document)?;
            if let Some(before) = before.filter(|before| before.story != placement.story) {
                let record = self.record(before.story, &mut out.stories)?;
                record.documents.retain(|document| *document != placement.document);
            }
            let stored =
                if fresh.contains_key(&placement.document) { None } else { self.document(placement.document)? };
            if let Some(document) = fresh.get(&placement.document).copied().or(stored.as_ref()) {
                self.record(placement.story, &mut out.stories)?.take(document, sequence);
            }
        }
        if !out.aliases.is_empty() || !out.articles.is_empty() {
            let decided = commit.placements.iter().map(|placement| placement.document).collect();
            self.follow(&decided, &mut out, sequence)?;
        }
        Ok(out)
    }

    fn record<'a>(
        &self,
        id: StoryId,
        stories: &'a mut BTreeMap<StoryId, StoryRecord>,
    ) -> Result<&'a mut StoryRecord, StoreError> {
        Ok(match stories.entry(id) {
            std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert(self.get(STORY, &id.key())?.unwrap_or_default())
            }
        })
    }

    /// Lets the documents that the pass did not have in memory follow the merges.
    fn follow(&self, decided: &BTreeSet<DocumentId>, out: &mut Regrouped, sequence: u64) -> Result<(), StoreError> {
        let gone: Vec<StoryId> = out.aliases.keys().copied().collect();
        for story in gone {
            let left = std::mem::take(&mut self.record(story, &mut out.stories)?.documents);
            let kept = last(&out.aliases, story);
            for id in left {
                if let Some(document) = self.document(id)? {
                    self.record(kept, &mut out.stories)?.take(&document, sequence);
                }
            }
        }
        let all: BTreeSet<DocumentId> =
            out.stories.values().flat_map(|record| record.documents.iter().copied()).collect();
        for id in all.difference(decided) {
            let Some(before) = self.placement(*id)? else { continue };
            let (story, article) = (last(&out.aliases, before.story), last(&out.articles, before.article));
            if (story, article) != (before.story, before.article) {
                out.moved.push(Placement { article, story, ..before });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_alias_points_at_what_stays() {
        let aliases = resolved(&[(2, 3), (3, 4)], vec![(1, 2), (8, 9)]);
        assert_eq!(aliases, BTreeMap::from([(1, 4), (2, 4), (3, 4)]));
    }
}
