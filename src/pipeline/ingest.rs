//! Documents in, placements stored: understands a batch on all cores, places it one by one, commits.

use super::{PipelineError, Progress, Stop, filter};
use crate::cluster::Placer;
use crate::config::{Filter, Settings};
use crate::model::{Document, DocumentId, Features, Placement, StoryId};
use crate::store::{Commit, Store};
use crate::understand::{UnderstandError, Understanding};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// Documents that are understood between two looks at whether it is to end.
const PART: usize = 16;
/// What may be left to understand when it is to end; a daemon has five seconds in all.
const LONGEST_END: Duration = Duration::from_secs(3);

/// What the model made of one document.
type Understood = Result<Features, UnderstandError>;

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
    placer: Placer,
    known_stories: BTreeSet<StoryId>,
    counts: Counts,
    stop: Stop,
    filter: Filter,
    /// Documents that the filter kept out; nothing that is stored may name them.
    kept_out: BTreeSet<DocumentId>,
}

impl<'a> Ingest<'a> {
    /// Takes up the work where the store left it: the active window comes back into memory.
    pub fn new(
        store: &'a dyn Store,
        understanding: &'a Understanding,
        settings: &Settings,
        now: Timestamp,
    ) -> Result<Self, PipelineError> {
        let placer = super::window::placer(store, settings, store.words()?, now, None)?;
        let window = placer.window();
        let known_stories = (0..window.len()).map(|place| window.member(place).story).collect();
        let (counts, stop, filter) = (Counts::default(), Stop::never(), settings.filter.clone());
        let kept_out = BTreeSet::new();
        Ok(Self { store, understanding, placer, known_stories, counts, stop, filter, kept_out })
    }

    /// Hears that it is to end; what then cannot be understood in a few seconds is left to the next pass.
    #[must_use]
    pub fn heeding(self, stop: &Stop) -> Self {
        Self { stop: stop.clone(), ..self }
    }

    /// Understands documents; `None` where it was asked to end and too much was left.
    fn understand(&self, documents: &[Document], progress: &dyn Progress) -> Option<Vec<Understood>> {
        let begun = Instant::now();
        let mut features = Vec::with_capacity(documents.len());
        for part in documents.chunks(PART) {
            if self.stop.is_asked() && !features.is_empty() {
                let left = (documents.len() - features.len()) as u32;
                if begun.elapsed() / features.len() as u32 * left > LONGEST_END {
                    return None;
                }
            }
            features.extend(self.understanding.all(part, &|| progress.advance()));
        }
        Some(features)
    }

    /// Understands, places and stores documents in their order, together with the rest of `commit`.
    pub fn add(
        &mut self,
        documents: Vec<Document>,
        mut commit: Commit,
        now: Timestamp,
        progress: &dyn Progress,
    ) -> Result<(), PipelineError> {
        let Some(features) = self.understand(&documents, progress) else { return Ok(()) };
        let mut placements: BTreeMap<DocumentId, Placement> = BTreeMap::new();
        for (mut document, features) in documents.into_iter().zip(features) {
            let features = features?;
            document.lang = features.lang;
            if !filter::wants(&self.filter, &document) {
                self.kept_out.insert(document.id);
                self.counts.kept_out += 1;
                continue;
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
        commit.placements.extend(placements.into_values());
        for (_, _, record) in &mut commit.items {
            record.document = record.document.filter(|document| !self.kept_out.contains(document));
        }
        commit.addresses.retain(|(_, document)| !self.kept_out.contains(document));
        self.store.commit(&commit)?;
        Ok(())
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
        self.store.commit(&commit)?;
        Ok(())
    }

    /// What was done so far.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// The placer with its window.
    pub fn placer(&self) -> &Placer {
        &self.placer
    }
}
