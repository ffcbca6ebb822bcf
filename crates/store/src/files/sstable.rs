//! Sorted tables in one file, for readers that look a few entries up and load nothing.
//!
//! A table is a run of entries of one width, sorted as bytes, in blocks of 128 with a CRC-32 each, so
//! that every byte that a lookup relies on is checked. The file ends with a record that says where each
//! table begins (the head), its length and a mark; it is written beside the old one and renamed.

use crate::error::StoreError;
use crate::private;
use crate::records::{Record, Trailed, Written, decode, encode};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Entries of one block.
const BLOCK: u64 = 128;
/// The end of every file of tables.
const MARK: &[u8; 8] = b"samestIX";

/// Where a table lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    start: u64,
    count: u64,
    width: u32,
}

impl Place {
    fn block_bytes(self) -> u64 {
        BLOCK * u64::from(self.width) + 4
    }
}

/// An open file of tables with its head.
#[derive(Debug)]
pub(crate) struct Sections<T> {
    /// What the writer said about all of it.
    pub(crate) head: T,
    tables: Vec<Table>,
}

/// One table of an open file.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    file: Arc<File>,
    path: Arc<PathBuf>,
    place: Place,
}

fn damaged(path: &Path, what: &str) -> StoreError {
    StoreError::Log { path: path.to_owned(), what: what.to_owned() }
}

impl<T: Record> Sections<T> {
    /// Opens a file; `None` where there is none.
    pub(crate) fn open(path: &Path) -> Result<Option<Self>, StoreError> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StoreError::disk(path, &error)),
        };
        let length = file.metadata().map_err(|error| StoreError::disk(path, &error))?.len();
        let end = |back: u64, bytes: &mut [u8]| {
            let at = length.checked_sub(back).ok_or_else(|| damaged(path, "it is cut off"))?;
            file.read_exact_at(bytes, at).map_err(|error| StoreError::disk(path, &error))
        };
        let mut foot = [0; 12];
        end(12, &mut foot)?;
        if foot[4..] != MARK[..] {
            return Err(damaged(path, "its end is not as it was written"));
        }
        let size = u32::from_be_bytes([foot[0], foot[1], foot[2], foot[3]]);
        if u64::from(size) + 12 > length {
            return Err(damaged(path, "its end is not as it was written"));
        }
        let mut record = vec![0; size as usize];
        end(12 + u64::from(size), &mut record)?;
        let Trailed(head, places): Trailed<T, Vec<Place>> = decode(&record).map_err(|what| damaged(path, &what))?;
        let (file, path) = (Arc::new(file), Arc::new(path.to_owned()));
        let table = |place| Table { file: Arc::clone(&file), path: Arc::clone(&path), place };
        Ok(Some(Self { head, tables: places.into_iter().map(table).collect() }))
    }

    /// A table by its number.
    pub(crate) fn table(&self, number: usize) -> &Table {
        &self.tables[number]
    }

    /// Every table.
    pub(crate) fn tables(&self) -> &[Table] {
        &self.tables
    }
}

impl Table {
    /// How many entries it has.
    pub(crate) fn len(&self) -> u64 {
        self.place.count
    }

    fn width(&self) -> usize {
        self.place.width as usize
    }

    /// The entries of a block, one after the other.
    fn block(&self, number: u64) -> Result<Vec<u8>, StoreError> {
        let entries = self.place.count.saturating_sub(number * BLOCK).min(BLOCK) as usize;
        let mut bytes = vec![0; entries * self.width() + 4];
        let at = self.place.start + number * self.place.block_bytes();
        self.file.read_exact_at(&mut bytes, at).map_err(|error| StoreError::disk(&self.path, &error))?;
        let sum = bytes.split_off(entries * self.width());
        if crc32fast::hash(&bytes).to_be_bytes() != sum[..] {
            return Err(damaged(&self.path, "a table fails its checksum"));
        }
        Ok(bytes)
    }

    /// The place of the first entry that is not below a key.
    pub(crate) fn lower_bound(&self, key: &[u8]) -> Result<u64, StoreError> {
        // First over the blocks by their first entries, then inside one.
        let (mut low, mut high) = (0, self.place.count.div_ceil(BLOCK));
        while low < high {
            let middle = low + (high - low) / 2;
            if self.block(middle)?[..key.len()] < *key { low = middle + 1 } else { high = middle }
        }
        let Some(number) = low.checked_sub(1) else { return Ok(0) };
        let block = self.block(number)?;
        let inside = block.chunks(self.width()).take_while(|entry| entry[..key.len()] < *key).count();
        Ok(number * BLOCK + inside as u64)
    }

