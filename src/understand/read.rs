//! Reads texts for comparison by eye: every sentence with its vector, numbers and names, and whether two
//! words mean one thing.
//!
//! Unlike the stored features, which hold the first sentences, this goes through the whole text and reads
//! long sentences whole.

use super::{UnderstandError, Understanding, figures, names, sentences};
use crate::model::{Document, Sentence, SentenceVector, Vector};
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Pieces that are read of a sentence.
const PIECES: usize = 120;
/// Sentences of one text at most; a text of 20,000 letters has fewer.
const MOST: usize = 250;
/// Cosine from which two words of two languages mean one thing.
const KIN: f32 = 0.45;

impl Understanding {
    /// The sentences of a document, over all threads, and whether the text goes on after them.
    pub fn read(&self, document: &Document) -> Result<(Vec<Sentence>, bool), UnderstandError> {
        let mut texts = sentences(&document.text);
        let cut = texts.len() > MOST;
        texts.truncate(MOST);
        let done: Mutex<Vec<(usize, Result<Sentence, UnderstandError>)>> = Mutex::default();
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..self.threads.min(texts.len()) {
                scope.spawn(|| {
                    while let Some((place, text)) = {
                        let place = next.fetch_add(1, Ordering::Relaxed);
                        texts.get(place).map(|text| (place, *text))
                    } {
                        let read = self.centred(text, PIECES).map(|(vector, pieces)| Sentence {
                            text: text.to_owned(),
                            vector: SentenceVector { vector: Vector::new(&vector), pieces },
                            figures: figures(text, document.lang),
                            names: names("", text),
                        });
                        done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((place, read));
                    }
                });
            }
        });
        let mut done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        done.sort_by_key(|pair| pair.0);
        let read = done.into_iter().map(|pair| pair.1).collect::<Result<_, _>>()?;
        Ok((read, cut))
    }

    /// The vector of a few words that something is looked for by.
    pub fn wanted(&self, text: &str) -> Result<Vector, UnderstandError> {
        Ok(Vector::new(&self.centred(text, PIECES)?.0))
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
                let vector = Vector::new(&self.centred(word, 12).map(|pair| pair.0).unwrap_or_default());
                known.insert(word.to_owned(), vector.clone());
                vector
            };
            of(one).cosine(&of(other)) >= KIN
        }
    }
}
