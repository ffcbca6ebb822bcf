//! Settings: one section a stage, layered from the compiled-in reference, a file, the environment
//! and flags.
//!
//! `config/default.toml` is the reference and holds every key; the structs here have no defaults
//! of their own, so the two cannot disagree. An unknown key is an error with a suggestion.

mod file;
mod load;

pub use samestory_cluster::Settings as Cluster;
pub use samestory_extract::article::Settings as Extract;
pub use samestory_model::settings::{ConfigError, DEFAULT_TOML};
pub use samestory_understand::Settings as Understand;

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// Every setting of the program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// How publishers are asked.
    pub fetch: Fetch,
    /// How pages are read.
    pub extract: Extract,
    /// How texts are understood.
    pub understand: Understand,
    /// When texts belong together.
    pub cluster: Cluster,
    /// What is kept, and for how long.
    pub store: Keep,
    /// What is let in.
    pub filter: Filter,
    /// What is notified of new stories.
    pub notify: Notify,
    /// When the daemon makes passes.
    pub daemon: Daemon,
    /// How stories are shown.
    pub read: Read,
    /// What `publish` writes.
    pub publish: Publish,
    /// What `serve` allows.
    pub serve: Serve,
    /// What is followed, beside what `sources add` and `sources import` put into the store.
    #[serde(default)]
    pub sources: Vec<SourceEntry>,
}

/// `[fetch]`: how publishers are asked. Times are seconds, sizes bytes, unless the name says otherwise.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fetch {
    /// Address or mailbox that the User-Agent names.
    pub contact: String,
    /// Limit for name resolution and connecting.
    pub connect_timeout: u64,
    /// Limit until the first byte of the answer.
    pub first_byte_timeout: u64,
    /// Limit for the whole answer.
    pub total_timeout: u64,
    /// Largest feed or sitemap, after decompression.
    pub max_feed_bytes: usize,
    /// Largest article page, after decompression.
    pub max_page_bytes: usize,
    /// Bytes of fetched bodies that are held in memory at once.
    pub memory_bytes: usize,
    /// Processor time that reading one feed or page may take.
    pub read_timeout: u64,
    /// How long a pass asks publishers before it leaves the rest to the next; 0 sets no limit.
    pub pass_limit: u64,
    /// How long what hosts sent waits for slower hosts before it is stored.
    pub patience: u64,
    /// Most hops of one request.
    pub max_redirects: usize,
    /// Hosts asked at the same time.
    pub concurrent_hosts: usize,
    /// Milliseconds between two starts on one host.
    pub host_gap_ms: u64,
    /// Article pages per host and pass.
    pub pages_per_host: usize,
    /// New items that one pass takes of one source, and most of them that wait for their pages; 0 sets no limit.
    pub new_items: usize,
    /// Ordinary time between two polls of a source.
    pub interval: u64,
    /// Shortest time between two polls of a source that sends validators.
    pub floor: u64,
    /// Shortest time between two polls of a source that sends none.
    pub floor_without_validators: u64,
    /// Longest time that a source that answers is left alone, unless it asks for more.
    pub ceiling: u64,
    /// First back-off after a failure; doubles up to `ceiling`.
    pub back_off: u64,
    /// Longest Retry-After that is believed.
    pub retry_after_cap: u64,
    /// How long a robots.txt is believed.
    pub robots_ttl: u64,
    /// Whether 503 pauses the whole host as 429 does.
    pub pause_host_on_503: bool,
    /// Proxy for every publisher; empty for that of the environment.
    pub proxy: String,
    /// File of further certificate authorities in PEM; empty for those of the system.
    pub ca_file: String,
    /// Hosts whose addresses may be private or loopback.
    pub allow_private_hosts: Vec<String>,
    /// Host names with a fixed `ip:port`, asked instead of the resolver.
    pub hosts: BTreeMap<String, String>,
}

/// `[store]`: what is kept. 0 sets no limit.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keep {
    /// Address of a PostgreSQL server; empty for files in the data folder.
    pub url: String,
    /// File with the server's password; empty for none.
    pub password_file: String,
    /// File of certificate authorities for the server; empty for those of the system.
    pub ca_file: String,
    /// Seconds that one statement may take.
    pub statement_seconds: u64,
    /// Seconds that a server which is away is waited for.
    pub reconnect_seconds: u64,
    /// Seconds after which what a worker has claimed is free again, when it is not heard of.
    pub lease_seconds: u64,
    /// Days that a story is kept after its last document.
    pub keep_days: u32,
    /// Most documents.
    pub keep_documents: u64,
    /// Most bytes of documents and their features.
    pub keep_bytes: u64,
    /// Bytes on disk per byte in use from which on the store is written anew.
    pub compact_ratio: f64,
    /// Seconds that a curating command waits for a pass.
    pub wait: u64,
}

