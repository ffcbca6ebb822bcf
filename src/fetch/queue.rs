//! A host's own queue: when it was last asked, and the place at its head. The next request to the host waits until
//! the place is dropped.

use std::time::Duration;
use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

/// What the rate limit of a host is computed from.
#[derive(Debug, Default)]
pub(super) struct Host {
    pub last_start: Option<Instant>,
    /// What its robots.txt asks for; only lengthens the gap.
    pub crawl_delay: Duration,
}

/// The head of a host's queue.
pub(super) type Place = OwnedMutexGuard<Host>;
