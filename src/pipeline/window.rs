//! Brings the active window back from the store: the documents of the last `cluster.window_days`, of these the
//! latest `cluster.window_documents`.

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
    // What a word is about has to be there, however much that is; a pass keeps to its share.
    let most = if earliest.is_some() { usize::MAX } else { settings.cluster.window_documents };
    store.window(since(settings, now, earliest), most, &mut |document, features, placement| {
        placer.restore(&document, features, &placement);
    })?;
    Ok(placer)
}
