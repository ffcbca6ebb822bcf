//! Reads the dates of feeds: mail and ISO forms, and what publishers write instead.
//!
//! Every way in which a date may deviate stands in a table or in a named step below; a month is known by the
//! beginning of its name in any language, however short. A text without
//! day, month and year gives `None`, never a guess; a date without zone is UTC; a two-digit year is
//! 19xx from 90 on. ISO dates may stop after the year or the month.

use super::zones;
use crate::languages::{self, Within};
use jiff::Timestamp;
use jiff::civil::{Date, Time};

/// Digits of any script as ASCII digits.
fn plain(text: &str) -> String {
    let ascii = |sign: char| languages::digit(sign).and_then(|value| char::from_digit(value, 10)).unwrap_or(sign);
    text.chars().map(ascii).collect()
}

fn instant(year: i16, month: i8, day: i8, time: Time, minutes: i32) -> Option<Timestamp> {
    let civil = Date::new(year, month, day).ok()?.to_datetime(time);
    let offset = jiff::tz::Offset::from_seconds(minutes * 60).ok()?;
    offset.to_timestamp(civil).ok()
}

/// The time of day in a text, with the text without it: `10:00`, `9.05 pm`, `10:00:00.5`, `14h30`.
fn time_of_day(text: &str) -> (Time, String) {
    let signs: Vec<char> = text.chars().collect();
    let midnight = Time::midnight();
    for colon in 1..signs.len() {
        if !(matches!(signs[colon], ':' | 'h')
            && signs[colon - 1].is_ascii_digit()
            && signs.get(colon + 1).is_some_and(char::is_ascii_digit))
        {
            continue;
        }
        let start = (0..colon)
            .rev()
            .take_while(|place| signs[*place].is_ascii_digit() && colon - place <= 2)
            .last()
            .unwrap_or(colon);
        if start > 0 && matches!(signs[start - 1], '+' | '-') {
            continue;
        }
        let mut parts: Vec<i32> = vec![signs[start..colon].iter().collect::<String>().parse().unwrap_or(99)];
        let mut place = colon;
        while parts.len() < 3
            && matches!(signs.get(place), Some(':' | 'h'))
            && signs.get(place + 1).is_some_and(char::is_ascii_digit)
        {
            let digits: String = signs[place + 1..].iter().take(2).take_while(|sign| sign.is_ascii_digit()).collect();
            place += 1 + digits.len();
            parts.push(digits.parse().unwrap_or(99));
        }
        if matches!(signs.get(place), Some('.' | ',')) {
            place += 1 + signs[place + 1..].iter().take_while(|sign| sign.is_ascii_digit()).count();
        }
        let after: String = signs[place..].iter().collect::<String>().trim_start().to_lowercase();
        let noon = |mark: &&str| after.starts_with(mark) && !after[mark.len()..].starts_with(char::is_alphabetic);
        if languages::after_noon().iter().any(noon) && parts[0] < 12 {
            parts[0] += 12;
        } else if languages::before_noon().iter().any(noon) && parts[0] == 12 {
            parts[0] = 0;
        }
        // A leap second or 24:00 is the last moment that a clock shows.
        let (hour, minute, second) = (parts[0], parts[1], parts.get(2).copied().unwrap_or(0).min(59));
        if let Ok(time) = if hour == 24 {
            Time::new(23, 59, 59, 0)
        } else {
            Time::new(hour.min(99) as i8, minute.min(99) as i8, second as i8, 0)
        } {
            let rest: String = signs[..start].iter().chain([&' ']).chain(&signs[place..]).collect();
            return (time, rest);
        }
    }
    (midnight, text.to_owned())
}

/// ISO 8601 and its like: year first. `rest` is what follows the date.
fn year_first(text: &str) -> Option<(i16, i8, i8, &str)> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let year_length = digits(text);
    if year_length == 8 {
        return Some((text[..4].parse().ok()?, text[4..6].parse().ok()?, text[6..8].parse().ok()?, &text[8..]));
    }
    if year_length != 4 {
        return None;
    }
    let year: i16 = text[..4].parse().ok()?;
    let step = |rest: &str| -> Option<(i8, usize)> {
        let sign = rest.chars().next().filter(|sign| matches!(sign, '-' | '/' | '.' | '年' | '月' | '년'))?;
        let body = rest[sign.len_utf8()..].trim_start();
        let skipped = rest.len() - body.len();
        let length = digits(body);
        (1..=2).contains(&length).then(|| Some((body[..length].parse().ok()?, skipped + length))).flatten()
    };
    let rest = &text[4..];
    let Some((month, used)) = step(rest) else { return (rest.trim().is_empty()).then_some((year, 1, 1, rest)) };
    let rest = &rest[used..];
    match step(rest.trim_start_matches(' ')) {
        Some((day, used)) => Some((year, month, day, &rest.trim_start_matches(' ')[used..])),
        None => Some((year, month, 1, rest)),
    }
}

