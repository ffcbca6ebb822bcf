//! What is no article is refused with its reason, and what is made to hurt costs little and never panics.

use super::{fixtures, settings};
use crate::bed::Bed;
use samestory_extract::article::{self, ExtractError, Repeated};
use samestory_model::Fault;
use samestory_model::markup::decode;
use std::time::Duration;
use url::Url;

const TEXT: &str = "The council met on Tuesday and closed the bridge for a year, the mayor said.";

fn refused(html: &str) -> ExtractError {
    article::page(html, None, &settings(), &Repeated::none()).expect_err("no article")
}

#[test]
fn what_is_no_article_is_refused_with_its_reason() {
    for (html, reason) in [
        ("%PDF-1.7\n%âãÏÓ\n1 0 obj", "page: not an article: this is a PDF file"),
        ("  \n ", "page: not an article: empty"),
        ("<html><head><title>x</title></head></html>", "page: not an article: no readable text"),
        (
            "<html><body><script>var a = 'long text that is no text at all';</script></body></html>",
            "page: not an article: no readable text, only scripts",
        ),
        ("<html><frameset><frame src=a.html></frameset></html>", "page: not an article: its text is in frames"),
    ] {
        let error = refused(html);
        assert_eq!(error.to_string(), reason);
        assert_eq!(error.fault(), Fault::Publisher);
        assert!(!error.hint().is_empty());
    }
}

