//! Decides which of a page's headings and titles is the article's headline.

use super::shape;
use super::tree::Tree;

/// Bytes of a heading or title that are read; no headline is longer.
pub(super) const LONGEST: usize = 4_096;

/// Whether a heading is all a link to the site's front: blogs give the h1 to their own name.
pub(super) fn is_site_name(tree: &Tree, at: usize) -> bool {
    let inside = &tree.nodes[at..tree.nodes[at].end];
    let front = |href: &str| {
        let path = href.split_once("://").map_or(href, |(_, rest)| rest.find('/').map_or("/", |slash| &rest[slash..]));
        matches!(path, "/" | "./" | "/index.html" | "/index.php")
    };
    inside
        .iter()
        .position(|node| node.attr("href").is_some_and(front))
        .is_some_and(|link| tree.beginning(at, LONGEST) == tree.beginning(at + link, LONGEST))
}

/// Whether a lower heading is named as an entry's headline.
pub(super) fn is_named_headline(tree: &Tree, at: usize) -> bool {
    let node = &tree.nodes[at];
    let named = |class: &str| {
        class.split_ascii_whitespace().any(|name| matches!(name, "entry-title" | "post-title" | "article-title"))
    };
    node.attr("itemprop") == Some("headline") || node.attr("class").is_some_and(named)
}

/// The h1 that is the article's: the one that the page repeats in its metadata, or the only one.
pub(super) fn headline(tree: &Tree, headings: &[usize], others: &[&String]) -> Option<usize> {
    let key = |text: &str| shape::skeleton(text);
    let stated: Vec<String> = others.iter().map(|title| key(title)).collect();
    let mut usable = headings.iter().copied().filter(|&at| shape::weight(&tree.beginning(at, LONGEST)) >= 8);
    let matching = headings.iter().copied().find(|&at| {
        let heading = key(&tree.beginning(at, LONGEST));
        heading.chars().count() >= 4
            && stated
                .iter()
                .any(|title| title.starts_with(&heading) || heading.ends_with(title.as_str()) && title.len() > 12)
    });
    matching.or_else(|| {
        let only = usable.next()?;
        usable.next().is_none().then_some(only)
    })
}

/// The headline: what two of heading, JSON-LD and OpenGraph say alike, else JSON-LD's, else the
/// heading's. On `pages-fundus` the result is the label, letter by letter, on .814 of the pages.
pub(super) fn headline_of(
    heading: Option<String>,
    stated: Option<String>,
    shared: Option<String>,
    page: Option<String>,
    site: Option<&str>,
) -> String {
    let shared = shared.map(|title| without_site(&title, site));
    let alike = |one: &Option<String>, other: &Option<String>| {
        one.as_ref().zip(other.as_ref()).is_some_and(|(one, other)| shape::skeleton(one) == shape::skeleton(other))
    };
    let cut_short = |stated: &str| stated.ends_with('…') || stated.ends_with("...");
    // A heading's parts may run into each other; what is told apart from the text has its spaces.
    if alike(&heading, &stated) {
        return stated.unwrap_or_default();
    }
    if alike(&heading, &shared) {
        return shared.unwrap_or_default();
    }
    stated
        .filter(|stated| !cut_short(stated))
        .or(heading)
        .or(shared)
        .or_else(|| page.map(|title| without_site(&title, site)))
        .unwrap_or_default()
}

/// A page title without the site's name at its end.
fn without_site(title: &str, site: Option<&str>) -> String {
    for mark in [" | ", " - ", " – ", " — ", " :: ", " » ", "｜", " · "] {
        if let Some((head, tail)) = title.rsplit_once(mark)
            && (site.is_some_and(|site| tail.eq_ignore_ascii_case(site))
                || tail.chars().count() * 2 < head.chars().count())
        {
            return head.trim().to_owned();
        }
    }
    title.to_owned()
}
