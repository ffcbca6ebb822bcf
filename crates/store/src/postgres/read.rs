//! What a worker reads of a store: each method of the trait as one or two statements.

use super::connect::{Link, Trouble};
use super::rows::{id, item_key, long_key, record, signed};
use super::sql::PLACEMENTS;
use super::store::PostgresStore;
use super::texts;
use crate::error::StoreError;
use crate::records::{Keyed, Record};
use crate::tombstone::{address_grave, item_grave};
use crate::{HostRecord, ItemRecord, PageRecord, Totals, Waiting, waiting_key};
use jiff::Timestamp;
use samestory_model::{Document, DocumentId, Features, Placement, Source, SourceId, SourceState, StoredOverride};
use tokio_postgres::Row;

/// Documents of the window that are read at once.
const TOGETHER: usize = 200;

pub(super) const SOURCES: &str = "SELECT body FROM source WHERE configured = $1 ORDER BY name COLLATE \"C\"";
pub(super) const STATE: &str = "SELECT body FROM state WHERE source = $1";
pub(super) const ITEM: &str = "SELECT body FROM item WHERE key = $1";
pub(super) const PLACEMENT: &str = "SELECT body FROM placement WHERE document = $1 AND body IS NOT NULL";
pub(super) const ADDRESS: &str = "SELECT document FROM address WHERE key = $1";
pub(super) const ON_HOST: &str = "SELECT DISTINCT document FROM address WHERE host = $1";
pub(super) const HOST: &str = "SELECT body FROM host WHERE name = $1";
pub(super) const PAGE: &str = "SELECT body FROM page WHERE key = $1";
pub(super) const WORDS: &str = "SELECT body FROM word ORDER BY number";
pub(super) const WAITING: &str = "SELECT body FROM waiting";
pub(super) const WAITING_OF: &str = "SELECT body FROM waiting WHERE source = $1";
pub(super) const PURGED: &str = "SELECT EXISTS (SELECT 1 FROM purged WHERE hash = ANY($1))";
pub(super) const WINDOW: &str = "SELECT document FROM (SELECT document, placed FROM placement \
     WHERE time >= $1 AND body IS NOT NULL ORDER BY time DESC, placed DESC LIMIT $2) AS latest ORDER BY placed";
pub(super) const HOLDS: &str = "SELECT stories, documents, bytes, (SELECT count(*) FROM waiting) FROM meta";

fn first<T: Record>(row: Option<Row>) -> Result<Option<T>, Trouble> {
    row.map(|row| record(&row, 0)).transpose()
}

fn every<T: Record>(rows: &[Row]) -> Result<Vec<T>, Trouble> {
    rows.iter().map(|row| record(row, 0)).collect()
}

/// As the embedded engine has them: the newest first, then by key.
fn in_order(mut waiting: Vec<Waiting>) -> Vec<Waiting> {
    waiting.sort_by_cached_key(|one| {
        (std::cmp::Reverse(one.item.published), waiting_key(&one.source, &one.item.id).into_bytes())
    });
    waiting
}

pub(super) fn ids(rows: &[Row]) -> Result<Vec<DocumentId>, Trouble> {
    rows.iter().map(|row| Ok(DocumentId(id(row, 0)?))).collect()
}

/// How much a store holds.
pub(super) fn holdings(link: &Link) -> Result<Totals, Trouble> {
    let row = link.query_one(HOLDS, &[])?;
    Ok(Totals { stories: id(&row, 0)?, documents: id(&row, 1)?, bytes: id(&row, 2)?, waiting: id(&row, 3)? })
}

impl PostgresStore {
    pub(super) fn sources_of(&self, configured: bool) -> Result<Vec<Source>, StoreError> {
        self.read(|link| every(&link.query(SOURCES, &[&configured])?))
    }

    pub(super) fn read_state(&self, name: &SourceId) -> Result<SourceState, StoreError> {
        self.read(|link| Ok(first(link.query_opt(STATE, &[&name.0])?)?.unwrap_or_default()))
    }

    pub(super) fn read_item(&self, source: &SourceId, item: &str) -> Result<Option<ItemRecord>, StoreError> {
        let key = item_key(source, item);
        let read: Option<Keyed<(SourceId, String), ItemRecord>> =
            self.read(|link| first(link.query_opt(ITEM, &[&key])?))?;
        Ok(read.map(|Keyed(_, record)| record))
    }

