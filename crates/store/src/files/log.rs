//! The readers' log: what changed for them, in one append-only file of checksummed frames.
//!
//! Written after each commit, folded into the index (`index`) when it has grown. A torn last frame is
//! what a crash leaves and is passed over, and so are frames after the last mark of a commit. A frame is
//! a head (length, key, checksum of these) and a record with a checksum of its own; a story's key is its
//! id, so that a reader that follows an offset knows that it has come to the right place.

use super::document_log::Located;
use super::salvage;
use crate::Totals;
use crate::error::StoreError;
use crate::records::{decode, encode};
use samestory_model::{ArticleId, DocumentId, Source, SourceState, StoredOverride, StoryId, StoryView};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// One frame of the readers' log.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum StoryFrame {
    /// A story as it stands, and the sequence numbers at which it was born and last grew.
    Story {
        /// The view, without texts.
        view: StoryView,
        /// When it came up first.
        born: u64,
        /// When it last grew, 0 for never.
        grown: u64,
    },
    /// Documents that were stored, where they lie, and how they were placed.
    Documents(Vec<(DocumentId, Located)>),
    /// A story that is now another.
    Alias {
        /// The id that went.
        gone: StoryId,
        /// The id that stays.
        kept: StoryId,
    },
    /// An article that is now another.
    ArticleAlias {
        /// The id that went.
        gone: ArticleId,
        /// The id that stays.
        kept: ArticleId,
    },
    /// Stories without any document left, and documents and articles that went with them.
    Gone {
        /// The stories.
        stories: Vec<StoryId>,
        /// Articles, and ids that were merged into them.
        articles: Vec<ArticleId>,
        /// Documents.
        documents: Vec<DocumentId>,
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
    /// A user override, or one that was taken back.
    Word {
        /// Its number.
        number: u64,
        /// What was said, while it stands.
        word: Option<Box<StoredOverride>>,
    },
    /// The end of a commit.
    Committed {
        /// Its sequence number.
        sequence: u64,
        /// What the store holds since.
        holds: Totals,
    },
}

impl StoryFrame {
    /// The key of a frame: a story's id, else 0.
    fn key(&self) -> u64 {
        if let Self::Story { view, .. } = self { view.story.0 } else { 0 }
    }
}

/// Numbers of the readers' logs that lie in a generation's folder, in their order.
pub(crate) fn numbers(generation: &Path) -> Vec<u64> {
    let entries = std::fs::read_dir(generation).into_iter().flatten().flatten();
    let number = |name: &str| name.strip_prefix("stories-")?.strip_suffix(".log")?.parse().ok();
    let mut numbers: Vec<u64> = entries.filter_map(|entry| number(entry.file_name().to_str()?)).collect();
    numbers.sort_unstable();
    numbers
}

/// Path of the readers' log with a number.
pub(crate) fn path(generation: &Path, number: u64) -> PathBuf {
    generation.join(format!("stories-{number}.log"))
}

/// Length, key, and the checksum of these two.
const HEAD: usize = 16;

/// One frame: head, then the record with its own checksum.
pub(crate) fn frame(value: &StoryFrame) -> Vec<u8> {
    let record = encode(value);
    let mut bytes = Vec::with_capacity(record.len() + HEAD);
    bytes.extend_from_slice(&(record.len() as u32).to_be_bytes());
    bytes.extend_from_slice(&value.key().to_be_bytes());
    bytes.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
    bytes.extend_from_slice(&record);
    bytes
}

fn damaged(path: &Path, what: impl Into<String>) -> StoreError {
    StoreError::Log { path: path.to_owned(), what: what.into() }
}

/// The key and the record's length of a head.
fn head(path: &Path, bytes: &[u8]) -> Result<(u64, usize), StoreError> {
    let (said, sum) = bytes.split_at(HEAD - 4);
    if crc32fast::hash(said).to_be_bytes() != sum[..4] {
        return Err(damaged(path, "a frame's head fails its checksum"));
    }
    let number = |part: &[u8]| part.iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
    Ok((number(&said[4..]), number(&said[..4]) as usize))
}

/// A frame with where it begins and how long it is.
pub(crate) struct Placed {
    pub(crate) offset: u64,
    pub(crate) length: u32,
    pub(crate) frame: StoryFrame,
}

