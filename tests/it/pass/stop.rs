//! A pass that is asked to end: what was committed stays, what was not done is done by the next one.

use super::{Bed, Entry, MODEL, OTHER, PAPER, feed_of, page, start};
use crate::town::{Says, feed};
use samestory::pipeline::pass::{Pass, Summary};
use samestory::pipeline::{Progress, Silent, Stop, Stopper};
use samestory_store::Store;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Remembers that something is done.
#[derive(Default)]
struct Done(AtomicBool);

impl Progress for Done {
    fn begin(&self, _: &str, _: u64) {}
    fn advance(&self) {
        self.0.store(true, Ordering::SeqCst);
    }
    fn end(&self) {}
}

async fn run(bed: &Bed, progress: &dyn Progress, stop: &Stop) -> Summary {
    let (settings, store, sources) = (&bed.settings, &bed.store, &bed.sources[..]);
    let (understanding, now, force, folder) = (&*MODEL, start(), false, None);
    let pass = Pass { settings, store, understanding, sources, now, force, progress, stop, folder };
    tokio::time::timeout(Duration::from_secs(30), pass.run()).await.expect("it ends").expect("a pass")
}

#[tokio::test(flavor = "multi_thread")]
async fn sources_that_answered_are_kept_and_the_others_are_asked_by_the_next_pass() {
    let bed = Bed::new(&[("a", "http://paper.example/a.xml"), ("c", "http://other.example/c.xml")]).await;
    bed.town.says(PAPER, "/a.xml", [Says::Silence, feed(&[])]).says(OTHER, "/c.xml", [feed(&[("ETag", "\"1\"")])]);
    let (stopper, stop) = Stopper::new();
    let done = Done::default();
    // One source has answered, the other has been asked: only then is the pass asked to end.
    let answered_and_asked = async {
        while !done.0.load(Ordering::SeqCst) || bed.asked("/a.xml") == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        stopper.stop();
    };
    let (summary, ()) = tokio::join!(run(&bed, &done, &stop), answered_and_asked);
    assert!(summary.interrupted);
    assert_eq!((summary.asked, summary.failures.len()), (1, 0), "who was not waited for has not failed");
    assert_eq!(bed.state("c").last_checked, Some(start()));
    assert_eq!(bed.state("a").last_checked, None);
    assert!(!bed.pass(0).await.interrupted);
    assert_eq!((bed.asked("/a.xml"), bed.asked("/c.xml")), (2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_came_are_stored_and_the_others_wait_on() {
    let bed = Bed::new(&[("a", "http://paper.example/a.xml")]).await;
    let entry = |id, link, minute| Entry { id, link, title: "A headline", html: "Short.", minute };
    let entries = [entry("1", "http://paper.example/1", 9), entry("2", "http://paper.example/2", 5)];
    bed.town.says(PAPER, "/a.xml", [feed_of(&entries)]);
    bed.town.says(PAPER, "/1", [page("bridge")]).says(PAPER, "/2", [Says::Silence, page("ferry")]);
    let (stopper, stop) = Stopper::new();
    let second_page_asked = async {
        while bed.asked("/2") == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        stopper.stop();
    };
    let (summary, ()) = tokio::join!(run(&bed, &Silent, &stop), second_page_asked);
    assert_eq!((summary.interrupted, summary.documents, summary.waiting), (true, 1, 1));
    assert_eq!(bed.store.waiting().expect("a queue")[0].tries, 0, "nobody refused it");
    assert_eq!(bed.pass(0).await.documents, 1);
    assert_eq!((bed.asked("/1"), bed.asked("/2"), bed.asked("/robots.txt")), (1, 2, 1));
}
