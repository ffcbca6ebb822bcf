//! Finds the feeds that a page links to; never guesses a path.

use super::limits::beginning;
use super::listing::MOST_DEPTH;
use samestory_model::markup::{parse_document, title_text};
use samestory_model::{FeedFormat, Lang, ParsedFeed};
use scraper::Selector;
use url::Url;

/// Feeds of one page that are returned, at most.
const MOST: usize = 50;

/// Bytes of a page that are looked at: feeds are named in its head, or once in its margin.
const LOOKED_AT: usize = 1_000_000;

/// Reads a page as a source that is none: its title, language and the feeds that it names.
pub(super) fn read(text: &str, address: &Url) -> ParsedFeed {
    // A page that would cost too much names no feed.
    let Ok(page) = parse_document(beginning(text, LOOKED_AT), MOST_DEPTH) else {
        return ParsedFeed::empty(FeedFormat::Html);
    };
    let select = |selector: &str| Selector::parse(selector).expect("a constant selector");
    let mut parsed = ParsedFeed::empty(FeedFormat::Html);
    parsed.title = page
        .select(&select("title"))
        .next()
        .map(|title| title_text(&title.text().collect::<String>()))
        .filter(|title| !title.is_empty());
    parsed.lang = page.root_element().attr("lang").and_then(Lang::parse);
    let mut add = |href: &str| {
        if parsed.discovered.len() < MOST
            && let Ok(url) = address.join(href.trim())
            && matches!(url.scheme(), "http" | "https")
            && !parsed.discovered.contains(&url)
        {
            parsed.discovered.push(url);
        }
    };
    for link in page.select(&select("link[href]")) {
        let kind = link.attr("type").unwrap_or("").to_ascii_lowercase();
        let alternate = link.attr("rel").is_some_and(|rel| {
            rel.to_ascii_lowercase().split_whitespace().any(|word| matches!(word, "alternate" | "feed"))
        });
        if alternate
            && [
                "application/rss+xml",
                "application/atom+xml",
                "application/rdf+xml",
                "application/feed+json",
                "application/json",
                "text/xml",
                "application/xml",
            ]
            .contains(&kind.as_str())
        {
            link.attr("href").iter().for_each(|href| add(href));
        }
    }
    for anchor in page.select(&select("a[href]")) {
        let href = anchor.attr("href").unwrap_or("");
        let path = href.split(['?', '#']).next().unwrap_or("").to_ascii_lowercase();
        if [".rss", ".atom", "/feed", "/feed/", "/rss", "/rss/", "rss.xml", "atom.xml", "feed.xml", "feed.json", ".rdf"]
            .iter()
            .any(|end| path.ends_with(end))
        {
            add(href);
        }
    }
    parsed
}
