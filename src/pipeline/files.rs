//! Brings documents from files: feeds, HTML, plain text, JSON Lines, gzipped or not, and folders.
//!
//! A bad file or line is reported and never stops the rest. What repeats over the files of a folder is
//! not the article, so a folder is read twice: once to learn, once to extract. What was learned grows
//! with the folder, so a file is read again only when its bytes have changed: an old file's text is
//! never an update because of a new file beside it.

use super::assemble::{address_of, best_feed_html, from_item, from_page};
use super::disk::{Kind, address, bytes_until, failure, kind_by_name, lines_of, text_of};
use super::disk::{source_of, unread, walk};
use super::unread::Unread;
use super::{Ingest, PipelineError, Progress, Stop, digest, message, warc};
use crate::config::Settings;
use crate::evaluate;
use jiff::Timestamp;
use samestory_extract::article::{self, Repeated, RepeatedCounts};
use samestory_extract::feed;
use samestory_model::markup::{Decoded, decode};
use samestory_model::{Document, Failure, FeedFormat, SourceId, canonical_key, canonical_url};
use samestory_store::{Commit, ItemRecord, Store};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use url::Url;

pub use super::disk::{bytes_of, is_page};

/// Documents that are placed and stored together, and bytes of their texts.
const BATCH: usize = 128;
const BATCH_BYTES: usize = 16 << 20;
/// How long a document that was read may wait for others before it is stored.
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// Bytes of a file from which on what was read before is stored first: it may take its time, or the process.
const LARGE: u64 = 1 << 20;

/// Bytes that a document holds, as far as they may be many.
fn held(document: &Document) -> usize {
    let Document { text, title, item, source, url, aliases, alternates, byline, canonical, source_url, .. } = document;
    let others = aliases.iter().chain(alternates.iter().map(|pair| &pair.1)).chain(canonical).chain(source_url);
    let addresses = others.map(|url| url.as_str().len());
    text.len()
        + title.len()
        + item.len()
        + source.0.len()
        + url.as_str().len()
        + addresses.sum::<usize>()
        + byline.iter().map(String::len).sum::<usize>()
}

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

