//! Documents and what they are compared by.

use super::form::form;
use super::record;
use jiff::Timestamp;
use samestory_model::{Document, DocumentId, Features, Lang, Name, Quantity, SentenceVector, SourceId, Vector};
use url::Url;

form! {
    /// A document.
    DocumentV1 of Document {
        id: DocumentId,
        source: SourceId,
        item: String,
        url: Url,
        canonical: Option<Url>,
        aliases: Vec<Url>,
        lang: Option<Lang>,
        stated_lang: Option<Lang>,
        title: String,
        text: String,
        byline: Vec<String>,
        published: Option<Timestamp>,
        modified: Option<Timestamp>,
        seen: Timestamp,
        site: Option<String>,
        image: Option<Url>,
        source_url: Option<Url>,
        source_name: Option<String>,
        alternates: Vec<(Lang, Url)>,
        revision: u32,
    }
}

form! {
    /// A vector in bytes.
    VectorV1 of Vector { bytes: Vec<i8>, scale: f32 }
}

form! {
    /// The vector of a sentence.
    SentenceVectorV1 of SentenceVector { vector: VectorV1, pieces: u16 }
}

form! {
    /// A number in a text.
    QuantityV1 of Quantity { thousandths: i64, percent: bool }
}

form! {
    /// A name in a text.
    NameV1 of Name { shown: String, skeleton: String }
}

form! {
    /// What a document is compared by.
    FeaturesV1 of Features {
        model: String,
        lang: Option<Lang>,
        known_language: bool,
        grasp: f32,
        title: VectorV1,
        head: VectorV1,
        sentences: Vec<SentenceVectorV1>,
        quantities: Vec<QuantityV1>,
        names: Vec<NameV1>,
        slug: String,
        text_hash: u64,
        shingles: Vec<u32>,
        length: u32,
    }
}

record!(Document, "a document", 1 => DocumentV1);
record!(Features, "a document's features", 1 => FeaturesV1);
