//! Times an offline pass against the model alone: documents that are understood, placed and stored, and the
//! same ones only understood, both on all cores.
//!
//! `cargo bench --bench pass [-- DOCUMENTS]`: prints documents a second of both and the ratio, the median of three
//! rounds in turns. A JSON Lines file goes in, so reading it is part of the pass.

#[allow(dead_code)]
mod input;

use samestory::config::Settings;
use samestory::pipeline::files::import;
use samestory::pipeline::{Ingest, Silent, Stop};
use samestory_model::{Document, Lang};
use samestory_store::SledStore;
use samestory_understand::Understanding;
use std::io::Write;
use std::time::Instant;

fn main() {
    let count = std::env::args().find_map(|text| text.parse().ok()).unwrap_or(512);
    let documents = input::articles(count);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("articles.jsonl");
    let mut out = std::io::BufWriter::new(std::fs::File::create(&file).expect("a file"));
    for Document { item, title, text, url, lang, published, .. } in &documents {
        let lang = lang.as_ref().map(Lang::as_str);
        let line = serde_json::json!({"id": item, "title": title, "text": text, "url": url, "lang": lang, "published": published});
        writeln!(out, "{line}").expect("it writes");
    }
    drop(out);
    let settings = Settings::default();
    let (mut alone, mut passes) = (Vec::new(), Vec::new());
    for round in 0..3 {
        // A fresh model each time, so that no vector is remembered.
        let understanding = Understanding::shipped(&settings.understand).expect("the model loads");
        let started = Instant::now();
        understanding.in_order(&documents, |features| features.is_ok());
        alone.push(started.elapsed().as_secs_f64());
        let understanding = Understanding::shipped(&settings.understand).expect("the model loads");
        let store = SledStore::open(&folder.path().join(format!("store{round}"))).expect("a store");
        let started = Instant::now();
        let mut ingest = Ingest::new(&store, &understanding, &settings, documents[0].seen).expect("an empty window");
        let paths = [file.clone()];
        import(&Stop::never(), &paths, &mut ingest, &store, &settings, documents[0].seen, &Silent).expect("an import");
        passes.push(started.elapsed().as_secs_f64());
    }
    let median = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        count as f64 / times[1]
    };
    let (alone, pass) = (median(&mut alone), median(&mut passes));
    println!("{} documents on {}", count, input::machine());
    println!("model alone: {alone:.1} documents a second");
    println!("whole pass: {pass:.1} documents a second, {:.3} of the model alone", pass / alone);
}
