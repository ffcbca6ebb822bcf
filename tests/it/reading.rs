//! The demo as a user meets it, and reading its store: list, show, explain, sources, doctor.

use super::bed::{Bed, Ran};
use serde_json::Value;
use std::sync::OnceLock;
use std::time::Duration;

/// What the demo printed, and a bed that holds its store.
fn demo() -> &'static (Ran, Bed) {
    static DEMO: OnceLock<(Ran, Bed)> = OnceLock::new();
    DEMO.get_or_init(|| {
        let bed = Bed::new();
        let store = bed.store();
        let ran = bed.run(&["demo", "--keep", store.to_str().expect("UTF-8")]);
        (ran, bed)
    })
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() { copy(&entry.path(), &target) } else { drop(std::fs::copy(entry.path(), target)) }
    }
}

/// A copy of the demo's store, for a test that moves cursors or writes.
pub fn own() -> Bed {
    let bed = Bed::new();
    copy(&demo().1.store(), &bed.store());
    bed
}

fn jsonl(bed: &Bed, more: &[&str]) -> Vec<Value> {
    let mut arguments = vec!["list", "--format", "jsonl"];
    arguments.extend_from_slice(more);
    bed.run(&arguments).expect(0).json_lines()
}

fn ids(stories: &[Value]) -> Vec<String> {
    stories.iter().map(|story| story["story"].as_str().expect("an id").to_owned()).collect()
}

#[test]
fn the_demo_meets_its_truth_and_explains_a_merge() {
    let ran = &demo().0;
    assert_eq!(ran.code, 0, "{}\n{}", ran.out, ran.err);
    assert!(ran.out.contains("as it should be"), "{}", ran.out);
    assert!(ran.out.contains("versions of one article"), "{}", ran.out);
    assert!(!ran.out.contains('\u{1b}'), "colour in a pipe");
    for told in
        ["410 Gone", "429 Too Many Requests", "this page is no feed", "Connection refused", "the feed breaks off"]
    {
        assert!(ran.err.contains(told), "{told} is not told: {}", ran.err);
    }
}

#[test]
fn a_list_moves_the_cursor_once_and_each_reader_has_their_own() {
    let bed = own();
    let all = jsonl(&bed, &["--peek"]);
    assert!(all.len() >= 16, "{}", all.len());
    assert_eq!(ids(&jsonl(&bed, &[])), ids(&all));
    assert_eq!(jsonl(&bed, &[]).len(), 0);
    assert_eq!(jsonl(&bed, &["--reader", "other one"]).len(), all.len());
    assert_eq!(jsonl(&bed, &["--since", "all"]).len(), all.len());
    let empty = bed.run(&["list"]).expect(0);
    assert_eq!(empty.out, "");
    assert!(empty.err.contains("no new stories"), "{}", empty.err);
}

#[test]
fn what_a_limit_or_a_filter_left_out_comes_with_the_next_call() {
    let bed = own();
    let all = ids(&jsonl(&bed, &["--peek"]));
    let german = ids(&jsonl(&bed, &["--lang", "de"]));
    let first = ids(&jsonl(&bed, &["--limit", "3"]));
    let rest = ids(&jsonl(&bed, &[]));
    assert!(!german.is_empty() && german.len() < all.len());
    assert_eq!(first.len(), 3);
    let mut together: Vec<String> = [german, first, rest].concat();
    together.sort();
    let mut expected = all;
    expected.sort();
    assert_eq!(together, expected);
}

