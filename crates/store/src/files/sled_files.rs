//! What lies in sled's folder, read without sled: for the checks before it opens and after it has closed.
//!
//! sled 0.34 has faults that it cannot mend itself, and all of them happen while it opens. It takes an unfinished
//! snapshot (`snap.*.generating`) for a finished one. It ends its log at the first message that does not read and
//! wipes what follows, whole messages too. It passes over a segment whose header does not read. It makes an empty
//! database where there is none. So each closing leaves a record of the parts that only the log vouches for
//! ([`Files::record`]), and an opening that finds other bytes there is not made.
//!
//! Layout (sled 0.34.7, no release since 2021): `db` is a row of segments of 512 KiB. A segment begins with a CRC-32
//! and two log sequence numbers. `snap.HEX` is the page table as of the log sequence number HEX. `blobs/` holds one
//! file for each large value. `conf` is text with a CRC-32, the same in every store.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// Bytes of a segment.
const SEGMENT: u64 = 512 << 10;
/// Bytes of a segment's header: CRC-32, its log sequence number, the last stable one.
const HEAD: usize = 20;
/// `conf` as sled 0.34 writes it for the settings that a store has.
const CONF: &[u8] = b"segment_size: 524288\nuse_compression: false\nversion: 0.34\n\x76\x19\x51\xc1";

/// The files of one database.
#[derive(Debug, Clone)]
pub(crate) struct Files(PathBuf);

/// The CRC-32 of bytes without the zeros at their end, which a recovery may add.
fn sum(bytes: &[u8]) -> u32 {
    let used = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    crc32fast::hash(&bytes[..used])
}

