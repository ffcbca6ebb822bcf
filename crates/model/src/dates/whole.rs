//! Reads a text that is a date and nothing else: each token has to be explained, or there is none.
//!
//! What may be read in two ways is tried in one after the other. A text that names two times, two zones or two months
//! is no date; words before the first number may be a label or a name and count for nothing.

use super::calendars::Around;
use super::clock::{self, Clock};
use super::day::{Figure, Parts};
use super::prose::Habit;
use super::tokens::{Kind, Token, spread, tokens};
use super::words::{self, Sense, Side, Sure, Unit};
use super::zone::Zone;
use crate::Lang;
use crate::languages::{self, Era};
use jiff::civil::{Date, Time};
use jiff::tz::Offset;

/// A date as it is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Written {
    /// The day.
    pub date: Date,
    /// The time of day, where there is one.
    pub time: Option<Time>,
    /// The zone's offset at that time, where a zone is named.
    pub offset: Option<Offset>,
}

/// What one reading of a text takes for granted.
#[derive(Debug, Clone, Copy)]
struct Way {
    /// `9.30` is a time.
    stops: bool,
    /// `th 2` is a day of the week, and no month.
    weekday: bool,
}

/// Signs that part the pieces of a date and mean nothing.
const PARTING: &[char] =
    &[',', '.', '-', '/', '|', '(', ')', '[', ']', ':', ';', '\'', '"', '“', '”', '«', '»', '@', '~', '_'];

/// The date that a text is, in words and figures.
pub(super) fn read(text: &str, habit: Habit, in_feed: bool) -> Option<Written> {
    let tokens = spread(tokens(text));
    if tokens.len() > 60 || !tokens.iter().any(|token| token.number().is_some()) {
        return None;
    }
    let days = of_days(&tokens);
    let mut langs = days.clone();
    langs.extend(habit.lang);
    langs.extend(of_months(&tokens));
    let ways = [(false, true), (false, false), (true, true), (true, false)];
    ways.into_iter().find_map(|(stops, weekday)| {
        Reading { tokens: &tokens, used: vec![false; tokens.len()], days: &days, langs: &langs, habit, in_feed }
            .read(Way { stops, weekday })
    })
}

/// The languages that the days of the week are of: of a word that may be a month too only where there is no other.
fn of_days(tokens: &[Token]) -> Vec<Lang> {
    let of = |token: &Token| -> Vec<Lang> {
        let senses = token.senses().iter();
        senses.filter_map(|sense| if let Sense::Weekday(_, lang) = sense { Some(*lang) } else { None }).collect()
    };
    let is_month = |token: &&Token| token.senses().iter().any(|sense| matches!(sense, Sense::Month(..)));
    let sure: Vec<Lang> = tokens.iter().filter(|token| !is_month(token)).flat_map(of).collect();
    if sure.is_empty() { tokens.iter().find(is_month).map(of).unwrap_or_default() } else { sure }
}

/// The languages that the months are of.
fn of_months(tokens: &[Token]) -> impl Iterator<Item = Lang> + '_ {
    tokens.iter().flat_map(Token::senses).filter_map(|sense| match sense {
        Sense::Month(_, lang, Sure::Name | Sure::Beginning | Sure::Short) => Some(*lang),
        _ => None,
    })
}

/// One attempt.
struct Reading<'a> {
    tokens: &'a [Token],
    /// Which tokens are explained.
    used: Vec<bool>,
    /// Languages of the days of the week.
    days: &'a [Lang],
    /// Languages of any word.
    langs: &'a [Lang],
    habit: Habit,
    in_feed: bool,
}

