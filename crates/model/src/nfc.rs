//! Text in normal form C: one letter, one spelling.
//!
//! `ế` is one sign on one publisher's machine and three on another's. Words are searched, compared and counted sign by
//! sign, so every text that is kept is of this one form. Addresses and ids are no texts: their bytes stay.

use std::borrow::Cow;
use unicode_normalization::char::is_combining_mark;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// A text in normal form C; borrowed where it is that already, as nearly every text is.
pub fn nfc(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let settled = |(at, byte): (usize, &u8)| *byte < 0xCC || is_settled(*byte, &bytes[at + 1..]);
    if bytes.iter().enumerate().all(settled) || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.nfc().collect())
}

/// Whether the bytes of a sign settle that it is one that stays as it is whatever stands before or after it. Below U+0300
/// nothing composes with anything, and those signs begin at most with 0xCB; of the rest, these make up most of what is
/// written in Cyrillic, Vietnamese, Chinese and Korean, and looking each sign up takes a tenth of reading a feed.
fn is_settled(first: u8, rest: &[u8]) -> bool {
    matches!(
        (first, rest),
        // Cyrillic letters to U+047F; ideographs; syllables of Hangul to U+CFFF. Then U+1E00 to U+1EFF, letters with marks
        // in one piece; then dashes, quotation marks and dots, U+2002 to U+203F.
        (0xD0 | 0xD1 | 0xE4..=0xE9 | 0xEB | 0xEC, _) | (0xE1, [0xB8..=0xBB, ..]) | (0xE2, [0x80, 0x82..=0xBF, ..])
    )
}

/// A text in normal form C, without a copy where it is that already.
pub fn into_nfc(text: String) -> String {
    match nfc(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(text) => text,
    }
}

/// A text whose letters have no marks, as names are written where a keyboard lacks them: `Cánh Buồm` as `Canh Buom`.
pub fn unmarked(text: &str) -> String {
    let plain = |sign| match sign {
        'đ' | 'ð' => 'd',
        'Đ' | 'Ð' => 'D',
        'ł' => 'l',
        'Ł' => 'L',
        'ø' => 'o',
        'Ø' => 'O',
        'ı' => 'i',
        _ => sign,
    };
    text.nfd().filter(|sign| !is_combining_mark(*sign)).map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_in_pieces_become_letters_and_the_rest_stays_as_it_is() {
        for (given, whole) in [
            ("Vie\u{302}\u{323}t Nam", "Vi\u{1ec7}t Nam"),
            ("A\u{30a}ngstro\u{308}m", "\u{c5}ngstr\u{f6}m"),
            ("\u{1112}\u{1161}\u{11ab}", "\u{d55c}"),
            ("か\u{3099}", "が"),
        ] {
            assert_eq!(nfc(given), whole);
            assert!(matches!(nfc(whole), Cow::Borrowed(_)), "{whole}");
            assert_eq!(into_nfc(given.to_owned()), whole);
        }
        // What the bytes settle is what the tables say, of every sign.
        for sign in (0..=0x10_FFFF).filter_map(char::from_u32) {
            let text = sign.to_string();
            let settled = text.as_bytes()[0] < 0xCC || is_settled(text.as_bytes()[0], &text.as_bytes()[1..]);
            assert!(!settled || is_nfc_quick(std::iter::once(sign)) == IsNormalized::Yes, "U+{:04X}", sign as u32);
            assert!(
                !settled || unicode_normalization::char::canonical_combining_class(sign) == 0,
                "U+{:04X}",
                sign as u32
            );
        }
        for same in ["", "plain", "Häuser, Việt Nam, 日本, \u{1f600} \u{301}"] {
            assert_eq!(nfc(same), same);
        }
    }
}
