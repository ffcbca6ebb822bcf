//! Finds the part of a page that holds the article: the element whose lines add up to most.
//!
//! Every line has a value: running text adds what it says, link lists and loose labels take
//! away. The article is the element with the largest sum, so a container wins over one of its
//! paragraphs, and a page loses to the container when the rest of it is menus. Costs one sum per
//! element; depends on no language.

use super::blocks::{Block, Kind};
use super::shape;
use super::tree::{Tag, Tree};

/// What a line adds to the element that holds it.
pub(super) fn value(block: &Block) -> f32 {
    let weight = block.weight as f32;
    let linked = block.linked as f32;
    let free = weight - linked;
    if block.link_share() > 0.5 && block.kind == Kind::Paragraph && (block.link_share() < 0.9 || block.commas >= 2) {
        // A paragraph of names that are all links: no menu, no proof of an article.
        return 0.0;
    }
    if block.link_share() > 0.5 {
        return -(8.0 + linked.min(60.0) * 0.5);
    }
    let prose = block.prose;
    match block.kind {
        Kind::Heading(_) => 0.0,
        Kind::Paragraph if prose => free + 12.0 * block.commas.min(8) as f32,
        Kind::Paragraph => free * 0.25 - 4.0,
        Kind::Bare if prose => free * 0.9 + 8.0 * block.commas.min(8) as f32,
        Kind::Item if prose => free * 0.6,
        Kind::Cell if prose => free * 0.5,
        // Short list items and cells without links are text: ingredients, results.
        Kind::Item | Kind::Cell if block.linked == 0 => free * 0.1,
        Kind::Item | Kind::Cell | Kind::Bare => -4.0,
    }
}

/// Sums by node index: `sums[i]` is the value of all lines before node `i`.
pub(super) fn sums(tree: &Tree, blocks: &[Block], value: impl Fn(&Block) -> f32) -> Vec<f32> {
    let mut sums = vec![0f32; tree.nodes.len() + 1];
    for block in blocks {
        sums[block.at + 1] += value(block);
    }
    let mut total = 0f64;
    for sum in &mut sums {
        total += f64::from(*sum);
        *sum = total as f32;
    }
    sums
}

/// Weight of prose before each node.
pub(super) fn prose(tree: &Tree, blocks: &[Block]) -> Vec<u32> {
    sums(tree, blocks, |block| {
        let counts = block.prose && block.link_share() < 0.5;
        if counts { block.weight as f32 } else { 0.0 }
    })
    .into_iter()
    .map(|sum| sum as u32)
    .collect()
}

/// What an element's own names say for it.
fn prior(tree: &Tree, at: usize) -> f32 {
    let node = &tree.nodes[at];
    let mut prior: f32 = 1.0;
    if node.attr("itemprop").is_some_and(|value| value.contains("articleBody")) {
        prior = 1.35;
    }
    let mut words = Vec::new();
    for attribute in ["class", "id", "data-testid", "data-component"] {
        if let Some(value) = node.attr(attribute)
            && value.len() < 400
        {
            super::prune::words(value, &mut words);
        }
    }
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    if has(&["articlebody", "storybody", "entrycontent", "postcontent"])
        || has(&["article", "story", "entry", "post", "news", "detail", "single"])
            && has(&["body", "content", "text", "copy"])
    {
        prior = prior.max(1.2);
    } else if node.tag == Tag::Article {
        prior = prior.max(1.05);
    }
    prior
}

/// The article's element, or several side by side; empty where no line adds anything.
pub(super) fn choose(tree: &Tree, blocks: &[Block], cut: &[bool]) -> Vec<usize> {
    let sums = sums(tree, blocks, value);
    let mut best: Option<(usize, f32)> = None;
    let mut at = 0;
    while at < tree.nodes.len() {
        let node = &tree.nodes[at];
        if cut[at] {
            at = node.end;
            continue;
        }
        if node.element.is_some() && !matches!(node.tag, Tag::Inline | Tag::Link | Tag::Heading(_)) {
            let sum = sums[node.end] - sums[at];
            if sum > 0.0 {
                let score = sum * prior(tree, at);
                // Later and inner elements win ties: the tighter one.
                if best.is_none_or(|(_, most)| score >= most) {
                    best = Some((at, score));
                }
            }
        }
        at += 1;
    }
    best.map(|(at, _)| widen(tree, blocks, &sums, narrow(tree, &sums, at, cut), cut)).unwrap_or_default()
}

