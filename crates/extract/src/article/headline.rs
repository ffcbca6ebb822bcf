//! Decides which of a page's headings and titles is the article's headline.

use super::people::Outlets;
use super::shape;
use super::tree::{Node, Tag, Tree};
use samestory_model::dates::prose;
use std::borrow::Cow;

/// Bytes of a heading or title that are read; no headline is longer.
pub(super) const LONGEST: usize = 4_096;

/// Percent of a title from which a heading in it is the headline, and no name of a site or a section.
const MAIN_PART: usize = 40;

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

/// Whether an element that is no h1 may be the headline: a heading below it, or what is named a title.
pub(super) fn is_below(node: &Node<'_>) -> bool {
    let named =
        |class: &str| class.split_ascii_whitespace().any(|name| name.ends_with("title") || name.ends_with("headline"));
    match node.tag {
        Tag::Heading(level) => (2..=4).contains(&level),
        Tag::Block | Tag::Paragraph => node.attr("class").is_some_and(named),
        _ => false,
    }
}

/// The h1 that is the article's: the one that the page repeats in its metadata, or the only one. A page whose h1 says
/// nothing of the title, or is the site's name, may say it in a heading `below`.
pub(super) fn headline(
    tree: &Tree,
    headings: &[usize],
    below: &[usize],
    others: &[&String],
    outlets: &Outlets,
) -> Option<usize> {
    let text = |at: usize| undated(&tree.beginning(at, LONGEST)).into_owned();
    let key = |at: usize| shape::skeleton(&text(at));
    let stated: Vec<String> = others.iter().map(|title| shape::skeleton(title)).collect();
    let own: Vec<usize> = headings.iter().copied().filter(|&at| !outlets.may_be(&text(at))).collect();
    let ends = |heading: &str| stated.iter().any(|title| heading.ends_with(title.as_str()) && title.len() > 12);
    let matching = own.iter().copied().find(|&at| {
        let heading = key(at);
        heading.chars().count() >= 4 && (stated.iter().any(|title| title.starts_with(&heading)) || ends(&heading))
    });
    // How much of a title a heading has, in percent.
    let share = |at: usize| {
        let heading = key(at);
        let of = |title: &String| if title.contains(&heading) { 100 * heading.len() / title.len() } else { 0 };
        if heading.chars().count() < 4 { 0 } else { stated.iter().map(of).max().unwrap_or(0) }
    };
    let only = || {
        let mut usable = headings.iter().copied().filter(|&at| shape::weight(&tree.beginning(at, LONGEST)) >= 8);
        let only = usable.next()?;
        usable.next().is_none().then_some(only)
    };
    // The name of the site begins or ends many titles, and another wording has most words of one.
    if let Some(sure) = matching.filter(|&at| share(at) >= MAIN_PART || ends(&key(at))) {
        return Some(sure);
    }
    let words = |text: &str| -> Vec<String> {
        text.split(|sign: char| !sign.is_alphanumeric()).map(shape::skeleton).filter(|word| word.len() > 3).collect()
    };
    let rewords = |at: &usize| {
        let heading = words(&text(*at));
        others.iter().map(|title| words(title)).any(|title| {
            let shared = title.iter().filter(|word| heading.contains(word)).count();
            shared >= 2 && 2 * shared >= title.len()
        })
    };
    if let Some(only) = only().filter(|at| own.contains(at)).filter(rewords) {
        return Some(only);
    }
    let lower = below.iter().filter(|at| !headings.contains(at) && !outlets.may_be(&text(**at)));
    let candidates = own.iter().chain(lower).copied();
    let best = candidates.map(|at| (share(at), at)).rev().max_by_key(|(share, _)| *share);
    best.filter(|(share, at)| *share >= MAIN_PART && shape::weight(&tree.beginning(*at, LONGEST)) >= 8)
        .map(|(_, at)| at)
        .or(matching)
        .or_else(only)
}

