//! Reads items one by one out of XML that is not well-formed as a whole.
//!
//! It looks for the items' own tags and, inside each, for the few fields that matter, by name. An
//! item that the feed breaks off in keeps what is complete: without a whole title and link it is told
//! as a failure and left out.

use super::{dates, item_id};
use crate::markup::{plain_text, rebase, title_text};
use crate::model::{Failure, Fault, FeedFormat, Item, Lang, ParsedFeed, canonical_url};
use url::Url;

/// How many items a text opens.
pub(super) fn count(xml: &str) -> usize {
    openings(xml).len()
}

/// Offsets of the tags that open an item, with the items' name.
fn openings(xml: &str) -> Vec<(usize, &'static str)> {
    let mut found = Vec::new();
    for name in ["item", "entry"] {
        let mark = format!("<{name}");
        let mut from = 0;
        while let Some(place) = xml[from..].find(&mark) {
            let at = from + place;
            from = at + mark.len();
            if xml[from..].starts_with(|sign: char| sign.is_whitespace() || sign == '>') && !in_cdata(xml, at) {
                found.push((at, name));
            }
        }
    }
    found.sort_unstable();
    found
}

fn in_cdata(xml: &str, at: usize) -> bool {
    let before = &xml[at.saturating_sub(20_000).max(floor(xml, at.saturating_sub(20_000)))..at];
    before.rfind("<![CDATA[").is_some_and(|open| !before[open..].contains("]]>"))
}

fn floor(text: &str, at: usize) -> usize {
    (at..=text.len()).find(|place| text.is_char_boundary(*place)).unwrap_or(text.len())
}

/// The raw inside of the first element of a name; `None` where it is not closed.
pub(super) fn inner<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let mark = format!("<{name}");
    let mut from = 0;
    loop {
        let at = from + xml[from..].find(&mark)?;
        from = at + mark.len();
        if !xml[from..].starts_with(|sign: char| sign.is_whitespace() || matches!(sign, '>' | '/')) {
            continue;
        }
        let open = from + xml[from..].find('>')?;
        if xml[..open].ends_with('/') {
            return Some("");
        }
        let close = xml[open..].find(&format!("</{name}"))?;
        return Some(&xml[open + 1..open + close]);
    }
}

/// An element's text as HTML: CDATA opened, entities of plain text resolved once.
fn html(raw: &str) -> String {
    let raw = raw.trim();
    if let Some(start) = raw.find("<![CDATA[") {
        let body = &raw[start + 9..];
        return body.split("]]>").next().unwrap_or(body).to_owned();
    }
    if raw.contains('<') {
        return raw.to_owned();
    }
    raw.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'").replace("&amp;", "&")
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let after = &tag[tag.find(&format!(" {name}="))? + name.len() + 2..];
    let quote = after.chars().next().filter(|sign| matches!(sign, '"' | '\''))?;
    after[1..].split(quote).next()
}

/// The link of an item: text, or `href` of an alternate.
fn link(xml: &str, base: &Url) -> Option<Url> {
    let text = inner(xml, "link")
        .map(|raw| html(raw).trim().to_owned())
        .filter(|text| !text.is_empty() && !text.contains('<'));
    let href = || {
        xml.split("<link")
            .skip(1)
            .filter_map(|part| part.split('>').next())
            .find(|tag| attribute(tag, "rel").is_none_or(|rel| rel == "alternate"))
            .and_then(|tag| attribute(tag, "href"))
    };
    let address = text.or_else(|| href().map(|href| href.replace("&amp;", "&")))?;
    base.join(address.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

fn item(xml: &str, base: &Url, lang: Option<Lang>) -> Option<Item> {
    let field = |names: &[&str]| names.iter().find_map(|name| inner(xml, name)).map(html);
    let title = field(&["title", "dc:title"]).map(|title| title_text(&title)).unwrap_or_default();
    let own = field(&["guid", "id"]).map(|id| title_text(&id)).unwrap_or_default();
    let url = link(xml, base).or_else(|| Url::parse(&own).ok().filter(|url| matches!(url.scheme(), "http" | "https")));
    let within = url.clone().unwrap_or_else(|| base.clone());
    let summary_html = field(&["description", "summary"]).map(|text| rebase(&text, &within)).unwrap_or_default();
    let content_html =
        field(&["content:encoded", "content", "body"]).map(|text| rebase(&text, &within)).unwrap_or_default();
    let date =
        field(&["pubDate", "published", "dc:date", "issued", "created", "date"]).and_then(|text| dates::read(&text));
    let updated = field(&["updated", "modified", "dcterms:modified"]).and_then(|text| dates::read(&text));
    if title.is_empty() && url.is_none() && summary_html.is_empty() && own.is_empty() {
        return None;
    }
    let published = date.or(updated);
    Some(Item {
        id: item_id(
            &own,
            url.as_ref(),
            &title,
            &published.map(|time| time.to_string()).unwrap_or_default(),
            &summary_html,
        ),
        url: url.as_ref().map(canonical_url),
        title,
        published,
        updated,
        lang: field(&["dc:language", "language"]).and_then(|tag| Lang::parse(&tag)).or(lang),
        summary_text: plain_text(&summary_html),
        content_text: plain_text(&content_html),
        summary_html,
        content_html,
        byline: field(&["dc:creator", "author"])
            .map(|name| title_text(&name))
            .filter(|name| !name.is_empty())
            .into_iter()
            .collect(),
        alternates: Vec::new(),
        image: None,
    })
}

/// Reads every item that is complete.
pub(super) fn read(xml: &str, base: &Url, format: FeedFormat, lang: Option<Lang>) -> ParsedFeed {
    let mut parsed = ParsedFeed::empty(format);
    let starts = openings(xml);
    let head = &xml[..starts.first().map_or(xml.len(), |first| first.0)];
    parsed.title = inner(head, "title").map(|title| title_text(&html(title))).filter(|title| !title.is_empty());
    parsed.lang = lang.or_else(|| inner(head, "language").and_then(Lang::parse));
    for (place, (start, name)) in starts.iter().enumerate() {
        let end = starts.get(place + 1).map_or(xml.len(), |next| next.0);
        let piece = &xml[*start..end];
        let closed = piece.find(&format!("</{name}"));
        let body = &piece[..closed.unwrap_or(piece.len())];
        let whole = closed.is_some() || (inner(body, "title").is_some() && link(body, base).is_some());
        match item(body, base, parsed.lang).filter(|_| whole) {
            Some(item) => parsed.items.push(item),
            None => parsed.failures.push(Failure::new(
                format!("{base}, entry {}", place + 1),
                Fault::Publisher,
                if whole {
                    "the entry holds nothing that can be shown"
                } else {
                    "the feed breaks off inside this entry"
                },
                "it comes with the next poll, where the publisher sends it whole",
            )),
        }
    }
    parsed
}
