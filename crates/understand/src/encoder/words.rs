//! Looks up word vectors in the product-quantised table that ships in `data/model/`.
//!
//! A word is 128 bytes, each the number of one of 256 centroids of three dimensions, and a length.
//! The surprising fact: the codes stay where the executable was mapped, so the table of 250,037
//! words costs no memory that the system cannot take back.

use half::f16;

const GROUPS: usize = 128;
const CENTROIDS: usize = 256;
const WIDTH: usize = 3;
/// Dimensions of a word vector.
pub(super) const ROW: usize = GROUPS * WIDTH;

/// The word and position tables.
pub(super) struct Words {
    /// Codes of the first words, and of those behind them.
    codes: [&'static [u8]; 2],
    books: Vec<f32>,
    lengths: Vec<f32>,
    positions: Vec<f32>,
}

fn halves(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(2).map(|pair| f16::from_le_bytes([pair[0], pair[1]]).to_f32()).collect()
}

impl Words {
    /// Reads the tables as `data/make_model.py` writes them; `None` where their sizes disagree.
    pub(super) fn read(codes: [&'static [u8]; 2], books: &[u8], positions: &[u8]) -> Option<Self> {
        let split = GROUPS * CENTROIDS * WIDTH * 2;
        let (centroids, lengths) = books.split_at_checked(split)?;
        let words = Self { codes, books: halves(centroids), lengths: halves(lengths), positions: halves(positions) };
        (words.codes.map(<[u8]>::len).iter().sum::<usize>() == words.lengths.len() * GROUPS
            && words.codes[0].len().is_multiple_of(GROUPS)
            && words.positions.len().is_multiple_of(ROW))
        .then_some(words)
    }

    /// Most tokens a text may have.
    pub(super) fn longest(&self) -> usize {
        self.positions.len() / ROW
    }

    /// Adds the rows of a text's tokens, 384 floats each: word, position and type summed.
    ///
    /// Tokens beyond the table or the longest text are left out.
    pub(super) fn add_rows(&self, pieces: &[u32], rows: &mut Vec<f32>) {
        rows.reserve(pieces.len() * ROW);
        let known = pieces.iter().map(|piece| *piece as usize).filter(|piece| *piece < self.lengths.len());
        for (piece, position) in known.zip(self.positions.chunks_exact(ROW)) {
            let length = self.lengths[piece];
            let (at, first) = (piece * GROUPS, self.codes[0].len());
            let codes =
                if at < first { &self.codes[0][at..][..GROUPS] } else { &self.codes[1][at - first..][..GROUPS] };
            for (group, code) in codes.iter().enumerate() {
                let start = (group * CENTROIDS + usize::from(*code)) * WIDTH;
                let place = &position[group * WIDTH..(group + 1) * WIDTH];
                rows.extend(
                    self.books[start..start + WIDTH].iter().zip(place).map(|(value, place)| value * length + place),
                );
            }
        }
    }
}
