//! Reads dates as pages write them: ISO forms, mail forms, and prose in many languages and scripts.
//!
//! Months are known by beginnings of their names that are long enough to begin nothing else.
//! Promises never to guess a date out of a bare number: day, month and year must all be there. A
//! date without a zone is taken as UTC. Between 3/4 and 4/3 the day comes first, as in most of
//! the world, unless the first number cannot be a day or the caller says that the page is American.

use super::zones;
use crate::Lang;
use crate::languages::{self, Within, digit};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

/// How a page writes its dates, as far as that is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Habit {
    /// Whether the month comes first in 4/3/2025.
    pub american: bool,
    /// The page's language: decides where one name means different months in two languages.
    pub lang: Option<Lang>,
}

impl From<bool> for Habit {
    /// American or not, in an unknown language.
    fn from(american: bool) -> Self {
        Self { american, lang: None }
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
    let found = find(text, habit)?;
    let time = found.time.unwrap_or_else(Time::midnight);
    let offset = found.offset.unwrap_or(Offset::UTC);
    offset.to_timestamp(DateTime::from_parts(found.date, time)).ok().and_then(plausible)
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

fn plausible(instant: Timestamp) -> Option<Timestamp> {
    // The web is younger than 1990; dates far ahead are placeholders.
    (631_152_000..4_102_444_800).contains(&instant.as_second()).then_some(instant)
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Piece {
    Number(u32, usize),
    Month(i8),
    /// One sign that is neither digit nor letter.
    Sign(char),
    /// Marks of East Asian dates and other single letters, and words without meaning here.
    Word,
    Space,
}

#[derive(Debug, Clone, Copy)]
struct Token {
    piece: Piece,
    start: usize,
    end: usize,
}

fn tokens(text: &str, own: Option<Lang>) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::new();
    let mut signs = text.char_indices().peekable();
    while let Some((start, sign)) = signs.next() {
        let mut end = start + sign.len_utf8();
        let piece = if digit(sign).is_some() {
            let mut value = digit(sign).unwrap_or(0);
            let mut digits = 1;
            while let Some(&(at, next)) = signs.peek() {
                let Some(more) = digit(next) else { break };
                value = value.saturating_mul(10).saturating_add(more);
                digits += 1;
                end = at + next.len_utf8();
                signs.next();
            }
            Piece::Number(value, digits)
        } else if sign.is_alphabetic() {
            while let Some(&(at, next)) = signs.peek() {
                // Marks belong to words in Indic scripts and Thai.
                let joins = next.is_alphabetic()
                    || is_mark(next)
                    || next == '.' && sign as u32 >= 0xe00 && (sign as u32) < 0xe80;
                if !joins || is_east_asian(sign) || is_east_asian(next) {
                    break;
                }
                end = at + next.len_utf8();
                signs.next();
            }
            month(&text[start..end], own).map_or(Piece::Word, Piece::Month)
        } else if sign.is_whitespace() {
            Piece::Space
        } else {
            Piece::Sign(sign)
        };
        out.push(Token { piece, start, end });
    }
    out
}

fn is_mark(sign: char) -> bool {
    matches!(sign as u32, 0x300..=0x36f | 0x900..=0x903 | 0x93a..=0x94f | 0x981..=0x983 | 0x9bc..=0x9cd | 0xb82..=0xbcd
        | 0xc00..=0xc4d | 0xe31..=0xe3a | 0xe47..=0xe4e)
}

fn is_east_asian(sign: char) -> bool {
    matches!(sign, '年' | '月' | '日' | '년' | '월' | '일' | '時' | '分' | '시' | '분' | '时')
}

/// Finds the first full date in a line.
pub fn find(text: &str, habit: impl Into<Habit>) -> Option<Found> {
    if !text.chars().any(|sign| digit(sign).is_some()) {
        return None;
    }
    let Habit { american, lang } = habit.into();
    let tokens = tokens(text, lang);
    let meaningful: Vec<Token> = tokens.iter().copied().filter(|token| token.piece != Piece::Space).collect();
    for at in 0..meaningful.len() {
        if let Some((date, last)) = date_at(&meaningful, at, american) {
            let (time, offset, end) = time_near(&meaningful, at, last, text);
            let start = meaningful[at].start;
            return Some(Found { date, time, offset, start, end: end.max(meaningful[last].end) });
        }
    }
    None
}

fn date_at(tokens: &[Token], at: usize, american: bool) -> Option<(Date, usize)> {
    // Numbers and months from here on, each within two signs or words of the one before.
    let mut parts: Vec<(Piece, usize)> = Vec::with_capacity(3);
    let mut loose = 0;
    let mut words = 0;
    let mut separators: Vec<char> = Vec::new();
    for (index, token) in tokens.iter().enumerate().skip(at) {
        match token.piece {
            Piece::Number(..) | Piece::Month(_) => {
                parts.push((token.piece, index));
                loose = 0;
                if parts.len() == 3 {
                    break;
                }
            }
            Piece::Sign(sign) => {
                if !matches!(sign, '.' | '/' | '-' | ',' | '–' | '،' | '\'' | '|' | 'º' | '°') {
                    break;
                }
                separators.push(sign);
                loose += 1;
            }
            Piece::Word => {
                words += 1;
                loose += 1;
            }
            Piece::Space => loose += 1,
        }
        if parts.is_empty() || loose > 2 {
            break;
        }
    }
    let [(first, _), (second, _), (third, last)] = parts[..] else { return None };
    let day = |number: u32| (1..=31).contains(&number).then_some(number as i8);
    let month_number = |number: u32| (1..=12).contains(&number).then_some(number as i8);
    let year = |number: u32, digits: usize| match digits {
        4 if (1990..2100).contains(&number) => Some(number as i16),
        // Years of the Buddhist era.
        4 if (2533..2643).contains(&number) => Some((number - 543) as i16),
        _ => None,
    };
    let slashed = separators.len() >= 2 && separators.iter().all(|sign| *sign == separators[0]);
    // "25 tháng 11, 2025", "25日11月": words part what signs do elsewhere.
    let words_between = words > 0 && separators.iter().all(|sign| *sign == ',');
    let (year_of, month_of, day_of) = match (first, second, third) {
        (Piece::Number(y, digits), Piece::Number(m, _), Piece::Number(d, short)) if digits == 4 && short <= 2 => {
            (year(y, digits)?, month_number(m)?, day(d)?)
        }
        (Piece::Number(first, one), Piece::Number(second, two), Piece::Number(y, digits)) if one <= 2 && two <= 2 => {
            if !slashed && !words_between {
                return None;
            }
            let year = year(y, digits)
                .or_else(|| (digits == 2 && slashed && (10..60).contains(&y)).then(|| 2000 + y as i16))?;
            match (month_number(second), day(first)) {
                (Some(month), Some(day))
                    if !(american && month_number(first).is_some() && separators.first() == Some(&'/')) =>
                {
                    (year, month, day)
                }
                _ => (year, month_number(first)?, day(second)?),
            }
        }
        (Piece::Number(d, short), Piece::Month(m), Piece::Number(y, digits)) if short <= 2 => {
            (year(y, digits)?, m, day(d)?)
        }
        (Piece::Month(m), Piece::Number(d, short), Piece::Number(y, digits)) if short <= 2 => {
            (year(y, digits)?, m, day(d)?)
        }
        (Piece::Number(y, digits), Piece::Month(m), Piece::Number(d, short)) if short <= 2 => {
            (year(y, digits)?, m, day(d)?)
        }
        _ => return None,
    };
    Date::new(year_of, month_of, day_of).ok().map(|date| (date, last))
}

/// The time of day after the date, or before it, with its zone.
fn time_near(tokens: &[Token], first: usize, last: usize, text: &str) -> (Option<Time>, Option<Offset>, usize) {
    let after = (last + 1..tokens.len().min(last + 8)).find_map(|at| time_at(tokens, at));
    let before = || (first.saturating_sub(8)..first).find_map(|at| time_at(tokens, at).filter(|(_, end)| *end < first));
    let Some((time, end)) = after.or_else(before) else { return (None, None, 0) };
    let rest = &text[tokens[end].end..];
    let offset = offset(rest);
    // "8:30 PM"
    let lower = rest.trim_start().to_lowercase();
    let late = languages::after_noon().iter().any(|mark| lower.starts_with(mark));
    let early = languages::before_noon().iter().any(|mark| lower.starts_with(mark));
    let hour = match time.hour() {
        12 if early => 0,
        hour @ 1..=11 if late => hour + 12,
        hour => hour,
    };
    let time = Time::new(hour, time.minute(), time.second(), time.subsec_nanosecond()).unwrap_or(time);
    (Some(time), offset, if end > last { tokens[end].end } else { 0 })
}

fn time_at(tokens: &[Token], at: usize) -> Option<(Time, usize)> {
    let Piece::Number(hour, hour_digits) = tokens.get(at)?.piece else { return None };
    let joined = |index: usize| tokens[index].start == tokens[index - 1].end;
    let between = tokens.get(at + 1)?;
    let marks =
        matches!(between.piece, Piece::Sign(':' | '：')) || matches!(between.piece, Piece::Word) && joined(at + 1);
    let Piece::Number(minute, 2) = tokens.get(at + 2)?.piece else { return None };
    if !marks || hour > 23 || minute > 59 || hour_digits > 2 || tokens[at + 2].start > between.end + 1 {
        return None;
    }
    let second = match (tokens.get(at + 3).map(|token| token.piece), tokens.get(at + 4).map(|token| token.piece)) {
        (Some(Piece::Sign(':')), Some(Piece::Number(second, 2))) if second < 60 => Some(second),
        _ => None,
    };
    let time = Time::new(hour as i8, minute as i8, second.unwrap_or(0) as i8, 0).ok()?;
    Some((time, if second.is_some() { at + 4 } else { at + 2 }))
}

/// The zone at the beginning of what follows a time.
fn offset(rest: &str) -> Option<Offset> {
    let mut rest = rest.trim_start();
    if let Some(fraction) = rest.strip_prefix('.') {
        rest = fraction.trim_start_matches(|sign: char| sign.is_ascii_digit()).trim_start();
    }
    let rest = rest.trim_start_matches(['(', ',']).trim_start();
    // Names of zones are capitals; GMT and UTC may have an offset behind them, which alone counts then.
    let name = &rest[..rest.bytes().take_while(u8::is_ascii_uppercase).count()];
    let tail = &rest[name.len()..];
    let signed = tail.starts_with(['+', '-', '−']);
    let minutes = match name {
        "" => zones::offset(tail),
        "GMT" | "UTC" if signed => zones::offset(tail),
        "GMT" | "UTC" => Some(0),
        _ if tail.starts_with(char::is_alphabetic) => None,
        _ => zones::named(&name.to_ascii_lowercase()),
    };
    minutes.and_then(|minutes| Offset::from_seconds(minutes * 60).ok())
}

/// The month that a word names, 1 to 12.
fn month(word: &str, own: Option<Lang>) -> Option<i8> {
    let word = word.to_lowercase();
    if word.is_ascii() && word.len() < 3 {
        return None;
    }
    // A longer word only begins like a month.
    languages::month(&word, Within::Prose, own).filter(|(_, length)| word.len() <= length + 8).map(|(month, _)| month)
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
        let lang = |tag: &str| Habit { american: false, lang: Lang::parse(tag) };
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
