//! Adapts what feed-rs parses to our items: own ids, own dates, plain titles, rebased HTML.
//!
//! feed-rs runs inside `catch_unwind`: two of its releases panic on real feeds. Where it refuses a
//! feed as a whole, `rescue` reads the items one by one.

use super::repair::Repaired;
use super::{dates, item_id, rescue, without_repeats};
use crate::markup::{plain_text, rebase, title_text};
use crate::model::{FeedFormat, Item, Lang, ParsedFeed, PollHints, Repair, canonical_url};
use feed_rs::model::{Entry, Feed, FeedType};
use jiff::Timestamp;
use std::panic::{AssertUnwindSafe, catch_unwind};
use url::Url;

/// What stands for an id that the feed does not have.
const NO_ID: &str = "\u{1}none";

fn parse(xml: &str) -> Option<Feed> {
    let parser = feed_rs::parser::Builder::new()
        .sanitize_content(false)
        .id_generator(|_, _, _| NO_ID.to_owned())
        .timestamp_parser(|text| {
            dates::read(text).and_then(|time| chrono::DateTime::from_timestamp(time.as_second(), 0))
        })
        .build();
    catch_unwind(AssertUnwindSafe(|| parser.parse(xml.as_bytes()).ok())).ok().flatten()
}

fn instant(time: Option<chrono::DateTime<chrono::Utc>>) -> Option<Timestamp> {
    Timestamp::from_second(time?.timestamp()).ok()
}

