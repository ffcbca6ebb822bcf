//! `sources check`: asks a source, or reads a file, once, and says what it is and what is wrong with it; and what is followed.

use super::Form;
use super::context::Context;
use super::report::{Exit, Report, tell};
use crate::fetch::{Fetched, Fetcher, Request, Response, Want};
use crate::pipeline::files;
use crate::show;
use samestory_extract::feed;
use samestory_model::{Discreet, Failure, Fault, FeedFormat, ParsedFeed, Source, SourceState, parted};
use std::path::Path;
use url::Url;

/// Forms of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For a person.
    Table,
    /// One object (`check`: one a line).
    Json,
}

/// What is followed with what is known of it, read beside the store's writers.
pub(super) fn known(context: &Context) -> Result<Vec<(Source, SourceState)>, Report> {
    let mut sources: Vec<_> = match context.reader_if_any()? {
        Some(reader) => reader.sources().cloned().collect(),
        None => Vec::new(),
    };
    for source in context.settings.followed()? {
        match sources.iter_mut().find(|known| known.0.name == source.name) {
            Some(known) => known.0 = source,
            None => sources.push((source, SourceState::default())),
        }
    }
    sources.sort_by(|a, b| a.0.name.cmp(&b.0.name));
    Ok(sources)
}

/// Asks a source once and reads what it sent; nothing is stored.
pub(super) fn ask(context: &Context, source: &Source) -> Result<ParsedFeed, Failure> {
    let fetcher = Fetcher::new(&context.settings.fetch).map_err(|error| error.failure())?;
    let ours = |what: String| Failure::new(Discreet::followed(&source.url), Fault::Ours, what, "");
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| ours(error.to_string()))?;
    let request = Request::of_source(source, source.url.clone(), Want::of_kind(source.kind));
    match runtime.block_on(fetcher.get(request, context.now())).map_err(|error| error.failure())? {
        Fetched::Fresh(Response { answer, body, content_type, .. }) => {
            feed::source(&body, content_type.as_deref(), &answer.url, source).map_err(|error| {
                let failure = error.failure();
                Failure { subject: Discreet::within(&failure.subject, &answer.url), ..failure }
            })
        }
        Fetched::NotModified(_) => Err(ours("answered 304 to a plain question".to_owned())),
    }
}

/// A page where a feed should be, as a failure that names the feeds it links to.
pub(super) fn page_failure(subject: &str, parsed: &ParsedFeed) -> Option<Failure> {
    (parsed.format == FeedFormat::Html).then(|| feed::page_for_a_feed(subject, parsed))
}

/// What was given to be checked, as it may be said again.
pub(super) fn shown(subject: &str) -> String {
    // A name or a path has none of these signs; an address that was mistyped may hold a password beside one.
    let may_hold = subject.contains("://") || subject.contains(['@', '?', '=']);
    if may_hold { Discreet::given(subject).into() } else { subject.to_owned() }
}

/// One thing to check: where it is read from, and which rule sets its next poll.
fn check_one(
    context: &Context,
    subject: &str,
    known: &[(Source, SourceState)],
) -> Result<(ParsedFeed, String), Failure> {
    let rule = |state: &SourceState| state.rule.as_ref().map_or_else(|| "new".to_owned(), |rule| rule.rule.clone());
    if let Some((source, state)) =
        known.iter().find(|known| known.0.name.0 == subject || known.0.url.as_str() == subject)
    {
        return ask(context, source).map(|parsed| (parsed, rule(state)));
    }
    if let Some(url) = feed::web_address(subject) {
        let (url, inside) = parted(&url);
        let source = Source { credentials: inside, ..Source::feed(&shown(subject), url) };
        return ask(context, &source).map(|parsed| (parsed, "new".to_owned()));
    }
    let path = Path::new(subject);
    let bytes = files::bytes_of(path).map_err(|error| {
        Failure::new(
            shown(subject),
            Fault::Configuration,
            error.to_string(),
            "give the name of a source, an address with https://, or a file",
        )
    })?;
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let address = Url::from_file_path(whole).unwrap_or_else(|()| Url::parse("file:///").expect("a constant"));
    feed::feed(&bytes, None, &address)
        .map(|parsed| (parsed, "none: a file is not polled".to_owned()))
        .map_err(|error| error.failure())
}

/// Checks each of these sources, or every one that is followed.
pub(super) fn check(context: &Context, subjects: &[String], format: Format) -> Result<Exit, Report> {
    let known = known(context)?;
    let all: Vec<String> =
        known.iter().filter(|known| known.0.kind.is_polled()).map(|known| known.0.name.0.clone()).collect();
    let mut failures = Vec::new();
    for subject in if subjects.is_empty() { &all } else { subjects } {
        match check_one(context, subject, &known) {
            Ok((parsed, rule)) => {
                let shown = shown(subject);
                failures.extend(page_failure(&shown, &parsed));
                failures.extend(parsed.failures.iter().cloned());
                let name = feed::format_name(parsed.format);
                match format {
                    Format::Json => super::print_as(Form::Json, &show::feed_json(&parsed, name, &rule, &shown))?,
                    Format::Table => super::print(&show::feed(&parsed, name, &rule, &shown))?,
                };
            }
            Err(failure) => failures.push(failure),
        }
    }
    tell(&failures);
    Ok(if failures.is_empty() { Exit::Done } else { Exit::Some })
}
