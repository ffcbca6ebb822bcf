//! Publishers on one loopback port, told apart by the Host header. They note when each request had arrived, and how
//! many were in flight to a host: what a publisher sees of the fleet.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// How long each answer takes.
const DELAY: Duration = Duration::from_millis(50);

/// What one host saw.
#[derive(Default)]
pub struct Seen {
    /// When each request had arrived, and for what.
    pub arrivals: Vec<(Instant, String)>,
    in_flight: usize,
    /// The most requests that were answered at the same time.
    pub most: usize,
}

/// Every host's book.
pub type Books = Arc<Mutex<BTreeMap<String, Seen>>>;

/// Places, goods and numbers for texts that are all different.
const WORDS: [&str; 16] = [
    "harbour",
    "seal",
    "bridge",
    "election",
    "flood",
    "museum",
    "railway",
    "orchard",
    "glacier",
    "strike",
    "festival",
    "vaccine",
    "comet",
    "parliament",
    "fishery",
    "library",
];

/// A text about a number.
fn text(path: &str, number: usize) -> String {
    let seed = path.bytes().fold(number * 7919 + 17, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte as usize));
    let word = |place: usize| WORDS[(seed / 16_usize.pow(place as u32 % 7) + place * 5) % WORDS.len()];
    (0..5).fold(String::new(), |mut text, line| {
        let figure = seed % (900 + line * 37) + 3;
        let _ = write!(
            text,
            "<p>The {} at {} counted {figure} visitors after the {} and the {} had met the {} again.</p>",
            word(line),
            word(line + 1),
            word(line + 2),
            word(line + 3),
            word(line + 4)
        );
        text
    })
}

/// A feed: of its items every other one carries its text, the rest have it on a page.
fn feed(host: &str, path: &str, items: usize) -> String {
    let mut out = String::new();
    for item in 0..items {
        let title = format!("Report {item} of {path}: {}", text(path, item)[3..].split('.').next().unwrap_or_default());
        let link = format!("http://{host}{path}/{item}");
        let content = if item % 2 == 0 { text(path, item) } else { String::new() };
        let _ = write!(
            out,
            "<item><guid isPermaLink=\"false\">{path}#{item}</guid><title>{title}</title><link>{link}</link>\
             <content:encoded><![CDATA[{content}]]></content:encoded></item>"
        );
    }
    format!(
        "<rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\"><channel><title>{path}</title>\
         <language>en</language>{out}</channel></rss>"
    )
}

/// Status, type and body of an answer.
fn answer(host: &str, path: &str, items: usize) -> (&'static str, &'static str, String) {
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    match parts.as_slice() {
        ["robots.txt"] => ("404 Not Found", "text/plain", String::new()),
        [_] => ("200 OK", "application/rss+xml", feed(host, path, items)),
        [feed, item] => {
            let number = item.parse().unwrap_or(0);
            let body = text(&format!("/{feed}"), number);
            let page = format!(
                "<html lang=\"en\"><head><title>Report {item} of /{feed}</title></head><body><article><h1>Report {item} of /{feed}</h1>{body}{body}</article></body></html>"
            );
            ("200 OK", "text/html", page)
        }
        _ => ("404 Not Found", "text/plain", String::new()),
    }
}

/// Answers for as long as the runtime lives; returns the address.
pub async fn open(items: usize, books: Books) -> std::io::Result<String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?.to_string();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, items, Arc::clone(&books)));
        }
    });
    Ok(address)
}

async fn serve(stream: TcpStream, items: usize, books: Books) {
    let mut stream = BufReader::new(stream);
    loop {
        let (mut lines, mut line) = (Vec::new(), String::new());
        while stream.read_line(&mut line).await.is_ok_and(|read| read > 2) {
            lines.push(std::mem::take(&mut line));
        }
        // On arrival: the head is there, nothing is answered yet.
        let arrived = Instant::now();
        let Some(path) = lines.first().and_then(|first| first.split(' ').nth(1)).map(str::to_owned) else { return };
        let headers: HashMap<String, &str> = lines
            .iter()
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim()))
            .collect();
        let host = headers.get("host").copied().unwrap_or_default().split(':').next().unwrap_or_default().to_owned();
        let note = |begins: bool| {
            let mut books = books.lock().expect("the books");
            let seen = books.entry(host.clone()).or_default();
            if begins {
                seen.arrivals.push((arrived, path.clone()));
                seen.in_flight += 1;
                seen.most = seen.most.max(seen.in_flight);
            } else {
                seen.in_flight -= 1;
            }
        };
        note(true);
        tokio::time::sleep(DELAY).await;
        let (status, kind, body) = answer(&host, &path, items);
        // Counted out before the last byte: a client that has that may come again.
        note(false);
        let head = format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n", body.len());
        if stream.write_all((head + &body).as_bytes()).await.is_err() {
            return;
        }
    }
}
