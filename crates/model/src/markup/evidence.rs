//! What bytes themselves say of their encoding, and signs that were written in halves. Part of `decode`.
//!
//! UTF-8 has a shape that text in other encodings does not have by chance: how many whole signs there are for each
//! broken one tells a feed with a broken byte from one that is no UTF-8.

use encoding_rs::{Encoding, REPLACEMENT};
use std::borrow::Cow;

/// Encodings by names that encoding_rs does not know, their dividing signs left out.
const LABELS: &[(&str, &str)] = &[
    ("ansi", "windows-1252"),
    ("cp65001", "utf-8"),
    ("eucjpms", "euc-jp"),
    ("latin0", "iso-8859-15"),
    ("latin9", "iso-8859-15"),
    ("ms932", "shift_jis"),
    ("cp932", "shift_jis"),
    ("cp936", "gbk"),
    ("cp949", "euc-kr"),
    ("cp950", "big5"),
    ("unicode", "utf-8"),
    ("utf8mb3", "utf-8"),
    ("utf8mb4", "utf-8"),
];

/// The encoding that a label means, as senders write it; `None` where it means none.
pub(super) fn labelled(label: &str) -> Option<&'static Encoding> {
    let of = |label: &str| Encoding::for_label(label.as_bytes()).filter(|encoding| *encoding != REPLACEMENT);
    if let Some(encoding) = of(label) {
        return Some(encoding);
    }
    let plain: String = label.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let number =
        |prefix: &str| plain.strip_prefix(prefix).filter(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
    if plain.starts_with("iso2022jp") {
        return Some(encoding_rs::ISO_2022_JP);
    }
    let known = LABELS.iter().find(|pair| pair.0 == plain).and_then(|pair| of(pair.1));
    let windows = ["windows", "win", "cp", "xcp", "ms"].iter().find_map(|prefix| number(prefix));
    known
        .or_else(|| of(&format!("windows-{}", windows?)))
        .or_else(|| of(&format!("iso-8859-{}", number("iso8859")?)))
        .or_else(|| of(&plain))
}

/// Whether bytes are ISO-2022-JP: nothing beyond ASCII, and an escape to Japanese signs. One that nothing declares has
/// to come back from them as well.
pub(super) fn is_iso_2022_jp(bytes: &[u8], declared: bool) -> bool {
    const ESCAPE: u8 = 0x1B;
    let mut rest = bytes;
    let (mut left, mut came_back) = (false, false);
    while let Some(place) = rest.iter().position(|byte| *byte == ESCAPE) {
        rest = &rest[place + 1..];
        left |= [&b"$B"[..], b"$@", b"$(D", b"(I"].iter().any(|escape| rest.starts_with(escape));
        came_back |= left && (rest.starts_with(b"(B") || rest.starts_with(b"(J"));
        if came_back {
            break;
        }
    }
    left && (declared || came_back) && bytes.is_ascii()
}

/// Whether an encoding is one of Latin letters.
pub(super) fn is_latin(encoding: &'static Encoding) -> bool {
    let name = encoding.name();
    ["windows-1250", "windows-1252", "windows-1254", "windows-1257", "windows-1258", "macintosh", "UTF-8"]
        .contains(&name)
        || name
            .strip_prefix("ISO-8859-")
            .is_some_and(|part| matches!(part, "2" | "3" | "4" | "10" | "13" | "14" | "15" | "16"))
}

/// Bytes beyond ASCII below which they say nothing about a script.
const FEW: usize = 4;

/// Whether the bytes beyond ASCII are too few, or each too much alone, to tell a script by.
pub(super) fn is_thin(bytes: &[u8]) -> bool {
    let high = |byte: &u8| *byte >= 0x80;
    let count = bytes.iter().filter(|byte| high(byte)).take(FEW).count();
    count < FEW || !bytes.windows(2).any(|pair| high(&pair[0]) && high(&pair[1]))
}

/// How much of a text is UTF-8 beyond ASCII, and how much is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    /// Whole signs of two bytes or more.
    pub(super) whole: usize,
    /// Runs of bytes that are none.
    pub(super) broken: usize,
}

/// Counts what of some bytes is UTF-8; a sign that the end cuts off is not counted.
pub(super) fn utf8_in(bytes: &[u8]) -> Seen {
    let mut seen = Seen { whole: 0, broken: 0 };
    let mut last: &[u8] = &[];
    for piece in bytes.utf8_chunks() {
        // Every byte of a sign but the first is a continuation.
        let bytes = piece.valid().as_bytes();
        seen.whole += bytes.iter().filter(|byte| **byte >= 0xC0).count();
        seen.broken += usize::from(!piece.invalid().is_empty());
        last = piece.invalid();
    }
    let cut_off = std::str::from_utf8(last).is_err_and(|error| error.error_len().is_none());
    seen.broken -= usize::from(cut_off);
    seen
}

