//! How the daemon is, for a supervisor and for `doctor`: one file, and a lock that ends with its process.
//!
//! `daemon.json` in the store's folder is swapped in whole at each change. Whether the process still lives
//! is asked of the lock, not of the file.

use super::report::Report;
use jiff::{SignedDuration, Timestamp};
use samestory_store::{StoreError, private, replace};
use serde::{Deserialize, Serialize};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// What the daemon is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Doing {
    /// A pass.
    Passing,
    /// No source is due.
    Waiting,
    /// It ended in order.
    Stopped,
}

/// What `daemon.json` holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Health {
    /// The daemon's process.
    pub process: u32,
    /// Since when it lives.
    pub started: Timestamp,
    /// What it is doing, and since when.
    pub doing: Doing,
    /// Since when.
    pub since: Timestamp,
    /// Passes so far.
    pub passes: u64,
    /// When the last pass ended.
    pub last_pass: Option<Timestamp>,
    /// When the next one begins, as far as is known.
    pub next_pass: Option<Timestamp>,
    /// The last pass in one line.
    pub summary: String,
    /// What kept the last pass from being made.
    pub error: Option<String>,
}

/// The one daemon of a store.
pub struct Daemon {
    lock: File,
    folder: PathBuf,
    path: PathBuf,
    /// How it is.
    pub health: Health,
}

fn paths(folder: &Path) -> (PathBuf, PathBuf) {
    (folder.join("daemon.lock"), folder.join("daemon.json"))
}

impl Daemon {
    /// Becomes the daemon of a store, unless another is.
    pub fn begin(folder: &Path, now: Timestamp) -> Result<Self, Report> {
        let (lock, path) = paths(folder);
        let disk = |error: std::io::Error| StoreError::disk(folder, &error);
        private::make_folder(folder).map_err(disk)?;
        let file = private::options().create(true).truncate(false).write(true).open(&lock).map_err(disk)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let who = read(folder).map_or_else(|| "another".to_owned(), |health| health.process.to_string());
                let who = format!("process {who}, a daemon");
                return Err(StoreError::Busy { path: folder.to_owned(), who }.into());
            }
            Err(TryLockError::Error(error)) => return Err(disk(error).into()),
        }
        let health = Health {
            process: std::process::id(),
            started: now,
            doing: Doing::Waiting,
            since: now,
            passes: 0,
            last_pass: None,
            next_pass: None,
            summary: String::new(),
            error: None,
        };
        Ok(Self { lock: file, folder: folder.to_owned(), path, health })
    }

    /// Whether its folder is the one in which it began: one that was removed, or is not mounted any more, is not made
    /// anew.
    pub fn at_home(&self) -> Result<(), Report> {
        let here = std::fs::metadata(paths(&self.folder).0).ok();
        let same = self.lock.metadata().ok().zip(here).is_some_and(|(ours, here)| is_same(&ours, &here));
        if same {
            return Ok(());
        }
        let what = "the data folder in which this daemon began is gone, or another one stands in its place";
        let hint = "bring it back (is its disk mounted?), or start the daemon again to begin with what is there";
        Err(Report::usage(self.folder.display(), what, hint))
    }

    /// Writes down what it is doing now, for `doctor --daemon`. A full disk is no reason to stop.
    pub fn tell(&mut self, doing: Doing, now: Timestamp) {
        (self.health.doing, self.health.since) = (doing, now);
        if self.at_home().is_err() {
            return;
        }
        let text = serde_json::to_vec(&self.health).unwrap_or_default();
        if let Err(error) = replace(&self.path, &text) {
            tracing::warn!(%error, "daemon.json could not be written");
        }
    }
}

#[cfg(unix)]
fn is_same(one: &std::fs::Metadata, other: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
fn is_same(_: &std::fs::Metadata, _: &std::fs::Metadata) -> bool {
    true
}

fn read(folder: &Path) -> Option<Health> {
    serde_json::from_slice(&std::fs::read(paths(folder).1).ok()?).ok()
}

/// What is to be thought of a daemon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// It lives and does its work.
    Well,
    /// It was asked to stop, and did.
    Stopped,
    /// A person has to look after it.
    Ill,
}

/// How a daemon is, also in one line; `None` where there never was one.
pub fn look(folder: &Path, longest: u64, now: Timestamp) -> Option<(Condition, String)> {
    let health = read(folder)?;
    let lives = File::open(paths(folder).0).is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)));
    let last = health.last_pass.map_or_else(|| "no pass yet".to_owned(), |at| format!("last pass {at}"));
    let Health { process, since, passes, .. } = health;
    if !lives {
        let (condition, end) = match health.doing {
            Doing::Stopped => (Condition::Stopped, "stopped in order"),
            _ => (Condition::Ill, "ended without saying so"),
        };
        return Some((condition, format!("daemon: not running, {end}; {last}")));
    }
    if let Some(error) = health.error {
        return Some((Condition::Ill, format!("daemon: process {process} cannot make a pass: {error}; {last}")));
    }
    // A daemon that waits looks at least so often; a pass may take long, but not for ever.
    let allowed = if health.doing == Doing::Waiting { 3 * longest + 60 } else { 6 * 3600 };
    let late = now.duration_since(since) > SignedDuration::from_secs(i64::try_from(allowed).unwrap_or(i64::MAX));
    let doing = if health.doing == Doing::Passing { "in a pass" } else { "waiting" };
    let late_note = if late { ", for too long" } else { "" };
    let condition = if late { Condition::Ill } else { Condition::Well };
    Some((condition, format!("daemon: process {process}, {doing} since {since}{late_note}; {passes} passes, {last}")))
}
