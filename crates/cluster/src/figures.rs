//! The figures of a pair of documents: what the pair model weighs, each with its name.
//!
//! One list gives the fields, [`Figures::NAMES`] and the order in which the model's file holds the weights. A new
//! figure is a line here, a value in [`super::compare`] and a model trained again (`tools/src/bin/train_pairs.rs`); a
//! name that is misspelt does not compile. The order is that of `data/pair_model.toml`.

/// What a figure says, and so which sign its weight may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    /// How alike two documents are: a weight below nought is an accident of the training data.
    Likeness,
    /// How much there was to compare, not how alike it is: its weight may have either sign.
    Amount,
}

macro_rules! figures {
    ($($(#[$about:meta])* $name:ident: $says:ident,)+) => {
        /// The figures of a pair; symmetric in the two documents.
        #[derive(Debug, Clone, Copy, PartialEq, Default)]
        pub struct Figures {
            $($(#[$about])* pub $name: f32,)+
        }

        /// Number of figures.
        pub const FIGURES: usize = [$(stringify!($name),)+].len();

        impl Figures {
            /// Names of the figures, in order; the pair model's file repeats them.
            pub const NAMES: [&'static str; FIGURES] = [$(stringify!($name),)+];

            /// What each says, in order.
            pub const SAYS: [Says; FIGURES] = [$(Says::$says,)+];

            /// The figures in order, as the model weighs them.
            pub const fn values(&self) -> [f32; FIGURES] {
                [$(self.$name,)+]
            }
        }
    };
}

figures! {
    /// Cosine of the headlines.
    title: Likeness,
    /// Cosine of the sentences' vectors added up.
    body: Likeness,
    /// Mean of each sentence's best cosine, of the side where it is lower.
    matches_least: Likeness,
    /// The same of the side where it is higher.
    matches_most: Likeness,
    /// The order-keeping alignment's total by the sentences of the shorter text.
    aligned_short: Likeness,
    /// The same by those of the longer one.
    aligned_long: Likeness,
    /// Share of sentences that have a counterpart, of the side where it is lower.
    counterparts_least: Likeness,
    /// The same of the side where it is higher.
    counterparts_most: Likeness,
    /// `matches_least` over the first half of the sentences.
    head_least: Likeness,
    /// `matches_most` over the first half of the sentences.
    head_most: Likeness,
    /// Cosine of the first sentences.
    first: Likeness,
    /// How many sentences the shorter text has, 1 from six on.
    sentences: Amount,
    /// Weighted share of the scarcer side's quantities that the other side has, less .4, times how much there was.
    quantities: Likeness,
    /// How much there was to compare of quantities, 0 to 1.
    quantities_known: Amount,
    /// Share of the scarcer side's names that the other side has, times how much there was.
    names: Likeness,
    /// How much there was to compare of names, 0 to 1.
    names_known: Amount,
    /// 1 where both are in one language.
    same_language: Amount,
    /// Logarithm of the lengths' ratio, at most 2.
    length_ratio: Amount,
    /// Share of the shorter text's sentences in the longest run of mutual best matches that keeps the order.
    mutual: Likeness,
    /// How far mutual best matches stand out from all other pairs of sentences.
    contrast: Likeness,
    /// Share of the richer side's quantities that the other side has, times how much there was.
    quantities_both: Likeness,
    /// How far the share of quantities is above .8, times how much there was.
    quantities_full: Likeness,
    /// How evenly long matched sentences are, 0 to 1.
    rhythm: Likeness,
    /// The lower of how well the encoder does in the two languages.
    grasp: Amount,
    /// `body` by what true translations reach in these languages.
    body_expected: Likeness,
    /// `aligned_long` by the same.
    aligned_expected: Likeness,
    /// `contrast` by the same.
    contrast_expected: Likeness,
    /// Cosine of the lead vectors: headline and text run together.
    head: Likeness,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_in_the_order_of_the_names() {
        let figures = Figures { title: 1.0, quantities_known: 2.0, head: 3.0, ..Figures::default() };
        let named: Vec<(&str, f32)> =
            Figures::NAMES.into_iter().zip(figures.values()).filter(|(_, value)| *value > 0.0).collect();
        assert_eq!(named, [("title", 1.0), ("quantities_known", 2.0), ("head", 3.0)]);
        assert_eq!(FIGURES, 28);
    }
}
