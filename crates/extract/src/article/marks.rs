//! Finds the elements of a page that are marked as an author's: by a property, a relation, a name or where they lead.
//!
//! Those of comments, quotations and other stories are left out.

use super::shape;
use super::tree::{Node, Tag, Tree};

/// What marks an element as an author's name, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mark {
    Property,
    Relation,
    Class,
    Address,
    /// A link to a person's page, or a line at the headline.
    Likely,
}

/// One element that is marked as an author's.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub mark: Mark,
    pub at: usize,
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
/// Parts of class names around which no author of this article stands.
pub(super) const NOT_THE_AUTHOR: &[&str] = &[
    "comment",
    "kommentar",
    "quote",
    "related",
    "teaser",
    "sidebar",
    "widget",
    "caption",
    "credit",
    "recent",
    "popular",
    "item-list",
    "breadcrumb",
    "tweet",
    "review",
];
/// Parts of the class names of elements that say more than a name. An author may stand inside.
const NOT_A_NAME: &[&str] = &[
    "avatar",
    "image",
    "photo",
    "social",
    "share",
    "bio",
    "desc",
    "title",
    "count",
    "authority",
    "copyright",
    "follow",
    "label",
];
/// Attributes beside `class` that say what an element is.
const NAMED: &[&str] = &["class", "id", "data-role", "data-testid", "data-qa", "data-component", "data-gu-name"];
/// Parts of the path of an author's page.
pub(super) const AUTHOR_PAGE: &[&str] =
    &["/author/", "/authors/", "/autor/", "/auteur/", "/autoren/", "/tac-gia/", "/writer/", "/by/"];
/// Parts of the path of a person's page. At the headline it is the author's.
const PERSON_PAGE: &[&str] = &[
    "/staff/",
    "/people/",
    "/person/",
    "/profile/",
    "/profiles/",
    "/profil/",
    "/newsteam/",
    "/reporters/",
    "/reporter/",
    "/journalist/",
    "/journalists/",
    "/contributors/",
    "/contributor/",
    "/columnist/",
    "/redaktion/",
    "/users/",
    "/user/",
    "/members/",
];
/// Nodes from the headline within which an author is looked for first, and elements that are marked as one.
pub(super) const NEAR: usize = 250;
pub(super) const MOST: usize = 200;
/// Bytes of a line that are measured.
const LINE: usize = 300;
/// Nodes of another story in which its heading is looked for.
const LOOKED_AT: usize = 500;
/// Elements around one that may be another story, and marked elements that are asked for it.
const AROUND: usize = 16;
const ASKED: usize = 400;
/// How far an element stands from the headline, in nodes; twice as far above it.
pub(super) fn far(at: usize, headline: Option<usize>) -> usize {
    headline.map_or(at, |headline| if at > headline { at - headline } else { 2 * (headline - at) })
}

/// The marked elements, in page order.
pub(super) fn candidates(tree: &Tree, headline: Option<usize>) -> Vec<Candidate> {
    let mut found = Vec::new();
    let (mut here, mut asked) = (0, 0);
    while here < tree.nodes.len() && found.len() < MOST && asked < ASKED {
        let node = &tree.nodes[here];
        let at = here;
        here += 1;
        if node.element.is_none() || matches!(node.name(), "meta" | "link" | "body" | "html") {
            continue;
        }
        // Drupal marks the line with author and date as `submitted`.
        let submitted = |class: &str| class.split_ascii_whitespace().any(|name| name == "submitted");
        let names = names(node);
        let holds = |parts: &[&str]| !names.is_empty() && parts.iter().any(|part| names.contains(part));
        let is_author = holds(AUTHOR) || !names.is_empty() && node.attr("class").is_some_and(submitted);
        let aside = node.tag == Tag::Aside && far(at, headline) > NEAR;
        let excluded = holds(NOT_THE_AUTHOR) || aside || matches!(node.tag, Tag::Caption | Tag::Figure | Tag::Quote);
        let holds_headline = headline.is_some_and(|headline| (at..node.end).contains(&headline));
        if excluded && !holds_headline && !is_author && node.end - at > 1 {
            // Nothing inside is this article's author.
            here = node.end;
            continue;
        }
        let mark =
            if node.attr("itemprop").is_some_and(|names| names.split_ascii_whitespace().any(|name| name == "author")) {
                Mark::Property
            } else if is_relation(node) {
                Mark::Relation
            } else if is_author && !excluded && !holds(NOT_A_NAME) {
                Mark::Class
            } else if leads_to(node, AUTHOR_PAGE) {
                Mark::Address
            } else if is_person_page(node)
                && headline.is_some_and(|headline| (headline..headline + NEAR).contains(&at))
                && stands_alone(tree, at)
            {
                Mark::Likely
            } else {
                continue;
            };
        asked += 1;
        if !holds_headline && !in_other_story(tree, at, headline) {
            found.push(Candidate { mark, at });
        }
    }
    found
}

/// What an element is called, in lower case and in one text; empty for most.
fn names(node: &Node<'_>) -> String {
    let mut all = String::new();
    for names in NAMED.iter().filter_map(|name| node.attr(name)) {
        all.push_str(names);
        all.push(' ');
    }
    all.make_ascii_lowercase();
    all
}

/// Whether the names of an element have one of some parts.
pub(super) fn holds(node: &Node<'_>, parts: &[&str]) -> bool {
    let names = names(node);
    !names.is_empty() && parts.iter().any(|part| names.contains(part))
}

/// Whether a link leads to a person's page of this site; those of networks are absolute.
fn is_person_page(node: &Node<'_>) -> bool {
    leads_to(node, PERSON_PAGE)
        && node.attr("href").is_some_and(|href| href.starts_with('/') && !href.starts_with("//"))
}

/// Whether a link stands in a short line and not in a sentence.
fn stands_alone(tree: &Tree, at: usize) -> bool {
    let block = tree.ancestors(at).find(|around| !matches!(tree.nodes[*around].tag, Tag::Inline | Tag::Link));
    block.is_some_and(|block| shape::weight(&tree.beginning(block, LINE)) <= 100)
}

/// Whether an element stands in an `article` or a list item that does not hold the headline while another one does.
pub(super) fn in_other_story(tree: &Tree, at: usize, headline: Option<usize>) -> bool {
    let Some(headline) = headline else { return false };
    let holds = |node: usize| (node..tree.nodes[node].end).contains(&headline);
    tree.ancestors(at).take_while(|node| !holds(*node)).take(AROUND).any(|node| {
        let name = tree.nodes[node].name();
        // Its heading, or a link as long as one.
        let linked_heading = || {
            (node..tree.nodes[node].end).take(LOOKED_AT).any(|inside| match tree.nodes[inside].tag {
                Tag::Heading(_) => tree.nodes[inside].name() != "h1",
                Tag::Link => shape::weight(&tree.beginning(inside, LINE)) >= 30,
                _ => false,
            })
        };
        matches!(name, "article" | "li") && linked_heading()
    })
}

/// Whether an element says that it leads to the author.
pub(super) fn is_relation(node: &Node<'_>) -> bool {
    node.attr("rel").is_some_and(|rels| rels.split_ascii_whitespace().any(|rel| rel == "author"))
}

/// Whether an address has one of some parts.
pub(super) fn leads_to(node: &Node<'_>, pages: &[&str]) -> bool {
    node.attr("href").is_some_and(|href| pages.iter().any(|part| href.contains(part)))
}
