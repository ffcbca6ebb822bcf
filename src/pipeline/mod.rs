//! One pass, and everything that goes the same way: a document comes in, is understood, placed, stored.
//!
//! [`ingest`] is the common half (documents to placements), [`files`] brings documents from disk,
//! [`pass`] from publishers: `due` → `poll` → `record_polls` → `place` → `queue` → `pages` → `reclean`, where
//! `reading` keeps what one of them sent from holding up the rest. [`say`] carries out user overrides. Only this module
//! names every stage.

pub mod agenda;
mod answers;
pub mod assemble;
pub mod clock;
mod concurrent_ingest;
mod context;
mod curate;
mod disk;
mod due;
pub mod files;
mod filter;
pub mod ingest;
mod inquiry;
mod journal;
mod learned;
mod leases;
mod message;
mod pages;
pub mod partial;
pub mod pass;
mod pauses;
mod place;
mod polite_fetch;
mod poll;
mod portion;
mod put_off;
mod queue;
mod reading;
mod reclean;
mod recluster;
mod record_polls;
pub mod search;
mod share_of_news;
mod shared_limiter;
mod shared_page;
mod standing;
mod steady;
mod stop;
mod unread;
pub mod upkeep;
mod warc;
mod window;
mod work_batches;

pub use context::Rest;
pub use curate::{Done, say, take_back};
pub use due::are_twins;
pub use ingest::{Counts, Ingest};
pub use inquiry::{Found, Inquiry, Subject};
pub use recluster::{Difference, Pairs, Reclustered, recluster};
pub use stop::{Stop, Stopper};

use crate::fetch::FetchError;
use samestory_store::StoreError;
use samestory_understand::UnderstandError;
use sha2::{Digest, Sha256};

/// Why a pass or an import stopped; what one item or source did wrong never stops it.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The language model failed.
    #[error(transparent)]
    Understand(#[from] UnderstandError),
    /// The fetcher could not be set up.
    #[error(transparent)]
    Fetch(#[from] Box<FetchError>),
}

impl PipelineError {
    /// What a person can do.
    pub fn hint(&self) -> String {
        match self {
            Self::Store(error) => error.hint().to_owned(),
            Self::Understand(error) => error.hint().to_owned(),
            Self::Fetch(error) => error.hint().to_owned(),
        }
    }
}

/// Hears how far a long step is.
pub trait Progress: Sync {
    /// A step with a number of things to do begins.
    fn begin(&self, step: &str, total: u64);
    /// One thing is done.
    fn advance(&self);
    /// The step is over.
    fn end(&self);
}

/// Shows no progress.
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _: &str, _: u64) {}
    fn advance(&self) {}
    fn end(&self) {}
}

/// A number that stands for some bytes: the first eight of their SHA-256.
pub(crate) fn digest(bytes: &[u8]) -> u64 {
    let digest = Sha256::digest(bytes);
    u64::from_be_bytes(digest[..8].try_into().expect("a SHA-256 has 32 bytes"))
}
