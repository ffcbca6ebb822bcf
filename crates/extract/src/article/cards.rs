//! Finds teasers: blocks that announce another page with its headline, a picture and a sentence or two.
//!
//! A teaser is known by its shape, in every language and under every name: one link goes to another page, the words of
//! the link come first, and little else stands in the block. Three or more such blocks side by side are a list. One alone
//! counts only where the same address is linked twice, by picture and headline or by headline and sentence. Where teasers
//! hold most of the page's prose the page is a list itself, and they are its text.

use super::prune::Cuts;
use super::shape;
use super::stated::Metadata;
use super::tree::{Node, Tag, Tree};
use samestory_model::{RemovedWhy, same_site};
use std::collections::{BTreeSet, HashMap};
use url::{ParseError, Url};

/// Nodes inside a teaser at most, and the weight of its words.
const NODES: usize = 60;
const WEIGHT: u32 = 420;
/// Bytes of one of its texts at most, with what is only spaces.
const LONGEST: usize = 8 * WEIGHT as usize;
/// Sentences beside the headline.
const SENTENCES: u32 = 3;
/// Weight of a teaser's headline at least, and of a mark (section, date) that may stand above it.
const HEADLINE: u32 = 12;
const MARK: u32 = 30;
/// Weight of what may stand beside the headline in its line: a time, a counter.
const LABEL: u32 = 16;
/// How many teasers side by side are a list.
const LIST: usize = 3;
/// Share of the page's prose that all teasers together may hold.
const SHARE: f32 = 0.6;

/// A block that reads as a teaser.
struct Card {
    at: usize,
    /// Whether the address is linked twice or all words are one link.
    sure: bool,
}

/// Which links lead to another page of the same site, by node. What stands beside a link to another site is a text about
/// what it leads to; a place on a page is a table of contents' business.
fn leads_on(tree: &Tree, page: Option<&Url>) -> Vec<bool> {
    let leads = |href: &str| match page.map_or_else(|| Url::parse(href), |page| page.join(href)) {
        Ok(to) => {
            matches!(to.scheme(), "http" | "https")
                && to.fragment().is_none()
                && page.is_none_or(|page| same_site(&to, page) && to != *page)
        }
        Err(error) => error == ParseError::RelativeUrlWithoutBase && !href.is_empty() && !href.contains('#'),
    };
    let is_link = |node: &Node| node.tag == Tag::Link && node.attr("href").is_some_and(|href| leads(href.trim()));
    tree.nodes.iter().map(is_link).collect()
}

/// What was read of a block so far.
#[derive(Default)]
struct Words<'a> {
    /// The address that it leads to.
    target: Option<&'a str>,
    /// Links to that address.
    links: usize,
    /// Weight of what stands in them, beside them, and above the first of them.
    linked: u32,
    free: u32,
    marks: u32,
    headings: usize,
    headline: String,
    /// All text but the headline.
    rest: String,
    /// The element whose line the last linked words stand in.
    linked_line: Option<usize>,
}

impl Words<'_> {
    /// Takes a text in; false where the block is no teaser. `line` is the element whose line it stands in.
    fn take(&mut self, text: &str, line: usize, in_link: bool, in_headline: bool) -> bool {
        let weight = shape::weight(&shape::squeeze(text));
        if weight == 0 {
            return true;
        }
        if in_link {
            self.linked += weight;
            self.linked_line = Some(line);
            if in_headline {
                self.headline.push_str(text);
                return true;
            }
        } else if self.linked == 0 {
            self.marks += weight;
        } else if weight > LABEL && self.linked_line == Some(line) {
            // The link runs on into a sentence.
            return false;
        } else {
            self.free += weight;
        }
        self.rest.push_str(text);
        self.rest.push(' ');
        self.marks <= MARK && self.linked + self.free <= WEIGHT
    }
}

