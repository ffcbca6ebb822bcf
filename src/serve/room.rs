//! Gives each connection a place, and when all are taken, takes one back from a connection that only waits.
//!
//! A connection that waits for a request costs its owner nothing, so a few hundred of them must not keep
//! others out. Where no place is free, the peer that holds most of the waiting ones loses its oldest, and one
//! that has shown no token before one that has. A request that is being answered is never broken off.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// Interval between two looks for a waiting client while every connection is being answered.
const AGAIN: Duration = Duration::from_millis(50);

/// The places.
#[derive(Clone)]
pub(super) struct Room {
    free: Arc<Semaphore>,
    guests: Arc<Mutex<Guests>>,
}

#[derive(Default)]
struct Guests {
    next: u64,
    /// By number, so the oldest comes first.
    all: BTreeMap<u64, Arc<Guest>>,
}

/// One connection, as it is known here.
pub(super) struct Guest {
    peer: IpAddr,
    /// Requests in hand.
    answered: AtomicUsize,
    known: AtomicBool,
    leave: Notify,
}

/// A place; it is given back when this is dropped.
pub(super) struct Place {
    room: Room,
    number: u64,
    guest: Arc<Guest>,
    _free: OwnedSemaphorePermit,
}

/// A request in hand; ends when this is dropped.
pub(super) struct Request(Arc<Guest>);

impl Guest {
    /// Hears of a request; until it ends the connection stays.
    pub(super) fn asks(self: &Arc<Self>) -> Request {
        self.answered.fetch_add(1, Ordering::SeqCst);
        Request(Arc::clone(self))
    }

    /// Hears that a request had what it needs to be answered.
    pub(super) fn is_known(&self) {
        self.known.store(true, Ordering::SeqCst);
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        self.0.answered.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Place {
    /// The connections that hold it.
    pub(super) fn guest(&self) -> &Arc<Guest> {
        &self.guest
    }

    /// Ready when another connection is to have it.
    pub(super) async fn wanted(&self) {
        self.guest.leave.notified().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.room.guests.lock().unwrap_or_else(PoisonError::into_inner).all.remove(&self.number);
    }
}

impl Room {
    /// So many places.
    pub(super) fn of(places: usize) -> Self {
        Self { free: Arc::new(Semaphore::new(places)), guests: Arc::default() }
    }

    /// A place for a peer, as soon as there is one.
    pub(super) async fn place(&self, peer: IpAddr) -> Place {
        let free = loop {
            if let Ok(free) = Arc::clone(&self.free).try_acquire_owned() {
                break free;
            }
            self.ask_one_to_leave();
            if let Ok(Ok(free)) = timeout(AGAIN, Arc::clone(&self.free).acquire_owned()).await {
                break free;
            }
        };
        let guest = Arc::new(Guest {
            peer,
            answered: AtomicUsize::new(0),
            known: AtomicBool::new(false),
            leave: Notify::new(),
        });
        let mut guests = self.guests.lock().unwrap_or_else(PoisonError::into_inner);
        guests.next += 1;
        let number = guests.next;
        guests.all.insert(number, Arc::clone(&guest));
        Place { room: self.clone(), number, guest, _free: free }
    }

    fn ask_one_to_leave(&self) {
        let guests = self.guests.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = || guests.all.values().filter(|guest| guest.answered.load(Ordering::SeqCst) == 0);
        let mut held: HashMap<IpAddr, usize> = HashMap::new();
        for guest in waiting() {
            *held.entry(guest.peer).or_default() += 1;
        }
        // The first of equals is the oldest.
        let rank = |guest: &Arc<Guest>| (guest.known.load(Ordering::SeqCst), std::cmp::Reverse(held[&guest.peer]));
        let first = waiting().map(|guest| (rank(guest), guest)).reduce(|a, b| if b.0 < a.0 { b } else { a });
        if let Some((_, guest)) = first {
            guest.leave.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    async fn left(place: &Place) -> bool {
        timeout(Duration::ZERO, place.wanted()).await.is_ok()
    }

    #[tokio::test]
    async fn who_holds_most_and_waits_longest_leaves_first() {
        let room = Room::of(4);
        let (alone, known, first, second) =
            (room.place(HERE).await, room.place(THERE).await, room.place(THERE).await, room.place(THERE).await);
        known.guest().is_known();
        let asked = first.guest().asks();
        room.ask_one_to_leave();
        assert_eq!([left(&alone).await, left(&known).await, left(&first).await], [false; 3]);
        assert!(left(&second).await, "of those that only wait the one of the peer that has most");
        drop((asked, second));
        let _third = room.place(HERE).await;
        room.ask_one_to_leave();
        assert!(left(&alone).await, "the oldest of the peer that holds as many as others");
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_who_is_being_answered_leaves() {
        let room = Room::of(1);
        let only = room.place(HERE).await;
        let asked = only.guest().asks();
        assert!(timeout(AGAIN * 3, room.place(THERE)).await.is_err());
        assert!(!left(&only).await);
        drop(asked);
        let next = tokio::spawn({
            let room = room.clone();
            async move { room.place(THERE).await.number }
        });
        only.wanted().await;
        drop(only);
        assert_eq!(next.await.expect("a place"), 2);
    }
}
