//! Reads a store on a server beside its writers: the side of [`Reader`](crate::Reader) for servers.
//!
//! Every answer comes from one snapshot (`snapshot`). What is likely to be asked for next is read along
//! (`ahead`), and a list by time goes page by page, so that twenty of a million stories are a few questions.

use super::ahead::Ahead;
use super::connect::Trouble;
use super::reading::{Whole, texts, whole};
use super::rows::long_key;
use super::rows::{id, record};
use super::snapshot::{Snapshot, column};
use crate::Totals;
use crate::contract::ReadStore;
use crate::error::StoreError;
use crate::read_model::{DocumentFrame, Listed, Standing};
use crate::server_address::Address;
use crate::story_head::StoryHead;
use samestory_model::{
    ArticleId, Document, DocumentId, Features, Placement, Source, SourceState, StoredOverride, StoryId, StoryView,
};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use tokio_postgres::Row;

/// Stories of the first page by time, and of the largest.
const PAGE: (i64, i64) = (64, 4096);
/// Views that are read together at first, and at most.
const VIEWS: (usize, usize) = (32, 256);
/// Documents that are read together at first, and at most: each with some kilobytes of vectors.
const TEXTS: (usize, usize) = (16, 256);
/// Stories up to which those that came up after a commit are counted one by one.
const COUNTED: i64 = 10_000;
/// Stories that came up after a commit and are read together.
const CHANGES: i64 = 5_000;

const SOURCES: &str = "SELECT s.name, s.body, t.body FROM source s LEFT JOIN state t ON t.source = s.name \
                       ORDER BY s.configured";
const WORDS: &str = "SELECT number, body FROM word";
/// The first page by time, and each that follows a story.
pub(super) const LATEST: &str =
    "SELECT id, born, grown, published FROM story ORDER BY published DESC, (id < 0), id LIMIT $1";
pub(super) const LATEST_AFTER: &str = "SELECT id, born, grown, published FROM story WHERE published <= $2 \
     AND (published < $2 OR ((id < 0), id) > ($3, $4)) ORDER BY published DESC, (id < 0), id LIMIT $1";
pub(super) const CHANGED: &str = "SELECT id, born, grown, published, changed FROM story WHERE changed > $1 \
     ORDER BY changed FETCH FIRST $2 ROWS WITH TIES";
pub(super) const COUNT_CHANGED: &str =
    "SELECT count(*) FROM (SELECT FROM story WHERE changed > $1 LIMIT $2) AS counted";
pub(super) const HEAD: &str = "SELECT id, born, grown, published FROM story WHERE id = $1";
pub(super) const VIEW: &str = "SELECT id, born, grown, view FROM story WHERE id = ANY($1)";
/// A story under its own id comes before one that took its place.
pub(super) const STORY: &str = "SELECT id, born, grown, view FROM story WHERE id = $1 UNION ALL SELECT id, born, grown, view \
                     FROM story JOIN story_alias ON kept = id WHERE gone = $1 LIMIT 1";
pub(super) const ARTICLE: &str = "SELECT kept FROM article_alias WHERE gone = $1";
pub(super) const STORY_OF_ARTICLE: &str =
    "SELECT story FROM placement WHERE article = $1 AND story IS NOT NULL LIMIT 1";
pub(super) const STORY_OF_DOCUMENT: &str = "SELECT story FROM placement WHERE document = $1 AND story IS NOT NULL";
pub(super) const AT: &str = "SELECT document FROM placement WHERE address = $1 AND story IS NOT NULL";
const ALL: &str = "SELECT document FROM placement WHERE story IS NOT NULL";

/// A store on a server as it was when this was opened.
pub struct ServerReader {
    snapshot: Snapshot,
    sources: BTreeMap<String, (Source, SourceState)>,
    words: BTreeMap<u64, StoredOverride>,
    views: Mutex<Ahead<StoryId, Listed>>,
    texts: Mutex<Ahead<DocumentId, Whole>>,
}

impl std::fmt::Debug for ServerReader {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Snapshot { shown, begun, .. } = &self.snapshot;
        out.debug_struct("ServerReader").field("at", shown).field("begun", begun).finish_non_exhaustive()
    }
}

fn head(row: &Row) -> Result<StoryHead, Trouble> {
    Ok(StoryHead::placed(StoryId(id(row, 0)?), id(row, 1)?, id(row, 2)?, row.try_get(3)?))
}

fn heads<T: FromIterator<StoryHead>>(rows: &[Row]) -> Result<T, Trouble> {
    rows.iter().map(head).collect()
}

