//! Web archives: pages come out whole, whatever is damaged is named, and nothing stops.

use super::bed::Bed;
use flate2::{Compression, write::GzEncoder};
use serde_json::Value;
use std::io::Write;

fn page(town: &str) -> String {
    let body = format!(
        "<p>The tide mill of {town} turned again on Monday after eleven years, and the first sack of flour went to the crew of the \
         ferry, who had carried the mill stones across in March.</p><p>Around 340 people watched from the quay of {town}, and the \
         miller said that she would open the doors every Saturday until the autumn storms.</p>"
    );
    format!(
        "<html lang=\"en\"><head><title>Tide mill of {town}</title></head><body><article><h1>Tide mill of {town}</h1>{body}</article></body></html>"
    )
}

fn record(kind: &str, uri: &str, message: &[u8]) -> Vec<u8> {
    let head = format!(
        "WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {uri}\r\nWARC-Date: 2026-11-10T06:00:00Z\r\nContent-Length: {}\r\n\r\n",
        message.len()
    );
    [head.as_bytes(), message, b"\r\n\r\n"].concat()
}

fn answer(headers: &str, body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 200 OK\r\n{headers}\r\n\r\n").as_bytes(), body].concat()
}

fn zipped(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::default());
    out.write_all(bytes).expect("memory");
    out.finish().expect("memory")
}

/// One record of each way in which a page is stored, and some that are none.
fn records() -> Vec<Vec<u8>> {
    let html = "Content-Type: text/html; charset=utf-8";
    let chunked = {
        let body = page("Oxmoor");
        let (a, b) = body.split_at(100);
        format!("{:x}\r\n{a}\r\n{:x}\r\n{b}\r\n0\r\n\r\n", a.len(), b.len())
    };
    let latin: Vec<u8> = page("Ålesund").chars().map(|sign| u32::from(sign) as u8).collect();
    vec![
        record("warcinfo", "", b"software: crawler"),
        record("request", "https://a.example/mill", b"GET /mill HTTP/1.1\r\n\r\n"),
        record("response", "https://a.example/mill?utm_source=x", &answer(html, page("Weirhaven").as_bytes())),
        record(
            "response",
            "https://b.example/mill",
            &answer(&format!("{html}\r\nTransfer-Encoding: chunked"), chunked.as_bytes()),
        ),
        record(
            "response",
            "https://c.example/mill",
            &answer(&format!("{html}\r\nContent-Encoding: gzip"), &zipped(page("Saltmere").as_bytes())),
        ),
        record("response", "https://d.example/mill", &answer("Content-Type: text/html; charset=iso-8859-1", &latin)),
        record(
            "response",
            "https://e.example/mill",
            &answer(&format!("{html}\r\nContent-Encoding: gzip"), page("Dunlow").as_bytes()),
        ),
        record("response", "https://e.example/photo", &answer("Content-Type: image/jpeg", &[0xFF; 4000])),
        record(
            "response",
            "https://e.example/gone",
            b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n\r\n<p>no</p>",
        ),
    ]
}

fn addresses(bed: &Bed) -> Vec<String> {
    let listed = bed.run(&["list", "--since", "all", "--format", "jsonl"]).expect(0).json_lines();
    let mut all: Vec<String> = listed
        .iter()
        .flat_map(|story| story["articles"].as_array().expect("a list"))
        .flat_map(|article| article["documents"].as_array().expect("a list"))
        .map(|document| {
            format!("{} {}", document["url"].as_str().expect("text"), document["title"].as_str().expect("text"))
        })
        .collect();
    all.sort();
    all
}

const WANTED: [&str; 5] = [
    "https://a.example/mill Tide mill of Weirhaven",
    "https://b.example/mill Tide mill of Oxmoor",
    "https://c.example/mill Tide mill of Saltmere",
    "https://d.example/mill Tide mill of Ålesund",
    "https://e.example/mill Tide mill of Dunlow",
];

