//! Finds the authors of an article in the visible page, where JSON-LD and meta elements name none: in an element that is
//! marked as the author's (`itemprop`, `rel`, a class, a link to an author's page), or in a line "By …" at the headline.
//!
//! Authors stand at the headline or under the text; those of comments, quotations and other stories do not count. A name
//! has no digit, no address and few words; what stands around it (a label, a role, a date) is taken off.

use super::blocks::Block;
use super::json_ld::people;
use super::shape;
use super::tree::{Node, Tag, Tree};
use samestory_model::languages;

/// What marks an element as an author's name, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    Property,
    Relation,
    Class,
    Address,
}

/// One element that is marked as an author's.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    mark: Mark,
    at: usize,
}

/// Parts of class names that mean an author. The web names its parts in English, and sites in their own language.
const AUTHOR: &[&str] = &[
    "author",
    "byline",
    "autor",
    "auteur",
    "autore",
    "verfasser",
    "writer",
    "reporter",
    "journalist",
    "tacgia",
    "tac-gia",
    "skribent",
    "forfatter",
    "redacteur",
    "contributor",
];
/// Parts of class names around which no author of this article stands, or that say more than a name.
const NOT_THE_AUTHOR: &[&str] = &[
    "comment",
    "kommentar",
    "quote",
    "related",
    "teaser",
    "sidebar",
    "widget",
    "caption",
    "credit",
    "avatar",
    "image",
    "photo",
    "social",
    "share",
    "bio",
    "desc",
    "title",
    "count",
    "recent",
    "popular",
    "item-list",
    "authority",
    "copyright",
    "follow",
    "tweet",
    "review",
];
/// Parts of the path of an author's page.
const AUTHOR_PAGE: &[&str] =
    &["/author/", "/authors/", "/autor/", "/auteur/", "/autoren/", "/tac-gia/", "/writer/", "/by/"];
/// Nodes from the headline within which an author is looked for first, and elements that are marked as one.
const NEAR: usize = 250;
const MOST: usize = 200;
/// Longest text of an element that names authors, in bytes, and most names in it.
const LONGEST_BYLINE: usize = 300;
const MOST_NAMES: usize = 20;
/// Lines around the headline in which "By …" is looked for.
const LINES: usize = 8;

/// The authors that a page shows; `others` are names that are no author's: the site's, the headline.
pub(super) fn shown(tree: &Tree, headline: Option<usize>, others: &[&str]) -> Vec<String> {
    let candidates = candidates(tree, headline);
    let others: Vec<String> = others.iter().map(|name| shape::skeleton(name)).collect();
    let far =
        |at: usize| headline.map_or(at, |headline| if at > headline { at - headline } else { 2 * (headline - at) });
    let order = |candidate: &&Candidate| (far(candidate.at) > NEAR, candidate.mark, far(candidate.at));
    let mut sorted: Vec<&Candidate> = candidates.iter().collect();
    sorted.sort_by_key(order);
    for first in sorted {
        let mut names = names(tree, first.at, &others);
        if names.is_empty() {
            continue;
        }
        // Authors of one article stand in one row.
        let row = |at: usize| tree.ancestors(at).nth(1);
        for other in &candidates {
            if other.mark == first.mark && other.at != first.at && row(other.at) == row(first.at) {
                names.extend(self::names(tree, other.at, &others));
            }
        }
        let mut seen = Vec::new();
        names.retain(|name| {
            let key = shape::skeleton(name);
            let new = !seen.contains(&key);
            seen.push(key);
            new
        });
        names.truncate(MOST_NAMES);
        return names;
    }
    Vec::new()
}

/// The authors in a line "By …" beside the headline.
pub(super) fn at_headline(all: &[Block], headline: usize) -> Vec<String> {
    let from = all.partition_point(|block| block.at <= headline);
    let lines = all[from..].iter().take(LINES).filter(|block| !block.prose && block.weight <= 80);
    for block in lines {
        let Some((label, rest)) = block.text.split_once(char::is_whitespace) else { continue };
        let bare = label.trim_end_matches([':', '：']).to_lowercase();
        if languages::is_byline_label(&bare) {
            let names = cleaned(rest, &[]);
            if !names.is_empty() {
                return names;
            }
        }
    }
    Vec::new()
}

fn candidates(tree: &Tree, headline: Option<usize>) -> Vec<Candidate> {
    let mut found = Vec::new();
    let mut here = 0;
    while here < tree.nodes.len() && found.len() < MOST {
        let node = &tree.nodes[here];
        let at = here;
        here += 1;
        if node.element.is_none() || matches!(node.name(), "meta" | "link" | "body" | "html") {
            continue;
        }
        let class = || [node.attr("class"), node.attr("id"), node.attr("data-role")].into_iter().flatten();
        let holds = |parts: &[&str]| {
            class().any(|class| {
                let class = class.to_ascii_lowercase();
                parts.iter().any(|part| class.contains(part))
            })
        };
        let excluded =
            holds(NOT_THE_AUTHOR) || matches!(node.tag, Tag::Aside | Tag::Caption | Tag::Figure | Tag::Quote);
        let holds_headline = headline.is_some_and(|headline| (at..node.end).contains(&headline));
        if excluded && !holds_headline && !holds(AUTHOR) && node.end - at > 1 {
            // Nothing inside is this article's author.
            here = node.end;
            continue;
        }
        let mark =
            if node.attr("itemprop").is_some_and(|names| names.split_ascii_whitespace().any(|name| name == "author")) {
                Mark::Property
            } else if is_relation(node) {
                Mark::Relation
            } else if holds(AUTHOR) && !excluded {
                Mark::Class
            } else if is_author_page(node) {
                Mark::Address
            } else {
                continue;
            };
        if !holds_headline && !(in_other_story(tree, at, headline)) {
            found.push(Candidate { mark, at });
        }
    }
    found
}

