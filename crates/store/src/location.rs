//! Says where a store is, a folder or a server: opens it, and keeps the small texts that are swapped whole.
//!
//! Such a note is a file `readers/NAME` in a folder and a row on a server. It stands outside of what a writer
//! locks, so that `list` can move a cursor while a pass runs.

use super::error::StoreError;
use super::files::layout;
use super::files::sled_store::SledStore;
use super::postgres::{self, Marking, Schema, Sole, notes};
use super::reader::Reader;
use super::server_address::Address;
use super::{Repaired, Store, private};
use jiff::Timestamp;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where a store is.
#[derive(Debug, Clone)]
pub enum StoreLocation {
    /// In files in a folder.
    Folder(PathBuf),
    /// On a server.
    Server(Address),
}

impl From<PathBuf> for StoreLocation {
    fn from(folder: PathBuf) -> Self {
        Self::Folder(folder)
    }
}

impl From<&Path> for StoreLocation {
    fn from(folder: &Path) -> Self {
        Self::Folder(folder.to_owned())
    }
}

impl StoreLocation {
    /// The store for writing; made where it is not there.
    pub fn open(&self) -> Result<Box<dyn Store>, StoreError> {
        match self {
            Self::Folder(folder) => Ok(Box::new(SledStore::open(folder)?)),
            Self::Server(address) => postgres::open(address),
        }
    }

    /// The store for reading, beside its writers. A server that is away is not waited for.
    pub fn reader(&self) -> Result<Reader, StoreError> {
        match self {
            Self::Folder(folder) => Reader::open(folder),
            Self::Server(address) => Reader::connect(address),
        }
    }

    /// Reads a backup into a place where no store is; returns it with the number of the backup's lines.
    pub fn restore(&self, backup: &Path) -> Result<(Box<dyn Store>, u64), StoreError> {
        match self {
            Self::Folder(folder) => {
                let (store, lines) = super::restore(folder, backup)?;
                Ok((Box::new(store), lines))
            }
            Self::Server(address) => postgres::restore(address, backup),
        }
    }

    /// Builds a damaged store anew from what can be read. `None` for a server, which has means of its own.
    pub fn repair(&self, now: Timestamp) -> Result<Option<Repaired>, StoreError> {
        match self {
            Self::Folder(folder) => super::repair(folder, now).map(Some),
            Self::Server(_) => Ok(None),
        }
    }

    /// A place beside this one for a store that is thrown away: a schema of its own on the same server, or a
    /// folder among the system's temporary ones.
    pub fn scratch(&self) -> Result<TempStore, StoreError> {
        Ok(match self {
            Self::Folder(_) => {
                let folder = tempfile::tempdir().map_err(|error| StoreError::disk(&std::env::temp_dir(), &error))?;
                TempStore { place: Self::from(folder.path()), _held: Kept::Folder(folder) }
            }
            Self::Server(address) => {
                let schema = Schema::make(address)?;
                TempStore { place: Self::Server(schema.address.clone()), _held: Kept::Server(Box::new(schema)) }
            }
        })
    }

    /// For a message: the folder, or the server's address without a password.
    pub fn shown(&self) -> String {
        match self {
            Self::Folder(folder) => folder.display().to_string(),
            Self::Server(address) => address.shown(),
        }
    }

    /// That there is no store here yet.
    pub fn missing(&self) -> StoreError {
        StoreError::Missing { path: PathBuf::from(self.shown()) }
    }

    /// What keeps the store: `files`, or the server's name and version.
    pub fn engine(&self) -> Result<String, StoreError> {
        match self {
            Self::Folder(_) => Ok("files".to_owned()),
            Self::Server(address) => Ok(format!("PostgreSQL {}", notes::version(address)?)),
        }
    }

    /// Bytes that the store takes, as far as can be seen.
    pub fn size(&self) -> u64 {
        match self {
            Self::Folder(folder) => layout::size(folder),
            Self::Server(address) => notes::size(address).unwrap_or(0),
        }
    }

    /// The same location, over which a server that is away fails at once.
    #[must_use]
    pub fn impatient(self) -> Self {
        match self {
            Self::Server(address) => Self::Server(Address { reconnect: Duration::ZERO, ..address }),
            folder @ Self::Folder(_) => folder,
        }
    }

