//! The article and nothing but the article, over pages and texts written after layouts met in the wild.
//!
//! Every `NAME.html` and `NAME.txt` in `tests/fixtures/pages` has `NAME.….article` beside it: what
//! must be known (`title`, `source_url`, …), an empty line, the text whole. Where the head says
//! `whole: no`, something is known to be left over; the gate pins how much. Themes stand in the files beside.

mod bounds;
mod cases;
mod gate;
mod hostile;
mod kinds;
mod sites;

use samestory::config;
use samestory_extract::article::{self, Repeated, RepeatedCounts};
use samestory_model::{Extracted, RemovedWhy};
use std::fmt::Write as _;
use std::path::PathBuf;
use url::Url;

fn settings() -> config::Extract {
    config::Settings::default().extract
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pages")
}

/// Files of one kind with their content and what is expected of them.
fn fixtures(ending: &str) -> Vec<(String, String, String)> {
    let mut found: Vec<_> = std::fs::read_dir(folder())
        .expect("the fixtures are there")
        .filter_map(|entry| entry.expect("readable").file_name().into_string().ok())
        .filter(|name| name.ends_with(ending))
        .collect();
    found.sort();
    let read = |name: String| std::fs::read_to_string(folder().join(name)).expect("a fixture and its golden");
    found.into_iter().map(|name| (name.clone(), read(name.clone()), read(format!("{name}.article")))).collect()
}

/// What differs between an extraction and its golden, for a person; empty where nothing does.
fn differences(name: &str, got: &Extracted, golden: &str) -> String {
    let (head, text) = golden.split_once("\n\n").expect("a head and a text");
    let whole = !head.lines().any(|line| line == "whole: no");
    let mut out = String::new();
    for line in head.lines().filter(|line| *line != "whole: no") {
        let (key, expected) = line.split_once(':').map(|(key, value)| (key, value.trim())).expect("key and value");
        let found = match key {
            "title" => got.title.clone(),
            "source_url" => got.source_url.as_ref().map(ToString::to_string).unwrap_or_default(),
            "source_name" => got.source_name.clone().unwrap_or_default(),
            "published" => got.published.map(|at| at.strftime("%Y-%m-%d").to_string()).unwrap_or_default(),
            other => panic!("{name}: no such key {other}"),
        };
        if found != expected {
            let _ = writeln!(out, "{name}: {key} is {found:?}, not {expected:?}");
        }
    }
    let expected: Vec<&str> = text.lines().collect();
    for line in got.text.lines().filter(|line| whole && !expected.contains(line)) {
        let _ = writeln!(out, "{name}: left over: {line}");
    }
    for line in expected.iter().filter(|line| !got.text.lines().any(|kept| kept == **line)) {
        let _ = writeln!(out, "{name}: lost: {line}");
    }
    if whole && out.is_empty() && got.text.trim() != text.trim() {
        let _ = writeln!(out, "{name}: the lines are in another order or doubled");
    }
    out
}

