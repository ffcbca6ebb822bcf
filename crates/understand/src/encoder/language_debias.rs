//! Language debiasing of raw vectors: subtracts the mean of all texts and projects out the directions in which languages differ.
//!
//! Raw cosines of this model lie between .75 and .98 whatever the texts say. Subtracting the mean and
//! projecting out the directions that the languages' means span makes one threshold serve 121
//! languages. `tools/src/bin/train_centre.rs` computes both from a set of parallel texts.

use crate::error::UnderstandError;
use half::f16;
use samestory_model::DIMENSIONS;

/// The mean of all sentences and the directions of language.
pub struct LanguageDebias {
    mean: Vec<f32>,
    directions: Vec<f32>,
}

impl LanguageDebias {
    /// Loads the mean and the directions that are compiled into the program.
    pub fn shipped() -> Result<Self, UnderstandError> {
        let bytes = include_bytes!("../../../../data/model/centre.f16");
        let mut values: Vec<f32> =
            bytes.chunks_exact(2).map(|pair| f16::from_le_bytes([pair[0], pair[1]]).to_f32()).collect();
        if values.len() < DIMENSIONS || !values.len().is_multiple_of(DIMENSIONS) {
            return Err(UnderstandError::Model { what: "centre.f16 has an odd size".to_owned() });
        }
        let directions = values.split_off(DIMENSIONS);
        Ok(Self { mean: values, directions })
    }

    /// The debiased vector, of length one (or zero for a vector that is all language).
    pub fn apply(&self, raw: &[f32]) -> Vec<f32> {
        let mut vector: Vec<f32> = raw.iter().zip(&self.mean).map(|(value, mean)| value - mean).collect();
        for direction in self.directions.chunks_exact(DIMENSIONS) {
            let along: f32 = vector.iter().zip(direction).map(|(value, part)| value * part).sum();
            for (value, part) in vector.iter_mut().zip(direction) {
                *value -= along * part;
            }
        }
        let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
        if length > f32::EPSILON {
            vector.iter_mut().for_each(|value| *value /= length);
        }
        vector
    }
}
