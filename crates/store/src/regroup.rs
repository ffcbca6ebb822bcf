//! Keeps the stories' records in step with placements: their members, when a story was born and when it grew.
//!
//! What a pass has in memory is only the window. When two stories become one, the older documents of
//! the story that goes move as well, with their stored placements, in the same batch.

use super::Commit;
use samestory_model::{ArticleId, Document, DocumentId, Placement, StoryId, StoryRecord};
use std::collections::{BTreeMap, BTreeSet};

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
    /// Articles that were another and are themselves again.
    pub(super) revived_articles: Vec<ArticleId>,
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

/// Each one that went with the one that stays, earlier aliases of it included, save those under which something
/// stands again.
fn resolved<I: Copy + Ord>(merged: &[(I, I)], earlier: Vec<(I, I)>, standing: &BTreeSet<I>) -> BTreeMap<I, I> {
    let now: BTreeMap<I, I> = merged.iter().copied().collect();
    let again = earlier.into_iter().filter(|(gone, kept)| now.contains_key(kept) && !standing.contains(gone));
    again.chain(merged.iter().copied()).map(|(gone, kept)| (gone, last(&now, kept))).collect()
}

/// What is stored of stories, as far as a commit needs to know it.
pub(super) trait Groups {
    /// Why something cannot be read.
    type Error;
    /// Whether a story's id stands for another story.
    fn is_alias(&self, story: StoryId) -> Result<bool, Self::Error>;
    /// Whether an article's id stands for another article.
    fn is_article_alias(&self, article: ArticleId) -> Result<bool, Self::Error>;
    /// Stories that were merged into one of these, with that one; more may come along.
    fn stories_merged_into(&self, kept: &[StoryId]) -> Result<Vec<(StoryId, StoryId)>, Self::Error>;
    /// Articles that were merged into one of these.
    fn articles_merged_into(&self, kept: &[ArticleId]) -> Result<Vec<(ArticleId, ArticleId)>, Self::Error>;
    /// A story's record; an empty one where there is none.
    fn story_record(&self, id: StoryId) -> Result<StoryRecord, Self::Error>;
    /// Where a document is.
    fn placement_of(&self, id: DocumentId) -> Result<Option<Placement>, Self::Error>;
    /// A document.
    fn document_of(&self, id: DocumentId) -> Result<Option<Document>, Self::Error>;
}

/// Moves the placements of a commit into the story records.
pub(super) fn regroup<G: Groups>(groups: &G, commit: &Commit, sequence: u64) -> Result<Regrouped, G::Error> {
    let mut out = Regrouped::default();
    let stories: BTreeSet<StoryId> = commit.placements.iter().map(|placement| placement.story).collect();
    let articles: BTreeSet<ArticleId> = commit.placements.iter().map(|placement| placement.article).collect();
    if !commit.merged_stories.is_empty() {
        let gone: Vec<StoryId> = commit.merged_stories.iter().map(|pair| pair.0).collect();
        out.aliases = resolved(&commit.merged_stories, groups.stories_merged_into(&gone)?, &stories);
    }
    if !commit.merged_articles.is_empty() {
        let gone: Vec<ArticleId> = commit.merged_articles.iter().map(|pair| pair.0).collect();
        out.articles = resolved(&commit.merged_articles, groups.articles_merged_into(&gone)?, &articles);
    }
    for story in stories {
        if !out.aliases.contains_key(&story) && groups.is_alias(story)? {
            out.revived.push(story);
        }
    }
    for article in articles {
        if !out.articles.contains_key(&article) && groups.is_article_alias(article)? {
            out.revived_articles.push(article);
        }
    }
    let fresh: BTreeMap<DocumentId, &Document> =
        commit.documents.iter().chain(&commit.mended).map(|(document, _)| (document.id, document)).collect();
    for placement in &commit.placements {
        let before = groups.placement_of(placement.document)?;
        if let Some(before) = before.filter(|before| before.story != placement.story) {
            let record = record(groups, before.story, &mut out.stories)?;
            record.documents.retain(|document| *document != placement.document);
        }
        let stored =
            if fresh.contains_key(&placement.document) { None } else { groups.document_of(placement.document)? };
        if let Some(document) = fresh.get(&placement.document).copied().or(stored.as_ref()) {
            record(groups, placement.story, &mut out.stories)?.take(document, sequence);
        }
    }
    if !out.aliases.is_empty() || !out.articles.is_empty() {
        let decided = commit.placements.iter().map(|placement| placement.document).collect();
        follow(groups, &decided, &mut out, sequence)?;
    }
    Ok(out)
}

fn record<'a, G: Groups>(
    groups: &G,
    id: StoryId,
    stories: &'a mut BTreeMap<StoryId, StoryRecord>,
) -> Result<&'a mut StoryRecord, G::Error> {
    Ok(match stories.entry(id) {
        std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
        std::collections::btree_map::Entry::Vacant(entry) => entry.insert(groups.story_record(id)?),
    })
}

/// Lets the documents that the pass did not have in memory follow the merges.
fn follow<G: Groups>(
    groups: &G,
    decided: &BTreeSet<DocumentId>,
    out: &mut Regrouped,
    sequence: u64,
) -> Result<(), G::Error> {
    let gone: Vec<StoryId> = out.aliases.keys().copied().collect();
    for story in gone {
        let left = std::mem::take(&mut record(groups, story, &mut out.stories)?.documents);
        let kept = last(&out.aliases, story);
        for id in left {
            if let Some(document) = groups.document_of(id)? {
                record(groups, kept, &mut out.stories)?.take(&document, sequence);
            }
        }
    }
    let all: BTreeSet<DocumentId> = out.stories.values().flat_map(|record| record.documents.iter().copied()).collect();
    for id in all.difference(decided) {
        let Some(before) = groups.placement_of(*id)? else { continue };
        let (story, article) = (last(&out.aliases, before.story), last(&out.articles, before.article));
        if (story, article) != (before.story, before.article) {
            out.moved.push(Placement { article, story, ..before });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_alias_points_at_what_stays() {
        let aliases = resolved(&[(2, 3), (3, 4)], vec![(1, 2), (8, 9)], &BTreeSet::from([4]));
        assert_eq!(aliases, BTreeMap::from([(1, 4), (2, 4), (3, 4)]));
        let aliases = resolved(&[(2, 3)], vec![(1, 2)], &BTreeSet::from([1, 3]));
        assert_eq!(aliases, BTreeMap::from([(2, 3)]), "who stands again is no alias");
    }
}
