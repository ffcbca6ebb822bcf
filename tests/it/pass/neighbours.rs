//! No host, source or page takes another's pass: slow, endless and hostile ones beside healthy ones.

use super::{Bed, Entry, MODEL, OTHER, PAPER, feed_of, hours, page, start, story, url};
use crate::town::{Says, Town, answer, redirect};
use jiff::Timestamp;
use samestory::config::Settings;
use samestory::pipeline::pass::{Pass, Summary};
use samestory::pipeline::{Progress, Silent, Stop, Stopper};
use samestory_model::{Source, SourceId, SourceState};
use samestory_store::{Commit, HostRecord, Reader, SledStore, Store};
use samestory_understand::Understanding;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Notify;

const A: &str = "http://paper.example/a.xml";
const C: &str = "http://other.example/c.xml";

/// Entries of a host with a page each, the first one the newest.
fn entries(links: &[String]) -> Vec<Entry<'_>> {
    let each = links.iter().enumerate();
    each.map(|(at, link)| Entry { id: link, link, title: "A headline", html: "Short.", minute: 50 - at as u8 })
        .collect()
}

fn links(host: &str, count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("http://{host}/{number}")).collect()
}

/// A paper with three pages that asks for a minute between two, beside another one.
async fn slow_and_fast() -> Bed {
    let bed = Bed::new(&[("a", A), ("c", C)]).await;
    bed.town.says(PAPER, "/a.xml", [feed_of(&entries(&links(PAPER, 3)))]);
    bed.town.says(PAPER, "/robots.txt", [answer(200, &[], "User-agent: *\nCrawl-delay: 3600\n")]);
    bed.town.says(PAPER, "/1", [page("bridge")]).says(PAPER, "/2", [page("ferry")]).says(PAPER, "/3", [page("school")]);
    bed.town.says(OTHER, "/c.xml", [feed_of(&entries(&links(OTHER, 1)))]).says(OTHER, "/1", [page("museum")]);
    bed
}

fn stored(folder: &Path) -> Vec<String> {
    let frames = Reader::open(folder).and_then(|reader| reader.documents()).unwrap_or_default();
    frames.into_iter().map(|frame| frame.document.url.to_string()).collect()
}

/// Waits until a page is stored, while a pass runs.
async fn until_stored(folder: &Path, address: &str) {
    let seen = async {
        while !stored(folder).iter().any(|known| known == address) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), seen).await.expect("it is stored");
}

/// Asks a pass to end when it has understood the first of its pages, from within, so that no clock decides.
struct StopsWithFirst {
    left: AtomicU64,
    stopper: Stopper,
}

impl Progress for StopsWithFirst {
    fn begin(&self, step: &str, total: u64) {
        if step.starts_with("fetching") {
            // Each page counts twice: fetched, and understood.
            self.left.store(total / 2 + 1, Ordering::SeqCst);
        }
    }
    fn advance(&self) {
        if self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.stopper.stop();
        }
    }
    fn end(&self) {}
}

async fn run(bed: &Bed, understanding: &Understanding, stop: &Stop) -> Summary {
    run_watched(bed, understanding, &Silent, stop).await
}

