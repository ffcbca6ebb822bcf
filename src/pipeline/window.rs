//! Brings the active window back from the store: the documents of the last `cluster.window_days`.

use super::PipelineError;
use crate::cluster::Placer;
use crate::config::Settings;
use crate::model::ReaderWord;
use crate::store::Store;
use jiff::{SignedDuration, Timestamp};

/// When the window begins: `cluster.window_days` ago, or at `earliest` where that is longer ago.
pub(super) fn since(settings: &Settings, now: Timestamp, earliest: Option<Timestamp>) -> Timestamp {
    let span = SignedDuration::from_hours(24 * i64::from(settings.cluster.window_days));
    let since = now.checked_sub(span).unwrap_or(Timestamp::MIN);
    earliest.map_or(since, |earliest| earliest.min(since))
}

/// A placer over the window, its documents placed as they are stored, under the reader's words.
pub(super) fn placer(
    store: &dyn Store,
    settings: &Settings,
    words: Vec<ReaderWord>,
    now: Timestamp,
    earliest: Option<Timestamp>,
) -> Result<Placer, PipelineError> {
    let mut placer = Placer::new(&settings.cluster, words);
    for (document, features, placement) in store.window(since(settings, now, earliest))? {
        placer.restore(&document, features, &placement);
    }
    Ok(placer)
}
