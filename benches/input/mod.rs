//! Makes the benchmarks' inputs: articles, feeds and pages, the same ones each time.
//!
//! Sentences come from the placement fixtures, which are texts of our own in 25 languages. Each gets a made-up
//! name and number, so that no sentence comes twice and no vector is remembered; documents of one theme share
//! sentences but for that, so that neighbours are found and compared as in a real window.

#[path = "../../tools/src/synthetic.rs"]
#[allow(dead_code)]
pub mod synthetic;

use jiff::{SignedDuration, Timestamp};
use samestory::evaluate;
use samestory_model::{Document, DocumentId};
use samestory_understand::sentences;
use std::path::Path;
use synthetic::Numbers;

/// Sentences of an article.
const SENTENCES: usize = 10;
const SYLLABLES: [&str; 16] =
    ["ba", "ko", "ri", "ten", "mu", "sal", "vo", "ne", "dir", "ka", "lo", "pra", "gan", "mon", "fe", "wil"];

/// A made-up name.
fn name(numbers: &mut Numbers) -> String {
    let word: String = (0..3).map(|_| SYLLABLES[below(numbers, SYLLABLES.len())]).collect();
    format!("{}{}", word[..1].to_uppercase(), &word[1..])
}

fn below(numbers: &mut Numbers, end: usize) -> usize {
    numbers.below(end as u64) as usize
}

/// Fixture documents: title, sentences, language.
fn themes() -> Vec<Document> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/placement");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("the fixtures are there")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "jsonl"))
        .collect();
    files.sort();
    let read = |path: &std::path::PathBuf| evaluate::read(path, Timestamp::UNIX_EPOCH).expect("they read").0;
    files.iter().flat_map(read).map(|one| one.document).filter(|one| !sentences(&one.text).is_empty()).collect()
}

/// So many articles of about 1,200 letters, a minute apart from 2026-11-01 on.
pub fn articles(count: usize) -> Vec<Document> {
    let themes = themes();
    let start: Timestamp = "2026-11-01T00:00:00Z".parse().expect("a time");
    (0..count)
        .map(|number| {
            let mut numbers = Numbers::of(number as u64);
            let theme = &themes[below(&mut numbers, themes.len())];
            let of = sentences(&theme.text);
            let text: Vec<String> = (0..SENTENCES)
                .map(|at| format!("{} ({} {})", of[at % of.len()].trim(), name(&mut numbers), numbers.below(90_000)))
                .collect();
            let when = start + SignedDuration::from_mins(number as i64);
            let address = format!("https://paper{}.example/news/{number}", numbers.below(40));
            Document {
                id: DocumentId::of(&["bench", &number.to_string()]),
                item: number.to_string(),
                url: address.parse().expect("an address"),
                title: format!("{} – {}", theme.title, name(&mut numbers)),
                text: text.join("\n"),
                published: Some(when),
                seen: when,
                canonical: None,
                aliases: Vec::new(),
                alternates: Vec::new(),
                source_url: None,
                source_name: None,
                ..theme.clone()
            }
        })
        .collect()
}

/// The machine's processor and number of cores.
pub fn machine() -> String {
    let told = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = told.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ").map(|pair| pair.1));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{cores} cores of {}", name.unwrap_or("an unnamed processor"))
}