/// The log, open for reading.
#[derive(Debug)]
pub(crate) struct Log {
    path: PathBuf,
    file: File,
}

impl Log {
    /// Opens the log with a number.
    pub(crate) fn open(generation: &Path, number: u64) -> std::io::Result<Self> {
        let path = path(generation, number);
        Ok(Self { file: File::open(&path)?, path })
    }

    /// A story at its place.
    pub(crate) fn story(&self, id: StoryId, offset: u64, length: u32) -> Result<(StoryView, u64, u64), StoreError> {
        let mut bytes = vec![0; length as usize];
        self.file.read_exact_at(&mut bytes, offset).map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => damaged(&self.path, "it ends before a story"),
            _ => StoreError::disk(&self.path, &error),
        })?;
        if bytes.len() < HEAD || head(&self.path, &bytes[..HEAD])? != (id.0, bytes.len() - HEAD) {
            return Err(damaged(&self.path, format!("another frame stands at the place of {id}")));
        }
        match decode(&bytes[HEAD..]).map_err(|what| damaged(&self.path, what))? {
            StoryFrame::Story { view, born, grown } => Ok((view, born, grown)),
            _ => Err(damaged(&self.path, format!("another frame stands at the place of {id}"))),
        }
    }

    /// The frames of finished commits from an offset on, and where the last of these commits ends.
    pub(crate) fn tail(&self, from: u64) -> Result<(Vec<Placed>, u64), StoreError> {
        let disk = |error: std::io::Error| StoreError::disk(&self.path, &error);
        let length = self.file.metadata().map_err(disk)?.len();
        if length < from {
            return Err(damaged(&self.path, "it is shorter than its index says"));
        }
        let mut bytes = vec![0; (length - from) as usize];
        self.file.read_exact_at(&mut bytes, from).map_err(disk)?;
        let (mut frames, mut at, mut end, mut finished) = (Vec::new(), 0usize, from, 0);
        while let Some(beginning) = bytes.get(at..at + HEAD) {
            let (_, size) = head(&self.path, beginning)?;
            let Some(record) = bytes.get(at + HEAD..at + HEAD + size) else { break };
            let frame = decode(record).map_err(|what| damaged(&self.path, what))?;
            let committed = matches!(frame, StoryFrame::Committed { .. });
            frames.push(Placed { offset: from + at as u64, length: (HEAD + size) as u32, frame });
            at += HEAD + size;
            if committed {
                (end, finished) = (from + at as u64, frames.len());
            }
        }
        frames.truncate(finished);
        Ok((frames, end))
    }

    /// Every frame that reads, whatever lies between, with where it lies; says how many bytes do not.
    pub(crate) fn salvage(&self, mut each: impl FnMut(Placed)) -> Result<u64, StoreError> {
        let body = |bytes: &[u8]| head(&self.path, bytes).ok().map(|pair| pair.1);
        let lost = salvage::entries(&self.file, HEAD, body, |offset, bytes| match decode(&bytes[HEAD..]) {
            Ok(frame) => {
                each(Placed { offset, length: bytes.len() as u32, frame });
                true
            }
            Err(_) => false,
        });
        let lost = lost.map_err(|error| StoreError::disk(&self.path, &error))?;
        Ok(lost.into_iter().map(|(from, to)| to - from).sum())
    }

    /// Whether every frame before an offset is as it was written.
    pub(crate) fn check(&self, until: u64) -> Result<(), StoreError> {
        let mut at = 0;
        let read = |at: u64, length: usize| {
            let mut bytes = vec![0; length];
            self.file.read_exact_at(&mut bytes, at).map_err(|error| StoreError::disk(&self.path, &error))?;
            Ok(bytes)
        };
        while at < until {
            let (_, length) = head(&self.path, &read(at, HEAD)?)?;
            let record = read(at + HEAD as u64, length)?;
            crate::records::check(&record).map_err(|what| damaged(&self.path, what))?;
            at += (HEAD + length) as u64;
        }
        Ok(())
    }

    /// Bytes of the file.
    pub(crate) fn length(&self) -> u64 {
        self.file.metadata().map_or(0, |meta| meta.len())
    }
}
