//! The reader's word: split, merge, pin, apart; listed, undone, kept over re-clustering.

use super::bed::Bed;
use super::reading::own;
use serde_json::Value;

fn stories(bed: &Bed) -> Vec<Value> {
    bed.run(&["list", "--since", "all", "--peek", "--format", "jsonl"]).expect(0).json_lines()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} in {value}"))
}

/// Every document with its article and story.
fn places(bed: &Bed) -> Vec<(String, String, String, String)> {
    let mut found = Vec::new();
    for story in stories(bed) {
        for article in story["articles"].as_array().expect("a list") {
            for document in article["documents"].as_array().expect("a list") {
                let of = |value: &Value, key: &str| text(value, key).to_owned();
                found.push((
                    of(document, "document"),
                    of(article, "article"),
                    of(&story, "story"),
                    of(document, "source"),
                ));
            }
        }
    }
    found.sort();
    found
}

fn story_of(bed: &Bed, document: &str) -> String {
    places(bed).into_iter().find(|place| place.0 == document).expect("the document is there").2
}

/// A story with versions in several languages, and its second document.
fn translated(bed: &Bed) -> (String, String) {
    let story = stories(bed)
        .into_iter()
        .find(|story| {
            story["articles"].as_array().is_some_and(|articles| articles.len() == 1)
                && story["languages"].as_array().is_some_and(|languages| languages.len() >= 4)
        })
        .expect("the demo has one");
    let document = text(&story["articles"][0]["documents"][1], "document").to_owned();
    (text(&story, "story").to_owned(), document)
}

#[test]
fn a_split_document_stands_alone_until_the_word_is_taken_back() {
    let bed = own();
    let before = places(&bed);
    let (story, document) = translated(&bed);
    let ran = bed.run(&["split", &document]).expect(0);
    assert!(ran.err.contains("word 1") && ran.err.contains("samestory undo 1"), "{}", ran.err);
    let alone = story_of(&bed, &document);
    assert_ne!(alone, story);
    assert_eq!(places(&bed).iter().filter(|place| place.2 == alone).count(), 1);
    let why = bed.run(&["explain", &document]).expect(0).out;
    assert!(why.contains("your word 1"), "{why}");
    // The rules alone would put it back; the word is kept over re-clustering.
    bed.run(&["recluster"]).expect(0);
    assert_eq!(places(&bed).iter().filter(|place| place.2 == alone).count(), 1);
    assert_eq!(bed.run(&["words", "--format", "json"]).expect(0).json_lines()[0]["words"][0]["number"], 1);
    bed.run(&["undo", "1"]).expect(0);
    assert_eq!(places(&bed), before, "ids and all");
    assert_eq!(bed.run(&["words"]).expect(0).out, "");
    // The id that the document had meanwhile still answers.
    assert!(bed.run(&["show", &alone]).expect(0).out.contains(&story));
}

#[test]
fn the_document_that_opened_a_story_can_be_split_from_it_and_the_story_keeps_its_id() {
    let bed = own();
    let (story, _) = translated(&bed);
    let first = places(&bed).into_iter().filter(|place| place.2 == story).count();
    let opened = stories(&bed).into_iter().find(|one| text(one, "story") == story).expect("it is there");
    let documents = opened["articles"][0]["documents"].as_array().expect("a list").clone();
    for document in &documents[..2] {
        bed.run(&["split", text(document, "document")]).expect(0);
    }
    let now = places(&bed);
    assert_eq!(now.iter().filter(|place| place.2 == story).count(), first - 2);
    let alone = story_of(&bed, text(&documents[0], "document"));
    assert_ne!(alone, story);
    bed.run(&["undo", "1"]).expect(0);
    bed.run(&["undo", "2"]).expect(0);
    assert_eq!(places(&bed).iter().filter(|place| place.2 == story).count(), first);
}

#[test]
fn two_stories_are_one_when_the_reader_says_so() {
    let bed = own();
    let before = places(&bed);
    let all = stories(&bed);
    // Stories come newest first: the last one is older than the window.
    let (one, other) = (text(&all[0], "story"), text(all.last().expect("some"), "story"));
    bed.run(&["merge", one, other]).expect(0);
    let merged = stories(&bed);
    assert_eq!(merged.len(), all.len() - 1);
    let shown = bed.run(&["show", one]).expect(0).out;
    assert!(shown.contains(other) && shown.contains("your word 1"), "the older id stays and both answer: {shown}");
    bed.run(&["recluster"]).expect(0);
    assert_eq!(stories(&bed).len(), all.len() - 1, "a word is kept over re-clustering");
    bed.run(&["undo", "1"]).expect(0);
    assert_eq!(places(&bed), before);
}

