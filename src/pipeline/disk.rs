//! Reads files for an import: finds them, unpacks them, and says what each one is.
//!
//! JSON Lines are read a line at a time and may be of any size, a line that is too long is passed over in little
//! memory; everything else is read whole and has a limit, over which it is refused, never cut. All reading ends soon
//! when it is asked to. Folders are entered once, so that a link to a folder above leads nowhere.

use super::Stop;
use crate::evaluate::{LONGEST_LINE, Taken, take_line};
use samestory_model::markup::{Decoded, Members, decode};
use samestory_model::{Failure, Fault, SourceId};
use std::collections::HashSet;
use std::io::{BufRead, BufReader, Error, ErrorKind, Read};
use std::path::{Path, PathBuf};
use url::Url;

/// Largest file, unpacked, that is read whole. 64 MiB.
const LARGEST: u64 = 64 << 20;
/// Bytes of the beginning by which a file that is no text is known.
const LOOKED_AT: usize = 8192;
/// How gzip begins.
const GZIP: [u8; 2] = [0x1F, 0x8B];

/// What a file is, by its name and its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// JSON Lines.
    Lines,
    /// A web archive.
    Warc,
    /// A page of HTML.
    Page,
    /// A feed or sitemap.
    Feed,
    /// Plain text.
    Text,
}

/// A file or line that could not be read.
pub(super) fn failure(subject: impl std::fmt::Display, why: impl Into<String>, hint: &str) -> Failure {
    Failure::new(subject.to_string(), Fault::Configuration, why, hint)
}

/// A file that could not be read, with what a person can do about it.
pub(super) fn unread(path: &Path, error: &Error) -> Failure {
    let hint = match error.kind() {
        ErrorKind::OutOfMemory => {
            "the file may be sound: there is not enough memory to read it; give more, or split it"
        }
        ErrorKind::FileTooLarge => {
            "split it, or write its documents as JSON Lines, one a line: such a file may be of any size"
        }
        _ => "check that the file is whole and that you may read it",
    };
    failure(path.display(), error.to_string(), hint)
}

/// Every file below the paths, in order of their names; hidden ones are passed over.
pub(super) fn walk(paths: &[PathBuf], failures: &mut Vec<Failure>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut entered = HashSet::new();
    let mut open: Vec<PathBuf> = paths.iter().rev().cloned().collect();
    while let Some(path) = open.pop() {
        let hidden =
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')) && !paths.contains(&path);
        match std::fs::metadata(&path) {
            _ if hidden => {}
            Ok(meta) if meta.is_dir() => {
                if !entered.insert(path.canonicalize().unwrap_or_else(|_| path.clone())) {
                    continue;
                }
                match std::fs::read_dir(&path) {
                    Ok(entries) => {
                        let mut inside: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
                        inside.sort_by(|a, b| b.cmp(a));
                        open.extend(inside);
                    }
                    Err(error) => {
                        failures.push(failure(path.display(), error.to_string(), "check that you may read it"));
                    }
                }
            }
            // What the system makes up as it is read may never end.
            Ok(meta) if meta.is_file() && is_made_up(&path) => {
                failures.push(failure(path.display(), "this is no file of a disk", "give files and folders"));
            }
            Ok(meta) if meta.is_file() => found.push(path),
            // A pipe or a socket would be waited for.
            Ok(_) => failures.push(failure(path.display(), "this is no file", "give files and folders")),
            Err(error) => failures.push(failure(path.display(), error.to_string(), "check the path")),
        }
    }
    found
}

/// Whether a path leads to what the system makes up as it is read: `/proc`, `/sys` and `/dev`.
fn is_made_up(path: &Path) -> bool {
    path.canonicalize().is_ok_and(|real| ["/proc", "/sys", "/dev"].iter().any(|root| real.starts_with(root)))
}

/// Fails when it is asked to end.
pub(super) fn heed(stop: &Stop) -> std::io::Result<()> {
    if stop.is_asked() { Err(Error::other("it was asked to end")) } else { Ok(()) }
}

/// Bytes that end when they are asked to.
struct Heeding<R> {
    from: R,
    stop: Stop,
}

impl<R: Read> Read for Heeding<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        heed(&self.stop)?;
        self.from.read(into)
    }
}

/// A file, unpacked as it is read. Packed bytes are watched on both sides: many may give few, and few many.
fn unpacked(path: &Path, stop: &Stop) -> std::io::Result<Box<dyn BufRead>> {
    let file = Heeding { from: std::fs::File::open(path)?, stop: stop.clone() };
    let mut file = BufReader::with_capacity(1 << 16, file);
    Ok(if file.fill_buf()?.starts_with(&GZIP) {
        let from = Members::new(file);
        Box::new(BufReader::with_capacity(1 << 16, Heeding { from, stop: stop.clone() }))
    } else {
        Box::new(file)
    })
}

