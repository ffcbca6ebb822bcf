//! `samestory restore`: a backup read into a folder where no store is.

use super::context::Context;
use super::report::{Exit, Report, say};
use std::path::PathBuf;

/// Arguments of `restore`.
#[derive(Debug, clap::Args)]
pub struct RestoreArguments {
    /// The file that `backup` wrote
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Restores a backup.
pub fn run(context: &Context, arguments: &RestoreArguments) -> Result<Exit, Report> {
    let (store, lines) = context.place.restore(&arguments.file)?;
    if !context.quiet {
        let holds = store.holds()?;
        say!("restored {lines} records: {} stories, {} documents", holds.stories, holds.documents);
    }
    Ok(Exit::Done)
}
