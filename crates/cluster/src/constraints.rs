//! Must-link and cannot-link constraints that user overrides (words) put on pairs of documents: the later word over
//! the earlier one.

use super::member::Member;
use super::window::Window;
use samestory_model::{DocumentId, Level, SourceId, StoredOverride, Word};
use std::collections::HashMap;

/// What an override says about a pair, at one level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Constraint {
    /// Number of the word.
    pub word: u64,
    /// Together, or apart.
    pub together: bool,
}

/// Every word, found by the documents and sources that it names.
#[derive(Debug, Clone, Default)]
pub(super) struct Constraints {
    words: Vec<StoredOverride>,
    by_document: HashMap<DocumentId, Vec<usize>>,
    by_source: HashMap<SourceId, Vec<usize>>,
}

/// What one word says about two documents at a level; `None` where it is about others.
fn said(word: &Word, level: Level, a: &Member, b: &Member) -> Option<bool> {
    let pair = |one: &[DocumentId], other: &[DocumentId]| {
        (one.contains(&a.document) && other.contains(&b.document))
            || (one.contains(&b.document) && other.contains(&a.document))
    };
    match word {
        Word::Split { document, from, level: apart } => {
            let theirs = if *document == a.document {
                from.contains(&b.document)
            } else {
                *document == b.document && from.contains(&a.document)
            };
            // A report of another event is no version either.
            (theirs && (*apart == Level::Story || level == Level::Article)).then_some(false)
        }
        Word::Merge { level: one_at, one, other } => {
            // Versions of one article tell one event.
            (pair(one, other) && (*one_at == Level::Article || level == Level::Story)).then_some(true)
        }
        Word::Pin { articles } => {
            let of = |member: &Member| articles.iter().position(|article| article.contains(&member.document));
            let (one, other) = (of(a)?, of(b)?);
            match level {
                Level::Story => Some(true),
                Level::Article => Some(one == other),
            }
        }
        Word::Apart { one, other } => {
            ((*one == a.source && *other == b.source) || (*one == b.source && *other == a.source)).then_some(false)
        }
    }
}

impl Constraints {
    pub fn new(words: Vec<StoredOverride>) -> Self {
        let mut constraints = Self { words, ..Self::default() };
        for (at, word) in constraints.words.iter().enumerate() {
            let mut about = |document: &DocumentId| constraints.by_document.entry(*document).or_default().push(at);
            match &word.word {
                Word::Split { document, .. } => about(document),
                Word::Merge { one, other, .. } => one.iter().chain(other).for_each(about),
                Word::Pin { articles } => articles.iter().flatten().for_each(about),
                Word::Apart { one, other } => {
                    for source in [one, other] {
                        constraints.by_source.entry(source.clone()).or_default().push(at);
                    }
                }
            }
        }
        constraints
    }

    /// Whether these are the words.
    pub fn are(&self, words: &[StoredOverride]) -> bool {
        self.words == words
    }

    /// What the latest word about two documents says.
    fn between(&self, a: &Member, b: &Member, level: Level) -> Option<Constraint> {
        let about = |member: &Member| {
            let documents = self.by_document.get(&member.document).into_iter().flatten();
            documents.chain(self.by_source.get(&member.source).into_iter().flatten()).copied().collect::<Vec<_>>()
        };
        let mut words = about(a);
        words.extend(about(b));
        words
            .into_iter()
            .filter_map(|at| {
                let word = &self.words[at];
                said(&word.word, level, a, b).map(|together| Constraint { word: word.number, together })
            })
            .max_by_key(|bond| bond.word)
    }

    /// What the latest word about two groups says, each given by its slots.
    pub fn across(&self, window: &Window<'_>, a: &[usize], b: &[usize], level: Level) -> Option<Constraint> {
        if self.words.is_empty() {
            return None;
        }
        let spoken_of = |slot: &&usize| {
            let member = window.member(**slot);
            self.by_document.contains_key(&member.document) || self.by_source.contains_key(&member.source)
        };
        // A split names the others by the document that left: one side of every pair is in the index.
        let (here, there): (Vec<&usize>, Vec<&usize>) =
            (a.iter().filter(spoken_of).collect(), b.iter().filter(spoken_of).collect());
        let pairs = here
            .into_iter()
            .flat_map(|one| b.iter().map(move |other| (*one, *other)))
            .chain(there.into_iter().flat_map(|other| a.iter().map(move |one| (*one, *other))));
        pairs
            .filter_map(|(one, other)| self.between(window.member(one), window.member(other), level))
            .max_by_key(|bond| bond.word)
    }

    /// Documents that an override puts together with one.
    pub fn partners(&self, document: DocumentId) -> Vec<(DocumentId, Level, u64)> {
        let mut found = Vec::new();
        for at in self.by_document.get(&document).into_iter().flatten() {
            let word = &self.words[*at];
            match &word.word {
                Word::Merge { level, one, other } => {
                    let others = if one.contains(&document) { other } else { one };
                    found.extend(others.iter().map(|other| (*other, *level, word.number)));
                }
                Word::Pin { articles } => {
                    for article in articles {
                        let level = if article.contains(&document) { Level::Article } else { Level::Story };
                        let others = article.iter().filter(|other| **other != document);
                        found.extend(others.map(|other| (*other, level, word.number)));
                    }
                }
                Word::Split { .. } | Word::Apart { .. } => {}
            }
        }
        found
    }
}
