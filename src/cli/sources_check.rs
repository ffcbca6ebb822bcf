//! `sources check`: asks sources, or reads files, once, and says what they are and what is wrong with them; and what is
//! followed.

use super::Form;
use super::context::Context;
use super::report::{Exit, Report, tell};
use crate::pipeline::{Found, Inquiry, Subject, files};
use crate::schedule;
use crate::show;
use samestory_extract::feed;
use samestory_model::{Discreet, Failure, Fault, FeedFormat, ParsedFeed, Source, SourceState, parted};
use samestory_store::Store;
use std::path::Path;
use tokio::runtime::Runtime;
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

/// Asks sources, one command's all by one rate limit.
pub(super) struct Asker<'a> {
    pub(super) inquiry: Inquiry<'a>,
    runtime: Option<Runtime>,
}

impl<'a> Asker<'a> {
    /// Asks nothing yet; over a server by the rate limits that its workers share.
    pub(super) fn new(context: &'a Context, store: Option<&dyn Store>) -> Result<Self, Report> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Report::usage("runtime", error, ""))?;
        let inquiry = Inquiry::new(&context.settings, store, context.now())?;
        Ok(Self { inquiry, runtime: Some(runtime) })
    }

    /// Waits for what is asked.
    pub(super) fn wait<T>(&self, asked: impl Future<Output = T>) -> Option<T> {
        self.runtime.as_ref().map(|runtime| runtime.block_on(asked))
    }

    /// Asks a source once and reads what it sent; nothing of it is stored.
    pub(super) fn ask(&self, source: &Source) -> Result<Found, Failure> {
        let asked = self.wait(self.inquiry.ask(source));
        asked.unwrap_or_else(|| Err(unread(&Discreet::followed(&source.url).to_string())))
    }
}