#[test]
fn filters_keep_what_they_say() {
    let bed = own();
    let peek = |more: &[&str]| {
        let mut arguments = vec!["--peek"];
        arguments.extend_from_slice(more);
        jsonl(&bed, &arguments)
    };
    let all = peek(&[]).len();
    assert!((1..all).contains(&peek(&["--translated"]).len()));
    for story in peek(&["--translated"]) {
        assert!(story["languages"].as_array().expect("a list").len() > 1);
    }
    for story in peek(&["--min-articles", "2"]) {
        assert!(story["articles"].as_array().expect("a list").len() > 1);
    }
    assert!(!peek(&["--min-articles", "2"]).is_empty());
    assert!((1..all).contains(&peek(&["--source", "hanbyeol,almarsa"]).len()));
    for story in peek(&["--source", "hanbyeol,almarsa"]) {
        assert!(story.to_string().contains("\"hanbyeol\"") || story.to_string().contains("\"almarsa\""));
    }
    assert_eq!(peek(&["--query", "Skerrin FERRY"]).len(), 1);
    assert!(peek(&["--since", "24h"]).len() < peek(&["--since", "all"]).len());
    assert!(bed.run(&["list", "--since", "soon"]).expect(2).err.contains("hint:"));
    assert!(bed.run(&["list", "--lang", "german?"]).expect(2).err.contains("BCP 47"));
}

#[test]
fn jsonl_has_every_field_of_the_contract() {
    for story in jsonl(&own(), &["--peek"]) {
        for field in
            ["story", "title", "lang", "languages", "first_published", "last_published", "change", "score", "articles"]
        {
            assert!(!story[field].is_null(), "{field}: {story}");
        }
        assert_eq!(story["change"], "new");
        for article in story["articles"].as_array().expect("a list") {
            assert!(article["article"].as_str().expect("an id").starts_with('a'));
            for document in article["documents"].as_array().expect("a list") {
                for field in ["document", "url", "source", "lang", "title", "published", "role", "signals"] {
                    assert!(!document[field].is_null(), "{field}: {document}");
                }
                for signal in document["signals"].as_array().expect("a list") {
                    assert!(signal["with"].as_str().expect("an id").starts_with('d'), "{signal}");
                    assert!(signal["signal"].is_string() && signal["evidence"].is_string());
                }
            }
        }
    }
    let json: Value =
        serde_json::from_str(&own().run(&["list", "--format", "json", "--peek"]).expect(0).out).expect("JSON");
    assert!(json["stories"].is_array() && json["cursor"].is_string());
}

#[test]
fn certain_signals_are_told_with_their_evidence() {
    let told = own().run(&["list", "--format", "jsonl", "--peek"]).expect(0).out;
    for signal in ["mirror_key", "source_link", "pair_model", "alignment", "quantities", "names"] {
        assert!(told.contains(&format!("\"signal\":\"{signal}\"")), "{signal}");
    }
}

#[test]
fn a_story_is_shown_whole_by_any_of_its_ids() {
    let bed = own();
    let story = jsonl(&bed, &["--peek", "--translated"]).remove(0);
    let article = &story["articles"][0];
    for id in [&story["story"], &article["article"], &article["documents"][0]["document"]] {
        let shown = bed.run(&["show", id.as_str().expect("an id")]).expect(0).out;
        for document in article["documents"].as_array().expect("a list") {
            assert!(shown.contains(document["url"].as_str().expect("an address")), "{shown}");
        }
    }
    let whole = bed.run(&["show", story["story"].as_str().expect("an id"), "--format", "json"]).expect(0).json_lines();
    assert!(whole[0]["articles"][0]["documents"][0]["text"].as_str().is_some_and(|text| text.len() > 200));
    let wrong = bed.run(&["show", "s0000000000000"]).expect(2);
    assert!(wrong.err.contains("s0000000000000") && wrong.err.contains("hint:"), "{}", wrong.err);
    assert!(bed.run(&["show", "bridge"]).expect(2).err.contains("bridge"));
}

