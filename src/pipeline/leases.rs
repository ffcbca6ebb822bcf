//! Leases: work is claimed before it is done, so that of several workers of a store only one does it.
//!
//! What is claimed is read again afterwards, because the worker that had it before may have done it. A thread renews
//! the leases for as long as a pass lives; where they could not be kept, nothing more is claimed and nothing is stored
//! under them. Over a store with one writer every claim is granted without asking.

use samestory_store::{Store, StoreError, Work, Workers};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The name under which a store is looked after: purged, and freed of what is no article.
pub(super) const MAINTENANCE: &str = "keeping";

/// The leases of a pass.
pub(super) struct Leases<'a> {
    fleet: Option<&'a dyn Workers>,
    renewal: Option<LeaseRenewal>,
}

/// Work that is ours until this is dropped.
pub(super) struct Held<'a> {
    fleet: Option<&'a dyn Workers>,
    work: Work,
    names: Vec<String>,
}

impl<'a> Leases<'a> {
    /// Nothing is claimed yet.
    pub(super) fn of(store: &'a dyn Store) -> Self {
        let fleet = store.fleet();
        Self { fleet, renewal: fleet.map(LeaseRenewal::keep) }
    }

    /// Whether others may work on the same.
    pub(super) fn are_shared(&self) -> bool {
        self.fleet.is_some()
    }

    /// Claims at most `most` of the named things; all of them where the store has one writer.
    pub(super) fn take(&self, work: Work, names: &[String], most: usize) -> Result<Held<'a>, StoreError> {
        self.stand()?;
        let fleet = self.fleet;
        let names = match fleet {
            Some(fleet) if !names.is_empty() => fleet.claim(work, names, most)?,
            _ => names.to_vec(),
        };
        Ok(Held { fleet, work, names })
    }

    /// Fails where the leases could not be kept: others may be at the same work by now.
    pub(super) fn stand(&self) -> Result<(), StoreError> {
        match &self.renewal {
            Some(renewal) if renewal.are_lost() => {
                let what = "the work that was claimed could not be kept: the store was out of reach too long";
                Err(StoreError::Conflict { what: what.to_owned() })
            }
            _ => Ok(()),
        }
    }
}

impl Held<'_> {
    /// What is held, in the order in which it was named.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// Whether something is held.
    pub(super) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Gives back what is done.
    pub(super) fn release(&mut self, names: &[String]) -> Result<(), StoreError> {
        self.names.retain(|name| !names.contains(name));
        match self.fleet {
            Some(fleet) if !names.is_empty() => fleet.release(self.work, names),
            _ => Ok(()),
        }
    }

    /// Holds what another one held as well.
    pub(super) fn join(&mut self, mut other: Self) {
        self.names.append(&mut other.names);
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let names = std::mem::take(&mut self.names);
        if let Err(error) = self.release(&names) {
            tracing::warn!("what was claimed is free once its lease runs out: {error}");
        }
    }
}

/// Keeps the leases of a worker until it is dropped.
struct LeaseRenewal {
    /// When they were last renewed; `None` once they are lost.
    renewed: Arc<Mutex<Option<Instant>>>,
    lease: Duration,
    lives: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl LeaseRenewal {
    fn keep(fleet: &dyn Workers) -> Self {
        let (lease, fleet) = (fleet.lease(), fleet.handle());
        let renewed = Arc::new(Mutex::new(Some(Instant::now())));
        let (lives, ends) = channel::<()>();
        let last_renewal = Arc::clone(&renewed);
        let thread = std::thread::spawn(move || {
            while ends.recv_timeout(lease / 3) == Err(RecvTimeoutError::Timeout) {
                let begun = Instant::now();
                let done = fleet.renew();
                let mut last_renewal = last_renewal.lock().unwrap_or_else(PoisonError::into_inner);
                match done {
                    // A worker that was late once has lost its leases: others may have begun since.
                    Ok(()) if last_renewal.is_some_and(|before| before.elapsed() < lease) => {
                        *last_renewal = Some(begun);
                    }
                    Err(StoreError::Conflict { .. }) => *last_renewal = None,
                    Ok(()) => {}
                    Err(error) => tracing::warn!("the leases were not renewed: {error}"),
                }
            }
        });
        Self { renewed, lease, lives: Some(lives), thread: Some(thread) }
    }

    fn are_lost(&self) -> bool {
        let renewed = *self.renewed.lock().unwrap_or_else(PoisonError::into_inner);
        renewed.is_none_or(|renewed| renewed.elapsed() >= self.lease)
    }
}

impl Drop for LeaseRenewal {
    fn drop(&mut self) {
        drop(self.lives.take());
        if let Some(thread) = self.thread.take() {
            // It returns nothing.
            drop(thread.join());
        }
    }
}
