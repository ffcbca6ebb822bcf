//! Bytes of a source to items: feeds, sitemaps, listing pages; and lists of sources (OPML). Pure.
//!
//! One bad entry never loses a feed: what does not parse as a whole is read item by item, and every
//! repair and every lost entry is reported. Ids are the publisher's or derived from link or text, never
//! random, so two parses of the same bytes agree.

mod adapt;
mod bases;
mod cdata;
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
mod opml_write;
mod parts;
mod prefixes;
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

/// An address on the web as people and lists write it, `feed:` and its like in place of http; `None` for any other.
pub fn web_address(written: &str) -> Option<Url> {
    Url::parse(&bases::on_the_web(written)).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
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

/// Roots of what can be read, without prefixes.
const ROOTS: [&str; 7] = ["rss", "feed", "rdf", "urlset", "sitemapindex", "channel", "opml"];
/// Elements that only pages have.
const PAGES: [&str; 3] = ["html", "head", "body"];
/// Bytes of the beginning that are looked at, comments and instructions left out.
const LOOKED_AT: usize = 4096;

/// Whether a page begins before any feed does. What stands in comments, instructions and CDATA is neither.
fn is_page(text: &str) -> bool {
    let (mut rest, mut left) = (text, LOOKED_AT);
    // What once did not end does not end further on either, and is read as what it is not.
    let mut ends = [true; 3];
    // Only the first document type declares anything.
    let (mut said_html, mut may_declare) = (false, true);
    while let Some(start) = rest.find('<').filter(|start| *start < left) {
        left -= start;
        rest = &rest[start..];
        let hidden = [("<!--", "-->"), ("<?", "?>"), ("<![CDATA[", "]]>")];
        if let Some(place) = hidden.iter().position(|(begin, _)| rest.starts_with(begin)).filter(|place| ends[*place]) {
            let (begin, end) = hidden[place];
            match rest[begin.len()..].find(end) {
                Some(at) => rest = &rest[begin.len() + at + end.len()..],
                None => ends[place] = false,
            }
            continue;
        }
        let inside = &rest[1..];
        let length = inside.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b":-_.".contains(byte)).count();
        let name = inside[..length].rsplit(':').next().unwrap_or("");
        let is = |known: &&str| name.eq_ignore_ascii_case(known);
        if ROOTS.iter().any(is) {
            return false;
        }
        let doctype = inside.get(..8).is_some_and(|head| head.eq_ignore_ascii_case("!doctype"));
        let of_html = || inside[8..].trim_start().get(..4).is_some_and(|head| head.eq_ignore_ascii_case("html"));
        if PAGES.iter().any(is) {
            return true;
        }
        if doctype && of_html() {
            // Some write it before a feed as well; what follows it says what is there.
            said_html = true;
        } else if said_html && length > 0 {
            return true;
        }
        // What a document type declares is none of the document's elements.
        let mut past = 1;
        if doctype && std::mem::take(&mut may_declare) {
            let end = rest.find('>').unwrap_or(rest.len());
            past = rest[..end].find('[').and_then(|from| Some(from + rest[from..].find(']')?)).unwrap_or(1);
        }
        (rest, left) = (&rest[past..], if past == 1 { left.saturating_sub(1) } else { left });
    }
    said_html
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_before_a_root_in_comments_or_instructions_makes_no_page() {
        for before in [
            "",
            "<!-- made by the <html> writer -->",
            "<?xml version='1.0'?><!-- <!DOCTYPE html> --><!-- <header><body> -->",
            "<?xml-stylesheet href='<html>'?>",
            "<?php echo '<html>' ?>\n",
            "<!DOCTYPE rss [<!ENTITY nbsp '&#160;'><!ENTITY page '<html><body>'>]>",
            "<br><b>Warning</b>: in <b>/var/www/html</b> on line <b>3</b>",
            "<html2feed/><header/>",
        ] {
            for root in ["<rss version='2.0'>", "<a:feed xmlns:a='x'>", "<rdf:RDF>", "<s:urlset>", "<RSS>"] {
                assert!(!is_page(&format!("{before}{root}<channel/><html>")), "{before}{root}");
            }
            let long = format!("{before}<!-- {} -->", "<html> notice ".repeat(1000));
            assert!(!is_page(&format!("{long}<rss>")), "{before}");
            assert!(is_page(&format!("{before}<html><body><rss>")), "{before}");
            assert!(is_page(&format!("{before}<!doctype HTML PUBLIC 'x'><p>")), "{before}");
        }
        assert!(!is_page("<!DOCTYPE html>\n<!-- x --><rss version='2.0'>") && is_page("<!DOCTYPE html>text"));
        assert!(is_page("<rssfeed></rssfeed><html>") && !is_page("") && !is_page("<p>text</p>"));
        let start = std::time::Instant::now();
        for hostile in ["<!--", "<?", "<![CDATA[", "<", "<!DOCTYPE x ["] {
            assert!(!is_page(&hostile.repeat(500_000)));
        }
        assert!(start.elapsed().as_secs() < 2);
    }
}
