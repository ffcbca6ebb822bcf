//! Unpacks gzip of one or more members, and gives up where ever more of them hold next to nothing.
//!
//! A member without content takes 20 bytes and costs as much to begin as some kilobytes of text, so 20 MB of them kept
//! a reader busy for 5 s and gave nothing. Tools that append write a member a piece, but no piece of a few bytes.

use flate2::bufread::GzDecoder;
use std::io::{BufRead, Error, ErrorKind, Read};

/// Bytes below which a member holds next to nothing.
const LITTLE: usize = 16;
/// Such members in one stream at most.
const MOST_EMPTY: u32 = 10_000;

/// Counts members that hold next to nothing.
#[derive(Debug, Default)]
pub struct Empties(u32);

impl Empties {
    /// Counts a member that gave so many bytes.
    pub fn count(&mut self, gave: usize) -> std::io::Result<()> {
        self.0 += u32::from(gave < LITTLE);
        if self.0 <= MOST_EMPTY {
            return Ok(());
        }
        let what = format!("more than {MOST_EMPTY} of its gzip members hold next to nothing; the rest was not read");
        Err(Error::new(ErrorKind::InvalidData, what))
    }
}

/// The unpacked bytes of all members, one after the other.
#[derive(Debug)]
pub struct Members<R> {
    /// Absent only while the next member is begun.
    member: Option<GzDecoder<R>>,
    gave: usize,
    empties: Empties,
}

impl<R: BufRead> Members<R> {
    /// Of a stream that begins with a member.
    pub fn new(from: R) -> Self {
        Self { member: Some(GzDecoder::new(from)), gave: 0, empties: Empties::default() }
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        loop {
            let Some(member) = &mut self.member else { return Ok(0) };
            let read = member.read(into)?;
            self.gave += read;
            if read > 0 {
                return Ok(read);
            }
            if member.get_mut().fill_buf()?.is_empty() {
                return Ok(0);
            }
            self.empties.count(std::mem::take(&mut self.gave))?;
            self.member = self.member.take().map(|member| GzDecoder::new(member.into_inner()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn zipped(bytes: &[u8]) -> Vec<u8> {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        out.write_all(bytes).expect("memory");
        out.finish().expect("memory")
    }

    fn read(bytes: &[u8]) -> Result<Vec<u8>, Error> {
        let mut whole = Vec::new();
        Members::new(bytes).read_to_end(&mut whole).map(|_| whole)
    }

    #[test]
    fn members_are_read_one_after_the_other_as_one_stream() {
        let part = b"a piece of text that somebody appends\n".as_slice();
        let all = [zipped(part), zipped(b""), zipped(part)].concat();
        assert_eq!(read(&all).expect("whole"), part.repeat(2));
        assert_eq!(read(&zipped(part).repeat(20_000)).expect("whole").len(), 20_000 * part.len());
        assert!(read(&[zipped(part), b"no member".to_vec()].concat()).is_err());
        assert!(read(&all[..all.len() - 3]).is_err());
    }

    #[test]
    fn members_that_hold_nothing_are_given_up() {
        for piece in [&b""[..], b"a", b"\r\n\r\n"] {
            let all = [zipped(piece).repeat(200_000), zipped(b"behind them all there is a text")].concat();
            let begun = std::time::Instant::now();
            assert!(read(&all).expect_err("nothing").to_string().contains("gzip members"));
            assert!(begun.elapsed().as_secs() < 5);
        }
    }
}
