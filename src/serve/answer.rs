//! Makes the body of an answer from a path, a query and the store, pure but for reading.

use super::comparing::Comparing;
use crate::publish::PAGE;
use crate::show::{self, FeedPlace, Filter, Form, Reading};
use http::StatusCode;
use jiff::Timestamp;
use samestory_model::{DocumentId, Lang, StoryId, StoryView};
use samestory_store::{Reader, StoreError};

/// The description of the interface, as it is shipped.
pub const OPENAPI: &str = include_str!("../../docs/openapi.json");

/// Every path that is answered, as OpenAPI writes them.
pub const PATHS: &[&str] = &[
    "/",
    "/index.html",
    "/page-{number}.html",
    "/story/{story}.html",
    "/compare/{one}/{other}.html",
    "/atom.xml",
    "/feed.json",
    "/api/stories",
    "/api/stories/{story}",
    "/openapi.json",
];

/// Stories that are looked at for one answer; a filter that fits hardly anything ends there.
const LOOKS: usize = 20_000;
/// Most stories of a feed and of one answer of the interface.
const FED: usize = 50;
const MOST: usize = 1000;
const LISTED: usize = 100;
/// Last page of the list.
const LAST: usize = 10_000;

/// What is answered.
#[derive(Debug)]
pub struct Body {
    /// Media type.
    pub kind: &'static str,
    /// The text.
    pub text: String,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Lack {
    /// A wrong path or query.
    Asked(StatusCode, &'static str),
    /// The store.
    Store(StoreError),
}

impl From<StoreError> for Lack {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// What a query asks for.
#[derive(Debug, Default)]
struct Asked {
    filter: Filter,
    form: Form,
    limit: Option<usize>,
}

fn read(query: &str) -> Result<Asked, Lack> {
    let wrong = |what| Lack::Asked(StatusCode::BAD_REQUEST, what);
    if query.len() > 2000 {
        return Err(wrong("the query is too long"));
    }
    let mut out = Asked::default();
    let parts = |text: &str| -> Vec<String> {
        text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
    };
    let mut string = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        if value.is_empty() {
            continue;
        }
        match &*name {
            "lang" => {
                let read = parts(&value).iter().map(|tag| Lang::parse(tag)).collect::<Option<Vec<_>>>();
                out.filter.languages = read.ok_or_else(|| wrong("lang: no language"))?;
                out.form.lang = value.to_string();
            }
            "source" => {
                out.filter.sources = parts(&value);
                out.form.source = value.to_string();
            }
            "q" => {
                out.filter.words = Filter::words_of(&value);
                out.form.query = value.to_string();
            }
            "limit" => {
                let number = value.parse::<usize>().ok().filter(|number| (1..=MOST).contains(number));
                out.limit = Some(number.ok_or_else(|| wrong("limit: a number from 1 to 1000"))?);
                continue;
            }
            _ => continue,
        }
        string.append_pair(&name, &value);
    }
    out.form.string = string.finish();
    Ok(out)
}

/// The latest stories that a filter wants, without the first `skip` of them.
fn latest(reader: &Reader, filter: &Filter, skip: usize, most: usize) -> Result<Vec<StoryView>, Lack> {
    let (mut out, mut fits) = (Vec::new(), 0);
    for (looked, head) in reader.by_time().enumerate() {
        let head = head?;
        if filter.is_open() {
            // What is passed over needs not be read.
            if looked < skip {
                continue;
            }
        } else if looked == LOOKS {
            break;
        }
        let view = reader.view(&head)?.view;
        if !filter.is_open() {
            if !filter.wants(&view) {
                continue;
            }
            fits += 1;
            if fits <= skip {
                continue;
            }
        }
        out.push(view);
        if out.len() == most {
            break;
        }
    }
    Ok(out)
}

fn html(text: String) -> Body {
    Body { kind: "text/html; charset=utf-8", text }
}

fn story(reader: &Reader, id: &str) -> Result<StoryId, Lack> {
    let lack = || Lack::Asked(StatusCode::NOT_FOUND, "no such story");
    let id: StoryId = id.parse().map_err(|_| lack())?;
    reader.story(id)?.map(|listed| listed.view.story).ok_or_else(lack)
}

/// The page of two versions of one article: any two texts would be work for nothing.
fn compared(reader: &Reader, names: &str, comparing: &Comparing) -> Result<String, Lack> {
    let lack = || Lack::Asked(StatusCode::NOT_FOUND, "no such versions of one article");
    let (one, other) = names.split_once('/').ok_or_else(lack)?;
    let (one, other): (DocumentId, DocumentId) = (one.parse().map_err(|_| lack())?, other.parse().map_err(|_| lack())?);
    let id = reader.story_of_document(one)?.ok_or_else(lack)?;
    let story = reader.story(id)?.ok_or_else(lack)?.view;
    let versions = story.articles.iter().map(|article| &article.documents);
    let mut pairs = versions.filter_map(|versions| {
        let version = |id: DocumentId| versions.iter().find(|version| version.document == id);
        version(one).zip(version(other)).filter(|_| one != other)
    });
    let (left, right) = pairs.next().ok_or_else(lack)?;
    let text = |id| reader.document(id)?.map(|frame| frame.document).ok_or_else(lack);
    let (one, other) = (text(one)?, text(other)?);
    let aligned = comparing.of([(&one, left.clone()), (&other, right.clone())]);
    let aligned = aligned.map_err(|why| Lack::Asked(StatusCode::SERVICE_UNAVAILABLE, why))?;
    Ok(show::compare_page(&aligned, story.story))
}

/// The answer to a path and a query; `base` is the address that the server was called by.
pub fn answer(
    reader: &Reader,
    path: &str,
    query: &str,
    base: &str,
    reading: &Reading,
    comparing: Option<&Comparing>,
    now: Timestamp,
) -> Result<Body, Lack> {
    let asked = read(query)?;
    let lack = Lack::Asked(StatusCode::NOT_FOUND, "there is nothing at this address");
    let number = match path {
        "/" | "/index.html" => Some(1),
        _ => path.strip_prefix("/page-").and_then(|rest| rest.strip_suffix(".html")?.parse::<usize>().ok()),
    };
    if let Some(number) = number {
        if !(1..=LAST).contains(&number) {
            return Err(lack);
        }
        let mut stories = latest(reader, &asked.filter, (number - 1) * PAGE, PAGE + 1)?;
        let more = stories.len() > PAGE;
        stories.truncate(PAGE);
        return Ok(html(show::index_page(&stories, reading, number, more, Some(&asked.form))));
    }
    if let Some(id) = path.strip_prefix("/story/").and_then(|rest| rest.strip_suffix(".html")) {
        let id = story(reader, id)?;
        let listed = reader.story(id)?.ok_or(lack)?;
        return Ok(html(show::story_page(&listed.view, reading, comparing.is_some())));
    }
    if let Some(names) = path.strip_prefix("/compare/").and_then(|rest| rest.strip_suffix(".html")) {
        let comparing = comparing.ok_or(lack)?;
        return compared(reader, names, comparing).map(html);
    }
    if let Some(id) = path.strip_prefix("/api/stories/") {
        let id = story(reader, id)?;
        let whole = reader.story_whole(id)?.ok_or(lack)?;
        return Ok(Body { kind: "application/json", text: show::jsonl(std::slice::from_ref(&whole)) });
    }
    let place = || FeedPlace { base: Some(base.to_owned()), query: asked.form.string.clone() };
    match path {
        "/atom.xml" => {
            let stories = latest(reader, &asked.filter, 0, asked.limit.unwrap_or(FED).min(FED))?;
            let text = show::atom_at(&stories, reading, now, &place());
            Ok(Body { kind: "application/atom+xml; charset=utf-8", text })
        }
        "/feed.json" => {
            let stories = latest(reader, &asked.filter, 0, asked.limit.unwrap_or(FED).min(FED))?;
            Ok(Body { kind: "application/feed+json", text: show::json_feed(&stories, reading, &place()) })
        }
        "/api/stories" => {
            let stories = latest(reader, &asked.filter, 0, asked.limit.unwrap_or(LISTED))?;
            // As `list --since all` has it: nothing came before all time.
            let stories: Vec<StoryView> =
                stories.into_iter().map(|view| StoryView { change: samestory_model::Change::New, ..view }).collect();
            Ok(Body { kind: "application/json", text: show::json(&stories, &reader.sequence().to_string()) })
        }
        "/openapi.json" => Ok(Body { kind: "application/json", text: OPENAPI.to_owned() }),
        _ => Err(lack),
    }
}
