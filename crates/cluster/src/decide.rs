//! Places documents, one at a time, into articles and stories.
//!
//! Order of reasons: user overrides, then exact signals, then the pair model by average linkage
//! over the members of an article or a story, so that A–B and B–C never carry A–C against its own
//! evidence. A wrong merge destroys a fact and a missed one only repeats it: whatever is in doubt
//! stays apart.

use super::candidates::Pairs;
use super::evidence::{Linkage, learned};
use super::member::{Assignment, own_article, own_story};
use super::placer::{Change, Placer};
use jiff::Timestamp;
use samestory_model::{ArticleId, Document, Evidence, Features, Level, Placement, Role, StoryId};
use std::collections::BTreeMap;

/// Version of the rules of this folder and of the pair model; stored with every placement.
pub const RULES: u32 = 2;

/// What placing one document changed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Placed {
    /// The new document's placement, then every other placement that changed.
    pub placements: Vec<Placement>,
    /// Articles that are now another: (gone, kept).
    pub merged_articles: Vec<(ArticleId, ArticleId)>,
    /// Stories that are now another: (gone, kept).
    pub merged_stories: Vec<(StoryId, StoryId)>,
}

/// Where a document belongs, best first, and why.
struct Decision {
    articles: Vec<(ArticleId, Vec<Evidence>)>,
    /// Articles among them that an exact signal or a user override names.
    exact: Vec<ArticleId>,
    stories: Vec<(StoryId, Vec<Evidence>)>,
    /// Stories that hold something like it.
    around: Vec<StoryId>,
}

/// Aliases for ids that lost their last member; an id that has members again gets none. An id stays good for ever: one
/// that was only left leads to where its first document went.
fn resolve_aliases<I: Copy + PartialEq>(
    mut merged: Vec<(I, I)>,
    left: BTreeMap<I, usize>,
    now: impl Fn(usize) -> I,
    empty: impl Fn(I) -> bool,
) -> Vec<(I, I)> {
    for (id, slot) in left {
        if merged.iter().all(|known| known.0 != id) {
            merged.push((id, now(slot)));
        }
    }
    merged.retain(|(gone, _)| empty(*gone));
    merged
}

/// The first id that is free: a document's own, else one made of it and a number.
fn fresh<I: Copy>(own: I, again: impl Fn(&str) -> I, free: impl Fn(I) -> bool) -> I {
    let others = (2u32..).map(|count| again(&count.to_string()));
    std::iter::once(own).chain(others).find(|id| free(*id)).expect("there is no end of ids")
}

/// Adds evidence for a group, which comes up at the end where it was not there yet.
fn add_evidence<I: PartialEq>(groups: &mut Vec<(I, Vec<Evidence>)>, group: I, evidence: Vec<Evidence>) {
    match groups.iter_mut().find(|known| known.0 == group) {
        Some(known) => known.1.extend(evidence),
        None => groups.push((group, evidence)),
    }
}

