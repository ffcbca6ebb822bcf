//! Each new story is sent once, whatever the receiver does and however often the program starts.

use crate::bed::Bed;
use crate::store::commit;
use crate::town::{Town, answer};
use samestory::config::{Fetch, Notify, Settings};
use samestory::notify::Notifier;
use samestory_store::{SledStore, Store};
use std::path::Path;

fn told(command: &[&str]) -> Notify {
    let command = command.iter().map(|word| (*word).to_owned()).collect();
    Notify { command, timeout: 5, ..Settings::default().notify }
}

/// A store, and a notifier that has begun when it was empty.
fn begun(bed: &Bed, settings: &Notify, fetch: &Fetch) -> (SledStore, Notifier) {
    let store = crate::store::store(&bed.store());
    let notifier = Notifier::new(&bed.place(), settings, fetch).expect("a receiver");
    notifier.begin().expect("room");
    (store, notifier)
}

fn lines(path: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

#[test]
fn a_story_that_fits_is_told_once_over_restarts_and_what_was_there_before_is_not() {
    let bed = Bed::new();
    let out = bed.path("told.jsonl");
    let script = format!("cat >> {}", out.display());
    let settings = Notify { words: vec!["SEAL".to_owned()], ..told(&["sh", "-c", &script]) };
    let fetch = Settings::default().fetch;
    let store = crate::store::store(&bed.store());
    store.commit(&commit(&[("seal-before", "a", 0, 1, 1)])).expect("room");
    let (new, notifier) = {
        drop(store);
        begun(&bed, &settings, &fetch)
    };
    new.commit(&commit(&[("grey-seal", "a", 1, 2, 2), ("storm", "a", 1, 3, 3)])).expect("room");
    assert_eq!(notifier.round().expect("a store that reads").sent, 1);
    // A second report makes the story grow; that is not another story.
    new.commit(&commit(&[("seal-again", "b", 2, 4, 2)])).expect("room");
    for _ in 0..2 {
        let again = Notifier::new(&bed.place(), &settings, &fetch).expect("a receiver");
        again.begin().expect("room");
        assert_eq!(again.round().expect("a store that reads").sent, 0);
    }
    let told = lines(&out);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["title"], "grey-seal");
}

#[test]
fn a_receiver_that_fails_is_tried_again_a_few_times_and_one_that_hangs_is_not() {
    let bed = Bed::new();
    let fetch = Settings::default().fetch;
    let (store, failing) = begun(&bed, &told(&["sh", "-c", "exit 3"]), &fetch);
    store.commit(&commit(&[("one", "a", 1, 1, 1)])).expect("room");
    for round in 1..=6 {
        let told = failing.round().expect("a store that reads");
        assert_eq!((told.sent, told.waiting), (0, usize::from(round < 5)), "round {round}");
        assert_eq!(told.failures.len(), usize::from(round <= 5));
    }
    let hanging = Notify { timeout: 1, ..told(&["sleep", "60"]) };
    let hanging = Notifier::new(&bed.place(), &hanging, &fetch).expect("a receiver");
    store.commit(&commit(&[("two", "a", 2, 2, 2)])).expect("room");
    let round = hanging.round().expect("a store that reads");
    // Had it been waited for, it would have taken it.
    assert_eq!((round.sent, round.waiting, round.failures.len()), (0, 0, 1), "it may have been taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_gets_a_post_and_a_private_one_nothing_unless_it_is_allowed() {
    let bed = Bed::new();
    let town = Town::open().await;
    town.says("hook.example", "/new", [answer(503, &[], "busy"), answer(204, &[], "")]);
    let settings = Notify { webhook: "http://hook.example/new".to_owned(), ..told(&[]) };
    let fetch = town.settings(&["hook.example"]);
    let (store, notifier) = begun(&bed, &settings, &fetch);
    store.commit(&commit(&[("one", "a", 1, 1, 1)])).expect("room");
    let rounds =
        tokio::task::spawn_blocking(move || [0; 3].map(|_| notifier.round().expect("a store that reads").sent));
    assert_eq!(rounds.await.expect("rounds"), [0, 1, 0]);
    let calls = town.calls();
    assert_eq!(calls.iter().map(|call| call.method.as_str()).collect::<Vec<_>>(), ["POST", "POST"]);
    assert_eq!(calls[0].text("content-type"), Some("application/json"));
    let private = Notify { webhook: format!("http://{}/new", town.addr), ..settings };
    let refused = Notifier::new(&bed.place(), &private, &Settings::default().fetch).expect("a receiver");
    store.commit(&commit(&[("two", "a", 2, 2, 2)])).expect("room");
    let round =
        tokio::task::spawn_blocking(move || refused.round().expect("a store that reads")).await.expect("a round");
    assert_eq!(round.sent, 0);
    assert!(round.failures[0].message.contains("loopback"), "{}", round.failures[0].message);
    assert_eq!(town.calls().len(), 2);
    assert!(matches!(town.calls().first().map(|call| &call.path), Some(path) if path == "/new"));
}
