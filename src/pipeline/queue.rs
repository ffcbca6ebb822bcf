//! Chooses the pages of this pass among what waits: newest first, each page once, a share a host.
//!
//! Items that wait for one page are one wish. An item whose page another feed has brought by now gets
//! that document; one whose source is not followed any more is dropped.

use super::PipelineError;
use super::context::Pass;
use super::pauses::host_of;
use super::record_polls::carried;
use crate::schedule;
use jiff::{SignedDuration, Timestamp};
use samestory_model::{DocumentId, canonical_key};
use samestory_store::{Commit, ItemRecord, PageRecord, Waiting, waiting_key};
use std::collections::{BTreeMap, BTreeSet};
use url::Url;

/// A page that is wanted, and every item that waits for it.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// The newest item; its headline and time count.
    pub(super) first: Waiting,
    /// Further items with the same page.
    pub(super) others: Vec<Waiting>,
    pub(super) url: Url,
    pub(super) host: String,
    /// What is known of the page, where a document was made of it before.
    pub(super) known: Option<PageRecord>,
}

impl Wanted {
    pub(super) fn items(&self) -> impl Iterator<Item = &Waiting> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// How often the page was asked for in vain.
    pub(super) fn tries(&self) -> u32 {
        self.items().map(|waiting| waiting.tries).max().unwrap_or(0)
    }

    /// Lets every item wait on.
    pub(super) fn wait(self, tries: u32, not_before: Option<Timestamp>, commit: &mut Commit) {
        for waiting in std::iter::once(self.first).chain(self.others) {
            commit.queue.insert(waits_as(&waiting), Some(Waiting { tries, not_before, ..waiting }));
        }
    }
}

/// Hosts and pages that were chosen in a pass.
#[derive(Debug, Default)]
pub(super) struct Visited {
    pub(super) shares: BTreeMap<String, usize>,
    pub(super) pages: BTreeSet<String>,
    /// Hosts that are being asked for pages: further ones are chosen when they are done.
    pub(super) busy: BTreeSet<String>,
    /// Hosts of a page that took too long to read: their other pages wait for the next pass.
    pub(super) distrusted: BTreeSet<String>,
}

impl Visited {
    /// Takes up a page that was not chosen yet, where its host has something left of its share.
    pub(super) fn takes(&mut self, host: &str, page: &str, most: usize) -> bool {
        if self.busy.contains(host) {
            return false;
        }
        let share = self.shares.entry(host.to_owned()).or_default();
        let takes = *share < most && self.pages.insert(page.to_owned());
        *share += usize::from(takes);
        takes
    }

    /// Hosts of which pages were chosen.
    pub(super) fn hosts(&self) -> BTreeSet<String> {
        self.shares.iter().filter(|(_, pages)| **pages > 0).map(|(host, _)| host.clone()).collect()
    }
}

/// After how long every worker of a store has heard of a source.
const KNOWN_TO_ALL: SignedDuration = SignedDuration::from_hours(24);

/// The host of the page that an item waits for; empty where it has none.
fn page_host(waiting: &Waiting) -> String {
    waiting.item.url.as_ref().map(host_of).unwrap_or_default()
}

pub(super) fn waits_as(waiting: &Waiting) -> String {
    waiting_key(&waiting.source, &waiting.item.id)
}

