//! `split`, `merge`, `pin`, `apart`, `words` and `undo`: user overrides, which are final.

use super::Form;
use super::context::Context;
use super::form::Format;
use super::report::{Exit, Report, say};
use crate::pipeline::{self, Done};
use crate::show::inert;
use samestory_model::{ArticleId, ArticleView, DocumentId, Level, SourceId, StoryId, Word};
use samestory_store::{Listed, Reader};
use serde_json::json;
use std::fmt::Write as _;

/// Arguments of `split`.
#[derive(Debug, clap::Args)]
pub struct SplitArguments {
    /// A document's id or address: it tells another event than those it stands with
    #[arg(value_name = "DOC")]
    document: String,
    /// It is no version of them, but may tell their event
    #[arg(long)]
    article: bool,
}

/// Arguments of `merge`.
#[derive(Debug, clap::Args)]
pub struct MergeArguments {
    /// A story, or an article
    #[arg(value_name = "STORY")]
    one: String,
    /// Another one of the same kind
    #[arg(value_name = "STORY")]
    other: String,
}

/// Arguments of `pin`.
#[derive(Debug, clap::Args)]
pub struct PinArguments {
    /// A story that is right as it is: what stands in it stays together
    #[arg(value_name = "STORY")]
    story: StoryId,
}

/// Arguments of `apart`.
#[derive(Debug, clap::Args)]
pub struct ApartArguments {
    /// A source
    #[arg(value_name = "SOURCE")]
    one: String,
    /// Another one: the two never come into one story
    #[arg(value_name = "SOURCE")]
    other: String,
}

