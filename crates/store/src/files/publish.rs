//! Publishes commits to readers: appends frames to their log and folds it into the index.
//!
//! Runs after the batch is on disk, so nothing here may fail a commit. Each batch also holds the changes that the
//! log lacks ([`PendingChanges`]), so that the next opening after a crash, or the next commit after a full disk,
//! publishes exactly those; only damage costs writing all of it anew.

use super::document_log::Located;
use super::index::{self, Head, Lookup};
use super::layout;
use super::log::{self, Log, StoryFrame, frame};
use super::memtable::Memtable;
use super::published::{Changes, PendingChanges, Published};
use super::sled_store::SledStore;
use super::tables::{ARTICLE_ALIAS, DOCUMENT, META, MIRRORED, SOURCE, STORY, STORY_ALIAS, WORD, number};
use crate::error::StoreError;
use crate::{Store, private};
use samestory_model::StoryRecord;
use samestory_model::{ArticleId, DocumentId, Source, SourceId, StoredOverride, StoryId};
use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::{BufWriter, Write};
use std::os::unix::fs::FileExt;
use std::sync::PoisonError;

/// Bytes of log from which on it is folded into the index.
const FOLD_AT: u64 = 2 << 20;

impl SledStore {
    /// Why readers do not see the latest commit yet; `None` where they do.
    pub fn behind(&self) -> Option<String> {
        self.published.lock().unwrap_or_else(PoisonError::into_inner).behind.clone()
    }

    /// What has to be published once a batch with these changes is on disk.
    pub(crate) fn pending_with(&self, changes: Changes) -> Result<PendingChanges, StoreError> {
        let since = self.published.lock().unwrap_or_else(PoisonError::into_inner).sequence;
        let mut pending: PendingChanges = self.get(META, b"untold")?.unwrap_or_default();
        if since == self.sequence()? {
            return Ok(PendingChanges { since, changes });
        }
        pending.changes.join(changes);
        Ok(pending)
    }

    /// Goes on where the files for readers end, and publishes the rest.
    pub(crate) fn resume_publishing(&self, published: Option<Published>) {
        let found = published.and_then(|published| self.without_torn_end(published));
        let known = found.is_some();
        *self.published.lock().unwrap_or_else(PoisonError::into_inner) = found.unwrap_or_default();
        if known {
            self.publish_changes();
        } else {
            let mut published = self.published.lock().unwrap_or_else(PoisonError::into_inner);
            // A log that cannot be mended now is no reason to lose a pass: the next commit tries again.
            published.behind = self.write_anew(&mut published).err().map(|error| error.to_string());
        }
    }

    /// Cuts off a torn end of the log, so that what is appended stands where it is looked for.
    fn without_torn_end(&self, published: Published) -> Option<Published> {
        let path = log::path(&self.generation, published.log);
        if std::fs::metadata(&path).ok()?.len() > published.length {
            OpenOptions::new().write(true).open(path).ok()?.set_len(published.length).ok()?;
        }
        Some(published)
    }

    /// Publishes what the readers' log lacks.
    pub(crate) fn publish_changes(&self) {
        let mut published = self.published.lock().unwrap_or_else(PoisonError::into_inner);
        published.behind = self.publish_pending(&mut published).err().map(|error| error.to_string());
    }

    fn publish_pending(&self, published: &mut Published) -> Result<(), StoreError> {
        let sequence = self.sequence()?;
        if published.sequence != sequence {
            let pending: PendingChanges = self.get(META, b"untold")?.unwrap_or_default();
            if pending.since != published.sequence || published.log == 0 {
                return self.write_anew(published);
            }
            let mut bytes = Vec::new();
            for one in self.frames(&pending.changes, sequence)? {
                bytes.extend(frame(&one));
            }
            let path = log::path(&self.generation, published.log);
            OpenOptions::new()
                .write(true)
                .open(&path)
                .and_then(|file| file.write_all_at(&bytes, published.length).and_then(|()| file.sync_data()))
                .map_err(|error| StoreError::disk(&path, &error))?;
            published.length += bytes.len() as u64;
            published.sequence = sequence;
        }
        if published.length - published.covered <= FOLD_AT {
            return Ok(());
        }
        match self.fold(published) {
            Err(StoreError::Log { .. }) => self.write_anew(published),
            done => done,
        }
    }

    /// Folds the log's tail into the index.
    fn fold(&self, published: &mut Published) -> Result<(), StoreError> {
        let path = index::path(&self.generation);
        let log = Log::open(&self.generation, published.log).map_err(|error| StoreError::disk(&path, &error))?;
        let Some(old) = index::open(&self.generation)? else { return self.write_anew(published) };
        let tail = Memtable::read(&log, published.covered)?;
        let head = Lookup { index: &old, tail: &tail }.head(published.log);
        index::fold(&self.generation, &head, Some(&old), &tail)?;
        published.covered = head.covered;
        Ok(())
    }

