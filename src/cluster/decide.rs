//! Places documents, one at a time, into articles and stories.
//!
//! Order of reasons: certain signals first, then the pair model by average linkage over the members
//! of an article or a story, so that A–B and B–C never carry A–C against its own evidence. A wrong
//! merge destroys a fact and a missed one only repeats it: whatever is in doubt stays apart.

use super::compare::Comparison;
use super::evidence::learned;
use super::identity::keys;
use super::pair_model::PairModel;
use super::verdict::{Verdict, comparable, judge};
use super::window::{Member, Window};
use crate::config;
use crate::model::{ArticleId, Document, Evidence, Features, Placement, Role, Signal, StoryId, canonical_key};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, HashMap};

/// Version of the rules in this file and of the pair model; stored with every placement.
pub const RULES: u32 = 1;

/// Nearest members that are compared sentence by sentence, and cosine below which none is.
const NEIGHBOURS: usize = 64;
const NEIGHBOUR_FLOOR: f32 = 0.2;
/// Log-odds of one pair count at most this much, so that one pair cannot carry a whole linkage.
const CLIP: f32 = 6.0;
/// Linkage from which documents are versions of one article, and articles tell one event.
pub(super) const ARTICLE: f32 = 0.0;
pub(super) const EVENT: f32 = 0.0;
/// Log-odds below which texts plainly disagree, whatever their addresses say.
pub(super) const DISAGREE: f32 = -5.0;
/// Members of an article, and articles of a story, that a linkage is averaged over.
const AVERAGED: usize = 12;

/// What placing one document changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// The new document's placement, then every other placement that changed.
    pub placements: Vec<Placement>,
    /// Articles that are now another: (gone, kept).
    pub merged_articles: Vec<(ArticleId, ArticleId)>,
    /// Stories that are now another: (gone, kept).
    pub merged_stories: Vec<(StoryId, StoryId)>,
}

/// Places documents over a window.
pub struct Placer {
    pub(super) window: Window,
    pub(super) model: PairModel,
    story_span: SignedDuration,
}

/// A linkage as it is told: of which log-odds it is the mean, over how many, against what.
struct Link {
    logit: fn(&Verdict) -> f32,
    linkage: f32,
    threshold: f32,
    over: usize,
    what: &'static str,
}

/// Comparisons of the new document with members, made when first asked for.
struct Pairs<'a> {
    features: &'a Features,
    published: Option<Timestamp>,
    made: HashMap<usize, Verdict>,
}

impl Pairs<'_> {
    /// The verdict with one member; `None` where vectors say nothing.
    fn with(&mut self, place: usize, window: &Window, model: &PairModel) -> Option<&Verdict> {
        let member = window.member(place);
        let judged = || judge((self.features, self.published), (&member.features, member.published), model);
        comparable(self.features, &member.features).then(|| &*self.made.entry(place).or_insert_with(judged))
    }
}

pub(super) fn clipped(logit: f32) -> f32 {
    logit.clamp(-CLIP, CLIP)
}

pub(super) fn mean(values: &[f32]) -> Option<f32> {
    (!values.is_empty()).then(|| values.iter().sum::<f32>() / values.len() as f32)
}

impl Placer {
    /// A placer over an empty window.
    pub fn new(settings: &config::Cluster) -> Self {
        Self {
            window: Window::default(),
            model: PairModel::shipped(),
            story_span: SignedDuration::from_hours(i64::from(settings.story_hours)),
        }
    }

    /// Puts an already placed document back into the window, as it was stored; oldest first.
    pub fn restore(&mut self, document: &Document, features: Features, placement: &Placement) {
        self.window.insert(document, features, placement);
    }

    /// The window as it stands.
    pub fn window(&self) -> &Window {
        &self.window
    }

