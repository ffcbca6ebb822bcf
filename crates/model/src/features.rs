//! What is computed from a document's text so that two documents can be compared.

use super::Lang;
use serde::{Deserialize, Serialize};

/// Dimensions of every vector of the shipped model.
pub const DIMENSIONS: usize = 384;

/// A unit vector after centring, one signed byte a dimension with one scale.
///
/// `value[i] = bytes[i] * scale`; cosine error against float32 is below .002.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Vector {
    /// Quantised components, [`DIMENSIONS`] of them, or none for an absent vector.
    #[serde(with = "components")]
    pub bytes: Vec<i8>,
    /// Size of one step.
    pub scale: f32,
}

/// Components as base64 where a person may read them: a number a component would be three times as long.
mod components {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(bytes: &[i8], out: S) -> Result<S::Ok, S::Error> {
        if out.is_human_readable() {
            out.collect_str(&STANDARD.encode(bytes.iter().map(|byte| *byte as u8).collect::<Vec<u8>>()))
        } else {
            bytes.serialize(out)
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<i8>, D::Error> {
        if from.is_human_readable() {
            let text = std::borrow::Cow::<str>::deserialize(from)?;
            let bytes = STANDARD.decode(text.as_bytes()).map_err(serde::de::Error::custom)?;
            Ok(bytes.into_iter().map(|byte| byte as i8).collect())
        } else {
            Vec::deserialize(from)
        }
    }
}

impl Vector {
    /// Quantises a vector, after scaling it to length one; a zero vector stays zero.
    pub fn new(values: &[f32]) -> Self {
        let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
        let largest = values.iter().fold(0f32, |most, value| most.max(value.abs()));
        if length <= f32::EPSILON || !length.is_finite() {
            return Self { bytes: vec![0; values.len()], scale: 0.0 };
        }
        let step = largest / 127.0;
        Self { bytes: values.iter().map(|value| (value / step).round() as i8).collect(), scale: step / length }
    }

    /// Cosine of two vectors, −1 to 1; 0 where either is absent.
    pub fn cosine(&self, other: &Self) -> f32 {
        super::dot::<DIMENSIONS>(&self.bytes, &other.bytes) as f32 * self.scale * other.scale
    }

    /// The components as floats.
    pub fn to_floats(&self) -> Vec<f32> {
        self.bytes.iter().map(|byte| f32::from(*byte) * self.scale).collect()
    }
}

/// One sentence's vector, with how long the sentence was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SentenceVector {
    /// Its vector.
    pub vector: Vector,
    /// Its length in tokens, as weight in an alignment.
    pub pieces: u16,
}

/// A number with its unit class, normalised over languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Quantity {
    /// The value in thousandths (4.2 million = 4 200 000 000).
    pub thousandths: i64,
    /// Whether a percent sign or word stands with it.
    pub percent: bool,
}

/// A name as it is shown and as it is compared.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Name {
    /// The word as the text has it.
    pub shown: String,
    /// Its consonants, equal over scripts.
    pub skeleton: String,
}

/// What the crate `samestory_understand` knows about one document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Features {
    /// Version of the model that made the vectors; unlike versions are never compared.
    pub model: String,
    /// Language, decided; `None` where nothing is sure.
    pub lang: Option<Lang>,
    /// Whether the model knows this language: without it, vectors never merge.
    pub known_language: bool,
    /// How well the model knows it, 0 to 1: how near its texts lie to their translations.
    pub grasp: f32,
    /// Vector of the headline.
    pub title: Vector,
    /// Lead vector: headline and the beginning of the text together, by which nearest neighbours are found.
    pub head: Vector,
    /// The first sentences, in order.
    pub sentences: Vec<SentenceVector>,
    /// Quantities in order of appearance, without repetition.
    pub quantities: Vec<Quantity>,
    /// Names in order of appearance, each skeleton once.
    pub names: Vec<Name>,
    /// The headline folded to a slug (`duong-sat-ha-noi`), as mirrors keep it in their addresses.
    pub slug: String,
    /// Hash of the normalised text.
    pub text_hash: u64,
    /// MinHash of word (or, without spaces, character) shingles, for near-duplicates in one language.
    pub shingles: Vec<u32>,
    /// Length of the normalised text, in Latin letters' worth.
    pub length: u32,
}

impl Features {
    /// Estimated Jaccard of two texts' shingles, 0 to 1; 0 where either text was too short.
    pub fn likeness(&self, other: &Self) -> f32 {
        if self.shingles.is_empty() || self.shingles.len() != other.shingles.len() {
            return 0.0;
        }
        let equal = self.shingles.iter().zip(&other.shingles).filter(|(a, b)| a == b).count();
        equal as f32 / self.shingles.len() as f32
    }
}