/// Arguments of `words`.
#[derive(Debug, clap::Args)]
pub struct WordsArguments {
    /// Form of the output
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// Arguments of `undo`.
#[derive(Debug, clap::Args)]
pub struct UndoArguments {
    /// A word's number, as `words` lists it
    #[arg(value_name = "NUMBER")]
    number: u64,
}

const SHOWN: &str =
    "samestory list --since all --peek shows the ids of stories, samestory show STORY those of documents";

/// The story that a document stands in, and the document.
fn standing(reader: &Reader, text: &str) -> Result<(DocumentId, Listed), Report> {
    let id = super::explain::document_id(reader, text)?;
    let story = match reader.story_of_document(id)? {
        Some(story) => reader.story(story)?,
        None => None,
    };
    story.map(|story| (id, story)).ok_or_else(|| Report::usage(text, "no story holds this document", SHOWN))
}

/// What `merge` names: its level and its documents, the oldest article first.
fn named(reader: &Reader, text: &str) -> Result<(Level, Vec<DocumentId>), Report> {
    let documents = |article: &ArticleView| article.documents.iter().map(|view| view.document).collect::<Vec<_>>();
    let nothing = |what: &str| Report::usage(text, format!("there is no such {what}"), SHOWN);
    if let Ok(id) = text.parse::<StoryId>() {
        let story = reader.story(id)?.ok_or_else(|| nothing("story"))?;
        return Ok((Level::Story, story.view.articles.iter().flat_map(documents).collect()));
    }
    let id =
        text.parse::<ArticleId>().map_err(|_| Report::usage(text, "this is no id of a story or an article", SHOWN))?;
    let id = reader.article(id)?;
    let story = reader.story_of_article(id)?.map(|story| reader.story(story)).transpose()?.flatten();
    let articles = story.as_ref().map_or(&[][..], |listed| &listed.view.articles);
    let article = articles.iter().find(|article| article.article == id).ok_or_else(|| nothing("article"))?;
    Ok((Level::Article, documents(article)))
}

/// Stores an override, carries it out and says what it did.
fn give(context: &Context, word: Word) -> Result<Exit, Report> {
    let stated = word.to_string();
    let done = pipeline::say(&*context.store_after_a_pass()?, &context.settings, word, context.now())?;
    confirm(context, &stated, done);
    Ok(Exit::Done)
}

fn confirm(context: &Context, stated: &str, done: Done) {
    if !context.quiet {
        let (number, changed, stated) = (done.number, done.changed, inert(stated));
        let documents = if changed == 1 { "document" } else { "documents" };
        say!(
            "word {number}: {stated}; {changed} {documents} placed anew (take it back with `samestory undo {number}`)"
        );
    }
}

/// Takes a document out of its story, or its article.
pub fn split(context: &Context, arguments: &SplitArguments) -> Result<Exit, Report> {
    let (document, story) = standing(&context.reader()?, &arguments.document)?;
    let level = if arguments.article { Level::Article } else { Level::Story };
    let articles = story.view.articles.iter();
    let mut from: Vec<DocumentId> = Vec::new();
    for article in articles {
        let documents: Vec<DocumentId> = article.documents.iter().map(|view| view.document).collect();
        if level == Level::Story || documents.contains(&document) {
            from.extend(documents);
        }
    }
    from.retain(|other| *other != document);
    if from.is_empty() {
        let hint = "nothing was changed; samestory show STORY shows what stands together";
        return Err(Report::usage(document, "it stands alone already", hint));
    }
    give(context, Word::Split { document, from, level })
}

/// Makes two stories, or two articles, one.
pub fn merge(context: &Context, arguments: &MergeArguments) -> Result<Exit, Report> {
    let reader = context.reader()?;
    let (level, one) = named(&reader, &arguments.one)?;
    let (other_level, other) = named(&reader, &arguments.other)?;
    if level != other_level {
        let hint = "give two ids that begin with `s`, or two that begin with `a`";
        return Err(Report::usage("merge", "one is a story and the other an article", hint));
    }
    if one == other {
        return Err(Report::usage(&arguments.other, "the two are one already", "nothing was changed"));
    }
    give(context, Word::Merge { level, one, other })
}

/// Keeps a story together as it is.
pub fn pin(context: &Context, arguments: &PinArguments) -> Result<Exit, Report> {
    let reader = context.reader()?;
    let story = reader
        .story(arguments.story)?
        .ok_or_else(|| Report::usage(arguments.story, "there is no such story", SHOWN))?;
    let documents = |article: &ArticleView| article.documents.iter().map(|view| view.document).collect();
    give(context, Word::Pin { articles: story.view.articles.iter().map(documents).collect() })
}

/// Keeps two sources out of one another's stories.
pub fn apart(context: &Context, arguments: &ApartArguments) -> Result<Exit, Report> {
    if arguments.one == arguments.other {
        return Err(Report::usage(&arguments.one, "a source cannot be kept apart from itself", "name two sources"));
    }
    let reader = context.reader()?;
    for name in [&arguments.one, &arguments.other] {
        let followed = reader.sources().any(|(source, _)| source.name.0 == *name);
        // Only a source that is not followed is looked for in the store, which takes as long as there is much in it.
        if !followed && !has_brought(&reader, name)? {
            return Err(Report::usage(name, "there is no such source", "samestory sources list shows their names"));
        }
    }
    give(context, Word::Apart { one: SourceId(arguments.one.clone()), other: SourceId(arguments.other.clone()) })
}

/// Whether a stored document came from a source.
fn has_brought(reader: &Reader, name: &str) -> Result<bool, Report> {
    for head in reader.by_time() {
        let view = reader.view(&head?)?.view;
        if view.articles.iter().flat_map(|article| &article.documents).any(|shown| shown.source == name) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Lists the words that stand.
pub fn list(context: &Context, arguments: &WordsArguments) -> Result<Exit, Report> {
    let reader = context.reader()?;
    let (form, out) = match arguments.format {
        Format::Json => {
            let words: Vec<_> = reader
                .words()
                .map(|word| json!({"number": word.number, "at": word.at, "says": word.word.to_string(), "word": word.word}))
                .collect();
            (Form::Json, format!("{}\n", json!({ "words": words })))
        }
        Format::Text => {
            let mut out = String::new();
            for word in reader.words() {
                let (at, says) = (word.at.strftime("%Y-%m-%d %H:%M"), inert(&word.word.to_string()));
                let _ = writeln!(out, "{:>4}  {at}  {says}", word.number);
            }
            (Form::Plain, out)
        }
    };
    if out.is_empty() {
        say!("you gave no word yet; samestory split, merge, pin and apart do");
    }
    super::print_as(form, &out)?;
    Ok(Exit::Done)
}

/// Takes an override back.
pub fn undo(context: &Context, arguments: &UndoArguments) -> Result<Exit, Report> {
    let done =
        pipeline::take_back(&*context.store_after_a_pass()?, &context.settings, arguments.number, context.now())?;
    let done = done.ok_or_else(|| {
        Report::usage(arguments.number, "no word of this number stands", "samestory words lists them")
    })?;
    if !context.quiet {
        let documents = if done.changed == 1 { "document" } else { "documents" };
        say!("word {} is taken back; {} {documents} placed anew", done.number, done.changed);
    }
    Ok(Exit::Done)
}
