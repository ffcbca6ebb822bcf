//! Marks the parts of a page that are not the article, by what they are and by what they are called.
//!
//! Two passes with two degrees of certainty: [`hard`] takes what is never text (scripts, controls,
//! hidden parts); [`named`] reads the words in `class`, `id`, `role` and test ids, which the web
//! writes in English whatever language the page speaks. A name alone never takes away a part that
//! holds much of the page's prose: publishers call their whole body "paywall" or "no-comments".

use super::hidden::is_hidden;
use super::names::Names;
use super::tree::{Tag, Tree};
use samestory_model::RemovedWhy;
use std::collections::HashMap;

/// What was cut, by node.
#[derive(Debug, Clone)]
pub(super) struct Cuts {
    /// Whether the node, with all in it, is out.
    pub cut: Vec<bool>,
    /// The cut nodes, in page order, with the reason.
    pub why: Vec<(usize, RemovedWhy)>,
    /// Those among them that a name takes away almost whatever they hold.
    sure: Vec<(usize, RemovedWhy)>,
}

impl Cuts {
    /// Nothing cut yet.
    pub fn none(tree: &Tree) -> Self {
        Self { cut: vec![false; tree.nodes.len()], why: Vec::new(), sure: Vec::new() }
    }

    /// Cuts a node with all in it.
    pub fn add(&mut self, at: usize, why: RemovedWhy) {
        self.cut[at] = true;
        self.why.push((at, why));
    }

    /// Cuts a node whose shape says that it is not the article, however little is left.
    pub fn add_sure(&mut self, at: usize, why: RemovedWhy) {
        self.add(at, why);
        self.sure.push((at, why));
    }

    /// What is cut in `hard`, and beside it only what a name is sure of.
    pub fn sure(&self, hard: &Self) -> Self {
        let mut out = hard.clone();
        for &(at, why) in &self.sure {
            out.add(at, why);
        }
        out
    }
}

/// Cuts what is never text.
pub(super) fn hard(tree: &Tree, cuts: &mut Cuts) {
    let mut at = 0;
    while at < tree.nodes.len() {
        let node = &tree.nodes[at];
        if node.element.is_some() && is_chrome(tree, at) {
            cuts.add(at, RemovedWhy::Chrome);
            at = node.end;
        } else {
            at += 1;
        }
    }
}

fn is_chrome(tree: &Tree, at: usize) -> bool {
    let node = &tree.nodes[at];
    if node.tag == Tag::Chrome {
        return true;
    }
    false
}

/// Names that say nothing about the part itself: what is inside it, or how it is laid out.
fn is_about_content(word: &str) -> bool {
    matches!(
        word,
        "has"
            | "with"
            | "no"
            | "without"
            | "is"
            | "not"
            | "body"
            | "content"
            | "main"
            | "wrapper"
            | "container"
            | "layout"
            | "page"
            | "text"
            | "articlebody"
            | "paragraph"
    )
}

/// The words of a name: split at signs and where lower case turns into upper case.
pub(super) fn words(name: &str, out: &mut Vec<String>) {
    let mut word = String::new();
    let mut before_lower = false;
    for sign in name.chars() {
        let breaks = !sign.is_ascii_alphabetic() || sign.is_ascii_uppercase() && before_lower;
        if breaks && !word.is_empty() {
            out.push(std::mem::take(&mut word));
        }
        if sign.is_ascii_alphabetic() {
            word.push(sign.to_ascii_lowercase());
        }
        before_lower = sign.is_ascii_lowercase();
    }
    if !word.is_empty() {
        out.push(word);
    }
}

