//! Finds the time of day among the tokens of a date: `9:30 pm`, `14h30`, `오후 3:30`, `9時30分`, `15 giờ`.

use super::tokens::Token;
use super::words::{Period, Sense, Side, Unit};
use crate::Lang;
use jiff::civil::Time;

/// A time of day, and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Clock {
    pub time: Time,
    /// Its tokens: the first, and the one behind the last.
    pub from: usize,
    pub to: usize,
    /// The token that says which half of the day it is, where one does.
    pub period: Option<usize>,
}

/// Figures of a time: hour, minute, second, and the token behind them.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Figures {
    hour: u64,
    minute: u64,
    second: u64,
    whole: bool,
    to: usize,
}

fn short(token: Option<&Token>) -> Option<u64> {
    token.and_then(Token::number).filter(|(_, digits)| *digits <= 2).map(|(value, _)| value)
}

/// Whether a word is the unit of the number before it.
pub(super) fn is_unit(token: Option<&Token>, unit: Unit) -> bool {
    token.is_some_and(|token| token.senses().contains(&Sense::Unit(unit, Side::Behind)))
}

/// Whether a date in figures goes on behind a number.
fn is_parted(tokens: &[Token], at: usize) -> bool {
    tokens.get(at + 1).is_some_and(|sign| sign.is(&['/', '-', '.']) && sign.glued)
        && tokens.get(at + 2).is_some_and(|next| next.number().is_some() && next.glued)
}

fn figures(tokens: &[Token], at: usize) -> Option<Figures> {
    let (value, digits) = tokens.get(at)?.number()?;
    // "1805 hrs", where the year is another number.
    let years = || tokens.iter().filter(|token| token.number().is_some_and(|(_, digits)| digits == 4)).count();
    if digits == 4 && is_unit(tokens.get(at + 1), Unit::Hour) && years() > 1 {
        return Some(Figures { hour: value / 100, minute: value % 100, second: 0, whole: false, to: at + 2 });
    }
    if digits > 2 {
        return None;
    }
    let mut found = Figures { hour: value, minute: 0, second: 0, whole: false, to: at + 1 };
    let colon = |at: usize| tokens.get(at).is_some_and(|token| token.is(&[':']));
    if colon(at + 1) {
        found.minute = short(tokens.get(at + 2))?;
        found.to = at + 3;
        if colon(at + 3)
            && let Some(second) = short(tokens.get(at + 4))
        {
            found.second = second;
            found.whole = true;
            found.to = at + 5;
            let fraction = |token: &Token| token.glued && token.number().is_some();
            if tokens.get(at + 5).is_some_and(|token| token.glued && token.is(&['.', ',', ':']))
                && tokens.get(at + 6).is_some_and(fraction)
            {
                found.to = at + 7;
            }
        }
    } else if is_unit(tokens.get(at + 1), Unit::Hour) {
        found.to = at + 2;
        let minute = tokens.get(found.to).and_then(Token::number);
        // "9 h 30", and not "9 h 13 Oct".
        let alone = |at: usize| {
            tokens.get(at).is_none_or(|token| {
                let dates = |sense: &Sense| {
                    matches!(sense, Sense::Month(..) | Sense::Solar(_) | Sense::Unit(Unit::Month, _))
                        || matches!(sense, Sense::Unit(_, Side::Behind))
                };
                token.number().is_none() && !token.senses().iter().any(dates)
            })
        };
        let two_digits =
            || minute.is_some_and(|(_, digits)| digits == 2) && (tokens[found.to].glued || alone(found.to + 1));
        if let Some((minute, 1 | 2)) = minute
            && (is_unit(tokens.get(found.to + 1), Unit::Minute) || two_digits())
            && !is_parted(tokens, found.to)
        {
            found.minute = minute;
            found.to += 1;
        }
    } else {
        return None;
    }
    // What stands behind figures that are complete: "09:30 Uhr", "9時30分".
    while is_unit(tokens.get(found.to), Unit::Hour) || is_unit(tokens.get(found.to), Unit::Minute) {
        found.to += 1;
    }
    if !found.whole
        && let Some(second) = short(tokens.get(found.to))
        && is_unit(tokens.get(found.to + 1), Unit::Second)
    {
        found.second = second;
        found.to += 2;
    }
    Some(found)
}

