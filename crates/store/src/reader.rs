//! Reads the store beside whoever writes, without waiting: what `list`, `show`, `explain` and `doctor` see.
//!
//! One face over two sides, files (`folder_reader`) and a server (`postgres/reader`), with the same answers. A
//! reader sees one state of the store for as long as it lives.

use super::error::StoreError;
use super::folder_reader::FolderReader;
use super::log::Holdings;
use super::postgres::{Address, ServerReader};
use super::story_head::StoryHead;
use jiff::Timestamp;
use samestory_model::{
    ArticleId, Document, DocumentId, Evidence, Features, ReaderWord, Role, Source, SourceState, StoryId, StoryView,
};
use std::path::Path;

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

/// A document with what it is compared by and where it is.
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentFrame {
    /// The document.
    pub document: Document,
    /// What it is compared by.
    pub features: Features,
    /// Where it is and why.
    pub placement: Standing,
}

/// A placement as readers are told of it: without the rules that decided, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Its article.
    pub article: ArticleId,
    /// Its story.
    pub story: StoryId,
    /// Its part in the article.
    pub role: Role,
    /// Why it is there.
    pub evidence: Vec<Evidence>,
}

#[derive(Debug)]
enum Side {
    Folder(Box<FolderReader>),
    Server(Box<ServerReader>),
}

/// A store as it was when it was opened for reading.
#[derive(Debug)]
pub struct Reader(Side);

/// The same question to either side.
macro_rules! either {
    ($of:expr, $side:ident => $answer:expr) => {
        match &$of.0 {
            Side::Folder($side) => $answer,
            Side::Server($side) => $answer,
        }
    };
}

impl Reader {
    /// Opens the readers' side of the store in a folder.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        Ok(Self(Side::Folder(Box::new(FolderReader::open(folder)?))))
    }

    /// Opens the readers' side of the store on a server.
    pub(super) fn connect(address: &Address) -> Result<Self, StoreError> {
        Ok(Self(Side::Server(Box::new(ServerReader::open(address)?))))
    }

    /// The last commit's number: where a cursor stands that has seen everything.
    pub fn sequence(&self) -> u64 {
        either!(self, side => side.sequence())
    }

    /// How much the store holds.
    pub fn holds(&self) -> Holdings {
        either!(self, side => side.holds())
    }

    /// A story in full, by what is known of it.
    pub fn view(&self, head: &StoryHead) -> Result<Listed, StoreError> {
        either!(self, side => side.view(head))
    }

    /// Stories that were born or grew after a commit, in the order of their ids.
    pub fn changed_since(&self, sequence: u64) -> Result<Vec<StoryHead>, StoreError> {
        either!(self, side => side.changed_since(sequence))
    }

    /// About how many stories were born or grew after a commit; never less than there are.
    pub fn changes_since(&self, sequence: u64) -> Result<u64, StoreError> {
        either!(self, side => side.changes_since(sequence))
    }

    /// Every story, the latest published first.
    pub fn by_time(&self) -> impl Iterator<Item = Result<StoryHead, StoreError>> {
        let heads: Box<dyn Iterator<Item = _>> = match &self.0 {
            Side::Folder(side) => Box::new(side.by_time()),
            Side::Server(side) => Box::new(side.by_time()),
        };
        heads
    }

    /// Stories that were published since a time, the latest first.
    pub fn published_since(&self, time: Timestamp) -> impl Iterator<Item = Result<StoryHead, StoreError>> {
        self.by_time().take_while(move |head| head.as_ref().map_or(true, |head| !head.is_before(time)))
    }

    /// Every story in full, in the order of their ids. Reads all of them: a list wants [`Reader::by_time`].
    pub fn stories(&self) -> Result<Vec<Listed>, StoreError> {
        either!(self, side => side.stories())
    }

    /// What is known of a story under its own id.
    pub fn head(&self, id: StoryId) -> Result<Option<StoryHead>, StoreError> {
        either!(self, side => side.head(id))
    }

    /// The story of an id, or the one that it was merged into.
    pub fn story(&self, id: StoryId) -> Result<Option<Listed>, StoreError> {
        either!(self, side => side.story(id))
    }

    /// The article of an id: itself, or the one that it was merged into.
    pub fn article(&self, id: ArticleId) -> Result<ArticleId, StoreError> {
        either!(self, side => side.article(id))
    }

    /// The story that an article, or the one that it was merged into, stands in.
    pub fn story_of_article(&self, id: ArticleId) -> Result<Option<StoryId>, StoreError> {
        either!(self, side => side.story_of_article(id))
    }

    /// The story that a document stands in.
    pub fn story_of_document(&self, id: DocumentId) -> Result<Option<StoryId>, StoreError> {
        either!(self, side => side.story_of_document(id))
    }

    /// Documents that stand at an address, by its canonical key: one, and its earlier revisions.
    pub fn documents_at(&self, key: &str) -> Result<Vec<DocumentId>, StoreError> {
        either!(self, side => side.documents_at(key))
    }

    /// A story with the texts of its documents.
    pub fn story_whole(&self, id: StoryId) -> Result<Option<StoryView>, StoreError> {
        either!(self, side => side.story_whole(id))
    }

    /// One document with what it is compared by and where it is.
    pub fn document(&self, id: DocumentId) -> Result<Option<DocumentFrame>, StoreError> {
        either!(self, side => side.document(id))
    }

    /// A document and what it is compared by, without its place: one look-up and one reading.
    pub fn text(&self, id: DocumentId) -> Result<Option<(Document, Features)>, StoreError> {
        either!(self, side => side.text(id))
    }

    /// Every document, in the order of their ids. Reads all of them.
    pub fn documents(&self) -> Result<Vec<DocumentFrame>, StoreError> {
        either!(self, side => side.documents())
    }

    /// The reader's words that stand, in the order in which they were given.
    pub fn words(&self) -> impl Iterator<Item = &ReaderWord> {
        either!(self, side => side.words()).values()
    }

    /// Sources and what is known of them, by name.
    pub fn sources(&self) -> impl Iterator<Item = &(Source, SourceState)> {
        either!(self, side => side.sources()).values()
    }
}
