//! Numbers and addresses as the keys that tables are sorted by.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// A time so that it sorts as bytes.
pub(crate) fn sortable(time: Timestamp) -> u64 {
    (time.as_second() as u64) ^ (1 << 63)
}

/// What stands for an address.
pub(crate) fn address_hash(key: &str) -> u64 {
    let digest = Sha256::digest(key.as_bytes());
    u64::from_be_bytes(digest[..8].try_into().expect("a SHA-256 has 32 bytes"))
}

/// The number that stands at a place of an entry.
pub(crate) fn number(entry: &[u8], at: usize) -> u64 {
    u64::from_be_bytes(entry[at..at + 8].try_into().expect("eight bytes"))
}
