//! Reads a backup into a database where no store is: in one transaction, so that a file that is damaged, cut off or
//! of a later version leaves the database as it was.

use super::commit::{
    PUT_ARTICLE_ALIASES, PUT_HOSTS, PUT_ITEMS, PUT_PAGES, PUT_STATES, PUT_STORY_ALIASES, PUT_WAITING, PUT_WORDS,
};
use super::connect::{Link, Trouble};
use super::document_rows::DocumentRows;
use super::retain::BURY;
use super::rows::{host_of, item_key, long_key, time_of};
use super::store::PostgresStore;
use super::{shown, texts::column};
use crate::contradictions::{Lines, without_passwords};
use crate::error::StoreError;
use crate::lines::{self, Line, bytes_of};
use crate::records::{Keyed, check, encode};
use crate::server_address::Address;
use crate::{HostRecord, Learned, waiting_key};
use samestory_model::StoryRecord;
use samestory_model::{Placement, StoryId, canonical_key};
use std::fs::File;
use std::path::{Path, PathBuf};

/// Rows of one statement.
const TOGETHER: usize = 500;

const PUT_SOURCES: &str =
    "INSERT INTO source (name, configured, body) SELECT * FROM unnest($1::text[], $2::boolean[], $3::bytea[])";
const PUT_PLACED: &str = "INSERT INTO placement (document, time, placed, bytes, sequence, address, article, story, body) \
     SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bytea[], \
     $7::bigint[], $8::bigint[], $9::bytea[])";
const PUT_ADDRESSES: &str = "INSERT INTO address (key, host, document, body) \
     SELECT * FROM unnest($1::bytea[], $2::text[], $3::bigint[], $4::bytea[])";
const PUT_RECORDS: &str = "INSERT INTO record (key, value) SELECT * FROM unnest($1::bytea[], $2::bytea[])";
const PUT_NOTES: &str = "INSERT INTO note (name, text) SELECT * FROM unnest($1::text[], $2::text[]) \
     ON CONFLICT (name) DO UPDATE SET text = excluded.text";
const FILLED: &str = "SELECT sequence > 0 OR EXISTS (SELECT 1 FROM source) OR EXISTS (SELECT 1 FROM placement) \
     OR EXISTS (SELECT 1 FROM item) FROM meta";

/// Columns of rows that go together.
type Records = Vec<Vec<u8>>;
type Names = Vec<String>;
type Numbers = Vec<i64>;
type SomeNumbers = Vec<Option<i64>>;
type SomeRecords = Vec<Option<Vec<u8>>>;

/// Rows that wait to go together.
#[derive(Default)]
struct Rows {
    sources: (Names, Vec<bool>, Records),
    states: (Names, Records),
    items: (Records, SomeNumbers, Records),
    waiting: (Records, Names, Records),
    hosts: (Names, Records),
    words: (Numbers, Records),
    pages: (Records, Records),
    addresses: (Records, Names, Numbers, Records),
    documents: DocumentRows,
    placed: ([Numbers; 4], Records, [SomeNumbers; 2], SomeRecords),
    story_aliases: (Numbers, Numbers),
    article_aliases: (Numbers, Numbers),
    purged: Numbers,
    notes: (Names, Names),
    records: (Records, Records),
    waits: usize,
}

/// A backup being read.
struct Reading<'a> {
    store: &'a PostgresStore,
    link: &'a Link,
    path: &'a Path,
    line: u64,
    rows: Rows,
    stories: Vec<(StoryId, StoryRecord)>,
    counters: [i64; 5],
    lines: Lines,
}

