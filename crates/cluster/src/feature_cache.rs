//! What documents of the window are compared and explained by: kept while it is new or lately used, else
//! looked up where it is stored.
//!
//! A member in memory is a kilobyte, with features and evidence ten: a window of a hundred thousand would
//! not fit a small machine. What has changed since the last commit stays here, because it is stored nowhere else.

use super::headline::{Headline, Laid};
use super::keys::Key;
use lru::LruCache;
use samestory_model::{Document, DocumentId, Evidence, Features, Placement};
use std::cell::RefCell;
use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// Documents of what was lately used; where more come, the one that was not asked for longest is dropped.
const CACHED: NonZeroUsize = NonZeroUsize::new(3000).expect("more than none");

/// Where a document that is stored is looked up.
pub trait DocumentLookup: Send {
    /// A document with what it is compared by and where it is; `None` where it cannot be read. The owner of the
    /// lookup remembers why, and stores nothing that was decided without it.
    fn recall(&self, document: DocumentId) -> Option<(Document, Features, Placement)>;
}

/// What a document is compared and explained by.
#[derive(Debug, Clone)]
pub struct Full {
    /// What it is compared by.
    pub features: Features,
    /// Its headline.
    pub headline: Headline,
    /// Its exact keys.
    pub keys: Vec<Key>,
    /// Why it is where it is.
    pub evidence: Vec<Evidence>,
}

impl Full {
    /// Its headline, laid out.
    pub(super) fn laid(&self) -> &Laid {
        self.headline.laid(&self.features)
    }
}

/// The full members by their slots.
pub(super) struct FeatureCache<'a> {
    library: Option<Box<dyn DocumentLookup + 'a>>,
    /// What the lookup does not have, or not as it is now.
    changed: HashMap<usize, Arc<Full>>,
    lately: RefCell<LruCache<usize, Arc<Full>>>,
}

impl Default for FeatureCache<'_> {
    /// Without a lookup: everything is kept.
    fn default() -> Self {
        Self { library: None, changed: HashMap::new(), lately: RefCell::new(LruCache::new(CACHED)) }
    }
}

impl<'a> FeatureCache<'a> {
    /// Lets go of what can be looked up.
    pub fn over(library: Box<dyn DocumentLookup + 'a>) -> Self {
        Self { library: Some(library), ..Self::default() }
    }

    /// Takes in a document as it is stored.
    pub fn put_stored(&mut self, slot: usize, full: Full) {
        if self.library.is_some() {
            self.changed.remove(&slot);
            self.lately.get_mut().put(slot, Arc::new(full));
        } else {
            self.put_changed(slot, full);
        }
    }

    /// Takes in a document that is not stored yet, or not like this.
    pub fn put_changed(&mut self, slot: usize, full: Full) {
        self.lately.get_mut().pop(&slot);
        self.changed.insert(slot, Arc::new(full));
    }

    /// A full member.
    pub fn full(&self, slot: usize, document: DocumentId) -> Arc<Full> {
        if let Some(full) = self.changed.get(&slot) {
            return full.clone();
        }
        let mut lately = self.lately.borrow_mut();
        if let Some(full) = lately.get(&slot) {
            return Arc::clone(full);
        }
        let found = self.library.as_ref().and_then(|library| library.recall(document));
        let full = Arc::new(found.map_or_else(Full::unreadable, |(document, features, placement)| Full {
            keys: super::keys::keys(&document, &features),
            headline: Headline::of(&document.title, &document.text),
            features,
            evidence: placement.evidence,
        }));
        lately.put(slot, full.clone());
        full
    }

    /// Changes what is known about a member.
    pub fn change(&mut self, slot: usize, document: DocumentId, change: impl FnOnce(&mut Full)) {
        let full = self.full(slot, document);
        self.lately.get_mut().pop(&slot);
        let full = self.changed.entry(slot).or_insert(full);
        change(Arc::make_mut(full));
    }

    /// Takes over the evidence that is stored of a member.
    pub fn replace_evidence(&mut self, slot: usize, evidence: &[Evidence]) {
        let lately = self.lately.get_mut();
        if let Some(full) = self.changed.get_mut(&slot) {
            Arc::make_mut(full).evidence = evidence.to_vec();
        } else if let Some(full) = lately.get_mut(&slot) {
            Arc::make_mut(full).evidence = evidence.to_vec();
        }
    }

    /// Hears that everything is stored as it is now.
    pub fn committed(&mut self) {
        if self.library.is_some() {
            let lately = self.lately.get_mut();
            for (slot, full) in std::mem::take(&mut self.changed) {
                lately.put(slot, full);
            }
        }
    }
}

impl Full {
    /// In the place of a document that cannot be read: nothing compares with it.
    fn unreadable() -> Self {
        let features = Features {
            model: String::new(),
            lang: None,
            known_language: false,
            grasp: 0.0,
            title: samestory_model::Vector::new(&[]),
            head: samestory_model::Vector::new(&[]),
            sentences: Vec::new(),
            quantities: Vec::new(),
            names: Vec::new(),
            slug: String::new(),
            text_hash: 0,
            shingles: Vec::new(),
            length: 0,
        };
        Self { features, headline: Headline::default(), keys: Vec::new(), evidence: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Knows nothing, and counts how often it is asked.
    struct Empty<'a>(&'a std::sync::atomic::AtomicUsize);

    impl DocumentLookup for Empty<'_> {
        fn recall(&self, _: DocumentId) -> Option<(Document, Features, Placement)> {
            self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            None
        }
    }

    fn cached_member(count: usize) -> Full {
        let evidence = Evidence {
            signal: samestory_model::Signal::Reader,
            with: DocumentId(1),
            evidence: count.to_string(),
            score: None,
            threshold: None,
        };
        Full { evidence: vec![evidence; count], ..Full::unreadable() }
    }

    #[test]
    fn what_is_not_stored_yet_is_never_let_go() {
        let asked = std::sync::atomic::AtomicUsize::new(0);
        let mut feature_cache = FeatureCache::over(Box::new(Empty(&asked)));
        for slot in 0..2 * CACHED.get() {
            feature_cache.put_changed(slot, cached_member(1));
        }
        feature_cache.change(0, DocumentId(0), |full| full.evidence.clear());
        assert!(feature_cache.full(0, DocumentId(0)).evidence.is_empty());
        assert!((1..2 * CACHED.get()).all(|slot| feature_cache.full(slot, DocumentId(0)).evidence.len() == 1));
        assert_eq!(asked.load(std::sync::atomic::Ordering::Relaxed), 0);
        feature_cache.committed();
        (0..2 * CACHED.get()).for_each(|slot| drop(feature_cache.full(slot, DocumentId(0))));
        assert!(asked.load(std::sync::atomic::Ordering::Relaxed) >= CACHED.get() / 2, "stored documents are let go");
    }

    #[test]
    fn without_a_library_everything_is_kept() {
        let mut feature_cache = FeatureCache::default();
        for slot in 0..2 * CACHED.get() {
            feature_cache.put_stored(slot, cached_member(2));
        }
        feature_cache.committed();
        assert!((0..2 * CACHED.get()).all(|slot| feature_cache.full(slot, DocumentId(0)).evidence.len() == 2));
    }
}
