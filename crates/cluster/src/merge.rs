//! Draws two articles or two stories together once a new document has shown that they may be one.
//!
//! A bridge is not enough: the members of both sides are compared with one another, and where they do
//! not agree in the mean, both stay. The older id stays, the other becomes an alias.

use super::pair_score::promptness;
use super::placer::{Change, DISAGREE, Placer, mean};
use samestory_model::{ArticleId, Level, StoryId};

/// Pairs of two articles or stories that a merge is averaged over.
const MERGED: usize = 36;

impl Placer<'_> {
    /// Mean logit over pairs of two sets of members; `None` where nothing can be compared.
    fn across(&self, a: &[usize], b: &[usize], level: Level) -> Option<f32> {
        let side = MERGED.isqrt();
        let pairs = || a.iter().take(side).flat_map(|one| b.iter().take(side).map(move |other| (*one, *other)));
        if level == Level::Story && pairs().any(|(one, other)| self.report_two_things(one, other)) {
            return Some(f32::MIN);
        }
        let logits: Vec<f32> = pairs().filter_map(|(one, other)| self.logit(one, other, level)).collect();
        let prompt = if level == Level::Story { promptness(self.window.hours_between(a, b)) } else { 0.0 };
        mean(&logits).map(|mean| mean + prompt)
    }

    /// Whether a user override keeps two stories apart.
    fn parted(&self, a: &[usize], b: &[usize]) -> bool {
        self.constraints.across(&self.window, a, b, Level::Story).is_some_and(|bond| !bond.together)
    }

    /// Merges the article of the member at `slot` with another, where their members agree.
    pub(super) fn merge_articles(&mut self, slot: usize, other: ArticleId, certain: bool, change: &mut Change) -> bool {
        let own = self.window.member(slot).article;
        if own == other || self.window.article(other).is_empty() {
            return false;
        }
        let (ours, theirs) = (self.window.article(own), self.window.article(other));
        let (our_story, their_story) = (self.window.member(ours[0]).story, self.window.member(theirs[0]).story);
        let word = self.constraints.across(&self.window, ours, theirs, Level::Article);
        let linkage = || self.across(ours, theirs, Level::Article);
        let agree = match word {
            Some(bond) => bond.together,
            None if certain => linkage().is_none_or(|mean| mean >= DISAGREE / 2.0),
            None => linkage().is_some_and(|mean| mean >= self.thresholds.article),
        };
        let strangers = our_story != their_story
            && word.is_none()
            && self.parted(self.window.story(our_story), self.window.story(their_story));
        if !agree || strangers {
            return false;
        }
        let older = self.window.age_of_article(own) < self.window.age_of_article(other);
        let (gone, kept) = if older { (other, own) } else { (own, other) };
        let story_of = |article: ArticleId| self.window.member(self.window.article(article)[0]).story;
        let (gone_story, kept_story) = (story_of(gone), story_of(kept));
        change.slots.extend(self.window.move_article(gone, kept, kept_story));
        change.merged_articles.push((gone, kept));
        if gone_story != kept_story {
            // What else stood in the other story comes along only where it reports this event as well.
            let (left, there) = (self.window.story(gone_story), self.window.story(kept_story));
            let agree = || self.across(left, there, Level::Story).is_none_or(|mean| mean >= self.thresholds.event);
            if left.is_empty() || (!self.parted(left, there) && agree()) {
                self.join_stories(gone_story, kept_story, change);
            }
        }
        true
    }

    /// Merges the story of the member at `slot` with another, where their articles agree.
    pub(super) fn merge_stories(&mut self, slot: usize, other: StoryId, change: &mut Change) -> bool {
        let own = self.window.member(slot).story;
        if own == other || self.window.story(other).is_empty() {
            return false;
        }
        let (ours, theirs) = (self.window.story(own), self.window.story(other));
        let agree = match self.constraints.across(&self.window, ours, theirs, Level::Story) {
            Some(bond) => bond.together,
            None => self.across(ours, theirs, Level::Story).is_some_and(|mean| mean >= self.thresholds.event),
        };
        if agree {
            self.join_stories(own, other, change);
        }
        agree
    }

    /// Makes two stories one; the older id stays.
    pub(super) fn join_stories(&mut self, a: StoryId, b: StoryId, change: &mut Change) {
        let age = |story: StoryId| self.window.age_of_story(story);
        let (gone, kept) = if age(a) < age(b) { (b, a) } else { (a, b) };
        change.slots.extend(self.window.move_story(gone, kept));
        change.merged_stories.push((gone, kept));
    }
}
