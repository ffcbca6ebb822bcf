//! Documents in, placements stored: understands a batch on all cores while what is understood is placed one
//! by one, and commits.

use super::concurrent_ingest::Following;
use super::journal::{Journal, Open};
use super::window::{self, Failure};
use super::{PipelineError, Progress, Stop, filter};
use crate::config::{self, Filter, Settings};
use jiff::Timestamp;
use samestory_cluster::{Placer, Window};
use samestory_model::{Document, DocumentId, Features, Placement, StoryId};
use samestory_store::{Commit, Store, waiting_key};
use samestory_understand::Understanding;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How long after it is asked to end it understands yet; a daemon has five seconds in all.
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
    pub(super) store: &'a dyn Store,
    understanding: &'a Understanding,
    pub(super) settings: config::Cluster,
    pub(super) now: Timestamp,
    pub(super) placer: Placer<'a>,
    pub(super) failure: Failure,
    pub(super) known_stories: BTreeSet<StoryId>,
    pub(super) counts: Counts,
    stop: Stop,
    journal: Journal,
    filter: Filter,
    /// Documents that the filter kept out; nothing that is stored may name them.
    kept_out: BTreeSet<DocumentId>,
    /// A batch was given up or failed half placed: what the placer holds is not what is stored.
    pub(super) given_up: bool,
    /// What other workers place; `None` where there is one writer.
    pub(super) following: Option<Following<'a>>,
}

impl<'a> Ingest<'a> {
    /// Takes up the work where the store left it: the active window comes back into memory, at once, or where others
    /// write to the store as well, when something is to be placed.
    pub fn new(
        store: &'a dyn Store,
        understanding: &'a Understanding,
        settings: &Settings,
        now: Timestamp,
    ) -> Result<Self, PipelineError> {
        let following = store.fleet().map(Following::unread);
        let (placer, failure) = if following.is_some() {
            (Placer::new(&settings.cluster, Vec::new()), Failure::default())
        } else {
            let (placer, failure, _) = window::placer(store, &settings.cluster, store.words()?, now, None)?;
            (placer, failure)
        };
        let window = placer.window();
        Ok(Self {
            known_stories: (0..window.len()).map(|place| window.member(place).story).collect(),
            following,
            store,
            understanding,
            settings: settings.cluster.clone(),
            now,
            placer,
            failure,
            counts: Counts::default(),
            stop: Stop::never(),
            journal: Journal::default(),
            filter: settings.filter.clone(),
            kept_out: BTreeSet::new(),
            given_up: false,
        })
    }

    /// Hears that it is to end; what then cannot be understood in a few seconds is left to the next pass.
    #[must_use]
    pub fn heeding(self, stop: &Stop) -> Self {
        Self { stop: stop.clone(), ..self }
    }

    /// Notes what is understood and placed before it is begun.
    #[must_use]
    pub(super) fn noting(self, journal: &Journal) -> Self {
        Self { journal: journal.clone(), ..self }
    }

