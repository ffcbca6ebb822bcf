//! The view log: what readers see, in files that need no lock.
//!
//! Two append-only files of checksummed frames, `stories.log` and `documents.log`, written after each
//! commit and read from the start. A torn last frame is what a crash leaves and is passed over; the
//! writer checks every byte when it opens, compares the last sequence with sled's, and writes both
//! files anew where anything is wrong.

use super::error::StoreError;
use super::record::{check, decode, encode};
use crate::model::{
    ArticleId, Document, DocumentId, Features, Placement, ReaderWord, Source, SourceState, StoryId, StoryView,
};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// One frame of `stories.log`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum StoryFrame {
    /// A story as it stands, and the sequence numbers at which it was born and last grew.
    Story {
        /// The view, without texts.
        view: StoryView,
        /// When it came up first.
        born: u64,
        /// When it last grew, 0 for never.
        grown: u64,
    },
    /// A story that is now another.
    Alias {
        /// The id that went.
        gone: StoryId,
        /// The id that stays.
        kept: StoryId,
    },
    /// A source and what is known of it.
    Source {
        /// The source.
        source: Box<Source>,
        /// Its state.
        state: Box<SourceState>,
    },
    /// A source that is not followed any more.
    Unfollowed {
        /// Its name.
        name: String,
    },
    /// An article that is now another.
    ArticleAlias {
        /// The id that went.
        gone: ArticleId,
        /// The id that stays.
        kept: ArticleId,
    },
    /// The end of a commit.
    Committed {
        /// Its sequence number.
        sequence: u64,
    },
    /// A word of the reader's, or one that was taken back.
    Word {
        /// Its number.
        number: u64,
        /// What was said, while it stands.
        word: Option<Box<ReaderWord>>,
    },
}

/// One frame of `documents.log`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DocumentFrame {
    /// The document.
    pub document: Document,
    /// What it is compared by.
    pub features: Features,
    /// Where it is and why.
    pub placement: Placement,
}

/// Path of the stories' frames.
pub(super) fn stories(folder: &Path) -> PathBuf {
    folder.join("stories.log")
}

/// Path of the documents' frames.
pub(super) fn documents(folder: &Path) -> PathBuf {
    folder.join("documents.log")
}

fn disk(path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Disk { path: path.to_owned(), why: error.to_string() }
}

/// Length, key, and the checksum of these two.
const HEAD: usize = 16;

/// One frame: head, then the record with its own checksum.
fn frame<T: Serialize>(key: u64, value: &T) -> Vec<u8> {
    let record = encode(value);
    let mut bytes = Vec::with_capacity(record.len() + HEAD);
    bytes.extend_from_slice(&(record.len() as u32).to_be_bytes());
    bytes.extend_from_slice(&key.to_be_bytes());
    bytes.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
    bytes.extend_from_slice(&record);
    bytes
}

/// Frames of one commit, ready to append.
#[derive(Debug, Default)]
pub(super) struct Frames {
    stories: Vec<u8>,
    documents: Vec<u8>,
}

impl Frames {
    pub(super) fn story(&mut self, value: &StoryFrame) {
        self.stories.extend(frame(0, value));
    }

    pub(super) fn document(&mut self, value: &DocumentFrame) {
        self.documents.extend(frame(value.document.id.0, value));
    }

    /// Appends documents first: a story frame never names a document that is not there.
    pub(super) fn append(&self, folder: &Path) -> Result<(), StoreError> {
        for (path, bytes) in [(documents(folder), &self.documents), (stories(folder), &self.stories)] {
            let mut file =
                OpenOptions::new().create(true).append(true).open(&path).map_err(|error| disk(&path, &error))?;
            file.write_all(bytes).and_then(|()| file.sync_data()).map_err(|error| disk(&path, &error))?;
        }
        Ok(())
    }

    /// Writes both files anew and swaps them in.
    pub(super) fn replace(&self, folder: &Path) -> Result<(), StoreError> {
        for (path, bytes) in [(documents(folder), &self.documents), (stories(folder), &self.stories)] {
            let fresh = path.with_extension("log.new");
            let written =
                File::create(&fresh).and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
            written.and_then(|()| std::fs::rename(&fresh, &path)).map_err(|error| disk(&path, &error))?;
        }
        Ok(())
    }
}

fn bytes_of(path: &Path) -> Result<Vec<u8>, StoreError> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(bytes),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(disk(path, &error)),
    }
}

fn damaged(path: &Path, what: impl Into<String>) -> StoreError {
    StoreError::Log { path: path.to_owned(), what: what.into() }
}

/// The frames of a log, oldest first: key and record. Ends where a frame is torn.
struct Records<'a> {
    path: &'a Path,
    rest: &'a [u8],
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<(u64, &'a [u8]), StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (head, tail) = self.rest.split_at_checked(HEAD)?;
        let (said, sum) = head.split_at(HEAD - 4);
        if crc32fast::hash(said).to_be_bytes() != sum {
            self.rest = &[];
            return Some(Err(damaged(self.path, "a frame's head fails its checksum")));
        }
        let length = u32::from_be_bytes(said[..4].try_into().ok()?) as usize;
        let (record, tail) = tail.split_at_checked(length)?;
        self.rest = tail;
        Some(Ok((u64::from_be_bytes(said[4..].try_into().ok()?), record)))
    }
}

/// The last commit that the log holds; `None` where it is torn or any byte of it is not as written.
pub(super) fn sequence(folder: &Path) -> Option<u64> {
    let mut last = 0;
    for path in [documents(folder), stories(folder)] {
        let bytes = bytes_of(&path).ok()?;
        let mut records = Records { path: &path, rest: &bytes };
        for record in records.by_ref() {
            check(record.ok()?.1).ok()?;
        }
        if !records.rest.is_empty() {
            return None;
        }
    }
    for frame in read_stories(folder).ok()? {
        if let StoryFrame::Committed { sequence } = frame {
            last = sequence;
        }
    }
    Some(last)
}

/// Every story frame of the log, oldest first.
pub(super) fn read_stories(folder: &Path) -> Result<Vec<StoryFrame>, StoreError> {
    let path = stories(folder);
    let bytes = bytes_of(&path)?;
    let records = Records { path: &path, rest: &bytes };
    records.map(|record| decode(record?.1).map_err(|what| damaged(&path, what))).collect()
}

/// The latest frames of the documents that are asked for.
pub(super) fn read_documents(
    folder: &Path,
    wanted: &dyn Fn(DocumentId) -> bool,
) -> Result<Vec<DocumentFrame>, StoreError> {
    let path = documents(folder);
    let bytes = bytes_of(&path)?;
    let mut latest: std::collections::BTreeMap<u64, &[u8]> = std::collections::BTreeMap::new();
    for record in (Records { path: &path, rest: &bytes }) {
        let (key, record) = record?;
        if wanted(DocumentId(key)) {
            latest.insert(key, record);
        }
    }
    latest.into_values().map(|record| decode(record).map_err(|what| damaged(&path, what))).collect()
}
