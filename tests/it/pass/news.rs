//! What a pass takes of a source that lists very many new items, and what it leaves for the next one.

use super::{Bed, Entry, OTHER, PAPER, feed_of, page, story};
use std::fmt::Write as _;

const A: &str = "http://paper.example/a.xml";
const C: &str = "http://other.example/c.xml";

/// Items that their feed carries whole; the last of the list is the newest.
fn whole<'a>(ids: &'a [String], html: &'a [String]) -> Vec<Entry<'a>> {
    let each = ids.iter().zip(html).enumerate();
    each.map(|(at, (id, html))| Entry { id, link: "", title: id, html, minute: at as u8 }).collect()
}

/// Validators that a path was asked with, in the order of the requests.
fn validators(bed: &Bed, path: &str) -> Vec<Option<String>> {
    let calls = bed.town.calls().into_iter().filter(|call| call.path == path);
    calls.map(|call| call.text("if-none-match").map(str::to_owned)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn more_new_items_than_a_pass_takes_are_taken_by_the_next_passes_newest_first() {
    let mut bed = Bed::new(&[("a", A), ("c", C)]).await;
    bed.settings.fetch.new_items = 3;
    let ids: Vec<String> = (0..7).map(|number| format!("item {number}")).collect();
    let html: Vec<String> = ids.iter().map(|id| story(&format!("bridge called {id}"))).collect();
    bed.town.says(PAPER, "/a.xml", [feed_of(&whole(&ids, &html))]);
    let (own, text) = ([String::from("neighbour")], [story("museum")]);
    bed.town.says(OTHER, "/c.xml", [feed_of(&whole(&own, &text))]);
    let titles = || {
        let mut titles: Vec<String> = bed.documents().into_iter().map(|frame| frame.document.title).collect();
        titles.sort();
        titles
    };

    let first = bed.pass(0).await;
    assert_eq!(titles(), ["item 4", "item 5", "item 6", "neighbour"]);
    let rests: Vec<String> = first.rests.iter().map(ToString::to_string).collect();
    assert_eq!(rests, ["source a: 3 of 7 new items taken, the rest follows with the next passes"]);
    assert!(first.lost.is_empty() && first.failures.is_empty(), "{first:?}");
    let state = bed.state("a");
    assert!(state.validators.etag.is_none() && state.body_hash.is_none(), "a 304 would hide the rest: {state:?}");

    let second = bed.pass(2).await;
    assert_eq!(second.rests[0].to_string(), "source a: 3 of 4 new items taken, the rest follows with the next passes");
    assert_eq!(bed.documents().len(), 7);
    let third = bed.pass(4).await;
    assert!(third.rests.is_empty() && third.documents == 1, "{third:?}");
    assert!(bed.state("a").validators.etag.is_some());
    let fourth = bed.pass(6).await;
    assert_eq!((fourth.asked, fourth.documents), (2, 0), "{fourth:?}");
    let asked = validators(&bed, "/a.xml");
    assert!(asked[..3].iter().all(Option::is_none) && asked[3].is_some(), "{asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_of_pages_that_is_full_takes_in_what_it_gives_away() {
    let mut bed = Bed::new(&[("a", A)]).await;
    (bed.settings.fetch.new_items, bed.settings.fetch.pages_per_host) = (4, 2);
    let links: Vec<String> = (0..9).map(|number| format!("http://{PAPER}/{number}")).collect();
    let each = links.iter().enumerate();
    let entries: Vec<Entry<'_>> = each
        .map(|(at, link)| Entry { id: link, link, title: "A headline", html: "Short.", minute: at as u8 })
        .collect();
    bed.town.says(PAPER, "/a.xml", [feed_of(&entries)]);
    for number in 0..9 {
        bed.town.says(PAPER, &format!("/{number}"), [page(&format!("bridge number {number}"))]);
    }
    let mut told = String::new();
    for pass in 0..6 {
        let summary = bed.pass(pass * 2).await;
        assert!(summary.waiting <= 4, "{summary:?}");
        let _ = write!(told, "{} stored, {} wait; ", bed.documents().len(), summary.waiting);
    }
    let expected = "2 stored, 2 wait; 4 stored, 2 wait; 6 stored, 2 wait; 8 stored, 1 wait; 9 stored, 0 wait; 9 stored, \
                    0 wait; ";
    assert_eq!(told, expected);
    // The newest first, every time.
    let asked: Vec<String> = bed.town.paths().into_iter().filter(|path| path.len() == 2).collect();
    assert_eq!(asked, ["/8", "/7", "/6", "/5", "/4", "/3", "/2", "/1", "/0"]);
}
