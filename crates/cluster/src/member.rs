//! One document of the window as it is held in memory, and where it is placed.

use super::evidence::Side;
use super::feature_cache::Full;
use super::keys::Mark;
use jiff::Timestamp;
use samestory_model::{ArticleId, DocumentId, Evidence, Lang, Role, SourceId, StoryId};

/// One document in the window.
#[derive(Debug, Clone)]
pub struct Member {
    /// Which document.
    pub document: DocumentId,
    /// Whether it has been placed; until then `article` and `story` are those that it would open.
    pub is_placed: bool,
    /// Its article.
    pub article: ArticleId,
    /// Its story.
    pub story: StoryId,
    /// Its part in the article.
    pub role: Role,
    /// When it was published, or first seen.
    pub time: Timestamp,
    /// When it says it was published.
    pub published: Option<Timestamp>,
    /// Its language.
    pub lang: Option<Lang>,
    /// The source that brought it.
    pub source: SourceId,
    /// Mark of its own address.
    pub address: Mark,
    /// Mark of the site that published it; `None` for a file.
    pub site: Option<Mark>,
    /// Mark of the address of the original that it names.
    pub original: Option<Mark>,
    /// 0, or the number of the update.
    pub revision: u32,
    /// Number of the model that its vectors come from; `None` where they say nothing.
    pub(super) model: Option<u16>,
    /// Mark of its text, under which others that have it are found.
    pub(super) text: Mark,
    /// Hash of its text, which shows that another worker has stored a cleaned text.
    pub(super) text_hash: u64,
}

impl Member {
    /// What evidence about it is worded from.
    pub(super) fn side<'f>(&self, full: &'f Full) -> Side<'f> {
        Side { document: self.document, published: self.published, features: &full.features }
    }

    /// Whether texts of two members can be compared.
    pub fn comparable(&self, other: &Self) -> bool {
        // Two texts whose languages are not known may be in one: what a translation agrees in says nothing of them.
        self.model.is_some() && self.model == other.model && (self.lang.is_some() || other.lang.is_some())
    }

    /// Whether its text can be compared at all.
    pub fn is_known(&self) -> bool {
        self.model.is_some()
    }
}

/// The article that a document opens.
pub fn own_article(document: DocumentId) -> ArticleId {
    ArticleId::of(&["article", &document.to_string()])
}

/// The story that a document opens.
pub fn own_story(document: DocumentId) -> StoryId {
    StoryId::of(&["story", &document.to_string()])
}

/// Where a member is placed.
#[derive(Debug, Clone)]
pub struct Assignment {
    /// Its article.
    pub article: ArticleId,
    /// Its story.
    pub story: StoryId,
    /// Its part in the article.
    pub role: Role,
    /// Why it is there.
    pub evidence: Vec<Evidence>,
}
