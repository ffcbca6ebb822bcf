//! Words the evidence of a learned signal so that a person can check it.

use super::compare::{Comparison, same_name, same_quantity};
use super::pair_model::probability;
use crate::model::{DocumentId, Evidence, Features, Quantity, Signal};

/// Shared names or quantities that are told.
const TOLD: usize = 6;
/// Estimated Jaccard of shingles from which texts of one language are called near duplicates.
const NEAR_DUPLICATE: f32 = 0.5;

/// A quantity as a person reads it.
fn shown(quantity: Quantity) -> String {
    let whole = quantity.thousandths / 1000;
    let rest = (quantity.thousandths % 1000).unsigned_abs();
    let digits = whole.to_string();
    // From five digits on in groups of three, as a person reads them.
    let grouped: String = digits
        .char_indices()
        .flat_map(|(at, sign)| {
            let gap = digits.len() > 4 && at > 0 && (digits.len() - at).is_multiple_of(3);
            gap.then_some('\u{a0}').into_iter().chain([sign])
        })
        .collect();
    let number = if rest == 0 { grouped } else { format!("{grouped}.{rest:03}").trim_end_matches('0').to_owned() };
    if quantity.percent { format!("{number} %") } else { number }
}

/// The evidence that two documents are what `what` says, from the pair model and its figures.
///
/// `logit` is the linkage that was held against `threshold`, both in log-odds; `over` is the number of
/// documents it was averaged over.
pub fn learned(
    features: &Features,
    (with, other): (DocumentId, &Features),
    comparison: &Comparison,
    logit: f32,
    threshold: f32,
    over: usize,
    what: &str,
) -> Vec<Evidence> {
    let tell = |signal, evidence: String, score| Evidence { signal, with, evidence, score, threshold: None };
    let mut told = vec![Evidence {
        signal: Signal::PairModel,
        with,
        evidence: if over > 1 { format!("{what}, on average over {over} documents") } else { what.to_owned() },
        score: Some(probability(logit)),
        threshold: Some(probability(threshold)),
    }];
    if let Some((here, there, cosine)) = comparison.best {
        let counterparts = |share: f32, count: usize| (share * count as f32).round() as usize;
        let least = features.sentences.len().min(other.sentences.len());
        let found = counterparts(comparison.figure("counterparts_least"), least);
        let text = format!(
            "{found} of the first {least} sentences have a counterpart; closest: sentence {} with sentence {}, {cosine:.2}",
            here + 1,
            there + 1
        );
        told.push(tell(Signal::Alignment, text, Some(comparison.figure("aligned_short"))));
    }
    told.push(tell(
        Signal::Embedding,
        format!("headlines {:.2}, texts {:.2}", comparison.figure("title"), comparison.figure("body")),
        Some(comparison.figure("body")),
    ));
    let likeness = comparison.likeness;
    if likeness >= NEAR_DUPLICATE {
        told.push(tell(Signal::NearDuplicate, "runs of letters that both texts share".to_owned(), Some(likeness)));
    }
    let quantities: Vec<String> = features
        .quantities
        .iter()
        .filter(|one| other.quantities.iter().any(|two| same_quantity(**one, *two)))
        .map(|one| shown(*one))
        .collect();
    if !quantities.is_empty() {
        told.push(tell(Signal::Quantities, quantities[..quantities.len().min(TOLD)].join(", "), None));
    }
    let names: Vec<String> = features
        .names
        .iter()
        .filter(|one| other.names.iter().any(|two| same_name(one, two)))
        .map(|one| one.shown.clone())
        .collect();
    if !names.is_empty() {
        told.push(tell(Signal::Names, names[..names.len().min(TOLD)].join(", "), None));
    }
    told
}
