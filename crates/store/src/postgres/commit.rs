//! One step of a pass in one transaction: small rows first, then documents, placements and the stories they make.
//!
//! Rows of one table go in one statement, in the order of their keys, so that two workers that store at the same
//! time wait for each other instead of standing in each other's way. Only a commit that places takes a sequence
//! number, under the lock of `meta`: so numbers become visible in their order, and no reader's cursor passes one by.

use super::connect::{Link, Trouble};
use super::document_rows::DocumentRows;
use super::groups::Stored;
use super::rows::{host_of, item_key, long_key, time_of};
use super::shown;
use super::sql::{COUNTERS, LOCK_PLACING};
use super::store::PostgresStore;
use super::texts::column;
use crate::Commit;
use crate::error::StoreError;
use crate::records::{Keyed, encode};
use crate::regroup::{Regrouped, regroup};
use samestory_model::{DocumentId, Placement, StoryId, canonical_key};
use std::collections::{BTreeMap, BTreeSet, HashMap};

pub(super) const COUNT: &str = "UPDATE meta SET sequence = $1, placed = $2, stories = stories + $3, \
     documents = documents + $4, bytes = bytes + $5";
pub(super) const PUT_STATES: &str = "INSERT INTO state (source, body) SELECT * FROM unnest($1::text[], $2::bytea[]) \
     ON CONFLICT (source) DO UPDATE SET body = excluded.body";
pub(super) const PUT_ITEMS: &str = "INSERT INTO item (key, document, body) \
     SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::bytea[]) \
     ON CONFLICT (key) DO UPDATE SET document = excluded.document, body = excluded.body";
pub(super) const PUT_HOSTS: &str = "INSERT INTO host (name, body) SELECT * FROM unnest($1::text[], $2::bytea[]) \
     ON CONFLICT (name) DO UPDATE SET body = excluded.body";
pub(super) const PUT_PAGES: &str = "INSERT INTO page (key, body) SELECT * FROM unnest($1::bytea[], $2::bytea[]) \
     ON CONFLICT (key) DO UPDATE SET body = excluded.body";
pub(super) const PUT_WORDS: &str = "INSERT INTO word (number, body) SELECT * FROM unnest($1::bigint[], $2::bytea[]) \
     ON CONFLICT (number) DO UPDATE SET body = excluded.body";
pub(super) const TAKE_WAITING: &str = "DELETE FROM waiting WHERE key = ANY($1)";
pub(super) const PUT_WAITING: &str = "INSERT INTO waiting (key, source, body) \
     SELECT * FROM unnest($1::bytea[], $2::text[], $3::bytea[]) \
     ON CONFLICT (key) DO UPDATE SET source = excluded.source, body = excluded.body";
pub(super) const PUT_ADDRESSES: &str = "INSERT INTO address (key, host, document, body) \
     SELECT * FROM unnest($1::bytea[], $2::text[], $3::bigint[], $4::bytea[]) \
     ON CONFLICT (key) DO UPDATE SET document = excluded.document";
/// What a page says of another address takes nothing away from a text that stands there.
pub(super) const PUT_ALIASES: &str = "INSERT INTO address (key, host, document, body) \
     SELECT * FROM unnest($1::bytea[], $2::text[], $3::bigint[], $4::bytea[]) ON CONFLICT (key) DO NOTHING";
pub(super) const KNOWN: &str = "SELECT document, time, placed, bytes FROM placement WHERE document = ANY($1)";
pub(super) const TAKE_DOCUMENTS: &str = "DELETE FROM document USING unnest($1::bigint[], $2::bigint[]) AS k(i, t) \
     WHERE id = k.i AND time = k.t AND time >= $3 AND time <= $4";
pub(super) const PUT_WHERE: &str = "INSERT INTO placement (document, time, placed, bytes, address, sequence) \
     SELECT d.*, $6::bigint FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bytea[]) AS d \
     ON CONFLICT (document) DO UPDATE SET time = excluded.time, placed = excluded.placed, bytes = excluded.bytes, \
     sequence = excluded.sequence, address = excluded.address";
pub(super) const PUT_PLACEMENTS: &str = "UPDATE placement SET article = k.a, story = k.s, body = k.b, sequence = $5 \
     FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[]) AS k(i, a, s, b) WHERE document = k.i";
pub(super) const TAKE_STORIES: &str = "DELETE FROM story WHERE id = ANY($1)";
pub(super) const COUNT_STORIES: &str = "SELECT count(*) FROM story WHERE id = ANY($1)";
pub(super) const PUT_STORY_ALIASES: &str = "INSERT INTO story_alias (gone, kept) \
     SELECT * FROM unnest($1::bigint[], $2::bigint[]) ON CONFLICT (gone) DO UPDATE SET kept = excluded.kept";
