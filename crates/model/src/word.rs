//! User overrides (words): what a person decided about stories, stronger than any signal.
//!
//! A word names documents or sources, never articles or stories, because those come and go as
//! evidence comes. Of two words about one pair the later one counts.

use super::{DocumentId, SourceId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Which of the two groups an override is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Level {
    /// Versions of one article.
    Article,
    /// Reports of one event.
    Story,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Word {
    /// A document does not belong with those it stood with.
    Split {
        /// Which one.
        document: DocumentId,
        /// Those it stood with.
        from: Vec<DocumentId>,
        /// `Article`: it is no version of them, but may tell their event; `Story`: not even that.
        level: Level,
    },
    /// Two groups are one; each is named by its documents, the oldest first.
    Merge {
        /// Articles or stories.
        level: Level,
        /// Documents of the one.
        one: Vec<DocumentId>,
        /// Documents of the other.
        other: Vec<DocumentId>,
    },
    /// A story is right as it is: its articles, each with its documents, stay together.
    Pin {
        /// The documents, article by article.
        articles: Vec<Vec<DocumentId>>,
    },
    /// Documents of two sources are never of one story.
    Apart {
        /// The one.
        one: SourceId,
        /// The other.
        other: SourceId,
    },
}

/// A word with its number and time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredOverride {
    /// From 1, in the order in which words were given; never used twice.
    pub number: u64,
    /// When it was given.
    pub at: Timestamp,
    /// What was decided.
    pub word: Word,
}

impl Word {
    /// Whether it speaks of a document, by itself or by its source.
    pub fn is_about(&self, document: DocumentId, source: &SourceId) -> bool {
        match self {
            Self::Split { document: left, from, .. } => *left == document || from.contains(&document),
            Self::Merge { one, other, .. } => one.contains(&document) || other.contains(&document),
            Self::Pin { articles } => articles.iter().flatten().any(|pinned| *pinned == document),
            Self::Apart { one, other } => one == source || other == source,
        }
    }
}

impl fmt::Display for Word {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Split { document, from, level: Level::Story } => {
                write!(out, "{document} tells another event than {} it stood with", count(from.len()))
            }
            Self::Split { document, from, level: Level::Article } => {
                write!(out, "{document} is no version of {} it stood with", count(from.len()))
            }
            Self::Merge { level, one, other } => {
                let first = |side: &[DocumentId]| side.first().map(ToString::to_string).unwrap_or_default();
                let what = match level {
                    Level::Story => "tell one event",
                    Level::Article => "are versions of one article",
                };
                write!(out, "the documents beside {} and {} {what}", first(one), first(other))
            }
            Self::Pin { articles } => {
                let documents: usize = articles.iter().map(Vec::len).sum();
                let first = articles.iter().flatten().next().map(ToString::to_string).unwrap_or_default();
                write!(out, "the story of {first} stays together, {}", count(documents))
            }
            Self::Apart { one, other } => write!(out, "{one} and {other} never tell one event"),
        }
    }
}

fn count(documents: usize) -> String {
    format!("{documents} document{}", if documents == 1 { "" } else { "s" })
}
