//! Every file of a store, damaged in every way: the damage is named before anything changes, or it does no harm; and a
//! repair brings back every document whose own record is whole.

use super::crash::synthetic;
use super::{reader, source, start};
use jiff::SignedDuration;
use samestory_model::{DocumentId, SourceId};
use samestory_store::{
    Commit, Cursor, HostRecord, Learned, Reader, SledStore, Store, StoreError, StoreLocation, cursor, move_cursor,
    repair,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const DOCUMENTS: u64 = 36;

fn seen(number: u64) -> jiff::Timestamp {
    start() + SignedDuration::from_mins(number as i64)
}

/// A store of three sessions, each with its own documents; the last one also has a large value. Every session but the
/// first begins behind a snapshot, and a reader has seen the first two.
fn make(folder: &Path) {
    for session in 0..3 {
        let store = SledStore::open(folder).expect("a store");
        store.put_sources(&[source(&format!("added{session}"))]).expect("room");
        let part = DOCUMENTS / 3;
        for half in 0..2 {
            let first = session * part + half * part / 2;
            store.commit(&synthetic::commit(first..first + part / 2, 5, seen)).expect("room");
        }
        let blocks: Vec<u8> = (0..200_000u32).map(|number| (number.wrapping_mul(number) >> 3) as u8).collect();
        let hosts = vec![(
            format!("host{session}.example"),
            HostRecord { blocks: Learned::of(1, blocks), ..HostRecord::default() },
        )];
        store.commit(&Commit { hosts, ..Commit::default() }).expect("room");
        drop(store);
        if session == 1 {
            let sequence = reader(folder).sequence();
            let place = StoreLocation::from(folder);
            move_cursor(&place, "me", &Cursor { sequence, ..Cursor::default() }).expect("room");
        }
    }
}

/// Every file below a folder with its bytes, locks aside.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inside) = folders.pop() {
        for entry in std::fs::read_dir(inside).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if !entry.file_name().to_string_lossy().starts_with("writer.") {
                found.insert(path.clone(), std::fs::read(&path).expect("a file"));
            }
        }
    }
    found
}

fn copy(files: &BTreeMap<PathBuf, Vec<u8>>, from: &Path, to: &Path) {
    for (path, bytes) in files {
        let path = to.join(path.strip_prefix(from).expect("inside"));
        std::fs::create_dir_all(path.parent().expect("inside")).expect("room");
        std::fs::write(path, bytes).expect("room");
    }
}

/// What is done to a file.
#[derive(Debug, Clone, Copy)]
enum Damage {
    Flip(usize),
    Cut(usize),
    Zeros(usize),
    Gone,
}

impl Damage {
    /// Several of each kind, spread over the bytes that are in use.
    fn all(bytes: &[u8]) -> Vec<Self> {
        let used = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        let step = (used / 9).max(1);
        let places = || (0..used).step_by(step).chain(used.checked_sub(1));
        let mut all = vec![Self::Gone];
        all.extend(places().map(Self::Flip));
        all.extend(places().step_by(3).map(Self::Cut));
        all.extend(places().step_by(3).map(Self::Zeros));
        all
    }

    fn apply(self, path: &Path) {
        let mut bytes = std::fs::read(path).expect("a file");
        match self {
            Self::Flip(at) => bytes[at] ^= 0x10,
            Self::Cut(at) => bytes.truncate(at),
            Self::Zeros(at) => {
                let end = bytes.len().min(at + 4096);
                bytes[at..end].fill(0);
            }
            Self::Gone => return std::fs::remove_file(path).expect("a file"),
        }
        std::fs::write(path, bytes).expect("room");
    }
}

/// What a store lacks, by what it gives out.
fn lacks(store: &SledStore) -> Vec<String> {
    let mut lacking = Vec::new();
    for number in 0..DOCUMENTS {
        let (expected, features) = synthetic::document(number, 5, seen(number));
        let read = (store.document(expected.id), store.features(expected.id), store.placement(expected.id));
        match read {
            (Ok(Some(document)), Ok(Some(of)), Ok(Some(_))) if document == expected && of == features => {}
            other => lacking.push(format!("{number}: {:?}", other.0.map(|document| document.is_some()))),
        }
    }
    lacking
}

/// What everything but the documents lacks.
fn lacks_more(store: &SledStore) -> Vec<String> {
    let mut lacking = Vec::new();
    for session in 0..3 {
        let host = store.host(&format!("host{session}.example"));
        if host.is_ok_and(|host| host.blocks.bytes.len() != 200_000) {
            lacking.push(format!("what is known of host {session}"));
        }
        if !store.sources().is_ok_and(|known| known.iter().any(|one| one.name == SourceId(format!("added{session}")))) {
            lacking.push(format!("source {session}"));
        }
    }
    for number in 0..DOCUMENTS {
        let document = synthetic::document(number, 5, seen(number)).0;
        if !store
            .item(&document.source, &document.item)
            .is_ok_and(|item| item.is_some_and(|item| item.document == Some(document.id)))
        {
            lacking.push(format!("item {number}"));
        }
    }
    lacking
}

