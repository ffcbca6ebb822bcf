//! `samestory explain`: why a document is where it is, or why two are together or apart.

use super::context::Context;
use super::report::{Exit, Report};
use crate::show::{self, Together, inert};
use samestory_model::{Document, DocumentId, DocumentView, StoryView, canonical_key};
use samestory_store::{DocumentFrame, Reader};
use url::Url;

/// Arguments of `explain`.
#[derive(Debug, clap::Args)]
pub struct ExplainArguments {
    /// A document's id or address
    #[arg(value_name = "DOC")]
    document: String,
    /// Another one: why are the two together, or apart?
    #[arg(value_name = "DOC")]
    other: Option<String>,
}

/// A document, as it was stored, and its story.
struct Found {
    frame: DocumentFrame,
    view: DocumentView,
    story: StoryView,
}

fn unknown(text: &str) -> Report {
    Report::usage(text, "no document has this id or address", "samestory show STORY shows the ids of its documents")
}

/// The document that a person names by its id or its address.
pub fn document_id(reader: &Reader, text: &str) -> Result<DocumentId, Report> {
    match text.parse::<DocumentId>() {
        Ok(id) => Ok(id),
        Err(error) => {
            let key = Url::parse(text)
                .map(|url| canonical_key(&url))
                .map_err(|_| Report::usage(text, error, "give a document's id or its address"))?;
            let mut latest = None;
            for id in reader.documents_at(&key)? {
                if let Some(frame) = reader.document(id)? {
                    latest = latest.max(Some((frame.document.published, id)));
                }
            }
            latest.map(|pair| pair.1).ok_or_else(|| unknown(text))
        }
    }
}

fn find(reader: &Reader, text: &str) -> Result<Found, Report> {
    let nothing = || unknown(text);
    let id = document_id(reader, text)?;
    let frame = reader.document(id)?.ok_or_else(nothing)?;
    let story = reader.story(frame.placement.story)?.ok_or_else(nothing)?.view;
    let view = story
        .articles
        .iter()
        .flat_map(|article| &article.documents)
        .find(|view| view.document == id)
        .cloned()
        .ok_or_else(nothing)?;
    Ok(Found { frame, view, story })
}

/// A document that a person names, as it was stored and as it is shown.
pub(super) fn found(reader: &Reader, text: &str) -> Result<(DocumentFrame, DocumentView), Report> {
    find(reader, text).map(|found| (found.frame, found.view))
}

/// The user overrides that are about all of some documents.
fn said(reader: &Reader, documents: &[&Document]) -> String {
    let overrides = reader
        .words()
        .filter(|word| documents.iter().all(|document| word.word.is_about(document.id, &document.source)));
    overrides.map(|word| format!("your word {}: {}\n", word.number, inert(&word.word.to_string()))).collect()
}

/// Explains one document or two.
pub fn run(context: &Context, arguments: &ExplainArguments) -> Result<Exit, Report> {
    let reader = context.reader()?;
    let one = find(&reader, &arguments.document)?;
    let Some(other) = &arguments.other else {
        let out = show::explain(&one.view, &one.story) + &said(&reader, &[&one.frame.document]);
        super::print(&out)?;
        return Ok(Exit::Done);
    };
    let two = find(&reader, other)?;
    let (a, b) = (&one.frame, &two.frame);
    let together = if a.placement.article == b.placement.article {
        Together::Article
    } else if a.placement.story == b.placement.story {
        Together::Story
    } else {
        Together::Apart
    };
    // What was stored when they met comes first; the comparison as it stands now after it.
    let met = |from: &DocumentFrame, with: DocumentId| {
        from.placement.evidence.iter().filter(|evidence| evidence.with == with).cloned().collect::<Vec<_>>()
    };
    let mut evidence = met(a, b.document.id);
    evidence.extend(met(b, a.document.id));
    let compared =
        samestory_cluster::question(&context.settings.cluster, (&a.document, &a.features), (&b.document, &b.features));
    if evidence.is_empty() {
        evidence = compared.evidence;
    }
    let missing = if together == Together::Apart { compared.missing } else { Vec::new() };
    let out = show::explain_pair(&one.view, &two.view, together, &evidence, &missing);
    super::print(&(out + &said(&reader, &[&a.document, &b.document])))?;
    Ok(Exit::Done)
}
