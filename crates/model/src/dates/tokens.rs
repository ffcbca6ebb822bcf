//! Takes a text apart into numbers, words with what they may mean in a date, and signs.
//!
//! Shared by [`super::feed`] and [`super::prose`]. Blanks are no tokens: a token says whether it stands right
//! behind the one before it. Words of scripts without blanks are taken apart by the longest entry that fits.

use super::fold::{Sign, is_unspaced, is_wordy, signs};
use super::lexicon::{joins, words};
use super::words::Sense;
use super::zones;
use crate::languages::digit;
use std::borrow::Cow;

/// A part of a text.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub kind: Kind,
    /// Bytes of the text.
    pub start: usize,
    pub end: usize,
    /// Whether it stands right behind the token before it.
    pub glued: bool,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// A number, and how many digits it has.
    Number(u64, u8),
    /// A word that is known, or several that are one entry.
    Word(Cow<'static, [Sense]>),
    /// A word that is not.
    Unknown,
    /// Any other sign.
    Sign(char),
}

impl Token {
    /// The number, and how many digits it has.
    pub fn number(&self) -> Option<(u64, u8)> {
        if let Kind::Number(value, digits) = self.kind { Some((value, digits)) } else { None }
    }

    /// Whether it is one of these signs.
    pub fn is(&self, signs: &[char]) -> bool {
        matches!(self.kind, Kind::Sign(sign) if signs.contains(&sign))
    }

    /// What the word may mean.
    pub fn senses(&self) -> &[Sense] {
        if let Kind::Word(senses) = &self.kind { senses } else { &[] }
    }
}

/// A run of signs of one kind.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Run {
    Digits,
    Letters,
    Sign(char),
}

#[derive(Debug, Clone)]
struct Raw {
    run: Run,
    from: usize,
    to: usize,
    glued: bool,
}

/// Takes a text apart.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let signs = signs(text);
    let letters: Vec<char> = signs.iter().map(|sign| sign.letter).collect();
    let raw = runs(&letters);
    let mut out = Vec::with_capacity(raw.len());
    let mut at = 0;
    while let Some(one) = raw.get(at) {
        at += 1;
        match one.run {
            Run::Digits => {
                let figures = letters[one.from..one.to].iter().filter_map(|sign| digit(*sign));
                let value = figures.fold(0u64, |value, next| value.saturating_mul(10).saturating_add(u64::from(next)));
                let digits = u8::try_from(one.to - one.from).unwrap_or(u8::MAX);
                push(&mut out, &signs, one.from, one.to, one.glued, Kind::Number(value, digits));
            }
            Run::Sign(sign) => push(&mut out, &signs, one.from, one.to, one.glued, Kind::Sign(sign)),
            Run::Letters if is_unspaced(letters[one.from]) => unspaced(&mut out, &signs, &letters, one),
            Run::Letters => at += spaced(&mut out, &signs, &letters, &raw[at - 1..]),
        }
    }
    out
}

fn push(out: &mut Vec<Token>, signs: &[Sign], from: usize, to: usize, glued: bool, kind: Kind) {
    out.push(Token { kind, start: signs[from].start, end: signs[to - 1].end, glued });
}

fn runs(letters: &[char]) -> Vec<Raw> {
    let mut out: Vec<Raw> = Vec::new();
    let mut at = 0;
    let mut glued = false;
    while let Some(&sign) = letters.get(at) {
        if sign.is_whitespace() || sign.is_control() {
            glued = false;
            at += 1;
            continue;
        }
        let from = at;
        at += 1;
        let run = if digit(sign).is_some() {
            while letters.get(at).is_some_and(|next| digit(*next).is_some()) {
                at += 1;
            }
            Run::Digits
        } else if is_wordy(sign) {
            let script = is_unspaced(sign);
            let mut part = 1;
            while let Some(&next) = letters.get(at) {
                if is_wordy(next) && is_unspaced(next) == script {
                    part += 1;
                } else if next == '.' && joins(letters, at, part) {
                    part = 0;
                } else if !(next == '"' && matches!(sign as u32, 0x590..=0x5FF)) {
                    // In Hebrew the last letter but one of an abbreviation has a quotation mark before it.
                    break;
                }
                at += 1;
            }
            Run::Letters
        } else {
            Run::Sign(sign)
        };
        out.push(Raw { run, from, to: at, glued });
        glued = true;
    }
    out
}

