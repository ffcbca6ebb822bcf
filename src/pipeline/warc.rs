//! Reads web archives record by record: `.warc`, and `.warc.gz` as one member or as a member a record.
//!
//! Only one record is in memory at a time, cut off at a limit. A damaged record is told and the reading goes
//! on with the next one: of a damaged member, with the next place that looks like the beginning of another.

use flate2::bufread::GzDecoder;
use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Seek, SeekFrom};

/// Longest line of a head.
const LONGEST_LINE: u64 = 64 << 10;
/// Lines of a head at most.
const MOST_LINES: usize = 400;
/// How a gzip member begins.
const MEMBER: [u8; 3] = [0x1F, 0x8B, 0x08];

/// What a crawler stored of one answer.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// `WARC-Type`.
    pub(super) kind: String,
    /// `WARC-Target-URI`.
    pub(super) uri: String,
    /// `WARC-Date`.
    pub(super) date: String,
    /// The HTTP message, head and body; empty for every other kind of record.
    pub(super) message: Vec<u8>,
}

/// A record, or what is wrong with it.
type Read1 = Result<Record, String>;

/// Hands every record of an archive to `take`, which ends the reading with an error of its own.
pub(super) fn records<E>(
    mut raw: impl BufRead + Seek,
    limit: u64,
    take: &mut dyn FnMut(Read1) -> Result<(), E>,
) -> Result<(), E> {
    let zipped = raw.fill_buf().is_ok_and(|head| head.starts_with(&MEMBER[..2]));
    if !zipped {
        return of(&mut raw, limit, take).map(drop);
    }
    loop {
        let start = match next_member(&mut raw).and_then(|found| Ok((found, raw.stream_position()?))) {
            Ok((true, start)) => start,
            Ok((false, _)) => return Ok(()),
            Err(error) => return take(Err(error.to_string())),
        };
        let mut member = BufReader::new(GzDecoder::new(&mut raw));
        let whole = of(&mut member, limit, take)?;
        drop(member);
        // One that was cut off has been read on into the next ones: these are looked for behind its first byte.
        if !whole && let Err(error) = raw.seek(SeekFrom::Start(start + 1)) {
            return take(Err(error.to_string()));
        }
    }
}

