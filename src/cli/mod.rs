//! The command line: arguments in, one command run, an exit code out. It parses, calls and prints.

mod backup;
mod compact;
mod compare;
mod context;
mod daemon;
mod demo;
mod doctor;
mod eval;
mod explain;
mod extract;
mod form;
mod health;
mod import;
mod init;
mod list;
mod memory;
mod output;
mod pager;
mod progress;
mod publish;
mod recluster;
mod repair;
mod report;
mod restore;
mod run;
mod search;
mod serve;
#[cfg(feature = "serve")]
mod serving;
mod show;
mod signals;
mod sources;
mod sources_check;
mod words;

pub use report::{Exit, Report};

use clap::{CommandFactory, Parser, Subcommand};
use context::Context;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Follows news sources in any language and shows each story once.
#[derive(Debug, Parser)]
#[command(name = "samestory", version, about, max_term_width = 100)]
pub struct Arguments {
    /// Configuration file; holds only what differs from the defaults
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder of the store
    #[arg(long, global = true, value_name = "DIR", env = "SAMESTORY_DATA")]
    data: Option<PathBuf>,
    /// Fixes the clock, for repeatable runs
    #[arg(long, global = true, value_name = "RFC3339")]
    now: Option<jiff::Timestamp>,
    /// Say less
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Print long output straight on, without a pager
    #[arg(long, global = true)]
    no_pager: bool,
    /// Say more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Writes a configuration to begin with; offers the shipped lists of sources
    Init(init::InitArguments),
    /// One scheduled pass: ask what is due, read, understand, cluster, store
    Run(run::RunArguments),
    /// Passes for as long as it lives; stops in order on SIGTERM and SIGINT
    Daemon(daemon::DaemonArguments),
    /// New clustered stories since this reader last looked
    List(list::ListArguments),
    /// One story whole: timeline, articles, versions, addresses
    Show(show::ShowArguments),
    /// Stories in every language for words in one
    Search(search::SearchArguments),
    /// Why a document is where it is, or why two are together or apart
    Explain(explain::ExplainArguments),
    /// A document does not belong with those it stands with
    Split(words::SplitArguments),
    /// Two stories are one, or two articles
    Merge(words::MergeArguments),
    /// A story is right as it is and stays together
    Pin(words::PinArguments),
    /// Two sources never come into one story
    Apart(words::ApartArguments),
    /// What you said with `split`, `merge`, `pin` and `apart`
    Words(words::WordsArguments),
    /// Takes one of your words back
    Undo(words::UndoArguments),
    /// Places the stored window again and says which pairs that gains and loses
    Recluster(recluster::ReclusterArguments),
    /// What is followed: list, add, remove, check, import, export
    Sources(sources::SourcesArguments),
    /// The same pipeline on files: feeds, HTML, text, JSON Lines, WARC, folders of them
    Import(import::ImportArguments),
    /// One page's article, or those of a folder of pages
    Extract(extract::ExtractArguments),
    /// The same pipeline on labelled documents, with scores
    Eval(eval::EvalArguments),
    /// A static site of stories, with an Atom feed and a JSON Feed
    Publish(publish::PublishArguments),
    /// The same over HTTP on loopback, read-only, with a small JSON interface
    Serve(serve::ServeArguments),
    /// What is wrong, and what to do
    Doctor(doctor::DoctorArguments),
    /// A damaged store built anew from what can be read, and what could not be
    Repair,
    /// The store written anew without what is no longer used
    Compact,
    /// Everything in the store as one file
    Backup(backup::BackupArguments),
    /// A backup read into a folder without a store
    Restore(restore::RestoreArguments),
    /// A small world of publishers on loopback, followed for real, start to finish
    Demo(demo::DemoArguments),
    /// Completions for a shell, on stdout
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// The manual page, on stdout
    Man {
        /// Write a page for the program and one for each command into this folder instead
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
}

pub(crate) use output::{Form, print, print_as};

fn dispatch(arguments: Arguments) -> Result<Exit, Report> {
    let Arguments { config, data, now, quiet, no_pager, verbose, command } = arguments;
    let context =
        || Context::new(config.as_deref(), data.clone(), now, quiet, verbose).map(|new| new.unpaged(no_pager));
    match command {
        Command::Init(arguments) => init::run(config.as_deref(), quiet, &arguments),
        Command::Run(arguments) => run::run(&context()?, &arguments),
        Command::Daemon(arguments) => daemon::run(context()?, &arguments),
        Command::List(arguments) => list::run(&context()?, &arguments),
        Command::Show(arguments) => show::run(&context()?, &arguments),
        Command::Search(arguments) => search::run(&context()?, &arguments),
        Command::Explain(arguments) => explain::run(&context()?, &arguments),
        Command::Split(arguments) => words::split(&context()?, &arguments),
        Command::Merge(arguments) => words::merge(&context()?, &arguments),
        Command::Pin(arguments) => words::pin(&context()?, &arguments),
        Command::Apart(arguments) => words::apart(&context()?, &arguments),
        Command::Words(arguments) => words::list(&context()?, &arguments),
        Command::Undo(arguments) => words::undo(&context()?, &arguments),
        Command::Recluster(arguments) => recluster::run(&context()?, &arguments),
        Command::Sources(arguments) => sources::run(&context()?, &arguments),
        Command::Import(arguments) => import::run(&context()?, &arguments),
        Command::Extract(arguments) => extract::run(&context()?, &arguments),
        Command::Eval(arguments) => eval::run(&context()?, &arguments),
        Command::Publish(arguments) => publish::run(&context()?, &arguments),
        Command::Serve(arguments) => serve::run(&context()?, &arguments),
        Command::Doctor(arguments) => doctor::run(&context()?, &arguments),
        Command::Repair => repair::run(&context()?),
        Command::Compact => compact::run(&context()?),
        Command::Backup(arguments) => backup::run(&context()?, &arguments),
        Command::Restore(arguments) => restore::run(&context()?, &arguments),
        Command::Demo(arguments) => demo::run(&context()?, &arguments),
        Command::Completions { shell } => {
            let mut out = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "samestory", &mut out);
            print_as(Form::Own, &String::from_utf8_lossy(&out)).map(|_| Exit::Done)
        }
        Command::Man { dir: Some(folder) } => man_pages(&folder),
        Command::Man { dir: None } => {
            let mut out = Vec::new();
            let rendered = clap_mangen::Man::new(Arguments::command()).render(&mut out);
            rendered.map_err(|error| Report::usage("man", error.to_string(), ""))?;
            print_as(Form::Own, &String::from_utf8_lossy(&out)).map(|_| Exit::Done)
        }
    }
}

