//! Compares what was found with what is true, in sentences that a person understands.
//!
//! Documents meet by address (and revision), never by headline. Groups are compared as sets: a group
//! that should be one and was found in pieces is one difference, not one a pair. The surprising
//! fact: it also reads the texts, because a sidebar that slipped into one is a wrong answer too.

use super::{Expected, Truth};
use crate::model::{DocumentView, Role, StoryView, canonical_key};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use url::Url;

/// One way in which what was found differs from what is true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// A document is in no story.
    Missing {
        /// Its address.
        url: String,
        /// Its headline.
        title: String,
        /// Its revision.
        revision: u32,
    },
    /// A document that the world does not hold, or one found twice.
    Unexpected {
        /// Its address.
        url: String,
        /// The headline it was found with.
        title: String,
    },
    /// One article or story was found in pieces.
    Apart {
        /// `article` or `story`.
        level: &'static str,
        /// Its key in the story files.
        key: String,
        /// The addresses, a list for each piece.
        pieces: Vec<Vec<String>>,
    },
    /// Several articles or stories were found as one.
    Together {
        /// `article` or `story`.
        level: &'static str,
        /// Their keys, each with its addresses.
        groups: Vec<(String, Vec<String>)>,
    },
    /// A document has another part in its article.
    Role {
        /// Its address.
        url: String,
        /// The part it has.
        expected: Role,
        /// The part it was given.
        found: Role,
    },
    /// A text holds what is not the article.
    Leftover {
        /// Its address.
        url: String,
        /// The line as it was found.
        line: String,
    },
    /// A source failed that should not have, or did not fail though it should have.
    Source {
        /// Its name.
        name: String,
        /// Whether it should have failed.
        should_fail: bool,
        /// What the world does to it; empty where it does nothing.
        why: String,
    },
    /// A text lacks a paragraph of the article.
    Lost {
        /// Its address.
        url: String,
        /// The beginning of the paragraph.
        paragraph: String,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { url, title, revision: 0 } => write!(out, "missing: {url} ({title})"),
            Self::Missing { url, title, .. } => write!(out, "missing update: {url} ({title})"),
            Self::Unexpected { url, title } => write!(out, "not in the world, or found twice: {url} ({title})"),
            Self::Apart { level, key, pieces } => {
                write!(out, "{level} `{key}` was found in {} pieces:", pieces.len())?;
                for piece in pieces {
                    write!(out, "\n    {}", piece.join("\n  + "))?;
                }
                Ok(())
            }
            Self::Together { level, groups } => {
                write!(out, "different {} were put together:", if *level == "story" { "stories" } else { "articles" })?;
                for (key, addresses) in groups {
                    write!(out, "\n    {key}: {}", addresses.join("\n  + "))?;
                }
                Ok(())
            }
            Self::Role { url, expected, found } => {
                write!(out, "{url} should be {expected:?}, was found as {found:?}")
            }
            Self::Leftover { url, line } => write!(out, "left over in the text of {url}: {line}"),
            Self::Source { name, should_fail: true, why } => write!(out, "source {name} should have failed: {why}"),
            Self::Source { name, .. } => write!(out, "source {name} failed and should not have"),
            Self::Lost { url, paragraph } => write!(out, "lost from the text of {url}: {paragraph}"),
        }
    }
}

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
        if let Some(text) = &found.view.text {
            read(&mut differences, truth, expected, text);
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

fn read(differences: &mut Vec<Difference>, truth: &Truth, expected: &Expected, text: &str) {
    let host = Url::parse(&expected.url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    let here = |known: &&(String, String)| known.0 == host;
    for line in text.lines().map(plain).filter(|line| !line.is_empty()) {
        let own = expected.paragraphs.iter().any(|paragraph| plain(paragraph) == line);
        let foreign = truth.leftovers.iter().filter(here).any(|(_, left)| line.contains(left.as_str()))
            || truth.headlines.iter().filter(here).any(|(_, headline)| *headline == line)
            || expected.never.iter().any(|never| line.contains(&plain(never)));
        if foreign && !own {
            differences.push(Difference::Leftover { url: expected.url.clone(), line });
        }
    }
    let whole = plain(text);
    for paragraph in &expected.paragraphs {
        if !whole.contains(&plain(paragraph)) {
            let beginning: String = paragraph.chars().take(60).collect();
            differences.push(Difference::Lost { url: expected.url.clone(), paragraph: format!("{beginning}…") });
        }
    }
}
