//! `samestory compact`: the store written anew without what is no longer used; and what upkeep says of itself.

use super::context::Context;
use super::report::{Exit, Report};
use crate::pipeline::upkeep::Upkeep;

fn said((before, after): (u64, u64)) -> String {
    format!("compacted: {:.1} MB on disk became {:.1} MB", before as f64 / 1e6, after as f64 / 1e6)
}

/// What was done for the store, a line each.
pub(super) fn upkeep_lines(upkeep: &Upkeep) -> Vec<String> {
    let purged = upkeep.purged;
    let mut lines = Vec::new();
    if purged.documents > 0 {
        lines.push(format!(
            "purged {} stories with {} documents, which the configuration does not keep",
            purged.stories, purged.documents
        ));
    }
    if let Some((waits, since)) = &upkeep.waits {
        lines.push(format!(
            "not purged yet: {} stories with {} documents, older than `store.keep_days` by a clock that has been steady \
             only since {}; they go once it has been so for two days (is the clock right?)",
            waits.stories,
            waits.documents,
            since.strftime("%Y-%m-%d %H:%M UTC")
        ));
    }
    match &upkeep.compacted {
        Some(Ok(sizes)) => lines.push(said(*sizes)),
        Some(Err(error)) => lines.push(format!("not compacted, and tried again tomorrow: {error}")),
        None => {}
    }
    lines
}

/// Compacts the store.
pub fn run(context: &Context) -> Result<Exit, Report> {
    if context.reader_if_any()?.is_none() {
        return Err(context.place.missing().into());
    }
    context.say(&said(context.store_after_a_pass()?.compact()?));
    Ok(Exit::Done)
}