    /// A note by its name; `None` where there is none that reads.
    pub fn note(&self, name: &str) -> Result<Option<String>, StoreError> {
        match self {
            Self::Folder(folder) => Ok(std::fs::read_to_string(file(folder, name)).ok()),
            Self::Server(address) => notes::note(address, name),
        }
    }

    /// Swaps a note in, durably.
    pub fn put_value(&self, name: &str, text: &str) -> Result<(), StoreError> {
        match self {
            Self::Folder(folder) => layout::replace(&file(folder, name), text.as_bytes()),
            Self::Server(address) => notes::put_value(address, name, text),
        }
    }

    /// Writes a note where there is none yet.
    pub fn put_new_value(&self, name: &str, text: &str) -> Result<(), StoreError> {
        match self {
            Self::Folder(folder) if file(folder, name).exists() => Ok(()),
            Self::Folder(_) => self.put_value(name, text),
            Self::Server(address) => notes::put_new_value(address, name, text),
        }
    }

    /// When a note was last swapped in, by the clock of the machine that keeps it.
    pub fn value_changed_at(&self, name: &str) -> Option<Timestamp> {
        match self {
            Self::Folder(folder) => std::fs::metadata(file(folder, name)).ok()?.modified().ok()?.try_into().ok(),
            Self::Server(address) => notes::value_changed_at(address, name),
        }
    }

    /// A change token: it changes when a commit has been made. To poll often, use a [`Watch`].
    pub fn mark(&self) -> (u64, u64) {
        self.watch().mark()
    }

    /// For looking often whether a commit has been made.
    pub fn watch(&self) -> Watch {
        match self {
            Self::Folder(folder) => Watch(Watched::Folder(folder.clone())),
            Self::Server(address) => Watch(Watched::Server(Box::new(Marking::of(address)))),
        }
    }

    /// The right to do something that one process may do at a time; `None` where another is at it.
    pub fn alone(&self, name: &str) -> Result<Option<Alone>, StoreError> {
        match self {
            Self::Server(address) => Ok(Sole::take(address, name)?.map(|sole| Alone(Held::Server(Box::new(sole))))),
            Self::Folder(folder) => {
                let path = folder.join(format!("{name}.lock"));
                let opened = private::options().create(true).truncate(false).write(true).open(&path);
                let lock = opened.map_err(|error| StoreError::disk(&path, &error))?;
                let taken = lock.try_lock().is_ok();
                Ok(taken.then(|| Alone(Held::Folder(self.clone(), lock))))
            }
        }
    }
}

enum Kept {
    Folder(#[expect(dead_code, reason = "held until it goes")] tempfile::TempDir),
    Server(#[expect(dead_code, reason = "held until it goes")] Box<Schema>),
}

/// A place that goes with everything in it.
pub struct TempStore {
    /// Where the store is.
    pub place: StoreLocation,
    _held: Kept,
}

/// Where a note lies in a folder.
fn file(folder: &Path, name: &str) -> PathBuf {
    folder.join("readers").join(name)
}

enum Watched {
    Folder(PathBuf),
    Server(Box<Marking>),
}

/// Notices that a commit has been made, without reading anything.
pub struct Watch(Watched);

impl Watch {
    /// Something that changes when a commit has been made.
    pub fn mark(&mut self) -> (u64, u64) {
        match &mut self.0 {
            Watched::Folder(folder) => layout::mark(folder),
            Watched::Server(marking) => marking.mark(),
        }
    }
}

enum Held {
    Folder(StoreLocation, File),
    Server(Box<Sole>),
}

/// The right to do something that one process may do at a time, and the notes that go with it: nothing is
/// written once the right is lost.
pub struct Alone(Held);

impl Alone {
    /// A note by its name.
    pub fn note(&self, name: &str) -> Result<Option<String>, StoreError> {
        match &self.0 {
            Held::Folder(place, _) => place.note(name),
            Held::Server(sole) => sole.note(name),
        }
    }

    /// Swaps a note in, durably.
    pub fn put_value(&self, name: &str, text: &str) -> Result<(), StoreError> {
        match &self.0 {
            Held::Folder(place, _) => place.put_value(name, text),
            Held::Server(sole) => sole.put_value(name, text),
        }
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        // By name: a program that is being started holds the file a moment longer.
        if let Held::Folder(_, file) = &self.0 {
            let _ = file.unlock();
        }
    }
}
