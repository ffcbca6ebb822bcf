//! Stored forms of user overrides.

use super::form::{Form, Upgrade, choice, form};
use super::record;
use jiff::Timestamp;
use samestory_model::{DocumentId, Level, SourceId, StoredOverride, Word};
use serde::{Deserialize, Serialize};

choice! {
    /// Whether it is about articles or stories.
    LevelV1 of Level { Article, Story }
}

/// What was said.
#[derive(Serialize, Deserialize)]
pub(crate) enum WordV1 {
    Split { document: DocumentId, from: Vec<DocumentId>, level: LevelV1 },
    Merge { level: LevelV1, one: Vec<DocumentId>, other: Vec<DocumentId> },
    Pin { articles: Vec<Vec<DocumentId>> },
    Apart { one: SourceId, other: SourceId },
}

impl Upgrade<Word> for WordV1 {
    fn upgrade(self) -> Word {
        match self {
            Self::Split { document, from, level } => Word::Split { document, from, level: level.upgrade() },
            Self::Merge { level, one, other } => Word::Merge { level: level.upgrade(), one, other },
            Self::Pin { articles } => Word::Pin { articles },
            Self::Apart { one, other } => Word::Apart { one, other },
        }
    }
}

impl Form<Word> for WordV1 {
    fn of(value: &Word) -> Self {
        match value.clone() {
            Word::Split { document, from, level } => Self::Split { document, from, level: LevelV1::of(&level) },
            Word::Merge { level, one, other } => Self::Merge { level: LevelV1::of(&level), one, other },
            Word::Pin { articles } => Self::Pin { articles },
            Word::Apart { one, other } => Self::Apart { one, other },
        }
    }
}

form! {
    /// What was said, when, under which number.
    ReaderWordV1 of StoredOverride { number: u64, at: Timestamp, word: WordV1 }
}

record!(StoredOverride, "a word of the reader's", 1 => ReaderWordV1);
