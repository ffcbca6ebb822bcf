//! `samestory search`: stories in every language for words in one.

use super::Form;
use super::context::Context;
use super::list::since;
use super::report::{Exit, Report, say};
use crate::pipeline::search::{Hits, search};
use crate::show;
use jiff::{SignedDuration, Timestamp};
use samestory_understand::Understanding;

/// Forms in which what was found is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For a terminal.
    Table,
    /// One object.
    Json,
    /// One story a line.
    Jsonl,
}

/// Arguments of `search`.
#[derive(Debug, clap::Args)]
pub struct SearchArguments {
    /// What to look for, in any language: a few words or a whole headline
    #[arg(required = true, value_name = "WORDS")]
    words: Vec<String>,
    /// Only stories told in one of these languages
    #[arg(long, value_name = "CODES", value_delimiter = ',')]
    lang: Vec<String>,
    /// Published since then: all, 24h, 7d or an RFC 3339 time; `cluster.window_days` where absent
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// At most so many stories
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// Form of the output
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

/// Searches and prints the best.
pub fn run(context: &Context, arguments: &SearchArguments) -> Result<Exit, Report> {
    let languages = super::form::languages("--lang", &arguments.lang)?;
    let now = context.now();
    let days = i64::from(context.settings.cluster.window_days);
    let usual = now.checked_sub(SignedDuration::from_hours(24 * days)).unwrap_or(Timestamp::MIN);
    let from = arguments.since.as_deref().map_or(Ok(usual), |when| since(when, now))?;
    let text = arguments.words.join(" ");
    let reader = context.reader()?;
    let understanding = Understanding::shipped(&context.settings.understand)?;
    let Hits { stories, all, seen } = search(&reader, &understanding, &text, &languages, from, now, arguments.limit)?;
    match arguments.format {
        Format::Table => super::print_as(Form::Styled, &show::found(&stories, &context.style()))?,
        Format::Json => super::print_as(Form::Json, &show::found_json(&stories))?,
        Format::Jsonl => super::print_as(Form::Json, &show::found_jsonl(&stories))?,
    };
    if !context.quiet && arguments.format == Format::Table {
        let since = if from == Timestamp::MIN { "all".to_owned() } else { from.strftime("since %Y-%m-%d").to_string() };
        let more = if from == Timestamp::MIN { "" } else { "; --since all looks at everything" };
        match all {
            0 => say!("nothing found among {seen} texts ({since}){more}"),
            all => say!("{} of {all} stories, found among {seen} texts ({since}){more}", stories.len()),
        }
    }
    Ok(Exit::Done)
}
