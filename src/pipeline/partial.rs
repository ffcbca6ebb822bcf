//! What did not come of an answer: what a size limit cut off, and what was missing when it broke off. Pure.
//!
//! Neither loses what had come, and neither is kept quiet. What a limit cut off is noted with the source as a repair,
//! for as long as it lasts, so that `sources list` and `doctor` show it; an answer that broke off is asked for whole
//! again. The surprising fact: most answers that break off hold a whole document, because only the mark of their end
//! is missing (the last chunk, the end of a gzip stream, a connection that is closed without a word).

use crate::fetch::{FetchError, Fetched, Want};
use samestory_model::markup::decode;
use samestory_model::{Discreet, Failure, Fault, ParsedFeed, Repair};
use url::Url;

/// How the note begins that a limit cut something off.
const CUT: &str = "cut-at-limit";

/// The note that this limit cut something off.
fn cut_at(limit: usize) -> String {
    format!("{CUT} ({limit} bytes)")
}

/// The setting that limits what is wanted.
fn setting(want: Want) -> &'static str {
    if want == Want::Page { "fetch.max_page_bytes" } else { "fetch.max_feed_bytes" }
}

/// Whether the last body was cut at another limit than this one.
pub(super) fn is_cut_elsewhere(repairs: &[String], limit: usize) -> bool {
    let now = cut_at(limit);
    repairs.iter().any(|repair| repair.starts_with(CUT) && *repair != now)
}

/// Whether a source's last body was cut at a limit, by the names of its repairs.
pub fn is_cut(repairs: &[String]) -> bool {
    repairs.iter().any(|repair| repair.starts_with(CUT))
}

fn what_was_cut(want: Want, limit: usize) -> String {
    format!("it is larger than {} ({limit} bytes), and the rest was cut off", setting(want))
}

/// Says in what was read that a limit cut off the rest.
pub(super) fn tell_cut(parsed: &mut Result<ParsedFeed, Failure>, want: Want, limit: usize, url: &Url) {
    let (what, hint) = (what_was_cut(want, limit), format!("raise {} to read it whole", setting(want)));
    match parsed {
        Ok(parsed) => {
            parsed.repairs.push(Repair { name: cut_at(limit), why: what.clone() });
            let subject: String = Discreet::followed(url).into();
            parsed.failures.push(Failure::new(subject, Fault::Publisher, what, hint));
        }
        Err(failure) => {
            failure.message = format!("{}; {what}", failure.message);
            failure.hint = hint;
        }
    }
}

/// That a page was cut at the limit.
pub fn page_cut(url: &Url, limit: usize) -> Failure {
    let hint = format!("raise {} to read it whole", setting(Want::Page));
    Failure::new(Discreet::page(url), Fault::Publisher, what_was_cut(Want::Page, limit), hint)
}

/// An answer, or where it broke off and its document is whole all the same, that document.
pub fn whole_of(answer: Result<Fetched, FetchError>) -> Result<Fetched, FetchError> {
    answer.or_else(|mut error| match error.take_part() {
        Some(part) if is_whole(&part.body, part.content_type.as_deref()) => Ok(Fetched::Fresh(part)),
        _ => Err(error),
    })
}

/// That an answer broke off, whose whole items are taken.
pub(super) fn broke_off(error: &FetchError) -> Failure {
    let failure = error.failure();
    let message = format!("{}; the items that had come are taken", failure.message);
    Failure { message, hint: "it is asked for whole the next time".to_owned(), ..failure }
}

/// Whether a body is a whole document: it ends with the end of its root, or is JSON that reads.
pub(super) fn is_whole(body: &[u8], content_type: Option<&str>) -> bool {
    let text = decode(body, content_type, None).text;
    let text = text.trim_matches(|sign: char| sign.is_whitespace() || sign == '\0' || sign == '\u{feff}');
    if text.starts_with(['{', '[']) {
        return serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    }
    let mut end = text;
    // Caches sign their work behind the root.
    while let Some(at) = end.strip_suffix("-->").and_then(|rest| rest.rfind("<!--")) {
        end = end[..at].trim_end();
    }
    let last = end.strip_suffix('>').and_then(|end| end.rsplit_once("</")).map(|(_, name)| name.trim());
    let root = root_of(text);
    root.zip(last).is_some_and(|(root, last)| root.eq_ignore_ascii_case(last))
}

/// What items are called, in feeds and sitemaps.
const ITEMS: [&[u8]; 4] = [b"item", b"entry", b"url", b"sitemap"];

