//! How far the readers' log reaches, and which committed changes it lacks.

use super::index;
use super::log::Log;
use super::memtable::Memtable;
use samestory_model::{ArticleId, DocumentId, SourceId, StoryId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Bytes of log up to which a writer that opens looks at every byte of log and index.
const LOOKED_THROUGH: u64 = 32 << 20;

/// What a commit changes for readers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Changes {
    pub(crate) documents: BTreeSet<DocumentId>,
    pub(crate) stories: BTreeSet<StoryId>,
    pub(crate) sources: BTreeSet<SourceId>,
    pub(crate) aliases: BTreeMap<StoryId, StoryId>,
    pub(crate) articles: BTreeMap<ArticleId, ArticleId>,
    pub(crate) gone_articles: BTreeSet<ArticleId>,
    pub(crate) gone_documents: BTreeSet<DocumentId>,
    pub(crate) words: BTreeSet<u64>,
}

impl Changes {
    pub(crate) fn join(&mut self, later: Self) {
        self.documents.extend(later.documents);
        self.stories.extend(later.stories);
        self.sources.extend(later.sources);
        self.aliases.extend(later.aliases);
        self.articles.extend(later.articles);
        self.gone_articles.extend(later.gone_articles);
        self.gone_documents.extend(later.gone_documents);
        self.words.extend(later.words);
    }
}

/// Changes that the readers' log lacks.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct PendingChanges {
    /// The last commit that is in the log.
    pub(crate) since: u64,
    pub(crate) changes: Changes,
}

/// How far the readers' log reaches.
#[derive(Debug, Default)]
pub(crate) struct Published {
    /// Number of the log.
    pub(crate) log: u64,
    /// Its length, of which the index covers a part.
    pub(crate) length: u64,
    pub(crate) covered: u64,
    /// The last commit that is in the log.
    pub(crate) sequence: u64,
    /// Why it lacks something; `None` where it lacks nothing.
    pub(crate) behind: Option<String>,
}

impl Published {
    /// How far the log in a generation's folder reaches; `None` where its files are not as they were written.
    pub(crate) fn of(generation: &Path) -> Option<Self> {
        let index = index::open(generation).ok()??;
        let number = index.head.log;
        let log = Log::open(generation, number).ok()?;
        let tail = Memtable::read(&log, index.head.covered).ok()?;
        // What the index covers is read whole as long as that takes no time; `compact` writes all of it anew.
        if log.length() <= LOOKED_THROUGH {
            log.check(index.head.covered).ok()?;
            for table in index.tables() {
                table.from(0).try_for_each(|entry| entry.map(drop)).ok()?;
            }
        }
        let sequence = tail.committed.map_or(index.head.sequence, |pair| pair.0);
        Some(Self { log: number, length: tail.end, covered: index.head.covered, sequence, behind: None })
    }

    /// The last commit that is in the log.
    pub(crate) fn sequence(&self) -> u64 {
        self.sequence
    }
}
