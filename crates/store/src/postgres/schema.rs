//! Brings a database to the form that this version works with: numbered migrations of SQL and code, each applied once,
//! under a lock.
//!
//! A migration that has been released is never edited. One that fails is undone whole.

use super::connect::{Connection, Link, Trouble};
use super::document_rows::fill_columns;
use super::sql::LOCK_FORM;
use crate::error::StoreError;
use std::hash::{BuildHasher, RandomState};
use std::path::PathBuf;

/// What a migration does with the records.
type Code = fn(&Link) -> Result<(), Trouble>;

/// One migration: statements, and what is done with the records once these were made.
struct Migration {
    sql: &'static str,
    code: Option<Code>,
}

/// Every migration, from 1.
const MIGRATIONS: [Migration; 2] = [
    Migration { sql: include_str!("migrations/0001_store.sql"), code: None },
    Migration { sql: include_str!("migrations/0002_document_columns.sql"), code: Some(fill_columns) },
];

/// The form that this version works with.
pub(super) const FORMAT: i32 = MIGRATIONS.len() as i32;

/// Asked of the catalogue itself: what `to_regclass` remembers may be older than the lock under which it is asked.
const THERE: &str = "SELECT EXISTS (SELECT 1 FROM pg_class WHERE relname = 'migration' AND pg_table_is_visible(oid))";

/// The form that a database has; 0 for none.
pub(super) fn format(link: &Link) -> Result<i32, Trouble> {
    let there = link.query_one(THERE, &[])?;
    if !there.try_get::<_, bool>(0)? {
        return Ok(0);
    }
    Ok(link.query_one("SELECT coalesce(max(number), 0) FROM migration", &[])?.try_get(0)?)
}

/// Refuses what a later version has made.
pub(super) fn refuse_newer(found: i32, shown: &str) -> Result<(), StoreError> {
    if found > FORMAT {
        let path = PathBuf::from(shown);
        return Err(StoreError::Newer { path, found: found as u32, known: FORMAT as u32 });
    }
    Ok(())
}

/// Applies what is missing. Needs no right to make tables where nothing is.
pub(super) fn bring_forward(connection: &Connection) -> Result<(), StoreError> {
    let shown = connection.address.shown();
    let found = connection.with(format)?;
    refuse_newer(found, &shown)?;
    if found == FORMAT {
        return Ok(());
    }
    connection.transaction(|link| {
        link.query(LOCK_FORM, &[])?;
        let found = format(link)?;
        refuse_newer(found, &shown)?;
        link.batch(
            "CREATE TABLE IF NOT EXISTS migration (number int PRIMARY KEY, applied timestamptz NOT NULL DEFAULT now())",
        )?;
        for (number, Migration { sql, code }) in (1..).zip(MIGRATIONS).skip(found as usize) {
            link.batch(sql)?;
            if let Some(code) = code {
                code(link)?;
            }
            link.execute("INSERT INTO migration (number) VALUES ($1)", &[&number])?;
        }
        let mark = RandomState::new().hash_one(&shown) as i64;
        link.execute("INSERT INTO meta (mark) VALUES ($1) ON CONFLICT DO NOTHING", &[&mark])?;
        Ok(())
    })
}
