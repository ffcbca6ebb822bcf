//! Reads a store in files beside its writer, without a lock: the side of [`Reader`](crate::Reader) for folders.
//!
//! Opening reads the index's head and the log's tail, never a whole file; everything else is looked up
//! when it is asked for. The files that were open stay readable when a writer replaces them, so a reader
//! sees one state of the store for as long as it lives.

use super::document_log::DocumentLog;
use super::index::{self, Index, Lookup};
use super::layout;
use super::leftovers;
use super::log::Log;
use super::memtable::Memtable;
use crate::Totals;
use crate::contract::ReadStore;
use crate::error::StoreError;
use crate::read_model::{DocumentFrame, Listed, Standing};
use crate::story_head::StoryHead;
use samestory_model::{
    ArticleId, Document, DocumentId, Features, Source, SourceState, StoredOverride, StoryId, StoryView,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Times that a reader tries again when a writer swaps files under its hands.
const TRIES: u32 = 8;

/// A store as it was after the last commit that its log holds.
#[derive(Debug)]
pub(crate) struct FolderReader {
    index: Index,
    tail: Memtable,
    log: Log,
    texts: DocumentLog,
    sources: BTreeMap<String, (Source, SourceState)>,
    words: BTreeMap<u64, StoredOverride>,
}

impl FolderReader {
    /// Opens the readers' side of the store in a folder.
    pub(crate) fn open(folder: &Path) -> Result<Self, StoreError> {
        let mut tries = 0;
        loop {
            let Some(number) = Self::counts(folder)? else {
                let old = layout::first_format(folder).exists();
                let path = folder.to_owned();
                return Err(if old { StoreError::Older { path } } else { StoreError::Missing { path } });
            };
            let generation = layout::generation(folder, number);
            match Self::of(&generation)? {
                Some(reader) => return Ok(reader),
                None if tries < TRIES => tries += 1,
                None => return Err(Self::absent(folder, generation)),
            }
        }
    }

    /// What is not there of a generation.
    fn absent(folder: &Path, generation: PathBuf) -> StoreError {
        if !generation.is_dir() {
            return StoreError::Gone { folder: folder.to_owned(), gone: generation };
        }
        let documents = super::document_log::path(&generation);
        if !documents.exists() {
            return StoreError::Damaged { path: documents, what: "it is not there".to_owned() };
        }
        let what = "it, or a file that it names, is not there".to_owned();
        StoreError::Log { path: index::path(&generation), what }
    }

    /// The generation to read: the one that `current` names. Where that is lost, the latest that holds something, as
    /// readers go on with what there is while writers ask for a repair.
    fn counts(folder: &Path) -> Result<Option<u64>, StoreError> {
        match layout::current(folder) {
            Ok(None) => Ok(leftovers::orphan(folder)),
            Err(StoreError::Damaged { path, what }) => {
                leftovers::orphan(folder).map_or(Err(StoreError::Damaged { path, what }), |number| Ok(Some(number)))
            }
            other => other,
        }
    }

    /// The reader of a generation; `None` where a file is not there (any more).
    fn of(generation: &Path) -> Result<Option<Self>, StoreError> {
        let index = match index::open(generation) {
            Ok(Some(index)) => index,
            Err(error @ StoreError::Log { .. }) => index::made_anew(generation)?.ok_or(error)?,
            Err(error) => return Err(error),
            Ok(None) => match index::made_anew(generation)? {
                Some(index) => index,
                None => return Ok(None),
            },
        };
        let log = match Log::open(generation, index.head.log) {
            Ok(log) => log,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StoreError::disk(generation, &error)),
        };
        let texts = match DocumentLog::open(generation) {
            Ok(texts) => texts,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StoreError::disk(generation, &error)),
        };
        let tail = Memtable::read(&log, index.head.covered)?;
        let index::Head { sources, words, .. } = Lookup { index: &index, tail: &tail }.head(0);
        Ok(Some(Self { index, tail, log, texts, sources, words }))
    }

    fn look(&self) -> Lookup<'_> {
        Lookup { index: &self.index, tail: &self.tail }
    }
}

