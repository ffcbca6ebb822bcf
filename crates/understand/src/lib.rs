//! A document to features that can be compared across languages: its language, vectors of its headline, its lead and
//! its first sentences, its numbers and names, and a fingerprint of its text.
//!
//! [`Understanding`] is loaded once, in a few tenths of a second, and then serves all threads; a [`Document`] goes in
//! and [`Features`] come out. The features of a text never depend on the texts that happen to be read beside it. The
//! parts that need no model are functions by themselves: [`sentences()`], [`names()`], [`quantities()`],
//! [`fingerprint()`], [`fold()`].
//!
//! Everything runs on the processor, from weights that are compiled in: nothing is downloaded, no server is asked and
//! no file is read. Whether two documents belong together is not decided here; that is `samestory_cluster`.
//!
//! The feature `model` (on by default) brings the weights, 20 MB, and the crates that only they need. Without it
//! [`Understanding::shipped`] answers [`UnderstandError::NoModel`].
//!
//! # Example
//!
//! One event in two languages lies close together, another event does not:
//!
#![cfg_attr(feature = "model", doc = "```")]
#![cfg_attr(not(feature = "model"), doc = "```ignore")]
//! use jiff::Timestamp;
//! use samestory_model::Document;
//! use samestory_understand::{Settings, Understanding};
//! use url::Url;
//!
//! let understanding = Understanding::shipped(&Settings::default())?;
//! let features = |address: &str, sentence: &str| {
//!     let address = Url::parse(address).expect("an address");
//!     understanding.features(&Document::at(address, sentence, "", Timestamp::UNIX_EPOCH))
//! };
//! let english = features("https://leaf.example/1", "The mayor opened the new bridge over the river on Tuesday.")?;
//! let german = features("https://blatt.example/1", "Der Bürgermeister eröffnete am Dienstag die neue Brücke über den Fluss.")?;
//! let other = features("https://blatt.example/2", "Die Zentralbank lässt den Leitzins unverändert bei zwei Prozent.")?;
//! assert_eq!(german.lang.expect("a language").as_str(), "de");
//! let (same, unlike) = (english.title.cosine(&german.title), english.title.cosine(&other.title));
//! assert!(same > 0.6 && unlike < 0.2, "{same} {unlike}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(feature = "model")]
mod encoder;
#[cfg(not(feature = "model"))]
#[path = "without_model.rs"]
mod encoder;
mod error;
mod fingerprint;
mod fold;
#[cfg(test)]
mod forms;
mod hash_embedder;
mod language;
mod magnitudes;
mod names;
mod quantities;
mod read;
mod sentences;
mod settings;
mod vectors;

#[cfg(feature = "model")]
pub use encoder::{Encoder, LanguageDebias};
pub use error::UnderstandError;
pub use fingerprint::{Fingerprint, fingerprint};
pub use fold::{fold, skeleton};
pub use language::{Decided, Detector, Grasp, understood};
pub use magnitudes::is_unspaced;
pub use names::names;
pub use quantities::{figures, quantities};
pub use sentences::sentences;
pub use settings::Settings;

use samestory_model::{Document, Features, SentenceVector, Vector};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use vectors::{Tokens, Vectors};

/// Version of everything that decides what a vector is; unlike versions are never compared.
pub const MODEL: &str = "e5-small-7bit-3";

/// Tokens of a headline and of a sentence that are read. 40 tokens hold nine of ten sentences whole.
const TITLE_TOKENS: usize = 48;
const SENTENCE_TOKENS: usize = 40;
/// Tokens of a document's lead, headline and text run together, that its nearest neighbours are found by.
/// On 586 of the SemEval pairs the cosine of leads of 128 tokens correlates .787 with what people
/// scored, that of the means of 8 sentence vectors .752; on events-vi 96 tokens do as well as 128.
const LEAD_TOKENS: usize = 96;

/// Letters of text that documents have together which are encoded together: some 400 tokens, from which on
/// a token costs no less.
const TOGETHER: usize = 1500;

/// Bytes of a text and of a headline whose sentences, names and numbers are looked for. The longest reports have some
/// 100 kB; 8 MB of capitals cost 5 s of a pass, most of it for their names.
const TEXT_BYTES: usize = 500_000;
const TITLE_BYTES: usize = 10_000;

/// The beginning of a text that is looked at, however long it goes on.
pub(crate) fn beginning_of_text(text: &str) -> &str {
    &text[..text.floor_char_boundary(TEXT_BYTES)]
}

/// The same of a headline.
fn beginning_of_title(title: &str) -> &str {
    &title[..title.floor_char_boundary(TITLE_BYTES)]
}

