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
use samestory_model::markup::{Said, as_html, id_text, name_text, plain_text, rebase, title_as};
use samestory_model::{Failure, Fault, FeedFormat, Item, Lang, ParsedFeed};
use std::borrow::Cow;
use url::Url;

/// Elements that hold the entry's own id.
const IDS: &[&str] = &["guid", "id", "atom:id"];
/// Elements that hold the headline, best first.
const TITLES: &[&str] = &["title", "atom:title", "dc:title", "dcterms:title", "media:title", "itunes:title"];
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
/// Elements that hold the beginning of the text, or what it is about, best first.
const SUMMARIES: &[&str] =
    &["description", "summary", "atom:summary", "dc:description", "media:description", "itunes:summary"];
/// Elements that hold the whole text, best first.
const CONTENTS: &[&str] = &["content:encoded", "content", "atom:content", "body", "xhtml:body"];
/// Elements that hold the names of authors, best first.
const AUTHORS: &[&str] = &["dc:creator", "author", "atom:author"];
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

/// Ways to write an ampersand that are none in an address: one was escaped once too often, as inside CDATA.
const AMPERSANDS: [&str; 4] = ["&amp;", "&#38;", "&#038;", "&#x26;"];

/// An address as its publisher meant it: each ampersand is one.
pub(super) fn unescaped(address: &str) -> Cow<'_, str> {
    let escaped = |address: &str| AMPERSANDS.into_iter().find(|written| address.contains(written));
    let Some(first) = escaped(address) else { return Cow::Borrowed(address) };
    Cow::Owned(AMPERSANDS.iter().fold(address.replace(first, "&"), |text, written| text.replace(written, "&")))
}

/// An address on the web, absolute.
pub(super) fn address(text: &str, base: &Url) -> Option<Url> {
    let text = text.trim();
    if text.is_empty() || text.contains('<') {
        return None;
    }
    base.join(&unescaped(text)).ok().filter(|url| matches!(url.scheme(), "http" | "https") && is_sane(url))
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
    let stated = entry.first(IDS).map(|child| id_text(&html(child.inner)));
    stated.or_else(|| entry.attribute("rdf:about").map(|about| html(about).into_owned())).filter(|id| !id.is_empty())
}

/// Whether the entry's id may stand for a missing link: a guid says so where it may not, and `rdf:about` only
/// names a thing.
pub(super) fn id_is_address(entry: &Entry<'_>) -> bool {
    entry
        .first(IDS)
        .is_some_and(|id| id.attribute("isPermaLink").is_none_or(|said| !said.trim().eq_ignore_ascii_case("false")))
}

/// Whether an id is an address on the web.
pub(super) fn is_address(id: &str) -> bool {
    ["http:", "https:"]
        .iter()
        .any(|scheme| id.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme)))
}

/// Whether what a link's type names is for people to read: a page, not what programs ask for.
pub(super) fn is_page(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    matches!(kind.as_str(), "" | "html" | "text" | "text/html" | "text/plain" | "application/xhtml+xml")
}

/// The address of the entry's page: an alternate's `href`, a link's text, or an id that is an address. Of several
/// alternates a page comes before what programs read, and one in the feed's own language before translations.
pub(super) fn link(entry: &Entry<'_>, base: &Url) -> Option<Url> {
    let links = || entry.children.iter().filter(|child| matches!(child.name, "link" | "atom:link" | "a10:link"));
    let alternate = |child: &&Child<'_>| child.attribute("rel").is_none_or(|rel| rel.eq_ignore_ascii_case("alternate"));
    let target = |child: &Child<'_>| {
        let own = child.attribute("xml:base").and_then(|own| base.join(&html(own)).ok());
        let written = html(child.attribute("href").unwrap_or(child.inner));
        address(&written, own.as_ref().unwrap_or(base))
    };
    let own_language = |child: &Child<'_>| child.attribute("hreflang").is_none();
    let page = |child: &Child<'_>| child.attribute("type").is_none_or(is_page);
    let found = [(true, true), (true, false), (false, true), (false, false)].into_iter().find_map(|(pages, own)| {
        let fits = |child: &&Child<'_>| (!pages || page(child)) && (!own || own_language(child));
        links().filter(alternate).filter(fits).find_map(target)
    });
    let permanent = || own_id(entry).filter(|id| is_address(id) && id_is_address(entry));
    found.or_else(|| permanent().and_then(|id| address(&id, base)))
}

/// What an element's signs are: text where its type says so, elements where some stand in it, else whatever they are.
fn said(child: &Child<'_>) -> Said {
    let text = child.attribute("type").is_some_and(|kind| matches!(kind.trim(), "text" | "text/plain" | "plain"));
    match (has_elements(child.inner), text) {
        (true, _) => Said::Elements,
        (false, true) => Said::Text,
        (false, false) => Said::Markup,
    }
}

