//! Chooses what a pass takes of the items of one source that are new: so many, the newest first.
//!
//! A source may list any number of new items, and each costs a place in the queue, an understanding and a placement
//! that its neighbours wait for. What is not taken stays with the publisher: nothing of it is stored, and the source is
//! asked for its whole list until nothing is left ([`Body::Read`](crate::schedule::Body)). A queue that is full takes
//! in only as many items as pages leave it, so that a sitemap of a whole archive does not lie in the store twice.

use super::PipelineError;
use super::context::Rest;
use super::record_polls::{News, PollRecorder, carried};
use samestory_model::Source;
use std::cmp::Reverse;

impl PollRecorder<'_> {
    /// The items that this pass takes, in the order of the source, and what to say of those that it leaves.
    pub(super) fn share_of(
        &self,
        source: &Source,
        news: Vec<News>,
    ) -> Result<(Vec<News>, Option<Rest>), PipelineError> {
        let most = self.settings.fetch.new_items;
        if most == 0 || news.is_empty() {
            return Ok((news, None));
        }
        // An item that its feed carries whole is placed in this pass and leaves the queue at once.
        let waits: Vec<bool> =
            news.iter().map(|one| one.needs_page() && carried(source, &one.item).is_none()).collect();
        let queued = if waits.contains(&true) { self.store.waiting_of(&source.name)?.len() } else { 0 };
        let (mut room, mut places) = (most, most.saturating_sub(queued));
        let mut order: Vec<usize> = (0..news.len()).collect();
        if news.len() > room.min(places) {
            // A date that has not come yet is a mistake, and takes no other item's place.
            let time = |at: &usize| news[*at].item.published.or(news[*at].item.updated).map(|time| time.min(self.now));
            order.sort_by_key(|at| Reverse(time(at)));
        }
        let mut takes = vec![false; news.len()];
        for at in order {
            let fits = room > 0 && (places > 0 || !waits[at]);
            if fits {
                takes[at] = true;
                room -= 1;
                places -= usize::from(waits[at]);
            }
        }
        let (new, taken) = (news.len(), takes.iter().filter(|takes| **takes).count());
        let rest = (taken < new).then(|| Rest { source: source.name.clone(), taken, new });
        let mut takes = takes.into_iter();
        let news = news.into_iter().filter(|_| takes.next() == Some(true)).collect();
        Ok((news, rest))
    }
}
