//! Scores a pair of documents: the pair model's log-odds, under the rules that stand above its weights.

use super::compare::{Comparison, compare};
use super::headlines::score_headlines;
use super::pair_model::{PairModel, log_odds};
use super::shared_text::without_shared;
use crate::Settings;
use jiff::Timestamp;
use samestory_model::{Features, Level};

/// Estimated Jaccard from which two texts of one language are copies, and the log-odds it stands for.
const NEAR_DUPLICATE: f32 = 0.5;
const NEAR_DUPLICATE_LOGIT: f32 = 4.0;
/// Share of a text's shingles in a longer one from which it is a shortened copy, and the Jaccard that
/// the estimate needs to be worth anything.
const CONTAINED: f32 = 0.8;
const CONTAINED_LIKENESS: f32 = 0.25;

/// What tells an instalment of a series (two weather reports, two market days) from a version: worded
/// alike, with next to no figure in common. `ALIKE` is a length of the order-keeping alignment,
/// `KNOWN` how much the quantities had to say, `SHARED` the largest share of them in common.
///
/// On events-vi 1 of 295 pairs of one event are like that, on languages 9 of 14,520 and on
/// translations 10 of 1,264 pairs of one article.
const ALIKE: f32 = 0.25;
const KNOWN: f32 = 0.3;
const SHARED: f32 = 0.2;
const SERIES_LOGIT: f32 = -4.0;
const SERIES_ACROSS_LOGIT: f32 = -1.0;

/// Asked for beside everything else where the language of one text is not known, in log-odds.
const UNSURE: f32 = 1.0;

/// What the time between a report and the nearest one of its story says about one event, in log-odds:
/// `PROMPT` within `DAY` hours, and `LATE` for each factor e beyond. Fitted to pairs: of pairs of one event in
/// events-vi 6 % are more than 24 hours apart and 1.4 % more than 72, of near pairs of two events 73 % and
/// 56 %. The nearest reports of one story are closer (log-likelihood ratios of 1.5 within 6 hours, −.9 from 12
/// to 24, −2.2 on the second day); fitted to that (1.5, 6, −1.8), events-vi falls from F1 .9720 to .9644,
/// four more traps of the gate pass and reports of the next day stand apart.
const PROMPT: f32 = 1.2;
const LATE: f32 = -2.9;
const DAY: f32 = 24.0;

/// What a pair of documents is, in log-odds.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PairScore {
    /// The figures.
    pub comparison: Comparison,
    /// Versions of one article.
    pub article: f32,
    /// Reports of one event, by the texts alone; at least what speaks for versions. What the time says
    /// comes on top: [`promptness`].
    pub event: f32,
    /// Whether they are known to report two things, so that no third document puts them together.
    pub is_apart: bool,
}

impl PairScore {
    /// What the texts say at a level.
    pub fn at(&self, level: Level) -> f32 {
        match level {
            Level::Article => self.article,
            Level::Story => self.event,
        }
    }
}

/// Linkages that are asked for, in log-odds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Thresholds {
    pub article: f32,
    pub event: f32,
}

impl Thresholds {
    pub fn of(settings: &Settings) -> Self {
        Self { article: log_odds(settings.article_probability), event: log_odds(settings.story_probability) }
    }

    pub fn at(self, level: Level) -> f32 {
        match level {
            Level::Article => self.article,
            Level::Story => self.event,
        }
    }
}

/// Whether vectors may speak: one model, both languages known to it, both with a sentence or a headline.
pub(super) fn comparable(a: &Features, b: &Features) -> bool {
    let speaks = |one: &Features| one.known_language && (!one.sentences.is_empty() || one.title.scale > 0.0);
    speaks(a) && speaks(b) && a.model == b.model && (a.lang.is_some() || b.lang.is_some())
}

/// Whether two texts are instalments of a series: worded alike over other figures.
fn of_a_series(comparison: &Comparison) -> bool {
    let known = comparison.figures.quantities_known;
    let share = if known > 0.0 { comparison.figures.quantities / known + 0.4 } else { 1.0 };
    known >= KNOWN && share <= SHARED && comparison.figures.aligned_short >= ALIKE
}

/// Hours between two publications; `None` where one is not known.
pub(super) fn hours_apart(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<f32> {
    a.zip(b).map(|(a, b)| a.duration_since(b).abs().as_secs_f32() / 3600.0)
}

/// What the hours between two reports say about one event; nothing where they are not known.
pub(super) fn promptness(hours: Option<f32>) -> f32 {
    let Some(hours) = hours else { return 0.0 };
    if hours > DAY { PROMPT + LATE * (hours / DAY).ln() } else { PROMPT }
}

/// Scores a pair, without what the two texts share that is the article of neither.
pub(super) fn score_pair(a: &Features, b: &Features, model: &PairModel) -> PairScore {
    match without_shared(a, b) {
        Some((a, b)) => score_own(&a, &b, model),
        None => score_own(a, b, model),
    }
}

/// Scores a pair of texts of their own; a text without a sentence is judged by its headline.
fn score_own(a: &Features, b: &Features, model: &PairModel) -> PairScore {
    if a.sentences.is_empty() || b.sentences.is_empty() {
        return score_headlines(a, b);
    }
    let comparison = compare(a, b);
    let mut article = model.article_logit(&comparison, (a.lang, b.lang));
    let mut event = model.event.logit(&comparison);
    if a.lang.is_none() || b.lang.is_none() {
        article -= UNSURE;
        event -= UNSURE;
    }
    if of_a_series(&comparison) {
        let most = if comparison.figures.same_language > 0.0 { SERIES_LOGIT } else { SERIES_ACROSS_LOGIT };
        article = article.min(most);
        // Instalments often come on one day: that is not to make one event of them.
        event = event.min(most - PROMPT);
    } else if comparison.likeness >= NEAR_DUPLICATE
        || (comparison.likeness >= CONTAINED_LIKENESS && comparison.contained >= CONTAINED)
    {
        article = article.max(NEAR_DUPLICATE_LOGIT);
    }
    PairScore { comparison, article, event: event.max(article), is_apart: false }
}
