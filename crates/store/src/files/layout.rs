//! Where a store's files lie, and which process may write: generations of folders and the file that names one.
//!
//! Everything that a writer keeps lies in one folder `g<number>`. What is written anew as a whole (by
//! `compact`, `restore` or a migration) goes into a folder with the next number, and the file `current`,
//! renamed into place, is the one moment at which the store changes hands. Whatever a crash leaves is a
//! folder that `current` does not name; the next writer removes it. The lock is the system's own on `writer.lock`,
//! so it ends with its process, however that ends.

use crate::error::StoreError;
use crate::private;
use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Format of the store; a later one is refused. From 2 to 3 only records changed, which are brought forward as they are
/// read (`records`): the number keeps earlier programs from reading what they do not know.
pub(crate) const FORMAT: u32 = 3;
/// The earliest format whose files lie as today's do.
const FIRST_OF_THIS_LAYOUT: u32 = 2;

/// The folder of a generation.
pub(crate) fn generation(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("g{number}"))
}

/// Where the first format kept its database.
pub(crate) fn first_format(folder: &Path) -> PathBuf {
    folder.join("sled")
}

/// The generation that counts; `None` where there is no store, or one of the first format.
pub(crate) fn current(folder: &Path) -> Result<Option<u64>, StoreError> {
    Ok(named(folder)?.map(|pair| pair.1))
}

/// The format of the generation that counts, where there is one.
pub(crate) fn format(folder: &Path) -> Result<Option<u32>, StoreError> {
    Ok(named(folder)?.map(|pair| pair.0))
}

/// What `current` names: a format and a generation.
fn named(folder: &Path) -> Result<Option<(u32, u64)>, StoreError> {
    let path = folder.join("current");
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => String::new(),
        Err(error) => return Err(StoreError::disk(&path, &error)),
    };
    let value = |name: &str| -> Option<u64> {
        let mut words = text.lines().find(|line| line.starts_with(name))?.split(' ');
        words.nth(1)?.parse().ok()
    };
    match (value("format"), value("generation")) {
        (Some(found), _) if found > u64::from(FORMAT) => {
            Err(StoreError::Newer { path: folder.to_owned(), found: found as u32, known: FORMAT })
        }
        // Another number would name another store, or none.
        (Some(found), Some(number)) if is_written(&text, found as u32, number) => Ok(Some((found as u32, number))),
        _ => Err(StoreError::Damaged { path, what: "it is not as it was written".to_owned() }),
    }
}

/// Makes a folder's entries durable.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| StoreError::disk(folder, &error))
}

fn is_written(text: &str, format: u32, number: u64) -> bool {
    format >= FIRST_OF_THIS_LAYOUT && text == written(format, number)
}

/// What `current` says of a generation, with a checksum.
fn written(format: u32, number: u64) -> String {
    let said = format!("samestory store\nformat {format}\ngeneration {number}\n");
    format!("{said}checksum {:08x}\n", crc32fast::hash(said.as_bytes()))
}

/// Swaps a small file in whole: written beside its place, durable, then renamed. Makes its folder where need be.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let written = private::make_folder(folder).and_then(|()| {
        let mut fresh = tempfile::Builder::new().prefix(".new-").tempfile_in(folder)?;
        fresh.write_all(bytes)?;
        fresh.as_file().sync_all()?;
        fresh.persist(path).map_err(|error| error.error)?;
        Ok(())
    });
    written.map_err(|error| StoreError::disk(path, &error))
}

/// Names the generation that counts from now on.
pub(crate) fn set_current(folder: &Path, number: u64) -> Result<(), StoreError> {
    replace(&folder.join("current"), written(FORMAT, number).as_bytes())?;
    sync_folder(folder)
}

/// Every generation's folder that lies here.
pub(crate) fn generations(folder: &Path) -> Vec<u64> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.strip_prefix('g')?.parse().ok()).collect()
}

/// What stands in a generation's folder until it counts.
const UNFINISHED: &str = "unfinished";

