//! `samestory demo`: a small invented world, followed for real, start to finish.

use super::context::Context;
use super::progress::Bar;
use super::report::{Exit, Report, say, tell};
use super::run::{one_pass, summary_line};
use crate::demo::{DemoError, World, compare, compare_sources};
use crate::show;
use samestory_model::{DocumentView, Role, StoryView};
use samestory_store::{Reader, SledStore};
use samestory_understand::Understanding;
use std::path::PathBuf;

/// Arguments of `demo`.
#[derive(Debug, clap::Args)]
pub struct DemoArguments {
    /// Keep the demo's store in this folder, which must be new or empty
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

impl From<DemoError> for Report {
    fn from(error: DemoError) -> Self {
        Report::usage("demo", &error, error.hint())
    }
}

/// Where the demo's store lies: a folder that is thrown away, or the one to keep.
fn folder(keep: Option<&PathBuf>) -> Result<(PathBuf, Option<tempfile::TempDir>), Report> {
    if let Some(folder) = keep {
        if std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(Report::usage(folder.display(), "this folder is not empty", "give --keep a new one"));
        }
        return Ok((folder.clone(), None));
    }
    let scratch =
        tempfile::tempdir().map_err(|error| Report::usage("demo", error, "set TMPDIR to a folder with room"))?;
    Ok((scratch.path().to_owned(), Some(scratch)))
}

/// A document whose placement is worth explaining: a translation that only its text gave away.
fn telling(stories: &[StoryView]) -> Option<(&DocumentView, &StoryView)> {
    let all = || {
        stories.iter().flat_map(|story| {
            let versions = story.articles.iter().flat_map(|article| &article.documents);
            versions.map(move |version| (version, story))
        })
    };
    let learned = |version: &DocumentView| version.signals.first().is_some_and(|one| one.score.is_some());
    all()
        .filter(|(version, _)| version.role == Role::Translation && learned(version))
        .max_by_key(|(version, _)| version.signals.len())
        .or_else(|| all().find(|(version, _)| !version.signals.is_empty()))
}

/// Serves the world, follows it in two passes, shows and checks what came of it.
pub fn run(context: &Context, arguments: &DemoArguments) -> Result<Exit, Report> {
    let (data, _scratch) = folder(arguments.keep.as_ref())?;
    let serving = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let serving = serving.map_err(|error| Report::usage("runtime", error, ""))?;
    let running = serving.block_on(World::load().serve())?;
    let world = running.world().clone();
    let settings = world.settings(&running.addr);
    let sources = settings.followed()?;
    let truth = world.truth();
    if !context.quiet {
        say!(
            "An invented world on {}: {} sources, {} texts in {} languages, {} stories. Nothing in it ever happened.\n",
            running.addr,
            sources.len(),
            truth.documents.len(),
            truth.languages(),
            truth.stories()
        );
    }
    let store = SledStore::open(&data)?;
    let understanding = Understanding::shipped(&settings.understand)?;
    let mut differences = Vec::new();
    for pass in 1..=2 {
        running.set_pass(pass);
        let before = running.requests().len();
        let bar = Bar::new(context.quiet);
        let summary = one_pass(&settings, &store, &understanding, &sources, World::now(pass), false, &bar)?;
        let asked = running.requests().len() - before;
        if !context.quiet {
            say!("pass {pass} at {}", World::now(pass));
            tell(&summary.failures);
            tell(&summary.lost);
            say!("{}; {asked} requests\n", summary_line(&summary));
        }
        let reader = Reader::open(&data)?;
        let failing: Vec<String> = reader
            .sources()
            .filter(|(_, state)| state.errors > 0 || state.gone)
            .map(|(source, _)| source.name.0.clone())
            .collect();
        differences.extend(compare_sources(failing.iter().map(String::as_str), &truth, pass));
    }
    let reader = Reader::open(&data)?;
    let mut stories: Vec<StoryView> = Vec::new();
    for listed in reader.stories()? {
        stories.extend(reader.story_whole(listed.view.story)?);
    }
    stories.sort_by(|a, b| b.last_published.cmp(&a.last_published).then_with(|| a.story.cmp(&b.story)));
    let style = show::Style { now: World::now(2), ..context.style() };
    super::print_as(super::Form::Styled, &show::table(&stories, &style))?;
    if let Some((document, story)) = telling(&stories) {
        super::print(&format!("\nWhy is {} there? (samestory explain {})\n\n", document.document, document.document))?;
        super::print(&show::explain(document, story))?;
    }
    differences.extend(compare(&stories, &truth));
    serving.block_on(running.stop());
    if differences.is_empty() {
        super::print(&format!(
            "\n{} texts in {} articles and {} stories, as it should be.\n",
            truth.documents.len(),
            truth.articles(),
            truth.stories()
        ))?;
        return Ok(Exit::Done);
    }
    for difference in &differences {
        say!("differs: {}", show::inert_lines(&difference.to_string()));
    }
    say!("{} differences from the world's truth", differences.len());
    Ok(Exit::Some)
}
