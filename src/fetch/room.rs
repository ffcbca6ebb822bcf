//! Bounds the bytes of bodies that a fetcher's answers hold in memory at the same time, over all hosts.
//!
//! Each request takes a small share before it is sent, so that an ordinary page never waits in the middle of its
//! answer. A body that outgrows it takes what the largest of its kind needs, at once and from a part of its own: a
//! large body that has begun can be read to its end, and two of them never wait for each other's second half. What
//! was not needed goes back with the last byte, the rest when [`Held`] is dropped, which travels with the body.
//! Where a request has to wait, [`Room::wanted`] says so to the holders of answers that could be used up.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// Bytes of a unit in which room is counted.
const UNIT: usize = 1024;
/// Bytes of the share that every request takes.
pub(super) const SHARE: usize = 512 << 10;

/// Room for bodies; clones share it.
#[derive(Debug, Clone)]
pub struct Room(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    shares: Arc<Semaphore>,
    growth: Arc<Semaphore>,
    waiting: AtomicUsize,
    wanted: Notify,
}

/// Room that a body takes, until the last clone is dropped; of the same value as every other.
#[derive(Debug, Clone, Default)]
pub struct Held(#[expect(dead_code, reason = "given back when it goes")] Option<Arc<Taken>>);

impl PartialEq for Held {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Held {}

/// Room that is taken while a body is read.
#[derive(Debug)]
pub(super) struct Taken {
    room: Room,
    share: Option<OwnedSemaphorePermit>,
    growth: Option<OwnedSemaphorePermit>,
}

/// A request that waits for room.
struct Waiting<'a>(&'a Inner);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::SeqCst);
    }
}

fn units(bytes: usize) -> usize {
    bytes.div_ceil(UNIT)
}

impl Room {
    /// Room for so many bytes: half of it for shares, half for what outgrows them, of which one of `largest` bytes
    /// always fits.
    pub(super) fn new(bytes: usize, largest: usize) -> Self {
        let part = |least: usize| Arc::new(Semaphore::new(units((bytes / 2).max(least)).min(u32::MAX as usize)));
        Self(Arc::new(Inner {
            shares: part(SHARE),
            growth: part(largest),
            waiting: AtomicUsize::new(0),
            wanted: Notify::new(),
        }))
    }

    /// Takes the share of a request, once there is one.
    pub(super) async fn enter(&self) -> Taken {
        let share = self.take(&self.0.shares, units(SHARE)).await;
        Taken { room: self.clone(), share, growth: None }
    }

    async fn take(&self, part: &Arc<Semaphore>, units: usize) -> Option<OwnedSemaphorePermit> {
        let units = u32::try_from(units).unwrap_or(u32::MAX);
        if let Ok(taken) = Arc::clone(part).try_acquire_many_owned(units) {
            return Some(taken);
        }
        self.0.waiting.fetch_add(1, Ordering::SeqCst);
        let _waiting = Waiting(&self.0);
        self.0.wanted.notify_one();
        // Never closed, so there is always something to wait for.
        Arc::clone(part).acquire_many_owned(units).await.ok()
    }

    /// Whether a request waits for room.
    pub fn is_wanted(&self) -> bool {
        self.0.waiting.load(Ordering::SeqCst) > 0
    }

    /// Returns once a request has begun to wait for room.
    pub async fn wanted(&self) {
        self.0.wanted.notified().await;
    }
}

impl Taken {
    /// Makes room for a body of so many bytes, which may become as long as `limit`; `true` where it had to wait for
    /// more.
    pub(super) async fn grow(&mut self, bytes: usize, limit: usize) -> bool {
        if bytes <= SHARE || self.growth.is_some() {
            return false;
        }
        let room = self.room.clone();
        self.growth = room.take(&room.0.growth, units(limit.saturating_sub(SHARE)).max(1)).await;
        true
    }

    /// Keeps what a body of so many bytes needs, and gives back the rest.
    pub(super) fn keep(mut self, bytes: usize) -> Held {
        let shrink = |taken: &mut Option<OwnedSemaphorePermit>, needed: usize| {
            if let Some(taken) = taken {
                drop(taken.split(taken.num_permits().saturating_sub(needed)));
            }
        };
        shrink(&mut self.share, units(bytes.min(SHARE)));
        shrink(&mut self.growth, units(bytes.saturating_sub(SHARE)));
        Held(Some(Arc::new(self)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn free(room: &Room) -> (usize, usize) {
        (room.0.shares.available_permits(), room.0.growth.available_permits())
    }

    #[tokio::test]
    async fn a_body_holds_what_it_needs_until_it_is_dropped() {
        let room = Room::new(4 << 20, 1 << 20);
        let all = free(&room);
        let mut taken = room.enter().await;
        assert!(!taken.grow(SHARE, 1 << 20).await);
        assert_eq!(free(&room), (all.0 - units(SHARE), all.1));
        assert!(taken.grow(SHARE + 1, 1 << 20).await);
        assert!(!taken.grow(SHARE + 9, 1 << 20).await, "room for the largest is taken at once");
        let held = taken.keep(SHARE + UNIT);
        assert_eq!(free(&room), (all.0 - units(SHARE), all.1 - 1));
        let other = held.clone();
        drop(held);
        assert_ne!(free(&room), all);
        drop(other);
        assert_eq!(free(&room), all);
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_to_wait_says_so_and_goes_on_when_a_body_is_dropped() {
        let room = Room::new(0, 1 << 20);
        let held = room.enter().await.keep(SHARE);
        let other = {
            let room = room.clone();
            tokio::spawn(async move { room.enter().await.keep(1) })
        };
        tokio::time::timeout(Duration::from_secs(5), room.wanted()).await.expect("it is said");
        assert!(room.is_wanted());
        drop(held);
        let held = tokio::time::timeout(Duration::from_secs(5), other).await.expect("room").expect("a task");
        assert!(!room.is_wanted());
        drop(held);
    }
}
