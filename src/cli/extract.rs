//! `samestory extract`: one page's article, or those of a folder of pages.

use super::context::Context;
use super::progress::Bar;
use super::report::{Exit, Report, say, tell};
use crate::fetch::{Credentials, Fetched, Fetcher, Request, Want};
use crate::pipeline::{Progress, files, partial};
use crate::show;
use samestory_extract::article::{self, ExtractError, Repeated};
use samestory_model::markup::decode;
use samestory_model::{Discreet, Extracted, Failure, Fault, parted};
use samestory_understand::Detector;
use std::io::Write;
use std::path::{Path, PathBuf};
use url::Url;

/// Forms in which an article is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Headline, facts and text.
    Text,
    /// One object.
    Json,
}

/// Arguments of `extract`.
#[derive(Debug, clap::Args)]
pub struct ExtractArguments {
    /// A file (HTML or plain text, gzipped or not) or an address
    #[arg(value_name = "FILE|URL", required_unless_present = "dir")]
    subject: Option<String>,
    /// The address that a file came from
    #[arg(long, value_name = "ADDRESS")]
    url: Option<Url>,
    /// Every file of a folder
    #[arg(long, value_name = "PAGES", requires = "out", conflicts_with = "subject")]
    dir: Option<PathBuf>,
    /// One line a page
    #[arg(long, value_name = "OUT.jsonl")]
    out: Option<PathBuf>,
    /// Form of the output
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// Extracts one body. Its language is that of its text where the page is silent or plainly wrong, as templates often
/// are.
fn read(
    context: &Context,
    detector: &Detector,
    bytes: &[u8],
    kind: Option<&str>,
    name: &str,
    url: Option<&Url>,
) -> Result<Extracted, ExtractError> {
    article::admit_bytes(bytes, url)?;
    let tld = url.and_then(Url::host_str).and_then(|host| host.rsplit('.').next());
    let text = decode(bytes, kind, tld).text;
    let settings = &context.settings.extract;
    let mut page = if files::is_page(Path::new(name), &text) {
        article::page(&text, url, settings, &Repeated::none())?
    } else {
        article::plain(&text, url, settings, &Repeated::none())?
    };
    page.lang = detector.decide(page.lang, &page.title, &page.text).lang;
    Ok(page)
}

fn fetched(context: &Context, url: &Url) -> Result<(Vec<u8>, Option<String>, Url), Report> {
    let fetcher = Fetcher::new(&context.settings.fetch).map_err(|error| Report::failed(&error.failure()))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Report::usage("runtime", error, ""))?;
    let (address, inside) = parted(url);
    let credentials = inside.map(|inside| Credentials::of(&address, &inside));
    let request = Request { credentials, ..Request::new(address, Want::Page) };
    let answer = partial::whole_of(runtime.block_on(fetcher.get(request, context.now())));
    match answer.map_err(|error| Report::failed(&error.failure()))? {
        Fetched::Fresh(response) => {
            if response.truncated {
                tell(&[partial::page_cut(&response.answer.url, context.settings.fetch.max_page_bytes)]);
            }
            Ok((response.body, response.content_type, response.answer.url))
        }
        Fetched::NotModified(_) => {
            Err(Report::usage(Discreet::page(url), "answered 304 to a plain question", "ask again later"))
        }
    }
}

/// Extracts one page, or a folder of them.
pub fn run(context: &Context, arguments: &ExtractArguments) -> Result<Exit, Report> {
    if let (Some(folder), Some(out)) = (&arguments.dir, &arguments.out) {
        return folder_of_pages(context, folder, out);
    }
    let subject = arguments.subject.clone().unwrap_or_default();
    let address = Url::parse(&subject).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let (bytes, kind, url) = match &address {
        Some(url) => {
            let (bytes, kind, url) = fetched(context, url)?;
            (bytes, kind, Some(url))
        }
        None => {
            let bytes = files::bytes_of(Path::new(&subject))
                .map_err(|error| Report::usage(&subject, error, "give a file, or an address with https://"))?;
            (bytes, None, arguments.url.clone())
        }
    };
    // A page that came over the network is a page whatever its address ends in.
    let name = if address.is_some() { "page.html" } else { subject.as_str() };
    let shown = address.as_ref().map_or_else(|| subject.clone(), |url| Discreet::page(url).into());
    let page = read(context, &Detector::shipped()?, &bytes, kind.as_deref(), name, url.as_ref())
        .map_err(|error| Report::failed(&error.failure(&shown)))?;
    match arguments.format {
        Format::Json => super::print_as(super::Form::Json, &show::extracted_json(&page, None))?,
        Format::Text => super::print(&show::extracted(&page))?,
    };
    Ok(Exit::Done)
}

fn folder_of_pages(context: &Context, folder: &Path, out: &Path) -> Result<Exit, Report> {
    let listed = std::fs::read_dir(folder)
        .map_err(|error| Report::usage(folder.display(), error, "check the folder given with --dir"))?;
    let mut paths: Vec<PathBuf> = listed.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    paths.sort();
    let wrong = |error: std::io::Error| Report::usage(out.display(), error, "check the path given with --out");
    let mut lines = std::io::BufWriter::new(std::fs::File::create(out).map_err(wrong)?);
    let mut failures = Vec::new();
    let detector = Detector::shipped()?;
    let bar = Bar::new(context.quiet);
    bar.begin("extracting", paths.len() as u64);
    let started = std::time::Instant::now();
    for path in &paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let subject = path.display().to_string();
        let read = match files::bytes_of(path) {
            Ok(bytes) => read(context, &detector, &bytes, None, &name, None).map_err(|error| error.failure(&subject)),
            Err(error) => {
                Err(Failure::new(&subject, Fault::Configuration, error.to_string(), "check that the file is whole"))
            }
        };
        let page = read.unwrap_or_else(|failure| {
            failures.push(failure);
            Extracted::default()
        });
        lines.write_all(show::extracted_json(&page, Some(&name)).as_bytes()).map_err(wrong)?;
        bar.advance();
    }
    bar.end();
    lines.flush().map_err(wrong)?;
    tell(&failures);
    if !context.quiet {
        let seconds = started.elapsed().as_secs_f64();
        say!(
            "{} pages, {} without an article, in {seconds:.1} s: {:.0} pages a second",
            paths.len(),
            failures.len(),
            paths.len() as f64 / seconds
        );
    }
    Ok(if failures.is_empty() { Exit::Done } else { Exit::Some })
}
