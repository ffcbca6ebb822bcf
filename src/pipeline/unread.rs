//! What of one file could not be read, in a number of lines that a person reads.

use super::disk::failure;
use samestory_model::Failure;
use std::path::Path;

/// Damaged parts of one file that are named; further ones are counted.
const NAMED: u64 = 20;

/// What of one file could not be read: the first parts by name, the further ones as a number, so that a file of nothing
/// else costs no memory and no screen.
#[derive(Default)]
pub(super) struct Unread {
    named: Vec<Failure>,
    further: u64,
}

impl Unread {
    /// Adds a part.
    pub(super) fn add(&mut self, failure: impl FnOnce() -> Failure) {
        if (self.named.len() as u64) < NAMED {
            self.named.push(failure());
        } else {
            self.further += 1;
        }
    }

    /// Everything that is to be said; `parts` is what the file consists of.
    pub(super) fn failures(self, file: &Path, parts: &str) -> impl Iterator<Item = Failure> {
        let further = (self.further > 0).then(|| {
            let why = format!("{} further {parts} could not be read", self.further);
            failure(file.display(), why, "the first are named above")
        });
        self.named.into_iter().chain(further)
    }
}
