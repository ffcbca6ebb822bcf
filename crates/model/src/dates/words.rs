//! What words may mean in a date, and which month one names where languages differ.
//!
//! A word may mean several things (`mar` is March and a Tuesday, `sa` a Saturday and before noon): all are kept,
//! and what stands around it decides.

use super::zones::Place;
use crate::Lang;
use crate::languages::{self, Era};

/// What a word may mean in a date.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Sense {
    /// A month of the common calendar, 1 to 12.
    Month(i8, Lang, Sure),
    /// A day of the week, 1 for Monday.
    Weekday(i8, Lang),
    /// A month of the solar Hijri calendar.
    Solar(i8),
    /// A month of the lunar Hijri calendar.
    Lunar,
    /// Part of the day.
    Period(Period, Lang),
    /// What the number before or behind it is.
    Unit(Unit, Side),
    /// Where clocks show the time.
    Zone(Place),
    /// How years are counted.
    Era(Era),
    /// Nothing.
    Filler,
    /// The end of an ordinal number.
    Ordinal,
    /// What parts date and time in ISO 8601.
    Parting,
}

/// How a word names a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sure {
    /// A name cut to its first letters, which many other words begin with as well.
    Cut,
    /// A usual abbreviation.
    Short,
    /// What nothing else begins with that stands beside numbers.
    Beginning,
    /// The whole name.
    Name,
}

/// Part of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Period {
    BeforeNoon,
    AfterNoon,
    AroundNoon,
    Night,
}

/// Part of a date or of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Year,
    Month,
    Day,
    Weekday,
    Hour,
    Minute,
    Second,
}

/// On which side of its number a unit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Before,
    Behind,
}

/// The month that senses name, as far as they agree: in the text's own language, else in one of those that its days
/// of the week are of, else by the language that yields to no other, else by the surest of them. `ordinal` says that the
/// day before it has a full stop, which some languages do not write.
pub(super) fn month<'a>(
    senses: impl Iterator<Item = &'a Sense> + Clone,
    own: Option<Lang>,
    hints: &[Lang],
    ordinal: bool,
) -> Vec<i8> {
    let fitting = senses.filter_map(|sense| match sense {
        Sense::Month(month, lang, sure) => Some((*month, *lang, *sure)),
        _ => None,
    });
    // Nearly always all agree.
    let Some((first, ..)) = fitting.clone().next() else { return Vec::new() };
    if fitting.clone().all(|one| one.0 == first) {
        return vec![first];
    }
    let mut fitting: Vec<(i8, Lang, Sure)> = fitting.collect();
    let distinct = |fitting: &[(i8, Lang, Sure)]| {
        let mut months: Vec<i8> = fitting.iter().map(|one| one.0).collect();
        months.sort_unstable();
        months.dedup();
        months
    };
    let narrow = |fitting: &mut Vec<(i8, Lang, Sure)>, keep: &dyn Fn(&(i8, Lang, Sure)) -> bool| {
        if fitting.iter().any(keep) {
            fitting.retain(keep);
        }
    };
    narrow(&mut fitting, &|one| Some(one.1) == own);
    narrow(&mut fitting, &|one| !(ordinal && languages::of(one.1).is_some_and(|own| own.calendar.plain_days)));
    narrow(&mut fitting, &|one| hints.contains(&one.1));
    let is_hinted = fitting.iter().any(|one| hints.contains(&one.1));
    if !is_hinted && distinct(&fitting).len() > 1 {
        narrow(&mut fitting, &|one| one.2 > Sure::Cut);
        let all = fitting.clone();
        let yields = |one: &(i8, Lang, Sure)| {
            languages::of(one.1).is_some_and(|own| all.iter().any(|other| own.months_yield_to.contains(&other.1)))
        };
        narrow(&mut fitting, &|one| !yields(one));
        let surest = fitting.iter().map(|one| one.2).max();
        narrow(&mut fitting, &|one| Some(one.2) == surest);
    }
    distinct(&fitting)
}
