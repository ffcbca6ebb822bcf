//! `samestory daemon`: passes for as long as it lives.
//!
//! It holds the store only while it makes a pass, so that whatever a person asks for meanwhile waits for
//! the end of a pass at most. When to make the next one is read from the stored next polls
//! (`pipeline::agenda`); nothing is remembered that a restart would lose.

use super::compact::upkeep_lines;
use super::context::Context;
use super::health::{Daemon, Doing};
use super::memory::give_blocks_back;
use super::progress::Bar;
use super::report::{Exit, Report};
use super::run::{pass, plausible, set_back, summary_line};
use super::signals::{Signals, signals};
use crate::notify::Notifier;
use crate::pipeline::pass::{Pass, Summary};
use crate::pipeline::upkeep::upkeep;
use crate::pipeline::{Stop, agenda};
use crate::show::inert;
use samestory_understand::Understanding;
use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Seconds between two looks at whether another process changed the store.
const LOOK: Duration = Duration::from_secs(1);

/// Forms of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Log {
    /// A line for a person.
    Human,
    /// An object a line.
    Json,
}

/// Arguments of `daemon`.
#[derive(Debug, clap::Args)]
pub struct DaemonArguments {
    /// Form of the log on stderr
    #[arg(long, value_enum, default_value = "human")]
    pub log: Log,
}

/// Why a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Woken {
    /// It is time, or a source is due.
    Time,
    /// The settings are to be read again.
    Reload,
    /// It is to end.
    Stop,
}

/// Runs passes until it is asked to stop; a pass in hand ends early, and what it committed stays.
pub fn run(mut context: Context, _: &DaemonArguments) -> Result<Exit, Report> {
    give_blocks_back();
    let Signals { stop, mut reload } = signals(|what| tracing::info!("{what}"))?;
    let mut daemon = Daemon::begin(&context.data, context.now())?;
    let understanding = Understanding::shipped(&context.settings.understand)?;
    let waiting = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Report::usage("runtime", error, ""))?;
    // At first, and after a change of settings, a pass shows what is followed, whether or not a source is due.
    let mut wanted = true;
    loop {
        if let Err(error) = daemon.at_home() {
            // Nothing is made anew there: what is lost, or not there yet, may come back.
            tracing::error!("{}", inert(&error.line()));
            daemon.health.error = Some(error.line());
            wanted = true;
        } else if wanted || is_anyone_due(&context) {
            daemon.tell(Doing::Passing, context.now());
            match plausible(&context).and_then(|()| one_pass(&context, &understanding, &stop)) {
                Ok(summary) => {
                    wanted = false;
                    daemon.health.error = None;
                    daemon.health.passes += 1;
                    daemon.health.last_pass = Some(context.now());
                    daemon.health.summary = summary_line(&summary);
                }
                // Another process writes, and will be done. What another worker took over is looked at again.
                Err(error) if error.is_busy() => tracing::info!("{}; trying again", inert(&error.line())),
                Err(error) => {
                    tracing::error!("{}", inert(&error.line()));
                    daemon.health.error = Some(error.line());
                    if error.is_final() {
                        return Err(error);
                    }
                }
            }
        }
        let pause = pause(&context, wanted || daemon.health.error.is_some());
        daemon.health.next_pass = context.now().checked_add(pause).ok();
        daemon.tell(Doing::Waiting, context.now());
        match waiting.block_on(wait(&context, pause, &stop, &mut reload)) {
            Woken::Time => {}
            Woken::Reload => match context.reload() {
                Ok(()) => {
                    tracing::info!("read the settings again");
                    wanted = true;
                }
                Err(error) => tracing::error!("the settings stay as they were: {}", inert(&error.line())),
            },
            Woken::Stop => {
                daemon.tell(Doing::Stopped, context.now());
                tracing::info!("stopped in order");
                return Ok(Exit::Done);
            }
        }
    }
}

