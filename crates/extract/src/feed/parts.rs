//! Reads a mended feed part by part, so that a large one takes no more memory than its items.
//!
//! A feed of ordinary size is one part and is read as it stands. A larger one is cut before the entry at which a part
//! is full; each part gets the tags that the entries stand in, so that feed-rs, whose model takes many times the text,
//! holds one part at a time. Where it refuses a part, `entry` reads the entries of that part one by one.

use super::dates::Dates;
use super::limits::Room;
use super::repair::Repaired;
use super::{adapt, entry, scan, with_distinct_ids};
use samestory_model::{Item, ParsedFeed, Repair};
use std::iter::Peekable;
use url::Url;

/// Bytes from which a part is full.
const FULL: usize = 512 << 10;
/// Entries from which a part is full: each takes feed-rs a kilobyte, were it empty.
const FULL_OF: usize = 4_000;
/// A part that is this many times as large holds one huge entry, or none: feed-rs is not given it.
const HUGE: usize = 4;
/// Tags of a part from which feed-rs is not given it: quick-xml counts open elements up to 65,535.
const MOST_TAGS: usize = 60_000;

/// A run of entries with the text that they stand in.
struct Part<'a> {
    xml: &'a str,
    entries: Vec<scan::Entry<'a>>,
    is_first: bool,
    is_last: bool,
}

/// The parts of a feed in their order; one at the least.
struct Parts<'a> {
    xml: &'a str,
    entries: Peekable<scan::Scan<'a>>,
    full: usize,
    begins: usize,
    ended: bool,
}

impl<'a> Iterator for Parts<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        if self.ended {
            return None;
        }
        let (begins, full) = (self.begins, self.full);
        let mut entries: Vec<scan::Entry<'a>> = Vec::new();
        let fits = |next: &scan::Entry<'a>, held: usize| held == 0 || held < FULL_OF && next.start - begins < full;
        while let Some(entry) = self.entries.next_if(|next| fits(next, entries.len())) {
            entries.push(entry);
        }
        let ends = self.entries.peek().map_or(self.xml.len(), |next| next.start);
        (self.begins, self.ended) = (ends, self.entries.peek().is_none());
        Some(Part { xml: &self.xml[begins..ends], entries, is_first: begins == 0, is_last: self.ended })
    }
}

/// Reads a repaired feed; `None` where it is no feed at all.
pub(super) fn read(repaired: &Repaired, base: &Url) -> Option<ParsedFeed> {
    read_in(FULL, repaired, base)
}

