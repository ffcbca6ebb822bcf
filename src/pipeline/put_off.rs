//! Puts off what was being read when a process died: it counts as tried, and is asked again later.
//!
//! A source backs off like one that fails, an item waits like one whose page failed. What comes again and again is
//! given up by [`pages`](super::pages) and [`place`](super::place); what was only beside it is understood alone the
//! next time, so that it goes its way.

use super::PipelineError;
use super::context::{Pass, Summary};
use super::journal::{Journal, Open};
use super::pages::{TRIES, put_back};
use super::queue::waits_as;
use super::reading::ended;
use crate::schedule::{self, Outcome};
use samestory_model::{Freshness, PollHints, Refusal, SourceId, canonical_key};
use samestory_store::{Commit, Waiting};
use std::collections::BTreeSet;

impl Pass<'_> {
    /// Counts what was open when a process died as tried, once, before anything is asked.
    pub(super) fn put_off(
        &self,
        open: &BTreeSet<Open>,
        journal: &mut Journal,
        summary: &mut Summary,
    ) -> Result<(), PipelineError> {
        if open.is_empty() && journal.alone().is_empty() {
            return Ok(());
        }
        let (mut commit, mut alone) = (Commit::default(), BTreeSet::new());
        for source in open {
            if let Open::Source(name) = source {
                self.put_off_source(name, &mut commit, summary)?;
            }
        }
        let waiting = self.store.waiting()?;
        let known = |one: &Waiting| Open::Item(one.source.clone(), one.item.id.clone());
        let page = |one: &Waiting| one.item.url.as_ref().map(canonical_key);
        let pages: BTreeSet<String> =
            waiting.iter().filter(|one| open.contains(&known(one))).filter_map(&page).collect();
        for one in waiting {
            let item = known(&one);
            let was_open = open.contains(&item);
            if was_open {
                let address = one.item.url.as_ref().map_or_else(|| one.item.id.clone(), ToString::to_string);
                summary.lost.push(ended(&address));
            }
            let put_off = was_open || page(&one).is_some_and(|page| pages.contains(&page));
            if put_off || journal.reads_alone(&item) {
                alone.insert(item);
            }
            if put_off {
                let tries = one.tries + 1;
                // Given up in this pass.
                let not_before = if tries < TRIES { put_back(tries, None, self) } else { None };
                commit.queue.insert(waits_as(&one), Some(Waiting { tries, not_before, ..one }));
            }
        }
        journal.keep_alone(alone);
        if !commit.is_empty() {
            self.store.commit(&commit)?;
        }
        Ok(())
    }

    fn put_off_source(&self, name: &SourceId, commit: &mut Commit, summary: &mut Summary) -> Result<(), PipelineError> {
        let Some(source) = self.source(name) else { return Ok(()) };
        let state = schedule::known(&self.store.state(name)?, source);
        let failure = ended(source.url.as_str());
        summary.failures.push(failure.clone());
        let refusal = Refusal { status: None, retry_after: None, freshness: Freshness::default(), failure };
        let (outcome, hints) = (Outcome::Failed(refusal), PollHints::default());
        let next = schedule::after(&state, &outcome, &hints, source, &self.settings.fetch, self.now);
        commit.states.push((name.clone(), next));
        Ok(())
    }
}
