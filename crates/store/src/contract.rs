//! What an engine promises: what is handed in and out, [`Store`] for the one writer, [`ReadStore`] for readers.
//!
//! A third engine brings these two, and an arm in each method of `location` (notes, locks, a throw-away place).

use crate::error::StoreError;
use crate::holdings::Totals;
use crate::read_model::{DocumentFrame, Listed};
use crate::story_head::StoryHead;
use crate::workers::Workers;
use jiff::Timestamp;
use samestory_model::{
    ArticleId, Document, DocumentId, Features, Placement, Source, SourceId, SourceState, StoredOverride, StoryId,
    StoryView, Validators,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use url::Url;

/// What is remembered about one item of a source, so that it is not new twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemRecord {
    /// Its address, where it has one.
    pub url: Option<Url>,
    /// The document that was made of it; `None` while its page waits or where it gave none.
    pub document: Option<DocumentId>,
    /// Hash of what the feed said, or of the file's bytes, to notice a change.
    pub content: u64,
    /// When it was first seen.
    pub seen: Timestamp,
}

/// An item whose article page waits for a later pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Which source brought it.
    pub source: SourceId,
    /// The item, as the feed gave it.
    pub item: samestory_model::Item,
    /// How often its page was asked for in vain.
    pub tries: u32,
    /// Not before this time.
    pub not_before: Option<Timestamp>,
}

/// What another module learned of a host, in that module's own form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Learned {
    /// The version of that form; 0 where nothing is learned.
    pub version: u8,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Learned {
    /// What was learned, in a version of its form; no bytes are nothing.
    pub fn of(version: u8, bytes: Vec<u8>) -> Self {
        Self { version: if bytes.is_empty() { 0 } else { version }, bytes }
    }
}

/// What is remembered about a host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostRecord {
    /// What its robots.txt said, in the form of `fetch`; empty where it was never asked.
    pub robots: Learned,
    /// Nothing is asked there before this time.
    pub paused_until: Option<Timestamp>,
    /// Repeated blocks learned from its pages, in the form of `extract`.
    pub blocks: Learned,
}

/// What is remembered about an article page that was fetched, so that it is sent again only where it changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageRecord {
    /// The address that answered, after redirects.
    pub url: Url,
    /// What it gave to ask by.
    pub validators: Validators,
}

/// Everything that one step of a pass changes; stored whole or not at all.
#[derive(Debug, Clone, Default)]
pub struct Commit {
    /// The source's new state.
    pub states: Vec<(SourceId, SourceState)>,
    /// Items that were seen or got their document.
    pub items: Vec<(SourceId, String, ItemRecord)>,
    /// New documents with what they are compared by.
    pub documents: Vec<(Document, Features)>,
    /// Stored documents whose text was made better where it stands, with what they are compared by now.
    pub mended: Vec<(Document, Features)>,
    /// Further addresses, as canonical keys, at which a document was found.
    pub addresses: Vec<(String, DocumentId)>,
    /// New and changed placements.
    pub placements: Vec<Placement>,
    /// Stories that are now another: (gone, kept).
    pub merged_stories: Vec<(StoryId, StoryId)>,
    /// Articles that are now another: (gone, kept).
    pub merged_articles: Vec<(ArticleId, ArticleId)>,
    /// Hosts.
    pub hosts: Vec<(String, HostRecord)>,
    /// Article pages that were fetched, by canonical key.
    pub pages: Vec<(String, PageRecord)>,
    /// Items that wait for their page, by the key of [`waiting_key`].
    pub queue: BTreeMap<String, Option<Waiting>>,
    /// The user overrides by number; `None` for one that is taken back.
    pub words: Vec<(u64, Option<StoredOverride>)>,
}

impl Commit {
    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.states.is_empty()
            && self.items.is_empty()
            && self.documents.is_empty()
            && self.mended.is_empty()
            && self.addresses.is_empty()
            && self.placements.is_empty()
            && self.merged_stories.is_empty()
            && self.merged_articles.is_empty()
            && self.hosts.is_empty()
            && self.pages.is_empty()
            && self.queue.is_empty()
            && self.words.is_empty()
    }
}

/// Key of a waiting item.
pub fn waiting_key(source: &SourceId, item: &str) -> String {
    format!("{source}\u{0}{item}")
}

/// What is kept; a story goes whole, with everything that belongs to it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retention {
    /// Stories whose last document was published or first seen at this time or later.
    pub since: Option<Timestamp>,
    /// At most so many documents: the stories that ended first go first.
    pub documents: Option<u64>,
    /// At most so many bytes of documents and their features, likewise.
    pub bytes: Option<u64>,
}

