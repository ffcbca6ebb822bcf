//! The trait's promises over the server: which method is which statement.

use super::connect::{Link, Trouble};
use super::store::PostgresStore;
use crate::error::StoreError;
use crate::records::encode;
use crate::upkeep::a_day_since;
use crate::{Commit, HostRecord, ItemRecord, PageRecord, Purged, Retention, Store, Totals, Waiting, Workers};
use jiff::Timestamp;
use samestory_model::{Document, DocumentId, Features, Placement, Source, SourceId, SourceState, StoredOverride};
use std::collections::BTreeMap;
use std::path::Path;

const PUT_SOURCE: &str = "INSERT INTO source (name, configured, body) VALUES ($1, $2, $3) \
     ON CONFLICT (name, configured) DO UPDATE SET body = excluded.body";
const TAKE_SOURCE: &str = "DELETE FROM source WHERE name = $1 AND configured = $2";
const TAKE_STATE: &str = "DELETE FROM state WHERE source = $1";
const NEXT_NUMBER: &str = "UPDATE meta SET sequence = sequence + 1";
/// What the store takes on the server's disk.
pub(super) const SIZE: &str = "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c \
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'";

fn put(link: &Link, source: &Source, configured: bool) -> Result<(), Trouble> {
    link.execute(PUT_SOURCE, &[&source.name.0, &configured, &encode(source)]).map(drop)
}

impl Store for PostgresStore {
    fn sources(&self) -> Result<Vec<Source>, StoreError> {
        self.sources_of(false)
    }

    fn put_sources(&self, sources: &[Source]) -> Result<(), StoreError> {
        if sources.is_empty() {
            return Ok(());
        }
        self.once(|link| {
            sources.iter().try_for_each(|source| put(link, source, false))?;
            link.execute(NEXT_NUMBER, &[]).map(drop)
        })
    }

    fn mirror_sources(&self, sources: &[Source]) -> Result<(), StoreError> {
        let before: BTreeMap<SourceId, Source> =
            self.sources_of(true)?.into_iter().map(|source| (source.name.clone(), source)).collect();
        let changed: Vec<&Source> = sources.iter().filter(|source| before.get(&source.name) != Some(source)).collect();
        let mut dropped = Vec::new();
        for name in before.keys().filter(|name| !sources.iter().any(|source| source.name == **name)) {
            // Only an end is forgotten: a pass with another file must not cost every feed's validators.
            dropped.push((name, self.state(name)?.gone));
        }
        if changed.is_empty() && dropped.is_empty() {
            return Ok(());
        }
        self.once(|link| {
            changed.iter().try_for_each(|source| put(link, source, true))?;
            for (name, gone) in &dropped {
                link.execute(TAKE_SOURCE, &[&name.0, &true])?;
                if *gone {
                    link.execute(TAKE_STATE, &[&name.0])?;
                }
            }
            link.execute(NEXT_NUMBER, &[]).map(drop)
        })
    }

    fn remove_source(&self, name: &SourceId) -> Result<bool, StoreError> {
        let there = [false, true].into_iter().map(|configured| self.sources_of(configured));
        let there: Vec<Source> = there.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
        if !there.iter().any(|source| source.name == *name) {
            return Ok(false);
        }
        self.once(|link| {
            link.execute(TAKE_SOURCE, &[&name.0, &false])?;
            link.execute(TAKE_SOURCE, &[&name.0, &true])?;
            link.execute(TAKE_STATE, &[&name.0])?;
            link.execute(NEXT_NUMBER, &[]).map(drop)
        })?;
        Ok(true)
    }

    fn state(&self, name: &SourceId) -> Result<SourceState, StoreError> {
        self.read_state(name)
    }

    fn item(&self, source: &SourceId, item: &str) -> Result<Option<ItemRecord>, StoreError> {
        self.read_item(source, item)
    }

    fn document(&self, id: DocumentId) -> Result<Option<Document>, StoreError> {
        self.read_document(id)
    }

    fn features(&self, id: DocumentId) -> Result<Option<Features>, StoreError> {
        self.read_features(id)
    }

    fn recall(&self, ids: &[DocumentId], each: &mut dyn FnMut(Document, Features)) -> Result<(), StoreError> {
        self.read_together(ids, each)
    }

    fn placement(&self, id: DocumentId) -> Result<Option<Placement>, StoreError> {
        self.read_placement(id)
    }

    fn document_at(&self, key: &str) -> Result<Option<DocumentId>, StoreError> {
        self.read_address(key)
    }

    fn documents_on(&self, host: &str) -> Result<Vec<DocumentId>, StoreError> {
        self.read_on_host(host)
    }

    fn window(
        &self,
        since: Timestamp,
        most: usize,
        each: &mut dyn FnMut(Document, Features, Placement),
    ) -> Result<(), StoreError> {
        self.read_window(since, most, each)
    }

    fn words(&self) -> Result<Vec<StoredOverride>, StoreError> {
        self.read_words()
    }

    fn next_word(&self) -> Result<u64, StoreError> {
        Ok(self.last_word()? + 1)
    }

    fn host(&self, name: &str) -> Result<HostRecord, StoreError> {
        self.read_host(name)
    }

    fn page(&self, key: &str) -> Result<Option<PageRecord>, StoreError> {
        self.read_page(key)
    }

    fn waiting(&self) -> Result<Vec<Waiting>, StoreError> {
        self.read_waiting()
    }

    fn waiting_of(&self, source: &SourceId) -> Result<Vec<Waiting>, StoreError> {
        self.read_waiting_of(source)
    }

    fn commit(&self, commit: &Commit) -> Result<(), StoreError> {
        self.store(commit)
    }

    fn purge(&self, keep: &Retention) -> Result<Purged, StoreError> {
        self.remove_old(keep)
    }

    fn was_purged(&self, source: &SourceId, item: &str, address: &str) -> Result<bool, StoreError> {
        self.is_purged(source, item, address)
    }

    fn holds(&self) -> Result<Totals, StoreError> {
        self.read_holds()
    }

    fn would_purge(&self, keep: &Retention) -> Result<Purged, StoreError> {
        self.count_not_kept(keep)
    }

    fn backup(&self, path: &Path, now: Timestamp) -> Result<u64, StoreError> {
        self.write_whole(path, now)
    }

    fn upkeep_is_due(&self, now: Timestamp) -> Result<bool, StoreError> {
        let last = self.read(|link| Ok(link.query_one("SELECT upkeep FROM meta", &[])?.try_get(0)?))?;
        Ok(a_day_since(last, now))
    }

    fn note_upkeep(&self, now: Timestamp) -> Result<(), StoreError> {
        self.once(|link| link.execute("UPDATE meta SET upkeep = $1", &[&now]).map(drop))
    }

    fn is_fragmented(&self, _: f64) -> Result<bool, StoreError> {
        // The server's autovacuum sees to it.
        Ok(false)
    }

    fn compact(self: Box<Self>) -> Result<(u64, u64), StoreError> {
        let size = |link: &Link| Ok(link.query_one(SIZE, &[])?.try_get::<_, i64>(0)? as u64);
        let before = self.read(size)?;
        self.writing.with(|link| {
            link.batch("SET statement_timeout = 0")?;
            let rows = link.query(
                "SELECT format('VACUUM (ANALYZE) %I', relname) FROM pg_class \
                 WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' ORDER BY relname",
                &[],
            )?;
            rows.iter().try_for_each(|row| link.batch(row.try_get(0)?))
        })?;
        Ok((before, self.read(size)?))
    }

    fn fleet(&self) -> Option<&dyn Workers> {
        Some(self)
    }
}