/// Letters of a run without the stops inside an abbreviation.
fn word(letters: &[char], one: &Raw) -> String {
    letters[one.from..one.to].iter().filter(|sign| !matches!(sign, '.' | '"')).collect()
}

/// One word, or the longest entry of several that begins here; how many runs it took beside the first.
fn spaced(out: &mut Vec<Token>, signs: &[Sign], letters: &[char], raw: &[Raw]) -> usize {
    let first = &raw[0];
    let name = word(letters, first);
    if zones::AREAS.contains(&name.as_str())
        && let Some((to, taken, place)) = area(letters, raw)
    {
        push(out, signs, first.from, to, first.glued, Kind::Word(Cow::Owned(vec![Sense::Zone(place)])));
        return taken;
    }
    let most = words().opens(&name);
    let mut joined = name.clone();
    let mut best = None;
    let (mut count, mut at) = (1, 1);
    while count < most {
        let signs_between = raw[at..].iter().take_while(|one| matches!(one.run, Run::Sign('.' | '-' | '\''))).count();
        let Some(next) = raw.get(at + signs_between).filter(|one| one.run == Run::Letters && signs_between <= 2) else {
            break;
        };
        at += signs_between + 1;
        count += 1;
        joined.push(' ');
        joined.push_str(&word(letters, next));
        if let Some(senses) = words().exact(&joined) {
            best = Some((senses, next.to, at - 1));
        }
    }
    if let Some((senses, to, taken)) = best {
        push(out, signs, first.from, to, first.glued, Kind::Word(Cow::Borrowed(senses)));
        return taken;
    }
    let kind = words().senses(&name).map_or(Kind::Unknown, Kind::Word);
    push(out, signs, first.from, first.to, first.glued, kind);
    0
}

/// A zone of the database: `america/argentina/buenos_aires`, `etc/gmt+7`.
fn area(letters: &[char], raw: &[Raw]) -> Option<(usize, usize, zones::Place)> {
    let joined = |one: &&Raw| {
        one.glued
            && (matches!(one.run, Run::Sign('/' | '_' | '-' | '+')) || matches!(one.run, Run::Letters | Run::Digits))
    };
    if raw.get(1).is_none_or(|one| one.run != Run::Sign('/') || !one.glued) {
        return None;
    }
    let taken = raw[1..].iter().take_while(joined).count();
    let to = raw[taken].to;
    let name: String = letters[raw[0].from..to].iter().collect();
    Some((to, taken, zones::place(&name)?))
}

/// Numerals of Chinese writing.
fn numeral(sign: char) -> Option<u64> {
    "〇一二三四五六七八九".chars().position(|one| one == sign).map(|place| place as u64).or(match sign {
        '零' | '○' => Some(0),
        '十' => Some(10),
        '廿' => Some(20),
        '卅' => Some(30),
        _ => None,
    })
}

/// The number that numerals before a unit write: 二〇二五年, 十三日, 元年; with how many they are.
fn numerals(letters: &[char]) -> Option<(u64, u8)> {
    const UNITS: &str = "年月日号號时時点點分秒";
    let length = letters.iter().take(6).take_while(|sign| numeral(**sign).is_some() || **sign == '元').count();
    if length == 0 || !letters.get(length).is_some_and(|unit| UNITS.contains(*unit)) {
        return None;
    }
    let mut value = 0;
    for (at, sign) in letters[..length].iter().enumerate() {
        let one = if *sign == '元' { 1 } else { numeral(*sign)? };
        let tens = letters[..length].iter().any(|sign| matches!(sign, '十' | '廿' | '卅'));
        value = match (tens, one) {
            (true, 10) if at > 0 => value * 10,
            (true, _) => value + one,
            (false, _) => value * 10 + one,
        };
    }
    Some((value, if length == 4 && value > 999 { 4 } else { value.to_string().len() as u8 }))
}