impl PostgresStore {
    /// Reads a backup into a database without a store and returns the store with the number of lines.
    pub fn restore(address: &Address, backup: &Path) -> Result<(Self, u64), StoreError> {
        let file = || File::open(backup).map_err(|error| StoreError::disk(backup, &error));
        file()?;
        let store = Self::open(address)?;
        let shown = PathBuf::from(address.shown());
        let lines = store.writing.transaction(|link| {
            link.batch("LOCK TABLE meta, source, placement, item IN SHARE ROW EXCLUSIVE MODE")?;
            if link.query_one(FILLED, &[])?.try_get::<_, bool>(0)? {
                return Err(StoreError::NotEmpty { path: shown.clone() }.into());
            }
            let (rows, stories, counters) = (Rows::default(), Vec::new(), [0; 5]);
            let lines = Lines::default();
            let mut reading = Reading { store: &store, link, path: backup, line: 0, rows, stories, counters, lines };
            reading.read(file()?)?;
            Ok(reading.line)
        })?;
        Ok((store, lines))
    }
}

impl Reading<'_> {
    fn wrong(&self, what: impl std::fmt::Display) -> StoreError {
        lines::wrong(self.path, self.line, what)
    }

    fn read(&mut self, file: File) -> Result<(), Trouble> {
        for part in lines::read(self.path, file)? {
            for (number, mut line) in part? {
                self.line = number;
                without_passwords(&mut line);
                self.lines.take(number, &line).map_err(|what| self.wrong(what))?;
                self.take(line)?;
                self.rows.waits += 1;
                if self.rows.waits >= TOGETHER {
                    self.put()?;
                }
            }
        }
        std::mem::take(&mut self.lines).agree().map_err(|(line, what)| lines::wrong(self.path, line, what))?;
        self.put()?;
        self.counters[2] = shown::put(self.link, self.stories.iter().map(|(id, record)| (id, record)))? as i64;
        let [sequence, placed, stories, documents, bytes] = self.counters;
        self.link.execute(
            "UPDATE meta SET sequence = $1, placed = $2, stories = $3, documents = $4, bytes = $5",
            &[&sequence, &placed, &stories, &documents, &bytes],
        )?;
        Ok(())
    }

    fn take(&mut self, line: Line) -> Result<(), Trouble> {
        let wrong = |what: String| lines::wrong(self.path, self.line, what);
        let rows = &mut self.rows;
        match line {
            Line::Store { sequence, placed, .. } => {
                (self.counters[0], self.counters[1]) = (sequence as i64, placed as i64);
            }
            Line::Source(source) => {
                rows.sources.2.push(encode(&source));
                rows.sources.0.push(source.name.0);
                rows.sources.1.push(false);
            }
            Line::Configured(source) => {
                rows.sources.2.push(encode(&source));
                rows.sources.0.push(source.name.0);
                rows.sources.1.push(true);
            }
            Line::State { source, state } => {
                rows.states.0.push(source.0);
                rows.states.1.push(encode(&state));
            }
            Line::Item { source, item, record } => {
                rows.items.0.push(item_key(&source, &item));
                rows.items.1.push(record.document.map(column));
                rows.items.2.push(encode(&Keyed((source, item), record)));
            }
            Line::Waiting(waiting) => {
                rows.waiting.0.push(long_key(&waiting_key(&waiting.source, &waiting.item.id)));
                rows.waiting.2.push(encode(&waiting));
                rows.waiting.1.push(waiting.source.0);
            }
            Line::Host { host, robots, robots_form, blocks, blocks_form, paused_until } => {
                let (robots, blocks) = (bytes_of(&robots).map_err(wrong)?, bytes_of(&blocks).map_err(wrong)?);
                let (robots, blocks) = (Learned::of(robots_form, robots), Learned::of(blocks_form, blocks));
                rows.hosts.0.push(host);
                rows.hosts.1.push(encode(&HostRecord { robots, paused_until, blocks }));
            }
            Line::Document { placed, document, features, placement } => {
                let (id, time) = (column(document.id), time_of(&document));
                let size = rows.documents.push(&document, &features, time);
                (self.counters[3], self.counters[4]) = (self.counters[3] + 1, self.counters[4] + size);
                for (column, value) in rows.placed.0.iter_mut().zip([id, time, placed as i64, size]) {
                    column.push(value);
                }
                rows.placed.1.push(long_key(&canonical_key(&document.url)));
                rows.placed.2[0].push(placement.as_ref().map(|placement| placement.article.0 as i64));
                rows.placed.2[1].push(placement.as_ref().map(|placement| placement.story.0 as i64));
                rows.placed.3.push(placement.map(|placement| encode::<Placement>(&placement)));
            }
            Line::Word { number, word } => {
                rows.words.0.push(number as i64);
                rows.words.1.push(encode(&word));
            }
            Line::Page { key, page } => {
                rows.pages.0.push(long_key(&key));
                rows.pages.1.push(encode(&Keyed(key, page)));
            }
            Line::Address { address, document } => {
                rows.addresses.0.push(long_key(&address));
                rows.addresses.1.push(host_of(&address).to_owned());
                rows.addresses.2.push(column(document));
                rows.addresses.3.push(encode(&address));
            }
            Line::Story { story, born, grown, documents, sources, languages, last } => {
                self.stories.push((story, StoryRecord { born, grown, documents, sources, languages, last }));
            }
            Line::StoryAlias { gone, kept } => {
                rows.story_aliases.0.push(gone.0 as i64);
                rows.story_aliases.1.push(kept.0 as i64);
            }
            Line::ArticleAlias { gone, kept } => {
                rows.article_aliases.0.push(gone.0 as i64);
                rows.article_aliases.1.push(kept.0 as i64);
            }
            Line::Purged { hash } => {
                let hash = u64::from_str_radix(&hash, 16).map_err(|error| wrong(error.to_string()))?;
                rows.purged.push(hash as i64);
            }
            Line::Cursor { file, text } => {
                if !lines::is_cursor(&file) {
                    return Err(self.wrong(format!("`{file}` is no name of a cursor")).into());
                }
                rows.notes.0.push(file);
                rows.notes.1.push(text);
            }
            Line::Record { key, value } => {
                let (key, value) = (bytes_of(&key).map_err(wrong)?, bytes_of(&value).map_err(wrong)?);
                check(&value).map_err(wrong)?;
                rows.records.0.push(key);
                rows.records.1.push(value);
            }
            Line::End { .. } => {}
        }
        Ok(())
    }

    /// Writes the rows that wait.
    fn put(&mut self) -> Result<(), Trouble> {
        let rows = std::mem::take(&mut self.rows);
        let link = self.link;
        self.store.weeks.make(&self.store.reading, rows.documents.times().iter().copied())?;
        let Rows { sources, states, items, waiting, hosts, words, pages, addresses, .. } = &rows;
        link.execute(PUT_SOURCES, &[&sources.0, &sources.1, &sources.2])?;
        link.execute(PUT_STATES, &[&states.0, &states.1])?;
        link.execute(PUT_ITEMS, &[&items.0, &items.1, &items.2])?;
        link.execute(PUT_WAITING, &[&waiting.0, &waiting.1, &waiting.2])?;
        link.execute(PUT_HOSTS, &[&hosts.0, &hosts.1])?;
        link.execute(PUT_WORDS, &[&words.0, &words.1])?;
        link.execute(PUT_PAGES, &[&pages.0, &pages.1])?;
        link.execute(PUT_ADDRESSES, &[&addresses.0, &addresses.1, &addresses.2, &addresses.3])?;
        let (documents, (numbers, at, groups, bodies)) = (&rows.documents, &rows.placed);
        let sequences = vec![self.counters[0]; documents.times().len()];
        documents.put(link)?;
        let [ids, times, placed, sizes] = numbers;
        let [articles, stories] = groups;
        link.execute(PUT_PLACED, &[ids, times, placed, sizes, &sequences, at, articles, stories, bodies])?;
        link.execute(PUT_STORY_ALIASES, &[&rows.story_aliases.0, &rows.story_aliases.1])?;
        link.execute(PUT_ARTICLE_ALIASES, &[&rows.article_aliases.0, &rows.article_aliases.1])?;
        link.execute(BURY, &[&rows.purged])?;
        link.execute(PUT_NOTES, &[&rows.notes.0, &rows.notes.1])?;
        link.execute(PUT_RECORDS, &[&rows.records.0, &rows.records.1]).map(drop)
    }
}
