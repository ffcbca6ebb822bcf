//! Finds the article that a page carries as a string in one of its scripts, for a script to show.
//!
//! Pages that are built in the reader's browser often bring their text along: as HTML in a JSON
//! string, at times inside another one. Only asked where the page itself shows next to nothing, and
//! only strings with paragraphs count, so that no programme is taken for a text.

use super::tree::Tree;

/// Bytes of one script that are searched, and of all.
const MOST_BYTES: usize = 4_000_000;
/// Bytes from which a string can be an article.
const LEAST_BYTES: usize = 300;
/// Strings inside strings that are opened.
const LEVELS: u8 = 2;

/// The longest string with paragraphs in the page's scripts, as HTML.
pub(super) fn body(tree: &Tree) -> Option<String> {
    let mut left = MOST_BYTES;
    let mut best: Option<String> = None;
    for (at, node) in tree.nodes.iter().enumerate() {
        if node.name() != "script" || node.attr("type").is_some_and(|kind| kind.contains("ld+json")) {
            continue;
        }
        for text in tree.nodes[at..node.end].iter().filter_map(|inside| inside.text) {
            if text.len() <= left {
                left -= text.len();
                search(text, LEVELS, &mut best);
            }
        }
    }
    best
}

/// Goes through the string literals of a script or of a JSON text.
fn search(text: &str, levels: u8, best: &mut Option<String>) {
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
            search(&inner, levels - 1, best);
        } else if paragraphs(&inner) >= 2 && best.as_ref().is_none_or(|found| found.len() < inner.len()) {
            *best = Some(inner);
        }
    }
}

fn paragraphs(html: &str) -> usize {
    html.matches("<p>").count() + html.matches("<p ").count()
}