/// Takes documents from files through the pipeline, until it is asked to end: the file in hand is left where it is
/// then, and what was read of it is stored.
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
    let (documents, commit, waiting) = (Vec::new(), Commit::default(), HashMap::new());
    let (bytes, since) = (0, None);
    let mut import =
        Import { stop, settings, store, ingest, now, progress, imported, documents, waiting, since, bytes, commit };
    for files in folders.values() {
        let repeated = if stop.is_asked() { Repeated::none() } else { learn(stop, files, settings, now) };
        for file in files {
            if stop.is_asked() {
                break;
            }
            import.imported.files += 1;
            if std::fs::metadata(file).is_ok_and(|meta| meta.len() >= LARGE) {
                import.flush()?;
            }
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
fn learn(stop: &Stop, files: &[PathBuf], settings: &Settings, now: Timestamp) -> Repeated {
    let mut counts = RepeatedCounts::default();
    let day = (now.as_second() / 86_400) as i32;
    for file in files.iter().filter(|file| kind_by_name(file).is_none()) {
        if stop.is_asked() {
            break;
        }
        let Ok(bytes) = bytes_until(file, stop) else { continue };
        let (kind, text, is_binary) = text_of(file, &bytes);
        drop(bytes);
        match kind {
            Kind::Text if !is_binary => {
                // No more of it is read as an article.
                let read = &text[..text.floor_char_boundary(settings.extract.max_bytes)];
                counts.learn(&article::text_blocks(read), day);
            }
            Kind::Page => {
                if let Ok(page) = article::page(&text, None, &settings.extract, &Repeated::none()) {
                    counts.learn_under(&page.title, &article::blocks(&page), day);
                }
            }
            _ => {}
        }
    }
    counts.repeated(settings.extract.repeated_after)
}

/// An import in progress: what was found, and the batch that is not stored yet.
struct Import<'a, 'b> {
    stop: &'a Stop,
    settings: &'a Settings,
    store: &'a dyn Store,
    ingest: &'a mut Ingest<'b>,
    now: Timestamp,
    progress: &'a dyn Progress,
    imported: Imported,
    documents: Vec<Document>,
    /// Where among them the latest with a canonical key stands.
    waiting: HashMap<String, usize>,
    /// Since when the first of them waits.
    since: Option<Instant>,
    /// Bytes that they hold.
    bytes: usize,
    commit: Commit,
}

impl Import<'_, '_> {
    /// Every line of a file of JSON Lines.
    fn lines(&mut self, file: &Path) -> Result<(), PipelineError> {
        let lines = match lines_of(file, self.stop) {
            Ok(lines) => lines,
            Err(error) => {
                self.unread(file, &error);
                return Ok(());
            }
        };
        let (name, own, mut damaged) = (source_of(file).0, address(file), Unread::default());
        for (number, line) in lines {
            if self.stop.is_asked() {
                break;
            }
            let place = || format!("{}:{number}", file.display());
            let line = match line {
                Ok(line) if line.is_empty() => continue,
                Ok(line) => line,
                // Another error than that of a long line is the last thing that comes of a file.
                Err(error) => {
                    if !self.stop.is_asked() {
                        damaged.add(|| unread(Path::new(&place()), &error));
                    }
                    continue;
                }
            };
            let document = |line: &str| evaluate::document(line, &name, &own, self.now);
            // What JSON cannot hold, such as half a sign, loses that sign and not the line.
            let read = document(&line).or_else(|why| document(&feed::mended_json(&line)).map_err(|_| why));
            drop(line);
            match read {
                Ok(read) => self.take(read.document, 0)?,
                Err(why) => {
                    let hint = "one JSON object a line with `id`, `title` and `text`";
                    damaged.add(|| failure(place(), why, hint));
                }
            }
        }
        self.imported.failures.extend(damaged.failures(file, "lines"));
        Ok(())
    }

    /// A file or line that could not be read; one that was left because it is to end is none.
    fn unread(&mut self, place: &Path, error: &std::io::Error) {
        if !self.stop.is_asked() {
            self.imported.failures.push(unread(place, error));
        }
    }

    /// A file that is read whole.
    fn file(&mut self, file: &Path, repeated: &Repeated) -> Result<(), PipelineError> {
        if kind_by_name(file) == Some(Kind::Warc) {
            return self.warc(file);
        }
        let bytes = match bytes_until(file, self.stop) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.unread(file, &error);
                return Ok(());
            }
        };
        let (url, source, content) = (address(file), source_of(file), digest(&bytes));
        let (kind, text, is_binary) = text_of(file, &bytes);
        if kind == Kind::Feed {
            drop(text);
            return self.feed(file, &bytes, &url, &source);
        }
        drop(bytes);
        let extract = &self.settings.extract;
        let extracted = match kind {
            Kind::Warc => return self.warc(file),
            Kind::Page | Kind::Text if self.is_known(&source, &url, content)? => {
                self.imported.same += 1;
                return Ok(());
            }
            Kind::Page => article::page(&text, Some(&url), extract, repeated),
            _ if is_binary => {
                let hint = "only HTML, plain text, feeds and JSON Lines are read; convert it, or leave it out";
                self.imported.failures.push(failure(file.display(), "not an article: this is binary data", hint));
                return Ok(());
            }
            _ => article::plain(&text, Some(&url), extract, repeated),
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

    /// Every page of a web archive, one record after the other.
    fn warc(&mut self, file: &Path) -> Result<(), PipelineError> {
        let raw = match std::fs::File::open(file) {
            Ok(raw) => std::io::BufReader::with_capacity(1 << 16, raw),
            Err(error) => {
                self.unread(file, &error);
                return Ok(());
            }
        };
        let limit = self.settings.extract.max_bytes as u64;
        let (mut number, mut damaged, stop) = (0u64, Unread::default(), self.stop);
        warc::records(raw, limit, stop, &mut |read| {
            number += 1;
            let why = match read {
                Ok(record) if record.kind == "response" => match self.archived(record, limit)? {
                    Ok(()) => return Ok(()),
                    Err(why) => why,
                },
                Ok(_) => return Ok(()),
                Err(why) => why,
            };
            let hint = "the other records of the archive are read";
            damaged.add(|| failure(format!("{}, record {number}", file.display()), why, hint));
            Ok::<(), PipelineError>(())
        })?;
        self.imported.failures.extend(damaged.failures(file, "records"));
        Ok(())
    }

    /// The article of one record: where it holds none, as most of a crawl does, that is no fault.
    fn archived(&mut self, record: message::Record, limit: u64) -> Result<Result<(), String>, PipelineError> {
        let named = |why: String| format!("{}: {why}", record.shown());
        let url = match Url::parse(&record.uri) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => url,
            Ok(_) => return Ok(Ok(())),
            Err(error) => return Ok(Err(named(error.to_string()))),
        };
        // Images and the like are passed over unopened: their head stands in the first bytes.
        let head = String::from_utf8_lossy(&record.message[..record.message.len().min(16 << 10)]).to_ascii_lowercase();
        let head = head.split("\r\n\r\n").next().unwrap_or_default();
        if head.contains("content-type:") && !head.contains("html") {
            return Ok(Ok(()));
        }
        let message = match message::message(&record.message, limit) {
            Ok(message) => message,
            Err(why) => return Ok(Err(named(why))),
        };
        if message.status != 200 {
            return Ok(Ok(()));
        }
        let tld = url.host_str().and_then(|host| host.rsplit('.').next());
        let Decoded { text, .. } = decode(&message.body, Some(&message.content_type), tld);
        let Ok(page) = article::page(&text, Some(&url), &self.settings.extract, &Repeated::none()) else {
            return Ok(Ok(()));
        };
        let host = url.host_str().unwrap_or("archive").trim_start_matches("www.").to_owned();
        let seen = record.date.parse::<Timestamp>().map_or(self.now, |seen| seen.min(self.now));
        let address = canonical_url(&url);
        let document = from_page(&SourceId(host), url.as_str(), page, address, 0, self.now);
        self.take(Document { seen, ..document }, 0)?;
        Ok(Ok(()))
    }

    /// Whether a file has given a document and has not changed since.
    fn is_known(&self, source: &SourceId, url: &Url, content: u64) -> Result<bool, PipelineError> {
        let known = self.store.item(source, url.as_str())?;
        Ok(known.is_some_and(|known| known.content == content && known.document.is_some()))
    }

    /// Every entry of a feed that carries a text.
    fn feed(&mut self, file: &Path, bytes: &[u8], url: &Url, source: &SourceId) -> Result<(), PipelineError> {
        let parsed = match feed::feed(bytes, None, url) {
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
        let mut damaged = Unread::default();
        parsed.failures.into_iter().for_each(|one| damaged.add(|| one));
        let mut met = HashSet::new();
        for item in parsed.items.into_iter().filter(|item| met.insert(item.id.clone())) {
            if self.stop.is_asked() {
                break;
            }
            let address = address_of(&item, url);
            let page = article::fragment(&best_feed_html(&item), &address, &self.settings.extract, &Repeated::none());
            if item.title.is_empty() && page.text.is_empty() {
                let hint = "only entries that carry a text can be imported from a file";
                let place = format!("{}, {}", file.display(), item.id);
                damaged.add(|| failure(place, "an entry without headline and text", hint));
                continue;
            }
            self.take(from_item(source, &item, page, &address, 0, self.now), 0)?;
        }
        self.imported.failures.extend(damaged.failures(file, "entries"));
        Ok(())
    }

    /// Takes a document up, unless its text is stored already; another text at its address is an update.
    ///
    /// `content` stands for the bytes of a file that is one document, and is 0 for every other.
    fn take(&mut self, mut document: Document, content: u64) -> Result<(), PipelineError> {
        let key = canonical_key(&document.url);
        let waiting = self.waiting.get(&key).and_then(|place| self.documents.get(*place)).cloned();
        let stored = self.store.document_at(&key)?.map(|id| self.store.document(id)).transpose()?.flatten();
        let mut same = false;
        if let Some(before) = waiting.or(stored) {
            same = before.text == document.text && before.title == document.title;
            document.revision = before.revision + u32::from(!same);
            document.id = if same { before.id } else { Document::id_at(&document.url, document.revision) };
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
            self.bytes += held(&document);
            self.waiting.insert(key, self.documents.len());
            self.documents.push(document);
        }
        let waits = self.since.get_or_insert_with(Instant::now).elapsed();
        if self.documents.len() >= BATCH || self.bytes >= BATCH_BYTES || waits >= LONGEST_WAIT {
            self.flush()
        } else {
            Ok(())
        }
    }

    fn flush(&mut self) -> Result<(), PipelineError> {
        (self.bytes, self.since) = (0, None);
        self.waiting.clear();
        let (documents, commit) = (std::mem::take(&mut self.documents), std::mem::take(&mut self.commit));
        self.ingest.add(documents, commit, self.now, self.progress)
    }
}
