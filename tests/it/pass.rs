//! What one pass asks, reads and stores, over the town of fake publishers, and what the next one
//! leaves alone. What belongs to one theme stands in the files beside.

mod claims;
pub mod command;
mod daemon;
mod death;
mod filtering;
mod guarded;
mod identity;
mod import;
mod neighbours;
mod news;
mod notify;
mod politeness;
mod repeated;
mod sitemaps;
mod stop;
mod world;

use crate::town::{Says, Town, answer};
use jiff::{SignedDuration, Timestamp};
use samestory::config::Settings;
use samestory::pipeline::pass::{Pass, Summary};
use samestory::pipeline::{Silent, Stop};
use samestory_model::{Source, SourceId, SourceState};
use samestory_store::{DocumentFrame, ItemRecord, Reader, SledStore, Store};
use samestory_understand::Understanding;
use std::fmt::Write as _;
use std::sync::LazyLock;
use tempfile::TempDir;
use url::Url;

pub const PAPER: &str = "paper.example";
pub const OTHER: &str = "other.example";

/// The shipped model, loaded once for all tests.
pub static MODEL: LazyLock<Understanding> =
    LazyLock::new(|| Understanding::shipped(&Settings::default().understand).expect("the model ships"));

/// A Monday at noon.
pub fn start() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().expect("an instant")
}

pub fn hours(count: i64) -> SignedDuration {
    SignedDuration::from_hours(count)
}

pub fn url(text: &str) -> Url {
    text.parse().expect("a URL")
}

/// A town with a store that follows some of its publishers.
pub struct Bed {
    pub town: Town,
    pub folder: TempDir,
    pub store: SledStore,
    pub settings: Settings,
    pub sources: Vec<Source>,
}

impl Bed {
    /// Feeds by name and address; their hosts live in the town.
    pub async fn new(feeds: &[(&str, &str)]) -> Self {
        let town = Town::open().await;
        let sources: Vec<Source> = feeds.iter().map(|(name, address)| Source::feed(name, url(address))).collect();
        let settings = Settings { fetch: town.settings(&[PAPER, OTHER]), ..Settings::default() };
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = SledStore::open(folder.path()).expect("a new store");
        Self { town, folder, store, settings, sources }
    }

    /// One pass, so many hours after the start.
    pub async fn pass(&self, hour: i64) -> Summary {
        self.pass_with(hour, false).await
    }

    pub async fn pass_with(&self, hour: i64, force: bool) -> Summary {
        let (now, progress) = (start() + hours(hour), &Silent);
        let (settings, store, understanding, sources) = (&self.settings, &self.store, &*MODEL, &self.sources[..]);
        let stop = &Stop::never();
        let folder = Some(self.folder.path());
        let pass = Pass { settings, store, understanding, sources, now, force, progress, stop, folder };
        pass.run().await.expect("a pass")
    }

    pub fn documents(&self) -> Vec<DocumentFrame> {
        Reader::open(self.folder.path()).expect("the readers' side").documents().expect("whole documents")
    }

    pub fn item(&self, source: &str, item: &str) -> ItemRecord {
        self.store.item(&SourceId(source.to_owned()), item).expect("a store that reads").expect("a known item")
    }

    pub fn state(&self, source: &str) -> SourceState {
        self.store.state(&SourceId(source.to_owned())).expect("a store that reads")
    }

    /// How often a path was asked for, on any host.
    pub fn asked(&self, path: &str) -> usize {
        self.town.paths().iter().filter(|asked| *asked == path).count()
    }
}

/// One item of a feed.
#[derive(Clone, Copy, Default)]
pub struct Entry<'a> {
    pub id: &'a str,
    pub link: &'a str,
    pub title: &'a str,
    pub html: &'a str,
    /// Minutes past eleven, an hour before the start.
    pub minute: u8,
}

/// An RSS feed of these items.
pub fn rss(entries: &[Entry<'_>]) -> String {
    let mut out = String::from("<rss version=\"2.0\"><channel><title>Paper</title>");
    for Entry { id, link, title, html, minute } in entries {
        let link = if link.is_empty() { String::new() } else { format!("<link>{link}</link>") };
        let _ = write!(
            out,
            "<item><guid isPermaLink=\"false\">{id}</guid>{link}<title>{title}</title>\
             <pubDate>Mon, 02 Mar 2026 11:{minute:02}:00 GMT</pubDate>\
             <description><![CDATA[{html}]]></description></item>"
        );
    }
    out + "</channel></rss>"
}

/// That feed as an answer with a validator.
pub fn feed_of(entries: &[Entry<'_>]) -> Says {
    let body = rss(entries);
    let tag = format!("\"{:08x}\"", crc32fast::hash(body.as_bytes()));
    answer(200, &[("Content-Type", "application/rss+xml"), ("ETag", &tag)], body)
}

/// A few sentences about a subject, as HTML; long enough to be a whole article.
pub fn story(subject: &str) -> String {
    let mut out = String::new();
    for (place, what) in ["council", "harbour", "school", "museum", "railway", "market"].iter().enumerate() {
        let _ = write!(
            out,
            "<p>The {what} of the town spoke about the {subject} for {} hours on Monday, and everybody who had come \
             to hear about the {subject} could ask the {what} what it would cost and when it would be done.</p>",
            place + 2
        );
    }
    // Longer than what a summary needs to count as the whole article.
    out.clone() + &out.replace("Monday", "Tuesday")
}

/// A page that holds such an article.
pub fn page(subject: &str) -> Says {
    let html = format!(
        "<html><head><title>About the {subject}</title></head><body><article><h1>About the {subject}</h1>{}</article>\
         </body></html>",
        story(subject)
    );
    answer(200, &[("Content-Type", "text/html")], html)
}
