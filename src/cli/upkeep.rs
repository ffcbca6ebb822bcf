//! What a pass does for the store once a day: what is not kept any more goes, and space comes back.

use super::compact::compacted;
use super::context::Context;
use super::report::Report;
use crate::store::{Purged, Retention, SledStore, Store};
use jiff::{SignedDuration, Timestamp};

/// What the configuration keeps, as of now.
fn kept(context: &Context) -> Retention {
    let settings = &context.settings.store;
    let some = |limit: u64| (limit > 0).then_some(limit);
    let age = SignedDuration::from_hours(24 * i64::from(settings.keep_days));
    Retention {
        since: (settings.keep_days > 0).then(|| context.now().checked_sub(age).unwrap_or(Timestamp::MIN)),
        documents: some(settings.keep_documents),
        bytes: some(settings.keep_bytes),
    }
}

/// Purges and compacts where a day has gone by; says what it did.
pub fn upkeep(context: &Context, store: SledStore, tell: &dyn Fn(&str)) -> Result<(), Report> {
    let now = context.now();
    if !store.upkeep_is_due(now)? {
        return Ok(());
    }
    let Purged { stories, documents } = store.purge(&kept(context))?;
    if documents > 0 {
        tell(&format!("purged {stories} stories with {documents} documents, which the configuration does not keep"));
    }
    store.note_upkeep(now)?;
    if store.is_swollen(context.settings.store.compact_ratio)? {
        // The pass is stored all the same: a disk without room for a second copy is told, not failed for.
        if let Err(error) = compacted(store, tell) {
            if error.is_final() {
                return Err(error);
            }
            tell(&format!("not compacted, and tried again tomorrow: {}", error.line()));
        }
    }
    Ok(())
}
