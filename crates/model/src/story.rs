//! Where documents were placed and why, and the form in which stories are shown.

use super::{ArticleId, DocumentId, Lang, StoryId};
use crate::Signal;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A document's part in its article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The text that the others were made from, as far as is known.
    Original,
    /// The same text in another language.
    Translation,
    /// The same text in the same language, near identical.
    Copy,
    /// A later text at the same address.
    Update,
}

impl fmt::Display for Role {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Original => "original",
            Self::Translation => "translation",
            Self::Copy => "copy",
            Self::Update => "update",
        })
    }
}

/// One signal between a document and another, as a person can check it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Which signal.
    pub signal: Signal,
    /// The other document.
    pub with: DocumentId,
    /// What a person can check: an address, a slug, two aligned sentences.
    pub evidence: String,
    /// A learned signal's figure.
    pub score: Option<f32>,
    /// The threshold that the figure was held against.
    pub threshold: Option<f32>,
}

/// The decision about one document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Placement {
    /// Which document.
    pub document: DocumentId,
    /// Its article.
    pub article: ArticleId,
    /// Its story.
    pub story: StoryId,
    /// Its part in the article.
    pub role: Role,
    /// Why it is in its article, and why its article is in its story.
    pub evidence: Vec<Evidence>,
    /// Version of the rules that decided.
    pub rules: u32,
    /// When it was decided.
    pub at: Timestamp,
}

/// Why a story is shown now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// Not seen by this reader before.
    New,
    /// An article from a new source or language joined since.
    Grown,
}

/// One version as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DocumentView {
    /// Its id.
    pub document: DocumentId,
    /// Its address.
    pub url: String,
    /// Its source's name.
    pub source: String,
    /// Its language.
    pub lang: Option<Lang>,
    /// Its headline.
    pub title: String,
    /// When it was published.
    pub published: Option<Timestamp>,
    /// Its part in the article.
    pub role: Role,
    /// Why it is here.
    pub signals: Vec<Evidence>,
    /// The address of the original that its source line names.
    pub source_url: Option<String>,
    /// The outlet that its source line names.
    pub source_name: Option<String>,
    /// Its text; only `show` and exports carry it.
    pub text: Option<String>,
}

/// One article as it is shown; its documents stand original first, then by time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ArticleView {
    /// Its id.
    pub article: ArticleId,
    /// Headline of its first version.
    pub title: String,
    /// Language of its first version.
    pub lang: Option<Lang>,
    /// Its versions.
    pub documents: Vec<DocumentView>,
}

/// One story as it is shown; its articles stand by time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoryView {
    /// Its id.
    pub story: StoryId,
    /// Its headline.
    pub title: String,
    /// Language of the headline.
    pub lang: Option<Lang>,
    /// Every language, that of the headline first, then in order of appearance.
    pub languages: Vec<Lang>,
    /// Earliest publication.
    pub first_published: Timestamp,
    /// Latest publication.
    pub last_published: Timestamp,
    /// Why it is shown.
    pub change: Change,
    /// Prominence, 0 and up: reports, outlets and languages, fading with age.
    pub score: f32,
    /// Its articles.
    pub articles: Vec<ArticleView>,
}
