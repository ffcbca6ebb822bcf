//! Torments and measures several workers over one store on a PostgreSQL server of its own (`.ci/postgres`).
//!
//! - `cargo run --release -p samestory-tools --bin fleet -- torment [WORKERS] [SOURCES] [HOSTS] [ITEMS]` (4, 1000, 200, 4): daemons
//!   follow local sources; half of them are killed with -9 while they hold claims, the database is started again in
//!   the middle. Then: every item once, nothing half placed, every host's gap held.
//! - `… fleet -- rate [DOCUMENTS] [COST] [BATCH]` (4000, 20 ms, 32): documents a second of one worker and of two, with
//!   a stand-in for the model that costs a fixed time a document.
//! - `… fleet -- same GOLD.jsonl…`: labelled documents placed in files, on the server by one worker, and by four among
//!   which they are dealt out in turn: BCubed F1 of each.
//!
//! `SAMESTORY_TEST_POSTGRES` names another server for the last two.

mod publishers;
mod rate;
mod same;
mod server;
mod torment;

type Failed = Box<dyn std::error::Error>;

/// An argument by its place, or what is usual.
fn number(arguments: &[String], place: usize, usual: usize) -> Result<usize, std::num::ParseIntError> {
    arguments.get(place).map_or(Ok(usual), |text| text.parse())
}

fn main() -> Result<(), Failed> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let rest = arguments.get(1..).unwrap_or_default();
    match arguments.first().map(String::as_str) {
        Some("torment") => {
            let numbers = [(0, 4), (1, 1000), (2, 200), (3, 4)];
            let [workers, sources, hosts, items] = numbers.map(|(place, usual)| number(rest, place, usual));
            torment::run(workers?, sources?, hosts?.max(1), items?)
        }
        Some("rate") => rate::run(number(rest, 0, 4000)?, number(rest, 1, 20)?, number(rest, 2, 32)?.max(1)),
        Some("rate-worker") => rate::worker(rest),
        Some("same") if !rest.is_empty() => same::run(rest),
        _ => Err("give torment, rate or same GOLD.jsonl; the file says what they do".into()),
    }
}
