//! Runs the shipped sentence encoder: texts to raw vectors of 384 floats.
//!
//! What a text's vector is never depends on the texts that happen to be embedded beside it: rows are
//! quantised one by one and attend within their text. So texts go through the layers together, which is
//! what makes short ones cheap, and each caller brings a thread of its own. Do not call it from a
//! rayon worker: while it waits it steals jobs, re-enters and overflows the stack.
//!
//! Stands here only with the feature `model`; without it `without_model.rs` stands in this module's place.

mod language_debias;
mod layers;
mod linear;
mod row_kernels;
mod words;

pub use language_debias::LanguageDebias;

use crate::error::UnderstandError;
use kitoken::Kitoken;
use layers::Layers;
use rayon::ThreadPool;
use std::sync::{Arc, Mutex, PoisonError};
use words::{ROW, Words};

/// The tokens that open and close a text for this model.
const OPEN: u32 = 0;
const CLOSE: u32 = 2;
/// What the model was trained to see before a text that is stored rather than asked for.
const PREFIX: &str = "passage: ";

/// Bytes of a text that are cut into tokens at first, for each token that is wanted.
const LETTERS: usize = 12;
/// Bytes without a space after which a text is cut all the same, and bytes in which enough tokens are looked for.
const SPACELESS: usize = 65_536;
const MOST_BYTES: usize = 200_000;

/// The model that ships with the program: texts to debiased vectors.
pub(super) struct Shipped {
    encoder: Encoder,
    centre: LanguageDebias,
}

impl Shipped {
    /// Loads it.
    pub(super) fn load() -> Result<Self, UnderstandError> {
        Ok(Self { encoder: Encoder::shipped()?, centre: LanguageDebias::shipped()? })
    }

    /// The first `most` tokens of a text.
    pub(super) fn pieces(&self, text: &str, most: usize) -> Vec<u32> {
        self.encoder.pieces(text, most)
    }

    /// The debiased vectors of texts' tokens, on the calling thread.
    pub(super) fn vectors(&self, texts: &[&[u32]]) -> Result<Vec<Vec<f32>>, UnderstandError> {
        Ok(self.encoder.vectors(texts)?.iter().map(|raw| self.centre.apply(raw)).collect())
    }
}

/// The encoder: tokenizer, word table and layers.
pub struct Encoder {
    tokenizer: Kitoken,
    words: Words,
    layers: Layers,
    prefix: Vec<u32>,
    /// Idle pools of one thread each, so that a matrix product stays on one core; a run takes one and gives
    /// it back.
    pools: Mutex<Vec<Arc<ThreadPool>>>,
}

impl Encoder {
    /// Loads the model that is compiled into the program.
    pub fn shipped() -> Result<Self, UnderstandError> {
        let broken = |what: &str| UnderstandError::Model { what: what.to_owned() };
        let unpacked =
            |file: &[u8], name: &str| zstd::decode_all(file).map_err(|error| broken(&format!("{name}: {error}")));
        let tokenizer = unpacked(include_bytes!("../../../../data/model/tokenizer.kit.zst"), "tokenizer")?;
        let tokenizer = Kitoken::from_slice(&tokenizer).map_err(|error| broken(&format!("tokenizer: {error}")))?;
        let words = Words::read(
            [
                include_bytes!("../../../../data/model/words-codes-1.pq"),
                include_bytes!("../../../../data/model/words-codes-2.pq"),
            ],
            include_bytes!("../../../../data/model/words-books.pq"),
            include_bytes!("../../../../data/model/positions.f16"),
        )
        .ok_or_else(|| broken("the word tables do not fit one another"))?;
        let layers = unpacked(include_bytes!("../../../../data/model/layers.safetensors.zst"), "layers")?;
        let layers = Layers::read(&layers).map_err(|error| broken(&format!("layers: {error}")))?;
        let prefix =
            tokenizer.encode(PREFIX.trim_end(), false).map_err(|error| broken(&format!("tokenizer: {error}")))?;
        Ok(Self { tokenizer, words, layers, prefix, pools: Mutex::default() })
    }

    /// The tokens of a text, at most `most` of them, without prefix and brackets.
    ///
    /// No more of a long text is cut into tokens than is needed: no token reaches over a space, so what
    /// follows one changes nothing before it.
    pub fn pieces(&self, text: &str, most: usize) -> Vec<u32> {
        let mut length = most * LETTERS;
        loop {
            let start = beginning(text, length);
            let mut pieces = self.tokenizer.encode(start, false).unwrap_or_default();
            if pieces.len() >= most || start.len() == text.len() || length > MOST_BYTES {
                pieces.truncate(most);
                return pieces;
            }
            length *= 4;
        }
    }