/// Where the database of the first format is kept.
pub(crate) const ASIDE: &str = "format-1";

/// Makes the folder of a generation, which holds nothing that counts until it is [`finished`].
pub(crate) fn begin(folder: &Path, number: u64) -> Result<PathBuf, StoreError> {
    let generation = generation(folder, number);
    let made = private::make_folder(&generation).and_then(|()| private::create(&generation.join(UNFINISHED)));
    made.map_err(|error| StoreError::disk(&generation, &error))?;
    Ok(generation)
}

/// Whether a generation was begun and does not count yet.
pub(crate) fn is_unfinished(generation: &Path) -> bool {
    generation.join(UNFINISHED).exists()
}

/// Notes that a generation counts. `current` names it already, so where that cannot be noted now, the next writer does.
pub(crate) fn finished(generation: &Path) {
    let _ = std::fs::remove_file(generation.join(UNFINISHED));
}

/// A free name beside a generation for what is damaged in it.
pub(crate) fn aside(folder: &Path, generation: &Path) -> PathBuf {
    let name = generation.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let path = |number: u32| folder.join(format!("damaged-{name}-{number}"));
    (1..u32::MAX).map(path).find(|path| !path.exists()).unwrap_or_else(|| path(u32::MAX))
}

/// Something that changes when a commit has been made: to notice it without reading anything.
pub fn mark(folder: &Path) -> (u64, u64) {
    let Ok(Some(number)) = current(folder) else { return (0, 0) };
    let entries = std::fs::read_dir(generation(folder, number)).into_iter().flatten().flatten();
    (number, entries.filter_map(|entry| Some(entry.metadata().ok()?.len())).sum())
}

/// Size of a folder with everything in it, bytes; 0 for what cannot be read.
pub fn size(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(meta) if meta.is_dir() => size(&entry.path()),
            Ok(meta) => meta.len(),
            Err(_) => 0,
        })
        .sum()
}

/// The right to write, for as long as it lives.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
    pid: PathBuf,
}

impl Lock {
    /// Takes the right to write to a store's folder, which is made where it is not there.
    pub(crate) fn take(folder: &Path) -> Result<Self, StoreError> {
        private::make_folder(folder).map_err(|error| StoreError::disk(folder, &error))?;
        let (path, pid) = (folder.join("writer.lock"), folder.join("writer.pid"));
        let file = private::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|error| StoreError::disk(&path, &error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let who = std::fs::read_to_string(&pid)
                    .map_or_else(|_| "another process".to_owned(), |text| format!("process {}", text.trim()));
                return Err(StoreError::Busy { path: folder.to_owned(), who });
            }
            Err(TryLockError::Error(error)) => return Err(StoreError::disk(&path, &error)),
        }
        private::create(&pid)
            .and_then(|mut file| file.write_all(std::process::id().to_string().as_bytes()))
            .map_err(|error| StoreError::disk(&pid, &error))?;
        Ok(Self { file, pid })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.pid);
        let _ = self.file.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generation_is_named_and_read_back_and_a_later_format_refused() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert_eq!(current(folder.path()).expect("no store"), None);
        set_current(folder.path(), 7).expect("room");
        assert_eq!(current(folder.path()).expect("a store"), Some(7));
        let text = std::fs::read_to_string(folder.path().join("current")).expect("a file");
        for place in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[place] ^= 1;
            std::fs::write(folder.path().join("current"), bytes).expect("room");
            assert!(current(folder.path()).is_err(), "byte {place}");
        }
        std::fs::write(folder.path().join("current"), "samestory store\nformat 99\ngeneration 1\n").expect("room");
        assert!(matches!(current(folder.path()), Err(StoreError::Newer { found: 99, .. })));
        std::fs::write(folder.path().join("current"), [0xFF, 0x00]).expect("room");
        assert!(matches!(current(folder.path()), Err(StoreError::Damaged { .. })));
    }
}
