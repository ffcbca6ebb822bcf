//! Looks again at what grew: where later members show that a bridge joined what does not belong together, the group is
//! parted; and where a site's mirror key has just become trusted, documents that waited for that are placed anew.

use super::keys::site_of;
use super::member::Assignment;
use super::pair_score::{PairScore, promptness};
use super::placer::{CLIP, Change, Judged, Placer, clipped, mean};
use samestory_model::{ArticleId, Evidence, Level, Signal, StoryId};
use std::collections::BTreeSet;

/// Versions of an article, and articles around a document, that are compared with one another.
const VERSIONS: usize = 12;
const ARTICLES: usize = 32;
/// Versions that speak for an article where stories are looked at.
const REPRESENTATIVES: usize = 2;
/// Hysteresis: two halves are split only when their linkage falls this far below the join threshold, in log-odds.
const SPLIT_HYSTERESIS: f32 = 1.0;
/// Pairs whose log-odds are remembered.
const REMEMBERED: usize = 200_000;
/// What stands above every comparison of texts, in log-odds: an exact signal, a user override.
pub(super) const HARD_CONSTRAINT: f32 = 1e6;

/// Average linkage over a symmetric table until the best link is below `least`; a link that is not
/// known counts for nothing, and two groups without a known one stay together.
///
/// `more(a, b)` is a group-level bonus added to the mean, such as for publication time.
fn average_linkage(
    table: &[Vec<Option<f32>>],
    least: f32,
    more: impl Fn(&[usize], &[usize]) -> f32,
) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = (0..table.len()).map(|item| vec![item]).collect();
    let link = |a: &[usize], b: &[usize]| {
        let known: Vec<f32> = a.iter().flat_map(|one| b.iter().filter_map(|other| table[*one][*other])).collect();
        mean(&known).map(|mean| mean + more(a, b))
    };
    loop {
        let pairs = (0..groups.len()).flat_map(|a| (a + 1..groups.len()).map(move |b| (a, b)));
        let best = pairs
            .map(|(a, b)| (a, b, link(&groups[a], &groups[b]).unwrap_or(least)))
            .max_by(|one, other| one.2.total_cmp(&other.2));
        match best {
            Some((a, b, logit)) if logit >= least => {
                let moved = groups.remove(b);
                groups[a].extend(moved);
            }
            _ => return groups,
        }
    }
}

/// Whether evidence is exact or a user override: it does not depend on a comparison of texts.
fn is_hard_evidence(evidence: &Evidence) -> bool {
    evidence.signal == Signal::Reader || evidence.signal.is_exact()
}

