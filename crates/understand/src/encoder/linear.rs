//! The weights of one linear layer and of one normalisation, as the layers hold them and the row kernels read them.

use rten_gemm::PackedBMatrix;

/// A linear layer: weights of 7 signed bits with a scale a column.
pub(super) struct Linear {
    pub weights: PackedBMatrix<i8>,
    /// Rows of the weights: the width of what goes in.
    pub depth: usize,
    pub scales: Vec<f32>,
    /// Sum of the weights of each column.
    pub sums: Vec<i32>,
    pub bias: Vec<f32>,
}

/// Scale and shift after a normalisation.
pub(super) struct Norm {
    pub weight: Vec<f32>,
    pub bias: Vec<f32>,
    pub epsilon: f32,
}
