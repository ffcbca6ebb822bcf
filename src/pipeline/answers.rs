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
    /// A body.
    Fresh(Box<Sent>),
    /// The validators still hold; of an index of sitemaps, with what those hold that it named before.
    NotModified(Box<Answer>, Option<Box<ParsedFeed>>),
    /// A refusal, or no answer.
    Failed(FetchError),
}

/// What a source sent, read.
pub(super) struct Sent {
    /// What its answer said.
    pub(super) answer: Answer,
    /// A hash of the body.
    pub(super) hash: u64,
    /// Whether the body came to its end: else the next answer is to be whole, and validators are not kept.
    pub(super) whole: bool,
    /// What it was.
    pub(super) parsed: Result<ParsedFeed, Failure>,
}
