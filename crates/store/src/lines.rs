//! The lines of a backup, and the file that holds them (docs/BACKUP.md): JSON Lines in one zstd stream.
//!
//! Packing and unpacking is half of the work, so it is done by a thread of its own, a few chunks ahead or
//! behind. Each line is an object with one key, its kind. The first line is `store`, the last is `end`
//! with the number of lines, so that a file that was cut off is known.

use super::error::StoreError;
use super::private;
use super::{HostRecord, ItemRecord, PageRecord, Waiting};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use samestory_model::{
    ArticleId, Document, DocumentId, Features, Lang, Placement, Source, SourceId, SourceState, StoredOverride, StoryId,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

/// Longest line that is read, bytes.
const LONGEST: u64 = 256 << 20;
/// Bytes of text that go to the other thread at once.
const CHUNK: usize = 1 << 20;
/// Chunks that may wait between the two threads.
const AHEAD: usize = 4;

/// Version of the form; a later one is refused.
pub(super) const VERSION: u32 = 1;

/// One line of a backup.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    /// The first line.
    Store { version: u32, program: String, made: Timestamp, sequence: u64, placed: u64 },
    /// A source that was added by command.
    Source(Source),
    /// A source of the configuration.
    Configured(Source),
    /// What is known of a source.
    State { source: SourceId, state: Box<SourceState> },
    /// What is known of an item.
    Item { source: SourceId, item: String, record: ItemRecord },
    /// An item that waits for its page.
    Waiting(Box<Waiting>),
    /// What is known of a host; `robots` and `blocks` are base64 and may be empty, each with the version of its form.
    Host {
        host: String,
        robots: String,
        #[serde(default = "first_form")]
        robots_form: u8,
        blocks: String,
        #[serde(default = "first_form")]
        blocks_form: u8,
        paused_until: Option<Timestamp>,
    },
    /// A document with what it is compared by, its placement, and the number of its placement.
    Document { placed: u64, document: Box<Document>, features: Box<Features>, placement: Option<Box<Placement>> },
    /// A user override; nothing where it was taken back and only its number is used up.
    Word { number: u64, word: Option<Box<StoredOverride>> },
    /// Validators of an article page, by its canonical key.
    Page { key: String, page: PageRecord },
    /// The latest document at a canonical key.
    Address { address: String, document: DocumentId },
    /// A story's record.
    Story {
        story: StoryId,
        born: u64,
        grown: u64,
        documents: Vec<DocumentId>,
        sources: BTreeSet<String>,
        languages: BTreeSet<Lang>,
        last: Option<Timestamp>,
    },
    /// A story that was merged into another.
    StoryAlias { gone: StoryId, kept: StoryId },
    /// An article that was merged into another.
    ArticleAlias { gone: ArticleId, kept: ArticleId },
    /// The hash of an item or address that was purged.
    Purged { hash: String },
    /// Where a reader stands: the name of its file, and what stands in it.
    Cursor { file: String, text: String },
    /// Any other record: its key and its value, base64.
    Record { key: String, value: String },
    /// The last line: how many came before it.
    End { lines: u64 },
}

/// What files begin with that are being written for a path.
fn unfinished_name(path: &Path) -> String {
    format!(".{}.", path.file_name().unwrap_or_default().to_string_lossy())
}

/// How the names of such files end.
const UNFINISHED: &str = ".unfinished";

