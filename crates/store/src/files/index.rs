//! What readers look up: where each story and document lies, by id, by time, by change, by address.
//!
//! An index on disk (`sstable`) covers the readers' log up to a length; what came after is read into a
//! [`Memtable`], which lies over it. The writer folds the tail into a new index when it has grown, so that
//! opening a store of a million documents reads a few thousand bytes and at most some megabytes of log.

use super::document_log::Located;
use super::log::{self, Log};
use super::memtable::Memtable;
use super::sstable::{Sections, Writing, merged};
use crate::Totals;
use crate::error::StoreError;
use crate::keys::{address_hash, number};
use crate::story_head::StoryHead;
use samestory_model::{ArticleId, DocumentId, Source, SourceState, StoredOverride, StoryId};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The head of an index.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Head {
    /// Number of the readers' log that it belongs to.
    pub(crate) log: u64,
    /// Bytes of that log that it covers.
    pub(crate) covered: u64,
    /// The last commit that it covers.
    pub(crate) sequence: u64,
    /// What the store held then.
    pub(crate) holds: Totals,
    /// Sources, by name.
    pub(crate) sources: BTreeMap<String, (Source, SourceState)>,
    /// The user overrides that stand, by number.
    pub(crate) words: BTreeMap<u64, StoredOverride>,
}

/// Numbers of the tables, and the widths of their entries.
const STORIES: usize = 0;
const TIMES: usize = 1;
const CHANGES: usize = 2;
const DOCUMENTS: usize = 3;
const ARTICLES: usize = 4;
const ALIASES: usize = 5;
const ARTICLE_ALIASES: usize = 6;
const ADDRESSES: usize = 7;
const WIDTHS: [usize; 8] = [44, 44, 16, 32, 16, 16, 16, 16];

/// An index file.
pub(crate) type Index = Sections<Head>;

/// Opens the index of a generation; `None` where there is none.
pub(crate) fn open(generation: &Path) -> Result<Option<Index>, StoreError> {
    let path = path(generation);
    let index = Index::open(&path)?;
    if index.as_ref().is_some_and(|index| index.tables().len() != WIDTHS.len()) {
        return Err(StoreError::Log { path, what: "it has other tables".to_owned() });
    }
    Ok(index)
}

/// The index of a generation whose own is absent or does not open, made of its log in a temporary file that goes with
/// it; `None` where no log reads whole. Readers go on by it until a writer makes another.
pub(crate) fn made_anew(generation: &Path) -> Result<Option<Index>, StoreError> {
    for number in log::numbers(generation).into_iter().rev() {
        let read = Log::open(generation, number).ok().and_then(|log| Memtable::read(&log, 0).ok());
        let Some((tail, (sequence, holds))) = read.and_then(|tail| tail.committed.map(|last| (tail, last))) else {
            continue;
        };
        let sources = tail.sources.iter().filter_map(|(name, known)| Some((name.clone(), known.clone()?))).collect();
        let words = tail.words.iter().filter_map(|(number, word)| Some((*number, word.clone()?))).collect();
        let head = Head { log: number, covered: tail.end, sequence, holds, sources, words };
        let folder = std::env::temp_dir();
        let scratch = tempfile::tempdir_in(&folder).map_err(|error| StoreError::disk(&folder, &error))?;
        fold(scratch.path(), &head, None, &tail)?;
        return open(scratch.path());
    }
    Ok(None)
}

/// Path of the index in a generation's folder.
pub(crate) fn path(generation: &Path) -> PathBuf {
    generation.join("index")
}

/// A document as the index knows it: in which story, and where it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Whereabouts {
    pub(crate) story: StoryId,
    pub(crate) at: Located,
}

fn document_entry(id: DocumentId, known: &Whereabouts) -> Vec<u8> {
    let mut entry: Vec<u8> =
        [id.0, known.story.0, known.at.offset].iter().flat_map(|number| number.to_be_bytes()).collect();
    entry.extend(known.at.document.to_be_bytes());
    entry.extend(known.at.features.to_be_bytes());
    entry
}

