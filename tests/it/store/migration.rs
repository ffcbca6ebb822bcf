//! A store as the first format wrote it opens, says what it said then, and keeps the old one beside it.

use super::{commit, reader, store};
use crate::bed::{Bed, fixture};
use samestory_store::{SledStore, Store, StoreError};
use std::io::Read;
use std::path::Path;

/// Puts the stored store of the first format into a folder.
pub(crate) fn first_format(folder: &Path) {
    let from = |name: &str| std::fs::read(fixture(&format!("format-1/{name}"))).expect("a fixture");
    for inside in ["sled/blobs", "readers"] {
        std::fs::create_dir_all(folder.join(inside)).expect("room");
    }
    let mut database = Vec::new();
    flate2::read::GzDecoder::new(from("db.gz").as_slice()).read_to_end(&mut database).expect("gzip");
    for (to, bytes) in [
        ("sled/db", database),
        ("sled/conf", from("conf")),
        ("sled/snap.00000000000046A0", from("snap.00000000000046A0")),
        ("stories.log", from("stories.log")),
        ("documents.log", from("documents.log")),
        ("readers/kept.cursor", from("kept.cursor")),
    ] {
        std::fs::write(folder.join(to), bytes).expect("room");
    }
}

#[test]
fn a_store_of_the_first_format_is_brought_forward_by_whoever_opens_it() {
    let expected = std::fs::read_to_string(fixture("format-1/listed.jsonl")).expect("a fixture");
    for first in [&["list", "--since", "all", "--format", "jsonl"][..], &["doctor"], &["sources", "list"]] {
        let bed = Bed::new();
        first_format(&bed.store());
        bed.command(first).output().expect("the program starts");
        let listed =
            bed.command(&["list", "--since", "all", "--format", "jsonl"]).output().expect("the program starts");
        assert_eq!(String::from_utf8_lossy(&listed.stdout), expected, "{first:?}");
        assert!(bed.store().join("format-1/db").exists(), "the old one is put aside whole");
        let left = bed.run(&["list", "--reader", "kept", "--format", "jsonl"]).expect(0).json_lines();
        assert_eq!(left.len(), 1, "cursors stand where they stood");
        let seen = reader(&bed.store());
        assert_eq!((seen.holds().stories, seen.holds().documents), (2, 3));
        assert_eq!(seen.sources().next().expect("a source").0.name.0, "songlam");
        let writer = store(&bed.store());
        assert_eq!(writer.waiting().expect("a store that reads").len(), 0);
        writer.commit(&commit(&[("more", "a", 9000, 77, 77)])).expect("room");
        drop(writer.compact().expect("room"));
        assert!(!bed.store().join("format-1").exists(), "compacting lets go of it");
        assert_eq!(reader(&bed.store()).holds().documents, 4);
    }
}

#[test]
fn a_migration_that_was_cut_off_begins_anew_from_the_old_store() {
    let bed = Bed::new();
    first_format(&bed.store());
    // What a crash in the middle leaves: a generation that `current` does not name.
    std::fs::create_dir_all(bed.store().join("g1/sled")).expect("room");
    std::fs::write(bed.store().join("g1/documents.log"), b"half of something").expect("room");
    drop(store(&bed.store()));
    assert_eq!(reader(&bed.store()).documents().expect("whole documents").len(), 3);
}

#[test]
fn a_later_format_is_refused_and_left_as_it_was() {
    let bed = Bed::new();
    drop(store(&bed.store()));
    let current = bed.store().join("current");
    std::fs::write(&current, "samestory store\nformat 9\ngeneration 1\n").expect("room");
    let Err(error) = SledStore::open(&bed.store()) else { panic!("a later format is opened") };
    assert!(matches!(error, StoreError::Newer { found: 9, .. }), "{error}");
    for arguments in [&["list"][..], &["run"], &["doctor"], &["compact"], &["backup", "x"]] {
        let ran = bed.run(arguments).expect(3);
        assert!(ran.err.contains("format 9") && ran.err.contains("hint: install the version"), "{}", ran.err);
    }
    assert_eq!(std::fs::read_to_string(&current).expect("a file"), "samestory store\nformat 9\ngeneration 1\n");
}

#[test]
fn a_generation_that_is_not_there_is_told_and_nothing_is_removed() {
    let bed = Bed::new();
    let writer = store(&bed.store());
    writer.commit(&commit(&[("one", "a", 0, 1, 1)])).expect("room");
    drop(writer);
    let (here, away) = (bed.store().join("g1"), bed.store().join("elsewhere"));
    std::fs::rename(&here, &away).expect("room");
    for command in ["compact", "list", "repair"] {
        let ran = bed.run(&[command]).expect(3);
        assert!(ran.err.contains("nothing is left") && ran.err.contains("put that folder back"), "{}", ran.err);
    }
    let Err(error) = SledStore::open(&bed.store()) else { panic!("an empty store is taken for this one") };
    assert!(matches!(error, StoreError::Gone { .. }), "{error}");
    std::fs::rename(&away, &here).expect("room");
    drop(store(&bed.store()));
    assert_eq!(reader(&bed.store()).holds().documents, 1);
}
