//! One text at one address in one language.

use super::{DocumentId, Lang, SourceId, canonical_key, site};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

/// An item with its extracted text: what is understood, placed and shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Its id, from its canonical key (and its revision, for an update).
    pub id: DocumentId,
    /// The source that brought it first.
    pub source: SourceId,
    /// The publisher's id of the item.
    pub item: String,
    /// Address after redirects, without tracking parameters; `file://` for an imported file.
    pub url: Url,
    /// `rel=canonical` where the page claims one.
    pub canonical: Option<Url>,
    /// Other addresses that led here (feed link before redirects, AMP twin).
    pub aliases: Vec<Url>,
    /// Language, decided: tag and detector together.
    pub lang: Option<Lang>,
    /// Language as publisher, feed or page stated it.
    pub stated_lang: Option<Lang>,
    /// Headline.
    pub title: String,
    /// The article, one paragraph a line.
    pub text: String,
    /// Authors.
    pub byline: Vec<String>,
    /// When it says it was published.
    pub published: Option<Timestamp>,
    /// When it says it was changed.
    pub modified: Option<Timestamp>,
    /// When this program first saw it.
    pub seen: Timestamp,
    /// Name of the site.
    pub site: Option<String>,
    /// Lead image.
    pub image: Option<Url>,
    /// Address of the original, from the source line.
    pub source_url: Option<Url>,
    /// Name of the original's outlet, from the source line.
    pub source_name: Option<String>,
    /// This text in other languages, as page and feed name them.
    pub alternates: Vec<(Lang, Url)>,
    /// 0 for the first text at this address, 1 for its first update, …
    pub revision: u32,
}

impl Document {
    /// A document of which no more is known than its address, its headline, its text and when it was seen; further
    /// fields are set by hand. Its source is the site of the address.
    pub fn at(url: Url, title: &str, text: &str, seen: Timestamp) -> Self {
        Self {
            id: Self::id_at(&url, 0),
            source: SourceId(site(&url)),
            item: url.to_string(),
            url,
            canonical: None,
            aliases: Vec::new(),
            lang: None,
            stated_lang: None,
            title: title.to_owned(),
            text: text.to_owned(),
            byline: Vec::new(),
            published: None,
            modified: None,
            seen,
            site: None,
            image: None,
            source_url: None,
            source_name: None,
            alternates: Vec::new(),
            revision: 0,
        }
    }

    /// The id of the text that stood at an address first (revision 0), or of a later one: spellings of one address have
    /// one id.
    pub fn id_at(url: &Url, revision: u32) -> DocumentId {
        DocumentId::of(&["document", &canonical_key(url), &revision.to_string()])
    }

    /// When it was published, or first seen where it does not say.
    pub fn time(&self) -> Timestamp {
        self.published.unwrap_or(self.seen)
    }

    /// By what documents of one pass are placed: time, then address.
    pub fn order(&self) -> (Timestamp, String) {
        (self.time(), self.url.to_string())
    }
}