#[test]
fn every_page_gives_its_article_whole_and_nothing_else() {
    let pages = fixtures(".html");
    assert!(pages.len() >= 40, "{} pages", pages.len());
    let wrong: String = pages
        .iter()
        .map(|(name, html, golden)| match article::page(html, None, &settings(), &Repeated::none()) {
            Ok(got) => differences(name, &got, golden),
            Err(error) => format!("{name}: {error}\n"),
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_saved_text_gives_its_article_whole_and_nothing_else() {
    let texts = fixtures(".txt");
    assert!(texts.len() >= 12, "{} texts", texts.len());
    let wrong: String = texts
        .iter()
        .map(|(name, text, golden)| match article::plain(text, None, &settings(), &Repeated::none()) {
            Ok(got) => differences(name, &got, golden),
            Err(error) => format!("{name}: {error}\n"),
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn what_was_removed_says_why() {
    let text = std::fs::read_to_string(folder().join("mirror-de.txt")).expect("a fixture");
    let got = article::plain(&text, None, &settings(), &Repeated::none()).expect("an article");
    let why = |text: &str| got.removed.iter().find(|removed| removed.text == text).map(|removed| removed.why);
    assert_eq!(why("Kommentar (0)"), Some(RemovedWhy::Comments));
    assert_eq!(why("Gleiches Thema"), Some(RemovedWhy::Label));
    assert_eq!(why(";"), Some(RemovedWhy::Navigation));
    assert_eq!(why("Der letzte Netzmacher auf der fernen Insel"), Some(RemovedWhy::Related));
    assert!(got.removed.iter().any(|removed| removed.why == RemovedWhy::Source && removed.text.contains("https://")));
    assert_eq!(got.captions, ["Kinder am Tag der Eröffnung (Foto: NVCC)"]);
}

#[test]
fn lines_that_stand_on_several_files_of_a_folder_are_learned_and_go() {
    let note = "This text was carried over by the harbour service and may be reprinted with its name.";
    let article = |subject: &str| {
        let body: Vec<String> = (1..5)
            .map(|n| {
                format!("In part {n} the report on {subject} tells what the council heard on that day, and from whom.")
            })
            .collect();
        format!("The {subject} question\n{note}\n{}", body.join("\n"))
    };
    let files = [article("bridge"), article("harbour"), article("school")];
    let mut counts = RepeatedCounts::default();
    for file in &files {
        counts.learn(&article::text_blocks(file), 20_000);
    }
    let known = counts.repeated(settings().repeated_after);
    assert!(known.contains(note));
    let without = article::plain(&files[0], None, &settings(), &Repeated::none()).expect("an article");
    assert!(without.text.contains(note));
    let with = article::plain(&files[0], None, &settings(), &known).expect("an article");
    assert!(!with.text.contains(note), "{}", with.text);
    assert_eq!(with.text.lines().count(), 4);
    assert!(article::blocks(&with).iter().all(|block| article::text_blocks(&files[0]).contains(block)));
}

#[test]
fn a_feed_s_content_keeps_its_text_and_loses_its_furniture() {
    let base = Url::parse("https://blatt.example/a").expect("an address");
    let html = "<p>The council met on Tuesday and closed the bridge for a year.</p>\
        <figure><img src=x><figcaption>The bridge</figcaption></figure><script>x()</script>\
        <p>Repairs will begin in spring, the mayor said.</p><div class='sharedaddy'>Share this</div>";
    let got = article::fragment(html, &base, &settings(), &Repeated::none());
    assert_eq!(
        got.text,
        "The council met on Tuesday and closed the bridge for a year.\nRepairs will begin in spring, the mayor said."
    );
    assert_eq!(got.captions, ["The bridge"]);
}

#[test]
fn metadata_is_read_with_its_zone_and_addresses() {
    let page = r#"<html lang="de-AT"><head><base href="https://blatt.example/x/">
        <link rel="canonical" href="/a"><link rel="amphtml" href="/a/amp">
        <link rel="alternate" hreflang="sv-SE" href="/sv/a"><link rel="alternate" hreflang="x-default" href="/a">
        <meta property="og:site_name" content="Das Blatt"><meta property="og:image" content="/i.jpg">
        <meta property="article:published_time" content="2025-11-25T08:30:00+01:00"><meta name="author" content="Eva Muster">
        </head><body><h1>Die Brücke bleibt zu</h1><p>Der Rat hat am Dienstag beschlossen, die Brücke zu sperren, bis sie repariert ist.</p></body></html>"#;
    let address = Url::parse("https://blatt.example/a?utm_source=x").expect("an address");
    let got = article::page(page, Some(&address), &settings(), &Repeated::none()).expect("an article");
    assert_eq!(got.url.as_ref(), Some(&address));
    assert_eq!(got.canonical.map(String::from).as_deref(), Some("https://blatt.example/a"));
    assert_eq!(got.amp.map(String::from).as_deref(), Some("https://blatt.example/a/amp"));
    assert_eq!(got.image.map(String::from).as_deref(), Some("https://blatt.example/i.jpg"));
    assert_eq!(got.published.map(|at| at.to_string()).as_deref(), Some("2025-11-25T07:30:00Z"));
    assert_eq!(got.byline, ["Eva Muster"]);
    assert_eq!(got.site.as_deref(), Some("Das Blatt"));
    assert_eq!(got.lang.map(|lang| lang.to_string()).as_deref(), Some("de"));
    let alternates: Vec<String> = got.alternates.iter().map(|(lang, url)| format!("{lang} {url}")).collect();
    assert_eq!(alternates, ["sv https://blatt.example/sv/a"]);
}