/// One pass with the store open for it alone, then what the store needs once a day.
fn one_pass(context: &Context, understanding: &Understanding, stop: &Stop) -> Result<Summary, Report> {
    let notifier = Notifier::new(&context.place, &context.settings.notify, &context.settings.fetch);
    let store = context.store()?;
    if let Some(notifier) = &notifier {
        notifier.begin()?;
    }
    let sources = context.sources(&*store)?;
    if let Some(what) = set_back(&*store, &sources, context.now()) {
        tracing::warn!("{what}");
    }
    let summary = pass(&Pass {
        settings: &context.settings,
        store: &*store,
        understanding,
        sources: &sources,
        now: context.now(),
        force: false,
        progress: &Bar::new(true),
        stop,
        folder: Some(&context.data),
    })?;
    for failure in summary.failures.iter().chain(&summary.lost) {
        let what = inert(&failure.message);
        tracing::warn!(subject = %inert(&failure.subject), hint = %inert(&failure.hint), "{what}");
    }
    for rest in &summary.rests {
        tracing::info!("{}", inert(&rest.to_string()));
    }
    if let Some(why) = store.behind() {
        tracing::warn!("readers do not see everything yet: {}", inert(&why));
    }
    if summary.asked > 0 || summary.documents > 0 {
        tracing::info!(
            asked = summary.asked,
            failed = summary.failures.len(),
            documents = summary.documents,
            new_stories = summary.new_stories,
            waiting = summary.waiting,
            "{}",
            summary_line(&summary)
        );
    }
    if !stop.is_asked() {
        let done = upkeep(store, &context.place, &context.settings.store, context.now())?;
        upkeep_lines(&done).iter().for_each(|line| tracing::info!("{line}"));
    }
    if let Some(notifier) = notifier.filter(|_| !stop.is_asked()) {
        // Beside the passes: a receiver that is slow holds up no pass, and one round at a time holds the lock.
        std::thread::spawn(move || match notifier.round() {
            Ok(round) => {
                for failure in &round.failures {
                    tracing::warn!(subject = %failure.subject, "{}", inert(&failure.message));
                }
                if round.sent > 0 {
                    tracing::info!(sent = round.sent, waiting = round.waiting, "notified of new stories");
                }
            }
            Err(error) => tracing::warn!("no notification of new stories was sent: {}", inert(&error.to_string())),
        });
    }
    Ok(summary)
}

/// Whether a pass has something to do, as far as readers see.
fn is_anyone_due(context: &Context) -> bool {
    let Ok(reader) = context.place.reader() else { return true };
    let sources: Vec<_> = reader.sources().cloned().collect();
    // Folders and pages that wait have no time of their own: they are looked at whenever it is time.
    sources.iter().any(|(source, _)| source.enabled && !source.kind.is_polled())
        || reader.holds().waiting > 0
        || agenda::quiet_for(&sources, &context.settings, context.now()).is_none()
}

fn pause(context: &Context, failed: bool) -> Duration {
    if failed {
        return Duration::from_secs(context.settings.daemon.every.max(1));
    }
    let sources: Vec<_> = context.place.reader().map(|reader| reader.sources().cloned().collect()).unwrap_or_default();
    let chance = RandomState::new().hash_one(context.now());
    agenda::pause(&sources, &context.settings, context.now(), chance)
}

/// Waits until it is time, by the clock that only goes forward; less where a source came that was never asked.
async fn wait(context: &Context, pause: Duration, stop: &Stop, reload: &mut watch::Receiver<u64>) -> Woken {
    let mut watch = context.place.watch();
    let (begun, mut seen) = (Instant::now(), watch.mark());
    while begun.elapsed() < pause {
        let slice = LOOK.min(pause.saturating_sub(begun.elapsed()));
        tokio::select! {
            () = tokio::time::sleep(slice) => {}
            () = stop.asked() => return Woken::Stop,
            Ok(()) = reload.changed() => return Woken::Reload,
        }
        let now = watch.mark();
        if now != seen {
            seen = now;
            let fresh = context.place.reader().is_ok_and(|reader| {
                reader.sources().any(|(source, state)| source.enabled && !state.gone && state.next_poll.is_none())
            });
            if fresh {
                return Woken::Time;
            }
        }
    }
    if stop.is_asked() { Woken::Stop } else { Woken::Time }
}
