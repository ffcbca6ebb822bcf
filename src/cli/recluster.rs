//! `samestory recluster`: a back-test over the stored window, and its result stored on request.

use super::Form;
use super::context::Context;
use super::form::Format;
use super::report::{Exit, Report};
use crate::config::Settings;
use crate::pipeline::{self, Difference, Pairs, Reclustered};
use crate::show::inert;
use samestory_model::{Document, DocumentId};
use samestory_store::Store;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Arguments of `recluster`.
#[derive(Debug, clap::Args)]
pub struct ReclusterArguments {
    /// Only say what would change
    #[arg(long)]
    dry_run: bool,
    /// A setting of `[cluster]` for this run, such as `cluster.article_probability=0.7`; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Pairs that are shown of each kind
    #[arg(long, value_name = "N", default_value_t = 10)]
    samples: usize,
    /// Form of the output
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// The settings with those of `--set` over them.
fn settings(context: &Context, set: &[String]) -> Result<Settings, Report> {
    let mut settings = context.settings.clone();
    for given in set {
        let hint = "write it like --set cluster.article_probability=0.7";
        let (key, value) = given.split_once('=').ok_or_else(|| Report::usage(given, "there is no `=` in it", hint))?;
        if !key.trim().starts_with("cluster.") {
            return Err(Report::usage(key, "only settings of `[cluster]` change where documents are placed", hint));
        }
        settings = settings.with(key.trim(), value.trim())?;
    }
    Ok(settings)
}

/// Places the window again and prints what changes.
pub fn run(context: &Context, arguments: &ReclusterArguments) -> Result<Exit, Report> {
    let settings = settings(context, &arguments.set)?;
    if !arguments.dry_run && !arguments.set.is_empty() {
        let hint = "add --dry-run to try it, or put it into the configuration so that later passes know it";
        return Err(Report::usage("--set", "a setting for one run would not be there with the next pass", hint));
    }
    let store = context.store_after_a_pass()?;
    let found = pipeline::recluster(&*store, &settings, context.now(), arguments.samples, !arguments.dry_run)?;
    match arguments.format {
        Format::Text => super::print(&text(&*store, &found, arguments.dry_run)?)?,
        Format::Json => super::print_as(Form::Json, &format!("{}\n", object(&found)))?,
    };
    Ok(Exit::Done)
}

/// A document in one line.
fn line(store: &dyn Store, id: DocumentId) -> Result<String, Report> {
    let Some(Document { title, source, lang, published, .. }) = store.document(id)? else { return Ok(id.to_string()) };
    let lang = lang.map_or_else(|| "??".to_owned(), |lang| lang.to_string());
    let day = published.map_or_else(String::new, |time| time.strftime(" %Y-%m-%d").to_string());
    Ok(format!("{id} [{lang}]{day} {} — {}", inert(&source.0), inert(&title)))
}

fn text(store: &dyn Store, found: &Reclustered, dry: bool) -> Result<String, Report> {
    let verb = if dry { "would be" } else { "are now" };
    let mut out = format!("{} documents placed again\n", found.documents);
    for (level, change) in [("articles", &found.articles), ("stories", &found.stories)] {
        let (before, after) = change.groups;
        let (gained, lost) = (change.gained.count, change.lost.count);
        let _ = writeln!(out, "{level}: {before}, {verb} {after}; pairs gained {gained}, lost {lost}");
        for (sign, pairs) in [('+', &change.gained), ('-', &change.lost)] {
            for (one, other) in &pairs.samples {
                let _ = writeln!(out, "  {sign} {}\n    {}", line(store, *one)?, line(store, *other)?);
            }
        }
    }
    Ok(out)
}

fn object(found: &Reclustered) -> Value {
    let pairs = |pairs: &Pairs| {
        pairs.samples.iter().map(|(one, other)| json!([one.to_string(), other.to_string()])).collect::<Value>()
    };
    let level = |change: &Difference| {
        json!({
            "before": change.groups.0,
            "after": change.groups.1,
            "pairs_gained": change.gained.count,
            "pairs_lost": change.lost.count,
            "gained": pairs(&change.gained),
            "lost": pairs(&change.lost),
        })
    };
    json!({ "documents": found.documents, "articles": level(&found.articles), "stories": level(&found.stories) })
}
