//! Compares what was found with what is true, in sentences that a person understands.
//!
//! Documents meet by address (and revision), never by headline. Groups are compared as sets: a group
//! that should be one and was found in pieces is one difference, not one a pair. The surprising
//! fact: it also reads the texts, because a sidebar that slipped into one is a wrong answer too.

use super::{Difference, Expected, Truth};
use samestory_model::{DocumentView, Role, StoryView, canonical_key};
use std::collections::{BTreeMap, BTreeSet};
use url::Url;

struct Found<'a> {
    view: &'a DocumentView,
    article: String,
    story: String,
}

fn key(address: &str) -> String {
    Url::parse(address).map_or_else(|_| address.to_owned(), |url| canonical_key(&url))
}

/// Every difference between the stories that were found and the truth; empty where they agree.
///
/// Texts are compared only where the views carry them.
pub fn compare(stories: &[StoryView], truth: &Truth) -> Vec<Difference> {
    let mut found: Vec<Option<Found<'_>>> = Vec::new();
    for story in stories {
        for article in &story.articles {
            for view in &article.documents {
                found.push(Some(Found { view, article: article.article.to_string(), story: story.story.to_string() }));
            }
        }
    }
    let mut differences = Vec::new();
    let mut met: Vec<(&Expected, Found<'_>)> = Vec::new();
    for expected in &truth.documents {
        let wanted = key(&expected.url);
        let revised = expected.revision > 0;
        let place = found.iter_mut().find(|place| {
            place
                .as_ref()
                .is_some_and(|found| key(&found.view.url) == wanted && (found.view.role == Role::Update) == revised)
        });
        match place.and_then(Option::take) {
            Some(found) => met.push((expected, found)),
            None => differences.push(Difference::Missing {
                url: expected.url.clone(),
                title: expected.title.clone(),
                revision: expected.revision,
            }),
        }
    }
    for rest in found.into_iter().flatten() {
        differences.push(Difference::Unexpected { url: rest.view.url.clone(), title: rest.view.title.clone() });
    }
    group(&mut differences, "article", &met, |expected| &expected.article, |found| &found.article);
    group(&mut differences, "story", &met, |expected| &expected.story, |found| &found.story);
    for (expected, found) in &met {
        let either = expected.original_elsewhere && matches!(found.view.role, Role::Original | Role::Translation);
        if expected.role != found.view.role && !either {
            differences.push(Difference::Role {
                url: expected.url.clone(),
                expected: expected.role,
                found: found.view.role,
            });
        }
        misread(&mut differences, expected, found.view);
        if let Some(text) = &found.view.text {
            read(&mut differences, expected, text);
        }
    }
    differences
}

/// Sources that failed in a pass against those that should have; `failed` holds their names.
pub fn compare_sources<'a>(failed: impl IntoIterator<Item = &'a str>, truth: &Truth, pass: u8) -> Vec<Difference> {
    let failed: BTreeSet<&str> = failed.into_iter().collect();
    let mut differences = Vec::new();
    for expected in &truth.failing {
        let should_fail = expected.passes.contains(&pass);
        if should_fail != failed.contains(expected.source.as_str()) {
            let why = expected.why.clone();
            differences.push(Difference::Source { name: expected.source.clone(), should_fail, why });
        }
    }
    for name in failed.into_iter().filter(|name| !truth.failing.iter().any(|expected| expected.source == *name)) {
        differences.push(Difference::Source { name: name.to_owned(), should_fail: false, why: String::new() });
    }
    differences
}

fn group<'a>(
    differences: &mut Vec<Difference>,
    level: &'static str,
    met: &'a [(&'a Expected, Found<'a>)],
    truly: impl Fn(&'a Expected) -> &'a String,
    as_found: impl Fn(&'a Found<'a>) -> &'a String,
) {
    let mut pieces: BTreeMap<&str, BTreeMap<&str, Vec<String>>> = BTreeMap::new();
    let mut mixed: BTreeMap<&str, BTreeMap<&str, Vec<String>>> = BTreeMap::new();
    for (expected, found) in met {
        let (true_key, found_key) = (truly(expected), as_found(found));
        pieces.entry(true_key).or_default().entry(found_key).or_default().push(expected.url.clone());
        mixed.entry(found_key).or_default().entry(true_key).or_default().push(expected.url.clone());
    }
    for (key, parts) in pieces.into_iter().filter(|(_, parts)| parts.len() > 1) {
        differences.push(Difference::Apart { level, key: key.to_owned(), pieces: parts.into_values().collect() });
    }
    for (_, parts) in mixed.into_iter().filter(|(_, parts)| parts.len() > 1) {
        let groups = parts.into_iter().map(|(key, addresses)| (key.to_owned(), addresses)).collect();
        differences.push(Difference::Together { level, groups });
    }
}

fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn misread(differences: &mut Vec<Difference>, expected: &Expected, view: &DocumentView) {
    let address = |address: &Option<String>| address.as_deref().map(key).unwrap_or_default();
    let checks = [
        ("headline", plain(&expected.title), plain(&view.title)),
        ("language", expected.lang.clone(), view.lang.map(|lang| lang.to_string()).unwrap_or_default()),
        ("source line", address(&expected.source_url), address(&view.source_url)),
    ];
    for (what, expected_value, found) in checks.into_iter().filter(|(_, expected, found)| expected != found) {
        let url = expected.url.clone();
        differences.push(Difference::Misread { url, what, expected: expected_value, found });
    }
}

/// What stands in a text and in no paragraph is left over; what stands in a paragraph alone is lost.
///
/// Lines may be cut or joined in other places than the world's paragraphs are.
fn read(differences: &mut Vec<Difference>, expected: &Expected, text: &str) {
    let paragraphs: Vec<String> = expected.paragraphs.iter().map(|paragraph| plain(paragraph)).collect();
    for line in text.lines().map(plain) {
        let mut rest = line.clone();
        for paragraph in &paragraphs {
            rest = rest.replace(paragraph.as_str(), " ");
        }
        let rest = rest.trim();
        if !rest.is_empty() && !paragraphs.iter().any(|paragraph| paragraph.contains(rest)) {
            differences.push(Difference::Leftover { url: expected.url.clone(), line: rest.to_owned() });
        }
    }
    let whole = plain(text);
    for paragraph in paragraphs.iter().filter(|paragraph| !whole.contains(paragraph.as_str())) {
        let beginning: String = paragraph.chars().take(60).collect();
        differences.push(Difference::Lost { url: expected.url.clone(), paragraph: format!("{beginning}…") });
    }
}