/// Whether an element stands in an `article` or a list item that does not hold the headline while another one does.
fn in_other_story(tree: &Tree, at: usize, headline: Option<usize>) -> bool {
    let Some(headline) = headline else { return false };
    let holds = |node: usize| (node..tree.nodes[node].end).contains(&headline);
    tree.ancestors(at).take_while(|node| !holds(*node)).any(|node| {
        let name = tree.nodes[node].name();
        let linked_heading = || {
            tree.nodes[node..tree.nodes[node].end]
                .iter()
                .enumerate()
                .any(|(inside, child)| matches!(child.tag, Tag::Heading(_)) && tree.nodes[node + inside].name() != "h1")
        };
        matches!(name, "article" | "li") && linked_heading()
    })
}

/// The names that an element holds: those marked as names, else links to authors' pages, else its text or first link.
fn names(tree: &Tree, at: usize, others: &[String]) -> Vec<String> {
    let end = tree.nodes[at].end;
    let is_name = |node: &usize| {
        let node = &tree.nodes[*node];
        let named = |class: &str| class.split_ascii_whitespace().any(|name| matches!(name, "fn" | "name"));
        node.attr("itemprop") == Some("name") || node.attr("class").is_some_and(named)
    };
    let leads = |node: &usize| is_relation(&tree.nodes[*node]) || is_author_page(&tree.nodes[*node]);
    let of = |nodes: Vec<usize>| -> Vec<String> {
        let texts = nodes.into_iter().take(MOST_NAMES).map(|node| tree.beginning(node, LONGEST_BYLINE));
        texts.flat_map(|text| cleaned(&text, others)).collect()
    };
    let marked = of((at..end).filter(is_name).collect());
    if !marked.is_empty() {
        return marked;
    }
    let pages = of((at..end).filter(leads).collect());
    if !pages.is_empty() {
        return pages;
    }
    let text = tree.beginning(at, LONGEST_BYLINE + 1);
    let whole = if text.len() > LONGEST_BYLINE { Vec::new() } else { cleaned(&text, others) };
    if !whole.is_empty() {
        return whole;
    }
    of((at + 1..end).find(|node| tree.nodes[*node].tag == Tag::Link).into_iter().collect())
}

fn is_relation(node: &Node<'_>) -> bool {
    node.attr("rel").is_some_and(|rels| rels.split_ascii_whitespace().any(|rel| rel == "author"))
}

fn is_author_page(node: &Node<'_>) -> bool {
    node.attr("href").is_some_and(|href| AUTHOR_PAGE.iter().any(|part| href.contains(part)))
}

/// Names out of a text that holds them, without label, role, date and address.
pub(super) fn cleaned(text: &str, others: &[String]) -> Vec<String> {
    let mut text = shape::squeeze(text);
    if let Some((label, rest)) = text.split_once([':', '：'])
        && shape::weight(label) <= 24
        && !rest.trim().is_empty()
    {
        text = rest.trim().to_owned();
    }
    while without_label(&text).len() < text.len() {
        text = without_label(&text).to_owned();
    }
    // "View all posts by Ida Berg": `by` is in no name, `von` may be.
    let words: Vec<&str> = text.split(' ').collect();
    let led = |at: &usize| {
        let word = words[*at].to_lowercase();
        languages::is_byline_label(&word) && (word == "by" || *at >= 3)
    };
    if let Some(at) = (1..words.len().saturating_sub(1)).rev().find(led) {
        text = words[at + 1..].join(" ");
    }
    let parts = text.split(['|', '·', '•', '(', '[', '–', '—', '\n', '@', '/']).map(str::trim);
    let Some(first) = parts.filter(|part| !part.is_empty()).map(people).find(|names| !names.is_empty()) else {
        return Vec::new();
    };
    first.into_iter().map(|name| bare(&name)).filter(|name| is_name(name, others)).collect()
}

/// A name without the word before it: `By Ida Berg`, `Theo Đào Bến`.
pub(super) fn without_label(name: &str) -> &str {
    match name.split_once(' ') {
        Some((first, rest)) if languages::is_byline_label(&first.to_lowercase()) => rest.trim_start(),
        _ => name,
    }
}

/// A name without marks around it.
fn bare(name: &str) -> String {
    let trimmed = name.trim_matches(|sign: char| !sign.is_alphanumeric() && sign != '.' && sign != ')');
    without_label(trimmed.trim_end_matches([',', ';', ':', '-'])).to_owned()
}

