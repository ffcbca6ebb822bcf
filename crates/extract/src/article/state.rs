//! Finds an article's body in the JSON state that a page carries for its scripts.
//!
//! No publisher's keys are known here. A body is a list whose members each hold one text under the same key, most of
//! them prose: `[{"type": "text", "content": "…"}, …]`, with the texts of a paragraph's parts run together
//! (`children`, `content`). A list of other stories is none: its members have a headline or an address beside their
//! text, comments have a time, and whole stories have several paragraphs each. What stands beside the page's title
//! counts before all else.

use super::shape;
use samestory_model::dates::prose;
use samestory_model::markup::plain_text;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::HashMap;

/// Levels of a state that are searched, and of a block below its list.
const DEEP: usize = 40;
const BLOCK: usize = 6;
/// Prose from which a list is a body, in weight and paragraphs.
const LEAST: u32 = 300;
const LEAST_PARAGRAPHS: usize = 2;
/// Bytes from which a string may be JSON or a body.
const STRING: usize = 300;

/// A body that was found.
#[derive(Debug)]
pub(super) struct Body {
    /// Whether it stands beside the page's title.
    titled: bool,
    /// Weight of its prose.
    weight: u32,
    /// As HTML.
    pub html: String,
}

impl Body {
    /// What is greater is the article.
    pub fn rank(&self) -> (bool, u32) {
        (self.titled, self.weight)
    }
}

/// The best body of a state; strings that may be JSON go to `inner`.
pub(super) fn body<'a>(value: &'a Value, titles: &[String], inner: &mut Vec<&'a str>) -> Option<Body> {
    let mut best: Option<Body> = None;
    let mut open = vec![(value, 0, false)];
    while let Some((value, depth, titled)) = open.pop() {
        let mut offer = |found: Option<Body>| {
            if let Some(found) = found
                && best.as_ref().is_none_or(|best| found.rank() > best.rank())
            {
                best = Some(found);
            }
        };
        match value {
            Value::String(text) if text.len() >= STRING => {
                if text.trim_start().starts_with(['{', '[']) {
                    inner.push(text);
                }
                offer(self::text(text, titled));
            }
            Value::Array(members) => {
                offer(list(members, titled));
                if depth < DEEP {
                    open.extend(members.iter().map(|member| (member, depth + 1, titled)));
                }
            }
            Value::Object(object) if depth < DEEP => {
                let titled = titled || is_titled(object, titles);
                open.extend(object.values().map(|member| (member, depth + 1, titled)));
            }
            _ => {}
        }
    }
    best
}

/// A string that is a body: HTML with paragraphs.
pub(super) fn text(html: &str, titled: bool) -> Option<Body> {
    let paragraphs = html.matches("<p>").count() + html.matches("<p ").count();
    (paragraphs >= 2).then(|| Body { titled, weight: shape::weight(&bare(html)), html: html.to_owned() })
}

/// Whether an object names the page's title, itself or in an object of headlines below it.
fn is_titled(object: &Map<String, Value>, titles: &[String]) -> bool {
    let is = |value: &Value| {
        value.as_str().is_some_and(|text| text.len() < 1_000 && titles.contains(&shape::skeleton(&bare(text))))
    };
    object.values().any(|value| {
        let plain = |inside: &Map<String, Value>| !inside.values().any(|value| value.is_array() || value.is_object());
        is(value) || value.as_object().is_some_and(|inside| plain(inside) && inside.values().any(is))
    })
}

