//! Tells readers what was committed: makes the frames of a commit and appends them to their log.
//!
//! Runs after the batch is on disk, so nothing here may fail a commit: what readers could not be told
//! is remembered as [`SledStore::behind`], and the next commit or opening writes the log anew.

use super::error::StoreError;
use super::log::{DocumentFrame, Frames, StoryFrame};
use super::regroup::{Regrouped, StoryRecord};
use super::sled_store::{ARTICLE_ALIAS, DOCUMENT, MIRRORED, SOURCE, STORY, STORY_ALIAS, SledStore, number};
use super::{Commit, Store, views};
use crate::model::{ArticleId, Document, DocumentId, Source, SourceId, StoryId};
use std::collections::BTreeSet;
use std::sync::PoisonError;

impl SledStore {
    /// Why readers do not see the latest commit yet; `None` where they do.
    pub fn behind(&self) -> Option<String> {
        self.behind.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Appends frames to the readers' log, or writes it anew where it lacks something.
    pub(super) fn publish(&self, frames: &Frames, anew: bool) -> Result<(), StoreError> {
        let mut behind = self.behind.lock().unwrap_or_else(PoisonError::into_inner);
        let done = if anew || behind.is_some() { self.rewrite_log() } else { frames.append(&self.folder) };
        *behind = done.as_ref().err().map(ToString::to_string);
        done
    }

    /// Publishes what could be made into frames; a failure is remembered and told by `behind`.
    fn offer(&self, frames: Result<Frames, StoreError>) {
        match frames {
            Ok(frames) => {
                let _ = self.publish(&frames, false);
            }
            Err(error) => {
                *self.behind.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
            }
        }
    }

    /// Tells readers of sources that came, changed or went.
    pub(super) fn tell_sources<'a>(&self, names: impl Iterator<Item = &'a SourceId>, sequence: u64) {
        self.offer(names.map(|name| self.source_frame(name)).collect::<Result<Vec<_>, _>>().map(|told| {
            let mut frames = Frames::default();
            for frame in &told {
                frames.story(frame);
            }
            frames.story(&StoryFrame::Committed { sequence });
            frames
        }));
    }

    /// Tells readers of a commit.
    pub(super) fn tell(&self, commit: &Commit, regrouped: &Regrouped, sequence: u64) {
        self.offer(self.frames(commit, regrouped, sequence));
    }

    fn frames(&self, commit: &Commit, regrouped: &Regrouped, sequence: u64) -> Result<Frames, StoreError> {
        let mut frames = Frames::default();
        let placed = commit.placements.iter().chain(&regrouped.moved).map(|placement| placement.document);
        let texts = commit.documents.iter().chain(&commit.mended).map(|pair| pair.0.id);
        let changed: BTreeSet<DocumentId> = placed.chain(texts).collect();
        for id in changed {
            if let Some(frame) = self.document_frame(id)? {
                frames.document(&frame);
            }
        }
        for (name, _) in &commit.states {
            frames.story(&self.source_frame(name)?);
        }
        for (id, record) in &regrouped.stories {
            if let Some(frame) = self.story_frame(*id, record)? {
                frames.story(&frame);
            }
        }
        for (gone, kept) in &regrouped.aliases {
            frames.story(&StoryFrame::Alias { gone: *gone, kept: *kept });
        }
        for (gone, kept) in &regrouped.articles {
            frames.story(&StoryFrame::ArticleAlias { gone: *gone, kept: *kept });
        }
        for (number, word) in &commit.words {
            frames.story(&StoryFrame::Word { number: *number, word: word.clone().map(Box::new) });
        }
        frames.story(&StoryFrame::Committed { sequence });
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
        Ok(views::story(id, &documents, false).map(|view| StoryFrame::Story { view, born, grown }))
    }

    /// A document with everything that belongs to it.
    pub(super) fn document_frame(&self, id: DocumentId) -> Result<Option<DocumentFrame>, StoreError> {
        let (document, features, placement) = (self.document(id)?, self.features(id)?, self.placement(id)?);
        Ok(document.zip(features).zip(placement).map(|((document, features), placement)| DocumentFrame {
            document,
            features,
            placement,
        }))
    }

    /// Writes the readers' log anew from the store.
    fn rewrite_log(&self) -> Result<(), StoreError> {
        let mut frames = Frames::default();
        for (id, _) in self.all::<Document>(DOCUMENT)? {
            if let Some(frame) = self.document_frame(DocumentId(number(&id)))? {
                frames.document(&frame);
            }
        }
        let mut names = BTreeSet::new();
        for tag in [SOURCE, MIRRORED] {
            names.extend(self.all::<Source>(tag)?.into_iter().map(|(_, source)| source.name));
        }
        for name in names {
            frames.story(&self.source_frame(&name)?);
        }
        for (id, record) in self.all::<StoryRecord>(STORY)? {
            if let Some(frame) = self.story_frame(StoryId(number(&id)), &record)? {
                frames.story(&frame);
            }
        }
        for (gone, kept) in self.all::<StoryId>(STORY_ALIAS)? {
            frames.story(&StoryFrame::Alias { gone: StoryId(number(&gone)), kept });
        }
        for (gone, kept) in self.all::<ArticleId>(ARTICLE_ALIAS)? {
            frames.story(&StoryFrame::ArticleAlias { gone: ArticleId(number(&gone)), kept });
        }
        for word in self.words()? {
            frames.story(&StoryFrame::Word { number: word.number, word: Some(Box::new(word)) });
        }
        frames.story(&StoryFrame::Committed { sequence: self.sequence()? });
        frames.replace(&self.folder)
    }
}
