//! Reads a page that lists articles: links by pattern or by selector, for sites without a feed.

use super::ParseError;
use super::limits::{MOST_ENTRIES, beginning, is_sane};
use samestory_model::markup::{Said, decode, parse_document, title_as};
use samestory_model::{FeedFormat, Item, Lang, ParsedFeed, Source, canonical_key, canonical_url, holds_pattern};
use scraper::{ElementRef, Html, Selector};
use std::collections::HashMap;
use url::Url;

/// Bytes of a listing page that are looked at: its tree takes twenty times as much.
const LOOKED_AT: usize = 4_000_000;

/// Deepest nesting that is kept.
pub(super) const MOST_DEPTH: usize = 256;
/// Bytes of a link's text and of its address that are looked at.
const MOST_TITLE: usize = 16_384;
const MOST_ADDRESS: usize = 8_192;

/// Letters of an anchor's text from which it can be a headline.
const HEADLINE: usize = 12;

fn anchor<'a>(element: ElementRef<'a>, inner: &Selector) -> Option<ElementRef<'a>> {
    if element.value().name() == "a" { Some(element) } else { element.select(inner).next() }
}

/// The beginning of an element's text: links may stand in links, and each would cost the rest of the page.
fn beginning_of(element: ElementRef<'_>) -> String {
    let mut text = String::new();
    for part in element.text() {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(beginning(part, MOST_TITLE));
        if text.len() >= MOST_TITLE {
            break;
        }
    }
    text
}

/// Where the addresses of a page start from: its own address, or the base that it names.
pub(super) fn base_of(page: &Html, address: &Url) -> Url {
    let selector = Selector::parse("base[href]").expect("a constant selector");
    let stated = page.select(&selector).next().and_then(|base| address.join(base.attr("href")?.trim()).ok());
    stated.filter(|base| matches!(base.scheme(), "http" | "https")).unwrap_or_else(|| address.clone())
}

/// Reads a listing page. Without pattern and selector every link to the same site that reads like a headline counts.
pub(super) fn read(
    bytes: &[u8],
    content_type: Option<&str>,
    address: &Url,
    source: &Source,
) -> Result<ParsedFeed, ParseError> {
    let decoded = decode(bytes, content_type, address.host_str().and_then(|host| host.rsplit('.').next()));
    if decoded.text.trim().is_empty() {
        return Err(ParseError::Empty { subject: address.to_string() });
    }
    let chosen = source.link_selector.as_deref().unwrap_or("a[href]");
    let selector = Selector::parse(chosen)
        .map_err(|_| ParseError::Selector { subject: address.to_string(), selector: chosen.to_owned() })?;
    let page = parse_document(beginning(&decoded.text, LOOKED_AT), MOST_DEPTH)
        .map_err(|_| ParseError::TooCostly { subject: address.to_string() })?;
    let mut parsed = ParsedFeed::empty(FeedFormat::Page);
    parsed.repairs = decoded.repairs;
    parsed.lang = page.root_element().attr("lang").and_then(Lang::parse);
    let is_configured = source.link_selector.is_some() || source.link_pattern.is_some();
    let mut items: Vec<Item> = Vec::new();
    let mut met = HashMap::new();
    let inner = Selector::parse("a[href]").expect("a constant selector");
    let own = canonical_key(address);
    let base = base_of(&page, address);
    for element in page.select(&selector).filter_map(|element| anchor(element, &inner)) {
        let Some(url) = element
            .attr("href")
            .filter(|href| href.len() <= MOST_ADDRESS)
            .and_then(|href| base.join(href.trim()).ok())
            .filter(|url| matches!(url.scheme(), "http" | "https") && is_sane(url))
        else {
            continue;
        };
        let title = title_as(&beginning_of(element), Said::Text);
        let fits = source.link_pattern.as_deref().is_none_or(|pattern| holds_pattern(url.as_str(), pattern));
        let headline = is_configured
            || (url.host_str() == address.host_str()
                && title.chars().filter(|sign| sign.is_alphabetic()).count() >= HEADLINE);
        if !fits || !headline {
            continue;
        }
        let key = canonical_key(&url);
        if key == own {
            continue;
        }
        // A picture's link comes first on many pages and has no text: the headline's link fills it.
        if let Some(known) = met.get(&key).and_then(|place: &usize| items.get_mut(*place)) {
            if known.title.is_empty() {
                known.title = title;
            }
            continue;
        }
        if items.len() >= MOST_ENTRIES {
            break;
        }
        met.insert(key.clone(), items.len());
        items.push(Item { lang: parsed.lang, ..Item::headline(key, Some(canonical_url(&url)), title) });
    }
    parsed.items = items;
    Ok(parsed)
}
