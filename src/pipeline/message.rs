//! Takes a stored HTTP message apart: status, type, and the body unpacked.
//!
//! Part of the reading of web archives. What a body unpacks to is cut off at a limit, and so is how often it is packed.

use samestory_model::Discreet;
use samestory_model::markup::Members;
use std::io::Read;
use url::Url;

/// How gzip begins.
const GZIP: [u8; 2] = [0x1F, 0x8B];
/// Encodings of one body, each inside the other.
const MOST_ENCODINGS: usize = 4;

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

impl Record {
    /// Its address as it may be printed.
    pub(super) fn shown(&self) -> Discreet {
        match Url::parse(&self.uri) {
            Ok(url) if url.has_host() => Discreet::page(&url),
            _ => Discreet::given(&self.uri),
        }
    }
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
    if encodings.split(',').count() > MOST_ENCODINGS {
        return Err(format!("packed more than {MOST_ENCODINGS} times over"));
    }
    for encoding in encodings.split(',').map(str::trim).rev() {
        let packed = match encoding {
            _ if body.is_empty() => false,
            "gzip" | "x-gzip" => body.starts_with(&GZIP),
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
            _ => Members::new(body.as_slice()).take(limit).read_to_end(&mut whole),
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
    fn a_body_that_is_packed_over_and_over_is_refused_and_an_empty_one_is_empty() {
        let packed = |encoding: &str| format!("HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\n\r\n");
        assert!(message(packed(&"gzip,".repeat(9000)).as_bytes(), 100).is_err());
        for encoding in ["gzip", "deflate", "zstd", "br"] {
            assert!(
                message(packed(encoding).as_bytes(), 100).is_ok_and(|message| message.body.is_empty()),
                "{encoding}"
            );
        }
    }
}
