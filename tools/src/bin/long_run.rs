//! A daemon's life, simulated: 50 sources on loopback over 72 hours, with faults and a clock that jumps.
//!
//! `cargo run --release -p samestory-tools --bin long_run -- [HOURS]`. Passes come when `pipeline::agenda` says so, each
//! with the store open for it alone, as the daemon makes them; the clock is simulated. Each answer is by
//! chance a refusal, silence, a body that is cut off, a 500, 503 or 429, or the feed of the moment. At a third
//! of the time the clock jumps ahead by three hours, at two thirds back by two. At the end: every item that
//! was ever served whole is stored once, no source was asked more often than P5 allows, and memory stood still.

use samestory_tools::synthetic;

use jiff::{SignedDuration, Timestamp};
use samestory::config::Settings;
use samestory::pipeline::pass::Pass;
use samestory::pipeline::{Silent, Stop, agenda};
use samestory_model::{FullText, Source};
use samestory_store::{Reader, SledStore};
use samestory_understand::Understanding;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use synthetic::Numbers;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const SOURCES: u64 = 50;
/// Seconds between two items of a source.
const EVERY: i64 = 9_000;

/// What the publishers have seen and served.
#[derive(Default)]
struct Books {
    /// Simulated times of requests, by source.
    asked: BTreeMap<u64, Vec<i64>>,
    /// Items that were served whole.
    served: BTreeSet<String>,
    faults: BTreeMap<&'static str, u64>,
}

/// The feed of a source at a time: its items of the last day and their ids.
fn feed(source: u64, now: i64) -> (String, Vec<String>) {
    let mut text = format!("<rss version='2.0'><channel><title>Paper {source}</title>");
    let mut ids = Vec::new();
    let first = (now - 86_400) / EVERY + 1;
    for number in first..=now / EVERY {
        let id = format!("{source}-{number}");
        let mut numbers = Numbers::of(source * 1_000_003 + number as u64);
        let words: Vec<String> = (0..90).map(|_| format!("w{}", numbers.below(5000))).collect();
        let time = Timestamp::from_second(number * EVERY).expect("a time").strftime("%a, %d %b %Y %H:%M:%S +0000");
        let _ = write!(
            text,
            "<item><guid>{id}</guid><title>{} {}</title><link>http://source{source}.example/{id}</link>\
             <pubDate>{time}</pubDate><description><![CDATA[<p>{}</p>]]></description></item>",
            words[0],
            words[1],
            words.join(" ").repeat(2)
        );
        ids.push(id);
    }
    text.push_str("</channel></rss>");
    (text, ids)
}

async fn serve(mut stream: TcpStream, clock: Arc<AtomicI64>, books: Arc<Mutex<Books>>) -> Option<()> {
    let mut head = Vec::new();
    let mut byte = [0; 1024];
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        let read = stream.read(&mut byte).await.ok()?;
        if read == 0 {
            return None;
        }
        head.extend_from_slice(&byte[..read]);
    }
    let text = String::from_utf8_lossy(&head).to_lowercase();
    let source: u64 = text.split("host: source").nth(1)?.split('.').next()?.parse().ok()?;
    let now = clock.load(Ordering::SeqCst);
    let (body, ids) = feed(source, now);
    let etag = format!("\"{}\"", ids.last().map_or("none", String::as_str));
    let count = {
        let mut books = books.lock().expect("the books");
        let asked = books.asked.entry(source).or_default();
        asked.push(now);
        asked.len() as u64
    };
    let chance = Numbers::of(source * 7919 + count).below(20);
    let (what, answer) = match chance {
        0 => ("refused", String::new()),
        1 => ("silence", String::new()),
        2 => ("cut", format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", body.len(), &body[..body.len() / 2])),
        3 => ("500", "HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n".to_owned()),
        4 => ("503", "HTTP/1.1 503 Later\r\nRetry-After: 5400\r\nContent-Length: 0\r\n\r\n".to_owned()),
        5 => ("429", "HTTP/1.1 429 Slow\r\nRetry-After: 7200\r\nContent-Length: 0\r\n\r\n".to_owned()),
        _ if text.contains(&format!("if-none-match: {etag}")) => {
            ("304", format!("HTTP/1.1 304 Same\r\nETag: {etag}\r\n\r\n"))
        }
        _ => {
            books.lock().expect("the books").served.extend(ids);
            let length = body.len();
            let kind = "application/rss+xml";
            (
                "200",
                format!(
                    "HTTP/1.1 200 OK\r\nETag: {etag}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}"
                ),
            )
        }
    };
    *books.lock().expect("the books").faults.entry(what).or_default() += 1;
    if what == "silence" {
        tokio::time::sleep(Duration::from_secs(3)).await;
    }
    stream.write_all(answer.as_bytes()).await.ok()
}

