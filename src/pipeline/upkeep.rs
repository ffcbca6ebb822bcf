//! What a pass does for the store once a day: what is not kept any more goes, and space comes back.
//!
//! What is too old goes by a clock that has been steady for days only; before that it is said what would go.

use super::leases::{Leases, MAINTENANCE};
use super::steady::Clock;
use crate::config::Keep;
use jiff::{SignedDuration, Timestamp};
use samestory_store::{Purged, Retention, Store, StoreError, StoreLocation, Work};

/// What was done for the store.
#[derive(Debug, Default)]
pub struct Upkeep {
    /// What went because the configuration does not keep it.
    pub purged: Purged,
    /// What is older than the configuration keeps and stays for now, and since when the clock has been steady.
    pub waits: Option<(Purged, Timestamp)>,
    /// Bytes on disk before and after it was written anew, or why it was not; `None` where it need not be.
    pub compacted: Option<Result<(u64, u64), StoreError>>,
}

/// What the configuration keeps, as of now.
fn kept(settings: &Keep, now: Timestamp) -> Retention {
    let some = |limit: u64| (limit > 0).then_some(limit);
    let age = SignedDuration::from_hours(24 * i64::from(settings.keep_days));
    Retention {
        since: (settings.keep_days > 0).then(|| now.checked_sub(age).unwrap_or(Timestamp::MIN)),
        documents: some(settings.keep_documents),
        bytes: some(settings.keep_bytes),
    }
}

/// Purges and compacts where a day has gone by.
pub fn upkeep(
    store: Box<dyn Store>,
    place: &StoreLocation,
    settings: &Keep,
    now: Timestamp,
) -> Result<Upkeep, StoreError> {
    let mut done = Upkeep::default();
    if !store.upkeep_is_due(now)? {
        return Ok(done);
    }
    let claims = Leases::of(store.as_ref());
    let held = claims.take(Work::Alone, &[MAINTENANCE.to_owned()], 1)?;
    // The worker that had it before has noted the day.
    if held.is_empty() || !store.upkeep_is_due(now)? {
        return Ok(done);
    }
    let clock = Clock::look(store.as_ref(), place, now, settings.keep_days)?;
    let mut keep = kept(settings, now);
    if !clock.is_steady() && keep.since.is_some() {
        let aged = store.would_purge(&Retention { since: keep.since.take(), ..Retention::default() })?;
        done.waits = (aged.stories > 0).then_some((aged, clock.since));
    }
    done.purged = store.purge(&keep)?;
    store.note_upkeep(now)?;
    drop(held);
    drop(claims);
    if store.is_fragmented(settings.compact_ratio)? {
        // The pass is stored all the same: a disk without room for a second copy is reported and is no failure.
        done.compacted = Some(match store.compact() {
            Err(error) if error.is_final() => return Err(error),
            other => other,
        });
    }
    Ok(done)
}