/// A headline without the date that stands in front of it.
pub(super) fn undated(text: &str) -> Cow<'_, str> {
    let found = prose::find(text, false).filter(|found| found.start == 0);
    let rest = found
        .map(|found| text[found.end..].trim_start_matches(|sign: char| !sign.is_alphanumeric() && !is_opening(sign)));
    match rest {
        Some(rest) if shape::weight(rest) >= 12 => rest.into(),
        _ => text.into(),
    }
}

/// Quotation marks and brackets that begin a headline.
fn is_opening(sign: char) -> bool {
    matches!(sign, '"' | '“' | '„' | '«' | '‘' | '\'' | '(' | '「' | '『' | '¿' | '¡')
}

/// The headline: what two of heading, JSON-LD and OpenGraph say alike, else JSON-LD's, else the
/// heading's. On `pages-fundus` it equals the label, by letters and digits, on 210 of 253 pages.
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
    // A quotation mark inside an attribute ends it.
    if let Some(whole) = &heading
        && [&stated, &shared].into_iter().flatten().any(|cut| {
            whole.strip_prefix(cut.trim_end()).is_some_and(|rest| rest.trim_start().starts_with(['"', '“', '”']))
        })
    {
        return whole.clone();
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

#[cfg(test)]
mod tests {
    use crate::article::{Repeated, Settings, page};

    fn of(head: &str, body: &str) -> String {
        let text = "<p>The harbour is closed to ships until Sunday because of the storm, the office says.</p>";
        let html = format!("<html><head>{head}</head><body>{body}{text}</body></html>");
        page(&html, None, &Settings::default(), &Repeated::none()).expect("an article").title
    }

    #[test]
    fn the_headline_is_what_the_page_shows_of_its_title() {
        for (title, body) in [
            ("Sandvik Post » Ships wait in the harbour", "<h1>Sandvik Post</h1><h2>Ships wait in the harbour</h2>"),
            (
                "Ships wait in the harbour | Sandvik Post",
                "<h1>Sandvik Post</h1><div class='h-title'>Ships wait in the harbour</div>",
            ),
            ("Post - News - Ships wait in the harbour", "<h1>Post</h1><h1>Ships wait in the harbour</h1>"),
            ("Ships wait in the harbour - Post", "<h1><span>3.3.2026</span>Ships wait in the harbour</h1>"),
            ("Harbour: forty vessels delayed", "<h1>Ships wait in the harbour</h1><h2>Read on</h2>"),
            (
                "Post: harbour ships wait",
                "<h1>Ships wait in the harbour</h1><div class='widget-title'>harbour ships wait</div>",
            ),
        ] {
            let of = of(&format!("<title>{title}</title>"), body);
            assert_eq!(of, "Ships wait in the harbour", "{title} {body}");
        }
    }

    #[test]
    fn a_title_that_a_quotation_mark_cut_is_the_headings() {
        let head = "<meta property='og:title' content='Pilot calls the harbour'><title>Pilot</title>";
        assert_eq!(of(head, "<h1>Pilot calls the harbour \"a trap\"</h1>"), "Pilot calls the harbour \"a trap\"");
    }

    #[test]
    fn what_stands_in_a_comment_or_a_section_of_characters_is_read() {
        for (open, close) in
            [("<![CDATA[", "]]>"), ("//<![CDATA[\n", "\n//]]>"), ("/*<![CDATA[*/", "/*]]>*/"), ("<!--", "-->")]
        {
            let json = r#"{"@type":"NewsArticle","headline":"Ships wait in the harbour"}"#;
            let head =
                format!("<script type='application/ld+json'>\n{open} {json}; {close}\n</script><title>x</title>");
            assert_eq!(of(&head, ""), "Ships wait in the harbour", "{open}");
        }
        let json = r#"{"@type":"Article","headline":"strait in the north","name":"Sandvik Sound"}"#;
        let head = format!("<script type='application/ld+json'>{json}</script><title>Sandvik Sound - Atlas</title>");
        assert_eq!(of(&head, ""), "Sandvik Sound", "a description is no headline");
    }
}
