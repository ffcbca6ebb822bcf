//! Says whether a clock can be right. Pure: the clock is an argument.
//!
//! A machine without a clock of its own boots at 1970, or where it was switched off, until it has asked the network. A
//! pass dates what it sees for good, so one before the first release of this program is refused: there was none then.
//! A clock that stands behind what the store has seen may be wrong, or the one before it was: which, cannot be known
//! here, so it is said and believed. What a clock ahead of the truth had planned holds nothing
//! ([`schedule::holds`](crate::schedule::holds)).

use jiff::{SignedDuration, Timestamp};
use samestory_model::SourceState;

/// Before this time there was no release of this program, in seconds since 1970: the first of January 2026.
const FIRST_RELEASE: i64 = 1_767_225_600;
/// How far a clock may be set back without a word.
const BACK: SignedDuration = SignedDuration::from_hours(24);

/// Whether it cannot be that time.
pub fn is_impossible(now: Timestamp) -> bool {
    now.as_second() < FIRST_RELEASE
}

/// When the store's sources were last asked, where that is ahead of the clock.
pub fn ahead<'s>(states: impl Iterator<Item = &'s SourceState>, now: Timestamp) -> Option<Timestamp> {
    states.filter_map(|state| state.last_checked).max().filter(|last| now.duration_since(*last) < -BACK)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    #[test]
    fn a_clock_before_the_first_release_cannot_be_right() {
        assert!(is_impossible(Timestamp::UNIX_EPOCH) && is_impossible(at("2025-12-31T23:59:59Z")));
        assert!(!is_impossible(at("2026-01-01T00:00:00Z")) && !is_impossible(at("2036-11-12T08:00:00Z")));
    }

    #[test]
    fn a_clock_that_was_set_back_by_more_than_a_day_is_noticed() {
        let state = |last: &str| SourceState { last_checked: Some(at(last)), ..SourceState::default() };
        let states = [state("2026-11-12T08:00:00Z"), SourceState::default(), state("2026-11-10T08:00:00Z")];
        let ahead = |now: &str| ahead(states.iter(), at(now));
        assert_eq!(ahead("2026-11-11T09:00:00Z"), None);
        assert_eq!(ahead("2026-11-11T07:00:00Z"), Some(at("2026-11-12T08:00:00Z")));
        assert_eq!(ahead("2027-11-11T07:00:00Z"), None);
    }
}
