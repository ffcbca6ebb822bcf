//! Reads what is whole in a file of checksummed entries, whatever lies between: for a store that is damaged.
//!
//! An entry begins with a head that has a checksum of its own, so the next one is found behind any damage by trying
//! each byte. Nothing is held but one entry.

use std::fs::File;
use std::os::unix::fs::FileExt;

/// Bytes that are read at once.
const PART: usize = 1 << 20;

/// A piece of a file in memory.
struct Window<'a> {
    file: &'a File,
    length: u64,
    start: u64,
    bytes: Vec<u8>,
}

impl Window<'_> {
    /// Bytes of the file; `None` where it ends before.
    fn get(&mut self, at: u64, length: usize) -> std::io::Result<Option<&[u8]>> {
        if at.checked_add(length as u64).is_none_or(|end| end > self.length) {
            return Ok(None);
        }
        let held = self.start + self.bytes.len() as u64;
        if at < self.start || at + length as u64 > held {
            let read = (self.length - at).min(length.max(PART) as u64);
            self.bytes.resize(read as usize, 0);
            self.file.read_exact_at(&mut self.bytes, at)?;
            self.start = at;
        }
        let from = (at - self.start) as usize;
        Ok(Some(&self.bytes[from..from + length]))
    }
}

/// Gives every entry with its offset, head included, in the order of the file. `body` reads the length of what follows
/// a head, where that is one; `each` says whether an entry is whole. Returns the ranges of bytes that belong to none.
pub(crate) fn entries(
    file: &File,
    head: usize,
    body: impl Fn(&[u8]) -> Option<usize>,
    mut each: impl FnMut(u64, &[u8]) -> bool,
) -> std::io::Result<Vec<(u64, u64)>> {
    let length = file.metadata()?.len();
    let mut window = Window { file, length, start: 0, bytes: Vec::new() };
    let (mut at, mut lost): (u64, Vec<(u64, u64)>) = (0, Vec::new());
    while at < length {
        let size = window.get(at, head)?.and_then(&body).map(|size| head + size);
        let whole = match size {
            Some(size) => window.get(at, size)?.is_some_and(|entry| each(at, entry)),
            None => false,
        };
        let end = at + if whole { size.unwrap_or(1) as u64 } else { 1 };
        if !whole {
            match lost.last_mut().filter(|range| range.1 == at) {
                Some(range) => range.1 = end,
                None => lost.push((at, end)),
            }
        }
        at = end;
    }
    Ok(lost)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    /// A length, its bitwise complement, and the body: letters that are all the same.
    fn entry(letter: u8, length: u8) -> Vec<u8> {
        [vec![length, !length], vec![letter; length as usize]].concat()
    }

    #[test]
    fn what_is_whole_is_found_before_between_and_behind_damage() {
        let whole: Vec<u8> = [entry(b'a', 9), entry(b'b', 200), entry(b'c', 3), entry(b'd', 40)].concat();
        for place in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[place] ^= 1;
            let mut file = tempfile::tempfile().expect("a temporary file");
            file.write_all(&bytes).expect("room");
            let mut found = Vec::new();
            let body = |head: &[u8]| (head[0] == !head[1]).then_some(head[0] as usize);
            let lost = entries(&file, 2, body, |_, entry| {
                let sound = entry[2..].windows(2).all(|pair| pair[0] == pair[1]);
                found.extend(sound.then(|| entry[2]));
                sound
            });
            let lost = lost.expect("a file");
            assert_eq!(lost.len(), 1, "{place}: {lost:?}");
            assert!(lost[0].0 <= place as u64 && (place as u64) < lost[0].1, "{place}: {lost:?}");
            assert_eq!(found.len(), 3, "{place}");
        }
    }
}
