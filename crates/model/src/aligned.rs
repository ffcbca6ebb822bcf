//! Two versions laid side by side, sentence by sentence, and the form in which that is shown.

use super::{DocumentView, Quantity, SentenceVector};

/// One sentence with everything that it is compared by.
#[derive(Debug, Clone, PartialEq)]
pub struct Sentence {
    /// As the text has it.
    pub text: String,
    /// Its vector.
    pub vector: SentenceVector,
    /// Its numbers, each as the text has it and as it is compared.
    pub figures: Vec<(String, Quantity)>,
    /// Its names, each as the text has it and as it is compared.
    pub names: Vec<super::Name>,
}

/// What stands in one version and not in the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Differs {
    /// A number.
    Number,
    /// A name.
    Name,
}

/// A run of a text that is alike in kind: pieces put together are the whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// As the text has it; not made inert.
    pub text: String,
    /// What it is that the other version lacks; `None` for everything else.
    pub differs: Option<Differs>,
}

/// Sentences of the two versions that say the same, or those of one that the other lacks.
#[derive(Debug, Clone, PartialEq)]
pub struct AlignedRow {
    /// One or two sentences of the left version, none where it lacks what the right one says.
    pub left: Vec<Piece>,
    /// The same of the right version.
    pub right: Vec<Piece>,
    /// How alike they are in meaning, −1 to 1; `None` where one side is empty.
    pub likeness: Option<f32>,
}

impl AlignedRow {
    /// Whether both versions have it.
    pub fn is_matched(&self) -> bool {
        self.likeness.is_some()
    }
}

/// Two versions side by side. Pure data: its texts are made inert where they are shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Aligned {
    /// The left version, without its text.
    pub left: DocumentView,
    /// The right version, without its text.
    pub right: DocumentView,
    /// Rows in the order of both texts.
    pub rows: Vec<AlignedRow>,
    /// Whether a text was so long that only its beginning was compared.
    pub cut: bool,
}

impl Aligned {
    /// Rows of which only the left version has anything.
    pub fn only_left(&self) -> usize {
        self.rows.iter().filter(|row| row.right.is_empty()).count()
    }

    /// Rows of which only the right version has anything.
    pub fn only_right(&self) -> usize {
        self.rows.iter().filter(|row| row.left.is_empty()).count()
    }

    /// Marks of one kind on both sides.
    pub fn marks(&self, kind: Differs) -> usize {
        let pieces = self.rows.iter().flat_map(|row| row.left.iter().chain(&row.right));
        pieces.filter(|piece| piece.differs == Some(kind)).count()
    }
}
