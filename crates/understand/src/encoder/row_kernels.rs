//! Kernels over rows of activations, in the processor's widest SIMD lanes: quantising, scaling back,
//! normalising, and what stands between two matrix products.
//!
//! Every row has a scale and a zero point of its own, so that what a row becomes depends on that row
//! alone. Sums run over 16 lanes in one order whatever the processor's width is. The plain loops are
//! compiled for each instruction set because [`SimdOp::dispatch`] inlines them there.

use super::linear::{Linear, Norm};
use rten_simd::functional::simd_map;
use rten_simd::{Isa, SimdOp, SimdUnaryOp};
use rten_vecmath::{Gelu, Softmax};

/// Lanes that sums and extremes are kept in.
const LANES: usize = 16;
/// 1.5 · 2²³: adding it to a float rounds to a whole number (ties to even) that stands in the lowest bits.
const ROUNDING: f32 = 12_582_912.0;

/// Rows of unsigned bytes; value = (byte − zero) · scale.
pub(super) struct Quantised {
    /// Numbers a row.
    pub width: usize,
    pub bytes: Vec<u8>,
    pub scales: Vec<f32>,
    pub zero_points: Vec<i32>,
}

impl Quantised {
    /// Room for rows of a width.
    pub fn room(rows: usize, width: usize) -> Self {
        Self { width, bytes: vec![0; rows * width], scales: vec![0.0; rows], zero_points: vec![0; rows] }
    }

    #[inline(always)]
    fn set(&mut self, row: usize, values: &[f32]) {
        let (lowest, highest) = extremes(values);
        let scale = ((highest - lowest) / 255.0).max(1e-12);
        let zero = (-lowest / scale).round_ties_even().clamp(0.0, 255.0);
        let inverse = 1.0 / scale;
        let bytes = &mut self.bytes[row * self.width..(row + 1) * self.width];
        for (byte, value) in bytes.iter_mut().zip(values) {
            let whole = (value * inverse + zero).clamp(0.0, 255.0);
            *byte = (whole + ROUNDING).to_bits() as u8;
        }
        self.scales[row] = scale;
        self.zero_points[row] = zero as i32;
    }
}

/// Lowest and highest of a row and of 0.
#[inline(always)]
fn extremes(values: &[f32]) -> (f32, f32) {
    let (mut lowest, mut highest) = ([0f32; LANES], [0f32; LANES]);
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            lowest[lane] = if chunk[lane] < lowest[lane] { chunk[lane] } else { lowest[lane] };
            highest[lane] = if chunk[lane] > highest[lane] { chunk[lane] } else { highest[lane] };
        }
    }
    let least = lowest.iter().chain(rest).fold(0f32, |least, value| least.min(*value));
    let most = highest.iter().chain(rest).fold(0f32, |most, value| most.max(*value));
    (least, most)
}

/// Normalises a row to mean 0 and variance 1, then scales and shifts it.
#[inline(always)]
fn normalise(row: &mut [f32], norm: &Norm) {
    let width = row.len() as f32;
    let mut sums = [0f32; LANES];
    for chunk in row.as_chunks::<LANES>().0 {
        for lane in 0..LANES {
            sums[lane] += chunk[lane];
        }
    }
    let mean = sums.iter().sum::<f32>() / width;
    let mut squares = [0f32; LANES];
    for chunk in row.as_chunks_mut::<LANES>().0 {
        for lane in 0..LANES {
            chunk[lane] -= mean;
            squares[lane] += chunk[lane] * chunk[lane];
        }
    }
    let variance = squares.iter().sum::<f32>() / width;
    let inverse = 1.0 / (variance + norm.epsilon).sqrt();
    for ((value, weight), bias) in row.iter_mut().zip(&norm.weight).zip(&norm.bias) {
        *value = *value * inverse * weight + bias;
    }
}

/// What a linear layer's whole-number sums stand for: `((sum − zero · column sum) · scale) + bias`.
#[inline(always)]
fn scale_back(sums: &[i32], scale: f32, zero: i32, linear: &Linear, out: &mut [f32]) {
    let columns = linear.scales.iter().zip(&linear.sums).zip(&linear.bias);
    for ((out, sum), ((column_scale, column_sum), bias)) in out.iter_mut().zip(sums).zip(columns) {
        *out = (sum - zero * column_sum) as f32 * (scale * column_scale) + bias;
    }
}

