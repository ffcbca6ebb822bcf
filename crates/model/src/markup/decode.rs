//! Decodes bytes to UTF-8: byte order mark, else valid UTF-8, else what the sender says, else a guess.
//!
//! Valid UTF-8 comes before every declaration because declarations lie more often than bytes: feeds
//! that declare ISO-8859-1 or UTF-16 and send UTF-8 are common, text in another encoding that happens
//! to be valid UTF-8 beyond ASCII is not. The one exception is ISO-2022-JP, which has no byte beyond ASCII.
//! How much of a text with broken bytes is UTF-8 all the same, `evidence` says.

use super::evidence::{self, is_latin};
use crate::Repair;
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, ISO_2022_JP, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::borrow::Cow;

/// Bytes of the beginning that are searched for a declaration.
const HEAD: usize = 2048;

/// Bytes from which an encoding is guessed: more cost a second for ten megabytes, and change no guess.
const GUESSED_FROM: usize = 1 << 20;

/// The part of a text by which its encoding is guessed: from its first byte that is no ASCII on.
fn telling(bytes: &[u8]) -> &[u8] {
    let first = bytes.iter().position(|byte| *byte >= 0x80).unwrap_or(0);
    let from = if bytes.len() <= GUESSED_FROM { 0 } else { first.saturating_sub(64) };
    &bytes[from..bytes.len().min(from + GUESSED_FROM)]
}

/// Decoded text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The text, without byte order mark and C0 characters other than tab and line breaks.
    pub text: String,
    /// The encoding that was used.
    pub encoding: &'static str,
    /// What was wrong with what the sender said.
    pub repairs: Vec<Repair>,
}

fn after<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    let start = text.to_ascii_lowercase().find(mark)? + mark.len();
    let value =
        text.get(start..)?.trim_start_matches(|sign: char| sign.is_whitespace() || matches!(sign, '=' | '"' | '\''));
    let end = value
        .find(|sign: char| !(sign.is_ascii_alphanumeric() || matches!(sign, '-' | '_' | ':' | '.')))
        .unwrap_or(value.len());
    (end > 0).then(|| &value[..end])
}

/// The encoding that the text itself declares, in an XML declaration or an HTML `meta`.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head: String = bytes.iter().take(HEAD).filter(|byte| **byte != 0).map(|byte| char::from(*byte)).collect();
    let label = if head.trim_start().starts_with("<?xml") {
        head.split("?>")
            .next()
            .and_then(|declaration| after(declaration, "encoding"))
            .or_else(|| after(&head, "charset"))
    } else {
        after(&head, "charset")
    };
    evidence::labelled(label?)
}

/// UTF-16 without a mark: every second byte of the beginning is zero.
fn looks_utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(64) / 2 * 2];
    let zeros = |offset: usize| head.iter().skip(offset).step_by(2).filter(|byte| **byte == 0).count() * 2;
    if head.len() < 8 {
        None
    } else if zeros(0) * 10 >= head.len() * 8 {
        Some(UTF_16BE)
    } else if zeros(1) * 10 >= head.len() * 8 {
        Some(UTF_16LE)
    } else {
        None
    }
}

/// Whether a byte is among these. By pieces without a way out in between, so that the compiler takes many at once.
fn holds(bytes: &[u8], what: impl Fn(u8) -> bool) -> bool {
    bytes.chunks(128).any(|piece| piece.iter().fold(false, |found, byte| found | what(*byte)))
}

/// Text that reads the same in every encoding and holds nothing to take out; as many feeds are.
fn plain_ascii(bytes: &[u8]) -> Option<&str> {
    let plain = |byte: u8| (b' '..0x80).contains(&byte) || matches!(byte, b'\t' | b'\n' | b'\r');
    if holds(bytes, |byte| !plain(byte)) { None } else { std::str::from_utf8(bytes).ok() }
}

