//! Aligns two sequences of sentences so that order is kept: one with one, one with two, two with one, or
//! with nothing.
//!
//! Dynamic programming over vectors. A pair counts by how far its cosine lies above what unrelated
//! sentences reach; two sentences stand for one only where together they are nearer to it than either is
//! alone, so that an added sentence stays alone.

use samestory_model::SentenceVector;

/// What one step of the alignment takes of both sides: places in the left and in the right text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Step {
    /// First of the left sentences, and how many.
    pub(super) left: (usize, usize),
    /// First of the right sentences, and how many.
    pub(super) right: (usize, usize),
    /// Their cosine; 0 where one side is empty.
    pub(super) cosine: f32,
}

/// Cosine above which two sentences are taken for one another.
pub(super) const COUNTERPART: f32 = 0.30;
/// By how much two sentences together have to be nearer than the better of them alone.
pub(super) const GAIN: f32 = 0.04;

/// Cosine from which two sentences are taken for one another that are all that lies between two pairs, or as many
/// as many: by their place they belong together already.
pub(super) const ENCLOSED: f32 = 0.12;

/// What is known of two beginnings: the most that they reach, by which step, and that step's cosine.
type Cell = (f32, (usize, usize), f32);

/// A vector of floats of length one, and what it weighs where it is added to another.
struct Weighed {
    values: Vec<f32>,
    pieces: f32,
}

