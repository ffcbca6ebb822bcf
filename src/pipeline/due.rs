//! Decides which sources a pass asks: those that are due, on hosts that are not paused, each address once.
//!
//! Two sources at one address (http and https, with and without a slash) are twins: the one that is
//! named first is asked, the other shares its plan. What keeps a source from being asked is written
//! into its state, so that `sources list` says why.

use super::PipelineError;
use super::context::Pass;
use super::pauses::host_of;
use crate::schedule;
use samestory_model::{Source, SourceId, SourceState};
use samestory_store::Commit;
use url::Url;

/// A source that is to be asked now.
#[derive(Debug, Clone)]
pub(super) struct Due {
    pub(super) source: Source,
    pub(super) state: SourceState,
    /// Sources at the same address, which are not asked.
    pub(super) twins: Vec<(SourceId, SourceState)>,
    /// Sitemaps that its last body named, where that was an index.
    pub(super) children: Vec<Url>,
}

/// Item id under which the n-th child sitemap of a source is stored; no feed can give an item this id.
pub(super) fn child_id(place: usize) -> String {
    format!("\u{1}sitemap {place}")
}

impl Due {
    /// The address that is asked.
    pub(super) fn address(&self) -> &Url {
        asked(&self.source, &self.state)
    }
}

pub(super) fn asked<'a>(source: &'a Source, state: &'a SourceState) -> &'a Url {
    state.moved_to.as_ref().unwrap_or(&source.url)
}

/// By what two sources are the same: address without scheme, slash and fragment, and how it is read.
pub(super) fn identity(source: &Source, state: &SourceState) -> String {
    let url = asked(source, state);
    let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let read = format!("{:?} {:?} {:?}", source.kind, source.link_pattern, source.link_selector);
    format!("{host}{port}{}{query} {read}", url.path().trim_end_matches('/'))
}

/// Whether two sources are at one address and read alike, so that a pass asks for both once.
pub fn are_twins(one: (&Source, &SourceState), other: (&Source, &SourceState)) -> bool {
    one.0.kind.is_polled() && other.0.kind.is_polled() && identity(one.0, one.1) == identity(other.0, other.1)
}

/// What a look at sources gave.
#[derive(Debug, Default)]
pub(super) struct Looked {
    /// The sources to poll now.
    pub(super) due: Vec<Due>,
    /// States that change by being looked at.
    pub(super) states: Vec<(SourceId, SourceState)>,
    /// How many are skipped because their host is paused.
    pub(super) held: usize,
}

impl Pass<'_> {
    /// Which of these sources to poll now; skips those whose host is paused or whose address another source polls.
    pub(super) fn look(&self, sources: &[&Source]) -> Result<Looked, PipelineError> {
        let mut looked = Looked::default();
        let mut met: Vec<(String, Option<usize>)> = Vec::new();
        for source in sources.iter().copied().filter(|source| source.kind.is_polled()) {
            let state = schedule::known(&self.store.state(&source.name)?, source);
            if !source.enabled {
                // A source that was switched off and on again is to be asked, whatever it had answered.
                if state.gone {
                    looked.states.push((source.name.clone(), schedule::revived(&state)));
                }
                continue;
            }
            if state.gone {
                continue;
            }
            let identity = identity(source, &state);
            if let Some((_, place)) = met.iter().find(|(known, _)| *known == identity) {
                if let Some(first) = place.and_then(|place| looked.due.get_mut(place)) {
                    first.twins.push((source.name.clone(), state));
                }
                continue;
            }
            let host = host_of(asked(source, &state));
            let paused = self.store.host(&host)?.paused_until;
            let paused = paused.filter(|_| !self.force && self.is_early(paused));
            let wanted = self.force || schedule::due(source, &state, &self.settings.fetch, self.now);
            met.push((identity, (wanted && paused.is_none()).then_some(looked.due.len())));
            match paused {
                _ if !wanted => {}
                Some(until) => {
                    looked.held += 1;
                    looked.states.push((source.name.clone(), schedule::held(&state, until)));
                }
                None => {
                    let children = self.children_of(&source.name)?;
                    looked.due.push(Due { source: source.clone(), state, twins: Vec::new(), children });
                }
            }
        }
        Ok(looked)
    }

    /// Stores states that changed by being looked at.
    pub(super) fn keep_states(&self, states: Vec<(SourceId, SourceState)>) -> Result<(), PipelineError> {
        if !states.is_empty() {
            self.store.commit(&Commit { states, ..Commit::default() })?;
        }
        Ok(())
    }

    /// Sitemaps that a source's last body named.
    fn children_of(&self, source: &SourceId) -> Result<Vec<Url>, PipelineError> {
        let mut children = Vec::new();
        while let Some(child) = self.store.item(source, &child_id(children.len()))?.and_then(|record| record.url) {
            children.push(child);
        }
        Ok(children)
    }
}
