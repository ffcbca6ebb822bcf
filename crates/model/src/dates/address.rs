//! Reads the date that publishers write into an address: `/2026/03/03/ships-wait`, `/2026-03/03/`, `/20260303_a.html`.
//!
//! Promises never to take a year and a month, or a number of another length, for a date. What a web archive puts in
//! front of an address is the day on which it was kept, and does not count.

use jiff::civil::{Date, date};
use url::Url;

/// The web is younger, and no address is from so far ahead.
const YEARS: std::ops::RangeInclusive<i16> = 1995..=2099;
/// Parts of a path that are looked at.
const PARTS: usize = 64;
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// The date in an address; `None` where there is none, or two.
pub fn in_address(address: &Url) -> Option<Date> {
    let path = address.path();
    let path = path.find("/http").map_or(path, |at| &path[at + 1..]);
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).take(PARTS).collect();
    let mut found: Option<Date> = None;
    for at in 0..parts.len() {
        let here = in_parts(&parts[at..]).or_else(|| in_part(parts[at]));
        match (here, found) {
            (Some(here), Some(before)) if here != before => return None,
            (Some(here), _) => found = Some(here),
            (None, _) => {}
        }
    }
    found
}

fn number(text: &str, lengths: std::ops::RangeInclusive<usize>) -> Option<i16> {
    (lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

fn day(year: i16, month: i16, day: i16) -> Option<Date> {
    let valid = YEARS.contains(&year) && (1..=12).contains(&month);
    let last = valid.then(|| date(year, i8::try_from(month).ok().unwrap_or(1), 1).days_in_month())?;
    (1..=i16::from(last)).contains(&day).then(|| date(year, month as i8, day as i8))
}

/// Year, month and day in parts of their own: `2026/03/03`, `2026/mar/03`, `2026-03/03`, `2026/0303`.
fn in_parts(parts: &[&str]) -> Option<Date> {
    let [first, second, rest @ ..] = parts else { return None };
    if let Some((year, month)) = first.split_once('-') {
        return day(number(year, 4..=4)?, number(month, 2..=2)?, number(second, 2..=2)?);
    }
    let year = number(first, 4..=4)?;
    if let Some(both) = number(second, 4..=4) {
        return day(year, both / 100, both % 100);
    }
    let named = MONTHS.iter().position(|month| second.eq_ignore_ascii_case(month)).map(|at| at as i16 + 1);
    let month = named.or_else(|| number(second, 1..=2))?;
    day(year, month, number(rest.first()?, 1..=2)?)
}

/// A date that a part is, or begins with: `2026-03-03-ships`, `20260303_ships`, `03-03-2026`.
fn in_part(part: &str) -> Option<Date> {
    let figures = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let name = part.split('.').next().unwrap_or(part);
    let first = figures(name);
    let behind = |at: usize| name.as_bytes().get(at).is_none_or(|byte| matches!(byte, b'-' | b'_'));
    if first == 8 && behind(8) {
        return day(number(&name[..4], 4..=4)?, number(&name[4..6], 2..=2)?, number(&name[6..8], 2..=2)?);
    }
    let mut pieces = name.splitn(4, ['-', '_']);
    let three = [pieces.next()?, pieces.next()?, pieces.next()?];
    match three.map(str::len) {
        [4, 2, 2] => day(number(three[0], 4..=4)?, number(three[1], 2..=2)?, number(three[2], 2..=2)?),
        // Alone in its part, as in a slug it is the day of what is told.
        [2, 2, 4] if pieces.next().is_none() => {
            day(number(three[2], 4..=4)?, number(three[1], 2..=2)?, number(three[0], 2..=2)?)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_holds_a_date_only_where_it_is_whole() {
        for (path, found) in [
            ("2026/03/04/ships-wait", true),
            ("us/2026/mar/04/ships-wait", true),
            ("local/2026-03/04/c_1125597921.htm", true),
            ("2026/0304/c1.html", true),
            ("news/2026-03-04-ships-wait", true),
            ("a/2026_03_04.html", true),
            ("Reden/2026/03/20260304_Rede2.html", true),
            ("meldungen/04-03-2026", true),
            ("web/20240226054445/http://sandvik.example/2026/03/04/ships/", true),
            ("web/20240226054445/http://sandvik.example/ships/", false),
            ("journal/2026/03/92713", false),
            ("2026/03/ships-wait", false),
            ("2026/13/04/ships-wait", false),
            ("2026/02/30/ships-wait", false),
            ("article/2026030432", false),
            ("A2026030414320005196", false),
            ("1126/03/04/ships", false),
            ("concert-04-03-2026-in-sandvik", false),
            ("2026/03/04/compared-to/2025/03/04", false),
        ] {
            let url = Url::parse(&format!("https://post.example/{path}")).expect("an address");
            assert_eq!(in_address(&url), found.then(|| date(2026, 3, 4)), "{path}");
        }
    }
}