    /// Entries from a place on, to the end.
    pub(crate) fn from(&self, place: u64) -> impl Iterator<Item = Result<Vec<u8>, StoreError>> + use<> {
        let (table, mut number, mut skip) = (self.clone(), place / BLOCK, (place % BLOCK) as usize);
        let mut left: std::vec::IntoIter<Vec<u8>> = Vec::new().into_iter();
        std::iter::from_fn(move || {
            loop {
                if let Some(entry) = left.next() {
                    return Some(Ok(entry));
                }
                if number * BLOCK >= table.place.count {
                    return None;
                }
                match table.block(number) {
                    Ok(bytes) => {
                        let entries: Vec<Vec<u8>> =
                            bytes.chunks(table.width()).skip(skip).map(<[u8]>::to_vec).collect();
                        left = entries.into_iter();
                        (number, skip) = (number + 1, 0);
                    }
                    Err(error) => {
                        number = u64::MAX / BLOCK;
                        return Some(Err(error));
                    }
                }
            }
        })
    }

    /// Entries from the last one back to the first.
    pub(crate) fn backwards(&self) -> impl Iterator<Item = Result<Vec<u8>, StoreError>> + use<> {
        let table = self.clone();
        let mut next = table.place.count.div_ceil(BLOCK);
        let mut left: Vec<Vec<u8>> = Vec::new();
        std::iter::from_fn(move || {
            while left.is_empty() && next > 0 {
                next -= 1;
                match table.block(next) {
                    Ok(bytes) => left = bytes.chunks(table.width()).map(<[u8]>::to_vec).collect(),
                    Err(error) => {
                        next = 0;
                        return Some(Err(error));
                    }
                }
            }
            left.pop().map(Ok)
        })
    }

    /// Entries that begin with a key.
    pub(crate) fn with(&self, key: &[u8]) -> Result<Vec<Vec<u8>>, StoreError> {
        let mut found = Vec::new();
        for entry in self.from(self.lower_bound(key)?) {
            let entry = entry?;
            if !entry.starts_with(key) {
                break;
            }
            found.push(entry);
        }
        Ok(found)
    }

    /// The entry that begins with a key.
    pub(crate) fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let entry = self.from(self.lower_bound(key)?).next().transpose()?;
        Ok(entry.filter(|entry| entry.starts_with(key)))
    }
}

/// Writes a file of tables.
pub(crate) struct Writing {
    path: PathBuf,
    fresh: PathBuf,
    out: BufWriter<File>,
    at: u64,
    places: Vec<Place>,
}

impl Writing {
    /// Begins beside the file that it will replace.
    pub(crate) fn begin(path: &Path) -> Result<Self, StoreError> {
        let fresh = path.with_extension("new");
        let out = BufWriter::new(private::create(&fresh).map_err(|error| StoreError::disk(&fresh, &error))?);
        Ok(Self { path: path.to_owned(), fresh, out, at: 0, places: Vec::new() })
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.at += bytes.len() as u64;
        self.out.write_all(bytes).map_err(|error| StoreError::disk(&self.fresh, &error))
    }

    /// Writes a table of entries that come sorted.
    pub(crate) fn table(
        &mut self,
        width: usize,
        entries: impl Iterator<Item = Result<Vec<u8>, StoreError>>,
    ) -> Result<(), StoreError> {
        let (start, mut count) = (self.at, 0);
        let mut block = Vec::with_capacity(width * BLOCK as usize);
        for entry in entries {
            block.extend(entry?);
            count += 1;
            if count % BLOCK == 0 {
                block.extend(crc32fast::hash(&block).to_be_bytes());
                self.put(&std::mem::take(&mut block))?;
            }
        }
        if !block.is_empty() {
            block.extend(crc32fast::hash(&block).to_be_bytes());
            self.put(&block)?;
        }
        self.places.push(Place { start, count, width: width as u32 });
        Ok(())
    }

