//! What is known of a story without reading it: when it came up, when it was last published, where its view lies; and
//! the entries that the index keeps of that.

use super::keys::{number, sortable};
use jiff::Timestamp;
use samestory_model::{StoryId, StoryView};

/// A story as the index knows it: where its view lies, and what decides whether it is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoryHead {
    /// Which story.
    pub story: StoryId,
    /// When it was born.
    pub born: u64,
    /// When it last grew, 0 for never.
    pub grown: u64,
    pub(super) last: u64,
    pub(super) offset: u64,
    pub(super) length: u32,
}

impl StoryHead {
    pub(super) fn of(view: &StoryView, born: u64, grown: u64, offset: u64, length: u32) -> Self {
        Self { story: view.story, born, grown, last: sortable(view.last_published), offset, length }
    }

    /// A story whose view lies in no file; `published` is its latest publication in seconds.
    #[cfg(feature = "postgres")]
    pub(super) fn placed(story: StoryId, born: u64, grown: u64, published: i64) -> Self {
        Self { story, born, grown, last: (published as u64) ^ (1 << 63), offset: 0, length: 0 }
    }

    /// Its latest publication, in seconds.
    #[cfg(feature = "postgres")]
    pub(super) fn published(&self) -> i64 {
        (self.last ^ (1 << 63)) as i64
    }

    /// Whether its latest publication lies before a time.
    pub(super) fn is_before(&self, time: Timestamp) -> bool {
        self.last < sortable(time)
    }

    pub(super) fn entry(&self) -> Vec<u8> {
        let numbers = [self.story.0, self.offset, self.last, self.born, self.grown];
        let mut entry: Vec<u8> = numbers.iter().flat_map(|number| number.to_be_bytes()).collect();
        entry.extend(self.length.to_be_bytes());
        entry
    }

    pub(super) fn read(entry: &[u8]) -> Self {
        Self {
            story: StoryId(number(entry, 0)),
            offset: number(entry, 8),
            last: number(entry, 16),
            born: number(entry, 24),
            grown: number(entry, 32),
            length: u32::from_be_bytes(entry[40..44].try_into().expect("four bytes")),
        }
    }

    /// As the table by time has it: its id is turned over, so that reading backwards gives equal times in
    /// the order of their ids.
    pub(super) fn time_entry(&self) -> Vec<u8> {
        let numbers = [self.last, !self.story.0, self.offset, self.born, self.grown];
        let mut entry: Vec<u8> = numbers.iter().flat_map(|number| number.to_be_bytes()).collect();
        entry.extend(self.length.to_be_bytes());
        entry
    }

    pub(super) fn read_time(entry: &[u8]) -> Self {
        let (last, story) = (number(entry, 0), StoryId(!number(entry, 8)));
        Self { story, offset: number(entry, 16), last, ..Self::read(entry) }
    }

    /// By what stories are listed: the latest publication first, then their ids.
    pub fn order(&self) -> (std::cmp::Reverse<u64>, StoryId) {
        (std::cmp::Reverse(self.last), self.story)
    }

    /// The commit at which it last came up.
    pub fn changed(&self) -> u64 {
        self.born.max(self.grown)
    }
}
