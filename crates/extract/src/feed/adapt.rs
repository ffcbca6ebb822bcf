//! Adapts what feed-rs parses to our items: own ids, own dates, plain titles, rebased HTML.
//!
//! feed-rs runs inside `catch_unwind`: two of its releases panic on real feeds. It is given the parts that `parts`
//! makes of a feed; what it does not keep is taken from the entries as `scan` found them.

use super::entry::address;
use super::limits::{MOST_ALTERNATES, MOST_NAMES, text_within};
use super::repair::Repaired;
use super::{entry, item_id, scan, shown};
use feed_rs::model::{Entry, Feed, FeedType, Link, Person};
use jiff::Timestamp;
use samestory_model::dates;
use samestory_model::markup::{Said, name_text, plain_text, rebase, title_as, title_text};
use samestory_model::{FeedFormat, Item, Lang, ParsedFeed, PollHints};
use std::panic::{AssertUnwindSafe, catch_unwind};
use url::Url;

/// What stands for an id that the feed does not have.
const NO_ID: &str = "\u{1}none";

/// What feed-rs makes of a text.
pub(super) fn parse(xml: &str) -> Option<Feed> {
    let parser = feed_rs::parser::Builder::new()
        .sanitize_content(false)
        .id_generator(|_, _, _| NO_ID.to_owned())
        .timestamp_parser(|text| {
            dates::feed::read(text).and_then(|time| chrono::DateTime::from_timestamp(time.as_second(), 0))
        })
        .build();
    catch_unwind(AssertUnwindSafe(|| parser.parse(xml.as_bytes()).ok())).ok().flatten()
}

fn instant(time: Option<chrono::DateTime<chrono::Utc>>) -> Option<Timestamp> {
    Timestamp::from_second(time?.timestamp()).ok()
}

/// The author's name. For an RSS `author` element, feed-rs puts the text into the mail address and names the author
/// `author`.
fn name_of(author: &Person) -> &str {
    author.email.as_deref().filter(|_| author.name == "author").unwrap_or(&author.name)
}

/// One item: what feed-rs read, completed by what the scan of the same entry found. `based` says whether the feed
/// names its base.
pub(super) fn item(
    entry: &Entry,
    raw: Option<&scan::Entry<'_>>,
    feed: &ParsedFeed,
    (base, based): (&Url, bool),
) -> Item {
    let own_base = raw.and_then(|raw| entry::base_of(raw, base));
    let own_base = own_base.or_else(|| entry.base.as_deref().and_then(|own| base.join(own).ok()));
    let based = based || own_base.is_some();
    let base = &own_base.unwrap_or_else(|| base.clone());
    let own = raw.and_then(entry::own_id);
    let own = own.or_else(|| (entry.id != NO_ID).then(|| entry.id.clone())).unwrap_or_default();
    let alternates = || entry.links.iter().filter(|link| link.rel.as_deref().is_none_or(|rel| rel == "alternate"));
    let page = |link: &&Link| link.media_type.as_deref().is_none_or(entry::is_page);
    let main = || {
        let own = alternates().filter(|link| link.href_lang.is_none());
        own.clone().find(page).or_else(|| own.clone().next()).or_else(|| alternates().next())
    };
    // A permanent id that is an address stands for a missing link.
    let permanent = || entry::is_address(&own) && raw.is_none_or(entry::id_is_address);
    let url = raw
        .and_then(|raw| entry::link(raw, base))
        .or_else(|| main().and_then(|link| address(&link.href, base)))
        .or_else(|| permanent().then(|| address(&own, base)).flatten());
    let within = if based { base } else { url.as_ref().unwrap_or(base) };
    let html = |text: &str, content: bool| {
        let own = raw.and_then(|raw| entry::base_of_text(raw, content));
        rebase(text_within(text), own.as_ref().unwrap_or(within))
    };
    let mut summary_html = entry.summary.as_ref().map(|text| html(&text.content, false)).unwrap_or_default();
    let body = entry.content.as_ref().and_then(|content| content.body.as_deref());
    let mut content_html = body.map(|body| html(body, true)).unwrap_or_default();
    // What feed-rs does not know in this format: Atom in RSS, groups of media.
    if let (Some(raw), true) = (raw, summary_html.is_empty() && content_html.is_empty()) {
        summary_html = entry::summary(raw, base, within).unwrap_or_default();
        content_html = entry::content(raw, base, within).unwrap_or_default();
    }
    // feed-rs takes the headline of a picture for that of its entry.
    let title = raw.and_then(entry::title);
    let title = title.or_else(|| entry.title.as_ref().map(|text| title_text(&text.content))).unwrap_or_default();
    let lang = entry.language.as_deref().and_then(Lang::parse).or(feed.lang);
    let lang = raw.map_or(lang, |raw| entry::lang_or(raw, lang));
    let atom = feed.format == FeedFormat::Atom;
    let changed = raw.filter(|_| !atom).and_then(entry::updated);
    let published = instant(entry.published).or_else(|| raw.and_then(entry::published)).or(changed);
    let updated = changed.or_else(|| instant(entry.updated));
    let mut contents = entry.media.iter().flat_map(|media| &media.content).filter(|content| content.url.is_some());
    // Sounds and films are no pictures; theirs are the thumbnails.
    let image = contents.find(|content| content.content_type.as_ref().is_none_or(|kind| kind.ty() == "image"));
    let thumbnail =
        || entry.media.iter().flat_map(|media| &media.thumbnails).find_map(|one| Url::parse(&one.image.uri).ok());
    let image = image.and_then(|content| content.url.clone()).or_else(thumbnail);
    let mut byline: Vec<String> =
        entry.authors.iter().take(MOST_NAMES).map(|author| name_text(name_of(author))).collect();
    byline.retain(|name| !name.is_empty());
    if let (Some(raw), true) = (raw, byline.is_empty()) {
        byline = entry::byline(raw);
    }
    Item {
        id: item_id(
            &own,
            url.as_ref(),
            &title,
            &published.map(|time| time.to_string()).unwrap_or_default(),
            &summary_html,
        ),
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
        byline,
        alternates: alternates()
            .filter(|link| link.href_lang.is_some())
            .take(MOST_ALTERNATES)
            .filter_map(|link| Some((Lang::parse(link.href_lang.as_deref()?)?, address(&link.href, base)?)))
            .filter(|(_, other)| Some(other) != url.as_ref())
            .collect(),
        image: image.filter(super::limits::is_sane),
        url: url.map(shown),
    }
}

