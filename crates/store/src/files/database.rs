//! sled's database of one generation: opened so that nothing it holds is wiped, flushed so that power may fail, closed
//! so that the next opening can tell damage from a crash.
//!
//! - After an orderly close a record of sums lies beside it (`shutdown`). Other bytes than these are damage: the
//!   database is not opened, and stays as it was.
//! - After a crash there is no such record. Then sled may have to cut its log, so the database is opened over a copy
//!   (`sled.before`), and the copy is put back if what sled recovered is older than what readers were shown.
//! - `flush` ends with an fsync of its own: sled 0.34 calls `sync_file_range`, which leaves the disk's cache and the
//!   file's length alone, and it never syncs large values.
//!
//! A database that could not be flushed takes nothing more, because sled keeps in memory what is not on disk.

use super::layout::sync_folder;
use super::sled_files::Files;
use crate::error::StoreError;
use crate::private;
use crate::records::decode;
use sled::Db;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::File;
use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// How long sled may take to let go of a database that was closed.
const LETTING_GO: Duration = Duration::from_secs(10);
/// The copy of a database that is opened after a crash, in its generation's folder.
const BEFORE: &str = "sled.before";
/// A copy that is not finished, or not needed any more.
const COPY: &str = "sled.copy";
/// What a close leaves for the next opening.
const SHUTDOWN: &str = "shutdown";

/// Large values that are on disk, and when their folder had last changed.
type Synced = (Option<SystemTime>, BTreeSet<OsString>);

/// An open database.
pub(crate) struct Database {
    db: Option<Db>,
    files: Files,
    generation: PathBuf,
    data: File,
    blobs: Mutex<Synced>,
    failed: AtomicBool,
}

fn damaged(path: PathBuf, what: impl Into<String>) -> StoreError {
    StoreError::Damaged { path, what: what.into() }
}

fn is_locked(cause: &std::io::Error) -> bool {
    cause.kind() == std::io::ErrorKind::WouldBlock || cause.to_string().contains("acquire lock")
}

/// Opens sled's database in a folder, which is made where it is not there.
pub(crate) fn open_sled(files: &Files) -> Result<Db, StoreError> {
    let path = files.folder();
    let disk = |error: std::io::Error| StoreError::disk(path, &error);
    files.sweep().map_err(disk)?;
    if files.are_there() {
        files.mend_conf().map_err(disk)?;
        if let Some((snapshot, what)) = files.broken_snapshot() {
            return Err(damaged(snapshot, what));
        }
    }
    let config = sled::Config::new().path(path).cache_capacity(16 << 20).flush_every_ms(None);
    // sled 0.34 meets some kinds of damage with a panic.
    let open = || catch_unwind(AssertUnwindSafe(|| config.open()));
    let mut opened = open();
    // No other process may write, so a lock that is held belongs to a thread of this one that is just letting go.
    let begun = Instant::now();
    while begun.elapsed() < LETTING_GO && matches!(&opened, Ok(Err(sled::Error::Io(cause))) if is_locked(cause)) {
        std::thread::sleep(Duration::from_millis(5));
        opened = open();
    }
    let opened = opened.map_err(|_| damaged(path.to_owned(), "sled gave up reading it"))?;
    opened.map_err(|error| match error {
        sled::Error::Io(cause) => disk(cause),
        other => damaged(path.to_owned(), other.to_string()),
    })
}

