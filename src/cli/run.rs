//! `samestory run`: one scheduled pass, and how it hears that it is to end early.

use super::compact::upkeep_lines;
use super::context::Context;
use super::memory::give_blocks_back;
use super::progress::Bar;
use super::report::{Exit, Report, say, tell};
use super::signals::signals;
use crate::config::Settings;
use crate::notify::Notifier;
use crate::pipeline::pass::{Pass, Summary};
use crate::pipeline::upkeep::upkeep;
use crate::pipeline::{Ingest, Progress, Stop, clock, files};
use crate::show::inert;
use jiff::Timestamp;
use samestory_model::{Failure, Source};
use samestory_store::Store;
use samestory_understand::Understanding;

/// Arguments of `run`.
#[derive(Debug, clap::Args)]
pub struct RunArguments {
    /// Ask every source now, whatever it said about when to come back
    #[arg(long)]
    force: bool,
}

/// Runs one pass over what is followed.
pub fn run(context: &Context, arguments: &RunArguments) -> Result<Exit, Report> {
    give_blocks_back();
    let stop = signals(|what| say!("{what}"))?.stop;
    plausible(context)?;
    let notifier = Notifier::new(&context.place, &context.settings.notify, &context.settings.fetch);
    let store = context.store()?;
    if let Some(notifier) = &notifier {
        notifier.begin()?;
    }
    let understanding = Understanding::shipped(&context.settings.understand)?;
    if context.settings.fetch.contact.is_empty() && !context.quiet {
        say!("note: `fetch.contact` is empty; set an address there so that a publisher can reach you");
    }
    if arguments.force {
        say!(
            "note: --force asks every source now, against what publishers said about when to come back, \
             hosts that asked for a pause included"
        );
    }
    let sources = context.sources(&*store)?;
    if let Some(what) = set_back(&*store, &sources, context.now()) {
        say!("note: {what}");
    }
    let started = std::time::Instant::now();
    let summary = pass(&Pass {
        settings: &context.settings,
        store: &*store,
        understanding: &understanding,
        sources: &sources,
        now: context.now(),
        force: arguments.force,
        progress: &Bar::new(context.quiet),
        stop: &stop,
        folder: Some(&context.data),
    })?;
    tell(&summary.failures);
    tell(&summary.lost);
    summary.rests.iter().for_each(|rest| say!("note: {}", inert(&rest.to_string())));
    tell_behind(&*store);
    if !context.quiet {
        say!("{} in {:.1} s", summary_line(&summary), started.elapsed().as_secs_f64());
    }
    if !stop.is_asked() {
        let done = upkeep(store, &context.place, &context.settings.store, context.now())?;
        upkeep_lines(&done).iter().for_each(|line| context.say(line));
    }
    if let Some(notifier) = notifier.filter(|_| !stop.is_asked()) {
        let round = notifier.round()?;
        tell(&round.failures);
        if round.sent + round.waiting > 0 {
            context.say(&format!("notified of {} new stories, {} wait", round.sent, round.waiting));
        }
    }
    Ok(match &summary {
        Summary { interrupted: true, .. } => Exit::Interrupted,
        Summary { failures, .. } if !failures.is_empty() => Exit::Some,
        _ => Exit::Done,
    })
}

/// Refuses a clock that cannot be right: what is first seen by it would be dated by it for good.
pub fn plausible(context: &Context) -> Result<(), Report> {
    if context.fixed().is_none() && clock::is_impossible(context.now()) {
        let what =
            format!("it says {}, before this program was made; nothing is fetched or dated by it", context.now());
        let hint = "set the clock, or wait until the network has set it; --now TIME goes by another one";
        return Err(Report::usage("this machine's clock", what, hint));
    }
    Ok(())
}

/// That the clock stands behind what the store has seen, where it does.
pub fn set_back(store: &dyn Store, sources: &[Source], now: Timestamp) -> Option<String> {
    let states: Vec<_> = sources.iter().filter_map(|source| store.state(&source.name).ok()).collect();
    let last = clock::ahead(states.iter(), now)?;
    Some(format!(
        "this machine's clock says {now}, but sources were last asked at {last}; one of them is wrong, and this pass \
         goes by the clock"
    ))
}

/// Tells whether readers lack what was stored.
pub fn tell_behind(store: &dyn Store) {
    if let Some(why) = store.behind() {
        say!("note: everything is stored, but readers do not see it yet: {}; the next run shows it", inert(&why));
    }
}

/// One pass that cannot be asked to end.
pub fn one_pass(
    settings: &Settings,
    store: &dyn Store,
    understanding: &Understanding,
    sources: &[Source],
    now: Timestamp,
    force: bool,
    progress: &dyn Progress,
) -> Result<Summary, Report> {
    pass(&Pass { settings, store, understanding, sources, now, force, progress, stop: &Stop::never(), folder: None })
}

/// One pass with a runtime of its own, then the folders; what the configuration follows is shown to readers.
pub fn pass(pass: &Pass<'_>) -> Result<Summary, Report> {
    let Pass { settings, store, understanding, sources, now, progress, stop, .. } = *pass;
    store.mirror_sources(&settings.followed()?)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Report::usage("runtime", error, ""))?;
    let summary = runtime.block_on(pass.run());
    // What was given up may be read for ever: its thread is not waited for.
    runtime.shutdown_background();
    let mut summary = summary?;
    let mut folders: Vec<_> = sources
        .iter()
        .filter(|source| source.enabled && source.kind.is_folder())
        .filter_map(|source| source.url.to_file_path().ok())
        .collect();
    if !folders.is_empty() && !stop.is_asked() {
        let mut ingest = Ingest::new(store, understanding, settings, now)?.heeding(stop);
        for folder in folders.iter().filter(|folder| !folder.is_dir()) {
            let hint = "check the path in the configuration, or remove the source";
            let what = "this folder is not there";
            let failure = Failure::new(folder.display().to_string(), samestory_model::Fault::Configuration, what, hint);
            summary.failures.push(failure);
        }
        folders.retain(|folder| folder.is_dir());
        let imported = files::import(stop, &folders, &mut ingest, store, settings, now, progress)?;
        summary.lost.extend(imported.failures);
        summary.documents += ingest.counts().documents;
        summary.kept_out += ingest.counts().kept_out;
        summary.new_stories += ingest.counts().new_stories.len();
        summary.grown_stories += ingest.counts().grown_stories.len();
        summary.interrupted = stop.is_asked();
    }
    Ok(summary)
}

/// A pass in one line.
pub fn summary_line(summary: &Summary) -> String {
    let some = |count: usize, what: &str| if count > 0 { format!(", {count} {what}") } else { String::new() };
    format!(
        "{}asked {} sources: {} with news, {} unchanged, {} failed{}; {} documents stored, {} new stories, {} grown{}{}",
        if summary.interrupted { "stopped before it was done, the next run goes on; " } else { "" },
        summary.asked,
        summary.fresh,
        summary.unchanged,
        summary.failures.len(),
        some(summary.held, "held because their host asked for a pause"),
        summary.documents,
        summary.new_stories,
        summary.grown_stories,
        some(summary.kept_out, "kept out by a filter")
            + &some(summary.cleaned, "earlier texts cleaned of what repeats on their host"),
        some(summary.waiting, "pages wait for the next pass"),
    )
}
