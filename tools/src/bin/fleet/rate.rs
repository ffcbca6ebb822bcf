//! Documents a second of one worker and of two, each a process of its own, with the model replaced by a stand-in.

use super::Failed;
use super::server::{Server, address};
use samestory::config::Settings;
use samestory::evaluate;
use samestory::pipeline::{Ingest, Silent};
use samestory_model::Document;
use samestory_store::{Commit, StoreLocation};
use samestory_understand::Understanding;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A made-up document of twelve sentences.
fn document(number: usize) -> Result<Document, String> {
    let text: Vec<String> =
        (0..12).map(|line| format!("Line {line} of report {number} says {}.", number * 31 + line)).collect();
    let line = serde_json::json!({"id": number.to_string(), "title": format!("Report {number} of {}", number * 7), "text": text.join(" "), "lang": "en"});
    let file = "file:///made-up.jsonl".parse().map_err(|error| format!("{error}"))?;
    let seen = "2026-03-02T12:00:00Z".parse().map_err(|error| format!("{error}"))?;
    Ok(evaluate::document(&line.to_string(), "made-up", &file, seen)?.document)
}

/// Places its share once it is told to: says `ready`, waits for a line, and says when it is done.
pub fn worker(arguments: &[String]) -> Result<(), Failed> {
    let [url, part, parts, documents, cost, batch] = arguments else { return Err("six arguments".into()) };
    let (part, parts, documents): (usize, usize, usize) = (part.parse()?, parts.parse()?, documents.parse()?);
    let store = StoreLocation::Server(address(url.clone())).open()?;
    let understanding = Understanding::hash_embedder(Duration::from_millis(cost.parse()?), 1)?;
    let now = "2026-03-02T12:00:00Z".parse()?;
    let settings = Settings::default();
    let mut ingest = Ingest::new(&*store, &understanding, &settings, now)?;
    let mine: Vec<Document> = (part..documents).step_by(parts).map(document).collect::<Result<_, _>>()?;
    println!("ready");
    std::io::stdin().lock().read_line(&mut String::new())?;
    for batch in mine.chunks(batch.parse()?) {
        ingest.add(batch.to_vec(), Commit::default(), now, &Silent)?;
    }
    println!("done");
    Ok(())
}

/// Seconds in which so many workers place so many documents.
fn seconds(server: &Server, workers: usize, documents: usize, cost: usize, batch: usize) -> Result<f64, Failed> {
    let name = format!("fleet_rate_{}", std::process::id());
    let url = server.schema(&name)?.url;
    // Made before, so that no worker waits for the form.
    drop(StoreLocation::Server(address(url.clone())).open()?);
    let mut children: Vec<(Child, BufReader<std::process::ChildStdout>)> = Vec::new();
    for part in 0..workers {
        let numbers = [part, workers, documents, cost, batch].map(|number| number.to_string());
        let mut child = Command::new(std::env::current_exe()?)
            .arg("rate-worker")
            .arg(&url)
            .args(numbers)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let said = BufReader::new(child.stdout.take().ok_or("no stdout")?);
        children.push((child, said));
    }
    let mut line = String::new();
    for (_, said) in &mut children {
        said.read_line(&mut line)?;
    }
    let clock = Instant::now();
    for (child, _) in &mut children {
        writeln!(child.stdin.as_mut().ok_or("no stdin")?)?;
    }
    for (_, said) in &mut children {
        line.clear();
        said.read_line(&mut line)?;
        if line.trim() != "done" {
            return Err("a worker ended before it was done".into());
        }
    }
    let seconds = clock.elapsed().as_secs_f64();
    for (mut child, _) in children {
        child.wait()?;
    }
    let held = StoreLocation::Server(address(url)).reader()?.holds().documents as usize;
    server.drop_schema(&name)?;
    if held == documents { Ok(seconds) } else { Err(format!("{held} of {documents} documents are there").into()) }
}

/// Compares two workers with one, three times in turn.
pub fn run(documents: usize, cost: usize, batch: usize) -> Result<(), Failed> {
    let server = Server::any()?;
    println!("{documents} documents, {cost} ms each on one thread a worker, {batch} a batch");
    for _ in 0..3 {
        let one = seconds(&server, 1, documents, cost, batch)?;
        let two = seconds(&server, 2, documents, cost, batch)?;
        let rate = |seconds: f64| documents as f64 / seconds;
        println!("1 worker: {:.1} a second; 2 workers: {:.1}; {:.2} times", rate(one), rate(two), one / two);
    }
    Ok(())
}
