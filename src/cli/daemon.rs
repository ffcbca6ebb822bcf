//! `samestory daemon`: passes for as long as it lives.

use super::context::Context;
use super::progress::Bar;
use super::report::{Exit, Report, say, tell};
use super::run::{pass, signals, tell_behind, told};
use crate::pipeline::pass::Pass;
use crate::store::Store;
use crate::understand::Understanding;
use std::time::Duration;

/// Longest and shortest time between two looks at what is due.
const LONGEST: Duration = Duration::from_mins(5);
const SHORTEST: Duration = Duration::from_secs(5);

/// Arguments of `daemon`.
#[derive(Debug, clap::Args)]
pub struct DaemonArguments {}

/// Runs passes until it is told to stop; a pass in hand ends early, and what it committed stays.
pub fn run(context: &Context, _: &DaemonArguments) -> Result<Exit, Report> {
    let stop = signals()?;
    let store = context.store()?;
    let understanding = Understanding::shipped(&context.settings.understand)?;
    let waiting = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Report::usage("runtime", error, ""))?;
    loop {
        let sources = context.sources(&store)?;
        let summary = pass(&Pass {
            settings: &context.settings,
            store: &store,
            understanding: &understanding,
            sources: &sources,
            now: context.now(),
            force: false,
            progress: &Bar::new(true),
            stop: &stop,
        })?;
        tell(&summary.failures);
        tell(&summary.lost);
        tell_behind(&store);
        if !context.quiet && (summary.asked > 0 || summary.documents > 0) {
            say!("{} {}", context.now(), told(&summary));
        }
        let mut next = LONGEST;
        for source in sources.iter().filter(|source| source.enabled) {
            if let Some(time) = store.state(&source.name)?.next_poll {
                let seconds = u64::try_from(time.duration_since(context.now()).as_secs()).unwrap_or(0);
                next = next.min(Duration::from_secs(seconds));
            }
        }
        let stopped = waiting.block_on(async {
            tokio::select! {
                () = tokio::time::sleep(next.max(SHORTEST)) => false,
                () = stop.asked() => true,
            }
        });
        if stopped {
            say!("stopped in order");
            return Ok(Exit::Done);
        }
    }
}
