//! What the workers of one store settle between themselves: leases on work, the placement lock, permits at hosts.
//!
//! A store in files has one writer and no workers. On a server any number of workers have a handle each; what one
//! claims no other worker gets until it is given back or its lease has run out, by the server's clock.

use super::error::StoreError;
use jiff::Timestamp;
use samestory_model::Placement;
use std::sync::Arc;
use std::time::Duration;

/// Kinds of work that is claimed by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Work {
    /// Asking a source, by its name.
    Source,
    /// Understanding and placing what a source's feed carried whole, by the source's name.
    Carried,
    /// Fetching the pages that wait at a host, by its name.
    Pages,
    /// What is done once for the whole store, by a name of its own.
    Alone,
}

/// What other workers have placed since a worker last looked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PlacementsSince {
    /// The last commit that this covers.
    pub sequence: u64,
    /// Placements that are new or changed, in the order in which their documents were placed. Also those of documents
    /// whose text was mended, and those that a merge moved; those of this worker's own commits may be among them.
    pub placements: Vec<Placement>,
    /// Whether documents went since (a purge): then placements alone do not show it, and the window is read anew.
    pub anew: bool,
}

/// Whether a worker may ask a host now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum HostPermit {
    /// It may ask now, until it gives the permit back.
    Now,
    /// Not before so long.
    Later(Duration),
    /// The host asked for a pause until then.
    Paused(Timestamp),
}

/// What the workers of one store settle between themselves. Every method may be called from any thread.
pub trait Workers: Send + Sync {
    /// Claims at most `most` of the named things, in the order in which they are named, that no other worker has
    /// claimed; returns their names. The lease is renewed by [`Workers::renew`].
    fn claim(&self, work: Work, names: &[String], most: usize) -> Result<Vec<String>, StoreError>;
    /// Lengthens every lease that this worker holds; to be called more often than a lease lasts.
    fn renew(&self) -> Result<(), StoreError>;
    /// Gives leases back.
    fn release(&self, work: Work, names: &[String]) -> Result<(), StoreError>;
    /// The same worker, for a thread of its own: what it holds, leases and permits, is held by all its handles
    /// together. Only the store itself places.
    fn handle(&self) -> Arc<dyn Workers>;
    /// How long a lease lasts.
    fn lease(&self) -> Duration;

    /// The last commit that placed something.
    fn sequence(&self) -> Result<u64, StoreError>;
    /// Waits until no other worker places and keeps it so until the next [`Store::commit`](super::Store::commit) of
    /// this handle, or [`Workers::unlock_placement`]. Returns what was placed after the commit `since`.
    ///
    /// Where the connection is lost in between, the commit fails with [`StoreError::Conflict`]: nothing of it
    /// is stored, and what the worker's placer decided since has to be forgotten.
    fn lock_placement(&self, since: u64) -> Result<PlacementsSince, StoreError>;
    /// Lets other workers place, without a commit. Does nothing, without a call to the server, where this handle does
    /// not hold the lock.
    fn unlock_placement(&self) -> Result<(), StoreError>;

    /// Asks for the permit at a host; `gap` is the least time between two starts.
    fn take_turn(&self, host: &str, gap: Duration) -> Result<HostPermit, StoreError>;
    /// Gives a permit back; the request had arrived so long ago at least, and the next one may start `gap` after that.
    fn end_turn(&self, host: &str, since_arrival: Duration, gap: Duration) -> Result<(), StoreError>;
    /// Lengthens a host's gap for all workers, or makes them keep a pause that it asked for.
    fn slow_down(&self, host: &str, delay: Duration, paused: Option<Timestamp>) -> Result<(), StoreError>;
}
