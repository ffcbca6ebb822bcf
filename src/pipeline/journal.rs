//! Notes what is being read before it is begun, so that what ends the process is known to the next one.
//!
//! Each pass has a file in `reading/` in the folder of this machine, locked for as long as it lives and removed when it
//! ends. It holds what is open now, written whole with one call and left to the system: it survives the death of the
//! process, and need not survive that of the machine. What lies in an unlocked file was open when its process died. The
//! surprising fact: it says nothing of guilt. A process that is killed leaves what it had in hand, so what was open is
//! asked later, and its items, which `reading/alone` keeps for as long as they wait, are understood one by one; only
//! what is met again and again is given up.

use samestory_model::{Document, SourceId};
use samestory_store::private::make_folder;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use tempfile::NamedTempFile;

/// Bytes before the text: its length and its checksum.
const HEAD: usize = 8;

/// The file of items that are understood alone.
const ALONE: &str = "alone";

/// Something that is read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Open {
    /// What a source sent.
    Source(SourceId),
    /// An item of a source: its page, or what its feed carried.
    Item(SourceId, String),
}

impl Open {
    /// The item that a document was made of.
    pub(super) fn of(document: &Document) -> Self {
        Self::Item(document.source.clone(), document.item.clone())
    }
}

/// What is open; clones write to the same file.
#[derive(Debug, Clone, Default)]
pub(super) struct Journal {
    book: Option<Arc<Mutex<Book>>>,
    /// Items that were open at a death and still wait.
    alone: Arc<BTreeSet<Open>>,
}

#[derive(Debug)]
struct Book {
    file: NamedTempFile,
    open: BTreeMap<u64, Vec<Open>>,
    next: u64,
}

/// What is open until this is dropped.
#[derive(Debug)]
pub(super) struct Mark {
    journal: Journal,
    number: u64,
}

impl Drop for Mark {
    fn drop(&mut self) {
        if let Some(book) = &self.journal.book {
            let mut book = book.lock().unwrap_or_else(PoisonError::into_inner);
            book.open.remove(&self.number);
            book.write();
        }
    }
}

impl Journal {
    /// A journal in this machine's folder, with what was open when processes died that had one there. Where none can
    /// be kept, the pass goes on without.
    pub(super) fn begin(folder: Option<&Path>) -> (Self, BTreeSet<Open>) {
        let Some(folder) = folder.map(|folder| folder.join("reading")) else {
            return (Self::default(), BTreeSet::new());
        };
        match make_folder(&folder).and_then(|()| Ok((left(&folder)?, Book::begin(&folder)?))) {
            Ok((open, book)) => {
                let alone = std::fs::read(folder.join(ALONE)).ok().and_then(|text| serde_json::from_slice(&text).ok());
                (Self { book: Some(Arc::new(Mutex::new(book))), alone: Arc::new(alone.unwrap_or_default()) }, open)
            }
            Err(error) => {
                tracing::warn!("{}: what is being read is not noted: {error}", folder.display());
                (Self::default(), BTreeSet::new())
            }
        }
    }

    /// Items that are understood alone.
    pub(super) fn alone(&self) -> &BTreeSet<Open> {
        &self.alone
    }

    /// Whether an item is understood alone.
    pub(super) fn reads_alone(&self, item: &Open) -> bool {
        self.alone.contains(item)
    }

    /// Keeps which items are understood alone, for this pass and the next ones.
    pub(super) fn keep_alone(&mut self, alone: BTreeSet<Open>) {
        let folder = self.book.as_ref().and_then(|book| {
            let book = book.lock().unwrap_or_else(PoisonError::into_inner);
            book.file.path().parent().map(|folder| folder.join(ALONE))
        });
        if let Some(path) = folder.filter(|_| alone != *self.alone) {
            let text = serde_json::to_vec(&alone).unwrap_or_default();
            let kept = if alone.is_empty() { std::fs::remove_file(&path) } else { replace(&path, &text) };
            if let Err(error) = kept {
                tracing::warn!("{}: {error}", path.display());
            }
        }
        self.alone = Arc::new(alone);
    }

    /// Notes what is begun now.
    pub(super) fn mark(&self, open: Vec<Open>) -> Mark {
        let Some(book) = &self.book else { return Mark { journal: Self::default(), number: 0 } };
        let mut book = book.lock().unwrap_or_else(PoisonError::into_inner);
        book.next += 1;
        let number = book.next;
        book.open.insert(number, open);
        book.write();
        Mark { journal: self.clone(), number }
    }

    /// Ends it: the next pass finds nothing open, whatever still is.
    pub(super) fn end(&self) {
        if let Some(book) = &self.book {
            let book = book.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = std::fs::remove_file(book.file.path());
        }
    }
}

impl Book {
    fn begin(folder: &Path) -> std::io::Result<Self> {
        // Readable by its owner alone, and removed when it is dropped.
        let file = tempfile::Builder::new().prefix("pass-").tempfile_in(folder)?;
        file.as_file().try_lock().map_err(std::io::Error::from)?;
        Ok(Self { file, open: BTreeMap::new(), next: 0 })
    }

