//! Invents a small world of publishers and serves it on loopback, for `samestory demo` and for tests.
//!
//! ```text
//! world/*.txt, publishers.toml, pages/*.html ─▶ World ─▶ Running (one server, asked by host name)
//!                                               └─▶ Truth ─▶ compare(what was found) ─▶ Difference
//! ```
//!
//! It promises the same bytes for the same pass on every machine: clock, dates and validators come
//! from the world's own calendar. Fetching, understanding and clustering are left to the ordinary
//! stages; nothing here knows how they decide. The surprising fact: everything is invented, people,
//! places, papers and events alike, so no text here reports anything that happened.

mod answers;
mod compare;
mod difference;
mod error;
mod feeds;
mod jsonl;
mod pages;
mod publisher;
mod script;
mod server;
mod truth;

pub use answers::{Answer, Asked};
pub use compare::{compare, compare_sources};
pub use difference::Difference;
pub use error::DemoError;
pub use jsonl::world_jsonl;
pub use publisher::{Behaviour, Charset, Content, Format, Publisher, Troubled, Validators};
pub use script::Written;
pub use server::{Recorded, Running};
pub use truth::{Expected, ExpectedFailure, Truth};

use crate::config::{Settings, SourceEntry};
use jiff::Timestamp;
use samestory_model::{FullText, SourceKind, canonical_url};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use url::Url;

/// Where nothing listens: the port of a service that no machine runs any more.
const NOBODY: &str = "127.0.0.1:1";

/// The stories, a file each (traps share one), in the order in which a person would read them.
const SCRIPTS: &[(&str, &str)] = &[
    ("bridge", include_str!("world/bridge.txt")),
    ("seaweed", include_str!("world/seaweed.txt")),
    ("lacquer", include_str!("world/lacquer.txt")),
    ("gecko", include_str!("world/gecko.txt")),
    ("ferry", include_str!("world/ferry.txt")),
    ("fire", include_str!("world/fire.txt")),
    ("treaty", include_str!("world/treaty.txt")),
    ("quake", include_str!("world/quake.txt")),
    ("storm", include_str!("world/storm.txt")),
    ("traps", include_str!("world/traps.txt")),
    ("singles", include_str!("world/singles.txt")),
];

/// Every publisher, every document and every trouble of the invented world.
#[derive(Debug, Clone)]
pub struct World {
    /// The publishers, in the order of `publishers.toml`.
    pub publishers: Vec<Publisher>,
    /// Sources that do not answer as a feed should.
    pub troubled: Vec<Troubled>,
    /// Every text, revisions included.
    pub documents: Vec<Written>,
}

impl World {
    /// The world as it is compiled in.
    ///
    /// # Panics
    /// Never in a build whose tests pass: the texts are part of the program.
    pub fn load() -> Self {
        let (publishers, troubled) = publisher::read(include_str!("world/publishers.toml"))
            .expect("publishers.toml is compiled in and read by a test");
        let mut documents = Vec::new();
        for (name, text) in SCRIPTS {
            let written = script::read(name, text, &publishers)
                .unwrap_or_else(|error| panic!("the story files are compiled in and read by a test: {error}"));
            documents.extend(written);
        }
        Self { publishers, troubled, documents }
    }

    /// The fixed clock of one pass: the second is thirty hours after the first, so that every
    /// ordinary source is due again.
    pub fn now(pass: u8) -> Timestamp {
        let first: Timestamp = "2026-11-10T12:00:00Z".parse().expect("a constant in RFC 3339");
        first + jiff::SignedDuration::from_hours(30 * i64::from(pass.saturating_sub(1)))
    }

    /// Settings that follow the whole world through the server at `address`.
    pub fn settings(&self, address: &SocketAddr) -> Settings {
        let mut settings = Settings::default();
        "demo@samestory.example".clone_into(&mut settings.fetch.contact);
        settings.fetch.host_gap_ms = 10;
        settings.fetch.connect_timeout = 5;
        let mut hosts = BTreeSet::new();
        for publisher in &self.publishers {
            hosts.insert(publisher.host.as_str());
            settings.sources.push(entry(
                &publisher.name,
                &publisher.address(publisher.entrance()),
                publisher.kind(),
                Some(publisher.title.clone()),
                publisher.link_selector.clone(),
            ));
        }
        for source in &self.troubled {
            hosts.insert(source.host.as_str());
            if self.publisher(&source.name).is_some() {
                continue;
            }
            let address = format!("http://{}{}", source.host, source.path);
            settings.sources.push(entry(&source.name, &address, SourceKind::Feed, None, None));
        }
        for host in hosts {
            let deaf = self.troubled.iter().any(|source| source.host == host && source.first == Behaviour::Silent);
            let place = if deaf { NOBODY.to_owned() } else { address.to_string() };
            settings.fetch.hosts.insert(host.to_owned(), place);
            settings.fetch.allow_private_hosts.push(host.to_owned());
        }
        settings
    }

    /// What should be found once both passes are done.
    pub fn truth(&self) -> Truth {
        self.truth_after(2)
    }

    /// What should be found after the given pass.
    pub fn truth_after(&self, pass: u8) -> Truth {
        Truth::of(self, pass)
    }

    /// The publisher of a name.
    pub fn publisher(&self, name: &str) -> Option<&Publisher> {
        self.publishers.iter().find(|publisher| publisher.name == name)
    }

    /// The documents that a publisher's feed lists in a pass, newest first, each in its latest revision.
    pub fn listed(&self, publisher: &Publisher, pass: u8) -> Vec<&Written> {
        let mut found: Vec<&Written> = Vec::new();
        for document in self.documents.iter().filter(|document| document.publisher == publisher.name) {
            if document.pass > pass {
                continue;
            }
            match found.iter_mut().find(|known| known.path == document.path) {
                Some(known) if known.revision < document.revision => *known = document,
                Some(_) => {}
                None => found.push(document),
            }
        }
        found.sort_by(|a, b| b.published.cmp(&a.published).then_with(|| a.path.cmp(&b.path)));
        found
    }

    /// The latest revision at an address (path and query, tracking parameters aside) in a pass.
    pub fn document(&self, host: &str, path: &str, pass: u8) -> Option<&Written> {
        let url = canonical_url(&Url::parse(&format!("http://{host}{path}")).ok()?);
        let path = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        self.documents
            .iter()
            .filter(|document| document.host == host && document.path == path && document.pass <= pass)
            .max_by_key(|document| document.revision)
    }
}

fn entry(name: &str, url: &str, kind: SourceKind, title: Option<String>, link_selector: Option<String>) -> SourceEntry {
    SourceEntry {
        name: Some(name.to_owned()),
        url: url.to_owned(),
        kind,
        title,
        lang: None,
        tags: Vec::new(),
        full_text: FullText::Auto,
        every: None,
        link_pattern: None,
        link_selector,
        credentials: None,
        enabled: true,
        place: None,
    }
}