fn sum_of_file(path: &Path) -> std::io::Result<u32> {
    let (mut file, mut sum) = (File::open(path)?, crc32fast::Hasher::new());
    let mut part = vec![0; 64 << 10];
    loop {
        match file.read(&mut part)? {
            0 => return Ok(sum.finalize()),
            read => sum.update(&part[..read]),
        }
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

impl Files {
    /// The files in a folder.
    pub(crate) fn of(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.0
    }

    /// The file of segments.
    pub(crate) fn data(&self) -> PathBuf {
        self.0.join("db")
    }

    /// Where large values lie.
    pub(crate) fn blobs(&self) -> PathBuf {
        self.0.join("blobs")
    }

    /// Whether anything was ever written there.
    pub(crate) fn are_there(&self) -> bool {
        std::fs::metadata(self.data()).is_ok_and(|meta| meta.is_file() && meta.len() > 0)
    }

    fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path())
    }

    /// Finished snapshots, each with the log sequence number that it stands at; the latest last.
    fn snapshots(&self) -> BTreeMap<u64, PathBuf> {
        let at = |path: &Path| u64::from_str_radix(name(path).strip_prefix("snap.")?, 16).ok();
        Self::entries(&self.0).filter_map(|path| Some((at(&path)?, path))).collect()
    }

    /// Removes snapshots that were never finished: sled reads them as if they were.
    pub(crate) fn sweep(&self) -> std::io::Result<()> {
        let unfinished = |path: &PathBuf| name(path).starts_with("snap.") && name(path).ends_with(".generating");
        Self::entries(&self.0).filter(unfinished).try_for_each(std::fs::remove_file)
    }

    /// Writes `conf` anew where it is not as sled writes it: a torn one makes sled refuse the database, or read it with
    /// other sizes.
    pub(crate) fn mend_conf(&self) -> std::io::Result<()> {
        let path = self.0.join("conf");
        if std::fs::read(&path).is_ok_and(|bytes| bytes == CONF) {
            return Ok(());
        }
        let mut fresh = tempfile::Builder::new().prefix(".conf-").tempfile_in(&self.0)?;
        fresh.write_all(CONF)?;
        fresh.as_file().sync_all()?;
        fresh.persist(path).map_err(|error| error.error)?;
        Ok(())
    }

    /// Why the latest snapshot would not be read; `None` where it would, or where there is none.
    pub(crate) fn broken_snapshot(&self) -> Option<(PathBuf, &'static str)> {
        let path = self.snapshots().into_values().next_back()?;
        let bytes = std::fs::read(&path).unwrap_or_default();
        let Some(end) = bytes.len().checked_sub(12).filter(|end| *end > 0) else {
            return Some((path, "it is cut off"));
        };
        let sound = crc32fast::hash(&bytes[..end]).to_le_bytes() == bytes[end + 8..];
        (!sound).then_some((path, "it fails its checksum"))
    }

    /// Removes every snapshot: the log is then read from its beginning.
    pub(crate) fn forget_snapshots(&self) -> std::io::Result<()> {
        self.snapshots().into_values().try_for_each(std::fs::remove_file)
    }

    /// Each segment that came after the latest snapshot, with the sum of its bytes; only the log vouches for these.
    fn segments(&self) -> std::io::Result<Vec<(u64, u32)>> {
        let from = self.snapshots().into_keys().next_back().unwrap_or(0) / SEGMENT * SEGMENT;
        let (file, mut found) = (File::open(self.data())?, Vec::new());
        for at in (0..file.metadata()?.len()).step_by(SEGMENT as usize) {
            let mut head = [0; HEAD];
            if file.read_exact_at(&mut head, at).is_err() {
                break;
            }
            let stored = u32::from_le_bytes(head[..4].try_into().expect("four bytes"));
            let lsn = u64::from_le_bytes(head[4..12].try_into().expect("eight bytes")) ^ (u64::MAX >> 1);
            if crc32fast::hash(&head[4..]) == !stored && lsn >= from {
                found.push((at, Self::segment(&file, at)?));
            }
        }
        Ok(found)
    }

    fn segment(file: &File, at: u64) -> std::io::Result<u32> {
        let mut bytes = vec![0; SEGMENT as usize];
        let mut read = 0;
        while read < bytes.len() {
            match file.read_at(&mut bytes[read..], at + read as u64)? {
                0 => break,
                more => read += more,
            }
        }
        Ok(sum(&bytes[..read]))
    }

    /// What an opening relies on, a line each: the latest snapshot, the segments after it, the large values.
    pub(crate) fn record(&self) -> std::io::Result<Vec<String>> {
        let mut lines = Vec::new();
        if let Some(path) = self.snapshots().into_values().next_back() {
            lines.push(format!("file {} {:08x}", name(&path), sum_of_file(&path)?));
        }
        for (at, sum) in self.segments()? {
            lines.push(format!("segment {at} {sum:08x}"));
        }
        for path in Self::entries(&self.blobs()) {
            lines.push(format!("file blobs/{} {:08x}", name(&path), sum_of_file(&path)?));
        }
        Ok(lines)
    }

    /// Whether the latest snapshot is later than the one that a record names: sled has opened the database since.
    pub(crate) fn has_moved_on(&self, record: &[String]) -> bool {
        let named = record.iter().find_map(|line| line.strip_prefix("file snap.")?.split(' ').next());
        let named = named.and_then(|at| u64::from_str_radix(at, 16).ok());
        self.snapshots().into_keys().next_back() > named
    }

    /// What is not as a record says, a sentence each.
    pub(crate) fn differences(&self, record: &[String]) -> Vec<String> {
        let mut found = Vec::new();
        let data = File::open(self.data());
        for line in record {
            let words: Vec<&str> = line.split(' ').collect();
            let [kind, which, sum] = words[..] else { continue };
            let Ok(sum) = u32::from_str_radix(sum, 16) else { continue };
            let is = match (kind, &data) {
                ("file", _) => sum_of_file(&self.0.join(which)),
                (_, Ok(file)) => Self::segment(file, which.parse().unwrap_or(0)),
                (_, Err(error)) => Err(std::io::Error::new(error.kind(), error.to_string())),
            };
            let what = if kind == "file" { which.to_owned() } else { format!("the segment of `db` at byte {which}") };
            match is {
                Ok(is) if is == sum => {}
                Ok(_) => found.push(format!("{what} has changed since it was closed")),
                Err(error) => found.push(format!("{what}: {error}")),
            }
        }
        found
    }

    /// Copies all of it, durably.
    pub(crate) fn copy_to(&self, folder: &Path) -> std::io::Result<()> {
        for (from, to) in [(self.0.clone(), folder.to_owned()), (self.blobs(), folder.join("blobs"))] {
            std::fs::create_dir_all(&to)?;
            for path in Self::entries(&from).filter(|path| path.is_file()) {
                let copy = to.join(path.file_name().unwrap_or_default());
                std::fs::copy(&path, &copy)?;
                File::open(&copy)?.sync_all()?;
            }
            File::open(&to)?.sync_all()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database(folder: &Path) -> Files {
        let db = sled::Config::new().path(folder).flush_every_ms(None).open().expect("room");
        for number in 0..2000u32 {
            db.insert(number.to_be_bytes(), vec![7; 600]).expect("room");
        }
        db.insert(b"large", vec![9; 300_000]).expect("room");
        db.flush().expect("room");
        Files::of(folder.to_owned())
    }

    #[test]
    fn conf_is_as_sled_writes_it_and_a_torn_one_is_written_anew() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let files = database(folder.path());
        let conf = folder.path().join("conf");
        assert_eq!(std::fs::read(&conf).expect("a file"), CONF, "another sled, or other settings");
        for torn in [&CONF[..30], b"", b"segment_size: 524289\n...."] {
            std::fs::write(&conf, torn).expect("room");
            files.mend_conf().expect("room");
            assert_eq!(std::fs::read(&conf).expect("a file"), CONF);
        }
    }

    #[test]
    fn a_record_notices_a_flip_a_cut_and_zeros_wherever_they_are_and_only_these() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let files = database(folder.path());
        let record = files.record().expect("a whole database");
        assert!(record.len() > 3, "{record:?}");
        assert!(record.iter().any(|line| line.starts_with("file blobs/")), "{record:?}");
        assert_eq!(files.differences(&record), Vec::<String>::new());
        let whole = std::fs::read(files.data()).expect("a file");
        let used = whole.iter().rposition(|byte| *byte != 0).expect("something");
        for place in (0..used).step_by(used / 40) {
            let mut bytes = whole.clone();
            bytes[place] ^= 4;
            std::fs::write(files.data(), &bytes).expect("room");
            assert_eq!(files.differences(&record).len(), 1, "byte {place}");
            std::fs::write(files.data(), &whole[..place]).expect("room");
            assert!(!files.differences(&record).is_empty(), "cut at {place}");
        }
        let longer = [&whole[..], &[0; 4096]].concat();
        std::fs::write(files.data(), longer).expect("room");
        assert_eq!(files.differences(&record), Vec::<String>::new(), "zeros at the end are sled's own");
    }
}
