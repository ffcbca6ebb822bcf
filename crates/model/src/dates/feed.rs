//! Reads the dates of feeds: mail and ISO forms, epochs, and what publishers write instead, in any language.
//!
//! A text that is not understood whole gives `None`, never a guess: an instant that is wrong is worse than none. A
//! date without zone is UTC, one without time is its midnight; a two-digit year is 19xx from 50 on. ISO dates may stop
//! after the year or the month. Parts of a second are left out.

use super::calendars;
use super::prose::Habit;
use super::whole::{self, Written};
use jiff::civil::{DateTime, Time};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

/// Seconds of the first and of the last moment that an epoch may stand for: 1990 to 2060.
const EPOCHS: std::ops::Range<i64> = 631_152_000..2_871_763_200;

/// A date as far as it is known without its source.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Moment {
    /// The instant: a zone is named, or there is no time of day that could be in one.
    Known(Timestamp),
    /// What clocks showed in a zone that is not named.
    Local(DateTime),
}

/// Reads a feed's date.
pub fn read(text: &str) -> Option<Timestamp> {
    match moment(text, Habit::default())? {
        Moment::Known(instant) => Some(instant),
        Moment::Local(shown) => at(shown, Offset::UTC),
    }
}

/// Reads a feed's date in the habit of its language and country; a zone that is not named stays open ([`Moment::Local`]).
pub fn moment(text: &str, habit: Habit) -> Option<Moment> {
    let text = text.trim();
    if text.len() < 4 || text.len() > 480 {
        return None;
    }
    if let Some(instant) = standard(text) {
        return Some(Moment::Known(instant));
    }
    let written = whole::read(text, habit, true)?;
    match (written.time, written.offset) {
        (Some(time), None) => Some(Moment::Local(written.date.to_datetime(time))),
        _ => instant(&written, Offset::UTC).map(Moment::Known),
    }
}

/// The instant at which clocks show a time.
pub fn at(shown: DateTime, offset: Offset) -> Option<Timestamp> {
    sane(offset.to_timestamp(shown).ok()?)
}

/// The offset that a date names, if it names one.
pub fn offset(text: &str) -> Option<Offset> {
    let text = text.trim();
    if let Ok(zoned) = jiff::fmt::rfc2822::parse(text) {
        return Some(zoned.offset());
    }
    if text.len() < 4 || text.len() > 480 { None } else { whole::read(text, Habit::default(), true)?.offset }
}

/// What a text in a standard's form says.
pub fn standard(text: &str) -> Option<Timestamp> {
    if text.starts_with(|sign: char| sign.is_ascii_digit())
        && let Ok(instant) = text.parse::<Timestamp>()
        && is_near(text)
    {
        return sane(instant);
    }
    // Of letters for zones only these are sure.
    if (text.ends_with("GMT") || text.ends_with(|sign: char| sign.is_ascii_digit()))
        && let Ok(zoned) = jiff::fmt::rfc2822::parse(text)
    {
        return sane(zoned.timestamp()).filter(|_| is_near(text));
    }
    epoch(text)
}

/// Whether the offset in figures that a text ends with is one that some country has.
fn is_near(text: &str) -> bool {
    let zone = text.rfind(['+', '-']).filter(|at| *at > 10).map(|at| &text[at + 1..]);
    zone.and_then(|zone| zone.get(..2)?.parse::<u8>().ok()).is_none_or(|hours| hours <= 14)
}

/// Seconds or milliseconds and the like since 1970, with a fraction or in the brackets of .NET.
fn epoch(text: &str) -> Option<Timestamp> {
    let bare = text.strip_prefix("/Date(").and_then(|rest| rest.strip_suffix(")/")).unwrap_or(text);
    let bare = if bare.len() < text.len() { bare.split(['+', '-']).next().unwrap_or(bare) } else { bare };
    let (whole, fraction) = bare.split_once('.').unwrap_or((bare, "0"));
    let figures = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !figures(whole) || !figures(fraction) {
        return None;
    }
    let number: i64 = whole.parse().ok()?;
    let seconds = match whole.len() {
        9 | 10 => number,
        13 => number / 1_000,
        16 => number / 1_000_000,
        19 => number / 1_000_000_000,
        _ => return None,
    };
    EPOCHS.contains(&seconds).then(|| Timestamp::from_second(seconds).ok()).flatten()
}

/// The instant of a written date, with the zone that counts where it names none.
pub(super) fn instant(written: &Written, zone: Offset) -> Option<Timestamp> {
    let civil = written.date.to_datetime(written.time.unwrap_or(Time::midnight()));
    at(civil, written.offset.unwrap_or(zone))
}

/// An instant without parts of a second; `None` where programs write it for "no date".
fn sane(instant: Timestamp) -> Option<Timestamp> {
    let seconds = instant.as_second();
    let is_stopgap = SignedDuration::from_secs(seconds).abs() <= SignedDuration::from_hours(24);
    (calendars::is_sane(Offset::UTC.to_datetime(instant).date()) && !is_stopgap)
        .then(|| Timestamp::from_second(seconds).ok())
        .flatten()
}
#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn dates_as_publishers_write_them() {
        for (written, instant) in [
            ("Thu, 01 Jan 2004 19:48:21 GMT", "2004-01-01T19:48:21Z"),
            ("Mon, 23 Nov 2026 08:30:00 +0700", "2026-11-23T01:30:00Z"),
            ("2004-07-08 23:56:58", "2004-07-08T23:56:58Z"),
            ("2026-11-23T08:30:00.123+07:00", "2026-11-23T01:30:00Z"),
            ("2003-12", "2003-12-01T00:00:00Z"),
            ("20031231T101112Z", "2003-12-31T10:11:12Z"),
            ("Fri Sep 12 10:00:00 2008", "2008-09-12T10:00:00Z"),
            ("13 Feb, 2012", "2012-02-13T00:00:00Z"),
            ("Mon, 01 Mai 2024 10:00:00 MEST", "2024-05-01T08:00:00Z"),
            ("Thứ hai, 01/01/2024 07:30 (GMT+7)", "2024-01-01T00:30:00Z"),
            ("1389650400", "2014-01-13T22:00:00Z"),
            ("Tue, 5 янв 2021 12:00 MSK", "2021-01-05T09:00:00Z"),
            ("Sun, 6 Nov 94 08:49:37 Etc/GMT", "1994-11-06T08:49:37Z"),
            ("11/23/2026 4:05 PM", "2026-11-23T16:05:00Z"),
            ("2026年11月23日 08:30", "2026-11-23T08:30:00Z"),
            ("mar., 24 nov. 2026 06:00:00 CET", "2026-11-24T05:00:00Z"),
            ("mar 24 nov 2026 06:00 CET", "2026-11-24T05:00:00Z"),
            ("vas. 29 nov. 2026", "2026-11-29T00:00:00Z"),
            ("sub. 28. stu. 2026.", "2026-11-28T00:00:00Z"),
            ("၂၄ Nov ၂၀၂၆", "2026-11-24T00:00:00Z"),
            ("२४ नवंबर २०२६", "2026-11-24T00:00:00Z"),
        ] {
            assert_eq!(read(written).map(|time| time.to_string()).as_deref(), Some(instant), "{written}");
        }
        for nothing in ["", "yesterday", "12:30", "99/99/9999", "Monday"] {
            assert_eq!(read(nothing), None, "{nothing}");
        }
    }
}