/// What a node's names say about it.
fn verdict(tree: &Tree, at: usize, names: &mut Names) -> Option<(RemovedWhy, &'static str)> {
    let node = &tree.nodes[at];
    match node.tag {
        Tag::Navigation if node.name() == "footer" && is_of_page(tree, at) => {
            return Some((RemovedWhy::Navigation, "pagefooter"));
        }
        Tag::Navigation => return Some((RemovedWhy::Navigation, "nav")),
        Tag::Aside => return Some((RemovedWhy::Related, "aside")),
        Tag::Form => return Some((RemovedWhy::Prompt, "form")),
        Tag::Caption => return Some((RemovedWhy::Caption, "figcaption")),
        Tag::Figure => {
            // Tables and quotations are framed as figures, too.
            let inside = &tree.nodes[at..node.end];
            let framed = inside.iter().any(|node| matches!(node.tag, Tag::Cell | Tag::Quote) || node.name() == "pre");
            return (!framed).then_some((RemovedWhy::Caption, "figure"));
        }
        Tag::Root | Tag::Article => return None,
        Tag::Inline if node.element.is_none() => return None,
        _ => {}
    }
    if matches!(node.attr("role"), Some("dialog" | "alertdialog")) {
        return Some((RemovedWhy::Prompt, "consent"));
    }
    if node.element.is_some() && is_hidden(tree, at) {
        return Some((RemovedWhy::Chrome, "hidden"));
    }
    match node.attr("role") {
        Some("contentinfo") if is_of_page(tree, at) => {
            return Some((RemovedWhy::Navigation, "pagefooter"));
        }
        Some("navigation" | "contentinfo" | "toolbar" | "menubar") => return Some((RemovedWhy::Navigation, "role")),
        Some("complementary") => return Some((RemovedWhy::Related, "role")),
        _ => {}
    }
    let mut all: Vec<String> = Vec::new();
    for attribute in ["class", "id", "data-testid", "data-component", "data-type", "data-module", "type", "data-role"] {
        let Some(value) = node.attr(attribute) else { continue };
        if value.len() > 400 {
            continue;
        }
        for name in value.split_ascii_whitespace() {
            // Post classes list the article's own tags and categories, and frameworks their states.
            if name.starts_with("tag-") || name.starts_with("category-") || name.contains(':') {
                continue;
            }
            let from = all.len();
            words(name, &mut all);
            if all.len() - from > 6 {
                // A headline made into an anchor.
                all.truncate(from);
                continue;
            }
            let named = &all[from..];
            if named.iter().any(|word| matches!(word.as_str(), "has" | "with" | "no" | "without" | "not")) {
                all.truncate(from);
                continue;
            }
            if let Some(pair) = Names::pair(named) {
                return Some(pair);
            }
        }
    }
    // The first word counts, unless another one is surer: `cmp-modal consent` is consent.
    let surer = |one, other: (RemovedWhy, &'static str)| {
        let share = |(why, word): (RemovedWhy, &'static str)| largest_share(why, word);
        if share(other) > SURE.max(share(one)) { other } else { one }
    };
    let Some(found) = all.iter().filter_map(|word| names.word(word)).reduce(surer) else {
        return frames_picture(tree, at).then_some((RemovedWhy::Caption, "picture"));
    };
    let weak = matches!(found.0, RemovedWhy::Byline | RemovedWhy::Chrome | RemovedWhy::Caption)
        && all.iter().any(|word| is_about_content(word));
    (!weak).then_some(found)
}

/// Whether a part belongs to the whole page, not to an article on it.
fn is_of_page(tree: &Tree, at: usize) -> bool {
    !tree.ancestors(at).any(|around| matches!(tree.nodes[around].name(), "article" | "main" | "section"))
}

/// Nodes of a picture's frame, and the weight of its words.
const FRAME_NODES: usize = 24;
const FRAME_WEIGHT: u32 = 200;

/// Whether a block holds a picture and, beside it, a few words only: they are its caption, whatever
/// the block is called and whatever language they are in.
fn frames_picture(tree: &Tree, at: usize) -> bool {
    let node = &tree.nodes[at];
    if node.tag != Tag::Block || node.end - at > FRAME_NODES {
        return false;
    }
    let inside = &tree.nodes[at + 1..node.end];
    let other = |tag: Tag| matches!(tag, Tag::Heading(_) | Tag::Cell | Tag::Item | Tag::Quote);
    if !inside.iter().any(|node| node.name() == "img") || inside.iter().any(|node| other(node.tag)) {
        return false;
    }
    (1..=FRAME_WEIGHT).contains(&super::shape::weight(&tree.beginning(at, 4 * (FRAME_WEIGHT as usize + 1))))
}

/// Weight of prose that any name can take away: a caption or a note of some sentences. Without it
/// .9500 in place of .9507 on `pages-fundus`, no change on `pages-wcxb_article`.
const SMALL: f32 = 350.0;

/// Share from which a name is sure: comments and consent.
const SURE: f32 = 0.7;

/// Largest share of the page's prose that a name can take away, all parts of that name together.
fn largest_share(why: RemovedWhy, word: &str) -> f32 {
    match (why, word) {
        (_, "cookie" | "cookies" | "onetrust" | "gdpr" | "consent" | "pagefooter") => 0.95,
        (RemovedWhy::Comments, _) => 0.7,
        (_, "hidden") => 0.6,
        // Names that often stand on whole articles: author, date, widget, copyright.
        (RemovedWhy::Byline | RemovedWhy::Chrome | RemovedWhy::Caption, _) => 0.15,
        _ => 0.3,
    }
}

/// Whether a part of such a name links to other pages or asks for something. What does neither and holds running text
/// is a part of the article that is called so, as with `paywall` and `teaser-content`.
fn needs_links(tag: Tag, why: RemovedWhy, word: &str) -> bool {
    matches!(tag, Tag::Block | Tag::Paragraph | Tag::Item)
        && (why == RemovedWhy::Related || matches!(word, "paywall" | "piano" | "regwall"))
}

/// How many links and controls stand before each node.
fn acts(tree: &Tree) -> Vec<u32> {
    let mut acts = vec![0; tree.nodes.len() + 1];
    for (at, node) in tree.nodes.iter().enumerate() {
        let act = node.tag == Tag::Link
            || matches!(node.name(), "button" | "input" | "form" | "iframe" | "textarea" | "select");
        acts[at + 1] = acts[at] + u32::from(act);
    }
    acts
}

/// What the names of each node say, read once. A page of many nodes has few different answers, so two bytes a node do.
struct Verdicts {
    answers: Vec<Option<(RemovedWhy, &'static str)>>,
    by_node: Vec<u16>,
}

impl Verdicts {
    /// Nothing read yet.
    fn of(tree: &Tree) -> Self {
        Self { answers: Vec::new(), by_node: vec![0; tree.nodes.len()] }
    }

    /// What a node's names say; `read` reads them, the first time.
    fn of_node(
        &mut self,
        at: usize,
        read: impl FnOnce() -> Option<(RemovedWhy, &'static str)>,
    ) -> Option<(RemovedWhy, &'static str)> {
        if let Some(known) = usize::from(self.by_node[at]).checked_sub(1) {
            return self.answers[known];
        }
        let answer = read();
        let known = self.answers.iter().position(|other| *other == answer).unwrap_or_else(|| {
            self.answers.push(answer);
            self.answers.len() - 1
        });
        self.by_node[at] = u16::try_from(known + 1).expect("as many answers as listed words");
        answer
    }
}

/// Cuts what its names or its element say is not the article. `prose` holds, for each node index,
/// the weight of prose before it, so that a part's prose is a subtraction. `spared` marks nodes that
/// no name takes away; it may be empty.
pub(super) fn named(tree: &Tree, prose: &[u32], spared: &[bool], cuts: &mut Cuts) {
    let mut names = Names::default();
    let acts = acts(tree);
    let mut verdicts = Verdicts::of(tree);
    let mut said = |tree: &Tree, at: usize| verdicts.of_node(at, || verdict(tree, at, &mut names));
    let mut look = |cut: &[bool], believes: &mut dyn FnMut(usize, RemovedWhy, &'static str) -> bool| {
        let mut at = 0;
        while at < tree.nodes.len() {
            let node = &tree.nodes[at];
            let skipped = cut[at]
                || node.element.is_some()
                    && !spared.get(at).is_some_and(|&spared| spared)
                    && said(tree, at).is_some_and(|(why, word)| believes(at, why, word));
            at = if skipped { node.end } else { at + 1 };
        }
    };
    let inside = |at: usize| prose[tree.nodes[at].end] - prose[at];
    let whole = prose.last().copied().unwrap_or(0) as f32;
    // Consent, comments and the page's foot are no part of what a share is a share of.
    let mut surely = 0;
    look(&cuts.cut, &mut |at, why, word| {
        let share = largest_share(why, word);
        let sure = share >= SURE && inside(at) as f32 <= share * whole && !holds_headline(tree, at);
        if sure {
            surely += inside(at);
        }
        sure
    });
    let total = whole - surely as f32;
    let mut found: Vec<(usize, RemovedWhy, &'static str)> = Vec::new();
    let mut sums: HashMap<&'static str, u32> = HashMap::new();
    // Twice: a name that takes away too much is not believed, and what was inside its parts is
    // then judged by its own names.
    let mut believed = |banned: &dyn Fn(&str) -> bool| {
        found.clear();
        sums.clear();
        look(&cuts.cut, &mut |at, why, word| {
            let node = &tree.nodes[at];
            let share = largest_share(why, word);
            let of = if share >= SURE { whole } else { total };
            let allowed = (share * of).max(SMALL.min(0.4 * of));
            let acts = inside(at) == 0 || acts[node.end] > acts[at] || !needs_links(node.tag, why, word);
            let out =
                acts && inside(at) as f32 <= allowed && !(banned(word) && inside(at) > 0) && !holds_headline(tree, at);
            if out {
                found.push((at, why, word));
                *sums.entry(word).or_default() += inside(at);
            }
            out
        });
        (found.clone(), sums.clone())
    };
    let (first, sums) = believed(&|_| false);
    let greedy: Vec<&'static str> = first
        .iter()
        .filter(|(_, why, word)| {
            let share = largest_share(*why, word);
            let of = if share >= SURE { whole } else { total };
            let most = ((share * 1.5).min(0.95) * of).max(SMALL.min(0.4 * of));
            *word != "hidden" && sums[word] as f32 > most
        })
        .map(|(_, _, word)| *word)
        .collect();
    let chosen = if greedy.is_empty() { first } else { believed(&|word| greedy.contains(&word)).0 };
    for (at, why, word) in chosen {
        cuts.add(at, why);
        if largest_share(why, word) >= SURE {
            cuts.sure.push((at, why));
        }
    }
}

/// Whether the page's h1 is inside, as in page headers that carry the article's.
fn holds_headline(tree: &Tree, at: usize) -> bool {
    (at..tree.nodes[at].end).any(|inside| tree.nodes[inside].tag == Tag::Heading(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_split_into_words() {
        let mut out = Vec::new();
        words("styles_relatedArticles__x1Yz", &mut out);
        assert_eq!(out, ["styles", "related", "articles", "x", "yz"]);
    }
}
