//! Reads dates as pages write them: ISO forms, mail forms, and prose in many languages and scripts.
//!
//! Months are known by beginnings of their names that are long enough to begin nothing else.
//! Promises never to guess a date out of a bare number: day, month and year must all be there. A
//! date without a zone is taken as UTC. Between 3/4 and 4/3 the day comes first, as in most of
//! the world, unless the first number cannot be a day or the caller says that the page is American.

use super::calendars::{self, Around, Year};
use super::clock::{self, Clock};
use super::tokens::{Kind, Token, tokens};
use super::whole;
use super::words::{self, Sense, Sure};
use super::zone;
use super::zones::Place;
use crate::Lang;
use crate::languages::{Era, digit};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

/// The web is younger than this year's dates.
const FIRST_YEAR: i16 = 1990;

/// How a page writes its dates, as far as that is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Habit {
    /// Whether the month comes first in 4/3/2025.
    pub american: bool,
    /// The page's language: decides where one name means different months in two languages.
    pub lang: Option<Lang>,
    /// The zone of times that name none: [`super::usual`].
    pub zone: Option<&'static str>,
}

impl From<bool> for Habit {
    /// American or not, in an unknown language.
    fn from(american: bool) -> Self {
        Self { american, ..Self::default() }
    }
}

/// Reads an instant out of an attribute, a JSON value or a short line.
pub fn read(text: &str, habit: impl Into<Habit>) -> Option<Timestamp> {
    let text = text.trim();
    if text.is_empty() || text.len() > 240 {
        return None;
    }
    if let Ok(instant) = text.parse::<Timestamp>() {
        return plausible(instant);
    }
    if let Ok(zoned) = jiff::fmt::rfc2822::parse(text) {
        return plausible(zoned.timestamp());
    }
    if text.len() >= 10 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let number: i64 = text.parse().ok()?;
        let instant =
            if text.len() >= 13 { Timestamp::from_millisecond(number) } else { Timestamp::from_second(number) };
        return instant.ok().and_then(plausible);
    }
    let habit = habit.into();
    let known = whole::read(text, habit, false);
    let known = known.map(|written| Found {
        date: written.date,
        time: written.time,
        offset: written.offset,
        start: 0,
        end: text.len(),
    });
    let known = known.and_then(|found| found.instant(habit));
    known.or_else(|| find(text, habit)?.instant(habit))
}

/// A date found in a line, and where.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// The day.
    pub date: Date,
    /// The time of day, where it stands with it.
    pub time: Option<Time>,
    /// The zone, where it stands with it.
    pub offset: Option<Offset>,
    /// Byte where the date begins in the line.
    pub start: usize,
    /// Byte after the date in the line.
    pub end: usize,
}

impl Found {
    /// The instant: in the zone that stands with it, else in the page's, else in UTC.
    pub fn instant(&self, habit: Habit) -> Option<Timestamp> {
        let shown = DateTime::from_parts(self.date, self.time.unwrap_or_else(Time::midnight));
        // A day is the same everywhere.
        let usual = || super::ahead(habit.zone.filter(|_| self.time.is_some())?, shown);
        let offset = self.offset.or_else(usual).unwrap_or(Offset::UTC);
        offset.to_timestamp(shown).ok().and_then(plausible)
    }
}

fn plausible(instant: Timestamp) -> Option<Timestamp> {
    // The web is younger than 1990; dates far ahead are placeholders.
    (631_152_000..4_102_444_800).contains(&instant.as_second()).then_some(instant)
}

/// What a token is to a date in prose.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Piece {
    Number(u32, usize),
    /// A month, and whether it is one of the solar Hijri calendar.
    Month(i8, bool),
    /// How the years of the next or the last number count.
    Era(Era),
    /// One sign that is neither digit nor letter.
    Sign(char),
    /// Marks of East Asian dates and other single letters, and words without meaning here.
    Word,
}

#[derive(Debug, Clone, Copy)]
struct Part {
    piece: Piece,
    start: usize,
    end: usize,
}

