//! Documents as rows: the records that the program reads, and beside them the columns that a person asks for in SQL.

use super::connect::{Link, Trouble};
use super::partitions::there;
use super::rows::{WEEK, record, size_of};
use super::texts::column;
use crate::records::encode;
use jiff::Timestamp;
use samestory_model::{Document, Features};

pub(super) const PUT: &str = "INSERT INTO document (id, time, body, features, title, address, lang, source, published) \
     SELECT id, time, body, features, title, address, lang, source, to_timestamp(published) \
     FROM unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bytea[], $5::text[], $6::text[], $7::text[], $8::text[], \
     $9::bigint[]) AS d (id, time, body, features, title, address, lang, source, published) \
     ON CONFLICT (id, time) DO UPDATE SET body = excluded.body, features = excluded.features, title = excluded.title, \
     address = excluded.address, lang = excluded.lang, source = excluded.source, published = excluded.published";
const PART: &str =
    "SELECT id, time, body FROM document WHERE time >= $1 AND time < $2 AND id > $3 ORDER BY id LIMIT 500";
const FILL: &str = "UPDATE document SET title = d.title, address = d.address, lang = d.lang, source = d.source, \
     published = to_timestamp(d.published) FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], \
     $6::text[], $7::bigint[]) AS d (id, time, title, address, lang, source, published) \
     WHERE document.id = d.id AND document.time = d.time AND document.time >= $8 AND document.time < $9";

/// Seconds between which the server's calendar holds every time: the years 1 to 9999.
const TIMES: std::ops::Range<i64> = -62_135_596_800..253_402_300_800;

/// The columns of some documents.
#[derive(Default)]
struct Columns {
    titles: Vec<String>,
    addresses: Vec<String>,
    langs: Vec<Option<String>>,
    sources: Vec<String>,
    published: Vec<Option<i64>>,
}

/// A text as a column may hold it: the server's texts have no character 0.
fn shown(text: &str) -> String {
    text.replace('\0', "")
}

impl Columns {
    fn push(&mut self, document: &Document) {
        self.titles.push(shown(&document.title));
        self.addresses.push(shown(document.url.as_str()));
        self.langs.push(document.lang.map(|lang| lang.to_string()));
        self.sources.push(shown(&document.source.0));
        self.published.push(document.published.map(Timestamp::as_second).filter(|time| TIMES.contains(time)));
    }
}

/// Rows that are to be written.
#[derive(Default)]
pub(super) struct DocumentRows {
    ids: Vec<i64>,
    times: Vec<i64>,
    bodies: Vec<Vec<u8>>,
    features: Vec<Vec<u8>>,
    columns: Columns,
}

impl DocumentRows {
    /// Adds a document under the time by which it is found; returns the bytes that it counts for.
    pub(super) fn push(&mut self, document: &Document, features: &Features, time: i64) -> i64 {
        let (body, features) = (encode(document), encode(features));
        let size = size_of(&body, &features);
        self.ids.push(column(document.id));
        self.times.push(time);
        self.bodies.push(body);
        self.features.push(features);
        self.columns.push(document);
        size
    }

    /// The times by which they are found.
    pub(super) fn times(&self) -> &[i64] {
        &self.times
    }

    /// Writes them.
    pub(super) fn put(&self, link: &Link) -> Result<(), Trouble> {
        let Self { ids, times, bodies, features, columns } = self;
        let Columns { titles, addresses, langs, sources, published } = columns;
        link.execute(PUT, &[ids, times, bodies, features, titles, addresses, langs, sources, published]).map(drop)
    }
}

/// Fills the columns of documents that were stored before there were any. One whose record does not read keeps none.
pub(super) fn fill_columns(link: &Link) -> Result<(), Trouble> {
    for week in there(link)? {
        let (from, to) = (week * WEEK, (week + 1) * WEEK);
        let mut last = i64::MIN;
        loop {
            let rows = link.query(PART, &[&from, &to, &last])?;
            let Some(end) = rows.last() else { break };
            last = end.try_get(0)?;
            let (mut ids, mut times, mut columns) = (Vec::new(), Vec::new(), Columns::default());
            for row in &rows {
                if let Ok(document) = record::<Document>(row, 2) {
                    ids.push(row.try_get::<_, i64>(0)?);
                    times.push(row.try_get::<_, i64>(1)?);
                    columns.push(&document);
                }
            }
            let Columns { titles, addresses, langs, sources, published } = &columns;
            link.execute(FILL, &[&ids, &times, titles, addresses, langs, sources, published, &from, &to])?;
        }
    }
    Ok(())
}