    pub(super) fn read_document(&self, id: DocumentId) -> Result<Option<Document>, StoreError> {
        self.read(|link| Ok(texts::documents(link, &[id])?.remove(&id)))
    }

    pub(super) fn read_features(&self, id: DocumentId) -> Result<Option<Features>, StoreError> {
        self.read(|link| Ok(texts::features(link, &[id])?.remove(&id)))
    }

    pub(super) fn read_placement(&self, id: DocumentId) -> Result<Option<Placement>, StoreError> {
        self.read(|link| first(link.query_opt(PLACEMENT, &[&texts::column(id)])?))
    }

    pub(super) fn read_address(&self, key: &str) -> Result<Option<DocumentId>, StoreError> {
        let key = long_key(key);
        self.read(|link| Ok(ids(link.query_opt(ADDRESS, &[&key])?.as_slice())?.pop()))
    }

    pub(super) fn read_on_host(&self, host: &str) -> Result<Vec<DocumentId>, StoreError> {
        let mut found = self.read(|link| ids(&link.query(ON_HOST, &[&host])?))?;
        found.sort_unstable();
        Ok(found)
    }

    pub(super) fn read_window(
        &self,
        since: Timestamp,
        most: usize,
        each: &mut dyn FnMut(Document, Features, Placement),
    ) -> Result<(), StoreError> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let all = self.read(|link| ids(&link.query(WINDOW, &[&since.as_second(), &most])?))?;
        for part in all.chunks(TOGETHER) {
            let columns: Vec<i64> = part.iter().map(|id| texts::column(*id)).collect();
            let (mut both, placements) = self.read(|link| {
                let placements: Vec<Placement> = every(&link.query(PLACEMENTS, &[&columns])?)?;
                Ok((texts::both(link, part)?, placements))
            })?;
            let mut placements: std::collections::HashMap<_, _> =
                placements.into_iter().map(|placement| (placement.document, placement)).collect();
            for id in part {
                if let (Some((document, features)), Some(placement)) = (both.remove(id), placements.remove(id)) {
                    each(document, features, placement);
                }
            }
        }
        Ok(())
    }

    pub(super) fn read_words(&self) -> Result<Vec<StoredOverride>, StoreError> {
        let words: Vec<Option<StoredOverride>> = self.read(|link| every(&link.query(WORDS, &[])?))?;
        Ok(words.into_iter().flatten().collect())
    }

    pub(super) fn last_word(&self) -> Result<u64, StoreError> {
        self.read(|link| id(&link.query_one("SELECT coalesce(max(number), 0) FROM word", &[])?, 0))
    }

    pub(super) fn read_host(&self, name: &str) -> Result<HostRecord, StoreError> {
        self.read(|link| Ok(first(link.query_opt(HOST, &[&name])?)?.unwrap_or_default()))
    }

    pub(super) fn read_page(&self, key: &str) -> Result<Option<PageRecord>, StoreError> {
        let key = long_key(key);
        let read: Option<Keyed<String, PageRecord>> = self.read(|link| first(link.query_opt(PAGE, &[&key])?))?;
        Ok(read.map(|pair| pair.1))
    }

    pub(super) fn read_waiting(&self) -> Result<Vec<Waiting>, StoreError> {
        Ok(in_order(self.read(|link| every(&link.query(WAITING, &[])?))?))
    }

    pub(super) fn read_waiting_of(&self, source: &SourceId) -> Result<Vec<Waiting>, StoreError> {
        Ok(in_order(self.read(|link| every(&link.query(WAITING_OF, &[&source.0])?))?))
    }

    pub(super) fn read_together(
        &self,
        ids: &[DocumentId],
        each: &mut dyn FnMut(Document, Features),
    ) -> Result<(), StoreError> {
        for part in ids.chunks(TOGETHER) {
            let mut both = self.read(|link| texts::both(link, part))?;
            for (document, features) in part.iter().filter_map(|id| both.remove(id)) {
                each(document, features);
            }
        }
        Ok(())
    }

    pub(super) fn is_purged(&self, source: &SourceId, item: &str, address: &str) -> Result<bool, StoreError> {
        let graves = vec![signed(item_grave(source, item)), signed(address_grave(address))];
        self.read(|link| Ok(link.query_one(PURGED, &[&graves])?.try_get(0)?))
    }

    pub(super) fn read_holds(&self) -> Result<Totals, StoreError> {
        self.read(holdings)
    }
}
