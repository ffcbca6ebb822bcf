//! Where relative addresses start from: `xml:base` of root, channel and entry, each read on top of what stands outside it.
//! Part of `repair`, which writes each as an address that stands for itself.

use super::limits::beginning;
use samestory_model::markup::resolved;
use url::Url;

/// Longest `xml:base`; every address inside begins with it.
const LONGEST: usize = 1000;
/// Elements inside each other whose bases count: root, channel, entry.
const LEVELS: usize = 3;

/// What becomes of an `xml:base`.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Base {
    /// It is this address.
    Is(String),
    /// It is no address on the web, or too long.
    Wrong,
    /// So many stood before it that it is left out.
    TooMany,
}

/// The bases that are open.
pub(super) struct Bases {
    document: Url,
    open: [Option<Url>; LEVELS],
    /// Bytes by which bases may still grow when they are made absolute.
    room: usize,
}

/// Which of the levels an element is.
fn level(local: &str, first: bool) -> Option<usize> {
    match local {
        _ if first => Some(0),
        "channel" => Some(1),
        "item" | "entry" => Some(2),
        _ => None,
    }
}

impl Bases {
    /// Those of a document that nothing is read of yet; together they may grow by so many bytes.
    pub(super) fn of(document: &Url, room: usize) -> Self {
        Self { document: document.clone(), open: [None, None, None], room }
    }

    /// An element begins. What was open on its level is over: entries stand side by side, closed or not.
    pub(super) fn begin(&mut self, local: &str, first: bool) {
        if let Some(level) = level(local, first) {
            self.open[level..].fill(None);
        }
    }

    /// An element ends.
    pub(super) fn end(&mut self, local: &str) {
        self.begin(local, false);
    }

    /// The `xml:base` of the element that begins, as it is written.
    pub(super) fn set(&mut self, local: &str, first: bool, value: &str) -> Base {
        let outer = self.open.iter().rev().flatten().next().unwrap_or(&self.document);
        let said = resolved(value);
        let joined = if said.contains(' ') { None } else { outer.join(&said).ok() };
        let on_the_web = |url: &Url| matches!(url.scheme(), "http" | "https") || url.scheme() == self.document.scheme();
        let Some(url) = joined.filter(|url| on_the_web(url) && url.as_str().len() <= LONGEST) else {
            return Base::Wrong;
        };
        let absolute = url.as_str().replace('&', "&amp;");
        let more = absolute.len().saturating_sub(value.len());
        if more > self.room {
            return Base::TooMany;
        }
        self.room -= more;
        if let Some(level) = level(local, first) {
            self.open[level] = Some(url);
        }
        Base::Is(absolute)
    }
}

/// An address as it was meant: `feed:` and its like stand for http, before an address or in its place, and lists of
/// podcasts have schemes of their own.
pub(super) fn on_the_web(written: &str) -> std::borrow::Cow<'_, str> {
    let written = written.trim();
    let Some((scheme, rest)) = written.split_once(':') else { return written.into() };
    let plain = match beginning(scheme, 8).to_ascii_lowercase().as_str() {
        "feed" | "rss" | "itpc" | "pcast" | "podcast" => "http",
        "feeds" | "itpcs" => "https",
        _ => return written.into(),
    };
    let rest = rest.trim_start_matches('/');
    let whole = ["http:", "https:"]
        .iter()
        .any(|scheme| rest.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme)));
    if whole { rest.into() } else { format!("{plain}://{rest}").into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_base_counts_from_the_one_outside_it() {
        let document = Url::parse("https://a.example/rss/feed.xml").expect("an address");
        let mut bases = Bases::of(&document, 1000);
        let is = |address: &str| Base::Is(address.to_owned());
        let mut opens = |name: &str, first: bool, value: &str| {
            bases.begin(name, first);
            if value == "-" { Base::Wrong } else { bases.set(name, first, value) }
        };
        assert_eq!(opens("rss", true, "/journal/"), is("https://a.example/journal/"));
        assert_eq!(opens("channel", false, "de/"), is("https://a.example/journal/de/"));
        assert_eq!(opens("item", false, "1/?x=1&amp;y=2"), is("https://a.example/journal/de/1/?x=1&amp;y=2"));
        assert_eq!(opens("link", false, "z"), is("https://a.example/journal/de/1/z"));
        assert_eq!(opens("item", false, "2/"), is("https://a.example/journal/de/2/"), "an entry that was not closed");
        assert_eq!(opens("item", false, "javascript:x()"), Base::Wrong);
        assert_eq!(opens("item", false, "urn:x"), Base::Wrong);
        assert_eq!(opens("item", false, "file:///etc/"), Base::Wrong);
        assert_eq!(opens("link", false, ""), is("https://a.example/journal/de/"));
        bases.end("channel");
        assert_eq!(bases.set("link", false, "z"), is("https://a.example/journal/z"), "RDF closes its channel");
    }

    #[test]
    fn schemes_of_readers_stand_for_the_web() {
        for (written, meant) in [
            ("feed://a.example/rss", "http://a.example/rss"),
            ("feed:https://a.example/rss", "https://a.example/rss"),
            ("FEED:HTTPS://a.example/rss", "HTTPS://a.example/rss"),
            ("feed:a.example/rss", "http://a.example/rss"),
            ("itpc://a.example/rss", "http://a.example/rss"),
            (" feeds://a.example/rss ", "https://a.example/rss"),
            ("https://a.example/feed:x", "https://a.example/feed:x"),
            ("/feed", "/feed"),
            ("javascript:x", "javascript:x"),
            ("ế:x", "ế:x"),
        ] {
            assert_eq!(on_the_web(written), meant);
        }
    }

    #[test]
    fn bases_without_end_are_left_out_and_the_feed_is_read() {
        for part in ["<x xml:base='a/'>", "<x xml:base='a/'/>", "<x xml:base='http://b.example/' y='2'/>"] {
            let text = format!("<feed xml:base='/in/'>{}<entry><id>1</id></entry></feed>", part.repeat(100_000));
            let base = url::Url::parse("https://a.example/feed").expect("an address");
            let out = super::super::repair::repair(&text, &base).expect("of its own size");
            assert!(out.xml.starts_with("<feed xml:base=\"https://a.example/in/\">"), "{}", &out.xml[..80]);
            assert!(
                out.xml.ends_with("<entry><id>1</id></entry></feed>") && out.xml.len() < 2 * text.len() + (1 << 20)
            );
        }
    }
}
