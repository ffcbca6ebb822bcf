//! Documents and their features, in one file that only grows: written once, never changed in place.
//!
//! They are nine tenths of a store and never change, so they stay out of sled, which keeps where they
//! lie ([`Located`]): 100,000 of them, 0.82 GB, took 2.03 GB inside sled. An entry is a head (two
//! lengths, the document's id, a checksum of these) and two records with checksums of their own.
//! What lies behind the length that the database knows belongs to a commit that was cut off, and is skipped.

use super::salvage;
use crate::error::StoreError;
use crate::private;
use crate::records::{decode, encode};
use samestory_model::{Document, DocumentId, Features};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes of a head.
const HEAD: usize = 20;

/// Where a document lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Located {
    /// Of its head.
    pub(crate) offset: u64,
    /// Length of the document's record.
    pub(crate) document: u32,
    /// Length of the features' record.
    pub(crate) features: u32,
}

impl Located {
    /// Bytes that it takes.
    pub(crate) fn bytes(self) -> u64 {
        HEAD as u64 + u64::from(self.document) + u64::from(self.features)
    }
}

/// Path of the documents' file in a generation's folder.
pub(crate) fn path(generation: &Path) -> PathBuf {
    generation.join("documents.log")
}

/// The file of documents.
#[derive(Debug)]
pub(crate) struct DocumentLog {
    path: PathBuf,
    file: File,
    length: AtomicU64,
}

impl DocumentLog {
    /// For reading beside a writer.
    pub(crate) fn open(generation: &Path) -> std::io::Result<Self> {
        let path = path(generation);
        let file = File::open(&path)?;
        Ok(Self { path, file, length: AtomicU64::new(0) })
    }

    /// For the writer. What lies behind the known length stays: it belongs to a commit that was cut off, or to one that
    /// the database has lost, and then it is all that there is of it. Fresh entries go behind it.
    pub(crate) fn open_to_write(generation: &Path, length: u64) -> Result<Self, StoreError> {
        let path = path(generation);
        let disk = |error: std::io::Error| StoreError::disk(&path, &error);
        let there = match std::fs::metadata(&path) {
            Ok(meta) => meta.len(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => 0,
            Err(error) => return Err(disk(error)),
        };
        if there < length {
            let what = format!("it has {there} of {length} bytes");
            return Err(StoreError::Damaged { path, what });
        }
        let file = private::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(disk)?;
        Ok(Self { path, file, length: AtomicU64::new(there) })
    }

    /// Every entry that is whole, the latest of a document last; says how many bytes belong to none.
    pub(crate) fn salvage(&self, mut each: impl FnMut(Located, Document)) -> Result<u64, StoreError> {
        let lengths = |head: &[u8]| {
            let number = |at: usize| u32::from_be_bytes(head[at..at + 4].try_into().expect("four bytes"));
            (number(0), number(4))
        };
        let body = |head: &[u8]| {
            let (said, sum) = head.split_at(HEAD - 4);
            let (document, features) = lengths(head);
            (crc32fast::hash(said).to_be_bytes() == sum).then_some(document as usize + features as usize)
        };
        let lost = salvage::entries(&self.file, HEAD, body, |offset, entry| {
            let (document, features) = lengths(entry);
            let (first, second) = entry[HEAD..].split_at(document as usize);
            let read = decode::<Document>(first).ok().filter(|_| decode::<Features>(second).is_ok());
            let id = &entry[8..16];
            match read.filter(|read| read.id.key() == id) {
                Some(read) => {
                    each(Located { offset, document, features }, read);
                    true
                }
                None => false,
            }
        });
        let lost = lost.map_err(|error| StoreError::disk(&self.path, &error))?;
        Ok(lost.into_iter().map(|(from, to)| to - from).sum())
    }

    /// Where the next entry goes.
    pub(crate) fn length(&self) -> u64 {
        self.length.load(Ordering::Acquire)
    }

    /// Writes entries behind everything, durably. They count once [`DocumentLog::keep`] is called.
    pub(crate) fn append(&self, documents: &[&(Document, Features)], sync: bool) -> Result<Vec<Located>, StoreError> {
        let start = self.length();
        let mut bytes = Vec::new();
        let mut located = Vec::with_capacity(documents.len());
        for (document, features) in documents {
            let offset = start + bytes.len() as u64;
            let (first, second) = (encode(document), encode(features));
            located.push(Located { offset, document: first.len() as u32, features: second.len() as u32 });
            let head = bytes.len();
            bytes.extend_from_slice(&(first.len() as u32).to_be_bytes());
            bytes.extend_from_slice(&(second.len() as u32).to_be_bytes());
            bytes.extend_from_slice(&document.id.key());
            let sum = crc32fast::hash(&bytes[head..]);
            bytes.extend_from_slice(&sum.to_be_bytes());
            bytes.extend_from_slice(&first);
            bytes.extend_from_slice(&second);
        }
        self.write(start, &bytes, sync)?;
        Ok(located)
    }

    /// Writes an entry of another file behind everything, as it is, and returns where it lies now.
    pub(crate) fn append_raw(&self, entry: &[u8], at: Located) -> Result<Located, StoreError> {
        let offset = self.length();
        self.write(offset, entry, false)?;
        self.keep(offset + entry.len() as u64);
        Ok(Located { offset, ..at })
    }

    fn write(&self, at: u64, bytes: &[u8], sync: bool) -> Result<(), StoreError> {
        let written = self.file.write_all_at(bytes, at);
        let done = if sync { written.and_then(|()| self.file.sync_data()) } else { written };
        done.map_err(|error| StoreError::disk(&self.path, &error))
    }

    /// Makes everything that was written durable.
    pub(crate) fn sync(&self) -> Result<(), StoreError> {
        self.file.sync_all().map_err(|error| StoreError::disk(&self.path, &error))
    }

    /// Counts what was written up to here as written.
    pub(crate) fn keep(&self, length: u64) {
        self.length.store(length, Ordering::Release);
    }

    fn damaged(&self, id: DocumentId, what: &str) -> StoreError {
        StoreError::Damaged { path: self.path.clone(), what: format!("document {id}: {what}") }
    }

    fn bytes(&self, id: DocumentId, at: u64, length: usize) -> Result<Vec<u8>, StoreError> {
        let mut bytes = vec![0; length];
        match self.file.read_exact_at(&mut bytes, at) {
            Ok(()) => Ok(bytes),
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                Err(self.damaged(id, "the file ends before it"))
            }
            Err(error) => Err(StoreError::disk(&self.path, &error)),
        }
    }

