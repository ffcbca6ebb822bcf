//! `sources check` of many: the same turns at hosts as a pass, and answers in the order in which they were named.

use super::adding::{A, Place, strict, whole};
use super::bed::Bed;
use super::pass::{OTHER, PAPER, feed_of};
use super::town::{Says, answer};
use std::time::Duration;

fn subjects(ran: &super::bed::Ran) -> Vec<String> {
    ran.json_lines().iter().map(|line| line["subject"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn sources_on_one_host_are_checked_one_after_the_other_with_the_gap_and_other_hosts_beside_them() {
    let place = Place::new(Bed::new()).with("host_gap_ms = 300\n");
    let Says::Raw(bytes) = feed_of(&[]) else { unreachable!("a feed is raw bytes") };
    let late = || Says::Late(Duration::from_millis(100), bytes.clone());
    for path in ["/a.xml", "/b.xml", "/c.xml"] {
        place.town.says(PAPER, path, [late()]);
    }
    place.town.says(OTHER, "/d.xml", [late()]);
    let file = place.bed.file("feed.xml", "<rss version='2.0'><channel><title>P</title></channel></rss>");
    let file = file.to_str().expect("UTF-8");
    let (b, c, d) = ("http://paper.example/b.xml", "http://paper.example/c.xml", "http://other.example/d.xml");
    let ran = place.run(&["sources", "check", A, b, file, c, d, A, "--format", "json"]).expect(0);
    assert_eq!(subjects(&ran), [A, b, file, c, d, A]);
    let calls = place.town.calls();
    assert_eq!(calls.len(), 4, "an address that is named twice is asked once");
    let times: Vec<_> = calls.iter().filter(|call| call.host == PAPER).map(|call| call.at).collect();
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= Duration::from_millis(250)), "{times:?}");
    assert_eq!(place.town.most_in_flight(PAPER), 1);
    let beside = calls.iter().position(|call| call.host == OTHER).expect("a call");
    assert!(beside < 3, "the other host waited for all of this one's");
}

#[test]
fn a_host_that_asks_for_a_pause_is_asked_nothing_more_and_one_that_asked_before_nothing_at_all() {
    let place = Place::new(Bed::new()).follow("a", A).follow("b", "http://paper.example/b.xml");
    place.town.says(PAPER, "/a.xml", [strict()]).says(PAPER, "/b.xml", [strict()]);
    let ran = place.run(&["sources", "check"]).expect(1);
    assert!(ran.err.contains("429") && ran.err.contains("left alone until 2026-11-13T08:00:00Z"), "{}", ran.err);
    assert_eq!(place.town.calls().len(), 1);
    place.run(&["run"]).expect(1);
    assert_eq!(place.town.calls().len(), 2, "what was checked is not stored");
    for named in [&["sources", "check"][..], &["sources", "check", "a"], &["sources", "check", A]] {
        let ran = place.run(named).expect(1);
        assert!(ran.err.contains("not asked"), "{}", ran.err);
    }
    assert_eq!(place.town.calls().len(), 2);
    place.at("2026-11-14T08:00:00Z", &["sources", "check", "a"]).expect(1);
    assert_eq!(place.town.calls().len(), 3);
}

#[test]
fn what_is_gone_or_switched_off_is_asked_only_by_its_name() {
    let mut place = Place::new(Bed::new()).follow("a", A).follow("b", "http://paper.example/b.xml");
    place.sources += "enabled = false\n";
    place.town.says(PAPER, "/a.xml", [answer(410, &[], "gone"), feed_of(&[])]).says(PAPER, "/b.xml", [feed_of(&[])]);
    place.run(&["run"]).expect(1);
    let ran = place.run(&["sources", "check"]).expect(1);
    assert!(ran.err.contains("gone (410)"), "{}", ran.err);
    assert_eq!(place.town.paths(), ["/a.xml"]);
    place.run(&["sources", "check", "a", "b"]).expect(0);
    assert_eq!(place.count("/a.xml"), 2);
}

#[test]
fn a_check_asks_where_a_pass_asks_and_shows_a_password_nowhere() {
    let place = Place::new(Bed::new());
    let entry = whole("1", "http://us%40er:p%40s3cr3t@paper.example/1", "Rain", "Short.");
    place.town.says(PAPER, "/a.xml?key=s3cr3tkey1", [feed_of(&[entry])]);
    let address = "http://us%40er:p%40s3cr3t%3A%2F@paper.example/a.xml?key=s3cr3tkey1";
    for arguments in [
        &["sources", "check", address][..],
        &["sources", "check", address, "--format", "json"],
        &["sources", "add", address, "--name", "a"],
        &["sources", "list"],
        &["sources", "check", "a"],
        &["run"],
        &["list", "--format", "jsonl"],
        &["doctor"],
        &["doctor", "--format", "json"],
        &["sources", "export"],
        &["sources", "list", "--format", "json"],
    ] {
        let ran = place.run(arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.err);
        let shown = format!("{}{}", ran.out, ran.err);
        // What reads back what is followed needs the whole address, but for its password.
        let shown = shown.replace("key=s3cr3tkey1", "");
        assert!(!shown.contains("s3cr3t") && !shown.contains("us%40er"), "{arguments:?}: {shown}");
    }
    // user@er is us@er, and what follows its first colon the password.
    let sent = place.sent("/a.xml?key=s3cr3tkey1", "authorization");
    let basic = format!("Basic {}", base64_of("us@er:p@s3cr3t:/"));
    assert!(sent.len() == 4 && sent.iter().all(|sent| sent.as_deref() == Some(&basic)), "{sent:?}");
}

fn base64_of(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}
