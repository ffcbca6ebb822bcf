//! Gives texts their vectors: several at once, none twice.
//!
//! What was encoded is remembered by its tokens, so that a sentence that stands in twenty copies of one
//! report costs the model once. Where the memory is full, what was not asked for longest is dropped.

use super::encoder::Shipped;
use super::error::UnderstandError;
use super::hash_embedder;
use lru::LruCache;
use samestory_model::{DIMENSIONS, Vector};
use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

/// Vectors that are remembered; each takes about 600 bytes with its tokens.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(16_384).expect("more than none");

/// The tokens of a text that are read, as the model numbers them.
pub(super) type Tokens = Vec<u32>;

/// What makes vectors, and what it gave lately.
pub(super) struct Vectors {
    origin: Origin,
    lately: Mutex<LruCache<Tokens, Vector>>,
}

/// What vectors come of.
enum Origin {
    Model(Box<Shipped>),
    /// A hash of the text, where only what is around the model is measured.
    HashEmbedder,
}

impl Vectors {
    /// Loads what ships with the program.
    pub(super) fn shipped() -> Result<Self, UnderstandError> {
        Ok(Self::over(Origin::Model(Box::new(Shipped::load()?))))
    }

    /// Makes vectors of hashes.
    pub(super) fn hash_embedder() -> Self {
        Self::over(Origin::HashEmbedder)
    }

    fn over(origin: Origin) -> Self {
        Self { origin, lately: Mutex::new(LruCache::new(REMEMBERED)) }
    }

    /// The first `most` tokens of a text.
    pub(super) fn pieces(&self, text: &str, most: usize) -> Tokens {
        match &self.origin {
            Origin::Model(model) => model.pieces(text, most),
            Origin::HashEmbedder => hash_embedder::pieces(text, most),
        }
    }

    /// The debiased vectors of texts in their order, on the calling thread; of a text without tokens nothing.
    pub(super) fn of(&self, texts: &[Tokens]) -> Result<Vec<Vector>, UnderstandError> {
        let lately = || self.lately.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found: HashMap<&Tokens, Vector> = HashMap::new();
        let mut wanted: Vec<&Tokens> = Vec::new();
        {
            let mut lately = lately();
            for pieces in texts {
                if !found.contains_key(pieces) && !pieces.is_empty() {
                    let known = lately.get(pieces).cloned();
                    if known.is_none() {
                        wanted.push(pieces);
                    }
                    found.insert(pieces, known.unwrap_or_else(|| Vector::new(&[0.0; DIMENSIONS])));
                }
            }
        }
        if !wanted.is_empty() {
            let slices: Vec<&[u32]> = wanted.iter().map(|pieces| pieces.as_slice()).collect();
            let raw: Vec<Vec<f32>> = match &self.origin {
                Origin::Model(model) => model.vectors(&slices)?,
                Origin::HashEmbedder => slices.iter().map(|pieces| hash_embedder::values(pieces)).collect(),
            };
            let mut lately = lately();
            for (pieces, raw) in wanted.into_iter().zip(raw) {
                let vector = Vector::new(&raw);
                lately.put(pieces.clone(), vector.clone());
                found.insert(pieces, vector);
            }
        }
        let nothing = Vector::new(&[0.0; DIMENSIONS]);
        Ok(texts.iter().map(|pieces| found.get(pieces).unwrap_or(&nothing).clone()).collect())
    }
}
