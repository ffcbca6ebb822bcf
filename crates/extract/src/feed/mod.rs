//! Bytes of a source to items: feeds, sitemaps, listing pages; and lists of sources (OPML). Pure.
//!
//! One bad entry never loses a feed: what does not parse as a whole is read item by item, and every
//! repair and every lost entry is reported. Ids are the publisher's or derived from link or text, never
//! random, so two parses of the same bytes agree.

mod adapt;
mod dates;
mod discover;
mod entry;
mod error;
mod ids;
mod json;
mod json_mend;
mod limits;
mod listing;
mod mend;
pub mod opml;
mod parts;
mod repair;
mod scan;
mod sitemap;
mod tags;
mod vocabulary;

pub use error::ParseError;
pub use json_mend::mended as mended_json;
pub use samestory_model::dates::feed::read as read_date;

use ids::{item_id, with_distinct_ids};
use limits::MOST;
use samestory_model::markup::{Members, decode};
use samestory_model::{
    Failure, Fault, FeedFormat, ParsedFeed, Repair, Source, SourceKind, canonical_url, place_in_page,
};
use url::Url;

/// Reads what a source sent. `address` is where it came from after redirects.
pub fn source(
    bytes: &[u8],
    content_type: Option<&str>,
    address: &Url,
    source: &Source,
) -> Result<ParsedFeed, ParseError> {
    match source.kind {
        SourceKind::Listing => listing::read(bytes, content_type, address, source),
        SourceKind::Feed | SourceKind::Sitemap | SourceKind::Folder => feed(bytes, content_type, address),
    }
}

/// Reads a feed or sitemap of any format; a page gives [`FeedFormat::Html`] and the feeds it links to.
pub fn feed(bytes: &[u8], content_type: Option<&str>, address: &Url) -> Result<ParsedFeed, ParseError> {
    let subject = || address.to_string();
    let (text, repairs, cut) = decoded(bytes, content_type, address);
    let start = text.trim_start();
    if start.is_empty() && repairs.is_empty() {
        return Err(ParseError::Empty { subject: subject() });
    }
    let mut parsed = if is_json(start) {
        json::read(start, address)
            .ok_or_else(|| ParseError::NotAFeed { subject: subject(), found: "JSON that is no JSON Feed".into() })?
    } else {
        let found = seen(start);
        match xml(text, address) {
            Ok(parsed) => parsed.ok_or_else(|| ParseError::NotAFeed { subject: subject(), found })?,
            Err(limit) => return Err(ParseError::Swells { subject: subject(), limit }),
        }
    };
    parsed.repairs.splice(0..0, repairs);
    if cut {
        parsed.failures.push(limits::cut_off(address.as_str()));
    }
    Ok(parsed)
}

/// Whether a text is JSON, as far as its beginning tells.
fn is_json(start: &str) -> bool {
    start.starts_with(['{', '[']) && !start.contains("<rss") && !start.contains("<feed")
}

/// The text of a source, what was mended in reading it, and whether it is only the beginning.
fn decoded(bytes: &[u8], content_type: Option<&str>, address: &Url) -> (String, Vec<Repair>, bool) {
    let unpacked = unzipped(bytes);
    let bytes = unpacked.as_deref().unwrap_or(bytes);
    let cut = bytes.len() > MOST;
    let bytes = &bytes[..bytes.len().min(MOST)];
    let tld = address.host_str().and_then(|host| host.rsplit('.').next());
    // JSON is UTF-8, and says so nowhere.
    let json = bytes.trim_ascii_start().starts_with(b"{") && content_type.is_none_or(|said| !said.contains("charset"));
    let content_type = if json { Some("application/json; charset=utf-8") } else { content_type };
    let decoded = decode(bytes, content_type, tld);
    (decoded.text, decoded.repairs, cut)
}

/// Feeds that are served as a gzip file; one byte more than is read of it, where it holds more.
fn unzipped(bytes: &[u8]) -> Option<Vec<u8>> {
    use std::io::Read;
    let mut out = Vec::new();
    // A truncated archive still gives what was complete.
    bytes.starts_with(&[0x1F, 0x8B]).then(|| Members::new(bytes).take(MOST as u64 + 1).read_to_end(&mut out).ok());
    (!out.is_empty()).then_some(out)
}

