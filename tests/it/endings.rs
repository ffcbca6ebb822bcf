//! Answers that are not what they seem: cut at a limit, broken off, unchanged without a question, and pages that want to
//! see a browser, for every command that asks.

use super::adding::{A, Place, TITLES, new, two, whole};
use super::bed::Bed;
use super::pass::{Entry, PAPER, feed_of, rss, story};
use super::town::{Says, answer};
use std::io::Write as _;

/// A head that promises chunks.
const CHUNKED: &str = "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nTransfer-Encoding: chunked\r\n\r\n";

fn chunked(body: &str) -> Says {
    Says::Raw(format!("{CHUNKED}{:x}\r\n{body}\r\n", body.len()).into_bytes())
}

fn packed(coding: &str, body: &[u8]) -> Says {
    let head = format!(
        "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Encoding: {coding}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    Says::Raw([head.as_bytes(), body].concat())
}

#[test]
fn a_whole_document_is_used_however_its_answer_ended() {
    let feed = rss(&two());
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(feed.as_bytes()).expect("memory");
    let gzip = gzip.finish().expect("memory");
    let long = format!("HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: {}\r\n\r\n{feed}", feed.len() + 100);
    let mut deflate = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    deflate.write_all(feed.as_bytes()).expect("memory");
    for (why, says) in [
        ("without the last chunk", chunked(&feed)),
        ("with less than it promised", Says::Raw(long.into_bytes())),
        ("without the end of its gzip", packed("gzip", &gzip[..gzip.len() - 8])),
        ("in half of its gzip's end", packed("gzip", &gzip[..gzip.len() - 3])),
        ("in deflate without a frame", packed("deflate", &deflate.finish().expect("memory"))),
    ] {
        let place = Place::new(Bed::new()).follow("a", A);
        place.town.says(PAPER, "/a.xml", [says, answer(304, &[], "")]);
        let ran = place.run(&["run"]).expect(0);
        assert!(!ran.err.contains("failed:"), "{why}: {}", ran.err);
        assert_eq!(place.news(), new(&TITLES), "{why}");
        place.at("2026-11-12T10:00:00Z", &["run"]).expect(0);
        assert_eq!(place.sent("/a.xml", "if-none-match"), [None, Some("\"1\"".to_owned())], "{why}");
    }
}

#[test]
fn of_a_document_that_broke_off_the_whole_items_are_taken_and_it_is_asked_for_again() {
    let feed = rss(&two());
    let at = feed.rfind("<title>Girl").expect("the second item");
    let place = Place::new(Bed::new()).follow("a", A);
    place.town.says(PAPER, "/a.xml", [chunked(&feed[..at]), feed_of(&two()[1..])]);
    let ran = place.run(&["run"]).expect(0);
    assert!(ran.err.contains("broken answer") && ran.err.contains("the items that had come are taken"), "{}", ran.err);
    assert_eq!(place.news(), new(&TITLES[..1]));
    place.at("2026-11-12T10:00:00Z", &["run"]).expect(0);
    assert_eq!(place.sent("/a.xml", "if-none-match"), [None, None], "it is asked for whole");
    assert_eq!(place.news(), new(&TITLES[1..]));
    // Without a whole item it is the failure that it was.
    let place = Place::new(Bed::new()).follow("a", A);
    place.town.says(PAPER, "/a.xml", [chunked(&feed[..60])]);
    let ran = place.run(&["run"]).expect(1);
    assert!(ran.err.contains("broken answer"), "{}", ran.err);
    assert_eq!(place.listed("a")["next_poll_rule"]["rule"], "back-off");
}

#[test]
fn what_a_limit_cut_off_is_told_for_as_long_as_it_lasts_and_asked_for_under_another_limit() {
    let texts: Vec<String> = (0..9).map(|number| story(&format!("storm {number}"))).collect();
    let links: Vec<String> = (0..9).map(|number| format!("http://paper.example/{number}")).collect();
    let entries: Vec<Entry<'_>> = texts.iter().zip(&links).map(|(text, link)| whole(link, link, link, text)).collect();
    let place = Place::new(Bed::new()).follow("a", A).with("max_feed_bytes = 6000\n");
    place.town.says(PAPER, "/a.xml", [feed_of(&entries)]);
    let ran = place.run(&["sources", "check", "a"]);
    assert!(ran.err.contains("larger than fetch.max_feed_bytes (6000 bytes)"), "{}", ran.err);
    let ran = place.run(&["run"]).expect(0);
    assert!(ran.err.contains("larger than fetch.max_feed_bytes (6000 bytes)"), "{}", ran.err);
    let few = place.documents();
    assert!((1..9).contains(&few), "{few}");
    assert!(place.listed("a")["repairs"].to_string().contains("cut-at-limit"));
    assert!(place.run(&["sources", "list"]).expect(0).out.contains("cut-at-limit"));
    assert!(place.run(&["doctor"]).out.contains("a: larger than fetch.max_feed_bytes"));
    place.at("2026-11-12T10:00:00Z", &["run"]).expect(0);
    let place = place.with("max_feed_bytes = 600000\n");
    let ran = place.at("2026-11-12T12:00:00Z", &["run"]).expect(0);
    assert!(!ran.err.contains("larger"), "{}", ran.err);
    let conditional: Vec<bool> = place.sent("/a.xml", "if-none-match").iter().map(Option::is_some).collect();
    assert_eq!(conditional, [false, false, true, false], "checked, run, run again, run under another limit");
    assert_eq!(place.documents(), 9);
    assert!(!place.run(&["doctor"]).out.contains("larger than"));
}

#[test]
fn a_page_that_was_cut_is_told_and_one_that_broke_off_whole_is_used() {
    let place = Place::new(Bed::new()).follow("a", A).with("max_page_bytes = 9000\n");
    let links = ["http://paper.example/news/long", "http://paper.example/news/broken"];
    let short = |link| whole(link, link, "Rain", "Short.");
    place.town.says(PAPER, "/a.xml", [feed_of(&[short(links[0]), short(links[1])])]);
    let html =
        |more: &str| format!("<html><body><article><h1>Rain</h1>{}{more}</article></body></html>", story("rain"));
    place.town.says(PAPER, "/news/long", [answer(200, &[], html(&story("snow").repeat(9)))]);
    place.town.says(PAPER, "/news/broken", [chunked(&html("<p>It went on until Tuesday morning.</p>"))]);
    let ran = place.run(&["run"]).expect(0);
    assert!(ran.err.contains("/news/long: it is larger than fetch.max_page_bytes (9000 bytes)"), "{}", ran.err);
    assert!(!ran.err.contains("broken answer"), "{}", ran.err);
    assert_eq!((place.count("/news/long"), place.count("/news/broken")), (1, 1));
    let ran = place.run(&["extract", links[1]]).expect(0);
    assert!(ran.out.contains("until Tuesday morning"), "{}", ran.out);
    let ran = place.run(&["extract", links[0]]).expect(0);
    assert!(ran.err.contains("fetch.max_page_bytes"), "{}", ran.err);
}

#[test]
fn unchanged_is_a_fault_where_nothing_was_asked_that_could_be() {
    let place = Place::new(Bed::new()).follow("a", A);
    place.town.says(PAPER, "/a.xml", [answer(304, &[("ETag", "\"1\"")], "")]);
    for arguments in
        [&["sources", "check", "a"][..], &["sources", "add", "http://paper.example/a.xml?b", "--name", "b"], &["run"]]
    {
        place.town.says(PAPER, "/a.xml?b", [answer(304, &[("ETag", "\"1\"")], "")]);
        let ran = place.run(arguments).expect(1);
        assert!(ran.err.contains("304 Not Modified to a request without conditions"), "{}", ran.err);
    }
    let listed = place.listed("a");
    assert_eq!(listed["next_poll_rule"]["rule"], "back-off");
    assert!(listed["failure"].to_string().contains("304") && listed["last_success"].is_null(), "{listed}");
    place.at("2026-11-12T10:00:00Z", &["run"]).expect(1);
    assert!(place.sent("/a.xml", "if-none-match").iter().all(Option::is_none), "a fault leaves no validators");
    assert_eq!(place.run(&["doctor"]).code, 1);
}

#[test]
fn a_page_that_wants_to_see_a_browser_is_named_by_every_command_and_stored_by_none() {
    let guarded = answer(
        200,
        &[("Content-Type", "text/html")],
        "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body><noscript>Enable JavaScript and cookies to \
         continue</noscript><script>window._cf_chl_opt={cType:'managed'};</script></body></html>",
    );
    let place = Place::new(Bed::new()).follow("a", A).follow("b", "http://paper.example/b.xml");
    place.town.says(PAPER, "/a.xml", [guarded.clone()]).says(PAPER, "/c.xml", [guarded.clone()]);
    place.town.says(PAPER, "/b.xml", [feed_of(&[whole("1", "http://paper.example/news/1", "Rain", "It rained.")])]);
    place.town.says(PAPER, "/news/1", [guarded]);
    for arguments in [&["sources", "check", "a"][..], &["sources", "add", "http://paper.example/c.xml"], &["run"]] {
        let ran = place.run(arguments).expect(1);
        assert!(ran.err.contains("a challenge page of Cloudflare answered (200)"), "{arguments:?}: {}", ran.err);
    }
    assert!(place.listed("a")["failure"].to_string().contains("challenge page"));
    let told = place.run(&["list", "--since", "all", "--format", "jsonl"]).expect(0).out;
    assert!(!told.contains("Just a moment"), "{told}");
}
