//! The weeks in which documents lie: a table each, made before the first document comes and dropped when none is left.

use super::connect::{Connection, Link, Trouble};
use super::rows::{WEEK, week_of};
use super::sql::LOCK_FORM;
use crate::error::StoreError;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// The weeks that are known to be there.
#[derive(Default)]
pub(super) struct Weeks(Mutex<BTreeSet<i64>>);

fn name(week: i64) -> String {
    if week < 0 { format!("document_before_{}", -week) } else { format!("document_week_{week}") }
}

/// The week of a table's name.
fn week(name: &str) -> Option<i64> {
    let after = |prefix: &str| name.strip_prefix(prefix)?.parse::<i64>().ok();
    after("document_week_").or_else(|| after("document_before_").map(|week| -week))
}

/// Weeks that have a table.
pub(super) fn there(link: &Link) -> Result<BTreeSet<i64>, Trouble> {
    let rows = link.query(
        "SELECT c.relname::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid \
         WHERE i.inhparent = 'document'::regclass",
        &[],
    )?;
    rows.iter().map(|row| Ok(week(row.try_get(0)?))).filter_map(Result::transpose).collect()
}

impl Weeks {
    /// Makes the tables of some times where they are missing, each in a short transaction of its own: an existing
    /// one is attached, which locks out no reader and no writer.
    pub(super) fn make(&self, connection: &Connection, times: impl Iterator<Item = i64>) -> Result<(), StoreError> {
        let wanted: BTreeSet<i64> = times.map(week_of).collect();
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if wanted.is_subset(&known) {
            return Ok(());
        }
        *known = connection.with(there)?;
        for week in wanted.difference(&known.clone()) {
            let name = name(*week);
            let (from, to) = (week * WEEK, (week + 1) * WEEK);
            connection.transaction(|link| {
                link.query(LOCK_FORM, &[])?;
                if !there(link)?.contains(week) {
                    link.batch(&format!(
                        "CREATE TABLE {name} (LIKE document INCLUDING ALL); \
                         ALTER TABLE document ATTACH PARTITION {name} FOR VALUES FROM ({from}) TO ({to})"
                    ))?;
                }
                Ok(())
            })?;
            known.insert(*week);
        }
        Ok(())
    }

    /// Forgets which weeks are there.
    pub(super) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Drops the weeks that end before a time and in which no document is left; returns how many. Called under the
    /// placement lock.
    pub(super) fn drop_empty(&self, link: &Link, before: i64) -> Result<usize, Trouble> {
        let mut dropped = 0;
        for week in there(link)?.into_iter().filter(|week| (week + 1) * WEEK <= before) {
            let (from, to) = (week * WEEK, (week + 1) * WEEK);
            let held = link
                .query_one("SELECT EXISTS (SELECT 1 FROM placement WHERE time >= $1 AND time < $2)", &[&from, &to])?;
            if !held.try_get::<_, bool>(0)? {
                link.batch(&format!("DROP TABLE {}", name(week)))?;
                self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&week);
                dropped += 1;
            }
        }
        Ok(dropped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_says_its_week() {
        for number in [-3, 0, 2951] {
            assert_eq!(week(&name(number)), Some(number));
        }
        assert_eq!(week("document_other"), None);
    }
}
