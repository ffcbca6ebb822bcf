//! Kills a writer at random moments and checks after each kill what the store promises.
//!
//! A round starts a child that goes on where the last one was killed: it commits fetched items and states
//! with documents and placements, merges stories, purges, compacts, and says after each commit that returned
//! what that was. Some milliseconds later it is killed; then the store is opened and looked at: everything
//! acknowledged is there, no placement is half written, a replay changes nothing, readers and writer
//! agree. Rounds of their own do the same to the migration of a store of the first format.

use super::synthetic::{self, Numbers};
use jiff::{SignedDuration, Timestamp};
use samestory_model::{DocumentId, Placement, SourceId, SourceState};
use samestory_store::{Commit, Reader, Retention, SledStore, Store};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

const SOURCES: u64 = 7;
const PART: u64 = 5;

fn start() -> Timestamp {
    "2026-01-05T00:00:00Z".parse().expect("a time")
}

fn seen(number: u64) -> Timestamp {
    start() + SignedDuration::from_mins(7 * number as i64)
}

fn id_of(number: u64) -> DocumentId {
    DocumentId::of(&["synthetic", &number.to_string()])
}

/// The commit of one part: items and states with documents and placements.
fn part(number: u64) -> Commit {
    let mut commit = synthetic::commit(number * PART..(number + 1) * PART, SOURCES, seen);
    let state = SourceState { next_poll: Some(seen(number)), errors: number as u32, ..SourceState::default() };
    commit.states.push((SourceId("paper0".to_owned()), state));
    commit
}

/// The first documents of a part and of the one before; the stories of both are complete.
fn merged(number: u64) -> (DocumentId, DocumentId) {
    (id_of(number.saturating_sub(1) * PART), id_of(number * PART))
}

/// Merges the story of a part's first document into that of the part before, as a placer would.
fn merge(store: &SledStore, number: u64) -> Option<Commit> {
    let (a, b) = merged(number);
    let (kept, gone) = (store.placement(a).ok()??, store.placement(b).ok()??);
    (kept.story != gone.story).then(|| Commit {
        placements: vec![Placement { story: kept.story, article: kept.article, ..gone.clone() }],
        merged_stories: vec![(gone.story, kept.story)],
        merged_articles: vec![(gone.article, kept.article)],
        ..Commit::default()
    })
}

/// The child: works until it is killed, and says what returned. One that only opens ends there.
pub fn child(folder: &Path, first: u64, seed: u64, only_open: bool) -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::stdout();
    let mut say = |what: String| writeln!(out, "{what}").and_then(|()| out.flush());
    let mut store = SledStore::open(folder)?;
    say("open".to_owned())?;
    if only_open {
        return Ok(());
    }
    let mut numbers = Numbers::of(seed);
    for number in first.. {
        store.commit(&part(number))?;
        say(format!("part {number}"))?;
        match numbers.below(8) {
            0 | 1 => {
                if let Some(merge) = merge(&store, number) {
                    store.commit(&merge)?;
                    say(format!("merge {number}"))?;
                }
            }
            2 => {
                store = store.compact()?;
                say("compact".to_owned())?;
            }
            3 => {
                let since = seen((number + 1) * PART) - SignedDuration::from_hours(36);
                say(format!("purging {}", since.as_second()))?;
                store.purge(&Retention { since: Some(since), ..Retention::default() })?;
                say("purged".to_owned())?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// What the children acknowledged.
#[derive(Default)]
struct Acknowledged {
    parts: u64,
    merges: Vec<u64>,
    purged: Option<Timestamp>,
}

/// Looks at a store after a kill.
fn check(folder: &Path, known: &mut Acknowledged) -> Result<(), String> {
    let told = |error: samestory_store::StoreError| error.to_string();
    let store = SledStore::open(folder).map_err(told)?;
    // A part that was committed and not said any more counts as done.
    while store.document(id_of(known.parts * PART)).map_err(told)?.is_some() {
        known.parts += 1;
    }
    let reader = Reader::open(folder).map_err(told)?;
    let mut kept = 0;
    for number in 0..known.parts * PART {
        let id = id_of(number);
        let (expected, features) = synthetic::document(number, SOURCES, seen(number));
        let stored = store.document(id).map_err(told)?;
        let Some(document) = stored else {
            let key = samestory_model::canonical_key(&expected.url);
            let may = known.purged.is_some_and(|since| expected.seen < since);
            let buried = store.was_purged(&expected.source, &expected.item, &key).map_err(told)?;
            if may && buried {
                continue;
            }
            return Err(format!("document {number} is lost"));
        };
        kept += 1;
        if document != expected || store.features(id).map_err(told)?.as_ref() != Some(&features) {
            return Err(format!("document {number} is another"));
        }
        let placement = store.placement(id).map_err(told)?.ok_or(format!("{number} has no placement"))?;
        let frame = reader.document(id).map_err(told)?.ok_or(format!("readers lack {number}"))?;
        if (frame.placement.story, frame.placement.article) != (placement.story, placement.article) {
            return Err(format!("readers have {number} elsewhere than the writer"));
        }
    }
    for number in &known.merges {
        let (a, b) = merged(*number);
        if let (Some(a), Some(b)) = (store.placement(a).map_err(told)?, store.placement(b).map_err(told)?)
            && a.story != b.story
        {
            return Err(format!("merge {number} is half written"));
        }
    }
    let holds = store.holds().map_err(told)?;
    let stories = reader.stories().map_err(told)?;
    let shown: usize = stories.iter().flat_map(|one| &one.view.articles).map(|article| article.documents.len()).sum();
    if holds.documents != kept
        || shown as u64 != kept
        || stories.len() as u64 != holds.stories
        || reader.holds() != holds
    {
        return Err(format!("{holds:?} where {kept} documents are, and readers see {shown} in {}", stories.len()));
    }
    // The same once more changes nothing.
    if let Some(last) = known.parts.checked_sub(1) {
        store.commit(&part_again(&store, last).map_err(told)?).map_err(told)?;
        let again = store.holds().map_err(told)?;
        if (again.documents, again.stories) != (holds.documents, holds.stories) {
            return Err("a replay changed what is held".to_owned());
        }
    }
    Ok(())
}

/// The placements of a part as they stand: what a pass that is repeated would store.
fn part_again(store: &SledStore, number: u64) -> Result<Commit, samestory_store::StoreError> {
    let mut commit = Commit::default();
    for id in (number * PART..(number + 1) * PART).map(id_of) {
        commit.placements.extend(store.placement(id)?);
    }
    Ok(commit)
}

/// What rounds did.
pub struct Report {
    /// Rounds over a store that works, and over one that is brought forward.
    pub rounds: (u64, u64),
    /// What children acknowledged, by kind.
    pub kinds: BTreeMap<String, u64>,
}

/// Starts a child with its arguments, lets it work for a while, kills it; returns what it said.
fn killed(mut command: Command, after: Duration) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let out = BufReader::new(child.stdout.take().ok_or("no stdout")?);
    let hearing = std::thread::spawn(move || out.lines().map_while(Result::ok).collect::<Vec<String>>());
    std::thread::sleep(after);
    child.kill()?;
    child.wait()?;
    Ok(hearing.join().map_err(|_| "the hearing thread")?)
}

/// Puts the fixture of the first format into a folder.
fn first_format(fixture: &Path, folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder.join("sled/blobs"))?;
    let mut database = Vec::new();
    let packed = std::fs::read(fixture.join("db.gz"))?;
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(packed.as_slice()), &mut database)?;
    std::fs::write(folder.join("sled/db"), database)?;
    for entry in std::fs::read_dir(fixture)?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name == "conf" || name.starts_with("snap.") {
            std::fs::copy(entry.path(), folder.join("sled").join(name))?;
        } else if Path::new(&name).extension() == Some("log".as_ref()) {
            std::fs::copy(entry.path(), folder.join(name))?;
        }
    }
    Ok(())
}