    /// Places one document.
    pub fn place(&mut self, document: &Document, features: Features, now: Timestamp) -> Placed {
        let mut pairs = Pairs { features: &features, published: document.published, made: HashMap::new() };
        let certain = self.certain(document, &mut pairs);
        let near: Vec<usize> =
            self.window.nearest(&features, NEIGHBOURS, NEIGHBOUR_FLOOR).into_iter().map(|pair| pair.0).collect();
        let linked = self.linked_articles(&near, &mut pairs);

        let mut targets: Vec<(ArticleId, Vec<Evidence>)> = Vec::new();
        for (place, evidence) in &certain {
            let article = self.window.member(*place).article;
            match targets.iter_mut().find(|target| target.0 == article) {
                Some(target) => target.1.push(evidence.clone()),
                None => targets.push((article, vec![evidence.clone()])),
            }
        }
        for (article, linkage, over) in &linked {
            let evidence = self.article_evidence(*article, *linkage, *over, &pairs);
            match targets.iter_mut().find(|target| target.0 == *article) {
                Some(target) => target.1.extend(evidence),
                None => targets.push((*article, evidence)),
            }
        }

        let mut placed = Placed { placements: Vec::new(), merged_articles: Vec::new(), merged_stories: Vec::new() };
        let stories: Vec<(StoryId, Vec<Evidence>)> = self
            .linked_stories(document, &near, &mut pairs)
            .into_iter()
            .map(|(story, linkage, over)| (story, self.story_evidence(story, linkage, over, &pairs)))
            .collect();
        let own = || ArticleId::of(&["article", &document.id.to_string()]);
        let (article, story, evidence) = match (targets.first().cloned(), stories.first().cloned()) {
            (Some((article, evidence)), _) => {
                (article, self.window.member(self.window.article(article)[0]).story, evidence)
            }
            (None, Some((story, evidence))) => (own(), story, evidence),
            (None, None) => (own(), StoryId::of(&["story", &document.id.to_string()]), Vec::new()),
        };
        let placement =
            Placement { document: document.id, article, story, role: Role::Original, evidence, rules: RULES, at: now };
        let place = self.window.insert(document, features.clone(), &placement);

        let mut changed = vec![place];
        // What drew a second article or story in is told with the document that did it.
        let mut drawn: Vec<Evidence> = Vec::new();
        for (other, evidence) in targets.into_iter().skip(1) {
            let exact = certain.iter().any(|(at, _)| self.window.member(*at).article == other);
            if self.merge_articles(place, other, exact, &mut placed, &mut changed) {
                drawn.extend(evidence);
            }
        }
        for (other, evidence) in stories {
            if self.merge_stories(place, other, &mut placed, &mut changed) {
                drawn.extend(evidence);
            }
        }
        self.window.add_evidence(place, drawn);
        let article = self.window.member(place).article;
        changed.extend(self.assign_roles(article));
        changed.sort_unstable();
        changed.dedup();
        changed.retain(|other| *other != place);
        placed.placements =
            std::iter::once(place).chain(changed).map(|at| self.window.placement(at, RULES, now)).collect();
        placed
    }

    /// Members that share a certain signal, with the evidence; plain disagreement of texts refuses it.
    fn certain(&self, document: &Document, pairs: &mut Pairs<'_>) -> Vec<(usize, Evidence)> {
        let mut found: Vec<(usize, Evidence)> = Vec::new();
        let here = canonical_key(&document.url);
        for key in keys(document, pairs.features) {
            for place in self.window.holding(&key.counterpart()) {
                let member = self.window.member(*place);
                let translated = matches!(key.signal, Signal::MirrorKey | Signal::TitleSlug | Signal::Alternate);
                if translated && (pairs.features.lang == member.lang || member.lang.is_none()) {
                    continue;
                }
                // The same address on both sides is no claim; what a page says about another one is.
                let own = key.signal == Signal::CanonicalUrl && key.text == member.address && key.text == here;
                if !own
                    && key.signal != Signal::TextHash
                    && let Some(verdict) = pairs.with(*place, &self.window, &self.model)
                    && verdict.article < DISAGREE
                {
                    continue;
                }
                if key.signal == Signal::TitleSlug
                    && (document.time().duration_since(member.time)).abs() > self.story_span
                {
                    continue;
                }
                let evidence = key.shown().to_owned();
                found.push((
                    *place,
                    Evidence { signal: key.signal, with: member.document, evidence, score: None, threshold: None },
                ));
            }
        }
        found.sort_by(|a, b| a.1.signal.cmp(&b.1.signal).then(a.0.cmp(&b.0)));
        let mut seen = Vec::new();
        found.retain(|(_, evidence)| {
            let first = !seen.contains(&(evidence.signal, evidence.evidence.clone()));
            seen.push((evidence.signal, evidence.evidence.clone()));
            first
        });
        found
    }

    /// Articles whose members, on average, are versions of the new document; best first.
    fn linked_articles(&self, near: &[usize], pairs: &mut Pairs<'_>) -> Vec<(ArticleId, f32, usize)> {
        let mut linked: Vec<(ArticleId, f32, usize)> = Vec::new();
        for place in near {
            let article = self.window.member(*place).article;
            if linked.iter().any(|known| known.0 == article) {
                continue;
            }
            let logits = self.article_logits(article, near, pairs);
            linked.push((article, mean(&logits).unwrap_or(f32::MIN), logits.len()));
        }
        linked.retain(|known| known.1 >= ARTICLE);
        linked.sort_by(|a, b| b.1.total_cmp(&a.1));
        linked
    }

    /// Logits with the members of an article: its oldest and the nearest ones.
    fn article_logits(&self, article: ArticleId, near: &[usize], pairs: &mut Pairs<'_>) -> Vec<f32> {
        let members = self.window.article(article);
        let nearest = near.iter().filter(|place| self.window.member(**place).article == article).take(AVERAGED / 2);
        let mut chosen: Vec<usize> = nearest.copied().collect();
        for place in members {
            if chosen.len() >= AVERAGED {
                break;
            }
            if !chosen.contains(place) {
                chosen.push(*place);
            }
        }
        chosen
            .iter()
            .filter_map(|place| pairs.with(*place, &self.window, &self.model).map(|verdict| clipped(verdict.article)))
            .collect()
    }

