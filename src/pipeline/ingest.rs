//! Documents in, placements stored: understands a batch on all cores, places it one by one, commits.

use super::{PipelineError, Progress};
use crate::cluster::Placer;
use crate::config::Settings;
use crate::model::{Document, DocumentId, Features, Placement, StoryId};
use crate::store::{Commit, Store};
use crate::understand::Understanding;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// What an ingestion did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Documents that were stored.
    pub documents: usize,
    /// Stories that came up.
    pub new_stories: BTreeSet<StoryId>,
    /// Stories that were there and got a document.
    pub grown_stories: BTreeSet<StoryId>,
    /// Documents of languages that the model does not know, by tag.
    pub unknown_languages: BTreeMap<String, usize>,
}

/// Since when documents are among the possible neighbours of new ones.
fn window_start(settings: &Settings, now: Timestamp) -> Timestamp {
    let span = SignedDuration::from_hours(24 * i64::from(settings.cluster.window_days));
    now.checked_sub(span).unwrap_or(Timestamp::MIN)
}

/// The common half of every pass.
pub struct Ingest<'a> {
    store: &'a dyn Store,
    understanding: &'a Understanding,
    placer: Placer,
    known_stories: BTreeSet<StoryId>,
    counts: Counts,
}

impl<'a> Ingest<'a> {
    /// Takes up the work where the store left it: the active window comes back into memory.
    pub fn new(
        store: &'a dyn Store,
        understanding: &'a Understanding,
        settings: &Settings,
        now: Timestamp,
    ) -> Result<Self, PipelineError> {
        let mut placer = Placer::new(&settings.cluster);
        let mut known_stories = BTreeSet::new();
        for (document, features, placement) in store.window(window_start(settings, now))? {
            known_stories.insert(placement.story);
            placer.restore(&document, features, &placement);
        }
        Ok(Self { store, understanding, placer, known_stories, counts: Counts::default() })
    }

    /// Understands, places and stores documents in their order, together with the rest of `commit`.
    pub fn add(
        &mut self,
        documents: Vec<Document>,
        mut commit: Commit,
        now: Timestamp,
        progress: &dyn Progress,
    ) -> Result<(), PipelineError> {
        let features = self.understanding.all(&documents, &|| progress.advance());
        let mut placements: BTreeMap<DocumentId, Placement> = BTreeMap::new();
        for (mut document, features) in documents.into_iter().zip(features) {
            let features = features?;
            document.lang = features.lang;
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
        self.store.commit(&commit)?;
        Ok(())
    }

    /// Takes stored documents again whose text was made better, together with the rest of `commit`: they
    /// keep their ids. In the window, every story that holds one is placed anew, in the order in which
    /// its documents came, because what they were compared with has changed. A story or an article that
    /// loses all its documents by that becomes an alias of where its first one went.
    pub fn again(
        &mut self,
        mended: Vec<Document>,
        mut commit: Commit,
        settings: &Settings,
        now: Timestamp,
        progress: &dyn Progress,
    ) -> Result<(), PipelineError> {
        let features = self.understanding.all(&mended, &|| progress.advance());
        let mut better: BTreeMap<DocumentId, (Document, Features)> = BTreeMap::new();
        for (mut document, features) in mended.into_iter().zip(features) {
            let features = features?;
            document.lang = features.lang;
            better.insert(document.id, (document, features));
        }
        let window = self.store.window(window_start(settings, now))?;
        let touched = |placed: &&(Document, Features, Placement)| better.contains_key(&placed.0.id);
        let stories: BTreeSet<StoryId> = window.iter().filter(touched).map(|placed| placed.2.story).collect();
        let mut placer = Placer::new(&settings.cluster);
        let mut anew = Vec::new();
        for (document, features, placement) in window {
            let (document, features) = better.get(&document.id).cloned().unwrap_or((document, features));
            if stories.contains(&placement.story) {
                anew.push((document, features, placement));
            } else {
                placer.restore(&document, features, &placement);
            }
        }
        let mut placements: BTreeMap<DocumentId, Placement> = BTreeMap::new();
        for (document, features, _) in &anew {
            let placed = placer.place(document, features.clone(), now);
            placements.extend(placed.placements.into_iter().map(|placement| (placement.document, placement)));
            commit.merged_stories.extend(placed.merged_stories);
            commit.merged_articles.extend(placed.merged_articles);
        }
        // What lost all its documents answers for where the first of them went.
        for (document, _, before) in &anew {
            let Some(after) = placements.get(&document.id) else { continue };
            let gone = placer.window().story(before.story).is_empty();
            if gone && !commit.merged_stories.iter().any(|pair| pair.0 == before.story) {
                commit.merged_stories.push((before.story, after.story));
            }
            let gone = placer.window().article(before.article).is_empty();
            if gone && !commit.merged_articles.iter().any(|pair| pair.0 == before.article) {
                commit.merged_articles.push((before.article, after.article));
            }
        }
        self.known_stories.extend(placements.values().map(|placement| placement.story));
        self.placer = placer;
        commit.placements.extend(placements.into_values());
        commit.mended.extend(better.into_values());
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