fn address(text: &str, base: &Url) -> Option<Url> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    base.join(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

fn item(entry: &Entry, feed_lang: Option<Lang>, format: FeedFormat, base: &Url) -> Item {
    let base = entry.base.as_deref().and_then(|own| base.join(own).ok()).unwrap_or_else(|| base.clone());
    let own = if entry.id == NO_ID { "" } else { entry.id.as_str() };
    let main = entry
        .links
        .iter()
        .find(|link| link.rel.as_deref().is_none_or(|rel| rel == "alternate") && link.href_lang.is_none());
    let main =
        main.or_else(|| entry.links.iter().find(|link| link.rel.as_deref().is_none_or(|rel| rel == "alternate")));
    // A permanent id that is an address stands for a missing link.
    let url = main
        .and_then(|link| address(&link.href, &base))
        .or_else(|| own.starts_with("http").then(|| address(own, &base)).flatten());
    let within = url.clone().unwrap_or_else(|| base.clone());
    let html = |text: &str| rebase(text, &within);
    let summary_html = entry.summary.as_ref().map(|text| html(&text.content)).unwrap_or_default();
    let content_html = entry.content.as_ref().and_then(|content| content.body.as_deref()).map(html).unwrap_or_default();
    let title = entry.title.as_ref().map(|text| title_text(&text.content)).unwrap_or_default();
    let lang = entry.language.as_deref().and_then(Lang::parse).or(feed_lang);
    let published = instant(entry.published);
    let updated = instant(entry.updated);
    let atom = format == FeedFormat::Atom;
    let alternates = entry
        .links
        .iter()
        .filter(|link| link.rel.as_deref().is_none_or(|rel| rel == "alternate"))
        .filter_map(|link| Some((Lang::parse(link.href_lang.as_deref()?)?, address(&link.href, &base)?)))
        .filter(|(_, other)| Some(other) != url.as_ref())
        .collect();
    let image =
        entry.media.iter().flat_map(|media| media.content.iter().filter_map(|content| content.url.clone())).next();
    Item {
        id: item_id(
            own,
            url.as_ref(),
            &title,
            &published.map(|time| time.to_string()).unwrap_or_default(),
            &summary_html,
        ),
        url: url.as_ref().map(canonical_url),
        summary_text: plain_text(&summary_html),
        content_text: plain_text(&content_html),
        title,
        published: published.or(if atom { updated } else { None }),
        updated: if atom {
            updated
        } else {
            updated.filter(|updated| published.is_some_and(|published| *updated > published))
        },
        lang,
        summary_html,
        content_html,
        byline: entry.authors.iter().map(|author| title_text(&author.name)).filter(|name| !name.is_empty()).collect(),
        alternates,
        image,
    }
}

/// Numbers of a hint's children: `<hour>3</hour>`.
fn children(xml: &str, parent: &str, child: &str) -> Vec<String> {
    let block = rescue::inner(xml, parent).unwrap_or_default();
    block
        .split(&format!("<{child}>"))
        .skip(1)
        .filter_map(|part| part.split('<').next())
        .map(|text| text.trim().to_lowercase())
        .collect()
}

/// Names of the days as `skipDays` writes them, Monday first.
const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

fn hints(xml: &str) -> PollHints {
    let head = &xml[..xml.find("<item").or_else(|| xml.find("<entry")).unwrap_or(xml.len())];
    let number = |name: &str| rescue::inner(head, name).and_then(|text| text.trim().parse::<u64>().ok());
    let period = rescue::inner(head, "sy:updatePeriod").map(|text| match text.trim().to_ascii_lowercase().as_str() {
        "hourly" => 3600,
        "weekly" => 7 * 86400,
        "monthly" => 30 * 86400,
        "yearly" => 365 * 86400,
        _ => 86400,
    });
    PollHints {
        ttl_minutes: number("ttl").and_then(|minutes| u32::try_from(minutes).ok()),
        update_seconds: period.map(|seconds| seconds / number("sy:updateFrequency").unwrap_or(1).max(1)),
        skip_hours: children(head, "skipHours", "hour")
            .iter()
            .filter_map(|text| text.parse::<u8>().ok())
            .map(|hour| hour % 24)
            .collect(),
        skip_days: children(head, "skipDays", "day")
            .iter()
            .filter_map(|text| DAYS.iter().position(|day| day == text))
            .map(|day| day as u8 + 1)
            .collect(),
    }
}

/// Reads a repaired feed; `None` where it is no feed at all.
pub(super) fn read(repaired: &Repaired, base: &Url) -> Option<ParsedFeed> {
    let whole = parse(&repaired.xml);
    let marks = rescue::count(&repaired.xml);
    let mut repairs = repaired.repairs.clone();
    let format = match repaired.root.to_ascii_lowercase().as_str() {
        "feed" | "entry" => FeedFormat::Atom,
        "rdf" => FeedFormat::Rss1,
        _ if repaired.repairs.iter().any(|repair| repair.name == "rss-0.90") => FeedFormat::Rss0,
        _ => FeedFormat::Rss2,
    };
    let mut parsed = ParsedFeed::empty(format);
    let lost = whole.as_ref().is_none_or(|feed| feed.entries.len() < marks);
    if let Some(feed) = &whole {
        parsed.format = match feed.feed_type {
            FeedType::Atom => FeedFormat::Atom,
            // RSS 0.90 is RDF too: what was known from its namespace stays.
            FeedType::RSS1 if format == FeedFormat::Rss0 => FeedFormat::Rss0,
            FeedType::RSS1 => FeedFormat::Rss1,
            FeedType::RSS0 => FeedFormat::Rss0,
            FeedType::RSS2 => FeedFormat::Rss2,
            FeedType::JSON => FeedFormat::Json,
        };
        parsed.title = feed.title.as_ref().map(|text| title_text(&text.content)).filter(|title| !title.is_empty());
        parsed.lang = feed.language.as_deref().and_then(Lang::parse);
        parsed.home = feed
            .links
            .iter()
            .find(|link| link.rel.as_deref().is_none_or(|rel| rel == "alternate"))
            .and_then(|link| address(&link.href, base));
        parsed.items = feed.entries.iter().map(|entry| item(entry, parsed.lang, parsed.format, base)).collect();
    }
    if whole.is_none()
        && marks == 0
        && !matches!(repaired.root.to_ascii_lowercase().as_str(), "rss" | "feed" | "rdf" | "channel")
    {
        return None;
    }
    if lost {
        let rescued = rescue::read(&repaired.xml, base, parsed.format, parsed.lang);
        if rescued.items.len() > parsed.items.len() {
            repairs.push(Repair {
                name: "item-by-item".into(),
                why: "the feed is not well-formed as a whole; its items were read one by one".into(),
            });
            parsed.title = parsed.title.or(rescued.title);
            parsed.lang = parsed.lang.or(rescued.lang);
            parsed.items = rescued.items;
            parsed.failures = rescued.failures;
        }
    }
    parsed.items = without_repeats(parsed.items);
    parsed.hints = hints(&repaired.xml);
    parsed.repairs = repairs;
    Some(parsed)
}