/// The entries that a run of a script without blanks is made of; what fits none is one unknown word to its end.
fn unspaced(out: &mut Vec<Token>, signs: &[Sign], letters: &[char], run: &Raw) {
    let mut at = run.from;
    let mut glued = run.glued;
    while at < run.to {
        if let Some((value, digits)) = numerals(&letters[at..run.to]) {
            let to =
                at + letters[at..run.to].iter().take_while(|sign| numeral(**sign).is_some() || **sign == '元').count();
            push(out, signs, at, to, glued, Kind::Number(value, digits));
            (at, glued) = (to, true);
            continue;
        }
        if letters[at] == '.' {
            at += 1;
            continue;
        }
        let mut best = None;
        let mut text = String::new();
        let reach = run.to.min(at + words().longest() * 2);
        for (to, letter) in (at..).zip(&letters[at..reach]) {
            if *letter != '.' {
                text.push(*letter);
            }
            if let Some(senses) = words().exact(&text) {
                best = Some((senses, to + 1));
            }
        }
        let Some((senses, to)) = best else {
            push(out, signs, at, run.to, glued, Kind::Unknown);
            return;
        };
        push(out, signs, at, to, glued, Kind::Word(Cow::Borrowed(senses)));
        (at, glued) = (to, true);
    }
}

/// Splits what is written without signs: `20251013T093000`, `20251013093000`.
pub(super) fn spread(tokens: Vec<Token>) -> Vec<Token> {
    let packed = |token: &Token| matches!(token.kind, Kind::Number(_, 12 | 14));
    if !tokens.iter().any(|token| packed(token) || matches!(token.kind, Kind::Number(_, 8))) {
        return tokens;
    }
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len() + 8);
    let part = |value: u64, digits: u8, of: &Token| Token {
        kind: Kind::Number(value, digits),
        start: of.start,
        end: of.end,
        glued: true,
    };
    let sign = |sign: char, of: &Token| Token { kind: Kind::Sign(sign), start: of.start, end: of.end, glued: true };
    let clock = |out: &mut Vec<Token>, value: u64, digits: u8, of: &Token| {
        let value = if digits == 4 { value * 100 } else { value };
        let (hour, minute, second) = (value / 10_000, value / 100 % 100, value % 100);
        for (at, value) in [hour, minute, second].into_iter().enumerate() {
            if at > 0 {
                out.push(sign(':', of));
            }
            out.push(part(value, 2, of));
        }
    };
    let mut after_day = false;
    for token in tokens {
        match token.kind {
            Kind::Number(value, digits @ (12 | 14)) => {
                let time_digits = digits - 8;
                let scale = 10u64.pow(u32::from(time_digits));
                out.push(part(value / scale, 8, &token));
                out.push(sign(',', &token));
                clock(&mut out, value % scale, time_digits, &token);
            }
            Kind::Number(value, digits @ (4 | 6)) if after_day => clock(&mut out, value, digits, &token),
            Kind::Number(_, 8) => {
                out.push(token);
                after_day = true;
                continue;
            }
            Kind::Word(ref senses) if after_day && senses.contains(&Sense::Parting) => {
                out.push(token);
                continue;
            }
            _ => out.push(token),
        }
        after_day = false;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> String {
        let one = |token: &Token| match &token.kind {
            Kind::Number(value, _) => value.to_string(),
            Kind::Word(_) => "w".to_owned(),
            Kind::Unknown => "?".to_owned(),
            Kind::Sign(sign) => sign.to_string(),
        };
        tokens(text).iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn texts_are_taken_apart() {
        for (text, parts) in [
            ("Mon, 13 Oct 2025", "w , 13 w 2025"),
            ("9:30 p. m.", "9 : 30 w ."),
            ("จ., 13 ต.ค. 2568", "w . , 13 w . 2568"),
            ("2025년10월13일 오후3:30", "2025 w 10 w 13 w w 3 : 30"),
            ("二〇二五年十月十三日星期一", "2025 w 10 w 13 w w"),
            ("09:30 Eastern Daylight Time", "9 : 30 w"),
            ("America/New_York Asia/Nowhere", "w ? / ?"),
            ("thứ hai, 13 tháng mười một", "w , 13 w"),
            ("segunda-feira", "w"),
            ("発表した", "?"),
        ] {
            assert_eq!(shape(text), parts, "{text}");
        }
    }
}
