//! Stands in for the model where only what is around it is measured: a text's vector is drawn from a hash of its words.
//!
//! Equal texts have equal vectors; all others have nothing in common.

use super::fingerprint;
use samestory_model::DIMENSIONS;

/// What decides its vectors; never compared with those of a model.
pub(super) const NAME: &str = "stand-in-1";

/// A number for each of the first words.
pub(super) fn pieces(text: &str, most: usize) -> Vec<u32> {
    text.split_whitespace().take(most).map(|word| fingerprint(word).text as u32).collect()
}

/// A direction for a row of numbers: xorshift64*, begun at a hash of them.
pub(super) fn values(pieces: &[u32]) -> Vec<f32> {
    let begun = pieces.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, piece| {
        (hash ^ u64::from(*piece)).wrapping_mul(0x0100_0000_01b3).rotate_left(17)
    });
    let mut state = begun | 1;
    let mut next = || {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        (state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 40) as f32 / (1_u32 << 23) as f32 - 1.0
    };
    (0..DIMENSIONS).map(|_| next()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use samestory_model::Vector;

    #[test]
    fn equal_texts_have_equal_vectors_and_others_nothing_in_common() {
        let of = |text: &str| Vector::new(&values(&pieces(text, 48)));
        let (one, again, other) = (of("Seals return to Skerrin"), of("Seals return  to Skerrin"), of("Rain at last"));
        assert_eq!(one, again);
        assert!(one.cosine(&other).abs() < 0.25, "{}", one.cosine(&other));
    }
}
