//! Reads texts for comparison by eye: every sentence with its vector, numbers and names, and whether two
//! words mean one thing.
//!
//! Unlike the stored features, which hold the first sentences, this goes through the whole text and reads
//! long sentences whole.

use super::{UnderstandError, Understanding, beginning_of_text, figures, names, sentences};
use samestory_model::{Document, Lang, Sentence, SentenceVector, Vector};
use std::collections::HashMap;
use std::sync::Mutex;

/// Tokens that are read of a sentence.
const TOKENS: usize = 120;
/// Sentences that are encoded together.
const TOGETHER: usize = 8;
/// Sentences of one text at most; a text of 20,000 letters has fewer.
const MOST: usize = 250;
/// Cosine from which two words of two languages mean one thing.
const KIN: f32 = 0.45;

impl Understanding {
    /// The sentences of a document, over all threads, and whether the text goes on after them.
    pub fn read(&self, document: &Document) -> Result<(Vec<Sentence>, bool), UnderstandError> {
        let text = beginning_of_text(&document.text);
        let mut texts = sentences(text);
        let cut = texts.len() > MOST || text.len() < document.text.len();
        texts.truncate(MOST);
        let parts: Vec<&[&str]> = texts.chunks(TOGETHER).collect();
        let read = |part: &&[&str]| -> Result<Vec<Sentence>, UnderstandError> {
            let pieces: Vec<_> = part.iter().map(|text| self.vectors.pieces(text, TOKENS)).collect();
            let vectors = self.vectors.of(&pieces)?.into_iter().zip(pieces).zip(*part);
            Ok(vectors
                .map(|((vector, pieces), text)| Sentence {
                    text: (*text).to_owned(),
                    vector: SentenceVector { vector, pieces: pieces.len() as u16 },
                    figures: figures(text, document.lang),
                    names: names("", text),
                })
                .collect())
        };
        let read = self.side_by_side(&parts, read).into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok((read.into_iter().flatten().collect(), cut))
    }

    /// The vector of a few words that something is looked for by, and their language where that is known.
    pub fn wanted(&self, text: &str) -> Result<(Vector, Option<Lang>), UnderstandError> {
        let lang = self.detector.detect(text).map(|pair| pair.0);
        Ok((self.centred(text, TOKENS)?.0, lang))
    }

    /// Says whether two words mean one thing; remembers the vectors of the words that it was asked about.
    pub fn kin(&self) -> impl Fn(&str, &str) -> bool {
        let known: Mutex<HashMap<String, Vector>> = Mutex::default();
        move |one, other| {
            let mut known = known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let mut of = |word: &str| {
                if let Some(vector) = known.get(word) {
                    return vector.clone();
                }
                // A word that cannot be encoded is like no other.
                let vector = self.centred(word, 12).map_or_else(|_| Vector::new(&[]), |pair| pair.0);
                known.insert(word.to_owned(), vector.clone());
                vector
            };
            of(one).cosine(&of(other)) >= KIN
        }
    }
}
