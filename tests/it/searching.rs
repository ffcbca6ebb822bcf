//! Searching over languages: words in one find stories told in others.

use super::bed::Bed;
use super::reading::own;
use serde_json::Value;

fn found(bed: &Bed, words: &str, more: &[&str]) -> Vec<Value> {
    let mut arguments = vec!["search", words, "--format", "jsonl"];
    arguments.extend_from_slice(more);
    bed.run(&arguments).expect(0).json_lines()
}

#[test]
fn words_of_one_language_find_a_story_that_none_of_its_reports_tells_in_it() {
    let bed = own();
    let first = &found(&bed, "Erdbeben in Japan, Häuser beschädigt", &[])[0];
    assert!(first["languages"].as_array().is_some_and(|all| all.iter().all(|lang| lang != "de")), "{first}");
    assert!(first["title"].as_str().is_some_and(|title| title.contains('震')), "{first}");
    assert!(first["match"]["meaning"].as_f64().is_some_and(|value| value > 0.4), "{first}");
}

#[test]
fn a_headline_finds_its_own_story_first_and_exact_words_count() {
    let bed = own();
    for story in bed.run(&["list", "--peek", "--format", "jsonl"]).expect(0).json_lines() {
        let first = &found(&bed, story["title"].as_str().expect("a title"), &[])[0];
        assert_eq!(first["title"], story["title"]);
    }
    let skerrin = &found(&bed, "skerrin", &[])[0];
    assert!(skerrin["title"].as_str().is_some_and(|title| title.contains("Skerrin")), "{skerrin}");
}

#[test]
fn a_search_keeps_to_its_language_its_time_and_its_limit_and_says_what_it_covered() {
    let bed = own();
    for story in found(&bed, "bridge", &["--lang", "ko"]) {
        assert!(story["languages"].as_array().is_some_and(|all| all.iter().any(|lang| lang == "ko")), "{story}");
    }
    assert!(found(&bed, "storm", &["--limit", "1"]).len() <= 1);
    assert!(found(&bed, "skerrin ferry", &["--since", "2026-11-12T07:00:00Z"]).is_empty());
    let ran = bed.run(&["search", "skerrin", "--since", "2026-11-12T07:00:00Z"]).expect(0);
    assert!(ran.err.contains("nothing found among 0 texts (since 2026-11-12)"), "{}", ran.err);
    assert!(ran.err.contains("--since all"), "{}", ran.err);
    let whole: Value =
        serde_json::from_str(&bed.run(&["search", "ferry", "--format", "json"]).expect(0).out).expect("JSON");
    assert!(whole["stories"].is_array());
}

#[test]
fn nonsense_finds_nothing() {
    assert!(found(&own(), "qzxv wvut", &[]).is_empty());
}
