//! Lays two versions side by side, sentence by sentence, and marks what one of them lacks.
//!
//! Sentences come in with their vectors ([`samestory_understand::Understanding::read`]); a row of
//! [`samestory_model::Aligned`] goes out for each sentence or pair of sentences that both have, and for each that
//! only one has. Pure: nothing is read, nothing printed, and texts leave as they came.

mod marks;
mod monotone;

pub use marks::Kin;

use marks::{Side, marked};
use samestory_model::{Aligned, AlignedRow, DocumentView, Sentence};

/// One version: how it is shown, and its sentences.
#[derive(Debug, Clone)]
pub struct Version {
    /// How it is shown; its text is not looked at.
    pub view: DocumentView,
    /// Its sentences.
    pub sentences: Vec<Sentence>,
    /// Whether these are only the beginning of its text.
    pub cut: bool,
}

/// Lays two versions side by side. `kin` says whether two words of their languages mean one thing; it is
/// asked only about names that nothing else accounts for.
pub fn side_by_side(left: Version, right: Version, kin: &Kin<'_>) -> Aligned {
    let vectors = |version: &'_ Version| version.sentences.iter().map(|one| one.vector.clone()).collect::<Vec<_>>();
    let (ours, theirs) = (vectors(&left), vectors(&right));
    let steps = monotone::monotone(&ours.iter().collect::<Vec<_>>(), &theirs.iter().collect::<Vec<_>>());
    let rows = {
        let a = Side::new(&left.sentences, left.view.lang);
        let b = Side::new(&right.sentences, right.view.lang);
        let row = |step: &monotone::Step| AlignedRow {
            left: marked(&a, step.left, &b, step.right, kin),
            right: marked(&b, step.right, &a, step.left, kin),
            likeness: (step.left.1 > 0 && step.right.1 > 0).then_some(step.cosine),
        };
        steps.iter().map(row).collect()
    };
    let without_text = |view: DocumentView| DocumentView { text: None, ..view };
    Aligned { left: without_text(left.view), right: without_text(right.view), rows, cut: left.cut || right.cut }
}
