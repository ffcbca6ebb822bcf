//! `samestory list`: new clustered stories since this reader last looked.

use super::Form;
use super::context::Context;
use super::form::languages;
use super::report::{Exit, Report, say};
use crate::show;
use jiff::{SignedDuration, Timestamp};
use samestory_model::StoryView;
use samestory_store::{Choice, Cursor, Left, cursor, cursor_moved, move_cursor, since_then, unseen};

/// Forms in which stories are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For a terminal.
    Table,
    /// One object.
    Json,
    /// One story a line.
    Jsonl,
    /// For mail and notes.
    Markdown,
    /// An Atom feed.
    Atom,
    /// A JSON Feed 1.1.
    Jsonfeed,
}

/// Arguments of `list`.
#[derive(Debug, clap::Args)]
pub struct ListArguments {
    /// Whose cursor
    #[arg(long, value_name = "NAME", default_value = "default")]
    reader: String,
    /// Do not move the cursor
    #[arg(long)]
    peek: bool,
    /// Published since then, instead of the cursor: all, 24h, 7d or an RFC 3339 time
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// Only stories told in one of these languages
    #[arg(long, value_name = "CODES", value_delimiter = ',')]
    lang: Vec<String>,
    /// Only stories told by one of these sources
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    source: Vec<String>,
    /// Only stories told in more than one language
    #[arg(long)]
    translated: bool,
    /// Only stories with at least so many reports
    #[arg(long, value_name = "N", default_value_t = 1)]
    min_articles: usize,
    /// At most so many stories; the rest comes with the next call
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Only stories with all these words in one of their headlines
    #[arg(long, value_name = "WORDS")]
    query: Option<String>,
    /// Form of the output
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

/// The time from which on stories are wanted.
pub(super) fn since(when: &str, now: Timestamp) -> Result<Timestamp, Report> {
    let wrong =
        || Report::usage("--since", format!("`{when}` is no time"), "write all, 24h, 7d or 2026-11-24T06:00:00Z");
    if when == "all" {
        return Ok(Timestamp::MIN);
    }
    let span = |hours: i64| {
        let number = when[..when.len() - 1].parse::<u32>().map_err(|_| wrong())?;
        Ok(now.checked_sub(SignedDuration::from_hours(hours * i64::from(number))).unwrap_or(Timestamp::MIN))
    };
    match when.chars().last() {
        Some('h') => span(1),
        Some('d') => span(24),
        _ => when.parse().map_err(|_| wrong()),
    }
}

/// Lists stories and moves the reader's cursor.
pub fn run(context: &Context, arguments: &ListArguments) -> Result<Exit, Report> {
    let filter = show::Filter {
        languages: languages("--lang", &arguments.lang)?,
        sources: arguments.source.clone(),
        words: arguments.query.as_deref().map(show::Filter::words_of).unwrap_or_default(),
        translated: arguments.translated,
        min_articles: arguments.min_articles,
    };
    let now = context.now();
    let from = arguments.since.as_deref().map(|when| since(when, now)).transpose()?;
    let reader = context.reader()?;
    let at = match from {
        Some(_) => Cursor::default(),
        None => cursor(&context.place, &arguments.reader)?,
    };
    // A cursor beyond the store belongs to one that stood here before.
    let at = Some(at).filter(|at| at.sequence <= reader.sequence()).unwrap_or_default();
    let wanted = |story: &StoryView| filter.wants(story);
    let limit = arguments.limit.unwrap_or(usize::MAX);
    let Choice { shown, left, moved } = match from {
        Some(from) => since_then(&reader, from, limit, &wanted)?,
        None => unseen(&reader, &at, limit, &wanted)?,
    };
    let style = context.style();
    let text = match arguments.format {
        Format::Table if shown.is_empty() => String::new(),
        Format::Table => show::table(&shown, &style),
        Format::Json => show::json(&shown, &reader.sequence().to_string()),
        Format::Jsonl => show::jsonl(&shown),
        Format::Markdown => show::markdown(&shown, &style.reading),
        Format::Atom => show::atom(&shown, &style.reading, now),
        Format::Jsonfeed => show::json_feed(&shown, &style.reading, &show::FeedPlace::default()),
    };
    let printed = match arguments.format {
        Format::Table => context.page(&text)?,
        Format::Markdown | Format::Atom => super::print_as(Form::Markup, &text)?,
        Format::Json | Format::Jsonl | Format::Jsonfeed => super::print_as(Form::Json, &text)?,
    };
    // The stories were printed: a reader on a read-only disk sees them again, and is told why.
    if printed
        && from.is_none()
        && !arguments.peek
        && moved != at
        && let Err(error) = move_cursor(&context.place, &arguments.reader, &moved)
    {
        say!("note: these stories will be listed again: {error}");
    }
    if !context.quiet && arguments.format == Format::Table {
        if shown.is_empty() {
            let seen = cursor_moved(&context.place, &arguments.reader).filter(|_| context.fixed().is_none());
            say!("{}", nothing(&reader, from.is_some(), seen, now));
        } else if let Left::Some(left @ 1..) = left {
            say!("{left} more wait; the next call shows them");
        } else if left == Left::Many {
            say!("many more wait; the next call shows the next of them");
        }
    }
    Ok(Exit::Done)
}

/// Why there is nothing to see, and what may be wrong.
fn nothing(reader: &samestory_store::Reader, timed: bool, seen: Option<Timestamp>, now: Timestamp) -> String {
    let failing = reader.sources().filter(|(source, state)| source.enabled && state.errors > 0).count();
    let all = reader.holds().stories;
    let mut out = match (timed, all) {
        (_, 0) => "no stories yet: samestory run".to_owned(),
        (true, _) => "no story matches".to_owned(),
        (false, all) => {
            let form = if seen.is_some_and(|at| now.duration_since(at).as_hours() < 20) { "%H:%M" } else { "%Y-%m-%d" };
            let zone = jiff::tz::TimeZone::system();
            let since = seen.map(|at| format!(" since {}", at.to_zoned(zone).strftime(form))).unwrap_or_default();
            format!("no new stories{since} ({all} in the store: samestory list --since all)")
        }
    };
    if failing > 0 {
        let sources = if failing == 1 { "source is" } else { "sources are" };
        out.push_str(&format!("; {failing} {sources} failing: samestory doctor"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_reads_spans_and_times() {
        let now: Timestamp = "2026-11-24T12:00:00Z".parse().expect("a time");
        let read = |when: &str| since(when, now).map(|time| time.to_string()).unwrap_or_default();
        assert_eq!(read("24h"), "2026-11-23T12:00:00Z");
        assert_eq!(read("7d"), "2026-11-17T12:00:00Z");
        assert_eq!(read("2026-11-24T06:00:00+07:00"), "2026-11-23T23:00:00Z");
        for wrong in ["yesterday", "h", "", "xd", "-3h"] {
            assert!(since(wrong, now).is_err(), "{wrong}");
        }
    }
}
