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

#[test]
fn a_text_without_a_headline_is_listed_by_its_beginning_and_marked() {
    let bed = Bed::new();
    let line = |id: u8, text: &str| {
        let line = serde_json::json!({"id": id.to_string(), "text": text, "lang": "vi", "published": "2026-03-02T10:00:00Z",
            "url": format!("https://paper.example/@a/{id}")});
        format!("{line}\n")
    };
    let long = "Cầu Lam Khê Tràng mở lại sau hai năm trùng tu, người dân đi bộ qua cầu từ sáng sớm và mang theo hoa. "
        .repeat(3);
    bed.file("in/posts.jsonl", line(1, &long) + &line(2, "\n <3 Bão số 9.\nQuảng Ngãi, gió giật cấp 12 ở ven biển."));
    bed.run(&["import", "in"]).expect(0);
    let list = |form: &str| bed.run(&["list", "--since", "all", "--peek", "--format", form]).expect(0).out;
    let (table, markdown) = (list("table"), list("markdown"));
    for out in [&table, &markdown] {
        assert!(out.contains("Cầu Lam Khê Tràng mở lại sau hai năm"), "{out}");
        assert!(!out.contains("[]("), "{out}");
    }
    let mut titles: Vec<String> = Vec::new();
    for story in bed.run(&["list", "--since", "all", "--format", "jsonl"]).expect(0).json_lines() {
        titles.push(story["title"].as_str().expect("text").to_owned());
    }
    titles.sort();
    assert_eq!(titles.len(), 2, "{titles:?}");
    assert_eq!(titles[0], "<3 Bão số 9…");
    assert!(titles[1].ends_with('…') && titles[1].chars().count() < 125, "{titles:?}");
}