/// A list that is a body.
fn list(members: &[Value], titled: bool) -> Option<Body> {
    if members.len() < LEAST_PARAGRAPHS {
        return None;
    }
    let key = text_key(members)?;
    let mut html = String::new();
    let (mut weight, mut paragraphs, mut others, mut stories) = (0, 0, 0, 0);
    for member in members {
        let mut pieces = Vec::new();
        gather(member, key, BLOCK, &mut pieces);
        let lines = lines(&pieces);
        let plain: Vec<Cow<'_, str>> = lines.iter().map(|line| bare(line)).collect();
        let prose: Vec<&str> = plain.iter().map(AsRef::as_ref).filter(|line| shape::is_prose(line)).collect();
        if !prose.is_empty() {
            if member.as_object().is_some_and(|object| is_other(object, key)) {
                others += 1;
                continue;
            }
            paragraphs += 1;
            weight += prose.iter().map(|line| shape::weight(line)).sum::<u32>();
            stories += usize::from(prose.len() > 2);
        }
        for (line, plain) in lines.iter().zip(&plain) {
            let heading = !shape::is_prose(plain) && lines.len() == 1 && shape::weight(plain) <= 120;
            let (open, close) = if heading { ("<h2>", "</h2>") } else { ("<p>", "</p>") };
            html.extend([open, line, close]);
        }
    }
    let is_body = weight >= LEAST && paragraphs >= LEAST_PARAGRAPHS && others < paragraphs && 3 * stories < paragraphs;
    is_body.then_some(Body { titled, weight, html })
}

/// The key under which the members of a list have most text; empty for a list of strings.
fn text_key(members: &[Value]) -> Option<&str> {
    let mut weights: HashMap<&str, usize> = HashMap::new();
    let mut open: Vec<(&str, &Value, usize)> = members.iter().map(|member| ("", member, BLOCK)).collect();
    while let Some((key, value, left)) = open.pop() {
        match value {
            Value::String(text) if is_text(text) => *weights.entry(key).or_default() += text.len(),
            Value::Array(inside) if left > 0 => open.extend(inside.iter().map(|value| ("", value, left - 1))),
            Value::Object(inside) if left > 0 => {
                open.extend(inside.iter().map(|(key, value)| (key.as_str(), value, left - 1)));
            }
            _ => {}
        }
    }
    weights.into_iter().max_by_key(|(key, weight)| (*weight, std::cmp::Reverse(*key))).map(|(key, _)| key)
}

/// Whether a string is words: no address, no name that a programme gives.
fn is_text(text: &str) -> bool {
    let words = text.contains(char::is_whitespace) || text.chars().any(|sign| shape::sign_weight(sign) > 1);
    words && !is_address(text)
}

fn is_address(text: &str) -> bool {
    (text.starts_with("http") && text.contains("://") || text.starts_with('/')) && !text.contains(char::is_whitespace)
}

/// The texts under a key, in the order of the lists that they stand in.
fn gather<'a>(value: &'a Value, key: &str, left: usize, out: &mut Vec<&'a str>) {
    match value {
        Value::String(text) if key.is_empty() => out.push(text),
        Value::Array(inside) if left > 0 => inside.iter().for_each(|value| gather(value, key, left - 1, out)),
        Value::Object(inside) if left > 0 => match inside.get(key) {
            Some(Value::String(text)) => out.push(text),
            _ => inside.values().filter(|value| !value.is_string()).for_each(|value| gather(value, key, left - 1, out)),
        },
        _ => {}
    }
}

/// The lines of one member: its pieces run together, unless several are sentences of their own.
fn lines(pieces: &[&str]) -> Vec<String> {
    let own = |piece: &&&str| {
        let bare = piece.trim();
        bare.len() == piece.len() && shape::is_prose(bare) && shape::ends_as_sentence(bare)
    };
    if pieces.len() < 2 || pieces.iter().filter(own).count() < 2 {
        let whole = pieces.concat();
        return if whole.trim().is_empty() { Vec::new() } else { vec![whole] };
    }
    pieces.iter().map(|piece| (*piece).to_owned()).filter(|piece| !piece.trim().is_empty()).collect()
}

/// Whether a member is another story or a comment: beside its text it has a headline, an address or a time.
fn is_other(object: &Map<String, Value>, key: &str) -> bool {
    let own = object.get(key).and_then(Value::as_str).unwrap_or_default();
    object.iter().any(|(name, value)| {
        let Some(text) = value.as_str().filter(|_| name != key) else { return false };
        let second = is_text(text) && shape::weight(text) >= 12 && !own.contains(text) && !text.contains(own);
        second || is_address(text) || prose::read(text, false).is_some()
    })
}

/// A text without its tags.
fn bare(html: &str) -> Cow<'_, str> {
    if html.contains(['<', '&']) { plain_text(html).into() } else { html.into() }
}
