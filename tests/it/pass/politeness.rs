//! What is not asked: a host that wants a pause, a twin, a source that is gone or not followed.

use super::{Bed, Entry, OTHER, PAPER, feed_of, hours, page, start, url};
use crate::town::{answer, feed, redirect};
use samestory_model::{Source, SourceId, SourceKind};
use samestory_store::{SledStore, Store};

const A: &str = "http://paper.example/a.xml";
const B: &str = "http://paper.example/b.xml";
const C: &str = "http://other.example/c.xml";

/// Entries with a page each and nothing but a headline.
fn headlines(count: usize) -> Vec<(String, String)> {
    (0..count).map(|number| (format!("{number}"), format!("http://paper.example/page/{number}"))).collect()
}

fn entries(named: &[(String, String)]) -> Vec<Entry<'_>> {
    named.iter().map(|(id, link)| Entry { id, link, title: "A headline", html: "Short.", minute: 0 }).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_says_429_to_one_page_is_asked_for_none_of_the_others() {
    let mut bed = Bed::new(&[("a", A)]).await;
    bed.settings.fetch.pages_per_host = 1000;
    // More pages than one round holds.
    let named = headlines(200);
    bed.town.says(PAPER, "/a.xml", [feed_of(&entries(&named))]);
    for (number, _) in &named {
        bed.town.says(PAPER, &format!("/page/{number}"), [answer(429, &[("Retry-After", "7200")], "slow down")]);
    }
    bed.pass(0).await;
    assert_eq!(bed.town.calls().len(), 3, "the feed, robots.txt, one page: {:?}", bed.town.paths());
    let paused = bed.store.host(PAPER).expect("a store that reads").paused_until;
    assert_eq!(paused, Some(start() + hours(2)));
    bed.pass(1).await;
    assert_eq!(bed.town.calls().len(), 3, "an hour later it is still left alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_too_busy_for_its_robots_txt_is_left_alone_altogether() {
    let bed = Bed::new(&[("a", A)]).await;
    bed.town.says(PAPER, "/a.xml", [feed_of(&entries(&headlines(3)))]);
    bed.town.says(PAPER, "/robots.txt", [answer(429, &[("Retry-After", "7200")], "slow down")]);
    bed.pass(0).await;
    bed.pass(1).await;
    assert_eq!(bed.town.paths(), ["/a.xml", "/robots.txt"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_429_at_one_feed_holds_the_other_feeds_of_its_host_even_after_a_restart() {
    let mut bed = Bed::new(&[("a", A), ("b", B), ("c", C)]).await;
    bed.town.says(PAPER, "/a.xml", [answer(429, &[("Retry-After", "7200")], "slow down"), feed(&[])]);
    bed.town.says(PAPER, "/b.xml", [feed(&[("ETag", "\"1\"")])]).says(OTHER, "/c.xml", [feed(&[("ETag", "\"1\"")])]);
    let summary = bed.pass(0).await;
    assert_eq!((summary.asked, summary.held, summary.failures.len()), (2, 1, 1));
    assert_eq!((bed.asked("/a.xml"), bed.asked("/b.xml"), bed.asked("/c.xml")), (1, 0, 1));
    let held = bed.state("b");
    assert_eq!((held.next_poll, held.rule.expect("a rule").rule.as_str()), (Some(start() + hours(2)), "retry-after"));

    let nowhere = tempfile::tempdir().expect("a temporary folder");
    bed.store = SledStore::open(nowhere.path()).expect("another store, so that the first one closes");
    bed.store = SledStore::open(bed.folder.path()).expect("the same store again");
    bed.sources.push(Source::feed("d", url("http://paper.example/d.xml")));
    bed.town.says(PAPER, "/d.xml", [feed(&[("ETag", "\"1\"")])]);
    let summary = bed.pass(1).await;
    assert_eq!((summary.held, bed.asked("/b.xml"), bed.asked("/d.xml")), (1, 0, 0), "a new feed is held too");
    assert_eq!(bed.pass(1).await.held, 0, "it was told, and waits now like the others");
    bed.pass_with(1, true).await;
    assert_eq!((bed.asked("/a.xml"), bed.asked("/b.xml"), bed.asked("/d.xml")), (2, 1, 1), "--force asks");
    bed.pass(3).await;
    assert_eq!(bed.asked("/b.xml"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_feed_that_is_configured_twice_is_asked_once_in_every_pass() {
    let feeds =
        [("a", "http://paper.example/f"), ("b", "http://PAPER.example/f/#top"), ("c", "http://paper.example/f?of=c")];
    let bed = Bed::new(&feeds).await;
    for path in ["/f", "/f/", "/f?of=c"] {
        bed.town.says(PAPER, path, [feed(&[("ETag", "\"1\"")])]);
    }
    for hour in [0, 0, 1, 2, 30] {
        bed.pass(hour).await;
    }
    assert_eq!((bed.asked("/f"), bed.asked("/f/")), (bed.asked("/f?of=c"), 0));
    let twin = bed.state("b");
    assert_eq!(twin.rule.expect("a rule").rule, "twin");
    assert_eq!(twin.next_poll, bed.state("a").next_poll);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrected_address_is_believed_more_than_an_old_redirect() {
    let mut bed = Bed::new(&[("a", A)]).await;
    bed.town.says(PAPER, "/a.xml", [redirect(301, "/new.xml")]);
    bed.town.says(PAPER, "/new.xml", [feed(&[("ETag", "\"1\"")])]).says(PAPER, "/right.xml", [feed(&[])]);
    for day in 0..3 {
        bed.pass(25 * day).await;
    }
    assert_eq!(bed.state("a").moved_to, Some(url("http://paper.example/new.xml")));
    bed.sources[0].url = url("http://paper.example/right.xml");
    bed.pass(75).await;
    let last = bed.town.calls().pop().expect("a call");
    assert_eq!((last.path.as_str(), last.header("if-none-match")), ("/right.xml", None));
    assert_eq!((bed.state("a").moved_to, bed.state("a").of), (None, Some(bed.sources[0].url.clone())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_gone_comes_back_when_a_person_removes_and_adds_it() {
    let mut bed = Bed::new(&[("a", A)]).await;
    bed.town.says(PAPER, "/a.xml", [answer(410, &[], "gone")]);
    bed.store.put_sources(&bed.sources).expect("room");
    bed.pass(0).await;
    bed.pass_with(100, true).await;
    assert_eq!(bed.asked("/a.xml"), 1, "--force does not ask who is gone");
    bed.store.remove_source(&SourceId("a".to_owned())).expect("a store that reads");
    bed.store.put_sources(&bed.sources).expect("room");
    bed.pass(101).await;
    assert_eq!(bed.asked("/a.xml"), 2);
    // Switched off and on again in the configuration.
    bed.sources[0].enabled = false;
    bed.pass(200).await;
    bed.sources[0].enabled = true;
    bed.pass(201).await;
    assert_eq!(bed.asked("/a.xml"), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_sources_that_are_switched_off_wait_and_those_of_removed_ones_are_dropped() {
    let mut bed = Bed::new(&[("a", A), ("b", B)]).await;
    bed.settings.fetch.pages_per_host = 0;
    let entry = |id, link| Entry { id, link, title: "A headline", html: "Short.", minute: 0 };
    bed.town.says(PAPER, "/a.xml", [feed_of(&[entry("1", "http://paper.example/1")])]);
    bed.town.says(PAPER, "/b.xml", [feed_of(&[entry("2", "http://other.example/2")])]);
    bed.town.says(PAPER, "/1", [page("bridge")]).says(OTHER, "/2", [page("ferry")]);
    assert_eq!(bed.pass(0).await.waiting, 2);
    bed.settings.fetch.pages_per_host = 30;
    let removed = bed.sources.remove(1);
    bed.sources[0].enabled = false;
    assert_eq!(bed.pass(0).await.waiting, 1);
    assert_eq!((bed.asked("/1"), bed.asked("/2")), (0, 0));
    bed.sources[0].enabled = true;
    bed.sources.push(removed);
    bed.pass(30).await;
    assert_eq!((bed.asked("/1"), bed.asked("/2")), (1, 1), "whoever comes back is not forgotten");
    assert_eq!(bed.documents().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_s_retry_after_is_believed_no_longer_than_a_feed_s() {
    let bed = Bed::new(&[("a", A)]).await;
    let entry = Entry { id: "1", link: "http://paper.example/1", title: "A", html: "Short.", minute: 0 };
    bed.town.says(PAPER, "/a.xml", [feed_of(&[entry])]);
    bed.town.says(PAPER, "/1", [answer(503, &[("Retry-After", "99999999999")], "busy")]);
    bed.pass(0).await;
    let waiting = bed.store.waiting().expect("a queue");
    assert_eq!(waiting[0].not_before, Some(start() + hours(24 * 31)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sitemap_that_fails_is_told_and_loses_none_of_the_others() {
    let mut bed = Bed::new(&[("a", "http://paper.example/index.xml")]).await;
    bed.sources[0].kind = SourceKind::Sitemap;
    let named = |paths: &[(&str, &str)]| {
        let all: String = paths
            .iter()
            .flat_map(|(path, changed)| ["<sitemap><loc>", path, "</loc><lastmod>", changed, "</lastmod></sitemap>"])
            .collect();
        answer(
            200,
            &[],
            format!("<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">{all}</sitemapindex>"),
        )
    };
    let index = [
        ("http://paper.example/2020.xml", "2020-01-01"),
        ("http://paper.example/2026-03.xml", "2026-03-01"),
        ("http://paper.example/broken.xml", "2026-02-01"),
        ("http://elsewhere.example/x.xml", "2026-01-20"),
        ("http://paper.example/2026-01.xml", "2026-01-01"),
        ("http://paper.example/2019.xml", "2019-01-01"),
    ];
    let map =
        |page: &str| answer(200, &[], format!("<urlset><url><loc>http://paper.example/{page}</loc></url></urlset>"));
    bed.town.says(PAPER, "/index.xml", [named(&index)]);
    bed.town.says(PAPER, "/2026-03.xml", [map("bridge")]).says(PAPER, "/2026-01.xml", [map("ferry")]);
    bed.town.says(PAPER, "/bridge", [page("bridge")]).says(PAPER, "/ferry", [page("ferry")]);
    let summary = bed.pass(0).await;
    assert_eq!(summary.documents, 2);
    let mut lost: Vec<&str> = summary.lost.iter().map(|failure| failure.subject.as_str()).collect();
    lost.sort_unstable();
    assert_eq!(lost, ["http://elsewhere.example/x.xml", "http://paper.example/broken.xml"]);
    assert!(summary.failures.is_empty());
    assert_eq!((bed.asked("/2020.xml"), bed.asked("/2019.xml"), bed.asked("/x.xml")), (0, 0, 0));
}