fn parts(tokens: &[Token], own: Option<Lang>) -> Vec<Part> {
    let piece = |token: &Token| match &token.kind {
        Kind::Number(value, digits) => Piece::Number(u32::try_from(*value).unwrap_or(u32::MAX), usize::from(*digits)),
        Kind::Sign(sign) => Piece::Sign(*sign),
        Kind::Unknown => Piece::Word,
        Kind::Word(senses) => meaning(senses, own),
    };
    tokens.iter().map(|token| Part { piece: piece(token), start: token.start, end: token.end }).collect()
}

/// What a word means in prose, where few words mean a date.
fn meaning(senses: &[Sense], own: Option<Lang>) -> Piece {
    if let Some(month) =
        senses.iter().find_map(|sense| if let Sense::Solar(month) = sense { Some(*month) } else { None })
    {
        return Piece::Month(month, true);
    }
    let counts = |sense: &&Sense| match sense {
        Sense::Month(_, lang, Sure::Short) => Some(*lang) == own,
        Sense::Month(_, _, sure) => *sure >= Sure::Beginning,
        _ => false,
    };
    if let Some(month) = words::month(senses.iter().filter(counts), own, &[], false).first() {
        return Piece::Month(*month, false);
    }
    let era = senses.iter().find_map(|sense| match sense {
        Sense::Era(era) if *era != Era::Common => Some(Piece::Era(*era)),
        _ => None,
    });
    era.unwrap_or(Piece::Word)
}

/// Finds the first full date in a line.
pub fn find(text: &str, habit: impl Into<Habit>) -> Option<Found> {
    // A day and a year are two numbers at the least.
    let mut inside = false;
    let numbers = text.chars().filter(|sign| {
        let before = std::mem::replace(&mut inside, digit(*sign).is_some());
        inside && !before
    });
    if numbers.take(2).count() < 2 {
        return None;
    }
    let habit = habit.into();
    let tokens = tokens(text);
    let all = parts(&tokens, habit.lang);
    let hints: Vec<Lang> = habit.lang.into_iter().collect();
    let thai = text.contains(|sign| matches!(sign, '\u{e00}'..='\u{e7f}'));
    for at in 0..all.len() {
        if let Some((date, last)) = date_at(&all, at, habit, thai) {
            let start = all[at].start;
            let end = all[last].end;
            let Some(clock) = time_near(&tokens, at, last, &hints) else {
                return Some(Found { date, time: None, offset: None, start, end });
            };
            let offset = offset(&tokens, &clock, text, date.to_datetime(clock.time));
            let end = if clock.from > last { all[clock.to - 1].end.max(end) } else { end };
            return Some(Found { date, time: Some(clock.time), offset, start, end });
        }
    }
    None
}

