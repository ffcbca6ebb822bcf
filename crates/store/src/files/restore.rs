//! Reads a backup into a folder where no store is, and names what is wrong with a file by its line.
//!
//! Everything is read before anything counts: a file that is damaged, cut off or of a later version leaves
//! the folder as it was, and so does one whose lines contradict one another (`contradictions`).

use super::generation::Fresh;
use super::layout::{self, Lock};
use super::sled_store::SledStore;
use super::tables::{
    ADDRESS, ARTICLE_ALIAS, HOST, ITEM, META, MIRRORED, PAGE, PLACEMENT, PURGED, QUEUE, SOURCE, STATE, STORY,
    STORY_ALIAS, WORD, item_key, key, order_key,
};
use crate::Totals;
use crate::contradictions::{Lines, without_passwords};
use crate::error::StoreError;
use crate::lines::{self, Line, bytes_of};
use crate::records::{check, encode};
use crate::{HostRecord, Learned, waiting_key};
use samestory_model::StoryRecord;
use std::fs::File;
use std::path::{Path, PathBuf};

/// A backup being read: where it is, and what has come of it.
struct Reading<'a> {
    path: &'a Path,
    line: u64,
    fresh: Fresh,
    holds: Totals,
    cursors: Vec<(PathBuf, String)>,
    lines: Lines,
}

/// Reads a backup into a folder without a store and returns the store with the number of lines.
pub fn restore(folder: &Path, backup: &Path) -> Result<(SledStore, u64), StoreError> {
    if layout::current(folder)?.is_some() || layout::first_format(folder).exists() {
        return Err(StoreError::NotEmpty { path: folder.to_owned() });
    }
    // Before anything is made: a file that is not there leaves no folder behind.
    let file = File::open(backup).map_err(|error| StoreError::disk(backup, &error))?;
    let lock = Lock::take(folder)?;
    let fresh = Fresh::begin(folder)?;
    let (holds, lines) = (Totals::default(), Lines::default());
    let mut reading = Reading { path: backup, line: 0, fresh, holds, cursors: Vec::new(), lines };
    match reading.read(file) {
        Ok(()) => {}
        Err(error) => {
            reading.fresh.abandon();
            return Err(error);
        }
    }
    let Reading { fresh, line, cursors, .. } = reading;
    // Before the store counts, so that none is missing then; a restore that fails after all takes them along.
    let mut written = Vec::new();
    let placed = cursors.into_iter().try_for_each(|(file, text)| {
        written.push(folder.join("readers").join(file));
        layout::replace(&written[written.len() - 1], text.as_bytes())
    });
    let done = match placed {
        Ok(()) => fresh.finish(lock),
        Err(error) => {
            fresh.abandon();
            Err(error)
        }
    };
    if done.is_err() {
        written.iter().for_each(|path| drop(std::fs::remove_file(path)));
    }
    Ok((done?, line))
}

impl Reading<'_> {
    fn wrong(&self, what: impl std::fmt::Display) -> StoreError {
        lines::wrong(self.path, self.line, what)
    }

    fn read(&mut self, file: File) -> Result<(), StoreError> {
        for part in lines::read(self.path, file)? {
            for (number, mut line) in part? {
                self.line = number;
                without_passwords(&mut line);
                self.lines.take(number, &line).map_err(|what| self.wrong(what))?;
                self.put(line)?;
            }
        }
        std::mem::take(&mut self.lines).agree().map_err(|(line, what)| lines::wrong(self.path, line, what))?;
        self.fresh.put(key(META, b"holds"), encode(&self.holds))
    }

    fn put(&mut self, line: Line) -> Result<(), StoreError> {
        let (key, value) = match line {
            Line::Store { sequence, placed, .. } => {
                self.fresh.put(key(META, b"sequence"), encode(&sequence))?;
                (key(META, b"placed"), encode(&placed))
            }
            Line::Source(source) => (key(SOURCE, source.name.0.as_bytes()), encode(&source)),
            Line::Configured(source) => (key(MIRRORED, source.name.0.as_bytes()), encode(&source)),
            Line::State { source, state } => (key(STATE, source.0.as_bytes()), encode(&state)),
            Line::Item { source, item, record } => (key(ITEM, &item_key(&source, &item)), encode(&record)),
            Line::Waiting(waiting) => {
                self.holds.waiting += 1;
                (key(QUEUE, waiting_key(&waiting.source, &waiting.item.id).as_bytes()), encode(&waiting))
            }
            Line::Host { host, robots, robots_form, blocks, blocks_form, paused_until } => {
                let robots = Learned::of(robots_form, bytes_of(&robots).map_err(|what| self.wrong(what))?);
                let blocks = Learned::of(blocks_form, bytes_of(&blocks).map_err(|what| self.wrong(what))?);
                (key(HOST, host.as_bytes()), encode(&HostRecord { robots, paused_until, blocks }))
            }
            Line::Document { placed, document, features, placement } => {
                let order = order_key(document.time().max(document.seen), placed);
                let id = document.id;
                self.holds.documents += 1;
                self.holds.bytes += self.fresh.document(&(*document, *features))?;
                if let Some(placement) = placement {
                    self.fresh.put(key(PLACEMENT, &id.key()), encode(&placement))?;
                }
                (order, encode(&id))
            }
            Line::Word { number, word } => (key(WORD, &number.to_be_bytes()), encode(&word)),
            Line::Page { key: at, page } => (key(PAGE, at.as_bytes()), encode(&page)),
            Line::Address { address, document } => (key(ADDRESS, address.as_bytes()), encode(&document)),
            Line::Story { story, born, grown, documents, sources, languages, last } => {
                self.holds.stories += 1;
                let record = StoryRecord { born, grown, documents, sources, languages, last };
                (key(STORY, &story.key()), encode(&record))
            }
            Line::StoryAlias { gone, kept } => (key(STORY_ALIAS, &gone.key()), encode(&kept)),
            Line::ArticleAlias { gone, kept } => (key(ARTICLE_ALIAS, &gone.key()), encode(&kept)),
            Line::Purged { hash } => {
                let hash = u64::from_str_radix(&hash, 16).map_err(|error| self.wrong(error))?;
                (key(PURGED, &hash.to_be_bytes()), encode(&()))
            }
            Line::Cursor { file, text } => {
                if !lines::is_cursor(&file) {
                    return Err(self.wrong(format!("`{file}` is no name of a cursor")));
                }
                self.cursors.push((PathBuf::from(file), text));
                return Ok(());
            }
            Line::Record { key, value } => {
                let key = bytes_of(&key).map_err(|what| self.wrong(what))?;
                let value = bytes_of(&value).map_err(|what| self.wrong(what))?;
                check(&value).map_err(|what| self.wrong(what))?;
                if key.is_empty() || key[0] == META {
                    return Err(self.wrong("a record without a kind"));
                }
                (key, value)
            }
            Line::End { .. } => return Ok(()),
        };
        self.fresh.put(key, value)
    }
}
