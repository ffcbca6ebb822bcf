//! Documents in, placements stored: understands a batch on all cores while what is understood is placed one
//! by one, and commits.

use super::window::Failure;
use super::{PipelineError, Progress, Stop, filter};
use crate::cluster::Placer;
use crate::config::{Filter, Settings};
use crate::model::{Document, DocumentId, Features, Placement, StoryId};
use crate::store::{Commit, Store};
use crate::understand::Understanding;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// What may be left to understand when it is to end; a daemon has five seconds in all.
const LONGEST_END: Duration = Duration::from_secs(3);

/// What an ingestion did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Documents that were stored.
    pub documents: usize,
    /// Documents that a filter kept out.
    pub kept_out: usize,
    /// Stories that came up.
    pub new_stories: BTreeSet<StoryId>,
    /// Stories that were there and got a document.
    pub grown_stories: BTreeSet<StoryId>,
    /// Documents of languages that the model does not know, by tag.
    pub unknown_languages: BTreeMap<String, usize>,
}

/// The common half of every pass.
pub struct Ingest<'a> {
    store: &'a dyn Store,
    understanding: &'a Understanding,
    placer: Placer<'a>,
    failure: Failure,
    known_stories: BTreeSet<StoryId>,
    counts: Counts,
    stop: Stop,
    filter: Filter,
    /// Documents that the filter kept out; nothing that is stored may name them.
    kept_out: BTreeSet<DocumentId>,
    /// A batch was given up or failed half placed: what the placer holds is not what is stored.
    given_up: bool,
}

impl<'a> Ingest<'a> {
    /// Takes up the work where the store left it: the active window comes back into memory.
    pub fn new(
        store: &'a dyn Store,
        understanding: &'a Understanding,
        settings: &Settings,
        now: Timestamp,
    ) -> Result<Self, PipelineError> {
        let (placer, failure) = super::window::placer(store, settings, store.words()?, now, None)?;
        let window = placer.window();
        let known_stories = (0..window.len()).map(|place| window.member(place).story).collect();
        let (counts, stop, filter) = (Counts::default(), Stop::never(), settings.filter.clone());
        let kept_out = BTreeSet::new();
        let given_up = false;
        Ok(Self { store, understanding, placer, failure, known_stories, counts, stop, filter, kept_out, given_up })
    }

    /// Hears that it is to end; what then cannot be understood in a few seconds is left to the next pass.
    #[must_use]
    pub fn heeding(self, stop: &Stop) -> Self {
        Self { stop: stop.clone(), ..self }
    }

    /// Understands, places and stores documents in their order, together with the rest of `commit`.
    pub fn add(
        &mut self,
        documents: Vec<Document>,
        mut commit: Commit,
        now: Timestamp,
        progress: &dyn Progress,
    ) -> Result<(), PipelineError> {
        if self.given_up {
            return Ok(());
        }
        let (begun, count, before) = (Instant::now(), documents.len(), self.counts.clone());
        let mut failed = None;
        let mut placements: BTreeMap<DocumentId, Placement> = BTreeMap::new();
        let mut done = 0;
        let understanding = self.understanding;
        understanding.in_order(&documents, |features| {
            if self.stop.is_asked() && done > 0 && begun.elapsed() / done as u32 * (count - done) as u32 > LONGEST_END {
                self.given_up = true;
                return false;
            }
            match features {
                Ok(features) => self.take(&documents[done], features, &mut commit, &mut placements, now),
                Err(error) => failed = Some(error),
            }
            progress.advance();
            done += 1;
            failed.is_none()
        });
        if self.given_up || failed.is_some() {
            (self.counts, self.given_up) = (before, true);
            return failed.map_or(Ok(()), |error| Err(error.into()));
        }
        commit.placements.extend(placements.into_values());
        for (_, _, record) in &mut commit.items {
            record.document = record.document.filter(|document| !self.kept_out.contains(document));
        }
        commit.addresses.retain(|(_, document)| !self.kept_out.contains(document));
        self.keep(&commit)
    }

    /// Places a document that is understood.
    fn take(
        &mut self,
        document: &Document,
        features: Features,
        commit: &mut Commit,
        placements: &mut BTreeMap<DocumentId, Placement>,
        now: Timestamp,
    ) {
        let document = Document { lang: features.lang, ..document.clone() };
        if !filter::wants(&self.filter, &document) {
            self.kept_out.insert(document.id);
            self.counts.kept_out += 1;
            return;
        }
        if !features.known_language {
            let tag = features.lang.map_or_else(|| "und".to_owned(), |lang| lang.to_string());
            *self.counts.unknown_languages.entry(tag).or_default() += 1;
        }
        let placed = self.placer.place(&document, features.clone(), now);
        let story = placed.placements[0].story;
        if self.known_stories.contains(&story) {
            self.counts.grown_stories.insert(story);
        } else {
            self.counts.new_stories.insert(story);
        }
        for (gone, kept) in &placed.merged_stories {
            let was_new = self.counts.new_stories.remove(gone);
            self.counts.grown_stories.remove(gone);
            if !was_new || self.known_stories.contains(kept) {
                self.counts.grown_stories.insert(*kept);
            }
        }
        placements.extend(placed.placements.into_iter().map(|placement| (placement.document, placement)));
        commit.merged_stories.extend(placed.merged_stories);
        commit.merged_articles.extend(placed.merged_articles);
        commit.documents.push((document, features));
        self.counts.documents += 1;
    }

    /// Stores what was decided, unless something that is stored could not be read for it.
    fn keep(&mut self, commit: &Commit) -> Result<(), PipelineError> {
        let kept = self.failure.told().and_then(|()| Ok(self.store.commit(commit)?));
        if kept.is_ok() {
            self.placer.committed();
        } else {
            self.given_up = true;
        }
        kept
    }

    /// Takes stored documents again whose text was made better, together with the rest of `commit`: they
    /// keep their ids, and those in the window are placed anew.
    pub fn again(
        &mut self,
        mended: Vec<Document>,
        mut commit: Commit,
        now: Timestamp,
        progress: &dyn Progress,
    ) -> Result<(), PipelineError> {
        if self.given_up {
            return Ok(());
        }
        let features = self.understanding.all(&mended, &|| progress.advance());
        let mut better: Vec<(Document, Features)> = Vec::new();
        for (mut document, features) in mended.into_iter().zip(features) {
            let features = features?;
            document.lang = features.lang;
            better.push((document, features));
        }
        let placed = self.placer.renew(&better, now);
        self.known_stories.extend(placed.placements.iter().map(|placement| placement.story));
        commit.placements.extend(placed.placements);
        commit.merged_stories.extend(placed.merged_stories);
        commit.merged_articles.extend(placed.merged_articles);
        commit.mended.extend(better);
        self.keep(&commit)
    }

    /// What was done so far.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// The placer with its window.
    pub fn placer(&self) -> &Placer<'a> {
        &self.placer
    }
}
