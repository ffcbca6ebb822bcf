//! What is stored of stories, read for a commit: what it will surely need at once, the rest one by one.

use super::connect::{Link, Trouble};
use super::rows::{id, record};
use super::sql::PLACEMENTS;
use super::texts;
use crate::Commit;
use crate::regroup::Groups;
use samestory_model::StoryRecord;
use samestory_model::{ArticleId, Document, DocumentId, Placement, StoryId};
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};

pub(super) const STORIES: &str = "SELECT id, body FROM story WHERE id = ANY($1)";
pub(super) const ALIASED: &str = "SELECT gone FROM story_alias WHERE gone = ANY($1)";
pub(super) const ALIASED_ARTICLES: &str = "SELECT gone FROM article_alias WHERE gone = ANY($1)";
pub(super) const STORIES_INTO: &str = "SELECT gone, kept FROM story_alias WHERE kept = ANY($1)";
pub(super) const ARTICLES_INTO: &str = "SELECT gone, kept FROM article_alias WHERE kept = ANY($1)";

/// Stories as a transaction sees them.
pub(super) struct Stored<'l> {
    link: &'l Link,
    placements: RefCell<HashMap<DocumentId, Option<Placement>>>,
    stories: RefCell<HashMap<StoryId, StoryRecord>>,
    aliased: HashSet<StoryId>,
    aliased_articles: HashSet<ArticleId>,
}

fn placements(link: &Link, ids: &[DocumentId]) -> Result<Vec<Placement>, Trouble> {
    let ids: Vec<i64> = ids.iter().map(|id| texts::column(*id)).collect();
    link.query(PLACEMENTS, &[&ids])?.iter().map(|row| record(row, 0)).collect()
}

fn stories(link: &Link, ids: &[i64]) -> Result<HashMap<StoryId, StoryRecord>, Trouble> {
    let rows = link.query(STORIES, &[&ids])?;
    rows.iter().map(|row| Ok((StoryId(id(row, 0)?), record(row, 1)?))).collect()
}

fn pairs(link: &Link, sql: &str, kept: Vec<i64>) -> Result<Vec<(u64, u64)>, Trouble> {
    link.query(sql, &[&kept])?.iter().map(|row| Ok((id(row, 0)?, id(row, 1)?))).collect()
}

/// Which of some ids stand for others.
fn gone(link: &Link, sql: &str, ids: Vec<i64>) -> Result<Vec<u64>, Trouble> {
    link.query(sql, &[&ids])?.iter().map(|row| id(row, 0)).collect()
}

impl<'l> Stored<'l> {
    /// Reads what a commit touches.
    pub(super) fn for_commit(link: &'l Link, commit: &Commit) -> Result<Self, Trouble> {
        let ids: Vec<DocumentId> = commit.placements.iter().map(|placement| placement.document).collect();
        let mut known: HashMap<DocumentId, Option<Placement>> = ids.iter().map(|id| (*id, None)).collect();
        let mut touched: BTreeSet<StoryId> = commit.placements.iter().map(|placement| placement.story).collect();
        touched.extend(commit.merged_stories.iter().flat_map(|pair| [pair.0, pair.1]));
        for placement in placements(link, &ids)? {
            touched.insert(placement.story);
            known.insert(placement.document, Some(placement));
        }
        let columns: Vec<i64> = touched.iter().map(|id| id.0 as i64).collect();
        let mut found = stories(link, &columns)?;
        for id in touched {
            found.entry(id).or_default();
        }
        let aliased = gone(link, ALIASED, columns)?.into_iter().map(StoryId).collect();
        let articles = commit.placements.iter().map(|placement| placement.article.0 as i64).collect();
        let aliased_articles = gone(link, ALIASED_ARTICLES, articles)?.into_iter().map(ArticleId).collect();
        let (placements, stories) = (RefCell::new(known), RefCell::new(found));
        Ok(Self { link, placements, stories, aliased, aliased_articles })
    }
}

impl Groups for Stored<'_> {
    type Error = Trouble;

    fn is_alias(&self, story: StoryId) -> Result<bool, Trouble> {
        Ok(self.aliased.contains(&story))
    }

    fn is_article_alias(&self, article: ArticleId) -> Result<bool, Trouble> {
        Ok(self.aliased_articles.contains(&article))
    }

    fn stories_merged_into(&self, kept: &[StoryId]) -> Result<Vec<(StoryId, StoryId)>, Trouble> {
        let found = pairs(self.link, STORIES_INTO, kept.iter().map(|id| id.0 as i64).collect())?;
        Ok(found.into_iter().map(|(gone, kept)| (StoryId(gone), StoryId(kept))).collect())
    }

    fn articles_merged_into(&self, kept: &[ArticleId]) -> Result<Vec<(ArticleId, ArticleId)>, Trouble> {
        let found = pairs(self.link, ARTICLES_INTO, kept.iter().map(|id| id.0 as i64).collect())?;
        Ok(found.into_iter().map(|(gone, kept)| (ArticleId(gone), ArticleId(kept))).collect())
    }

    fn story_record(&self, id: StoryId) -> Result<StoryRecord, Trouble> {
        if let Some(known) = self.stories.borrow().get(&id) {
            return Ok(known.clone());
        }
        let found = stories(self.link, &[id.0 as i64])?.remove(&id).unwrap_or_default();
        self.stories.borrow_mut().insert(id, found.clone());
        Ok(found)
    }

    fn placement_of(&self, id: DocumentId) -> Result<Option<Placement>, Trouble> {
        if let Some(known) = self.placements.borrow().get(&id) {
            return Ok(known.clone());
        }
        let found = placements(self.link, &[id])?.pop();
        self.placements.borrow_mut().insert(id, found.clone());
        Ok(found)
    }

    fn document_of(&self, id: DocumentId) -> Result<Option<Document>, Trouble> {
        Ok(texts::documents(self.link, &[id])?.remove(&id))
    }
}
