//! What stands in columns and what stands in records: keys, ids, weeks, and rows read back.

use super::connect::Trouble;
use crate::records::{Record, decode};
use samestory_model::{Document, SourceId};
use sha2::{Digest, Sha256};
use tokio_postgres::Row;

/// Seconds of one partition of documents.
pub(super) const WEEK: i64 = 7 * 86_400;

/// What stands for a long text in an index: the first 16 bytes of its SHA-256.
pub fn long_key(text: &str) -> Vec<u8> {
    Sha256::digest(text.as_bytes())[..16].to_vec()
}

/// Key of an item of a source.
pub(super) fn item_key(source: &SourceId, item: &str) -> Vec<u8> {
    long_key(&crate::waiting_key(source, item))
}

/// The host with which a canonical key begins.
pub(super) fn host_of(key: &str) -> &str {
    key.split(['/', '?', '#']).next().unwrap_or_default()
}

/// By what a document is found in time: when it was published or first seen, the later, in seconds.
pub(super) fn time_of(document: &Document) -> i64 {
    document.time().max(document.seen).as_second()
}

/// The week of a time.
pub(super) fn week_of(time: i64) -> i64 {
    time.div_euclid(WEEK)
}

/// What a document counts for in what a store holds: as much as in the embedded engine, whose entries have a head.
pub(super) fn size_of(body: &[u8], features: &[u8]) -> i64 {
    const HEAD: usize = 20;
    (HEAD + body.len() + features.len()) as i64
}

/// A hash of eight bytes as a column holds it.
pub(super) fn signed(hash: [u8; 8]) -> i64 {
    i64::from_be_bytes(hash)
}

/// An id or a number out of a column, where it has a sign.
pub(super) fn id(row: &Row, column: usize) -> Result<u64, Trouble> {
    Ok(row.try_get::<_, i64>(column)? as u64)
}

/// A record out of a column.
pub(super) fn record<T: Record>(row: &Row, column: usize) -> Result<T, Trouble> {
    decode(row.try_get(column)?).map_err(Trouble::Damaged)
}

/// A record out of a column that may hold nothing.
pub(super) fn record_if_any<T: Record>(row: &Row, column: usize) -> Result<Option<T>, Trouble> {
    row.try_get::<_, Option<&[u8]>>(column)?.map(decode).transpose().map_err(Trouble::Damaged)
}
