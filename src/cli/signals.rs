//! What the system may ask of a running command: to end (SIGINT, SIGTERM), to read its settings again (SIGHUP).
//!
//! The first signal that asks for an end ends the work in order, and the process after [`LONGEST`] whatever it is doing
//! then: what is stored stays, and what is not comes with the next pass. The second one ends the process at once.

use super::report::{Exit, Report};
use crate::pipeline::{Stop, Stopper};
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// How long a command may take to end in order; a supervisor, or a person, waits for five seconds.
const LONGEST: Duration = Duration::from_millis(4600);

/// Hears what was asked for.
pub struct Signals {
    /// Whether to end.
    pub stop: Stop,
    /// How often to read the settings again.
    pub reload: watch::Receiver<u64>,
}

/// Says something from a thread of its own: its reader may be slow.
fn say(tell: &Arc<impl Fn(&str) + Send + Sync + 'static>, what: &'static str) {
    let tell = Arc::clone(tell);
    std::thread::spawn(move || tell(what));
}

/// Hears signals from now on.
pub fn signals(tell: impl Fn(&str) + Send + Sync + 'static) -> Result<Signals, Report> {
    let tell = Arc::new(tell);
    let (stopper, stop) = Stopper::new();
    let (again, reload) = watch::channel(0);
    let hearing = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Report::usage("runtime", error, ""))?;
    let all = || -> std::io::Result<_> {
        Ok((signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?, signal(SignalKind::hangup())?))
    };
    let (mut term, mut int, mut hup) =
        hearing.block_on(async { all() }).map_err(|error| Report::usage("signals", error, ""))?;
    let ends = stop.clone();
    std::thread::spawn(move || {
        let mut asked = false;
        loop {
            let end = hearing.block_on(async {
                tokio::select! {
                    biased;
                    _ = term.recv() => true,
                    _ = int.recv() => true,
                    _ = hup.recv() => false,
                    () = ends.asked_since(LONGEST) => true,
                }
            });
            match (end, asked) {
                (false, _) => again.send_modify(|count| *count += 1),
                (true, true) => std::process::exit(Exit::Interrupted as i32),
                (true, false) => {
                    asked = true;
                    stopper.stop();
                    say(&tell, "stopping in order; once more to stop at once");
                }
            }
        }
    });
    Ok(Signals { stop, reload })
}
