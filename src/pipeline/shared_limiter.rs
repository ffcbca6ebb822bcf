//! Shares the rate limit of each host with the other workers of a store: one request in flight a host, over all of
//! them.

use crate::fetch::{SharedAnswer, SharedLimiter};
use jiff::{SignedDuration, Timestamp};
use samestory_store::{HostPermit, Workers};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How long a host is left alone where the store cannot say whether it may be asked.
const UNSURE: SignedDuration = SignedDuration::from_secs(60);

/// Permits at hosts as the store's workers share them.
pub(super) struct Shared(Arc<dyn Workers>);

impl Shared {
    /// The permits of a worker.
    pub(super) fn of(fleet: &dyn Workers) -> Arc<dyn SharedLimiter> {
        Arc::new(Self(fleet.handle()))
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared")
    }
}

impl SharedLimiter for Shared {
    fn take(&self, host: &str, gap: Duration) -> SharedAnswer {
        match self.0.take_turn(host, gap) {
            Ok(HostPermit::Now) => SharedAnswer::Now,
            Ok(HostPermit::Later(wait)) => SharedAnswer::Later(wait),
            Ok(HostPermit::Paused(until)) => SharedAnswer::Paused(until),
            // No host is asked twice because of this; whether the store is lost shows at the next commit.
            Err(error) => {
                tracing::warn!("no turn at {host}: {error}");
                SharedAnswer::Paused(Timestamp::now().saturating_add(UNSURE).unwrap_or(Timestamp::MAX))
            }
        }
    }

    fn end(&self, host: &str, since_arrival: Duration, gap: Duration) {
        if let Err(error) = self.0.end_turn(host, since_arrival, gap) {
            tracing::warn!("the turn at {host} ends with its lease: {error}");
        }
    }

    fn slow_down(&self, host: &str, delay: Duration, paused: Option<Timestamp>) {
        if let Err(error) = self.0.slow_down(host, delay, paused) {
            tracing::warn!("other workers do not know yet about {host}: {error}");
        }
    }
}