/// Waits until sled's threads have let go of a database that was closed.
fn wait_until_closed(files: &Files) -> std::io::Result<()> {
    let begun = Instant::now();
    let file = File::open(files.data())?;
    while let Err(error) = file.try_lock() {
        if begun.elapsed() > LETTING_GO {
            return Err(std::io::Error::other(error.to_string()));
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    file.unlock()
}

/// Bytes of a generation's file of documents.
fn documents(generation: &Path) -> u64 {
    std::fs::metadata(super::document_log::path(generation)).map_or(0, |meta| meta.len())
}

/// What an orderly close left: the last commit's number, and the sums of the files.
struct Shutdown {
    sequence: u64,
    /// Bytes of the file of documents, which only grows.
    documents: u64,
    sums: Vec<String>,
}

impl Shutdown {
    fn write(&self) -> String {
        let mut text = format!("shutdown of a store\nsequence {}\ndocuments {}\n", self.sequence, self.documents);
        for line in &self.sums {
            text.push_str(line);
            text.push('\n');
        }
        let sum = crc32fast::hash(text.as_bytes());
        format!("{text}checksum {sum:08x}\n")
    }

    /// The record of a generation; `None` where there is none that reads whole.
    fn of(generation: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(generation.join(SHUTDOWN)).ok()?;
        let (said, sum) = text.split_at_checked(text.rfind("checksum ")?)?;
        if sum != format!("checksum {:08x}\n", crc32fast::hash(said.as_bytes())) {
            return None;
        }
        let mut lines = said.lines().skip(1).map(str::to_owned);
        let sequence = lines.next()?.strip_prefix("sequence ")?.parse().ok()?;
        let documents = lines.next()?.strip_prefix("documents ")?.parse().ok()?;
        Some(Self { sequence, documents, sums: lines.collect() })
    }
}

/// Whether documents came after the database was closed, as far as the record of its close can tell: then it, and
/// whatever else ends there, is older than they are.
pub(crate) fn is_outgrown(generation: &Path) -> bool {
    Shutdown::of(generation).is_some_and(|record| documents(generation) > record.documents)
}

/// Puts back the copy of a database whose opening was cut off.
fn put_back(generation: &Path, files: &Files) -> std::io::Result<()> {
    let before = generation.join(BEFORE);
    if before.is_dir() {
        let _ = std::fs::remove_dir_all(files.folder());
        std::fs::rename(&before, files.folder())?;
    }
    match std::fs::remove_dir_all(generation.join(COPY)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Lets go of the copy once the database has been found to be whole.
fn drop_copy(generation: &Path) -> std::io::Result<()> {
    std::fs::rename(generation.join(BEFORE), generation.join(COPY))?;
    std::fs::remove_dir_all(generation.join(COPY))
}

impl Database {
    /// Makes an empty database in a generation's folder, or goes on with one that nothing relies on yet.
    pub(crate) fn begin(generation: &Path) -> Result<Self, StoreError> {
        Self::around(open_sled(&Files::of(generation.join("sled")))?, generation)
    }

    /// Opens the database of a generation. `known` is the number of the last commit that its readers were shown, where
    /// that can be read; a database that stands before it has lost commits and is left as it was.
    pub(crate) fn open(generation: &Path, known: Option<(u64, String)>) -> Result<Self, StoreError> {
        let files = Files::of(generation.join("sled"));
        let disk = |error: std::io::Error| StoreError::disk(files.folder(), &error);
        put_back(generation, &files).map_err(disk)?;
        if !files.are_there() {
            return Err(damaged(files.data(), "the database is not there, or empty"));
        }
        // A record of an earlier close speaks of other bytes where a version of the program that knows no records has
        // opened the database since: it stored something, or sled made a snapshot.
        let fits = |record: &Shutdown| {
            known.as_ref().is_none_or(|known| known.0 <= record.sequence) && !files.has_moved_on(&record.sums)
        };
        let record = Shutdown::of(generation).filter(fits);
        if let Some(record) = &record {
            let mut wrong = files.differences(&record.sums);
            let (there, then) = (documents(generation), record.documents);
            if there < then {
                wrong.push(format!("documents.log has {there} of {then} bytes"));
            } else if there > then {
                wrong.push(format!("documents.log holds {} bytes that came after it was closed", there - then));
            }
            if let Some(first) = wrong.first() {
                let more = if wrong.len() > 1 { format!(", and {} more", wrong.len() - 1) } else { String::new() };
                return Err(damaged(files.folder().to_owned(), format!("{first}{more}")));
            }
        }
        let copied = record.is_none() && Self::copied(generation, &files)?;
        let opened = open_sled(&files).and_then(|db| Self::around(db, generation));
        let opened = opened.and_then(|database| match database.missing(known.as_ref()) {
            None => Ok(database),
            Some(what) => Err(damaged(files.folder().to_owned(), what)),
        });
        match opened {
            Ok(database) => {
                if copied {
                    drop_copy(generation).map_err(disk)?;
                }
                database.forget_shutdown()?;
                Ok(database)
            }
            Err(error) => {
                if copied {
                    wait_until_closed(&files).and_then(|()| put_back(generation, &files)).map_err(disk)?;
                }
                Err(error)
            }
        }
    }

    /// Copies the database before sled may have to cut it. A disk without room for the copy is no reason to refuse: the
    /// database is as sled's own recovery leaves it.
    fn copied(generation: &Path, files: &Files) -> Result<bool, StoreError> {
        let copy = generation.join(COPY);
        let made = files.copy_to(&copy).and_then(|()| std::fs::rename(&copy, generation.join(BEFORE)));
        match made {
            Ok(()) => sync_folder(generation).map(|()| true),
            Err(error) if matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge) => {
                let _ = std::fs::remove_dir_all(&copy);
                Ok(false)
            }
            Err(error) => Err(StoreError::disk(&copy, &error)),
        }
    }

    fn around(db: Db, generation: &Path) -> Result<Self, StoreError> {
        let files = Files::of(generation.join("sled"));
        let data = File::open(files.data()).map_err(|error| StoreError::disk(&files.data(), &error))?;
        let (db, generation, blobs) = (Some(db), generation.to_owned(), Mutex::default());
        Ok(Self { db, files, generation, data, blobs, failed: AtomicBool::new(false) })
    }

    /// What the database lacks of the commits that readers were shown.
    fn missing(&self, known: Option<&(u64, String)>) -> Option<String> {
        let stands = match self.number("sequence") {
            Ok(stands) => stands.unwrap_or(0),
            Err(what) => return Some(what),
        };
        let (sequence, by) = known.filter(|known| known.0 > stands)?;
        Some(format!("the database ends at commit {stands}, {by} knows commit {sequence}"))
    }

    /// A number that the database keeps of itself.
    fn number(&self, name: &str) -> Result<Option<u64>, String> {
        let key = [b"m", name.as_bytes()].concat();
        let found =
            catch_unwind(AssertUnwindSafe(|| self.get(key))).map_err(|_| "sled gave up reading it".to_owned())?;
        found.map_err(|error| error.to_string())?.map(|bytes| decode(&bytes)).transpose()
    }

    /// From now on the files change: what the last close said of them holds no longer.
    fn forget_shutdown(&self) -> Result<(), StoreError> {
        let path = self.generation.join(SHUTDOWN);
        match std::fs::remove_file(&path) {
            Ok(()) => sync_folder(&self.generation),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(StoreError::disk(&path, &error)),
        }
    }

    /// Makes everything durable. Once that fails nothing more can be stored through this database.
    pub(crate) fn sync(&self) -> Result<(), StoreError> {
        if self.failed.load(Ordering::Acquire) {
            let why = "an earlier write failed, so nothing more is stored until it is opened anew".to_owned();
            return Err(StoreError::Disk { path: self.files.data(), why });
        }
        let synced = self.flush().map_err(|error| super::tables::failed(self.files.folder(), &error)).and_then(|_| {
            let disk = |error: std::io::Error| StoreError::disk(&self.files.data(), &error);
            self.data.sync_data().and_then(|()| self.sync_blobs()).map_err(disk)
        });
        self.failed.store(synced.is_err(), Ordering::Release);
        synced
    }

    /// Makes large values durable that have come since the last time.
    fn sync_blobs(&self) -> std::io::Result<()> {
        let folder = self.files.blobs();
        let changed = std::fs::metadata(&folder)?.modified().ok();
        let mut synced = self.blobs.lock().unwrap_or_else(PoisonError::into_inner);
        if synced.0 == changed && changed.is_some() {
            return Ok(());
        }
        let mut found = BTreeSet::new();
        for entry in std::fs::read_dir(&folder)?.flatten() {
            if !synced.1.contains(&entry.file_name()) {
                // One that has been replaced meanwhile is gone.
                private::tighten_folder(&entry.path());
                match File::open(entry.path()).and_then(|file| file.sync_all()) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                    _ => {}
                }
            }
            found.insert(entry.file_name());
        }
        File::open(&folder)?.sync_all()?;
        *synced = (changed, found);
        Ok(())
    }

    /// Closes the database and leaves the record of its files; without it the next opening is as after a crash.
    fn close(&mut self) -> std::io::Result<()> {
        let sequence = self.number("sequence").ok().flatten().unwrap_or(0);
        let flushed = self.sync().is_ok();
        drop(self.db.take());
        if flushed && !self.failed.load(Ordering::Acquire) {
            wait_until_closed(&self.files)?;
            let (documents, sums) = (documents(&self.generation), self.files.record()?);
            let text = Shutdown { sequence, documents, sums }.write();
            super::layout::replace(&self.generation.join(SHUTDOWN), text.as_bytes())
                .map_err(|error| std::io::Error::other(error.to_string()))?;
        }
        Ok(())
    }
}

impl Deref for Database {
    type Target = Db;

    fn deref(&self) -> &Db {
        self.db.as_ref().expect("it is taken when the database is closed, which is when it goes")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // sled panics where the disk fails while it closes.
        let _ = catch_unwind(AssertUnwindSafe(|| self.close()));
    }
}