pub(super) const TAKE_STORY_ALIASES: &str = "DELETE FROM story_alias WHERE gone = ANY($1)";
pub(super) const TAKE_ARTICLE_ALIASES: &str = "DELETE FROM article_alias WHERE gone = ANY($1)";
pub(super) const PUT_ARTICLE_ALIASES: &str = "INSERT INTO article_alias (gone, kept) \
     SELECT * FROM unnest($1::bigint[], $2::bigint[]) ON CONFLICT (gone) DO UPDATE SET kept = excluded.kept";

/// Keys with their values, for statements with two columns.
fn columns<K: Clone, V>(rows: impl IntoIterator<Item = (K, V)>) -> (Vec<K>, Vec<V>) {
    rows.into_iter().unzip()
}

impl Commit {
    /// Whether it changes where documents are.
    fn places(&self) -> bool {
        !(self.documents.is_empty()
            && self.mended.is_empty()
            && self.placements.is_empty()
            && self.merged_stories.is_empty()
            && self.merged_articles.is_empty()
            && self.words.is_empty())
    }
}

/// What a commit adds to the counters.
#[derive(Debug, Default)]
struct Added {
    placed: i64,
    stories: i64,
    documents: i64,
    bytes: i64,
}

impl PostgresStore {
    /// Stores a commit whole or not at all; inside the transaction in which this worker places, where it does.
    pub(super) fn store(&self, commit: &Commit) -> Result<(), StoreError> {
        let placing = self.placing.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        if commit.is_empty() {
            placing.into_iter().for_each(|link| self.let_go(link));
            return Ok(());
        }
        let written = || commit.documents.iter().chain(&commit.mended);
        self.weeks.make(&self.reading, written().map(|pair| time_of(&pair.0)))?;
        match placing {
            Some(link) => self.store_placing(link, commit),
            None => match self.once(|link| write(link, commit)) {
                // A week that another worker has dropped since.
                Err(StoreError::Server { why, .. }) if why.contains("no partition of relation") => {
                    self.weeks.forget();
                    self.weeks.make(&self.reading, written().map(|pair| time_of(&pair.0)))?;
                    self.once(|link| write(link, commit))
                }
                other => other,
            },
        }
    }

    /// Ends the transaction in which this worker places with a commit.
    fn store_placing(&self, link: Link, commit: &Commit) -> Result<(), StoreError> {
        let number = self.next_commit();
        let done = write(&link, commit).and_then(|()| {
            self.sign(&link, number)?;
            Ok(())
        });
        let done = done
            .map_err(|trouble| (trouble, false))
            .and_then(|()| link.batch("COMMIT").map_err(|trouble| (trouble, true)));
        match done {
            Ok(()) => {
                *self.writing.hold() = Some(link);
                Ok(())
            }
            Err((trouble, sent)) if trouble.is_passing() || trouble.is_collision() => {
                drop(link);
                if sent && self.was_made(number)? {
                    return Ok(());
                }
                let what = format!("the connection was lost while placing: {}", trouble.at(&self.writing.address));
                Err(StoreError::Conflict { what })
            }
            Err((trouble, _)) => {
                self.let_go(link);
                Err(trouble.at(&self.writing.address))
            }
        }
    }

    /// Ends a transaction without a commit and gives its link back.
    pub(super) fn let_go(&self, link: Link) {
        if link.batch("ROLLBACK").is_ok() {
            *self.writing.hold() = Some(link);
        }
    }
}

/// Every row of a commit.
fn write(link: &Link, commit: &Commit) -> Result<(), Trouble> {
    if commit.places() {
        link.query(LOCK_PLACING, &[])?;
        let row = link.query_one(COUNTERS, &[])?;
        let (sequence, placed): (i64, i64) = (row.try_get::<_, i64>(0)? + 1, row.try_get(1)?);
        small_rows(link, commit)?;
        let mut added = Added { placed, ..Added::default() };
        documents(link, commit, sequence, &mut added)?;
        let stored = Stored::for_commit(link, commit)?;
        let regrouped = regroup(&stored, commit, sequence as u64)?;
        placements(link, commit.placements.iter().chain(&regrouped.moved), sequence)?;
        groups(link, &regrouped, &mut added)?;
        link.execute(COUNT, &[&sequence, &added.placed, &added.stories, &added.documents, &added.bytes])?;
    } else {
        small_rows(link, commit)?;
    }
    Ok(())
}