#[test]
fn explain_says_why_two_are_together_or_apart() {
    let bed = own();
    let stories = jsonl(&bed, &["--peek", "--translated"]);
    let versions = |story: &Value| story["articles"][0]["documents"].as_array().map_or(0, Vec::len);
    let at = stories.iter().position(|story| versions(story) > 1).expect("a translation");
    let documents = stories[at]["articles"][0]["documents"].as_array().expect("a list").clone();
    let id = |document: &Value| document["document"].as_str().expect("an id").to_owned();
    let one = bed.run(&["explain", &id(&documents[1])]).expect(0).out;
    assert!(one.contains("is in article"), "{one}");
    let pair = bed.run(&["explain", &id(&documents[0]), &id(&documents[1])]).expect(0).out;
    assert!(pair.contains("are versions of one article"), "{pair}");
    let other = id(&stories[(at + 1) % stories.len()]["articles"][0]["documents"][0]);
    let apart = bed.run(&["explain", &id(&documents[0]), &other]).expect(0).out;
    assert!(apart.contains("are in different stories") && apart.contains("is missing"), "{apart}");
    let by_address = bed.run(&["explain", documents[0]["url"].as_str().expect("an address")]).expect(0).out;
    assert!(by_address.contains(&id(&documents[0])), "{by_address}");
}

#[test]
fn markdown_and_atom_hold_every_version() {
    let bed = own();
    let stories = jsonl(&bed, &["--peek"]);
    let markdown = bed.run(&["list", "--peek", "--format", "markdown"]).expect(0).out;
    let atom = bed.run(&["list", "--peek", "--format", "atom"]).expect(0).out;
    assert_eq!(atom.matches("<entry>").count(), stories.len());
    assert_eq!(markdown.matches("\n## ").count() + 1, stories.len());
    let parsed =
        samestory_extract::feed::feed(atom.as_bytes(), None, &"https://a.example/".parse().expect("an address"));
    assert_eq!(parsed.expect("a feed").items.len(), stories.len());
}

#[test]
fn sources_and_doctor_name_the_rule_of_the_next_poll_and_what_failed() {
    let bed = own();
    let listed = bed.run(&["sources", "list"]).expect(0).out;
    assert!(listed.contains("next poll") && listed.contains("410"), "{listed}");
    let doctor = bed.run(&["doctor"]).expect(1).out;
    for told in ["alte-post: gone (410)", "Connection refused", "stories,", "documents,"] {
        assert!(doctor.contains(told), "{told}: {doctor}");
    }
    let json: Value = serde_json::from_str(&bed.run(&["doctor", "--format", "json"]).expect(1).out).expect("JSON");
    assert!(json["sources"].as_array().is_some_and(|sources| sources.len() >= 19));
    let opml = bed.run(&["sources", "export"]).expect(0).out;
    assert!(opml.matches("xmlUrl=").count() >= 19, "{opml}");
}

#[test]
fn the_headline_stands_in_the_reader_s_language() {
    let bed = own();
    let german = bed.run_with("[read]\nlanguages = [\"de\"]\n", &["list", "--peek"]).expect(0).out;
    let plain = bed.run(&["list", "--peek"]).expect(0).out;
    assert!(german.contains("Steinbrücke") || german.contains("Metrolinie 3"), "{german}");
    assert_ne!(german, plain);
}

#[test]
fn listing_takes_no_time() {
    let bed = own();
    let time = |_| {
        let (ran, spent) = bed.run_counted(&["list", "--peek"]);
        ran.expect(0);
        spent
    };
    let mut times: Vec<Duration> = (0..5).map(time).collect();
    times.sort();
    // 50 ms by itself.
    assert!(times[0] < Duration::from_millis(200), "{times:?}");
}

#[test]
fn a_pipe_that_closes_early_is_no_error_and_what_it_did_not_take_comes_again() {
    use std::io::Read;
    use std::process::Stdio;
    let bed = own();
    let all = jsonl(&bed, &["--peek"]).len();
    let (read, write) = std::io::pipe().expect("a pipe");
    drop(read);
    let mut child = bed
        .command(&["list", "--format", "jsonl"])
        .stdout(write)
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let status = child.wait().expect("it ends");
    let mut told = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut told).expect("UTF-8");
    assert_eq!((status.code(), told.as_str()), (Some(0), ""));
    assert_eq!(jsonl(&bed, &[]).len(), all);
}

#[test]
fn a_cursor_of_an_older_store_hides_nothing() {
    let bed = own();
    let all = jsonl(&bed, &["--peek"]).len();
    bed.file("store/readers/default.cursor", "99999\n");
    assert_eq!(jsonl(&bed, &[]).len(), all);
}
