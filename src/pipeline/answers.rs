//! What came of asking a source: handed on by `poll`, stored by `record_polls`.

use super::due::Due;
use crate::fetch::FetchError;
use jiff::Timestamp;
use samestory_model::{Answer, Failure, ParsedFeed};

/// What came of one source that was due.
pub(super) struct Polled {
    pub(super) due: Due,
    pub(super) answer: Heard,
}

/// What a source said.
pub(super) enum Heard {
    /// Nothing: its host had asked for a pause at another address.
    Held(Timestamp),
    /// A body: what its answer said, a hash of it, and what it was.
    Fresh(Box<Answer>, u64, Box<Result<ParsedFeed, Failure>>),
    /// The validators still hold; of an index of sitemaps, with what those hold that it named before.
    NotModified(Box<Answer>, Option<Box<ParsedFeed>>),
    /// A refusal, or no answer.
    Failed(FetchError),
}
