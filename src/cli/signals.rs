//! What the system may ask of a running command: to end (SIGINT, SIGTERM), to read its settings again (SIGHUP).

use super::report::{Exit, Report};
use crate::pipeline::{Stop, Stopper};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Hears what was asked for.
pub struct Signals {
    /// Whether to end.
    pub stop: Stop,
    /// How often to read the settings again.
    pub reload: watch::Receiver<u64>,
}

/// Hears signals from now on: the first that asks for an end ends the pass, the second the process.
pub fn signals(tell: impl Fn(&str) + Send + 'static) -> Result<Signals, Report> {
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
    std::thread::spawn(move || {
        let mut asked = false;
        loop {
            let end = hearing.block_on(async {
                tokio::select! {
                    _ = term.recv() => true,
                    _ = int.recv() => true,
                    _ = hup.recv() => false,
                }
            });
            match (end, asked) {
                (false, _) => again.send_modify(|count| *count += 1),
                (true, true) => std::process::exit(Exit::Interrupted as i32),
                (true, false) => {
                    asked = true;
                    stopper.stop();
                    tell("stopping in order; once more to stop at once");
                }
            }
        }
    });
    Ok(Signals { stop, reload })
}