impl Drop for Asker<'_> {
    fn drop(&mut self) {
        // What was given up may be read for ever: its thread is not waited for.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn unread(subject: &str) -> Failure {
    Failure::new(subject, Fault::Ours, "it was not read", "try it again")
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

/// One thing to check.
enum Checked {
    /// A source, and which rule sets its next poll.
    Asked(String, String),
    /// A file.
    File(String),
    /// A source that is not asked.
    Left(Failure),
}

/// What a source that was named is, as far as it is one that can be asked.
fn subject_of(subject: &str, known: &[(Source, SourceState)]) -> Option<(Subject, String)> {
    let rule = |state: &SourceState| state.rule.as_ref().map_or_else(|| "new".to_owned(), |rule| rule.rule.clone());
    let is_meant = |known: &&(Source, SourceState)| known.0.name.0 == subject || known.0.url.as_str() == subject;
    if let Some((source, state)) = known.iter().find(is_meant) {
        let subject = Subject { source: source.clone(), state: schedule::known(state, source) };
        return Some((subject, rule(state)));
    }
    let url = feed::web_address(subject)?;
    let (url, inside) = parted(&url);
    let source = Source { credentials: inside, ..Source::feed(&shown(subject), url) };
    Some((Subject { source, state: SourceState::default() }, "new".to_owned()))
}

/// Reads a file as a source.
fn read(subject: &str) -> Result<ParsedFeed, Failure> {
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
    feed::feed(&bytes, None, &address).map_err(|error| error.failure())
}

/// Shows what was checked, in the order in which it was named.
struct Showing {
    format: Format,
    failures: Vec<Failure>,
    printed: Result<(), Report>,
}

impl Showing {
    fn show(&mut self, subject: &str, rule: &str, answer: Result<&ParsedFeed, Failure>) {
        let parsed = match answer {
            Ok(parsed) => parsed,
            Err(failure) => return self.failures.push(failure),
        };
        let shown = shown(subject);
        self.failures.extend(page_failure(&shown, parsed));
        self.failures.extend(parsed.failures.iter().cloned());
        let name = feed::format_name(parsed.format);
        let printed = match self.format {
            Format::Json => super::print_as(Form::Json, &show::feed_json(parsed, name, rule, &shown)),
            Format::Table => super::print(&show::feed(parsed, name, rule, &shown)),
        };
        if let (Ok(()), Err(error)) = (&self.printed, printed) {
            self.printed = Err(error);
        }
    }

    /// Shows what needs no asking; `None` where this is to be asked.
    fn show_unasked(&mut self, one: &Checked) -> Option<()> {
        match one {
            Checked::Asked(..) => return None,
            Checked::File(path) => {
                let read = read(path);
                self.show(path, "none: a file is not polled", read.as_ref().map_err(Clone::clone));
            }
            Checked::Left(failure) => self.failures.push(failure.clone()),
        }
        Some(())
    }
}

/// What is to be checked where nothing is named: every source that a pass may ask.
fn every(known: &[(Source, SourceState)]) -> Vec<(Checked, Option<Subject>)> {
    let polled = known.iter().filter(|known| known.0.kind.is_polled() && known.0.enabled);
    let one = |(source, state): &(Source, SourceState)| {
        if state.gone {
            let hint = format!("remove it, or ask it by its name: samestory sources check {}", source.name);
            let failure = Failure::new(&source.name.0, Fault::Publisher, "gone (410), so it is not asked", hint);
            return Some((Checked::Left(failure), None));
        }
        let (subject, rule) = subject_of(&source.name.0, known)?;
        Some((Checked::Asked(source.name.0.clone(), rule), Some(subject)))
    };
    polled.filter_map(one).collect()
}

/// The store as its writer knows it, where something that is asked was added by command.
fn writer(
    context: &Context,
    asked: &[Subject],
    known: &[(Source, SourceState)],
) -> Result<Option<Box<dyn Store>>, Report> {
    let configured = context.settings.followed()?;
    let was_added = |one: &Subject| {
        let is_it = |source: &Source| source.name == one.source.name;
        known.iter().any(|known| is_it(&known.0)) && !configured.iter().any(is_it)
    };
    if context.reader_if_any()?.is_none() || !(context.on_server() || asked.iter().any(was_added)) {
        return Ok(None);
    }
    // A pass may be under way, or the disk full: that keeps nothing from being checked.
    let store = context.place.open();
    if let Err(error) = &store {
        context.say(&format!("note: {error}; sources that were added with a password are asked without it"));
    }
    Ok(store.ok())
}

/// Checks each of these sources, or every one that is followed.
pub(super) fn check(context: &Context, subjects: &[String], format: Format) -> Result<Exit, Report> {
    let known = known(context)?;
    let all = if subjects.is_empty() {
        every(&known)
    } else {
        let one = |subject: &String| match subject_of(subject, &known) {
            Some((asked, rule)) => (Checked::Asked(subject.clone(), rule), Some(asked)),
            None => (Checked::File(subject.clone()), None),
        };
        subjects.iter().map(one).collect()
    };
    let (checked, asked): (Vec<Checked>, Vec<Option<Subject>>) = all.into_iter().unzip();
    let mut asked: Vec<Subject> = asked.into_iter().flatten().collect();
    let mut showing = Showing { format, failures: Vec::new(), printed: Ok(()) };
    let mut left = checked.iter();
    if !asked.is_empty() {
        let store = writer(context, &asked, &known)?;
        let asker = Asker::new(context, store.as_deref())?;
        if let Some(store) = &store {
            // Readers are never shown a password.
            let added = store.sources()?;
            for Subject { source, .. } in &mut asked {
                let kept = added.iter().find(|kept| kept.name == source.name && kept.url == source.url);
                source.credentials = source.credentials.take().or_else(|| kept?.credentials.clone());
            }
            asker.inquiry.know_pauses(&**store, &asked)?;
        }
        // A pass may begin.
        let _store = store.filter(|_| context.on_server());
        asker.wait(asker.inquiry.ask_all(asked, |_, answer| {
            let next = left.by_ref().find(|one| showing.show_unasked(one).is_none());
            if let Some(Checked::Asked(subject, rule)) = next {
                showing.show(subject, rule, answer);
            }
        }));
    }
    for one in left {
        if let (None, Checked::Asked(subject, _)) = (showing.show_unasked(one), one) {
            showing.failures.push(unread(&shown(subject)));
        }
    }
    let Showing { failures, printed, .. } = showing;
    printed?;
    tell(&failures);
    Ok(if failures.is_empty() { Exit::Done } else { Exit::Some })
}
