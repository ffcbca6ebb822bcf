//! Times the placing of one document while the window grows, and counts what the search for neighbours misses.
//!
//! `cargo bench --bench neighbours [-- LARGEST]`: windows of 10,000, 100,000 and 1,000,000 documents (or up to
//! LARGEST). Prints for each the median and the 95th percentile of placing one of 300 further documents, and of their
//! 64 nearest by exact search the share that was found, over all and over those of a cosine of .4 or more.
//!
//! Vectors are those of a made-up world: themes, beats and events, each with a direction of its own in a space
//! whose directions weigh less and less. What the lead vectors of 700 and 256 real articles have was measured: random
//! pairs a cosine of .07 and .08 on average with a deviation of .08 and .10, the 64 first directions .55 and .79 of
//! what there is. Here it is .08, .08 and .55, and reports of one event about .7.
//! What is looked up is decoded from bytes, as in a store; 2,000 events stand for all there are.

#[allow(dead_code)]
mod input;

use input::synthetic::{self, Numbers};
use jiff::{SignedDuration, Timestamp};
use samestory::config::Settings;
use samestory_cluster::{DocumentLookup, Placer};
use samestory_model::{ArticleId, Document, DocumentId, Features, Placement, Role, SentenceVector, StoryId, Vector};
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

const DIMENSIONS: usize = 384;
/// Documents an event, events a beat, beats a theme.
const EVENT: u64 = 5;
const BEAT: u64 = 20;
const THEME: u64 = 25;
const NEW: u64 = 300;
/// Neighbours that placing asks for, and the cosine below which it takes none.
const MOST: usize = 64;
const FLOOR: f32 = 0.2;

/// A direction of the made-up space, of length one.
fn direction(seed: u64) -> Vec<f32> {
    let mut numbers = Numbers::of(seed);
    let mut values: Vec<f32> = (0..DIMENSIONS)
        .map(|at| {
            // A sum of four even numbers is near enough to a bell.
            let drawn = numbers.draw();
            let sum: f32 = (0..4).map(|part| ((drawn >> (16 * part)) & 0xffff) as f32 / 32768.0 - 1.0).sum();
            sum / (1.0 + at as f32 / 10.0).sqrt()
        })
        .collect();
    let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
    values.iter_mut().for_each(|value| *value /= length);
    values
}

/// Events whose documents are made; the others have the same sentences.
const EVENTS: u64 = 2000;

/// A text's vector: what all share, its theme, beat and event, and what is its own.
fn vector(number: u64, part: u64) -> Vector {
    thread_local! {
        /// Directions that many texts share.
        static SHARED: RefCell<HashMap<u64, Vec<f32>>> = RefCell::default();
    }
    let (event, beat, theme) = (number / EVENT, number / EVENT / BEAT, number / EVENT / BEAT / THEME);
    let mut sum = vec![0f32; DIMENSIONS];
    let mut add = |direction: &[f32], share: f32| {
        let weight = share.sqrt();
        sum.iter_mut().zip(direction).for_each(|(sum, value)| *sum += weight * value);
    };
    SHARED.with_borrow_mut(|shared| {
        for (seed, share) in [(1, 0.08), (theme + 1_000, 0.10), (beat + 1_000_000, 0.14)] {
            add(shared.entry(seed).or_insert_with(|| direction(seed)), share);
        }
    });
    add(&direction(event * 16 + part + 1_000_000_000), 0.40);
    add(&direction(number * 16 + part + (1 << 40)), 0.28);
    Vector::new(&sum)
}

fn moment(number: u64) -> Timestamp {
    // Reports of one event come within an hour, a thousand documents an hour.
    let start: Timestamp = "2026-10-01T00:00:00Z".parse().expect("a time");
    start + SignedDuration::from_secs((number * 36 / 10) as i64)
}

/// The documents that stand for all, as bytes.
fn pool() -> Vec<Vec<u8>> {
    (0..EVENTS * EVENT).map(|number| postcard::to_stdvec(&made(number)).expect("it encodes")).collect()
}

fn made(number: u64) -> (Document, Features) {
    let (document, features) = synthetic::document(number, 2000, moment(number));
    let sentences = (0..8).map(|part| SentenceVector { vector: vector(number, part + 2), pieces: 31 }).collect();
    let features = Features { head: vector(number, 0), title: vector(number, 1), sentences, ..features };
    (Document { published: Some(moment(number)), ..document }, features)
}