/// Everything that is loaded once and understands documents.
pub struct Understanding {
    vectors: Vectors,
    detector: Detector,
    sentences: usize,
    threads: usize,
    /// What decides its vectors.
    model: &'static str,
    /// Time that each document takes beside the work on it.
    cost: Duration,
}

impl Understanding {
    /// Loads what ships with the program.
    pub fn shipped(settings: &Settings) -> Result<Self, UnderstandError> {
        if !settings.model.is_empty() {
            let what =
                format!("`understand.model` names {}, and only the shipped model is read so far", settings.model);
            return Err(UnderstandError::Model { what });
        }
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            vectors: Vectors::shipped()?,
            detector: Detector::shipped()?,
            sentences: settings.sentences.max(1),
            threads: if settings.threads == 0 { cores } else { settings.threads },
            model: MODEL,
            cost: Duration::ZERO,
        })
    }

    /// For measuring what is around the model: each document takes a fixed time on each of the threads, asleep, as if
    /// another machine were at work, and a text's vector is drawn from a hash of it. What it gives is never compared
    /// with what a model gave.
    pub fn hash_embedder(cost: Duration, threads: usize) -> Result<Self, UnderstandError> {
        Ok(Self {
            vectors: Vectors::hash_embedder(),
            detector: Detector::shipped()?,
            sentences: Settings::default().sentences,
            threads: threads.max(1),
            model: hash_embedder::NAME,
            cost,
        })
    }

    /// Features of one document, on the calling thread.
    pub fn features(&self, document: &Document) -> Result<Features, UnderstandError> {
        Ok(self.together(std::slice::from_ref(document))?.remove(0))
    }

    /// Features of several documents in their order, over all threads; `done` hears of each one.
    pub fn all(&self, documents: &[Document], done: &dyn Fn()) -> Vec<Result<Features, UnderstandError>> {
        let mut all = Vec::with_capacity(documents.len());
        self.in_order(documents, |features| {
            done();
            all.push(features);
            true
        });
        all
    }

    /// Features of documents as they are ready, in the documents' order, over all threads while `take` works;
    /// ends where that says `false`.
    pub fn in_order(&self, documents: &[Document], mut take: impl FnMut(Result<Features, UnderstandError>) -> bool) {
        let parts = parts(documents);
        let next = AtomicUsize::new(0);
        let (give, ready) = std::sync::mpsc::sync_channel(2 * self.threads);
        std::thread::scope(|scope| {
            for _ in 0..self.threads.min(parts.len()) {
                let give = give.clone();
                let (next, parts) = (&next, &parts);
                scope.spawn(move || {
                    loop {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        let Some(part) = parts.get(at) else { return };
                        // The receiver is gone where the taker has enough.
                        if give.send((at, self.part(part))).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(give);
            let (mut early, mut due) = (BTreeMap::new(), 0);
            while let Ok((at, features)) = ready.recv() {
                early.insert(at, features);
                while let Some(features) = early.remove(&due) {
                    due += 1;
                    if !features.into_iter().all(&mut take) {
                        drop(ready);
                        return;
                    }
                }
            }
        });
    }

    /// Features of documents that are encoded together; one that fails takes no other along.
    fn part(&self, part: &[Document]) -> Vec<Result<Features, UnderstandError>> {
        match self.together(part) {
            Ok(features) => features.into_iter().map(Ok).collect(),
            Err(_) if part.len() > 1 => part.iter().map(|document| self.features(document)).collect(),
            Err(error) => vec![Err(error)],
        }
    }

    /// Features of documents whose texts go through the model together, on the calling thread.
    fn together(&self, documents: &[Document]) -> Result<Vec<Features>, UnderstandError> {
        if !self.cost.is_zero() {
            std::thread::sleep(self.cost * documents.len() as u32);
        }
        let texts: Vec<Vec<Tokens>> = documents.iter().map(|document| self.texts(document)).collect();
        let counts: Vec<usize> = texts.iter().map(Vec::len).collect();
        let texts = texts.concat();
        let mut vectors = self.vectors.of(&texts)?.into_iter().zip(texts);
        let each = documents.iter().zip(counts);
        Ok(each.map(|(document, count)| self.assemble(document, vectors.by_ref().take(count))).collect())
    }

    /// The texts of a document that get a vector: headline, lead, then sentences.
    fn texts(&self, document: &Document) -> Vec<Tokens> {
        let (title, text) = (beginning_of_title(&document.title), beginning_of_text(&document.text));
        let sentences = sentences(text);
        // A text that came without a headline opens with what would have stood there.
        let untitled = title.trim().is_empty();
        let headline = if untitled { sentences.first().copied().unwrap_or_default() } else { title };
        let head = format!("{title}\n{text}");
        let pieces = |text: &str, most| self.vectors.pieces(text, most);
        let mut texts = vec![pieces(headline, TITLE_TOKENS), pieces(head.trim(), LEAD_TOKENS)];
        texts.extend(sentences.into_iter().take(self.sentences).map(|sentence| pieces(sentence, SENTENCE_TOKENS)));
        texts
    }

    /// Puts a document's features together, with the vectors of its texts in their order.
    fn assemble(&self, document: &Document, mut vectors: impl Iterator<Item = (Vector, Tokens)>) -> Features {
        let mut next = || vectors.next().expect("every text of the document has a vector");
        let (title, head) = (next().0, next().0);
        let sentences = vectors.map(|(vector, pieces)| SentenceVector { vector, pieces: pieces.len() as u16 });
        let sentences = sentences.collect();
        let (headline, text) = (beginning_of_title(&document.title), beginning_of_text(&document.text));
        let decided = self.detector.decide(document.stated_lang, headline, text);
        let print = fingerprint(&document.text);
        Features {
            model: self.model.to_owned(),
            lang: decided.lang,
            known_language: decided.known,
            grasp: decided.grasp,
            title,
            head,
            sentences,
            quantities: quantities(&format!("{headline}\n{text}"), decided.lang),
            names: names(headline, text),
            slug: slug(headline),
            text_hash: print.text,
            shingles: print.minima,
            length: print.length,
        }
    }

    /// The same work on each thing, over all threads; results in the order of the things.
    fn side_by_side<T: Sync, R: Send>(&self, things: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
        let next = AtomicUsize::new(0);
        let results: Vec<Mutex<Option<R>>> = things.iter().map(|_| Mutex::new(None)).collect();
        std::thread::scope(|scope| {
            for _ in 0..self.threads.min(things.len()) {
                scope.spawn(|| {
                    while let Some((thing, place)) = {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        things.get(index).zip(results.get(index))
                    } {
                        let result = work(thing);
                        *place.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(result);
                    }
                });
            }
        });
        let taken = |slot: Mutex<Option<R>>| {
            slot.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner).expect("a thread took everything")
        };
        results.into_iter().map(taken).collect()
    }

    /// A text's debiased vector and how many tokens of it were read.
    fn centred(&self, text: &str, most: usize) -> Result<(Vector, u16), UnderstandError> {
        let pieces = self.vectors.pieces(text, most);
        let read = pieces.len() as u16;
        Ok((self.vectors.of(&[pieces])?.remove(0), read))
    }
}

/// Documents in runs that have enough text to be encoded together.
fn parts(documents: &[Document]) -> Vec<&[Document]> {
    let mut parts = Vec::new();
    let (mut from, mut letters) = (0, 0);
    for (at, document) in documents.iter().enumerate() {
        letters += document.title.len() + document.text.len();
        if letters >= TOGETHER {
            parts.push(&documents[from..=at]);
            (from, letters) = (at + 1, 0);
        }
    }
    if from < documents.len() {
        parts.push(&documents[from..]);
    }
    parts
}

/// A headline as mirrors write it into an address: folded, words joined by hyphens.
pub fn slug(title: &str) -> String {
    let folded = fold(title);
    let words: Vec<&str> =
        folded.split(|sign: char| !sign.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_that_would_not_be_read_is_refused() {
        let settings = Settings { model: "/models/other".to_owned(), ..Settings::default() };
        let refused = Understanding::shipped(&settings).err().expect("only the shipped model is read");
        assert!(refused.to_string().contains("/models/other"), "{refused}");
    }

    #[test]
    fn a_report_is_looked_at_to_its_end_and_a_library_is_not() {
        let understanding = Understanding::hash_embedder(Duration::ZERO, 1).expect("it ships");
        let numbers = |filler: usize| {
            let text = format!("The town said so, {} and paid 4200 crowns to Karlsen.", "word, ".repeat(filler));
            let document = Document {
                id: samestory_model::DocumentId(1),
                source: samestory_model::SourceId("a".to_owned()),
                item: String::new(),
                url: "https://a.example/1".parse().expect("a URL"),
                canonical: None,
                aliases: Vec::new(),
                lang: None,
                stated_lang: None,
                title: String::new(),
                text,
                byline: Vec::new(),
                published: None,
                modified: None,
                seen: jiff::Timestamp::UNIX_EPOCH,
                site: None,
                image: None,
                source_url: None,
                source_name: None,
                alternates: Vec::new(),
                revision: 0,
            };
            let features = understanding.features(&document).expect("it runs");
            (features.quantities.len(), features.names.len())
        };
        assert_eq!(numbers(30_000), (1, 1));
        assert_eq!(numbers(TEXT_BYTES / 6), (0, 0));
    }
}
