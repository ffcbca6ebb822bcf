//! Knows two texts of one publisher that were written over one template: last week's column and this week's, the
//! accident in one town and the accident in the next.
//!
//! A publisher tells one event in the same words once: it rewrites what stands at the address, or writes another
//! text. Where the words come again at another address, days lie between, or other names and figures stand in their
//! places. No comparison of meaning sees that, for the meaning is the same.

use super::compare::{same_name, same_quantity, weight};
use super::feature_cache::Full;
use super::member::Member;
use super::pair_score::PairScore;
use samestory_model::{Features, Name, Quantity};

/// Estimated Jaccard of shingles from which two texts are copies.
const COPIES: f32 = 0.6;
/// Cosine of headlines that stand over every instalment of a column, the length of the order-keeping alignment that
/// instalments reach, and the hours between two of a daily one, at least.
const STANDING: f32 = 0.8;
const BUILT_ALIKE: f32 = 0.3;
const NEXT_DAY: i64 = 18;
/// The length of the alignment from which two texts are the same sentences; of 94 pairs of reports of one event that an
/// aggregator of events-vi has, none reaches it.
const SAME_SENTENCES: f32 = 0.5;
/// Weight of the figures, and number of names, that each of such texts has alone where they tell two things.
const OWN_FIGURES: f32 = 1.2;
const OWN_NAMES: usize = 3;

/// How many names of a text the other one lacks.
fn own_names(a: &[Name], b: &[Name]) -> usize {
    a.iter().filter(|name| !b.iter().any(|other| same_name(name, other))).count()
}

/// Weight of the figures of a text that the other one lacks.
fn own_figures(a: &[Quantity], b: &[Quantity]) -> f32 {
    let own = a.iter().filter(|quantity| !b.iter().any(|other| same_quantity(**quantity, *other)));
    own.map(|quantity| weight(*quantity)).sum()
}

/// Whether each of two texts has names and figures that the other one lacks.
fn differ(a: &Features, b: &Features) -> bool {
    let names = own_names(&a.names, &b.names).min(own_names(&b.names, &a.names));
    let figures = own_figures(&a.quantities, &b.quantities).min(own_figures(&b.quantities, &a.quantities));
    names >= OWN_NAMES || (names > 0 && figures >= OWN_FIGURES) || figures >= 2.0 * OWN_FIGURES
}

/// Whether two members of one publisher tell two things in one template.
pub(super) fn of_one_template(here: (&Member, &Full), there: (&Member, &Full), pair: &PairScore) -> bool {
    let (one, other) = (here.0, there.0);
    let figures = &pair.comparison.figures;
    let of_one_site = one.site.is_some() && one.site == other.site && one.address != other.address;
    let no_text = here.1.features.sentences.is_empty() && there.1.features.sentences.is_empty();
    if figures.same_language <= 0.0 || pair.comparison.likeness >= COPIES {
        return false;
    }
    if !of_one_site {
        // Two headlines have nothing but their words, from whatever publisher.
        return no_text && here.1.laid().names_another(there.1.laid());
    }
    let is_later = one.time.duration_since(other.time).abs().as_hours() >= NEXT_DAY;
    if is_later && figures.title >= STANDING && (no_text || figures.aligned_short >= BUILT_ALIKE) {
        return true;
    }
    (figures.aligned_short >= SAME_SENTENCES && differ(&here.1.features, &there.1.features))
        || here.1.laid().names_another(there.1.laid())
}