    /// Tokens that the layers see of a text with so many, prefix and brackets included.
    pub fn tokens(&self, pieces: usize) -> usize {
        pieces + self.prefix.len() + 2
    }

    /// The raw vectors of texts' tokens: each the mean over all positions of one text, not yet debiased.
    pub fn vectors(&self, texts: &[&[u32]]) -> Result<Vec<Vec<f32>>, UnderstandError> {
        let longest = self.words.longest() - self.prefix.len() - 2;
        let (mut rows, mut lengths) = (Vec::new(), Vec::with_capacity(texts.len()));
        for pieces in texts {
            let mut all = Vec::with_capacity(pieces.len() + self.prefix.len() + 2);
            all.push(OPEN);
            all.extend_from_slice(&self.prefix);
            all.extend_from_slice(&pieces[..pieces.len().min(longest)]);
            all.push(CLOSE);
            let before = rows.len();
            self.words.add_rows(&all, &mut rows);
            lengths.push((rows.len() - before) / ROW);
        }
        self.alone(|| self.layers.run(&mut rows, &lengths))?;
        let mut rest = rows.as_slice();
        let mut means = Vec::with_capacity(texts.len());
        for length in lengths {
            let (states, others) = rest.split_at(length * ROW);
            means.push(mean(states));
            rest = others;
        }
        Ok(means)
    }

    /// Does work on one core.
    fn alone<R: Send>(&self, work: impl FnOnce() -> Result<R, UnderstandError> + Send) -> Result<R, UnderstandError> {
        let idle = self.pools.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let pool = match idle {
            Some(pool) => pool,
            None => Arc::new(
                rayon::ThreadPoolBuilder::new()
                    .num_threads(1)
                    .build()
                    .map_err(|error| UnderstandError::Run { why: error.to_string() })?,
            ),
        };
        let result = pool.install(work);
        self.pools.lock().unwrap_or_else(PoisonError::into_inner).push(pool);
        result
    }
}

/// A text up to the first space from `length` bytes on; where none follows soon, somewhat more of it.
fn beginning(text: &str, length: usize) -> &str {
    let from = text.ceil_char_boundary(length);
    let to = text.ceil_char_boundary(from.saturating_add(SPACELESS));
    match text[from..to].find(char::is_whitespace) {
        Some(space) => &text[..from + space],
        None => &text[..to],
    }
}

/// The mean of states, of length one.
fn mean(states: &[f32]) -> Vec<f32> {
    let mut mean = vec![0f32; ROW];
    for state in states.chunks_exact(ROW) {
        for (sum, value) in mean.iter_mut().zip(state) {
            *sum += value;
        }
    }
    let length = mean.iter().map(|value| value * value).sum::<f32>().sqrt().max(f32::EPSILON);
    mean.iter_mut().for_each(|value| *value /= length);
    mean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_pieces_of_a_long_text_are_those_of_the_whole_text() {
        let encoder = Encoder::shipped().expect("it ships");
        let texts = [
            "Der Bürgermeister eröffnete am Dienstag die neue Brücke über den Fluss. ".repeat(40),
            "市长周二为新桥揭幕。工程历时三年。 ".repeat(60),
            "Thị trưởng khánh thành cây cầu mới vào hôm thứ Ba. ".repeat(40),
            "a".repeat(5000),
        ];
        for text in &texts {
            let mut whole = encoder.tokenizer.encode(text, false).expect("it encodes");
            for most in [1, 12, 48, 96] {
                whole.truncate(96);
                assert_eq!(encoder.pieces(text, most), whole[..most.min(whole.len())], "{most} of {text}");
            }
        }
    }

    #[test]
    fn a_vector_does_not_depend_on_the_texts_beside_it() {
        let encoder = Encoder::shipped().expect("it ships");
        let texts =
            ["A bridge was opened.", "Cầu mới được khánh thành sau ba năm xây dựng.", "x", "시장이 다리를 열었다."];
        let pieces: Vec<Vec<u32>> = texts.iter().map(|text| encoder.pieces(text, 48)).collect();
        let slices: Vec<&[u32]> = pieces.iter().map(Vec::as_slice).cycle().take(30).collect();
        let together = encoder.vectors(&slices).expect("it runs");
        for (pieces, vector) in slices.iter().zip(together) {
            assert_eq!(encoder.vectors(&[*pieces]).expect("it runs"), [vector]);
        }
    }
}
