//! Finds the zone among the tokens of a date: offsets in figures, names, and both, which must not contradict.

use super::clock::Clock;
use super::tokens::{Kind, Token};
use super::words::Sense;
use super::zones::{self, Place};
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// Whether "09:30-18:00" is as well from one time to another: behind hours and minutes that are not in ISO's form.
fn is_range(tokens: &[Token], hyphen: usize, clock: Option<&Clock>) -> bool {
    let Some(clock) = clock.filter(|clock| clock.to == hyphen && tokens[hyphen].glued) else { return false };
    let has_seconds = tokens[clock.from..clock.to].iter().filter(|token| token.number().is_some()).count() > 2;
    let is_iso = tokens.iter().find_map(Token::number).is_some_and(|(_, digits)| digits >= 4);
    let is_time = tokens.get(hyphen + 2).is_some_and(|token| token.is(&[':']));
    is_time && !has_seconds && !is_iso
}

/// Whether a hyphen may be a minus: behind a time or the name of a zone, or apart from what is before it.
fn may_be_minus(tokens: &[Token], at: usize, clock: Option<&Clock>) -> bool {
    let named = at > 0 && tokens[at - 1].senses().iter().any(|sense| matches!(sense, Sense::Zone(_)));
    let behind = clock.is_some_and(|clock| clock.to <= at && (clock.to == at || clock.period == Some(at - 1)));
    let apart = !tokens[at].glued && clock.is_some_and(|clock| clock.to <= at);
    let opens = at > 0 && tokens[at - 1].is(&['(', '[']);
    named || behind || apart || opens
}

/// Minutes of an offset behind its sign, and the token behind it.
pub(super) fn offset(tokens: &[Token], sign: usize) -> Option<(i32, usize)> {
    let glued = |at: usize| tokens.get(at).filter(|token| token.glued);
    let (hours, digits) = glued(sign + 1)?.number()?;
    let colon = |at: usize| glued(at).is_some_and(|token| token.is(&[':']));
    let stop = |at: usize| glued(at).is_some_and(|token| token.is(&['.']));
    // "+5.30"
    let small = digits <= 2 && stop(sign + 2) && !stop(sign + 4);
    if small && let Some((minutes @ (0 | 30 | 45), 2)) = glued(sign + 3).and_then(Token::number) {
        return Some((zones::figures(hours, digits, Some(minutes))?, sign + 4));
    }
    let minutes = if colon(sign + 2) { glued(sign + 3).and_then(Token::number) } else { None };
    let (minutes, mut to) = match minutes {
        Some((minutes, 2)) => (Some(minutes), sign + 4),
        Some(_) => return None,
        None => (None, sign + 2),
    };
    if minutes.is_some() && colon(to) && glued(to + 1).and_then(Token::number) == Some((0, 2)) {
        to += 2;
    }
    // "-13/10/2025" is a date.
    let parted = glued(to).is_some_and(|token| token.is(&['/', '-', '.']))
        && glued(to + 1).is_some_and(|one| one.number().is_some());
    if parted {
        return None;
    }
    Some((zones::figures(hours, digits, minutes)?, to))
}

/// What a text says of the zone.
#[derive(Debug, Default)]
pub(super) struct Zone {
    names: Vec<(usize, Place)>,
    offsets: Vec<(usize, i32)>,
}

impl Zone {
    /// What names a zone; its tokens are marked as used. `None` where an offset is none.
    pub fn find(tokens: &[Token], used: &mut [bool], clock: Option<&Clock>) -> Option<Self> {
        let mut found = Self::default();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let taken = at;
            at += 1;
            if used[taken] {
                continue;
            }
            if let Some(place) = token.senses().iter().find_map(|sense| match sense {
                Sense::Zone(place) => Some(place),
                _ => None,
            }) {
                let only = token.senses().len() == 1;
                let behind = clock.is_some_and(|clock| {
                    taken >= clock.to
                        && tokens[clock.to..taken].iter().all(|token| !matches!(token.kind, Kind::Number(..)))
                });
                if only || behind {
                    found.names.push((taken, place.clone()));
                    used[taken] = true;
                }
                continue;
            }
            let sign = match token.kind {
                Kind::Sign('+') => 1,
                Kind::Sign('-') if may_be_minus(tokens, taken, clock) => -1,
                _ => continue,
            };
            if sign == -1 && is_range(tokens, taken, clock) {
                return None;
            }
            match offset(tokens, taken) {
                Some((minutes, to)) => {
                    found.offsets.push((taken, sign * minutes));
                    used[taken..to].fill(true);
                    at = to;
                }
                None if sign == 1 => return None,
                None => {}
            }
        }
        Some(found)
    }

    /// Whether the clocks are those of the United States, where the month stands first.
    pub fn is_american(&self) -> bool {
        self.names.iter().any(|(_, place)| place.is_american())
    }

    /// Tokens of brackets behind an offset, which hold its zone's name in some language.
    pub fn remark(&self, tokens: &[Token]) -> std::ops::Range<usize> {
        let Some((at, _)) = self.offsets.first() else { return 0..0 };
        let open = tokens[*at..].iter().position(|token| token.is(&['('])).map(|place| place + at);
        let Some(open) = open else { return 0..0 };
        let close = tokens[open..].iter().position(|token| token.is(&[')'])).map_or(tokens.len(), |place| place + open);
        open..close
    }

    /// The offset; `None` where two contradict, `Some(None)` where none is named.
    #[allow(clippy::option_option)]
    pub fn offset(&self, at: DateTime) -> Option<Option<Offset>> {
        let Some((first, minutes)) = self.offsets.first().copied() else {
            let mut all = self.names.iter().map(|(_, place)| place.offset(at));
            let Some(first) = all.next() else { return Some(None) };
            let first = first?;
            return all.all(|other| other == Some(first)).then_some(Some(first));
        };
        if self.offsets.iter().any(|(_, other)| *other != minutes) {
            return None;
        }
        let agrees = |(place_at, place): &(usize, Place)| match place {
            Place::Shared(_) => true,
            // "GMT+7" counts from it; "+7 GMT" contradicts itself.
            Place::Utc => *place_at < first || minutes == 0,
            // Summer time by the name of the winter's.
            _ => place.offset(at).is_some_and(|named| (named.seconds() / 60 - minutes).abs() <= 60),
        };
        let offset = Offset::from_seconds(minutes * 60).ok()?;
        self.names.iter().all(agrees).then_some(Some(offset))
    }
}
