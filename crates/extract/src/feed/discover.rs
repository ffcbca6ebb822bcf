//! Finds the feeds that a page links to; never guesses a path.

use super::bases::on_the_web;
use super::limits::{beginning, is_sane};
use super::listing::{MOST_DEPTH, base_of};
use samestory_model::markup::{Said, parse_document, title_as};
use samestory_model::{FeedFormat, Lang, ParsedFeed};
use scraper::Selector;
use url::Url;

/// Feeds of one page that are returned, at most.
const MOST: usize = 50;

/// Bytes of a page that are looked at: feeds are named in its head, or once in its margin.
const LOOKED_AT: usize = 1_000_000;

/// Types of what a link leads to that are those of feeds.
const TYPES: [&str; 17] = [
    "application/rss+xml",
    "application/atom+xml",
    "application/rdf+xml",
    "application/feed+json",
    "application/json",
    "application/xml",
    "application/rss",
    "application/atom",
    "application/x-rss+xml",
    "application/x-atom+xml",
    "application/x.atom+xml",
    "text/xml",
    "text/rss+xml",
    "text/rss",
    "text/atom+xml",
    "text/atom",
    "text/rdf+xml",
];
/// Parts of a path, and keys of a query, at which a site's software answers programs: the page itself as data, or
/// how to embed it.
const INTERFACES: [&str; 10] =
    ["wp-json", "oembed", "embed", "api", "jsonapi", "graphql", "rest", "rest_route", "_format", "xmlrpc.php"];

/// Whether an address is one at which programs are answered: those of the site, not readers of feeds.
fn is_interface(url: &Url) -> bool {
    let interface = |part: &str| INTERFACES.iter().any(|one| part.eq_ignore_ascii_case(one));
    url.path().split('/').any(interface) || url.query_pairs().any(|(key, _)| interface(&key))
}