fn read_document(entry: &[u8]) -> Whereabouts {
    let short = |at: usize| u32::from_be_bytes(entry[at..at + 4].try_into().expect("four bytes"));
    let at = Located { offset: number(entry, 16), document: short(24), features: short(28) };
    Whereabouts { story: StoryId(number(entry, 8)), at }
}

fn pair(first: u64, second: u64) -> Vec<u8> {
    [first.to_be_bytes(), second.to_be_bytes()].concat()
}

/// An index with the tail of its log over it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lookup<'a> {
    pub(crate) index: &'a Index,
    pub(crate) tail: &'a Memtable,
}

impl<'a> Lookup<'a> {
    /// The story that an id stands for: itself, or what it was merged into.
    pub(crate) fn alias(&self, id: StoryId) -> Result<StoryId, StoreError> {
        if let Some(kept) = self.tail.aliases.get(&id) {
            return Ok(*kept);
        }
        // One that was another is itself again.
        if matches!(self.tail.stories.get(&id), Some(Some(_))) {
            return Ok(id);
        }
        let kept = self.index.table(ALIASES).get(&id.key())?.map_or(id, |entry| StoryId(number(&entry, 8)));
        // What stayed then may have gone since.
        Ok(self.tail.aliases.get(&kept).copied().unwrap_or(kept))
    }

    /// The article that an id stands for.
    pub(crate) fn article_alias(&self, id: ArticleId) -> Result<ArticleId, StoreError> {
        if let Some(kept) = self.tail.article_aliases.get(&id) {
            return Ok(*kept);
        }
        // One that was another is itself again.
        if matches!(self.tail.articles.get(&id), Some(Some(_))) {
            return Ok(id);
        }
        let kept = self.index.table(ARTICLE_ALIASES).get(&id.key())?.map_or(id, |entry| ArticleId(number(&entry, 8)));
        Ok(self.tail.article_aliases.get(&kept).copied().unwrap_or(kept))
    }

    /// A story under its own id.
    pub(crate) fn story(&self, id: StoryId) -> Result<Option<StoryHead>, StoreError> {
        match self.tail.stories.get(&id) {
            Some(known) => Ok(*known),
            None => Ok(self.index.table(STORIES).get(&id.key())?.map(|entry| StoryHead::read(&entry))),
        }
    }

    /// The story that an article stands in, under its own id.
    pub(crate) fn story_of(&self, id: ArticleId) -> Result<Option<StoryId>, StoreError> {
        match self.tail.articles.get(&id) {
            Some(known) => Ok(*known),
            None => Ok(self.index.table(ARTICLES).get(&id.key())?.map(|entry| StoryId(number(&entry, 8)))),
        }
    }

    /// Where a document is.
    pub(crate) fn document(&self, id: DocumentId) -> Result<Option<Whereabouts>, StoreError> {
        let stored = self.index.table(DOCUMENTS).get(&id.key())?.map(|entry| read_document(&entry));
        let story = match self.tail.in_story.get(&id) {
            Some(known) => *known,
            None => stored.map(|known| known.story),
        };
        let at = self.tail.located.get(&id).copied().or(stored.map(|known| known.at));
        Ok(story.zip(at).map(|(story, at)| Whereabouts { story, at }))
    }

    /// Every document's id, in their order.
    pub(crate) fn documents(&self) -> Result<Vec<DocumentId>, StoreError> {
        let mut found: BTreeSet<DocumentId> = BTreeSet::new();
        for entry in self.index.table(DOCUMENTS).from(0) {
            found.insert(DocumentId(number(&entry?, 0)));
        }
        for (id, story) in &self.tail.in_story {
            if story.is_some() {
                found.insert(*id)
            } else {
                found.remove(id)
            };
        }
        Ok(found.into_iter().collect())
    }

