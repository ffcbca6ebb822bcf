//! A page or a feed that hangs or ends the process: it is named, put off, and takes no other's pass. Hangs and ends
//! are injected by an address, which only a debug build lets happen.
#![cfg(debug_assertions)]

use super::command::{Desk, ended, said, signal, terminate, text};
use super::{Entry, OTHER, PAPER, feed_of, page};
use samestory_store::{Reader, SledStore, Store, Waiting};
use std::io::{BufReader, Read as _};
use std::process::{Child, Output};
use std::time::Duration;

const A: (&str, &str) = ("a", "http://paper.example/a.xml");
const C: (&str, &str) = ("c", "http://other.example/c.xml");

/// Two papers with two pages each; the program follows both.
async fn desk(more: &str) -> Desk {
    let desk = Desk::new().await;
    for (host, feed) in [(PAPER, "/a.xml"), (OTHER, "/c.xml")] {
        let links = [1, 2].map(|number| format!("http://{host}/{number}"));
        let entry = |link, minute| Entry { id: link, link, title: "A headline", html: "Short.", minute };
        desk.town.says(host, feed, [feed_of(&[entry(&links[0], 9), entry(&links[1], 5)])]);
        for (path, subject) in [("/1", "bridge"), ("/2", "ferry")] {
            desk.town.says(host, path, [page(&format!("{subject} of {host}"))]);
        }
    }
    desk.follow_with(&format!("host_gap_ms = 0\n{more}"), &[A, C]);
    desk
}

fn start(desk: &Desk, variable: &str, part: &str, now: &str) -> Child {
    let mut command = desk.command(&["--now", now, "run"]);
    command.env(variable, part).spawn().expect("the program")
}

async fn run(desk: &Desk, variable: &str, part: &str, now: &str) -> Output {
    ended(start(desk, variable, part, now)).await
}

fn stored(desk: &Desk) -> Vec<String> {
    let reader = Reader::open(&desk.folder.path().join("data")).expect("the readers' side");
    let mut all: Vec<String> =
        reader.documents().expect("whole documents").into_iter().map(|frame| frame.document.url.to_string()).collect();
    all.sort();
    all
}

fn waiting(desk: &Desk) -> Vec<Waiting> {
    let store = SledStore::open(&desk.folder.path().join("data")).expect("the store");
    store.waiting().expect("a queue")
}

/// How it is noted that a source's feed is read.
const FEED_OF_A: &str = r#"{"source":"a"}"#;

/// Waits until what has `part` in its note is noted, which is just before it is read.
async fn noted(desk: &Desk, part: &str) {
    let reading = desk.folder.path().join("data/reading");
    let noted = async {
        let holds = |entry: std::fs::DirEntry| {
            std::fs::read(entry.path()).is_ok_and(|text| String::from_utf8_lossy(&text).contains(part))
        };
        while !std::fs::read_dir(&reading).into_iter().flatten().flatten().any(holds) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(5), noted).await.expect("it is noted before it is read");
}

