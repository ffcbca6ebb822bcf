//! Runs the encoder's layers over the rows of several texts at once.
//!
//! The rows of all texts stand below one another, without padding: the matrix products go over all of
//! them, attention stays within each text. Short texts alone would read 21 MB of weights for a few rows;
//! together they use the processor's whole width. The products are those of `rten-gemm`; what lies
//! between them is in `row_kernels`. The surprising fact: per-row zero points are subtracted here and not in
//! the product, because version 0.27 takes wrong ones from the second tile of rows on.

use super::linear::{Linear, Norm};
use super::row_kernels::{Dequantize, GeluQuantize, Normalised, Quantised, Residual, Sums, Weights};
use super::words::ROW;
use crate::error::UnderstandError;
use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions};
use rten_simd::SimdOp;
use rten_tensor::prelude::*;
use rten_tensor::{NdTensor, NdTensorView};
use safetensors::SafeTensors;

const LAYERS: usize = 12;
const HEADS: usize = 12;
const HEAD: usize = ROW / HEADS;
/// Width between the two products after attention.
const INNER: usize = 4 * ROW;
/// Rows that go through the products together: their sums, 400 kB, stay in a core's second cache.
const BLOCK: usize = 64;

struct Layer {
    /// Query (scaled by the root of a head's width), key and value side by side.
    attention: Linear,
    attended: Linear,
    middle: Norm,
    inner: Linear,
    outer: Linear,
    end: Norm,
}

/// The kernels for this processor. They are chosen for each run, because they cannot move between threads.
struct Kernels {
    bytes: GemmExecutor<u8, i8, i32>,
    floats: GemmExecutor<f32>,
}

/// The layers, loaded.
pub(super) struct Layers {
    start: Norm,
    layers: Vec<Layer>,
}

/// Reads tensors by name.
struct Tensors<'a>(SafeTensors<'a>);

impl Tensors<'_> {
    fn raw(&self, name: &str, shape: &[usize]) -> Result<&[u8], String> {
        let tensor = self.0.tensor(name).map_err(|error| format!("{name}: {error}"))?;
        if tensor.shape() != shape {
            return Err(format!("{name} has shape {:?}, not {shape:?}", tensor.shape()));
        }
        Ok(tensor.data())
    }

    fn floats(&self, name: &str, length: usize) -> Result<Vec<f32>, String> {
        let (values, rest) = self.raw(name, &[length])?.as_chunks::<4>();
        if rest.is_empty() && values.len() == length {
            Ok(values.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
        } else {
            Err(format!("{name} holds no 32-bit floats"))
        }
    }

    fn norm(&self, name: &str) -> Result<Norm, String> {
        let part = |end: &str| self.floats(&format!("{name}.{end}"), ROW);
        Ok(Norm { weight: part("w")?, bias: part("b")?, epsilon: 1e-12 })
    }

    fn linear(
        &self,
        product: &GemmExecutor<u8, i8, i32>,
        name: &str,
        depth: usize,
        width: usize,
    ) -> Result<Linear, String> {
        let weights: Vec<i8> =
            self.raw(&format!("{name}.w"), &[depth, width])?.iter().map(|byte| *byte as i8).collect();
        let mut sums = vec![0; width];
        for row in weights.chunks_exact(width) {
            for (sum, weight) in sums.iter_mut().zip(row) {
                *sum += i32::from(*weight);
            }
        }
        let scales = self.floats(&format!("{name}.s"), width)?;
        let bias = self.floats(&format!("{name}.b"), width)?;
        let weights = product.prepack_b(NdTensor::from_data([depth, width], weights).view());
        Ok(Linear { weights, depth, scales, sums, bias })
    }
}

impl Kernels {
    /// Whole-number products of rows `from..to` with a linear layer's weights.
    fn product<'s>(
        &self,
        rows: &Quantised,
        (from, to): (usize, usize),
        linear: &Linear,
        sums: &'s mut [i32],
    ) -> Result<&'s [i32], UnderstandError> {
        let sums = &mut sums[..(to - from) * linear.bias.len()];
        let bytes = &rows.bytes[from * rows.width..to * rows.width];
        let rows = GemmInputA::Unpacked(NdTensorView::from_data([to - from, linear.depth], bytes));
        self.bytes
            .gemm(sums, rows, GemmInputB::Packed(&linear.weights), GemmOptions::default())
            .map_err(|error| UnderstandError::Run { why: error.to_string() })?;
        Ok(sums)
    }

    /// Lets the rows of one text attend to one another: queries, keys and values in, context out.
    fn attend(
        &self,
        text: &[f32],
        scores: &mut [f32],
        head: &mut [f32],
        out: &mut [f32],
    ) -> Result<(), UnderstandError> {
        let rows = text.len() / (3 * ROW);
        let (scores, context) = (&mut scores[..rows * rows], &mut head[..rows * HEAD]);
        let all = NdTensorView::<f32, 2>::from_data([rows, 3 * ROW], text);
        let failed = |error: rten_gemm::GemmError| UnderstandError::Run { why: error.to_string() };
        for start in (0..ROW).step_by(HEAD) {
            let part = |kind: usize| all.slice((.., kind * ROW + start..kind * ROW + start + HEAD));
            let (query, key, value) = (part(0), part(1), part(2));
            let keys = GemmInputB::Unpacked(key.transposed());
            self.floats.gemm(scores, GemmInputA::Unpacked(query), keys, GemmOptions::default()).map_err(failed)?;
            Weights { scores, width: rows }.dispatch();
            let weights = GemmInputA::Unpacked(NdTensorView::from_data([rows, rows], &*scores));
            let values = GemmInputB::Unpacked(value);
            self.floats.gemm(context, weights, values, GemmOptions::default()).map_err(failed)?;
            for (row, part) in out.chunks_exact_mut(ROW).zip(context.chunks_exact(HEAD)) {
                row[start..start + HEAD].copy_from_slice(part);
            }
        }
        Ok(())
    }
}

