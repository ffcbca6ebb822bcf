//! `samestory run`: one scheduled pass.

use super::context::Context;
use super::progress::Bar;
use super::report::{Exit, Report, tell};
use crate::config::Settings;
use crate::model::{Source, SourceKind};
use crate::pipeline::pass::{Pass, Summary};
use crate::pipeline::{Ingest, Progress, Stop, files};
use crate::store::Store;
use crate::understand::Understanding;
use jiff::Timestamp;

/// Arguments of `run`.
#[derive(Debug, clap::Args)]
pub struct RunArguments {
    /// Ask every source now, whatever it said about when to come back
    #[arg(long)]
    force: bool,
}

/// Runs one pass over what is followed.
pub fn run(context: &Context, arguments: &RunArguments) -> Result<Exit, Report> {
    let store = context.store()?;
    let understanding = Understanding::shipped(&context.settings.understand)?;
    if context.settings.fetch.contact.is_empty() && !context.quiet {
        eprintln!("note: `fetch.contact` is empty; set an address there so that a publisher can reach you");
    }
    if arguments.force {
        eprintln!("note: --force asks every source now, against what publishers said about when to come back");
    }
    let sources = context.sources(&store)?;
    let bar = Bar::new(context.quiet);
    let started = std::time::Instant::now();
    let summary = one_pass(&context.settings, &store, &understanding, &sources, context.now(), arguments.force, &bar)?;
    tell(&summary.failures);
    tell(&summary.lost);
    if !context.quiet {
        eprintln!("{} in {:.1} s", told(&summary), started.elapsed().as_secs_f64());
    }
    Ok(if summary.failures.is_empty() { Exit::Done } else { Exit::Some })
}

/// One pass with a runtime of its own; sources are kept in the store for the readers' sake.
pub fn one_pass(
    settings: &Settings,
    store: &dyn Store,
    understanding: &Understanding,
    sources: &[Source],
    now: Timestamp,
    force: bool,
    progress: &dyn Progress,
) -> Result<Summary, Report> {
    store.mirror_sources(&settings.followed()?)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Report::usage("runtime", error, ""))?;
    let stop = &Stop::never();
    let pass = Pass { settings, store, understanding, sources, now, force, progress, stop };
    let mut summary = runtime.block_on(pass.run())?;
    let folders: Vec<_> = sources
        .iter()
        .filter(|source| source.enabled && source.kind == SourceKind::Folder)
        .filter_map(|source| source.url.to_file_path().ok())
        .collect();
    if !folders.is_empty() {
        let mut ingest = Ingest::new(store, understanding, settings, now)?;
        let imported = files::import(&folders, &mut ingest, store, settings, now, progress)?;
        summary.lost.extend(imported.failures);
        summary.documents += ingest.counts().documents;
        summary.new_stories += ingest.counts().new_stories.len();
        summary.grown_stories += ingest.counts().grown_stories.len();
    }
    Ok(summary)
}

/// A pass in one line.
pub fn told(summary: &Summary) -> String {
    let waiting =
        if summary.waiting > 0 { format!(", {} pages wait for the next pass", summary.waiting) } else { String::new() };
    format!(
        "asked {} sources: {} with news, {} unchanged, {} failed; {} documents stored, {} new stories, {} grown{waiting}",
        summary.asked,
        summary.fresh,
        summary.unchanged,
        summary.failures.len(),
        summary.documents,
        summary.new_stories,
        summary.grown_stories
    )
}
