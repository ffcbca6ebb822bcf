//! Reads documents for a reader: first the small rows that say in which week each lies, then each week once.

use super::connect::{Link, Trouble};
use super::rows::{WEEK, id, record, week_of};
use super::snapshot::{Snapshot, column};
use super::texts::{BOTH, DOCUMENT};
use crate::error::StoreError;
use samestory_model::{Document, DocumentId, Features, Placement};
use std::collections::{BTreeMap, HashMap};
use tokio_postgres::Row;

pub(super) const PLACED: &str =
    "SELECT document, time, body FROM placement WHERE document = ANY($1) AND story IS NOT NULL";
/// A document as it is read: with what it is compared by, and its placement.
pub(super) type Whole = (Document, Features, Placement);

/// Documents that have a place, with all that is known of them.
pub(super) fn whole(snapshot: &Snapshot, ids: &[DocumentId]) -> Result<Vec<(DocumentId, Whole)>, StoreError> {
    snapshot.ask(|link| {
        let mut placed = placed(link, ids)?;
        let both = by_week(link, BOTH, &placed, |row| Ok((record(row, 1)?, record(row, 2)?)))?;
        let whole = both.into_iter().filter_map(|(id, (document, features))| {
            let (_, placement) = placed.remove(&id)?;
            Some((id, (document, features, placement)))
        });
        Ok(whole.collect())
    })
}

/// The texts of documents that have a place.
pub(super) fn texts(snapshot: &Snapshot, ids: &[DocumentId]) -> Result<HashMap<DocumentId, String>, StoreError> {
    snapshot.ask(|link| {
        let placed = placed(link, ids)?;
        by_week(link, DOCUMENT, &placed, |row| Ok(record::<Document>(row, 1)?.text))
    })
}

/// Where documents lie in time, and their placements.
fn placed(link: &Link, ids: &[DocumentId]) -> Result<HashMap<DocumentId, (i64, Placement)>, Trouble> {
    let rows = link.query(PLACED, &[&column(ids.iter().map(|id| id.0))])?;
    rows.iter().map(|row| Ok((DocumentId(id(row, 0)?), (row.try_get(1)?, record(row, 2)?)))).collect()
}

/// Reads documents out of the weeks in which they lie.
///
/// A lock on a week that is held to the end of a long transaction keeps the week from being dropped, and keeps every
/// later reader waiting behind the statement that drops it. So the locks are given back right after, and the
/// snapshot is kept.
fn by_week<T>(
    link: &Link,
    sql: &str,
    placed: &HashMap<DocumentId, (i64, Placement)>,
    mut read: impl FnMut(&Row) -> Result<T, Trouble>,
) -> Result<HashMap<DocumentId, T>, Trouble> {
    let mut weeks: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for (document, (time, _)) in placed {
        weeks.entry(week_of(*time)).or_default().push(document.0 as i64);
    }
    let mut found = HashMap::new();
    link.batch("SAVEPOINT weeks")?;
    for (week, ids) in weeks {
        for row in link.query(sql, &[&(week * WEEK), &((week + 1) * WEEK), &ids])? {
            found.insert(DocumentId(id(&row, 0)?), read(&row)?);
        }
    }
    link.batch("ROLLBACK TO SAVEPOINT weeks; RELEASE SAVEPOINT weeks")?;
    Ok(found)
}
