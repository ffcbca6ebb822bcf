//! Measures the comparison of two versions: drops every fifth line of a translation and alters a number, and
//! counts how much of that `show --compare` would mark, and how much that was not taken away.
//!
//! `cargo run --release -p samestory-tools --bin compare_versions -- GOLD.jsonl [PAIRS]`; the labelled texts have one sentence
//! a line, the same in all versions of an article.

use samestory::config::Settings;
use samestory::evaluate;
use samestory_cluster::align::{Version, side_by_side};
use samestory_model::{Differs, Document, DocumentId, DocumentView, Role};
use samestory_understand::Understanding;
use std::collections::BTreeMap;

fn view(document: &Document) -> DocumentView {
    DocumentView {
        document: DocumentId(0),
        url: document.url.to_string(),
        source: document.source.0.clone(),
        lang: document.lang,
        title: document.title.clone(),
        published: None,
        role: Role::Original,
        signals: Vec::new(),
        source_url: None,
        source_name: None,
        text: None,
    }
}

#[derive(Default)]
struct Tally {
    dropped: usize,
    found: usize,
    kept: usize,
    missed: usize,
    added: usize,
    numbers: usize,
    names: usize,
    altered: usize,
    seen: usize,
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().expect("usage: compare_versions GOLD.jsonl [PAIRS]");
    let most: usize = arguments.next().map_or(200, |text| text.parse().expect("a number"));
    let text = std::fs::read_to_string(&path).expect("an unpacked JSONL file");
    let home = "file:///".parse().expect("a constant");
    let mut articles: BTreeMap<String, Vec<Document>> = BTreeMap::new();
    for line in text.lines() {
        let read = evaluate::document(line, "gold", &home, jiff::Timestamp::UNIX_EPOCH).expect("a labelled line");
        let gold: serde_json::Value = serde_json::from_str(line).expect("JSON");
        articles.entry(gold["article"].as_str().unwrap_or_default().to_owned()).or_default().push(read.document);
    }
    let understanding = Understanding::shipped(&Settings::default().understand).expect("the model");
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    let mut pairs: Vec<(&Document, &Document)> = Vec::new();
    for (number, documents) in articles.values().enumerate() {
        let lines = |document: &Document| document.text.lines().count();
        for (place, left) in documents.iter().enumerate() {
            let right = &documents[(place + 1 + number) % documents.len()];
            if left.lang != right.lang && lines(left) == lines(right) && lines(left) >= 8 {
                pairs.push((left, right));
            }
        }
    }
    let step = (pairs.len() / most).max(1);
    let started = std::time::Instant::now();
    for (left, right) in pairs.iter().step_by(step).take(most) {
        let kept = |(place, _): &(usize, &str)| place % 5 != 3;
        let mut changed: Option<(String, usize)> = None;
        let lines: Vec<String> = right
            .text
            .lines()
            .enumerate()
            .filter(kept)
            .map(|(place, line)| {
                let digits: String =
                    line.chars().skip_while(|sign| !sign.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
                if changed.is_none() && digits.len() > 1 && digits.parse::<u64>().is_ok_and(|value| value > 20) {
                    let other: String =
                        digits.chars().map(|sign| if sign == '9' { '3' } else { ((sign as u8) + 1) as char }).collect();
                    changed = Some((other.clone(), place));
                    line.replacen(&digits, &other, 1)
                } else {
                    line.to_owned()
                }
            })
            .collect();
        let shorter = Document { text: lines.join("\n"), ..(*right).clone() };
        let read = |document: &Document| {
            let (sentences, cut) = understanding.read(document).expect("it reads");
            Version { view: view(document), sentences, cut }
        };
        let aligned = side_by_side(read(left), read(&shorter), &understanding.kin());
        let key = |document: &Document| document.lang.map_or("?".to_owned(), |lang| lang.to_string());
        let tally = tallies.entry(format!("{} {}", key(left), key(right))).or_default();
        let dropped: Vec<&str> =
            left.text.lines().enumerate().filter(|pair| !kept(pair)).map(|(_, line)| line.trim()).collect();
        for row in &aligned.rows {
            let said: String = row.left.iter().map(|piece| piece.text.as_str()).collect();
            if said.is_empty() {
                tally.added += 1;
            } else {
                let was = dropped.iter().any(|line| line.contains(said.as_str()));
                let alone = row.right.is_empty();
                if was {
                    (tally.dropped, tally.found) = (tally.dropped + 1, tally.found + usize::from(alone));
                } else {
                    (tally.kept, tally.missed) = (tally.kept + 1, tally.missed + usize::from(alone));
                }
            }
            for piece in row.left.iter().chain(&row.right) {
                if std::env::var_os("SHOW").is_some()
                    && let Some(kind) = piece.differs
                {
                    eprintln!("{} {} {kind:?} {}", key(left), key(right), piece.text);
                }
                if let Some((other, _)) = &changed
                    && piece.differs == Some(Differs::Number)
                    && piece.text.contains(other.as_str())
                {
                    tally.seen += 1;
                }
            }
        }
        tally.altered += usize::from(changed.is_some());
        tally.numbers += aligned.marks(Differs::Number);
        tally.names += aligned.marks(Differs::Name);
    }
    let mut all = Tally::default();
    for tally in tallies.values() {
        all.dropped += tally.dropped;
        all.found += tally.found;
        all.kept += tally.kept;
        all.missed += tally.missed;
        all.added += tally.added;
        all.numbers += tally.numbers;
        all.names += tally.names;
        all.altered += tally.altered;
        all.seen += tally.seen;
    }
    tallies.insert("all".to_owned(), all);
    println!("languages  dropped found | kept wrongly-alone right-alone | numbers names marked | altered seen");
    for (name, tally) in &tallies {
        println!(
            "{name:<9} {:>5} {:>5} | {:>5} {:>4} {:>4} | {:>4} {:>4} | {:>3} {:>3}",
            tally.dropped,
            tally.found,
            tally.kept,
            tally.missed,
            tally.added,
            tally.numbers,
            tally.names,
            tally.altered,
            tally.seen
        );
    }
    println!("{} ms a pair", started.elapsed().as_millis() / most.min(pairs.len()).max(1) as u128);
}