/// Where readers see each document.
fn shown(reader: &Reader) -> Result<BTreeMap<DocumentId, String>, StoreError> {
    let mut shown = BTreeMap::new();
    for listed in reader.stories()? {
        for article in &listed.view.articles {
            for version in &article.documents {
                shown.insert(version.document, format!("{} {} {:?}", listed.view.story, article.article, version.role));
            }
        }
    }
    Ok(shown)
}

/// Looks at a damaged store; says whether the damage was named.
fn look(folder: &Path, whole: &BTreeMap<DocumentId, String>, what: &str) -> Result<bool, String> {
    let before = files(folder);
    let seen_by_readers = Reader::open(folder).and_then(|reader| shown(&reader));
    let damaged = match SledStore::open(folder) {
        Err(error) => {
            if !matches!(error, StoreError::Damaged { .. }) || !error.hint().contains("samestory repair") {
                return Err(format!("{error} / {}", error.hint()));
            }
            if files(folder) != before {
                let after = files(folder);
                let changed: Vec<_> = before
                    .iter()
                    .filter(|(path, bytes)| after.get(*path) != Some(*bytes))
                    .map(|pair| pair.0.clone())
                    .collect();
                let fresh: Vec<_> = after.keys().filter(|path| !before.contains_key(*path)).collect();
                return Err(format!("it was refused ({error}) and changed: {changed:?}, and {fresh:?} came"));
            }
            if what.contains("/sled/") && seen_by_readers.as_ref().ok() != Some(whole) {
                return Err("readers do not go on with what they have".to_owned());
            }
            true
        }
        Ok(store) => {
            let (lost, more) = (lacks(&store), lacks_more(&store));
            let found = store.check_deep().map_err(|error| error.to_string())?;
            if !found.is_empty() {
                true
            } else if !lost.is_empty() || !more.is_empty() {
                return Err(format!("nothing is said, and {lost:?} and {more:?} are gone"));
            } else {
                let now = Reader::open(folder).and_then(|reader| shown(&reader)).map_err(|error| error.to_string())?;
                if now != *whole {
                    return Err("readers see another store".to_owned());
                }
                false
            }
        }
    };
    let repaired = repair(folder, start()).map_err(|error| format!("no repair: {error}"))?;
    if damaged && repaired.notes.is_empty() {
        return Err("the repair has nothing to say".to_owned());
    }
    let store = SledStore::open(folder).map_err(|error| format!("after the repair: {error}"))?;
    let lost = lacks(&store);
    // A flip costs the document that it lies in; a piece of 4 kB may cost two.
    let may = if what.contains("documents.log") {
        if what.contains("Cut") || what.contains("Gone") { DOCUMENTS as usize } else { 2 }
    } else {
        0
    };
    if lost.len() > may {
        return Err(format!("after the repair {lost:?} are gone; {:?}", repaired.notes));
    }
    let found = store.check_deep().map_err(|error| error.to_string())?;
    if !found.is_empty() {
        return Err(format!("after the repair: {found:?}"));
    }
    let now = Reader::open(folder).and_then(|reader| shown(&reader)).map_err(|error| error.to_string())?;
    let moved: Vec<_> = now.iter().filter(|(id, place)| whole.get(*id) != Some(place)).collect();
    if !moved.is_empty() {
        return Err(format!("after the repair {} documents stand elsewhere; {:?}", moved.len(), repaired.notes));
    }
    Ok(damaged)
}

#[test]
fn damage_to_any_file_is_named_or_harmless_and_a_repair_brings_back_what_is_whole() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let original = folder.path().join("original");
    make(&original);
    let whole = shown(&reader(&original)).expect("a whole log");
    assert_eq!(whole.len() as u64, DOCUMENTS);
    let files = files(&original);
    let (mut cases, mut named, mut wrong) = (0, 0, Vec::new());
    for (path, bytes) in &files {
        let name = path.strip_prefix(&original).expect("inside").display().to_string();
        for damage in Damage::all(bytes) {
            let what = format!("{name} {damage:?}");
            let folder = folder.path().join("damaged");
            copy(&files, &original, &folder);
            damage.apply(&folder.join(&name));
            match look(&folder, &whole, &what) {
                Ok(said) => named += u64::from(said),
                Err(why) => wrong.push(format!("{what}: {why}")),
            }
            cases += 1;
            std::fs::remove_dir_all(&folder).expect("the folder");
        }
    }
    assert!(wrong.is_empty(), "{} of {cases}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(cases >= 200 && named > 50, "{cases} cases, {named} named");
    println!("{cases} cases, {named} of them named, the others harmless");
}

#[test]
fn a_damaged_cursor_is_said_and_shows_every_story_once_more() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    make(folder.path());
    let place = StoreLocation::from(folder.path());
    let path = folder.path().join("readers/me.cursor");
    let whole = std::fs::read(&path).expect("a cursor");
    let stands = cursor(&place, "me").expect("a cursor");
    assert!(stands.sequence > 0);
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        std::fs::write(&path, bytes).expect("room");
        let read = cursor(&place, "me").expect("a cursor");
        assert!(read == Cursor::default() || read == stands, "byte {at}: {read:?}");
    }
}
