//! Gives each host its turns: one request in flight, a gap between starts, others not held up.
//!
//! A turn is taken before each hop and kept until its body is read. Hosts wait only for
//! themselves; the limit on hosts asked at the same time is applied after a host's own wait, so
//! that a queue for one slow host takes no slot from the others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Mutex as Turnstile, OwnedMutexGuard, Semaphore, SemaphorePermit};
use tokio::time::Instant;

#[derive(Debug, Default)]
struct Host {
    last_start: Option<Instant>,
    /// What its robots.txt asks for; only lengthens the gap.
    crawl_delay: Duration,
}

/// The turns of all hosts.
#[derive(Debug)]
pub(super) struct Turns {
    gap: Duration,
    slots: Semaphore,
    hosts: Mutex<HashMap<String, Arc<Turnstile<Host>>>>,
}

/// The right to ask one host; ends when dropped.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    _host: OwnedMutexGuard<Host>,
    _slot: Option<SemaphorePermit<'a>>,
}

impl Turns {
    pub(super) fn new(gap: Duration, concurrent_hosts: usize) -> Self {
        // A limit of nothing would wait for ever; the semaphore's own maximum must not panic.
        let slots = concurrent_hosts.clamp(1, Semaphore::MAX_PERMITS);
        Self { gap, slots: Semaphore::new(slots), hosts: Mutex::new(HashMap::new()) }
    }

    /// Waits for a turn, first come first served.
    pub(super) async fn take(&self, host: &str) -> Turn<'_> {
        let mut turn = self.of(host).lock_owned().await;
        let ready = ready_at(turn.last_start, self.gap.max(turn.crawl_delay));
        if let Some(ready) = ready {
            tokio::time::sleep_until(ready).await;
        }
        // The semaphore is never closed, so there is always a slot to wait for.
        let slot = self.slots.acquire().await.ok();
        turn.last_start = Some(Instant::now());
        Turn { _host: turn, _slot: slot }
    }

    /// Lengthens a host's gap to what its robots.txt asks for.
    pub(super) async fn slow_down(&self, host: &str, crawl_delay: Duration) {
        self.of(host).lock_owned().await.crawl_delay = crawl_delay;
    }

    fn of(&self, host: &str) -> Arc<Turnstile<Host>> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(hosts.entry(host.to_owned()).or_default())
    }
}

/// When the next start may be; `None` for at once.
fn ready_at(last_start: Option<Instant>, gap: Duration) -> Option<Instant> {
    last_start?.checked_add(gap)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_second_turn_on_a_host_waits_for_the_first_and_for_the_gap() {
        let turns = Turns::new(Duration::from_millis(40), 8);
        let start = Instant::now();
        let first = turns.take("a").await;
        let waiting = tokio::time::timeout(Duration::from_millis(60), turns.take("a")).await;
        assert!(waiting.is_err(), "two turns at once");
        drop(first);
        drop(turns.take("a").await);
        drop(turns.take("a").await);
        assert!(start.elapsed() >= Duration::from_millis(100), "{:?}", start.elapsed());
    }

    #[tokio::test]
    async fn another_host_is_not_held_up() {
        let turns = Turns::new(Duration::from_hours(1), 8);
        let _held = turns.take("a").await;
        let other = tokio::time::timeout(Duration::from_secs(5), turns.take("b")).await;
        assert!(other.is_ok());
    }

    #[tokio::test]
    async fn waiting_for_a_gap_takes_no_slot() {
        let turns = Turns::new(Duration::from_hours(1), 1);
        drop(turns.take("a").await);
        let (again, other) = tokio::join!(
            tokio::time::timeout(Duration::from_millis(200), turns.take("a")),
            tokio::time::timeout(Duration::from_millis(150), turns.take("b")),
        );
        assert!(again.is_err() && other.is_ok());
    }

    #[tokio::test]
    async fn a_crawl_delay_lengthens_the_gap_and_never_shortens_it() {
        let turns = Turns::new(Duration::from_millis(20), 8);
        turns.slow_down("a", Duration::from_millis(80)).await;
        turns.slow_down("b", Duration::from_millis(1)).await;
        let start = Instant::now();
        drop(turns.take("a").await);
        drop(turns.take("a").await);
        assert!(start.elapsed() >= Duration::from_millis(80));
        let start = Instant::now();
        drop(turns.take("b").await);
        drop(turns.take("b").await);
        assert!(start.elapsed() >= Duration::from_millis(20));
    }
}
