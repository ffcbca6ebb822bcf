//! A year of daily passes with retention, simulated: what lies on disk against what is in use.
//!
//! `cargo run --release -p samestory-tools --bin store_year -- FOLDER [DOCUMENTS-A-DAY [KEEP-DAYS]]`: by default 1,000 a day, kept
//! for 90 days. Each day commits documents in parts as a pass does, then does the day's upkeep as `run` does:
//! purge, and compact where the store has swollen. Prints a line a month, and the worst ratio of all days.

use samestory_tools::synthetic;

use jiff::{SignedDuration, Timestamp};
use samestory::config::Settings;
use samestory_model::{SourceId, SourceState};
use samestory_store::{Reader, Retention, SledStore, Store};
use std::path::PathBuf;
use std::time::Instant;

const SOURCES: u64 = 50;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("store_year FOLDER [DOCUMENTS-A-DAY [KEEP-DAYS]]")?);
    let daily: u64 = arguments.next().map_or(Ok(1000), |text| text.parse())?;
    let keep: i64 = arguments.next().map_or(Ok(90), |text| text.parse())?;
    let ratio = Settings::default().store.compact_ratio;
    let begin: Timestamp = "2026-01-01T00:00:00Z".parse()?;
    let second = |number: u64| begin + SignedDuration::from_secs((number * 86_400 / daily) as i64);
    let mut store = SledStore::open(&folder)?;
    let (mut worst, mut compactions, started) = (0f64, 0, Instant::now());
    for day in 0..365u64 {
        for part in 0..24 {
            let (from, to) = (day * daily + part * daily / 24, day * daily + (part + 1) * daily / 24);
            let mut commit = synthetic::commit(from..to, SOURCES, second);
            // Every source is asked each hour, whether it has something or not.
            for source in 0..SOURCES {
                let state = SourceState { next_poll: Some(second(to)), ..SourceState::default() };
                commit.states.push((SourceId(format!("paper{source}")), state));
            }
            store.commit(&commit)?;
        }
        let now = second((day + 1) * daily);
        let since = now.checked_sub(SignedDuration::from_hours(24 * keep)).ok();
        let purged = store.purge(&Retention { since, ..Retention::default() })?;
        if store.is_fragmented(ratio)? {
            store = store.compact()?;
            compactions += 1;
        }
        let (disk, live) = (samestory_store::size(&folder), store.live()?);
        if disk > 64 << 20 {
            worst = worst.max(disk as f64 / live as f64);
        }
        if day % 30 == 29 || day == 364 {
            println!(
                "day {}: {:?}, purged {purged:?} today, {} MB on disk, {} MB live, ratio {:.2}, worst {worst:.2}, \
                 {compactions} compactions, {:.0} s",
                day + 1,
                store.holds()?,
                disk / 1_000_000,
                live / 1_000_000,
                disk as f64 / live as f64,
                started.elapsed().as_secs_f64()
            );
        }
    }
    let (seen, holds) = (Reader::open(&folder)?, store.holds()?);
    assert_eq!(seen.holds(), holds, "readers see what the writer holds");
    assert_eq!(seen.by_time().count() as u64, holds.stories);
    Ok(())
}
