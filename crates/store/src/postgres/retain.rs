//! Removes what is not kept: stories whole, with everything that leads to them, and the weeks that are empty then.
//!
//! Some stories go in one transaction, with the hashes that they leave, so that a purge that is cut off leaves a
//! sound store. Space comes back at once where a week goes whole.

use super::commit::{COUNT, TAKE_STORIES};
use super::connect::{Link, Trouble};
use super::rows::{WEEK, long_key, record, signed, week_of};
use super::sql::{COUNTERS, LOCK_PLACING};
use super::store::PostgresStore;
use crate::error::StoreError;
use crate::records::Keyed;
use crate::tombstone::{address_grave, item_grave};
use crate::{ItemRecord, Purged, Retention};
use samestory_model::{SourceId, canonical_key};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio_postgres::error::SqlState;

/// Stories of one transaction.
const TOGETHER: usize = 200;
/// How long a week that is to be dropped waits for those that read: they come first, and tomorrow is another day.
const DROPPING: Duration = Duration::from_secs(2);

pub(super) const AGED: &str = "SELECT id FROM story WHERE last < $1";
pub(super) const OVER: &str = "SELECT id FROM (SELECT id, sum(documents) OVER latest AS documents, \
     sum(bytes) OVER latest AS bytes FROM story WINDOW latest AS (ORDER BY last DESC, (id < 0) DESC, id DESC)) AS s \
     WHERE documents > $1::bigint OR bytes > $2::bigint";
pub(super) const IN_STORIES: &str = "SELECT document, time, bytes, article FROM placement WHERE story = ANY($1)";
pub(super) const ITEMS_OF: &str = "SELECT body FROM item WHERE document = ANY($1)";
pub(super) const ADDRESSES_OF: &str = "SELECT body FROM address WHERE document = ANY($1)";
pub(super) const STANDING: &str = "SELECT key FROM address WHERE key = ANY($1)";
pub(super) const TAKE_ITEMS: &str = "DELETE FROM item WHERE document = ANY($1)";
pub(super) const TAKE_PAGES: &str = "DELETE FROM page WHERE key = ANY($1)";
pub(super) const TAKE_ADDRESSES: &str = "DELETE FROM address WHERE document = ANY($1)";
pub(super) const TAKE_STORIES_INTO: &str = "DELETE FROM story_alias WHERE kept = ANY($1)";
pub(super) const TAKE_ARTICLES_INTO: &str = "DELETE FROM article_alias WHERE kept = ANY($1)";
pub(super) const TAKE_WHERE: &str = "DELETE FROM placement WHERE document = ANY($1)";
pub(super) const BURY: &str = "INSERT INTO purged (hash) SELECT * FROM unnest($1::bigint[]) ON CONFLICT DO NOTHING";
/// What is left in a week that stays; a purge is the one time at which a week is read whole.
pub(super) const TAKE_LEFT: &str = "DELETE FROM document d WHERE time >= $1 AND time < $2 \
     AND NOT EXISTS (SELECT 1 FROM placement p WHERE p.document = d.id)";

impl PostgresStore {
    /// Stories that are not kept.
    fn not_kept(&self, keep: &Retention) -> Result<Vec<i64>, StoreError> {
        let holds = self.read_holds()?;
        let over = |limit: Option<u64>, held: u64| limit.is_some_and(|limit| held > limit);
        self.read(|link| {
            let mut gone: BTreeSet<i64> = BTreeSet::new();
            if let Some(since) = keep.since {
                for row in link.query(AGED, &[&since.as_second()])? {
                    gone.insert(row.try_get(0)?);
                }
            }
            if over(keep.documents, holds.documents) || over(keep.bytes, holds.bytes) {
                let most = |limit: Option<u64>| limit.map_or(i64::MAX, |limit| limit as i64);
                for row in link.query(OVER, &[&most(keep.documents), &most(keep.bytes)])? {
                    gone.insert(row.try_get(0)?);
                }
            }
            Ok(gone.into_iter().collect())
        })
    }

    /// How much is not kept.
    pub(super) fn count_not_kept(&self, keep: &Retention) -> Result<Purged, StoreError> {
        let gone = self.not_kept(keep)?;
        let documents = self.read(|link| Ok(link.query(IN_STORIES, &[&gone])?.len()))?;
        Ok(Purged { stories: gone.len() as u64, documents: documents as u64 })
    }