/// What was purged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Purged {
    /// Stories.
    pub stories: u64,
    /// Documents.
    pub documents: u64,
}

/// What a store promises to its one writer.
///
/// Reads see every commit that returned. [`Store::commit`] is atomic and durable: after it returned,
/// power may fail; if it returns an error, nothing of it is stored. It succeeds even if the change log could not be
/// written; [`Store::behind`] says so.
pub trait Store: Send + Sync {
    /// Sources that were added by command, by name.
    fn sources(&self) -> Result<Vec<Source>, StoreError>;
    /// Adds or replaces sources, all of them or none.
    fn put_sources(&self, sources: &[Source]) -> Result<(), StoreError>;
    /// Makes the configured sources visible to readers. They are not followed by this, and
    /// [`Store::sources`] never holds them. Of one that is not named any more the state stays, unless
    /// it is gone: a source that comes back is polled anew.
    fn mirror_sources(&self, sources: &[Source]) -> Result<(), StoreError>;
    /// Stops following a source and forgets its state; its documents stay. `false` where it was not there.
    fn remove_source(&self, name: &SourceId) -> Result<bool, StoreError>;
    /// What is known of a source; the default for one that was never polled.
    fn state(&self, name: &SourceId) -> Result<SourceState, StoreError>;
    /// What is known of an item.
    fn item(&self, source: &SourceId, item: &str) -> Result<Option<ItemRecord>, StoreError>;
    /// A document.
    fn document(&self, id: DocumentId) -> Result<Option<Document>, StoreError>;
    /// A document's features.
    fn features(&self, id: DocumentId) -> Result<Option<Features>, StoreError>;
    /// Documents with what they are compared by, in the order in which they are named; one that is not there is
    /// passed over.
    fn recall(&self, ids: &[DocumentId], each: &mut dyn FnMut(Document, Features)) -> Result<(), StoreError> {
        for id in ids {
            if let (Some(document), Some(features)) = (self.document(*id)?, self.features(*id)?) {
                each(document, features);
            }
        }
        Ok(())
    }
    /// A document's placement.
    fn placement(&self, id: DocumentId) -> Result<Option<Placement>, StoreError>;
    /// The latest document at a canonical key.
    fn document_at(&self, key: &str) -> Result<Option<DocumentId>, StoreError>;
    /// The latest document at each address of a host.
    fn documents_on(&self, host: &str) -> Result<Vec<DocumentId>, StoreError>;
    /// Gives the documents that were published or first seen at `since` or later, of these the latest
    /// `most`, one by one in the order of their placement. Never holds more than one of them.
    fn window(
        &self,
        since: Timestamp,
        most: usize,
        each: &mut dyn FnMut(Document, Features, Placement),
    ) -> Result<(), StoreError>;
    /// The user overrides that stand, in the order in which they were given.
    fn words(&self) -> Result<Vec<StoredOverride>, StoreError>;
    /// The number of the next word: above every one that was ever given.
    fn next_word(&self) -> Result<u64, StoreError>;
    /// What is known of a host.
    fn host(&self, name: &str) -> Result<HostRecord, StoreError>;
    /// What is known of an article page, by its canonical key.
    fn page(&self, key: &str) -> Result<Option<PageRecord>, StoreError>;
    /// Items that wait for their page, newest first.
    fn waiting(&self) -> Result<Vec<Waiting>, StoreError>;
    /// Items of one source that wait for their page.
    fn waiting_of(&self, source: &SourceId) -> Result<Vec<Waiting>, StoreError> {
        Ok(self.waiting()?.into_iter().filter(|waiting| waiting.source == *source).collect())
    }
    /// Stores a step of a pass.
    fn commit(&self, commit: &Commit) -> Result<(), StoreError>;
    /// What [`Store::purge`] would remove.
    fn would_purge(&self, keep: &Retention) -> Result<Purged, StoreError>;
    /// Removes what is not to be kept. Of items and addresses that go a hash stays.
    fn purge(&self, keep: &Retention) -> Result<Purged, StoreError>;
    /// Whether an item, or what stood at a canonical key, was purged: it is not new, though nothing is known of it.
    fn was_purged(&self, source: &SourceId, item: &str, address: &str) -> Result<bool, StoreError>;
    /// How much it holds.
    fn holds(&self) -> Result<Totals, StoreError>;
    /// Why readers do not see the latest commit yet; `None` where they do.
    fn behind(&self) -> Option<String> {
        None
    }
    /// Writes everything into one file (docs/BACKUP.md) and returns the number of its lines. A file that is there
    /// is replaced at the end.
    fn backup(&self, path: &Path, now: Timestamp) -> Result<u64, StoreError>;
    /// Reads everything and says what is wrong, a sentence each. As long as nothing better is known of an engine, it
    /// reads what a backup would hold.
    fn check_deep(&self) -> Result<Vec<String>, StoreError> {
        let folder = std::env::temp_dir();
        let scratch = tempfile::tempdir_in(&folder).map_err(|error| StoreError::disk(&folder, &error))?;
        match self.backup(&scratch.path().join("read"), Timestamp::UNIX_EPOCH) {
            Ok(_) => Ok(Vec::new()),
            Err(error @ StoreError::Damaged { .. }) => Ok(vec![error.to_string()]),
            Err(error) => Err(error),
        }
    }
    /// Whether a day has gone by since upkeep was last looked at.
    fn upkeep_is_due(&self, now: Timestamp) -> Result<bool, StoreError>;
    /// Notes that upkeep was looked at.
    fn note_upkeep(&self, now: Timestamp) -> Result<(), StoreError>;
    /// Whether it takes more than so many times the bytes in use, and writing it anew would help.
    fn is_fragmented(&self, ratio: f64) -> Result<bool, StoreError>;
    /// Writes it anew without what is no longer used; returns the bytes that it took before and takes now.
    fn compact(self: Box<Self>) -> Result<(u64, u64), StoreError>;
    /// What this worker settles with others that write to the same store; `None` where there is one writer.
    fn fleet(&self) -> Option<&dyn Workers> {
        None
    }
}

