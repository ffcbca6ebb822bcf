//! Nearest neighbours by lead vector: exact while there are few of them, prefiltered by a PCA projection once there
//! are many.
//!
//! A projection has the [`KEPT`] directions in which the lead vectors differ most, a third of their bytes. The
//! [`LOOKED_AT`] vectors whose projections lie nearest are then compared whole. Cosines are exact either way; what
//! the prefilter can cost is a neighbour. The surprising fact: an index of cells around centroids, which looks at
//! few vectors, missed one neighbour in eight where it looked at a quarter of them; the wide part of a space of
//! this many directions is not to be cut into cells.

use super::pca::{KEPT, PcaProjection};
use samestory_model::{DIMENSIONS, Vector, dot, dots};
use std::ops::Range;

/// Lead vectors up to which every one is looked at.
const EXACT: usize = 100_000;
/// Lead vectors that are looked at whole after their projections.
///
/// Of the 64 nearest of a million, .9997 were found (`cargo bench --bench neighbours`).
const LOOKED_AT: usize = 12_288;
/// Threads that look at projections at most; more are held up by the memory.
const THREADS: usize = 4;
/// Lead vectors whose products are made at a time.
const BLOCK: usize = 4096;

/// Lead vectors of members that may be compared.
#[derive(Debug, Default)]
pub(super) struct LeadVectors {
    /// Slot of each lead vector.
    slots: Vec<u32>,
    scales: Vec<f32>,
    /// In blocks, so that growing copies nothing.
    bytes: Blocks<DIMENSIONS>,
    /// Row of a slot's lead vector; none for a slot without one.
    row_of: Vec<Option<u32>>,
    sketches: Option<(PcaProjection, Blocks<KEPT>)>,
}

/// Rows of a width in blocks of [`BLOCK`] rows.
#[derive(Debug, Default)]
struct Blocks<const WIDTH: usize>(Vec<Vec<[i8; WIDTH]>>);

impl<const WIDTH: usize> Blocks<WIDTH> {
    fn push(&mut self, row: [i8; WIDTH]) {
        match self.0.last_mut().filter(|block| block.len() < BLOCK) {
            Some(block) => block.push(row),
            None => {
                let mut block = Vec::with_capacity(BLOCK);
                block.push(row);
                self.0.push(block);
            }
        }
    }

    fn row(&self, row: usize) -> &[i8; WIDTH] {
        &self.0[row / BLOCK][row % BLOCK]
    }

    /// Puts the last row in another's place.
    fn take(&mut self, row: usize, last: usize) {
        self.0[row / BLOCK][row % BLOCK] = *self.row(last);
        let block = self.0.last_mut().expect("there is a last row");
        block.pop();
        if block.is_empty() {
            self.0.pop();
        }
    }

    /// Products of one row with all, by blocks: number of the first row, and the products.
    fn products(&self, one: &[i8; WIDTH], each: impl FnMut(usize, &[i32])) {
        self.products_in(0..self.0.len(), one, each);
    }

    /// The same for some of the blocks.
    fn products_in(&self, blocks: Range<usize>, one: &[i8; WIDTH], mut each: impl FnMut(usize, &[i32])) {
        let mut out = vec![0; BLOCK];
        for number in blocks {
            let block = &self.0[number];
            let out = &mut out[..block.len()];
            dots(one, block, out);
            each(number * BLOCK, out);
        }
    }
}

impl LeadVectors {
    /// Sets a slot's lead vector, in the stead of the one that it had; an absent one only takes that away.
    pub fn put(&mut self, slot: usize, head: &Vector) {
        if slot >= self.row_of.len() {
            self.row_of.resize(slot + 1, None);
        }
        if let Some(row) = self.row_of[slot].take() {
            self.take(row as usize);
        }
        let (false, Ok(bytes)) = (head.scale == 0.0, <[i8; DIMENSIONS]>::try_from(head.bytes.as_slice())) else {
            return;
        };
        self.row_of[slot] = Some(self.slots.len() as u32);
        self.slots.push(slot as u32);
        self.scales.push(head.scale);
        self.bytes.push(bytes);
        if let Some((basis, sketches)) = &mut self.sketches {
            sketches.push(basis.project(&bytes, head.scale));
        } else if self.slots.len() > EXACT {
            self.project_all();
        }
    }

    fn take(&mut self, row: usize) {
        let last = self.slots.len() - 1;
        self.row_of[self.slots[last] as usize] = Some(row as u32);
        self.slots.swap_remove(row);
        self.scales.swap_remove(row);
        self.bytes.take(row, last);
        if let Some((_, sketches)) = &mut self.sketches {
            sketches.take(row, last);
        }
    }

    /// Finds the directions in which the lead vectors differ most, and projects all that are there.
    fn project_all(&mut self) {
        let head = |row: usize| (self.bytes.row(row).as_slice(), self.scales[row]);
        let basis = PcaProjection::of(self.slots.len(), head);
        let mut sketches = Blocks::default();
        for row in 0..self.slots.len() {
            let (bytes, scale) = head(row);
            sketches.push(basis.project(bytes, scale));
        }
        self.sketches = Some((basis, sketches));
    }

