//! Reads JSON-LD: what a page's publisher says of its article for search engines.
//!
//! A value takes up to a hundred bytes of memory where the text has two: how many there are is counted before the
//! text is read.

use super::guard::cut;
use super::headline::LONGEST;
use super::people::listed;
use super::shape::squeeze;
use super::stated::{ADDRESS, Metadata, Said};
use samestory_model::markup::{parse_fragment, plain_text};
use serde_json::Value;
use url::Url;

/// Bytes of all JSON-LD of one page that are read, and values in them. The labelled pages have some kilobytes and some
/// hundred values.
const MOST_BYTES: usize = 4_000_000;
const MOST_VALUES: usize = 200_000;
/// Limits of markup inside a value.
const TOLD_BYTES: usize = 4 * LONGEST;
const TOLD_DEPTH: usize = 64;

/// Things with an id and a name that are noted, and authors that are named by id.
const MOST_NAMED: usize = 100;

fn text_of(value: Option<&Value>) -> Option<&str> {
    value.and_then(Value::as_str)
}

/// Reads the JSON-LD of one page, script by script.
#[derive(Debug, Default)]
pub(super) struct Reader {
    bytes: usize,
    values: usize,
}

impl Reader {
    /// Reads one script; what is beyond the limits says nothing.
    pub fn read(&mut self, text: &str, said: &mut Said, found: &mut Metadata) {
        self.bytes += text.len();
        self.values += text.bytes().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count();
        if self.bytes > MOST_BYTES || self.values > MOST_VALUES {
            return;
        }
        if let Some(value) = json(text) {
            walk(&value, said, found, 0);
        }
    }
}

/// JSON as pages write it: with raw line breaks in strings, comment marks and trailing signs.
fn json(text: &str) -> Option<Value> {
    let mut text = text.trim();
    loop {
        let before = text.len();
        for mark in ["<!--", "//", "/*", "*/", "<![CDATA["] {
            text = text.strip_prefix(mark).unwrap_or(text).trim_start();
        }
        for mark in ["-->", "]]>", "//", "/*", "*/", ";"] {
            text = text.strip_suffix(mark).unwrap_or(text).trim_end();
        }
        if text.len() == before {
            break;
        }
    }
    serde_json::from_str(text).ok().or_else(|| {
        let clean: String = text.chars().map(|sign| if sign.is_control() { ' ' } else { sign }).collect();
        serde_json::from_str(&clean).ok()
    })
}

fn walk(value: &Value, said: &mut Said, found: &mut Metadata, depth: usize) {
    if depth > 6 {
        return;
    }
    match value {
        Value::Array(values) => values.iter().take(50).for_each(|value| walk(value, said, found, depth + 1)),
        Value::Object(object) => {
            if let (Some(id), Some(name)) = (text_of(object.get("@id")), text_of(object.get("name")))
                && said.ld_named.len() < MOST_NAMED
            {
                said.ld_named.push((id.to_owned(), squeeze(cut(name, TOLD_BYTES))));
            }
            if is_article(object.get("@type")) {
                article(value, said, found);
            } else {
                if said.ld_page_published.is_none() && is_page(object.get("@type")) {
                    said.ld_page_published = text_of(object.get("datePublished")).map(str::to_owned);
                }
                for key in ["@graph", "mainEntity", "mainEntityOfPage"] {
                    if let Some(inside) = object.get(key) {
                        walk(inside, said, found, depth + 1);
                    }
                }
            }
        }
        _ => {}
    }
}

/// Whether a thing is the page itself or what it is about; a video or a comment is a part of it.
fn is_page(kind: Option<&Value>) -> bool {
    let known =
        |kind: &str| kind.ends_with("Page") || matches!(kind, "Recipe" | "HowTo" | "CreativeWork" | "PodcastEpisode");
    match kind {
        Some(Value::String(kind)) => known(kind),
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).any(known),
        _ => false,
    }
}

fn is_article(kind: Option<&Value>) -> bool {
    let known = |kind: &str| {
        kind.ends_with("Article") || kind.ends_with("Posting") || kind.contains("Report") || kind.ends_with("NewsItem")
    };
    match kind {
        Some(Value::String(kind)) => known(kind),
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).any(known),
        _ => false,
    }
}

fn article(value: &Value, said: &mut Said, found: &mut Metadata) {
    let text = |key: &str| value.get(key).and_then(Value::as_str).map(decode).filter(|text| !text.is_empty());
    let first = |slot: &mut Option<String>, keys: [&str; 2]| {
        if slot.is_none() {
            *slot = keys.into_iter().find_map(text);
        }
    };
    found.article = true;
    first(&mut said.ld_title, ["headline", "name"]);
    first(&mut said.ld_name, ["name"; 2]);
    first(&mut said.ld_published, ["datePublished", "dateCreated"]);
    first(&mut said.ld_modified, ["dateModified"; 2]);
    first(&mut said.ld_lang, ["inLanguage"; 2]);
    if said.ld_authors.is_empty() {
        said.ld_authors = names(value.get("author"));
        // A graph names people once and points at them by their ids.
        let authors = value.get("author").map_or(&[][..], |author| match author {
            Value::Array(all) => all,
            one => std::slice::from_ref(one),
        });
        let ids = authors.iter().take(MOST_NAMED).filter_map(|author| text_of(author.get("@id")));
        said.ld_author_ids = ids.map(str::to_owned).collect();
    }
    if said.ld_site.is_none() {
        said.ld_site = names(value.get("publisher")).into_iter().next();
    }
    if found.body.is_none() {
        found.body = value.get("articleBody").and_then(Value::as_str).map(str::to_owned);
    }
    if found.image.is_none() {
        let image = value.get("image");
        let address = image
            .and_then(|image| image.as_str().or_else(|| image.get("url")?.as_str()).or_else(|| image.get(0)?.as_str()));
        found.image = address.filter(|address| address.len() <= ADDRESS).and_then(|address| Url::parse(address).ok());
    }
}

/// Entities that JSON-LD carries over from HTML.
fn decode(text: &str) -> String {
    if !text.contains('&') && !text.contains('<') {
        return squeeze(text);
    }
    let text = cut(text, TOLD_BYTES);
    match parse_fragment(text, TOLD_DEPTH) {
        Ok(fragment) => squeeze(&fragment.root_element().text().collect::<String>()),
        Err(_) => squeeze(&plain_text(text)),
    }
}

fn names(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(name)) if !name.contains("://") => listed(&decode(name)),
        Some(Value::Array(values)) => values.iter().take(20).flat_map(|value| names(Some(value))).collect(),
        Some(Value::Object(object)) => match object.get("name") {
            Some(name @ (Value::String(_) | Value::Array(_))) => names(Some(name)),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}