/// The zone of what is left of a date; UTC where it names none.
fn zone(rest: &str) -> i32 {
    let lower = rest.to_lowercase();
    let mut minutes = None;
    for word in lower
        .split(|sign: char| sign.is_whitespace() || matches!(sign, '(' | ')' | ',' | '[' | ']'))
        .filter(|word| !word.is_empty())
    {
        let base = word.trim_start_matches("etc/");
        let named = zones::named(base);
        if let Some(shift) = word.find(['+', '-', '−']).and_then(|place| zones::offset(&word[place..])) {
            minutes = Some(shift);
        } else if let (Some(shift), None) = (named, minutes) {
            minutes = Some(shift);
        }
    }
    minutes.unwrap_or(0)
}

/// Reads a feed's date.
pub fn read(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.len() > 480 {
        return None;
    }
    let text = plain(text);
    if text.len() < 4 || text.len() > 120 {
        return None;
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) && matches!(text.len(), 10 | 13) {
        let number: i64 = text.parse().ok()?;
        return Timestamp::from_second(if text.len() == 13 { number / 1000 } else { number }).ok();
    }
    if let Some((year, month, day, rest)) = year_first(&text) {
        let rest = rest.trim_start_matches(['T', 't', ' ', ',']);
        let compact = rest.bytes().take_while(u8::is_ascii_digit).count();
        let spread = if compact == 6 || compact == 4 {
            format!(
                "{}:{}{}",
                &rest[..2],
                &rest[2..4],
                if compact == 6 { format!(":{}", &rest[4..]) } else { rest[4..].to_owned() }
            )
        } else {
            rest.to_owned()
        };
        let (time, left) = time_of_day(&spread);
        return instant(year, month, day, time, zone(&left.replace(['Z', 'z'], " utc ")));
    }
    let (time, left) = time_of_day(&text);
    let lower = left.to_lowercase();
    let mut numbers: Vec<(i32, usize)> = Vec::new();
    let mut named: Option<(i8, usize)> = None;
    let mut used_until = 0;
    let mut place = 0;
    for word in lower.split_inclusive(|sign: char| !sign.is_alphanumeric()) {
        let bare = word.trim_end_matches(|sign: char| !sign.is_alphanumeric());
        let before = lower[..place].trim_end().chars().next_back();
        if let Ok(number) = bare.trim_end_matches(|sign: char| sign.is_alphabetic()).parse::<i32>() {
            let signed = matches!(before, Some('+')) || (before == Some('-') && bare.len() == 4 && numbers.len() >= 2);
            if numbers.len() < 3 && !signed {
                numbers.push((number, bare.len()));
                used_until = place + bare.len();
            }
        } else if bare.chars().count() >= 3
            // A month that stands before any number may be a weekday: a later one is the better.
            && named.is_none_or(|(_, before)| before == 0 && numbers.len() < 2)
            && let Some((found, _)) = languages::month(bare, Within::Feed, None)
        {
            // "Mar" opens both March and a Tuesday: a weekday stands before any number and a comma, which
            // an abbreviation's full stop may come before.
            let comma = lower[place + bare.len()..].trim_start_matches(['.', ' ']).starts_with(',');
            if !(numbers.is_empty() && comma) {
                named = Some((found, numbers.len()));
                used_until = used_until.max(place + bare.len());
            }
        }
        place += word.len();
    }
    let full = |year: i32, length: usize| if length <= 2 { year + if year >= 90 { 1900 } else { 2000 } } else { year };
    let (year, month, day) = match (named, numbers.as_slice()) {
        (Some((month, _)), [(first, first_length), (second, length), ..]) => {
            if *first_length == 4 {
                (*first, month, *second)
            } else {
                (full(*second, *length), month, *first)
            }
        }
        (None, [(first, _), (second, _), (year, length)]) if *length == 4 || *length == 2 => {
            let (day, month) = if *second > 12 && *first <= 12 { (*second, *first) } else { (*first, *second) };
            (full(*year, *length), month as i8, day)
        }
        _ => return None,
    };
    instant(
        i16::try_from(year).ok()?,
        month,
        i8::try_from(day).ok()?,
        time,
        zone(lower.get(used_until..).unwrap_or("")),
    )
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
