//! Several placers over one sequence of documents: where one places, the others follow, and all stand as one
//! that placed everything.

use super::bed::fixture;
use super::pass::MODEL;
use jiff::Timestamp;
use samestory::config::Settings;
use samestory::evaluate;
use samestory_cluster::{Placed, Placer};
use samestory_model::{Document, DocumentId, Features, Placement};
use std::collections::HashMap;

fn now() -> Timestamp {
    "2026-11-12T08:00:00Z".parse().expect("a time")
}

/// The labelled documents of one file in order of publication, understood.
fn understood(file: &str) -> Vec<(Document, Features)> {
    let (mut read, bad) = evaluate::read(&fixture("placement").join(file), now()).expect("a readable file");
    assert_eq!(bad, []);
    read.sort_by_key(|one| one.document.published);
    let documents: Vec<Document> = read.into_iter().map(|one| one.document).collect();
    let features = MODEL.all(&documents, &|| {});
    let understood = documents.into_iter().zip(features).map(|(document, features)| {
        let features = features.expect("the model reads it");
        (Document { lang: features.lang, ..document }, features)
    });
    understood.collect()
}

fn placer() -> Placer<'static> {
    Placer::new(&Settings::default().cluster, Vec::new())
}

/// Tells a placer what another one decided, in the order in which the documents were placed.
fn follow(placer: &mut Placer<'_>, placed: &Placed, all: &[(Document, Features)]) {
    let order: HashMap<DocumentId, usize> = all.iter().enumerate().map(|(at, one)| (one.0.id, at)).collect();
    let mut placements: Vec<&Placement> = placed.placements.iter().collect();
    placements.sort_by_key(|placement| order[&placement.document]);
    for placement in placements {
        let (document, features) = &all[order[&placement.document]];
        placer.follow(document, features.clone(), placement);
    }
}

fn stands(placer: &Placer<'_>) -> Vec<Placement> {
    (0..placer.window().len()).map(|place| placer.window().placement(place, 0, now())).collect()
}

#[test]
fn two_placers_that_take_turns_stand_as_one_that_places_everything() {
    let mut files: Vec<_> = std::fs::read_dir(fixture("placement"))
        .expect("the corpus")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
        .filter(|name: &String| std::path::Path::new(name).extension().is_some_and(|end| end == "jsonl"))
        .collect();
    files.sort();
    // Translations that cannot be compared wait for their site's mirror key in one of them.
    let all: Vec<(Document, Features)> = files.iter().flat_map(|file| understood(file)).collect();
    let (mut alone, mut even, mut odd) = (placer(), placer(), placer());
    for (at, (document, features)) in all.iter().enumerate() {
        let expected = alone.place(document, features.clone(), now());
        let (one, other) = if at % 2 == 0 { (&mut even, &mut odd) } else { (&mut odd, &mut even) };
        let placed = one.place(document, features.clone(), now());
        assert_eq!(placed, expected, "document {at}");
        follow(other, &placed, &all);
    }
    assert!(all.len() > 100, "{}", all.len());
    assert!(stands(&even) == stands(&alone) && stands(&odd) == stands(&alone));
}

#[test]
fn a_text_that_another_has_mended_is_met_by_what_it_says_now() {
    let all = understood("mirrors.jsonl");
    let (mut mends, mut follows) = (placer(), placer());
    for (document, features) in &all[..20] {
        let placed = mends.place(document, features.clone(), now());
        follow(&mut follows, &placed, &all);
    }
    let mut mended = all.clone();
    // The third says from now on what a later one says.
    mended[2].1 = all[25].1.clone();
    let placed = mends.renew(&mended[2..3], now());
    follow(&mut follows, &placed, &mended);
    for (document, features) in &all[20..] {
        let placed = mends.place(document, features.clone(), now());
        assert_eq!(follows.place(document, features.clone(), now()), placed);
    }
    assert!(stands(&follows) == stands(&mends));
}
