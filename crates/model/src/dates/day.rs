//! Puts numbers and months together to a day, or to none where they allow two.
//!
//! Words that say what a number is count first, then a named month, then the order of the figures. Between 3/4 and
//! 4/3 the day comes first, as in most of the world, unless the first number cannot be one, the text is American,
//! or the day of the week that stands beside it says otherwise. That the day of the week is wrong where the rest is
//! clear changes nothing: publishers reckon it wrongly more often than the date.

use super::calendars::{Around, Year, year};
use super::words::Unit;
use crate::languages::Era;
use jiff::civil::Date;

/// A number of a date.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Figure {
    pub value: u64,
    pub digits: u8,
    /// What a word beside it says that it is.
    pub unit: Option<Unit>,
    /// Whether an apostrophe stands for its first two digits.
    pub cut: bool,
    /// The sign between it and the number before it.
    pub parted: Option<char>,
}

/// What a date is made of.
#[derive(Debug, Clone, Default)]
pub(super) struct Parts {
    /// The numbers in order.
    pub figures: Vec<Figure>,
    /// The months that a word names: several where languages differ.
    pub months: Vec<i8>,
    pub around: Around,
    /// Day of the week, 1 for Monday.
    pub weekday: Option<i8>,
    /// Whether the month stands first in 4/3/2025.
    pub american: bool,
    /// Whether the year stands first in 25.4.3.
    pub year_first: bool,
    /// Whether a date may stop after the month or the year.
    pub partial: bool,
}

/// Which number is what.
#[derive(Debug, Clone, Copy)]
struct Order {
    year: Figure,
    month: i8,
    day: i8,
}

fn day_number(figure: Figure) -> Option<i8> {
    (figure.digits <= 2 && (1..=31).contains(&figure.value) && !figure.cut).then_some(figure.value as i8)
}

fn month_number(figure: Figure) -> Option<i8> {
    day_number(figure).filter(|month| *month <= 12)
}

/// Whether a number can be nothing but a year.
fn is_year(figure: Figure) -> bool {
    figure.digits >= 3 || figure.cut || figure.value > 31
}

impl Parts {
    fn year(&self, figure: Figure) -> Option<Year> {
        let around = Around { minguo: self.around.minguo || figure.unit == Some(Unit::Year), ..self.around };
        let short = figure.digits == 1 && around.era.is_none();
        if short { None } else { year(figure.value, figure.digits, around) }
    }

    fn date(&self, order: Order) -> Option<Date> {
        self.year(order.year)?.day(order.month, order.day)
    }

    /// The first of these that the day of the week fits, else the first; `None` where that is no day.
    fn best(&self, orders: &[Order]) -> Option<Date> {
        let fits = |date: &Date| Some(date.weekday().to_monday_one_offset()) == self.weekday;
        let first = self.date(*orders.first()?);
        orders.iter().filter_map(|order| self.date(*order)).find(fits).or(first)
    }

