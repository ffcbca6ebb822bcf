//! What one reader has seen, and the note that keeps it.
//!
//! A story counts as seen when it was shown. What came up before the cursor's number and was left out
//! by a filter or a limit is kept by its id, so that it comes up with the next call that wants it. Where
//! that would be thousands, the cursor keeps the other side: from where on nothing but a few was seen.

use samestory_model::{Change, StoryId};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// What one reader has seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The last commit whose stories were all shown or stand in `owed`.
    pub sequence: u64,
    /// Stories of earlier commits that were not shown yet, and as what they came up.
    pub owed: BTreeMap<StoryId, Change>,
    /// A long way that is not seen yet, save a few stories.
    pub backlog: Option<Backlog>,
}

/// Commits of which only a few stories were shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Backlog {
    /// The last commit before them.
    pub floor: u64,
    /// The stories that were shown.
    pub seen: BTreeSet<StoryId>,
}

/// How a note begins that ends with a checksum. To earlier versions it is a blank before a number.
const SEALED: char = ' ';
/// How the last line begins. To earlier versions it is a line like any that they do not know.
const CHECKSUM: &str = "checksum ";

fn is_sealed(text: &str) -> bool {
    text.starts_with(SEALED) || text.contains(CHECKSUM)
}

/// A note without its checksum; `None` where it is not as it was written.
fn said(text: &str) -> Option<&str> {
    if !is_sealed(text) {
        return Some(text);
    }
    let (said, sum) = text.split_at(text.rfind(CHECKSUM)?);
    (sum == format!("{CHECKSUM}{:08x}\n", crc32fast::hash(said.as_bytes()))).then_some(said)
}

/// The commit at which a note stands, where it has a checksum and this holds.
pub(super) fn sealed(text: &str) -> Option<u64> {
    if is_sealed(text) { Cursor::read(text).map(|cursor| cursor.sequence) } else { None }
}

impl Cursor {
    /// As what a story comes up for this reader; `None` where it has been seen as it stands.
    pub fn change(&self, story: StoryId, born: u64, grown: u64) -> Option<Change> {
        let owed = self.owed.get(&story).copied();
        let from = match &self.backlog {
            Some(backlog) if !backlog.seen.contains(&story) => backlog.floor,
            _ => self.sequence,
        };
        if born > from || owed == Some(Change::New) {
            Some(Change::New)
        } else if grown > from {
            Some(Change::Grown)
        } else {
            owed
        }
    }

    /// The last commit of which everything was shown or stands in `owed`.
    pub fn floor(&self) -> u64 {
        self.backlog.as_ref().map_or(self.sequence, |backlog| backlog.floor)
    }

    /// Stories that were shown of the backlog.
    pub fn seen(&self) -> impl Iterator<Item = StoryId> {
        self.backlog.iter().flat_map(|backlog| backlog.seen.iter().copied())
    }

    pub(crate) fn write(&self) -> String {
        let mut text = format!("{SEALED}{}\n", self.sequence);
        if let Some(backlog) = &self.backlog {
            let _ = writeln!(text, "floor {}", backlog.floor);
            for story in &backlog.seen {
                let _ = writeln!(text, "seen {story}");
            }
        }
        for (story, change) in &self.owed {
            let word = if *change == Change::New { "new" } else { "grown" };
            let _ = writeln!(text, "{word} {story}");
        }
        let sum = crc32fast::hash(text.as_bytes());
        let _ = writeln!(text, "{CHECKSUM}{sum:08x}");
        text
    }

    /// Reads what was written, now or by an earlier version, which wrote no checksum.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut lines = said(text)?.lines();
        let sequence = lines.next()?.trim().parse().ok()?;
        let mut cursor = Self { sequence, ..Self::default() };
        for (word, rest) in lines.filter_map(|line| line.split_once(' ')) {
            match (word, rest.parse::<StoryId>().ok()) {
                ("floor", _) => cursor.backlog.get_or_insert_default().floor = rest.parse().ok()?,
                ("seen", Some(story)) => {
                    cursor.backlog.get_or_insert_default().seen.insert(story);
                }
                ("new", Some(story)) => {
                    cursor.owed.insert(story, Change::New);
                }
                (_, Some(story)) => {
                    cursor.owed.insert(story, Change::Grown);
                }
                _ => {}
            }
        }
        Some(cursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_what_it_wrote() {
        let owed = BTreeMap::from([(StoryId(7), Change::New), (StoryId(9), Change::Grown)]);
        let cursor =
            Cursor { sequence: 12, owed, backlog: Some(Backlog { floor: 3, seen: BTreeSet::from([StoryId(4)]) }) };
        let text = cursor.write();
        assert_eq!(sealed(&text), Some(12));
        for place in 0..text.len() {
            assert_eq!(Cursor::read(&text[..place]), None, "cut at byte {place}");
            let mut bytes = text.clone().into_bytes();
            bytes[place] ^= 0x10;
            let flipped = String::from_utf8(bytes).expect("ASCII");
            // A flip in the last line's first word leaves a line that says nothing.
            let read = Cursor::read(&flipped);
            assert!(read.is_none(), "byte {place}: {flipped}");
        }
        assert_eq!(Cursor::read(&text), Some(cursor));
        assert_eq!(
            Cursor::read("12\ngrown s0000000000009\n").map(|cursor| cursor.sequence),
            Some(12),
            "an earlier one"
        );
        assert_eq!(Cursor::read("no number\n"), None);
    }

    #[test]
    fn what_was_left_out_stays_owed_and_what_was_seen_does_not_come_back() {
        let owed = BTreeMap::from([(StoryId(7), Change::New)]);
        let cursor = Cursor { sequence: 12, owed, backlog: None };
        assert_eq!(cursor.change(StoryId(7), 3, 14), Some(Change::New));
        assert_eq!(cursor.change(StoryId(8), 3, 0), None);
        assert_eq!(cursor.change(StoryId(8), 3, 13), Some(Change::Grown));
        assert_eq!(cursor.change(StoryId(9), 13, 14), Some(Change::New));
        let seen = BTreeSet::from([StoryId(5)]);
        let cursor = Cursor { backlog: Some(Backlog { floor: 2, seen }), ..cursor };
        assert_eq!(cursor.change(StoryId(8), 3, 0), Some(Change::New), "of the way that was not seen");
        assert_eq!(cursor.change(StoryId(8), 1, 2), None);
        assert_eq!(cursor.change(StoryId(5), 3, 11), None, "but for what was");
        assert_eq!(cursor.change(StoryId(5), 3, 13), Some(Change::Grown));
    }
}