fn versions(view: &StoryView) -> impl Iterator<Item = DocumentId> {
    view.articles.iter().flat_map(|article| &article.documents).map(|shown| shown.document)
}

fn listed(row: &Row) -> Result<Listed, Trouble> {
    Ok(Listed { view: record(row, 3)?, born: id(row, 1)?, grown: id(row, 2)? })
}

impl ServerReader {
    /// Opens the readers' side of a store. A server that is away is not waited for.
    pub fn open(address: &Address) -> Result<Self, StoreError> {
        let snapshot = Snapshot::open(address)?;
        let (sources, words) = snapshot.ask(|link| {
            let mut sources = BTreeMap::new();
            // What the configuration says comes last and counts.
            for row in link.query(SOURCES, &[])? {
                let source: Source = record(&row, 1)?;
                let state = match row.try_get::<_, Option<&[u8]>>(2)? {
                    Some(_) => record(&row, 2)?,
                    None => SourceState::default(),
                };
                // Readers show sources; what opens them stays with the writer.
                sources.insert(row.try_get(0)?, (Source { credentials: None, ..source }, state));
            }
            let mut words = BTreeMap::new();
            for row in link.query(WORDS, &[])? {
                let word: Option<StoredOverride> = record(&row, 1)?;
                words.extend(word.map(|word| (word.number, word)));
            }
            Ok((sources, words))
        })?;
        let (views, texts) = (Mutex::new(Ahead::new(VIEWS)), Mutex::new(Ahead::new(TEXTS)));
        Ok(Self { snapshot, sources, words, views, texts })
    }

    fn expect_views(&self, order: Vec<StoryId>) {
        self.views.lock().unwrap_or_else(PoisonError::into_inner).expect_in(order);
    }

    fn one(&self, sql: &str, key: u64) -> Result<Option<u64>, StoreError> {
        self.snapshot.ask(|link| link.query_opt(sql, &[&(key as i64)])?.map(|row| id(&row, 0)).transpose())
    }

    fn whole(&self, document: DocumentId) -> Result<Option<Whole>, StoreError> {
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(read) = texts.take(document) {
            return Ok(Some(read));
        }
        let wanted = texts.wanted(document);
        texts.keep(whole(&self.snapshot, &wanted)?);
        Ok(texts.take(document))
    }
}

impl ReadStore for ServerReader {
    fn sequence(&self) -> u64 {
        self.snapshot.begun.sequence
    }

    fn holds(&self) -> Totals {
        self.snapshot.begun.holds
    }

    fn view(&self, head: &StoryHead) -> Result<Listed, StoreError> {
        let mut views = self.views.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(listed) = views.take(head.story) {
            return Ok(listed);
        }
        let wanted = views.wanted(head.story);
        let ids = column(wanted.iter().map(|story| story.0));
        let mut read: HashMap<StoryId, Listed> = self.snapshot.ask(|link| {
            let rows = link.query(VIEW, &[&ids])?;
            rows.iter().map(|row| Ok((StoryId(id(row, 0)?), listed(row)?))).collect()
        })?;
        // The stories' texts are read in the same order.
        let order = wanted.iter().filter_map(|story| read.get(story)).flat_map(|listed| versions(&listed.view));
        self.texts.lock().unwrap_or_else(PoisonError::into_inner).expect_in(order.collect());
        let listed = read.remove(&head.story);
        views.keep(read);
        listed.ok_or_else(|| self.snapshot.damaged(format!("story {} is listed and not there", head.story)))
    }

    fn changed_since(&self, sequence: u64) -> Result<Vec<StoryHead>, StoreError> {
        let (mut found, mut after) = (Vec::<StoryHead>::new(), sequence);
        loop {
            let page: Vec<StoryHead> =
                self.snapshot.ask(|link| heads(&link.query(CHANGED, &[&(after as i64), &CHANGES])?))?;
            let full = page.len() as i64 >= CHANGES;
            after = page.last().map_or(after, StoryHead::changed);
            found.extend(page);
            if !full {
                break;
            }
        }
        // A list begins with the latest.
        found.sort_by_key(StoryHead::order);
        self.expect_views(found.iter().map(|head| head.story).collect());
        found.sort_by_key(|head| head.story);
        Ok(found)
    }

    fn changes_since(&self, sequence: u64) -> Result<u64, StoreError> {
        let counted =
            self.snapshot.ask(|link| id(&link.query_one(COUNT_CHANGED, &[&(sequence as i64), &COUNTED])?, 0))?;
        Ok(if counted < COUNTED as u64 { counted } else { counted.max(self.holds().stories) })
    }

