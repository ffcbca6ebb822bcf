//! Carries out user overrides: what is placed already is placed anew under them, in one commit.
//!
//! Needs no language model: what documents are compared by is stored with them.

use super::PipelineError;
use super::concurrent_ingest::exclusively;
use super::window::placer;
use crate::config::Settings;
use jiff::Timestamp;
use samestory_cluster::{Placed, Placer};
use samestory_model::{DocumentId, Level, SourceId, StoredOverride, Word};
use samestory_store::{Commit, Store};

/// What an override did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The word's number.
    pub number: u64,
    /// Documents whose place or role changed.
    pub changed: usize,
}

/// Documents that an override names.
fn named(word: &Word) -> Vec<DocumentId> {
    match word {
        Word::Split { document, from, .. } => std::iter::once(*document).chain(from.iter().copied()).collect(),
        Word::Merge { one, other, .. } => one.iter().chain(other).copied().collect(),
        Word::Pin { articles } => articles.iter().flatten().copied().collect(),
        Word::Apart { .. } => Vec::new(),
    }
}

/// The earliest time of the documents that an override names.
pub(super) fn earliest(store: &dyn Store, word: &Word) -> Result<Option<Timestamp>, PipelineError> {
    let mut earliest: Option<Timestamp> = None;
    for id in named(word) {
        let time = store.document(id)?.map(|document| document.time().max(document.seen));
        earliest = earliest.into_iter().chain(time).min();
    }
    Ok(earliest)
}

/// Documents of a source that stand in one story with documents of another.
fn beside(placer: &Placer<'_>, source: &SourceId, other: &SourceId) -> Vec<DocumentId> {
    let window = placer.window();
    let members = || (0..window.len()).map(|place| window.member(place));
    members()
        .filter(|member| member.source == *source)
        .filter(|member| window.story(member.story).iter().any(|place| window.member(*place).source == *other))
        .map(|member| member.document)
        .collect()
}

fn commit(store: &dyn Store, number: u64, word: Option<StoredOverride>, placed: Placed) -> Result<Done, PipelineError> {
    let changed = placed.placements.len();
    store.commit(&Commit {
        placements: placed.placements,
        merged_articles: placed.merged_articles,
        merged_stories: placed.merged_stories,
        words: vec![(number, word)],
        ..Commit::default()
    })?;
    Ok(Done { number, changed })
}

/// Stores an override and places anew what it is about.
pub fn say(store: &dyn Store, settings: &Settings, word: Word, now: Timestamp) -> Result<Done, PipelineError> {
    exclusively(store, || say_now(store, settings, word.clone(), now))
}

fn say_now(store: &dyn Store, settings: &Settings, word: Word, now: Timestamp) -> Result<Done, PipelineError> {
    let number = store.next_word()?;
    let earliest = earliest(store, &word)?;
    let word = StoredOverride { number, at: now, word };
    let mut words = store.words()?;
    words.push(word.clone());
    let (mut placer, failure, _) = placer(store, &settings.cluster, words, now, earliest)?;
    let placed = match &word.word {
        Word::Split { document, .. } => placer.reconsider(&[*document], now),
        Word::Merge { level, one, other } => {
            let first = one.first().copied().zip(other.first().copied());
            first.and_then(|first| placer.unite(*level, first, number, now)).unwrap_or_default()
        }
        Word::Pin { .. } => Placed::default(),
        Word::Apart { one, other } => {
            let documents = beside(&placer, other, one);
            placer.reconsider(&documents, now)
        }
    };
    failure.check()?;
    commit(store, number, Some(word), placed)
}

/// Takes an override back and places anew, by the rules, what it was about. `None` where no such override stands.
pub fn take_back(
    store: &dyn Store,
    settings: &Settings,
    number: u64,
    now: Timestamp,
) -> Result<Option<Done>, PipelineError> {
    exclusively(store, || take_back_now(store, settings, number, now))
}

fn take_back_now(
    store: &dyn Store,
    settings: &Settings,
    number: u64,
    now: Timestamp,
) -> Result<Option<Done>, PipelineError> {
    let (gone, left): (Vec<StoredOverride>, Vec<StoredOverride>) =
        store.words()?.into_iter().partition(|word| word.number == number);
    let Some(gone) = gone.into_iter().next() else { return Ok(None) };
    let earliest = earliest(store, &gone.word)?;
    let (mut placer, failure, _) = placer(store, &settings.cluster, left, now, earliest)?;
    let documents = match &gone.word {
        Word::Split { document, .. } => vec![*document],
        Word::Merge { level, one, .. } => {
            let window = placer.window();
            let first = one.first().and_then(|one| window.slot_of(*one));
            let places = first.map(|place| match level {
                Level::Article => window.article(window.member(place).article),
                Level::Story => window.story(window.member(place).story),
            });
            places.unwrap_or_default().iter().map(|place| window.member(*place).document).collect()
        }
        Word::Pin { .. } => Vec::new(),
        Word::Apart { other, .. } => {
            let window = placer.window();
            let members = (0..window.len()).map(|place| window.member(place));
            members.filter(|member| member.source == *other).map(|member| member.document).collect()
        }
    };
    let placed = placer.reconsider(&documents, now);
    failure.check()?;
    commit(store, number, None, placed).map(Some)
}