    /// The nearest slots with their cosines, nearest first, none below `floor`; `wanted` may refuse some.
    pub fn nearest(&self, head: &Vector, most: usize, floor: f32, wanted: impl Fn(usize) -> bool) -> Vec<(usize, f32)> {
        let bytes = head.bytes.as_slice().try_into();
        let (false, Ok(bytes)) = (head.scale == 0.0, bytes) else { return Vec::new() };
        let mut near: Vec<(usize, f32)> = Vec::new();
        let mut look = |row: usize, product: i32| {
            let (slot, cosine) = (self.slots[row] as usize, product as f32 * head.scale * self.scales[row]);
            if cosine >= floor && wanted(slot) {
                near.push((slot, cosine));
            }
        };
        match &self.sketches {
            None => self.bytes.products(bytes, |first, products| {
                products.iter().enumerate().for_each(|(at, product)| look(first + at, *product));
            }),
            Some((basis, sketches)) => {
                for row in promising(sketches, &basis.project(bytes, head.scale)) {
                    look(row as usize, dot::<DIMENSIONS>(bytes, self.bytes.row(row as usize)));
                }
            }
        }
        near.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        near.truncate(most);
        near
    }
}

/// Leaves the best of some rows, and returns the least product among them.
fn farther(best: &mut Vec<(i32, u32)>) -> i32 {
    if best.len() > LOOKED_AT {
        best.select_nth_unstable_by(LOOKED_AT, |a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        best.truncate(LOOKED_AT);
    }
    best.iter().map(|pair| pair.0).min().unwrap_or(i32::MIN)
}

/// The best rows of some blocks.
fn best_in(sketches: &Blocks<KEPT>, blocks: Range<usize>, project: &[i8; KEPT]) -> Vec<(i32, u32)> {
    let mut best: Vec<(i32, u32)> = Vec::with_capacity(2 * LOOKED_AT);
    let mut least = i32::MIN;
    sketches.products_in(blocks, project, |first, products| {
        for (at, product) in products.iter().enumerate() {
            if *product > least {
                best.push((*product, (first + at) as u32));
            }
        }
        if best.len() >= 2 * LOOKED_AT {
            least = farther(&mut best);
        }
    });
    farther(&mut best);
    best
}

/// The rows whose projections lie nearest to one, in no order.
///
/// Threads of their own share the blocks: those of a pool may be at a text for tens of milliseconds. Which rows are
/// found does not depend on how many there are.
fn promising(sketches: &Blocks<KEPT>, project: &[i8; KEPT]) -> Vec<u32> {
    let blocks = sketches.0.len();
    let threads = std::thread::available_parallelism().map_or(1, usize::from).clamp(1, THREADS);
    let share = blocks.div_ceil(threads).max(1);
    let mut best = std::thread::scope(|scope| {
        let others: Vec<_> = (share..blocks)
            .step_by(share)
            .map(|first| scope.spawn(move || best_in(sketches, first..(first + share).min(blocks), project)))
            .collect();
        let mut best = best_in(sketches, 0..share.min(blocks), project);
        for other in others {
            best.extend(other.join().expect("looking at sketches does not fail"));
        }
        best
    });
    farther(&mut best);
    best.into_iter().map(|pair| pair.1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A lead vector that is its own, of a few directions that all share.
    fn head(number: u64) -> Vector {
        let mut state = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % 2001) as f32 / 1000.0 - 1.0
        };
        Vector::new(&(0..DIMENSIONS).map(|at| next() / (1.0 + at as f32 / 30.0)).collect::<Vec<f32>>())
    }

    fn filled(count: u64) -> LeadVectors {
        let mut heads = LeadVectors::default();
        (0..count).for_each(|number| heads.put(number as usize, &head(number)));
        heads
    }

    #[test]
    fn a_head_that_was_taken_away_or_changed_is_not_found_where_it_was() {
        let mut heads = filled(100);
        heads.put(7, &Vector::new(&[]));
        heads.put(9, &head(1000));
        let found = |heads: &LeadVectors, number| heads.nearest(&head(number), 3, 0.9, |_| true);
        assert_eq!(found(&heads, 7), []);
        assert_eq!(found(&heads, 9), []);
        assert_eq!(found(&heads, 1000)[0].0, 9);
        assert_eq!(found(&heads, 99)[0].0, 99, "who took the place of another is found");
    }

    #[test]
    fn sketches_find_nearly_what_a_look_at_every_head_finds() {
        let heads = filled(EXACT as u64 + 2000);
        assert!(heads.sketches.is_some());
        let (mut found, mut all) = (0, 0);
        for number in (0..EXACT as u64).step_by(2500) {
            let wanted = head(number + 5_000_000);
            let near: Vec<usize> = heads.nearest(&wanted, 64, 0.2, |_| true).into_iter().map(|pair| pair.0).collect();
            let mut exact: Vec<(usize, f32)> = (0..heads.slots.len())
                .map(|row| {
                    (row, wanted.cosine(&Vector { bytes: heads.bytes.row(row).to_vec(), scale: heads.scales[row] }))
                })
                .filter(|pair| pair.1 >= 0.2)
                .collect();
            exact.sort_by(|a, b| b.1.total_cmp(&a.1));
            exact.truncate(64);
            all += exact.len();
            found += exact.iter().filter(|pair| near.contains(&pair.0)).count();
        }
        assert!(all > 0 && found * 100 >= all * 97, "{found} of {all}");
    }
}
