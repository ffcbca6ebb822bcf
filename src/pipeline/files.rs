//! Brings documents from files: feeds, HTML, plain text, JSON Lines, gzipped or not, and folders.
//!
//! A bad file or line is told and never stops the rest. What repeats over the files of a folder is
//! not the article, so a folder is read twice: once to learn, once to extract.

use super::assemble::{address_of, document_id, from_item, from_page, told};
use super::{Ingest, PipelineError, Progress};
use crate::config::Settings;
use crate::evaluate;
use crate::extract::{self, Repeated, RepeatedCounts};
use crate::markup::decode;
use crate::model::{Document, Failure, Fault, FeedFormat, SourceId, canonical_key};
use crate::parse;
use crate::store::{Commit, ItemRecord, Store};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use url::Url;

/// Largest file that is read whole.
const LARGEST: u64 = 64 << 20;
/// Documents that are placed and stored together.
const BATCH: usize = 128;

/// What an import found beside documents.
#[derive(Debug, Default)]
pub struct Imported {
    /// Files that were read.
    pub files: usize,
    /// Documents that were there already, unchanged.
    pub same: usize,
    /// Files and lines that could not be read.
    pub failures: Vec<Failure>,
}

/// What a file is, by its name and its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Lines,
    Page,
    Feed,
    Text,
}

fn failure(subject: impl std::fmt::Display, why: impl Into<String>, hint: &str) -> Failure {
    Failure::new(subject.to_string(), Fault::Configuration, why, hint)
}

/// Every file below the paths, in order of their names; hidden ones are passed over.
fn walk(paths: &[PathBuf], failures: &mut Vec<Failure>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = paths.iter().rev().cloned().collect();
    while let Some(path) = open.pop() {
        let hidden =
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')) && !paths.contains(&path);
        match std::fs::metadata(&path) {
            _ if hidden => {}
            Ok(meta) if meta.is_dir() => match std::fs::read_dir(&path) {
                Ok(entries) => {
                    let mut inside: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
                    inside.sort_by(|a, b| b.cmp(a));
                    open.extend(inside);
                }
                Err(error) => failures.push(failure(path.display(), error.to_string(), "check that you may read it")),
            },
            Ok(_) => found.push(path),
            Err(error) => failures.push(failure(path.display(), error.to_string(), "check the path")),
        }
    }
    found
}

/// A file's bytes, unpacked.
pub fn bytes_of(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut raw = Vec::new();
    std::fs::File::open(path)?.take(LARGEST).read_to_end(&mut raw)?;
    if raw.starts_with(&[0x1F, 0x8B]) {
        let mut out = Vec::new();
        flate2::read::MultiGzDecoder::new(raw.as_slice()).take(LARGEST).read_to_end(&mut out)?;
        return Ok(out);
    }
    Ok(raw)
}

fn name_of(path: &Path) -> String {
    path.to_string_lossy().trim_end_matches(".gz").to_ascii_lowercase()
}

fn kind_of(path: &Path, text: &str) -> Kind {
    let name = name_of(path);
    let end = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    let head: String = text.trim_start().chars().take(2000).collect::<String>().to_ascii_lowercase();
    let feed = ["<rss", "<feed", "<rdf:rdf", "<urlset", "<sitemapindex"].iter().any(|mark| head.contains(mark));
    if end(&[".jsonl", ".ndjson"]) {
        Kind::Lines
    } else if feed || (head.starts_with('{') && head.contains("jsonfeed.org")) {
        Kind::Feed
    } else if end(&[".html", ".htm", ".xhtml"]) || head.starts_with("<!doctype html") || head.starts_with("<html") {
        Kind::Page
    } else if end(&[".xml", ".rss", ".atom", ".rdf", ".json"]) {
        Kind::Feed
    } else {
        Kind::Text
    }
}

/// Whether a file holds HTML rather than plain text.
pub fn is_page(path: &Path, text: &str) -> bool {
    kind_of(path, text) != Kind::Text
}

fn address(path: &Path) -> Url {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    Url::from_file_path(&whole).unwrap_or_else(|()| Url::parse("file:///").expect("a constant"))
}

/// The name under which a file's documents are listed: its folder's.
fn source_of(path: &Path) -> SourceId {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let name = whole
        .parent()
        .and_then(Path::file_name)
        .map_or_else(|| "files".to_owned(), |name| name.to_string_lossy().replace(char::is_whitespace, "-"));
    SourceId(name)
}

/// Takes documents from files through the pipeline.
pub fn import(
    paths: &[PathBuf],
    ingest: &mut Ingest<'_>,
    store: &dyn Store,
    settings: &Settings,
    now: Timestamp,
    progress: &dyn Progress,
) -> Result<Imported, PipelineError> {
    let mut imported = Imported::default();
    let files = walk(paths, &mut imported.failures);
    let mut batch = Batch { documents: Vec::new(), commit: Commit::default() };
    let mut folders: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
    for file in files {
        folders.entry(file.parent().unwrap_or(Path::new("")).to_owned()).or_default().push(file);
    }
    progress.begin("importing", folders.values().map(Vec::len).sum::<usize>() as u64);
    for files in folders.values() {
        let repeated = learn(files, settings, now);
        for file in files {
            imported.files += 1;
            let bytes = match bytes_of(file) {
                Ok(bytes) => bytes,
                Err(error) => {
                    imported.failures.push(failure(
                        file.display(),
                        error.to_string(),
                        "check that the file is whole and that you may read it",
                    ));
                    continue;
                }
            };
            for document in documents(file, &bytes, &repeated, settings, now, &mut imported.failures) {
                batch.take(document, store, now, &mut imported)?;
                if batch.documents.len() >= BATCH {
                    batch.flush(ingest, now, progress)?;
                }
            }
        }
    }
    batch.flush(ingest, now, progress)?;
    progress.end();
    Ok(imported)
}

