//! Keeps what was read along because it is likely to be asked for next. Pure: its owner does the reading.
//!
//! A list goes through stories in an order that is known before the first one is asked for; a question each
//! would cost the way to the server and back a thousand times.

use std::collections::HashMap;
use std::hash::Hash;

/// Values that were read along, and the order in which more is likely to be asked for.
pub(super) struct Ahead<K, V> {
    order: Vec<K>,
    at: HashMap<K, usize>,
    read: HashMap<K, V>,
    /// How many are read together at first, and at most.
    sizes: (usize, usize),
    size: usize,
}

impl<K: Copy + Eq + Hash, V> Ahead<K, V> {
    /// Nothing yet; so many are read together at first, and at most.
    pub(super) fn new(sizes: (usize, usize)) -> Self {
        Self { order: Vec::new(), at: HashMap::new(), read: HashMap::new(), sizes, size: sizes.0 }
    }

    /// From now on this order is expected. What was read stays until more is read.
    pub(super) fn expect_in(&mut self, order: Vec<K>) {
        self.size = self.sizes.0;
        self.at = order.iter().enumerate().map(|(at, key)| (*key, at)).collect();
        self.order = order;
    }

    /// A value that was read along.
    pub(super) fn take(&mut self, key: K) -> Option<V> {
        self.read.remove(&key)
    }

    /// What is to be read now that a value is asked for: it, and what follows it.
    pub(super) fn wanted(&mut self, key: K) -> Vec<K> {
        let Some(at) = self.at.get(&key) else { return vec![key] };
        let wanted = self.order[*at..].iter().copied().take(self.size).collect();
        self.size = (self.size * 2).min(self.sizes.1);
        wanted
    }

    /// Keeps what was read; what was not asked for meanwhile makes room.
    pub(super) fn keep(&mut self, read: impl IntoIterator<Item = (K, V), IntoIter: ExactSizeIterator>) {
        let read = read.into_iter();
        if self.read.len() + read.len() > 2 * self.sizes.1 {
            self.read.clear();
        }
        self.read.extend(read);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_is_read_along_more_at_a_time_and_what_is_asked_out_of_turn_costs_nothing_of_it() {
        let mut ahead: Ahead<u8, u8> = Ahead::new((2, 4));
        ahead.expect_in((0..20).collect());
        assert_eq!(ahead.wanted(3), [3, 4]);
        ahead.keep(vec![(3, 30), (4, 40)]);
        assert_eq!((ahead.take(3), ahead.take(3)), (Some(30), None));
        assert_eq!(ahead.wanted(77), [77], "nothing is known to follow it");
        ahead.keep(vec![(77, 7)]);
        assert_eq!(ahead.take(4), Some(40));
        assert_eq!(ahead.wanted(5), [5, 6, 7, 8]);
        assert_eq!(ahead.wanted(18), [18, 19], "the end");
        ahead.keep((5..13).map(|key| (key, key)).collect::<Vec<_>>());
        assert_eq!(ahead.take(77), None, "what nobody asks for does not pile up");
    }
}
