//! The invented world, followed for real: nothing is asked without need, nothing is stored twice.

use super::{MODEL, hours};
use samestory::config::Settings;
use samestory::demo::World;
use samestory::pipeline::pass::{Pass, Summary};
use samestory::pipeline::{Silent, Stop};
use samestory_store::{DocumentFrame, Listed, Reader, SledStore};
use std::path::Path;

async fn pass(settings: &Settings, store: &SledStore, now: jiff::Timestamp) -> Summary {
    let sources = settings.followed().expect("a good configuration");
    let (sources, stop, progress) = (&sources[..], &Stop::never(), &Silent);
    let (understanding, force, folder) = (&*MODEL, false, None);
    let pass = Pass { settings, store, understanding, sources, now, force, progress, stop, folder };
    pass.run().await.expect("a pass")
}

/// Everything that a reader can see.
fn seen(folder: &Path) -> (Vec<Listed>, Vec<DocumentFrame>, Vec<String>) {
    let reader = Reader::open(folder).expect("the readers' side");
    let sources = reader.sources().map(|pair| format!("{pair:?}")).collect();
    (reader.stories().expect("whole stories"), reader.documents().expect("whole documents"), sources)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_pass_at_once_asks_nobody_and_changes_nothing() {
    let running = World::load().serve().await.expect("a free port");
    let mut settings = running.world().settings(&running.addr);
    settings.fetch.host_gap_ms = 0;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = SledStore::open(folder.path()).expect("a new store");
    let first = pass(&settings, &store, World::now(1)).await;
    assert!(first.documents > 20, "{first:?}");
    let (asked, before) = (running.requests().len(), seen(folder.path()));
    for later in [hours(0), jiff::SignedDuration::from_mins(1)] {
        let again = pass(&settings, &store, World::now(1) + later).await;
        let more: Vec<String> =
            running.requests()[asked..].iter().map(|request| format!("{}{}", request.host, request.path)).collect();
        assert!(more.is_empty(), "asked without need: {more:?}");
        assert_eq!((again.asked, again.documents, again.new_stories, again.grown_stories), (0, 0, 0, 0));
        assert!(seen(folder.path()) == before, "the second pass changed what readers see");
    }
    let pages: Vec<String> =
        running.requests().iter().map(|request| format!("{}{}", request.host, request.path)).collect();
    let mut once = pages.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), pages.len(), "no address was asked for twice");
    running.stop().await;
}