/// Reads a block as a teaser. `titles` are skeletons of the page's own headlines.
fn read(tree: &Tree, at: usize, cut: &[bool], titles: &[String], leads: &[bool]) -> Option<Card> {
    let end = tree.nodes[at].end;
    if end - at > NODES {
        return None;
    }
    let mut words = Words::default();
    let mut open: Option<(usize, &str)> = None;
    let mut heading_end = 0;
    let line_of = |text: usize| {
        let block = |around: &usize| *around <= at || !matches!(tree.nodes[*around].tag, Tag::Inline | Tag::Link);
        tree.ancestors(text).find(block).unwrap_or(at)
    };
    let mut here = at;
    while here < end {
        let node = &tree.nodes[here];
        if cut[here] {
            here = node.end;
            continue;
        }
        if open.is_some_and(|(until, _)| until <= here) {
            open = None;
        }
        match node.tag {
            Tag::Break => words.linked_line = None,
            Tag::Heading(1) | Tag::Quote | Tag::Cell => return None,
            Tag::Heading(_) => {
                words.headings += 1;
                heading_end = node.end;
            }
            Tag::Link => {
                if let Some(href) = node.attr("href").filter(|_| leads[here]) {
                    match words.target {
                        // A second address of some words: names in a text. Of one or two: a section, an author.
                        Some(first) if first != href => {
                            if shape::weight(&tree.beginning(here, 2 * MARK as usize)) > MARK {
                                return None;
                            }
                        }
                        _ => {
                            words.target = Some(href);
                            words.links += 1;
                        }
                    }
                    open = Some((node.end, href));
                }
            }
            _ => {}
        }
        if let Some(text) = node.text {
            let in_link = open.is_some_and(|(_, href)| Some(href) == words.target);
            let in_headline = here < heading_end || words.headings == 0;
            if text.len() > LONGEST || !words.take(text, line_of(here), in_link, in_headline) {
                return None;
            }
        }
        here += 1;
    }
    let headed = shape::skeleton(&words.headline);
    let fits = words.target.is_some()
        && words.linked >= HEADLINE
        && words.headings <= 1
        && shape::sentences(&words.rest) <= SENTENCES
        && !titles.contains(&headed);
    fits.then_some(Card { at, sure: words.links >= 2 || words.free == 0 && words.headings == 1 })
}

/// Cuts the page's teasers. `prose` holds for each node the weight of prose before it.
/// `said` is the page's metadata, `page` its address.
pub(super) fn cut(tree: &Tree, prose: &[u32], said: &Metadata, page: Option<&Url>, spared: &[bool], cuts: &mut Cuts) {
    let leads = leads_on(tree, page);
    let titles: Vec<String> = said.titles.iter().chain([&said.title]).map(|title| shape::skeleton(title)).collect();
    let total = prose.last().copied().unwrap_or(0) as f32;
    let mut cards: Vec<Card> = Vec::new();
    let mut at = 0;
    while at < tree.nodes.len() {
        let node = &tree.nodes[at];
        if cuts.cut[at] {
            at = node.end;
            continue;
        }
        let block = matches!(node.tag, Tag::Block | Tag::Item | Tag::Article | Tag::Link) && node.element.is_some();
        if block
            && !spared.get(at).is_some_and(|&spared| spared)
            && let Some(card) = read(tree, at, &cuts.cut, &titles, &leads)
        {
            cards.push(card);
            at = node.end;
            continue;
        }
        at += 1;
    }
    // Blocks of one parent, name and class.
    let kin = |at: usize| {
        let node = &tree.nodes[at];
        (node.parent, node.name(), node.attr("class").unwrap_or(""))
    };
    let alike = |one: usize, other: usize| kin(one) == kin(other);
    // Where a block of the same kind says more than a teaser, all of them are the text: a list of products, of recipes.
    let mut balance: HashMap<_, i64> = HashMap::new();
    for card in &cards {
        *balance.entry(kin(card.at)).or_default() -= i64::from(prose[tree.nodes[card.at].end] - prose[card.at]);
    }
    for parent in cards.iter().map(|card| tree.nodes[card.at].parent).collect::<BTreeSet<_>>() {
        let mut child = parent + 1;
        while child < tree.nodes[parent].end {
            let end = tree.nodes[child].end;
            if !cuts.cut[child]
                && let Some(left) = balance.get_mut(&kin(child))
            {
                *left += i64::from(prose[end] - prose[child]);
            }
            child = end;
        }
    }
    cards.retain(|card| balance[&kin(card.at)] <= 0);
    let mut chosen: Vec<usize> = Vec::new();
    let mut from = 0;
    while from < cards.len() {
        let mut to = from + 1;
        while to < cards.len() && alike(cards[from].at, cards[to].at) {
            to += 1;
        }
        let with_prose = |card: &Card| prose[tree.nodes[card.at].end] > prose[card.at];
        let list = to - from >= LIST && cards[from..to].iter().filter(|card| with_prose(card)).count() * 2 >= to - from;
        chosen.extend(cards[from..to].iter().filter(|card| list || card.sure).map(|card| card.at));
        from = to;
    }
    let held: u32 = chosen.iter().map(|&at| prose[tree.nodes[at].end] - prose[at]).sum();
    if held as f32 > SHARE * total {
        return;
    }
    for at in chosen {
        cuts.add_sure(at, RemovedWhy::Related);
    }
}
