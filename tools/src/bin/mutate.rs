//! Damages what a store writes, at random, and looks that nothing panics and nothing wrong is taken for right.
//!
//! `cargo run --release -p samestory-tools --bin mutate -- [SECONDS [SEED]]`: by default 600 seconds. In turn: a backup file is
//! damaged (its bytes, or the JSON inside a sound frame) and restored; the file of documents, the readers'
//! log, the index, the cursor and `current` are damaged and read. A panic ends it with the seed of its round.

use samestory_tools::synthetic;

use jiff::{SignedDuration, Timestamp};
use samestory_model::{DocumentId, StoryId};
use samestory_store::{Cursor, Reader, SledStore, Store, StoreLocation, cursor, move_cursor, restore};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use synthetic::Numbers;

const DOCUMENTS: u64 = 40;

/// Changes some bytes: flips, cuts, repeats, overwrites with what stands elsewhere.
fn damage(bytes: &mut Vec<u8>, numbers: &mut Numbers) {
    for _ in 0..=numbers.below(4) {
        if bytes.is_empty() {
            return;
        }
        let at = numbers.below(bytes.len() as u64) as usize;
        let length = (numbers.below(40) as usize).min(bytes.len() - at);
        match numbers.below(6) {
            0 | 1 => bytes[at] ^= 1 << numbers.below(8),
            2 => bytes.truncate(at),
            3 => {
                let part = bytes[at..at + length].to_vec();
                bytes.splice(at..at, part);
            }
            4 => {
                bytes.drain(at..at + length);
            }
            _ => {
                let from = numbers.below(bytes.len() as u64) as usize;
                let part: Vec<u8> = bytes[from..].iter().take(length).copied().collect();
                bytes.splice(at..at + part.len().min(length), part);
            }
        }
    }
}

fn copied(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)?.flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copied(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Everything that a reader can be asked for; errors are answers.
fn ask(folder: &Path) -> Option<usize> {
    let reader = Reader::open(folder).ok()?;
    let _ = reader.by_time().take(1000).filter_map(Result::ok).count();
    let _ = reader.changed_since(2);
    for number in 0..DOCUMENTS {
        let id = DocumentId::of(&["synthetic", &number.to_string()]);
        let _ = reader.document(id);
        let _ = reader.story_of_document(id);
    }
    let _ = reader.story(StoryId(7));
    reader.documents().ok().map(|documents| documents.len())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let seconds: u64 = arguments.next().map_or(Ok(600), |text| text.parse())?;
    let seed: u64 = arguments.next().map_or(Ok(1), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    let (whole, backup) = (folder.path().join("whole"), folder.path().join("backup.zst"));
    let begin: Timestamp = "2026-01-01T00:00:00Z".parse()?;
    let store = SledStore::open(&whole)?;
    for part in 0..4 {
        let from = part * DOCUMENTS / 4;
        let seen = |number: u64| begin + SignedDuration::from_mins(number as i64);
        store.commit(&synthetic::commit(from..from + DOCUMENTS / 4, 5, seen))?;
    }
    let store = store.compact()?;
    store.commit(&synthetic::commit(DOCUMENTS..DOCUMENTS + 3, 5, |number| {
        begin + SignedDuration::from_mins(number as i64)
    }))?;
    store.backup(&backup, begin)?;
    let holds = store.holds()?;
    drop(store);
    move_cursor(&StoreLocation::from(whole.clone()), "default", &Cursor { sequence: 3, ..Cursor::default() })?;
    let (packed, text) = (std::fs::read(&backup)?, zstd::decode_all(std::fs::File::open(&backup)?)?);
    let mut files: Vec<PathBuf> =
        vec!["current".into(), "g2/documents.log".into(), "g2/index".into(), "readers/default.cursor".into()];
    let logs = std::fs::read_dir(whole.join("g2"))?.flatten().map(|entry| PathBuf::from("g2").join(entry.file_name()));
    files.extend(logs.filter(|path| path.to_string_lossy().contains("stories-")));
    let (started, mut rounds, mut outcomes) = (Instant::now(), 0u64, BTreeMap::<String, u64>::new());
    while started.elapsed() < Duration::from_secs(seconds) {
        let round = seed.wrapping_mul(1_000_003).wrapping_add(rounds);
        let mut numbers = Numbers::of(round);
        let outcome =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| -> Result<String, Box<dyn std::error::Error>> {
                let target = folder.path().join("target");
                let _ = std::fs::remove_dir_all(&target);
                if numbers.below(2) == 0 {
                    let inside = numbers.below(2) == 0;
                    let bytes = if inside {
                        let mut text = text.clone();
                        damage(&mut text, &mut numbers);
                        zstd::encode_all(text.as_slice(), 1)?
                    } else {
                        let mut packed = packed.clone();
                        damage(&mut packed, &mut numbers);
                        packed
                    };
                    let file = folder.path().join("damaged.zst");
                    std::fs::write(&file, bytes)?;
                    let done = restore(&target, &file);
                    let said = match done {
                        Ok((store, _)) => {
                            if !inside && store.holds()? != holds {
                                return Err("a damaged frame was restored as if it were whole".into());
                            }
                            drop(store);
                            let _ = ask(&target);
                            "restored"
                        }
                        Err(_) if target.join("current").exists() => return Err("a refused backup left a store".into()),
                        Err(_) => "refused",
                    };
                    return Ok(format!("backup {} {said}", if inside { "text" } else { "bytes" }));
                }
                let file = &files[numbers.below(files.len() as u64) as usize];
                copied(&whole, &target)?;
                let mut bytes = std::fs::read(target.join(file))?;
                let before = bytes.clone();
                damage(&mut bytes, &mut numbers);
                std::fs::write(target.join(file), &bytes)?;
                let read = ask(&target);
                let _ = cursor(&StoreLocation::from(target.clone()), "default");
                // A writer mends what readers see, and refuses the rest.
                let kind = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                let mended = SledStore::open(&target).ok().map(drop).and_then(|()| ask(&target));
                let all = usize::try_from(holds.documents)?;
                if (kind == "index" || kind.starts_with("stories-")) && mended != Some(all) {
                    return Err(format!("{kind} was not mended: {read:?}, {mended:?}").into());
                }
                if kind == "documents.log"
                    && bytes[..bytes.len().min(before.len())] != before[..bytes.len().min(before.len())]
                    && read == Some(all)
                {
                    return Err("damage in a document was not noticed".into());
                }
                Ok(format!("{kind} read {}, opened {}", read.is_some(), mended.is_some()))
            }));
        match outcome {
            Ok(Ok(what)) => *outcomes.entry(what).or_default() += 1,
            Ok(Err(error)) => return Err(format!("round {round}: {error}").into()),
            Err(_) => return Err(format!("round {round}: a panic").into()),
        }
        rounds += 1;
    }
    println!("{rounds} rounds in {} s without a finding", started.elapsed().as_secs());
    for (what, count) in outcomes {
        println!("  {count:>7} {what}");
    }
    Ok(())
}
