//! Reads web archives record by record: `.warc`, and `.warc.gz` as one member or as a member a record.
//!
//! Only one record is in memory at a time, cut off at a limit. A damaged record is reported and the reading goes on
//! with the next one: behind a damaged member with what looks like the beginning of another, behind a length that
//! reaches over records with the first of them. What is read again is limited, so that no archive takes more time than
//! its size asks.

use super::Stop;
use super::disk::{heed, skip_empty_lines};
use super::message::Record;
use flate2::bufread::GzDecoder;
use samestory_model::markup::Empties;
use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Seek, SeekFrom};

/// Longest line of a head.
const LONGEST_LINE: u64 = 64 << 10;
/// Lines of a head at most.
const MOST_LINES: usize = 400;
/// How a gzip member begins.
const MEMBER: [u8; 3] = [0x1F, 0x8B, 0x08];
/// How a record begins behind the empty line that ends another; carriage returns are passed over.
const MARK: &[u8] = b"\n\nWARC/1.";
/// Bytes that are read in vain in any archive, beside twice its size.
const PATIENCE: u64 = 256 << 20;
/// What it costs to look at a place where a member could begin, in bytes.
const LOOK: u64 = 4 << 10;
/// What a byte of a member's head costs, which is read one by one.
const HEAD_PRICE: u64 = 32;

/// A record, or what is wrong with it.
type Read1 = Result<Record, String>;
/// How the reading of a stream ended.
enum End {
    /// At its end, or because it was asked to.
    Whole,
    /// It broke off.
    Broken,
    /// A record's length reached over another record, which begins here.
    Lied(u64),
}

/// A stream that knows how far it was read, and ends when it is asked to.
struct Counted<'a, R> {
    from: R,
    at: u64,
    stop: &'a Stop,
}

impl<R: BufRead> Read for Counted<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        heed(self.stop)?;
        let read = self.from.read(into)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Counted<'_, R> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        heed(self.stop)?;
        self.from.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.at += count as u64;
        self.from.consume(count);
    }
}

/// Hands every record of an archive to `take`, which ends the reading with an error of its own; ends early where it
/// is asked to.
pub(super) fn records<E>(
    mut raw: impl BufRead + Seek,
    limit: u64,
    stop: &Stop,
    take: &mut dyn FnMut(Read1) -> Result<(), E>,
) -> Result<(), E> {
    let length = raw.seek(SeekFrom::End(0)).and_then(|length| raw.rewind().map(|()| length)).unwrap_or(0);
    let mut empties = Empties::default();
    let mut patience = PATIENCE.saturating_add(2 * length);
    let zipped = raw.fill_buf().is_ok_and(|head| head.starts_with(&MEMBER[..2]));
    let mut start = 0;
    // Where in the member the reading begins: behind a record that lied about its length.
    let mut within = 0;
    loop {
        if zipped && within == 0 {
            start = match next_member(&mut raw, stop).and_then(|found| Ok((found, raw.stream_position()?))) {
                Ok((true, start)) => start,
                Ok((false, _)) => return Ok(()),
                Err(_) if stop.is_asked() => return Ok(()),
                Err(error) => return take(Err(said(&error))),
            };
        }
        let mut price = 1;
        let end = if zipped {
            let mut member = Counted { from: BufReader::new(GzDecoder::new(&mut raw)), at: 0, stop };
            let skipped = std::io::copy(&mut (&mut member).take(within), &mut std::io::sink());
            let end = if skipped.is_ok() { of(&mut member, limit, stop, take)? } else { End::Broken };
            let gave = usize::try_from(member.at).unwrap_or(usize::MAX);
            if matches!(end, End::Whole) {
                if let Err(error) = empties.count(gave) {
                    return take(Err(said(&error)));
                }
            } else {
                patience = patience.saturating_sub(member.at + LOOK);
                price = if member.at == 0 { HEAD_PRICE } else { 1 };
            }
            end
        } else {
            of(&mut Counted { from: &mut raw, at: start, stop }, limit, stop, take)?
        };
        let (whole, next) = match end {
            End::Whole => (true, start),
            End::Broken => (!zipped, start + 1),
            End::Lied(_) if zipped => (false, start),
            End::Lied(at) => (false, at),
        };
        within = match end {
            End::Lied(at) if zipped => at,
            _ => 0,
        };
        if stop.is_asked() || (whole && !zipped) {
            return Ok(());
        }
        if whole {
            continue;
        }
        // A member that was cut off has been read on into the next ones: these are looked for behind its first byte.
        let read = raw.stream_position().unwrap_or(next);
        patience = patience.saturating_sub(price * read.saturating_sub(next));
        if patience == 0 {
            return take(Err("it is broken everywhere; the rest of the archive was not read".to_owned()));
        }
        if let Err(error) = raw.seek(SeekFrom::Start(next)) {
            return take(Err(said(&error)));
        }
        start = next;
    }
}