fn weighed(sentence: &SentenceVector) -> Weighed {
    Weighed { values: sentence.vector.to_floats(), pieces: f32::from(sentence.pieces.max(1)) }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Cosine of one sentence and of two that are taken together.
fn with_two(one: &Weighed, two: [&Weighed; 2]) -> f32 {
    let sum: Vec<f32> =
        two[0].values.iter().zip(&two[1].values).map(|(a, b)| a * two[0].pieces + b * two[1].pieces).collect();
    let length = dot(&sum, &sum).sqrt();
    if length > f32::EPSILON { dot(&one.values, &sum) / length } else { 0.0 }
}

/// The best alignment that keeps the order, from the first step to the last.
pub(super) fn monotone(left: &[&SentenceVector], right: &[&SentenceVector]) -> Vec<Step> {
    let (left, right): (Vec<Weighed>, Vec<Weighed>) =
        (left.iter().map(|one| weighed(one)).collect(), right.iter().map(|one| weighed(one)).collect());
    let (rows, columns) = (left.len(), right.len());
    let single: Vec<Vec<f32>> =
        left.iter().map(|a| right.iter().map(|b| dot(&a.values, &b.values)).collect()).collect();
    // best[i][j] is of the first i and j sentences.
    let mut best = vec![vec![Cell::default(); columns + 1]; rows + 1];
    for i in 0..=rows {
        for j in 0..=columns {
            let mut found = best[i][j];
            let mut offer = |from: (usize, usize), worth: f32, cosine: f32, best: &[Vec<Cell>]| {
                let total = best[i - from.0][j - from.1].0 + worth;
                if found.1 == (0, 0) || total > found.0 {
                    found = (total, from, cosine);
                }
            };
            if i > 0 {
                offer((1, 0), 0.0, 0.0, &best);
            }
            if j > 0 {
                offer((0, 1), 0.0, 0.0, &best);
            }
            if i > 0 && j > 0 {
                let cosine = single[i - 1][j - 1];
                if cosine >= COUNTERPART {
                    offer((1, 1), cosine - COUNTERPART, cosine, &best);
                }
            }
            if i > 0 && j > 1 {
                let cosine = with_two(&left[i - 1], [&right[j - 2], &right[j - 1]]);
                let alone = single[i - 1][j - 1].max(single[i - 1][j - 2]);
                if cosine >= COUNTERPART && cosine >= alone + GAIN {
                    offer((1, 2), cosine - COUNTERPART, cosine, &best);
                }
            }
            if i > 1 && j > 0 {
                let cosine = with_two(&right[j - 1], [&left[i - 2], &left[i - 1]]);
                let alone = single[i - 1][j - 1].max(single[i - 2][j - 1]);
                if cosine >= COUNTERPART && cosine >= alone + GAIN {
                    offer((2, 1), cosine - COUNTERPART, cosine, &best);
                }
            }
            best[i][j] = found;
        }
    }
    let (mut i, mut j) = (rows, columns);
    let mut steps = Vec::new();
    while i > 0 || j > 0 {
        let (_, (a, b), cosine) = best[i][j];
        steps.push(Step { left: (i - a, a), right: (j - b, b), cosine });
        (i, j) = (i - a, j - b);
    }
    steps.reverse();
    enclosed(steps, &single)
}

/// Pairs what stands alone on both sides between two pairs, where it is as much on the one as on the other.
fn enclosed(steps: Vec<Step>, single: &[Vec<f32>]) -> Vec<Step> {
    let mut out: Vec<Step> = Vec::with_capacity(steps.len());
    for run in steps.chunk_by(|a, b| a.cosine == 0.0 && b.cosine == 0.0) {
        let places = |side: fn(&Step) -> (usize, usize)| -> Vec<usize> {
            run.iter().map(side).filter(|part| part.1 > 0).map(|part| part.0).collect()
        };
        let (left, right) = (places(|step| step.left), places(|step| step.right));
        if run[0].cosine != 0.0 || left.len() != right.len() {
            out.extend_from_slice(run);
            continue;
        }
        for (a, b) in left.into_iter().zip(right) {
            let cosine = single[a][b];
            if cosine >= ENCLOSED {
                out.push(Step { left: (a, 1), right: (b, 1), cosine });
            } else {
                out.push(Step { left: (a, 1), right: (b, 0), cosine: 0.0 });
                out.push(Step { left: (a + 1, 0), right: (b, 1), cosine: 0.0 });
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use samestory_model::Vector;

    fn at(parts: &[(usize, f32)]) -> SentenceVector {
        let mut values = vec![0f32; 16];
        for (place, value) in parts {
            values[*place] = *value;
        }
        SentenceVector { vector: Vector::new(&values), pieces: 10 }
    }

    fn shape(left: &[SentenceVector], right: &[SentenceVector]) -> Vec<(usize, usize)> {
        let of = |side: &[SentenceVector]| side.to_vec();
        let (left, right) = (of(left), of(right));
        let steps = monotone(&left.iter().collect::<Vec<_>>(), &right.iter().collect::<Vec<_>>());
        steps.iter().map(|step| (step.left.1, step.right.1)).collect()
    }

    #[test]
    fn what_one_side_lacks_stands_alone_and_the_rest_in_pairs() {
        let [a, b, c] = [0, 1, 2].map(|place| at(&[(place, 1.0)]));
        assert_eq!(shape(&[a.clone(), b.clone(), c.clone()], &[a.clone(), c.clone()]), [(1, 1), (1, 0), (1, 1)]);
        assert_eq!(shape(std::slice::from_ref(&a), &[a.clone(), b]), [(1, 1), (0, 1)]);
        assert_eq!(shape(&[], &[a, c]), [(0, 1), (0, 1)]);
        assert!(shape(&[], &[]).is_empty());
    }

    #[test]
    fn what_lies_alone_between_two_pairs_belongs_together_where_it_is_at_all_alike() {
        let [a, b, c] = [0, 1, 2].map(|place| at(&[(place, 1.0)]));
        let (free, far) = (at(&[(1, 0.2), (7, 1.0)]), at(&[(8, 1.0)]));
        assert_eq!(shape(&[a.clone(), b.clone(), c.clone()], &[a.clone(), free.clone(), c.clone()]), [(1, 1); 3]);
        let apart = [(1, 1), (1, 0), (0, 1), (1, 1)];
        assert_eq!(shape(&[a.clone(), b.clone(), c.clone()], &[a.clone(), far.clone(), c.clone()]), apart);
        // One against two says nothing of which.
        assert_eq!(shape(&[a.clone(), b, c.clone()], &[a, free, far, c]).len(), 5);
    }

    #[test]
    fn a_sentence_that_was_cut_in_two_is_met_by_both_halves() {
        let (whole, next) = (at(&[(0, 1.0), (1, 1.0)]), at(&[(5, 1.0)]));
        let halves = [at(&[(0, 1.0)]), at(&[(1, 1.0)]), next.clone()];
        assert_eq!(shape(&[whole.clone(), next.clone()], &halves), [(1, 2), (1, 1)]);
        assert_eq!(shape(&halves, &[whole, next]), [(2, 1), (1, 1)]);
    }

    #[test]
    fn unlike_sentences_are_never_paired_for_want_of_better() {
        assert_eq!(shape(&[at(&[(0, 1.0)])], &[at(&[(9, 1.0)])]).len(), 2);
    }
}
