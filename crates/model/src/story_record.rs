//! What is kept of a story, and the rule for when it is new and when it has grown.

use crate::{Document, DocumentId, Lang};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What is kept of a story beside its documents.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StoryRecord {
    /// The commit with which it came up; 0 before that.
    pub born: u64,
    /// The commit with which it last grew; 0 for never.
    pub grown: u64,
    /// Its documents, in the order in which they came.
    pub documents: Vec<DocumentId>,
    /// Their sources.
    pub sources: BTreeSet<String>,
    /// Their languages.
    pub languages: BTreeSet<Lang>,
    /// The latest time at which one of its documents was published or first seen.
    pub last: Option<Timestamp>,
}

impl StoryRecord {
    /// Takes a document in; the story grew where its source or language is new to it.
    pub fn take(&mut self, document: &Document, sequence: u64) {
        if !self.documents.contains(&document.id) {
            self.documents.push(document.id);
        }
        self.last = self.last.max(Some(document.time().max(document.seen)));
        let new_source = self.sources.insert(document.source.to_string());
        let new_language = document.lang.is_some_and(|lang| self.languages.insert(lang));
        if self.born == 0 {
            self.born = sequence;
        } else if self.born != sequence && (new_source || new_language) {
            self.grown = sequence;
        }
    }
}