    fn by_time(&self) -> Box<dyn Iterator<Item = Result<StoryHead, StoreError>> + '_> {
        let (mut page, mut size, mut more) = (VecDeque::<StoryHead>::new(), PAGE.0, true);
        let mut last: Option<StoryHead> = None;
        Box::new(std::iter::from_fn(move || {
            if page.is_empty() && more {
                let read = self.snapshot.ask(|link| match &last {
                    None => heads::<VecDeque<_>>(&link.query(LATEST, &[&size])?),
                    Some(last) => {
                        let key = last.story.0 as i64;
                        heads(&link.query(LATEST_AFTER, &[&size, &last.published(), &(key < 0), &key])?)
                    }
                });
                page = match read {
                    Ok(read) => read,
                    Err(error) => {
                        more = false;
                        return Some(Err(error));
                    }
                };
                more = page.len() as i64 == size;
                size = (size * 4).min(PAGE.1);
                last = page.back().copied();
                self.expect_views(page.iter().map(|head| head.story).collect());
            }
            page.pop_front().map(Ok)
        }))
    }

    fn stories(&self) -> Result<Vec<Listed>, StoreError> {
        let heads = self.changed_since(0)?;
        self.expect_views(heads.iter().map(|head| head.story).collect());
        heads.iter().map(|head| self.view(head)).collect()
    }

    fn head(&self, story: StoryId) -> Result<Option<StoryHead>, StoreError> {
        self.snapshot.ask(|link| link.query_opt(HEAD, &[&(story.0 as i64)])?.as_ref().map(head).transpose())
    }

    fn story(&self, story: StoryId) -> Result<Option<Listed>, StoreError> {
        self.snapshot.ask(|link| {
            let row = link.query_opt(STORY, &[&(story.0 as i64)])?;
            row.map(|row| listed(&row)).transpose()
        })
    }

    fn article(&self, article: ArticleId) -> Result<ArticleId, StoreError> {
        Ok(self.one(ARTICLE, article.0)?.map_or(article, ArticleId))
    }

    fn story_of_article(&self, article: ArticleId) -> Result<Option<StoryId>, StoreError> {
        Ok(self.one(STORY_OF_ARTICLE, self.article(article)?.0)?.map(StoryId))
    }

    fn story_of_document(&self, document: DocumentId) -> Result<Option<StoryId>, StoreError> {
        Ok(self.one(STORY_OF_DOCUMENT, document.0)?.map(StoryId))
    }

    fn documents_at(&self, key: &str) -> Result<Vec<DocumentId>, StoreError> {
        let key = long_key(key);
        let mut found: Vec<DocumentId> = self.snapshot.ask(|link| {
            let rows = link.query(AT, &[&key])?;
            rows.iter().map(|row| id(row, 0).map(DocumentId)).collect()
        })?;
        found.sort_unstable();
        Ok(found)
    }

    fn story_whole(&self, story: StoryId) -> Result<Option<StoryView>, StoreError> {
        let Some(Listed { mut view, .. }) = self.story(story)? else { return Ok(None) };
        let mut texts = texts(&self.snapshot, &versions(&view).collect::<Vec<_>>())?;
        for shown in view.articles.iter_mut().flat_map(|article| &mut article.documents) {
            shown.text = texts.remove(&shown.document);
        }
        Ok(Some(view))
    }

    fn document(&self, document: DocumentId) -> Result<Option<DocumentFrame>, StoreError> {
        Ok(self.whole(document)?.map(|(document, features, placement)| {
            let Placement { article, story, role, evidence, .. } = placement;
            DocumentFrame { document, features, placement: Standing { article, story, role, evidence } }
        }))
    }

    fn text(&self, document: DocumentId) -> Result<Option<(Document, Features)>, StoreError> {
        Ok(self.whole(document)?.map(|(document, features, _)| (document, features)))
    }

    fn documents(&self) -> Result<Vec<DocumentFrame>, StoreError> {
        let mut ids: Vec<DocumentId> = self.snapshot.ask(|link| {
            let rows = link.query(ALL, &[])?;
            rows.iter().map(|row| id(row, 0).map(DocumentId)).collect()
        })?;
        ids.sort_unstable();
        self.texts.lock().unwrap_or_else(PoisonError::into_inner).expect_in(ids.clone());
        ids.into_iter().filter_map(|id| self.document(id).transpose()).collect()
    }

    fn words(&self) -> &BTreeMap<u64, StoredOverride> {
        &self.words
    }

    fn sources(&self) -> &BTreeMap<String, (Source, SourceState)> {
        &self.sources
    }
}
