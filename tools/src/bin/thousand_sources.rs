//! Measures a pass over a thousand sources on two hundred hosts that take 50 ms to answer, and the next pass, in
//! which nothing is new.
//!
//! `cargo run --release -p samestory-tools --bin thousand_sources -- [SOURCES] [HOSTS] [ITEMS]`; 1000, 200 and 0 where they are left
//! out. The publishers are a process of their own on loopback, so that their work does not count. Each host waits
//! its default gap of two seconds between two starts: with five sources a host no pass can take less than 8 s.

use samestory::config::Settings;
use samestory::pipeline::pass::{Pass, Summary};
use samestory::pipeline::{Silent, Stop};
use samestory_model::Source;
use samestory_store::SledStore;
use samestory_understand::Understanding;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt};
use url::Url;

type Failed = Box<dyn std::error::Error>;

/// How long each answer takes.
const DELAY: Duration = Duration::from_millis(50);

/// Answers every request after the delay: 304 to one with the validator, else a feed.
async fn publishers(items: usize) -> Result<(), Failed> {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(async move {
            let mut stream = tokio::io::BufReader::new(stream);
            loop {
                let (mut head, mut line) = (String::new(), String::new());
                while stream.read_line(&mut line).await.is_ok_and(|read| read > 2) {
                    head.push_str(&std::mem::take(&mut line));
                }
                if head.is_empty() {
                    return;
                }
                tokio::time::sleep(DELAY).await;
                let answer = if head.to_ascii_lowercase().contains("if-none-match") {
                    "HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n".to_owned()
                } else {
                    let path = head.split(' ').nth(1).unwrap_or("/").to_owned();
                    let entries: String = (0..items)
                        .map(|item| format!("<item><guid isPermaLink=\"false\">{path}{item}</guid><title>Item {item} of {path}</title></item>"))
                        .collect();
                    let body = format!("<rss version=\"2.0\"><channel><title>{path}</title>{entries}</channel></rss>");
                    let head = "Content-Type: application/rss+xml\r\nETag: \"1\"\r\n";
                    format!("HTTP/1.1 200 OK\r\n{head}Content-Length: {}\r\n\r\n{body}", body.len())
                };
                if stream.write_all(answer.as_bytes()).await.is_err() {
                    return;
                }
            }
        });
    }
}

/// Seconds of processor time that this process has used (Linux), in ticks of a hundredth.
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks = |place: usize| fields.get(place).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == "publishers") {
        return publishers(arguments.get(1).map_or(Ok(0), |items| items.parse())?).await;
    }
    let number = |place: usize, usual: usize| arguments.get(place).map_or(Ok(usual), |text| text.parse::<usize>());
    let (count, hosts, items) = (number(0, 1000)?, number(1, 200)?.max(1), number(2, 0)?);
    let mut server = Command::new(std::env::current_exe()?)
        .arg("publishers")
        .arg(items.to_string())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut address = String::new();
    BufReader::new(server.stdout.take().ok_or("no stdout")?).read_line(&mut address)?;

    let mut settings = Settings::default();
    let named: Vec<String> = (0..hosts).map(|host| format!("host{host}.example")).collect();
    settings.fetch.allow_private_hosts.clone_from(&named);
    settings.fetch.hosts = named.iter().map(|name| (name.clone(), address.trim().to_owned())).collect();
    let sources: Vec<Source> = (0..count)
        .map(|number| {
            let url = format!("http://{}/feed{number}.xml", named[number % hosts]);
            Ok(Source::feed(&format!("source-{number}"), Url::parse(&url)?))
        })
        .collect::<Result<_, url::ParseError>>()?;
    let folder = tempfile::tempdir()?;
    let store = SledStore::open(folder.path())?;
    let understanding = Understanding::shipped(&settings.understand)?;
    let start: jiff::Timestamp = "2026-03-02T12:00:00Z".parse()?;
    let gap = settings.fetch.host_gap_ms as f64 / 1000.0;
    let least = (count.div_ceil(hosts) - 1) as f64 * gap + DELAY.as_secs_f64();
    for (name, hour) in [("first", 0), ("second", 30)] {
        let (clock, used) = (Instant::now(), processor());
        let now = start + jiff::SignedDuration::from_hours(hour);
        let pass = Pass {
            settings: &settings,
            store: &store,
            understanding: &understanding,
            sources: &sources,
            now,
            force: false,
            progress: &Silent,
            stop: &Stop::never(),
            folder: None,
        };
        let Summary { asked, unchanged, failures, documents, .. } = pass.run().await?;
        println!(
            "{name} pass: {:.2} s (the gaps alone: {least:.2} s), {:.2} s of processor time; asked {asked}, {unchanged} \
             unchanged, {} failed, {documents} documents",
            clock.elapsed().as_secs_f64(),
            processor() - used,
            failures.len(),
        );
    }
    server.kill()?;
    server.wait()?;
    Ok(())
}
