//! Writes everything that the database holds into one file of lines (`store/lines.rs`), as of one moment.

use super::connect::{Link, Trouble};
use super::rows::{id, record, record_if_any};
use super::store::PostgresStore;
use super::texts;
use crate::error::StoreError;
use crate::lines::{self, Line, VERSION, Writing};
use crate::records::Keyed;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use samestory_model::StoryRecord;
use samestory_model::{ArticleId, DocumentId, Placement, StoryId};
use std::path::Path;
use tokio_postgres::Row;

/// Rows that are read at once.
const TOGETHER: usize = 500;

/// Makes a line of a row.
type ToLine = fn(&Row) -> Result<Line, Trouble>;

/// What a table's rows become, in the order in which they are written.
const TABLES: [(&str, ToLine); 14] = [
    ("SELECT body FROM source WHERE NOT configured", |row| Ok(Line::Source(record(row, 0)?))),
    ("SELECT body FROM source WHERE configured", |row| Ok(Line::Configured(record(row, 0)?))),
    ("SELECT source, body FROM state", |row| {
        let source = samestory_model::SourceId(row.try_get(0)?);
        Ok(Line::State { source, state: Box::new(record(row, 1)?) })
    }),
    ("SELECT body FROM item", |row| {
        let Keyed((source, item), record) = record(row, 0)?;
        Ok(Line::Item { source, item, record })
    }),
    ("SELECT body FROM waiting", |row| Ok(Line::Waiting(Box::new(record(row, 0)?)))),
    ("SELECT name, body FROM host", |row| Ok(Line::host(row.try_get(0)?, record(row, 1)?))),
    ("SELECT number, body FROM word", |row| Ok(Line::Word { number: id(row, 0)?, word: record(row, 1)? })),
    ("SELECT body FROM page", |row| {
        let Keyed(key, page) = record(row, 0)?;
        Ok(Line::Page { key, page })
    }),
    ("SELECT body, document FROM address", |row| {
        Ok(Line::Address { address: record(row, 0)?, document: DocumentId(id(row, 1)?) })
    }),
    ("SELECT id, body FROM story", |row| {
        let StoryRecord { born, grown, documents, sources, languages, last } = record(row, 1)?;
        Ok(Line::Story { story: StoryId(id(row, 0)?), born, grown, documents, sources, languages, last })
    }),
    ("SELECT gone, kept FROM story_alias", |row| {
        Ok(Line::StoryAlias { gone: StoryId(id(row, 0)?), kept: StoryId(id(row, 1)?) })
    }),
    ("SELECT gone, kept FROM article_alias", |row| {
        Ok(Line::ArticleAlias { gone: ArticleId(id(row, 0)?), kept: ArticleId(id(row, 1)?) })
    }),
    ("SELECT hash FROM purged", |row| Ok(Line::Purged { hash: format!("{:016x}", id(row, 0)?) })),
    ("SELECT key, value FROM record", |row| {
        let bytes = |column| Ok::<_, Trouble>(STANDARD.encode(row.try_get::<_, &[u8]>(column)?));
        Ok(Line::Record { key: bytes(0)?, value: bytes(1)? })
    }),
];

/// Reads a query's rows a few at a time, by a cursor.
fn each_part(
    link: &Link,
    number: usize,
    sql: &str,
    take: &mut dyn FnMut(&[Row]) -> Result<(), Trouble>,
) -> Result<(), Trouble> {
    link.batch(&format!("DECLARE backup_{number} NO SCROLL CURSOR FOR {sql}"))?;
    let fetch = format!("FETCH {TOGETHER} FROM backup_{number}");
    loop {
        let rows = link.query(&fetch, &[])?;
        if rows.is_empty() {
            return link.batch(&format!("CLOSE backup_{number}"));
        }
        take(&rows)?;
    }
}

impl PostgresStore {
    /// Writes a backup; a file that is there is replaced at the end.
    pub(super) fn write_whole(&self, path: &Path, now: Timestamp) -> Result<u64, StoreError> {
        lines::replaced(path, |fresh| {
            self.writing.with(|link| {
                link.batch("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0")?;
                let done = write(link, fresh, now);
                let _ = link.batch("ROLLBACK");
                done
            })
        })
    }
}

fn write(link: &Link, path: &Path, now: Timestamp) -> Result<u64, Trouble> {
    let mut writing = Writing::begin(path)?;
    let counters = link.query_one("SELECT sequence, placed FROM meta", &[])?;
    writing.put(&Line::Store {
        version: VERSION,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        made: now,
        sequence: id(&counters, 0)?,
        placed: id(&counters, 1)?,
    })?;
    // Before the stories, whose views are made of them.
    each_part(link, TABLES.len(), "SELECT document, placed, body FROM placement ORDER BY placed", &mut |rows| {
        documents(link, rows, &mut writing)
    })?;
    for (number, (sql, line)) in TABLES.iter().enumerate() {
        each_part(link, number, sql, &mut |rows| rows.iter().try_for_each(|row| Ok(writing.put(&line(row)?)?)))?;
    }
    for row in link.query("SELECT name, text FROM note ORDER BY name", &[])? {
        let (file, text): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        if lines::is_cursor(&file) {
            writing.put(&Line::Cursor { file, text })?;
        }
    }
    Ok(writing.finish()?)
}

fn documents(link: &Link, rows: &[Row], writing: &mut Writing) -> Result<(), Trouble> {
    let ids: Vec<DocumentId> = rows.iter().map(|row| Ok(DocumentId(id(row, 0)?))).collect::<Result<_, Trouble>>()?;
    let mut both = texts::both(link, &ids)?;
    for (document, row) in ids.iter().zip(rows) {
        let Some((document, features)) = both.remove(document) else { continue };
        let placement: Option<Placement> = record_if_any(row, 2)?;
        writing.put(&Line::Document {
            placed: id(row, 1)?,
            document: Box::new(document),
            features: Box::new(features),
            placement: placement.map(Box::new),
        })?;
    }
    Ok(())
}
