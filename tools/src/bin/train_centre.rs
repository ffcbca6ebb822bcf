//! Computes what all texts share and what tells languages apart, and writes `data/model/centre.f16`.
//!
//! usage: `cargo run --release -p samestory-tools --bin train_centre -- ../shared/eval/languages.jsonl.gz`
//!
//! Reads parallel texts (the same articles in many languages), takes the raw vectors of headlines and
//! first sentences, and averages them by language. What is written: the mean of the languages' means,
//! then the 64 directions in which those means differ most (principal axes, largest first), each 384
//! halves. The Gram matrix of the means is small (one row a language), so Jacobi's rotations do.

use half::f16;
use jiff::Timestamp;
use samestory::evaluate::read;
use samestory_understand::{Encoder, sentences};
use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Directions that are written.
const DIRECTIONS: usize = 64;
/// Sentences of a document, and pieces of each, as the program reads them.
const SENTENCES: usize = 6;
const PIECES: usize = 40;

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(one, other)| one * other).sum()
}

/// Eigenvalues and eigenvectors of a symmetric matrix by Jacobi's rotations, largest first.
fn eigen(mut matrix: Vec<Vec<f64>>) -> Vec<(f64, Vec<f64>)> {
    let size = matrix.len();
    let mut vectors: Vec<Vec<f64>> =
        (0..size).map(|row| (0..size).map(|column| f64::from(u8::from(row == column))).collect()).collect();
    for _ in 0..60 {
        let off: f64 = (0..size).map(|row| (0..row).map(|column| matrix[row][column].powi(2)).sum::<f64>()).sum();
        if off < 1e-20 {
            break;
        }
        for p in 0..size {
            for q in p + 1..size {
                if matrix[p][q].abs() < 1e-18 {
                    continue;
                }
                let theta = (matrix[q][q] - matrix[p][p]) / (2.0 * matrix[p][q]);
                let t = theta.signum() / (theta.abs() + theta.hypot(1.0));
                let (c, s) = (1.0 / t.hypot(1.0), t / t.hypot(1.0));
                for row in &mut matrix {
                    (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
                }
                let (first, second) = matrix.split_at_mut(q);
                for (above, below) in first[p].iter_mut().zip(&mut second[0]) {
                    (*above, *below) = (c * *above - s * *below, s * *above + c * *below);
                }
                for row in &mut vectors {
                    (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
                }
            }
        }
    }
    let mut pairs: Vec<(f64, Vec<f64>)> =
        (0..size).map(|at| (matrix[at][at], vectors.iter().map(|row| row[at]).collect())).collect();
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    pairs
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: train_centre LANGUAGES.jsonl.gz")?;
    let (labelled, _) = read(Path::new(&path), Timestamp::UNIX_EPOCH)?;
    let encoder = Encoder::shipped()?;
    let next = AtomicUsize::new(0);
    // Kept by document and summed in file order, so that the result does not depend on the threads.
    let raw: Vec<Mutex<Vec<Vec<f32>>>> = labelled.iter().map(|_| Mutex::default()).collect();
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(one) = labelled.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let place = labelled.iter().position(|other| std::ptr::eq(one, other)).unwrap_or_default();
                    let texts = std::iter::once(one.document.title.as_str())
                        .chain(sentences(&one.document.text).into_iter().take(SENTENCES));
                    let pieces = texts.map(|text| encoder.pieces(text, PIECES));
                    let vectors = pieces.filter_map(|pieces| encoder.vectors(&[&pieces]).ok()).flatten();
                    *raw[place].lock().unwrap_or_else(std::sync::PoisonError::into_inner) = vectors.collect();
                }
            });
        }
    });
    let mut sums: BTreeMap<String, (Vec<f64>, f64)> = BTreeMap::new();
    for (one, vectors) in labelled.iter().zip(raw) {
        let lang = one.document.stated_lang.map_or_else(|| "und".to_owned(), |lang| lang.to_string());
        for vector in vectors.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
            let sum = sums.entry(lang.clone()).or_insert_with(|| (vec![0.0; vector.len()], 0.0));
            sum.0.iter_mut().zip(&vector).for_each(|(total, value)| *total += f64::from(*value));
            sum.1 += 1.0;
        }
    }
    let mut means: Vec<Vec<f64>> =
        sums.into_values().map(|(sum, count)| sum.into_iter().map(|value| value / count).collect()).collect();
    let width = means.first().ok_or("no documents")?.len();
    let centre: Vec<f64> =
        (0..width).map(|at| means.iter().map(|mean| mean[at]).sum::<f64>() / means.len() as f64).collect();
    for mean in &mut means {
        mean.iter_mut().zip(&centre).for_each(|(value, middle)| *value -= middle);
    }
    let gram: Vec<Vec<f64>> = means.iter().map(|a| means.iter().map(|b| dot(a, b)).collect()).collect();
    let axes = eigen(gram);
    let total: f64 = axes.iter().map(|axis| axis.0.max(0.0)).sum();
    let kept: f64 = axes.iter().take(DIRECTIONS).map(|axis| axis.0.max(0.0)).sum();
    let mut values = centre;
    for (_, weights) in axes.iter().take(DIRECTIONS) {
        let mut axis = vec![0.0; width];
        for (mean, weight) in means.iter().zip(weights) {
            axis.iter_mut().zip(mean).for_each(|(sum, value)| *sum += weight * value);
        }
        let length = dot(&axis, &axis).sqrt().max(f64::EPSILON);
        values.extend(axis.into_iter().map(|value| value / length));
    }
    let bytes: Vec<u8> = values.iter().flat_map(|value| f16::from_f64(*value).to_le_bytes()).collect();
    std::fs::write("data/model/centre.f16", bytes)?;
    println!("{} languages; {DIRECTIONS} directions hold {:.4} of what tells them apart", means.len(), kept / total);
    Ok(())
}