    /// Removes what is not kept.
    pub(super) fn remove_old(&self, keep: &Retention) -> Result<Purged, StoreError> {
        let gone = self.not_kept(keep)?;
        let (mut purged, mut weeks) = (Purged::default(), BTreeSet::new());
        for part in gone.chunks(TOGETHER) {
            let (stories, documents, times) = self.once(|link| remove(link, part))?;
            purged.stories += stories;
            purged.documents += documents;
            weeks.extend(times.into_iter().map(week_of));
        }
        if let Some(since) = keep.since {
            self.drop_weeks(since.as_second())?;
        }
        for week in weeks {
            self.writing.transaction(|link| {
                link.batch("SET LOCAL statement_timeout = 0")?;
                link.execute(TAKE_LEFT, &[&(week * WEEK), &((week + 1) * WEEK)])
            })?;
        }
        Ok(purged)
    }

    /// Drops empty weeks before a time; where a reader holds one, they go another day.
    fn drop_weeks(&self, before: i64) -> Result<(), StoreError> {
        self.writing.transaction(|link| {
            link.query(LOCK_PLACING, &[])?;
            link.batch(&format!("SET LOCAL lock_timeout = {}; SAVEPOINT weeks", DROPPING.as_millis()))?;
            match self.weeks.drop_empty(link, before) {
                Err(Trouble::Sql(error)) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) => {
                    link.batch("ROLLBACK TO weeks")
                }
                other => other.map(drop),
            }
        })
    }
}

/// Hashes of what stood under some documents.
fn graves(link: &Link, documents: &[i64]) -> Result<(Vec<i64>, Vec<Vec<u8>>), Trouble> {
    let mut hashes: BTreeSet<i64> = BTreeSet::new();
    let mut keys: Vec<Vec<u8>> = Vec::new();
    for row in link.query(ADDRESSES_OF, &[&documents])? {
        let at: String = record(&row, 0)?;
        hashes.insert(signed(address_grave(&at)));
        keys.push(long_key(&at));
    }
    let mut marks: Vec<(Vec<u8>, i64)> = Vec::new();
    for row in link.query(ITEMS_OF, &[&documents])? {
        let Keyed((source, item), known): Keyed<(SourceId, String), ItemRecord> = record(&row, 0)?;
        hashes.insert(signed(item_grave(&source, &item)));
        if let Some(url) = &known.url {
            let at = canonical_key(url);
            marks.push((long_key(&at), signed(address_grave(&at))));
        }
    }
    // An address that an item named leaves its hash, unless a text that is kept stands there.
    let asked: Vec<&[u8]> = marks.iter().map(|pair| pair.0.as_slice()).collect();
    let standing: BTreeSet<Vec<u8>> =
        link.query(STANDING, &[&asked])?.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    hashes.extend(marks.into_iter().filter(|pair| !standing.contains(&pair.0)).map(|pair| pair.1));
    Ok((hashes.into_iter().collect(), keys))
}

/// Removes some stories; returns how many stories and documents went, and the times of these.
fn remove(link: &Link, stories: &[i64]) -> Result<(u64, u64, Vec<i64>), Trouble> {
    link.query(LOCK_PLACING, &[])?;
    let row = link.query_one(COUNTERS, &[])?;
    let (sequence, placed): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    let (mut documents, mut times, mut articles, mut bytes) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for row in link.query(IN_STORIES, &[&stories])? {
        documents.push(row.try_get::<_, i64>(0)?);
        times.push(row.try_get::<_, i64>(1)?);
        bytes += row.try_get::<_, i64>(2)?;
        articles.extend(row.try_get::<_, Option<i64>>(3)?);
    }
    let (hashes, pages) = graves(link, &documents)?;
    link.execute(BURY, &[&hashes])?;
    link.execute(TAKE_PAGES, &[&pages])?;
    for (sql, ids) in [
        (TAKE_ITEMS, &documents[..]),
        (TAKE_ADDRESSES, &documents),
        (TAKE_WHERE, &documents),
        (TAKE_ARTICLES_INTO, &articles),
        (TAKE_STORIES_INTO, stories),
    ] {
        link.execute(sql, &[&ids])?;
    }
    let gone = link.execute(TAKE_STORIES, &[&stories])?;
    let less = [-(gone as i64), -(documents.len() as i64), -bytes];
    link.execute(COUNT, &[&(sequence + 1), &placed, &less[0], &less[1], &less[2]])?;
    link.execute("UPDATE meta SET purged = sequence", &[])?;
    Ok((gone, documents.len() as u64, times))
}
