//! Knows two texts of one publisher that were written over one template: last week's column and this week's, the
//! accident in one town and the accident in the next.
//!
//! A publisher reports one event in the same words once: it rewrites what stands at the address, or writes another
//! text. Where the words come again at another address, days lie between, or other names and figures stand in their
//! places. No comparison of meaning sees that, for the meaning is the same.

use super::compare::{same_name, same_quantity, weight};
use super::feature_cache::Full;
use super::figures::Figures;
use super::member::Member;
use super::pair_score::PairScore;
use samestory_model::{Features, Name, Quantity};

/// Estimated Jaccard of shingles from which two texts use the same words, and from which they are copies.
const WORDED_ALIKE: f32 = 0.08;
const COPIES: f32 = 0.6;
/// How much there has to be to compare of names, where having none in common means two things.
const NAMES_KNOWN: f32 = 0.4;
/// The same of figures, where neither a name nor a figure is in common.
const NUMBERS_KNOWN: f32 = 0.35;
/// Share of figures below which two texts have no more in common than small numbers.
const SHARED: f32 = 0.3;
/// Cosine of headlines that stand over every instalment of a column, the length of the order-keeping alignment that
/// instalments reach, and the hours between two of a daily one, at least.
const STANDING: f32 = 0.8;
const BUILT_ALIKE: f32 = 0.3;
const NEXT_DAY: i64 = 18;
/// The length of the alignment from which two texts are the same sentences; of 94 pairs of reports of one event that an
/// aggregator of events-vi has, none reaches it.
const SAME_SENTENCES: f32 = 0.5;
/// Weight of the figures, and number of names, that each of such texts has alone where they are about two things.
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

/// Whether two texts of two languages have neither a name nor a figure of any weight in common, though both have
/// enough of either. In one language the texts themselves say more.
pub(super) fn share_nothing(figures: &Figures) -> bool {
    // The figure of quantities is the share less .4, times how much there was.
    let share = figures.quantities / figures.quantities_known.max(0.01) + 0.4;
    figures.same_language <= 0.0
        && figures.names_known >= 1.0
        && figures.names <= 0.0
        && figures.quantities_known >= NUMBERS_KNOWN
        && share < SHARED
}

/// Whether two members of one publisher are about two things in one template.
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
    let built_alike = figures.aligned_short >= BUILT_ALIKE;
    let worded_alike = built_alike && pair.comparison.likeness >= WORDED_ALIKE;
    if is_later && (worded_alike || (figures.title >= STANDING && (no_text || built_alike))) {
        return true;
    }
    if worded_alike && figures.names_known >= NAMES_KNOWN && figures.names <= 0.0 {
        return true;
    }
    (figures.aligned_short >= SAME_SENTENCES && differ(&here.1.features, &there.1.features))
        || here.1.laid().names_another(there.1.laid())
}