/// Smallest share of a lone paragraph's sum that its parent must keep to stand for it.
const PARENT: f32 = 0.7;

/// What belongs to an element that is too small to be an article: the parent of a paragraph of one line,
/// where that loses little; else the blocks right beside it of the same name and class that hold text, as
/// some publishers put every paragraph into a block of its own.
fn widen(tree: &Tree, blocks: &[Block], sums: &[f32], chosen: usize, cut: &[bool]) -> Vec<usize> {
    let sum = |at: usize| sums[tree.nodes[at].end] - sums[at];
    let node = &tree.nodes[chosen];
    let lines = |from: usize, to: usize| {
        blocks.partition_point(|block| block.at < to) - blocks.partition_point(|block| block.at < from)
    };
    if node.tag == Tag::Paragraph && lines(chosen, node.end) == 1 && sum(node.parent) >= PARENT * sum(chosen) {
        return vec![node.parent];
    }
    if !matches!(node.tag, Tag::Block | Tag::Paragraph) || node.parent == chosen {
        return vec![chosen];
    }
    // Runs of likes, parted by whatever else says something.
    let mut run: Vec<usize> = Vec::new();
    let mut at = node.parent + 1;
    while at < tree.nodes[node.parent].end {
        let other = &tree.nodes[at];
        let same = other.element.is_some() && other.name() == node.name() && other.attr("class") == node.attr("class");
        if at == chosen || same && !cut[at] && sum(at) > 0.0 {
            run.push(at);
        } else if lines(at, other.end) > 0 {
            if run.contains(&chosen) {
                break;
            }
            run.clear();
        }
        at = other.end;
    }
    run
}

/// Smallest share of the chosen element's sum that one article in it must have to stand for all.
/// Without that step .9489 in place of .9500 on `pages-fundus`, no change on `pages-wcxb_article`.
const ONE_OF_MANY: f32 = 0.3;

/// Where the element holds several articles, the one under the page's headline; where one part
/// of it is marked as the body and holds most of it, that part.
fn narrow(tree: &Tree, sums: &[f32], chosen: usize, cut: &[bool]) -> usize {
    let sum = |at: usize| sums[tree.nodes[at].end] - sums[at];
    let mut articles: Vec<usize> = Vec::new();
    let mut bodies: Vec<usize> = Vec::new();
    let mut at = chosen + 1;
    while at < tree.nodes[chosen].end {
        let node = &tree.nodes[at];
        if cut[at] {
            at = node.end;
            continue;
        }
        if node.attr("itemprop").is_some_and(|value| value.contains("articleBody")) {
            bodies.push(at);
        }
        if node.name() == "article" && sum(at) > 0.0 {
            articles.push(at);
            at = node.end;
            continue;
        }
        at += 1;
    }
    if let [body] = bodies[..]
        && sum(body) >= 0.5 * sum(chosen)
    {
        return body;
    }
    if articles.len() >= 2 {
        let headed = articles
            .iter()
            .copied()
            .find(|&at| (at..tree.nodes[at].end).any(|inside| tree.nodes[inside].tag == Tag::Heading(1)));
        let one = headed.unwrap_or(articles[0]);
        if sum(one) >= ONE_OF_MANY * sum(chosen) {
            return one;
        }
    }
    chosen
}

/// Whether a line reads like the summary that stands between headline and article.
pub(super) fn is_lead(block: &Block) -> bool {
    block.weight >= 40
        && block.link_share() < 0.3
        && !matches!(block.kind, Kind::Item | Kind::Cell)
        && (shape::ends_as_sentence(&block.text) || block.weight >= 90)
}