#[test]
fn a_file_that_is_no_page_is_named_with_what_it_is() {
    let bed = Bed::new();
    for (name, bytes, told) in [
        ("paper.html", &b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>"[..], "not an article: this is a PDF file"),
        ("picture.html", &b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0"[..], "not an article: this is a picture"),
        ("archive.html", &b"PK\x03\x04\x14\0\x06\0\x08\0"[..], "not an article: this is a ZIP archive"),
        ("empty.html", &b""[..], "not an article: empty"),
        ("scripts.html", &b"<html><body><script>go()</script></body></html>"[..], "only scripts"),
        ("frames.html", &b"<frameset><frame src=\"a.html\"></frameset>"[..], "its text is in frames"),
    ] {
        let path = bed.file(name, bytes);
        let ran = bed.run(&["extract", path.to_str().expect("UTF-8")]);
        assert_ne!(ran.code, 0, "{name}");
        assert!(ran.err.contains(name) && ran.err.contains(told) && ran.err.contains("hint: "), "{name}: {}", ran.err);
    }
}

#[test]
fn a_page_is_read_whatever_its_charset_claims() {
    let page = |head: &str, text: &str| {
        format!("<html><head>{head}<title>Bron</title></head><body><p>{text}</p></body></html>")
    };
    let swedish = "Rådet stängde bron på tisdagen, och den öppnar åter först på våren, säger ordföranden.";
    let wrong = page(
        "<meta charset=\"iso-8859-1\"><meta http-equiv=\"content-type\" content=\"text/html; charset=utf-16\">",
        swedish,
    );
    let latin: Vec<u8> = page("<meta charset=\"utf-8\">", swedish).chars().map(|sign| sign as u8).collect();
    for bytes in [wrong.into_bytes(), latin] {
        let html = decode(&bytes, Some("text/html; charset=ascii"), Some("se")).text;
        let got = article::page(&html, None, &settings(), &Repeated::none()).expect("an article");
        assert_eq!(got.text, swedish);
    }
}

/// What this thread has spent on a processor, where the system says so: other work must not count.
pub(super) fn spent() -> Option<Duration> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    told.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

/// Pages that are made to cost much.
fn costly() -> Vec<(&'static str, String)> {
    let nested = |tag: &str| format!("{}<p>{TEXT}</p>", format!("<{tag}>").repeat(100_000));
    let after = |part: &str, times: usize| format!("<p>{TEXT}</p>{}", part.repeat(times));
    let numbered = |part: fn(usize) -> String, times: usize| -> String { (0..times).map(part).collect() };
    vec![
        ("nested divs", nested("div")),
        ("nested emphasis", nested("b")),
        ("nested lists", nested("ul")),
        ("nested tables", nested("table")),
        ("20 MB of paragraphs", format!("<p>{TEXT}</p>").repeat(250_000)),
        ("20 MB in one paragraph", format!("<p>{}</p>", format!("{TEXT} ").repeat(260_000))),
        ("20 MB in one tag", after(&format!("<a href=\"{}", "x".repeat(20_000_000)), 1)),
        ("many open brackets", after("<", 2_000_000)),
        ("many classes", format!("<div class=\"{}\"><p>{TEXT}</p></div>", "related comments ".repeat(200_000))),
        ("a million cells", format!("<p>{TEXT}</p><table>{}", format!("<tr>{}", "<td>1".repeat(50)).repeat(20_000))),
        ("200,000 links", after("", 1) + &numbered(|n| format!("<a href=\"/{n}\">Link {n}</a> "), 200_000)),
        ("300,000 attributes", after("", 1) + "<p " + &numbered(|n| format!("a{n}=1 "), 300_000) + ">x</p>"),
        (
            "attributes behind a quoted bracket",
            after("<p a=\">\" ", 1) + &numbered(|n| format!("a{n} "), 300_000) + ">",
        ),
        (
            "fonts in every paragraph",
            after("", 1) + &numbered(|n| format!("<font color={n}>"), 250) + &"<p>x".repeat(200_000),
        ),
        ("crossed formatting", after("<b><i><u><a><p>", 100_000)),
        ("200,000 headlines", after("<h1>A headline of some length</h1>", 200_000)),
        ("200,000 source lines", after("<p>Source: https://a.example/b</p>", 200_000)),
        ("nested JSON", after(&format!("<script type='application/ld+json'>{}</script>", "[".repeat(200_000)), 1)),
        (
            "strings in a script",
            format!("<script>a=[{}]</script><p>{TEXT}</p>", "\"<p>a</p><p>b\\\"c\",".repeat(200_000)),
        ),
    ]
}

#[test]
fn hostile_pages_cost_little() {
    let limit = Duration::from_secs(if cfg!(debug_assertions) { 25 } else { 2 });
    for (what, page) in costly() {
        let began = spent();
        let got = article::page(&page, None, &settings(), &Repeated::none());
        if let (Some(began), Some(ended)) = (began, spent()) {
            assert!(ended.saturating_sub(began) < limit, "{what} took {:?}", ended.saturating_sub(began));
        }
        if what != "20 MB in one tag" {
            assert!(got.is_ok_and(|got| got.text.contains("closed the bridge")), "{what}");
        }
    }
    let began = spent();
    let long = format!("{TEXT}\n").repeat(200_000);
    assert!(article::plain(&long, None, &settings(), &Repeated::none()).is_ok());
    if let (Some(began), Some(ended)) = (began, spent()) {
        assert!(ended.saturating_sub(began) < limit, "a long text took {:?}", ended.saturating_sub(began));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_hardest_pages_need_no_more_than_200_mb() {
    let bed = Bed::new();
    for (what, page) in costly() {
        if !["20 MB of paragraphs", "a million cells", "200,000 links", "fonts in every paragraph"].contains(&what) {
            continue;
        }
        let path = bed.file("page.html", page);
        let program = bed.command(&["extract", path.to_str().expect("UTF-8")]);
        // The limit is the system's own, on all private memory, in KiB.
        let mut limited = std::process::Command::new("sh");
        limited
            .arg("-c")
            .arg("ulimit -d 204800 && exec \"$0\" \"$@\"")
            .arg(program.get_program())
            .args(program.get_args());
        let ran = limited.output().expect("a shell");
        let told = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success() && !ran.stdout.is_empty(), "{what}: {told}");
    }
}

/// Numbers that look like chance and are the same every time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % most.max(1)
    }
}

/// Pieces that parsers stumble over.
const PIECES: [&str; 24] = [
    "<",
    ">",
    "</",
    "<!--",
    "-->",
    "<p>",
    "</div>",
    "<table><tr>",
    "<b><i>",
    "&#x0;",
    "&#xFFFFFFFF;",
    "&",
    "\0",
    "\u{feff}",
    "\u{202e}",
    "<script>",
    "<svg><style>",
    "<a href='http://[::1'>",
    "Quelle: https://",
    "(Foto: ",
    "2026-99-99T99:99:99+99:99",
    "99. 99. 9999",
    "<ruby><rp>",
    "<time datetime=''>",
];

/// A text with a few wounds: parts taken out, doubled, moved, and pieces put in.
fn wounded(text: &str, chance: &mut Chance) -> String {
    let mut signs: Vec<char> = text.chars().collect();
    for _ in 0..=chance.below(12) {
        let from = chance.below(signs.len());
        let length = 1 + chance.below(200);
        let to = (from + length).min(signs.len());
        match chance.below(5) {
            0 => drop(signs.drain(from..to)),
            1 => {
                let part: Vec<char> = signs[from..to].to_vec();
                let at = chance.below(signs.len());
                signs.splice(at..at, part);
            }
            2 => signs.truncate(to.max(40)),
            3 => signs[from..to].reverse(),
            _ => {
                let piece = PIECES[chance.below(PIECES.len())];
                signs.splice(from..from, piece.repeat(1 + chance.below(3)).chars());
            }
        }
    }
    signs.into_iter().collect()
}

#[test]
fn no_wounded_page_or_text_makes_it_panic() {
    let mut chance = Chance(20_261_125);
    let base = Url::parse("https://blatt.example/a").expect("an address");
    let mut read = 0;
    for (name, whole, _) in fixtures(".html").into_iter().chain(fixtures(".txt")) {
        for round in 0..12 {
            let text = wounded(&whole, &mut chance);
            let tried = std::panic::catch_unwind(|| {
                let page = article::page(&text, Some(&base), &settings(), &Repeated::none());
                let plain = article::plain(&text, None, &settings(), &Repeated::none());
                let fragment = article::fragment(&text, &base, &settings(), &Repeated::none());
                for got in page.iter().chain(&plain).chain([&fragment]) {
                    assert!(got.text.lines().all(|line| !line.trim().is_empty()), "an empty line");
                }
                usize::from(page.is_ok()) + usize::from(plain.is_ok())
            });
            read += tried.unwrap_or_else(|_| panic!("{name}, round {round}: {text}"));
        }
    }
    assert!(read > 500, "nearly every one still holds a text: {read}");
}
