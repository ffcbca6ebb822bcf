//! Keeps the stated reasons true after a story was grouped anew: what speaks of documents that stand
//! elsewhere now goes, and an article that is left without a reason gets the one that holds it there.

use super::compare::compare;
use super::evidence::{Linkage, learned};
use super::pair_score::promptness;
use super::placer::{Change, Placer, mean};
use samestory_model::{ArticleId, Evidence, Level, StoryId};

impl Placer<'_> {
    /// Drops what members that were versions of one article state of those that are none of it any more.
    pub(super) fn forget_parted(&mut self, versions: &[usize], change: &mut Change) {
        for slot in versions {
            let member = self.window.member(*slot);
            let parted = |reason: &Evidence| {
                let other = self.window.slot_of(reason.with).filter(|other| versions.contains(other));
                other.is_some_and(|other| self.window.member(other).article != member.article)
            };
            let evidence = &self.window.full(*slot).evidence;
            if evidence.iter().any(parted) {
                let kept = evidence.iter().filter(|reason| !parted(reason)).cloned().collect();
                self.window.set_evidence(*slot, kept);
                change.slots.insert(*slot);
            }
        }
    }

    /// States anew why the articles of a story are together, where no evidence says it any more.
    pub(super) fn restate_evidence(&mut self, story: StoryId, change: &mut Change) {
        for slot in self.window.story(story).to_vec() {
            let here = |reason: &Evidence| {
                self.window.slot_of(reason.with).is_none_or(|other| self.window.member(other).story == story)
            };
            let evidence = &self.window.full(slot).evidence;
            if !evidence.iter().all(here) {
                let kept = evidence.iter().filter(|reason| here(reason)).cloned().collect();
                self.window.set_evidence(slot, kept);
                change.slots.insert(slot);
            }
        }
        let articles = self.articles_of(story);
        for article in articles.iter().skip(1) {
            if !self.reasoned(*article, story)
                && let Some((slot, evidence)) = self.reason(*article, &articles)
            {
                self.window.add_evidence(slot, evidence);
                change.slots.insert(slot);
            }
        }
    }

    /// Whether evidence joins an article to another one of its story, from either side.
    fn reasoned(&self, article: ArticleId, story: StoryId) -> bool {
        self.window.story(story).iter().any(|slot| {
            let member = self.window.member(*slot);
            self.window.full(*slot).evidence.iter().any(|reason| {
                let other = self.window.slot_of(reason.with).map(|other| self.window.member(other).article);
                other.is_some_and(|other| other != member.article && (other == article || member.article == article))
            })
        })
    }

    /// The evidence of an article's nearest pair with the others, and whose evidence it is.
    fn reason(&self, article: ArticleId, all: &[ArticleId]) -> Option<(usize, Vec<Evidence>)> {
        let mut best: Option<(f32, usize, usize)> = None;
        let mut links = Vec::new();
        for other in all.iter().filter(|other| **other != article) {
            let mut most: Option<f32> = None;
            for (one, two) in
                self.representatives(article).flat_map(|one| self.representatives(*other).map(move |two| (one, two)))
            {
                let Some(event) = self.logit(one, two, Level::Story) else { continue };
                most = Some(most.map_or(event, |known| known.max(event)));
                if best.is_none_or(|known| event > known.0) {
                    best = Some((event, one, two));
                }
            }
            links.extend(most);
        }
        let (_, one, other) = best?;
        let others: Vec<usize> =
            all.iter().filter(|other| **other != article).flat_map(|other| self.representatives(*other)).collect();
        let prompt = promptness(self.window.hours_between(self.window.article(article), &others));
        let linkage = Linkage {
            logit: mean(&links)? + prompt,
            threshold: self.thresholds.event,
            over: links.len(),
            level: Level::Story,
        };
        let (here, there) = (self.window.member(one), self.window.member(other));
        let (ours, theirs) = (self.window.full(one), self.window.full(other));
        let comparison = compare(&ours.features, &theirs.features);
        Some((one, learned(here.side(&ours), there.side(&theirs), &comparison, &linkage)))
    }
}