    /// The day.
    pub fn day(&self) -> Option<Date> {
        let unit = |unit: Unit| {
            let mut found = self.figures.iter().filter(|figure| figure.unit == Some(unit)).copied();
            let first = found.next();
            if found.next().is_some() { Err(()) } else { Ok(first) }
        };
        let (years, months, days) = (unit(Unit::Year).ok()?, unit(Unit::Month).ok()?, unit(Unit::Day).ok()?);
        let rest: Vec<Figure> = self.figures.iter().filter(|figure| figure.unit.is_none()).copied().collect();
        if years.is_none() && months.is_none() && days.is_none() && self.months.is_empty() {
            return self.in_figures(&rest);
        }
        if let (None, None, Some(day), true) = (years, months, days, self.months.is_empty()) {
            // "ngày 24/11/2026"
            return self.in_figures(&self.figures).filter(|date| u64::from(date.day().unsigned_abs()) == day.value);
        }
        let months: Vec<i8> = match months {
            // "tháng 10" beside a month's name contradicts it, or says it again.
            Some(month) => vec![month_number(month).filter(|month| self.months.is_empty() || self.months == [*month])?],
            None => self.months.clone(),
        };
        if months.is_empty() {
            // Two numbers say what they are not.
            let [one] = rest[..] else { return None };
            let order = Order { year: years?, month: month_number(one)?, day: day_number(days?)? };
            return self.best(&[order]);
        }
        let pairs: Vec<(Figure, Figure)> = match (years, days, &rest[..]) {
            (Some(year), Some(day), []) | (Some(year), None, &[day]) | (None, Some(day), &[year]) => vec![(year, day)],
            (None, None, [one, other]) => match (is_year(*one), is_year(*other)) {
                (true, false) => vec![(*one, *other)],
                (false, true) => vec![(*other, *one)],
                // "13 Oct 25", "Oct 13, 25".
                (false, false) if other.digits == 2 => vec![(*other, *one), (*one, *other)],
                _ => return None,
            },
            _ => return None,
        };
        let mut orders = Vec::new();
        for (year, day) in &pairs {
            for month in &months {
                orders.extend(day_number(*day).map(|day| Order { year: *year, month: *month, day }));
            }
        }
        if months.len() > 1 {
            // Two languages name different months so: the day of the week decides, or nothing does.
            let fits = |order: &&Order| {
                self.date(**order).is_some_and(|date| Some(date.weekday().to_monday_one_offset()) == self.weekday)
            };
            let fitting: Vec<Order> = orders.iter().filter(fits).copied().collect();
            let [only] = fitting[..] else { return None };
            return self.date(only);
        }
        self.best(&orders)
    }

    /// A day that is written in numbers alone.
    fn in_figures(&self, numbers: &[Figure]) -> Option<Date> {
        let order = |year: Figure, month: Figure, day: Figure| {
            Some(Order { year, month: month_number(month)?, day: day_number(day)? })
        };
        let [a, b, c] = match *numbers {
            [a, b, c] => [a, b, c],
            [a, b] if self.partial && a.digits == 4 && b.parted == Some('-') => return self.partly(a, Some(b)),
            [a] if self.partial && a.digits == 8 => return self.packed(a),
            [a] if self.partial && a.digits == 4 => return self.partly(a, None),
            _ => return None,
        };
        let counted = matches!(self.around.era, Some(Era::Minguo | Era::Reiwa | Era::Heisei | Era::Showa));
        if a.digits >= 3 || a.value > 31 || counted {
            return self.best(&[order(a, b, c)?]);
        }
        let parted = b.parted == c.parted && c.parted.is_some_and(|sign| sign != ',');
        let short = c.digits == 2 && (parted || c.cut);
        if c.digits < 4 && !short {
            return None;
        }
        let (day_first, month_first) = (order(c, b, a), order(c, a, b));
        let year_first = if c.digits == 2 { order(a, b, c) } else { None };
        let american = self.american && b.parted == Some('/');
        let by_habit = if self.year_first && year_first.is_some() {
            [year_first, day_first, month_first]
        } else if american {
            [month_first, day_first, year_first]
        } else {
            [day_first, month_first, year_first.filter(|_| self.weekday.is_some())]
        };
        let orders: Vec<Order> = by_habit.into_iter().flatten().collect();
        self.best(&orders)
    }

    /// `2003-12`, `2003`, `2003-335`.
    fn partly(&self, year: Figure, rest: Option<Figure>) -> Option<Date> {
        let first = self.year(year)?.day(1, 1)?;
        match rest {
            None => Some(first),
            Some(day) if day.digits == 3 => {
                let day = i16::try_from(day.value).ok()?;
                first.with().day_of_year(day).build().ok()
            }
            Some(month) => self.date(Order { year, month: month_number(month)?, day: 1 }),
        }
    }

    /// `20031231`.
    fn packed(&self, figure: Figure) -> Option<Date> {
        let part = |value: u64, digits: u8| Figure { value, digits, unit: None, cut: false, parted: None };
        let (year, month, day) = (figure.value / 10_000, figure.value / 100 % 100, figure.value % 100);
        self.in_figures(&[part(year, 4), part(month, 2), part(day, 2)])
    }
}
