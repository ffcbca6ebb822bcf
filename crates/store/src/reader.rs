//! Reads the store beside its writers, without waiting: what `list`, `show`, `explain` and `doctor` see.
//!
//! One face over two sides, files (`folder_reader`) and a server (`postgres/reader`), with the same answers. A
//! reader sees one state of the store for as long as it lives.

use super::contract::ReadStore;
use super::error::StoreError;
use super::files::folder_reader::FolderReader;
use super::holdings::Totals;
use super::postgres;
use super::read_model::{DocumentFrame, Listed};
use super::server_address::Address;
use super::story_head::StoryHead;
use jiff::Timestamp;
use samestory_model::{
    ArticleId, Document, DocumentId, Features, Source, SourceState, StoredOverride, StoryId, StoryView,
};
use std::path::Path;

/// A store as it was when it was opened for reading.
#[derive(Debug)]
pub struct Reader(Box<dyn ReadStore>);

impl Reader {
    /// Opens the readers' side of the store in a folder.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        Ok(Self(Box::new(FolderReader::open(folder)?)))
    }

    /// Opens the readers' side of the store on a server.
    pub(super) fn connect(address: &Address) -> Result<Self, StoreError> {
        postgres::reader(address).map(Self)
    }

    /// The last commit's number: where a cursor stands that has seen everything.
    pub fn sequence(&self) -> u64 {
        self.0.sequence()
    }

    /// How much the store holds.
    pub fn holds(&self) -> Totals {
        self.0.holds()
    }

    /// A story in full, by what is known of it.
    pub fn view(&self, head: &StoryHead) -> Result<Listed, StoreError> {
        self.0.view(head)
    }

    /// Stories that were born or grew after a commit, in the order of their ids.
    pub fn changed_since(&self, sequence: u64) -> Result<Vec<StoryHead>, StoreError> {
        self.0.changed_since(sequence)
    }

    /// About how many stories were born or grew after a commit; never less than there are.
    pub fn changes_since(&self, sequence: u64) -> Result<u64, StoreError> {
        self.0.changes_since(sequence)
    }

    /// Every story, the latest published first.
    pub fn by_time(&self) -> impl Iterator<Item = Result<StoryHead, StoreError>> {
        self.0.by_time()
    }

    /// Stories that were published since a time, the latest first.
    pub fn published_since(&self, time: Timestamp) -> impl Iterator<Item = Result<StoryHead, StoreError>> {
        self.by_time().take_while(move |head| head.as_ref().map_or(true, |head| !head.is_before(time)))
    }

    /// Every story in full, in the order of their ids. Reads all of them: a list wants [`Reader::by_time`].
    pub fn stories(&self) -> Result<Vec<Listed>, StoreError> {
        self.0.stories()
    }

    /// What is known of a story under its own id.
    pub fn head(&self, id: StoryId) -> Result<Option<StoryHead>, StoreError> {
        self.0.head(id)
    }

    /// The story of an id, or the one that it was merged into.
    pub fn story(&self, id: StoryId) -> Result<Option<Listed>, StoreError> {
        self.0.story(id)
    }

    /// The article of an id: itself, or the one that it was merged into.
    pub fn article(&self, id: ArticleId) -> Result<ArticleId, StoreError> {
        self.0.article(id)
    }

    /// The story that an article, or the one that it was merged into, stands in.
    pub fn story_of_article(&self, id: ArticleId) -> Result<Option<StoryId>, StoreError> {
        self.0.story_of_article(id)
    }

    /// The story that a document stands in.
    pub fn story_of_document(&self, id: DocumentId) -> Result<Option<StoryId>, StoreError> {
        self.0.story_of_document(id)
    }

    /// Documents that stand at an address, by its canonical key: one, and its earlier revisions.
    pub fn documents_at(&self, key: &str) -> Result<Vec<DocumentId>, StoreError> {
        self.0.documents_at(key)
    }

    /// A story with the texts of its documents.
    pub fn story_whole(&self, id: StoryId) -> Result<Option<StoryView>, StoreError> {
        self.0.story_whole(id)
    }

    /// One document with what it is compared by and where it is.
    pub fn document(&self, id: DocumentId) -> Result<Option<DocumentFrame>, StoreError> {
        self.0.document(id)
    }

    /// A document and what it is compared by, without its place: one look-up and one reading.
    pub fn text(&self, id: DocumentId) -> Result<Option<(Document, Features)>, StoreError> {
        self.0.text(id)
    }

    /// Every document, in the order of their ids. Reads all of them.
    pub fn documents(&self) -> Result<Vec<DocumentFrame>, StoreError> {
        self.0.documents()
    }

    /// The user overrides that stand, in the order in which they were given.
    pub fn words(&self) -> impl Iterator<Item = &StoredOverride> {
        self.0.words().values()
    }

    /// Sources and what is known of them, by name.
    pub fn sources(&self) -> impl Iterator<Item = &(Source, SourceState)> {
        self.0.sources().values()
    }
}
