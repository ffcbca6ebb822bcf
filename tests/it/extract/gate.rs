//! Holds the quality of extraction: a token F1 for each page of our own, pinned with the corpus it was seen on.
//!
//! `tests/fixtures/pages/PINNED` holds the digest of every fixture and the scores that were reached. Another
//! fixture without another pin fails, and so does a lower score. After a change that is meant, write the
//! pin anew with `SAMESTORY_PIN=1 cargo test --test it extract::gate`, and read what changed in it.

use super::{fixtures, folder, settings};
use samestory_extract::article::{self, Repeated};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

/// Scores are written with four digits.
const STEP: f64 = 0.000_1;

/// Words, or single signs where a script writes none: Chinese, Japanese, Thai and their neighbours.
fn tokens(text: &str) -> HashMap<String, usize> {
    let alone = |sign: char| matches!(sign as u32, 0xe00..0xf00 | 0x1000..0x10a0 | 0x1780..0x1800 | 0x3040..0x3100 | 0x3400..0xa000);
    let mut counts = HashMap::new();
    let mut word = String::new();
    for sign in text.chars().chain([' ']) {
        if sign.is_alphanumeric() && !alone(sign) {
            word.extend(sign.to_lowercase());
            continue;
        }
        if !word.is_empty() {
            *counts.entry(std::mem::take(&mut word)).or_default() += 1;
        }
        if alone(sign) {
            *counts.entry(sign.to_string()).or_default() += 1;
        }
    }
    counts
}

/// Shared, only got, only expected.
fn compared(got: &str, expected: &str) -> [usize; 3] {
    let (got, expected) = (tokens(got), tokens(expected));
    let shared: usize = got.iter().map(|(token, count)| *count.min(expected.get(token).unwrap_or(&0))).sum();
    [shared, got.values().sum::<usize>() - shared, expected.values().sum::<usize>() - shared]
}

fn f1([shared, over, missed]: [usize; 3]) -> f64 {
    let all = 2 * shared + over + missed;
    if all == 0 { 0.0 } else { 2.0 * shared as f64 / all as f64 }
}

/// Name and counts of every fixture, by what is extracted without any knowledge of its host.
fn scores() -> BTreeMap<String, [usize; 3]> {
    let mut found = BTreeMap::new();
    for (ending, page) in [(".html", true), (".txt", false)] {
        let read = if page { article::page } else { article::plain };
        for (name, body, golden) in fixtures(ending) {
            let text = golden.split_once("\n\n").expect("a head and a text").1;
            let got = read(&body, None, &settings(), &Repeated::none()).map(|page| page.text).unwrap_or_default();
            found.insert(name, compared(&got, text));
        }
    }
    found
}

/// SHA-256 over names and bytes of all fixtures.
fn digest() -> String {
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .expect("the fixtures are there")
        .map(|entry| entry.expect("readable").file_name().into_string().expect("UTF-8"))
        .filter(|name| name != "PINNED")
        .collect();
    names.sort();
    let mut hash = Sha256::new();
    for name in names {
        let bytes = std::fs::read(folder().join(&name)).expect("a fixture");
        hash.update(format!("{name}\0{}\0", bytes.len()));
        hash.update(bytes);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn sum(scores: &BTreeMap<String, [usize; 3]>) -> [usize; 3] {
    scores.values().fold([0; 3], |all, one| [all[0] + one[0], all[1] + one[1], all[2] + one[2]])
}

#[test]
fn no_page_and_not_all_together_score_lower_than_pinned() {
    let (scores, digest) = (scores(), digest());
    let path = folder().join("PINNED");
    let mut written = format!("corpus {digest}\nall {:.4}\n", f1(sum(&scores)));
    for (name, counts) in &scores {
        let _ = writeln!(written, "{name} {:.4}", f1(*counts));
    }
    if std::env::var_os("SAMESTORY_PIN").is_some() {
        std::fs::write(&path, &written).expect("the pin is written");
    }
    let pinned = std::fs::read_to_string(&path).expect("tests/fixtures/pages/PINNED");
    let pins: HashMap<&str, &str> = pinned.lines().filter_map(|line| line.split_once(' ')).collect();
    assert_eq!(pins.get("corpus"), Some(&digest.as_str()), "the fixtures changed: pin them anew, as gate.rs says");
    let mut lower = String::new();
    for line in written.lines().skip(1) {
        let (name, now) = line.split_once(' ').expect("a name and a score");
        let before = pins.get(name).unwrap_or_else(|| panic!("{name} is not pinned"));
        let number = |text: &str| text.parse::<f64>().expect("a score");
        if number(now) + STEP / 2.0 < number(before) {
            let _ = writeln!(lower, "{name}: {now}, pinned {before}");
        }
    }
    assert!(lower.is_empty(), "{lower}");
}

#[test]
fn the_corpus_is_as_large_as_it_must_be_and_reads_well() {
    let pages = fixtures(".html");
    assert!(pages.len() >= 40, "{} pages", pages.len());
    let language = |name: &str| name.trim_end_matches(".html").rsplit('-').next().unwrap_or_default().to_owned();
    let languages: BTreeSet<String> = pages.iter().map(|(name, ..)| language(name)).collect();
    assert!(languages.len() >= 15 && languages.iter().all(|tag| tag.len() == 2), "{languages:?}");
    let scores = scores();
    assert!(f1(sum(&scores)) >= 0.98, "{:.4}", f1(sum(&scores)));
    let worst = scores.iter().min_by(|a, b| f1(*a.1).total_cmp(&f1(*b.1))).expect("pages");
    assert!(f1(*worst.1) >= 0.8, "{}: {:.4}", worst.0, f1(*worst.1));
}

#[test]
fn the_measure_counts_signs_where_no_spaces_are_and_sees_every_difference() {
    assert!((f1(compared("橋を直す", "橋を直す")) - 1.0).abs() < STEP);
    assert!((f1(compared("橋を直す", "橋を壊す")) - 0.75).abs() < STEP);
    assert!((f1(compared("the bridge", "the bridge is shut")) - 2.0 * 2.0 / 6.0).abs() < STEP);
    assert!(f1(compared("", "text")) < STEP);
}

/// What a pass relies on, which extracts a page anew only where its article holds what repeats: knowing every other line
/// of a page changes nothing in its article.
#[test]
fn what_repeats_outside_of_an_article_changes_nothing_in_it() {
    let mut lines = 0;
    for (name, body, _) in fixtures(".html") {
        let Ok(first) = article::page(&body, None, &settings(), &Repeated::none()) else { continue };
        let own: BTreeSet<u64> = article::text_blocks(&first.text).into_iter().collect();
        let removed = first.removed.iter().map(|removed| removed.text.as_str());
        let outside: Vec<String> =
            removed.map(str::to_owned).chain([samestory_model::markup::plain_text(&body)]).collect();
        let known: Repeated =
            article::text_blocks(&outside.join("\n")).into_iter().filter(|block| !own.contains(block)).collect();
        lines += known.len();
        assert!(!known.touches(&first.text), "{name}");
        let again = article::page(&body, None, &settings(), &known).expect("it read before");
        assert_eq!(again.text, first.text, "{name}");
    }
    assert!(lines > 100, "{lines} lines around the articles");
}
