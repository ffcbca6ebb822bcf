//! The rate limit of each host: one request in flight, a gap between starts, other hosts not held up.
//!
//! A permit is taken before each hop and kept until its body is read. Hosts wait only for
//! themselves; the limit on hosts asked at the same time is applied after a host's own wait, so
//! that a queue for one slow host takes no slot from the others. Where permits are shared with other fetchers
//! ([`shared`](super::shared)), the own permit comes first and the shared one last.

use super::queue::{Host, Place};
use super::shared::{self, Refused, SharedLimiter, SharedPermit};
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Mutex as Turnstile, Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// The rate limits of all hosts.
#[derive(Debug)]
pub(super) struct HostLimiter {
    gap: Duration,
    shared: Option<Arc<dyn SharedLimiter>>,
    slots: Semaphore,
    hosts: Mutex<HashMap<String, Arc<Turnstile<Host>>>>,
}

/// The right to ask one host; ends when dropped.
#[derive(Debug)]
pub(super) struct Permit<'a> {
    held: Held,
    _slot: Option<SemaphorePermit<'a>>,
}

/// By what a permit is held: the own queue, or the shared permit that keeps the own queue waiting.
#[derive(Debug)]
enum Held {
    Own { _place: Place },
    Shared { granted: SharedPermit },
}

impl Permit<'_> {
    /// Hears that the host has the request.
    pub(super) fn reach(&mut self) {
        if let Held::Shared { granted } = &mut self.held {
            granted.reach();
        }
    }
}

impl HostLimiter {
    pub(super) fn new(gap: Duration, concurrent_hosts: usize, shared: Option<Arc<dyn SharedLimiter>>) -> Self {
        // A limit of nothing would wait for ever; the semaphore's own maximum must not panic.
        let slots = concurrent_hosts.clamp(1, Semaphore::MAX_PERMITS);
        Self { gap, shared, slots: Semaphore::new(slots), hosts: Mutex::new(HashMap::new()) }
    }

