//! What lies in the readers' log and index, and what the store keeps for itself alone.

use super::form::{Form, Upgrade, form};
use super::source::{SourceStateV1, SourceV1};
use super::story::StoryViewV1;
use super::word::ReaderWordV1;
use super::{plain, record};
use crate::Totals;
use crate::files::document_log::Located;
use crate::files::index::Head;
use crate::files::log::StoryFrame;
use crate::files::published::PendingChanges;
use samestory_model::StoryRecord;
use samestory_model::{ArticleId, DocumentId, StoryId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A frame of the readers' log.
#[derive(Serialize, Deserialize)]
pub(crate) enum StoryFrameV1 {
    Story { view: StoryViewV1, born: u64, grown: u64 },
    Documents(Vec<(DocumentId, Located)>),
    Alias { gone: StoryId, kept: StoryId },
    ArticleAlias { gone: ArticleId, kept: ArticleId },
    Gone { stories: Vec<StoryId>, articles: Vec<ArticleId>, documents: Vec<DocumentId> },
    Source { source: Box<SourceV1>, state: Box<SourceStateV1> },
    Unfollowed { name: String },
    Word { number: u64, word: Option<Box<ReaderWordV1>> },
    Committed { sequence: u64, holds: Totals },
}

impl Upgrade<StoryFrame> for StoryFrameV1 {
    fn upgrade(self) -> StoryFrame {
        match self {
            Self::Story { view, born, grown } => StoryFrame::Story { view: view.upgrade(), born, grown },
            Self::Documents(documents) => StoryFrame::Documents(documents),
            Self::Alias { gone, kept } => StoryFrame::Alias { gone, kept },
            Self::ArticleAlias { gone, kept } => StoryFrame::ArticleAlias { gone, kept },
            Self::Gone { stories, articles, documents } => StoryFrame::Gone { stories, articles, documents },
            Self::Source { source, state } => StoryFrame::Source { source: source.upgrade(), state: state.upgrade() },
            Self::Unfollowed { name } => StoryFrame::Unfollowed { name },
            Self::Word { number, word } => StoryFrame::Word { number, word: word.upgrade() },
            Self::Committed { sequence, holds } => StoryFrame::Committed { sequence, holds },
        }
    }
}

impl Form<StoryFrame> for StoryFrameV1 {
    fn of(value: &StoryFrame) -> Self {
        match value {
            StoryFrame::Story { view, born, grown } => {
                Self::Story { view: StoryViewV1::of(view), born: *born, grown: *grown }
            }
            StoryFrame::Documents(documents) => Self::Documents(documents.clone()),
            StoryFrame::Alias { gone, kept } => Self::Alias { gone: *gone, kept: *kept },
            StoryFrame::ArticleAlias { gone, kept } => Self::ArticleAlias { gone: *gone, kept: *kept },
            StoryFrame::Gone { stories, articles, documents } => {
                Self::Gone { stories: stories.clone(), articles: articles.clone(), documents: documents.clone() }
            }
            StoryFrame::Source { source, state } => Self::Source { source: Form::of(source), state: Form::of(state) },
            StoryFrame::Unfollowed { name } => Self::Unfollowed { name: name.clone() },
            StoryFrame::Word { number, word } => Self::Word { number: *number, word: Form::of(word) },
            StoryFrame::Committed { sequence, holds } => Self::Committed { sequence: *sequence, holds: *holds },
        }
    }
}

form! {
    /// The head of the readers' index.
    HeadV1 of Head {
        log: u64,
        covered: u64,
        sequence: u64,
        holds: Totals,
        sources: BTreeMap<String, (SourceV1, SourceStateV1)>,
        words: BTreeMap<u64, ReaderWordV1>,
    }
}

record!(StoryFrame, "a frame for readers", 1 => StoryFrameV1);
record!(Head, "the head of an index", 1 => HeadV1);

// Kinds that only the store knows: their own form is stored. A change of one makes it a form and a type, as above.
plain! {
    "a story": StoryRecord,
    "what the store holds": Totals,
    "a place in documents.log": Located,
    "what readers have not been given": PendingChanges,
}
