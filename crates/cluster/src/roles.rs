//! Gives every version of an article its role, anew whenever the article changes.

use super::placer::Placer;
use samestory_model::{ArticleId, Role};

impl Placer<'_> {
    /// Decides the roles in an article and returns the slots whose role changed.
    ///
    /// The original is the document at the address that others name as their source; else the first
    /// published. Everything else is an update, a copy or a translation of it.
    pub(super) fn assign_roles(&mut self, article: ArticleId) -> Vec<usize> {
        let slots = self.window.article(article).to_vec();
        let named = |slot: &usize| {
            let address = self.window.member(*slot).address;
            slots.iter().filter(|other| self.window.member(**other).original == Some(address)).count()
        };
        let original = slots.iter().copied().min_by_key(|slot| {
            let member = self.window.member(*slot);
            (std::cmp::Reverse(named(slot)), member.revision, member.original.is_some(), member.time, *slot)
        });
        let Some(original) = original else { return Vec::new() };
        let (lang, address) = (self.window.member(original).lang, self.window.member(original).address);
        let mut changed = Vec::new();
        for slot in slots {
            let member = self.window.member(slot);
            let role = if slot == original {
                Role::Original
            } else if member.revision > 0 || member.address == address {
                Role::Update
            } else if member.lang.is_some() && member.lang == lang {
                Role::Copy
            } else {
                Role::Translation
            };
            if self.window.set_role(slot, role) {
                changed.push(slot);
            }
        }
        changed
    }
}
