//! Makes a store of many documents without the model, through the same commits as a pass.
//!
//! `cargo run --release -p samestory-tools --bin big_store -- FOLDER [DOCUMENTS [DAYS]]`: by default 1,000,000 documents
//! of 2,000 sources over the 365 days before 2026-11-12. Prints how long it took and what lies on disk.

use samestory_tools::synthetic;

use jiff::{SignedDuration, Timestamp};
use samestory_model::Source;
use samestory_store::{SledStore, Store};
use std::path::PathBuf;
use std::time::Instant;

const SOURCES: u64 = 2000;
const BATCH: u64 = 500;

/// A line of the kernel's account of this process, such as `VmHWM`.
fn memory(line: &str) -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let found = status.lines().find(|other| other.starts_with(line));
    found.unwrap_or_default().split_whitespace().nth(1).unwrap_or("?").to_owned()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("big_store FOLDER [DOCUMENTS [DAYS]]")?);
    let documents: u64 = arguments.next().map_or(Ok(1_000_000), |text| text.parse())?;
    let days: i64 = arguments.next().map_or(Ok(365), |text| text.parse())?;
    let end: Timestamp = "2026-11-12T08:00:00Z".parse()?;
    let second =
        |number: u64| end - SignedDuration::from_secs((documents - number) as i64 * days * 86_400 / documents as i64);
    let started = Instant::now();
    let store = SledStore::open(&folder)?;
    let sources: Vec<Source> = (0..SOURCES)
        .map(|number| {
            Ok(Source::feed(&format!("paper{number}"), format!("https://paper{number}.example/rss").parse()?))
        })
        .collect::<Result<_, url::ParseError>>()?;
    store.put_sources(&sources)?;
    let mut at = 0;
    while at < documents {
        let next = (at + BATCH).min(documents);
        store.commit(&synthetic::commit(at..next, SOURCES, second))?;
        if next % 50_000 < BATCH {
            let disk = store.on_disk() / 1_000_000;
            println!(
                "{next} documents, {:.0} s, {disk} MB on disk, {} kB at most",
                started.elapsed().as_secs_f64(),
                memory("VmHWM")
            );
        }
        at = next;
    }
    if let Some(why) = store.behind() {
        return Err(format!("readers lack something: {why}").into());
    }
    println!("{:?} in {:.0} s", store.holds()?, started.elapsed().as_secs_f64());
    println!("{} bytes on disk, {} live", store.on_disk(), store.live()?);
    Ok(())
}
