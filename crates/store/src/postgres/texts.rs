//! Reads documents by their ids: first the small rows that say where, then each partition once.

use super::connect::{Link, Trouble};
use super::rows::{WEEK, id, record, week_of};
use samestory_model::{Document, DocumentId, Features};
use std::collections::{BTreeMap, HashMap};

pub(super) const TIME_OF: &str = "SELECT document, time FROM placement WHERE document = ANY($1)";
pub(super) const DOCUMENT: &str = "SELECT id, body FROM document WHERE time >= $1 AND time < $2 AND id = ANY($3)";
pub(super) const FEATURES: &str = "SELECT id, features FROM document WHERE time >= $1 AND time < $2 AND id = ANY($3)";
pub(super) const BOTH: &str = "SELECT id, body, features FROM document WHERE time >= $1 AND time < $2 AND id = ANY($3)";

/// An id as a column holds it.
pub(super) fn column(id: DocumentId) -> i64 {
    id.0 as i64
}

/// The ids of some documents by the weeks in which they lie.
pub(super) fn by_week(link: &Link, ids: &[DocumentId]) -> Result<BTreeMap<i64, Vec<i64>>, Trouble> {
    let ids: Vec<i64> = ids.iter().map(|id| column(*id)).collect();
    let mut weeks: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for row in link.query(TIME_OF, &[&ids])? {
        weeks.entry(week_of(row.try_get(1)?)).or_default().push(row.try_get(0)?);
    }
    Ok(weeks)
}

fn each(
    link: &Link,
    ids: &[DocumentId],
    sql: &str,
    mut take: impl FnMut(DocumentId, &tokio_postgres::Row) -> Result<(), Trouble>,
) -> Result<(), Trouble> {
    for (week, ids) in by_week(link, ids)? {
        for row in link.query(sql, &[&(week * WEEK), &((week + 1) * WEEK), &ids])? {
            take(DocumentId(id(&row, 0)?), &row)?;
        }
    }
    Ok(())
}

/// Documents.
pub(super) fn documents(link: &Link, ids: &[DocumentId]) -> Result<HashMap<DocumentId, Document>, Trouble> {
    let mut found = HashMap::new();
    each(link, ids, DOCUMENT, |id, row| {
        found.insert(id, record(row, 1)?);
        Ok(())
    })?;
    Ok(found)
}

/// Features.
pub(super) fn features(link: &Link, ids: &[DocumentId]) -> Result<HashMap<DocumentId, Features>, Trouble> {
    let mut found = HashMap::new();
    each(link, ids, FEATURES, |id, row| {
        found.insert(id, record(row, 1)?);
        Ok(())
    })?;
    Ok(found)
}

/// Documents with their features.
pub(super) fn both(link: &Link, ids: &[DocumentId]) -> Result<HashMap<DocumentId, (Document, Features)>, Trouble> {
    let mut found = HashMap::new();
    each(link, ids, BOTH, |id, row| {
        found.insert(id, (record(row, 1)?, record(row, 2)?));
        Ok(())
    })?;
    Ok(found)
}