impl Pass<'_> {
    /// The hosts of what waits for a page and may be asked for now, in the order in which it waits.
    pub(super) fn hosts_wanted(&self) -> Result<Vec<String>, PipelineError> {
        let mut met = BTreeSet::new();
        let early = |waiting: &Waiting| self.is_early(waiting.not_before);
        let waiting = self.store.waiting()?.into_iter().filter(|one| !self.needs_no_page(one) && !early(one));
        Ok(waiting.map(|waiting| page_host(&waiting)).filter(|host| met.insert(host.clone())).collect())
    }

    /// Whether something is to be left alone until a time that has not come yet. One that is further ahead than
    /// anything is ever put off was noted by a clock that stood wrong.
    pub(super) fn is_early(&self, until: Option<Timestamp>) -> bool {
        until.is_some_and(|until| schedule::holds(until, None, &self.settings.fetch, self.now))
    }

    fn needs_no_page(&self, waiting: &Waiting) -> bool {
        self.source(&waiting.source).is_some_and(|source| carried(source, &waiting.item).is_some())
    }

    /// The pages to fetch now at these hosts, or at every one, beside those that were chosen in this pass before;
    /// an item that needs none any more is taken out of the queue.
    pub(super) fn wanted(&self, hosts: Option<&[String]>, visited: &mut Visited) -> Result<Vec<Wanted>, PipelineError> {
        let mut wishes: Vec<Wanted> = Vec::new();
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        let mut commit = Commit::default();
        for waiting in self.store.waiting()? {
            if self.needs_no_page(&waiting) || hosts.is_some_and(|hosts| !hosts.contains(&page_host(&waiting))) {
                continue;
            }
            let (Some(source), Some(url)) = (self.source(&waiting.source), waiting.item.url.clone()) else {
                self.drop_unfollowed(&waiting, hosts.is_some(), &mut commit)?;
                continue;
            };
            let key = canonical_key(&url);
            let brought = self.store.document_at(&key)?;
            let known = self.store.item(&waiting.source, &waiting.item.id)?.and_then(|record| record.document);
            if let (None, Some(document)) = (known, brought) {
                self.complete(&waiting, Some(document), &mut commit)?;
            } else if let (true, Some(place)) = (source.enabled, places.get(&key)) {
                wishes[*place].others.push(waiting);
            } else if source.enabled {
                let known = if brought.is_some() { self.store.page(&key)? } else { None };
                places.insert(key, wishes.len());
                wishes.push(Wanted { first: waiting, others: Vec::new(), host: host_of(&url), url, known });
            }
        }
        if !commit.is_empty() {
            self.store.commit(&commit)?;
        }
        let mut chosen = Vec::new();
        for wish in wishes {
            let early = wish.items().any(|waiting| self.is_early(waiting.not_before));
            let paused = self.is_early(self.store.host(&wish.host)?.paused_until);
            if !early
                && !paused
                && visited.takes(&wish.host, &canonical_key(&wish.url), self.settings.fetch.pages_per_host)
            {
                chosen.push(wish);
            }
        }
        Ok(chosen)
    }

    /// Takes an item out of the queue with the document that it got, if any.
    pub(super) fn complete(
        &self,
        waiting: &Waiting,
        document: Option<DocumentId>,
        commit: &mut Commit,
    ) -> Result<(), PipelineError> {
        commit.queue.insert(waits_as(waiting), None);
        let known = self.store.item(&waiting.source, &waiting.item.id)?;
        let fresh = || ItemRecord { url: waiting.item.url.clone(), document: None, content: 0, seen: self.now };
        let mut record = known.unwrap_or_else(fresh);
        record.document = document.or(record.document);
        commit.items.push((waiting.source.clone(), waiting.item.id.clone(), record));
        Ok(())
    }

    /// Drops an item; it counts as changed, should its source be followed again. Where workers share a store, another
    /// one may have read its configuration later: what came of late is left alone.
    fn drop_unfollowed(&self, waiting: &Waiting, shared: bool, commit: &mut Commit) -> Result<(), PipelineError> {
        let record = self.store.item(&waiting.source, &waiting.item.id)?;
        let late = |record: &ItemRecord| self.now.duration_since(record.seen).abs() < KNOWN_TO_ALL;
        if shared && record.as_ref().is_some_and(late) {
            return Ok(());
        }
        commit.queue.insert(waits_as(waiting), None);
        if let Some(record) = record {
            let record = ItemRecord { content: 0, ..record };
            commit.items.push((waiting.source.clone(), waiting.item.id.clone(), record));
        }
        Ok(())
    }
}