/// `[filter]`: what is let in.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Where there are any, a document has to fit one of them.
    pub keep: Vec<Rule>,
    /// A document that fits one of them is not stored.
    pub block: Vec<Rule>,
}

/// One rule; every part that it has must fit.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rule {
    /// Name of the source.
    pub source: Option<String>,
    /// Language tag.
    pub lang: Option<String>,
    /// Part of the headline.
    pub title: Option<String>,
    /// Part of the text.
    pub text: Option<String>,
    /// Part of the address.
    pub url: Option<String>,
}

/// `[notify]`: what is notified of new stories, and of which.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notify {
    /// A program and its arguments; empty for none.
    pub command: Vec<String>,
    /// An address; empty for none.
    pub webhook: String,
    /// Languages of the stories; empty for all.
    pub languages: Vec<String>,
    /// Sources of the stories; empty for all.
    pub sources: Vec<String>,
    /// Words of which one has to stand in a headline; empty for all.
    pub words: Vec<String>,
    /// Seconds that one call may take.
    pub timeout: u64,
}

/// `[daemon]`: when it makes passes, in seconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Daemon {
    /// Least time between the ends and beginnings of two passes.
    pub every: u64,
    /// Longest time between two looks at what is due.
    pub longest: u64,
    /// By which a pass may come later, by chance.
    pub jitter: u64,
}

/// `[read]`: how stories are shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Read {
    /// Languages the reader prefers for headlines, best first.
    pub languages: Vec<String>,
    /// Sources whose headline stands where a language has several, best first.
    pub sources: Vec<String>,
}

/// `[publish]`: what is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publish {
    /// Most stories in the site.
    pub stories: usize,
    /// Most stories in its feeds.
    pub feed_stories: usize,
    /// Address that the site will stand at; empty where that is not known.
    pub url: String,
}

/// `[serve]`: what is allowed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Serve {
    /// Address and port.
    pub bind: String,
    /// File with the token; empty for none.
    pub token_file: String,
    /// Further names that the server is called by.
    pub hosts: Vec<String>,
    /// Most connections at once.
    pub connections: usize,
    /// Seconds that a request's head, and its answer, may take.
    pub timeout: u64,
}

/// `[[sources]]`: one source as the configuration names it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceEntry {
    /// Its name; made from the address where absent.
    #[serde(default)]
    pub name: Option<String>,
    /// Its address, or a folder's path.
    pub url: String,
    /// `feed`, `sitemap`, `listing` or `folder`.
    #[serde(default)]
    pub kind: samestory_model::SourceKind,
    /// A person's title.
    #[serde(default)]
    pub title: Option<String>,
    /// Language tag.
    #[serde(default)]
    pub lang: Option<String>,
    /// Tags.
    #[serde(default)]
    pub tags: Vec<String>,
    /// `auto`, `feed` or `page`.
    #[serde(default)]
    pub full_text: samestory_model::FullText,
    /// Shortest seconds between two polls.
    #[serde(default)]
    pub every: Option<u64>,
    /// Listing pages: pattern of article addresses.
    #[serde(default)]
    pub link_pattern: Option<String>,
    /// Listing pages: selector of article links.
    #[serde(default)]
    pub link_selector: Option<String>,
    /// `user:password`.
    #[serde(default)]
    pub credentials: Option<String>,
    /// Whether it is followed.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// The file and line that it comes from, for messages.
    #[serde(skip)]
    pub place: Option<String>,
}

impl fmt::Debug for Fetch {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let proxy = samestory_model::Discreet::given(&self.proxy);
        out.debug_struct("Fetch").field("contact", &self.contact).field("proxy", &proxy).finish_non_exhaustive()
    }
}

impl fmt::Debug for Keep {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = samestory_model::Discreet::given(&self.url);
        out.debug_struct("Keep").field("url", &url).finish_non_exhaustive()
    }
}

impl fmt::Debug for Notify {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let webhook = if self.webhook.is_empty() { "" } else { "…" };
        out.debug_struct("Notify").field("webhook", &webhook).finish_non_exhaustive()
    }
}

impl fmt::Debug for SourceEntry {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = samestory_model::Discreet::given(&self.url);
        out.debug_struct("SourceEntry").field("name", &self.name).field("url", &url).finish_non_exhaustive()
    }
}

fn yes() -> bool {
    true
}

impl Default for Settings {
    /// The compiled-in reference.
    fn default() -> Self {
        toml::from_str(DEFAULT_TOML).expect("config/default.toml is checked by a test")
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_reference_holds_every_key() {
        super::Settings::default();
    }
}