/// Two or three numbers with full stops between them, where they are no part of a date in figures.
fn dotted(tokens: &[Token], at: usize) -> Option<Figures> {
    let stop = |at: usize| tokens.get(at).is_some_and(|token| token.glued && token.is(&['.']));
    let next = |at: usize| tokens.get(at).filter(|token| token.glued).and_then(Token::number);
    if at > 1 && stop(at - 1) && tokens[at].glued && tokens[at - 2].number().is_some() {
        return None;
    }
    let hour = short(tokens.get(at))?;
    let (minute, 2) = next(at + 2).filter(|_| stop(at + 1))? else { return None };
    let mut found = Figures { hour, minute, second: 0, whole: false, to: at + 3 };
    if let Some((second, digits)) = next(at + 4).filter(|_| stop(at + 3)) {
        if digits != 2 {
            return None;
        }
        found.second = second;
        found.to = at + 5;
    }
    while is_unit(tokens.get(found.to), Unit::Hour) {
        found.to += 1;
    }
    Some(found)
}

/// The half of the day that a word beside a time means: where it means nothing else, where its language may stand
/// here, and behind a time also where it may be a day of the week (`CH`) or ends the text (`em`).
fn period(token: &Token, hints: &[Lang], behind: bool, last: bool) -> Option<Period> {
    let senses = token.senses();
    let plain = senses.iter().all(|sense| match sense {
        Sense::Period(..) | Sense::Era(_) => true,
        Sense::Weekday(..) => behind,
        _ => behind && last,
    });
    let mut periods = senses.iter().filter_map(|sense| match sense {
        Sense::Period(period, lang) => Some((*period, *lang)),
        _ => None,
    });
    let english = |lang: Lang| lang.as_str() == "en";
    let fits = |(_, lang): &(Period, Lang)| plain || english(*lang) || hints.contains(lang);
    let known = periods.clone().find(|one| hints.contains(&one.1));
    known.or_else(|| periods.find(fits)).map(|found| found.0)
}

/// The hour of the day, unless the half of the day contradicts it.
fn hour_of(hour: u64, period: Option<Period>) -> Option<u64> {
    match (period, hour) {
        (None, 0..=24)
        | (Some(Period::AfterNoon), 12..=23)
        | (Some(Period::BeforeNoon), 0..=11)
        | (Some(Period::AroundNoon), 10..=16)
        // Twelve at night is ambiguous: noon or midnight, and of which day.
        | (Some(Period::Night), 0..=5 | 18..=23) => Some(hour),
        (Some(Period::BeforeNoon), 12) => Some(0),
        (Some(Period::AfterNoon), 0..=11) | (Some(Period::AroundNoon), 1..=4) | (Some(Period::Night), 6..=11) => {
            Some(hour + 12)
        }
        _ => None,
    }
}

/// A time, or `Err` where figures and words contradict.
pub(super) fn time(hour: u64, minute: u64, second: u64, period: Option<Period>) -> Option<Time> {
    let hour = hour_of(hour, period)?;
    if hour == 24 {
        // 24:00 is the last moment that a clock shows.
        return (minute == 0 && second == 0).then(|| Time::constant(23, 59, 59, 0));
    }
    if minute > 59 || second > 60 {
        return None;
    }
    // A leap second counts as the second before it.
    Time::new(hour as i8, minute as i8, second.min(59) as i8, 0).ok()
}

