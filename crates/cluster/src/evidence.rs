//! Words the evidence of a learned signal so that a person can check it.

use super::compare::{Comparison, same_name, same_quantity};
use super::pair_model::probability;
use jiff::Timestamp;
use samestory_model::{DocumentId, Evidence, Features, Level, Quantity, Signal};

/// Shared names or quantities that are shown, at most.
const SHOWN: usize = 6;
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

/// One of two documents that evidence is about.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// Which document.
    pub document: DocumentId,
    /// When it says it was published.
    pub published: Option<Timestamp>,
    /// What it is compared by.
    pub features: &'a Features,
}

/// A linkage as evidence states it.
#[derive(Debug, Clone, Copy)]
pub struct Linkage {
    /// Mean log-odds.
    pub logit: f32,
    /// What it was held against, in log-odds.
    pub threshold: f32,
    /// Documents or articles that it is the mean over; 0 for a pair that is looked at alone.
    pub over: usize,
    /// What it speaks for.
    pub level: Level,
}

impl Linkage {
    fn sentence(&self) -> String {
        let what = match self.level {
            Level::Article => "versions of one article",
            Level::Story => "reports of the same event",
        };
        match self.over {
            0 => format!("{what}, these two alone"),
            1 => what.to_owned(),
            over => format!(
                "{what}, on average over {over} {}",
                if self.level == Level::Article { "documents" } else { "articles" }
            ),
        }
    }
}

/// How far apart two publications are, in words.
fn apart(hours: f64) -> String {
    match hours {
        hours if hours < 1.0 => "published within the hour".to_owned(),
        hours if hours < 48.0 => format!("published {hours:.0} h apart"),
        hours => format!("published {:.0} days apart", hours / 24.0),
    }
}

/// The evidence that two documents belong together as `linkage` says, from the figures of the pair.
pub fn learned(here: Side<'_>, there: Side<'_>, comparison: &Comparison, linkage: &Linkage) -> Vec<Evidence> {
    let (features, other, with) = (here.features, there.features, there.document);
    let reason = |signal, evidence: String, score| Evidence { signal, with, evidence, score, threshold: None };
    let mut reasons = vec![Evidence {
        signal: Signal::PairModel,
        with,
        evidence: linkage.sentence(),
        score: Some(probability(linkage.logit)),
        threshold: Some(probability(linkage.threshold)),
    }];
    if let Some((here, there, cosine)) = comparison.best {
        let counterparts = |share: f32, count: usize| (share * count as f32).round() as usize;
        let least = features.sentences.len().min(other.sentences.len());
        let found = counterparts(comparison.figures.counterparts_least, least);
        let text = format!(
            "{found} of the first {least} sentences have a counterpart; closest: sentence {} with sentence {}, {cosine:.2}",
            here + 1,
            there + 1
        );
        reasons.push(reason(Signal::Alignment, text, Some(comparison.figures.aligned_short)));
    }
    reasons.push(reason(
        Signal::Embedding,
        format!("headlines {:.2}, texts {:.2}", comparison.figures.title, comparison.figures.body),
        Some(comparison.figures.body),
    ));
    let likeness = comparison.likeness;
    if likeness >= NEAR_DUPLICATE {
        reasons.push(reason(Signal::NearDuplicate, "runs of letters that both texts share".to_owned(), Some(likeness)));
    }
    let quantities: Vec<String> = features
        .quantities
        .iter()
        .filter(|one| other.quantities.iter().any(|two| same_quantity(**one, *two)))
        .map(|one| shown(*one))
        .collect();
    if !quantities.is_empty() {
        reasons.push(reason(Signal::Quantities, quantities[..quantities.len().min(SHOWN)].join(", "), None));
    }
    let names: Vec<String> = features
        .names
        .iter()
        .filter(|one| other.names.iter().any(|two| same_name(one, two)))
        .map(|one| one.shown.clone())
        .collect();
    if !names.is_empty() {
        reasons.push(reason(Signal::Names, names[..names.len().min(SHOWN)].join(", "), None));
    }
    if let (Level::Story, Some((a, b))) = (linkage.level, here.published.zip(there.published)) {
        reasons.push(reason(Signal::Time, apart(a.duration_since(b).abs().as_secs_f64() / 3600.0), None));
    }
    reasons
}
