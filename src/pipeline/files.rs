//! Brings documents from files: feeds, HTML, plain text, JSON Lines, gzipped or not, and folders.
//!
//! A bad file or line is told and never stops the rest. What repeats over the files of a folder is
//! not the article, so a folder is read twice: once to learn, once to extract. What was learned grows
//! with the folder, so a file is read again only when its bytes have changed: an old file's text is
//! never an update because of a new file beside it.

use super::assemble::{address_of, document_id, from_item, from_page, told};
use super::disk::{Kind, address, failure, is_binary, kind_by_name, kind_of, lines_of, source_of, unread, walk};
use super::{Ingest, PipelineError, Progress, Stop, digest};
use crate::config::Settings;
use crate::evaluate;
use crate::extract::{self, Repeated, RepeatedCounts};
use crate::markup::{Decoded, decode};
use crate::model::{Document, Failure, FeedFormat, SourceId, canonical_key};
use crate::parse;
use crate::store::{Commit, ItemRecord, Store};
use jiff::Timestamp;
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use url::Url;

pub use super::disk::{bytes_of, is_page};

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

/// Takes documents from files through the pipeline, until it is asked to end: the file in hand is finished
/// then, and what was read is stored.
pub fn import(
    stop: &Stop,
    paths: &[PathBuf],
    ingest: &mut Ingest<'_>,
    store: &dyn Store,
    settings: &Settings,
    now: Timestamp,
    progress: &dyn Progress,
) -> Result<Imported, PipelineError> {
    let mut imported = Imported::default();
    let mut folders: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
    for file in walk(paths, &mut imported.failures) {
        folders.entry(file.parent().unwrap_or(Path::new("")).to_owned()).or_default().push(file);
    }
    progress.begin("importing", folders.values().map(Vec::len).sum::<usize>() as u64);
    let (documents, commit) = (Vec::new(), Commit::default());
    let mut import = Import { settings, store, ingest, now, progress, imported, documents, commit };
    for files in folders.values() {
        let repeated = if stop.is_asked() { Repeated::none() } else { learn(files, settings, now) };
        for file in files {
            if stop.is_asked() {
                break;
            }
            import.imported.files += 1;
            if kind_by_name(file) == Some(Kind::Lines) {
                import.lines(file)?;
            } else {
                import.file(file, &repeated)?;
            }
        }
    }
    import.flush()?;
    progress.end();
    Ok(import.imported)
}

/// What repeats over the text files and pages of one folder.
fn learn(files: &[PathBuf], settings: &Settings, now: Timestamp) -> Repeated {
    let mut counts = RepeatedCounts::default();
    let day = (now.as_second() / 86_400) as i32;
    for file in files.iter().filter(|file| kind_by_name(file).is_none()) {
        let Ok(bytes) = bytes_of(file) else { continue };
        let Decoded { text, encoding, .. } = decode(&bytes, None, None);
        match kind_of(file, &text) {
            Kind::Text if !is_binary(&bytes, encoding) => {
                counts.learn(&extract::text_blocks(&text), day);
            }
            Kind::Page => {
                if let Ok(page) = extract::page(&text, None, &settings.extract, &Repeated::none()) {
                    counts.learn(&extract::blocks(&page), day);
                }
            }
            _ => {}
        }
    }
    counts.repeated(settings.extract.repeated_after)
}

/// An import in progress: what was found, and the batch that is not stored yet.
struct Import<'a, 'b> {
    settings: &'a Settings,
    store: &'a dyn Store,
    ingest: &'a mut Ingest<'b>,
    now: Timestamp,
    progress: &'a dyn Progress,
    imported: Imported,
    documents: Vec<Document>,
    commit: Commit,
}

impl Import<'_, '_> {
    /// Every line of a file of JSON Lines.
    fn lines(&mut self, file: &Path) -> Result<(), PipelineError> {
        let lines = match lines_of(file) {
            Ok(lines) => lines,
            Err(error) => {
                self.imported.failures.push(unread(file, &error));
                return Ok(());
            }
        };
        let (name, own) = (source_of(file).0, address(file));
        for (index, line) in lines.enumerate() {
            let line = match line {
                Ok(line) if line.trim().is_empty() => continue,
                Ok(line) => line,
                Err(error) => {
                    let place = PathBuf::from(format!("{}:{}", file.display(), index + 1));
                    self.imported.failures.push(unread(&place, &error));
                    return Ok(());
                }
            };
            match evaluate::document(&line, &name, &own, self.now) {
                Ok(read) => self.take(read.document, 0)?,
                Err(why) => {
                    let hint = "one JSON object a line with `id`, `title` and `text`";
                    self.imported.failures.push(failure(format!("{}:{}", file.display(), index + 1), why, hint));
                }
            }
        }
        Ok(())
    }