    /// Waits for a permit, first come first served; fails with the time until which the host is left alone.
    pub(super) async fn take(&self, host: &str) -> Result<Permit<'_>, Timestamp> {
        let mut place = self.of(host).lock_owned().await;
        let gap = self.gap.max(place.crawl_delay);
        if let Some(ready) = ready_at(place.last_start, gap) {
            tokio::time::sleep_until(ready).await;
        }
        loop {
            // The semaphore is never closed, so there is always a slot to wait for.
            let slot = self.slots.acquire().await.ok();
            let Some(turns) = &self.shared else {
                place.last_start = Some(Instant::now());
                return Ok(Permit { held: Held::Own { _place: place }, _slot: slot });
            };
            match shared::ask(turns, host, gap).await {
                Ok(mut granted) => {
                    place.last_start = Some(Instant::now());
                    granted.hold(place);
                    return Ok(Permit { held: Held::Shared { granted }, _slot: slot });
                }
                Err(Refused::Paused(until)) => return Err(until),
                Err(Refused::Later(wait)) => {
                    drop(slot);
                    tokio::time::sleep(wait).await;
                }
            }
        }
    }

    /// Lengthens a host's gap to what its robots.txt asks for.
    pub(super) async fn slow_down(&self, host: &str, crawl_delay: Duration) {
        let mut place = self.of(host).lock_owned().await;
        let before = std::mem::replace(&mut place.crawl_delay, crawl_delay);
        if crawl_delay > self.gap && crawl_delay != before {
            self.tell(host, crawl_delay, None).await;
        }
    }

    /// Passes a host's pause on to the fetchers that share its permits.
    pub(super) async fn pause(&self, host: &str, until: Timestamp) {
        self.tell(host, Duration::ZERO, Some(until)).await;
    }

    async fn tell(&self, host: &str, delay: Duration, paused: Option<Timestamp>) {
        if let Some(turns) = self.shared.clone() {
            let host = host.to_owned();
            // What cannot be passed on is no reason to fail: it stands in the store after the pass.
            drop(tokio::task::spawn_blocking(move || turns.slow_down(&host, delay, paused)).await);
        }
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

    /// What the clock is paused for: it moves on only when every task waits for it.
    async fn taken(turns: &HostLimiter, host: &str) -> Duration {
        let begun = Instant::now();
        drop(turns.take(host).await.expect("no pause"));
        begun.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_second_turn_on_a_host_waits_for_the_first_and_for_the_gap() {
        let turns = HostLimiter::new(Duration::from_millis(40), 8, None);
        let first = turns.take("a").await.expect("no pause");
        let waiting = tokio::time::timeout(Duration::from_hours(1), turns.take("a")).await;
        assert!(waiting.is_err(), "two turns at once");
        drop(first);
        assert_eq!(taken(&turns, "a").await, Duration::ZERO, "the gap is over");
        assert_eq!(taken(&turns, "a").await, Duration::from_millis(40));
        tokio::time::advance(Duration::from_millis(30)).await;
        assert_eq!(taken(&turns, "a").await, Duration::from_millis(10), "the gap counts from the start");
    }

    #[tokio::test(start_paused = true)]
    async fn another_host_is_not_held_up() {
        let turns = HostLimiter::new(Duration::from_hours(1), 8, None);
        let _held = turns.take("a").await.expect("no pause");
        assert_eq!(taken(&turns, "b").await, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_for_a_gap_takes_no_slot() {
        let turns = HostLimiter::new(Duration::from_hours(1), 1, None);
        drop(turns.take("a").await);
        let (again, other) = tokio::join!(taken(&turns, "a"), taken(&turns, "b"));
        assert_eq!((again, other), (Duration::from_hours(1), Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn a_crawl_delay_lengthens_the_gap_and_never_shortens_it() {
        let turns = HostLimiter::new(Duration::from_millis(20), 8, None);
        turns.slow_down("a", Duration::from_millis(80)).await;
        turns.slow_down("b", Duration::from_millis(1)).await;
        for (host, gap) in [("a", 80), ("b", 20)] {
            assert_eq!(taken(&turns, host).await, Duration::ZERO);
            assert_eq!(taken(&turns, host).await, Duration::from_millis(gap), "{host}");
        }
    }

    /// The book of shared permits at one host.
    #[derive(Debug, Default)]
    struct Book {
        taken: bool,
        next: Option<Instant>,
        paused: Option<Timestamp>,
        starts: Vec<Instant>,
    }

    #[derive(Debug, Default)]
    struct Books(Mutex<Book>);

    impl SharedLimiter for Books {
        fn take(&self, _: &str, _: Duration) -> super::shared::SharedAnswer {
            use super::shared::SharedAnswer;
            let (mut book, now) = (self.0.lock().expect("a book"), Instant::now());
            match (book.paused, book.next) {
                (Some(until), _) => SharedAnswer::Paused(until),
                _ if book.taken => SharedAnswer::Later(Duration::from_millis(2)),
                (None, Some(next)) if next > now => SharedAnswer::Later(next - now),
                _ => {
                    book.taken = true;
                    book.starts.push(now);
                    SharedAnswer::Now
                }
            }
        }

        fn end(&self, _: &str, since_arrival: Duration, gap: Duration) {
            let mut book = self.0.lock().expect("a book");
            assert!(std::mem::take(&mut book.taken), "a turn that nobody had");
            book.next = Some(Instant::now() + gap.saturating_sub(since_arrival));
        }

        fn slow_down(&self, _: &str, _: Duration, paused: Option<Timestamp>) {
            self.0.lock().expect("a book").paused = paused;
        }
    }

    fn sharing(books: &Arc<Books>, gap: u64) -> HostLimiter {
        let shared: Arc<dyn SharedLimiter> = books.clone();
        HostLimiter::new(Duration::from_millis(gap), 8, Some(shared))
    }

    #[tokio::test(start_paused = true)]
    async fn two_who_share_turns_ask_one_after_the_other_and_keep_the_gap() {
        let books = Arc::new(Books::default());
        let (one, other) = (sharing(&books, 20), sharing(&books, 20));
        let visits = async |turns: &HostLimiter| {
            for _ in 0..4 {
                drop(turns.take("a").await.expect("no pause"));
            }
        };
        tokio::join!(visits(&one), visits(&other));
        let starts = books.0.lock().expect("a book").starts.clone();
        assert_eq!(starts.len(), 8);
        assert!(starts.windows(2).all(|pair| pair[1] - pair[0] >= Duration::from_millis(20)), "{starts:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn who_stops_waiting_holds_no_turn_and_a_pause_is_heard_by_all() {
        let books = Arc::new(Books::default());
        let (one, other) = (sharing(&books, 0), sharing(&books, 0));
        let held = one.take("a").await.expect("no pause");
        assert!(tokio::time::timeout(Duration::from_millis(20), other.take("a")).await.is_err(), "two at once");
        drop(held);
        drop(other.take("a").await.expect("no pause"));
        one.pause("a", Timestamp::MAX).await;
        assert_eq!(other.take("a").await.expect_err("a pause"), Timestamp::MAX);
    }
}
