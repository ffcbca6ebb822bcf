//! Puts a document together from what a feed told and what its page held.

use crate::model::{Document, DocumentId, Extracted, Item, SourceId, canonical_key, canonical_url, item_address};
use jiff::Timestamp;
use std::borrow::Cow;
use url::Url;

/// Characters from which a feed's own text can be the whole article.
const WHOLE: usize = 500;
/// Characters from which even a summary is the whole article.
const WHOLE_SUMMARY: usize = 1500;

/// The id of a revision of the text at an address.
pub fn document_id(url: &Url, revision: u32) -> DocumentId {
    DocumentId::of(&["document", &canonical_key(url), &revision.to_string()])
}

/// Where an item is: its page, or its place in the list at `list` where it has none.
pub fn address_of(item: &Item, list: &Url) -> Url {
    item.url.clone().unwrap_or_else(|| item_address(list, &item.id))
}

/// Plain text as HTML that reads the same: a paragraph a line, every sign itself.
fn paragraphs(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
    let lines = escaped.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.flat_map(|line| ["<p>", line, "</p>"]).collect()
}

/// HTML where there is some, else the plain text that stands for it.
fn html_of<'a>(html: &'a str, text: &str) -> Cow<'a, str> {
    if html.trim().is_empty() { Cow::Owned(paragraphs(text)) } else { Cow::Borrowed(html) }
}

/// The most that the feed itself tells of an item, as HTML.
pub fn told(item: &Item) -> Cow<'_, str> {
    if item.content_html.trim().is_empty() && item.content_text.trim().is_empty() {
        html_of(&item.summary_html, &item.summary_text)
    } else {
        html_of(&item.content_html, &item.content_text)
    }
}

/// The feed's HTML of an item where it reads like the whole article.
pub fn whole_text(item: &Item) -> Option<Cow<'_, str>> {
    let cut = |text: &str| {
        let end = text.trim_end();
        ["…", "...", "[…]", "[...]", "»", "→"].iter().any(|mark| end.ends_with(mark))
    };
    let long = |text: &str, least: usize| text.chars().count() >= least && !cut(text);
    if long(&item.content_text, WHOLE) {
        Some(html_of(&item.content_html, &item.content_text))
    } else if long(&item.summary_text, WHOLE_SUMMARY) {
        Some(html_of(&item.summary_html, &item.summary_text))
    } else {
        None
    }
}

/// A document of an item and of what was extracted from its page or from the feed's own text.
///
/// `url` is the address that answered. The feed wins for headline and time, because the page repeats
/// its headline in many forms; the page wins for text, alternates and source.
pub fn from_item(
    source: &SourceId,
    item: &Item,
    page: Extracted,
    url: &Url,
    revision: u32,
    now: Timestamp,
) -> Document {
    let shown = canonical_url(url);
    let mut aliases: Vec<Url> = item
        .url
        .iter()
        .cloned()
        .chain(page.amp.clone())
        .filter(|alias| canonical_key(alias) != canonical_key(&shown))
        .collect();
    aliases.dedup();
    let mut alternates = item.alternates.clone();
    alternates.extend(page.alternates.into_iter().filter(|(_, other)| canonical_key(other) != canonical_key(&shown)));
    alternates.dedup();
    let text = if page.text.trim().is_empty() {
        if item.content_text.is_empty() { item.summary_text.clone() } else { item.content_text.clone() }
    } else {
        page.text
    };
    Document {
        id: document_id(&shown, revision),
        source: source.clone(),
        item: item.id.clone(),
        canonical: page.canonical.filter(|canonical| canonical_key(canonical) != canonical_key(&shown)),
        url: shown,
        aliases,
        lang: None,
        stated_lang: page.lang.or(item.lang),
        title: if item.title.is_empty() { page.title } else { item.title.clone() },
        text,
        byline: if page.byline.is_empty() { item.byline.clone() } else { page.byline },
        // A date after now is a publisher's slip of the calendar: it would keep a story at the top.
        published: item.published.or(page.published).map(|time| time.min(now)),
        modified: page.modified.or(item.updated),
        seen: now,
        site: page.site,
        image: page.image.or_else(|| item.image.clone()),
        source_url: page.source_url,
        source_name: page.source_name,
        alternates,
        revision,
    }
}

/// A document of a page alone, as an import finds it.
pub fn from_page(source: &SourceId, item: &str, page: Extracted, url: Url, revision: u32, now: Timestamp) -> Document {
    let first_line = || page.text.lines().next().unwrap_or_default().chars().take(120).collect::<String>();
    Document {
        id: document_id(&url, revision),
        source: source.clone(),
        item: item.to_owned(),
        canonical: page.canonical.clone(),
        aliases: Vec::new(),
        lang: None,
        stated_lang: page.lang,
        title: if page.title.is_empty() { first_line() } else { page.title.clone() },
        byline: page.byline,
        published: page.published.map(|time| time.min(now)),
        modified: page.modified,
        seen: now,
        site: page.site,
        image: page.image,
        source_url: page.source_url,
        source_name: page.source_name,
        alternates: page.alternates,
        text: page.text,
        url,
        revision,
    }
}
