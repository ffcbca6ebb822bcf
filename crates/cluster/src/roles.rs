//! Gives every version of an article its role, anew whenever the article changes.

use super::placer::Placer;
use samestory_model::{ArticleId, Role};

impl Placer<'_> {
    /// Decides the roles in an article and returns the places whose role changed.
    ///
    /// The original is the document at the address that others name as their source; else the first
    /// published. Everything else is an update, a copy or a translation of it.
    pub(super) fn assign_roles(&mut self, article: ArticleId) -> Vec<usize> {
        let places = self.window.article(article).to_vec();
        let named = |place: &usize| {
            let address = self.window.member(*place).address;
            places.iter().filter(|other| self.window.member(**other).original == Some(address)).count()
        };
        let original = places.iter().copied().min_by_key(|place| {
            let member = self.window.member(*place);
            (std::cmp::Reverse(named(place)), member.revision, member.original.is_some(), member.time, *place)
        });
        let Some(original) = original else { return Vec::new() };
        let (lang, address) = (self.window.member(original).lang, self.window.member(original).address);
        let mut changed = Vec::new();
        for place in places {
            let member = self.window.member(place);
            let role = if place == original {
                Role::Original
            } else if member.revision > 0 || member.address == address {
                Role::Update
            } else if member.lang.is_some() && member.lang == lang {
                Role::Copy
            } else {
                Role::Translation
            };
            if self.window.set_role(place, role) {
                changed.push(place);
            }
        }
        changed
    }
}
