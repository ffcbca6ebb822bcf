//! What the user follows, and what is known about when to ask it again.

use super::{Failure, FullText, Lang, PollHints, SourceKind};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use url::Url;

/// A source's name: what the user calls it, unique, without spaces.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourceId(pub String);

impl fmt::Display for SourceId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

/// One configured source.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Its name.
    pub name: SourceId,
    /// Where it is: http, https, or file for a folder.
    pub url: Url,
    /// What is there.
    pub kind: SourceKind,
    /// A person's title for it.
    pub title: Option<String>,
    /// Language, where the source does not say it.
    pub lang: Option<Lang>,
    /// Tags (OPML folders).
    pub tags: Vec<String>,
    /// Where the text comes from.
    pub full_text: FullText,
    /// Shortest time between two polls in seconds; hints of the publisher only lengthen it.
    pub every_seconds: Option<u64>,
    /// Listing pages: only links whose address contains this (`*` matches any run).
    pub link_pattern: Option<String>,
    /// Listing pages: CSS selector of the article links.
    pub link_selector: Option<String>,
    /// `user:password` for basic authentication; for the scheme, host and port of `url` only.
    pub credentials: Option<String>,
    /// Whether it is followed at all.
    pub enabled: bool,
}

impl fmt::Debug for Source {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Wherever it is printed, never what only the publisher should see.
        let url = super::Discreet::followed(&self.url);
        let credentials = self.credentials.as_ref().map(|_| "…");
        out.debug_struct("Source")
            .field("name", &self.name.0)
            .field("url", &url)
            .field("kind", &self.kind)
            .field("title", &self.title)
            .field("lang", &self.lang)
            .field("tags", &self.tags)
            .field("full_text", &self.full_text)
            .field("every_seconds", &self.every_seconds)
            .field("link_pattern", &self.link_pattern)
            .field("link_selector", &self.link_selector)
            .field("credentials", &credentials)
            .field("enabled", &self.enabled)
            .finish()
    }
}

impl Source {
    /// A feed at an address with every default.
    pub fn feed(name: &str, url: Url) -> Self {
        Self {
            name: SourceId(name.to_owned()),
            url,
            kind: SourceKind::Feed,
            title: None,
            lang: None,
            tags: Vec::new(),
            full_text: FullText::Auto,
            every_seconds: None,
            link_pattern: None,
            link_selector: None,
            credentials: None,
            enabled: true,
        }
    }
}

/// Cache validators exactly as the publisher sent them, byte for byte.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validators {
    /// The `ETag` header's bytes.
    pub etag: Option<Vec<u8>>,
    /// The `Last-Modified` header's bytes.
    pub last_modified: Option<Vec<u8>>,
}

/// Which rule set the next poll; shown by `doctor` and `sources list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollRule {
    /// Short stable name: `interval`, `max-age`, `expires`, `retry-after`, `back-off`, `ttl`,
    /// `skip-hours`, `adaptive`, `floor`, `gone`, `new`, `twin`, `forced`.
    pub rule: String,
    /// What a person reads, such as "max-age=7200 of the last answer".
    pub detail: String,
}

/// A permanent redirect that has been seen but is not yet believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redirect {
    /// Where it points.
    pub to: Url,
    /// Days since 1970-01-01 (UTC) on which it was seen and parsed as a feed, ascending, distinct.
    pub days: Vec<i32>,
}

/// What is remembered about a source between passes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceState {
    /// The configured address that all this was learned about; of another one nothing is known.
    pub of: Option<Url>,
    /// Validators of the address that answered.
    pub validators: Validators,
    /// The address the validators belong to.
    pub validators_of: Option<Url>,
    /// Where polls go since a permanent redirect was believed.
    pub moved_to: Option<Url>,
    /// A permanent redirect under observation.
    pub redirect: Option<Redirect>,
    /// Hash of the last body that parsed.
    pub body_hash: Option<u64>,
    /// When the next poll is due; `None` before the first.
    pub next_poll: Option<Timestamp>,
    /// Which rule set it.
    pub rule: Option<PollRule>,
    /// Last request that was answered, 304 included.
    pub last_checked: Option<Timestamp>,
    /// Last answer that parsed or was a 304.
    pub last_success: Option<Timestamp>,
    /// Failures since the last success.
    pub errors: u32,
    /// Since when it has been failing.
    pub failing_since: Option<Timestamp>,
    /// 410: not polled any more until re-enabled.
    pub gone: bool,
    /// The last failure.
    pub failure: Option<Failure>,
    /// Repairs that the last body needed.
    pub repairs: Vec<String>,
    /// The feed's own title.
    pub feed_title: Option<String>,
    /// Times of recent items, newest first, at most 32, for adaptive polling.
    pub recent_items: Vec<Timestamp>,
    /// What the last body that parsed said about when to come back; a 304 does not repeat it.
    pub hints: PollHints,
}

/// A source's name made from its address: host without `www.`, then what tells it apart.
pub fn name_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or("source").trim_start_matches("www.");
    let path = url.path().trim_matches('/');
    let dull = [
        "",
        "rss",
        "feed",
        "rss.xml",
        "feed.xml",
        "atom.xml",
        "index.xml",
        "rss_feed",
        "feed.json",
        "home.rss",
        "rss/home.rss",
    ];
    let rest: String = if dull.contains(&path) { String::new() } else { format!("-{path}") };
    let query = url.query().map(|query| format!("-{}", super::without_keys(query))).unwrap_or_default();
    let name: String = format!("{host}{rest}{query}")
        .chars()
        .map(|sign| if sign.is_alphanumeric() || sign == '.' { sign.to_ascii_lowercase() } else { '-' })
        .collect();
    let stem = name.trim_end_matches(".rss").trim_end_matches(".xml").trim_end_matches('-');
    stem.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}
