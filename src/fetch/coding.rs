//! Unpacks a body while it streams in: gzip, deflate with and without zlib's frame, brotli and zstd.
//!
//! What a coding holds is told by its first bytes and its name: `deflate` means two forms in the field, and some servers
//! name a coding that they did not apply. What was unpacked before a stream broke stays, with the reason why it ended.
//! The surprising fact: a few bytes may stand for any number of them, so the room of the output bounds each step.

use super::packed::{Coding, GZIP, Packed, Step, Sum, ZSTD, head_length, is_text, is_zlib, is_zstd};
use reqwest::header::{CONTENT_ENCODING, HeaderMap};

/// What is asked for: nothing that is not read here.
pub(super) const ACCEPTED: &str = "gzip, deflate, br, zstd";
/// Codings of one body, each inside the other.
const MOST_CODINGS: usize = 4;
/// Bytes below which a member of gzip holds next to nothing: it costs as much to begin as some kilobytes of text.
const LITTLE: usize = 16;
/// Such members in one body at most.
const MOST_EMPTY: u32 = 10_000;
/// Bytes that are unpacked at a time.
const STEP: usize = 32 << 10;
/// Bytes by which a coding is told.
const TOLD_BY: usize = 8;
/// Longest head of a gzip member: name and comment may stand in it.
const LONGEST_HEAD: usize = 16 << 10;

/// Why no more is unpacked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ended {
    /// The output is as long as it may become, and there is more.
    Full,
    /// The stream is broken.
    Broken(String),
}

/// Unpacks one body.
pub(super) struct Unpacker {
    /// The outermost first.
    stages: Vec<Stage>,
    scratch: Vec<u8>,
}

impl Unpacker {
    /// By the headers of an answer; fails with what cannot be read.
    pub(super) fn new(headers: &HeaderMap) -> Result<Self, String> {
        let named = headers.get_all(CONTENT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        let mut codings: Vec<Coding> = named.flat_map(|names| names.split(',')).filter_map(Coding::of).collect();
        if codings.len() > MOST_CODINGS {
            return Err(format!("packed more than {MOST_CODINGS} times over"));
        }
        // The last one that was applied is undone first.
        codings.reverse();
        let scratch = if codings.is_empty() { Vec::new() } else { vec![0; STEP] };
        Ok(Self { stages: codings.into_iter().map(Stage::new).collect(), scratch })
    }

    /// Whether there is something to unpack.
    pub(super) fn is_needed(&self) -> bool {
        !self.stages.is_empty()
    }

    /// Unpacks what came, into a body that may become as long as `limit`.
    pub(super) fn push(&mut self, bytes: &[u8], body: &mut Vec<u8>, limit: usize) -> Result<(), Ended> {
        Self::through(&mut self.stages, &mut self.scratch, bytes, body, limit)
    }

    /// Unpacks what is left once everything has come; fails where something is missing.
    pub(super) fn end(&mut self, body: &mut Vec<u8>, limit: usize) -> Result<(), Ended> {
        for place in 0..self.stages.len() {
            let (ended, inner) = self.stages.split_at_mut(place + 1);
            let (mut rest, stage) = (Vec::new(), &mut ended[place]);
            let result = stage.end(&mut Sink { bytes: &mut rest, limit }, &mut self.scratch);
            Self::through(inner, &mut self.scratch, &rest, body, limit)?;
            result?;
        }
        Ok(())
    }

    fn through(
        stages: &mut [Stage],
        scratch: &mut [u8],
        bytes: &[u8],
        body: &mut Vec<u8>,
        limit: usize,
    ) -> Result<(), Ended> {
        match stages {
            [] => Sink { bytes: body, limit }.put(bytes),
            [last] => last.push(bytes, &mut Sink { bytes: body, limit }, scratch),
            [first, inner @ ..] => {
                let mut between = Vec::new();
                let result = first.push(bytes, &mut Sink { bytes: &mut between, limit }, scratch);
                Self::through(inner, scratch, &between, body, limit)?;
                result
            }
        }
    }
}

/// Where a stage puts what it unpacked.
struct Sink<'a> {
    bytes: &'a mut Vec<u8>,
    limit: usize,
}

