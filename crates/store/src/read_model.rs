//! What readers get, from every engine.

use samestory_model::{ArticleId, Document, Evidence, Features, Role, StoryId, StoryView};

/// A story with the sequence numbers at which it came up.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// The story, without texts.
    pub view: StoryView,
    /// When it was born.
    pub born: u64,
    /// When it last grew, 0 for never.
    pub grown: u64,
}

/// A document with what it is compared by and where it is.
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentFrame {
    /// The document.
    pub document: Document,
    /// What it is compared by.
    pub features: Features,
    /// Where it is and why.
    pub placement: Standing,
}

/// A placement as readers see it: without the rules that decided, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Its article.
    pub article: ArticleId,
    /// Its story.
    pub story: StoryId,
    /// Its part in the article.
    pub role: Role,
    /// Why it is there.
    pub evidence: Vec<Evidence>,
}