/// What an error says; memory that was refused is no damage.
fn said(error: &Error) -> String {
    match error.kind() {
        ErrorKind::OutOfMemory => "there is not enough memory for it".to_owned(),
        _ => error.to_string(),
    }
}

/// Goes to the beginning of the next gzip member; `false` at the end.
fn next_member(raw: &mut impl BufRead, stop: &Stop) -> std::io::Result<bool> {
    loop {
        heed(stop)?;
        let held = raw.fill_buf()?;
        if held.is_empty() {
            return Ok(false);
        }
        if held.starts_with(&MEMBER) || (held.len() < MEMBER.len() && held[0] == MEMBER[0]) {
            return Ok(true);
        }
        let step = held[1..].iter().position(|byte| *byte == MEMBER[0]).map_or(held.len(), |place| place + 1);
        raw.consume(step);
    }
}

/// The records of one stream.
fn of<E>(
    reader: &mut Counted<'_, impl BufRead>,
    limit: u64,
    stop: &Stop,
    take: &mut dyn FnMut(Read1) -> Result<(), E>,
) -> Result<End, E> {
    let mut lost = false;
    let mut held = None;
    loop {
        if stop.is_asked() {
            return Ok(End::Whole);
        }
        let line = match held.take().map_or_else(|| next_line(reader), |line| Ok(Some(line))) {
            Ok(None) => return Ok(End::Whole),
            Ok(Some(line)) => line,
            Err(_) if stop.is_asked() => return Ok(End::Whole),
            Err(error) => {
                take(Err(said(&error)))?;
                return Ok(End::Broken);
            }
        };
        if !line.starts_with("WARC/") {
            // Between records there are empty lines, which are passed over; anything else is said once.
            if !lost {
                take(Err("bytes that belong to no record".to_owned()))?;
                lost = true;
            }
            continue;
        }
        lost = false;
        let (read, another) = record(reader, limit);
        if stop.is_asked() {
            return Ok(End::Whole);
        }
        // A length is believed where a record, or nothing, follows, whatever stands inside.
        if let Some(at) = another {
            held = if read.is_ok() { next_line(reader).ok().flatten() } else { None };
            let ends = held.is_none() && read.is_ok();
            if !ends && !held.as_ref().is_some_and(|line| line.starts_with("WARC/")) {
                take(Err("its length reaches over the records behind it".to_owned()))?;
                return Ok(End::Lied(at));
            }
        }
        match read {
            Ok(read) => take(read)?,
            Err(error) => {
                take(Err(format!("the record breaks off: {}", said(&error))))?;
                return Ok(End::Broken);
            }
        }
    }
}

/// One line without its end; `None` at the end of the stream.
fn line(reader: &mut impl BufRead) -> std::io::Result<Option<String>> {
    let mut bytes = Vec::new();
    if reader.take(LONGEST_LINE).read_until(b'\n', &mut bytes)? == 0 {
        return Ok(None);
    }
    Ok(Some(String::from_utf8_lossy(&bytes).trim_end_matches(['\r', '\n']).to_owned()))
}

/// The next line that is not empty.
fn next_line(reader: &mut impl BufRead) -> std::io::Result<Option<String>> {
    skip_empty_lines(reader)?;
    line(reader)
}

/// Reads so many bytes, the first of them into `kept`; says where among them another record begins.
fn block(
    reader: &mut Counted<'_, impl BufRead>,
    length: u64,
    keep: u64,
    kept: &mut Vec<u8>,
) -> (std::io::Result<()>, Option<u64>) {
    let begin = reader.at;
    let (mut matched, mut another) = (0, None);
    loop {
        let done = reader.at - begin;
        if done == length {
            // It may end inside the first line of another.
            let begun = (matched > 2).then(|| reader.at + 2 - matched as u64);
            return (Ok(()), another.or(begun));
        }
        let held = match reader.fill_buf() {
            Ok([]) => return (Err(ErrorKind::UnexpectedEof.into()), another),
            Ok(held) => &held[..held.len().min(usize::try_from(length - done).unwrap_or(usize::MAX))],
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return (Err(error), another),
        };
        let wanted = held.len().min(usize::try_from(keep.saturating_sub(done)).unwrap_or(usize::MAX));
        if let Err(error) = kept.try_reserve(wanted) {
            return (Err(Error::new(ErrorKind::OutOfMemory, error)), None);
        }
        kept.extend_from_slice(&held[..wanted]);
        for (place, byte) in held.iter().enumerate() {
            if another.is_some() {
                break;
            }
            matched = match *byte {
                b'\r' => matched,
                byte if byte == MARK[matched] => matched + 1,
                b'\n' => {
                    if matched == 2 {
                        2
                    } else {
                        1
                    }
                }
                _ => 0,
            };
            if matched == MARK.len() {
                another = Some(begin + done + place as u64 + 3 - MARK.len() as u64);
                matched = 0;
            }
        }
        let count = held.len();
        reader.consume(count);
    }
}

