//! Describes the publishers of the invented world: host, language, feed format and habits.
//!
//! Read from `world/publishers.toml`. What a page looks like stands in `world/pages/`, what it says
//! in the story files. One host may have several publishers: a mirror has one a language.

use super::DemoError;
use samestory_model::{Fault, SourceKind};
use serde::Deserialize;

/// The form in which a publisher lists its articles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// RSS 2.0.
    Rss2,
    /// `<rss>` without a version, as old systems write it.
    Rss0,
    /// RSS 1.0.
    Rdf,
    /// Atom 1.0.
    Atom,
    /// JSON Feed 1.1.
    Json,
    /// A news sitemap.
    Sitemap,
    /// No feed at all: a page that lists articles.
    Listing,
    /// RSS 2.0 as a careless program writes it: bare ampersands, open tags, cut off at the end.
    Broken,
}

/// How bytes and the declared charset relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Charset {
    /// UTF-8, and said so.
    #[default]
    Utf8,
    /// UTF-8 bytes under a declaration of ISO-8859-1.
    SaysLatin1,
    /// Windows-1252 bytes under a declaration of UTF-8.
    SaysUtf8,
    /// Windows-1251 bytes, declared inside the document and nowhere else.
    Cyrillic,
}

/// How much of a text the feed itself carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Content {
    /// The first paragraph.
    #[default]
    Summary,
    /// The whole text.
    Full,
    /// Headline and address only.
    Nothing,
}

/// Which validators a list carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Validators {
    /// `ETag` alone.
    Etag,
    /// `Last-Modified` alone.
    LastModified,
    /// Both.
    Both,
}

/// One publisher, or one language of a mirror.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publisher {
    /// Name of the source.
    pub name: String,
    /// Title of the paper.
    pub title: String,
    /// Host name, under `.example`.
    pub host: String,
    /// Language tag.
    pub lang: String,
    /// Form of the list.
    pub format: Format,
    /// Path of the list.
    pub feed: String,
    /// A path that answers 302 to the list; the source is then configured with it.
    #[serde(default)]
    pub redirected_from: Option<String>,
    /// File of the page layout under `world/pages/`.
    pub layout: String,
    /// Tag around a paragraph: `p`, `div`, or `br` for texts cut by line breaks only.
    #[serde(default = "paragraph")]
    pub paragraphs: String,
    /// How much of the text the feed carries.
    #[serde(default)]
    pub content: Content,
    /// How bytes and declaration relate, in feed and pages.
    #[serde(default)]
    pub charset: Charset,
    /// Whether answers are compressed for clients that accept it.
    #[serde(default)]
    pub gzip: bool,
    /// Which validators the list carries.
    pub validators: Validators,
    /// Whether links in the feed carry tracking parameters.
    #[serde(default)]
    pub tracking: bool,
    /// Hours east of Greenwich.
    pub offset: i8,
    /// How the page writes a date, in the notation of `strftime`.
    pub date: String,
    /// The word before the address of an original, such as `Quelle:`.
    #[serde(default)]
    pub source_word: String,
    /// Headlines that stand beside every article and belong to none.
    #[serde(default)]
    pub others: Vec<String>,
    /// Words of the layout that must never be read as part of an article.
    #[serde(default)]
    pub leftovers: Vec<String>,
    /// Selector of article links on a listing page.
    #[serde(default)]
    pub link_selector: Option<String>,
    /// The site's rules for robots; `None` answers 404.
    #[serde(default)]
    pub robots: Option<String>,
    /// Words that a layout shared by several languages fills in, by name.
    #[serde(default)]
    pub words: std::collections::BTreeMap<String, String>,
}

fn paragraph() -> String {
    "p".to_owned()
}

impl Publisher {
    /// A whole address on this publisher's host.
    pub fn address(&self, path: &str) -> String {
        format!("http://{}{path}", self.host)
    }

    /// The path that the source is configured with.
    pub fn entrance(&self) -> &str {
        self.redirected_from.as_deref().unwrap_or(&self.feed)
    }

    /// What kind of source it is.
    pub fn kind(&self) -> SourceKind {
        match self.format {
            Format::Sitemap => SourceKind::Sitemap,
            Format::Listing => SourceKind::Listing,
            _ => SourceKind::Feed,
        }
    }
}

/// How a troubled source answers in one pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Behaviour {
    /// 410.
    Gone,
    /// 429 with `Retry-After: 7200`.
    Busy,
    /// 200 with a page of HTML.
    Html,
    /// No connection is accepted.
    Silent,
    /// As its publisher would.
    Ordinary,
}

/// A source that does not answer as a feed should, at least in one pass.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Troubled {
    /// Name of the source.
    pub name: String,
    /// Host name.
    pub host: String,
    /// Path of the promised feed.
    pub path: String,
    /// How it answers in the first pass.
    pub first: Behaviour,
    /// How it answers in the second.
    pub second: Behaviour,
    /// Whose fault a person would call it.
    pub fault: Fault,
    /// What happens, in words.
    pub why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    publisher: Vec<Publisher>,
    troubled: Vec<Troubled>,
}

/// Reads `publishers.toml`.
pub(super) fn read(text: &str) -> Result<(Vec<Publisher>, Vec<Troubled>), DemoError> {
    let file: File = toml::from_str(text)?;
    Ok((file.publisher, file.troubled))
}
