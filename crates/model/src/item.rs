//! What a source sent: a parsed feed, its items, and what had to be repaired to read it.

use super::{Failure, Lang};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

/// What kind of bytes a source sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FeedFormat {
    /// RSS 2.x and 0.9x without RDF.
    Rss2,
    /// RSS 1.0 (RDF).
    Rss1,
    /// RSS 0.90 to 0.94.
    Rss0,
    /// Atom 0.3 and 1.0.
    Atom,
    /// JSON Feed.
    Json,
    /// A news sitemap or a sitemap index.
    Sitemap,
    /// A listing page read with a pattern or selector.
    Page,
    /// HTML that is no source; see [`ParsedFeed::discovered`].
    Html,
}

/// One entry as a source gave it; texts are decoded, times are instants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The publisher's own id, or one derived from the link or the text; never random.
    pub id: String,
    /// Address of the article's page.
    pub url: Option<Url>,
    /// Headline as plain text.
    pub title: String,
    /// When it was published.
    pub published: Option<Timestamp>,
    /// When it was last changed, where the source says so on its own.
    pub updated: Option<Timestamp>,
    /// Language as the item or its feed states it.
    pub lang: Option<Lang>,
    /// Summary as HTML, rebased to absolute addresses.
    pub summary_html: String,
    /// Full content as HTML, rebased; empty where the feed carries none.
    pub content_html: String,
    /// Summary as plain text.
    pub summary_text: String,
    /// Full content as plain text.
    pub content_text: String,
    /// Names of authors.
    pub byline: Vec<String>,
    /// Translations of this item that the feed links to.
    pub alternates: Vec<(Lang, Url)>,
    /// Lead image.
    pub image: Option<Url>,
}

impl Item {
    /// An entry of which only a headline is known.
    pub fn headline(id: String, url: Option<Url>, title: String) -> Self {
        Self {
            id,
            url,
            title,
            published: None,
            updated: None,
            lang: None,
            summary_html: String::new(),
            content_html: String::new(),
            summary_text: String::new(),
            content_text: String::new(),
            byline: Vec::new(),
            alternates: Vec::new(),
            image: None,
        }
    }
}

/// One repair that was needed to read a source, and why.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Repair {
    /// Short stable name, such as `bare-ampersand`.
    pub name: String,
    /// What was wrong, for a person.
    pub why: String,
}

/// What a feed says about when to come back; all of it can only lengthen the interval.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollHints {
    /// RSS `ttl`, in minutes.
    pub ttl_minutes: Option<u32>,
    /// `sy:updatePeriod` and `sy:updateFrequency`, as seconds between updates.
    pub update_seconds: Option<u64>,
    /// RSS `skipHours`, hours of the day in UTC, 0 to 23.
    pub skip_hours: Vec<u8>,
    /// RSS `skipDays`, 1 = Monday to 7 = Sunday, UTC.
    pub skip_days: Vec<u8>,
}

/// A source's bytes, read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParsedFeed {
    /// What the bytes were.
    pub format: FeedFormat,
    /// The source's own title.
    pub title: Option<String>,
    /// Language as the source states it.
    pub lang: Option<Lang>,
    /// The source's home page.
    pub home: Option<Url>,
    /// Entries in the order of the source.
    pub items: Vec<Item>,
    /// Repairs that were needed.
    pub repairs: Vec<Repair>,
    /// When to come back.
    pub hints: PollHints,
    /// Feeds that an HTML page links to.
    pub discovered: Vec<Url>,
    /// Sitemaps that a sitemap index names and that are worth asking.
    pub children: Vec<Url>,
    /// Entries that could not be read; they never lose the others.
    pub failures: Vec<Failure>,
}

impl ParsedFeed {
    /// An empty result of one format.
    pub fn empty(format: FeedFormat) -> Self {
        Self {
            format,
            title: None,
            lang: None,
            home: None,
            items: Vec::new(),
            repairs: Vec::new(),
            hints: PollHints::default(),
            discovered: Vec::new(),
            children: Vec::new(),
            failures: Vec::new(),
        }
    }
}
