//! The placer as the files of this crate share it: its window, model and constraints, what it has changed so far, and
//! the arithmetic of log-odds. What it does with them stands in `candidates`, `decide`, `merge`, `cohesion` and
//! `amend`, which all build on this file and of which this file uses none.

use super::constraints::Constraints;
use super::feature_cache::{DocumentLookup, Full};
use super::pair_model::PairModel;
use super::pair_score::{PairScore, Thresholds, score_pair};
use super::template::{of_one_template, share_nothing};
use super::window::Window;
use crate::Settings;
use jiff::SignedDuration;
use samestory_model::{ArticleId, Document, Features, Placement, StoredOverride, StoryId};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Log-odds of one pair count at most this much, so that one pair cannot carry a whole linkage.
pub(super) const CLIP: f32 = 6.0;
/// Log-odds below which texts plainly disagree, whatever their addresses say.
pub(super) const DISAGREE: f32 = -5.0;
/// Hours within which an equal headline without a text is one article.
const EQUAL_HEADLINE_HOURS: i64 = 48;
/// Log-odds of two texts that are known to report two things.
const APART: f32 = -5.5;

/// Clipped log-odds of a pair at both levels, and whether it is known to report two things.
pub(super) type Judged = (f32, f32, bool);

/// What has changed so far while a document is placed.
#[derive(Debug, Default)]
pub(super) struct Change {
    pub slots: BTreeSet<usize>,
    pub merged_articles: Vec<(ArticleId, ArticleId)>,
    pub merged_stories: Vec<(StoryId, StoryId)>,
    /// Stories and articles that members were detached from, each with the first of them.
    pub left_stories: BTreeMap<StoryId, usize>,
    pub left_articles: BTreeMap<ArticleId, usize>,
}

/// Places documents over a window.
pub struct Placer<'a> {
    pub(super) window: Window<'a>,
    pub(super) model: PairModel,
    pub(super) constraints: Constraints,
    pub(super) thresholds: Thresholds,
    pub(super) story_span: SignedDuration,
    /// Sites whose mirror keys have been found trustworthy, so that it is noticed when one becomes so.
    pub(super) trusted_sites: BTreeSet<String>,
    /// Log-odds of pairs of members, by slots.
    pub(super) known: RefCell<HashMap<(usize, usize), Judged>>,
}

pub(super) fn clipped(logit: f32) -> f32 {
    logit.clamp(-CLIP, CLIP)
}

pub(super) fn mean(values: &[f32]) -> Option<f32> {
    (!values.is_empty()).then(|| values.iter().sum::<f32>() / values.len() as f32)
}

impl<'a> Placer<'a> {
    /// A placer over an empty window, under these user overrides.
    pub fn new(settings: &Settings, words: Vec<StoredOverride>) -> Self {
        Self {
            window: Window::default(),
            model: PairModel::shipped(),
            constraints: Constraints::new(words),
            thresholds: Thresholds::of(settings),
            story_span: SignedDuration::from_hours(i64::from(settings.story_hours)),
            trusted_sites: BTreeSet::new(),
            known: RefCell::default(),
        }
    }

    /// The same over a library: stored documents are looked up there instead of being kept whole.
    #[must_use]
    pub fn over(self, library: Box<dyn DocumentLookup + 'a>) -> Self {
        Self { window: Window::over(library), ..self }
    }

    /// Hears that what was decided so far is stored.
    pub fn committed(&mut self) {
        self.window.committed();
    }

    /// Puts an already placed document back into the window, as it was stored; oldest first.
    pub fn restore(&mut self, document: &Document, features: Features, placement: &Placement) {
        self.window.insert(document, features, placement);
    }

    /// Scores two members as they stand in the window.
    pub(super) fn score(&self, one: usize, other: usize) -> PairScore {
        let (ours, theirs) = (self.window.full(one), self.window.full(other));
        let headline_alone = |slot: usize, full: &Full| {
            let bare = || Features { sentences: Vec::new(), shingles: Vec::new(), ..full.features.clone() };
            self.is_stub(slot).then(bare)
        };
        let (stub, other_stub) = (headline_alone(one, &ours), headline_alone(other, &theirs));
        let features = (stub.as_ref().unwrap_or(&ours.features), other_stub.as_ref().unwrap_or(&theirs.features));
        let mut pair = score_pair(features.0, features.1, &self.model);
        let (here, there) = (self.window.member(one), self.window.member(other));
        let no_text = features.0.sentences.is_empty() || features.1.sentences.is_empty();
        let hours = here.time.duration_since(there.time).abs().as_hours();
        if no_text && hours <= EQUAL_HEADLINE_HOURS && ours.laid().is_equal(theirs.laid()) {
            (pair.article, pair.event) = (CLIP, CLIP);
        }
        if share_nothing(&pair.comparison.figures) || of_one_template((here, &ours), (there, &theirs), &pair) {
            pair.is_apart = true;
            pair.article = pair.article.min(APART);
            pair.event = pair.event.min(APART);
        }
        pair
    }

    /// The window as it stands.
    pub fn window(&self) -> &Window<'a> {
        &self.window
    }
}