/// Writes the manual's pages as `man` looks for them.
fn man_pages(folder: &std::path::Path) -> Result<Exit, Report> {
    let failed = |error: std::io::Error| {
        Report::usage(folder.display(), error, "give a folder that you may write, such as ~/.local/share/man/man1")
    };
    std::fs::create_dir_all(folder).map_err(failed)?;
    clap_mangen::generate_to(Arguments::command(), folder).map_err(failed)?;
    Ok(Exit::Done)
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.code() } else { Exit::Done.code() };
        }
    };
    let daemon = match &arguments.command {
        Command::Daemon(daemon) => Some(daemon.log),
        _ => None,
    };
    let level = match (arguments.quiet, arguments.verbose) {
        (true, _) => "error",
        (_, 0) if daemon.is_none() => "warn",
        (_, 0 | 1) => "info",
        _ => "debug",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_env("SAMESTORY_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(format!("samestory={level}")));
    // Colours are escapes, and what goes through the log may come from strangers.
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false);
    let _ = match daemon {
        Some(daemon::Log::Json) => {
            log.with_writer(|| output::Log::of(Form::Json)).json().flatten_event(true).try_init()
        }
        Some(daemon::Log::Human) => log.with_writer(|| output::Log::of(Form::Plain)).with_target(false).try_init(),
        None => log.with_writer(|| output::Log::of(Form::Plain)).try_init(),
    };
    // sled 0.34 meets some kinds of damage, and a disk that fails under it, with a panic: reported as what it is.
    let of_sled = Arc::new(AtomicBool::new(false));
    let (seen, usual) = (Arc::clone(&of_sled), std::panic::take_hook());
    std::panic::set_hook(Box::new(move |panic| {
        if panic.location().is_some_and(|at| at.file().contains("/sled-")) {
            seen.store(true, Ordering::Relaxed);
        } else {
            usual(panic);
        }
    }));
    let done = std::panic::catch_unwind(AssertUnwindSafe(|| dispatch(arguments)));
    match done {
        Ok(Ok(exit)) => exit.code(),
        Ok(Err(report)) => print_report(&report),
        Err(_) if of_sled.load(Ordering::Relaxed) => print_report(&Report::database()),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

fn print_report(report: &Report) -> ExitCode {
    output::say_line(report.to_string().trim_end());
    report.exit.code()
}