/// A linear layer's sums with the rows that went in: what the steps below begin with.
pub(super) struct Sums<'a> {
    pub linear: &'a Linear,
    pub whole: &'a [i32],
    pub scales: &'a [f32],
    pub zero_points: &'a [i32],
}

impl Sums<'_> {
    #[inline(always)]
    fn row(&self, row: usize, out: &mut [f32]) {
        let width = self.linear.bias.len();
        scale_back(
            &self.whole[row * width..(row + 1) * width],
            self.scales[row],
            self.zero_points[row],
            self.linear,
            out,
        );
    }
}

/// Scales sums back to floats.
pub(super) struct Dequantize<'a>(pub Sums<'a>, pub &'a mut [f32]);

impl SimdOp for Dequantize<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, _: I) {
        for (row, out) in self.1.chunks_exact_mut(self.0.linear.bias.len()).enumerate() {
            self.0.row(row, out);
        }
    }
}

/// Adds sums to the rows that they answer, normalises these and quantises them from `first` on.
pub(super) struct Residual<'a> {
    pub sums: Sums<'a>,
    pub norm: &'a Norm,
    pub rows: &'a mut [f32],
    pub quantised: &'a mut Quantised,
    pub first: usize,
    /// One row of room.
    pub scratch: &'a mut [f32],
}

impl SimdOp for Residual<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, _: I) {
        for (at, row) in self.rows.chunks_exact_mut(self.quantised.width).enumerate() {
            self.sums.row(at, self.scratch);
            for (value, more) in row.iter_mut().zip(self.scratch.iter()) {
                *value += more;
            }
            normalise(row, self.norm);
            self.quantised.set(self.first + at, row);
        }
    }
}

/// Puts sums through the Gaussian error unit and quantises them.
pub(super) struct GeluQuantize<'a> {
    pub sums: Sums<'a>,
    pub quantised: &'a mut Quantised,
    /// One row of room.
    pub scratch: &'a mut [f32],
}

impl SimdOp for GeluQuantize<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        for row in 0..self.sums.scales.len() {
            self.sums.row(row, self.scratch);
            simd_map(
                isa.f32(),
                &mut *self.scratch,
                #[inline(always)]
                |value| Gelu {}.eval(isa, value),
            );
            self.quantised.set(row, self.scratch);
        }
    }
}

/// Normalises rows and quantises them.
pub(super) struct Normalised<'a> {
    pub norm: Option<&'a Norm>,
    pub rows: &'a mut [f32],
    pub quantised: &'a mut Quantised,
}

impl SimdOp for Normalised<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, _: I) {
        for (at, row) in self.rows.chunks_exact_mut(self.quantised.width).enumerate() {
            if let Some(norm) = self.norm {
                normalise(row, norm);
            }
            self.quantised.set(at, row);
        }
    }
}

/// Turns each row of a square of scores into weights that sum to 1.
pub(super) struct Weights<'a> {
    pub scores: &'a mut [f32],
    pub width: usize,
}

impl SimdOp for Weights<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        for row in self.scores.chunks_exact_mut(self.width) {
            Softmax::new_mut(row).eval(isa);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_comes_back_from_its_bytes_within_half_a_step() {
        let values: Vec<f32> = (0..40).map(|at| (at as f32 * 0.7).sin() * 3.0 + 0.5).collect();
        let mut quantised = Quantised::room(2, values.len());
        let mut rows = [values.clone(), values.iter().map(|value| value * 100.0).collect()].concat();
        Normalised { norm: None, rows: &mut rows, quantised: &mut quantised }.dispatch();
        for (at, value) in rows.iter().enumerate() {
            let row = at / values.len();
            let back = (i32::from(quantised.bytes[at]) - quantised.zero_points[row]) as f32 * quantised.scales[row];
            assert!((back - value).abs() <= quantised.scales[row] * 0.51, "{value} came back as {back}");
        }
    }

    #[test]
    fn a_normalised_row_has_mean_0_and_variance_1() {
        let mut row: Vec<f32> = (0..384).map(|at| ((at * 37) % 101) as f32).collect();
        normalise(&mut row, &Norm { weight: vec![1.0; 384], bias: vec![0.0; 384], epsilon: 1e-12 });
        let mean = row.iter().sum::<f32>() / 384.0;
        let variance = row.iter().map(|value| value * value).sum::<f32>() / 384.0;
        assert!(mean.abs() < 1e-4 && (variance - 1.0).abs() < 1e-3, "{mean} {variance}");
    }
}
