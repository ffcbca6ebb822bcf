//! Brings the active window back from the store: the documents of the last `cluster.window_days`, of these the
//! latest `cluster.window_documents`.

use super::PipelineError;
use crate::config;
use jiff::{SignedDuration, Timestamp};
use samestory_cluster::{DocumentLookup, Placer};
use samestory_model::{Document, DocumentId, Features, Placement, StoredOverride};
use samestory_store::{Store, StoreError};
use std::sync::{Arc, Mutex, PoisonError};

/// When the window begins: `cluster.window_days` ago, or at `earliest` where that is longer ago.
pub(super) fn since(settings: &config::Cluster, now: Timestamp, earliest: Option<Timestamp>) -> Timestamp {
    let span = SignedDuration::from_hours(24 * i64::from(settings.window_days));
    let since = now.checked_sub(span).unwrap_or(Timestamp::MIN);
    earliest.map_or(since, |earliest| earliest.min(since))
}

/// The store as the placer's library: remembers the first thing that went wrong.
struct Stored<'a> {
    store: &'a dyn Store,
    failure: Failure,
}

/// What went wrong while a stored document was looked up; nothing may be stored that was decided since.
#[derive(Debug, Clone, Default)]
pub(super) struct Failure(Arc<Mutex<Option<StoreError>>>);

impl Failure {
    /// The failure, once.
    pub fn check(&self) -> Result<(), PipelineError> {
        let failed = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        failed.map_or(Ok(()), |error| Err(error.into()))
    }
}

impl Stored<'_> {
    fn look_up(&self, id: DocumentId) -> Result<Option<(Document, Features, Placement)>, StoreError> {
        let (document, features) = (self.store.document(id)?, self.store.features(id)?);
        Ok(document.zip(features).zip(self.store.placement(id)?).map(|((a, b), c)| (a, b, c)))
    }
}

impl DocumentLookup for Stored<'_> {
    fn recall(&self, document: DocumentId) -> Option<(Document, Features, Placement)> {
        self.look_up(document).unwrap_or_else(|error| {
            self.failure.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
            None
        })
    }
}

/// Which documents the window took in, so that one which stayed outside is known from one that came later.
#[derive(Debug, Clone, Copy)]
pub(super) struct Floor {
    since: Timestamp,
    /// Where the window was full, what is as old as the oldest in it may have stayed outside.
    full: bool,
}

impl Floor {
    /// Whether a document that is not in the window came after it was read.
    pub(super) fn is_above(&self, document: &Document) -> bool {
        let time = document.time().max(document.seen);
        time > self.since || (time == self.since && !self.full)
    }
}

/// A placer over the window, its documents placed as they are stored, under the user overrides.
pub(super) fn placer<'a>(
    store: &'a dyn Store,
    settings: &config::Cluster,
    words: Vec<StoredOverride>,
    now: Timestamp,
    earliest: Option<Timestamp>,
) -> Result<(Placer<'a>, Failure, Floor), PipelineError> {
    let failure = Failure::default();
    let library = Stored { store, failure: failure.clone() };
    let mut placer = Placer::new(settings, words).over(Box::new(library));
    // What an override is about has to be there, however much that is; a pass keeps to its share.
    let most = if earliest.is_some() { usize::MAX } else { settings.window_documents };
    let since = since(settings, now, earliest);
    let mut oldest: Option<Timestamp> = None;
    store.window(since, most, &mut |document, features, placement| {
        oldest = oldest.into_iter().chain([document.time().max(document.seen)]).min();
        placer.restore(&document, features, &placement);
    })?;
    let full = placer.window().len() >= most;
    let floor = Floor { since: oldest.filter(|_| full).unwrap_or(since), full };
    Ok((placer, failure, floor))
}