/// What readers are given of one state of a store, which stays the same for as long as this lives.
pub trait ReadStore: std::fmt::Debug + Send + Sync {
    /// The last commit's number: where a cursor stands that has seen everything.
    fn sequence(&self) -> u64;
    /// How much the store holds.
    fn holds(&self) -> Totals;
    /// A story in full, by what is known of it.
    fn view(&self, head: &StoryHead) -> Result<Listed, StoreError>;
    /// Stories that were born or grew after a commit, in the order of their ids.
    fn changed_since(&self, sequence: u64) -> Result<Vec<StoryHead>, StoreError>;
    /// About how many stories were born or grew after a commit; never less than there are.
    fn changes_since(&self, sequence: u64) -> Result<u64, StoreError>;
    /// Every story in full, in the order of their ids. Reads all of them: a list wants [`ReadStore::by_time`].
    fn stories(&self) -> Result<Vec<Listed>, StoreError>;
    /// What is known of a story under its own id.
    fn head(&self, id: StoryId) -> Result<Option<StoryHead>, StoreError>;
    /// The story of an id, or the one that it was merged into.
    fn story(&self, id: StoryId) -> Result<Option<Listed>, StoreError>;
    /// The article of an id: itself, or the one that it was merged into.
    fn article(&self, id: ArticleId) -> Result<ArticleId, StoreError>;
    /// The story that an article, or the one that it was merged into, stands in.
    fn story_of_article(&self, id: ArticleId) -> Result<Option<StoryId>, StoreError>;
    /// The story that a document stands in.
    fn story_of_document(&self, id: DocumentId) -> Result<Option<StoryId>, StoreError>;
    /// Documents that stand at an address, by its canonical key: one, and its earlier revisions.
    fn documents_at(&self, key: &str) -> Result<Vec<DocumentId>, StoreError>;
    /// A story with the texts of its documents.
    fn story_whole(&self, id: StoryId) -> Result<Option<StoryView>, StoreError>;
    /// One document with what it is compared by and where it is.
    fn document(&self, id: DocumentId) -> Result<Option<DocumentFrame>, StoreError>;
    /// A document and what it is compared by, without its place: one look-up and one reading.
    fn text(&self, id: DocumentId) -> Result<Option<(Document, Features)>, StoreError>;
    /// Every document, in the order of their ids. Reads all of them.
    fn documents(&self) -> Result<Vec<DocumentFrame>, StoreError>;
    /// Every story, the latest published first.
    fn by_time(&self) -> Box<dyn Iterator<Item = Result<StoryHead, StoreError>> + '_>;
    /// The user overrides that stand, by the order in which they were given.
    fn words(&self) -> &BTreeMap<u64, StoredOverride>;
    /// Sources and what is known of them, by name.
    fn sources(&self) -> &BTreeMap<String, (Source, SourceState)>;
}
