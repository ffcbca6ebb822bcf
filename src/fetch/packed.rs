//! The packed streams themselves, a step at a time, and how each is told by its first and last bytes.

use super::coding::Ended;
use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};
use crc32fast::Hasher;
use flate2::{Decompress, FlushDecompress, Status};
use zstd::stream::raw::{DParameter, Decoder, Operation};

/// Window of a zstd stream as a power of two: the 8 MiB that RFC 9659 allows on the web.
const ZSTD_WINDOW: u32 = 23;
/// How gzip begins.
pub(super) const GZIP: [u8; 2] = [0x1F, 0x8B];
/// How a frame of zstd begins.
pub(super) const ZSTD: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];

/// How a body is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

impl Coding {
    /// By its name in `Content-Encoding`; other names, such as that of a charset, say nothing.
    pub(super) fn of(name: &str) -> Option<Self> {
        let name = name.trim().to_ascii_lowercase();
        match name.strip_prefix("x-").unwrap_or(&name) {
            "gzip" => Some(Self::Gzip),
            "deflate" | "zlib" => Some(Self::Deflate),
            "br" | "brotli" => Some(Self::Brotli),
            "zstd" => Some(Self::Zstd),
            _ => None,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Brotli => "brotli",
            Self::Zstd => "zstd",
        }
    }
}

/// A packed stream.
pub(super) enum Packed {
    Deflated(Box<Decompress>),
    Brotli(Box<BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>>),
    Zstd(Box<Decoder<'static>>),
}

/// What one step of unpacking read and wrote, and whether the stream is at its end.
pub(super) struct Step {
    pub(super) read: usize,
    pub(super) wrote: usize,
    pub(super) is_end: bool,
}

impl Packed {
    pub(super) fn brotli() -> Self {
        let alloc = StandardAlloc::default;
        Self::Brotli(Box::new(BrotliState::new(alloc(), alloc(), alloc())))
    }

    pub(super) fn zstd() -> Result<Self, Ended> {
        let mut decoder = Decoder::new().map_err(|error| Ended::Broken(error.to_string()))?;
        let window = decoder.set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW));
        window.map_err(|error| Ended::Broken(error.to_string()))?;
        Ok(Self::Zstd(Box::new(decoder)))
    }

    pub(super) fn deflated(zlib: bool) -> Self {
        Self::Deflated(Box::new(Decompress::new(zlib)))
    }

    pub(super) fn step(&mut self, input: &[u8], output: &mut [u8]) -> Option<Step> {
        match self {
            Self::Deflated(stream) => {
                let (read, wrote) = (stream.total_in(), stream.total_out());
                let status = stream.decompress(input, output, FlushDecompress::None);
                // No step is longer than its buffers.
                let (read, wrote) = ((stream.total_in() - read) as usize, (stream.total_out() - wrote) as usize);
                let is_end = match status {
                    Ok(status) => status == Status::StreamEnd,
                    // What came before the damage is good.
                    Err(_) if wrote > 0 => false,
                    Err(_) => return None,
                };
                Some(Step { read, wrote, is_end })
            }
            Self::Brotli(state) => {
                let (mut read, mut wrote) = (0, 0);
                let (mut input_left, mut output_left) = (input.len(), output.len());
                let result = BrotliDecompressStream(
                    &mut input_left,
                    &mut read,
                    input,
                    &mut output_left,
                    &mut wrote,
                    output,
                    &mut 0,
                    state,
                );
                let is_end = matches!(result, BrotliResult::ResultSuccess);
                let is_broken = matches!(result, BrotliResult::ResultFailure);
                (!is_broken || wrote > 0).then_some(Step { read, wrote, is_end })
            }
            Self::Zstd(decoder) => {
                let status = decoder.run_on_buffers(input, output).ok()?;
                Some(Step { read: status.bytes_read, wrote: status.bytes_written, is_end: status.remaining == 0 })
            }
        }
    }
}

/// Whether a body begins like a document, and so is not packed.
pub(super) fn is_text(begins: &[u8]) -> bool {
    let begins = begins.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(begins);
    let printable = |byte: &u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    let first = begins.trim_ascii_start().first();
    first.is_some_and(|first| b"<{[".contains(first)) && begins.len() >= 4 && begins.iter().all(printable)
}

/// Whether deflate stands in the frame of zlib (RFC 1950).
pub(super) fn is_zlib(begins: &[u8]) -> bool {
    let &[method, flags, ..] = begins else { return false };
    method & 0x0F == 8 && method >> 4 <= 7 && u16::from_be_bytes([method, flags]).is_multiple_of(31)
}

/// Whether a frame of zstd begins, or one that it skips.
pub(super) fn is_zstd(begins: &[u8]) -> bool {
    begins.starts_with(&ZSTD) || begins.len() >= 4 && begins[0] & 0xF0 == 0x50 && begins[1..4] == [0x2A, 0x4D, 0x18]
}

/// The length of a gzip member's head (RFC 1952), once all of it is there.
pub(super) fn head_length(head: &[u8]) -> Option<usize> {
    let flags = *head.get(3)?;
    let mut at = 10;
    if flags & 4 != 0 {
        at += 2 + usize::from(u16::from_le_bytes([*head.get(at)?, *head.get(at + 1)?]));
    }
    for named in [8, 16] {
        if flags & named != 0 {
            at += head.get(at..)?.iter().position(|byte| *byte == 0)? + 1;
        }
    }
    at += if flags & 2 != 0 { 2 } else { 0 };
    (head.len() >= at).then_some(at)
}

/// What the end of a gzip member says of it.
#[derive(Default)]
pub(super) struct Sum {
    crc: Hasher,
    pub(super) bytes: usize,
}

impl Sum {
    /// Adds what was unpacked.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.crc.update(bytes);
        self.bytes = self.bytes.wrapping_add(bytes.len());
    }

    /// Whether the end of its member fits, once all of that is there.
    pub(super) fn fits(&self, tail: &[u8]) -> Option<bool> {
        let number = |at: usize| tail.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes);
        // The length counts modulo 2^32.
        Some(number(0)? == self.crc.clone().finalize() && number(4)? == self.bytes as u32)
    }
}
