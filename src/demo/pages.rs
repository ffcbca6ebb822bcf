//! Lays out pages: a publisher's template filled with one text and everything that surrounds it.
//!
//! Templates stand in `world/pages/`, one a look, with `{{name}}` where something is filled in. A
//! template is shared by the languages of a mirror through the publisher's `words`. The surprising
//! fact: most of a page is not the article, as on the pages our users meet.

use super::publisher::Publisher;
use super::{World, Written};
use jiff::tz::{Offset, TimeZone};
use std::fmt::Write;

/// Headlines that stand beside an article, at most.
const BESIDE: usize = 6;

const LAYOUTS: &[(&str, &str)] = &[
    ("khapnoi", include_str!("world/pages/khapnoi.html")),
    ("songtin", include_str!("world/pages/songtin.html")),
    ("hafenbote", include_str!("world/pages/hafenbote.html")),
    ("stadtkurier", include_str!("world/pages/stadtkurier.html")),
    ("nordbladet", include_str!("world/pages/nordbladet.html")),
    ("harbourpost", include_str!("world/pages/harbourpost.html")),
    ("valleyherald", include_str!("world/pages/valleyherald.html")),
    ("hanbyeol", include_str!("world/pages/hanbyeol.html")),
    ("rechnoy", include_str!("world/pages/rechnoy.html")),
    ("minato", include_str!("world/pages/minato.html")),
    ("courrier", include_str!("world/pages/courrier.html")),
    ("eilbote", include_str!("world/pages/eilbote.html")),
    ("almarsa", include_str!("world/pages/almarsa.html")),
];

/// Text as it may stand in HTML, in an attribute too.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The paragraphs as HTML: in a tag, or cut by line breaks where the tag is `br`.
pub(super) fn paragraphs(document: &Written, tag: &str) -> String {
    marked(&document.paragraphs, tag)
}

fn marked(paragraphs: &[String], tag: &str) -> String {
    if tag == "br" {
        paragraphs.iter().map(|text| escape(text)).collect::<Vec<_>>().join("<br>\n<br>\n")
    } else {
        paragraphs.iter().fold(String::new(), |mut out, text| {
            let _ = writeln!(out, "<{tag}>{}</{tag}>", escape(text));
            out
        })
    }
}

/// The page of one article as it is in a pass.
pub(super) fn article(world: &World, publisher: &Publisher, document: &Written, pass: u8) -> String {
    let template = LAYOUTS.iter().find(|(name, _)| *name == publisher.layout).map_or("{{body}}", |(_, text)| text);
    let zone = TimeZone::fixed(Offset::constant(publisher.offset));
    let published = document.published.to_zoned(zone.clone());
    let changed = document.updated.unwrap_or(document.published).to_zoned(zone);
    let (first, rest) = document.paragraphs.split_at(document.paragraphs.len().min(2));
    let source = document.source.as_ref().map_or_else(String::new, |address| {
        let address = escape(address);
        format!("{} <a href=\"{address}\" rel=\"nofollow\">{address}</a>", escape(&publisher.source_word))
    });
    let filled: Vec<(&str, String)> = vec![
        ("title", escape(&document.title)),
        ("site", escape(&publisher.title)),
        ("lang", publisher.lang.clone()),
        ("url", document.url()),
        ("date", published.strftime(&publisher.date).to_string()),
        ("changed", changed.strftime(&publisher.date).to_string()),
        ("iso", document.published.to_string()),
        ("iso_changed", document.updated.unwrap_or(document.published).to_string()),
        ("by", escape(document.by.as_deref().unwrap_or(&publisher.title))),
        ("caption", document.caption.as_deref().map(escape).unwrap_or_default()),
        ("body", paragraphs(document, &publisher.paragraphs)),
        ("first", marked(first, &publisher.paragraphs)),
        ("rest", marked(rest, &publisher.paragraphs)),
        ("source", source),
        ("related", beside(world, publisher, document, pass, "li")),
        ("headlines", beside(world, publisher, document, pass, "h3")),
        ("lines", beside(world, publisher, document, pass, "div")),
    ];
    fill(template, &filled, publisher)
}

fn fill(template: &str, filled: &[(&str, String)], publisher: &Publisher) -> String {
    let mut out = String::with_capacity(template.len() * 2);
    let mut left = template;
    while let Some((before, after)) = left.split_once("{{") {
        out.push_str(before);
        let Some((name, after)) = after.split_once("}}") else {
            left = after;
            break;
        };
        let value = filled.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
        out.push_str(value.or_else(|| publisher.words.get(name).map(String::as_str)).unwrap_or_default());
        left = after;
    }
    out.push_str(left);
    out
}

/// Other headlines of the paper, as a list of links: real articles first, then what it always shows.
fn beside(world: &World, publisher: &Publisher, document: &Written, pass: u8, tag: &str) -> String {
    let mut out = String::new();
    let listed = world.listed(publisher, pass);
    let real =
        listed.iter().filter(|other| other.path != document.path).map(|other| (other.path.clone(), &other.title));
    let always =
        publisher.others.iter().enumerate().map(|(index, title)| (format!("/archiv/{}", 4110 + 7 * index), title));
    for (path, title) in always.clone().take(BESIDE / 2).chain(real).chain(always.skip(BESIDE / 2)).take(BESIDE) {
        let _ = writeln!(out, "<{tag}><a href=\"{path}\">{}</a></{tag}>", escape(title));
    }
    out
}

/// A page that lists articles, for a paper without a feed.
pub(super) fn listing(publisher: &Publisher, listed: &[&Written]) -> String {
    let zone = TimeZone::fixed(Offset::constant(publisher.offset));
    let mut rows = String::new();
    for document in listed {
        let date = document.published.to_zoned(zone.clone()).strftime(&publisher.date).to_string();
        let title = escape(&document.title);
        let _ = writeln!(
            rows,
            "<li class=\"kiji\"><time>{date}</time> <a class=\"midashi\" href=\"{}\">{title}</a></li>",
            document.path
        );
    }
    let filled = vec![
        ("site", escape(&publisher.title)),
        ("lang", publisher.lang.clone()),
        ("rows", rows),
        ("url", publisher.address(&publisher.feed)),
    ];
    fill(include_str!("world/pages/listing.html"), &filled, publisher)
}

/// What a host sends where it promised a feed.
pub(super) fn promised_feed(host: &str) -> String {
    include_str!("world/pages/no-feed.html").replace("{{host}}", host)
}