    /// An entry as it lies there, its head checked.
    pub(crate) fn raw(&self, id: DocumentId, at: Located) -> Result<Vec<u8>, StoreError> {
        let bytes = self.bytes(id, at.offset, at.bytes() as usize)?;
        self.check_head(id, at, &bytes)?;
        Ok(bytes)
    }

    fn check_head(&self, id: DocumentId, at: Located, bytes: &[u8]) -> Result<(), StoreError> {
        let (said, sum) = bytes[..HEAD].split_at(HEAD - 4);
        let expected = [&at.document.to_be_bytes()[..], &at.features.to_be_bytes(), &id.key()].concat();
        if crc32fast::hash(said).to_be_bytes() != sum || said != expected {
            return Err(self.damaged(id, "its head is not as it was written"));
        }
        Ok(())
    }

    /// A document.
    pub(crate) fn document(&self, id: DocumentId, at: Located) -> Result<Document, StoreError> {
        let bytes = self.bytes(id, at.offset, HEAD + at.document as usize)?;
        self.check_head(id, at, &bytes)?;
        decode(&bytes[HEAD..]).map_err(|what| self.damaged(id, &what))
    }

    /// A document's features.
    pub(crate) fn features(&self, id: DocumentId, at: Located) -> Result<Features, StoreError> {
        let start = at.offset + HEAD as u64 + u64::from(at.document);
        let bytes = self.bytes(id, start, at.features as usize)?;
        decode(&bytes).map_err(|what| self.damaged(id, &what))
    }

    /// A document with its features, in one reading.
    pub(crate) fn both(&self, id: DocumentId, at: Located) -> Result<(Document, Features), StoreError> {
        let bytes = self.raw(id, at)?;
        let (first, second) = bytes[HEAD..].split_at(at.document as usize);
        let document = decode(first).map_err(|what| self.damaged(id, &what))?;
        Ok((document, decode(second).map_err(|what| self.damaged(id, &what))?))
    }
}