/// Where a word stands that may say which half of the day a time is in: right before or behind it.
fn beside(tokens: &[Token], from: usize, to: usize, hints: &[Lang]) -> Result<Option<(usize, Period)>, ()> {
    let skip = |at: usize| tokens.get(at).is_some_and(|token| token.is(&[',', '(', '.', '\'']));
    let behind = if skip(to) { to + 1 } else { to };
    let before = from.checked_sub(1).and_then(|at| if skip(at) { at.checked_sub(1) } else { Some(at) });
    let look = |at: Option<usize>| {
        let at = at?;
        // "2024م" names the era.
        let is_era = tokens[at.min(tokens.len() - 1)].senses().iter().any(|sense| matches!(sense, Sense::Era(_)));
        if is_era && at > 0 && tokens[at - 1].number().is_some_and(|(_, digits)| digits > 2) {
            return None;
        }
        Some((at, period(tokens.get(at)?, hints, at >= to, at + 1 == tokens.len())?))
    };
    match (look(before), look(Some(behind))) {
        (Some(one), Some(other)) if one.1 != other.1 => Err(()),
        (one, other) => Ok(other.or(one)),
    }
}

/// The time of day, if there is one; `Err` where two contradict or one is none.
pub(super) fn find(tokens: &[Token], hints: &[Lang], with_stops: bool) -> Result<Option<Clock>, ()> {
    let mut found: Vec<(usize, Figures)> = Vec::new();
    let mut weak: Vec<(usize, Figures)> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let before = at.checked_sub(1).map(|at| &tokens[at]);
        let signed = |signs: &[char]| tokens[at].glued && before.is_some_and(|token| token.is(signs));
        let in_chain = signed(&[':']) && at > 1 && tokens[at - 2].number().is_some();
        let after_year = at > 1 && tokens[at - 2].number().is_some_and(|(_, digits)| digits == 4);
        let read = figures(tokens, at).or_else(|| with_stops.then(|| dotted(tokens, at)).flatten());
        match read.filter(|read| !signed(&['+']) && (!in_chain || after_year && read.whole)) {
            Some(read) => {
                // "-05:00" behind a time is its zone.
                let list = if signed(&['-']) && !read.whole { &mut weak } else { &mut found };
                list.push((at, read));
                at = read.to;
            }
            None => at += 1,
        }
    }
    if found.is_empty() {
        found = weak;
    }
    match found[..] {
        [] => hour_alone(tokens, hints),
        [(from, read)] => {
            let period = beside(tokens, from, read.to, hints)?;
            let time = time(read.hour, read.minute, read.second, period.map(|one| one.1)).ok_or(())?;
            Ok(Some(Clock { time, from, to: read.to, period: period.map(|one| one.0) }))
        }
        _ => Err(()),
    }
}

/// The time of day that begins at a token of prose: minutes have two digits.
pub(super) fn at(tokens: &[Token], from: usize, hints: &[Lang]) -> Option<Clock> {
    let read = figures(tokens, from)?;
    let minutes = tokens[from + 1..read.to].iter().find_map(Token::number);
    let period = beside(tokens, from, read.to, hints).ok()?;
    let time = time(read.hour, read.minute, read.second, period.map(|one| one.1))?;
    let whole = read.hour < 24 && minutes.is_some_and(|(_, digits)| digits == 2);
    whole.then_some(Clock { time, from, to: read.to, period: period.map(|one| one.0) })
}

/// An hour without minutes, which only a word makes one: "3 pm".
fn hour_alone(tokens: &[Token], hints: &[Lang]) -> Result<Option<Clock>, ()> {
    for (at, token) in tokens.iter().enumerate() {
        let Some(hour @ 1..=12) = short(Some(token)) else { continue };
        // "8 de" is no morning in Hungary.
        let english = Lang::parse("en");
        let is_clear = |sense: &Sense| matches!(sense, Sense::Period(_, lang) if Some(*lang) == english);
        let is_half = |word: &&Token| {
            let only = word.senses().iter().all(|sense| matches!(sense, Sense::Period(..)));
            only || word.senses().iter().any(is_clear)
        };
        let Some(word) = tokens.get(at + 1).filter(is_half) else { continue };
        let Some(half @ (Period::BeforeNoon | Period::AfterNoon)) = period(word, hints, true, at + 2 == tokens.len())
        else {
            continue;
        };
        let time = time(hour, 0, 0, Some(half)).ok_or(())?;
        return Ok(Some(Clock { time, from: at, to: at + 1, period: Some(at + 1) }));
    }
    Ok(None)
}
