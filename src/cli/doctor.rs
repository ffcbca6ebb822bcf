//! `samestory doctor`: what is wrong, and what to do.

use super::Form;
use super::context::Context;
use super::form::Format;
use super::health::{Condition, look};
use super::report::{Exit, Report};
use crate::pipeline::partial::is_cut;
use crate::schedule::failing_since;
use crate::show;
use samestory_store::StoreLocation;

/// Arguments of `doctor`.
#[derive(Debug, clap::Args)]
pub struct DoctorArguments {
    /// Form of the output
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Only whether the daemon lives and does its work: one line, and exit code 1 where it does not
    #[arg(long)]
    daemon: bool,
    /// Read every record too and hold them against one another; takes as long as a backup
    #[arg(long, conflicts_with = "daemon")]
    deep: bool,
}

/// What is wrong with the store itself; a store that does not open is one finding.
fn deep(context: &Context) -> Result<Vec<String>, Report> {
    match context.store_after_a_pass() {
        Ok(store) => Ok(store.check_deep()?),
        Err(error) if error.is_final() => Ok(vec![error.line()]),
        Err(error) => Err(error),
    }
}

/// Looks at configuration, store and sources. Reads only, beside the store's writers.
pub fn run(context: &Context, arguments: &DoctorArguments) -> Result<Exit, Report> {
    let now = context.now();
    let daemon = look(&context.data, context.settings.daemon.longest, now);
    if arguments.daemon {
        let (condition, line) =
            daemon.unwrap_or_else(|| (Condition::Stopped, "daemon: there never was one here".to_owned()));
        super::print(&format!("{}\n", show::inert(&line)))?;
        return Ok(if condition == Condition::Well { Exit::Done } else { Exit::Some });
    }
    let mut problems: Vec<String> = Vec::new();
    if context.settings.fetch.contact.is_empty() {
        problems
            .push("`fetch.contact` is empty: publishers cannot reach you (set it in your configuration)".to_owned());
    }
    let reader = context.reader_if_any()?;
    let damage = if arguments.deep && reader.is_some() { deep(context)? } else { Vec::new() };
    problems.extend(damage.iter().map(|what| format!("{what} (samestory repair)")));
    let sources = super::sources_check::known(context)?;
    let holds = reader.as_ref().map(samestory_store::Reader::holds).unwrap_or_default();
    let (stories, documents) = (holds.stories, holds.documents);
    if let Some((Condition::Ill, line)) = &daemon {
        problems.push(line.clone());
    }
    if sources.is_empty() {
        problems.push("nothing is followed: samestory sources add URL, or sources import FILE.opml".to_owned());
    }
    let configured = context.settings.followed()?;
    for (source, state) in sources.iter().filter(|(source, _)| source.enabled) {
        if state.gone {
            let out = if configured.iter().any(|other| other.name == source.name) {
                "set enabled = false for it in the configuration".to_owned()
            } else {
                format!("samestory sources remove {}", source.name)
            };
            problems.push(format!("{}: gone (410); {out}", source.name));
        } else if let Some(since) = state.failing_since.filter(|_| state.errors > 0) {
            let long = if failing_since(state, now).is_some() { "; it may have moved or ended" } else { "" };
            problems.push(format!("{}: failing since {}{long}", source.name, since.strftime("%Y-%m-%d %H:%M UTC")));
        }
        if !state.gone && is_cut(&state.repairs) {
            let key = if source.kind.is_page() { "fetch.max_page_bytes" } else { "fetch.max_feed_bytes" };
            problems.push(format!("{}: larger than {key}, and the rest is cut off; raise it", source.name));
        }
    }
    let healthy = sources.iter().filter(|(_, state)| state.errors == 0 && !state.gone).count();
    let (bytes, engine) = (context.place.size(), context.place.engine()?);
    let form = if arguments.format == Format::Json { Form::Json } else { Form::Plain };
    super::print_as(
        form,
        &match arguments.format {
            Format::Text => {
                let store = if reader.is_some() {
                    format!(
                        "{stories} stories, {documents} documents, {:.1} MB, of which {:.1} MB are documents in use",
                        bytes as f64 / 1e6,
                        holds.bytes as f64 / 1e6
                    )
                } else {
                    "not made yet; the first run makes it".to_owned()
                };
                let kept = match &context.place {
                    StoreLocation::Folder(_) => String::new(),
                    StoreLocation::Server(_) => format!(" ({engine})"),
                };
                let mut out = format!("store    {}{kept}: {store}\n", show::inert(&context.place.shown()));
                if let Some((_, line)) = &daemon {
                    out.push_str(&format!("{}\n", show::inert(line)));
                }
                out.push_str(&format!("sources  {} followed, {healthy} healthy\n\n", sources.len()));
                out.push_str(&show::sources(&sources, now));
                if problems.is_empty() {
                    let read = if arguments.deep { ", and every record was read" } else { "" };
                    out.push_str(&format!("\nnothing is wrong{read}\n"));
                } else {
                    out.push_str("\nto look at:\n");
                    for problem in &problems {
                        out.push_str(&format!("  {}\n", show::inert(problem)));
                    }
                }
                out
            }
            Format::Json => {
                let listed: serde_json::Value = serde_json::from_str(&show::sources_json(&sources)).unwrap_or_default();
                let out = serde_json::json!({
                    "store": context.place.shown(),
                    "engine": engine,
                    "stories": stories,
                    "documents": documents,
                    "bytes": bytes,
                    "document_bytes": holds.bytes,
                    "daemon": daemon.as_ref().map(|(_, line)| line),
                    "problems": problems,
                    "deep": arguments.deep.then_some(damage.as_slice()),
                    "sources": listed["sources"],
                });
                format!("{out}\n")
            }
        },
    )?;
    if !damage.is_empty() {
        return Ok(Exit::Store);
    }
    let failing = sources.iter().any(|(source, state)| source.enabled && (state.errors > 0 || state.gone));
    Ok(if failing { Exit::Some } else { Exit::Done })
}
