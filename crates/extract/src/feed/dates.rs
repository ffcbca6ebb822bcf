//! Settles in which zone a feed's times are that name none, and reads its dates as its language writes them.
//!
//! Where all other dates of the feed name one offset, it is that; else the zone of the country or of the language;
//! else UTC. What was assumed is said as a repair. Dates in the forms of standards cost nothing here.

use super::entry::{PUBLISHED, UPDATED, html};
use super::scan;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use samestory_model::dates::{Habit, ahead, feed, usual};
use samestory_model::{Item, Lang, Repair};
use std::cell::{Cell, OnceCell};
use url::Url;

/// Dates of a feed that are asked for their offsets.
const ASKED: usize = 200;
/// Bytes behind the name of an element that its date stands in.
const NEAR: usize = 200;
/// What the names of all elements and members with dates hold.
const NAMED: &[&str] = &["pubDate", "published", "updated", "dc:date", "issued", "modified"];

/// How one feed writes its dates.
pub(super) struct Dates<'a> {
    text: &'a str,
    habit: Habit,
    offset: OnceCell<Option<Offset>>,
    assumed: Cell<usize>,
}

impl<'a> Dates<'a> {
    /// Of a feed's text; `lang` is the feed's, `tag` that as it is written.
    pub fn of(text: &'a str, tag: Option<&str>, base: &Url) -> Self {
        let lang = tag.and_then(|tag| Lang::parse(tag.trim()));
        let american = tag.is_some_and(|tag| tag.trim().to_ascii_lowercase().ends_with("-us"));
        let habit = Habit { american, lang, zone: usual(lang, base.host_str()) };
        Self { text, habit, offset: OnceCell::new(), assumed: Cell::new(0) }
    }

    /// The one offset that the feed's other dates name.
    fn named(&self) -> Option<Offset> {
        *self.offset.get_or_init(|| {
            let dates = NAMED.iter().flat_map(|name| self.text.match_indices(name).map(|(at, name)| at + name.len()));
            let mut offsets = dates.take(ASKED).filter_map(|at| {
                let end = (at..self.text.len().min(at + NEAR)).rev().find(|end| self.text.is_char_boundary(*end))?;
                let near = self.text.get(at..end)?.trim_start_matches(['"', ':', ' ']);
                let inside = near.strip_prefix('>').unwrap_or(near);
                let inside = inside.trim_start().trim_start_matches("<![CDATA[");
                feed::offset(inside.split(['<', '"', ']']).next()?)
            });
            let first = offsets.next()?;
            offsets.all(|other| other == first).then_some(first)
        })
    }

    fn ahead(&self, shown: DateTime) -> Offset {
        let usual = || ahead(self.habit.zone?, shown);
        self.named().or_else(usual).unwrap_or(Offset::UTC)
    }

    /// What a date that was read without knowing its feed says here.
    fn read(&self, text: &str, before: Option<Timestamp>) -> Option<Timestamp> {
        let text = text.trim();
        if text.is_empty() || feed::standard(text).is_some() {
            return before;
        }
        let Some(moment) = feed::moment(text, self.habit) else { return before };
        let in_utc = match moment {
            feed::Moment::Local(shown) => feed::at(shown, Offset::UTC),
            feed::Moment::Known(instant) => Some(instant),
        };
        if in_utc != before && feed::read(text) != before {
            return before;
        }
        let feed::Moment::Local(shown) = moment else { return in_utc };
        self.assumed.set(self.assumed.get() + 1);
        feed::at(shown, self.ahead(shown))
    }

    /// Puts an item's dates right; `published` and `updated` give their texts.
    pub fn settle(&self, item: Item, published: Option<&str>, updated: Option<&str>) -> Item {
        let read = |text: Option<&str>, before| text.map_or(before, |text| self.read(text, before));
        let same = item.updated == item.published;
        let mut changed = read(updated, item.updated);
        let mut first = read(published, item.published);
        if same && published.is_none() {
            first = changed;
        } else if same && updated.is_none() && changed.is_some() {
            changed = first;
        }
        Item { published: first, updated: changed, ..item }
    }

    /// [`Dates::settle`] with what stands in an entry.
    pub fn settle_entry(&self, item: Item, entry: Option<&scan::Entry<'_>>) -> Item {
        let Some(entry) = entry else { return item };
        let text = |names: &[&str]| names.iter().find_map(|name| Some(html(entry.first(&[*name])?.inner)));
        self.settle(item, text(PUBLISHED).as_deref(), text(UPDATED).as_deref())
    }

    /// What was assumed.
    pub fn said(&self) -> Option<Repair> {
        let count = self.assumed.get();
        let zone = match (self.offset.get().copied().flatten(), self.habit.zone) {
            (Some(offset), _) => format!("as {offset}, which the feed's other dates name"),
            (None, Some(zone)) => format!("in {zone}"),
            (None, None) => "in UTC".to_owned(),
        };
        (count > 0).then(|| Repair {
            name: "zone-assumed".into(),
            why: format!("times that name no zone are read {zone} ({count} of them)"),
        })
    }
}

