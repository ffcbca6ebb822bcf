//! `samestory sources`: what is followed: list, add, remove, check, import, export.

use super::Form;
use super::context::Context;
use super::report::{Exit, Report, say, tell};
use super::sources_check::{Asker, Format, check, known, page_failure, shown};
use crate::pipeline::{Found, Subject, are_twins, files};
use crate::show;
use samestory_extract::feed;
use samestory_model::{
    Discreet, Failure, Fault, FeedFormat, Lang, Source, SourceId, SourceKind, SourceState, into_nfc, name_of, parted,
};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use url::Url;

/// Arguments of `sources`.
#[derive(Debug, clap::Args)]
pub struct SourcesArguments {
    #[command(subcommand)]
    command: SourcesCommand,
}

#[derive(Debug, clap::Subcommand)]
enum SourcesCommand {
    /// What is followed, when each is asked next, and by which rule
    List {
        /// Form of the output
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
    /// Checks an address and follows it
    Add(AddArguments),
    /// Stops following a source; what it brought stays
    Remove {
        /// The source's name, as `list` shows it
        name: String,
    },
    /// Asks or reads a source and shows what it holds; stores nothing
    Check {
        /// Names, addresses or files; every source where none is given
        #[arg(value_name = "NAME|URL|FILE")]
        subjects: Vec<String>,
        /// Form of the output
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
    /// Follows every source of an OPML file or of a TOML file with `[[sources]]`
    Import {
        /// The file
        #[arg(value_name = "FILE.opml")]
        file: PathBuf,
    },
    /// Everything that is followed, as OPML on stdout; users and passwords are left out
    Export,
}

#[derive(Debug, clap::Args)]
struct AddArguments {
    /// The address of a feed, sitemap or listing page, or the path of a folder
    url: String,
    /// What to call it; made from the address where absent
    #[arg(long)]
    name: Option<String>,
    #[arg(long, default_value = SourceKind::default().as_str(), help = kind_help())]
    kind: String,
    /// Its language, where it does not say it
    #[arg(long, value_name = "CODE")]
    lang: Option<String>,
    /// A tag; may be given several times
    #[arg(long)]
    tag: Vec<String>,
    /// Listing pages: only links whose address contains this (`*` matches any run)
    #[arg(long, value_name = "PATTERN")]
    link_pattern: Option<String>,
    /// Listing pages: CSS selector of the article links
    #[arg(long, value_name = "SELECTOR")]
    link_selector: Option<String>,
    /// Do not ask the address first
    #[arg(long)]
    unchecked: bool,
}

/// Runs one of the subcommands.
pub fn run(context: &Context, arguments: &SourcesArguments) -> Result<Exit, Report> {
    match &arguments.command {
        SourcesCommand::List { format } => list(context, *format),
        SourcesCommand::Add(arguments) => add(context, arguments),
        SourcesCommand::Remove { name } => remove(context, name),
        SourcesCommand::Check { subjects, format } => check(context, subjects, *format),
        SourcesCommand::Import { file } => import(context, file),
        SourcesCommand::Export => {
            let (sources, titles): (Vec<Source>, Vec<Option<String>>) =
                known(context)?.into_iter().map(|(source, state)| (source, state.feed_title)).unzip();
            super::print_as(Form::Markup, &feed::opml::write_titled(&sources, &titles)).map(|_| Exit::Done)
        }
    }
}

fn list(context: &Context, format: Format) -> Result<Exit, Report> {
    let sources = known(context)?;
    if sources.is_empty() && format == Format::Table && !context.quiet {
        say!("nothing is followed yet: samestory sources add URL, or sources import FILE.opml");
    }
    match format {
        Format::Table => super::print(&show::sources(&sources, context.now()))?,
        Format::Json => super::print_as(Form::Json, &show::sources_json(&sources))?,
    };
    Ok(Exit::Done)
}

fn kind_help() -> String {
    format!("What is there: {}", SourceKind::choices())
}

fn kind_of(name: &str) -> Result<SourceKind, Report> {
    SourceKind::from_name(name)
        .ok_or_else(|| Report::usage("--kind", format!("`{name}` is no kind of source"), SourceKind::choices()))
}

/// The source that the arguments describe.
fn described(arguments: &AddArguments) -> Result<Source, Report> {
    let path = Path::new(&arguments.url);
    let kind = if path.is_dir() { SourceKind::Folder } else { kind_of(&arguments.kind)? };
    let url = if kind.is_folder() {
        let whole = std::path::absolute(path)
            .map_err(|error| Report::usage(&arguments.url, error, "write the folder's path"))?;
        Url::from_directory_path(whole)
            .map_err(|()| Report::usage(&arguments.url, "this is no path", "write the folder's path"))?
    } else {
        feed::web_address(&arguments.url).ok_or_else(|| {
            Report::usage(shown(&arguments.url), "this is no address", "write it whole, with https://")
        })?
    };
    let (url, inside) = parted(&url);
    let name = arguments.name.clone().map_or_else(|| name_of(&url), into_nfc);
    let lang = arguments
        .lang
        .as_deref()
        .map(|tag| {
            Lang::parse(tag).ok_or_else(|| {
                Report::usage("--lang", format!("`{tag}` is no language"), "write a BCP 47 tag such as vi")
            })
        })
        .transpose()?;
    let mut source = Source::feed(&name, url);
    source.kind = kind;
    source.credentials = inside;
    source.lang = lang;
    source.tags = arguments.tag.iter().cloned().map(into_nfc).collect();
    source.link_pattern.clone_from(&arguments.link_pattern);
    source.link_selector.clone_from(&arguments.link_selector);
    if kind.needs_link_rule() && source.link_pattern.is_none() && source.link_selector.is_none() {
        return Err(Report::usage(
            shown(&arguments.url),
            "a listing page needs to know which links are articles",
            "add --link-pattern or --link-selector",
        ));
    }
    Ok(source)
}

/// Refuses a source whose name or address is followed already.
fn refuse_second(context: &Context, source: &Source) -> Result<(), Report> {
    let fresh = (source, &SourceState::default());
    let is_same = |other: &&(Source, SourceState)| {
        other.0.name == source.name || other.0.url == source.url || are_twins((&other.0, &other.1), fresh)
    };
    if let Some(other) = known(context)?.iter().find(is_same) {
        let hint = "give another --name, or remove the other one first";
        return Err(Report::usage(
            &source.name,
            format!("followed already, as {} at {}", other.0.name, Discreet::followed(&other.0.url)),
            hint,
        ));
    }
    Ok(())
}

fn add(context: &Context, arguments: &AddArguments) -> Result<Exit, Report> {
    let mut source = described(arguments)?;
    refuse_second(context, &source)?;
    // Before anything is asked: a publisher's answer is not thrown away because it cannot be stored.
    let store = context.store_after_a_pass()?;
    if !source.kind.is_polled() || arguments.unchecked {
        store.put_sources(std::slice::from_ref(&source))?;
    } else {
        refuse_second(context, &source)?;
        let asker = Asker::new(context, Some(&*store))?;
        let unanswered = |mut failure: Failure| {
            let more = "to follow it all the same: --unchecked";
            failure.hint = if failure.hint.is_empty() { more.to_owned() } else { format!("{}; {more}", failure.hint) };
            asker.inquiry.keep_pauses(&*store).map_or_else(Report::from, |()| Report::failed(&failure))
        };
        let ask = |source: &Source| -> Result<Found, Report> {
            let subject = Subject { source: source.clone(), state: SourceState::default() };
            asker.inquiry.know_pauses(&*store, &[subject])?;
            asker.ask(source).map_err(unanswered)
        };
        let mut found = ask(&source)?;
        // A page that names one feed means that one; of several a person has to choose.
        if let ([feed], FeedFormat::Html, true) =
            (found.feed.discovered.as_slice(), found.feed.format, source.kind.follows_autodiscovery())
        {
            let page = Discreet::followed(&source.url);
            context.say(&format!("{page} is a page; it links to {}", show::inert(feed.as_str())));
            if arguments.name.is_none() {
                source.name = SourceId(name_of(feed));
            }
            let feed = parted(feed).0;
            // The password that a page was asked with goes to no other origin.
            if feed.origin() != source.url.origin() && source.credentials.take().is_some() {
                context.say("note: that is another origin, so the user and password of the page are not used there");
            }
            source.url = feed;
            refuse_second(context, &source)?;
            found = ask(&source)?;
        }
        if let Some(failure) = page_failure(&String::from(Discreet::followed(&source.url)), &found.feed) {
            return Err(Report::failed(&failure));
        }
        if !context.quiet {
            let title = found.feed.title.as_deref().unwrap_or("without a title");
            let (format, items) = (feed::format_name(found.feed.format), found.feed.items.len());
            say!("{}: {format}, {items} items", show::inert(title));
        }
        let summary = asker.inquiry.follow(&*store, &source, found)?;
        tell(&summary.lost);
        summary.rests.iter().for_each(|rest| context.say(&format!("note: {}", show::inert(&rest.to_string()))));
    }
    if !context.quiet {
        say!("following {} as {}", Discreet::followed(&source.url), show::inert(&source.name.0));
    }
    Ok(Exit::Done)
}

fn remove(context: &Context, name: &str) -> Result<Exit, Report> {
    if context.settings.followed()?.iter().any(|source| source.name.0 == name) {
        return Err(Report::usage(
            name,
            "this source stands in the configuration",
            "take it out of the file, or set enabled = false there",
        ));
    }
    if !context.store_after_a_pass()?.remove_source(&SourceId(name.to_owned()))? {
        return Err(Report::usage(shown(name), "no source has this name", "samestory sources list shows the names"));
    }
    if !context.quiet {
        say!("not following {} any more; what it brought stays", show::inert(name));
    }
    Ok(Exit::Done)
}

/// Bytes of a list in TOML: enough for 20,000 sources, and values take forty times what they take as text.
const LARGEST_TOML: usize = 4 << 20;

fn import(context: &Context, file: &Path) -> Result<Exit, Report> {
    let name = file.display().to_string();
    let bytes = files::bytes_of(file).map_err(|error| Report::usage(&name, error, "check the path"))?;
    let text = samestory_model::markup::decode(&bytes, None, None).text;
    let (sources, bad) = if text.trim_start().starts_with('<') {
        feed::opml::read(&text)
    } else {
        if text.len() > LARGEST_TOML {
            let why = format!("the list is larger than {} MiB, the most that is read of TOML", LARGEST_TOML >> 20);
            return Err(Report::usage(&name, why, "split it, or give it as OPML"));
        }
        // A list may come from a stranger, whatever its form: none makes this program read files.
        let (all, wrong) = crate::config::Settings::listed(&text, &name)?;
        let (mut web, others): (Vec<_>, Vec<_>) = all
            .into_iter()
            .map(|one| Source { url: feed::web_address(one.url.as_str()).unwrap_or_else(|| one.url.clone()), ..one })
            .partition(|one| matches!(one.url.scheme(), "http" | "https"));
        let what = "only http and https are taken from a list; add a folder by its path: samestory sources add";
        let others = others.iter().map(|one| {
            let scheme = one.url.scheme();
            format!("`{}` is not followed: `{scheme}:` is no address on the web, and {what}", one.url)
        });
        let mut bad: Vec<String> = wrong.iter().map(ToString::to_string).chain(others).collect();
        let (most, found) = (feed::opml::MOST_SOURCES, web.len());
        if found > most {
            web.truncate(most);
            bad.push(format!("it holds {} sources more than {most}, the most that are taken of a list", found - most));
        }
        web.iter_mut().for_each(feed::opml::shorten);
        (web, bad)
    };
    if sources.is_empty() {
        let hint = "OPML with xmlUrl, or TOML with [[sources]]";
        return Err(Report::usage(&name, bad.first().map_or("no source in it", String::as_str), hint));
    }
    let store = context.store_after_a_pass()?;
    let kept = context.sources(&*store)?;
    let mut fresh: Vec<Source> = Vec::new();
    let mut addresses: HashSet<Url> = kept.iter().map(|source| source.url.clone()).collect();
    let mut names: HashMap<String, usize> = kept.iter().map(|source| (source.name.0.clone(), 1)).collect();
    for mut source in sources {
        if addresses.insert(source.url.clone()) {
            source.name.0 = feed::opml::free_name(&source.name.0, &mut names);
            fresh.push(source);
        }
    }
    store.put_sources(&fresh)?;
    if !context.quiet {
        say!("following {} more sources ({} in all)", fresh.len(), kept.len() + fresh.len());
    }
    let failures: Vec<Failure> = bad
        .into_iter()
        .map(|why| Failure::new(&name, Fault::Configuration, why, "the other sources of the file are followed"))
        .collect();
    tell(&failures);
    Ok(if failures.is_empty() { Exit::Done } else { Exit::Some })
}
