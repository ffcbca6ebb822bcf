//! What can still be read of a damaged store: its database, as far as it opens; the readers' log; the documents.
//!
//! The database is read in a copy, because sled may cut what it opens. What does not read is counted, not hidden. The
//! surprising fact: the readers' log holds every story with its placements and evidence, so only what readers never see
//! (what is known of items and hosts, what waits, credentials) depends on the database.

use crate::error::StoreError;
use crate::files::database::open_sled;
use crate::files::index;
use crate::files::log::{self, Log, StoryFrame};
use crate::files::memtable::Memtable;
use crate::files::sled_files::Files;
use crate::files::tables::{META, key};
use crate::records::{Record, decode};
use samestory_model::{Source, SourceState};
use sled::Db;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Reads of a tag's ranges that may fail before the rest of it is given up. A page that does not read costs about one
/// for each byte of a key that its range is divided by, and its neighbours none.
const FAILING: u32 = 64;

/// The database of a damaged store, in a copy that goes with it.
pub(super) struct OldDatabase {
    db: Db,
    _copy: tempfile::TempDir,
}

/// What does not read: records that were met, and whole ranges of keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Unread {
    pub(super) records: u64,
    pub(super) ranges: u64,
}

impl Unread {
    /// Adds what another part met.
    pub(super) fn add(&mut self, other: Self) {
        self.records += other.records;
        self.ranges += other.ranges;
    }
}

impl OldDatabase {
    /// Opens a copy beside the database; with the snapshot where that reads, else by its log alone. `None` where
    /// neither can be done, with the reason.
    pub(super) fn open(generation: &Path) -> Result<Result<Self, String>, StoreError> {
        let files = Files::of(generation.join("sled"));
        if !files.are_there() {
            return Ok(Err("it is not there, or empty".to_owned()));
        }
        let mut why = String::new();
        for with_snapshot in [true, false] {
            let copy = tempfile::Builder::new().prefix("sled.repair-").tempdir_in(generation);
            let copy = copy.map_err(|error| StoreError::disk(generation, &error))?;
            let copied = Files::of(copy.path().join("sled"));
            let made = files.copy_to(copied.folder()).and_then(|()| copied.sweep());
            let made = made.and_then(|()| if with_snapshot { Ok(()) } else { copied.forget_snapshots() });
            made.map_err(|error| StoreError::disk(copied.folder(), &error))?;
            match open_sled(&copied) {
                Ok(db) => return Ok(Ok(Self { db, _copy: copy })),
                Err(StoreError::Damaged { what, .. }) => why = what,
                Err(error) => return Err(error),
            }
        }
        Ok(Err(why))
    }

    /// A value, where it is there and reads.
    pub(super) fn get<T: Record>(&self, tag: u8, rest: &[u8]) -> Option<T> {
        let found = catch_unwind(AssertUnwindSafe(|| self.db.get(key(tag, rest)))).ok()?.ok()??;
        decode(&found).ok()
    }

    /// A number that the database keeps of itself.
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.get(META, name.as_bytes())
    }

    /// Gives every value of a tag that reads, with its key without the tag; counts what does not.
    pub(super) fn each<T: Record>(&self, tag: u8, mut each: impl FnMut(&[u8], T)) -> Unread {
        let mut unread = Unread::default();
        self.part(&mut vec![tag], &mut { FAILING }, &mut unread, &mut |key, value| match decode(value) {
            Ok(value) => {
                each(&key[1..], value);
                true
            }
            Err(_) => false,
        });
        unread
    }

    /// Gives every pair whose key has none of these tags.
    pub(super) fn others(&self, known: &[u8], mut each: impl FnMut(&[u8], &[u8])) -> Unread {
        let mut unread = Unread::default();
        for tag in (0..=u8::MAX).filter(|tag| !known.contains(tag)) {
            self.part(&mut vec![tag], &mut { FAILING }, &mut unread, &mut |key, value| {
                let sound = crate::records::check(value).is_ok();
                if sound {
                    each(key, value);
                }
                sound
            });
        }
        unread
    }

    /// The pairs below a prefix. Where a page of the tree does not read, the range is read in its parts, so that only
    /// the keys of that page are lost.
    /// After so many failures the rest of the tag is given up: then a page holds most of its keys.
    fn part(
        &self,
        prefix: &mut Vec<u8>,
        failing: &mut u32,
        unread: &mut Unread,
        each: &mut dyn FnMut(&[u8], &[u8]) -> bool,
    ) {
        /// Bytes of a key down to which a range is divided: a page holds tens of keys, and ids are evenly spread.
        const DEEPEST: usize = 3;
        let read =
            || -> Option<Vec<(sled::IVec, sled::IVec)>> { self.db.scan_prefix(&prefix).collect::<Result<_, _>>().ok() };
        // A range is read whole before anything of it is given, so that nothing comes twice.
        let whole = catch_unwind(AssertUnwindSafe(read)).ok().flatten();
        if let Some(pairs) = whole {
            for (key, value) in pairs {
                unread.records += u64::from(!each(&key, &value));
            }
            return;
        }
        if prefix.len() > DEEPEST || *failing == 0 {
            unread.ranges += 1;
            return;
        }
        *failing -= 1;
        for byte in 0..=u8::MAX {
            prefix.push(byte);
            self.part(prefix, failing, unread, each);
            prefix.pop();
        }
    }
}

/// What is left of the files for readers.
pub(super) struct OldLog {
    pub(super) log: Log,
    /// What all frames that read say together.
    pub(super) tail: Memtable,
    /// The last commit that they name.
    pub(super) sequence: u64,
    /// Bytes that belong to no frame that reads.
    pub(super) unread: u64,
}

impl OldLog {
    /// Reads every frame of the log that knows the latest commit; `None` where there is none.
    pub(super) fn read(generation: &Path) -> Option<Self> {
        let mut best: Option<Self> = None;
        for number in log::numbers(generation) {
            let Ok(log) = Log::open(generation, number) else { continue };
            let (mut tail, mut sequence) = (Memtable::default(), 0);
            let unread = log.salvage(|placed| {
                if let StoryFrame::Committed { sequence: committed, .. } = &placed.frame {
                    sequence = sequence.max(*committed);
                }
                tail.take(placed.frame, placed.offset, placed.length);
            });
            let Ok(unread) = unread else { continue };
            if best.as_ref().is_none_or(|best| best.sequence <= sequence) {
                best = Some(Self { log, tail, sequence, unread });
            }
        }
        best
    }

    /// Sources as readers saw them, without credentials; those that are not followed any more are `None`.
    pub(super) fn sources(&self, generation: &Path) -> BTreeMap<String, Option<(Source, SourceState)>> {
        let folded = index::open(generation).ok().flatten().map(|index| index.head.sources.clone()).unwrap_or_default();
        let mut sources: BTreeMap<_, _> = folded.into_iter().map(|(name, known)| (name, Some(known))).collect();
        sources.extend(self.tail.sources.iter().map(|(name, known)| (name.clone(), known.clone())));
        sources
    }
}
