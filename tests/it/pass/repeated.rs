//! What turns out to repeat on a host's pages leaves the texts that were stored before it was known.

use super::{Bed, Entry, OTHER, PAPER, feed_of, hours, page, start, story};
use crate::town::{Says, answer};
use samestory_extract::article::RepeatedCounts;
use samestory_model::Document;
use samestory_store::{Commit, HostRecord, Learned, Store};

const A: &str = "http://paper.example/a.xml";
const O: &str = "http://other.example/o.xml";
const NOTE: &str = "This paper is made by its readers, who may send their own reports to the desk at any hour.";

/// A page with a note that the paper puts under every article.
fn noted(subject: &str) -> Says {
    let html = format!(
        "<html><head><title>About the {subject}</title></head><body><article><h1>About the {subject}</h1>{}\
         <p>{NOTE}</p></article></body></html>",
        story(subject)
    );
    answer(200, &[("Content-Type", "text/html")], html)
}

fn entry<'a>(id: &'a str, link: &'a str, title: &'a str) -> Entry<'a> {
    Entry { id, link, title, html: "In short.", ..Entry::default() }
}

fn text_of(bed: &Bed, path: &str) -> Document {
    let found = bed.documents().into_iter().find(|frame| frame.document.url.path() == path);
    found.unwrap_or_else(|| panic!("no document at {path}")).document
}

#[tokio::test(flavor = "multi_thread")]
async fn an_earlier_text_is_cleaned_when_a_later_page_shows_what_repeats() {
    let bed = Bed::new(&[("paper", A)]).await;
    let (bridge, ferry) = ("http://paper.example/bridge", "http://www.paper.example/ferry");
    let first = entry("1", bridge, "About the bridge");
    bed.town.says(PAPER, "/a.xml", [feed_of(&[first])]);
    bed.town.says(PAPER, "/bridge", [noted("bridge")]);
    bed.town.says("www.paper.example", "/ferry", [noted("ferry")]);
    assert_eq!(bed.pass(0).await.cleaned, 0);
    let before = text_of(&bed, "/bridge");
    assert!(before.text.contains(NOTE), "nothing is known yet, and the first pass works without");

    bed.town.says(PAPER, "/a.xml", [feed_of(&[first, entry("2", "http://paper.example/school", "About the school")])]);
    bed.town.says(PAPER, "/school", [noted("school")]);
    let summary = bed.pass(30).await;
    assert_eq!((summary.documents, summary.cleaned), (1, 1));
    let after = text_of(&bed, "/bridge");
    assert_eq!(after.text, before.text.replace(&format!("\n{NOTE}"), ""));
    assert_eq!((after.id, after.revision, after.seen), (before.id, before.revision, before.seen));
    assert!(!text_of(&bed, "/school").text.contains(NOTE));
    assert_eq!(bed.documents().len(), 2, "it is the same document, no update of it");
    let placed = bed.store.placement(after.id).expect("a store that reads").expect("a placement");
    assert_eq!(placed.at, start() + hours(30), "it was placed anew");
    let features = bed.store.features(after.id).expect("a store that reads").expect("features");
    let other = bed.store.features(text_of(&bed, "/school").id).expect("a store that reads").expect("features");
    assert_ne!(features.text_hash, other.text_hash);

    // What was done once is not done again, and nothing else is touched.
    bed.town.says(PAPER, "/a.xml", [feed_of(&[first, entry("3", ferry, "About the ferry")])]);
    bed.town.says(PAPER, "/ferry", [noted("ferry")]);
    assert_eq!(bed.pass(60).await.cleaned, 0);
    let placed = bed.store.placement(after.id).expect("a store that reads").expect("a placement");
    assert_eq!(placed.at, start() + hours(30));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_article_at_two_addresses_teaches_nothing() {
    let bed = Bed::new(&[("paper", A)]).await;
    let first = entry("1", "http://paper.example/bridge", "About the bridge");
    bed.town.says(PAPER, "/a.xml", [feed_of(&[first])]);
    bed.town.says(PAPER, "/bridge", [page("bridge")]);
    bed.pass(0).await;
    bed.town.says(PAPER, "/a.xml", [feed_of(&[first, entry("2", "http://paper.example/again", "The bridge again")])]);
    bed.town.says(PAPER, "/again", [page("bridge")]);
    let summary = bed.pass(30).await;
    assert_eq!((summary.documents, summary.cleaned), (1, 0));
    assert_eq!(text_of(&bed, "/bridge").text.lines().count(), text_of(&bed, "/again").text.lines().count());
    assert_eq!(text_of(&bed, "/bridge").text.lines().count(), 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_hosts_keep_the_same_line_and_old_knowledge_is_forgotten() {
    let bed = Bed::new(&[("paper", A), ("other", O)]).await;
    bed.town.says(OTHER, "/o.xml", [feed_of(&[entry("1", "http://other.example/mill", "About the mill")])]);
    bed.town.says(OTHER, "/mill", [noted("mill")]);
    let (one, two) = (
        entry("1", "http://paper.example/bridge", "About the bridge"),
        entry("2", "http://paper.example/school", "About the school"),
    );
    bed.town.says(PAPER, "/a.xml", [feed_of(&[one, two])]);
    bed.town.says(PAPER, "/bridge", [noted("bridge")]);
    bed.town.says(PAPER, "/school", [noted("school")]);
    bed.pass(0).await;
    assert!(text_of(&bed, "/mill").text.contains(NOTE));
    assert!(!text_of(&bed, "/bridge").text.contains(NOTE));
    let learned = |bed: &Bed| -> RepeatedCounts {
        postcard::from_bytes(&bed.store.host(PAPER).expect("a store that reads").blocks.bytes)
            .expect("what was learned")
    };
    assert!(learned(&bed).repeated(2).contains(NOTE));
    // A hundred days later another page comes without the note.
    bed.town.says(PAPER, "/a.xml", [feed_of(&[one, two, entry("3", "http://paper.example/ferry", "About the ferry")])]);
    bed.town.says(PAPER, "/ferry", [page("ferry")]);
    bed.pass(24 * 100).await;
    assert!(!learned(&bed).repeated(2).contains(NOTE));
    // What does not read is no reason to lose a pass.
    let damaged =
        HostRecord { blocks: Learned::of(1, vec![255; 9]), ..bed.store.host(PAPER).expect("a store that reads") };
    bed.store.commit(&Commit { hosts: vec![(PAPER.to_owned(), damaged)], ..Commit::default() }).expect("a commit");
    bed.town.says(PAPER, "/a.xml", [feed_of(&[entry("4", "http://paper.example/mill", "About the mill")])]);
    bed.town.says(PAPER, "/mill", [noted("mill")]);
    let summary = bed.pass(24 * 102).await;
    assert_eq!(summary.documents, 1);
    let said: Vec<String> = summary.lost.iter().map(ToString::to_string).collect();
    assert!(said.len() == 1 && said[0].contains("what was learned of the lines"), "{said:?}");
    assert_ne!(learned(&bed), RepeatedCounts::default(), "it is learned anew");
}
