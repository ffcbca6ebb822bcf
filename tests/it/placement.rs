//! The gate of placement: a labelled corpus of our own goes through the ordinary pipeline, and its
//! scores and the traps that fail today are pinned together with the corpus's digest.
//!
//! `tests/fixtures/placement/README.md` says what a trap is and how to pin anew.

use super::bed::fixture;
use samestory::config::Settings;
use samestory::evaluate::{self, Labelled};
use samestory::pipeline::{Ingest, Silent};
use samestory_store::{Commit, SledStore, Store};
use samestory_understand::Understanding;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

/// Prints the pin as it would be now, with what each failing trap gets wrong.
const PRINT: &str = "PLACEMENT_PIN";
const HOW: &str = "to pin anew, put what `PLACEMENT_PIN=print cargo test --test it placement -- --nocapture` \
                   prints into tests/fixtures/placement/pinned.toml";

/// What is pinned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pin {
    /// SHA-256 over names and bytes of the corpus.
    digest: String,
    documents: usize,
    languages: usize,
    traps: usize,
    /// Traps that fail today.
    fails: BTreeSet<String>,
    all: Levels,
    files: BTreeMap<String, Levels>,
}

impl Pin {
    /// As `pinned.toml` holds it: a trap a line, so that a change of the list is easily read.
    fn printed(&self) -> String {
        let without = Self { fails: BTreeSet::new(), ..self.clone() };
        let list: String = self.fails.iter().map(|trap| format!("\n    \"{trap}\",")).collect();
        let close = if list.is_empty() { "]" } else { "\n]" };
        toml::to_string(&without).expect("TOML").replacen("fails = []", &format!("fails = [{list}{close}"), 1)
    }
}

/// BCubed precision, recall and F1 of the two levels, four digits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Levels {
    article: [f64; 3],
    story: [f64; 3],
}

/// A labelled document of a file, the trap it belongs to, and where it was placed.
struct Told {
    file: String,
    trap: String,
    gold: [String; 2],
    id: String,
    lang: String,
    found: [String; 2],
}

const LEVELS: [&str; 2] = ["article", "story"];

fn corpus() -> Vec<PathBuf> {
    let folder = std::fs::read_dir(fixture("placement")).expect("the corpus");
    let mut files: Vec<PathBuf> = folder.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|end| end == "jsonl"));
    files.sort();
    files
}

fn name(path: &std::path::Path) -> String {
    path.file_stem().expect("a name").to_string_lossy().into_owned()
}

