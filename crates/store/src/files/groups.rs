//! What is stored of stories in files, for the rules that keep their records in step with placements.

use super::sled_store::SledStore;
use super::tables::{ARTICLE_ALIAS, STORY, STORY_ALIAS, number};
use crate::Store;
use crate::error::StoreError;
use crate::regroup::Groups;
use samestory_model::{ArticleId, Document, DocumentId, Placement, StoryId, StoryRecord};

impl Groups for SledStore {
    type Error = StoreError;

    fn is_alias(&self, story: StoryId) -> Result<bool, StoreError> {
        self.has(STORY_ALIAS, &story.key())
    }

    fn is_article_alias(&self, article: ArticleId) -> Result<bool, StoreError> {
        self.has(ARTICLE_ALIAS, &article.key())
    }

    fn stories_merged_into(&self, _: &[StoryId]) -> Result<Vec<(StoryId, StoryId)>, StoreError> {
        Ok(self.all(STORY_ALIAS)?.into_iter().map(|(gone, kept)| (StoryId(number(&gone)), kept)).collect())
    }

    fn articles_merged_into(&self, _: &[ArticleId]) -> Result<Vec<(ArticleId, ArticleId)>, StoreError> {
        Ok(self.all(ARTICLE_ALIAS)?.into_iter().map(|(gone, kept)| (ArticleId(number(&gone)), kept)).collect())
    }

    fn story_record(&self, id: StoryId) -> Result<StoryRecord, StoreError> {
        Ok(self.get(STORY, &id.key())?.unwrap_or_default())
    }

    fn placement_of(&self, id: DocumentId) -> Result<Option<Placement>, StoreError> {
        self.placement(id)
    }

    fn document_of(&self, id: DocumentId) -> Result<Option<Document>, StoreError> {
        self.document(id)
    }
}
