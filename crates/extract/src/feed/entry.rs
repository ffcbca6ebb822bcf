//! Reads what one entry says of itself, element by element, as the scan found it.
//!
//! It completes what feed-rs gives (permanent ids, links as text, Dublin Core, `rdf:about`), and alone
//! makes the items of a feed that feed-rs refuses as a whole. An entry that the feed breaks off in keeps
//! what is complete: without a whole title and link it is reported as a failure and left out.

use super::item_id;
use super::limits::{is_sane, text_within};
use super::scan::{self, Child, Entry};
use quick_xml::escape::unescape;
use samestory_model::dates::feed;
use samestory_model::markup::{plain_text, rebase, title_text};
use samestory_model::{Failure, Fault, FeedFormat, Item, Lang, ParsedFeed};
use std::borrow::Cow;
use url::Url;

/// Elements that hold the entry's own id.
const IDS: &[&str] = &["guid", "id", "atom:id"];
/// Elements that hold the headline, best first.
const TITLES: &[&str] = &["title", "atom:title", "dc:title", "dcterms:title", "media:title"];
/// Elements that hold the time of publication, best first.
pub(super) const PUBLISHED: &[&str] = &[
    "pubDate",
    "published",
    "atom:published",
    "dcterms:issued",
    "dcterms:created",
    "issued",
    "created",
    "dc:date",
    "date",
];
/// Elements that hold the time of the last change, best first.
pub(super) const UPDATED: &[&str] = &["updated", "atom:updated", "a10:updated", "modified", "dcterms:modified"];
/// Elements that hold the entry's language.
const LANGUAGES: &[&str] = &["dc:language", "language", "dcterms:language"];

/// An element's inside as HTML: CDATA opened, entities resolved once; markup stays as it is.
pub(super) fn html(raw: &str) -> Cow<'_, str> {
    let raw = raw.trim();
    if !raw.contains(['<', '&']) {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(start) = rest.find("<![CDATA[") {
        resolve(&rest[..start], &mut out);
        let body = &rest[start + 9..];
        let end = body.find("]]>").unwrap_or(body.len());
        out.push_str(&body[..end]);
        rest = body.get(end + 3..).unwrap_or("");
    }
    resolve(rest, &mut out);
    Cow::Owned(out)
}

/// Resolves the entities of XML; text that carries markup of its own stays as it is.
fn resolve(text: &str, out: &mut String) {
    let resolved = if text.contains('<') { None } else { unescape(text).ok() };
    out.push_str(resolved.as_deref().unwrap_or(text));
}

/// An address on the web, absolute.
pub(super) fn address(text: &str, base: &Url) -> Option<Url> {
    let text = text.trim();
    if text.is_empty() || text.contains('<') {
        return None;
    }
    base.join(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && is_sane(url))
}

fn date(entry: &Entry<'_>, names: &[&str]) -> Option<jiff::Timestamp> {
    names.iter().find_map(|name| feed::read(&html(entry.first(&[*name])?.inner)))
}

/// Where an entry's own addresses start from: its `xml:base`, else that of the feed.
pub(super) fn base_of(entry: &Entry<'_>, base: &Url) -> Option<Url> {
    base.join(&html(entry.attribute("xml:base")?)).ok()
}

/// The entry's own id: guid, atom:id, `rdf:about`.
pub(super) fn own_id(entry: &Entry<'_>) -> Option<String> {
    let stated = entry.first(IDS).map(|child| title_text(&html(child.inner)));
    stated.or_else(|| entry.attribute("rdf:about").map(|about| html(about).into_owned())).filter(|id| !id.is_empty())
}

/// Whether the entry's id may stand for a missing link: a guid says so where it may not, and `rdf:about` only
/// names a thing.
pub(super) fn id_is_address(entry: &Entry<'_>) -> bool {
    entry
        .first(IDS)
        .is_some_and(|id| id.attribute("isPermaLink").is_none_or(|said| !said.trim().eq_ignore_ascii_case("false")))
}

/// The address of the entry's page: an alternate's `href`, a link's text, or an id that is an address.
pub(super) fn link(entry: &Entry<'_>, base: &Url) -> Option<Url> {
    let links = || entry.children.iter().filter(|child| matches!(child.name, "link" | "atom:link" | "a10:link"));
    let alternate = |child: &&Child<'_>| child.attribute("rel").is_none_or(|rel| rel.eq_ignore_ascii_case("alternate"));
    let target = |child: &Child<'_>| match child.attribute("href") {
        Some(href) => address(&html(href), base),
        None => address(&html(child.inner), base),
    };
    let plain = |child: &&Child<'_>| child.attribute("hreflang").is_none();
    let permanent = || own_id(entry).filter(|id| id.starts_with("http") && id_is_address(entry));
    links()
        .filter(alternate)
        .filter(plain)
        .find_map(target)
        .or_else(|| links().filter(alternate).find_map(target))
        .or_else(|| permanent().and_then(|id| address(&id, base)))
}

