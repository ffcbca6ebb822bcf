//! Folds a text to the signs that dates are compared by: small letters without accents, plain digits, one sign for
//! all hyphens.
//!
//! Each folded sign keeps the bytes that it stands for. Marks that make another letter of an Indic script stay;
//! marks that only colour a letter (accents, points of Hebrew and Arabic, nuktas) go, because publishers drop them.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A folded sign, and the bytes of the text that it stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sign {
    pub letter: char,
    pub start: usize,
    pub end: usize,
}

/// Whether a sign only colours the one before it, or is not seen at all.
fn is_colour(sign: char) -> bool {
    matches!(sign as u32,
        0xAD | 0x300..=0x36F | 0x483..=0x487 | 0x591..=0x5C7 | 0x5F3 | 0x5F4 | 0x610..=0x61A | 0x640 | 0x64B..=0x65F
        | 0x670 | 0x93C | 0x9BC | 0xA3C | 0xABC | 0xB3C | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x2069
        | 0xFE00..=0xFE0F | 0xFEFF)
}

/// The sign that stands for all its like.
fn plain(sign: char) -> char {
    match sign {
        'ı' => 'i',
        'đ' | 'ð' => 'd',
        'ł' => 'l',
        'ø' => 'o',
        'ς' => 'σ',
        'ى' | 'ی' => 'ي',
        'ک' => 'ك',
        'ة' | 'ہ' | 'ھ' => 'ه',
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => '-',
        '\'' | '‘' | '’' | '`' | '´' | 'ʼ' | 'ʻ' => '\'',
        '،' | '、' | '၊' | '፣' | '፥' => ',',
        '。' | '॰' | '।' | '።' => '.',
        '∕' | '⁄' => '/',
        '·' | '•' | '・' | '∙' | '¦' | '║' => '|',
        _ => sign,
    }
}

/// The folded signs of a text.
pub(super) fn signs(text: &str) -> Vec<Sign> {
    let mut out = Vec::with_capacity(text.len());
    for (start, sign) in text.char_indices() {
        let end = start + sign.len_utf8();
        if sign.is_ascii() {
            out.push(Sign { letter: plain(sign.to_ascii_lowercase()), start, end });
            continue;
        }
        for small in sign.to_lowercase() {
            let parts = std::iter::once(plain(small)).nfkd().filter(|part| !is_colour(*part));
            out.extend(parts.flat_map(char::to_lowercase).map(|part| Sign { letter: plain(part), start, end }));
        }
    }
    out
}

/// Whether a sign is part of a word.
pub(super) fn is_wordy(sign: char) -> bool {
    sign.is_alphabetic() || (!sign.is_ascii() && is_combining_mark(sign))
}

/// Whether a sign belongs to a script that writes words without blanks between them, or units right behind numbers.
pub(super) fn is_unspaced(sign: char) -> bool {
    matches!(sign as u32, 0xE00..=0xEFF | 0x1000..=0x109F | 0x1100..=0x11FF | 0x1780..=0x17FF | 0x3005..=0x9FFF)
}

#[cfg(test)]
mod tests {
    use super::signs;

    fn folded(text: &str) -> String {
        signs(text).iter().map(|sign| sign.letter).collect()
    }

    #[test]
    fn forms_of_one_word_fold_to_one() {
        for (one, other) in [
            ("Février", "fe\u{301}vrier"),
            ("ΟΚΤΩΒΡΊΟΥ", "οκτωβριου"),
            ("Şubat", "subat"),
            ("KASIM", "kasım"),
            ("İyun", "iyun"),
            ("أكتوبر", "اكتوبر"),
            ("سه\u{200c}شنبه", "سهشنبه"),
            ("फ़रवरी", "फरवरी"),
            ("１２：３０", "12:30"),
            ("13 Oct – 25", "13\u{a0}oct - 25"),
            ("май", "маи\u{306}"),
        ] {
            assert_eq!(folded(one), folded(other), "{one}");
        }
    }

    #[test]
    fn a_sign_keeps_its_bytes() {
        let text = "é월x";
        let last = *signs(text).last().expect("a sign");
        assert_eq!((&text[last.start..last.end], last.letter), ("x", 'x'));
    }
}
