//! Finds the article that a page carries in one of its scripts, for a script to show.
//!
//! Pages that are built in the reader's browser often bring their text along: as HTML in a JSON string, at times
//! inside another one, or as a list of blocks in a state (`script`). Only asked where the page itself shows next to
//! nothing, and only paragraphs count, so that no programme is taken for a text.
//!
//! A state is JSON, alone in its script or assigned to a name; [`super::state`] finds the body in it.

use super::shape;
use super::state::{self, Body};
use super::tree::Tree;
use serde_json::{Deserializer, Value};

/// Bytes of one script that are searched, and of all.
const MOST_BYTES: usize = 4_000_000;
/// Values of all states of one page. A value takes up to a hundred bytes of memory.
const MOST_VALUES: usize = 300_000;
/// Bytes from which a string can be an article.
const LEAST_BYTES: usize = 300;
/// Strings inside strings that are opened.
const LEVELS: u8 = 2;

/// The article in the page's scripts, as HTML: what a state holds beside one of the page's `titles`, else the largest
/// body of a state or the longest string with paragraphs.
pub(super) fn body(tree: &Tree, titles: &[&str]) -> Option<String> {
    let titles: Vec<String> = titles.iter().map(|title| shape::skeleton(title)).filter(|key| key.len() > 6).collect();
    let mut search = Search { titles, bytes: MOST_BYTES, values: MOST_VALUES, best: None };
    for (at, node) in tree.nodes.iter().enumerate() {
        if node.name() != "script" || node.attr("type").is_some_and(|kind| kind.contains("ld+json")) {
            continue;
        }
        for text in tree.nodes[at..node.end].iter().filter_map(|inside| inside.text) {
            if text.len() <= search.bytes {
                search.bytes -= text.len();
                search.states(text);
                search.strings(text, LEVELS);
            }
        }
    }
    search.best.map(|best| best.html)
}

/// A search on its way through the scripts of a page.
struct Search {
    /// The page's titles without case and punctuation.
    titles: Vec<String>,
    bytes: usize,
    values: usize,
    best: Option<Body>,
}

impl Search {
    fn offer(&mut self, found: Body) {
        if self.best.as_ref().is_none_or(|best| found.rank() > best.rank()) {
            self.best = Some(found);
        }
    }

    /// Reads every JSON value of a script: all of it, or what is assigned or handed over.
    fn states(&mut self, text: &str) {
        let bytes = text.as_bytes();
        // What failed attempts may read again, so that a script is read twice at the most.
        let mut again = text.len();
        let mut at = 0;
        while let Some(step) = bytes[at..].iter().position(|byte| matches!(byte, b'{' | b'[')) {
            let start = at + step;
            at = start + 1;
            if !may_begin(bytes, start) {
                continue;
            }
            let mut values = Deserializer::from_str(&text[start..]).into_iter::<Value>();
            match values.next() {
                Some(Ok(value)) => {
                    let length = values.byte_offset();
                    at = start + length.max(1);
                    let inside = &bytes[start..start + length];
                    let count = inside.iter().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count();
                    if length >= LEAST_BYTES && count <= self.values {
                        self.values -= count;
                        self.state(&value, LEVELS);
                    }
                }
                Some(Err(error)) => {
                    let lines: usize = text[start..].split_inclusive('\n').take(error.line() - 1).map(str::len).sum();
                    let read = lines + error.column();
                    if read > again {
                        return;
                    }
                    again -= read;
                }
                None => return,
            }
        }
    }

    /// Offers the body of one state, and of those that stand in its strings.
    fn state(&mut self, value: &Value, levels: u8) {
        let mut inner = Vec::new();
        if let Some(found) = state::body(value, &self.titles, &mut inner) {
            self.offer(found);
        }
        for text in inner {
            if levels > 1
                && text.len() >= LEAST_BYTES
                && let Ok(value) = serde_json::from_str::<Value>(text)
            {
                self.state(&value, levels - 1);
            }
        }
    }

    /// Goes through the string literals of a script or of a JSON text.
    fn strings(&mut self, text: &str, levels: u8) {
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(step) = bytes[at..].iter().position(|&byte| byte == b'"') {
            let start = at + step;
            let mut end = start + 1;
            while end < bytes.len() && bytes[end] != b'"' {
                end += if bytes[end] == b'\\' { 2 } else { 1 };
            }
            if end >= bytes.len() {
                return;
            }
            at = end + 1;
            if at - start < LEAST_BYTES {
                continue;
            }
            let Ok(inner) = serde_json::from_str::<String>(&text[start..at]) else { continue };
            let inside_json = inner.contains("\":\"") || inner.contains("\\\"");
            if levels > 1 && inside_json {
                self.states(&inner);
                self.strings(&inner, levels - 1);
            } else if let Some(found) = state::text(&inner, false) {
                self.offer(found);
            }
        }
    }
}

