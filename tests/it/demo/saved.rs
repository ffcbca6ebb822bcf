//! Checks the saved pages of `tests/fixtures/saved`: that they and their truth belong together.
//!
//! Among them are one page saved twice (its second time with readers' comments) and a copy with small
//! edits, so that what stands in two files is not always what a site repeats.
//! `leftovers` must not be in an extracted text, `keeps` must; both stand in the files as saved.

use std::collections::{BTreeMap, BTreeSet};

#[derive(serde::Deserialize)]
struct Saved {
    file: String,
    lang: String,
    title: String,
    article: String,
    story: String,
    leftovers: Vec<String>,
    keeps: Vec<String>,
}

fn saved() -> Vec<(Saved, String)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/saved");
    let truth = std::fs::read_to_string(folder.join("truth.jsonl")).expect("the truth of the saved pages");
    truth
        .lines()
        .map(|line| serde_json::from_str::<Saved>(line).expect("one saved page a line"))
        .map(|saved| {
            let text = std::fs::read_to_string(folder.join(&saved.file)).expect("a saved page");
            (saved, text)
        })
        .collect()
}

#[test]
fn saved_pages_and_their_truth_name_the_same_files() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/saved");
    let there: BTreeSet<String> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name != "truth.jsonl")
        .collect();
    let named: BTreeSet<String> = saved().into_iter().map(|(saved, _)| saved.file).collect();
    assert_eq!(there, named);
    assert!(named.len() >= 14);
}

#[test]
fn saved_pages_hold_the_leftovers_that_their_truth_names() {
    let pages = saved();
    let languages: BTreeSet<&str> = pages.iter().map(|(saved, _)| saved.lang.as_str()).collect();
    for wanted in ["de", "sv", "ko", "en", "vi"] {
        assert!(languages.contains(wanted), "{wanted}");
    }
    let mut articles: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (saved, text) in &pages {
        assert!(saved.leftovers.len() >= 3, "{}", saved.file);
        for left in &saved.leftovers {
            assert!(text.contains(left), "{} has no `{left}`", saved.file);
            assert!(!saved.keeps.iter().any(|kept| kept.contains(left)), "{}: `{left}`", saved.file);
        }
        assert!(text.lines().any(|line| line.trim() == saved.title), "{}", saved.file);
        assert!(saved.keeps.len() >= 5, "{}", saved.file);
        assert!(saved.keeps.iter().all(|kept| text.contains(kept)), "{}", saved.file);
        articles.entry(&saved.article).or_default().insert(&saved.story);
    }
    assert!(articles.values().all(|stories| stories.len() == 1));
    assert!(articles.len() < pages.len());
}
