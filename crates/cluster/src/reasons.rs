//! Keeps the stated reasons true after a story was grouped anew: what speaks of documents that stand
//! elsewhere now goes, and an article that is left without a reason gets the one that holds it there.

use super::compare::compare;
use super::evidence::{Linkage, learned};
use super::placer::{Change, Placer, mean};
use super::verdict::promptness;
use samestory_model::{ArticleId, Evidence, Level, StoryId};

impl Placer<'_> {
    /// Drops what members that were versions of one article state of those that are none of it any more.
    pub(super) fn forget_parted(&mut self, versions: &[usize], change: &mut Change) {
        for place in versions {
            let member = self.window.member(*place);
            let parted = |told: &Evidence| {
                let other = self.window.place_of(told.with).filter(|other| versions.contains(other));
                other.is_some_and(|other| self.window.member(other).article != member.article)
            };
            let evidence = &self.window.full(*place).evidence;
            if evidence.iter().any(parted) {
                let kept = evidence.iter().filter(|told| !parted(told)).cloned().collect();
                self.window.set_evidence(*place, kept);
                change.places.insert(*place);
            }
        }
    }

    /// States anew why the articles of a story are together, where that is not told any more.
    pub(super) fn tell_again(&mut self, story: StoryId, change: &mut Change) {
        for place in self.window.story(story).to_vec() {
            let here = |told: &Evidence| {
                self.window.place_of(told.with).is_none_or(|other| self.window.member(other).story == story)
            };
            let evidence = &self.window.full(place).evidence;
            if !evidence.iter().all(here) {
                let kept = evidence.iter().filter(|told| here(told)).cloned().collect();
                self.window.set_evidence(place, kept);
                change.places.insert(place);
            }
        }
        let articles = self.articles_of(story);
        for article in articles.iter().skip(1) {
            if !self.reasoned(*article, story)
                && let Some((place, evidence)) = self.reason(*article, &articles)
            {
                self.window.add_evidence(place, evidence);
                change.places.insert(place);
            }
        }
    }

    /// Whether evidence joins an article to another one of its story, from either side.
    fn reasoned(&self, article: ArticleId, story: StoryId) -> bool {
        self.window.story(story).iter().any(|place| {
            let member = self.window.member(*place);
            self.window.full(*place).evidence.iter().any(|told| {
                let other = self.window.place_of(told.with).map(|other| self.window.member(other).article);
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
            for (one, two) in self.spokesmen(article).flat_map(|one| self.spokesmen(*other).map(move |two| (one, two)))
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
            all.iter().filter(|other| **other != article).flat_map(|other| self.spokesmen(*other)).collect();
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
