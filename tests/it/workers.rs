//! Several workers over one store: the same stories as one would make, nothing twice, nothing lost, and to
//! publishers they are one visitor.

mod fake;
mod server;

use super::bed::fixture;
use super::pass::{Entry, MODEL, OTHER, PAPER, feed_of, page, start, story, url};
use super::town::{Says, Town, answer, feed};
use fake::Worker;
use jiff::Timestamp;
use samestory::config::Settings;
use samestory::evaluate;
use samestory::pipeline::pass::{Pass, Summary};
use samestory::pipeline::upkeep::upkeep;
use samestory::pipeline::{self, Ingest, PipelineError, Silent, Stop};
use samestory_model::{Document, Level, Placement, Source, SourceId, Word};
use samestory_store::{Commit, SledStore, Store, Work, Workers};
use std::collections::BTreeSet;
use std::time::Duration;
use tempfile::TempDir;

fn store() -> (TempDir, SledStore) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = SledStore::open(folder.path()).expect("a new store");
    (folder, store)
}

fn now() -> Timestamp {
    "2026-11-12T08:00:00Z".parse().expect("a time")
}

/// The labelled documents of some files in order of publication.
fn corpus(files: &[&str]) -> Vec<Document> {
    let mut documents = Vec::new();
    for file in files {
        let (read, bad) = evaluate::read(&fixture("placement").join(file), now()).expect("a readable file");
        assert_eq!(bad, []);
        documents.extend(read.into_iter().map(|one| one.document));
    }
    documents.sort_by_key(|document| document.published);
    documents
}

fn ingest<'a>(store: &'a dyn Store, settings: &Settings) -> Ingest<'a> {
    Ingest::new(store, &MODEL, settings, now()).expect("a window")
}

fn add(ingest: &mut Ingest<'_>, documents: &[Document]) {
    ingest.add(documents.to_vec(), Commit::default(), now(), &Silent).expect("placements");
}

fn placements(store: &dyn Store, documents: &[Document]) -> Vec<Placement> {
    let placed = documents.iter().map(|document| store.placement(document.id).expect("the store reads"));
    placed.map(|placement| placement.expect("it is placed")).collect()
}

/// Three workers take turns at placing what one alone places in the same order, over a store of its own.
fn take_turns(workers: [&dyn Store; 3], before: impl Fn(usize)) {
    let (documents, settings) = (corpus(&["mirrors.jsonl", "stories.jsonl"]), Settings::default());
    let (_folder, alone) = store();
    let mut one = ingest(&alone, &settings);
    let mut ingests = workers.map(|worker| ingest(worker, &settings));
    for (turn, batch) in documents.chunks(4).enumerate() {
        add(&mut one, batch);
        before(turn);
        add(&mut ingests[turn % 3], batch);
    }
    assert_eq!(placements(workers[0], &documents), placements(&alone, &documents));
    let total: usize = ingests.iter().map(|ingest| ingest.counts().documents).sum();
    assert_eq!(total, one.counts().documents);
    let stories: BTreeSet<_> = placements(&alone, &documents).into_iter().map(|placement| placement.story).collect();
    let new: BTreeSet<_> = ingests.iter().flat_map(|ingest| ingest.counts().new_stories.clone()).collect();
    assert!(stories.is_subset(&new), "every story is new to somebody");
}

/// Three workers bring the same documents at the same time.
fn bring_the_same(workers: [&dyn Store; 3]) {
    let (documents, settings) = (corpus(&["reports.jsonl"]), Settings::default());
    let counts: Vec<usize> = std::thread::scope(|scope| {
        let work = |worker| {
            let mut ingest = ingest(worker, &settings);
            documents.chunks(3).for_each(|batch| add(&mut ingest, batch));
            ingest.counts().documents
        };
        let threads = workers.map(|worker| scope.spawn(move || work(worker)));
        threads.into_iter().map(|thread| thread.join().expect("it works")).collect()
    });
    assert_eq!(counts.iter().sum::<usize>(), documents.len(), "{counts:?}");
    // A worker that begins now reads the same window as those that followed.
    let mut all = ingest(workers[0], &settings);
    add(&mut all, &documents);
    assert_eq!((all.counts().documents, placements(workers[0], &documents).len()), (0, documents.len()));
}

#[test]
fn workers_that_take_turns_place_as_one_would() {
    let (_folder, store) = store();
    let a = Worker::first(store);
    let (b, c) = (a.another(), a.another());
    // Now and then a commit is lost, once so often that the window is read anew twice.
    take_turns([&a, &b, &c], |turn| a.overtake(if turn % 5 == 2 { 1 + turn % 2 } else { 0 }));
    assert!(a.is_idle());
}

#[test]
fn workers_that_bring_the_same_at_once_store_it_once() {
    let (_folder, store) = store();
    let a = Worker::first(store);
    let (b, c) = (a.another(), a.another());
    a.overtake(2);
    bring_the_same([&a, &b, &c]);
    assert!(a.is_idle());
}