/// Everything but documents and where they are.
fn small_rows(link: &Link, commit: &Commit) -> Result<(), Trouble> {
    let states: BTreeMap<&str, Vec<u8>> =
        commit.states.iter().map(|(name, state)| (name.0.as_str(), encode(state))).collect();
    if !states.is_empty() {
        let (names, bodies) = columns(states);
        link.execute(PUT_STATES, &[&names, &bodies])?;
    }
    let items: BTreeMap<Vec<u8>, (Option<i64>, Vec<u8>)> = commit
        .items
        .iter()
        .map(|(source, item, record)| {
            (item_key(source, item), (record.document.map(column), encode(&Keyed((source, item), record))))
        })
        .collect();
    if !items.is_empty() {
        let (keys, values) = columns(items);
        let (documents, bodies) = columns(values);
        link.execute(PUT_ITEMS, &[&keys, &documents, &bodies])?;
    }
    let hosts: BTreeMap<&str, Vec<u8>> =
        commit.hosts.iter().map(|(name, host)| (name.as_str(), encode(host))).collect();
    if !hosts.is_empty() {
        let (names, bodies) = columns(hosts);
        link.execute(PUT_HOSTS, &[&names, &bodies])?;
    }
    let pages: BTreeMap<Vec<u8>, Vec<u8>> =
        commit.pages.iter().map(|(at, page)| (long_key(at), encode(&Keyed(at, page)))).collect();
    if !pages.is_empty() {
        let (keys, bodies) = columns(pages);
        link.execute(PUT_PAGES, &[&keys, &bodies])?;
    }
    let gone: Vec<Vec<u8>> =
        commit.queue.iter().filter(|(_, waiting)| waiting.is_none()).map(|(at, _)| long_key(at)).collect();
    if !gone.is_empty() {
        link.execute(TAKE_WAITING, &[&gone])?;
    }
    let waiting: BTreeMap<Vec<u8>, (&str, Vec<u8>)> = commit
        .queue
        .iter()
        .filter_map(|(at, waiting)| {
            let waiting = waiting.as_ref()?;
            Some((long_key(at), (waiting.source.0.as_str(), encode(waiting))))
        })
        .collect();
    if !waiting.is_empty() {
        let (keys, values) = columns(waiting);
        let (sources, bodies) = columns(values);
        link.execute(PUT_WAITING, &[&keys, &sources, &bodies])?;
    }
    let words: BTreeMap<i64, Vec<u8>> =
        commit.words.iter().map(|(number, word)| (*number as i64, encode(word))).collect();
    if !words.is_empty() {
        let (numbers, bodies) = columns(words);
        link.execute(PUT_WORDS, &[&numbers, &bodies])?;
    }
    addresses(link, commit)
}