impl Sink<'_> {
    fn put(&mut self, bytes: &[u8]) -> Result<(), Ended> {
        let room = self.limit.saturating_sub(self.bytes.len());
        self.bytes.extend_from_slice(&bytes[..bytes.len().min(room)]);
        if bytes.len() > room { Err(Ended::Full) } else { Ok(()) }
    }
}

/// One coding of a body.
struct Stage {
    coding: Coding,
    state: State,
    /// Members of gzip that held next to nothing.
    empties: u32,
}

enum State {
    /// The beginning, by which the coding is told.
    Untold(Vec<u8>),
    /// Not packed, whatever its name says.
    Plain,
    /// The head of a gzip member.
    Head(Vec<u8>),
    /// A packed stream; of gzip with what its end is held against.
    Packed(Packed, Option<Sum>),
    /// The end of a gzip member.
    Tail(Vec<u8>, Sum),
    /// Between two members or frames.
    Between,
    /// At the end: what follows is not read.
    Over,
}

impl Stage {
    fn new(coding: Coding) -> Self {
        Self { coding, state: State::Untold(Vec::new()), empties: 0 }
    }

    fn broken(&self, what: &str) -> Ended {
        Ended::Broken(format!("its {} {what}", self.coding.name()))
    }

    /// Tells by the beginning what is there.
    fn told(&self, begins: &[u8]) -> Result<State, Ended> {
        if is_text(begins) {
            return Ok(State::Plain);
        }
        Ok(match self.coding {
            Coding::Gzip if begins.starts_with(&GZIP) => State::Head(Vec::new()),
            Coding::Zstd if is_zstd(begins) => State::Packed(Packed::zstd()?, None),
            Coding::Brotli => State::Packed(Packed::brotli(), None),
            Coding::Deflate => State::Packed(Packed::deflated(is_zlib(begins)), None),
            Coding::Gzip | Coding::Zstd => return Err(self.broken("does not begin like one")),
        })
    }

    fn push(&mut self, mut input: &[u8], sink: &mut Sink<'_>, scratch: &mut [u8]) -> Result<(), Ended> {
        if let State::Untold(begins) = &mut self.state {
            begins.extend_from_slice(input);
            if begins.len() < TOLD_BY {
                return Ok(());
            }
            let begins = std::mem::take(begins);
            self.state = self.told(&begins)?;
            return self.go_on(&begins, sink, scratch);
        }
        if matches!(self.state, State::Plain) {
            return sink.put(std::mem::take(&mut input));
        }
        self.go_on(input, sink, scratch)
    }

    /// Reads on until the input is used up.
    fn go_on(&mut self, mut input: &[u8], sink: &mut Sink<'_>, scratch: &mut [u8]) -> Result<(), Ended> {
        loop {
            match &mut self.state {
                State::Untold(_) | State::Over => return Ok(()),
                State::Plain => return sink.put(input),
                State::Head(head) => {
                    let before = head.len();
                    head.extend_from_slice(&input[..input.len().min(LONGEST_HEAD - before)]);
                    let Some(length) = head_length(head) else {
                        let too_long = head.len() >= LONGEST_HEAD;
                        return if too_long { Err(self.broken("does not begin like one")) } else { Ok(()) };
                    };
                    input = &input[length - before..];
                    self.state = State::Packed(Packed::deflated(false), Some(Sum::default()));
                }
                State::Packed(packed, sum) => {
                    let Some(step) = packed.step(input, scratch) else { return Err(self.broken("is broken")) };
                    let Step { read, wrote, is_end } = step;
                    let fresh = &scratch[..wrote];
                    if let Some(sum) = sum {
                        sum.add(fresh);
                    }
                    sink.put(fresh)?;
                    input = &input[read..];
                    if is_end {
                        self.state = match (self.coding, sum.take()) {
                            (_, Some(sum)) => State::Tail(Vec::new(), sum),
                            (Coding::Zstd, None) => State::Between,
                            (_, None) => State::Over,
                        };
                    } else if read == 0 && wrote == 0 || input.is_empty() && wrote < scratch.len() {
                        return Ok(());
                    }
                }
                State::Tail(tail, sum) => {
                    let (now, later) = input.split_at(input.len().min(8 - tail.len()));
                    tail.extend_from_slice(now);
                    input = later;
                    let Some(fits) = sum.fits(tail) else { return Ok(()) };
                    let bytes = sum.bytes;
                    if !fits {
                        return Err(self.broken("does not fit its checksum"));
                    }
                    self.empties += u32::from(bytes < LITTLE);
                    if self.empties > MOST_EMPTY {
                        return Err(self.broken("consists of members that hold next to nothing"));
                    }
                    self.state = State::Between;
                }
                State::Between if input.is_empty() => return Ok(()),
                State::Between => {
                    // Some servers fill up with zeros; nothing else follows but the next member.
                    self.state = match self.coding {
                        Coding::Gzip if input[0] == GZIP[0] => State::Head(Vec::new()),
                        Coding::Zstd if input[0] == ZSTD[0] || input[0] & 0xF0 == 0x50 => {
                            State::Packed(Packed::zstd()?, None)
                        }
                        _ => State::Over,
                    };
                }
            }
        }
    }

