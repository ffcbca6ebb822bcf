//! Puts a document together from what a feed said and what its page held.
//!
//! A text stands at an address of the site that it came from. What a page or a feed says of another site's
//! addresses is no alias, and a stranger's words about a page are not its headline.

use jiff::Timestamp;
use samestory_model::markup::as_html;
use samestory_model::{
    Document, Extracted, Item, SourceId, canonical_key, canonical_url, item_address, may_claim, page_of, same_site,
    without_credentials, without_keys, without_userinfo,
};
use std::borrow::Cow;
use url::Url;

/// Characters from which a feed's own text can be the whole article.
const WHOLE: usize = 500;
/// Characters from which even a summary is the whole article.
const WHOLE_SUMMARY: usize = 1500;

/// Where an item is: its page, or its place in the list at `list` where it has none.
pub fn address_of(item: &Item, list: &Url) -> Url {
    item.url.clone().unwrap_or_else(|| item_address(list, &without_userinfo(&item.id)))
}

/// HTML where there is some, else the plain text that stands for it.
fn html_of<'a>(html: &'a str, text: &str) -> Cow<'a, str> {
    if html.trim().is_empty() { Cow::Owned(as_html(text)) } else { Cow::Borrowed(html) }
}

/// The most that the feed itself says of an item, as HTML.
pub fn best_feed_html(item: &Item) -> Cow<'_, str> {
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

/// Whether what stands at `url` stands at `link` too, from where it was asked for: within one site, or where the
/// one led to the other and that names it as its own address.
pub fn leads(link: &Url, url: &Url, canonical: Option<&Url>) -> bool {
    same_site(link, url) || canonical.is_some_and(|own| canonical_key(own) == canonical_key(link))
}

/// A document of a page, for an item of a source that does not speak for the page's site: everything that the
/// page says of itself counts, and of the item only when it says that the page came up.
pub fn from_stranger(source: &SourceId, item: &Item, page: Extracted, url: &Url, now: Timestamp) -> Document {
    let title = if page.title.is_empty() { first_line(&page.text) } else { page.title.clone() };
    let (published, lang) = (page.published.or(item.published), item.lang);
    let bare = Item { published, lang, ..Item::headline(item.id.clone(), item.url.clone(), title) };
    from_item(source, &bare, page, url, 0, now)
}

/// Where what a list says of another site's page stands in it. It is published like every address, so keys in
/// the list's own, as private feeds have them, are told apart by their digests.
pub fn place_in(list: &Url, id: &str) -> Url {
    let mut list = list.clone();
    let shown = list.query().map(without_keys);
    list.set_query(shown.as_deref());
    // An id that is an address may hold a password, and where a text stands is published.
    item_address(&list, &without_userinfo(id))
}

/// A document of what a source itself says of an item whose page is another site's: it stands in the list at
/// `list`, and names the page as where it comes from.
pub fn from_teller(source: &SourceId, item: &Item, page: Extracted, list: &Url, now: Timestamp) -> Document {
    let mut document = from_item(source, item, page, &place_in(list, &item.id), 0, now);
    document.source_url =
        document.source_url.or_else(|| item.url.as_ref().map(|url| without_credentials(&page_of(url))));
    document
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
    let link = item.url.iter().filter(|link| leads(link, url, page.canonical.as_ref()));
    let twin = page.amp.iter().filter(|twin| may_claim(url, twin));
    let others = link.chain(twin).filter(|alias| canonical_key(alias) != canonical_key(&shown));
    let mut aliases: Vec<Url> = others.cloned().collect();
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
        id: Document::id_at(&shown, revision),
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

/// What stands for a headline where there is none.
fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(120).collect()
}

/// A document of a page alone, as an import finds it.
pub fn from_page(source: &SourceId, item: &str, page: Extracted, url: Url, revision: u32, now: Timestamp) -> Document {
    Document {
        id: Document::id_at(&url, revision),
        source: source.clone(),
        item: item.to_owned(),
        canonical: page.canonical.clone(),
        aliases: Vec::new(),
        lang: None,
        stated_lang: page.lang,
        title: if page.title.is_empty() { first_line(&page.text) } else { page.title.clone() },
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
