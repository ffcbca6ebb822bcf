//! Times the encoder over the texts of documents, on all cores, without anything around it.
//!
//! `cargo run --release -p samestory-tools --bin time_embedding -- [--lengths] FILE.jsonl…` reads documents, takes from each the texts that
//! get a vector (headline, head, first eight sentences), and prints one JSON object: texts, tokens, and the seconds of
//! the fastest of three rounds. With `--lengths` it prints the number of tokens of each text instead.
//! `benches/side_by_side/embedding.py` calls it beside ONNX Runtime.

use jiff::Timestamp;
use samestory::evaluate::read;
use samestory_understand::{Encoder, sentences};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// Pieces of a headline, a head and a sentence that are read, as `understand` has them.
const PIECES: [usize; 3] = [48, 96, 40];
const SENTENCES: usize = 8;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut files: Vec<String> = std::env::args().skip(1).collect();
    let lengths = files.first().is_some_and(|first| first == "--lengths");
    if lengths {
        files.remove(0);
    }
    let encoder = Encoder::shipped()?;
    let mut documents: Vec<Vec<Vec<u32>>> = Vec::new();
    for file in &files {
        for one in read(Path::new(file), Timestamp::UNIX_EPOCH)?.0 {
            let document = one.document;
            let head = format!("{}\n{}", document.title, document.text);
            let mut texts = vec![encoder.pieces(&document.title, PIECES[0]), encoder.pieces(&head, PIECES[1])];
            let sentences = sentences(&document.text).into_iter().take(SENTENCES);
            texts.extend(sentences.map(|text| encoder.pieces(text, PIECES[2])));
            documents.push(texts);
        }
    }
    let all: Vec<usize> = documents.iter().flatten().map(|pieces| encoder.tokens(pieces.len())).collect();
    if lengths {
        println!("{all:?}");
        return Ok(());
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut fastest = f64::INFINITY;
    for _ in 0..3 {
        let next = AtomicUsize::new(0);
        let started = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..cores {
                scope.spawn(|| {
                    while let Some(texts) = documents.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let texts: Vec<&[u32]> = texts.iter().map(Vec::as_slice).collect();
                        encoder.vectors(&texts).expect("the shipped model runs");
                    }
                });
            }
        });
        fastest = fastest.min(started.elapsed().as_secs_f64());
    }
    let tokens: usize = all.iter().sum();
    println!("{{\"texts\":{},\"tokens\":{tokens},\"seconds\":{fastest}}}", all.len());
    Ok(())
}