/// The name that a short line under a text is, as reporters sign.
pub(super) fn signature(line: &str) -> Option<String> {
    let words = line.split_whitespace().count();
    let capital = |word: &str| word.chars().next().is_some_and(char::is_uppercase);
    let signs = (2..=4).contains(&words) && shape::weight(line) <= 40 && line.split_whitespace().all(capital);
    let mut names =
        if signs && !line.contains([':', '–', '—', '-', '/']) { cleaned(line, &[]) } else { Vec::new() };
    (names.len() == 1 && names[0].split_whitespace().count() == words).then(|| names.remove(0))
}

fn is_name(name: &str, others: &[String]) -> bool {
    // Scripts with capitals write most words of a name with one.
    let small = name.split_whitespace().filter(|word| word.chars().next().is_some_and(char::is_lowercase)).count();
    let key = shape::skeleton(name);
    let words = name.split_whitespace().count();
    (2..=60).contains(&shape::weight(name))
        && (1..=6).contains(&words)
        && (words == 1 || 2 * small < words)
        && !name.contains("://")
        && !name.contains("www.")
        && !name.contains("mail")
        && !name.chars().any(char::is_numeric)
        && !others.contains(&key)
        && !languages::is_byline_label(&name.to_lowercase())
        && !shape::sentences(name.trim_end_matches('.')).gt(&1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(html: &str) -> Vec<String> {
        let page = format!("<html><head><title>Ships wait in the harbour</title></head><body>{html}</body></html>");
        let settings = crate::article::Settings::default();
        crate::article::page(&page, None, &settings, &crate::article::Repeated::none()).expect("an article").byline
    }

    const TEXT: &str = "<p>The harbour is closed to ships until Sunday because of the storm, the office says.</p><p>Some \
        forty ships wait outside, and the pilots sleep on board until the wind turns.</p>";

    #[test]
    fn an_author_is_found_where_the_page_marks_one() {
        for mark in [
            "<span itemprop='author' itemscope><span itemprop='name'>Ida Berg</span></span>",
            "<a rel='author' href='/staff/7'>Ida Berg</a>",
            "<div class='c-article__byline'>By Ida Berg, 3 March 2026</div>",
            "<div class='tac-gia'>Tác giả: Ida Berg</div>",
            "<p>Words <a href='/authors/ida-berg'>Ida Berg</a></p>",
            "<p class='meta'>By Ida Berg</p>",
            "<p>von Ida Berg</p>",
            "<div class='detail-author' data-role='author'><div class='author-info'><a class='name'>Ida Berg</a></div></div>",
        ] {
            let page = format!("<article><h1>Ships wait in the harbour</h1>{mark}{TEXT}</article>");
            assert_eq!(of(&page), ["Ida Berg"], "{mark}");
        }
        let below = format!("<article><h1>Ships wait in the harbour</h1>{TEXT}<p>Ida Berg</p></article>");
        assert_eq!(of(&below), ["Ida Berg"]);
        let two = format!(
            "<article><h1>Ships wait in the harbour</h1><p><a rel='author'>Ida Berg</a> and <a rel='author'>Ivar Kvist</a></p>\
             {TEXT}</article>"
        );
        assert_eq!(of(&two), ["Ida Berg", "Ivar Kvist"]);
    }

    #[test]
    fn who_is_quoted_or_comments_or_wrote_another_story_is_no_author() {
        for around in [
            "<div class='comments'><span class='comment-author'>Ida Berg</span></div>",
            "<table class='quote'><tr><td class='quote__author'>Ida Berg</td></tr></table>",
            "<div class='related'><article><h3><a href='/2'>Herring is cheap</a></h3><span class='author'>Ida Berg</span>\
             </article></div>",
            "<figure><img src='a.jpg'><figcaption><span class='author'>Ida Berg</span></figcaption></figure>",
            "<ul><li><h4><a href='/2'>Herring is cheap</a></h4><a href='/author/ida'>Ida Berg</a></li></ul>",
        ] {
            let page = format!("<main><h1>Ships wait in the harbour</h1>{TEXT}{around}</main>");
            assert_eq!(of(&page), Vec::<String>::new(), "{around}");
        }
    }

    #[test]
    fn a_name_stands_alone_once_label_role_and_date_are_gone() {
        for (text, names) in [
            ("by Ivar Kvist", vec!["Ivar Kvist"]),
            ("Von: Ida Berg", vec!["Ida Berg"]),
            ("Author: Ida Berg | 3 March 2026", vec!["Ida Berg"]),
            ("Tác giả: Đào Bến", vec!["Đào Bến"]),
            ("By Ida Berg and Ivar Kvist", vec!["Ida Berg", "Ivar Kvist"]),
            ("Ida Berg (Norrvik)", vec!["Ida Berg"]),
            ("3 March 2026", vec![]),
            ("The Paper", vec![]),
            ("by", vec![]),
        ] {
            assert_eq!(cleaned(text, &["thepaper".to_owned()]), names, "{text}");
        }
    }
}