impl Placer<'_> {
    /// Places one document.
    pub fn place(&mut self, document: &Document, features: Features, now: Timestamp) -> Placed {
        let slot = self.window.admit(document, features);
        let mut change = Change::default();
        let around = self.settle(slot, &mut change);
        self.meet_mirrors(slot, &mut change);
        self.part_article(slot, &mut change);
        self.regroup_stories(slot, &around, &mut change);
        self.placed_of(Some(slot), change, now)
    }

    /// What a change did, as it is stored; the placement of `first` comes first.
    pub(super) fn placed_of(&self, first: Option<usize>, change: Change, now: Timestamp) -> Placed {
        let story_now = |slot: usize| self.window.member(slot).story;
        let article_now = |slot: usize| self.window.member(slot).article;
        let no_story = |story| self.window.story(story).is_empty();
        let no_article = |article| self.window.article(article).is_empty();
        let stories = resolve_aliases(change.merged_stories, change.left_stories, story_now, no_story);
        let articles = resolve_aliases(change.merged_articles, change.left_articles, article_now, no_article);
        let others = change.slots.into_iter().filter(|other| Some(*other) != first);
        Placed {
            placements: first.into_iter().chain(others).map(|at| self.window.placement(at, RULES, now)).collect(),
            merged_articles: articles,
            merged_stories: stories,
        }
    }

    /// Attaches a member that is not placed, merges what it draws together, and gives the roles; returns
    /// the stories around it.
    pub(super) fn settle(&mut self, slot: usize, change: &mut Change) -> Vec<StoryId> {
        let Decision { articles, exact, stories, around } = self.decide(slot);
        let (article, story, evidence) = match (articles.first().cloned(), stories.first().cloned()) {
            (Some((article, evidence)), _) => {
                (article, self.window.member(self.window.article(article)[0]).story, evidence)
            }
            (None, Some((story, evidence))) => (self.fresh_article(slot), story, evidence),
            (None, None) => (self.fresh_article(slot), self.fresh_story(slot), Vec::new()),
        };
        self.window.attach(slot, Assignment { article, story, role: Role::Original, evidence });
        change.slots.insert(slot);
        // What drew a second article or story in is stated with the document that did it.
        let mut drawn: Vec<Evidence> = Vec::new();
        for (other, evidence) in articles.into_iter().skip(1) {
            if self.merge_articles(slot, other, exact.contains(&other), change) {
                drawn.extend(evidence);
            }
        }
        for (other, evidence) in stories {
            if self.merge_stories(slot, other, change) {
                drawn.extend(evidence);
            }
        }
        self.window.add_evidence(slot, drawn);
        change.slots.extend(self.assign_roles(self.window.member(slot).article));
        around
    }

    /// Where a member that is not placed belongs.
    fn decide(&self, slot: usize) -> Decision {
        let mut pairs = Pairs::of(slot);
        let mut decision =
            Decision { articles: Vec::new(), exact: Vec::new(), stories: Vec::new(), around: Vec::new() };
        let exact = self.override_partners(slot, Level::Article).into_iter().chain(self.certain(slot, &mut pairs));
        for (other, evidence) in exact.collect::<Vec<_>>() {
            let article = self.window.member(other).article;
            decision.exact.push(article);
            add_evidence(&mut decision.articles, article, vec![evidence]);
        }
        let near = self.near(slot);
        for (article, linkage, over) in self.linked_articles(&near, &mut pairs) {
            let evidence =
                self.linked_evidence(slot, self.window.article(article), &pairs, (linkage, over, Level::Article));
            add_evidence(&mut decision.articles, article, evidence);
        }
        for (other, evidence) in self.override_partners(slot, Level::Story) {
            add_evidence(&mut decision.stories, self.window.member(other).story, vec![evidence]);
        }
        for (story, linkage, over) in self.linked_stories(slot, &near, &mut pairs) {
            let evidence = self.linked_evidence(slot, self.window.story(story), &pairs, (linkage, over, Level::Story));
            add_evidence(&mut decision.stories, story, evidence);
        }
        decision.around = self.nearby_stories(slot, &pairs);
        let parted = |others: &[usize], level| {
            self.constraints.across(&self.window, &[slot], others, level).is_some_and(|bond| !bond.together)
        };
        decision.articles.retain(|(article, _)| {
            let members = self.window.article(*article);
            let story = self.window.member(members[0]).story;
            !parted(members, Level::Article) && !parted(self.window.story(story), Level::Story)
        });
        decision.stories.retain(|(story, _)| !parted(self.window.story(*story), Level::Story));
        decision
    }

    /// The id of the article that a member opens: its own, unless others stand under that.
    pub(super) fn fresh_article(&self, slot: usize) -> ArticleId {
        let document = self.window.member(slot).document;
        let again = |count: &str| ArticleId::of(&["article", &document.to_string(), count]);
        fresh(own_article(document), again, |id| self.window.article(id).is_empty())
    }

    /// The id of the story that a member opens.
    pub(super) fn fresh_story(&self, slot: usize) -> StoryId {
        let document = self.window.member(slot).document;
        let again = |count: &str| StoryId::of(&["story", &document.to_string(), count]);
        fresh(own_story(document), again, |id| self.window.story(id).is_empty())
    }

    /// Why a member belongs to those at `slots`, stated by the one among those that were compared that
    /// speaks for it most; `linkage` is what it was held to, over how many, and for what.
    fn linked_evidence(
        &self,
        slot: usize,
        slots: &[usize],
        pairs: &Pairs,
        (logit, over, level): (f32, usize, Level),
    ) -> Vec<Evidence> {
        let compared = slots.iter().filter_map(|slot| pairs.made.get(slot).map(|pair| (*slot, pair)));
        let best = compared.max_by(|a, b| a.1.at(level).total_cmp(&b.1.at(level)));
        let Some((other, pair)) = best else { return Vec::new() };
        let linkage = Linkage { logit, threshold: self.thresholds.at(level), over, level };
        let (ours, theirs) = (self.window.full(slot), self.window.full(other));
        let (here, there) = (self.window.member(slot).side(&ours), self.window.member(other).side(&theirs));
        learned(here, there, &pair.comparison, &linkage)
    }
}
