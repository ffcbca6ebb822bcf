//! Asks a pass to end early and in order: nothing new is begun, what was committed stays.
//!
//! A [`Stop`] also knows for how long it has been asked, because what is in hand then has a few seconds.

use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// Hears whether a pass is to end; clones hear the same.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<Option<Instant>>);

/// Asks every [`Stop`] that was made with it; asking again changes nothing.
#[derive(Debug, Clone)]
pub struct Stopper(watch::Sender<Option<Instant>>);

impl Stopper {
    /// The side that asks, and the side that hears.
    pub fn new() -> (Self, Stop) {
        let (asks, hears) = watch::channel(None);
        (Self(asks), Stop(hears))
    }

    /// Asks the pass to end.
    pub fn stop(&self) {
        self.0.send_if_modified(|asked| asked.is_none() && asked.replace(Instant::now()).is_none());
    }
}

impl Stop {
    /// A stop that is never asked for.
    pub fn never() -> Self {
        Stopper::new().1
    }

    /// Whether the pass is to end.
    pub fn is_asked(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// Whether it was asked to end so long ago.
    pub fn is_asked_since(&self, least: Duration) -> bool {
        self.0.borrow().is_some_and(|asked| asked.elapsed() >= least)
    }

    /// Waits until the pass is to end; for ever where every [`Stopper`] is gone.
    pub async fn asked(&self) {
        if self.0.clone().wait_for(Option::is_some).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Waits until it was asked to end so long ago.
    pub async fn asked_since(&self, least: Duration) {
        self.asked().await;
        let asked = *self.0.borrow();
        tokio::time::sleep(least.saturating_sub(asked.map_or(least, |asked| asked.elapsed()))).await;
    }
}