/// Decodes bytes; `content_type` is the header as sent, `tld` the host's top-level domain.
pub fn decode(bytes: &[u8], content_type: Option<&str>, tld: Option<&str>) -> Decoded {
    let mut repairs = Vec::new();
    if let Some(text) = plain_ascii(bytes) {
        return finished(text.to_owned(), UTF_8, repairs);
    }
    let said = content_type.and_then(|header| after(header, "charset")).and_then(evidence::labelled);
    let written = declared(bytes);
    let mut broken = |text: String| {
        let why = "UTF-8 with bytes that are none; they were replaced";
        repairs.push(Repair { name: "bad-utf8".into(), why: why.into() });
        (UTF_8, text)
    };
    let (encoding, text) = if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        (encoding, encoding.decode_without_bom_handling(&bytes[mark..]).0.into_owned())
    } else if let Some(encoding) = looks_utf16(bytes) {
        (encoding, encoding.decode_without_bom_handling(bytes).0.into_owned())
    } else if evidence::is_iso_2022_jp(bytes, said == Some(ISO_2022_JP) || written == Some(ISO_2022_JP)) {
        (ISO_2022_JP, ISO_2022_JP.decode_without_bom_handling(bytes).0.into_owned())
    } else if let Ok(text) = std::str::from_utf8(bytes) {
        (UTF_8, text.to_owned())
    } else {
        let usable = |encoding: &&'static Encoding| ![UTF_8, UTF_16BE, UTF_16LE, ISO_2022_JP].contains(encoding);
        let claimed = said.filter(usable).or(written.filter(usable));
        let utf8_claimed = said == Some(UTF_8) || written == Some(UTF_8);
        let whole = evidence::whole_pairs(bytes);
        let seen = evidence::utf8_in(&whole);
        // What two declarations say of one text is no evidence; where none says UTF-8, the bytes have to.
        let least = match (utf8_claimed, claimed) {
            (true, None) => 1,
            (true, Some(_)) | (false, None) => 4,
            (false, Some(_)) => 20,
        };
        if seen.broken == 0 && seen.whole > 0 && matches!(whole, Cow::Owned(_)) {
            let why = "signs in UTF-8 were written as two halves; they were put together";
            repairs.push(Repair { name: "half-signs".into(), why: why.into() });
            (UTF_8, String::from_utf8_lossy(&whole).into_owned())
        } else if seen.whole >= least * seen.broken {
            broken(String::from_utf8_lossy(&whole).into_owned())
        } else if let Some(encoding) = claimed {
            (encoding, encoding.decode_without_bom_handling(bytes).0.into_owned())
        } else {
            let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
            detector.feed(telling(bytes), true);
            let tld = tld.map(str::as_bytes).filter(|tld| tld.iter().all(u8::is_ascii_lowercase));
            let guess = detector.guess(tld, Utf8Detection::Allow);
            // A few bytes say nothing about a script; nearly all that are wrong by themselves are those of Windows.
            let guess = if is_latin(guess) || !evidence::is_thin(bytes) { guess } else { WINDOWS_1252 };
            if guess == UTF_8 {
                broken(String::from_utf8_lossy(&whole).into_owned())
            } else {
                repairs.push(Repair {
                    name: "guessed-encoding".into(),
                    why: format!("no usable encoding was declared; {} was guessed from the bytes", guess.name()),
                });
                (guess, guess.decode_without_bom_handling(bytes).0.into_owned())
            }
        }
    };
    if let Some(claim) = said.or(written).filter(|claim| *claim != encoding && !text.is_ascii()) {
        repairs.push(Repair {
            name: "wrong-encoding".into(),
            why: format!("declared {}, is {}", claim.name(), encoding.name()),
        });
    }
    let controls = |sign: char| {
        (sign < ' ' && !matches!(sign, '\t' | '\n' | '\r')) || matches!(sign, '\u{feff}' | '\u{fffe}' | '\u{ffff}')
    };
    // What is dropped is below the space or begins with 0xEF; most texts hold neither.
    let is_control = |byte: u8| byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r');
    let may = holds(text.as_bytes(), |byte| byte == 0xEF || is_control(byte));
    let text = if may && text.contains(controls) {
        repairs.push(Repair { name: "control-characters".into(), why: "control characters were dropped".into() });
        text.replace(controls, "")
    } else {
        text
    };
    finished(text, encoding, repairs)
}

/// The text with what its sender wrote as references to halves of signs put together.
fn finished(text: String, encoding: &'static Encoding, mut repairs: Vec<Repair>) -> Decoded {
    let text = match evidence::without_halves(&text) {
        Some(mended) => {
            let why = "a sign was written as references to its two halves; they were put together";
            repairs.push(Repair { name: "half-references".into(), why: why.into() });
            mended
        }
        None => text,
    };
    Decoded { text, encoding: encoding.name(), repairs }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_that_lie_are_seen_through() {
        let utf8 = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><t>Đường</t>";
        let read = decode(utf8.as_bytes(), Some("text/xml; charset=utf-16"), None);
        assert!(read.text.contains("Đường"));
        assert_eq!(read.repairs.len(), 1);
        let latin = b"<?xml version='1.0' encoding='iso-8859-1'?><t>K\xe4lla: p\xe5 torget</t>";
        assert!(decode(latin, None, None).text.contains("Källa: på torget"));
        let undeclared = b"K\xe4lla: r\xf6sterna r\xe4knades p\xe5 natten i b\xe5da byarna";
        assert!(decode(undeclared, None, Some("se")).text.contains("röster"));
    }

    #[test]
    fn utf16_is_read_with_and_without_a_mark() {
        let text = "<?xml version=\"1.0\"?><t>Häuser</t>";
        let plain: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(decode(&plain, None, None).text.contains("Häuser"));
        let marked: Vec<u8> = [0xFE, 0xFF].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect();
        assert!(decode(&marked, None, None).text.contains("Häuser"));
    }

    #[test]
    fn control_characters_go() {
        assert_eq!(decode(b"a\0b\x08c\n", None, None).text, "abc\n");
    }
}
