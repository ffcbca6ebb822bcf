//! Reads what stands beside a number and changes its value: magnitudes, compounds, percentages.
//!
//! Words come from the files of the languages ([`languages::number_words`]). What no language owns is here: letters
//! that are glued to an amount of money (`£48m`, `3 M€`), and that a smaller magnitude goes on with the number before
//! it (5万1238, 2 tỷ 300 triệu).

use samestory_model::Lang;
use samestory_model::languages::{self, NumberWord, NumberWords};

/// Signs of money.
const MONEY: [char; 12] = ['€', '$', '£', '¥', '₹', '₩', '₽', '₫', '₴', '₺', '₦', '₱'];
/// Letters that are glued to an amount of money, longest first.
const GLUED: [(&str, i32); 14] = [
    ("mrd", 9),
    ("mds", 9),
    ("mln", 6),
    ("mld", 9),
    ("md", 9),
    ("mn", 6),
    ("bn", 9),
    ("tn", 12),
    ("cr", 7),
    ("m", 6),
    ("b", 9),
    ("k", 3),
    ("t", 12),
    ("g", 9),
];
/// Words after a length in metres.
const METRES: [&str; 24] = [
    "tall",
    "high",
    "deep",
    "long",
    "wide",
    "thick",
    "above",
    "below",
    "from",
    "away",
    "off",
    "apart",
    "up",
    "down",
    "hurdles",
    "sprint",
    "freestyle",
    "butterfly",
    "backstroke",
    "breaststroke",
    "relay",
    "race",
    "final",
    "dash",
];

/// Whether a sign belongs to a script that writes no spaces between words.
pub fn is_unspaced(sign: char) -> bool {
    matches!(u32::from(sign), 0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1100..=0x11FF | 0x1780..=0x17FF | 0x2E80..=0x9FFF
        | 0xAC00..=0xD7AF | 0xF900..=0xFAFF | 0x2_0000..=0x3_2000)
}

/// Whether a sign continues a word.
fn continues(sign: char) -> bool {
    sign.is_alphanumeric() || matches!(u32::from(sign), 0x0300..=0x036F | 0x0900..=0x0DFF)
}

/// The length of a word in bytes with which a text begins.
fn begins(text: &str, word: &NumberWord) -> Option<usize> {
    let rest = text.strip_prefix(word.text)?;
    let unspaced = word.text.chars().next_back().is_some_and(is_unspaced);
    let ending = rest.len() - rest.trim_start_matches(continues).len();
    if unspaced {
        Some(word.text.len())
    } else if word.is_stem {
        Some(word.text.len() + ending)
    } else {
        (ending == 0).then_some(word.text.len())
    }
}

/// The longest word of some with which a text begins, and its length.
fn longest<'w>(text: &str, words: &'w [NumberWord]) -> Option<(&'w NumberWord, usize)> {
    let found = words.iter().filter_map(|word| begins(text, word).map(|length| (word, length)));
    found.max_by_key(|(word, _)| word.text.len())
}

/// Whether a text ends in a word of some that stands by itself.
fn ends_in<'w>(text: &str, words: &'w [NumberWord]) -> Option<&'w NumberWord> {
    let text = text.trim_end();
    words.iter().filter(|word| text.ends_with(word.text)).max_by_key(|word| word.text.len()).filter(|word| {
        let before = text[..text.len() - word.text.len()].chars().next_back();
        word.text.chars().next().is_some_and(is_unspaced) || before.is_none_or(|sign| !continues(sign))
    })
}

/// What was read behind a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Read {
    /// The power of ten that the number is multiplied by.
    pub power: i32,
    /// How many bytes were read.
    pub length: usize,
    /// Whether the last word is of a script without spaces, so that digits may follow it.
    pub unspaced: bool,
}

/// Where a number stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beside<'t> {
    /// Lower-case text before it.
    pub before: &'t str,
    /// Lower-case text after it.
    pub after: &'t str,
    /// The language.
    pub lang: Option<Lang>,
    /// Whether it is written with decimals.
    pub decimal: bool,
}

fn is_money(sign: char) -> bool {
    MONEY.contains(&sign)
}

impl Beside<'_> {
    fn words(&self) -> &'static NumberWords {
        languages::number_words(self.lang)
    }

    /// A letter that is glued to the number and multiplies it.
    fn glued(&self) -> Option<Read> {
        let spaces = self.after.len() - self.after.trim_start_matches([' ', '\u{a0}', '\u{202f}']).len();
        let text = &self.after[spaces..];
        let (word, power) = GLUED.iter().find(|(word, _)| text.starts_with(word))?;
        let rest = &text[word.len()..];
        let behind = rest.trim_start_matches([' ', '\u{a0}', '\u{202f}']);
        let read = Read { power: *power, length: spaces + word.len(), unspaced: false };
        let ended = !rest.starts_with(continues);
        // "3 M€", "2,5 Md €".
        if behind.starts_with(is_money) && (rest.len() == behind.len() || *word != "m") {
            return Some(read);
        }
        if spaces > 0 || !ended {
            return None;
        }
        if self.before.trim_end().ends_with(is_money) {
            return Some(read);
        }
        // "5.2m people" against "a 5.2m wall" and "the 100m final": English writes both so.
        let english = self.lang.is_some_and(|lang| lang.as_str() == "en");
        let next: String = behind.chars().take_while(|sign| sign.is_alphabetic()).collect();
        let counted = next == "people" || (next.len() > 3 && next.ends_with('s'));
        let million = *word == "m" && !METRES.contains(&next.as_str()) && (self.decimal || counted);
        (english && (million || matches!(*word, "bn" | "tn" | "mn"))).then_some(read)
    }

    /// What multiplies the number: a word before it, or a row of words behind it ("2 lakh crore").
    pub fn magnitude(&self) -> Option<Read> {
        if let Some(word) = ends_in(self.before, &self.words().magnitudes_before) {
            return Some(Read { power: word.power, length: 0, unspaced: false });
        }
        if let Some(glued) = self.glued() {
            return Some(glued);
        }
        let gap =
            |text: &str| text.len() - text.trim_start_matches(|sign: char| sign.is_whitespace() || sign == '-').len();
        let mut read: Option<Read> = None;
        let mut length = gap(self.after);
        while let Some((word, bytes)) = longest(&self.after[length..], &self.words().magnitudes) {
            length += bytes;
            let unspaced = word.text.chars().next_back().is_some_and(is_unspaced);
            read = Some(Read { power: read.map_or(0, |read| read.power) + word.power, length, unspaced });
            let rest = &self.after[length..];
            length += rest.len() - rest.trim_start().len();
        }
        read
    }

    /// Whether the number is a percentage; `after` begins behind its magnitudes.
    pub fn is_percent(&self) -> bool {
        const SIGNS: [char; 4] = ['%', '٪', '％', '﹪'];
        let after = self.after.trim_start_matches(|sign: char| sign.is_whitespace() || sign == '-');
        if after.starts_with(SIGNS) || longest(after, &self.words().percent).is_some() {
            return true;
        }
        let sign = self.before.strip_suffix(SIGNS).is_some_and(|rest| !rest.ends_with(char::is_numeric));
        sign || ends_in(self.before, &self.words().percent_before).is_some()
    }
}
