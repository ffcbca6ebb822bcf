//! `samestory import`: the same pipeline on files.

use super::context::Context;
use super::memory::give_blocks_back;
use super::progress::Bar;
use super::report::{Exit, Report, say, tell};
use super::run::plausible;
use super::signals::signals;
use crate::pipeline::{Ingest, files};
use samestory_understand::Understanding;
use std::path::PathBuf;

/// Arguments of `import`.
#[derive(Debug, clap::Args)]
pub struct ImportArguments {
    /// Files and folders
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

/// Imports files and folders.
pub fn run(context: &Context, arguments: &ImportArguments) -> Result<Exit, Report> {
    give_blocks_back();
    plausible(context)?;
    let store = context.store_after_a_pass()?;
    let stop = signals(|what| say!("{what}"))?.stop;
    let understanding = Understanding::shipped(&context.settings.understand)?;
    let mut ingest = Ingest::new(&*store, &understanding, &context.settings, context.now())?.heeding(&stop);
    let bar = Bar::new(context.quiet);
    let started = std::time::Instant::now();
    let imported =
        files::import(&stop, &arguments.paths, &mut ingest, &*store, &context.settings, context.now(), &bar)?;
    tell(&imported.failures);
    let counts = ingest.counts();
    if !context.quiet {
        say!(
            "read {} files, {} failed; {} documents stored, {} known already, {} new stories, {} grown in {:.1} s",
            imported.files,
            imported.failures.len(),
            counts.documents,
            imported.same,
            counts.new_stories.len(),
            counts.grown_stories.len(),
            started.elapsed().as_secs_f64()
        );
        if counts.kept_out > 0 {
            say!("note: {} documents were kept out by a filter", counts.kept_out);
        }
        for (tag, count) in &counts.unknown_languages {
            say!(
                "note: {count} documents in a language that the model does not know ({tag}); only exact signals join them"
            );
        }
    }
    if stop.is_asked() {
        return Ok(Exit::Interrupted);
    }
    Ok(if imported.failures.is_empty() { Exit::Done } else { Exit::Some })
}
