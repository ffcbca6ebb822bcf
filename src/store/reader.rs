//! Reads the store beside a writer, without a lock: what `list`, `show`, `explain` and `doctor` see.

use super::error::StoreError;
use super::log::{self, DocumentFrame, StoryFrame, read_documents, read_stories};
use crate::model::{ArticleId, DocumentId, ReaderWord, Source, SourceState, StoryId, StoryView};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

/// A story with the sequence numbers at which it came up.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// The story, without texts.
    pub view: StoryView,
    /// When it was born.
    pub born: u64,
    /// When it last grew, 0 for never.
    pub grown: u64,
}

/// A store as it was after the last commit that its log holds.
#[derive(Debug)]
pub struct Reader {
    folder: PathBuf,
    stories: BTreeMap<StoryId, Listed>,
    aliases: HashMap<StoryId, StoryId>,
    articles: HashMap<ArticleId, ArticleId>,
    sources: BTreeMap<String, (Source, SourceState)>,
    words: BTreeMap<u64, ReaderWord>,
    sequence: u64,
}

impl Reader {
    /// Opens the readers' side of the store in a folder.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        if !log::stories(folder).exists() {
            return Err(StoreError::Missing { path: folder.to_owned() });
        }
        let mut reader = Self {
            folder: folder.to_owned(),
            stories: BTreeMap::new(),
            aliases: HashMap::new(),
            articles: HashMap::new(),
            sources: BTreeMap::new(),
            words: BTreeMap::new(),
            sequence: 0,
        };
        // Frames after the last commit mark belong to a commit that is still being written.
        let frames = read_stories(folder)?;
        let end =
            frames.iter().rposition(|frame| matches!(frame, StoryFrame::Committed { .. })).map_or(0, |place| place + 1);
        for (place, frame) in frames.into_iter().enumerate() {
            match frame {
                StoryFrame::Source { source, state } => {
                    reader.sources.insert(source.name.0.clone(), (*source, *state));
                }
                StoryFrame::Unfollowed { name } => {
                    reader.sources.remove(&name);
                }
                _ if place >= end => {}
                StoryFrame::Story { view, born, grown } => {
                    // One that was another is itself again.
                    reader.aliases.remove(&view.story);
                    reader.stories.insert(view.story, Listed { view, born, grown });
                }
                StoryFrame::Alias { gone, kept } => {
                    reader.stories.remove(&gone);
                    reader.aliases.insert(gone, kept);
                }
                StoryFrame::ArticleAlias { gone, kept } => {
                    reader.articles.insert(gone, kept);
                }
                StoryFrame::Word { number, word } => {
                    match word {
                        Some(word) => reader.words.insert(number, *word),
                        None => reader.words.remove(&number),
                    };
                }
                StoryFrame::Committed { sequence } => reader.sequence = sequence,
            }
        }
        Ok(reader)
    }

    /// The last commit's number: where a cursor stands that has seen everything.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Every story.
    pub fn stories(&self) -> impl Iterator<Item = &Listed> {
        self.stories.values()
    }

    /// The story of an id, or the one that it was merged into.
    pub fn story(&self, id: StoryId) -> Option<&Listed> {
        self.stories.get(self.aliases.get(&id).unwrap_or(&id))
    }

    /// The article of an id: itself, or the one that it was merged into.
    pub fn article(&self, id: ArticleId) -> ArticleId {
        self.articles.get(&id).copied().unwrap_or(id)
    }

    /// A story with the texts of its documents.
    pub fn story_whole(&self, id: StoryId) -> Result<Option<StoryView>, StoreError> {
        let Some(listed) = self.story(id) else { return Ok(None) };
        let wanted: Vec<DocumentId> =
            listed.view.articles.iter().flat_map(|article| &article.documents).map(|shown| shown.document).collect();
        let frames = read_documents(&self.folder, &|id| wanted.contains(&id))?;
        let documents: Vec<_> = frames.into_iter().map(|frame| (frame.document, frame.placement)).collect();
        Ok(super::views::story(listed.view.story, &documents, true).or_else(|| Some(listed.view.clone())))
    }

    /// One document with what it is compared by and where it is.
    pub fn document(&self, id: DocumentId) -> Result<Option<DocumentFrame>, StoreError> {
        Ok(read_documents(&self.folder, &|other| other == id)?.pop())
    }

    /// Every document, in the order of their ids.
    pub fn documents(&self) -> Result<Vec<DocumentFrame>, StoreError> {
        read_documents(&self.folder, &|_| true)
    }

    /// The reader's words that stand, in the order in which they were given.
    pub fn words(&self) -> impl Iterator<Item = &ReaderWord> {
        self.words.values()
    }

    /// Sources and what is known of them, by name.
    pub fn sources(&self) -> impl Iterator<Item = &(Source, SourceState)> {
        self.sources.values()
    }
}
