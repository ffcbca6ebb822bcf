//! Cases with the right answer, by kind: what must stay, what must go, and what a page says of itself.
//!
//! `tests/fixtures/page_cases/cases.jsonl` names a saved page in `inputs/` a line, with what its text must hold (`has`),
//! must not hold (`hasnt`) or hold so many times (`count`), and with `title`, `date`, `byline`, `lang`, `source` where
//! they count; `refused` where it is no article. `NOT_YET` names the cases that do not hold: one that begins to hold must
//! leave the list, one that stops to hold fails.

use crate::bed::Bed;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Cases that are known to fail.
const NOT_YET: &[&str] = &[];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/page_cases")
}

/// One space for each run of spaces, without invisible signs.
fn plain(text: &str) -> String {
    let seen: String = text.chars().filter(|sign| !matches!(sign, '\u{200b}' | '\u{ad}')).collect();
    seen.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn strings(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// What is wrong with the answer to a case; `got` is the extraction in JSON, absent where the page was refused.
fn faults(case: &Value, got: Option<&Value>) -> Vec<String> {
    let refused = case["refused"].as_bool() == Some(true);
    let Some(got) = got else { return if refused { Vec::new() } else { vec!["refused".to_owned()] } };
    if refused {
        return vec!["taken for an article".to_owned()];
    }
    let text = plain(got["text"].as_str().unwrap_or_default());
    let lost =
        strings(&case["has"]).into_iter().filter(|has| !text.contains(&plain(has))).map(|has| format!("lost: {has}"));
    let kept =
        strings(&case["hasnt"]).into_iter().filter(|not| text.contains(&plain(not))).map(|not| format!("kept: {not}"));
    let mut found: Vec<String> = lost.chain(kept).collect();
    for (line, times) in case["count"].as_object().into_iter().flatten() {
        let seen = text.matches(&plain(line)).count();
        if Some(seen as u64) != times.as_u64() {
            found.push(format!("{seen} times instead of {times}: {line}"));
        }
    }
    let said = |key: &str| got[key].as_str().unwrap_or_default();
    let mut compare = |key: &str, own: String, expected: &[&str]| {
        if !expected.contains(&own.as_str()) {
            found.push(format!("{key} is {own:?}, not {expected:?}"));
        }
    };
    if let Some(title) = case["title"].as_str() {
        compare("title", plain(said("title")), &[title]);
    }
    if case["date"].is_array() {
        let days = strings(&case["date"]);
        let day: String = said("published").chars().take(10).collect();
        compare("date", day, if days.is_empty() { &[""] } else { &days });
    }
    if let Some(lang) = case["lang"].as_str() {
        compare("lang", said("lang").split('-').next().unwrap_or_default().to_owned(), &[lang]);
    }
    if case.get("source").is_some() {
        compare("source", said("source_url").to_owned(), &[case["source"].as_str().unwrap_or_default()]);
    }
    if case["byline"].is_array() {
        let names = |value: &Value| strings(value).into_iter().map(plain).collect::<Vec<_>>().join("; ");
        compare("byline", names(&got["byline"]), &[names(&case["byline"]).as_str()]);
    }
    found
}

#[test]
fn cases_hold_but_for_those_that_are_known() {
    let bed = Bed::new();
    let listed = std::fs::read_to_string(folder().join("cases.jsonl")).expect("the cases are there");
    let mut failing = BTreeSet::new();
    let mut said = String::new();
    let mut count = 0;
    for line in listed.lines().filter(|line| !line.trim().is_empty()) {
        let case: Value = serde_json::from_str(line).expect("a case a line");
        let name = case["name"].as_str().expect("a name");
        let page = folder().join("inputs").join(case["file"].as_str().expect("a file"));
        let page = page.to_str().expect("UTF-8");
        let mut args = vec!["extract", page, "--format", "json"];
        args.extend(case["url"].as_str().into_iter().flat_map(|url| ["--url", url]));
        let ran = bed.run(&args);
        let got: Option<Value> = (ran.code == 0).then(|| serde_json::from_str(&ran.out).expect("JSON"));
        let faults = faults(&case, got.as_ref());
        if !faults.is_empty() {
            failing.insert(name.to_owned());
            said += &format!("{name}: {}\n", faults.join("; "));
        }
        count += 1;
    }
    assert!(count >= 95, "{count} cases");
    let known: BTreeSet<String> = NOT_YET.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(failing, known, "\n{said}");
}