/// Whether a bracket in a script begins JSON: at the beginning, or assigned or handed over, and with a quotation mark
/// or another bracket behind it, as the keys of JSON have one and those of a programme seldom.
fn may_begin(bytes: &[u8], start: usize) -> bool {
    let space = |byte: &&u8| byte.is_ascii_whitespace();
    let before = bytes[..start].iter().rev().find(|byte| !space(byte));
    let mut behind = bytes[start + 1..].iter().take(64).skip_while(space);
    before.is_none_or(|byte| matches!(byte, b'=' | b'(' | b',' | b';' | b'|' | b':'))
        && behind.next().is_some_and(|byte| *byte == b'"' || bytes[start] == b'[' && *byte == b'{')
}

#[cfg(test)]
mod tests {
    use crate::article::{Repeated, Settings, page};

    const PARAGRAPHS: [&str; 4] = [
        "The council of Sandvik voted on Monday to keep the old ferry until the new bridge has carried traffic for a year.",
        "Some four hundred people had signed a petition, most of them from the outer islands, where no bus has run since May.",
        "A second ferry would cost nine million crowns, the harbour master said, and nobody has offered to pay for it yet.",
        "The first crossing of the season is planned for the second week of April, if the ice allows it.",
    ];

    fn shown(script: &str) -> String {
        let html = format!(
            "<html><head><title>Ferry stays for a year</title></head><body><div id='app'><h1>Ferry stays for a year</h1></div>\
             {script}</body></html>"
        );
        page(&html, None, &Settings::default(), &Repeated::none()).map(|page| page.text).unwrap_or_default()
    }

    fn members(block: impl Fn(&str) -> String) -> String {
        let all: Vec<String> = PARAGRAPHS.iter().map(|text| block(text)).collect();
        format!("[{}]", all.join(","))
    }

    #[test]
    fn a_body_in_a_state_is_known_by_its_shape_under_any_key() {
        let plain = members(|text| format!(r#"{{"kind":"para","wording":"{text}"}}"#));
        let split = members(|text| {
            let (head, tail) = text.split_at(20);
            format!(
                r#"{{"_type":"block","children":[{{"_type":"span","text":"{head}"}},{{"_type":"span","text":"{tail}","marks":["em"]}}]}}"#
            )
        });
        let nested = members(|text| {
            format!(
                r#"{{"type":"paragraph","model":{{"text":"{text}","blocks":[{{"type":"fragment","model":{{"text":"{text}"}}}}]}}}}"#
            )
        });
        let marked = members(|text| format!(r#"{{"name":"core/paragraph","innerHTML":"<p class=\"x\">{text}</p>"}}"#));
        let strings = members(|text| format!(r#""{text}""#));
        for list in [&plain, &split, &nested, &marked, &strings] {
            let state = format!(r#"{{"route":"/a","page":{{"headline":"Ferry stays for a year","parts":{list}}}}}"#);
            let quoted = serde_json::to_string(&state).expect("a string");
            for script in [
                format!("<script type='application/json'>{state}</script>"),
                format!("<script>window.__STATE__ = {state};(function(){{var a={{b:1}};}})();</script>"),
                format!("<script>var c={{d:2}};boot({{e:[1]}},{state})</script>"),
                format!("<script>window.__STATE__=JSON.parse({quoted})</script>"),
            ] {
                assert_eq!(shown(&script), PARAGRAPHS.join("\n"), "{script}");
            }
        }
    }

    #[test]
    fn other_stories_and_comments_in_a_state_are_no_body() {
        let teasers = members(|text| format!(r#"{{"title":"The herring is back again","text":"{text}","url":"/b"}}"#));
        let comments = members(|text| format!(r#"{{"user":7,"text":"{text}","at":"2026-03-03T08:15:00Z"}}"#));
        let body = members(|text| format!(r#"{{"t":"{}"}}"#, text.replace("ferry", "boat")));
        let stories = members(|_| format!(r#"{{"body":{body}}}"#));
        for list in [&teasers, &comments, &stories] {
            let script = format!(r#"<script type="application/json">{{"list":{list}}}</script>"#);
            assert!(!shown(&script).contains("old ferry"), "{list}");
        }
        let other = body.replace("boat", "longer boat");
        let script = format!(
            r#"<script type="application/json">{{"next":{{"title":"Boat","body":{other}}},"now":{{"title":"Ferry stays for a year","body":{body}}}}}</script>"#
        );
        assert!(shown(&script).contains("old boat"), "the body beside the page's title is the page's");
    }

    #[test]
    fn a_script_full_of_beginnings_costs_no_more_than_its_length() {
        let start = std::time::Instant::now();
        for unit in [r#"={"a":["#, r#"=[{"a":1},"#, r#"=["=[","#, "={\"\n", r#"([{"a":"(["#] {
            let script = format!("<script>{}</script>", unit.repeat(400_000 / unit.len()));
            assert_eq!(shown(&script), "", "{unit}");
        }
        assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    }
}
