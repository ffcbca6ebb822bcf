//! The keys of the database: a tag of one byte for each kind of record, and what follows it.

use crate::error::StoreError;
use jiff::Timestamp;
use samestory_model::SourceId;
use std::path::Path;

pub(crate) const SOURCE: u8 = b's';
/// Sources of the configuration, kept so that readers can show them.
pub(crate) const MIRRORED: u8 = b'c';
pub(crate) const STATE: u8 = b't';
pub(crate) const ITEM: u8 = b'i';
pub(crate) const DOCUMENT: u8 = b'd';
pub(crate) const PLACEMENT: u8 = b'p';
pub(crate) const ADDRESS: u8 = b'u';
pub(crate) const ORDER: u8 = b'o';
pub(crate) const STORY: u8 = b'y';
pub(crate) const STORY_ALIAS: u8 = b'z';
pub(crate) const ARTICLE_ALIAS: u8 = b'b';
pub(crate) const HOST: u8 = b'h';
pub(crate) const QUEUE: u8 = b'q';
/// Validators of article pages.
pub(crate) const PAGE: u8 = b'v';
/// The user overrides; one that was taken back leaves its number.
pub(crate) const WORD: u8 = b'w';
/// Hashes of what was purged.
pub(crate) const PURGED: u8 = b'x';
pub(crate) const META: u8 = b'm';

pub(crate) fn key(tag: u8, rest: &[u8]) -> Vec<u8> {
    let mut key = Vec::with_capacity(rest.len() + 1);
    key.push(tag);
    key.extend_from_slice(rest);
    key
}

pub(crate) fn item_key(source: &SourceId, item: &str) -> Vec<u8> {
    format!("{source}\u{0}{item}").into_bytes()
}

pub(crate) fn failed(folder: &Path, error: &sled::Error) -> StoreError {
    match error {
        sled::Error::Corruption { .. } => StoreError::Damaged { path: folder.to_owned(), what: error.to_string() },
        other => StoreError::Disk { path: folder.to_owned(), why: other.to_string() },
    }
}

/// Key of a placed document: its latest time, then the number of its placement.
pub(crate) fn order_key(time: Timestamp, placed: u64) -> Vec<u8> {
    let ordered = (time.as_second() as u64) ^ (1 << 63);
    key(ORDER, &[ordered.to_be_bytes(), placed.to_be_bytes()].concat())
}

pub(crate) fn number(key: &[u8]) -> u64 {
    key.try_into().map_or(0, u64::from_be_bytes)
}