fn date_at(tokens: &[Part], at: usize, habit: Habit, thai: bool) -> Option<(Date, usize)> {
    // Numbers and months from here on, each within two signs or words of the one before.
    let mut parts: Vec<(Piece, usize)> = Vec::with_capacity(3);
    let mut loose = 0;
    let mut words = 0;
    let mut cut = false;
    let mut around = Around { thai, ..Around::default() };
    let mut separators: Vec<char> = Vec::new();
    for (index, token) in tokens.iter().enumerate().skip(at) {
        match token.piece {
            Piece::Number(..) | Piece::Month(..) => {
                parts.push((token.piece, index));
                loose = 0;
                around.solar |= matches!(token.piece, Piece::Month(_, true));
                if parts.len() == 3 {
                    cut = index > 0 && tokens[index - 1].piece == Piece::Sign('\'');
                    break;
                }
            }
            Piece::Sign(sign) => {
                if !matches!(sign, '.' | '/' | '-' | ',' | '\'' | '|' | 'º' | '°') {
                    break;
                }
                separators.push(sign);
                loose += 1;
            }
            // Those of the east stand in front.
            Piece::Era(era @ (Era::Minguo | Era::Reiwa | Era::Heisei | Era::Showa)) if index == at => {
                around.era = Some(era);
                continue;
            }
            Piece::Era(_) | Piece::Word => {
                words += 1;
                loose += 1;
            }
        }
        if parts.is_empty() || loose > 2 {
            break;
        }
    }
    let [(first, _), (second, _), (third, last)] = parts[..] else { return None };
    let day = |number: u32| (1..=31).contains(&number).then_some(number as i8);
    let month_number = |number: u32| (1..=12).contains(&number).then_some(number as i8);
    let solar = habit.lang.is_some_and(|lang| lang.as_str() == "fa");
    let year = |number: u32, digits: usize| {
        let counts = digits == 4 || digits == 2 && (thai || cut);
        let found = calendars::year(u64::from(number), digits as u8, around).filter(|_| counts)?;
        // Without a month of that calendar, its figures are any number.
        (around.solar || solar || !matches!(found, Year::Solar(_))).then_some(found)
    };
    let slashed = separators.len() >= 2 && separators.iter().all(|sign| *sign == separators[0]);
    // "25 tháng 11, 2025", "25日11月": words part what signs do elsewhere.
    let words_between = words > 0 && separators.iter().all(|sign| *sign == ',');
    let (year_of, month_of, day_of) = match (first, second, third) {
        (Piece::Number(y, digits), Piece::Number(m, _), Piece::Number(d, short))
            if around.era.is_some() && short <= 2 =>
        {
            (calendars::year(u64::from(y), digits.min(9) as u8, around)?, month_number(m)?, day(d)?)
        }
        (Piece::Number(y, digits), Piece::Number(m, _), Piece::Number(d, short)) if digits == 4 && short <= 2 => {
            (year(y, digits)?, month_number(m)?, day(d)?)
        }
        (Piece::Number(first, one), Piece::Number(second, two), Piece::Number(y, digits)) if one <= 2 && two <= 2 => {
            if !slashed && !words_between {
                return None;
            }
            let year = year(y, digits)
                .or_else(|| (digits == 2 && slashed && (10..60).contains(&y)).then(|| Year::Common(2000 + y as i16)))?;
            match (month_number(second), day(first)) {
                (Some(month), Some(day))
                    if !(habit.american && month_number(first).is_some() && separators.first() == Some(&'/')) =>
                {
                    (year, month, day)
                }
                _ => (year, month_number(first)?, day(second)?),
            }
        }
        (Piece::Number(d, short), Piece::Month(m, _), Piece::Number(y, digits))
        | (Piece::Month(m, _), Piece::Number(d, short), Piece::Number(y, digits))
        | (Piece::Number(y, digits), Piece::Month(m, _), Piece::Number(d, short))
            if short <= 2 && (digits == 4 || short <= digits) =>
        {
            (year(y, digits)?, m, day(d)?)
        }
        // "2024. gada 3. aprīlis"
        (Piece::Number(y, digits @ 4), Piece::Number(d, short), Piece::Month(m, _)) if short <= 2 => {
            (year(y, digits)?, m, day(d)?)
        }
        _ => return None,
    };
    let date = year_of.day(month_of, day_of).filter(|date| FIRST_YEAR <= date.year())?;
    Some((date, last))
}

/// The time of day nearest to the date, behind it or before it.
fn time_near(tokens: &[Token], first: usize, last: usize, hints: &[Lang]) -> Option<Clock> {
    let behind = (last + 1..tokens.len().min(last + 8)).find_map(|at| clock::at(tokens, at, hints));
    let read = |at: usize| clock::at(tokens, at, hints).filter(|clock| clock.to <= first);
    let before = (first.saturating_sub(8)..first).rev().find_map(|at| read(at).or_else(|| read(at.checked_sub(2)?)));
    match (behind, before) {
        (Some(behind), Some(before)) if first - before.to < behind.from - last - 1 => Some(before),
        (behind, before) => behind.or(before),
    }
}