/// The entry's headline as plain text.
pub(super) fn title(entry: &Entry<'_>) -> Option<String> {
    entry.first(TITLES).map(|child| title_text(&html(child.inner))).filter(|title| !title.is_empty())
}

/// When the entry was published, as it says itself.
pub(super) fn published(entry: &Entry<'_>) -> Option<jiff::Timestamp> {
    date(entry, PUBLISHED)
}

/// The entry's language as it says itself, else the given one; an empty `xml:lang` takes that back.
pub(super) fn lang_or(entry: &Entry<'_>, given: Option<Lang>) -> Option<Lang> {
    let stated = entry.first(LANGUAGES).map(|child| html(child.inner));
    match stated.or_else(|| entry.attribute("xml:lang").map(Cow::Borrowed)) {
        Some(tag) => Lang::parse(tag.trim()),
        None => given,
    }
}

/// One item from what its entry says, without feed-rs.
fn item(entry: &Entry<'_>, base: &Url, feed_lang: Option<Lang>) -> Item {
    let base = &base_of(entry, base).unwrap_or_else(|| base.clone());
    let own = own_id(entry).unwrap_or_default();
    let url = link(entry, base);
    let within = url.as_ref().unwrap_or(base);
    let text = |names: &[&str]| {
        entry.first(names).map(|child| rebase(text_within(&html(child.inner)), within)).unwrap_or_default()
    };
    let summary_html = text(&["description", "summary", "dc:description", "media:description"]);
    let content_html = text(&["content:encoded", "content", "body", "xhtml:body"]);
    let title = title(entry).unwrap_or_default();
    let updated = date(entry, UPDATED);
    let published = published(entry).or(updated);
    let said = published.map(|time| time.to_string()).unwrap_or_default();
    Item {
        id: item_id(&own, url.as_ref(), &title, &said, &summary_html),
        title,
        published,
        updated,
        lang: lang_or(entry, feed_lang),
        summary_text: plain_text(&summary_html),
        content_text: plain_text(&content_html),
        summary_html,
        content_html,
        byline: entry
            .first(&["dc:creator", "author"])
            .map(|child| title_text(&html(scan::inner(child.inner, "name").unwrap_or(child.inner))))
            .filter(|name| !name.is_empty())
            .into_iter()
            .collect(),
        alternates: Vec::new(),
        image: None,
        url: url.map(super::shown),
    }
}

/// The feed's own title.
pub(super) fn feed_title(head: &str) -> Option<String> {
    let title = ["title", "atom:title", "dc:title"].iter().find_map(|name| scan::inner(head, name));
    title.map(|title| title_text(&html(title))).filter(|title| !title.is_empty())
}

/// The feed's own language.
pub(super) fn feed_lang(head: &str) -> Option<Lang> {
    let stated = ["language", "dc:language"].iter().find_map(|name| scan::inner(head, name));
    stated.map(html).and_then(|tag| Lang::parse(tag.trim())).or_else(|| Lang::parse(scan::inherited(head, "xml:lang")?))
}

/// The feed's own language as it is written, which may name a country.
pub(super) fn feed_tag(head: &str) -> Option<&str> {
    let stated = ["language", "dc:language"].iter().find_map(|name| scan::inner(head, name));
    stated.or_else(|| scan::inherited(head, "xml:lang"))
}

/// What a feed says of itself, without feed-rs.
pub(super) fn about(head: &str, format: FeedFormat) -> ParsedFeed {
    let mut parsed = ParsedFeed::empty(format);
    parsed.title = feed_title(head);
    parsed.lang = feed_lang(head);
    parsed
}

/// Reads one entry by itself, `number` of the feed; `follows` says whether another one comes behind it.
pub(super) fn read_alone(
    entry: &Entry<'_>,
    follows: bool,
    number: usize,
    feed: &ParsedFeed,
    base: &Url,
) -> Result<Item, Failure> {
    // One that another follows was only not closed.
    let whole = entry.closed || follows || (entry.first(TITLES).is_some() && link(entry, base).is_some());
    if whole {
        return Ok(item(entry, base, feed.lang));
    }
    Err(Failure::new(
        format!("{base}, entry {number}"),
        Fault::Publisher,
        "the feed breaks off inside this entry",
        "it comes with the next poll, where the publisher sends it whole",
    ))
}
