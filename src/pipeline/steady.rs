//! How long this machine's clock has gone on steadily, as far as the looks of upkeep tell.
//!
//! Age decides what is purged, and one boot with a clock that stands ten years ahead would purge everything. So each
//! look is noted beside the store, and a clock that has jumped counts again once it has gone on for two days.

use jiff::{SignedDuration, Timestamp};
use samestory_store::{Store, StoreError, StoreLocation};

/// The note beside the store.
const NOTE: &str = "_clock";
/// For how long a clock has to go on before it is believed.
const STEADY: SignedDuration = SignedDuration::from_hours(48);
/// A gap between two looks up to which the clock has not jumped, where stories are kept for less than a month.
const GAP: SignedDuration = SignedDuration::from_hours(8 * 24);
/// The same between the latest document and the first look there is.
const FIRST_GAP: SignedDuration = SignedDuration::from_hours(45 * 24);

/// The looks by one clock, without a jump between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Clock {
    /// The first one.
    pub(super) since: Timestamp,
    /// The latest one.
    last: Timestamp,
}

impl Clock {
    fn read(text: &str) -> Option<Self> {
        let (since, last) = text.trim_end().split_once('\n')?;
        Some(Self { since: since.parse().ok()?, last: last.parse().ok()? })
    }

    /// The clock after a further look. A gap is a jump where it is longer than a week, or a third of the time for which
    /// stories are kept: what runs once a month keeps them for longer.
    fn after(before: Self, now: Timestamp, keep_days: u32) -> Self {
        let gap = GAP.max(SignedDuration::from_hours(8 * i64::from(keep_days)));
        let steady = before.last <= now && now.duration_since(before.last) <= gap;
        Self { since: if steady { before.since } else { now }, last: now }
    }

    /// The clock at the first look: steady since the latest document was seen, where that is not long ago.
    fn first(seen: Option<Timestamp>, now: Timestamp) -> Self {
        let steady = seen.filter(|seen| *seen <= now && now.duration_since(*seen) <= FIRST_GAP);
        Self { since: steady.unwrap_or(now), last: now }
    }

    /// Whether it has gone on for long enough to be believed.
    pub(super) fn is_steady(self) -> bool {
        self.last.duration_since(self.since) >= STEADY
    }

    /// Notes a look at the clock.
    pub(super) fn look(
        store: &dyn Store,
        place: &StoreLocation,
        now: Timestamp,
        keep_days: u32,
    ) -> Result<Self, StoreError> {
        let clock = match place.note(NOTE)?.as_deref().and_then(Self::read) {
            Some(before) => Self::after(before, now, keep_days),
            None => {
                let mut seen = None;
                store.window(Timestamp::MIN, 1, &mut |document, _, _| seen = Some(document.seen))?;
                Self::first(seen, now)
            }
        };
        place.put_value(NOTE, &format!("{}\n{}\n", clock.since, clock.last))?;
        Ok(clock)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + number * 86_400).expect("a time")
    }

    fn steady(days: &[i64], keep_days: u32) -> bool {
        let first = Clock::first(None, day(days[0]));
        days[1..].iter().fold(first, |clock, number| Clock::after(clock, day(*number), keep_days)).is_steady()
    }

    #[test]
    fn the_first_look_is_believed_where_the_latest_document_is_not_old() {
        assert!(Clock::first(Some(day(0)), day(30)).is_steady());
        assert!(!Clock::first(Some(day(0)), day(3650)).is_steady());
        assert!(!Clock::first(Some(day(9)), day(8)).is_steady(), "set back");
        assert!(!Clock::first(None, day(0)).is_steady());
    }

    #[test]
    fn a_clock_is_believed_after_two_days_and_anew_after_a_jump() {
        assert!(!steady(&[0], 90) && !steady(&[0, 1], 90) && steady(&[0, 1, 2], 90));
        assert!(!steady(&[0, 1, 2, 3650], 90), "ten years ahead");
        assert!(!steady(&[0, 1, 2, 3650, 3], 90), "and back");
        assert!(steady(&[0, 1, 2, 3650, 3, 4, 5], 90));
        assert!(!steady(&[3, 1], 90), "set back");
    }

    #[test]
    fn what_runs_seldom_is_believed_too() {
        assert!(steady(&[0, 7, 14], 30), "once a week");
        assert!(steady(&[0, 29, 58], 90), "once a month");
        assert!(!steady(&[0, 29, 58], 30));
    }

    #[test]
    fn a_note_that_does_not_read_is_none() {
        let clock = Clock { since: day(0), last: day(3) };
        assert_eq!(Clock::read(&format!("{}\n{}\n", clock.since, clock.last)), Some(clock));
        assert_eq!(Clock::read("soon\n"), None);
    }
}
