//! Years and days of other calendars as days of the common one, and what is no year of news.

use crate::languages::Era;
use jiff::civil::Date;

/// Years that dates of what is published lie in. The last one is before any year of the Bikram calendar in which
/// something was published on the web.
const YEARS: std::ops::RangeInclusive<i64> = 1800..=2060;
/// Years of the solar Hijri calendar that cannot be years of the common one; named months or not.
const SOLAR_YEARS: std::ops::RangeInclusive<i64> = 1279..=1439;
/// The same in figures alone, where lunar years are not far: 1990 to 2033.
const SOLAR_FIGURES: std::ops::RangeInclusive<i64> = 1369..=1412;
/// Days that programs write where they know no day.
const STOPGAPS: [Date; 3] =
    [jiff::civil::date(1899, 12, 30), jiff::civil::date(1899, 12, 31), jiff::civil::date(1900, 1, 1)];

/// A year by the calendar that it counts in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Year {
    Common(i16),
    Solar(i16),
    /// One that began within a year, as Japanese eras do.
    Era(i16, Era),
}

/// What surrounds a year and may say how it counts.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Around {
    pub era: Option<Era>,
    /// Whether the month is one of the solar Hijri calendar.
    pub solar: bool,
    /// Whether the words are Thai, where years of two digits are Buddhist.
    pub thai: bool,
    /// Whether a year of three digits is one of the Republic of China.
    pub minguo: bool,
}

/// The year that a number of so many digits writes.
pub(super) fn year(value: u64, digits: u8, around: Around) -> Option<Year> {
    let value = i64::try_from(value).ok().filter(|value| *value < 10_000)?;
    let common = |year: i64| YEARS.contains(&year).then_some(Year::Common(year as i16));
    let century = |value: i64| if value < 50 { 2000 + value } else { 1900 + value };
    match around.era {
        Some(Era::Buddhist) => common(if digits == 2 { 2500 + value - 543 } else { value - 543 }),
        Some(Era::Minguo) => common(1911 + value).filter(|_| digits <= 3),
        Some(era @ (Era::Reiwa | Era::Heisei | Era::Showa)) => {
            let before = match era {
                Era::Reiwa => 2018,
                Era::Heisei => 1988,
                _ => 1925,
            };
            ((1..=64).contains(&value) && digits <= 2).then_some(Year::Era((before + value) as i16, era))
        }
        Some(Era::Lunar) => None,
        Some(Era::Solar) => solar(value),
        _ if around.solar && around.era.is_none() => solar(if digits == 2 { 1400 + value } else { value }),
        era => match digits {
            4 if era.is_some() => common(value),
            4 if SOLAR_FIGURES.contains(&value) => solar(value),
            4 => common(value).or_else(|| common(value - 543).filter(|_| value > 2400)),
            3 if around.minguo => common(1911 + value),
            2 if around.thai && value > 42 => common(2500 + value - 543),
            2 => common(century(value)),
            _ => None,
        },
    }
}

fn solar(year: i64) -> Option<Year> {
    SOLAR_YEARS.contains(&year).then_some(Year::Solar(year as i16))
}

impl Year {
    /// A day of the year.
    pub fn day(self, month: i8, day: i8) -> Option<Date> {
        let date = match self {
            Self::Common(year) => Date::new(year, month, day).ok()?,
            Self::Solar(year) => solar_day(year, month, day)?,
            Self::Era(year, era) => {
                let date = Date::new(year, month, day).ok()?;
                let (from, to) = match era {
                    Era::Reiwa => ((2019, 5, 1), (2060, 12, 31)),
                    Era::Heisei => ((1989, 1, 8), (2019, 4, 30)),
                    _ => ((1926, 12, 25), (1989, 1, 7)),
                };
                let of = |(year, month, day): (i16, i8, i8)| jiff::civil::date(year, month, day);
                (of(from)..=of(to)).contains(&date).then_some(date)?
            }
        };
        is_sane(date).then_some(date)
    }
}

/// Whether something may have been published on a day.
pub(super) fn is_sane(date: Date) -> bool {
    YEARS.contains(&i64::from(date.year())) && !STOPGAPS.contains(&date)
}

/// Whether a year of the solar Hijri calendar has 366 days: eight years in 33 have, which is what the equinox gives
/// from 1244 to 1472.
fn is_long(year: i16) -> bool {
    matches!(year.rem_euclid(33), 1 | 5 | 9 | 13 | 17 | 22 | 26 | 30)
}

/// A day of the solar Hijri calendar: six months of 31 days, five of 30, and one of 29 or 30.
fn solar_day(year: i16, month: i8, day: i8) -> Option<Date> {
    let length = match month {
        1..=6 => 31,
        7..=11 => 30,
        12 => 29 + i8::from(is_long(year)),
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    let days = |year: i16| 365 + i32::from(is_long(year));
    let years: i32 = if year >= 1400 { (1400..year).map(days).sum() } else { -(year..1400).map(days).sum::<i32>() };
    let months = i32::from(month - 1);
    let within = months * 30 + months.min(6) + i32::from(day - 1);
    // 1 Farvardin 1400.
    jiff::civil::date(2021, 3, 21).checked_add(jiff::Span::new().days(years + within)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_the_solar_hijri_calendar() {
        for (solar, common) in [
            ((1403, 12, 30), "2025-03-20"),
            ((1404, 1, 1), "2025-03-21"),
            ((1404, 12, 12), "2026-03-03"),
            ((1404, 7, 21), "2025-10-13"),
            ((1399, 12, 30), "2021-03-20"),
            ((1398, 1, 1), "2019-03-21"),
            ((1357, 11, 22), "1979-02-11"),
            ((1370, 1, 1), "1991-03-21"),
            ((1376, 1, 1), "1997-03-21"),
            ((1375, 1, 1), "1996-03-20"),
            ((1408, 1, 1), "2029-03-20"),
        ] {
            let (year, month, day) = solar;
            assert_eq!(solar_day(year, month, day).map(|day| day.to_string()).as_deref(), Some(common), "{solar:?}");
        }
        for (year, month, day) in [(1404, 12, 30), (1404, 7, 31), (1404, 13, 1), (1404, 1, 0)] {
            assert_eq!(solar_day(year, month, day), None);
        }
    }

    #[test]
    fn years_by_their_calendars() {
        let era = |era: Era| Around { era: Some(era), ..Around::default() };
        let plain = Around::default();
        for (value, digits, around, found) in [
            (2025, 4, plain, Some(Year::Common(2025))),
            (2568, 4, plain, Some(Year::Common(2025))),
            (25, 2, plain, Some(Year::Common(2025))),
            (94, 2, plain, Some(Year::Common(1994))),
            (68, 2, Around { thai: true, ..plain }, Some(Year::Common(2025))),
            (114, 3, era(Era::Minguo), Some(Year::Common(2025))),
            (114, 3, plain, None),
            (7, 1, era(Era::Reiwa), Some(Year::Era(2025, Era::Reiwa))),
            (1404, 4, plain, Some(Year::Solar(1404))),
            (1447, 4, plain, None),
            (1447, 4, era(Era::Lunar), None),
            (2082, 4, plain, None),
            (1, 4, plain, None),
            (9999, 4, plain, None),
            (2568, 4, era(Era::Common), None),
        ] {
            assert_eq!(year(value, digits, around), found, "{value} {around:?}");
        }
        assert_eq!(Year::Era(2019, Era::Heisei).day(5, 1), None);
        assert_eq!(Year::Era(2019, Era::Reiwa).day(5, 1), Some(jiff::civil::date(2019, 5, 1)));
    }
}
