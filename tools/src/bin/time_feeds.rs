//! Times the reading of feeds in one process and on one thread, so that starting a program is not measured.
//!
//! `cargo run --release -p samestory-tools --bin time_feeds -- ROUNDS FILE…` reads each file `ROUNDS` times and prints one JSON
//! object: files, bytes and items of one round, and the seconds of the fastest one. The files are in memory
//! before the clock starts. `benches/side_by_side/feeds.py` calls it beside feedparser.

use samestory_extract::feed;
use std::time::Instant;
use url::Url;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let rounds: usize = arguments.next().ok_or("usage: time_feeds ROUNDS FILE…")?.parse()?;
    let bodies = arguments.map(std::fs::read).collect::<Result<Vec<_>, _>>()?;
    let address = Url::parse("https://paper.example/feed")?;
    let (mut fastest, mut items) = (f64::INFINITY, 0);
    for _ in 0..rounds.max(1) {
        let start = Instant::now();
        items =
            bodies.iter().filter_map(|body| feed::feed(body, None, &address).ok()).map(|feed| feed.items.len()).sum();
        fastest = fastest.min(start.elapsed().as_secs_f64());
    }
    let bytes: usize = bodies.iter().map(Vec::len).sum();
    println!("{{\"files\":{},\"bytes\":{bytes},\"items\":{items},\"seconds\":{fastest}}}", bodies.len());
    Ok(())
}
