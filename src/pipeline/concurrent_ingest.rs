//! Places documents while other workers share the store: follows what they placed, decides under the placement lock,
//! and begins anew after a conflict.
//!
//! Texts are understood before, by all workers at the same time; only placing is serial. What was decided and could
//! not be stored is forgotten with the placer that decided it.

use super::window::{Floor, placer};
use super::{Ingest, PipelineError};
use jiff::Timestamp;
use samestory_model::{Document, DocumentId, Features, Placement};
use samestory_store::{Commit, PlacementsSince, Store, StoreError, Workers};
use std::collections::BTreeMap;
use std::time::Duration;

/// How often something is decided before it is given up, where each try ends in a conflict.
const TRIES: u32 = 5;
/// Wait before the second try; doubled for each further one.
const WAIT: Duration = Duration::from_millis(50);

/// The placement lock: no other worker places while this lives, or until the next commit.
struct Placing<'f>(&'f dyn Workers);

impl Drop for Placing<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.0.unlock_placement() {
            tracing::warn!("others may wait until the server notices: {error}");
        }
    }
}

fn is_overtaken(error: &PipelineError) -> bool {
    matches!(error, PipelineError::Store(StoreError::Conflict { .. }))
}

/// Whether it is worth another try, after a wait.
fn tries_again(error: &PipelineError, tries: &mut u32) -> bool {
    let again = is_overtaken(error) && *tries + 1 < TRIES;
    if again {
        tracing::info!("{error}; deciding again");
        std::thread::sleep(WAIT * 2_u32.pow(*tries));
        *tries += 1;
    }
    again
}

/// Reads, decides and commits under the placement lock; again from the beginning after a conflict.
pub(super) fn exclusively<T>(
    store: &dyn Store,
    mut decide: impl FnMut() -> Result<T, PipelineError>,
) -> Result<T, PipelineError> {
    let Some(fleet) = store.fleet() else { return decide() };
    let mut alone = || {
        fleet.lock_placement(fleet.sequence()?)?;
        let _placing = Placing(fleet);
        decide()
    };
    let mut tries = 0;
    loop {
        match alone() {
            Err(error) if tries_again(&error, &mut tries) => {}
            done => return done,
        }
    }
}

/// How far a window follows what others placed.
pub(super) struct Following<'a> {
    fleet: &'a dyn Workers,
    /// The last commit that is in the window.
    seen: u64,
    /// What the own last commit placed: it comes back with the next look, and is known already.
    own: BTreeMap<DocumentId, Placement>,
    /// What the window took in; `None` where it was not read yet.
    floor: Option<Floor>,
}

impl<'a> Following<'a> {
    /// A window that is read once it is needed.
    pub(super) fn unread(fleet: &'a dyn Workers) -> Self {
        Self { fleet, seen: 0, own: BTreeMap::new(), floor: None }
    }
}