impl Layers {
    /// Reads the layers from a safetensors file, as `data/make_model.py` writes it.
    pub(super) fn read(file: &[u8]) -> Result<Self, String> {
        let tensors = Tensors(SafeTensors::deserialize(file).map_err(|error| error.to_string())?);
        let bytes = GemmExecutor::new();
        let mut layers = Vec::with_capacity(LAYERS);
        for number in 0..LAYERS {
            let linear = |name, depth, width| tensors.linear(&bytes, &format!("l{number}.{name}"), depth, width);
            let mut attention = linear("qkv", ROW, 3 * ROW)?;
            let root = (HEAD as f32).sqrt();
            attention.scales[..ROW].iter_mut().chain(&mut attention.bias[..ROW]).for_each(|value| *value /= root);
            layers.push(Layer {
                attention,
                attended: linear("ao", ROW, ROW)?,
                middle: tensors.norm(&format!("l{number}.aln"))?,
                inner: linear("fi", ROW, INNER)?,
                outer: linear("fo", INNER, ROW)?,
                end: tensors.norm(&format!("l{number}.oln"))?,
            });
        }
        Ok(Self { start: tensors.norm("emb.ln")?, layers })
    }

    /// Takes the rows of several texts, one text after the other, to their last hidden states in place.
    ///
    /// `lengths` are the texts' numbers of rows. Runs on the calling thread where that belongs to a rayon
    /// pool of one thread.
    pub(super) fn run(&self, rows: &mut [f32], lengths: &[usize]) -> Result<(), UnderstandError> {
        let kernels = Kernels { bytes: GemmExecutor::new(), floats: GemmExecutor::new() };
        let count = rows.len() / ROW;
        let longest = lengths.iter().copied().max().unwrap_or(0);
        let blocks: Vec<(usize, usize)> =
            (0..count).step_by(BLOCK).map(|from| (from, (from + BLOCK).min(count))).collect();
        let mut quantised = Quantised::room(count, ROW);
        let mut inner = Quantised::room(BLOCK, INNER);
        let mut sums = vec![0i32; BLOCK * INNER];
        let mut attention = vec![0f32; count * 3 * ROW];
        let mut context = vec![0f32; count * ROW];
        let (mut scores, mut head) = (vec![0f32; longest * longest], vec![0f32; longest * HEAD]);
        let mut scratch = vec![0f32; INNER];
        Normalised { norm: Some(&self.start), rows, quantised: &mut quantised }.dispatch();
        for layer in &self.layers {
            for &(from, to) in &blocks {
                let sums = kernels.product(&quantised, (from, to), &layer.attention, &mut sums)?;
                let (scales, zero_points) = (&quantised.scales[from..to], &quantised.zero_points[from..to]);
                let sums = Sums { linear: &layer.attention, whole: sums, scales, zero_points };
                Dequantize(sums, &mut attention[from * 3 * ROW..to * 3 * ROW]).dispatch();
            }
            let mut from = 0;
            for length in lengths {
                let to = from + length;
                let text = &attention[from * 3 * ROW..to * 3 * ROW];
                kernels.attend(text, &mut scores, &mut head, &mut context[from * ROW..to * ROW])?;
                from = to;
            }
            Normalised { norm: None, rows: &mut context, quantised: &mut quantised }.dispatch();
            for &(from, to) in &blocks {
                let block = &mut rows[from * ROW..to * ROW];
                let attended = kernels.product(&quantised, (from, to), &layer.attended, &mut sums)?;
                let (scales, zero_points) =
                    (quantised.scales[from..to].to_vec(), quantised.zero_points[from..to].to_vec());
                Residual {
                    sums: Sums { linear: &layer.attended, whole: attended, scales: &scales, zero_points: &zero_points },
                    norm: &layer.middle,
                    rows: block,
                    quantised: &mut quantised,
                    first: from,
                    scratch: &mut scratch[..ROW],
                }
                .dispatch();
                let through = kernels.product(&quantised, (from, to), &layer.inner, &mut sums)?;
                let (scales, zero_points) = (&quantised.scales[from..to], &quantised.zero_points[from..to]);
                let through = Sums { linear: &layer.inner, whole: through, scales, zero_points };
                GeluQuantize { sums: through, quantised: &mut inner, scratch: &mut scratch }.dispatch();
                let outer = kernels.product(&inner, (0, to - from), &layer.outer, &mut sums)?;
                let (scales, zero_points) = (&inner.scales[..to - from], &inner.zero_points[..to - from]);
                Residual {
                    sums: Sums { linear: &layer.outer, whole: outer, scales, zero_points },
                    norm: &layer.end,
                    rows: block,
                    quantised: &mut quantised,
                    first: from,
                    scratch: &mut scratch[..ROW],
                }
                .dispatch();
            }
        }
        Ok(())
    }
}