impl Placer<'_> {
    /// The log-odds of two members at a level, by their texts, clipped; `None` where vectors say nothing.
    /// Remembered, because neighbours are looked at again and again.
    pub(super) fn logit(&self, one: usize, other: usize, level: Level) -> Option<f32> {
        let (here, there) = (self.window.member(one), self.window.member(other));
        if !here.comparable(there) {
            return None;
        }
        let (article, event, _) = self.judged(one, other);
        Some(if level == Level::Article { article } else { event })
    }

    /// Log-odds of two members at both levels, and whether they are known to report two things.
    fn judged(&self, one: usize, other: usize) -> Judged {
        let mut known = self.known.borrow_mut();
        if known.len() >= REMEMBERED {
            known.clear();
        }
        *known.entry((one.min(other), one.max(other))).or_insert_with(|| {
            let PairScore { article, event, is_apart, .. } = self.score(one, other);
            (clipped(article), clipped(event), is_apart)
        })
    }

    /// Whether two members are known to report two things.
    pub(super) fn report_two_things(&self, one: usize, other: usize) -> bool {
        self.window.member(one).comparable(self.window.member(other)) && self.judged(one, other).2
    }

    /// The best pair between two sets of members. `None` if no pair is comparable and both are in one story already: an
    /// exact signal put them there, so they stay.
    fn best_link(&self, a: &[usize], b: &[usize], level: Level) -> Option<f32> {
        if let Some(bond) = self.constraints.across(&self.window, a, b, level) {
            return Some(if bond.together { HARD_CONSTRAINT } else { -HARD_CONSTRAINT });
        }
        let named = |one: usize, other: usize| {
            let other = self.window.member(other).document;
            self.window.full(one).evidence.iter().any(|reason| reason.with == other && is_hard_evidence(reason))
        };
        let pairs = || a.iter().flat_map(|one| b.iter().map(move |other| (*one, *other)));
        if pairs().any(|(one, other)| named(one, other) || named(other, one)) {
            return Some(HARD_CONSTRAINT);
        }
        if level == Level::Story && pairs().any(|(one, other)| self.report_two_things(one, other)) {
            // No third document puts the two together.
            return Some(-HARD_CONSTRAINT);
        }
        let apart = self.window.member(a[0]).story != self.window.member(b[0]).story;
        let far = |one: usize, other: usize| {
            let between = self.window.member(one).time.duration_since(self.window.member(other).time);
            // A story that has stopped taking in articles is not joined by another way.
            level == Level::Story && apart && between.abs() > self.story_span
        };
        let logit = |(one, other): (usize, usize)| {
            let logit = self.logit(one, other, level)?;
            let versions = || self.logit(one, other, Level::Article).is_some_and(|it| it >= self.thresholds.article);
            Some(if far(one, other) && !versions() { -CLIP } else { logit })
        };
        let best = pairs().filter_map(logit).max_by(f32::total_cmp);
        best.or_else(|| apart.then_some(-CLIP))
    }

    fn table(&self, items: &[Vec<usize>], level: Level) -> Vec<Vec<Option<f32>>> {
        let mut table = vec![vec![None; items.len()]; items.len()];
        for one in 0..items.len() {
            for other in one + 1..items.len() {
                let link = self.best_link(&items[one], &items[other], level);
                (table[one][other], table[other][one]) = (link, link);
            }
        }
        table
    }

    /// Parts the article of a member where its coming shows that it is two.
    pub(super) fn part_article(&mut self, slot: usize, change: &mut Change) {
        let article = self.window.member(slot).article;
        let versions = self.window.article(article).to_vec();
        if !(3..=VERSIONS).contains(&versions.len()) {
            return;
        }
        let items: Vec<Vec<usize>> = versions.iter().map(|version| vec![*version]).collect();
        let mut groups =
            average_linkage(&self.table(&items, Level::Article), self.thresholds.article - SPLIT_HYSTERESIS, |_, _| {
                0.0
            });
        groups.sort_by_key(|group| group.iter().copied().min());
        if groups.len() < 2 {
            return;
        }
        let story = self.window.member(slot).story;
        for group in groups.into_iter().skip(1) {
            let mut moved: Vec<usize> = group.into_iter().map(|item| versions[item]).collect();
            moved.sort_unstable();
            let article = self.fresh_article(moved[0]);
            self.move_out(&moved, |_| article, story, change);
        }
        change.slots.extend(self.assign_roles(article));
        self.forget_parted(&versions, change);
        self.restate_evidence(story, change);
    }

    /// The versions that speak for an article where stories are looked at: its oldest.
    pub(super) fn representatives(&self, article: ArticleId) -> impl Iterator<Item = usize> + '_ {
        self.window.article(article).iter().copied().take(REPRESENTATIVES)
    }

    /// Articles of a story, the oldest first.
    pub(super) fn articles_of(&self, story: StoryId) -> Vec<ArticleId> {
        let mut articles: Vec<ArticleId> = Vec::new();
        for member in self.window.story(story) {
            let article = self.window.member(*member).article;
            if !articles.contains(&article) {
                articles.push(article);
            }
        }
        articles
    }

    /// Groups the articles around a member anew, from the beginning: so the order of arrival decides little.
    ///
    /// Looks at the member's story and at those that may tell its event (`around`). One that is too
    /// large to be looked through stays out.
    pub(super) fn regroup_stories(&mut self, slot: usize, around: &[StoryId], change: &mut Change) {
        let story = self.window.member(slot).story;
        let mut articles = self.articles_of(story);
        if articles.len() > ARTICLES {
            return;
        }
        for other in around.iter().filter(|other| **other != story) {
            let more = self.articles_of(*other);
            if articles.len() + more.len() <= ARTICLES {
                articles.extend(more);
            }
        }
        if articles.len() < 2 {
            return;
        }
        articles.sort_by_key(|article| self.window.article(*article)[0]);
        let items: Vec<Vec<usize>> = articles.iter().map(|article| self.representatives(*article).collect()).collect();
        let prompt = |a: &[usize], b: &[usize]| {
            let slots = |group: &[usize]| group.iter().flat_map(|item| items[*item].clone()).collect::<Vec<_>>();
            promptness(self.window.hours_between(&slots(a), &slots(b)))
        };
        let mut table = self.table(&items, Level::Story);
        self.part_bridges(&mut table, &items, prompt);
        let mut groups = average_linkage(&table, self.thresholds.event, prompt);
        groups.iter_mut().for_each(|group| group.sort_unstable());
        groups.sort_unstable();
        let story_of = |item: usize| self.window.member(items[item][0]).story;
        // A group keeps the id of its oldest article's story, unless an older group has that.
        let mut taken: Vec<Option<StoryId>> = Vec::new();
        for group in &groups {
            let id = group.iter().map(|item| story_of(*item)).find(|id| !taken.contains(&Some(*id)));
            taken.push(id);
        }
        let mut touched: BTreeSet<StoryId> = BTreeSet::new();
        for (group, id) in groups.into_iter().zip(taken) {
            let mut moved: Vec<usize> =
                group.into_iter().flat_map(|item| self.window.article(articles[item]).to_vec()).collect();
            moved.sort_unstable();
            let id = id.unwrap_or_else(|| self.fresh_story(moved[0]));
            if moved.iter().any(|slot| self.window.member(*slot).story != id) {
                for slot in &moved {
                    let left = self.window.member(*slot).story;
                    change.left_stories.entry(left).or_insert(*slot);
                    touched.insert(left);
                }
                self.move_out(&moved, |article| article, id, change);
                touched.insert(id);
            }
        }
        for story in touched {
            self.restate_evidence(story, change);
        }
    }

    /// Attaches members elsewhere. The caller sees to it that their evidence stays true.
    fn move_out(
        &mut self,
        moved: &[usize],
        article: impl Fn(ArticleId) -> ArticleId,
        story: StoryId,
        change: &mut Change,
    ) {
        for slot in moved {
            let member = self.window.member(*slot);
            let (role, evidence) = (member.role, self.window.full(*slot).evidence.clone());
            let seat = Assignment { article: article(member.article), story, role, evidence };
            self.window.attach(*slot, seat);
        }
        change.slots.extend(moved);
        let articles: BTreeSet<ArticleId> = moved.iter().map(|slot| self.window.member(*slot).article).collect();
        for article in articles {
            change.slots.extend(self.assign_roles(article));
        }
    }

    /// Places anew what shares a mirror key of a site that has just become trusted, and could not be compared.
    pub(super) fn meet_mirrors(&mut self, slot: usize, change: &mut Change) {
        let full = self.window.full(slot);
        let key = full.keys.iter().find(|key| key.signal == Signal::MirrorKey);
        let Some(site) = key.map(|key| site_of(&key.text).to_owned()) else { return };
        if !self.is_trusted_site(&site) {
            self.trusted_sites.remove(&site);
            return;
        }
        if !self.trusted_sites.insert(site.clone()) {
            return;
        }
        let keys = self.window.mirrored(&site).to_vec();
        let waits = |other: &usize| {
            let member = self.window.member(*other);
            member.is_placed && !member.is_known() && self.window.article(member.article).len() == 1
        };
        let waiting: Vec<usize> =
            keys.iter().flat_map(|key| self.window.holding(*key)).copied().filter(waits).collect();
        for other in waiting {
            self.detach(other, change);
            self.settle(other, change);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::average_linkage;

    #[test]
    fn a_bridge_does_not_hold_two_groups_together() {
        let (yes, no) = (Some(4.0), Some(-4.0));
        // 0 and 1 agree, 3 and 4 agree, 2 agrees with all.
        let table = vec![
            vec![None, yes, yes, no, no],
            vec![yes, None, yes, no, no],
            vec![yes, yes, None, yes, yes],
            vec![no, no, yes, None, yes],
            vec![no, no, yes, yes, None],
        ];
        let mut groups = average_linkage(&table, -1.0, |_, _| 0.0);
        groups.iter_mut().for_each(|group| group.sort_unstable());
        groups.sort();
        assert_eq!(groups.len(), 2, "{groups:?}");
        assert!(groups.iter().any(|group| group.contains(&0) && group.contains(&1) && !group.contains(&3)));
        assert!(groups.iter().any(|group| group.contains(&3) && group.contains(&4)));
    }

    #[test]
    fn what_cannot_be_compared_stays() {
        assert_eq!(average_linkage(&[vec![None, None], vec![None, None]], -1.0, |_, _| 0.0).len(), 1);
    }
}