impl Ingest<'_> {
    /// Places and stores what is understood, less what is stored by now.
    pub(super) fn add_beside(
        &mut self,
        mut understood: Vec<(Document, Features)>,
        commit: &Commit,
        now: Timestamp,
    ) -> Result<(), PipelineError> {
        // Looked up before the placement lock is taken; what comes in between is followed into the window.
        let mut stored = Vec::new();
        for (document, _) in &understood {
            stored.push(self.store.placement(document.id)?.is_some());
        }
        let mut stored = stored.into_iter();
        understood.retain(|_| stored.next() != Some(true));
        if understood.is_empty() {
            return Ok(self.store.commit(commit)?);
        }
        self.beside(|ingest| {
            let (mut commit, mut placements) = (commit.clone(), BTreeMap::new());
            for (document, features) in &understood {
                if ingest.placer.window().slot_of(document.id).is_none() {
                    ingest.take(document.clone(), features.clone(), &mut commit, &mut placements, now);
                }
            }
            commit.placements.extend(placements.into_values());
            Ok(commit)
        })
    }

    /// Decides and commits under the placement lock, in a window that holds what other workers placed.
    pub(super) fn beside(
        &mut self,
        mut decide: impl FnMut(&mut Self) -> Result<Commit, PipelineError>,
    ) -> Result<(), PipelineError> {
        let (before, mut tries) = (self.counts.clone(), 0);
        loop {
            let unread = self.following.as_ref().is_some_and(|following| following.floor.is_none());
            let read = if unread { self.read_window() } else { Ok(()) };
            let done = read.and_then(|()| self.decide_beside(&mut decide));
            let Err(error) = done else { return Ok(()) };
            self.counts = before.clone();
            if !tries_again(&error, &mut tries) {
                self.given_up = true;
                return Err(error);
            }
            if let Some(following) = &mut self.following {
                following.floor = None;
            }
        }
    }

    fn decide_beside(
        &mut self,
        decide: &mut impl FnMut(&mut Self) -> Result<Commit, PipelineError>,
    ) -> Result<(), PipelineError> {
        let Some(Following { fleet, seen, .. }) = self.following else { return Ok(()) };
        let beside = fleet.lock_placement(seen)?;
        let _placing = Placing(fleet);
        self.follow(beside)?;
        let commit = decide(self)?;
        let commit = self.store_decided(commit)?;
        if let Some(following) = &mut self.following {
            following.own = commit.placements.into_iter().map(|placement| (placement.document, placement)).collect();
        }
        Ok(())
    }

    /// Takes over what others placed and said.
    fn follow(&mut self, beside: PlacementsSince) -> Result<(), PipelineError> {
        let Some(following) = &mut self.following else { return Ok(()) };
        if beside.anew {
            let what = "documents were removed from the store meanwhile".to_owned();
            return Err(StoreError::Conflict { what }.into());
        }
        self.placer.heed(self.store.words()?);
        let own = std::mem::take(&mut following.own);
        let news = beside.placements.into_iter().filter(|placement| own.get(&placement.document) != Some(placement));
        let news: Vec<Placement> = news.collect();
        let ids: Vec<DocumentId> = news.iter().map(|placement| placement.document).collect();
        let mut placements: BTreeMap<DocumentId, Placement> =
            news.into_iter().map(|placement| (placement.document, placement)).collect();
        let (placer, floor) = (&mut self.placer, following.floor);
        let (known, counts) = (&mut self.known_stories, &self.counts);
        self.store.recall(&ids, &mut |document, features| {
            let Some(placement) = placements.remove(&document.id) else { return };
            if placer.window().slot_of(document.id).is_some() || floor.is_some_and(|floor| floor.is_above(&document)) {
                placer.follow(&document, features, &placement);
                if !counts.new_stories.contains(&placement.story) {
                    known.insert(placement.story);
                }
            }
        })?;
        following.seen = beside.sequence;
        // A story of ours that another worker has merged into another one is reported by that worker.
        let window = self.placer.window();
        self.counts.new_stories.retain(|story| !window.story(*story).is_empty());
        self.counts.grown_stories.retain(|story| !window.story(*story).is_empty());
        Ok(())
    }

    /// Reads the window; what was decided and not stored is forgotten.
    fn read_window(&mut self) -> Result<(), PipelineError> {
        let Some(Following { fleet, .. }) = self.following else { return Ok(()) };
        // Read the sequence first: a commit in between is applied twice (harmless), never missed.
        let seen = fleet.sequence()?;
        let (placer, failure, floor) = placer(self.store, &self.settings, self.store.words()?, self.now, None)?;
        let stories = (0..placer.window().len()).map(|place| placer.window().member(place).story);
        self.known_stories = stories.filter(|story| !self.counts.new_stories.contains(story)).collect();
        self.following = Some(Following { fleet, seen, own: BTreeMap::new(), floor: Some(floor) });
        (self.placer, self.failure) = (placer, failure);
        Ok(())
    }
}
