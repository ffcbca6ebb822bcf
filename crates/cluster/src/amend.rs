//! Carries out user overrides on documents that are placed already.

use super::decide::Placed;
use super::placer::{Change, Placer};
use jiff::Timestamp;
use samestory_model::{ArticleId, Document, DocumentId, Evidence, Features, Level, Signal, StoryId};
use std::collections::BTreeSet;

impl Placer<'_> {
    /// Detaches a member and remembers what it left.
    pub(super) fn detach(&mut self, slot: usize, change: &mut Change) {
        let member = self.window.member(slot);
        change.left_stories.entry(member.story).or_insert(slot);
        change.left_articles.entry(member.article).or_insert(slot);
        let article = member.article;
        self.window.detach(slot);
        change.slots.insert(slot);
        change.slots.extend(self.assign_roles(article));
    }

    /// Places documents anew, in the order in which they came, under the words and settings as they
    /// are now. Those that are not in the window are passed over.
    pub fn reconsider(&mut self, documents: &[DocumentId], now: Timestamp) -> Placed {
        let mut slots: Vec<usize> = documents.iter().filter_map(|document| self.window.slot_of(*document)).collect();
        slots.sort_unstable();
        slots.dedup();
        let mut change = Change::default();
        let articles: BTreeSet<ArticleId> = slots.iter().map(|slot| self.window.member(*slot).article).collect();
        let versions: Vec<Vec<usize>> = articles.iter().map(|article| self.window.article(*article).to_vec()).collect();
        for slot in &slots {
            self.detach(*slot, &mut change);
        }
        for slot in &slots {
            self.settle(*slot, &mut change);
        }
        for versions in versions {
            self.forget_parted(&versions, &mut change);
        }
        let mut stories: BTreeSet<StoryId> = slots.iter().map(|slot| self.window.member(*slot).story).collect();
        stories.extend(change.left_stories.keys());
        for story in stories {
            self.restate_evidence(story, &mut change);
        }
        self.placed_of(None, change, now)
    }

    /// Takes documents whose text was made better where it stands, and places them anew. Those that are
    /// not in the window are passed over.
    pub fn renew(&mut self, better: &[(Document, Features)], now: Timestamp) -> Placed {
        for (document, features) in better {
            if let Some(slot) = self.window.slot_of(document.id) {
                self.window.renew(slot, document, features.clone());
            }
        }
        self.known.borrow_mut().clear();
        let documents: Vec<DocumentId> = better.iter().map(|pair| pair.0.id).collect();
        self.reconsider(&documents, now)
    }

    /// Makes the articles or stories of two documents one because a user override says so; the older id
    /// stays. `None` where one of them is not in the window.
    pub fn unite(
        &mut self,
        level: Level,
        (one, other): (DocumentId, DocumentId),
        word: u64,
        now: Timestamp,
    ) -> Option<Placed> {
        let (one, other) = (self.window.slot_of(one)?, self.window.slot_of(other)?);
        let (older, younger) = (one.min(other), one.max(other));
        let mut change = Change::default();
        let (ours, theirs) = (self.window.member(older).clone(), self.window.member(younger).clone());
        if level == Level::Article {
            self.merge_articles(older, theirs.article, true, &mut change);
            change.slots.extend(self.assign_roles(self.window.member(older).article));
        } else if ours.story != theirs.story {
            self.join_stories(ours.story, theirs.story, &mut change);
        }
        let evidence = format!("your word {word}");
        let reason = Evidence { signal: Signal::Reader, with: ours.document, evidence, score: None, threshold: None };
        self.window.add_evidence(younger, vec![reason]);
        change.slots.insert(younger);
        Some(self.placed_of(None, change, now))
    }
}
