//! The same documents placed in files, on a server by one worker, and by four that are dealt the documents in turn.

use super::Failed;
use super::server::Server;
use samestory::config::Settings;
use samestory::evaluate::{self, Labelled};
use samestory::pipeline::{Ingest, Silent};
use samestory_store::{Commit, Store, StoreLocation};
use samestory_understand::Understanding;
use std::path::Path;

/// Documents that a worker takes together.
const BATCH: usize = 16;

/// Takes every so many-th of the documents in their order.
fn take(store: &dyn Store, model: &Understanding, all: &[Labelled], part: usize, parts: usize) -> Result<(), String> {
    let failed = |error: &dyn std::fmt::Display| error.to_string();
    let now = all[0].document.seen;
    let settings = Settings::default();
    let mut ingest = Ingest::new(store, model, &settings, now).map_err(|error| failed(&error))?;
    let mine: Vec<_> = all.iter().skip(part).step_by(parts).map(|one| one.document.clone()).collect();
    for batch in mine.chunks(BATCH) {
        ingest.add(batch.to_vec(), Commit::default(), now, &Silent).map_err(|error| failed(&error))?;
    }
    Ok(())
}

/// Article and story of each document.
fn clusters(store: &dyn Store, all: &[Labelled]) -> Result<Vec<(String, String)>, Failed> {
    all.iter()
        .map(|one| {
            let placed = store.placement(one.document.id)?.ok_or("a document without a placement")?;
            Ok((placed.article.to_string(), placed.story.to_string()))
        })
        .collect()
}

/// BCubed F1 over the documents with a label.
fn f1(all: &[Labelled], label: fn(&Labelled) -> Option<&String>, found: &[&str]) -> Option<f64> {
    let pairs = all.iter().zip(found).filter_map(|(one, found)| Some((label(one)?, *found)));
    let (gold, found): (Vec<&String>, Vec<&str>) = pairs.unzip();
    (!gold.is_empty()).then(|| evaluate::score(&gold, &found).bcubed.f1)
}

/// Places the files' documents each way and prints the scores.
pub fn run(files: &[String]) -> Result<(), Failed> {
    let server = Server::any()?;
    let model = Understanding::shipped(&Settings::default().understand)?;
    for file in files {
        let (mut all, _) = evaluate::read(Path::new(file), "2026-11-12T08:00:00Z".parse()?)?;
        all.sort_by_key(|one| one.document.published);
        println!("{file}: {} documents", all.len());
        let mut first: Option<Vec<(String, String)>> = None;
        for (what, workers) in [("files", 1), ("server, 1 worker", 1), ("server, 4 workers", 4)] {
            let name = format!("fleet_same_{}", std::process::id());
            let folder = tempfile::tempdir()?;
            let place = if what == "files" {
                StoreLocation::from(folder.path())
            } else {
                StoreLocation::Server(server.schema(&name)?)
            };
            let store = place.open()?;
            let mut stores = vec![store];
            for _ in 1..workers {
                stores.push(place.open()?);
            }
            let done: Vec<Result<(), String>> = std::thread::scope(|scope| {
                let (all, model) = (&all, &model);
                let spawn = |(part, store)| scope.spawn(move || take(store, model, all, part, workers));
                let threads: Vec<_> = stores.iter().map(|store| &**store).enumerate().map(spawn).collect();
                threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err("a panic".to_owned()))).collect()
            });
            done.into_iter().collect::<Result<(), String>>()?;
            let found = clusters(&*stores[0], &all)?;
            let part = |of: fn(&(String, String)) -> &str| found.iter().map(of).collect::<Vec<&str>>();
            let scores = [
                f1(&all, |one| one.article.as_ref(), &part(|pair| &pair.0)),
                f1(&all, |one| one.story.as_ref(), &part(|pair| &pair.1)),
            ]
            .map(|score| score.map_or("-".to_owned(), |score| format!("{score:.4}")));
            let equal = first.get_or_insert_with(|| found.clone()).iter().zip(&found).filter(|(a, b)| a == b).count();
            println!("  {what}: F1 of articles {}, of stories {}; {equal} placed as in files", scores[0], scores[1]);
            drop(stores);
            if what != "files" {
                server.drop_schema(&name)?;
            }
        }
    }
    Ok(())
}
