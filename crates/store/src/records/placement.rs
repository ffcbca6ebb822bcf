//! Where documents stand, and why.

use super::form::{choice, form};
use super::record;
use jiff::Timestamp;
use samestory_model::{ArticleId, DocumentId, Evidence, Placement, Role, Signal, StoryId};

choice! {
    /// What a document is in its article.
    RoleV1 of Role { Original, Translation, Copy, Update }
}

choice! {
    /// What a piece of evidence rests on. The domain may order its signals otherwise; here a new one comes last.
    SignalV1 of Signal {
        CanonicalUrl,
        Alternate,
        MirrorKey,
        SourceLink,
        TitleSlug,
        TextHash,
        NearDuplicate,
        Embedding,
        Alignment,
        Quantities,
        Names,
        Time,
        PairModel,
        Reader,
    }
}

form! {
    /// A piece of evidence.
    EvidenceV1 of Evidence {
        signal: SignalV1,
        with: DocumentId,
        evidence: String,
        score: Option<f32>,
        threshold: Option<f32>,
    }
}

form! {
    /// A placement.
    PlacementV1 of Placement {
        document: DocumentId,
        article: ArticleId,
        story: StoryId,
        role: RoleV1,
        evidence: Vec<EvidenceV1>,
        rules: u32,
        at: Timestamp,
    }
}

record!(Placement, "a placement", 1 => PlacementV1);
