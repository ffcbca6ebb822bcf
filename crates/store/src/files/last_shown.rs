//! The last commit that readers were shown, by everything that was written after it: what the database is held to.
//!
//! A commit is flushed to the database before it is published, so a database that stands before what readers know has
//! lost commits. Their log and index say it; where these do not read whole, each frame that does; and the cursors,
//! which never stand behind the last commit.

use super::index;
use super::log::{self, Log, StoryFrame};
use super::published::Published;
use crate::cursor;
use std::path::Path;

/// The number of the last commit that is known to readers, and the file that knows it; `None` where nothing is.
pub(crate) fn last_shown(folder: &Path, generation: &Path, published: Option<&Published>) -> Option<(u64, String)> {
    let read = published.map(|published| (published.sequence(), "the readers' log".to_owned()));
    let found = read.or_else(|| salvaged(generation));
    found.into_iter().chain(cursors(folder)).max_by_key(|known| known.0)
}

/// The last commit of an index, or of any frame that reads.
pub(crate) fn salvaged(generation: &Path) -> Option<(u64, String)> {
    let index = index::open(generation).ok().flatten().map(|index| index.head.sequence);
    let mut last = index;
    for number in log::numbers(generation) {
        let Ok(log) = Log::open(generation, number) else { continue };
        // One that cannot be read any further has said what it can.
        let _ = log.salvage(|placed| {
            if let StoryFrame::Committed { sequence, .. } = placed.frame {
                last = last.max(Some(sequence));
            }
        });
    }
    Some((last?, "what is left of the readers' log".to_owned()))
}

/// The cursor that stands furthest, of those whose checksum holds.
fn cursors(folder: &Path) -> Option<(u64, String)> {
    let entries = std::fs::read_dir(folder.join("readers")).into_iter().flatten().flatten();
    let stands = |path: &Path| cursor::sealed(&std::fs::read_to_string(path).ok()?);
    entries
        .filter_map(|entry| Some((stands(&entry.path())?, format!("readers/{}", entry.file_name().to_string_lossy()))))
        .max_by_key(|known| known.0)
}