#[test]
fn an_archive_gives_the_pages_that_it_holds_plain_or_zipped_as_one_or_by_records() {
    for (name, bytes) in [
        ("crawl.warc", records().concat()),
        ("whole.warc.gz", zipped(&records().concat())),
        ("members.warc.gz", records().iter().flat_map(|one| zipped(one)).collect()),
    ] {
        let bed = Bed::new();
        bed.file(name, bytes);
        bed.run(&["import", name]).expect(0);
        assert_eq!(addresses(&bed), WANTED, "{name}");
        let again = bed.run(&["import", name]).expect(0);
        assert_eq!(addresses(&bed), WANTED, "{}", again.err);
        let seen: Vec<Value> = bed.run(&["list", "--since", "all", "--format", "jsonl"]).expect(0).json_lines();
        assert_eq!(seen[0]["last_published"], "2026-11-10T06:00:00Z", "the crawl's date is when it was first seen");
    }
}

#[test]
fn a_damaged_record_is_named_and_the_next_ones_are_read() {
    let bed = Bed::new();
    let mut all = records();
    let torn = zipped(&all[2]);
    let mut zipped_all: Vec<Vec<u8>> = all.iter().map(|one| zipped(one)).collect();
    zipped_all[2] = torn[..torn.len() / 2].to_vec();
    bed.file("torn.warc.gz", zipped_all.concat());
    let ran = bed.run(&["import", "torn.warc.gz"]).expect(1);
    assert_eq!(addresses(&bed), WANTED[1..], "{}", ran.err);
    assert!(ran.err.contains("torn.warc.gz, record 3"), "{}", ran.err);
    let bed = Bed::new();
    let text = String::from_utf8_lossy(&all[2]).replace("Content-Length: ", "Content-Size: ");
    all[2] = text.into_bytes();
    all.push(record(
        "response",
        "https://f.example/mill",
        &answer("Content-Type: text/html\r\nContent-Encoding: br", b"\x0b\x02\x80"),
    ));
    all.push(b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 99999\r\n\r\nshort".to_vec());
    bed.file("torn.warc", all.concat());
    let ran = bed.run(&["import", "torn.warc"]).expect(1);
    assert_eq!(addresses(&bed), WANTED[1..], "{}", ran.err);
    for told in ["a record without its length", "packed as br", "the record breaks off"] {
        assert!(ran.err.contains(told), "{told}: {}", ran.err);
    }
}

#[test]
fn a_record_s_address_is_named_without_what_may_be_a_key() {
    let bed = Bed::new();
    let head = answer("Content-Type: text/html\r\nContent-Encoding: br", b"\x0b\x02\x80");
    let addresses = [
        "http://[::1/page?token=SECRETQ",
        "http://reader:SECRETPW@a.example/mill",
        "reader:SECRETPW@a.example/mill?key=SECRETQ",
        "//a.example/mill?key=SECRETQ",
    ];
    bed.file("keys.warc", addresses.map(|address| record("response", address, &head)).concat());
    let ran = bed.run(&["import", "keys.warc"]).expect(1);
    assert!(ran.err.contains("keys.warc, record 1: http://…"), "{}", ran.err);
    assert!(!ran.err.contains("SECRET"), "{}", ran.err);
}

#[test]
fn members_that_hold_no_record_are_given_up_by_name() {
    let bed = Bed::new();
    for (name, piece) in [("empty.warc.gz", ""), ("lines.warc.gz", "\r\n")] {
        let all = [zipped(&records()[2]), zipped(piece.as_bytes()).repeat(30_000), zipped(&records()[3])].concat();
        bed.file(name, all);
    }
    bed.file("empty.txt.gz", zipped(b"").repeat(30_000));
    let ran = bed.run(&["import", "empty.warc.gz", "lines.warc.gz", "empty.txt.gz"]).expect(1);
    assert_eq!(ran.err.matches("gzip members hold next to nothing").count(), 3, "{}", ran.err);
    assert_eq!(addresses(&bed), WANTED[..1]);
}
