//! `samestory show`: one story whole.

use super::Form;
use super::compare;
use super::context::Context;
use super::report::{Exit, Report};
use crate::show;
use samestory_model::{ArticleId, DocumentId, StoryId};
use samestory_store::Reader;

/// Forms in which one story is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For a terminal.
    Table,
    /// One object, with texts.
    Json,
    /// For mail and notes.
    Markdown,
}

/// Arguments of `show`.
#[derive(Debug, clap::Args)]
pub struct ShowArguments {
    /// The story's id, or that of one of its articles or documents
    #[arg(value_name = "STORY", required_unless_present = "compare")]
    story: Option<String>,
    /// Two versions side by side instead, sentence by sentence; what one of them lacks is marked
    #[arg(long, value_name = "DOC", num_args = 2, conflicts_with = "story")]
    compare: Vec<String>,
    /// Form of the output
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

/// The story that an id of any kind stands in.
fn find(reader: &Reader, text: &str) -> Result<StoryId, Report> {
    let found = if let Ok(id) = text.parse::<DocumentId>() {
        reader.story_of_document(id)?
    } else if let Ok(id) = text.parse::<ArticleId>() {
        reader.story_of_article(id)?
    } else {
        let id: StoryId = text.parse().map_err(|error: samestory_model::IdError| {
            Report::usage("show", error, "samestory list --since all shows the ids")
        })?;
        reader.story(id)?.map(|listed| listed.view.story)
    };
    found.ok_or_else(|| {
        Report::usage(text, "there is nothing with this id in the store", "samestory list --since all shows the ids")
    })
}

/// Shows one story.
pub fn run(context: &Context, arguments: &ShowArguments) -> Result<Exit, Report> {
    let reader = context.reader()?;
    if let [one, other] = arguments.compare.as_slice() {
        let aligned = compare::aligned(context, &reader, [one, other])?;
        let style = context.style();
        match arguments.format {
            Format::Table => context.page(&show::compared(&aligned, &style))?,
            Format::Json => super::print_as(Form::Json, &show::compared_json(&aligned))?,
            Format::Markdown => {
                let hint = "give --format table or --format json";
                return Err(Report::usage("--compare", "two versions are not shown as Markdown", hint));
            }
        };
        return Ok(Exit::Done);
    }
    let id = find(&reader, arguments.story.as_deref().unwrap_or_default())?;
    let whole = reader.story_whole(id)?;
    let Some(story) = whole else { return Ok(Exit::Done) };
    let style = context.style();
    match arguments.format {
        Format::Table => context.page(&show::story(&story, &style))?,
        Format::Json => super::print_as(Form::Json, &show::jsonl(std::slice::from_ref(&story)))?,
        Format::Markdown => {
            super::print_as(Form::Markup, &show::markdown(std::slice::from_ref(&story), &style.reading))?
        }
    };
    Ok(Exit::Done)
}