    /// A file that is read whole.
    fn file(&mut self, file: &Path, repeated: &Repeated) -> Result<(), PipelineError> {
        if kind_by_name(file) == Some(Kind::Warc) {
            self.refuse_warc(file);
            return Ok(());
        }
        let bytes = match bytes_of(file) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.imported.failures.push(unread(file, &error));
                return Ok(());
            }
        };
        let (url, source, content) = (address(file), source_of(file), digest(&bytes));
        let Decoded { text, encoding, .. } = decode(&bytes, None, None);
        let extract = &self.settings.extract;
        let extracted = match kind_of(file, &text) {
            Kind::Warc => {
                self.refuse_warc(file);
                return Ok(());
            }
            Kind::Feed => return self.feed(file, &bytes, &url, &source),
            Kind::Page | Kind::Text if self.is_known(&source, &url, content)? => {
                self.imported.same += 1;
                return Ok(());
            }
            Kind::Page => extract::page(&text, Some(&url), extract, repeated),
            _ if is_binary(&bytes, encoding) => {
                let hint = "only HTML, plain text, feeds and JSON Lines are read; convert it, or leave it out";
                self.imported.failures.push(failure(file.display(), "not an article: this is binary data", hint));
                return Ok(());
            }
            _ => extract::plain(&text, Some(&url), extract, repeated),
        };
        match extracted {
            Ok(page) => {
                let item = url.to_string();
                self.take(from_page(&source, &item, page, url, 0, self.now), content)
            }
            Err(error) => {
                self.imported.failures.push(error.failure(&file.display().to_string()));
                Ok(())
            }
        }
    }

    fn refuse_warc(&mut self, file: &Path) {
        let hint = "take the pages out of it and import those";
        self.imported.failures.push(failure(file.display(), "WARC files are not read yet", hint));
    }

    /// Whether a file has given a document and has not changed since.
    fn is_known(&self, source: &SourceId, url: &Url, content: u64) -> Result<bool, PipelineError> {
        let known = self.store.item(source, url.as_str())?;
        Ok(known.is_some_and(|known| known.content == content && known.document.is_some()))
    }

    /// Every entry of a feed that carries a text.
    fn feed(&mut self, file: &Path, bytes: &[u8], url: &Url, source: &SourceId) -> Result<(), PipelineError> {
        let parsed = match parse::feed(bytes, None, url) {
            Ok(parsed) if parsed.format == FeedFormat::Html => {
                let hint = "give it the ending .html to import it as an article";
                self.imported.failures.push(failure(file.display(), "this is a page, not a feed", hint));
                return Ok(());
            }
            Ok(parsed) => parsed,
            Err(error) => {
                self.imported.failures.push(Failure { subject: file.display().to_string(), ..error.failure() });
                return Ok(());
            }
        };
        self.imported.failures.extend(parsed.failures);
        let mut met = HashSet::new();
        for item in parsed.items.into_iter().filter(|item| met.insert(item.id.clone())) {
            let address = address_of(&item, url);
            let page = extract::fragment(&told(&item), &address, &self.settings.extract, &Repeated::none());
            if item.title.is_empty() && page.text.is_empty() {
                self.imported.failures.push(failure(
                    format!("{}, {}", file.display(), item.id),
                    "an entry without headline and text",
                    "only entries that carry a text can be imported from a file",
                ));
                continue;
            }
            self.take(from_item(source, &item, page, &address, 0, self.now), 0)?;
        }
        Ok(())
    }

    /// Takes a document up, unless its text is stored already; another text at its address is an update.
    ///
    /// `content` stands for the bytes of a file that is one document, and is 0 for every other.
    fn take(&mut self, mut document: Document, content: u64) -> Result<(), PipelineError> {
        let key = canonical_key(&document.url);
        let waiting = self.documents.iter().rev().find(|other| canonical_key(&other.url) == key).cloned();
        let stored = self.store.document_at(&key)?.map(|id| self.store.document(id)).transpose()?.flatten();
        let mut same = false;
        if let Some(before) = waiting.or(stored) {
            same = before.text == document.text && before.title == document.title;
            document.revision = before.revision + u32::from(!same);
            document.id = if same { before.id } else { document_id(&document.url, document.revision) };
        } else if self.store.was_purged(&document.source, &document.item, &key)? {
            self.imported.same += 1;
            return Ok(());
        }
        if !same || content != 0 {
            let (url, seen) = (Some(document.url.clone()), self.now);
            let record = ItemRecord { url, document: Some(document.id), content, seen };
            self.commit.items.push((document.source.clone(), document.item.clone(), record));
        }
        if same {
            self.imported.same += 1;
        } else {
            self.documents.push(document);
        }
        if self.documents.len() >= BATCH { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), PipelineError> {
        let (documents, commit) = (std::mem::take(&mut self.documents), std::mem::take(&mut self.commit));
        self.ingest.add(documents, commit, self.now, self.progress)
    }
}