    /// Stories whose articles, on average, tell the new document's event; best first.
    fn linked_stories(&self, document: &Document, near: &[usize], pairs: &mut Pairs<'_>) -> Vec<(StoryId, f32, usize)> {
        let mut linked: Vec<(StoryId, f32, usize)> = Vec::new();
        for place in near {
            let story = self.window.member(*place).story;
            if linked.iter().any(|known| known.0 == story) || !self.absorbs(story, document.time()) {
                continue;
            }
            let mut best: BTreeMap<ArticleId, f32> = BTreeMap::new();
            for other in self.window.story(story).iter().rev().take(AVERAGED * 3) {
                if let Some(verdict) = pairs.with(*other, &self.window, &self.model) {
                    let logit = best.entry(self.window.member(*other).article).or_insert(f32::MIN);
                    *logit = logit.max(clipped(verdict.event));
                }
            }
            let logits: Vec<f32> = best.into_values().collect();
            linked.push((story, mean(&logits).unwrap_or(f32::MIN), logits.len()));
        }
        linked.retain(|known| known.1 >= EVENT);
        linked.sort_by(|a, b| b.1.total_cmp(&a.1));
        linked
    }

    /// Whether a story still takes in an article of a time.
    fn absorbs(&self, story: StoryId, time: Timestamp) -> bool {
        let times = || self.window.story(story).iter().map(|place| self.window.member(*place).time);
        let (Some(first), Some(last)) = (times().min(), times().max()) else { return false };
        time.duration_since(last) <= self.story_span && first.duration_since(time) <= self.story_span
    }

    /// Why a document belongs to the members at `places`, told by the one that speaks for it most.
    fn linked_evidence(&self, pairs: &Pairs<'_>, places: &[usize], link: &Link) -> Vec<Evidence> {
        let Some((member, comparison)) = self.best_of(places, pairs, link.logit) else { return Vec::new() };
        let with = (member.document, &member.features);
        learned(pairs.features, with, &comparison, link.linkage, link.threshold, link.over, link.what)
    }

    fn article_evidence(&self, article: ArticleId, linkage: f32, over: usize, pairs: &Pairs<'_>) -> Vec<Evidence> {
        let link = Link {
            logit: |verdict| verdict.article,
            linkage,
            threshold: ARTICLE,
            over,
            what: "versions of one article",
        };
        self.linked_evidence(pairs, self.window.article(article), &link)
    }

    fn story_evidence(&self, story: StoryId, linkage: f32, over: usize, pairs: &Pairs<'_>) -> Vec<Evidence> {
        let link =
            Link { logit: |verdict| verdict.event, linkage, threshold: EVENT, over, what: "reports of the same event" };
        self.linked_evidence(pairs, self.window.story(story), &link)
    }

    /// The member with the highest logit among those that were compared.
    fn best_of(
        &self,
        places: &[usize],
        pairs: &Pairs<'_>,
        logit: impl Fn(&Verdict) -> f32,
    ) -> Option<(&Member, Comparison)> {
        let compared = places.iter().filter_map(|place| pairs.made.get(place).map(|pair| (*place, pair)));
        let (place, pair) = compared.max_by(|a, b| logit(a.1).total_cmp(&logit(b.1)))?;
        Some((self.window.member(place), pair.comparison.clone()))
    }

    /// Decides the roles in an article and returns the places whose role changed.
    ///
    /// The original is the document at the address that others name as their source; else the first
    /// published. Everything else is an update, a copy or a translation of it.
    fn assign_roles(&mut self, article: ArticleId) -> Vec<usize> {
        let places = self.window.article(article).to_vec();
        let named = |place: &usize| {
            let address = &self.window.member(*place).address;
            places.iter().filter(|other| self.window.member(**other).original.as_ref() == Some(address)).count()
        };
        let original = places.iter().copied().min_by_key(|place| {
            let member = self.window.member(*place);
            (std::cmp::Reverse(named(place)), member.revision, member.original.is_some(), member.time, *place)
        });
        let Some(original) = original else { return Vec::new() };
        let (lang, address) = (self.window.member(original).lang, self.window.member(original).address.clone());
        let mut changed = Vec::new();
        for place in places {
            let member = self.window.member(place);
            let role = if place == original {
                Role::Original
            } else if member.revision > 0 || member.address == address {
                Role::Update
            } else if member.lang.is_some() && member.lang == lang {
                Role::Copy
            } else {
                Role::Translation
            };
            if self.window.set_role(place, role) {
                changed.push(place);
            }
        }
        changed
    }
}