/// A file's bytes, unpacked; one that is larger than 64 MiB is an error.
pub fn bytes_of(path: &Path) -> std::io::Result<Vec<u8>> {
    bytes_until(path, &Stop::never())
}

/// The same, given up when it is asked to end.
pub(super) fn bytes_until(path: &Path, stop: &Stop) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    unpacked(path, stop)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        let what = format!("the file is larger than {} MiB, the most that is read of it", LARGEST >> 20);
        return Err(Error::new(ErrorKind::FileTooLarge, what));
    }
    Ok(bytes)
}

/// Passes over empty lines without making anything of them; says how many there were.
pub(super) fn skip_empty_lines(reader: &mut (impl BufRead + ?Sized)) -> std::io::Result<u64> {
    let mut lines = 0;
    loop {
        let held = match reader.fill_buf() {
            Ok(held) => held,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let end = held.iter().position(|byte| !matches!(byte, b'\n' | b'\r')).unwrap_or(held.len());
        lines += held[..end].iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
        let is_over = end < held.len() || held.is_empty();
        reader.consume(end);
        if is_over {
            return Ok(lines);
        }
    }
}

/// The lines of a file of any size that are not empty, with their numbers, unpacked, without their ends; one that is
/// too long is an error of its own, any other error ends them.
pub(super) fn lines_of(
    path: &Path,
    stop: &Stop,
) -> std::io::Result<impl Iterator<Item = (u64, std::io::Result<String>)> + use<>> {
    let mut reader = unpacked(path, stop)?;
    let (mut ended, mut number) = (false, 0);
    Ok(std::iter::from_fn(move || {
        if ended {
            return None;
        }
        let mut line = Vec::new();
        let taken = skip_empty_lines(&mut *reader).and_then(|empty| {
            number += empty + 1;
            take_line(&mut *reader, &mut line)
        });
        let read = match taken {
            Ok(Taken::Nothing) => None,
            Ok(Taken::TooLong) => {
                let what = format!("the line is longer than {} MiB, the most that is read of one", LONGEST_LINE >> 20);
                Some(Err(Error::new(ErrorKind::FileTooLarge, what)))
            }
            Ok(Taken::Line) => {
                let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line).trim_ascii();
                Some(Ok(std::str::from_utf8(line).map_or_else(|_| decode(line, None, None).text, str::to_owned)))
            }
            Err(error) => {
                ended = true;
                Some(Err(error))
            }
        };
        read.map(|read| (number, read))
    }))
}

/// What a file is as far as its name alone says.
pub(super) fn kind_by_name(path: &Path) -> Option<Kind> {
    let name = path.to_string_lossy().trim_end_matches(".gz").to_ascii_lowercase();
    let end = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    if end(&[".jsonl", ".ndjson"]) {
        Some(Kind::Lines)
    } else if end(&[".warc"]) {
        Some(Kind::Warc)
    } else {
        None
    }
}

/// What a file is.
fn kind_of(path: &Path, text: &str) -> Kind {
    let name = path.to_string_lossy().trim_end_matches(".gz").to_ascii_lowercase();
    let end = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    let head: String = text.trim_start().chars().take(2000).collect::<String>().to_ascii_lowercase();
    let feed = ["<rss", "<feed", "<rdf:rdf", "<urlset", "<sitemapindex"].iter().any(|mark| head.contains(mark));
    if let Some(kind) = kind_by_name(path) {
        kind
    } else if head.starts_with("warc/1.") {
        Kind::Warc
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

/// What a file holds, its text, and whether that is none in any encoding.
pub(super) fn text_of(path: &Path, bytes: &[u8]) -> (Kind, String, bool) {
    let Decoded { text, encoding, .. } = decode(bytes, None, None);
    (kind_of(path, &text), text, is_binary(bytes, encoding))
}

/// Whether a file holds HTML rather than plain text.
pub fn is_page(path: &Path, text: &str) -> bool {
    kind_of(path, text) != Kind::Text
}

/// Whether bytes are no text in any encoding; `encoding` is the one that they were read in.
fn is_binary(bytes: &[u8], encoding: &str) -> bool {
    let head = &bytes[..bytes.len().min(LOOKED_AT)];
    let odd =
        head.iter().filter(|byte| **byte < 0x20 && !matches!(**byte, b'\t' | b'\n' | b'\r' | 0x0C | 0x1B)).count();
    !encoding.starts_with("UTF-16") && (head.contains(&0) || odd * 20 > head.len())
}

/// A file's address.
pub(super) fn address(path: &Path) -> Url {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    Url::from_file_path(&whole).unwrap_or_else(|()| Url::parse("file:///").expect("a constant"))
}

/// The name under which a file's documents are listed: its folder's.
pub(super) fn source_of(path: &Path) -> SourceId {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let name = whole
        .parent()
        .and_then(Path::file_name)
        .map_or_else(|| "files".to_owned(), |name| name.to_string_lossy().replace(char::is_whitespace, "-"));
    SourceId(name)
}