    /// Ends the file and swaps it in.
    pub(crate) fn finish<T: Written>(mut self, head: &T) -> Result<(), StoreError> {
        let record = encode(&Trailed(head, std::mem::take(&mut self.places)));
        self.put(&record)?;
        self.put(&(record.len() as u32).to_be_bytes())?;
        self.put(MARK)?;
        let Self { path, fresh, out, .. } = self;
        let file = out.into_inner().map_err(|error| StoreError::disk(&fresh, error.error()))?;
        file.sync_all().and_then(|()| std::fs::rename(&fresh, &path)).map_err(|error| StoreError::disk(&path, &error))
    }
}

/// Two sorted runs as one: the older one's entries that still hold, and the fresh ones.
pub(crate) fn merged<'a>(
    old: Option<impl Iterator<Item = Result<Vec<u8>, StoreError>> + 'a>,
    holds: impl Fn(&[u8]) -> bool + 'a,
    mut fresh: Vec<Vec<u8>>,
) -> impl Iterator<Item = Result<Vec<u8>, StoreError>> + 'a {
    fresh.sort_unstable();
    fresh.dedup();
    let mut fresh = fresh.into_iter().peekable();
    let kept = old.into_iter().flatten().filter(move |entry| entry.as_ref().map_or(true, |entry| holds(entry)));
    let mut kept = Box::new(kept).peekable();
    std::iter::from_fn(move || match (kept.peek(), fresh.peek()) {
        (_, None) | (Some(Err(_)), _) => kept.next(),
        (Some(Ok(old)), Some(new)) if old < new => kept.next(),
        (Some(Ok(old)), Some(new)) if old == new => {
            fresh.next();
            kept.next()
        }
        (_, Some(_)) => fresh.next().map(Ok),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: u64) -> Vec<u8> {
        [number.to_be_bytes(), (number * 7).to_be_bytes()].concat()
    }

    fn write(path: &Path, numbers: &[u64]) -> Sections<String> {
        let mut writing = Writing::begin(path).expect("room");
        writing.table(16, std::iter::empty()).expect("room");
        writing.table(16, numbers.iter().map(|number| Ok(entry(*number)))).expect("room");
        writing.finish(&"head".to_owned()).expect("room");
        Sections::open(path).expect("a file").expect("a file")
    }

    #[test]
    fn what_was_written_sorted_is_found_by_key_forwards_and_backwards() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for count in [0u64, 1, 127, 128, 129, 1000] {
            let numbers: Vec<u64> = (0..count).map(|number| number * 3 + 1).collect();
            let sections = write(&folder.path().join("index"), &numbers);
            assert_eq!((sections.head.as_str(), sections.tables().len(), sections.table(0).len()), ("head", 2, 0));
            let table = sections.table(1);
            for number in [0, 1, 2, 3, 4, 382, 385, 1500, 2998, 5000u64] {
                let expected = numbers.contains(&number).then(|| entry(number));
                assert_eq!(table.get(&number.to_be_bytes()).expect("whole"), expected, "{number} of {count}");
                let below = numbers.iter().filter(|other| **other < number).count() as u64;
                assert_eq!(table.lower_bound(&number.to_be_bytes()).expect("whole"), below);
            }
            let mut back: Vec<_> = table.backwards().map(|entry| entry.expect("whole")).collect();
            back.reverse();
            assert_eq!(back, table.from(0).map(|entry| entry.expect("whole")).collect::<Vec<_>>());
            assert_eq!(back.len() as u64, count);
        }
    }

    #[test]
    fn a_flipped_byte_is_noticed_wherever_it_lies() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("index");
        write(&path, &(0..300).collect::<Vec<_>>());
        let whole = std::fs::read(&path).expect("a file");
        for place in (0..whole.len()).step_by(41).chain(whole.len() - 12..whole.len()) {
            let mut bytes = whole.clone();
            bytes[place] ^= 0x20;
            std::fs::write(&path, bytes).expect("room");
            let read = Sections::<String>::open(&path)
                .and_then(|sections| sections.expect("a file").table(1).from(0).collect::<Result<Vec<_>, _>>());
            assert!(read.is_err(), "byte {place}");
        }
    }

    #[test]
    fn runs_merge_without_what_no_longer_holds() {
        let old = [1, 3, 5, 7].map(|number| Ok(entry(number)));
        let fresh = vec![entry(9), entry(4), entry(5)];
        let gone = entry(3);
        let all: Vec<_> = merged(Some(old.into_iter()), move |old| old != gone, fresh).map(Result::unwrap).collect();
        assert_eq!(all, [1, 4, 5, 7, 9].map(entry));
    }
}