/// Rows of addresses by canonical keys.
fn address_rows<'a>(
    link: &Link,
    sql: &str,
    rows: impl Iterator<Item = (std::borrow::Cow<'a, str>, DocumentId)>,
) -> Result<(), Trouble> {
    let rows: BTreeMap<Vec<u8>, (std::borrow::Cow<'a, str>, DocumentId)> =
        rows.map(|(key, id)| (long_key(&key), (key, id))).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let hosts: Vec<&str> = rows.values().map(|(key, _)| host_of(key)).collect();
    let documents: Vec<i64> = rows.values().map(|(_, id)| column(*id)).collect();
    let bodies: Vec<Vec<u8>> = rows.values().map(|(key, _)| encode(&key.to_string())).collect();
    let keys: Vec<&[u8]> = rows.keys().map(Vec::as_slice).collect();
    link.execute(sql, &[&keys, &hosts, &documents, &bodies])?;
    Ok(())
}

fn addresses(link: &Link, commit: &Commit) -> Result<(), Trouble> {
    let own = commit.documents.iter().map(|(document, _)| (canonical_key(&document.url).into(), document.id));
    let other_addresses = commit.addresses.iter().map(|(key, id)| (key.as_str().into(), *id));
    // Aliases before the addresses that are stated, as the embedded engine has them.
    address_rows(link, PUT_ADDRESSES, own)?;
    let aliases = commit
        .documents
        .iter()
        .flat_map(|(document, _)| document.aliases.iter().map(|alias| (canonical_key(alias).into(), document.id)));
    address_rows(link, PUT_ALIASES, aliases)?;
    address_rows(link, PUT_ADDRESSES, other_addresses)
}

/// Documents with their features, and the small rows that say where they lie.
fn documents(link: &Link, commit: &Commit, sequence: i64, added: &mut Added) -> Result<(), Trouble> {
    let fresh: BTreeSet<DocumentId> = commit.documents.iter().map(|pair| pair.0.id).collect();
    let rows: BTreeMap<i64, &(samestory_model::Document, samestory_model::Features)> =
        commit.documents.iter().chain(&commit.mended).map(|pair| (column(pair.0.id), pair)).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let ids: Vec<i64> = rows.keys().copied().collect();
    let mut known: HashMap<i64, (i64, i64)> = HashMap::new();
    let (mut old, mut old_times) = (Vec::new(), Vec::new());
    for row in link.query(KNOWN, &[&ids])? {
        let (id, time, placed, bytes): (i64, i64, i64, i64) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
        added.bytes -= bytes;
        added.documents -= 1;
        known.insert(id, (time, placed));
        old.push(id);
        old_times.push(time);
    }
    if let (Some(from), Some(to)) = (old_times.iter().min(), old_times.iter().max()) {
        link.execute(TAKE_DOCUMENTS, &[&old, &old_times, from, to])?;
    }
    let mut numbers: HashMap<i64, i64> = HashMap::new();
    for (document, _) in &commit.documents {
        added.placed += 1;
        numbers.insert(column(document.id), added.placed);
    }
    let (mut put, mut placed, mut sizes, mut at) = (DocumentRows::default(), Vec::new(), Vec::new(), Vec::new());
    for (id, (document, features)) in &rows {
        let before = known.get(id).filter(|_| !fresh.contains(&document.id));
        let time = before.map_or_else(|| time_of(document), |known| known.0);
        placed.push(before.map(|known| known.1).or_else(|| numbers.get(id).copied()).unwrap_or(added.placed));
        sizes.push(put.push(document, features, time));
        at.push(long_key(&canonical_key(&document.url)));
    }
    added.documents += rows.len() as i64;
    added.bytes += sizes.iter().sum::<i64>();
    put.put(link)?;
    link.execute(PUT_WHERE, &[&ids, &put.times(), &placed, &sizes, &at, &sequence])?;
    Ok(())
}

fn placements<'a>(link: &Link, all: impl Iterator<Item = &'a Placement>, sequence: i64) -> Result<(), Trouble> {
    let rows: BTreeMap<i64, &Placement> = all.map(|placement| (column(placement.document), placement)).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let ids: Vec<i64> = rows.keys().copied().collect();
    let articles: Vec<i64> = rows.values().map(|placement| placement.article.0 as i64).collect();
    let stories: Vec<i64> = rows.values().map(|placement| placement.story.0 as i64).collect();
    let bodies: Vec<Vec<u8>> = rows.values().map(encode).collect();
    link.execute(PUT_PLACEMENTS, &[&ids, &articles, &stories, &bodies, &sequence])?;
    Ok(())
}

/// Stories with the views that readers see, and what ids stand for.
fn groups(link: &Link, regrouped: &Regrouped, added: &mut Added) -> Result<(), Trouble> {
    let touched: Vec<i64> = regrouped.stories.keys().map(|id| id.0 as i64).collect();
    if !touched.is_empty() {
        added.stories -= link.query_one(COUNT_STORIES, &[&touched])?.try_get::<_, i64>(0)?;
    }
    let gone: Vec<i64> =
        regrouped.stories.iter().filter(|pair| pair.1.documents.is_empty()).map(|pair| pair.0.0 as i64).collect();
    if !gone.is_empty() {
        link.execute(TAKE_STORIES, &[&gone])?;
    }
    let standing = regrouped.stories.iter().filter(|pair| !pair.1.documents.is_empty());
    added.stories += shown::put(link, standing)? as i64;
    if !regrouped.aliases.is_empty() {
        let (gone, kept) = columns(regrouped.aliases.iter().map(|(gone, kept)| (gone.0 as i64, kept.0 as i64)));
        link.execute(PUT_STORY_ALIASES, &[&gone, &kept])?;
    }
    if !regrouped.revived.is_empty() {
        let revived: Vec<i64> = regrouped.revived.iter().map(|StoryId(id)| *id as i64).collect();
        link.execute(TAKE_STORY_ALIASES, &[&revived])?;
    }
    if !regrouped.revived_articles.is_empty() {
        let revived: Vec<i64> = regrouped.revived_articles.iter().map(|id| id.0 as i64).collect();
        link.execute(TAKE_ARTICLE_ALIASES, &[&revived])?;
    }
    if !regrouped.articles.is_empty() {
        let (gone, kept) = columns(regrouped.articles.iter().map(|(gone, kept)| (gone.0 as i64, kept.0 as i64)));
        link.execute(PUT_ARTICLE_ALIASES, &[&gone, &kept])?;
    }
    Ok(())
}
