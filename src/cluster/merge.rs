//! Draws two articles or two stories together once a new document has shown that they may be one.
//!
//! A bridge is not enough: the members of both sides are compared with one another, and where they do
//! not agree in the mean, both stay. The older id stays, the other becomes an alias.

use super::decide::{ARTICLE, DISAGREE, EVENT, Placed, Placer, clipped, mean};
use super::verdict::{Verdict, comparable, judge};
use crate::model::{ArticleId, StoryId};

/// Pairs of two articles or stories that a merge is averaged over.
const MERGED: usize = 36;

impl Placer {
    /// Mean logit over pairs of two sets of members; `None` where nothing can be compared.
    fn across(&self, a: &[usize], b: &[usize], which: impl Fn(&Verdict) -> f32) -> Option<f32> {
        let mut logits = Vec::new();
        let side = MERGED.isqrt();
        for one in a.iter().take(side) {
            for other in b.iter().take(side) {
                let (one, other) = (self.window.member(*one), self.window.member(*other));
                if comparable(&one.features, &other.features) {
                    let verdict =
                        judge((&one.features, one.published), (&other.features, other.published), &self.model);
                    logits.push(clipped(which(&verdict)));
                }
            }
        }
        mean(&logits)
    }

    /// Merges the article of the member at `place` with another, where their members agree.
    pub(super) fn merge_articles(
        &mut self,
        place: usize,
        other: ArticleId,
        certain: bool,
        placed: &mut Placed,
        changed: &mut Vec<usize>,
    ) -> bool {
        let own = self.window.member(place).article;
        if own == other || self.window.article(other).is_empty() {
            return false;
        }
        let linkage = self.across(self.window.article(own), self.window.article(other), |verdict| verdict.article);
        let agree = if certain {
            linkage.is_none_or(|mean| mean >= DISAGREE / 2.0)
        } else {
            linkage.is_some_and(|mean| mean >= ARTICLE)
        };
        if !agree {
            return false;
        }
        let older = self.window.article(own)[0] < self.window.article(other)[0];
        let (gone, kept) = if older { (other, own) } else { (own, other) };
        let story_of = |article: ArticleId| self.window.member(self.window.article(article)[0]).story;
        let (gone_story, kept_story) = (story_of(gone), story_of(kept));
        changed.extend(self.window.move_article(gone, kept, kept_story));
        placed.merged_articles.push((gone, kept));
        if gone_story != kept_story {
            // What else stood in the other story comes along only where it tells this event as well.
            let (left, there) = (self.window.story(gone_story), self.window.story(kept_story));
            let agree =
                left.is_empty() || self.across(left, there, |verdict| verdict.event).is_none_or(|mean| mean >= EVENT);
            if agree {
                self.join_stories(gone_story, kept_story, placed, changed);
            }
        }
        true
    }

    /// Merges the story of the member at `place` with another, where their articles agree.
    pub(super) fn merge_stories(
        &mut self,
        place: usize,
        other: StoryId,
        placed: &mut Placed,
        changed: &mut Vec<usize>,
    ) -> bool {
        let own = self.window.member(place).story;
        if own == other || self.window.story(other).is_empty() {
            return false;
        }
        let linkage = self.across(self.window.story(own), self.window.story(other), |verdict| verdict.event);
        let agree = linkage.is_some_and(|mean| mean >= EVENT);
        if agree {
            self.join_stories(own, other, placed, changed);
        }
        agree
    }

    /// Makes two stories one; the older id stays.
    fn join_stories(&mut self, a: StoryId, b: StoryId, placed: &mut Placed, changed: &mut Vec<usize>) {
        let first = |story: StoryId| self.window.story(story).first().copied().unwrap_or(usize::MAX);
        let (gone, kept) = if first(a) < first(b) { (b, a) } else { (a, b) };
        changed.extend(self.window.move_story(gone, kept));
        placed.merged_stories.push((gone, kept));
    }
}
