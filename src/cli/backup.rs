//! `samestory backup`: everything in the store as one file, described in docs/BACKUP.md.

use super::context::Context;
use super::report::{Exit, Report, say};
use std::path::PathBuf;

/// Arguments of `backup`.
#[derive(Debug, clap::Args)]
pub struct BackupArguments {
    /// The file to write; one that is there is replaced once the new one is whole
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Writes a backup.
pub fn run(context: &Context, arguments: &BackupArguments) -> Result<Exit, Report> {
    if context.reader_if_any()?.is_none() {
        return Err(context.place.missing().into());
    }
    let lines = context.store_after_a_pass()?.backup(&arguments.file, context.now())?;
    if !context.quiet {
        let size = std::fs::metadata(&arguments.file).map_or(0, |meta| meta.len());
        say!("{}: {lines} records, {:.1} MB", arguments.file.display(), size as f64 / 1e6);
    }
    Ok(Exit::Done)
}