/// Whether a link's type, parameters left out, is that of a feed.
fn is_feed_type(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    TYPES.contains(&kind.as_str())
}

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
        .map(|title| title_as(&title.text().collect::<String>(), Said::Text))
        .filter(|title| !title.is_empty());
    parsed.lang = page.root_element().attr("lang").and_then(Lang::parse);
    let base = base_of(&page, address);
    let mut add = |href: &str, stated: bool| {
        if parsed.discovered.len() < MOST
            && let Ok(url) = base.join(&on_the_web(href))
            && matches!(url.scheme(), "http" | "https")
            && is_sane(&url)
            && (stated || !is_interface(&url))
            && !parsed.discovered.contains(&url)
        {
            parsed.discovered.push(url);
        }
    };
    for link in page.select(&select("link[href]")) {
        let kind = link.attr("type").unwrap_or("");
        let alternate = link.attr("rel").is_some_and(|rel| {
            rel.to_ascii_lowercase().split_whitespace().any(|word| matches!(word, "alternate" | "feed"))
        });
        let named_feed = || {
            link.attr("rel").is_some_and(|rel| rel.to_ascii_lowercase().split_whitespace().any(|word| word == "feed"))
        };
        if alternate && (is_feed_type(kind) || kind.trim().is_empty() && named_feed()) {
            // Only what says outright that it is a feed is one at such an address.
            let stated = ["rss", "atom", "rdf", "feed"].iter().any(|word| kind.to_ascii_lowercase().contains(word));
            link.attr("href").iter().for_each(|href| add(href, stated));
        }
    }
    for anchor in page.select(&select("a[href]")) {
        let href = anchor.attr("href").unwrap_or("");
        let scheme = href.trim().get(..5).is_some_and(|head| head.eq_ignore_ascii_case("feed:"));
        let path = base.join(href.trim()).map(|url| url.path().to_ascii_lowercase()).unwrap_or_default();
        let ends = [
            ".rss",
            ".atom",
            "/feed",
            "/feed/",
            "/rss",
            "/rss/",
            "rss.xml",
            "atom.xml",
            "feed.xml",
            "feed.json",
            ".rdf",
        ];
        let query = url::form_urlencoded::parse(href.split_once('?').map_or("", |pair| pair.1).as_bytes());
        let by_query = query.into_iter().any(|(key, value)| {
            key == "feed" && ["rss", "rss2", "atom", "rdf"].iter().any(|kind| value.split('#').next() == Some(kind))
        });
        if scheme || by_query || ends.iter().any(|end| path.ends_with(end)) {
            add(href, false);
        }
    }
    // Feeds of comments come after feeds of articles.
    parsed.discovered.sort_by_key(|url| url.as_str().contains("comments"));
    parsed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(head: &str, body: &str) -> Vec<String> {
        let page = format!("<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>");
        let address = Url::parse("https://paper.example/news/index.html").expect("an address");
        read(&page, &address).discovered.into_iter().map(String::from).collect()
    }

    #[test]
    fn addresses_count_from_the_base_that_the_page_names() {
        let link = "<link rel=alternate type=application/rss+xml href=f.xml>";
        for (base, feed) in [
            ("", "https://paper.example/news/f.xml"),
            ("<base href='/de/'>", "https://paper.example/de/f.xml"),
            ("<base href='https://other.example/x/'>", "https://other.example/x/f.xml"),
            ("<base target=_blank><base href='/de/'><base href='/sv/'>", "https://paper.example/de/f.xml"),
            ("<base href='javascript:x'>", "https://paper.example/news/f.xml"),
            ("<base href='http://['>", "https://paper.example/news/f.xml"),
        ] {
            assert_eq!(found(&format!("{base}{link}"), ""), [feed], "{base}");
        }
        assert_eq!(found("<base href='/de/'>", "<a href='feed/'>x</a>"), ["https://paper.example/de/feed/"]);
    }

    #[test]
    fn types_are_read_without_parameters_and_interfaces_are_no_feeds() {
        for (kind, href, is_feed) in [
            ("application/rss+xml; charset=utf-8", "/f.xml", true),
            (" Application/Atom+XML ;type=feed", "/f.xml", true),
            ("text/xml;charset=utf-8", "/f.xml", true),
            ("application/feed+json", "/feed.json", true),
            ("application/json", "/feed.json", true),
            ("application/rss+xml", "/api/feed", true),
            ("application/rss+xml", "feed://paper.example/f.xml", true),
            ("application/json", "/wp-json/wp/v2/pages/2", false),
            ("application/json", "/index.php?rest_route=/wp/v2/posts/1", false),
            ("application/json", "/node/1?_format=json", false),
            ("application/json+oembed", "/wp-json/oembed/1.0/embed?url=x", false),
            ("application/json", "/api/posts/1", false),
            ("text/xml+oembed", "/oembed?url=x", false),
            ("text/xml", "/oembed?format=xml", false),
            ("text/html; x=application/rss+xml", "/f.xml", false),
            ("application/rss+xml", "javascript:x()", false),
            ("application/rss+xml", "feed:javascript:x()", false),
        ] {
            let feeds = found(&format!("<link rel=alternate type='{kind}' href='{href}'>"), "");
            assert_eq!(!feeds.is_empty(), is_feed, "{kind} {href}: {feeds:?}");
        }
        assert_eq!(found("", "<a href='feed://a.example/x'>x</a>"), ["http://a.example/x"]);
        assert_eq!(found("", "<a href='/wp-json/feed'>x</a>"), [""; 0]);
        assert_eq!(
            found("<link rel='alternate feed' href='/x'><link rel=alternate href='/y'>", ""),
            ["https://paper.example/x"]
        );
        let both = "<link rel=alternate type=application/rss+xml href='/comments/feed/'><link rel=alternate type=application/rss+xml href='/feed/'>";
        assert_eq!(found(both, ""), ["https://paper.example/feed/", "https://paper.example/comments/feed/"]);
        assert_eq!(
            found("", "<a href='/?feed=rss2'>x</a> <a href='?feed=no'>y</a>"),
            ["https://paper.example/?feed=rss2"]
        );
    }
}