/// A document of the window: the head is its own, the rest that of the one that stands for it.
fn document(number: u64, pool: &[Vec<u8>]) -> (Document, Features) {
    let (mut document, mut features): (Document, Features) =
        postcard::from_bytes(&pool[(number % (EVENTS * EVENT)) as usize]).expect("it decodes");
    document.id = DocumentId::of(&["synthetic", &number.to_string()]);
    document.url = format!("https://paper.example/{number}").parse().expect("an address");
    document.published = Some(moment(number));
    document.seen = moment(number);
    features.text_hash = number;
    features.slug = String::new();
    (document, features)
}

fn placement(number: u64, document: &Document) -> Placement {
    Placement {
        document: document.id,
        article: ArticleId::of(&["article", &number.to_string()]),
        story: StoryId::of(&["story", &(number / EVENT).to_string()]),
        role: Role::Original,
        evidence: Vec::new(),
        rules: 1,
        at: document.seen,
    }
}

struct Made {
    numbers: HashMap<DocumentId, u64>,
    pool: Arc<Vec<Vec<u8>>>,
    asked: Arc<AtomicU64>,
}

impl DocumentLookup for Made {
    fn recall(&self, id: DocumentId) -> Option<(Document, Features, Placement)> {
        let number = *self.numbers.get(&id)?;
        self.asked.fetch_add(1, Ordering::Relaxed);
        let (document, features) = document(number, &self.pool);
        let placement = placement(number, &document);
        Some((document, features, placement))
    }
}

fn main() {
    let largest = std::env::args().find_map(|text| text.parse().ok()).unwrap_or(1_000_000u64);
    println!("{}", input::machine());
    let pool = Arc::new(pool());
    for size in [10_000u64, 100_000, 1_000_000].into_iter().filter(|size| *size <= largest) {
        let settings = Settings::default();
        let asked = Arc::new(AtomicU64::new(0));
        let numbers =
            (0..size + NEW).map(|number| (DocumentId::of(&["synthetic", &number.to_string()]), number)).collect();
        let mut placer = Placer::new(&settings.cluster, Vec::new()).over(Box::new(Made {
            numbers,
            pool: pool.clone(),
            asked: asked.clone(),
        }));
        let started = Instant::now();
        let mut heads = Vec::with_capacity(size as usize);
        for number in 0..size {
            let (document, mut features) = document(number, &pool);
            features.head = vector(number, 0);
            heads.push(features.head.clone());
            placer.restore(&document, features, &placement(number, &document));
        }
        let filled = started.elapsed().as_secs_f64();
        let (mut times, mut looks) = (Vec::new(), Vec::new());
        let (mut found, mut all, mut found_near, mut all_near) = (0, 0, 0, 0);
        for at in 0..NEW {
            // A late report of an event somewhere in the window.
            let like = Numbers::of(at).below(size) / EVENT * EVENT;
            let (mut new, mut features) = document(like + 1, &pool);
            let own = vector((size + at) << 30, 0);
            let mix: Vec<f32> =
                vector(like, 0).to_floats().iter().zip(own.to_floats()).map(|(a, b)| a * 0.85 + b * 0.5).collect();
            features.head = Vector::new(&mix);
            (new.id, new.url) = (
                DocumentId::of(&["new", &at.to_string()]),
                format!("https://new.example/{at}").parse().expect("an address"),
            );
            let mut exact: Vec<(usize, f32)> = heads
                .iter()
                .map(|head| features.head.cosine(head))
                .enumerate()
                .filter(|pair| pair.1 >= FLOOR)
                .collect();
            exact.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            exact.truncate(MOST);
            let started = Instant::now();
            let near = placer.window().nearest(&features, MOST, FLOOR);
            looks.push(started.elapsed().as_secs_f64() * 1000.0);
            let near: Vec<usize> = near.into_iter().map(|pair| pair.0).collect();
            for (place, cosine) in exact {
                let hit = usize::from(near.contains(&place));
                (found, all) = (found + hit, all + 1);
                if cosine >= 0.4 {
                    (found_near, all_near) = (found_near + hit, all_near + 1);
                }
            }
            let started = Instant::now();
            heads.push(features.head.clone());
            placer.place(&new, features, new.seen);
            placer.committed();
            times.push(started.elapsed().as_secs_f64() * 1000.0);
        }
        times.sort_by(f64::total_cmp);
        looks.sort_by(f64::total_cmp);
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
        println!(
            "{size} documents (filled in {filled:.0} s): placing one {:.2} ms, 95th percentile {:.2} ms, {} looked up; its neighbours in {:.2} ms; neighbours found {:.4} of {all}, of those at .4 or more {:.4} of {all_near}",
            at(0.5),
            at(0.95),
            asked.load(Ordering::Relaxed) / NEW,
            looks[looks.len() / 2],
            f64::from(found as u32) / f64::from(all as u32),
            f64::from(found_near as u32) / f64::from(all_near.max(1) as u32),
        );
    }
}
