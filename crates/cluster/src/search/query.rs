//! What is looked for, and how a document answers it: by meaning, by words, by numbers, by names.

use crate::{same_name, same_quantity};
use samestory_model::{Document, Features, Lang, Name, Quantity, Vector};
use samestory_understand::{figures, fold, skeleton};

/// Words of a query that count; further ones are read for their meaning only.
const MOST: usize = 32;
/// Share of its likeness that a single sentence keeps: the whole says more.
const SENTENCE: f32 = 0.95;

/// Words that something is looked for by.
#[derive(Debug, Clone)]
pub struct Query {
    vector: Vector,
    words: Vec<String>,
    names: Vec<Name>,
    numbers: Vec<Quantity>,
}

/// How a document answers a query.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Answer {
    /// Cosine of the nearest of headline, lead and sentences.
    pub meaning: f32,
    /// Which of the query's words stand in its headline or text, a bit each.
    pub words: u32,
    /// Which of these stand in its headline.
    pub in_title: u32,
    /// Share of the query's numbers that it has.
    pub numbers: f32,
    /// Share of the query's words that are among its names, over scripts.
    pub names: f32,
}

/// A text without accents and case, its words apart by single spaces and a space at either end.
fn plain(text: &str) -> String {
    let mut out = String::from(" ");
    for word in fold(text).split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty()) {
        out.push_str(word);
        out.push(' ');
    }
    out
}

/// Whether a word's script puts no spaces between words, so that it may stand anywhere.
fn is_unspaced(word: &str) -> bool {
    word.chars()
        .any(|sign| matches!(u32::from(sign), 0x0E00..=0x0EFF | 0x1780..=0x17FF | 0x2E80..=0x9FFF | 0xF900..=0xFAFF))
}

impl Query {
    /// A query of a text, its vector and its language where that is known.
    pub fn new(text: &str, vector: Vector, lang: Option<Lang>) -> Self {
        let mut words: Vec<String> = Vec::new();
        for word in plain(text).split_whitespace().take(MOST) {
            if !words.iter().any(|known| known == word) {
                words.push(word.to_owned());
            }
        }
        let mut names: Vec<Name> = Vec::new();
        for word in text.split(|sign: char| !sign.is_alphanumeric()).filter(|word| word.chars().count() > 3) {
            if let Some(skeleton) = skeleton(&fold(word))
                && names.iter().all(|known| known.skeleton != skeleton)
            {
                names.push(Name { shown: word.to_owned(), skeleton });
            }
        }
        let numbers = figures(text, lang).into_iter().map(|pair| pair.1).collect();
        Self { vector, words, names, numbers }
    }

    /// Its words, folded.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// The words of a text, a bit each.
    fn among(&self, text: &str) -> u32 {
        let text = plain(text);
        let stands = |word: &String| {
            if is_unspaced(word) { text.contains(word.as_str()) } else { text.contains(&format!(" {word} ")) }
        };
        self.words.iter().enumerate().filter(|(_, word)| stands(word)).fold(0, |bits, (place, _)| bits | 1 << place)
    }

    /// How a document answers it.
    pub fn answer(&self, document: &Document, features: &Features) -> Answer {
        let sentences = features.sentences.iter().map(|one| self.vector.cosine(&one.vector) * SENTENCE);
        let whole = [&features.title, &features.head].into_iter().map(|vector| self.vector.cosine(vector));
        // A language that the model does not know has vectors that say nothing.
        let meaning = if features.known_language { whole.chain(sentences).fold(0.0, f32::max) } else { 0.0 };
        let share = |met: usize, all: usize| if all == 0 { 0.0 } else { met as f32 / all as f32 };
        let has = |wanted: &&Quantity| features.quantities.iter().any(|found| same_quantity(**wanted, *found));
        let named = |wanted: &&Name| features.names.iter().any(|found| same_name(wanted, found));
        let in_title = self.among(&document.title);
        Answer {
            meaning,
            words: in_title | self.among(&document.text),
            in_title,
            numbers: share(self.numbers.iter().filter(has).count(), self.numbers.len()),
            names: share(self.names.iter().filter(named).count(), self.names.len()),
        }
    }
}
