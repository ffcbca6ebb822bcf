//! The reasons to put two documents together, and what is fixed of each: its trust, its mark in keys, its words.
//!
//! A new one does not compile before `traits` answers for it. How it is found is `samestory-cluster`'s (`keys` for an exact
//! one), how it is stored the store's (`records/placement.rs`).

use serde::{Deserialize, Serialize};

/// A reason to put two documents together, from certain to learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// The same canonical address.
    CanonicalUrl,
    /// One page names the other as its translation.
    Alternate,
    /// The same path once the language segment is gone.
    MirrorKey,
    /// Both name the same source address, or one names the other.
    SourceLink,
    /// A mirror's slug is the folded headline of the other.
    TitleSlug,
    /// The same normalised text.
    TextHash,
    /// Shingles agree within one language.
    NearDuplicate,
    /// Vectors of headline and text agree.
    Embedding,
    /// Sentences align one by one.
    Alignment,
    /// Numbers agree.
    Quantities,
    /// Names agree.
    Names,
    /// Published close together.
    Time,
    /// The pair model's score.
    PairModel,
    /// A user override says so.
    Reader,
}

/// What is fixed of a signal. The order of the enum says nothing.
struct Traits {
    /// Place in the order of trust; the smallest is believed first.
    rank: u8,
    /// What stands for it in the hash of a key; never given to another.
    tag: u8,
    /// Its name for people.
    label: &'static str,
    /// For an exact signal, what two documents lack where it is not there.
    absent: Option<&'static str>,
}

impl Signal {
    /// The exact signals: something is equal, and no text was compared.
    pub const EXACT: [Self; 6] =
        [Self::CanonicalUrl, Self::Alternate, Self::MirrorKey, Self::SourceLink, Self::TitleSlug, Self::TextHash];

    const fn traits(self) -> Traits {
        match self {
            Self::CanonicalUrl => Traits {
                rank: 0,
                tag: 0,
                label: "same address",
                absent: Some("one address: neither is found under the other's"),
            },
            Self::Alternate => Traits {
                rank: 1,
                tag: 1,
                label: "named as translation",
                absent: Some("neither page names the other as its translation"),
            },
            Self::MirrorKey => Traits {
                rank: 2,
                tag: 2,
                label: "mirror of one address",
                absent: Some("one path on one site once the language is taken away"),
            },
            Self::SourceLink => Traits {
                rank: 3,
                tag: 3,
                label: "same source",
                absent: Some("one source address: neither names the other's or the same original"),
            },
            Self::TitleSlug => Traits {
                rank: 4,
                tag: 4,
                label: "address is the headline",
                absent: Some("neither address is the other's headline"),
            },
            Self::TextHash => {
                Traits { rank: 5, tag: 5, label: "same text", absent: Some("one text, letter by letter") }
            }
            Self::NearDuplicate => Traits { rank: 6, tag: 6, label: "nearly the same text", absent: None },
            Self::Embedding => Traits { rank: 7, tag: 7, label: "meaning", absent: None },
            Self::Alignment => Traits { rank: 8, tag: 8, label: "sentences", absent: None },
            Self::Quantities => Traits { rank: 9, tag: 9, label: "numbers", absent: None },
            Self::Names => Traits { rank: 10, tag: 10, label: "names", absent: None },
            Self::Time => Traits { rank: 11, tag: 11, label: "time", absent: None },
            Self::PairModel => Traits { rank: 12, tag: 12, label: "judgement", absent: None },
            Self::Reader => Traits { rank: 13, tag: 13, label: "you said so", absent: None },
        }
    }

    /// Place in the order of trust; the smallest is believed first.
    pub const fn rank(self) -> u8 {
        self.traits().rank
    }

    /// What stands for it in the hash of a key.
    pub const fn tag(self) -> u8 {
        self.traits().tag
    }

    /// Its name for people.
    pub const fn label(self) -> &'static str {
        self.traits().label
    }

    /// What two documents lack where this exact signal is not there; `None` for a learned one.
    pub const fn absent(self) -> Option<&'static str> {
        self.traits().absent
    }

    /// Whether something is equal, and no text was compared.
    pub const fn is_exact(self) -> bool {
        self.absent().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_signals_are_those_that_two_documents_can_lack() {
        assert!(Signal::EXACT.iter().all(|signal| signal.is_exact()));
        let learned = [Signal::NearDuplicate, Signal::Embedding, Signal::PairModel, Signal::Reader];
        assert!(learned.iter().all(|signal| !signal.is_exact()));
    }
}