/// Bytes in which signs that were written as two halves of three bytes each (CESU-8, as some databases give them out)
/// are whole, a half by itself is one broken byte, and a zero that was written as two bytes is gone.
pub(super) fn whole_pairs(bytes: &[u8]) -> Cow<'_, [u8]> {
    let half = |at: usize, high: bool| {
        let [first, second, third] = *bytes.get(at..at + 3)? else { return None };
        let range = if high { 0xA0..=0xAF } else { 0xB0..=0xBF };
        (first == 0xED && range.contains(&second) && (0x80..=0xBF).contains(&third))
            .then(|| (u32::from(second & 0x0F) << 6) | u32::from(third & 0x3F))
    };
    let mut out: Option<Vec<u8>> = None;
    let (mut at, mut kept) = (0, 0);
    while let Some(place) = bytes[at..].iter().position(|byte| matches!(*byte, 0xED | 0xC0)).map(|place| at + place) {
        at = place + 1;
        let mut sign = [0xFF; 4];
        let (sign, length) = if bytes[place..].starts_with(&[0xC0, 0x80]) {
            (&[][..], 2)
        } else if let (Some(high), Some(low)) = (half(place, true), half(place + 3, false)) {
            let Some(whole) = char::from_u32(0x1_0000 + (high << 10 | low)) else { continue };
            (whole.encode_utf8(&mut sign).as_bytes(), 6)
        } else if half(place, true).or_else(|| half(place, false)).is_some() {
            (&sign[..1], 3)
        } else {
            continue;
        };
        let out = out.get_or_insert_with(Vec::new);
        out.extend_from_slice(&bytes[kept..place]);
        out.extend_from_slice(sign);
        at = place + length;
        kept = at;
    }
    match out {
        Some(mut out) => {
            out.extend_from_slice(&bytes[kept..]);
            Cow::Owned(out)
        }
        None => Cow::Borrowed(bytes),
    }
}

/// A reference to half of a sign that begins at `text`: its number, and its length.
fn half(text: &str) -> Option<(u32, usize)> {
    let mark = ["&#", "&amp;#"].into_iter().find(|mark| text.starts_with(mark))?.len();
    let rest = &text[mark..];
    let (digits, base) = match rest.strip_prefix(['x', 'X']) {
        Some(hex) => (hex, 16),
        None => (rest, 10),
    };
    let length = digits.bytes().take(8).take_while(u8::is_ascii_hexdigit).count();
    let number = u32::from_str_radix(&digits[..length], base).ok().filter(|code| (0xD800..0xE000).contains(code))?;
    let end = text.len() - digits.len() + length;
    text[end..].starts_with(';').then_some((number, end + 1))
}