#[test]
fn two_articles_are_versions_when_the_reader_says_so() {
    let bed = own();
    let all = stories(&bed);
    let several = all
        .iter()
        .find(|story| story["articles"].as_array().is_some_and(|articles| articles.len() > 1))
        .expect("the demo has one");
    let article = |at: usize| text(&several["articles"][at], "article").to_owned();
    let count = several["articles"].as_array().expect("a list").len();
    bed.run(&["merge", &article(0), &article(1)]).expect(0);
    let merged = stories(&bed).into_iter().find(|story| story["story"] == several["story"]).expect("its id stays");
    assert_eq!(merged["articles"].as_array().expect("a list").len(), count - 1);
    bed.run(&["undo", "1"]).expect(0);
    let again = stories(&bed).into_iter().find(|story| story["story"] == several["story"]).expect("its id stays");
    assert_eq!(again["articles"].as_array().expect("a list").len(), count);
}

#[test]
fn two_sources_are_kept_apart() {
    let bed = own();
    let before = places(&bed);
    let shared = |places: &[(String, String, String, String)]| {
        let of = |source: &str| {
            places.iter().filter(|place| place.3 == source).map(|place| place.2.clone()).collect::<Vec<_>>()
        };
        let (one, other) = (of("harbourpost"), of("valleyherald"));
        one.into_iter().filter(|story| other.contains(story)).count()
    };
    assert!(shared(&before) > 0);
    bed.run(&["apart", "harbourpost", "valleyherald"]).expect(0);
    assert_eq!(shared(&places(&bed)), 0);
    bed.run(&["recluster"]).expect(0);
    assert_eq!(shared(&places(&bed)), 0);
    bed.run(&["undo", "1"]).expect(0);
    assert_eq!(places(&bed), before);
}

#[test]
fn a_pinned_story_outlives_other_thresholds() {
    let bed = own();
    let several = stories(&bed)
        .into_iter()
        .find(|story| story["articles"].as_array().is_some_and(|articles| articles.len() > 2))
        .expect("the demo has one");
    let id = text(&several, "story").to_owned();
    let size = places(&bed).iter().filter(|place| place.2 == id).count();
    let strict = ["recluster", "--dry-run", "--set", "cluster.story_probability=0.999", "--format", "json"];
    let lost =
        |bed: &Bed| bed.run(&strict).expect(0).json_lines()[0]["stories"]["pairs_lost"].as_u64().expect("a count");
    let before = lost(&bed);
    bed.run(&["pin", &id]).expect(0);
    assert!(lost(&bed) < before, "{before}");
    bed.run_with("[cluster]\nstory_probability = 0.999\n", &["recluster"]).expect(0);
    assert_eq!(places(&bed).iter().filter(|place| place.2 == id).count(), size);
}

#[test]
fn a_word_about_nothing_is_refused_with_a_way_out() {
    let bed = own();
    for (arguments, told) in [
        (&["split", "d0000000000000"][..], "no story holds"),
        (&["split", "nonsense"], "is not a document id"),
        (&["merge", "s0000000000000", "s0000000000001"], "no such story"),
        (&["merge", "here", "there"], "no id of a story"),
        (&["pin", "s0000000000000"], "no such story"),
        (&["apart", "harbourpost", "nobody"], "no such source"),
        (&["apart", "harbourpost", "harbourpost"], "apart from itself"),
        (&["undo", "7"], "no word of this number"),
        (&["recluster", "--dry-run", "--set", "cluster.story_hour=1"], "did you mean `story_hours`"),
        (&["recluster", "--set", "cluster.story_hours=1"], "--dry-run"),
    ] {
        let ran = bed.run(arguments).expect(2);
        assert!(ran.err.contains(told) && ran.err.contains("hint:"), "{arguments:?}: {}", ran.err);
    }
    assert_eq!(bed.run(&["words"]).expect(0).out, "");
}