/// Makes the rounds. `start` makes the command of a child from its four arguments (see [`child`]).
pub fn rounds(
    working: u64,
    migrating: u64,
    seed: u64,
    fixture: &Path,
    start: &dyn Fn(&[String]) -> Command,
) -> Result<Report, Box<dyn std::error::Error>> {
    let mut numbers = Numbers::of(seed);
    let folder = tempfile::tempdir()?;
    let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
    let arguments = |store: &Path, first: u64, seed: u64, only_open: bool| {
        [store.display().to_string(), first.to_string(), seed.to_string(), only_open.to_string()]
    };
    let (mut store, mut known) = (folder.path().join("store-0"), Acknowledged::default());
    for round in 0..working {
        // A fresh store now and then, so that its making is hit too.
        if round % 25 == 0 {
            let _ = std::fs::remove_dir_all(&store);
            store = folder.path().join(format!("store-{round}"));
            known = Acknowledged::default();
        }
        let longest = if round % 25 == 0 { 80_000 } else { 400_000 };
        let after = Duration::from_micros(2_000 + numbers.below(longest));
        for line in killed(start(&arguments(&store, known.parts, numbers.draw(), false)), after)? {
            let (word, rest) = line.split_once(' ').unwrap_or((&line, ""));
            match word {
                "part" => known.parts = rest.parse::<u64>()? + 1,
                "merge" => known.merges.push(rest.parse()?),
                "purging" => known.purged = Some(Timestamp::from_second(rest.parse()?)?),
                "open" | "compact" | "purged" => {}
                _ => continue,
            }
            *kinds.entry(word.to_owned()).or_default() += 1;
        }
        check(&store, &mut known).map_err(|what| format!("round {round}: {what}"))?;
    }
    for round in 0..migrating {
        let store = folder.path().join(format!("old-{round}"));
        first_format(fixture, &store)?;
        let after = Duration::from_micros(1_000 + numbers.below(120_000));
        let said = killed(start(&arguments(&store, 0, 0, true)), after)?;
        *kinds.entry("migrated before the kill".to_owned()).or_default() +=
            u64::from(said.iter().any(|line| line == "open"));
        let opened = SledStore::open(&store).map_err(|error| format!("migration {round}: {error}"))?;
        let (seen, holds) = (Reader::open(&store)?, opened.holds()?);
        if (holds.documents, holds.stories, seen.documents()?.len()) != (3, 2, 3) || seen.stories()?.len() != 2 {
            return Err(format!("migration {round}: {holds:?}").into());
        }
        drop(opened);
        std::fs::remove_dir_all(&store)?;
    }
    Ok(Report { rounds: (working, migrating), kinds })
}