fn digest(files: &[PathBuf]) -> String {
    let mut digest = Sha256::new();
    for file in files {
        digest.update(name(file));
        digest.update([0]);
        digest.update(std::fs::read(file).expect("a file"));
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The documents of one file in order of publication, and the trap of each by its id.
fn labelled(file: &std::path::Path) -> (Vec<Labelled>, BTreeMap<String, String>) {
    let now = "2026-11-12T08:00:00Z".parse().expect("a time");
    let (mut documents, bad) = evaluate::read(file, now).expect("a readable file");
    assert_eq!(bad, [], "{}", file.display());
    documents.sort_by_key(|one| one.document.published);
    let text = std::fs::read_to_string(file).expect("UTF-8");
    let traps = text.lines().map(|line| {
        let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let word = |key: &str| line[key].as_str().unwrap_or_else(|| panic!("no {key}: {line}")).to_owned();
        (word("id"), word("trap"))
    });
    (documents, traps.collect())
}

/// Takes one file as a stream through the pipeline on a store of its own.
fn placed(file: &std::path::Path, understanding: &Understanding, settings: &Settings) -> Vec<Told> {
    let (documents, traps) = labelled(file);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = SledStore::open(folder.path()).expect("a store");
    let now = "2026-11-12T08:00:00Z".parse().expect("a time");
    let mut ingest = Ingest::new(&store, understanding, settings, now).expect("an empty store");
    let all = documents.iter().map(|one| one.document.clone()).collect();
    ingest.add(all, Commit::default(), now, &Silent).expect("placements");
    let told = |one: Labelled| {
        let placement = store.placement(one.document.id).expect("the store").expect("a placement");
        let label = |label: Option<String>| label.unwrap_or_else(|| panic!("{} lacks a label", one.id));
        Told {
            file: name(file),
            trap: traps[&one.id].clone(),
            gold: [label(one.article), label(one.story)],
            lang: one.document.lang.expect("a language").to_string(),
            found: [placement.article.to_string(), placement.story.to_string()],
            id: one.id,
        }
    };
    documents.into_iter().map(told).collect()
}

fn levels(told: &[&Told]) -> Levels {
    let level = |level: usize| {
        let gold: Vec<_> = told.iter().map(|one| (&one.file, &one.gold[level])).collect();
        let found: Vec<_> = told.iter().map(|one| (&one.file, &one.found[level])).collect();
        let bcubed = evaluate::score(&gold, &found).bcubed;
        [bcubed.precision, bcubed.recall, bcubed.f1].map(|value| (value * 1e4).round() / 1e4)
    };
    Levels { article: level(0), story: level(1) }
}

/// What each trap gets wrong: pairs with a document of it that are together or apart against the labels.
fn faults(told: &[Told]) -> BTreeMap<String, BTreeSet<String>> {
    let mut faults: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (at, a) in told.iter().enumerate() {
        for b in told[at + 1..].iter().filter(|b| b.file == a.file) {
            for (level, level_name) in LEVELS.iter().enumerate() {
                let (belong, are) = (a.gold[level] == b.gold[level], a.found[level] == b.found[level]);
                if belong != are {
                    let word = if are { "together" } else { "apart" };
                    let fault = format!("{} and {} are {word} as {level_name}", a.id, b.id);
                    for trap in [&a.trap, &b.trap] {
                        faults.entry(trap.clone()).or_default().insert(fault.clone());
                    }
                }
            }
        }
    }
    faults
}

fn pin_of(told: &[Told], digest: String) -> Pin {
    let files: BTreeSet<&String> = told.iter().map(|one| &one.file).collect();
    let of_file = |file: &String| levels(&told.iter().filter(|one| one.file == *file).collect::<Vec<_>>());
    Pin {
        digest,
        documents: told.len(),
        languages: told.iter().map(|one| &one.lang).collect::<BTreeSet<_>>().len(),
        traps: told.iter().map(|one| &one.trap).collect::<BTreeSet<_>>().len(),
        fails: faults(told).into_keys().collect(),
        all: levels(&told.iter().collect::<Vec<_>>()),
        files: files.into_iter().map(|file| (file.clone(), of_file(file))).collect(),
    }
}

/// Where what was found falls behind the pin, or the pin behind what was found.
fn complaints(pinned: &Pin, found: &Pin) -> Vec<String> {
    let counted = |pin: &Pin| (pin.documents, pin.languages, pin.traps);
    if pinned.digest != found.digest || counted(pinned) != counted(found) {
        return vec![format!("the corpus is another one than was pinned: {HOW}")];
    }
    let mut complaints = Vec::new();
    let none = Levels { article: [0.0; 3], story: [0.0; 3] };
    let rows = |pin: &Pin| {
        let mut rows = pin.files.clone();
        rows.insert("all".to_owned(), pin.all);
        rows
    };
    let now = rows(found);
    for (file, was) in rows(pinned) {
        let is = now.get(&file).unwrap_or(&none);
        for (level, was, is) in [("article", was.article, is.article), ("story", was.story, is.story)] {
            for (measure, (was, is)) in ["precision", "recall", "F1"].iter().zip(was.iter().zip(is)) {
                if is < *was {
                    complaints.push(format!("{file}: {level} {measure} was {was:.4}, is {is:.4}"));
                }
            }
        }
    }
    complaints.extend(found.fails.difference(&pinned.fails).map(|trap| format!("the trap {trap} fails now")));
    let passing = pinned.fails.difference(&found.fails);
    complaints.extend(passing.map(|trap| format!("the trap {trap} passes now, so it leaves the list: {HOW}")));
    complaints
}

#[test]
fn placement_is_as_good_as_it_was() {
    let settings = Settings::default();
    let understanding = Understanding::shipped(&settings.understand).expect("the model");
    let files = corpus();
    let told: Vec<Told> = files.iter().flat_map(|file| placed(file, &understanding, &settings)).collect();
    let found = pin_of(&told, digest(&files));
    let mut report = found.printed();
    for (trap, faults) in faults(&told) {
        let _ = writeln!(report, "\n# {trap}");
        faults.iter().for_each(|fault| report.push_str(&format!("# - {fault}\n")));
    }
    if std::env::var_os(PRINT).is_some() {
        println!("{report}");
        return;
    }
    let pinned = std::fs::read_to_string(fixture("placement/pinned.toml")).expect("the pin");
    let complaints = complaints(&toml::from_str(&pinned).expect("a pin"), &found);
    assert!(complaints.is_empty(), "{}\n\n{report}", complaints.join("\n"));
}

#[test]
fn the_gate_of_placement_closes_on_what_is_worse_and_on_what_is_not_pinned() {
    let score = |value: f64| Levels { article: [value; 3], story: [value; 3] };
    let pinned = Pin {
        digest: "d".to_owned(),
        documents: 2,
        languages: 1,
        traps: 2,
        fails: BTreeSet::from(["known".to_owned()]),
        all: score(0.9),
        files: BTreeMap::from([("f".to_owned(), score(0.9))]),
    };
    let with = |change: &dyn Fn(&mut Pin)| {
        let mut found = pinned.clone();
        change(&mut found);
        complaints(&pinned, &found)
    };
    assert_eq!(toml::from_str::<Pin>(&pinned.printed()).expect("a pin"), pinned);
    assert_eq!(with(&|_| {}), Vec::<String>::new());
    assert_eq!(with(&|found| found.all = score(0.95)), Vec::<String>::new());
    assert_eq!(with(&|found| found.all.story[1] = 0.8999), ["all: story recall was 0.9000, is 0.8999"]);
    assert_eq!(with(&|found| found.files.clear()).len(), 6);
    assert!(with(&|found| found.digest = "e".to_owned())[0].contains("PLACEMENT_PIN=print"));
    assert_eq!(with(&|found| found.fails.extend(["other".to_owned()])), ["the trap other fails now"]);
    assert!(with(&|found| found.fails.clear())[0].starts_with("the trap known passes now"));
}

#[test]
fn the_corpus_of_placement_covers_enough_languages_and_traps_and_its_page_names_them() {
    let (mut languages, mut traps, mut ids) = (BTreeSet::new(), BTreeMap::new(), BTreeSet::new());
    for file in corpus() {
        let (documents, trap_of) = labelled(&file);
        assert_eq!(documents.len(), trap_of.len(), "{}: ids are unlike", file.display());
        for one in documents {
            assert!(ids.insert(one.id.clone()), "{} comes twice", one.id);
            assert!(one.document.published.is_some(), "{} has no time", one.id);
            languages.insert(one.document.lang.expect("a language"));
            *traps.entry(trap_of[&one.id].clone()).or_insert(0) += 1;
        }
    }
    assert!(languages.len() >= 12, "{languages:?}");
    assert!(traps.len() >= 40, "{} traps", traps.len());
    let alone: Vec<_> = traps.iter().filter(|(_, documents)| **documents < 2).collect();
    assert!(alone.is_empty(), "a trap needs two documents: {alone:?}");
    let page = std::fs::read_to_string(fixture("placement/README.md")).expect("README.md");
    let row = |line: &str| Some(line.strip_prefix("| `")?.split_once('`')?.0.to_owned());
    let told: Vec<String> = page.lines().filter_map(row).collect();
    assert_eq!(told.iter().cloned().collect::<BTreeSet<_>>(), traps.into_keys().collect());
    assert_eq!(told.len(), told.iter().collect::<BTreeSet<_>>().len(), "a trap is told twice");
}