/// The zone that stands behind a time.
fn offset(tokens: &[Token], clock: &Clock, text: &str, at: DateTime) -> Option<Offset> {
    let is_small = |token: &Token| {
        token.is(&['(', ',', '.'])
            || matches!(token.kind, Kind::Word(_))
                && token.senses().iter().any(|sense| matches!(sense, Sense::Period(..)))
    };
    let skipped = tokens[clock.to..].iter().take(3).take_while(|token| is_small(token)).count();
    let next = clock.to + skipped;
    let figures = |at: usize| {
        let sign = match tokens.get(at)?.kind {
            Kind::Sign('+') => 1,
            Kind::Sign('-') => -1,
            _ => return None,
        };
        let (minutes, _) = zone::offset(tokens, at)?;
        Offset::from_seconds(sign * minutes * 60).ok()
    };
    let token = tokens.get(next)?;
    let place = token.senses().iter().find_map(|sense| if let Sense::Zone(place) = sense { Some(place) } else { None });
    // Small letters are a word: "est" is "is" in French.
    let Some(place) = place.filter(|_| !text[token.start..].starts_with(|sign: char| sign.is_ascii_lowercase())) else {
        return figures(next);
    };
    figures(next + 1).filter(|_| *place == Place::Utc).or_else(|| place.offset(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_many_forms() {
        for (written, instant) in [
            ("2025-11-25T08:30:00+07:00", "2025-11-25T01:30:00Z"),
            ("2025-11-25T08:30:00+0700", "2025-11-25T01:30:00Z"),
            ("2025-11-25 08:30:00.123 +07:00", "2025-11-25T01:30:00Z"),
            ("2025-11-25T08:30Z", "2025-11-25T08:30:00Z"),
            ("2025-11-25", "2025-11-25T00:00:00Z"),
            ("Tue, 25 Nov 2025 08:30:00 +0100", "2025-11-25T07:30:00Z"),
            ("25/11/2025 08:30", "2025-11-25T08:30:00Z"),
            ("25/11/2025 | 08:30 GMT+7", "2025-11-25T01:30:00Z"),
            ("Thứ Ba, 25/11/2025", "2025-11-25T00:00:00Z"),
            ("25. November 2025, 8:30 Uhr", "2025-11-25T08:30:00Z"),
            ("November 25, 2025 8:30 PM", "2025-11-25T20:30:00Z"),
            ("25 de noviembre de 2025", "2025-11-25T00:00:00Z"),
            ("le 25 novembre 2025 à 8h30", "2025-11-25T08:30:00Z"),
            ("25 tháng 11, 2025", "2025-11-25T00:00:00Z"),
            ("ngày 25 tháng 11 năm 2025", "2025-11-25T00:00:00Z"),
            ("2025年11月25日 8:30", "2025-11-25T08:30:00Z"),
            ("2025년 11월 25일", "2025-11-25T00:00:00Z"),
            ("25 ноября 2025", "2025-11-25T00:00:00Z"),
            ("25 พฤศจิกายน 2568", "2025-11-25T00:00:00Z"),
            ("٢٥ نوفمبر ٢٠٢٥", "2025-11-25T00:00:00Z"),
            ("25 नवंबर 2025", "2025-11-25T00:00:00Z"),
            ("1764059400", "2025-11-25T08:30:00Z"),
        ] {
            assert_eq!(
                read(written, false).map(|at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()).as_deref(),
                Some(instant),
                "{written}"
            );
        }
        assert_eq!(read("4/3/2025", true), read("2025-04-03", false));
        assert_eq!(read("4/3/2025", false), read("2025-03-04", false));
    }

    #[test]
    fn a_name_of_two_months_is_read_in_the_pages_language() {
        let lang = |tag: &str| Habit { lang: Lang::parse(tag), ..Habit::default() };
        for (written, tag, day) in [
            ("12. listopada 2025.", "hr", "2025-10-12"),
            ("12 listopada 2025", "pl", "2025-11-12"),
            ("12. listopadu 2025", "cs", "2025-11-12"),
            ("12 listopada 2025", "en", "2025-11-12"),
            ("12 lipca 2025", "pl", "2025-07-12"),
            ("12 lipiec 2025", "", "2025-07-12"),
            ("12. lipnja 2025.", "hr", "2025-06-12"),
            ("12. srpnja 2025.", "hr", "2025-07-12"),
            ("12. srpen 2025", "cs", "2025-08-12"),
        ] {
            assert_eq!(read(written, lang(tag)), read(day, false), "{written} {tag}");
        }
    }

    #[test]
    fn numbers_are_no_dates() {
        // What feeds may shorten is a word of its own in prose.
        assert_eq!(read("10 Prozent 2025", false), None);
        assert_eq!(read("12 pro 2025", false), None);
        for other in ["2025", "12 of 30 people", "3.5 to 4", "call 030 12 34"] {
            assert_eq!(read(other, false), None, "{other}");
        }
    }

    #[test]
    fn a_date_run_into_a_name_is_found_where_it_stands() {
        let line = "Báo Nhân Dân25/11/2025";
        let found = find(line, false).expect("a date");
        assert_eq!(&line[..found.start], "Báo Nhân Dân");
        assert_eq!(found.end, line.len());
    }
}