fn asked(desk: &Desk, host: &str, path: &str) -> usize {
    desk.town.calls().iter().filter(|call| call.host == host && call.path == path).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_hangs_the_reader_is_given_up_by_name_and_all_others_are_stored() {
    let desk = desk("read_timeout = 1\n").await;
    let ran = run(&desk, "INJECT_HANG", "paper.example/1", "2026-03-02T12:00:00Z").await;
    let told = text(&ran.stderr);
    assert_eq!(ran.status.code(), Some(0), "{told}");
    assert!(told.contains("http://paper.example/1: reading it took more than 1 s"), "{told}");
    assert_eq!(stored(&desk), ["http://other.example/1", "http://other.example/2"], "the host's other page waits");
    let waits = waiting(&desk);
    assert_eq!(waits.iter().map(|one| one.tries).collect::<Vec<_>>(), [1, 0], "{waits:?}");
    let ran = run(&desk, "INJECT_HANG", "paper.example/1", "2026-03-02T12:10:00Z").await;
    assert_eq!(ran.status.code(), Some(0), "{}", text(&ran.stderr));
    assert_eq!((stored(&desk).len(), asked(&desk, PAPER, "/1")), (3, 1), "it is not met first again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_hangs_the_reader_backs_off_and_all_others_are_stored() {
    let desk = desk("read_timeout = 1\n").await;
    let ran = run(&desk, "INJECT_HANG", "paper.example/a.xml", "2026-03-02T12:00:00Z").await;
    let told = text(&ran.stderr);
    assert_eq!(ran.status.code(), Some(1), "{told}");
    assert!(told.contains("http://paper.example/a.xml: reading it took more than 1 s"), "{told}");
    assert_eq!(stored(&desk), ["http://other.example/1", "http://other.example/2"]);
    let ran = run(&desk, "INJECT_HANG", "paper.example/a.xml", "2026-03-02T12:10:00Z").await;
    assert_eq!((ran.status.code(), asked(&desk, PAPER, "/a.xml")), (Some(0), 1), "it backs off");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_hangs_does_not_hold_up_a_signal() {
    for (part, note) in [("paper.example/1", "paper.example/1"), ("paper.example/a.xml", FEED_OF_A)] {
        let desk = desk("read_timeout = 600\npatience = 0\n").await;
        let child = start(&desk, "INJECT_HANG", part, "2026-03-02T12:00:00Z");
        noted(&desk, note).await;
        terminate(&child);
        // It would read for ten minutes; `ended` waits for five.
        let ran = ended(child).await;
        assert_eq!(ran.status.code(), Some(4), "{}", text(&ran.stderr));
        assert!(text(&ran.stderr).contains("stopped before it was done"), "in order: {}", text(&ran.stderr));
    }
}

/// What a pass says after its first signal, where a second one follows at once.
async fn said_after_two_signals() -> String {
    let desk = desk("read_timeout = 600\npatience = 0\n").await;
    let mut child = start(&desk, "INJECT_HANG", "paper.example/a.xml", "2026-03-02T12:00:00Z");
    noted(&desk, FEED_OF_A).await;
    terminate(&child);
    let says = BufReader::new(child.stderr.take().expect("stderr"));
    let mut says = said(says, "stopping in order; once more to stop at once").await;
    signal(&child, "-INT");
    assert_eq!(ended(child).await.status.code(), Some(4));
    let mut rest = String::new();
    says.read_to_string(&mut rest).expect("UTF-8");
    rest
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_the_process_at_once() {
    // A pass that ends in order says what it did. On a busy machine it may do so before the second signal comes; where
    // that one did nothing, it would do so each time.
    let mut rest = String::new();
    for _ in 0..5 {
        rest = said_after_two_signals().await;
        if rest.is_empty() {
            return;
        }
    }
    panic!("five passes ended in order: {rest}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_ends_the_process_backs_off_like_one_that_fails_and_the_next_pass_goes_on() {
    let desk = desk("").await;
    let ran = run(&desk, "INJECT_ABORT", "paper.example/a.xml", "2026-03-02T12:00:00Z").await;
    assert_eq!(ran.status.code(), None, "it died: {}", text(&ran.stderr));
    let ran = run(&desk, "INJECT_ABORT", "paper.example/a.xml", "2026-03-02T12:01:00Z").await;
    let told = text(&ran.stderr);
    assert_eq!(ran.status.code(), Some(1), "{told}");
    assert!(told.contains("http://paper.example/a.xml: the program ended while this was read"), "{told}");
    assert_eq!(stored(&desk), ["http://other.example/1", "http://other.example/2"]);
    assert_eq!(asked(&desk, PAPER, "/a.xml"), 1);
    let listed = text(&desk.done(&["sources", "list", "--format", "json"]).await.stdout);
    assert!(listed.contains("the program ended while this was read"), "{listed}");
    let ran = run(&desk, "INJECT_NOTHING", "", "2026-03-02T14:00:00Z").await;
    assert_eq!((ran.status.code(), stored(&desk).len()), (Some(0), 4), "{}", text(&ran.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_ends_the_process_is_put_off_and_the_next_pass_goes_on() {
    let desk = desk("").await;
    let ran = run(&desk, "INJECT_ABORT", "paper.example/1", "2026-03-02T12:00:00Z").await;
    assert_eq!(ran.status.code(), None, "it died: {}", text(&ran.stderr));
    let ran = run(&desk, "INJECT_ABORT", "paper.example/1", "2026-03-02T12:01:00Z").await;
    assert_eq!(ran.status.code(), Some(0), "{}", text(&ran.stderr));
    assert!(text(&ran.stderr).contains("http://paper.example/1: the program ended"), "{}", text(&ran.stderr));
    assert_eq!(stored(&desk).len(), 3, "{:?}", stored(&desk));
    let waits = waiting(&desk);
    assert_eq!((waits.len(), waits[0].tries), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_killed_while_it_reads_has_tried() {
    let desk = desk("read_timeout = 600\npatience = 0\n").await;
    let mut child = start(&desk, "INJECT_HANG", "paper.example/1", "2026-03-02T12:00:00Z");
    noted(&desk, "paper.example/1").await;
    child.kill().expect("kill");
    child.wait().expect("an end");
    let ran = run(&desk, "INJECT_HANG", "paper.example/1", "2026-03-02T12:01:00Z").await;
    assert_eq!(ran.status.code(), Some(0), "{}", text(&ran.stderr));
    assert!(text(&ran.stderr).contains("http://paper.example/1: the program ended"), "{}", text(&ran.stderr));
    assert_eq!((stored(&desk).len(), asked(&desk, PAPER, "/1")), (3, 1));
    let waits = waiting(&desk);
    assert_eq!((waits.len(), waits[0].tries), (1, 1));
}
