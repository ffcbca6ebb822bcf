//! What the fuzz targets of the store call: any bytes as a record of any kind, and as the text of a backup.
//!
//! Compiled for fuzzing only, because nothing outside the crate may see how a record lies on disk; and in the crate's own
//! tests, which hold that it still fits.

use super::files::document_log::Located;
use super::files::index;
use super::files::log::StoryFrame;
use super::files::published::PendingChanges;
use super::files::restore::restore;
use super::lines::Line;
use super::records::{Keyed, Record, decode, encode};
use super::{HostRecord, ItemRecord, PageRecord, Waiting};
use samestory_model::{Document, Features, Placement, Source, SourceState, StoredOverride, StoryRecord};
use std::io::Write;
use std::path::Path;

/// A body of a version with the checksum that belongs to it, so that what lies behind the checksum is reached.
fn sealed(version: u8, body: &[u8]) -> Vec<u8> {
    let mut record = vec![version];
    record.extend_from_slice(&crc32fast::hash(body).to_be_bytes());
    record.extend_from_slice(body);
    record
}

/// What reads is written and reads again as the same; compared as bytes, because no number is like itself.
fn stands<T: Record>(body: &[u8]) {
    for version in 1..=T::VERSION {
        if let Ok(value) = decode::<T>(&sealed(version, body)) {
            let bytes = encode(&value);
            let again: T = decode(&bytes).expect("what was written reads");
            assert_eq!(encode(&again), bytes, "a record changes when it is written again");
        }
    }
}

/// Reads a body as a record of a kind.
pub fn record(kind: u8, body: &[u8]) {
    match kind % 13 {
        0 => stands::<Document>(body),
        1 => stands::<Features>(body),
        2 => stands::<Placement>(body),
        3 => stands::<StoryFrame>(body),
        4 => stands::<StoryRecord>(body),
        5 => stands::<PendingChanges>(body),
        6 => stands::<ItemRecord>(body),
        7 => stands::<Waiting>(body),
        8 => stands::<HostRecord>(body),
        9 => {
            stands::<Source>(body);
            stands::<SourceState>(body);
        }
        10 => stands::<Option<StoredOverride>>(body),
        11 => {
            stands::<Keyed<String, PageRecord>>(body);
            stands::<Located>(body);
        }
        _ => stands::<index::Head>(body),
    }
}

/// Restores a backup with this text into `folder`; where that works, a backup of it restores too.
pub fn backup(text: &[u8], folder: &Path) {
    // What no line reads of is refused at once; whole restores are slow.
    let mut lines = text.split(|byte| *byte == b'\n');
    if !lines.any(|line| serde_json::from_slice::<Line>(line).is_ok()) {
        return;
    }
    let file = folder.join("backup");
    let packed = zstd::encode_all(text, 1).expect("memory");
    std::fs::File::create(&file).and_then(|mut file| file.write_all(&packed)).expect("room");
    let Ok((store, _)) = restore(&folder.join("one"), &file) else { return };
    let now = jiff::Timestamp::UNIX_EPOCH;
    store.backup(&file, now).expect("a restored store can be backed up");
    let _ = store.live();
    drop(store);
    restore(&folder.join("two"), &file).expect("the backup of a restored store restores");
}

#[cfg(test)]
mod tests {
    #[test]
    fn any_bytes_are_a_record_or_none_and_any_text_a_backup_or_none() {
        for kind in 0..13 {
            for body in [&b""[..], &[0; 64], &[0xFF; 64], b"\x01\x02\x03\x04\x05\x06\x07\x08"] {
                super::record(kind, body);
            }
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        super::backup(b"{}\nno line\n", folder.path());
    }
}
