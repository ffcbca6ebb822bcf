//! The view log: what readers see, in files that need no lock.
//!
//! Two append-only files of checksummed frames, `stories.log` and `documents.log`, written after each
//! commit and read from the start. A torn last frame is what a crash leaves and is passed over; the
//! writer compares the last sequence with sled's when it opens and writes both anew where they differ.

use super::error::StoreError;
use super::record::{decode, encode};
use crate::model::{Document, DocumentId, Features, Placement, Source, SourceState, StoryId, StoryView};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
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
    /// The end of a commit.
    Committed {
        /// Its sequence number.
        sequence: u64,
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

/// One frame: length, key, record.
fn frame<T: Serialize>(key: u64, value: &T) -> Vec<u8> {
    let record = encode(value);
    let mut bytes = Vec::with_capacity(record.len() + 12);
    bytes.extend_from_slice(&(record.len() as u32).to_be_bytes());
    bytes.extend_from_slice(&key.to_be_bytes());
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

fn whole(path: &Path) -> Result<Vec<u8>, StoreError> {
    let mut bytes = Vec::new();
    match File::open(path) {
        Ok(mut file) => file.read_to_end(&mut bytes).map_err(|error| disk(path, &error))?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => 0,
        Err(error) => return Err(disk(path, &error)),
    };
    Ok(bytes)
}

/// The records of a log's complete frames with their keys, oldest first.
fn records(bytes: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (head, tail) = rest.split_at_checked(12)?;
        let length = u32::from_be_bytes(head[..4].try_into().ok()?) as usize;
        let (record, tail) = tail.split_at_checked(length)?;
        rest = tail;
        Some((u64::from_be_bytes(head[4..].try_into().ok()?), record))
    })
}

/// Every story frame of the log, oldest first; frames after a damaged one are not believed.
pub(super) fn read_stories(folder: &Path) -> Result<Vec<StoryFrame>, StoreError> {
    let path = stories(folder);
    let bytes = whole(&path)?;
    records(&bytes)
        .map(|(_, record)| decode(record).map_err(|what| StoreError::Damaged { path: path.clone(), what }))
        .collect()
}

/// The latest frames of the documents that are asked for.
pub(super) fn read_documents(
    folder: &Path,
    wanted: &dyn Fn(DocumentId) -> bool,
) -> Result<Vec<DocumentFrame>, StoreError> {
    let path = documents(folder);
    let bytes = whole(&path)?;
    let mut latest: std::collections::BTreeMap<u64, &[u8]> = std::collections::BTreeMap::new();
    for (key, record) in records(&bytes).filter(|(key, _)| wanted(DocumentId(*key))) {
        latest.insert(key, record);
    }
    latest
        .into_values()
        .map(|record| decode(record).map_err(|what| StoreError::Damaged { path: path.clone(), what }))
        .collect()
}
