//! Ids of documents, articles and stories: stable, short, typed.
//!
//! An id is the first eight bytes of a SHA-256 over what identifies the thing, shown as one
//! letter (`d`, `a`, `s`) and 13 characters of lower-case base 32 without look-alikes. The same
//! input gives the same id on every machine, so re-imports and restores never rename anything.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const DIGITS: usize = 13;

/// Why a text is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {kind} id (expected `{letter}` and 13 characters, as `list` prints them)")]
pub struct IdError {
    text: String,
    kind: &'static str,
    letter: char,
}

fn hash(parts: &[&str]) -> u64 {
    let mut sha = Sha256::new();
    for part in parts {
        sha.update((part.len() as u64).to_be_bytes());
        sha.update(part.as_bytes());
    }
    let digest = sha.finalize();
    u64::from_be_bytes(digest[..8].try_into().expect("a SHA-256 has 32 bytes"))
}

fn write(letter: char, value: u64, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut text = [0u8; DIGITS];
    let mut rest = value;
    for place in text.iter_mut().rev() {
        *place = ALPHABET[(rest & 31) as usize];
        rest >>= 5;
    }
    write!(out, "{letter}{}", std::str::from_utf8(&text).expect("the alphabet is ASCII"))
}

fn read(letter: char, text: &str) -> Option<u64> {
    let digits = text.strip_prefix(letter)?;
    if digits.len() != DIGITS {
        return None;
    }
    digits.bytes().try_fold(0u64, |value, byte| {
        let digit = ALPHABET.iter().position(|&known| known == byte)? as u64;
        value.checked_mul(32)?.checked_add(digit)
    })
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $letter:literal, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u64);

        /// As a person reads it where a person may, else as a number.
        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                if out.is_human_readable() { out.collect_str(self) } else { self.0.serialize(out) }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                if from.is_human_readable() {
                    let text = std::borrow::Cow::<str>::deserialize(from)?;
                    text.parse().map_err(serde::de::Error::custom)
                } else {
                    u64::deserialize(from).map(Self)
                }
            }
        }

        impl $name {
            /// The id of what `parts` identify.
            pub fn of(parts: &[&str]) -> Self {
                Self(hash(parts))
            }

            /// Fixed-width big-endian key for the store.
            pub fn key(self) -> [u8; 8] {
                self.0.to_be_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write($letter, self.0, out)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write($letter, self.0, out)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                read($letter, text).map(Self).ok_or_else(|| IdError {
                    text: text.to_owned(),
                    kind: $kind,
                    letter: $letter,
                })
            }
        }
    };
}

id!(
    /// One text at one address in one language.
    DocumentId, 'd', "a document"
);
id!(
    /// One piece of journalism; its documents are its versions.
    ArticleId, 'a', "an article"
);
id!(
    /// One event; the articles that report it belong to it.
    StoryId, 's', "a story"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_what_it_shows() {
        for value in [0, 1, 31, 32, u64::MAX, 0x0123_4567_89ab_cdef] {
            let id = StoryId(value);
            assert_eq!(id.to_string().parse::<StoryId>().expect("own form"), id);
        }
    }

    #[test]
    fn another_kind_of_id_is_refused_with_its_text() {
        let error = "d0000000000001".parse::<StoryId>().expect_err("a document's letter");
        assert!(error.to_string().contains("d0000000000001"));
    }

    #[test]
    fn parts_are_kept_apart() {
        assert_ne!(DocumentId::of(&["ab", "c"]), DocumentId::of(&["a", "bc"]));
    }
}