    /// Documents that stand, or stood, at an address.
    pub(crate) fn at(&self, key: &str) -> Result<Vec<DocumentId>, StoreError> {
        let hash = address_hash(key);
        let stored = self.index.table(ADDRESSES).with(&hash.to_be_bytes())?;
        let mut found: BTreeSet<DocumentId> = stored.iter().map(|entry| DocumentId(number(entry, 8))).collect();
        let fresh = self.tail.addresses.range((hash, DocumentId(0))..=(hash, DocumentId(u64::MAX)));
        found.extend(fresh.map(|pair| pair.1));
        Ok(found.into_iter().collect())
    }

    /// Stories that came up after a commit, in the order of their ids.
    pub(crate) fn changed_since(&self, sequence: u64) -> Result<Vec<StoryHead>, StoreError> {
        let mut found: BTreeMap<StoryId, StoryHead> = BTreeMap::new();
        let table = self.index.table(CHANGES);
        let first = table.lower_bound(&sequence.saturating_add(1).to_be_bytes())?;
        // Many are read faster in the order of their ids than looked up one by one.
        if (table.len() - first) * 16 > self.index.table(STORIES).len() {
            for entry in self.index.table(STORIES).from(0) {
                let head = StoryHead::read(&entry?);
                if head.changed() > sequence && !self.tail.stories.contains_key(&head.story) {
                    found.insert(head.story, head);
                }
            }
        } else {
            for entry in table.from(first) {
                let id = StoryId(number(&entry?, 8));
                if !self.tail.stories.contains_key(&id)
                    && let Some(head) = self.story(id)?
                {
                    found.insert(id, head);
                }
            }
        }
        let fresh = self.tail.stories.values().flatten().filter(|head| head.changed() > sequence);
        found.extend(fresh.map(|head| (head.story, *head)));
        Ok(found.into_values().collect())
    }

    /// How many stories came up after a commit, at most; merges and repeats count.
    pub(crate) fn changes_since(&self, sequence: u64) -> Result<u64, StoreError> {
        let table = self.index.table(CHANGES);
        Ok(table.len() - table.lower_bound(&sequence.saturating_add(1).to_be_bytes())? + self.tail.stories.len() as u64)
    }

    /// Stories by their latest publication, the latest first; of one time in the order of their ids.
    pub(crate) fn by_time(self) -> impl Iterator<Item = Result<StoryHead, StoreError>> + use<'a> {
        let mut fresh: Vec<StoryHead> = self.tail.stories.values().flatten().copied().collect();
        fresh.sort_by_key(StoryHead::order);
        let mut fresh = fresh.into_iter().peekable();
        let stored = self.index.table(TIMES).backwards().filter_map(move |entry| {
            let head = match entry {
                Ok(entry) => StoryHead::read_time(&entry),
                Err(error) => return Some(Err(error)),
            };
            if self.tail.stories.contains_key(&head.story) { None } else { Some(Ok(head)) }
        });
        let mut stored = stored.peekable();
        std::iter::from_fn(move || match (stored.peek(), fresh.peek()) {
            (Some(Ok(old)), Some(new)) if new.order() < old.order() => fresh.next().map(Ok),
            (None, Some(_)) => fresh.next().map(Ok),
            _ => stored.next(),
        })
    }

    /// What the index says with the tail over it.
    pub(crate) fn head(&self, log: u64) -> Head {
        let (sequence, holds) = self.tail.committed.unwrap_or((self.index.head.sequence, self.index.head.holds));
        let mut sources = self.index.head.sources.clone();
        for (name, known) in &self.tail.sources {
            match known {
                Some(known) => sources.insert(name.clone(), known.clone()),
                None => sources.remove(name),
            };
        }
        let mut words = self.index.head.words.clone();
        for (number, word) in &self.tail.words {
            match word {
                Some(word) => words.insert(*number, word.clone()),
                None => words.remove(number),
            };
        }
        Head { log, covered: self.tail.end, sequence, holds, sources, words }
    }
}