/// What a text that is no source looks like.
fn seen(start: &str) -> String {
    let head: String = start.chars().take(60).collect();
    if head.is_empty() {
        "nothing readable".into()
    } else {
        format!("it starts with `{}`", head.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}

/// Roots of what can be read, as far as their beginnings tell.
const ROOTS: [&str; 8] = ["rss", "feed", "rdf:rdf", "rdf", "urlset", "sitemapindex", "channel", "opml"];
/// Elements that only pages have.
const PAGES: [&str; 4] = ["!doctype html", "html", "head", "body"];
/// Bytes of the beginning that are looked at.
const LOOKED_AT: usize = 4096;

/// Whether a page begins before any feed does.
fn is_page(text: &str) -> bool {
    for start in text.match_indices('<').map(|found| found.0).take_while(|start| *start < LOOKED_AT) {
        let rest = &text.as_bytes()[start + 1..];
        let begins = |name: &&str| rest.len() >= name.len() && rest[..name.len()].eq_ignore_ascii_case(name.as_bytes());
        let name = rest.iter().position(|byte| !byte.is_ascii_alphanumeric() && !b":-_".contains(byte)).unwrap_or(0);
        let prefixed = || {
            ["feed", "rdf"].iter().any(|root| {
                name > root.len()
                    && rest[..name][name - root.len()..].eq_ignore_ascii_case(root.as_bytes())
                    && rest[name - root.len() - 1] == b':'
            })
        };
        if ROOTS.iter().any(&begins) || prefixed() {
            return false;
        }
        if PAGES.iter().any(begins) {
            return true;
        }
    }
    false
}

/// Reads XML, or a page in its place; fails with a limit where its entities stand for more than that. The text goes as
/// soon as it is mended, because a large one would lie beside what is made of it.
fn xml(text: String, address: &Url) -> Result<Option<ParsedFeed>, usize> {
    if is_page(&text) {
        return Ok(Some(discover::read(&text, address)));
    }
    let repaired = repair::repair(&text, address)?;
    Ok(match repaired.root.to_ascii_lowercase().as_str() {
        "urlset" | "sitemapindex" => {
            drop(text);
            Some(sitemap::read(&repaired, address))
        }
        "" => None,
        "rss" | "feed" | "rdf" | "channel" => {
            drop(text);
            parts::read(&repaired, address)
        }
        _ => parts::read(&repaired, address).or_else(|| text.contains("<a ").then(|| discover::read(&text, address))),
    })
}

/// An item's address as it is shown: a fragment that names a place in the page stays, one that only says
/// where the reader came from (`#xtor=…`) goes.
fn shown(url: Url) -> Url {
    let mut clean = canonical_url(&url);
    clean.set_fragment(place_in_page(&url));
    clean
}

/// A page where a feed should be, as a failure that names the feeds it links to.
pub fn page_for_a_feed(subject: &str, parsed: &ParsedFeed) -> Failure {
    let found: Vec<String> = parsed.discovered.iter().map(ToString::to_string).collect();
    let hint = if found.is_empty() {
        "check the address: the page names no feed".to_owned()
    } else {
        let commands: Vec<String> = found.iter().map(|feed| format!("samestory sources add {feed}")).collect();
        format!("it links to feeds: {}", commands.join(", or "))
    };
    Failure::new(subject, Fault::Publisher, "this page is no feed", hint)
}

/// What a format is called in output.
pub fn format_name(format: FeedFormat) -> &'static str {
    match format {
        FeedFormat::Rss2 => "rss2",
        FeedFormat::Rss1 => "rss1",
        FeedFormat::Rss0 => "rss0",
        FeedFormat::Atom => "atom",
        FeedFormat::Json => "json",
        FeedFormat::Sitemap => "sitemap",
        FeedFormat::Page => "page",
        FeedFormat::Html => "html",
    }
}
