//! What can go wrong with the store; every error leaves the store as it was.

use crate::model::Fault;
use std::path::PathBuf;

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process writes to this store.
    #[error("{}: another samestory ({who}) is writing to this store", path.display())]
    Busy {
        /// The store's folder.
        path: PathBuf,
        /// The process that holds it, as far as it is known.
        who: String,
    },
    /// There is no store yet.
    #[error("{}: there is no store here yet", path.display())]
    Missing {
        /// The store's folder.
        path: PathBuf,
    },
    /// A record does not read.
    #[error("{}: the store is damaged: {what}", path.display())]
    Damaged {
        /// The store's folder.
        path: PathBuf,
        /// Which record and why.
        what: String,
    },
    /// The log that readers see is not as it was written; the store itself is another file.
    #[error("{}: the readers' log is damaged: {what}", path.display())]
    Log {
        /// The log's file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The store was written by a later version.
    #[error("{}: the store has format {found}, this program reads up to {known}", path.display())]
    Newer {
        /// The store's folder.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// What this program knows.
        known: u32,
    },
    /// The file system refused.
    #[error("{}: {why}", path.display())]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
}

impl StoreError {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Busy { .. } | Self::Missing { .. } | Self::Newer { .. } => Fault::Configuration,
            Self::Damaged { .. } | Self::Log { .. } | Self::Disk { .. } => Fault::Ours,
        }
    }

    /// What a person can do.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Busy { .. } => {
                "wait until it is done, or stop it where it is a daemon; `list`, `show` and `explain` work meanwhile"
            }
            Self::Missing { .. } => "follow something: samestory sources add URL, then samestory run",
            Self::Damaged { .. } => "keep the folder, point --data at a new one and run again; nothing was changed",
            Self::Log { .. } => "nothing is lost: samestory run rewrites it from the store",
            Self::Newer { .. } => "install the version that wrote it, or point --data at another folder",
            Self::Disk { .. } => "check that the folder exists, is writable and that the disk is not full",
        }
    }
}
