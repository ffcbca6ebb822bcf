//! Looks for stories by a few words in any language: how each document answers, and the order of the answers.
//!
//! Documents are handed in one by one and only what may be shown is kept, so the memory that a search takes
//! does not grow with the store. Words weigh by how few of the documents hold them, counted on the way.
//! Pure: no store, no encoder, no clock.

mod query;

pub use query::{Answer, Query};

use jiff::Timestamp;
use samestory_model::{Document, DocumentId, Features, StoryId};
use std::collections::HashMap;

/// Meaning below which a document answers only by its words. Judged by eye, not tuned.
const RELATED: f32 = 0.42;
/// Weighted share of the words from which a document answers without being near in meaning.
const ENOUGH: f32 = 0.6;
/// What words, names and numbers add to the meaning where all of them are there.
const WORDS: f32 = 0.30;
const NAMES: f32 = 0.10;
const NUMBERS: f32 = 0.10;
/// What a week of age takes away, by its logarithm: of two that answer as well the newer one comes first.
const AGE: f32 = 0.02;
/// Answers that are kept before the worse half goes.
const KEPT: usize = 20_000;

/// A story that answers, by its best document.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// The story.
    pub story: StoryId,
    /// The document that answers best.
    pub document: DocumentId,
    /// How well it answers, all in all; only good for comparing.
    pub score: f32,
    /// How it answers.
    pub answer: Answer,
    /// Its age in days.
    age: f32,
}

/// A search in progress.
#[derive(Debug)]
pub struct Search {
    query: Query,
    now: Timestamp,
    seen: usize,
    /// How many documents hold each of the words.
    holding: Vec<usize>,
    kept: Vec<Found>,
}

impl Search {
    /// Begins to look for something.
    pub fn new(query: Query, now: Timestamp) -> Self {
        let holding = vec![0; query.words().len()];
        Self { query, now, seen: 0, holding, kept: Vec::new() }
    }

    /// Documents that were looked at.
    pub fn seen(&self) -> usize {
        self.seen
    }

    /// Looks at a document of a story.
    pub fn look(&mut self, story: StoryId, document: &Document, features: &Features) {
        let answer = self.query.answer(document, features);
        self.seen += 1;
        for (place, count) in self.holding.iter_mut().enumerate() {
            *count += (answer.words >> place & 1) as usize;
        }
        if answer.meaning >= RELATED || answer.words != 0 || answer.names > 0.0 {
            let age = self.now.duration_since(document.time()).as_secs_f32().max(0.0) / 86_400.0;
            self.kept.push(Found { story, document: document.id, score: 0.0, answer, age });
        }
        if self.kept.len() >= 2 * KEPT {
            self.weigh();
            self.kept.sort_by(|a, b| b.score.total_cmp(&a.score));
            self.kept.truncate(KEPT);
        }
    }

    /// The share of the words that some bits stand for, the rarer ones counting for more.
    fn share(&self, bits: u32) -> f32 {
        let weight = |count: usize| (1.0 + self.seen as f32 / (1.0 + count as f32)).ln();
        let all: f32 = self.holding.iter().map(|count| weight(*count)).sum();
        let there = self
            .holding
            .iter()
            .enumerate()
            .filter(|(place, _)| bits >> place & 1 == 1)
            .map(|(_, count)| weight(*count));
        if all > 0.0 { there.sum::<f32>() / all } else { 0.0 }
    }

    fn weigh(&mut self) {
        let scores: Vec<f32> = self
            .kept
            .iter()
            .map(|found| {
                let Answer { meaning, words, in_title, numbers, names } = found.answer;
                let (anywhere, title) = (self.share(words), self.share(in_title));
                if meaning < RELATED && anywhere < ENOUGH {
                    return 0.0;
                }
                meaning + WORDS * (anywhere + title) / 2.0 + NAMES * names + NUMBERS * numbers
                    - AGE * (1.0 + found.age / 7.0).ln()
            })
            .collect();
        self.kept.iter_mut().zip(scores).for_each(|(found, score)| found.score = score);
    }

    /// The stories that answer, the best first, each once.
    pub fn done(mut self) -> Vec<Found> {
        self.weigh();
        let mut best: HashMap<StoryId, Found> = HashMap::new();
        for found in self.kept.into_iter().filter(|found| found.score > 0.0) {
            let known = best.entry(found.story).or_insert(found);
            if (found.score, known.document) > (known.score, found.document) {
                *known = found;
            }
        }
        let mut all: Vec<Found> = best.into_values().collect();
        all.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.age.total_cmp(&b.age)).then(a.story.cmp(&b.story)));
        all
    }
}
