//! What can go wrong with the store; every error leaves the store as it was.

use samestory_model::Fault;
use std::path::{Path, PathBuf};

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
    /// Every file that the store consists of is gone.
    #[error("{}: nothing is left of the store: `current` names {}, which is not there", folder.display(), gone.display())]
    Gone {
        /// The store's folder.
        folder: PathBuf,
        /// The folder that held its files.
        gone: PathBuf,
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
    /// The store was written by an earlier version, and only a writer can bring it forward.
    #[error("{}: the store has the form of an earlier version", path.display())]
    Older {
        /// The store's folder.
        path: PathBuf,
    },
    /// A restore was asked for where a store stands.
    #[error("{}: there is a store here already", path.display())]
    NotEmpty {
        /// The store's folder.
        path: PathBuf,
    },
    /// A backup file is not as it was written.
    #[error("{}: {what}", path.display())]
    Backup {
        /// The file, with its line where one is known.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// A file was to be written where something else stands: a folder, a device, a link that leads nowhere.
    #[error("{}: it is there, and no plain file", path.display())]
    NotAFile {
        /// Where.
        path: PathBuf,
    },
    /// The database server cannot be reached, or refused what was asked of it.
    #[error("{address}: {why}")]
    Server {
        /// The database, without credentials.
        address: String,
        /// What it, or the system, said.
        why: String,
        /// What a person can do.
        hint: &'static str,
    },
    /// Another worker was faster, or the connection was lost: what was decided meanwhile is not stored.
    #[error("{what}")]
    Conflict {
        /// What was lost.
        what: String,
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
    /// What the system said of a path.
    pub fn disk(path: &Path, error: &std::io::Error) -> Self {
        Self::Disk { path: path.to_owned(), why: error.to_string() }
    }

    /// Whether trying again would not help.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Damaged { .. } | Self::Gone { .. } | Self::Newer { .. })
    }

    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Busy { .. }
            | Self::Missing { .. }
            | Self::Newer { .. }
            | Self::Older { .. }
            | Self::NotEmpty { .. }
            | Self::NotAFile { .. } => Fault::Configuration,
            Self::Server { .. } => Fault::Network,
            Self::Damaged { .. }
            | Self::Gone { .. }
            | Self::Log { .. }
            | Self::Backup { .. }
            | Self::Disk { .. }
            | Self::Conflict { .. } => Fault::Ours,
        }
    }

    /// What a person can do.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Busy { .. } => {
                "wait until it is done, or stop it where it is a daemon; `list`, `show` and `explain` work meanwhile"
            }
            Self::Missing { .. } => "follow something: samestory sources add URL, then samestory run",
            Self::Damaged { .. } => {
                "nothing was changed; `samestory repair` builds it anew from what can be read, or point --data at a new \
                 folder and read your last backup into it: samestory restore FILE"
            }
            Self::Gone { .. } => {
                "put that folder back from where it went, or point --data at a new folder and read your last backup into \
                 it: samestory restore FILE"
            }
            Self::Log { .. } => "nothing is lost: samestory run, or samestory compact, writes it anew",
            Self::Newer { .. } => "install the version that wrote it, or point --data at another folder",
            Self::Older { .. } => "samestory run brings it forward and keeps the old one beside it",
            Self::NotEmpty { .. } => "point --data at a folder that does not exist yet, or move this one away",
            Self::Backup { .. } => "nothing was restored; take another backup, or the version that wrote this one",
            Self::NotAFile { .. } => "nothing was replaced; give the name of a file that is not there yet",
            Self::Server { hint, .. } => hint,
            Self::Conflict { .. } => "nothing is lost: the next pass goes on with it",
            Self::Disk { .. } => "check that the folder exists, is writable and that the disk is not full",
        }
    }
}
