//! Takes over what another placer has decided over the same store, so that this one stands as if it had restored
//! everything from there.
//!
//! A member keeps its place in the window, and that is its age: what is followed has to come in the order in
//! which it was placed, and before anything is placed that came later.

use super::bonds::Bonds;
use super::identity::site_of;
use super::placer::Placer;
use samestory_model::{Document, Features, Placement, ReaderWord, Signal};

impl Placer<'_> {
    /// Takes over a document as it is stored by now: a member of the window sits where its placement says, any
    /// other document comes in.
    pub fn follow(&mut self, document: &Document, features: Features, placement: &Placement) {
        if let Some(place) = self.window.place_of(document.id) {
            if self.window.take_over(place, document, features, placement) {
                self.known.get_mut().clear();
            }
            return;
        }
        let place = self.window.insert(document, features, placement);
        let full = self.window.full(place);
        let Some(key) = full.keys.iter().find(|key| key.signal == Signal::MirrorKey) else { return };
        // Who placed it has met the mirrors that waited for it.
        let site = site_of(&key.text);
        if self.earned(site) {
            self.earned_sites.insert(site.to_owned());
        } else {
            self.earned_sites.remove(site);
        }
    }

    /// Places under these words from now on.
    pub fn heed(&mut self, words: Vec<ReaderWord>) {
        if !self.bonds.are(&words) {
            self.bonds = Bonds::new(words);
        }
    }
}
