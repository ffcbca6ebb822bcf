//! PCA projection of vectors: their coordinates along the directions in which many of them differ most.
//!
//! The directions are found by orthogonal iteration on the second moments of a sample; they need not be
//! exact, only orthogonal and near where the most is. One step stands for all projections, so that products
//! of two of them can be compared with others.

use rten_simd::{Isa, SimdOp};
use samestory_model::DIMENSIONS;

/// Directions of a projection.
pub(super) const KEPT: usize = 128;
/// Vectors that the directions are found from, at most, and rounds of finding them.
const SAMPLED: usize = 6000;
const ROUNDS: usize = 12;
/// The coordinate that stands for 127; what lies beyond is cut.
const WIDEST: f32 = 0.5;

/// The directions, orthogonal and of length one, one behind the other.
#[derive(Debug)]
pub(super) struct PcaProjection(Vec<f32>);

#[inline(always)]
fn product(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0f32; 16];
    for (a, b) in a.as_chunks::<16>().0.iter().zip(b.as_chunks::<16>().0) {
        for lane in 0..16 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum()
}

/// The products of one vector with rows that lie one behind the other, in the processor's widest lanes.
struct Products<'a> {
    rows: &'a [f32],
    one: &'a [f32],
    out: &'a mut [f32],
}

impl SimdOp for Products<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, _: I) {
        for (row, out) in self.rows.chunks_exact(DIMENSIONS).zip(self.out) {
            *out = product(row, self.one);
        }
    }
}

/// Makes rows orthogonal and of length one, the first ones keeping their direction.
fn orthogonal(rows: &mut [f32]) {
    for at in 0..rows.len() / DIMENSIONS {
        let (before, rest) = rows.split_at_mut(at * DIMENSIONS);
        let row = &mut rest[..DIMENSIONS];
        for other in before.chunks_exact(DIMENSIONS) {
            let along = product(row, other);
            row.iter_mut().zip(other).for_each(|(value, part)| *value -= along * part);
        }
        let length = product(row, row).sqrt().max(1e-9);
        row.iter_mut().for_each(|value| *value /= length);
    }
}

impl PcaProjection {
    /// Finds the directions of `count` vectors, given by number as bytes and their step.
    pub fn of<'a>(count: usize, vector: impl Fn(usize) -> (&'a [i8], f32)) -> Self {
        let mut moments = vec![0f32; DIMENSIONS * DIMENSIONS];
        for number in (0..count).step_by((count / SAMPLED).max(1)) {
            let (bytes, step) = vector(number);
            let values: Vec<f32> = bytes.iter().map(|byte| f32::from(*byte) * step).collect();
            for (row, value) in moments.chunks_exact_mut(DIMENSIONS).zip(&values) {
                row.iter_mut().zip(&values).for_each(|(sum, other)| *sum += value * other);
            }
        }
        // Any start will do that is not orthogonal to what is looked for.
        let mut directions: Vec<f32> = (0..KEPT * DIMENSIONS)
            .map(|at| ((at * 7919 + at / DIMENSIONS * 104_729) % 1009) as f32 / 504.5 - 1.0)
            .collect();
        for _ in 0..ROUNDS {
            orthogonal(&mut directions);
            let mut turned = vec![0f32; directions.len()];
            let pairs = directions.chunks_exact(DIMENSIONS).zip(turned.chunks_exact_mut(DIMENSIONS));
            pairs.for_each(|(one, out)| Products { rows: &moments, one, out }.dispatch());
            directions = turned;
        }
        orthogonal(&mut directions);
        Self(directions)
    }

    /// The projection of a vector, given as bytes and their step.
    pub fn project(&self, bytes: &[i8], step: f32) -> [i8; KEPT] {
        let values: Vec<f32> = bytes.iter().map(|byte| f32::from(*byte) * step).collect();
        let mut along = [0f32; KEPT];
        Products { rows: &self.0, one: &values, out: &mut along }.dispatch();
        along.map(|value| (value / WIDEST * 127.0).round().clamp(-127.0, 127.0) as i8)
    }
}
