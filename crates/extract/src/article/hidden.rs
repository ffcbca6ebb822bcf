//! Finds what a page does not show: parts that are hidden, and copies of what is shown.
//!
//! Only styles in the element itself are read; what a style sheet hides is known by names (`prune`).

use super::prune::Cuts;
use super::shape;
use super::tree::{Tag, Tree};
use samestory_model::RemovedWhy;
use std::collections::HashSet;

/// Whether a part is hidden, or shown only on demand. Not certain: some pages hide their whole
/// body until a script has run.
pub(super) fn is_hidden(tree: &Tree, at: usize) -> bool {
    let node = &tree.nodes[at];
    if matches!(node.tag, Tag::Root | Tag::Article) {
        return false;
    }
    if node.attr("hidden").is_some() && node.attr("hidden") != Some("false") {
        return true;
    }
    if let Some(style) = node.attr("style") {
        let style: String = style.chars().filter(|sign| !sign.is_whitespace()).collect::<String>().to_ascii_lowercase();
        if style.contains("display:none") || style.contains("visibility:hidden") {
            return true;
        }
        if is_clipped(&style) {
            return true;
        }
    }
    node.attr("aria-hidden") == Some("true")
        || matches!(node.attr("role"), Some("search" | "menu" | "tablist" | "tooltip"))
}

/// Whether a style, without spaces and in lower case, leaves nothing to see: clipped to nothing, one pixel large, far
/// outside the window.
fn is_clipped(style: &str) -> bool {
    let far = |at: usize, name: &str| {
        let value = style[at + name.len()..].trim_start_matches('-');
        let digits: String = value.chars().take_while(char::is_ascii_digit).collect();
        digits.len() >= 4 && style[at + name.len()..].starts_with('-')
    };
    let pixel = |name: &str| style.split(';').any(|rule| matches!(rule.strip_prefix(name), Some("1px" | "0" | "0px")));
    style.contains("clip:rect(0")
        || style.contains("clip:rect(1px,1px")
        || style.contains("clip-path:inset(50%")
        || style.contains("clip-path:inset(100%")
        || pixel("width:") && pixel("height:")
        || ["left:", "top:", "text-indent:"].iter().any(|name| style.match_indices(name).any(|(at, _)| far(at, name)))
}

/// Share of a hidden part's sentences that stand where they are seen as well, from which it is a copy.
const TWIN: f32 = 0.5;

/// Cuts hidden copies of what the page shows: data for machines, the same text for another window.
pub(super) fn twins(tree: &Tree, prose: &[u32], cuts: &mut Cuts) {
    let mut parts: Vec<usize> = Vec::new();
    let mut hidden = vec![false; tree.nodes.len()];
    let mut at = 0;
    while at < tree.nodes.len() {
        let node = &tree.nodes[at];
        if cuts.cut[at] {
            at = node.end;
        } else if node.element.is_some() && prose[node.end] > prose[at] && is_hidden(tree, at) {
            parts.push(at);
            hidden[at..node.end].fill(true);
            at = node.end;
        } else {
            at += 1;
        }
    }
    if parts.is_empty() {
        return;
    }
    let sentences = |text: &str| -> Vec<String> {
        text.split_inclusive(shape::is_terminator)
            .map(shape::skeleton)
            .filter(|key| key.chars().count() >= 20)
            .collect()
    };
    let mut seen: HashSet<String> = HashSet::new();
    for block in super::blocks::gather(tree, 0, &cuts.cut) {
        if !hidden[block.at] {
            seen.extend(sentences(&block.text));
        }
    }
    for at in parts {
        let own = sentences(&tree.text(at));
        let twice = own.iter().filter(|key| seen.contains(*key)).count();
        if twice > 0 && twice as f32 >= TWIN * own.len() as f32 {
            cuts.add(at, RemovedWhy::Repeated);
        }
    }
}
