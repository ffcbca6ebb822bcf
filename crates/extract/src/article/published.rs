//! Decides when an article was published: by what the page states, its address, its own time elements, and words beside
//! the headline.
//!
//! A page has the times of other stories, of comments and of changes too: those do not count, and a time that stands
//! nowhere near the article is not believed. A wrong date is worse than none.

use super::blocks::Block;
use super::guard::cut;
use super::lines;
use super::marks::{NOT_THE_AUTHOR, holds, in_other_story};
use super::shape;
use super::stated::{Metadata, Said};
use super::tree::{Node, Tag, Tree};
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use samestory_model::dates::{Found, Habit, ahead, in_address, prose};
use samestory_model::languages;
use url::Url;

/// Bytes of a date in words.
const DATE: usize = 1_000;
const DAY: i64 = 86_400;
/// Nodes from the headline within which a time element is the article's.
const NEAR: usize = 400;
/// Time elements that are asked whether they are the article's, the nearest to the headline.
const NEAREST: usize = 100;
/// Lines below the headline that are searched for a date; a quarter as many above it.
const NEAR_HEADLINE: usize = 12;
/// Paragraphs that may begin with the date, and how much stands in front of it.
const PARAGRAPHS: usize = 3;
const FRONT: u32 = 30;

/// What an element says of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Says {
    /// That it is the publication's.
    Published,
    /// Nothing beside the time.
    Time,
    /// That it is a change's.
    Changed,
}

/// One time that a page shows.
#[derive(Debug, Clone)]
pub(super) struct TimeElement {
    pub at: usize,
    pub says: Says,
    pub written: String,
}

/// The time that an element is made for.
pub(super) fn time_element(tree: &Tree, at: usize) -> Option<TimeElement> {
    let node = &tree.nodes[at];
    let class = node.attr("class").unwrap_or_default();
    let is = |parts: &[&str]| parts.iter().any(|part| class.to_ascii_lowercase().contains(part));
    let property = node.attr("itemprop").unwrap_or_default();
    let titled = || node.attr("title").filter(|title| title.contains('T') && is(&["published", "updated"]));
    if node.name() != "time" && property != "datePublished" && (node.tag != Tag::Inline || titled().is_none()) {
        return None;
    }
    let says = if property == "datePublished" || is(&["published", "pubdate"]) {
        Says::Published
    } else if property == "dateModified" || is(&["updated", "modified"]) && !is(&["entry-date", "posted"]) {
        Says::Changed
    } else {
        Says::Time
    };
    let stated = node.attr("datetime").or_else(|| node.attr("content")).filter(|written| !written.is_empty());
    let written = match stated.or_else(titled) {
        Some(stated) => both(tree, at, says).unwrap_or_else(|| cut(stated, DATE).to_owned()),
        None => tree.beginning(at, DATE),
    };
    let says = if says == Says::Changed && both(tree, at, says).is_some() { Says::Published } else { says };
    Some(TimeElement { at, says, written })
}

/// The first of two dates in the text of an element whose attribute is the time of a change.
fn both(tree: &Tree, at: usize, says: Says) -> Option<String> {
    if says != Says::Changed {
        return None;
    }
    let text = tree.beginning(at, DATE);
    let first = prose::find(&text, false)?;
    let second = first.end + prose::find(&text[first.end..], false)?.start;
    Some(text[first.start..second].to_owned())
}

/// The time of publication: from metadata, from a time element of the article, or from the date in the address.
pub(super) fn stated(tree: &Tree, said: &Said, found: &Metadata, address: Option<&Url>) -> Option<Timestamp> {
    let habit = found.habit();
    // What programs write is in the clocks of the publisher.
    let by_program = Habit { zone: found.zone, ..habit };
    let read =
        |text: &Option<String>| text.as_deref().and_then(|text| as_day(prose::read(text, by_program)?, by_program));
    let far = |element: &TimeElement| found.headline_at.map_or(element.at, |headline| element.at.abs_diff(headline));
    let mut nearest: Vec<&TimeElement> = said.times.iter().collect();
    nearest.sort_by_key(|element| far(element));
    nearest.truncate(NEAREST);
    let own: Vec<&TimeElement> = nearest.into_iter().filter(|time| is_own(tree, time.at, found.headline_at)).collect();
    let of = |element: &TimeElement| {
        // With a T it is an attribute, else what people read.
        prose::read(&element.written, if element.written.contains('T') { by_program } else { habit })
    };
    let marked = || {
        own.iter()
            .filter(|element| element.says == Says::Published)
            .min_by_key(|element| far(element))
            .and_then(|element| of(element))
    };
    let dated = || {
        let known = [address, found.canonical.as_ref()].into_iter().flatten().find_map(in_address)?;
        let day = Found { date: known, time: None, offset: None, start: 0, end: 0 }.instant(habit)?;
        // An element beside the headline may add the time of that day.
        let timed =
            own.iter().filter(|time| is_near(tree, time.at, found.headline_at)).filter_map(|element| of(element));
        let same = |time: &Timestamp| (time.as_second() - day.as_second() - DAY / 2).abs() <= DAY;
        Some(timed.into_iter().find(same).unwrap_or(day))
    };
    let mut near: Vec<&&TimeElement> = own.iter().filter(|time| is_near(tree, time.at, found.headline_at)).collect();
    near.sort_by_key(|element| (element.says, far(element)));
    read(&said.ld_published)
        .or_else(|| read(&said.meta_published))
        .or_else(marked)
        .or_else(|| read(&said.ld_page_published))
        .or_else(dated)
        .or_else(|| near.into_iter().find_map(|shown| of(shown)))
}