/// Numbers of a hint's children: `<hour>3</hour>`.
fn children(xml: &str, parent: &str, child: &str) -> Vec<String> {
    let block = scan::inner(xml, parent).unwrap_or_default();
    block
        .split(&format!("<{child}>"))
        .skip(1)
        .filter_map(|part| part.split('<').next())
        .map(|text| text.trim().to_lowercase())
        .collect()
}

/// Names of the days as `skipDays` writes them, Monday first.
const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// When to come back, as the feed says it itself.
pub(super) fn hints(head: &str) -> PollHints {
    if !["ttl>", "sy:update", "skipHours", "skipDays"].iter().any(|hint| head.contains(hint)) {
        return PollHints::default();
    }
    let number = |name: &str| scan::inner(head, name).and_then(|text| text.trim().parse::<u64>().ok());
    let period = scan::inner(head, "sy:updatePeriod").map(|text| match text.trim().to_ascii_lowercase().as_str() {
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

/// What the root element says.
pub(super) fn format_of(repaired: &Repaired) -> FeedFormat {
    match repaired.root.to_ascii_lowercase().as_str() {
        "feed" | "entry" => FeedFormat::Atom,
        "rdf" => FeedFormat::Rss1,
        _ if repaired.repairs.iter().any(|repair| repair.name == "rss-0.90") => FeedFormat::Rss0,
        _ => FeedFormat::Rss2,
    }
}

/// What a feed says of itself, as feed-rs read it.
pub(super) fn about(feed: &Feed, head: &str, format: FeedFormat, base: &Url) -> ParsedFeed {
    let mut parsed = ParsedFeed::empty(match feed.feed_type {
        FeedType::Atom => FeedFormat::Atom,
        // RSS 0.90 is RDF too: what was known from its namespace stays.
        FeedType::RSS1 if format == FeedFormat::Rss0 => FeedFormat::Rss0,
        FeedType::RSS1 => FeedFormat::Rss1,
        FeedType::RSS0 => FeedFormat::Rss0,
        FeedType::RSS2 => FeedFormat::Rss2,
        FeedType::JSON => FeedFormat::Json,
    });
    let said = match scan::common_type(head, "title") {
        Some("text") => Said::Text,
        Some("xhtml") => Said::Elements,
        _ => Said::Markup,
    };
    parsed.title = feed.title.as_ref().map(|text| title_as(&text.content, said)).filter(|title| !title.is_empty());
    parsed.title = parsed.title.or_else(|| entry::feed_title(head));
    parsed.lang = feed.language.as_deref().and_then(Lang::parse).or_else(|| entry::feed_lang(head));
    let home = feed.links.iter().find(|link| link.rel.as_deref().is_none_or(|rel| rel == "alternate"));
    parsed.home = home.and_then(|link| address(&link.href, base));
    parsed
}