    /// Everything has come.
    fn end(&mut self, sink: &mut Sink<'_>, scratch: &mut [u8]) -> Result<(), Ended> {
        if let State::Untold(begins) = &mut self.state {
            let begins = std::mem::take(begins);
            if begins.is_empty() {
                self.state = State::Over;
                return Ok(());
            }
            self.state = self.told(&begins)?;
            self.go_on(&begins, sink, scratch)?;
        }
        match self.state {
            State::Plain | State::Between | State::Over => Ok(()),
            _ => Err(self.broken("ends too early")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn headers(codings: &str) -> HeaderMap {
        [(CONTENT_ENCODING, codings.parse().expect("a header"))].into_iter().collect()
    }

    /// Unpacks a body that comes so many bytes at a time.
    fn unpacked(codings: &str, packed: &[u8], piece: usize, limit: usize) -> (Vec<u8>, Result<(), Ended>) {
        let mut unpacker = match Unpacker::new(&headers(codings)) {
            Ok(unpacker) => unpacker,
            Err(what) => return (Vec::new(), Err(Ended::Broken(what))),
        };
        let mut body = Vec::new();
        let pushed = packed.chunks(piece).try_for_each(|bytes| unpacker.push(bytes, &mut body, limit));
        let result = pushed.and_then(|()| unpacker.end(&mut body, limit));
        (body, result)
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut out = flate2::GzBuilder::new()
            .filename("feed.xml")
            .comment("no\u{1}thing")
            .extra(vec![7; 300])
            .write(Vec::new(), flate2::Compression::default());
        out.write_all(bytes).expect("memory");
        out.finish().expect("memory")
    }

    fn zlib(bytes: &[u8]) -> Vec<u8> {
        let mut out = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        out.write_all(bytes).expect("memory");
        out.finish().expect("memory")
    }

    fn raw(bytes: &[u8]) -> Vec<u8> {
        let mut out = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        out.write_all(bytes).expect("memory");
        out.finish().expect("memory")
    }

    fn text() -> Vec<u8> {
        (0..20_000)
            .flat_map(|line| format!("<item>{line} Lam Khê {}</item>\n", line * 7919 % 1013).into_bytes())
            .collect()
    }

    #[test]
    fn every_coding_is_unpacked_however_it_is_cut_and_named() {
        let text = text();
        let zstd = zstd::encode_all(text.as_slice(), 3).expect("memory");
        for (codings, packed) in [
            ("gzip", gzip(&text)),
            ("X-GZIP", gzip(&text)),
            ("deflate", zlib(&text)),
            ("deflate", raw(&text)),
            ("zstd", zstd.clone()),
            ("identity, gzip", gzip(&text)),
            ("deflate, gzip", gzip(&raw(&text))),
            ("gzip, zstd", zstd::encode_all(gzip(&text).as_slice(), 1).expect("memory")),
            ("gzip", [gzip(&text[..9000]), gzip(&text[9000..]), vec![0; 512]].concat()),
            (
                "zstd",
                [
                    zstd::encode_all(&text[..9000], 1).expect("memory"),
                    zstd::encode_all(&text[9000..], 1).expect("memory"),
                ]
                .concat(),
            ),
            ("UTF-8", text.clone()),
        ] {
            for piece in [1, 7, 4096, usize::MAX] {
                let (body, result) = unpacked(codings, &packed, piece, usize::MAX);
                assert!(body == text && result == Ok(()), "{codings} by {piece}: {} {result:?}", body.len());
            }
        }
    }

    #[test]
    fn what_is_not_packed_is_taken_as_it_is_whatever_its_name_says() {
        for text in ["<?xml version=\"1.0\"?><rss/>", "\u{feff}<rss/>", "\n\n  {\"version\": 1}"] {
            for coding in ["gzip", "deflate", "br", "zstd"] {
                let (body, result) = unpacked(coding, text.as_bytes(), 3, usize::MAX);
                assert_eq!((body.as_slice(), result), (text.as_bytes(), Ok(())), "{coding}: {text}");
            }
        }
        for coding in ["gzip", "deflate", "br", "zstd"] {
            assert_eq!(unpacked(coding, b"", 1, 9).1, Ok(()), "{coding}: an empty body is empty");
            let (body, result) = unpacked(coding, &[0xFF; 400], 64, 9999);
            assert!(body.is_empty() && matches!(result, Err(Ended::Broken(_))), "{coding}: {result:?}");
        }
        assert!(matches!(unpacked(&"gzip,".repeat(9), b"x", 1, 9).1, Err(Ended::Broken(_))));
    }

    #[test]
    fn what_came_before_a_stream_broke_is_there_and_that_it_broke_is_said() {
        let text = text();
        let packed = gzip(&text);
        let without_end = &packed[..packed.len() - 8];
        for piece in [1, 1000, usize::MAX] {
            let (body, result) = unpacked("gzip", without_end, piece, usize::MAX);
            assert!(body == text && matches!(result, Err(Ended::Broken(_))), "{} {result:?}", body.len());
        }
        let mut wrong = packed.clone();
        *wrong.last_mut().expect("bytes") ^= 1;
        let (body, result) = unpacked("gzip", &wrong, 1000, usize::MAX);
        assert!(body == text && matches!(result, Err(Ended::Broken(_))), "{result:?}");
        let zstd = zstd::encode_all(text.as_slice(), 3).expect("memory");
        for (coding, packed) in [("gzip", packed), ("deflate", zlib(&text)), ("deflate", raw(&text)), ("zstd", zstd)] {
            let (body, result) = unpacked(coding, &packed[..packed.len() / 2], 1000, usize::MAX);
            assert!(matches!(result, Err(Ended::Broken(_))), "{coding}");
            assert!(body.len() > text.len() / 5 && text.starts_with(&body), "{coding}: {} bytes", body.len());
            let mut damaged = packed.clone();
            let half = damaged.len() / 2;
            damaged[half..].fill(0xFF);
            let (body, result) = unpacked(coding, &damaged, 1000, usize::MAX);
            assert!(matches!(result, Err(Ended::Broken(_))), "{coding}");
            assert!(body.len() > text.len() / 5 || coding == "zstd", "{coding}: {} bytes", body.len());
        }
    }

    #[test]
    fn a_bomb_is_cut_at_the_limit_and_members_without_content_are_given_up() {
        let bomb = gzip(&vec![b'a'; 30_000_000]);
        for (codings, packed) in [
            ("gzip", bomb.clone()),
            ("deflate", zlib(&vec![b'a'; 30_000_000])),
            ("zstd", zstd::encode_all(vec![b'a'; 30_000_000].as_slice(), 1).expect("memory")),
            ("gzip, gzip", gzip(&bomb)),
        ] {
            let (body, result) = unpacked(codings, &packed, 8192, 100_000);
            assert_eq!((body.len(), result), (100_000, Err(Ended::Full)), "{codings}");
        }
        assert_eq!(unpacked("gzip", &gzip(&[b'a'; 100]), 10, 100).1, Ok(()), "exactly at the limit");
        let plain = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()).finish().expect("memory");
        let (_, result) = unpacked("gzip", &plain.repeat(20_000), 8192, 100_000);
        assert!(matches!(&result, Err(Ended::Broken(what)) if what.contains("members")), "{result:?}");
        let endless = [&[0x1F, 0x8B, 8, 8, 0, 0, 0, 0, 0, 3][..], &b"n".repeat(100_000)].concat();
        assert!(matches!(unpacked("gzip", &endless, 8192, 100_000).1, Err(Ended::Broken(_))));
    }
}