/// A midnight of the site's own clocks is its day: it stands for a date without a time, and a day is the same everywhere.
fn as_day(instant: Timestamp, habit: Habit) -> Option<Timestamp> {
    let Some(zone) = habit.zone else { return Some(instant) };
    // Within a day of the instant the site's midnight is one of two.
    let day = (instant + SignedDuration::from_hours(14)).to_zoned(TimeZone::UTC).date();
    let midnight = |day: Date| {
        Some((
            day,
            ahead(zone, day.to_datetime(Time::midnight()))?.to_timestamp(day.to_datetime(Time::midnight())).ok()?,
        ))
    };
    let near = [Some(day), day.yesterday().ok()].into_iter().flatten().filter_map(midnight);
    let own = near.into_iter().find(|(_, midnight)| *midnight == instant).map(|(day, _)| day);
    let day = own.map(|date| Found { date, time: None, offset: None, start: 0, end: 0 });
    day.map_or(Some(instant), |day| day.instant(habit))
}

/// Whether an element is no other story's, no comment's and no list's.
fn is_own(tree: &Tree, at: usize, headline: Option<usize>) -> bool {
    let holds_headline =
        |node: usize| headline.is_some_and(|headline| (node..tree.nodes[node].end).contains(&headline));
    let other = |node: usize| {
        let node = &tree.nodes[node];
        node.tag == Tag::Navigation || is_other(node)
    };
    !in_other_story(tree, at, headline) && !tree.ancestors(at).take_while(|node| !holds_headline(*node)).any(other)
}

fn is_other(node: &Node<'_>) -> bool {
    node.tag != Tag::Root && holds(node, NOT_THE_AUTHOR)
}

/// Whether an element stands at the headline, or in the article or header of a page that has one.
fn is_near(tree: &Tree, at: usize, headline: Option<usize>) -> bool {
    headline.is_none_or(|headline| at.abs_diff(headline) <= NEAR)
        || tree.ancestors(at).any(|around| matches!(tree.nodes[around].tag, Tag::Article | Tag::Header))
}

/// The date that stands in words beside the headline, the nearest one below it first, or at the beginning of the text.
pub(super) fn shown(all: &[Block], said: &Metadata) -> Option<Timestamp> {
    let own = shape::skeleton(&said.title);
    let at = match said.headline_at {
        Some(headline) => all.partition_point(|block| block.at < headline),
        None => all.iter().position(|block| shape::skeleton(&block.text) == own)?,
    };
    let habit = said.habit();
    let below = all[at..].iter().take(NEAR_HEADLINE);
    let above = all[..at].iter().rev().take(NEAR_HEADLINE / 4);
    let beside = below.chain(above).find_map(|block| lines::date_line(&block.text, habit)?.instant(habit));
    let first = || all[at..].iter().filter(|block| block.prose).take(PARAGRAPHS);
    beside
        .or_else(|| first().find_map(|block| dateline(&block.text, habit)?.instant(habit)))
        .or_else(|| all[at..].iter().find_map(|block| labelled(block, habit)?.instant(habit)))
}

/// The date in a short line "Date: 3 March 2026", wherever it stands below the headline.
fn labelled(block: &Block, habit: Habit) -> Option<Found> {
    let (label, rest) = block.text.split_once([':', '：']).filter(|_| !block.prose && block.weight <= 80)?;
    let found = languages::is_date_label(&label.trim().to_lowercase()).then(|| prose::find(rest, habit))??;
    rest[..found.start].trim().is_empty().then_some(found)
}

/// The date that a paragraph begins with: "27.1.2026 – The harbour …", "(27 January 2026) The …", "Sandvik, 27 January 2026 – …".
fn dateline(text: &str, habit: Habit) -> Option<Found> {
    let found = prose::find(cut(text, 160), habit)?;
    let front = text[..found.start].trim();
    let word = |word: &str| {
        let bare = word.trim_matches(|sign: char| !sign.is_alphanumeric());
        bare.starts_with(char::is_uppercase) && bare.chars().count() > 2
            || !bare.contains(char::is_alphabetic)
            || languages::is_byline_label(bare)
    };
    let behind = text[found.end..].trim_start();
    let parted = behind.starts_with(['–', '—', '-', '|', ':', '„', '“', '«', '"'])
        || behind.starts_with(')') && front.contains('(');
    let plain =
        shape::weight(front) <= FRONT && front.split_whitespace().count() <= 3 && front.split_whitespace().all(word);
    (parted && plain).then_some(found)
}

