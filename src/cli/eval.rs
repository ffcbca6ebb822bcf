//! `samestory eval`: the same pipeline on labelled documents, with scores.

use super::context::Context;
use super::form::Format;
use super::progress::Bar;
use super::report::{Exit, Report, tell};
use crate::evaluate::{self, Labelled, Scores};
use crate::pipeline::{Ingest, Progress};
use samestory_cluster::same_event;
use samestory_model::{Failure, Fault};
use samestory_store::{Commit, StoreLocation};
use samestory_understand::Understanding;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Documents that are understood and stored together.
const BATCH: usize = 128;

/// Arguments of `eval`.
#[derive(Debug, clap::Args)]
pub struct EvalArguments {
    /// Labelled documents, JSON Lines, gzipped or not
    #[arg(value_name = "GOLD.jsonl")]
    gold: PathBuf,
    /// Write `{"id":…,"article":…,"story":…}` for each document
    #[arg(long, value_name = "OUT.jsonl")]
    clusters: Option<PathBuf>,
    /// Judge pairs of the texts instead, `{"a":…,"b":…,"overall":1 to 4}`: how well the same-event score follows them
    #[arg(long, value_name = "PAIRS.jsonl", conflicts_with = "clusters")]
    pairs: Option<PathBuf>,
    /// Place them on the server of store.url, in a schema that is dropped afterwards, instead of in files
    #[arg(long, conflicts_with = "pairs")]
    server: bool,
    /// Form of the output
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// Where each document was placed, and how long it took.
struct Placed {
    clusters: Vec<(String, String)>,
    seconds: f64,
}

/// Takes labelled documents through the ordinary pipeline on a store that is thrown away.
fn place(context: &Context, labelled: &[Labelled], server: bool, bar: &Bar) -> Result<Placed, Report> {
    let over = if server { context.place.clone() } else { StoreLocation::Folder(context.data.clone()) };
    if server && matches!(over, StoreLocation::Folder(_)) {
        return Err(Report::usage("--server", "store.url names no server", "set it, or leave --server away"));
    }
    let scratch = over.scratch()?;
    let store = scratch.place.open()?;
    let understanding = Understanding::shipped(&context.settings.understand)?;
    let mut ingest = Ingest::new(&*store, &understanding, &context.settings, context.now())?;
    bar.begin("placing", labelled.len() as u64);
    let started = std::time::Instant::now();
    for batch in labelled.chunks(BATCH) {
        let documents = batch.iter().map(|one| one.document.clone()).collect();
        ingest.add(documents, Commit::default(), context.now(), bar)?;
    }
    let seconds = started.elapsed().as_secs_f64();
    bar.end();
    let mut clusters = Vec::with_capacity(labelled.len());
    for one in labelled {
        let placement = store.placement(one.document.id)?;
        clusters.push(placement.map_or_else(
            || (String::new(), String::new()),
            |placement| (placement.article.to_string(), placement.story.to_string()),
        ));
    }
    Ok(Placed { clusters, seconds })
}

/// Scores over the documents that carry a label.
fn scores(labels: &[Option<&str>], clusters: &[&str]) -> Option<Scores> {
    let pairs = labels.iter().zip(clusters).filter_map(|(label, cluster)| Some(((*label)?, *cluster)));
    let (gold, found): (Vec<&str>, Vec<&str>) = pairs.unzip();
    (!gold.is_empty()).then(|| evaluate::score(&gold, &found))
}

/// Places and scores a labelled file.
pub fn run(context: &Context, arguments: &EvalArguments) -> Result<Exit, Report> {
    let name = arguments.gold.display().to_string();
    let (mut labelled, bad) = evaluate::read(&arguments.gold, context.now())
        .map_err(|error| Report::usage(&name, error, "give a file of JSON Lines, gzipped or not"))?;
    if labelled.is_empty() {
        let hint = "each line needs `id`, and `title` or `text`";
        return Err(Report::usage(&name, "no line of it is a document", hint));
    }
    if let Some(pairs) = &arguments.pairs {
        return judge(context, arguments, &labelled, pairs);
    }
    labelled.sort_by_key(|one| one.document.published);
    let bar = Bar::new(context.quiet);
    let placed = place(context, &labelled, arguments.server, &bar)?;
    if let Some(path) = &arguments.clusters {
        write_clusters(path, &labelled, &placed.clusters)?;
    }
    let articles: Vec<&str> = placed.clusters.iter().map(|pair| pair.0.as_str()).collect();
    let stories: Vec<&str> = placed.clusters.iter().map(|pair| pair.1.as_str()).collect();
    let labels = |of: fn(&Labelled) -> Option<&str>| labelled.iter().map(of).collect::<Vec<_>>();
    let scored = [
        ("article", scores(&labels(|one| one.article.as_deref()), &articles)),
        ("story", scores(&labels(|one| one.story.as_deref()), &stories)),
    ];
    super::print(&match arguments.format {
        Format::Text => text(labelled.len(), placed.seconds, &scored),
        Format::Json => object(labelled.len(), placed.seconds, &scored),
    })?;
    let failures: Vec<Failure> = bad
        .iter()
        .map(|line| {
            let hint = "one JSON object a line with `id`, `title` and `text`";
            Failure::new(format!("{name}:{}", line.line), Fault::Configuration, line.why.as_str(), hint)
        })
        .collect();
    tell(&failures);
    Ok(if failures.is_empty() { Exit::Done } else { Exit::Some })
}

/// Scores the same-event judgement on pairs that people scored.
fn judge(context: &Context, arguments: &EvalArguments, labelled: &[Labelled], path: &Path) -> Result<Exit, Report> {
    let name = path.display().to_string();
    let (pairs, bad) = evaluate::read_pairs(path)
        .map_err(|error| Report::usage(&name, error, "give a file of JSON Lines, gzipped or not"))?;
    let mut failures: Vec<Failure> = bad
        .into_iter()
        .map(|line| {
            let hint = "one JSON object a line with `a`, `b` and `overall`";
            Failure::new(format!("{name}:{}", line.line), Fault::Configuration, line.why, hint)
        })
        .collect();
    let understanding = Understanding::shipped(&context.settings.understand)?;
    let documents: Vec<_> = labelled.iter().map(|one| one.document.clone()).collect();
    let bar = Bar::new(context.quiet);
    bar.begin("understanding", documents.len() as u64);
    let features = understanding.all(&documents, &|| bar.advance()).into_iter().collect::<Result<Vec<_>, _>>()?;
    bar.end();
    let places: HashMap<&str, usize> = labelled.iter().enumerate().map(|(at, one)| (one.id.as_str(), at)).collect();
    let (mut overall_scores, mut scores) = (Vec::new(), Vec::new());
    for pair in &pairs {
        match (places.get(pair.texts.0.as_str()), places.get(pair.texts.1.as_str())) {
            (Some(one), Some(other)) => {
                overall_scores.push(pair.overall);
                scores.push(f64::from(same_event(&features[*one], &features[*other])));
            }
            _ => failures.push(Failure::new(
                format!("{name}: {} and {}", pair.texts.0, pair.texts.1),
                Fault::Configuration,
                "one of the two is no text of the other file",
                "give the file that the pairs were made of",
            )),
        }
    }
    let side = |within: fn(f64) -> bool| {
        overall_scores
            .iter()
            .zip(&scores)
            .filter(|(overall, _)| within(**overall))
            .map(|(_, score)| *score)
            .collect::<Vec<_>>()
    };
    let correlation = -evaluate::pearson(&scores, &overall_scores);
    let area = evaluate::area(&side(|overall| overall <= 1.5), &side(|overall| overall >= 3.5));
    super::print(&match arguments.format {
        Format::Text => format!(
            "{} pairs of {} documents\nsame event: Pearson {correlation:.4} with `overall`, AUC {area:.4} (1.5 and less against 3.5 and more)\n",
            overall_scores.len(),
            labelled.len()
        ),
        Format::Json => format!(
            "{}\n",
            json!({"pairs": overall_scores.len(), "documents": labelled.len(), "pearson": correlation, "auc": area})
        ),
    })?;
    tell(&failures);
    Ok(if failures.is_empty() { Exit::Done } else { Exit::Some })
}

fn write_clusters(path: &Path, labelled: &[Labelled], clusters: &[(String, String)]) -> Result<(), Report> {
    let mut out = String::new();
    for (one, (article, story)) in labelled.iter().zip(clusters) {
        let _ = writeln!(out, "{}", json!({"id": one.id, "article": article, "story": story}));
    }
    std::fs::write(path, out)
        .map_err(|error| Report::usage(path.display(), error, "check the path given with --clusters"))
}

fn text(documents: usize, seconds: f64, scored: &[(&str, Option<Scores>)]) -> String {
    let mut out =
        format!("{documents} documents in {seconds:.1} s: {:.1} documents a second\n", documents as f64 / seconds);
    for (label, scores) in scored.iter().filter_map(|(label, scores)| Some((label, (*scores)?))) {
        for (measure, score) in [("BCubed", scores.bcubed), ("pairwise", scores.pairwise)] {
            let _ = writeln!(
                out,
                "{label:<8} {measure:<9} P {:.4}  R {:.4}  F1 {:.4}",
                score.precision, score.recall, score.f1
            );
        }
        let _ = writeln!(out, "{label:<8} clusters  {} ({} in the labels)", scores.clusters, scores.gold);
    }
    out
}

fn object(documents: usize, seconds: f64, scored: &[(&str, Option<Scores>)]) -> String {
    let rounded = (seconds * 1000.0).round() / 1000.0;
    let mut out = json!({
        "documents": documents,
        "seconds": rounded,
        "documents_per_second": (documents as f64 / seconds * 100.0).round() / 100.0,
    });
    for (label, scores) in scored {
        out[*label] = scores.map_or(Value::Null, |scores| json!(scores));
    }
    format!("{out}\n")
}