#[cfg(test)]
mod tests {
    use samestory_model::ParsedFeed;
    use url::Url;

    fn read(address: &str, text: &str) -> ParsedFeed {
        crate::feed::feed(text.as_bytes(), None, &Url::parse(address).expect("an address")).expect("a feed")
    }

    fn rss(address: &str, language: &str, dates: &[&str]) -> (Vec<String>, Vec<String>) {
        let item = |(at, date): (usize, &&str)| {
            format!("<item><title>a</title><guid>{at}</guid><pubDate>{date}</pubDate></item>")
        };
        let items: String = dates.iter().enumerate().map(item).collect();
        let language = if language.is_empty() { String::new() } else { format!("<language>{language}</language>") };
        let xml = format!("<rss version=\"2.0\"><channel><title>P</title>{language}{items}</channel></rss>");
        let parsed = read(address, &xml);
        let seen = parsed.items.iter().map(|item| item.published.map(|time| time.to_string()).unwrap_or_default());
        (seen.collect(), parsed.repairs.into_iter().map(|repair| repair.why).collect())
    }

    const PLAIN: &str = "https://paper.example/feed";

    #[test]
    fn a_time_without_a_zone_is_in_that_of_the_feeds_other_dates() {
        let dates = ["Mon, 13 Oct 2025 08:00:00 +0700", "13/10/2025 09:30", "<![CDATA[13 Oct 2025 10:00 GMT+7]]>"];
        let (seen, why) = rss(PLAIN, "", &dates);
        assert_eq!(seen, ["2025-10-13T01:00:00Z", "2025-10-13T02:30:00Z", "2025-10-13T03:00:00Z"]);
        assert_eq!(why, ["times that name no zone are read as +07, which the feed's other dates name (1 of them)"]);
        let (seen, _) = rss(PLAIN, "vi", &["Mon, 13 Oct 2025 08:00:00 GMT", "13/10/2025 09:30"]);
        assert_eq!(seen[1], "2025-10-13T09:30:00Z");
    }

    #[test]
    fn else_in_that_of_its_country_or_language_else_in_utc() {
        for (address, language, written, instant, zone) in [
            (PLAIN, "vi", "13/10/2025 09:30", "2025-10-13T02:30:00Z", "in Asia/Ho_Chi_Minh"),
            (PLAIN, "ja-JP", "2025年10月13日 9時30分", "2025-10-13T00:30:00Z", "in Asia/Tokyo"),
            (PLAIN, "de", "13. Juli 2025 9:30 Uhr", "2025-07-13T07:30:00Z", "in Europe/Berlin"),
            ("https://bao.example.vn/rss", "", "13/10/2025 09:30", "2025-10-13T02:30:00Z", "in Asia/Ho_Chi_Minh"),
            ("https://daily.in/rss", "en", "13 Oct 2025 09:30", "2025-10-13T04:00:00Z", "in Asia/Kolkata"),
            (PLAIN, "en", "13 Oct 2025 09:30", "2025-10-13T09:30:00Z", "in UTC"),
            (PLAIN, "en-US", "4/3/2025 9:30 AM", "2025-04-03T09:30:00Z", "in UTC"),
            (PLAIN, "da", "ti, 24 mar 2026 09:30", "2026-03-24T08:30:00Z", "in Europe/Copenhagen"),
        ] {
            let (seen, why) = rss(address, language, &[written]);
            assert_eq!(seen, [instant], "{written}");
            assert_eq!(why, [format!("times that name no zone are read {zone} (1 of them)")]);
        }
    }

    #[test]
    fn what_names_its_zone_or_no_time_is_read_as_it_stands() {
        let dates = ["13/10/2025", "Mon, 13 Oct 2025 09:30:00 ICT", "2025-10-13T09:30:00+01:00", "1760347800"];
        let (seen, why) = rss(PLAIN, "vi", &dates);
        let zulu = ["2025-10-13T00:00:00Z", "2025-10-13T02:30:00Z", "2025-10-13T08:30:00Z", "2025-10-13T09:30:00Z"];
        assert_eq!(seen, zulu);
        assert!(why.is_empty(), "{why:?}");
    }

    #[test]
    fn a_json_feed_is_no_exception() {
        let json = r#"{"version":"https://jsonfeed.org/version/1.1","language":"ko","items":[
            {"id":"1","date_published":"2025-10-13 09:30"},{"id":"2","date_published":"2025-10-13T09:30:00+09:00"}]}"#;
        let items = read(PLAIN, json).items;
        assert_eq!(items[0].published, items[1].published);
    }
}
