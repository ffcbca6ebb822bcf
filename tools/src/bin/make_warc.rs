//! Writes a web archive of invented pages for measuring an import: a member a record, as crawlers write them.
//!
//! `cargo run --release -p samestory-tools --bin make_warc -- FILE.warc.gz BYTES PAGES`: article pages of invented towns (each four
//! times, at one address, as a crawl meets it), redirects, pages without an article, and images of noise that fill
//! the file up to its size. One record in two thousand is damaged.

use flate2::{Compression, write::GzEncoder};
use std::fs::File;
use std::io::{BufWriter, Write};

/// Numbers that look like chance and are the same each time.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

const TOWNS: [&str; 8] = ["Weirhaven", "Oxmoor", "Saltmere", "Dunlow", "Ashquay", "Millbeck", "Tarnfold", "Hexby"];
const THINGS: [&str; 8] =
    ["tide mill", "swing bridge", "choir school", "bus depot", "fish market", "town clock", "ferry quay", "orchard"];

fn page(number: u64) -> String {
    let (town, thing) = (TOWNS[number as usize % 8], THINGS[number as usize / 8 % 8]);
    let body: String = (0..6)
        .map(|part| {
            format!(
                "<p>The {thing} of {town} was looked at for the {}th time this year, and clerk number {} counted {} visitors \
                 before noon, who paid {} crowns between them and asked for the key in vain.</p>",
                number * 7 + part,
                number + part * 31,
                120 + number * 13 % 900 + part,
                4_000 + number * 37 + part
            )
        })
        .collect();
    let menu = "<ul class=\"menu\"><li><a href=\"/\">Home</a></li><li><a href=\"/news\">News</a></li></ul>".repeat(40);
    format!(
        "<!doctype html><html lang=\"en\"><head><title>{thing} of {town}, report {number}</title></head><body><nav>{menu}</nav>\
         <article><h1>The {thing} of {town}, report {number}</h1>{body}</article></body></html>"
    )
}

fn record(out: &mut impl Write, uri: &str, status: &str, kind: &str, body: &[u8], damage: bool) {
    let head = format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n", body.len());
    let length = head.len() + body.len();
    let mut member = GzEncoder::new(Vec::new(), Compression::fast());
    let about = format!(
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {uri}\r\nWARC-Date: 2026-11-10T06:00:00Z\r\n\
         Content-Type: application/http; msgtype=response\r\nContent-Length: {length}\r\n\r\n{head}"
    );
    member.write_all(about.as_bytes()).expect("memory");
    member.write_all(body).expect("memory");
    member.write_all(b"\r\n\r\n").expect("memory");
    let mut bytes = member.finish().expect("memory");
    if damage {
        let middle = bytes.len() / 2;
        bytes.truncate(middle);
    }
    out.write_all(&bytes).expect("room on the disk");
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().expect("usage: make_warc FILE.warc.gz BYTES PAGES");
    let mut number = || arguments.next().and_then(|text| text.replace('_', "").parse::<u64>().ok()).expect("a number");
    let (bytes, pages) = (number(), number());
    let mut out = BufWriter::new(File::create(&path).expect("a file"));
    let mut chance = Chance(0x9E37_79B9_7F4A_7C15);
    let (mut written, mut count) = (0u64, 0u64);
    // An article page stands among so many bytes of other things.
    let every = bytes / (pages * 4);
    while written < bytes {
        let mut due = written / every;
        let noise: Vec<u8> = (0..20_000 + chance.next() % 160_000).map(|_| chance.next() as u8).collect();
        let image = format!("https://img{}.crawl.example/{count}.jpg", count % 50);
        record(&mut out, &image, "200 OK", "image/jpeg", &noise, count % 2000 == 777);
        written += noise.len() as u64;
        while due < written / every {
            let article = due % pages;
            let uri = format!("https://paper{}.crawl.example/report/{article}", article % 20);
            record(&mut out, &uri, "200 OK", "text/html; charset=utf-8", page(article).as_bytes(), false);
            record(
                &mut out,
                &format!("{uri}/old"),
                "301 Moved Permanently",
                "text/html",
                b"<a href=\"/\">moved</a>",
                false,
            );
            due += 1;
            count += 2;
        }
        count += 1;
    }
    out.flush().expect("room on the disk");
    println!("{count} records, {pages} pages, each four times, {written} bytes of images");
}