    /// Understands, places and stores documents in their order, together with the rest of `commit`. Where it is to end
    /// before that is done, the documents that were understood are stored, and the items of the others wait on.
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
        let _mark = self.journal.mark(documents.iter().map(Open::of).collect());
        let before = self.counts.clone();
        let mut left: BTreeSet<DocumentId> = documents.iter().map(|document| document.id).collect();
        let mut placements: BTreeMap<DocumentId, Placement> = BTreeMap::new();
        let mut understood: Vec<(Document, Features)> = Vec::new();
        let whole = self.understand(documents, progress, &mut left, |ingest, document, features| {
            if ingest.following.is_some() {
                understood.push((document, features));
            } else {
                ingest.take(document, features, &mut commit, &mut placements, now);
            }
        });
        if let Err(error) = whole {
            (self.counts, self.given_up) = (before, true);
            return Err(error);
        }
        leave(&mut commit, &left);
        for (_, _, record) in &mut commit.items {
            record.document = record.document.filter(|document| !self.kept_out.contains(document));
        }
        commit.addresses.retain(|(_, document)| !self.kept_out.contains(document));
        if self.following.is_some() {
            return self.add_beside(understood, &commit, now);
        }
        commit.placements.extend(placements.into_values());
        self.keep(commit)
    }

    /// Hands on what is understood, in order and as it is ready, less what a filter keeps out; what is still `left`
    /// where it is to end before that is done stays there.
    fn understand(
        &mut self,
        documents: Vec<Document>,
        progress: &dyn Progress,
        left: &mut BTreeSet<DocumentId>,
        mut take: impl FnMut(&mut Self, Document, Features),
    ) -> Result<(), PipelineError> {
        let (mut done, mut failed) = (0, None);
        if self.stop.is_asked_since(LONGEST_END) {
            return Ok(());
        }
        let understanding = self.understanding;
        understanding.in_order(&documents, |features| {
            if self.stop.is_asked_since(LONGEST_END) {
                return false;
            }
            left.remove(&documents[done].id);
            match features {
                Ok(features) => {
                    if let Some(document) = self.admitted(&documents[done], &features) {
                        take(self, document, features);
                    }
                }
                Err(error) => failed = Some(error),
            }
            progress.advance();
            done += 1;
            failed.is_none()
        });
        failed.map_or(Ok(()), |error| Err(error.into()))
    }

    /// A document that is understood, unless a filter keeps it out.
    fn admitted(&mut self, document: &Document, features: &Features) -> Option<Document> {
        let document = Document { lang: features.lang, ..document.clone() };
        if !filter::wants(&self.filter, &document) {
            self.kept_out.insert(document.id);
            self.counts.kept_out += 1;
            return None;
        }
        if !features.known_language {
            let tag = features.lang.map_or_else(|| "und".to_owned(), |lang| lang.to_string());
            *self.counts.unknown_languages.entry(tag).or_default() += 1;
        }
        Some(document)
    }

    /// Places a document that is understood.
    pub(super) fn take(
        &mut self,
        document: Document,
        features: Features,
        commit: &mut Commit,
        placements: &mut BTreeMap<DocumentId, Placement>,
        now: Timestamp,
    ) {
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
    fn keep(&mut self, commit: Commit) -> Result<(), PipelineError> {
        let kept = self.store_decided(commit);
        if kept.is_err() {
            self.given_up = true;
        }
        kept.map(drop)
    }

    /// The same, and gives the commit back.
    pub(super) fn store_decided(&mut self, mut commit: Commit) -> Result<Commit, PipelineError> {
        drop_revived_aliases(&mut commit, self.placer.window());
        self.failure.check()?;
        self.store.commit(&commit)?;
        self.placer.committed();
        Ok(commit)
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
        let mut better: Vec<(Document, Features)> = Vec::new();
        let (stop, mut failed) = (self.stop.clone(), None);
        self.understanding.in_order(&mended, |features| {
            progress.advance();
            match features {
                Ok(features) => {
                    let document = Document { lang: features.lang, ..mended[better.len()].clone() };
                    better.push((document, features));
                }
                Err(error) => failed = Some(error),
            }
            failed.is_none() && !stop.is_asked()
        });
        if let Some(error) = failed {
            return Err(error.into());
        }
        if better.len() < mended.len() {
            // The next pass does it: that it was done is stored with it.
            return Ok(());
        }
        if self.following.is_some() {
            return self.beside(|ingest| {
                let mut commit = commit.clone();
                ingest.renew(&better, &mut commit, now);
                Ok(commit)
            });
        }
        self.renew(&better, &mut commit, now);
        self.keep(commit)
    }

    /// Places mended documents anew.
    fn renew(&mut self, better: &[(Document, Features)], commit: &mut Commit, now: Timestamp) {
        let placed = self.placer.renew(better, now);
        self.known_stories.extend(placed.placements.iter().map(|placement| placement.story));
        commit.placements.extend(placed.placements);
        commit.merged_stories.extend(placed.merged_stories);
        commit.merged_articles.extend(placed.merged_articles);
        commit.mended.extend_from_slice(better);
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

/// Takes out of a commit what belongs to documents that are not stored with it: their items wait on as they did.
fn leave(commit: &mut Commit, left: &BTreeSet<DocumentId>) {
    if left.is_empty() {
        return;
    }
    let is_left = |document: &Option<DocumentId>| document.is_some_and(|document| left.contains(&document));
    for (source, item, record) in &commit.items {
        if is_left(&record.document) {
            commit.queue.remove(&waiting_key(source, item));
        }
    }
    commit.items.retain(|(_, _, record)| !is_left(&record.document));
    let pages: BTreeSet<String> =
        commit.addresses.iter().filter(|(_, document)| left.contains(document)).map(|(key, _)| key.clone()).collect();
    commit.pages.retain(|(key, _)| !pages.contains(key));
    commit.addresses.retain(|(_, document)| !left.contains(document));
}

/// Drops aliases whose old id has members again at the end of the batch.
fn drop_revived_aliases(commit: &mut Commit, window: &Window<'_>) {
    commit.merged_stories.retain(|(gone, _)| window.story(*gone).is_empty());
    commit.merged_articles.retain(|(gone, _)| window.article(*gone).is_empty());
}

#[cfg(test)]
mod tests {
    use super::*;
    use samestory_model::{ArticleId, Role};

    #[test]
    fn an_id_that_is_left_and_taken_again_in_one_batch_is_no_alias() {
        let understanding = Understanding::shipped(&Settings::default().understand).expect("the model ships");
        let file = url::Url::parse("file:///batch.jsonl").expect("an address");
        let line = r#"{"id":"a","title":"A bridge","text":"A bridge was opened.","lang":"en"}"#;
        let document = crate::evaluate::document(line, "batch", &file, Timestamp::UNIX_EPOCH).expect("a line").document;
        let features = understanding.all(std::slice::from_ref(&document), &|| {}).remove(0).expect("features");
        let (article, story) = (ArticleId(1), StoryId(1));
        let (role, evidence, at) = (Role::Original, Vec::new(), Timestamp::UNIX_EPOCH);
        let placement = Placement { document: document.id, article, story, role, evidence, rules: 0, at };
        let mut window = Window::default();
        window.insert(&document, features, &placement);
        // Two became one under 2, and then both moved back under 1.
        let mut commit = Commit {
            merged_stories: vec![(story, StoryId(2)), (StoryId(2), story)],
            merged_articles: vec![(article, ArticleId(2)), (ArticleId(2), article)],
            ..Commit::default()
        };
        drop_revived_aliases(&mut commit, &window);
        assert_eq!(commit.merged_stories, [(StoryId(2), story)]);
        assert_eq!(commit.merged_articles, [(ArticleId(2), article)]);
    }
}
