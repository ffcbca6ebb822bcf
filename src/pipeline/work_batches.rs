//! Hands out due sources in batches that leave some for other workers, and stores what they said.
//!
//! Where a store has one writer that is all of them at once.

use super::PipelineError;
use super::answers::Polled;
use super::context::{Pass, Summary};
use super::due::{Due, Looked};
use super::leases::{Held, Leases};
use super::pauses::Pauses;
use jiff::Timestamp;
use samestory_model::{Source, SourceId};
use samestory_store::Work;
use std::collections::{BTreeMap, BTreeSet};

/// Sources that are claimed at a time.
const PORTION: usize = 32;

/// The sources of a pass that are not asked yet, and those that are.
pub(super) struct WorkBatches<'p> {
    pass: &'p Pass<'p>,
    claims: &'p Leases<'p>,
    pauses: &'p Pauses,
    /// What a look at every source gave, where no other worker can have changed it since.
    looked: Option<Looked>,
    /// Sources that are to be claimed yet, each with its twins.
    left: BTreeMap<String, BTreeSet<SourceId>>,
    /// In which order.
    order: Vec<String>,
    /// When each had been asked before this pass.
    before: BTreeMap<SourceId, Option<Timestamp>>,
    held: Held<'p>,
}

impl<'p> WorkBatches<'p> {
    /// Looks at every source.
    pub(super) fn of(pass: &'p Pass<'p>, claims: &'p Leases<'p>, pauses: &'p Pauses) -> Result<Self, PipelineError> {
        let looked = pass.look(&pass.sources.iter().collect::<Vec<_>>())?;
        let held = claims.take(Work::Source, &[], 0)?;
        let before = looked.due.iter().map(|due| (due.source.name.clone(), due.state.last_checked)).collect();
        let groups = looked.due.iter().map(|due| {
            let twins = due.twins.iter().map(|twin| twin.0.clone());
            (due.source.name.0.clone(), twins.chain([due.source.name.clone()]).collect::<BTreeSet<_>>())
        });
        let alone = looked.states.iter().map(|state| (state.0.0.clone(), BTreeSet::from([state.0.clone()])));
        let mut left: BTreeMap<String, BTreeSet<SourceId>> = BTreeMap::new();
        let mut order = Vec::new();
        for (name, group) in groups.chain(alone) {
            order.push(name.clone());
            left.insert(name, group);
        }
        Ok(Self { pass, claims, pauses, looked: Some(looked), left, order, before, held })
    }

    /// How many sources there are to ask.
    pub(super) fn total(&self) -> usize {
        self.looked.as_ref().map_or(0, |looked| looked.due.len())
    }

    /// Whether few enough are being asked to take up more.
    pub(super) fn have_room(&self) -> bool {
        !self.claims.are_shared() || self.held.names().len() < PORTION / 2
    }

    /// Sources to be asked next; none where nothing is left, or the rest is others' work.
    pub(super) fn next(&mut self, summary: &mut Summary) -> Result<Vec<Due>, PipelineError> {
        if !self.claims.are_shared() {
            let looked = self.looked.take().unwrap_or_default();
            return self.settled(looked, summary);
        }
        while !self.left.is_empty() {
            let claimed = self.claims.take(Work::Source, &self.order, PORTION)?;
            if claimed.is_empty() {
                return Ok(Vec::new());
            }
            self.order.retain(|name| !claimed.names().contains(name));
            let groups = claimed.names().iter().filter_map(|name| self.left.remove(name));
            let wanted: BTreeSet<SourceId> = groups.flatten().collect();
            let sources: Vec<&Source> =
                self.pass.sources.iter().filter(|source| wanted.contains(&source.name)).collect();
            self.held.join(claimed);
            let looked = self.pass.look(&sources)?;
            let mut due = self.settled(looked, summary)?;
            // With `force` each source is asked once, by whichever worker.
            due.retain(|due| !self.pass.force || self.before.get(&due.source.name) == Some(&due.state.last_checked));
            let asked = |name: &String| due.iter().any(|due| due.source.name.0 == *name);
            let idle: Vec<String> = wanted.iter().map(|name| name.0.clone()).filter(|name| !asked(name)).collect();
            let idle: Vec<String> = self.held.names().iter().filter(|name| idle.contains(name)).cloned().collect();
            self.held.release(&idle)?;
            if !due.is_empty() {
                return Ok(due);
            }
        }
        Ok(Vec::new())
    }

    /// Stores what a look decided, and keeps the sources that are to be asked.
    fn settled(&mut self, looked: Looked, summary: &mut Summary) -> Result<Vec<Due>, PipelineError> {
        summary.held += looked.held;
        self.pass.keep_states(looked.states)?;
        Ok(looked.due)
    }

    /// Stores what sources said.
    pub(super) fn heard(&mut self, polled: Vec<Polled>, summary: &mut Summary) -> Result<(), PipelineError> {
        self.claims.stand()?;
        let names: Vec<String> = polled.iter().map(|one| one.due.source.name.0.clone()).collect();
        self.pass.recorder().settle(polled, self.pauses, summary)?;
        Ok(self.held.release(&names)?)
    }
}
