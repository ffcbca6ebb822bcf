//! Permits at hosts that several fetchers share, wherever they run: what one holds, and how it is given back.
//!
//! The implementation keeps the books (the pipeline, over the store); here is only how permits are asked for. Its
//! methods may block, so they are called on threads of their own.

use super::queue::Place;
use jiff::Timestamp;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;

/// How long a wait is slept through at most, so that a pause that another fetcher was asked for is kept here too.
const NAP: Duration = Duration::from_secs(1);

/// The answer to a request for a permit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SharedAnswer {
    /// The fetcher may ask the host now, until it gives the permit back.
    Now,
    /// Not before so long.
    Later(Duration),
    /// The host is left alone until then.
    Paused(Timestamp),
}

/// Permits at hosts for all fetchers of one store. Every method may block, and be called from any thread.
pub trait SharedLimiter: Debug + Send + Sync {
    /// Asks for the permit at a host; `gap` is the least time between two starts.
    fn take(&self, host: &str, gap: Duration) -> SharedAnswer;
    /// Gives a permit back; the request had arrived so long ago at least.
    fn end(&self, host: &str, since_arrival: Duration, gap: Duration);
    /// Lengthens a host's gap for all fetchers, or makes them keep a pause that it asked for.
    fn slow_down(&self, host: &str, delay: Duration, paused: Option<Timestamp>);
}

/// A permit that was granted; it is given back when this is dropped, even where the wait for it was given up.
#[derive(Debug)]
pub(super) struct SharedPermit {
    turns: Arc<dyn SharedLimiter>,
    host: String,
    gap: Duration,
    /// When the answer began, and so the request had surely arrived.
    reached: Option<Instant>,
    /// The place at the head of the host's own queue: the next one asks once this permit is given back.
    place: Option<Place>,
}

impl SharedPermit {
    /// Keeps the host's own queue waiting until the permit is given back.
    pub(super) fn hold(&mut self, place: Place) {
        self.place = Some(place);
    }

    /// Hears that the host has the request. The gap counts from here, not from when it was sent: on its way one
    /// request may be held up and the next one not, and the host would see them closer together.
    pub(super) fn reach(&mut self) {
        self.reached.get_or_insert_with(Instant::now);
    }
}

impl Drop for SharedPermit {
    fn drop(&mut self) {
        let (turns, host) = (Arc::clone(&self.turns), std::mem::take(&mut self.host));
        let (gap, reached, place) = (self.gap, self.reached, self.place.take());
        let end = move || {
            turns.end(&host, reached.map_or(Duration::ZERO, |reached| reached.elapsed()), gap);
            drop(place);
        };
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(end)),
            Err(_) => end(),
        }
    }
}

/// Asks once; where it is not granted, how long to wait before asking again, or until when the host is left alone.
pub(super) async fn ask(turns: &Arc<dyn SharedLimiter>, host: &str, gap: Duration) -> Result<SharedPermit, Refused> {
    let (turns, host) = (Arc::clone(turns), host.to_owned());
    // A permit for a request that no longer waits is dropped there, and so given back.
    let asked = tokio::task::spawn_blocking(move || match turns.take(&host, gap) {
        SharedAnswer::Now => Ok(SharedPermit { turns, host, gap, reached: None, place: None }),
        SharedAnswer::Later(wait) => Err(Refused::Later(wait.clamp(Duration::from_millis(1), NAP))),
        SharedAnswer::Paused(until) => Err(Refused::Paused(until)),
    });
    asked.await.unwrap_or(Err(Refused::Later(NAP)))
}

/// Why there is no permit now.
#[derive(Debug, Clone, Copy)]
pub(super) enum Refused {
    /// It is another's; ask again after this.
    Later(Duration),
    /// The host is left alone until then.
    Paused(Timestamp),
}