impl Reading<'_> {
    fn free(&self) -> impl Iterator<Item = (usize, &Token)> {
        self.tokens.iter().enumerate().filter(|(at, _)| !self.used[*at])
    }

    fn take(&mut self, from: usize, to: usize) {
        self.used[from..to].fill(true);
    }

    fn read(mut self, way: Way) -> Option<Written> {
        self.label();
        let clock = clock::find(self.tokens, self.langs, way.stops).ok()?;
        if let Some(clock) = &clock {
            self.take(clock.from, clock.to);
            if let Some(period) = clock.period {
                self.used[period] = true;
            }
        }
        let zone = Zone::find(self.tokens, &mut self.used, clock.as_ref())?;
        self.lunar();
        let mut parts = self.parts(way)?;
        parts.american |= zone.is_american();
        let date = parts.day()?;
        self.rest(clock.as_ref(), &zone)?;
        let time = clock.map(|clock| clock.time);
        let offset = zone.offset(date.to_datetime(time.unwrap_or(Time::midnight())))?;
        Some(Written { date, time, offset })
    }

    /// Words up to a colon at the beginning: "Published:".
    fn label(&mut self) {
        let words = self.tokens.iter().take_while(|token| matches!(token.kind, Kind::Word(_) | Kind::Unknown)).count();
        if words > 0 && self.tokens.get(words).is_some_and(|token| token.is(&[':'])) {
            self.take(0, words + 1);
        }
    }

    /// A date of the lunar calendar, which another one stands beside.
    fn lunar(&mut self) {
        let Some(month) = self.tokens.iter().position(|token| token.senses().contains(&Sense::Lunar)) else { return };
        self.used[month] = true;
        let number = |at: Option<usize>| at.filter(|at| self.tokens.get(*at).is_some_and(|one| one.number().is_some()));
        let (day, year) = (number(month.checked_sub(1)), number(Some(month + 1)));
        let era = year
            .map(|year| year + 1)
            .filter(|at| self.tokens.get(*at).is_some_and(|token| token.senses().contains(&Sense::Era(Era::Lunar))));
        for at in [day, year, era].into_iter().flatten() {
            self.used[at] = true;
        }
    }

    /// The numbers and months, taken away.
    fn parts(&mut self, way: Way) -> Option<Parts> {
        let tokens = self.tokens;
        let strict: &[Lang] = if self.days.is_empty() { self.langs } else { self.days };
        let lang = |tag: &str| strict.iter().any(|lang| lang.as_str() == tag);
        let year_first = |lang: &Lang| languages::of(*lang).is_some_and(|one| one.calendar.year_first);
        let mut parts = Parts {
            around: Around { thai: lang("th"), minguo: lang("zh"), ..Around::default() },
            american: self.habit.american,
            year_first: strict.iter().any(year_first) && !lang("en"),
            partial: self.in_feed,
            ..Parts::default()
        };
        self.weekday_number(way, &mut parts);
        self.weekdays_and_months(&mut parts)?;
        let mut last: Option<usize> = None;
        for at in 0..tokens.len() {
            if self.used[at] {
                continue;
            }
            for sense in tokens[at].senses() {
                match sense {
                    Sense::Era(era) if parts.around.era.is_some_and(|other| other != *era) => return None,
                    Sense::Era(era) if self.is_era(at, *era) => {
                        parts.around.era = Some(*era);
                        self.used[at] = true;
                    }
                    _ => {}
                }
            }
            let Some((value, digits)) = tokens[at].number() else { continue };
            let unit = self.unit_of(at);
            let cut = at > 0 && tokens[at - 1].is(&['\'']) && digits == 2;
            let parted = last.and_then(|last| match &tokens[last + 1..at] {
                [sign] => match sign.kind {
                    Kind::Sign(sign) => Some(sign),
                    _ => None,
                },
                _ => None,
            });
            parts.figures.push(Figure { value, digits, unit, cut, parted });
            self.used[at] = true;
            last = Some(at);
        }
        Some(parts)
    }

    /// Whether a word that may be something else as well counts years here.
    fn is_era(&self, at: usize, era: Era) -> bool {
        let number =
            |at: Option<usize>| at.is_some_and(|at| self.tokens.get(at).is_some_and(|one| one.number().is_some()));
        let before = number(at.checked_sub(1));
        // Behind the year stand the eras of the west, before it those of the east.
        before || number(Some(at + 1)) || number(Some(at + 2)) && era != Era::Common
    }

    /// "Thứ 2", "T2", "Th2": Monday is the second day.
    fn weekday_number(&mut self, way: Way, parts: &mut Parts) {
        if !way.weekday {
            return;
        }
        let weekday = Sense::Unit(Unit::Weekday, Side::Before);
        let found = (0..self.tokens.len()).find_map(|at| {
            let is_unit = !self.used[at] && self.tokens[at].senses().contains(&weekday);
            // "T.2"
            let number = if self.tokens.get(at + 1)?.is(&['.']) { at + 2 } else { at + 1 };
            let (value, digits) = self.tokens.get(number)?.number()?;
            (is_unit && digits == 1 && (2..=8).contains(&value)).then_some((at, number, value))
        });
        if let Some((from, number, value)) = found {
            parts.weekday = Some(value as i8 - 1);
            self.take(from, number + 1);
        }
    }

    /// Days of the week and months, where a word may be either: the month is the one nearest to the end. `None` where
    /// two contradict.
    fn weekdays_and_months(&mut self, parts: &mut Parts) -> Option<()> {
        let tokens = self.tokens;
        let (habit, in_feed) = (self.habit, self.in_feed);
        let is_month = |at: &usize| tokens[*at].senses().iter().any(|sense| counts_as_month(sense, habit, in_feed));
        // 日 and 월 right behind a number say what it is.
        let is_unit = |at: usize| {
            at > 0
                && tokens[at].glued
                && tokens[at - 1].number().is_some()
                && tokens[at].senses().iter().any(|sense| matches!(sense, Sense::Unit(_, Side::Behind)))
        };
        let is_day =
            |at: &usize| !is_unit(*at) && tokens[*at].senses().iter().any(|sense| matches!(sense, Sense::Weekday(..)));
        let free: Vec<usize> = (0..tokens.len()).filter(|at| !self.used[*at]).collect();
        let numbers = free.iter().filter(|at| tokens[**at].number().is_some()).count();
        let mut months: Vec<usize> = free.iter().copied().filter(is_month).collect();
        // In front of a date in figures, or of another month, it is the day of the week.
        let first_number = free.iter().copied().find(|at| tokens[*at].number().is_some()).unwrap_or(0);
        while let Some(first) = months.first().copied()
            && (months.len() > 1 || numbers >= 3)
            && is_day(&first)
            && first < first_number
        {
            months.remove(0);
        }
        // What no language takes for a day of the week may be one that is not known.
        if months.len() > 1
            && months[0] < first_number
            && tokens[months[0]]
                .senses()
                .iter()
                .all(|sense| !matches!(sense, Sense::Month(_, _, sure) if *sure >= Sure::Short))
        {
            self.used[months[0]] = true;
            months.remove(0);
        }
        for at in &free {
            if months.contains(at) || !is_day(at) {
                continue;
            }
            let mut days: Vec<i8> = Vec::new();
            let ours = |lang: &Lang| self.habit.lang.is_none_or(|own| own == *lang);
            let named = |all: bool| {
                tokens[*at].senses().iter().filter_map(move |sense| match sense {
                    Sense::Weekday(day, lang) if all || ours(lang) => Some(*day),
                    _ => None,
                })
            };
            days.extend(named(false));
            if days.is_empty() {
                days.extend(named(true));
            }
            days.sort_unstable();
            days.dedup();
            // A name of two days, or two names, say nothing.
            parts.weekday =
                if days.len() == 1 && parts.weekday.is_none_or(|day| day == days[0]) { Some(days[0]) } else { None };
        }
        for at in &months {
            let senses = tokens[*at].senses();
            if let Some(solar) =
                senses.iter().find_map(|sense| if let Sense::Solar(month) = sense { Some(*month) } else { None })
            {
                if !parts.months.is_empty() && parts.months != [solar] {
                    return None;
                }
                parts.months = vec![solar];
                parts.around.solar = true;
                continue;
            }
            let known = senses.iter().filter(|sense| counts_as_month(sense, habit, in_feed));
            let ordinal = *at > 1 && tokens[at - 1].is(&['.']) && tokens[at - 2].number().is_some();
            let named = words::month(known, self.habit.lang, self.days, ordinal);
            let both: Vec<i8> = named.iter().copied().filter(|month| parts.months.contains(month)).collect();
            parts.months = if parts.months.is_empty() { named } else { both };
            if parts.months.is_empty() {
                return None;
            }
        }
        for at in free {
            if is_month(&at) && months.contains(&at) || is_day(&at) {
                self.used[at] = true;
            }
        }
        Some(())
    }

    /// What a word beside a number says that it is; the word is taken away.
    fn unit_of(&mut self, at: usize) -> Option<Unit> {
        let find = |place: Option<usize>, side: Side| {
            let place = place.filter(|place| self.tokens.get(*place).is_some() && !self.used[*place])?;
            self.tokens[place].senses().iter().find_map(|sense| match sense {
                Sense::Unit(unit @ (Unit::Year | Unit::Month | Unit::Day), own) if *own == side => Some((place, *unit)),
                _ => None,
            })
        };
        // "11-р сарын"
        let ordinal = self.tokens.get(at + 1).is_some_and(|sign| sign.is(&['-']))
            && self.tokens.get(at + 2).is_some_and(|end| end.senses().contains(&Sense::Ordinal));
        let behind = find(Some(if ordinal { at + 3 } else { at + 1 }), Side::Behind);
        let before = find(at.checked_sub(1), Side::Before);
        let (place, unit) = behind.or(before)?;
        self.used[place] = true;
        Some(unit)
    }

    /// Explains what is left: words that mean nothing, labels before the first number, remarks behind a zone.
    fn rest(&mut self, clock: Option<&Clock>, zone: &Zone) -> Option<()> {
        let tokens = self.tokens;
        let first_number = tokens.iter().position(|token| token.number().is_some()).unwrap_or(0);
        let remark = zone.remark(tokens);
        // "W10", "R7": a number of something.
        let counts = |at: usize| tokens.get(at + 1).is_some_and(|next| next.glued && next.number().is_some());
        let explained = |at: usize, token: &Token| match &token.kind {
            Kind::Number(..) => false,
            Kind::Sign(sign) => PARTING.contains(sign),
            _ if remark.contains(&at) => true,
            Kind::Unknown => at < first_number && !counts(at),
            Kind::Word(senses) => {
                at < first_number && !is_military(token)
                    || senses.iter().any(|sense| match sense {
                        // A single letter at the end is a zone that is not known.
                        Sense::Filler => !(is_military(token) && (at + 1 == tokens.len() || counts(at))),
                        Sense::Ordinal => {
                            at > 0 && {
                                let before = &tokens[at - 1];
                                before.number().is_some() && token.glued || before.is(&['-', ':', '.'])
                            }
                        }
                        Sense::Parting => token.glued,
                        Sense::Period(..) | Sense::Zone(_) => clock.is_none(),
                        Sense::Era(Era::Common) => true,
                        Sense::Unit(Unit::Year | Unit::Month | Unit::Day | Unit::Weekday, _) => !is_military(token),
                        _ => false,
                    })
            }
        };
        let all = self.free().all(|(at, token)| explained(at, token));
        all.then_some(())
    }
}

/// Whether a word is a month here: prose holds other words that are short ones in some language.
fn counts_as_month(sense: &Sense, habit: Habit, in_feed: bool) -> bool {
    match sense {
        Sense::Solar(_) => true,
        Sense::Month(_, lang, sure) => {
            in_feed || *sure >= Sure::Beginning || *sure == Sure::Short && Some(*lang) == habit.lang
        }
        _ => false,
    }
}

/// Whether a word is one letter of the Latin alphabet.
fn is_military(token: &Token) -> bool {
    token.end - token.start == 1
}
