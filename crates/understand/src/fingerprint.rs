//! Fingerprints a text: a hash that equal texts share, and MinHash shingles that similar ones share.
//!
//! Both look at letters and digits only, case and compatibility forms folded, so spaces, quotes and
//! typography never make two texts differ. Shingles are runs of characters, never of words: they
//! work in scripts without spaces.

use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

/// Number of minima kept; the standard error of an estimated Jaccard is 1/√64 = .125 at worst.
const MINIMA: usize = 64;
/// Characters in a shingle of an alphabetic script, and of a script of syllables or words.
const NARROW: usize = 14;
const WIDE: usize = 6;

/// Letters and digits of a text that are looked at: a book has as many, no report.
const MOST_SIGNS: usize = 1_000_000;

/// What identifies a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    /// Hash of the normalised text.
    pub text: u64,
    /// MinHash minima of its shingles; empty for a text shorter than one shingle.
    pub minima: Vec<u32>,
    /// Length of the normalised text, in Latin letters' worth.
    pub length: u32,
}

fn normal(text: &str) -> Vec<char> {
    text.nfkc().flat_map(char::to_lowercase).filter(|sign| sign.is_alphanumeric()).take(MOST_SIGNS).collect()
}

/// How many Latin letters say what one sign says.
fn weight(sign: char) -> u32 {
    match u32::from(sign) {
        0x2E80..=0x3040 | 0x3400..=0x9FFF | 0xF900..=0xFAFF | 0x2_0000..=0x3_2000 => 3,
        0x1100..=0x11FF | 0x3041..=0x30FF | 0xAC00..=0xD7AF => 2,
        _ => 1,
    }
}

/// splitmix64: turns one hash into the next independent one.
fn mix(value: u64) -> u64 {
    let mut mixed = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// The fingerprint of a text.
pub fn fingerprint(text: &str) -> Fingerprint {
    let signs = normal(text);
    let normalised: String = signs.iter().collect();
    let digest = Sha256::digest(normalised.as_bytes());
    let wide = signs
        .iter()
        .filter(|sign| matches!(u32::from(**sign), 0x0E00..=0x0E7F | 0x2E80..=0x9FFF | 0xAC00..=0xD7AF))
        .count();
    let run = if wide * 2 > signs.len() { WIDE } else { NARROW };
    let mut minima = vec![u32::MAX; if signs.len() >= run { MINIMA } else { 0 }];
    // A text shorter than one shingle has no window.
    for window in signs.windows(run) {
        let base = window.iter().fold(0xCBF2_9CE4_8422_2325u64, |hash, sign| {
            (hash ^ u64::from(u32::from(*sign))).wrapping_mul(0x0100_0000_01B3)
        });
        // Two halves of one mixed hash make every further permutation: h1 + i·h2 (Kirsch and Mitzenmacher).
        let mixed = mix(base);
        let (first, step) = (mixed as u32, (mixed >> 32) as u32 | 1);
        for (place, least) in minima.iter_mut().enumerate() {
            *least = (*least).min(first.wrapping_add(step.wrapping_mul(place as u32)));
        }
    }
    Fingerprint {
        text: u64::from_be_bytes(digest[..8].try_into().expect("32 bytes")),
        minima,
        length: signs.iter().map(|sign| weight(*sign)).sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "The harbour of Solvik reopened on Thursday after a week of storms that had kept the ferries in port. \
        Forty lorries crossed in the first hour, the company said, and the queue was gone by noon. The mayor thanked the crews.";

    #[test]
    fn typography_does_not_change_a_text() {
        let other = TEXT.to_uppercase().replace(' ', "  ").replace(',', " –");
        assert_eq!(fingerprint(TEXT).text, fingerprint(&other).text);
    }

    #[test]
    fn small_edits_stay_alike_and_another_text_does_not() {
        let edited = TEXT.replace("Forty", "About forty").replace("the company said, ", "");
        let other = "Voters in the valley decide on Sunday whether the old railway becomes a cycle path, a question that has split the town council for years.";
        let alike =
            |text: &str| fingerprint(TEXT).minima.iter().zip(&fingerprint(text).minima).filter(|(a, b)| a == b).count();
        assert!(alike(&edited) > MINIMA / 2);
        assert!(alike(other) < MINIMA / 10);
    }
}