/// A text in which two references that are the halves of one sign (`&#55357;&#56832;`) are that sign, escaped once
/// more or not; `None` where there are none.
pub(super) fn without_halves(text: &str) -> Option<String> {
    let mut out = String::new();
    let (mut at, mut kept) = (0, 0);
    while let Some(place) = text[at..].find('#').map(|place| at + place) {
        at = place + 1;
        let start = if text[..place].ends_with("&amp;") { place - 5 } else { place.saturating_sub(1) };
        if start < kept || !text.is_char_boundary(start) {
            continue;
        }
        let Some((high, length)) = half(&text[start..]).filter(|(code, _)| *code < 0xDC00) else { continue };
        let Some((low, more)) = half(&text[start + length..]).filter(|(code, _)| *code >= 0xDC00) else { continue };
        let Some(sign) = char::from_u32(0x1_0000 + ((high - 0xD800) << 10 | (low - 0xDC00))) else { continue };
        out.push_str(&text[kept..start]);
        out.push(sign);
        kept = start + length + more;
        at = kept;
    }
    (kept > 0).then(|| out + &text[kept..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markup::decode;

    fn feed(title: &[u8], declared: &str) -> Vec<u8> {
        let head =
            if declared.is_empty() { String::new() } else { format!("<?xml version='1.0' encoding='{declared}'?>") };
        [head.as_bytes(), b"<rss><channel><item><title>", title, b"</title></item></channel></rss>"].concat()
    }

    #[test]
    fn one_broken_byte_turns_no_feed_into_another_script() {
        for (title, declared, text) in [
            (&b"Vi\xe1\xbb\x87t Nam \xff th\xe1\xba\xafng"[..], "utf-8", "Việt Nam \u{fffd} thắng"),
            (b"Vi\xe1\xbb\x87t Nam th\xe1\xba\xafng \xc4\x91\xe1\xba\xadm \xe1\xbb", "", "Việt Nam thắng đậm \u{fffd}"),
            (b"caf\xc3\xa9 \xe9", "utf-8", "café \u{fffd}"),
            (b"It\x92s here", "utf-8", "It\u{2019}s here"),
            (b"It\x92s \x93here\x94 \x96 now", "", "It\u{2019}s \u{201c}here\u{201d} \u{2013} now"),
            (b"\xd0\x9c\xd0\xb8\xd1\x80 \xd0\xb8 \x80", "", "Мир и \u{fffd}"),
            (b"caf\xe9", "utf-8", "café"),
            ("наши новости".as_bytes(), "windows-1251", "наши новости"),
            (b"\xcd\xe0\xf8\xe8 \xed\xee\xe2\xee\xf1\xf2\xe8", "utf-8", "Наши новости"),
            (b"\xcd\xe0\xf8\xe8 \xed\xee\xe2\xee\xf1\xf2\xe8", "win-1251", "Наши новости"),
            (b"\xb1\xb1\xbe\xa9\xd0\xc2\xce\xc5", "gb2312", "北京新闻"),
        ] {
            let read = decode(&feed(title, declared), None, None).text;
            assert!(read.contains(&format!(">{text}<")), "{declared}: {read}");
        }
    }

    #[test]
    fn japanese_behind_escapes_is_read_declared_or_not() {
        let jis = b"\x1b$BCO?L$G;0?M$1$,\x1b(B"; // 地震で三人けが
        for declared in ["ISO-2022-JP", "iso-2022-jp-ms", "utf-8", ""] {
            let read = decode(&feed(jis, declared), None, None);
            assert!(read.text.contains(">地震で三人けが<"), "{declared}: {}", read.text);
        }
        let cut = decode(&feed(b"\x1b$BCO?L", "iso-2022-jp"), None, None).text;
        assert!(cut.contains("地震"), "{cut}");
        let plain = decode(b"colours \x1b[1m bold \x1b[0m", None, None).text;
        assert_eq!(plain, "colours [1m bold [0m");
    }

    #[test]
    fn signs_in_halves_become_whole() {
        let title = "Nice \u{1f600}, Việt".as_bytes().to_vec();
        let cesu = [&b"Nice \xed\xa0\xbd\xed\xb8\x80"[..], ", Việt".as_bytes()].concat();
        for (given, declared) in [(&title, "utf-8"), (&cesu, "utf-8"), (&cesu, "")] {
            let read = decode(&feed(given, declared), None, None).text;
            assert!(read.contains(">Nice \u{1f600}, Việt<"), "{read}");
        }
        for (given, whole) in [
            ("a &#55357;&#56832; b", "a \u{1f600} b"),
            ("&#xD83D;&#xDE00;&#xd83d;&#xde00;", "\u{1f600}\u{1f600}"),
            ("&amp;#55357;&amp;#56832;", "\u{1f600}"),
        ] {
            assert_eq!(without_halves(given).as_deref(), Some(whole), "{given}");
        }
        for same in ["", "# &# &#55357; &#56832;", "&#55357;&#55357;", "&#55357 &#56832;", "ế#", "&#1;&#2;"] {
            assert_eq!(without_halves(same), None, "{same}");
        }
        let cut = decode(b"<rss><title>plain \xe1\xbb", None, None).text;
        assert!(cut.ends_with("plain \u{fffd}"), "{cut}");
        let lone = decode(&feed(b"half \xed\xa0\xbd and Vi\xe1\xbb\x87t, \xc0\x80", "utf-8"), None, None).text;
        assert!(lone.contains("Việt, <"), "{lone}");
    }

    #[test]
    fn labels_are_known_however_they_are_divided() {
        for (label, name) in [
            ("cp-1251", "windows-1251"),
            ("CP1250", "windows-1250"),
            ("win1252", "windows-1252"),
            ("utf8mb4", "UTF-8"),
            ("UTF_8", "UTF-8"),
            ("iso_8859_2", "ISO-8859-2"),
            ("Shift-JIS", "Shift_JIS"),
            ("ISO-2022-JP-2", "ISO-2022-JP"),
        ] {
            assert_eq!(labelled(label).map(Encoding::name), Some(name), "{label}");
        }
        for none in ["hz-gb-2312", "iso-2022-kr", "none", ""] {
            assert_eq!(labelled(none), None, "{none}");
        }
    }
}