/// Memory of this process, kB.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or(0)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let hours: i64 = std::env::args().nth(1).map_or(Ok(72), |text| text.parse())?;
    let begin: Timestamp = "2026-03-02T12:00:00Z".parse()?;
    let clock = Arc::new(AtomicI64::new(begin.as_second()));
    let books: Arc<Mutex<Books>> = Arc::default();
    let serving = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let listener = serving.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let address = listener.local_addr()?;
    let (at, seen) = (Arc::clone(&clock), Arc::clone(&books));
    serving.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, Arc::clone(&at), Arc::clone(&seen)));
        }
    });
    let mut settings = Settings::default();
    settings.fetch.host_gap_ms = 0;
    settings.fetch.first_byte_timeout = 1;
    settings.fetch.connect_timeout = 1;
    settings.fetch.total_timeout = 1;
    // Fewer passes than the default makes, so that three days pass in minutes.
    settings.daemon.every = 600;
    settings.daemon.longest = 1200;
    settings.cluster.window_days = 1;
    let mut sources = Vec::new();
    for number in 0..SOURCES {
        let host = format!("source{number}.example");
        settings.fetch.allow_private_hosts.push(host.clone());
        settings.fetch.hosts.insert(host.clone(), address.to_string());
        let source = Source::feed(&format!("source{number}"), format!("http://{host}/rss").parse()?);
        // The feed carries each text, so that what is asked for is the feed alone.
        sources.push(Source { full_text: FullText::Feed, ..source });
    }
    let folder = tempfile::tempdir()?;
    let understanding = Understanding::shipped(&settings.understand)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let (mut now, mut passes, mut jumps) = (begin, 0u64, Vec::new());
    let mut memories: Vec<(i64, u64)> = Vec::new();
    let third = begin + SignedDuration::from_hours(hours / 3);
    let two_thirds = begin + SignedDuration::from_hours(hours * 2 / 3);
    while now < begin + SignedDuration::from_hours(hours) {
        clock.store(now.as_second(), Ordering::SeqCst);
        let due = Reader::open(folder.path()).map_or(true, |reader| {
            let known: Vec<_> = reader.sources().cloned().collect();
            known.is_empty() || agenda::quiet_for(&known, &settings, now).is_none()
        });
        if due {
            let store = SledStore::open(folder.path())?;
            samestory_store::Store::mirror_sources(&store, &sources)?;
            let (stop, settings) = (Stop::never(), &settings);
            let pass = Pass {
                settings,
                store: &store,
                understanding: &understanding,
                sources: &sources,
                now,
                force: false,
                progress: &Silent,
                stop: &stop,
                folder: None,
            };
            runtime.block_on(pass.run())?;
            passes += 1;
            memories.push(((now.as_second() - begin.as_second()) / 3600, memory()));
        }
        let known: Vec<_> = Reader::open(folder.path())?.sources().cloned().collect();
        let wait = agenda::pause(&known, &settings, now, passes * 2_654_435_761);
        let mut next = now + SignedDuration::from_secs(wait.as_secs() as i64);
        for (place, (at, by)) in [(third, 3), (two_thirds, -2)].into_iter().enumerate() {
            if next >= at && jumps.len() == place {
                next += SignedDuration::from_hours(by);
                jumps.push(next.as_second());
            }
        }
        now = next;
    }
    let books = books.lock().expect("the books");
    let reader = Reader::open(folder.path())?;
    let mut stored: BTreeMap<String, u64> = BTreeMap::new();
    for frame in reader.documents()? {
        *stored.entry(frame.document.item).or_default() += 1;
    }
    let lost = books.served.iter().filter(|id| !stored.contains_key(*id)).count();
    let twice = stored.values().filter(|count| **count > 1).count();
    // A gap that a jump lies in is no gap of the publisher's clock; after a 503 or 429 it is longer anyway.
    let mut early = 0;
    for times in books.asked.values() {
        for pair in times.windows(2) {
            let jumped = jumps.iter().any(|jump| (pair[0] - 7200..=pair[1] + 7200).contains(jump)) || pair[1] < pair[0];
            early += u64::from(pair[1] - pair[0] < settings.fetch.floor as i64 && !jumped);
        }
    }
    let most = books.asked.values().map(Vec::len).max().unwrap_or(0);
    let settled: Vec<u64> = memories.iter().filter(|(hour, _)| *hour >= 12).map(|pair| pair.1).collect();
    let (first, last) = (settled.first().copied().unwrap_or(0), settled.last().copied().unwrap_or(0));
    let high = settled.iter().max().copied().unwrap_or(0);
    println!("{hours} hours, {passes} passes, answers {:?}", books.faults);
    println!("{} items served whole, {} stored, {lost} lost, {twice} twice", books.served.len(), stored.len());
    println!("polls: {most} at most of one source, {early} too early");
    println!(
        "memory: {first} kB at hour 12, {high} at most, {last} at the end ({:+.1} %)",
        (high as f64 / first.max(1) as f64 - 1.0) * 100.0
    );
    if lost + twice > 0 || early > 0 {
        return Err("the promises were not kept".into());
    }
    Ok(())
}
