//! Extracts every page of a folder and writes one JSON line a page, to be scored.
//!
//! `cargo run --example extract_pages -- DIR OUT.jsonl`: reads `*.html` and `*.html.gz` (and `*.txt`)
//! of DIR, each by itself, and prints pages a second on stderr.

use samestory::config::Settings;
use samestory::extract::{self, Repeated};
use std::io::{Read, Write};
use std::time::{Duration, Instant};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, out] = &arguments[..] else {
        return Err("usage: extract_pages DIR OUT.jsonl".into());
    };
    let settings = Settings::default().extract;
    let mut paths: Vec<_> =
        std::fs::read_dir(folder)?.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    paths.sort();
    let mut out = std::io::BufWriter::new(std::fs::File::create(out)?);
    let mut spent = Duration::ZERO;
    let mut slowest = (Duration::ZERO, String::new());
    for path in &paths {
        let bytes = std::fs::read(path)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut decoded = Vec::new();
        if path.extension().is_some_and(|ending| ending == "gz") {
            flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut decoded)?;
        } else {
            decoded = bytes;
        }
        let html = String::from_utf8_lossy(&decoded);
        let before = Instant::now();
        let result = if name.contains(".txt") {
            extract::plain(&html, None, &settings, &Repeated::none())
        } else {
            extract::page(&html, None, &settings, &Repeated::none())
        };
        let took = before.elapsed();
        spent += took;
        if took > slowest.0 {
            slowest = (took, name.clone());
        }
        let mut line = match result {
            Ok(extracted) => serde_json::to_value(&extracted)?,
            Err(error) => serde_json::json!({ "text": "", "error": error.to_string() }),
        };
        line["file"] = name.into();
        writeln!(out, "{line}")?;
    }
    eprintln!(
        "{} pages in {:.2} s of one thread: {:.0} pages a second; slowest {} with {:.0} ms",
        paths.len(),
        spent.as_secs_f64(),
        paths.len() as f64 / spent.as_secs_f64(),
        slowest.1,
        slowest.0.as_secs_f64() * 1000.0
    );
    Ok(())
}
