//! When a store is due for upkeep.

use jiff::{SignedDuration, Timestamp};

/// Whether a day has gone by since a time, if there was one.
pub(crate) fn a_day_since(last: Option<Timestamp>, now: Timestamp) -> bool {
    // A clock that was ahead once must not keep upkeep away for ever.
    last.is_none_or(|last| last > now || now.duration_since(last) >= SignedDuration::from_hours(24))
}
