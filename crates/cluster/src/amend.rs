//! Carries out what the reader decided, on documents that are placed already.

use super::decide::Placed;
use super::placer::{Change, Placer};
use jiff::Timestamp;
use samestory_model::{ArticleId, Document, DocumentId, Evidence, Features, Level, Signal, StoryId};
use std::collections::BTreeSet;

impl Placer<'_> {
    /// Takes a member from its seat and remembers what it left.
    pub(super) fn lift(&mut self, place: usize, change: &mut Change) {
        let member = self.window.member(place);
        change.left_stories.entry(member.story).or_insert(place);
        change.left_articles.entry(member.article).or_insert(place);
        let article = member.article;
        self.window.lift(place);
        change.places.insert(place);
        change.places.extend(self.assign_roles(article));
    }

    /// Places documents anew, in the order in which they came, under the words and settings as they
    /// are now. Those that are not in the window are passed over.
    pub fn reconsider(&mut self, documents: &[DocumentId], now: Timestamp) -> Placed {
        let mut places: Vec<usize> = documents.iter().filter_map(|document| self.window.place_of(*document)).collect();
        places.sort_unstable();
        places.dedup();
        let mut change = Change::default();
        let articles: BTreeSet<ArticleId> = places.iter().map(|place| self.window.member(*place).article).collect();
        let versions: Vec<Vec<usize>> = articles.iter().map(|article| self.window.article(*article).to_vec()).collect();
        for place in &places {
            self.lift(*place, &mut change);
        }
        for place in &places {
            self.settle(*place, &mut change);
        }
        for versions in versions {
            self.forget_parted(&versions, &mut change);
        }
        let mut stories: BTreeSet<StoryId> = places.iter().map(|place| self.window.member(*place).story).collect();
        stories.extend(change.left_stories.keys());
        for story in stories {
            self.tell_again(story, &mut change);
        }
        self.told_changes(None, change, now)
    }

    /// Takes documents whose text was made better where it stands, and places them anew. Those that are
    /// not in the window are passed over.
    pub fn renew(&mut self, better: &[(Document, Features)], now: Timestamp) -> Placed {
        for (document, features) in better {
            if let Some(place) = self.window.place_of(document.id) {
                self.window.renew(place, document, features.clone());
            }
        }
        self.known.borrow_mut().clear();
        let documents: Vec<DocumentId> = better.iter().map(|pair| pair.0.id).collect();
        self.reconsider(&documents, now)
    }

    /// Makes the articles or stories of two documents one because the reader said so; the older id
    /// stays. `None` where one of them is not in the window.
    pub fn unite(
        &mut self,
        level: Level,
        (one, other): (DocumentId, DocumentId),
        word: u64,
        now: Timestamp,
    ) -> Option<Placed> {
        let (one, other) = (self.window.place_of(one)?, self.window.place_of(other)?);
        let (older, younger) = (one.min(other), one.max(other));
        let mut change = Change::default();
        let (ours, theirs) = (self.window.member(older).clone(), self.window.member(younger).clone());
        if level == Level::Article {
            self.merge_articles(older, theirs.article, true, &mut change);
            change.places.extend(self.assign_roles(self.window.member(older).article));
        } else if ours.story != theirs.story {
            self.join_stories(ours.story, theirs.story, &mut change);
        }
        let evidence = format!("your word {word}");
        let told = Evidence { signal: Signal::Reader, with: ours.document, evidence, score: None, threshold: None };
        self.window.add_evidence(younger, vec![told]);
        change.places.insert(younger);
        Some(self.told_changes(None, change, now))
    }
}
