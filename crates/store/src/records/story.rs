//! Stories as readers see them.

use super::form::{choice, form};
use super::placement::{EvidenceV1, RoleV1};
use super::record;
use jiff::Timestamp;
use samestory_model::{ArticleId, ArticleView, Change, DocumentId, DocumentView, Lang, StoryId, StoryView};

choice! {
    /// Whether a story came up or grew.
    ChangeV1 of Change { New, Grown }
}

form! {
    /// A document in a story.
    DocumentViewV1 of DocumentView {
        document: DocumentId,
        url: String,
        source: String,
        lang: Option<Lang>,
        title: String,
        published: Option<Timestamp>,
        role: RoleV1,
        signals: Vec<EvidenceV1>,
        source_url: Option<String>,
        source_name: Option<String>,
        text: Option<String>,
    }
}

form! {
    /// An article in a story.
    ArticleViewV1 of ArticleView { article: ArticleId, title: String, lang: Option<Lang>, documents: Vec<DocumentViewV1> }
}

form! {
    /// A story.
    StoryViewV1 of StoryView {
        story: StoryId,
        title: String,
        lang: Option<Lang>,
        languages: Vec<Lang>,
        first_published: Timestamp,
        last_published: Timestamp,
        change: ChangeV1,
        score: f32,
        articles: Vec<ArticleViewV1>,
    }
}

record!(StoryView, "a story as readers see it", 1 => StoryViewV1);
