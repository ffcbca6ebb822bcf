//! Mends the text between tags and inside attributes: entities, stray signs, base64.
//!
//! Part of `repair`, which finds the tags. What is escaped or looked up is limited, so that no text grows beyond
//! measure and none takes long.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use samestory_model::markup::entity;
use std::collections::{BTreeSet, HashMap};

/// Signs that are escaped at most; a feed with more is no text.
const MOST_ESCAPED: usize = 100_000;
/// Why an ampersand was escaped.
const BARE: &str = "an ampersand that starts no entity was escaped";
/// Different entity names that one document may use; HTML has 2,231, a feed a few dozen.
const MOST_NAMES: usize = 300;
/// Letters of an entity's name; HTML's longest has 31.
const LONGEST_NAME: usize = 64;
/// Letters of a text in base64 that is decoded.
const MOST_CODED: usize = 8 << 20;

/// What was mended, each repair once.
#[derive(Default)]
pub(super) struct Notes {
    pub(super) reported: BTreeSet<(&'static str, &'static str)>,
    /// Signs that were escaped.
    pub(super) escaped: usize,
    /// Bytes that the mended text may have.
    pub(super) most: usize,
    /// Whether it would have more.
    pub(super) swollen: bool,
}

impl Notes {
    /// Whether a text of so many bytes is more than there may be; then it stays so.
    pub(super) fn is_full(&mut self, bytes: usize) -> bool {
        self.swollen |= bytes > self.most;
        self.swollen
    }

    pub(super) fn add(&mut self, name: &'static str, why: &'static str) {
        self.reported.insert((name, why));
    }

    /// Escapes a sign that starts nothing; of very many only the first, so that no text grows beyond measure.
    pub(super) fn escape(&mut self, sign: &str, name: &'static str, why: &'static str, out: &mut String) {
        self.add(name, why);
        self.escaped += 1;
        if self.escaped <= MOST_ESCAPED {
            out.push_str(sign);
        }
    }
}

/// What entities stand for: the document's own, and HTML's as far as they were asked for.
#[derive(Default)]
pub(super) struct Entities(HashMap<String, Option<String>>);

impl Entities {
    fn named(&mut self, name: &str) -> Option<&str> {
        if !self.0.contains_key(name) {
            if self.0.len() >= MOST_NAMES || name.len() > LONGEST_NAME {
                return None;
            }
            self.0.insert(name.to_owned(), entity(name));
        }
        self.0.get(name).and_then(Option::as_deref)
    }
}

/// What a number stands for: 128 to 159 are those of Windows, as browsers have it.
fn numbered(code: u32) -> Option<char> {
    if (0x80..0xA0).contains(&code) {
        return encoding_rs::WINDOWS_1252.decode(&[code as u8]).0.chars().next();
    }
    char::from_u32(code)
}

/// Entities and bare ampersands of a piece of text or of an attribute's value; ends where the text grows too large.
pub(super) fn resolve(text: &str, own: &mut Entities, notes: &mut Notes, out: &mut String) {
    let mut rest = text;
    while let Some(place) = rest.find('&') {
        out.push_str(&rest[..place]);
        rest = &rest[place + 1..];
        let end = rest.find(|sign: char| !(sign.is_ascii_alphanumeric() || sign == '#')).unwrap_or(rest.len());
        let (name, closed) = (&rest[..end], rest[end..].starts_with(';'));
        let number = name
            .strip_prefix("#x")
            .or(name.strip_prefix("#X"))
            .map(|hex| u32::from_str_radix(hex, 16))
            .or_else(|| name.strip_prefix('#').map(str::parse));
        if matches!(name, "amp" | "lt" | "gt" | "quot" | "apos") && closed {
            out.push('&');
            continue;
        }
        let after = &rest[(end + usize::from(closed)).min(rest.len())..];
        match number {
            Some(Ok(code)) => {
                match numbered(code).filter(|sign| *sign >= ' ' || matches!(sign, '\n' | '\t' | '\r')) {
                    Some('<') => out.push_str("&lt;"),
                    Some('&') => out.push_str("&amp;"),
                    Some('"') => out.push_str("&quot;"),
                    Some(sign) => out.push(sign),
                    None => notes.add("bad-character", "a character reference names no character; it was dropped"),
                }
                rest = after;
            }
            None if closed && !name.is_empty() => match own.named(name) {
                Some(value) => {
                    notes.add("named-entity", "an HTML entity that XML does not know was resolved");
                    out.push_str(value);
                    rest = after;
                    if notes.is_full(out.len()) {
                        return;
                    }
                }
                None => {
                    notes.escape("&amp;", "bare-ampersand", BARE, out);
                }
            },
            _ => {
                notes.escape("&amp;", "bare-ampersand", BARE, out);
            }
        }
    }
    out.push_str(rest);
}

/// Whether a text's media type says that it comes in base64, as Atom has it: neither text nor XML.
pub(super) fn is_binary(kind: &str) -> bool {
    let kind = kind.trim().to_ascii_lowercase();
    kind.contains('/') && !kind.starts_with("text/") && !kind.contains("xml") && !kind.contains("html")
}

/// Decodes base64, of either alphabet and blanks passed over; `None` where the text is something else or empty.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    if text.len() > MOST_CODED {
        return None;
    }
    let text: String = text.split_ascii_whitespace().collect();
    STANDARD.decode(&text).or_else(|_| URL_SAFE.decode(&text)).ok().filter(|bytes| !bytes.is_empty())
}

/// Entities that the document type declares, one level deep: an entity of entities stays unresolved.
pub(super) fn declared(doctype: &str) -> Entities {
    let found = doctype.split("<!ENTITY").skip(1).take(MOST_NAMES / 2).filter_map(|entity| {
        let (name, rest) = entity.trim_start().split_once(char::is_whitespace)?;
        let rest = rest.trim_start();
        let quote = rest.chars().next().filter(|sign| matches!(sign, '"' | '\''))?;
        let value = rest[1..].split(quote).next()?;
        (!value.contains('&') && value.len() < 256).then(|| (name.to_owned(), Some(value.replace('<', "&lt;"))))
    });
    Entities(found.collect())
}