    /// Writes what is open. A disk that is full is no reason to stop reading.
    fn write(&mut self) {
        let open: Vec<&Open> = self.open.values().flatten().collect();
        let mut bytes = vec![0; HEAD];
        if !open.is_empty() {
            serde_json::to_writer(&mut bytes, &open).unwrap_or_default();
            let (length, sum) = ((bytes.len() - HEAD) as u32, crc32fast::hash(&bytes[HEAD..]));
            bytes[..4].copy_from_slice(&length.to_be_bytes());
            bytes[4..HEAD].copy_from_slice(&sum.to_be_bytes());
        }
        let file = self.file.as_file_mut();
        let written = file.seek(SeekFrom::Start(0)).and_then(|_| file.write_all(&bytes));
        if let Err(error) = written {
            tracing::debug!("{}: {error}", self.file.path().display());
        }
    }
}

/// What stands in a journal.
fn read(file: &mut File) -> std::io::Result<Vec<Open>> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let number = |at: usize| bytes.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes);
    let (Some(length), Some(sum)) = (number(0), number(4)) else { return Ok(Vec::new()) };
    let text = bytes.get(HEAD..HEAD + length as usize).filter(|text| crc32fast::hash(text) == sum);
    Ok(text.and_then(|text| serde_json::from_slice(text).ok()).unwrap_or_default())
}

/// What the journals of dead processes hold; they are removed.
fn left(folder: &Path) -> std::io::Result<BTreeSet<Open>> {
    let mut open = BTreeSet::new();
    for entry in std::fs::read_dir(folder)?.flatten() {
        if entry.file_name() == ALONE {
            continue;
        }
        let Ok(mut file) = OpenOptions::new().read(true).write(true).open(entry.path()) else { continue };
        // A file that is locked belongs to a process that lives.
        if file.try_lock().is_ok() {
            open.extend(read(&mut file)?);
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(open)
}

/// Swaps a file in whole.
fn replace(path: &Path, text: &[u8]) -> std::io::Result<()> {
    let mut fresh = NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
    fresh.write_all(text)?;
    fresh.persist(path).map(drop).map_err(|error| error.error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(id: &str) -> Open {
        Open::Item(SourceId("paper".to_owned()), id.to_owned())
    }

    /// A copy of what a living journal holds, as its process would leave it.
    fn died(folder: &Path) -> tempfile::TempDir {
        let copy = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(copy.path().join("reading")).expect("a folder");
        for entry in std::fs::read_dir(folder.join("reading")).expect("a folder").flatten() {
            std::fs::copy(entry.path(), copy.path().join("reading").join(entry.file_name())).expect("room");
        }
        copy
    }

    #[test]
    fn what_was_open_at_a_death_is_found_once_and_what_was_done_is_not() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (journal, open) = Journal::begin(Some(folder.path()));
        assert!(open.is_empty());
        drop(journal.mark(vec![item(&"long ".repeat(99))]));
        let source = Open::Source(SourceId("a\nb".to_owned()));
        let marks = (journal.mark(vec![item("1"), item("2")]), journal.mark(vec![source.clone()]));
        let dead = died(folder.path());
        assert_eq!(Journal::begin(Some(folder.path())).1, BTreeSet::new(), "it lives");
        let (mut again, open) = Journal::begin(Some(dead.path()));
        assert_eq!(open, BTreeSet::from([item("1"), item("2"), source]));
        again.keep_alone(BTreeSet::from([item("2")]));
        drop(again);
        let (mut again, _) = Journal::begin(Some(dead.path()));
        assert!(again.reads_alone(&item("2")) && !again.reads_alone(&item("1")));
        again.keep_alone(BTreeSet::new());
        drop(again);
        assert!(Journal::begin(Some(dead.path())).0.alone().is_empty());
        assert_eq!(Journal::begin(Some(dead.path())).1, BTreeSet::new(), "it was found already");
        drop(marks);
        assert_eq!(Journal::begin(Some(died(folder.path()).path())).1, BTreeSet::new(), "all is done");
    }

    #[test]
    fn a_pass_that_ends_in_order_leaves_nothing_and_a_torn_note_says_nothing() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (journal, _) = Journal::begin(Some(folder.path()));
        let mark = journal.mark(vec![item("1")]);
        journal.end();
        assert_eq!(std::fs::read_dir(folder.path().join("reading")).expect("a folder").count(), 0);
        drop(mark);
        for torn in [&b""[..], b"\0\0\0", b"\0\0\0\x05\0\0\0\0[1]", &[0xFF; 40]] {
            std::fs::write(folder.path().join("reading/1-0"), torn).expect("room");
            assert_eq!(Journal::begin(Some(folder.path())).1, BTreeSet::new());
        }
    }
}