    /// The frames of what changed, as the store has it now.
    fn frames(&self, changes: &Changes, sequence: u64) -> Result<Vec<StoryFrame>, StoreError> {
        let mut frames = Vec::new();
        let mut located = Vec::new();
        for id in &changes.documents {
            if let Some(at) = self.located(*id)? {
                located.push((*id, at));
            }
        }
        if !located.is_empty() {
            frames.push(StoryFrame::Documents(located));
        }
        for name in &changes.sources {
            frames.push(self.source_frame(name)?);
        }
        let (mut shown, mut gone) = (Vec::new(), Vec::new());
        for id in &changes.stories {
            let record: Option<StoryRecord> = self.get(STORY, &id.key())?;
            match record.map(|record| self.story_frame(*id, &record)).transpose()?.flatten() {
                Some(frame) => shown.push(frame),
                None => gone.push(*id),
            }
        }
        let articles: Vec<ArticleId> = changes.gone_articles.iter().copied().collect();
        let documents: Vec<DocumentId> = changes.gone_documents.iter().copied().collect();
        if !(gone.is_empty() && articles.is_empty() && documents.is_empty()) {
            frames.push(StoryFrame::Gone { stories: gone, articles, documents });
        }
        frames.extend(shown);
        // As they stand now: of several commits that are published together, a later one may have taken one back.
        for gone in changes.aliases.keys() {
            frames.extend(self.get(STORY_ALIAS, &gone.key())?.map(|kept| StoryFrame::Alias { gone: *gone, kept }));
        }
        for gone in changes.articles.keys() {
            let kept = self.get(ARTICLE_ALIAS, &gone.key())?;
            frames.extend(kept.map(|kept| StoryFrame::ArticleAlias { gone: *gone, kept }));
        }
        for number in &changes.words {
            let word = self.get::<Option<StoredOverride>>(WORD, &number.to_be_bytes())?.flatten().map(Box::new);
            frames.push(StoryFrame::Word { number: *number, word });
        }
        frames.push(StoryFrame::Committed { sequence, holds: self.holds()? });
        Ok(frames)
    }

    /// A followed source as readers see it: what the configuration says comes before what was added.
    fn source_frame(&self, name: &SourceId) -> Result<StoryFrame, StoreError> {
        let source = match self.get::<Source>(MIRRORED, name.0.as_bytes())? {
            Some(source) => Some(source),
            None => self.get::<Source>(SOURCE, name.0.as_bytes())?,
        };
        Ok(match source {
            // Readers show sources; what opens them stays with the writer.
            Some(source) => StoryFrame::Source {
                source: Box::new(Source { credentials: None, ..source }),
                state: Box::new(self.state(name)?),
            },
            None => StoryFrame::Unfollowed { name: name.0.clone() },
        })
    }

    /// A story's documents with their placements as a frame for readers.
    fn story_frame(&self, id: StoryId, record: &StoryRecord) -> Result<Option<StoryFrame>, StoreError> {
        let mut documents = Vec::new();
        for document in &record.documents {
            if let (Some(found), Some(placement)) = (self.document(*document)?, self.placement(*document)?) {
                documents.push((found, placement));
            }
        }
        let (born, grown) = (record.born, record.grown);
        Ok(samestory_model::story_view(id, &documents, false).map(|view| StoryFrame::Story { view, born, grown }))
    }

    /// Writes the readers' log and index anew from the store.
    fn write_anew(&self, published: &mut Published) -> Result<(), StoreError> {
        let number = log::numbers(&self.generation).last().unwrap_or(&0) + 1;
        let path = log::path(&self.generation, number);
        let disk = |error: std::io::Error| StoreError::disk(&path, &error);
        let mut out = BufWriter::new(private::create(&path).map_err(disk)?);
        let mut tail = Memtable::default();
        let mut put = |value: StoryFrame| -> Result<(), StoreError> {
            let bytes = frame(&value);
            out.write_all(&bytes).map_err(disk)?;
            tail.end += bytes.len() as u64;
            tail.take(value, tail.end - bytes.len() as u64, bytes.len() as u32);
            Ok(())
        };
        let mut located: Vec<(DocumentId, Located)> = Vec::new();
        for entry in self.scan::<Located>(DOCUMENT) {
            let (id, at) = entry?;
            located.push((DocumentId(self::number(&id)), at));
            if located.len() == 1000 {
                put(StoryFrame::Documents(std::mem::take(&mut located)))?;
            }
        }
        put(StoryFrame::Documents(located))?;
        let mut names = BTreeSet::new();
        for tag in [SOURCE, MIRRORED] {
            names.extend(self.all::<Source>(tag)?.into_iter().map(|(_, source)| source.name));
        }
        for name in names {
            put(self.source_frame(&name)?)?;
        }
        for entry in self.scan::<StoryRecord>(STORY) {
            let (id, record) = entry?;
            if let Some(frame) = self.story_frame(StoryId(self::number(&id)), &record)? {
                put(frame)?;
            }
        }
        for entry in self.scan::<StoryId>(STORY_ALIAS) {
            let (gone, kept) = entry?;
            put(StoryFrame::Alias { gone: StoryId(self::number(&gone)), kept })?;
        }
        for entry in self.scan::<ArticleId>(ARTICLE_ALIAS) {
            let (gone, kept) = entry?;
            put(StoryFrame::ArticleAlias { gone: ArticleId(self::number(&gone)), kept })?;
        }
        for word in self.words()? {
            put(StoryFrame::Word { number: word.number, word: Some(Box::new(word)) })?;
        }
        let (sequence, holds) = (self.sequence()?, self.holds()?);
        put(StoryFrame::Committed { sequence, holds })?;
        out.into_inner().map_err(|error| disk(error.into_error())).and_then(|file| file.sync_all().map_err(disk))?;
        let sources = tail.sources.iter().filter_map(|(name, known)| Some((name.clone(), known.clone()?))).collect();
        let words = tail.words.iter().filter_map(|(number, word)| Some((*number, word.clone()?))).collect();
        let head = Head { log: number, covered: tail.end, sequence, holds, sources, words };
        index::fold(&self.generation, &head, None, &tail)?;
        layout::sync_folder(&self.generation)?;
        for other in log::numbers(&self.generation).into_iter().filter(|other| *other != number) {
            let _ = std::fs::remove_file(log::path(&self.generation, other));
        }
        *published = Published { log: number, length: tail.end, covered: tail.end, sequence, behind: None };
        Ok(())
    }
}
