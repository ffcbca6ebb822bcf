//! Saved pages as a reader keeps them: an import groups exactly the translations and the reports of
//! one event, and no leftover of the pages reaches a text.

use super::bed::{Bed, fixture};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn saved_pages_are_grouped_as_they_belong_and_hold_the_article_alone() {
    let bed = Bed::new();
    for entry in std::fs::read_dir(fixture("saved")).expect("a folder").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name != "truth.jsonl" {
            bed.file(&format!("saved/{name}"), std::fs::read(entry.path()).expect("a file"));
        }
    }
    bed.run(&["import", "saved"]).expect(0);
    let listed: Value = serde_json::from_str(&bed.run(&["list", "--format", "json"]).expect(0).out).expect("JSON");
    let mut found: BTreeMap<String, (String, String)> = BTreeMap::new();
    let mut texts: BTreeMap<String, Value> = BTreeMap::new();
    for story in listed["stories"].as_array().expect("a list") {
        let id = story["story"].as_str().expect("an id");
        let whole = bed.run(&["show", id, "--format", "json"]).expect(0).json_lines().remove(0);
        for article in whole["articles"].as_array().expect("a list") {
            for document in article["documents"].as_array().expect("a list") {
                let url: url::Url = document["url"].as_str().expect("text").parse().expect("an address");
                assert_eq!(url.scheme(), "file");
                let path = url.to_file_path().expect("a path");
                let name = path.file_name().expect("a name").to_string_lossy().into_owned();
                let article = article["article"].as_str().expect("an id").to_owned();
                found.insert(name.clone(), (article, id.to_owned()));
                texts.insert(name, document.clone());
            }
        }
    }
    let truth = std::fs::read_to_string(fixture("saved/truth.jsonl")).expect("the truth");
    let truth: Vec<Value> = truth.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let groups = |of: &dyn Fn(&Value) -> String| -> BTreeSet<BTreeSet<String>> {
        let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for saved in &truth {
            let file = saved["file"].as_str().expect("text").to_owned();
            all.entry(of(saved)).or_default().insert(file);
        }
        all.into_values().collect()
    };
    let place = |saved: &Value| found.get(saved["file"].as_str().expect("text")).cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    assert_eq!(groups(&|saved| place(saved).0), groups(&|saved| text(&saved["article"])), "articles");
    assert_eq!(groups(&|saved| place(saved).1), groups(&|saved| text(&saved["story"])), "stories");
    for saved in &truth {
        let file = saved["file"].as_str().expect("text");
        let document = &texts[file];
        let body = document["text"].as_str().expect("text");
        for left in saved["leftovers"].as_array().expect("a list") {
            assert!(!body.contains(left.as_str().expect("text")), "{file}: {left} is left over in\n{body}");
        }
        for kept in saved["keeps"].as_array().expect("a list") {
            assert!(body.contains(kept.as_str().expect("text")), "{file}: {kept} is lost from\n{body}");
        }
        assert_eq!(document["title"], saved["title"], "{file}");
        assert_eq!(document["lang"], saved["lang"], "{file}");
        if let Some(source) = saved["source_url"].as_str() {
            assert_eq!(document["source_url"], source, "{file}");
        }
    }
}
