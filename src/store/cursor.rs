//! Where each reader stands: a small file a reader, outside the database, so that `list` can move it
//! while a pass runs. Swapped in atomically; one that does not read counts as "nothing seen yet".
//!
//! A story counts as seen when it was shown. What came up before the cursor's number and was left out
//! by a filter or a limit is kept by its id, so that it comes up with the next call that wants it.

use super::error::StoreError;
use crate::model::{Change, StoryId};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// What one reader has seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The last commit whose stories were all shown or stand in `owed`.
    pub sequence: u64,
    /// Stories of earlier commits that were not shown yet, and as what they came up.
    pub owed: BTreeMap<StoryId, Change>,
}

impl Cursor {
    /// As what a story comes up for this reader; `None` where it has been seen as it stands.
    pub fn change(&self, story: StoryId, born: u64, grown: u64) -> Option<Change> {
        let owed = self.owed.get(&story).copied();
        if born > self.sequence || owed == Some(Change::New) {
            Some(Change::New)
        } else if grown > self.sequence {
            Some(Change::Grown)
        } else {
            owed
        }
    }

    fn write(&self) -> String {
        let mut text = format!("{}\n", self.sequence);
        for (story, change) in &self.owed {
            let word = if *change == Change::New { "new" } else { "grown" };
            let _ = writeln!(text, "{word} {story}");
        }
        text
    }

    fn read(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let sequence = lines.next()?.trim().parse().ok()?;
        let owed = lines.filter_map(|line| {
            let (word, story) = line.split_once(' ')?;
            Some((story.parse().ok()?, if word == "new" { Change::New } else { Change::Grown }))
        });
        Some(Self { sequence, owed: owed.collect() })
    }
}

fn path(folder: &Path, reader: &str) -> PathBuf {
    let name: String = reader
        .bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || byte == b'-' {
                char::from(byte).to_string()
            } else {
                format!("_{byte:02x}")
            }
        })
        .collect();
    folder.join("readers").join(format!("{name}.cursor"))
}

/// What a reader has seen; nothing for a new reader.
pub fn cursor(folder: &Path, reader: &str) -> Cursor {
    std::fs::read_to_string(path(folder, reader)).ok().and_then(|text| Cursor::read(&text)).unwrap_or_default()
}

/// Moves a reader's cursor.
pub fn move_cursor(folder: &Path, reader: &str, cursor: &Cursor) -> Result<(), StoreError> {
    let path = path(folder, reader);
    let fresh = path.with_extension(format!("new{}", std::process::id()));
    let written = std::fs::create_dir_all(folder.join("readers"))
        .and_then(|()| std::fs::write(&fresh, cursor.write()))
        .and_then(|()| std::fs::rename(&fresh, &path));
    written.map_err(|error| StoreError::Disk { path, why: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_what_it_wrote() {
        let owed = BTreeMap::from([(StoryId(7), Change::New), (StoryId(9), Change::Grown)]);
        let cursor = Cursor { sequence: 12, owed };
        assert_eq!(Cursor::read(&cursor.write()), Some(cursor));
        assert_eq!(Cursor::read("no number\n"), None);
    }

    #[test]
    fn what_was_left_out_stays_owed_and_what_was_seen_does_not_come_back() {
        let owed = BTreeMap::from([(StoryId(7), Change::New)]);
        let cursor = Cursor { sequence: 12, owed };
        assert_eq!(cursor.change(StoryId(7), 3, 14), Some(Change::New));
        assert_eq!(cursor.change(StoryId(8), 3, 0), None);
        assert_eq!(cursor.change(StoryId(8), 3, 13), Some(Change::Grown));
        assert_eq!(cursor.change(StoryId(9), 13, 14), Some(Change::New));
    }
}