#[test]
fn what_is_overtaken_again_and_again_is_given_up_and_nothing_of_it_is_stored() {
    let (documents, settings) = (corpus(&["sport.jsonl"]), Settings::default());
    let (_folder, store) = store();
    let worker = Worker::first(store);
    let mut lost = ingest(&worker, &settings);
    worker.overtake(5);
    let failed = lost.add(documents.clone(), Commit::default(), now(), &Silent).expect_err("five times");
    assert!(failed.to_string().contains("the connection was lost"), "{failed}");
    assert_eq!((lost.counts().documents, lost.counts().new_stories.len()), (0, 0));
    assert!(worker.is_idle() && worker.placement(documents[0].id).expect("it reads").is_none());
    let mut next = ingest(&worker, &settings);
    add(&mut next, &documents);
    assert_eq!(next.counts().documents, documents.len());
}

#[test]
fn a_word_that_one_worker_was_told_is_heeded_by_the_others() {
    let (documents, settings) = (corpus(&["reports.jsonl"]), Settings::default());
    let (_folder, store) = store();
    let a = Worker::first(store);
    let b = a.another();
    let mut works = ingest(&a, &settings);
    add(&mut works, &documents[..documents.len() - 1]);
    let (one, other) = (documents[0].id, documents[1].id);
    let word = Word::Merge { level: Level::Story, one: vec![one], other: vec![other] };
    b.overtake(1);
    let done = pipeline::say(&b, &settings, word, now()).expect("it is carried out");
    assert_eq!(done.number, 1);
    add(&mut works, &documents[documents.len() - 1..]);
    let window = works.placer().window();
    let story = |id| window.member(window.slot_of(id).expect("it is there")).story;
    assert_eq!(story(one), story(other));
    assert!(a.is_idle());
}

/// The least time between two starts on a host, for all workers together.
const GAP: Duration = Duration::from_millis(20);

/// A town with two publishers, and what two workers do there.
struct Two {
    town: Town,
    workers: [Box<dyn Store>; 2],
    settings: Settings,
    sources: Vec<Source>,
    now: Timestamp,
    /// What lies on this machine.
    _folder: Option<TempDir>,
}

impl Two {
    /// Over a fleet in this process; with a handle that looks into its books.
    async fn new(feeds: &[(&str, &str)]) -> (Self, Worker) {
        let (folder, store) = store();
        let office = Worker::first(store);
        let workers: [Box<dyn Store>; 2] = [Box::new(office.another()), Box::new(office.another())];
        (Self { _folder: Some(folder), ..Self::of(workers, feeds).await }, office)
    }

    async fn of(workers: [Box<dyn Store>; 2], feeds: &[(&str, &str)]) -> Self {
        let town = Town::open().await;
        let sources: Vec<Source> = feeds.iter().map(|(name, address)| Source::feed(name, url(address))).collect();
        let settings = Settings { fetch: town.settings(&[PAPER, OTHER]), ..Settings::default() };
        Self { town, workers, settings, sources, now: start(), _folder: None }
    }

    async fn pass(&self, worker: usize, force: bool) -> Summary {
        self.try_pass(worker, force).await.expect("a pass")
    }

    async fn try_pass(&self, worker: usize, force: bool) -> Result<Summary, PipelineError> {
        let (settings, store) = (&self.settings, &*self.workers[worker]);
        let (sources, stop, now, progress) = (&self.sources[..], &Stop::never(), self.now, &Silent);
        let pass = Pass { settings, store, understanding: &MODEL, sources, now, force, progress, stop, folder: None };
        pass.run().await
    }

    /// Both at the same time, on threads of their own.
    fn together(&self, force: bool) -> [Summary; 2] {
        let runtime = tokio::runtime::Handle::current();
        let run = &|worker| runtime.block_on(self.pass(worker, force));
        tokio::task::block_in_place(|| {
            std::thread::scope(|scope| {
                let threads = [0, 1].map(|worker| scope.spawn(move || run(worker)));
                threads.map(|thread| thread.join().expect("a pass"))
            })
        })
    }

    /// Forty sources on two hosts, half of which carry their article whole: asked by two, as if by one.
    async fn share(&mut self) {
        let host = |at: u8| if at.is_multiple_of(2) { PAPER } else { OTHER };
        self.settings.fetch.host_gap_ms = u64::try_from(GAP.as_millis()).expect("a short gap");
        for at in 0..40 {
            let (id, link, title) =
                (format!("i{at}"), format!("http://{}/page{at}", host(at)), format!("Headline {at}"));
            let whole = story(&format!("bridge number {at}"));
            let html = if at % 4 < 2 { "Short." } else { whole.as_str() };
            let entry = Entry { id: &id, link: &link, title: &title, html, minute: at };
            let name = format!("s{at:02}");
            self.sources.push(Source::feed(&name, url(&format!("http://{}/{at}.xml", host(at)))));
            self.town.says(host(at), &format!("/{at}.xml"), [feed_of(&[entry])]);
            self.town.says(host(at), &format!("/page{at}"), [page(&format!("ferry number {at}"))]);
        }
        let both = self.together(false);
        let calls = self.town.calls();
        let asked = calls.iter().map(|call| format!("{}{}", call.host, call.path));
        let mut asked: Vec<String> = asked.filter(|address| !address.ends_with("robots.txt")).collect();
        asked.sort();
        let mut once = asked.clone();
        once.dedup();
        assert_eq!(asked, once, "each address once");
        assert_eq!((asked.len(), both[0].asked + both[1].asked), (40 + 20, 40));
        assert_eq!(both[0].documents + both[1].documents, 40);
        for host in [PAPER, OTHER] {
            assert_eq!(self.town.most_in_flight(host), 1);
            let at: Vec<_> = calls.iter().filter(|call| call.host == host).map(|call| call.at).collect();
            let (first, last) = (at.iter().min().expect("a call"), at.iter().max().expect("a call"));
            // Each keeping its own gap they would need half of that; a loaded machine may be late with the first.
            let least = GAP * (at.len() as u32 - 1) * 3 / 4;
            assert!(*last - *first >= least, "{} starts on {host} in {:?}", at.len(), *last - *first);
        }
        let left = self.pass(0, false).await;
        assert_eq!((left.asked, left.documents, left.waiting), (0, 0, 0), "nothing was left");
    }