/// Writes an index of a tail over an older index, or of the tail alone.
pub(crate) fn fold(generation: &Path, head: &Head, old: Option<&Index>, tail: &Memtable) -> Result<(), StoreError> {
    let mut writing = Writing::begin(&path(generation))?;
    let stored = |table: usize| old.map(|index| index.table(table).from(0));
    let stories: Vec<&StoryHead> = tail.stories.values().flatten().collect();
    let fresh_story = |at: usize, entry: &[u8]| !tail.stories.contains_key(&StoryId(number(entry, at)));
    let entries = |of: &dyn Fn(&StoryHead) -> Vec<u8>| stories.iter().map(|head| of(head)).collect::<Vec<_>>();
    let fresh = entries(&StoryHead::entry);
    writing.table(WIDTHS[STORIES], merged(stored(STORIES), |entry| fresh_story(0, entry), fresh))?;
    let fresh = entries(&StoryHead::time_entry);
    let holds = |entry: &[u8]| !tail.stories.contains_key(&StoryId(!number(entry, 8)));
    writing.table(WIDTHS[TIMES], merged(stored(TIMES), holds, fresh))?;
    let fresh = entries(&|head| pair(head.changed(), head.story.0));
    writing.table(WIDTHS[CHANGES], merged(stored(CHANGES), |entry| fresh_story(8, entry), fresh))?;
    let mut fresh = Vec::new();
    for id in tail.in_story.keys().chain(tail.located.keys()) {
        let known = match old {
            Some(index) => Lookup { index, tail }.document(*id)?,
            None => tail
                .in_story
                .get(id)
                .copied()
                .flatten()
                .zip(tail.located.get(id).copied())
                .map(|(story, at)| Whereabouts { story, at }),
        };
        fresh.extend(known.map(|known| document_entry(*id, &known)));
    }
    let holds = |entry: &[u8]| {
        let id = DocumentId(number(entry, 0));
        !tail.in_story.contains_key(&id) && !tail.located.contains_key(&id)
    };
    writing.table(WIDTHS[DOCUMENTS], merged(stored(DOCUMENTS), holds, fresh))?;
    let fresh =
        tail.articles.iter().filter_map(|(id, story)| story.map(|story| pair(id.0, story.0))).collect::<Vec<_>>();
    let holds = |entry: &[u8]| !tail.articles.contains_key(&ArticleId(number(entry, 0)));
    writing.table(WIDTHS[ARTICLES], merged(stored(ARTICLES), holds, fresh))?;
    let gone: BTreeSet<StoryId> = tail.stories.iter().filter(|(_, head)| head.is_none()).map(|(id, _)| *id).collect();
    let fresh = tail.aliases.iter().map(|(gone, kept)| pair(gone.0, kept.0)).collect();
    let holds = |entry: &[u8]| {
        let (from, into) = (StoryId(number(entry, 0)), StoryId(number(entry, 8)));
        let itself = matches!(tail.stories.get(&from), Some(Some(_)));
        !itself && !tail.aliases.contains_key(&from) && !gone.contains(&into)
    };
    writing.table(WIDTHS[ALIASES], merged(stored(ALIASES), holds, fresh))?;
    let fresh = tail.article_aliases.iter().map(|(gone, kept)| pair(gone.0, kept.0)).collect();
    let holds = |entry: &[u8]| {
        let (from, into) = (ArticleId(number(entry, 0)), ArticleId(number(entry, 8)));
        let itself = matches!(tail.articles.get(&from), Some(Some(_)));
        !itself && !tail.article_aliases.contains_key(&from) && tail.articles.get(&into) != Some(&None)
    };
    writing.table(WIDTHS[ARTICLE_ALIASES], merged(stored(ARTICLE_ALIASES), holds, fresh))?;
    let fresh = tail.addresses.iter().map(|(hash, id)| pair(*hash, id.0)).collect();
    let holds = |entry: &[u8]| tail.in_story.get(&DocumentId(number(entry, 8))) != Some(&None);
    writing.table(WIDTHS[ADDRESSES], merged(stored(ADDRESSES), holds, fresh))?;
    writing.finish(head)
}
