//! Writes everything that a store holds into one file: JSON Lines in zstd, described in docs/BACKUP.md.
//!
//! Each line is an object with one key, its kind. The first line is `store`, the last is `end` with the
//! number of lines, so that a file that was cut off is known. A kind that has no form of its own goes as
//! `record`, byte for byte: what a later part of the program adds to the store is never left out.

use super::error::StoreError;
use super::regroup::StoryRecord;
use super::sled_store::{
    ADDRESS, ARTICLE_ALIAS, DOCUMENT, HOST, ITEM, META, MIRRORED, ORDER, PAGE, PLACEMENT, PURGED, QUEUE, SOURCE, STATE,
    STORY, STORY_ALIAS, SledStore, WORD, number,
};
use super::{HostRecord, ItemRecord, PageRecord, Store, Waiting};
use crate::model::{
    ArticleId, Document, DocumentId, Features, Lang, Placement, ReaderWord, Source, SourceId, SourceState, StoryId,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

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
    /// What is known of a host; `robots` and `blocks` are base64 and may be left out.
    Host { host: String, robots: String, blocks: String, paused_until: Option<Timestamp> },
    /// A document with what it is compared by, its placement, and the number of its placement.
    Document { placed: u64, document: Box<Document>, features: Box<Features>, placement: Option<Box<Placement>> },
    /// A word of the reader's; nothing where it was taken back and only its number is used up.
    Word { number: u64, word: Option<Box<ReaderWord>> },
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

/// A file that is written beside its name and counted.
struct Writing<'a> {
    out: zstd::Encoder<'static, BufWriter<File>>,
    path: &'a Path,
    lines: u64,
}

impl Writing<'_> {
    fn put(&mut self, line: &Line) -> Result<(), StoreError> {
        let mut text = serde_json::to_vec(line)
            .map_err(|error| StoreError::Backup { path: self.path.to_owned(), what: error.to_string() })?;
        text.push(b'\n');
        self.lines += 1;
        self.out.write_all(&text).map_err(|error| StoreError::disk(self.path, &error))
    }
}

impl SledStore {
    /// Writes a backup and returns the number of its lines. A file that is there is replaced at the end.
    pub fn backup(&self, path: &Path, now: Timestamp) -> Result<u64, StoreError> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".new");
        let fresh = path.with_file_name(name);
        let written = self.write_backup(&fresh, now);
        let done = written.and_then(|lines| {
            std::fs::rename(&fresh, path).map_err(|error| StoreError::disk(path, &error)).map(|()| lines)
        });
        if done.is_err() {
            let _ = std::fs::remove_file(&fresh);
        }
        done
    }

    fn write_backup(&self, path: &Path, now: Timestamp) -> Result<u64, StoreError> {
        let disk = |error: std::io::Error| StoreError::disk(path, &error);
        let file = BufWriter::with_capacity(1 << 20, File::create(path).map_err(disk)?);
        let mut out = zstd::Encoder::new(file, 1).map_err(disk)?;
        out.include_checksum(true).map_err(disk)?;
        let mut writing = Writing { out, path, lines: 0 };
        writing.put(&Line::Store {
            version: VERSION,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            made: now,
            sequence: self.sequence()?,
            placed: self.get(META, b"placed")?.unwrap_or(0),
        })?;
        for pair in self.db.iter() {
            let (key, value) = pair.map_err(|error| self.failed(&error))?;
            if let Some(line) = self.line(key[0], &key[1..], &value)? {
                writing.put(&line)?;
            }
        }
        for entry in std::fs::read_dir(self.folder.join("readers")).into_iter().flatten().flatten() {
            let file = entry.file_name().to_string_lossy().into_owned();
            if file.ends_with(".cursor")
                && let Ok(text) = std::fs::read_to_string(entry.path())
            {
                writing.put(&Line::Cursor { file, text })?;
            }
        }
        let lines = writing.lines;
        writing.put(&Line::End { lines })?;
        let file = writing.out.finish().and_then(|out| out.into_inner().map_err(std::io::IntoInnerError::into_error));
        file.and_then(|file| file.sync_all()).map_err(disk)?;
        Ok(lines)
    }

    /// A record of the database as a line; `None` for what is written with another, or made anew.
    fn line(&self, tag: u8, rest: &[u8], value: &[u8]) -> Result<Option<Line>, StoreError> {
        let text = || String::from_utf8_lossy(rest).into_owned();
        Ok(Some(match tag {
            DOCUMENT | PLACEMENT | META => return Ok(None),
            SOURCE => Line::Source(self.read(value)?),
            MIRRORED => Line::Configured(self.read(value)?),
            STATE => Line::State { source: SourceId(text()), state: Box::new(self.read(value)?) },
            ITEM => {
                let name = text();
                let (source, item) = name.split_once('\u{0}').unwrap_or((&name, ""));
                Line::Item { source: SourceId(source.to_owned()), item: item.to_owned(), record: self.read(value)? }
            }
            QUEUE => Line::Waiting(Box::new(self.read::<Waiting>(value)?)),
            HOST => {
                let HostRecord { robots, paused_until, blocks } = self.read(value)?;
                let (robots, blocks) = (STANDARD.encode(robots), STANDARD.encode(blocks));
                Line::Host { host: text(), robots, blocks, paused_until }
            }
            ORDER => {
                let (placed, id) = (number(&rest[8..]), self.read::<DocumentId>(value)?);
                let Some(at) = self.located(id)? else { return Ok(None) };
                let (document, features) = self.texts.both(id, at)?;
                let placement = self.placement(id)?.map(Box::new);
                Line::Document { placed, document: Box::new(document), features: Box::new(features), placement }
            }
            WORD => Line::Word { number: number(rest), word: self.read(value)? },
            PAGE => Line::Page { key: text(), page: self.read(value)? },
            ADDRESS => Line::Address { address: text(), document: self.read(value)? },
            STORY => {
                let StoryRecord { born, grown, documents, sources, languages, last } = self.read(value)?;
                Line::Story { story: StoryId(number(rest)), born, grown, documents, sources, languages, last }
            }
            STORY_ALIAS => Line::StoryAlias { gone: StoryId(number(rest)), kept: self.read(value)? },
            ARTICLE_ALIAS => Line::ArticleAlias { gone: ArticleId(number(rest)), kept: self.read(value)? },
            PURGED => Line::Purged { hash: format!("{:016x}", number(rest)) },
            _ => {
                self.whole(value)?;
                let key = [&[tag], rest].concat();
                Line::Record { key: STANDARD.encode(key), value: STANDARD.encode(value) }
            }
        }))
    }

    fn whole(&self, value: &[u8]) -> Result<(), StoreError> {
        let checked = super::record::check(value).map(|_| ());
        checked.map_err(|what| StoreError::Damaged { path: self.folder.clone(), what })
    }
}

/// Bytes of base64.
pub(super) fn bytes_of(text: &str) -> Result<Vec<u8>, String> {
    STANDARD.decode(text.as_bytes()).map_err(|error| error.to_string())
}
