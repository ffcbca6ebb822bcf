//! `samestory publish`: stories as a site of files and as feeds.

use super::context::Context;
use super::form::languages;
use super::report::{Exit, Report};
use crate::publish::{PublishError, publish};
use crate::show::Filter;
use std::path::PathBuf;

/// Arguments of `publish`.
#[derive(Debug, clap::Args)]
pub struct PublishArguments {
    /// Folder of the site; only files that samestory wrote there are replaced or removed
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Only stories told in one of these languages
    #[arg(long, value_name = "CODES", value_delimiter = ',')]
    lang: Vec<String>,
    /// Only stories told by one of these sources
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    source: Vec<String>,
    /// Only stories with all these words in one of their headlines
    #[arg(long, value_name = "WORDS")]
    query: Option<String>,
}

impl From<PublishError> for Report {
    fn from(error: PublishError) -> Self {
        match error {
            PublishError::Store(error) => error.into(),
            PublishError::Disk { .. } => Self::usage("publish", error, "give a folder that can be written to"),
            PublishError::Foreign { .. } => Self::usage("publish", error, "give a new or empty folder"),
        }
    }
}

/// Writes the site.
pub fn run(context: &Context, arguments: &PublishArguments) -> Result<Exit, Report> {
    let filter = Filter {
        languages: languages("--lang", &arguments.lang)?,
        sources: arguments.source.clone(),
        words: arguments.query.as_deref().map(Filter::words_of).unwrap_or_default(),
        ..Filter::default()
    };
    let (reader, settings) = (context.reader()?, &context.settings.publish);
    let reading = context.style().reading;
    let done = publish(&reader, &arguments.folder, &filter, &reading, context.now(), settings)?;
    context.say(&format!(
        "{}: {} stories; {} files written, {} removed",
        arguments.folder.display(),
        done.stories,
        done.written,
        done.removed
    ));
    Ok(Exit::Done)
}