fn read_in(full: usize, repaired: &Repaired, base: &Url) -> Option<ParsedFeed> {
    let format = adapt::format_of(repaired);
    let scanned = scan::scan(&repaired.xml);
    let head = scanned.head;
    let dates = Dates::of(&repaired.xml, entry::feed_tag(head), base);
    let (starts, ends) = scan::outer(head);
    let stated = scan::open_base(&starts).and_then(|stated| Url::parse(&entry::html(stated)).ok());
    let document = base;
    let (base, based) = (stated.as_ref().unwrap_or(document), stated.is_some());
    let parts = Parts { xml: &repaired.xml, entries: scanned.peekable(), full, begins: 0, ended: false };
    let known = matches!(repaired.root.to_ascii_lowercase().as_str(), "rss" | "feed" | "rdf" | "channel");
    let mut channel: Option<ParsedFeed> = None;
    let (mut room, mut items, mut failures) = (Room::whole(), Vec::new(), Vec::new());
    let (mut alone, mut met) = (false, 0);
    'parts: for part in parts {
        let hostile = part.xml.len() > HUGE * FULL || part.xml.bytes().filter(|byte| *byte == b'<').count() > MOST_TAGS;
        let whole = match (hostile, part.is_first, part.is_last) {
            (true, _, _) => None,
            (_, true, true) => adapt::parse(part.xml),
            (_, true, false) => adapt::parse(&[part.xml, &ends].concat()),
            (_, false, true) => adapt::parse(&[&starts, part.xml].concat()),
            (_, false, false) => adapt::parse(&[&starts, part.xml, &ends].concat()),
        };
        if whole.is_none() && part.entries.is_empty() && !known {
            return None;
        }
        let more = match &whole {
            Some(feed) => adapt::about(feed, if part.is_first { head } else { "" }, format, base),
            None if part.is_first => entry::about(head, format),
            None => ParsedFeed::empty(format),
        };
        let about = match &mut channel {
            None => channel.insert(more),
            Some(channel) => {
                channel.title = channel.title.take().or(more.title);
                channel.lang = channel.lang.take().or(more.lang);
                channel.home = channel.home.take().or(more.home);
                channel
            }
        };
        let mut read: Vec<Item> = Vec::new();
        let count = whole.as_ref().map_or(0, |feed| feed.entries.len());
        if whole.is_none() || count < part.entries.len() {
            let behind = |place: usize| place + 1 < part.entries.len() || !part.is_last;
            let each = part.entries.iter().enumerate();
            let each = each.map(|(place, one)| {
                let item = entry::read_alone(one, behind(place), met + place + 1, about, (base, based))?;
                Ok(dates.settle_entry(item, Some(one)))
            });
            let (good, bad): (Vec<_>, Vec<_>) = each.partition(Result::is_ok);
            if whole.is_none() {
                failures.extend(bad.into_iter().filter_map(Result::err));
            }
            if good.len() > count {
                alone = true;
                read = good.into_iter().flatten().collect();
            }
        }
        if let (Some(feed), true) = (&whole, read.is_empty()) {
            // Both have gone through the entries in order; where they disagree about how many there are, nothing is
            // completed.
            let agree = count == part.entries.len();
            let channel = |place: usize| part.entries.get(place).filter(|_| agree);
            read.extend(feed.entries.iter().enumerate().map(|(place, one)| {
                dates.settle_entry(adapt::item(one, channel(place), about, (base, based)), channel(place))
            }));
        }
        for item in read {
            if !room.take(item, &mut items) {
                failures.push(room.left_out(document.as_str()));
                break 'parts;
            }
        }
        met += part.entries.len();
    }
    let mut parsed = channel?;
    parsed.repairs.clone_from(&repaired.repairs);
    if alone {
        parsed.repairs.push(Repair {
            name: "item-by-item".into(),
            why: "the feed is not well-formed as a whole; its items were read one by one".into(),
        });
    }
    parsed.repairs.extend(dates.said());
    parsed.failures = failures;
    parsed.items = with_distinct_ids(items);
    parsed.hints = adapt::hints(head);
    Some(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::repair::repair;

    fn in_parts(full: usize, xml: &str) -> ParsedFeed {
        let base = Url::parse("https://paper.example/feed").expect("an address");
        read_in(full, &repair(xml, &base).expect("of its own size"), &base).expect("a feed")
    }

    #[test]
    fn a_feed_reads_the_same_in_parts_as_in_one() {
        let item = |n: usize, more: &str| {
            format!(
                "<item><guid isPermaLink='false'>{n}</guid><title>T {n}</title><link>/a/{n}</link><dc:date>2026-11-0{n}</dc:date><description>x &lt;a href='b'>y&lt;/a></description>{more}</item>"
            )
        };
        let items: String = (1..9).map(|n| item(n, "<media:content url='/p.jpg'/><author>A</author>")).collect();
        let entries: String = (1..9)
            .map(|n| format!("<entry xml:lang='de'><id>{n}</id><title type='html'>T &amp;amp; {n}</title><link href='{n}'/><updated>2026-11-0{n}T10:00:00Z</updated><content type='xhtml'><div>a<b>c</b></div></content></entry>"))
            .collect();
        for feed in [
            format!(
                "<rss version='2.0' xml:base='https://b.example/x/'><channel><title>P</title><language>sv</language>{items}<ttl>60</ttl></channel></rss>"
            ),
            format!("<rss><channel>{items}<title>Behind</title><link>https://p.example/</link></channel></rss>"),
            format!("<rdf:RDF xmlns='http://purl.org/rss/1.0/'><channel><title>P</title></channel>{items}</rdf:RDF>"),
            format!("<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='sv'><title>P</title>{entries}</feed>"),
            format!(
                "<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:title>P</a:title>{}</a:feed>",
                "<a:entry><a:id>1</a:id><a:title>T</a:title></a:entry>".repeat(3)
            ),
        ] {
            let whole = in_parts(usize::MAX, &feed);
            assert!(whole.items.len() >= 3 && whole.title.is_some(), "{feed}");
            for full in [1, 300, 1500] {
                assert_eq!(in_parts(full, &feed), whole, "{full} {feed}");
            }
        }
    }

    #[test]
    fn one_bad_part_is_read_item_by_item_and_loses_no_other() {
        let feed = "<rss><channel><title>P</title><item><title>A</title></item><item><title>B</item><item><title>C</title></item></channel></rss>";
        let read = in_parts(1, feed);
        let titles: Vec<&str> = read.items.iter().map(|item| item.title.as_str()).collect();
        assert_eq!(titles, ["A", "B", "C"]);
        assert!(read.repairs.iter().any(|repair| repair.name == "item-by-item"));
    }
}
