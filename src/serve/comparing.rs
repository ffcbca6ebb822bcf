//! Compares two versions on demand: one pair at a time, the latest ones remembered.
//!
//! Comparing needs the model, seconds and all cores, so that many requests must not mean many comparisons.

use lru::LruCache;
use samestory_model::{Aligned, Document, DocumentId, DocumentView};
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// Pairs that are remembered.
const KEPT: NonZeroUsize = NonZeroUsize::new(64).expect("more than none");
/// Requests that may be in here at once; more would keep the threads from requests for pages.
const INSIDE: usize = 4;

/// Lays two versions side by side; `None` where that fails.
pub type Compare = Box<dyn Fn([(&Document, DocumentView); 2]) -> Option<Aligned> + Send + Sync>;

/// Comparisons as they are asked for.
pub struct Comparing {
    compare: Compare,
    known: Mutex<LruCache<(DocumentId, DocumentId), Arc<Aligned>>>,
    inside: Semaphore,
}

impl Comparing {
    /// Compares by the given means.
    pub fn new(compare: Compare) -> Self {
        Self { compare, known: Mutex::new(LruCache::new(KEPT)), inside: Semaphore::new(INSIDE) }
    }

    /// Two versions side by side, or why not. An id stands for a text that never changes but by being cleaned.
    pub(super) fn of(&self, versions: [(&Document, DocumentView); 2]) -> Result<Arc<Aligned>, &'static str> {
        let _place = self.inside.try_acquire().map_err(|_| "too many comparisons at once; try again")?;
        let pair = (versions[0].0.id, versions[1].0.id);
        // Held while comparing: a request that comes meanwhile waits, and finds it done where it is the same pair.
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(aligned) = known.get(&pair) {
            return Ok(Arc::clone(aligned));
        }
        let aligned = Arc::new((self.compare)(versions).ok_or("these texts could not be compared")?);
        known.put(pair, Arc::clone(&aligned));
        Ok(aligned)
    }
}

impl fmt::Debug for Comparing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Comparing")
    }
}
