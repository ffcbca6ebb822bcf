//! What only a store in files can suffer: damage to what readers see and to documents, a torn end, a file that cannot
//! be written, a second writer.

use super::{commit, log, names, reader, source, store, titles};
use jiff::Timestamp;
use samestory_model::{DocumentId, Fault, StoryId};
use samestory_store::{Reader, SledStore, Store, StoreError};
use std::path::Path;

/// Takes a file away and puts a folder in its place, so that nothing can be written there.
fn block(path: &Path) -> Vec<u8> {
    let bytes = std::fs::read(path).expect("a file");
    std::fs::remove_file(path).expect("a file");
    std::fs::create_dir(path).expect("room");
    bytes
}

#[test]
fn a_commit_holds_when_only_the_readers_could_not_be_told() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let writer = store(folder.path());
    let log = log(folder.path());
    writer.commit(&commit(&[("first", "a", 0, 1, 1)])).expect("room");
    assert_eq!(writer.behind(), None);
    for reopened in [false, true] {
        let name = if reopened { "third" } else { "second" };
        let bytes = block(&log);
        let held = commit(&[(name, "a", 1, 2, 2)]);
        writer.commit(&held).expect("the batch is on disk");
        writer.put_sources(&[source(name)]).expect("the batch is on disk");
        assert!(writer.behind().expect("a reason").contains("stories-1.log"));
        assert!(writer.document(DocumentId::of(&[name])).expect("a store that reads").is_some());
        std::fs::remove_dir(&log).expect("the folder");
        std::fs::write(&log, bytes).expect("room");
        if !reopened {
            writer.commit(&commit(&[("after", "a", 2, 3, 3)])).expect("room");
            assert_eq!(writer.behind(), None, "the next commit tells what was missed");
            assert_eq!(names(&reader(folder.path())), ["second"]);
            assert_eq!(titles(&reader(folder.path()), 2), ["second"]);
        }
    }
    drop(writer);
    drop(store(folder.path()));
    assert_eq!(names(&reader(folder.path())), ["second", "third"]);
    assert_eq!(titles(&reader(folder.path()), 2), ["second", "third"]);
}

#[test]
fn a_flipped_byte_in_what_readers_see_is_told_with_the_way_out_and_mended_by_the_next_writer() {
    // Heads of frames, their records, and the last byte.
    for part in 0..7usize {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let writer = store(folder.path());
        let path = log(folder.path());
        let before = std::fs::metadata(&path).expect("the log").len() as usize;
        writer.put_sources(&[source("a")]).expect("room");
        writer.commit(&commit(&[("one", "a", 0, 1, 1), ("two", "a", 1, 2, 2)])).expect("room");
        drop(writer);
        let mut bytes = std::fs::read(&path).expect("a log");
        let (middle, last) = (usize::midpoint(before, bytes.len()), bytes.len() - 1);
        bytes[[before, before + 3, before + 11, before + 15, before + 16, middle, last][part]] ^= 0x10;
        std::fs::write(&path, &bytes).expect("room");
        let error = Reader::open(folder.path()).expect_err("damage is noticed");
        assert!(matches!(error, StoreError::Log { .. }), "{part}: {error}");
        assert!(error.to_string().contains("stories-") && error.hint().contains("samestory run"), "{error}");
        assert_eq!(error.fault(), Fault::Ours);
        drop(store(folder.path()));
        let mended = reader(folder.path());
        assert_eq!(mended.documents().expect("a whole log").len(), 2);
        assert_eq!((titles(&mended, 1), titles(&mended, 2)), (vec!["one".into()], vec!["two".into()]));
    }
}

#[test]
fn a_damaged_index_is_told_and_mended_by_the_next_writer() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let writer = store(folder.path());
    writer.commit(&commit(&[("one", "a", 0, 1, 1), ("two", "a", 1, 2, 2)])).expect("room");
    drop(writer.compact().expect("room"));
    let index = folder.path().join("g2/index");
    let whole = std::fs::read(&index).expect("an index");
    for place in (0..whole.len()).step_by(whole.len() / 23) {
        let mut bytes = std::fs::read(&index).expect("an index");
        let place = place.min(bytes.len() - 1);
        bytes[place] ^= 0x10;
        std::fs::write(&index, &bytes).expect("room");
        let seen = Reader::open(folder.path()).and_then(|reader| {
            reader.story(StoryId(1))?;
            reader.by_time().try_for_each(|head| head.map(drop))?;
            reader.documents()
        });
        if let Err(error) = seen {
            assert!(matches!(error, StoreError::Log { .. }), "{place}: {error}");
        }
        drop(store(folder.path()));
        let mended = reader(folder.path());
        assert_eq!(mended.documents().expect("a whole log").len(), 2);
        assert_eq!((titles(&mended, 1), titles(&mended, 2)), (vec!["one".into()], vec!["two".into()]));
    }
}

#[test]
fn a_flipped_byte_in_a_document_is_told_with_its_id_and_the_way_out() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let writer = store(folder.path());
    writer.commit(&commit(&[("one", "a", 0, 1, 1)])).expect("room");
    drop(writer);
    let path = folder.path().join("g1/documents.log");
    let whole = std::fs::read(&path).expect("documents");
    for place in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x10;
        std::fs::write(&path, &bytes).expect("room");
        let error = reader(folder.path()).documents().expect_err("damage is noticed");
        assert!(matches!(error, StoreError::Damaged { .. }), "{place}: {error}");
        let id = DocumentId::of(&["one"]).to_string();
        assert!(error.to_string().contains(&id) && error.hint().contains("samestory restore"), "{error}");
        let writer = store(folder.path());
        let error = writer.window(Timestamp::MIN, 9, &mut |_, _, _| {}).expect_err("a pass does not go on over it");
        assert!(matches!(error, StoreError::Damaged { .. }), "{place}: {error}");
    }
    std::fs::write(&path, &whole[..whole.len() - 1]).expect("room");
    let Err(error) = SledStore::open(folder.path()) else { panic!("a file that is cut off is opened") };
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
}

#[test]
fn a_torn_end_is_passed_over_by_readers_and_mended_by_the_next_writer() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let writer = store(folder.path());
    writer.commit(&commit(&[("one", "a", 0, 1, 1)])).expect("room");
    writer.commit(&commit(&[("two", "a", 1, 2, 2)])).expect("room");
    drop(writer);
    let path = log(folder.path());
    let whole = std::fs::read(&path).expect("a log");
    std::fs::write(&path, &whole[..whole.len() - 5]).expect("room");
    assert_eq!(titles(&reader(folder.path()), 1), ["one"]);
    drop(store(folder.path()));
    assert_eq!(titles(&reader(folder.path()), 2), ["two"]);
}

#[test]
fn a_second_writer_is_told_who_holds_the_store() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let first = store(folder.path());
    let Err(error) = SledStore::open(folder.path()) else { panic!("two writers at once") };
    assert!(matches!(error, StoreError::Busy { .. }), "{error}");
    assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
    drop(first);
    drop(store(folder.path()));
}
