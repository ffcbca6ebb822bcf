//! Judges two documents by their headlines, where one of them has no text of its own: items of link feeds, pages that
//! were refused, stubs.

use super::compare::compare;
use super::pair_score::PairScore;
use samestory_model::Features;

/// Log-odds that two headlines report one event: a constant, and weights of the figures. Fitted to headlines alone, events-vi
/// and allsides, each set weighing as much; the constant is that at which stories made by it are right at .97 (at .95
/// they would gain a twentieth of recall).
const CONSTANT: f32 = -8.0;
const TITLE: f32 = 14.0;
const NAMES: f32 = 1.3;
const NAMES_KNOWN: f32 = -1.1;
const QUANTITIES: f32 = 2.3;
const QUANTITIES_KNOWN: f32 = -2.0;

/// What two headlines say of versions of one article, beside equal ones: nothing for it.
const ARTICLE: f32 = -3.0;

/// Scores a pair by its headlines.
pub(super) fn score_headlines(a: &Features, b: &Features) -> PairScore {
    let comparison = compare(a, b);
    let figures = &comparison.figures;
    let event = CONSTANT
        + TITLE * figures.title
        + NAMES * figures.names
        + NAMES_KNOWN * figures.names_known
        + QUANTITIES * figures.quantities
        + QUANTITIES_KNOWN * figures.quantities_known;
    PairScore { comparison, article: ARTICLE, event, is_apart: false }
}