/// Whether tags stand in an element's inside, outside of CDATA.
fn has_elements(mut raw: &str) -> bool {
    while let Some(place) = raw.find('<') {
        let Some(section) = raw[place..].strip_prefix("<![CDATA[") else { return true };
        raw = section.find("]]>").map_or("", |end| &section[end..]);
    }
    false
}

/// An element of a group of media, as entries of videos have them.
fn grouped<'a>(entry: &Entry<'a>, name: &str) -> Option<Child<'a>> {
    let mut groups = entry.children.iter().filter(|child| child.name == "media:group");
    groups.find_map(|group| scan::child(group.inner, name)).filter(|child| !child.inner.trim().is_empty())
}

/// The entry's headline as plain text; that of its media only where it has no other.
pub(super) fn title(entry: &Entry<'_>) -> Option<String> {
    let grouped = || grouped(entry, "media:title");
    let child = entry.first(TITLES).copied().or_else(grouped)?;
    Some(title_as(&html(child.inner), said(&child))).filter(|title| !title.is_empty())
}

/// A text of the entry as HTML, its addresses absolute: `within` where nothing says where they start from.
fn text_of(child: &Child<'_>, base: &Url, within: &Url) -> String {
    let own = child.attribute("xml:base").and_then(|own| base.join(&html(own)).ok());
    let inner = html(child.inner);
    // Media elements without a type hold plain text.
    let plain = child.name.starts_with("media:") && child.attribute("type").is_none_or(|kind| !kind.contains("html"));
    if plain { as_html(text_within(&inner)) } else { rebase(text_within(&inner), own.as_ref().unwrap_or(within)) }
}

/// The beginning of the entry's text, as HTML.
pub(super) fn summary(entry: &Entry<'_>, base: &Url, within: &Url) -> Option<String> {
    let child = entry.first(SUMMARIES).copied().or_else(|| grouped(entry, "media:description"))?;
    Some(text_of(&child, base, within))
}

/// The entry's whole text, as HTML.
pub(super) fn content(entry: &Entry<'_>, base: &Url, within: &Url) -> Option<String> {
    entry.first(CONTENTS).map(|child| text_of(child, base, within))
}

/// Where the addresses of a text of the entry start from, by these elements' own `xml:base`.
pub(super) fn base_of_text(entry: &Entry<'_>, content: bool) -> Option<Url> {
    let child = entry.first(if content { CONTENTS } else { SUMMARIES })?;
    Url::parse(&html(child.attribute("xml:base")?)).ok()
}

/// The entry's authors.
pub(super) fn byline(entry: &Entry<'_>) -> Vec<String> {
    let name = |child: &Child<'_>| {
        let inner = ["name", "atom:name"].iter().find_map(|name| scan::inner(child.inner, name));
        name_text(&html(inner.unwrap_or(child.inner)))
    };
    entry.first(AUTHORS).map(name).filter(|name| !name.is_empty()).into_iter().collect()
}

/// When the entry was last changed, as it says itself.
pub(super) fn updated(entry: &Entry<'_>) -> Option<jiff::Timestamp> {
    date(entry, UPDATED)
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

/// One item from what its entry says, without feed-rs; `based` says whether the feed names its base.
fn item(entry: &Entry<'_>, base: &Url, based: bool, feed_lang: Option<Lang>) -> Item {
    let own_base = base_of(entry, base);
    let base = own_base.as_ref().unwrap_or(base);
    let own = own_id(entry).unwrap_or_default();
    let url = link(entry, base);
    let within = if based || own_base.is_some() { base } else { url.as_ref().unwrap_or(base) };
    let summary_html = summary(entry, base, within).unwrap_or_default();
    let content_html = content(entry, base, within).unwrap_or_default();
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
        byline: byline(entry),
        alternates: Vec::new(),
        image: None,
        url: url.map(super::shown),
    }
}

/// The feed's own title.
pub(super) fn feed_title(head: &str) -> Option<String> {
    let title = ["title", "atom:title", "dc:title"].iter().find_map(|name| scan::child(head, name));
    title.map(|title| title_as(&html(title.inner), said(&title))).filter(|title| !title.is_empty())
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
    (base, based): (&Url, bool),
) -> Result<Item, Failure> {
    // One that another follows was only not closed.
    let whole = entry.closed || follows || (entry.first(TITLES).is_some() && link(entry, base).is_some());
    if whole {
        return Ok(item(entry, base, based, feed.lang));
    }
    Err(Failure::new(
        format!("{base}, entry {number}"),
        Fault::Publisher,
        "the feed breaks off inside this entry",
        "it comes with the next poll, where the publisher sends it whole",
    ))
}