#[cfg(test)]
mod tests {
    use crate::article::{Repeated, Settings, page};
    use url::Url;

    fn of(head: &str, body: &str, path: &str) -> Option<String> {
        let url = Url::parse(&format!("https://post.example/{path}")).expect("an address");
        let html = format!(
            "<html lang='en'><head><title>Ships wait in the harbour</title>{head}</head><body>{body}\
             <p>The harbour is closed to ships until Sunday because of the storm, the office says.</p></body></html>"
        );
        let page = page(&html, Some(&url), &Settings::default(), &Repeated::none()).expect("an article");
        page.published.map(|time| time.to_string()[..10].to_owned())
    }

    #[test]
    fn the_articles_own_time_counts_and_no_others() {
        let h1 = "<h1>Ships wait in the harbour</h1>";
        let teaser = "<article><h4><a href='/b'>Herring</a></h4><time datetime='2009-04-11'>11 April</time></article>";
        let comment = "<div class='comment'><time datetime='2026-08-24T03:36:11Z'>August</time></div>";
        let texts = |most| {
            (1..most)
                .map(|n| format!("<p>Ship {n} lies at anchor off the island and waits there until the wind turns.</p>"))
                .collect::<String>()
        };
        let changed = "<time itemprop='dateModified' datetime='2026-05-05'>5 May</time>";
        for (body, found) in [
            (format!("{h1}<time datetime='2026-03-03T10:00:00Z'>3 March</time>{teaser}{comment}"), Some("2026-03-03")),
            (format!("{teaser}{h1}<p class='date'>3 March 2026</p>{comment}"), Some("2026-03-03")),
            (format!("{h1}{changed}<time datetime='2026-03-03'>3 March</time>"), Some("2026-03-03")),
            (format!("<div>{teaser}</div>{h1}{comment}"), None),
            (
                format!("{h1}<abbr class='published' title='2026-03-03T10:52:00+02:00'>10:52</abbr>{teaser}"),
                Some("2026-03-03"),
            ),
            (
                format!(
                    "{h1}<p>Sandvik, 3 March 2026 – The harbour is closed, and nobody knows for how long it will be.</p>"
                ),
                Some("2026-03-03"),
            ),
            (
                format!("{h1}<p>(3 March 2026) The harbour is closed, and nobody knows for how long it will be.</p>"),
                Some("2026-03-03"),
            ),
            (format!("{h1}{}<ul><li><span>Date:</span> 3 March 2026</li></ul>", texts(20)), Some("2026-03-03")),
            (format!("{h1}{}<ul><li>Opens: 3 March 2026</li></ul>", texts(20)), None),
            (
                format!("{h1}<p>On 3 March 2019 the harbour was closed, and nobody knew for how long it would be.</p>"),
                None,
            ),
        ] {
            assert_eq!(of("", &body, "ships").as_deref(), found, "{body}");
        }
    }

    #[test]
    fn midnight_on_the_sites_clocks_is_a_day() {
        let h1 = "<h1>Ships wait in the harbour</h1>";
        for (written, day) in [
            ("2026-03-02T23:00:00Z", "2026-03-03"),
            ("2026-03-03T00:00:00+01:00", "2026-03-03"),
            ("2026-07-02T22:00:00Z", "2026-07-03"),
            ("2026-03-02T22:00:00Z", "2026-03-02"),
            ("2026-03-02T23:00:01Z", "2026-03-02"),
        ] {
            let head = format!("<meta property='article:published_time' content='{written}'>");
            let html = format!(
                "<html><head><title>Ships</title>{head}</head><body>{h1}<p>The harbour is closed to ships until Sunday.</p>"
            );
            let url = Url::parse("https://post.de/ships").expect("an address");
            let page = page(&html, Some(&url), &Settings::default(), &Repeated::none()).expect("an article");
            assert_eq!(&page.published.expect("a time").to_string()[..10], day, "{written}");
        }
    }

    #[test]
    fn an_address_and_the_page_as_a_thing_date_an_article() {
        let h1 = "<h1>Ships wait in the harbour</h1>";
        let page = r#"<script type="application/ld+json">{"@graph":[{"@type":"WebPage","datePublished":"2026-03-03T10:00:00Z"}]}</script>"#;
        assert_eq!(of(page, h1, "ships").as_deref(), Some("2026-03-03"));
        assert_eq!(of("", h1, "2026/03/03/ships").as_deref(), Some("2026-03-03"));
        assert_eq!(of("", h1, "2026/03/ships"), None);
        let kept = "<link rel='canonical' href='https://post.example/2026/03/03/ships'>";
        assert_eq!(of(kept, h1, "ships?id=7").as_deref(), Some("2026-03-03"));
        let video = r#"<script type="application/ld+json">{"@type":"VideoObject","uploadDate":"2026-03-03","datePublished":"2026-03-03"}</script>"#;
        assert_eq!(of(video, h1, "ships"), None, "a video is no page");
    }
}