/// Goes to the beginning of the next gzip member; `false` at the end.
fn next_member(raw: &mut impl BufRead) -> std::io::Result<bool> {
    loop {
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

/// The records of one stream; `false` where it broke off.
fn of<E>(reader: &mut impl BufRead, limit: u64, take: &mut dyn FnMut(Read1) -> Result<(), E>) -> Result<bool, E> {
    let mut lost = false;
    loop {
        let line = match line(reader) {
            Ok(None) => return Ok(true),
            Ok(Some(line)) => line,
            Err(error) => {
                take(Err(error.to_string()))?;
                return Ok(false);
            }
        };
        if !line.starts_with("WARC/") {
            // Between records there are empty lines; anything else is told once.
            if !line.is_empty() && !lost {
                take(Err("bytes that belong to no record".to_owned()))?;
                lost = true;
            }
            continue;
        }
        lost = false;
        match record(reader, limit) {
            Ok(read) => take(read)?,
            Err(error) => {
                take(Err(format!("the record breaks off: {error}")))?;
                return Ok(false);
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

/// A record behind its first line.
fn record(reader: &mut impl BufRead, limit: u64) -> std::io::Result<Read1> {
    let mut record = Record::default();
    let mut length = None;
    for _ in 0..MOST_LINES {
        let line = line(reader)?.ok_or_else(|| Error::from(ErrorKind::UnexpectedEof))?;
        if line.is_empty() {
            break;
        }
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
    let Some(length) = length else { return Ok(Err("a record without its length".to_owned())) };
    let wanted = if record.kind == "response" { length.min(limit) } else { 0 };
    let read = reader.take(wanted).read_to_end(&mut record.message)? as u64;
    let passed = std::io::copy(&mut reader.take(length - wanted), &mut std::io::sink())?;
    if read + passed < length {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(if record.kind == "response" && length > limit {
        Err(format!("{}: larger than {limit} bytes, the most that is read of a page", record.uri))
    } else {
        Ok(record)
    })
}

/// A stored HTTP answer.
#[derive(Debug)]
pub(super) struct Message {
    /// Its status.
    pub(super) status: u16,
    /// `Content-Type`, as it was sent.
    pub(super) content_type: String,
    /// Its body, unpacked.
    pub(super) body: Vec<u8>,
}

/// Takes a stored HTTP message apart; what is wrong with it otherwise.
pub(super) fn message(bytes: &[u8], limit: u64) -> Result<Message, String> {
    let (head, body) = [&b"\r\n\r\n"[..], b"\n\n"]
        .iter()
        .filter_map(|mark| bytes.windows(mark.len()).position(|at| at == *mark).map(|at| (at, at + mark.len())))
        .min()
        .map(|(end, start)| (&bytes[..end], &bytes[start..]))
        .ok_or("no HTTP head in it")?;
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split_whitespace().nth(1)).and_then(|code| code.parse().ok());
    let status = status.ok_or("no HTTP status in it")?;
    let header = |wanted: &str| {
        let pairs = head.lines().skip(1).filter_map(|line| line.split_once(':'));
        pairs.filter(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim().to_owned()).next()
    };
    let mut body = body.to_vec();
    // Some crawlers undo what was done for the way and leave the header: what does not fit it is taken as it is.
    if header("transfer-encoding").is_some_and(|value| value.to_ascii_lowercase().contains("chunked"))
        && let Some(whole) = unchunked(&body)
    {
        body = whole;
    }
    let encodings = header("content-encoding").unwrap_or_default().to_ascii_lowercase();
    for encoding in encodings.split(',').map(str::trim).rev() {
        let packed = match encoding {
            "gzip" | "x-gzip" => body.starts_with(&MEMBER[..2]),
            "deflate" => !body.starts_with(b"<"),
            "zstd" => body.starts_with(&[0x28, 0xB5, 0x2F, 0xFD]),
            "" | "identity" => false,
            _ if body.trim_ascii_start().starts_with(b"<") => false,
            other => return Err(format!("packed as {other}, which is not read from an archive")),
        };
        if !packed {
            continue;
        }
        let mut whole = Vec::new();
        let read = match encoding {
            "deflate" if body[0] & 0x0F == 8 => {
                flate2::read::ZlibDecoder::new(body.as_slice()).take(limit).read_to_end(&mut whole)
            }
            "deflate" => flate2::read::DeflateDecoder::new(body.as_slice()).take(limit).read_to_end(&mut whole),
            "zstd" => zstd::Decoder::new(body.as_slice()).and_then(|from| from.take(limit).read_to_end(&mut whole)),
            _ => flate2::read::MultiGzDecoder::new(body.as_slice()).take(limit).read_to_end(&mut whole),
        };
        read.map_err(|error| format!("its body does not unpack: {error}"))?;
        body = whole;
    }
    Ok(Message { status, content_type: header("content-type").unwrap_or_default(), body })
}

/// A body that was sent in chunks, put together; `None` where it is not in chunks.
fn unchunked(mut body: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let end = body.windows(2).take(40).position(|at| at == b"\r\n")?;
        let size = std::str::from_utf8(&body[..end]).ok()?.split(';').next()?.trim();
        let size = usize::from_str_radix(size, 16).ok()?;
        body = &body[end + 2..];
        if size == 0 {
            return Some(whole);
        }
        whole.extend_from_slice(body.get(..size)?);
        body = body.get(size..)?.strip_prefix(b"\r\n")?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_put_together_and_what_is_in_none_is_left_alone() {
        assert_eq!(unchunked(b"4\r\nWiki\r\n5;x=1\r\npedia\r\n0\r\n\r\n").as_deref(), Some(&b"Wikipedia"[..]));
        assert_eq!(unchunked(b"<html>already whole</html>"), None);
        assert_eq!(unchunked(b"fffffffffffffff\r\nx"), None);
    }

    #[test]
    fn every_truncation_of_an_archive_is_read_without_a_panic() {
        let text = b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 19\r\n\r\nHTTP/1.1 200 OK\r\n\r\n\r\n\r\n\r\nnoise\r\n";
        for end in 0..text.len() {
            let done: Result<(), ()> = records(std::io::Cursor::new(&text[..end]), 1000, &mut |_| Ok(()));
            assert!(done.is_ok());
        }
    }
}