async fn run_watched(bed: &Bed, understanding: &Understanding, progress: &dyn Progress, stop: &Stop) -> Summary {
    let (settings, store, sources) = (&bed.settings, &bed.store, &bed.sources[..]);
    let (now, force, folder) = (start(), false, Some(bed.folder.path()));
    let pass = Pass { settings, store, understanding, sources, now, force, progress, stop, folder };
    tokio::time::timeout(Duration::from_secs(50), pass.run()).await.expect("it ends").expect("a pass")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_other_hosts_sent_is_stored_while_a_slow_one_is_asked_and_a_stop_keeps_what_that_sent() {
    let mut bed = slow_and_fast().await;
    bed.settings.fetch.patience = 0;
    bed.town.says(PAPER, "/robots.txt", [answer(404, &[], "")]).says(PAPER, "/2", [Says::Silence]);
    let (stopper, stop) = Stopper::new();
    let others_stored = async {
        until_stored(bed.folder.path(), "http://other.example/1").await;
        while bed.asked("/2") == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        stopper.stop();
    };
    // A model that costs nothing: what takes longer than seconds to understand would be left to the next pass.
    let quick = Understanding::hash_embedder(Duration::ZERO, 1).expect("the model ships");
    let (summary, ()) = tokio::join!(run(&bed, &quick, &stop), others_stored);
    assert!(summary.interrupted && bed.asked("/3") == 0, "{:?}", bed.town.paths());
    assert_eq!((summary.documents, summary.waiting), (2, 2), "{summary:?}");
    assert!(bed.store.waiting().expect("a queue").iter().all(|one| one.tries == 0 && one.not_before.is_none()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pass_hands_over_when_it_has_asked_for_long_enough() {
    let mut bed = slow_and_fast().await;
    bed.settings.fetch.pass_limit = 1;
    let summary = run(&bed, &MODEL, &Stop::never()).await;
    assert!(summary.handed_over && !summary.interrupted, "{summary:?}");
    assert!(summary.failures.is_empty(), "{summary:?}");
    // How far it comes in a second is the machine's matter.
    assert!(summary.asked < 2 || summary.documents + summary.waiting == 4, "{summary:?}");
    assert!(bed.store.waiting().expect("a queue").iter().all(|one| one.tries == 0 && one.not_before.is_none()));
    assert_eq!(bed.asked("/2"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_slow_keeps_no_page_from_being_fetched_and_is_heard_beside_slow_pages() {
    let mut bed = slow_and_fast().await;
    bed.settings.fetch.patience = 0;
    bed.sources.push(Source::feed("late", url("http://late.example/l.xml")));
    let more = bed.town.settings(&[PAPER, OTHER, "late.example"]);
    (bed.settings.fetch.hosts, bed.settings.fetch.allow_private_hosts) = (more.hosts, more.allow_private_hosts);
    let told = Arc::new(Notify::new());
    let named = links("late.example", 1);
    let Says::Raw(body) = feed_of(&entries(&named)) else { panic!("an answer") };
    bed.town.says("late.example", "/l.xml", [Says::Once(Arc::clone(&told), body)]);
    bed.town.says("late.example", "/1", [page("market")]);
    let (stopper, stop) = Stopper::new();
    let meanwhile = async {
        until_stored(bed.folder.path(), "http://other.example/1").await;
        assert_eq!(bed.state("late").last_checked, None, "nobody waits for it");
        told.notify_one();
        until_stored(bed.folder.path(), "http://late.example/1").await;
        stopper.stop();
    };
    let (summary, ()) = tokio::join!(run(&bed, &MODEL, &stop), meanwhile);
    assert_eq!((summary.asked, bed.asked("/2")), (3, 0), "{summary:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_fill_the_memory_are_read_one_after_the_other_and_none_is_lost() {
    let mut bed = Bed::new(&[("a", A), ("c", C)]).await;
    bed.settings.fetch.memory_bytes = 1;
    bed.settings.fetch.max_page_bytes = 700_000;
    bed.settings.fetch.max_feed_bytes = 700_000;
    let large = |subject: &str| {
        let html =
            format!("<html><body><article>{}</article><!--{}--></body></html>", story(subject), "x".repeat(600_000));
        answer(200, &[("Content-Type", "text/html")], html)
    };
    for (host, feed) in [(PAPER, "/a.xml"), (OTHER, "/c.xml")] {
        bed.town.says(host, feed, [feed_of(&entries(&links(host, 1)))]).says(host, "/1", [large(host)]);
    }
    let summary = run(&bed, &MODEL, &Stop::never()).await;
    assert_eq!((summary.documents, summary.waiting, summary.lost.len()), (2, 0, 0), "{summary:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_passes_over_fast_hosts_place_alike_whoever_answers_first() {
    let mut placed = Vec::new();
    for slow in [PAPER, OTHER] {
        let bed = Bed::new(&[("a", A), ("c", C)]).await;
        for (host, feed) in [(PAPER, "/a.xml"), (OTHER, "/c.xml")] {
            bed.town.says(host, feed, [feed_of(&entries(&links(host, 3)))]);
            for (path, subject) in [("/1", "bridge"), ("/2", "ferry"), ("/3", "school")] {
                let says = match page(subject) {
                    Says::Raw(bytes) if host == slow => Says::Late(Duration::from_millis(60), bytes),
                    says => says,
                };
                bed.town.says(host, path, [says]);
            }
        }
        let summary = run(&bed, &MODEL, &Stop::never()).await;
        assert_eq!(summary.documents, 6);
        let mut all: Vec<String> = bed
            .documents()
            .into_iter()
            .map(|frame| format!("{:?}", bed.store.placement(frame.document.id).expect("a store that reads")))
            .collect();
        all.sort();
        placed.push(all);
    }
    assert_eq!(placed[0], placed[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_among_slow_documents_stores_those_that_are_understood() {
    let mut bed = Bed::new(&[("a", A)]).await;
    let named = links(PAPER, 20);
    bed.town.says(PAPER, "/a.xml", [feed_of(&entries(&named))]);
    for (at, link) in named.iter().enumerate() {
        bed.town.says(PAPER, url(link).path(), [page(&format!("bridge number {at}"))]);
    }
    bed.settings.fetch.pages_per_host = 20;
    // Two a second: what was not understood within three seconds of the wish to end is left, however fast the machine.
    let slow = Understanding::hash_embedder(Duration::from_millis(500), 1).expect("the model ships");
    let (stopper, stop) = Stopper::new();
    let understood = StopsWithFirst { left: AtomicU64::new(0), stopper };
    let summary = run_watched(&bed, &slow, &understood, &stop).await;
    assert!(summary.interrupted && (1..=7).contains(&summary.documents), "{summary:?}");
    assert_eq!(summary.documents + summary.waiting, 20);
    assert!(bed.store.waiting().expect("a queue").iter().all(|one| one.tries == 0 && one.not_before.is_none()));
    let quick = Understanding::hash_embedder(Duration::ZERO, 1).expect("the model ships");
    assert_eq!(run(&bed, &quick, &Stop::never()).await.waiting, 0);
    assert_eq!(bed.documents().len(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_clock_ten_years_ahead_had_planned_holds_nothing() {
    let mut bed = Bed::new(&[("a", A), ("c", C)]).await;
    bed.town.says(PAPER, "/a.xml", [feed_of(&entries(&links(PAPER, 1)))]).says(PAPER, "/1", [page("bridge")]);
    bed.town.says(OTHER, "/c.xml", [feed_of(&entries(&links(OTHER, 1)))]).says(OTHER, "/1", [page("museum")]);
    bed.settings.fetch.pages_per_host = 0;
    bed.pass(0).await;
    let ahead = Some(start() + hours(24 * 3650));
    let late = |name: &str| {
        let state = SourceState { next_poll: ahead, failing_since: ahead, ..bed.state(name) };
        (SourceId(name.to_owned()), state)
    };
    let record = |host: &str| {
        let record = bed.store.host(host).expect("a store that reads");
        (host.to_owned(), HostRecord { paused_until: ahead, ..record })
    };
    let waiting = bed.store.waiting().expect("a queue").into_iter().map(|one| {
        let key = samestory_store::waiting_key(&one.source, &one.item.id);
        (key, Some(samestory_store::Waiting { not_before: ahead, ..one }))
    });
    let (states, hosts) = (vec![late("a"), late("c")], vec![record(PAPER), record(OTHER)]);
    bed.store.commit(&Commit { states, hosts, queue: waiting.collect(), ..Commit::default() }).expect("room");
    bed.settings.fetch.pages_per_host = 30;
    let summary = bed.pass(1).await;
    assert_eq!((summary.asked, summary.held, summary.documents), (2, 0, 2), "{summary:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_that_ended_the_program_too_often_gets_its_feed_s_words_and_is_not_asked_for() {
    let mut bed = Bed::new(&[("a", A)]).await;
    bed.town.says(PAPER, "/a.xml", [feed_of(&entries(&links(PAPER, 1)))]).says(PAPER, "/1", [page("bridge")]);
    bed.settings.fetch.pages_per_host = 0;
    bed.pass(0).await;
    let queue = bed.store.waiting().expect("a queue").into_iter().map(|one| {
        let key = samestory_store::waiting_key(&one.source, &one.item.id);
        (key, Some(samestory_store::Waiting { tries: 4, ..one }))
    });
    bed.store.commit(&Commit { queue: queue.collect(), ..Commit::default() }).expect("room");
    bed.settings.fetch.pages_per_host = 30;
    let summary = bed.pass(0).await;
    assert_eq!((summary.documents, summary.waiting, bed.asked("/1")), (1, 0, 0), "{summary:?}");
    assert!(summary.lost[0].to_string().starts_with("http://paper.example/1: the program ended"), "{summary:?}");
    assert_eq!(bed.documents()[0].document.text, "Short.");
}

/// The answers of a host that does everything wrong, by what it does.
fn hostile() -> Vec<(&'static str, Vec<(String, Says)>)> {
    let feed_at = |host: &str, count: usize| ("/feed".to_owned(), feed_of(&entries(&links(host, count))));
    let robots = |says: Says| ("/robots.txt".to_owned(), says);
    let head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html>".to_vec();
    let rules: String = (0..26_000).map(|number| format!("Disallow: /private/{number}\n")).collect();
    let many: String = (0..1000)
        .map(|number| {
            format!(
                "<item><guid>{number}</guid><link>http://many.example/n/{number}</link><title>N {number}</title></item>"
            )
        })
        .collect();
    let short = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9000\r\n\r\n<html><p>Cut".to_vec();
    let busy = || answer(429, &[("Retry-After", "7200")], "slow down");
    let chain = |number: u8| (format!("/hop{number}"), redirect(302, &format!("/hop{}", number + 1)));
    vec![
        ("silent.example", vec![("/feed".to_owned(), Says::Silence)]),
        ("half.example", vec![("/feed".to_owned(), Says::Half(head.clone()))]),
        ("drips.example", vec![feed_at("drips.example", 2), ("/1".to_owned(), Says::Drip(head.clone()))]),
        ("endless.example", vec![("/feed".to_owned(), Says::Endless(head.clone(), b"<p>".repeat(999)))]),
        (
            "endless-page.example",
            vec![feed_at("endless-page.example", 1), ("/1".to_owned(), Says::Endless(head, b"<p>and on ".repeat(99)))],
        ),
        ("circle.example", vec![("/feed".to_owned(), redirect(302, "/feed"))]),
        (
            "chain.example",
            std::iter::once(("/feed".to_owned(), redirect(302, "/hop0"))).chain((0..9).map(chain)).collect(),
        ),
        ("busy.example", vec![("/feed".to_owned(), busy()), robots(busy())]),
        ("busy-pages.example", vec![feed_at("busy-pages.example", 3), ("/1".to_owned(), busy())]),
        (
            "rules.example",
            vec![
                feed_at("rules.example", 2),
                robots(answer(200, &[], format!("User-agent: *\n{rules}"))),
                ("/1".to_owned(), page("rules")),
            ],
        ),
        (
            "patient.example",
            vec![feed_at("patient.example", 3), robots(answer(200, &[], "User-agent: *\nCrawl-delay: 3600\n"))],
        ),
        ("mute-robots.example", vec![feed_at("mute-robots.example", 2), robots(Says::Silence)]),
        (
            "many.example",
            vec![(
                "/feed".to_owned(),
                answer(200, &[], format!("<rss version=\"2.0\"><channel><title>M</title>{many}</channel></rss>")),
            )],
        ),
        ("reset.example", vec![feed_at("reset.example", 1), ("/1".to_owned(), Says::Raw(short))]),
        ("garbage.example", vec![("/feed".to_owned(), Says::Raw(vec![0xFF; 4096]))]),
        ("binary.example", vec![feed_at("binary.example", 1), ("/1".to_owned(), answer(200, &[], vec![7; 100_000]))]),
    ]
}

/// Hosts that fail by what they answer.
const FAILING: [&str; 4] = ["circle.example", "chain.example", "busy.example", "garbage.example"];

#[tokio::test(flavor = "multi_thread")]
async fn healthy_sources_are_stored_beside_sixteen_that_do_everything_wrong() {
    let (town, hosts) = (Town::open().await, hostile());
    let mut names: Vec<&str> = hosts.iter().map(|(host, _)| *host).collect();
    names.extend([PAPER, OTHER]);
    let mut settings = Settings { fetch: town.settings(&names), ..Settings::default() };
    settings.fetch.patience = 1;
    (settings.fetch.max_feed_bytes, settings.fetch.max_page_bytes) = (1_000_000, 200_000);
    let mut sources = Vec::new();
    for (host, answers) in hosts {
        for (path, says) in answers {
            town.says(host, &path, [says]);
        }
        sources.push(Source::feed(host, url(&format!("http://{host}/feed"))));
    }
    for (host, subject) in [(PAPER, "bridge"), (OTHER, "museum")] {
        sources.push(Source::feed(host, url(&format!("http://{host}/feed"))));
        town.says(host, "/feed", [feed_of(&entries(&links(host, 1)))]).says(host, "/1", [page(subject)]);
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = SledStore::open(folder.path()).expect("a new store");
    let (stopper, stop) = Stopper::new();
    let pass = Pass {
        settings: &settings,
        store: &store,
        understanding: &MODEL,
        sources: &sources,
        now: start(),
        force: false,
        progress: &Silent,
        stop: &stop,
        folder: Some(folder.path()),
    };
    // Silent and patient hosts would be asked for as long as a pass may ask.
    let healthy_stored = async {
        for host in [PAPER, OTHER] {
            until_stored(folder.path(), &format!("http://{host}/1")).await;
        }
        for host in FAILING {
            let failed = || store.state(&SourceId(host.to_owned())).is_ok_and(|state| state.failure.is_some());
            while !failed() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
        stopper.stop();
    };
    let ran = tokio::time::timeout(Duration::from_mins(1), async { tokio::join!(pass.run(), healthy_stored) }).await;
    let summary = ran.expect("it ends").0.expect("a pass");
    let known = stored(folder.path());
    for host in [PAPER, OTHER] {
        assert!(known.iter().any(|url| *url == format!("http://{host}/1")), "{host}: {summary:?}");
        let state = store.state(&SourceId(host.to_owned())).expect("a store that reads");
        assert_eq!((state.last_success, state.errors), (Some(start()), 0));
    }
    for named in FAILING {
        assert!(summary.failures.iter().any(|failure| failure.subject.contains(named)), "{named}: {summary:?}");
    }
    let tried = store.waiting().expect("a queue").into_iter().filter(|one| one.source.0 == "patient.example");
    assert!(tried.into_iter().all(|one| one.tries == 0 && one.not_before.is_none_or(|time: Timestamp| time > start())));
}