/// Removes what a backup to this path left that was killed.
pub fn remove_unfinished(path: &Path) {
    let begins = unfinished_name(path);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(&begins) && name.ends_with(UNFINISHED) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// Writes a file beside its place and swaps it in once it is whole and on disk. Replaces a plain file only; of a link
/// that leads to one, the file.
pub(super) fn replaced(path: &Path, write: impl FnOnce(&Path) -> Result<u64, StoreError>) -> Result<u64, StoreError> {
    let other = || StoreError::NotAFile { path: path.to_owned() };
    let target = match std::fs::symlink_metadata(path) {
        Ok(meta) if meta.is_symlink() => std::fs::canonicalize(path).map_err(|_| other())?,
        _ => path.to_owned(),
    };
    if std::fs::metadata(&target).is_ok_and(|meta| !meta.is_file()) || target.file_name().is_none() {
        return Err(other());
    }
    remove_unfinished(&target);
    let disk = |error: std::io::Error| StoreError::disk(&target, &error);
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // It goes with this value, unless it is put in its place. Only its owner may read it.
    let fresh = tempfile::Builder::new()
        .prefix(&unfinished_name(&target))
        .suffix(UNFINISHED)
        .tempfile_in(folder)
        .map_err(disk)?
        .into_temp_path();
    let lines = write(&fresh)?;
    fresh.persist(&target).map_err(|error| disk(error.error))?;
    super::files::layout::sync_folder(folder)?;
    Ok(lines)
}

/// A file of lines being written.
pub(super) struct Writing {
    path: PathBuf,
    chunk: Vec<u8>,
    chunks: Option<SyncSender<Vec<u8>>>,
    packing: Option<JoinHandle<std::io::Result<()>>>,
    /// Lines so far.
    pub(super) lines: u64,
}

fn pack(file: File, chunks: &Receiver<Vec<u8>>) -> std::io::Result<()> {
    let mut out = zstd::Encoder::new(BufWriter::with_capacity(CHUNK, file), 1)?;
    out.include_checksum(true)?;
    for chunk in chunks {
        out.write_all(&chunk)?;
    }
    let file = out.finish()?.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    file.sync_all()
}

impl Writing {
    /// Begins a file.
    pub(super) fn begin(path: &Path) -> Result<Self, StoreError> {
        let file = private::create(path).map_err(|error| StoreError::disk(path, &error))?;
        let (chunks, packed) = sync_channel::<Vec<u8>>(AHEAD);
        let packing = Some(std::thread::spawn(move || pack(file, &packed)));
        let (path, chunk) = (path.to_owned(), Vec::with_capacity(2 * CHUNK));
        Ok(Self { path, chunk, chunks: Some(chunks), packing, lines: 0 })
    }

    /// Adds a line.
    pub(super) fn put(&mut self, line: &Line) -> Result<(), StoreError> {
        serde_json::to_writer(&mut self.chunk, line)
            .map_err(|error| StoreError::Backup { path: self.path.clone(), what: error.to_string() })?;
        self.chunk.push(b'\n');
        self.lines += 1;
        if self.chunk.len() < CHUNK { Ok(()) } else { self.hand_over() }
    }

    fn hand_over(&mut self) -> Result<(), StoreError> {
        let chunk = std::mem::replace(&mut self.chunk, Vec::with_capacity(2 * CHUNK));
        match self.chunks.as_ref().map(|chunks| chunks.send(chunk)) {
            Some(Ok(())) => Ok(()),
            // It ended before it was told to: what it met is the reason.
            _ => self.end(),
        }
    }

    fn end(&mut self) -> Result<(), StoreError> {
        self.chunks = None;
        let Some(packing) = self.packing.take() else { return Ok(()) };
        match packing.join() {
            Ok(done) => done.map_err(|error| StoreError::disk(&self.path, &error)),
            Err(_) => Err(StoreError::Backup { path: self.path.clone(), what: "packing it failed".to_owned() }),
        }
    }

    /// Writes the last line and makes the file durable; returns the lines before it.
    pub(super) fn finish(mut self) -> Result<u64, StoreError> {
        let lines = self.lines;
        self.put(&Line::End { lines })?;
        self.hand_over()?;
        self.end()?;
        Ok(lines)
    }
}

/// A file of lines being read.
struct Reading {
    path: PathBuf,
    line: u64,
    ended: bool,
}

impl Reading {
    fn wrong(&self, what: impl std::fmt::Display) -> StoreError {
        wrong(&self.path, self.line, what)
    }

    /// Reads a part of the file; `None` at its end.
    fn part(&mut self, lines: &mut impl BufRead) -> Result<Option<Vec<(u64, Line)>>, StoreError> {
        let (mut part, mut size, mut text) = (Vec::new(), 0, Vec::new());
        while size < CHUNK {
            text.clear();
            self.line += 1;
            let read = lines.by_ref().take(LONGEST).read_until(b'\n', &mut text);
            size += read.map_err(|error| self.wrong(format!("it does not unpack: {error}")))?;
            if text.is_empty() {
                self.line -= 1;
                if !self.ended {
                    return Err(self.wrong("the file ends before its last line"));
                }
                return Ok(Some(part).filter(|part| !part.is_empty()));
            }
            if text.pop() != Some(b'\n') {
                return Err(self.wrong("it is cut off"));
            }
            if self.ended {
                return Err(self.wrong("there is more behind the end"));
            }
            part.push((self.line, self.read(&text)?));
        }
        Ok(Some(part))
    }

    fn read(&mut self, text: &[u8]) -> Result<Line, StoreError> {
        // A later version may have changed anything but this.
        if self.line == 1 {
            let version = serde_json::from_slice::<serde_json::Value>(text)
                .ok()
                .and_then(|line| line.get("store")?.get("version")?.as_u64())
                .ok_or_else(|| self.wrong("this is no backup of a store"))?;
            if version > u64::from(VERSION) {
                let what = format!("it has version {version}, this program reads up to {VERSION}");
                return Err(StoreError::Backup { path: self.path.clone(), what });
            }
        }
        let line: Line = serde_json::from_slice(text).map_err(|error| self.wrong(error))?;
        if (self.line == 1) != matches!(line, Line::Store { .. }) {
            return Err(self.wrong("the first line, and only this, says `store`"));
        }
        if let Line::End { lines } = line {
            if lines + 1 != self.line {
                return Err(self.wrong(format!("{lines} lines should stand before it")));
            }
            self.ended = true;
        }
        Ok(line)
    }
}

/// What is wrong with a line.
pub(super) fn wrong(path: &Path, line: u64, what: impl std::fmt::Display) -> StoreError {
    StoreError::Backup { path: path.to_owned(), what: format!("line {line}: {what}") }
}

/// A part of a file: lines with their numbers, or what is wrong with one.
type Part = Result<Vec<(u64, Line)>, StoreError>;

/// Reads a file in parts, in order. The last is an error where the file is not whole.
pub(super) fn read(path: &Path, file: File) -> Result<Receiver<Part>, StoreError> {
    let no_backup = |error: std::io::Error| StoreError::Backup {
        path: path.to_owned(),
        what: format!("this is no backup: {error}"),
    };
    let mut lines = BufReader::with_capacity(CHUNK, zstd::Decoder::new(file).map_err(no_backup)?);
    let mut reading = Reading { path: path.to_owned(), line: 0, ended: false };
    let (parts, read) = sync_channel(AHEAD);
    std::thread::spawn(move || {
        // Ends with the file, with the first error, or when the receiver is gone.
        while let Some(part) = reading.part(&mut lines).transpose() {
            let over = part.is_err();
            if parts.send(part).is_err() || over {
                break;
            }
        }
    });
    Ok(read)
}

/// The form of what was learned of a host, where a backup does not say it.
fn first_form() -> u8 {
    1
}

impl Line {
    /// What is known of a host.
    pub(super) fn host(host: String, known: HostRecord) -> Self {
        let HostRecord { robots, paused_until, blocks } = known;
        Self::Host {
            host,
            robots: STANDARD.encode(robots.bytes),
            robots_form: robots.version,
            blocks: STANDARD.encode(blocks.bytes),
            blocks_form: blocks.version,
            paused_until,
        }
    }
}

/// Whether this is the name of a cursor's file, and of nothing elsewhere.
pub(super) fn is_cursor(file: &str) -> bool {
    let plain = |sign: char| sign.is_ascii_alphanumeric() || "-_.".contains(sign);
    file.ends_with(".cursor") && file.chars().all(plain) && !file.starts_with('.')
}

/// Bytes of base64.
pub(super) fn bytes_of(text: &str) -> Result<Vec<u8>, String> {
    STANDARD.decode(text.as_bytes()).map_err(|error| error.to_string())
}
