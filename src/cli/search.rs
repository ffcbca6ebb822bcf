//! `samestory search`: stories in every language for words in one.

use super::context::Context;
use super::list::since;
use super::report::{Exit, Report, say};
use crate::model::{Lang, StoryView};
use crate::search::{Found, Query, Search};
use crate::show;
use crate::understand::{Detector, Understanding};
use jiff::{SignedDuration, Timestamp};

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

/// Looks through the stories of a time, one after the other, and prints the best.
pub fn run(context: &Context, arguments: &SearchArguments) -> Result<Exit, Report> {
    let languages = super::list::languages(&arguments.lang)?;
    let now = context.now();
    let days = i64::from(context.settings.cluster.window_days);
    let usual = now.checked_sub(SignedDuration::from_hours(24 * days)).unwrap_or(Timestamp::MIN);
    let from = arguments.since.as_deref().map_or(Ok(usual), |when| since(when, now))?;
    let text = arguments.words.join(" ");
    let reader = context.reader()?;
    let understanding = Understanding::shipped(&context.settings.understand)?;
    let lang = Detector::shipped()?.detect(&text).map(|pair| pair.0);
    let mut search = Search::new(Query::new(&text, understanding.wanted(&text)?, lang), now);
    let told =
        |story: &StoryView| languages.is_empty() || story.languages.iter().any(|lang: &Lang| languages.contains(lang));
    for head in reader.published_since(from) {
        let view = reader.view(&head?)?.view;
        if !told(&view) {
            continue;
        }
        for shown in view.articles.iter().flat_map(|article| &article.documents) {
            if let Some((document, features)) = reader.text(shown.document)? {
                search.look(view.story, &document, &features);
            }
        }
    }
    let seen = search.seen();
    let mut stories: Vec<(StoryView, Found)> = Vec::new();
    let found = search.done();
    for one in found.iter().take(arguments.limit) {
        if let Some(listed) = reader.story(one.story)? {
            stories.push((listed.view, *one));
        }
    }
    super::print(&match arguments.format {
        Format::Table => show::found(&stories, &context.style()),
        Format::Json => show::found_json(&stories),
        Format::Jsonl => show::found_jsonl(&stories),
    })?;
    if !context.quiet && arguments.format == Format::Table {
        let since = if from == Timestamp::MIN { "all".to_owned() } else { from.strftime("since %Y-%m-%d").to_string() };
        let more = if from == Timestamp::MIN { "" } else { "; --since all looks at everything" };
        match found.len() {
            0 => say!("nothing found among {seen} texts ({since}){more}"),
            all => say!("{} of {all} stories, found among {seen} texts ({since}){more}", stories.len()),
        }
    }
    Ok(Exit::Done)
}
