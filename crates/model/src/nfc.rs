//! Text in normal form C: one letter, one spelling.
//!
//! `ế` is one sign on one publisher's machine and three on another's. Words are searched, compared and counted sign by
//! sign, so every text that is kept is of this one form. Addresses and ids are no texts: their bytes stay.

use std::borrow::Cow;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// A text in normal form C; borrowed where it is that already, as nearly every text is.
pub fn nfc(text: &str) -> Cow<'_, str> {
    // Below U+0300 nothing composes with anything, and the bytes of those signs begin at most with 0xCB: most of
    // Europe's text is settled by its bytes alone.
    let settled = text.bytes().all(|byte| byte < 0xCC);
    if settled || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.nfc().collect())
}

/// A text in normal form C, without a copy where it is that already.
pub fn into_nfc(text: String) -> String {
    match nfc(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(text) => text,
    }
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
        for same in ["", "plain", "Häuser, Việt Nam, 日本, \u{1f600} \u{301}"] {
            assert_eq!(nfc(same), same);
        }
    }
}