impl ReadStore for FolderReader {
    fn sequence(&self) -> u64 {
        self.tail.committed.map_or(self.index.head.sequence, |pair| pair.0)
    }

    fn holds(&self) -> Totals {
        self.tail.committed.map_or(self.index.head.holds, |pair| pair.1)
    }

    fn view(&self, head: &StoryHead) -> Result<Listed, StoreError> {
        let (view, born, grown) = self.log.story(head.story, head.offset, head.length)?;
        Ok(Listed { view, born, grown })
    }

    fn changed_since(&self, sequence: u64) -> Result<Vec<StoryHead>, StoreError> {
        self.look().changed_since(sequence)
    }

    fn changes_since(&self, sequence: u64) -> Result<u64, StoreError> {
        self.look().changes_since(sequence)
    }

    fn by_time(&self) -> Box<dyn Iterator<Item = Result<StoryHead, StoreError>> + '_> {
        Box::new(self.look().by_time())
    }

    fn stories(&self) -> Result<Vec<Listed>, StoreError> {
        self.changed_since(0)?.iter().map(|head| self.view(head)).collect()
    }

    fn head(&self, id: StoryId) -> Result<Option<StoryHead>, StoreError> {
        self.look().story(id)
    }

    fn story(&self, id: StoryId) -> Result<Option<Listed>, StoreError> {
        let head = self.look().story(self.look().alias(id)?)?;
        head.map(|head| self.view(&head)).transpose()
    }

    fn article(&self, id: ArticleId) -> Result<ArticleId, StoreError> {
        self.look().article_alias(id)
    }

    fn story_of_article(&self, id: ArticleId) -> Result<Option<StoryId>, StoreError> {
        self.look().story_of(self.article(id)?)
    }

    fn story_of_document(&self, id: DocumentId) -> Result<Option<StoryId>, StoreError> {
        Ok(self.look().document(id)?.map(|known| known.story))
    }

    fn documents_at(&self, key: &str) -> Result<Vec<DocumentId>, StoreError> {
        let mut found = self.look().at(key)?;
        let mut kept = Vec::new();
        for id in found.drain(..) {
            if self.look().document(id)?.is_some() {
                kept.push(id);
            }
        }
        Ok(kept)
    }

    fn story_whole(&self, id: StoryId) -> Result<Option<StoryView>, StoreError> {
        let Some(Listed { mut view, .. }) = self.story(id)? else { return Ok(None) };
        for shown in view.articles.iter_mut().flat_map(|article| &mut article.documents) {
            if let Some(known) = self.look().document(shown.document)? {
                shown.text = Some(self.texts.document(shown.document, known.at)?.text);
            }
        }
        Ok(Some(view))
    }

    fn document(&self, id: DocumentId) -> Result<Option<DocumentFrame>, StoreError> {
        let Some(known) = self.look().document(id)? else { return Ok(None) };
        let Some(listed) = self.story(known.story)? else { return Ok(None) };
        let (document, features) = self.texts.both(id, known.at)?;
        let place = listed.view.articles.iter().find_map(|article| {
            let shown = article.documents.iter().find(|shown| shown.document == id)?;
            Some((article.article, shown))
        });
        Ok(place.map(|(article, shown)| {
            let (story, evidence) = (listed.view.story, shown.signals.clone());
            let placement = Standing { article, story, role: shown.role, evidence };
            DocumentFrame { document, features, placement }
        }))
    }

    fn text(&self, id: DocumentId) -> Result<Option<(Document, Features)>, StoreError> {
        self.look().document(id)?.map(|known| self.texts.both(id, known.at)).transpose()
    }

    fn documents(&self) -> Result<Vec<DocumentFrame>, StoreError> {
        let ids = self.look().documents()?;
        ids.into_iter().filter_map(|id| self.document(id).transpose()).collect()
    }

    fn words(&self) -> &BTreeMap<u64, StoredOverride> {
        &self.words
    }

    fn sources(&self) -> &BTreeMap<String, (Source, SourceState)> {
        &self.sources
    }
}