    /// A source answers that its host is too busy: the other worker leaves that host alone.
    async fn hear_of_a_pause(&mut self) {
        let busy = answer(429, &[("Retry-After", "3600")], "busy");
        self.town.says(PAPER, "/a.xml", [busy]).says(PAPER, "/b.xml", [feed(&[])]);
        let feed = |name: &str| Source::feed(name, url(&format!("http://paper.example/{name}.xml")));
        self.sources = vec![feed("a")];
        assert_eq!(self.pass(0, false).await.failures.len(), 1);
        self.sources = vec![feed("b")];
        // Forced, so that what the store knows of the host does not keep it from asking.
        let second = self.pass(1, true).await;
        assert_eq!((second.asked, second.held, self.town.paths()), (0, 1, vec!["/a.xml".to_owned()]));
        let state = self.workers[1].state(&SourceId("b".to_owned())).expect("it reads");
        assert!(state.errors == 0 && state.next_poll > Some(self.now), "{state:?}");
    }
}

const A: (&str, &str) = ("a", "http://paper.example/a.xml");

#[tokio::test(flavor = "multi_thread")]
async fn two_passes_at_once_ask_each_address_once_and_store_each_text_once() {
    let (mut two, office) = Two::new(&[]).await;
    two.share().await;
    assert!(office.is_idle());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_forced_by_two_is_asked_once() {
    let (two, office) = Two::new(&[A]).await;
    two.town.says(PAPER, "/a.xml", [feed(&[])]);
    two.together(true);
    // Whoever came second may have come after the first was done: then it was meant to ask.
    assert!((1..=2).contains(&two.town.paths().len()));
    assert!(office.is_idle());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_that_one_worker_heard_keeps_the_others_away() {
    let (mut two, office) = Two::new(&[]).await;
    two.hear_of_a_pause().await;
    assert!(office.is_idle());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_worker_has_claimed_is_left_to_it() {
    let (two, office) = Two::new(&[A]).await;
    two.town.says(PAPER, "/a.xml", [feed(&[]), Says::Silence]);
    let name = ["a".to_owned()];
    assert_eq!(office.claim(Work::Source, &name, 9).expect("it is free"), name);
    assert_eq!(two.pass(1, false).await.asked, 0);
    office.release(Work::Source, &name).expect("it is ours");
    assert_eq!(two.pass(1, false).await.asked, 1);
    assert_eq!(two.pass(0, false).await.asked, 0, "it is not due any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_whose_leases_ran_out_stores_nothing_of_what_it_was_doing() {
    let (two, office) = Two::new(&[A]).await;
    let Says::Raw(bytes) = feed(&[]) else { panic!("an ordinary answer") };
    two.town.says(PAPER, "/a.xml", [Says::Late(Duration::from_millis(300), bytes), feed(&[])]);
    office.lose(true);
    let lost = two.try_pass(0, false).await.expect_err("its leases are lost");
    assert!(lost.to_string().contains("could not be kept"), "{lost}");
    office.lose(false);
    assert_eq!(office.state(&SourceId("a".to_owned())).expect("it reads").last_checked, None);
    assert_eq!(two.pass(1, false).await.asked, 1, "another one does it");
    assert!(office.is_idle());
}

#[test]
fn a_store_is_looked_after_by_one_at_a_time() {
    let (folder, store) = store();
    let (worker, keeping) = (Worker::first(store), ["keeping".to_owned()]);
    let place = samestory_store::StoreLocation::from(folder.path());
    let other = worker.another();
    assert!(worker.upkeep_is_due(start()).expect("it reads"));
    assert_eq!(other.claim(Work::Alone, &keeping, 1).expect("it is free"), keeping);
    let settings = Settings::default().store;
    let kept = || upkeep(Box::new(worker.another()), &place, &settings, start()).expect("upkeep");
    kept();
    assert!(worker.upkeep_is_due(start()).expect("it reads"), "the other one is at it");
    other.release(Work::Alone, &keeping).expect("it is ours");
    kept();
    assert!(!worker.upkeep_is_due(start()).expect("it reads") && worker.is_idle());
}
