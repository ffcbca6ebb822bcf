//! Takes over what another placer has decided over the same store, so that this one stands as if it had restored
//! everything from there.
//!
//! A member keeps its slot in the window, and that is its age: what is followed has to come in the order in
//! which it was placed, and before anything is placed that came later.

use super::constraints::Constraints;
use super::keys::site_of;
use super::placer::Placer;
use samestory_model::{Document, Features, Placement, Signal, StoredOverride};

impl Placer<'_> {
    /// Takes over a document as it is stored by now: a member of the window is moved to where its placement says,
    /// any other document comes in.
    pub fn follow(&mut self, document: &Document, features: Features, placement: &Placement) {
        if let Some(slot) = self.window.slot_of(document.id) {
            if self.window.take_over(slot, document, features, placement) {
                self.known.get_mut().clear();
            }
            return;
        }
        let slot = self.window.insert(document, features, placement);
        let full = self.window.full(slot);
        let Some(key) = full.keys.iter().find(|key| key.signal == Signal::MirrorKey) else { return };
        // The worker that placed it has met the mirrors that waited for it.
        let site = site_of(&key.text);
        if self.is_trusted_site(site) {
            self.trusted_sites.insert(site.to_owned());
        } else {
            self.trusted_sites.remove(site);
        }
    }

    /// Places under these words from now on.
    pub fn heed(&mut self, words: Vec<StoredOverride>) {
        if !self.constraints.are(&words) {
            self.constraints = Constraints::new(words);
        }
    }
}
