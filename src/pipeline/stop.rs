//! Asks a pass to end early and in order: nothing new is begun, what was committed stays.

use tokio::sync::watch;

/// Hears whether a pass is to end; clones hear the same.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

/// Asks every [`Stop`] that was made with it; asking again changes nothing.
#[derive(Debug, Clone)]
pub struct Stopper(watch::Sender<bool>);

impl Stopper {
    /// One who asks, and one who hears.
    pub fn new() -> (Self, Stop) {
        let (asks, hears) = watch::channel(false);
        (Self(asks), Stop(hears))
    }

    /// Asks the pass to end.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Nobody will ever ask.
    pub fn never() -> Self {
        Stopper::new().1
    }

    /// Whether the pass is to end.
    pub fn is_asked(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until the pass is to end; for ever where nobody can ask any more.
    pub async fn asked(&self) {
        if self.0.clone().wait_for(|asked| *asked).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
