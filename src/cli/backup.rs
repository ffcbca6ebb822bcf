//! `samestory backup`: everything in the store as one file, described in docs/BACKUP.md.

use super::context::Context;
use super::report::{Exit, Report, say};
use super::signals::signals;
use crate::pipeline::Stop;
use jiff::Timestamp;
use samestory_store::{Store, StoreError, remove_unfinished};
use std::path::{Path, PathBuf};
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

/// Arguments of `backup`.
#[derive(Debug, clap::Args)]
pub struct BackupArguments {
    /// The file to write; one that is there is replaced once the new one is whole
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// How often a backup that is being written looks whether it is to end.
const LOOK: Duration = Duration::from_millis(50);

/// Writes the file and returns the number of its lines. Where it is to end before, what is half written goes, the file
/// that was there stays, and the process ends: the thread that writes does not wait for anything.
fn written(store: &dyn Store, file: &Path, now: Timestamp, stop: &Stop) -> Result<u64, StoreError> {
    let (done, written) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(move || done.send(store.backup(file, now)));
        loop {
            match written.recv_timeout(LOOK) {
                Ok(lines) => return lines,
                Err(RecvTimeoutError::Timeout) if !stop.is_asked() => {}
                _ => {
                    remove_unfinished(file);
                    std::process::exit(Exit::Interrupted as i32);
                }
            }
        }
    })
}

/// Writes a backup.
pub fn run(context: &Context, arguments: &BackupArguments) -> Result<Exit, Report> {
    if context.reader_if_any()?.is_none() {
        return Err(context.place.missing().into());
    }
    let store = context.store_after_a_pass()?;
    let stop = signals(|what| say!("{what}"))?.stop;
    let lines = written(&*store, &arguments.file, context.now(), &stop)?;
    if !context.quiet {
        let size = std::fs::metadata(&arguments.file).map_or(0, |meta| meta.len());
        say!("{}: {lines} records, {:.1} MB", arguments.file.display(), size as f64 / 1e6);
    }
    Ok(Exit::Done)
}
