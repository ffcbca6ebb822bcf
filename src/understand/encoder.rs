//! Runs the shipped sentence encoder: text to a raw vector of 384 floats.
//!
//! One text a run and one thread a run: what a text's vector is never depends on the texts that
//! happen to be embedded beside it (the activations are quantised a tensor at a time), and several
//! texts at once use the cores better than one text spread over them. Call it from plain threads:
//! a rayon worker that waits for another pool takes up further work meanwhile, deeper and deeper.

use super::error::UnderstandError;
use super::words::{ROW, Words};
use kitoken::Kitoken;
use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool};
use rten_tensor::{AsView, NdTensor, NdTensorView};
use std::sync::{Arc, Mutex, PoisonError};

/// The pieces that open and close a text for this model.
const OPEN: u32 = 0;
const CLOSE: u32 = 2;
/// What the model was trained to see before a text that is stored rather than asked for.
const PREFIX: &str = "passage: ";

/// The encoder: tokenizer, word table and layers.
pub struct Encoder {
    tokenizer: Kitoken,
    words: Words,
    layers: Model,
    rows: NodeId,
    mask: NodeId,
    output: NodeId,
    prefix: Vec<u32>,
    /// Idle pools of one thread each; a run takes one and gives it back.
    pools: Mutex<Vec<Arc<ThreadPool>>>,
}

impl Encoder {
    /// Loads the model that is compiled into the program.
    pub fn shipped() -> Result<Self, UnderstandError> {
        let broken = |what: &str| UnderstandError::Model { what: what.to_owned() };
        let tokenizer = Kitoken::from_slice(include_bytes!("../../data/model/tokenizer.kit"))
            .map_err(|error| broken(&format!("tokenizer: {error}")))?;
        let words = Words::read(
            include_bytes!("../../data/model/words-codes.pq"),
            include_bytes!("../../data/model/words-books.pq"),
            include_bytes!("../../data/model/positions.f16"),
        )
        .ok_or_else(|| broken("the word tables do not fit one another"))?;
        let layers = ModelOptions::with_all_ops()
            .prepack_weights(true)
            .load_static_slice(include_bytes!("../../data/model/layers.onnx"))
            .map_err(|error| broken(&format!("layers: {error}")))?;
        let node = |name: &str| layers.node_id(name).map_err(|error| broken(&format!("layers: {error}")));
        let (rows, mask, output) = (node("rows")?, node("mask")?, node("last_hidden_state")?);
        let prefix =
            tokenizer.encode(PREFIX.trim_end(), false).map_err(|error| broken(&format!("tokenizer: {error}")))?;
        Ok(Self { tokenizer, words, layers, rows, mask, output, prefix, pools: Mutex::default() })
    }

    /// The pieces of a text, at most `most` of them, without prefix and brackets.
    pub fn pieces(&self, text: &str, most: usize) -> Vec<u32> {
        let mut pieces = self.tokenizer.encode(text, false).unwrap_or_default();
        pieces.truncate(most);
        pieces
    }

    /// The raw vector of a text's pieces: the mean over all positions, not yet centred.
    pub fn vector(&self, pieces: &[u32]) -> Result<Vec<f32>, UnderstandError> {
        let longest = self.words.longest() - self.prefix.len() - 2;
        let mut all = Vec::with_capacity(pieces.len() + self.prefix.len() + 2);
        all.push(OPEN);
        all.extend_from_slice(&self.prefix);
        all.extend_from_slice(&pieces[..pieces.len().min(longest)]);
        all.push(CLOSE);
        let rows = self.words.rows(&all);
        let tokens = rows.len() / ROW;
        let failed = |error: &dyn std::fmt::Display| UnderstandError::Run { why: error.to_string() };
        let mask = NdTensor::<f32, 4>::zeros([1, 1, 1, tokens]);
        let rows = NdTensorView::<f32, 3>::from_data([1, tokens, ROW], rows.as_slice());
        let idle = self.pools.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let pool = idle.unwrap_or_else(|| Arc::new(ThreadPool::with_num_threads(1)));
        let options = RunOptions::default().with_thread_pool(Some(pool.clone()));
        let inputs = vec![(self.rows, rows.into()), (self.mask, mask.view().into())];
        let result = self.layers.run_n(inputs, [self.output], Some(options));
        self.pools.lock().unwrap_or_else(PoisonError::into_inner).push(pool);
        let [output] = result.map_err(|error| failed(&error))?;
        let (_, states) = output.into_shape_vec::<f32, 3>().map_err(|error| failed(&error))?;
        let mut mean = vec![0f32; ROW];
        for state in states.chunks_exact(ROW) {
            for (sum, value) in mean.iter_mut().zip(state) {
                *sum += value;
            }
        }
        let length = mean.iter().map(|value| value * value).sum::<f32>().sqrt().max(f32::EPSILON);
        mean.iter_mut().for_each(|value| *value /= length);
        Ok(mean)
    }
}