/// A record behind its first line, and where another one begins inside it.
fn record(reader: &mut Counted<'_, impl BufRead>, limit: u64) -> (std::io::Result<Read1>, Option<u64>) {
    let mut record = Record::default();
    let mut length = None;
    for _ in 0..MOST_LINES {
        let line = match line(reader).and_then(|line| line.ok_or_else(|| ErrorKind::UnexpectedEof.into())) {
            Ok(line) if line.is_empty() => break,
            Ok(line) => line,
            Err(error) => return (Err(error), None),
        };
        let Some((name, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "warc-type" => value.clone_into(&mut record.kind),
            "warc-target-uri" => value.trim_matches(['<', '>']).clone_into(&mut record.uri),
            "warc-date" => value.clone_into(&mut record.date),
            "content-length" => length = value.parse::<u64>().ok(),
            _ => {}
        }
    }
    let Some(length) = length else { return (Ok(Err("a record without its length".to_owned())), None) };
    let is_answer = record.kind == "response";
    let (read, another) = block(reader, length, if is_answer { length.min(limit) } else { 0 }, &mut record.message);
    let read = read.map(|()| {
        if is_answer && length > limit {
            Err(format!("{}: larger than {limit} bytes, the most that is read of a page", record.shown()))
        } else {
            Ok(record)
        }
    });
    (read, another)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_truncation_of_an_archive_is_read_without_a_panic() {
        let text = b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 19\r\n\r\nHTTP/1.1 200 OK\r\n\r\n\r\n\r\n\r\nnoise\r\n";
        for end in 0..text.len() {
            let done: Result<(), ()> =
                records(std::io::Cursor::new(&text[..end]), 1000, &Stop::never(), &mut |_| Ok(()));
            assert!(done.is_ok());
        }
    }

    fn record(uri: &str, extra: usize, body: &str) -> String {
        let head = "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: ";
        format!("{head}{uri}\r\nContent-Length: {}\r\n\r\n{body}\r\n\r\n", body.len() + extra)
    }

    /// The records that are whole, and how many are not.
    fn read(bytes: &[u8], stop_after: usize) -> (Vec<String>, usize) {
        let (stopper, stop) = crate::pipeline::Stopper::new();
        let (mut whole, mut damaged) = (Vec::new(), 0);
        let done: Result<(), ()> = records(std::io::Cursor::new(bytes), 1 << 20, &stop, &mut |read| {
            match read {
                Ok(record) => whole.push(record.uri),
                Err(_) => damaged += 1,
            }
            if whole.len() >= stop_after {
                stopper.stop();
            }
            Ok(())
        });
        assert!(done.is_ok());
        (whole, damaged)
    }

    fn zipped(bytes: &[u8]) -> Vec<u8> {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut out, bytes).expect("memory");
        out.finish().expect("memory")
    }

    #[test]
    fn a_length_that_lies_loses_one_record_and_a_true_one_is_believed() {
        let inner = record("d:inner", 0, "x");
        for extra in [10, 70, 200, usize::MAX >> 2] {
            let all = [
                record("d:1", 0, "one"),
                record("d:2", extra, "two"),
                record("d:3", 0, "three"),
                record("d:4", 0, "4"),
            ];
            let expected = ["d:1", "d:3", "d:4"];
            let (plain, damaged) = read(all.concat().as_bytes(), usize::MAX);
            assert!(plain == expected && damaged == 1, "{extra} {plain:?} {damaged}");
            let (packed, damaged) = read(&zipped(all.concat().as_bytes()), usize::MAX);
            assert!(packed == plain && damaged == 1, "{extra} {packed:?} {damaged}");
        }
        let holds = [record("d:1", 0, &format!("a page of\r\n\r\n{inner}")), record("d:2", 0, "two")].concat();
        assert_eq!(read(holds.as_bytes(), usize::MAX), (vec!["d:1".to_owned(), "d:2".to_owned()], 0));
    }

    #[test]
    fn an_archive_that_is_broken_everywhere_ends_and_so_does_one_that_is_asked_to() {
        let begun = std::time::Instant::now();
        let false_starts =
            [&zipped(record("d:1", 0, "one").as_bytes())[..], &b"\x1f\x8b\x08\x08aaaaaaaaa".repeat(30_000)].concat();
        let (whole, damaged) = read(&false_starts, usize::MAX);
        assert!(whole == ["d:1"] && damaged > 0);
        let lies: String = (0..400).map(|n| record(&format!("d:{n}"), 1 << 40, "x")).collect();
        assert!(read(&zipped(lies.as_bytes()), usize::MAX).1 > 100);
        assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
        assert_eq!(read(record("d:1", 0, "one").repeat(50).as_bytes(), 3).0.len(), 3);
    }
}