/// Takes off the end of a body that is not whole the item of which only a part has come: half a text would be stored as
/// the article.
pub(super) fn without_half_item(body: &mut Vec<u8>) {
    let item = |name: &&[u8]| {
        let end = name.iter().position(|byte| !byte.is_ascii_alphanumeric() && !b":-_.".contains(byte));
        let name = &name[..end.unwrap_or(name.len())];
        let local = name.rsplit(|byte| *byte == b':').next().unwrap_or(name);
        ITEMS.iter().any(|item| local.eq_ignore_ascii_case(item))
    };
    let closes = |at: &usize| body[*at..].strip_prefix(b"</").is_some_and(|name| item(&name));
    let last = (0..body.len()).rev().filter(|at| body[*at] == b'<').find(closes);
    let whole = last.unwrap_or(0);
    let opens = |at: &usize| body[*at] == b'<' && item(&&body[at + 1..]);
    if let Some(half) = (whole..body.len()).find(opens) {
        body.truncate(half);
    }
}

/// The name of a document's first element.
fn root_of(mut text: &str) -> Option<&str> {
    loop {
        let tag = &text[text.find('<')? + 1..];
        let skipped = if let Some(comment) = tag.strip_prefix("!--") {
            comment.split_once("-->")?.1
        } else if tag.starts_with('?') {
            tag.split_once("?>")?.1
        } else if tag.starts_with('!') {
            // A document type may hold declarations of its own.
            let inside = tag.find('[').filter(|at| tag.find('>').is_none_or(|end| *at < end));
            if inside.is_some() {
                tag.split_once("]>").or_else(|| tag.split_once('>'))?.1
            } else {
                tag.split_once('>')?.1
            }
        } else {
            let end = tag.find(|sign: char| sign.is_whitespace() || sign == '>' || sign == '/')?;
            return Some(&tag[..end]).filter(|name| !name.is_empty());
        };
        text = skipped;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_whole_where_its_root_ends() {
        for whole in [
            "<rss version='2.0'><channel/></rss>",
            "\u{feff}<?xml version='1.0'?>\n<!-- <html> -->\n<rss><channel></channel>\n</rss >\n\0\0",
            "<!DOCTYPE rss [<!ENTITY x '<y>'>]>\n<rss></rss><!-- cached --> <!-- by <rss> -->\n",
            "<rdf:RDF xmlns='x'></rdf:RDF>",
            "<!doctype html><HTML><body></body></html>",
            " {\"items\": []}\n",
        ] {
            assert!(is_whole(whole.as_bytes(), None), "{whole}");
        }
        assert!(is_whole(
            &"<rss></rss>".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>(),
            Some("text/xml; charset=utf-16le")
        ));
        for part in [
            "",
            "<rss",
            "<rss>",
            "<rss version='2.0'><channel><item></item>",
            "<rss><channel></channel></rss",
            "<rss><channel></channel>",
            "<feed><entry><content><rss></rss></content></entry>",
            "<rss></rss> more",
            "<!-- <rss></rss> -->",
            "<!-- <rss></rss>",
            "{\"items\": [{\"id\": \"1\"}",
            "no document",
        ] {
            assert!(!is_whole(part.as_bytes(), None), "{part}");
        }
    }

    #[test]
    fn half_an_item_is_taken_off_and_nothing_else() {
        for (part, rest) in [
            ("<rss><item>a</item><item>b", "<rss><item>a</item>"),
            ("<rss><item>a</item>\n<ITEM rdf:about='x'", "<rss><item>a</item>\n"),
            ("<rss><item>a</item><item>b</ite", "<rss><item>a</item>"),
            ("<rss><item>a</item", "<rss><item>a</item"),
            ("<rss><item>a</item></channel", "<rss><item>a</item></channel"),
            ("<a:feed><a:entry>a</a:entry><a:entry>b<b>c</b>", "<a:feed><a:entry>a</a:entry>"),
            ("<rss><channel><title>P</title><item>a", "<rss><channel><title>P</title>"),
            ("<urlset><url><loc>a</loc></url><url><loc>b</loc>", "<urlset><url><loc>a</loc></url>"),
            ("<rss><channel><itemizer>x", "<rss><channel><itemizer>x"),
            ("{\"items\": [1", "{\"items\": [1"),
            ("", ""),
        ] {
            let mut body = part.as_bytes().to_vec();
            without_half_item(&mut body);
            assert_eq!(String::from_utf8_lossy(&body), rest, "{part}");
        }
    }

    #[test]
    fn what_another_limit_cut_is_told_from_what_this_one_cuts() {
        let url = "https://user:s3cr3t@paper.example/f?key=s3cr3t".parse().expect("an address");
        let mut parsed = Ok(ParsedFeed::empty(samestory_model::FeedFormat::Rss2));
        tell_cut(&mut parsed, Want::Feed, 20_000, &url);
        let parsed = parsed.expect("a feed");
        let names: Vec<String> = parsed.repairs.iter().map(|repair| repair.name.clone()).collect();
        assert!(is_cut(&names) && is_cut_elsewhere(&names, 30_000) && !is_cut_elsewhere(&names, 20_000));
        assert!(!is_cut(&[]) && !is_cut_elsewhere(&[], 1));
        let told = parsed.failures[0].to_string();
        assert!(told.contains("fetch.max_feed_bytes (20000 bytes)") && !told.contains("s3cr3t"), "{told}");
    }
}
