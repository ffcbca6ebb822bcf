//! Answers what `explain` asks about two documents: what speaks for them, and what is missing.
//!
//! Looks at the pair alone. A placement is decided over whole articles and stories (`decide`), so a
//! pair that speaks for itself may still be apart, and the answer says so.

use super::evidence::{Linkage, Side, learned};
use super::keys::{Key, keys};
use super::pair_model::{PairModel, probability};
use super::pair_score::{PairScore, Thresholds, comparable, hours_apart, promptness, score_pair};
use crate::Settings;
use samestory_model::{Document, Evidence, Features, Level, Signal};

/// Log-odds that move [`same_event`] by one factor e.
const SOFTENED: f32 = 3.0;

/// What a pair of documents says for itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// What speaks for them.
    pub evidence: Vec<Evidence>,
    /// What would have put them together and is not there, one sentence each.
    pub missing: Vec<String>,
}

/// How much two texts tell one event, 0 to 1, by what they say alone: log-odds of the pair model,
/// drawn out so that near and far pairs can be told apart as well.
pub fn same_event(a: &Features, b: &Features) -> f32 {
    let verdict = score_pair(a, b, &PairModel::shipped());
    probability(verdict.event / SOFTENED)
}

/// Compares two documents, under the settings that documents are placed by.
pub fn question(settings: &Settings, a: (&Document, &Features), b: (&Document, &Features)) -> Question {
    let (mut evidence, mut missing) = (Vec::new(), Vec::new());
    let (ours, theirs): (Vec<Key>, Vec<Key>) = (keys(a.0, a.1), keys(b.0, b.1));
    for signal in Signal::EXACT {
        let shared = ours.iter().find(|key| key.signal == signal && theirs.contains(&key.counterpart()));
        match shared {
            Some(key) => {
                evidence.push(Evidence {
                    signal,
                    with: b.0.id,
                    evidence: key.shown().to_owned(),
                    score: None,
                    threshold: None,
                });
            }
            None => missing.extend(signal.absent().map(str::to_owned)),
        }
    }
    if comparable(a.1, b.1) {
        let model = PairModel::shipped();
        let PairScore { comparison, article, event, .. } = score_pair(a.1, b.1, &model);
        let event = article.max(event + promptness(hours_apart(a.0.published, b.0.published)));
        let least = Thresholds::of(settings);
        let (logit, level) = if article >= least.article { (article, Level::Article) } else { (event, Level::Story) };
        let threshold = least.at(level);
        if logit >= threshold {
            let side =
                |document: &Document, features| Side { document: document.id, published: document.published, features };
            let linkage = Linkage { logit, threshold, over: 0, level };
            evidence.extend(learned(side(a.0, a.1), side(b.0, b.1), &comparison, &linkage));
        } else {
            let share =
                |logit: f32, threshold: f32| format!("{:.3}, {:.3} needed", probability(logit), probability(threshold));
            missing.push(format!("texts that agree as versions of one article do ({})", share(article, least.article)));
            missing.push(format!("texts that agree as reports of one event do ({})", share(event, least.event)));
        }
    } else {
        let unknown = [a.1, b.1].into_iter().find(|features| !features.known_language);
        missing.push(match unknown.map(|features| features.lang) {
            Some(Some(lang)) => format!("a comparison of the texts: the model does not know {lang}"),
            Some(None) => "a comparison of the texts: the language of one is not known".to_owned(),
            None => "a comparison of the texts: one of them holds no sentence".to_owned(),
        });
    }
    let apart = a.0.time().duration_since(b.0.time()).abs().as_hours();
    if apart > 24 {
        missing.push(format!("time: they were published {apart} hours apart"));
    }
    Question { evidence, missing }
}
