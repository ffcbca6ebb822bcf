//! `samestory explain`: why a document is where it is, or why two are together or apart.

use super::context::Context;
use super::report::{Exit, Report};
use crate::cluster;
use crate::model::{DocumentId, DocumentView, StoryView, canonical_key};
use crate::show::{self, Together};
use crate::store::{DocumentFrame, Reader};
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

fn find(reader: &Reader, text: &str) -> Result<Found, Report> {
    let nothing = || {
        Report::usage(text, "no document has this id or address", "samestory show STORY shows the ids of its documents")
    };
    let id = match text.parse::<DocumentId>() {
        Ok(id) => id,
        Err(error) => {
            let key = Url::parse(text)
                .map(|url| canonical_key(&url))
                .map_err(|_| Report::usage("explain", error, "give a document's id or its address"))?;
            let mut latest = None;
            for id in reader.documents_at(&key)? {
                if let Some(frame) = reader.document(id)? {
                    latest = latest.max(Some((frame.document.published, id)));
                }
            }
            latest.map(|pair| pair.1).ok_or_else(nothing)?
        }
    };
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

/// Explains one document or two.
pub fn run(context: &Context, arguments: &ExplainArguments) -> Result<Exit, Report> {
    let reader = context.reader()?;
    let one = find(&reader, &arguments.document)?;
    let Some(other) = &arguments.other else {
        super::print(&show::explain(&one.view, &one.story))?;
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
    let compared = cluster::question((&a.document, &a.features), (&b.document, &b.features));
    if evidence.is_empty() {
        evidence = compared.evidence;
    }
    let missing = if together == Together::Apart { compared.missing } else { Vec::new() };
    super::print(&show::explain_pair(&one.view, &two.view, together, &evidence, &missing))?;
    Ok(Exit::Done)
}
