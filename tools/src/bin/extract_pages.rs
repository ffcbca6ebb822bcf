//! Extracts every page of a folder and writes one JSON line a page, to be scored.
//!
//! `cargo run -p samestory-tools --bin extract_pages -- DIR OUT.jsonl [--repeated]`: reads the `.html`, `.txt` and
//! `.gz` files of DIR and prints pages a second on stderr. Each file is read by itself, or, with
//! `--repeated`, a second time with the blocks that repeat on its host.

use samestory::config::{self, Settings};
use samestory_extract::article::{self, Repeated, RepeatedCounts};
use samestory_model::Extracted;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::time::{Duration, Instant};

type Failure = Box<dyn std::error::Error>;

/// Name and text of every file of a folder, in order of names.
fn files(folder: &str) -> Result<Vec<(String, String)>, Failure> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let mut bytes = std::fs::read(&path)?;
        if path.extension().is_some_and(|ending| ending == "gz") {
            let mut decoded = Vec::new();
            flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut decoded)?;
            bytes = decoded;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        files.push((name, String::from_utf8_lossy(&bytes).into_owned()));
    }
    files.sort();
    Ok(files)
}

fn read(name: &str, text: &str, settings: &config::Extract, known: &Repeated) -> Result<Extracted, String> {
    let extract = if name.contains(".txt") { article::plain } else { article::page };
    extract(text, None, settings, known).map_err(|error| error.to_string())
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (folder, out, repeated) = match &arguments[..] {
        [folder, out] => (folder, out, false),
        [folder, out, flag] if flag == "--repeated" => (folder, out, true),
        _ => return Err("usage: extract_pages DIR OUT.jsonl [--repeated]".into()),
    };
    let settings = Settings::default().extract;
    let files = files(folder)?;
    let mut spent = Duration::ZERO;
    let mut slowest = (Duration::ZERO, "");
    let mut results = Vec::with_capacity(files.len());
    for (name, text) in &files {
        let before = Instant::now();
        results.push(read(name, text, &settings, &Repeated::none()));
        let took = before.elapsed();
        spent += took;
        if took > slowest.0 {
            slowest = (took, name);
        }
    }
    if repeated {
        let host = |page: &Extracted| page.canonical.as_ref().and_then(|url| url.host_str()).map(str::to_owned);
        let mut hosts: BTreeMap<String, RepeatedCounts> = BTreeMap::new();
        for page in results.iter().flatten() {
            if let Some(host) = host(page) {
                hosts.entry(host).or_default().learn_under(&page.title, &article::blocks(page), 0);
            }
        }
        for ((name, text), result) in files.iter().zip(&mut results) {
            let counts = result.as_ref().ok().and_then(|page| hosts.get(&host(page)?));
            let known = counts.map(|counts| counts.repeated(settings.repeated_after)).filter(|known| !known.is_empty());
            if let Some(known) = known {
                *result = read(name, text, &settings, &known);
            }
        }
    }
    let mut out = std::io::BufWriter::new(std::fs::File::create(out)?);
    for ((name, _), result) in files.iter().zip(results) {
        let mut line = match result {
            Ok(extracted) => serde_json::to_value(&extracted)?,
            Err(error) => serde_json::json!({ "text": "", "error": error }),
        };
        line["file"] = name.as_str().into();
        writeln!(out, "{line}")?;
    }
    eprintln!(
        "{} pages in {:.2} s of one thread: {:.0} pages a second; slowest {} with {:.0} ms",
        files.len(),
        spent.as_secs_f64(),
        files.len() as f64 / spent.as_secs_f64(),
        slowest.1,
        slowest.0.as_secs_f64() * 1000.0
    );
    Ok(())
}