struct Batch {
    documents: Vec<Document>,
    commit: Commit,
}

impl Batch {
    /// Takes a document up, unless its text is stored already; another text at its address is an update.
    fn take(
        &mut self,
        mut document: Document,
        store: &dyn Store,
        now: Timestamp,
        imported: &mut Imported,
    ) -> Result<(), PipelineError> {
        let key = canonical_key(&document.url);
        let waiting = self.documents.iter().rev().find(|other| canonical_key(&other.url) == key).cloned();
        let stored = store.document_at(&key)?.map(|id| store.document(id)).transpose()?.flatten();
        if let Some(before) = waiting.or(stored) {
            if before.text == document.text && before.title == document.title {
                imported.same += 1;
                return Ok(());
            }
            document.revision = before.revision + 1;
            document.id = document_id(&document.url, document.revision);
        }
        let record = ItemRecord { url: Some(document.url.clone()), document: Some(document.id), content: 0, seen: now };
        self.commit.items.push((document.source.clone(), document.item.clone(), record));
        self.documents.push(document);
        Ok(())
    }

    fn flush(&mut self, ingest: &mut Ingest<'_>, now: Timestamp, progress: &dyn Progress) -> Result<(), PipelineError> {
        ingest.add(std::mem::take(&mut self.documents), std::mem::take(&mut self.commit), now, progress)
    }
}

/// What repeats over the text files and pages of one folder.
fn learn(files: &[PathBuf], settings: &Settings, now: Timestamp) -> Repeated {
    let mut counts = RepeatedCounts::default();
    let day = (now.as_second() / 86_400) as i32;
    for file in files {
        let Ok(bytes) = bytes_of(file) else { continue };
        let text = decode(&bytes, None, None).text;
        match kind_of(file, &text) {
            Kind::Text => {
                counts.learn(&extract::text_blocks(&text), day);
            }
            Kind::Page => {
                if let Ok(page) = extract::page(&text, None, &settings.extract, &Repeated::none()) {
                    counts.learn(&extract::blocks(&page), day);
                }
            }
            Kind::Lines | Kind::Feed => {}
        }
    }
    counts.repeated(settings.extract.repeated_after)
}

/// The documents of one file.
fn documents(
    file: &Path,
    bytes: &[u8],
    repeated: &Repeated,
    settings: &Settings,
    now: Timestamp,
    failures: &mut Vec<Failure>,
) -> Vec<Document> {
    let decoded = decode(bytes, None, None);
    let (url, source) = (address(file), source_of(file));
    let item = url.to_string();
    let extracted = match kind_of(file, &decoded.text) {
        Kind::Lines => {
            let name = source_of(file).0;
            let mut found = Vec::new();
            for (index, line) in decoded.text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
                match evaluate::document(line, &name, index + 1, now) {
                    Ok(read) => found.push(read.document),
                    Err(why) => failures.push(failure(
                        format!("{}:{}", file.display(), index + 1),
                        why,
                        "one JSON object a line with `id`, `title` and `text`",
                    )),
                }
            }
            return found;
        }
        Kind::Feed => return of_feed(file, bytes, &url, &source, settings, now, failures),
        Kind::Page => extract::page(&decoded.text, Some(&url), &settings.extract, repeated),
        Kind::Text => extract::plain(&decoded.text, Some(&url), &settings.extract, repeated),
    };
    match extracted {
        Ok(page) => vec![from_page(&source, &item, page, url, 0, now)],
        Err(error) => {
            failures.push(error.failure(&file.display().to_string()));
            Vec::new()
        }
    }
}

fn of_feed(
    file: &Path,
    bytes: &[u8],
    url: &Url,
    source: &SourceId,
    settings: &Settings,
    now: Timestamp,
    failures: &mut Vec<Failure>,
) -> Vec<Document> {
    let parsed = match parse::feed(bytes, None, url) {
        Ok(parsed) if parsed.format == FeedFormat::Html => {
            failures.push(failure(
                file.display(),
                "this is a page, not a feed",
                "give it the ending .html to import it as an article",
            ));
            return Vec::new();
        }
        Ok(parsed) => parsed,
        Err(error) => {
            failures.push(Failure { subject: file.display().to_string(), ..error.failure() });
            return Vec::new();
        }
    };
    failures.extend(parsed.failures);
    let mut found = Vec::new();
    for item in parsed.items {
        let address = address_of(&item, url);
        let page = extract::fragment(&told(&item), &address, &settings.extract, &Repeated::none());
        if item.title.is_empty() && page.text.is_empty() {
            failures.push(failure(
                format!("{}, {}", file.display(), item.id),
                "an entry without headline and text",
                "only entries that carry a text can be imported from a file",
            ));
            continue;
        }
        found.push(from_item(source, &item, page, &address, 0, now));
    }
    found
}
