//! A headline's words, as two headlines are laid over one another: which words both have in one order, and which
//! names each of them has alone.
//!
//! Words are compared by their beginnings, so that endings do not part one name from itself. Scripts without spaces
//! have no words here, and a headline in one of them lacks them.

use samestory_model::{Features, languages};
use samestory_understand::{fold, is_unspaced};
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::OnceLock;

/// Letters of a word that are compared.
const BEGINNING: usize = 5;
/// Bytes of a headline and of a text that are kept; words of them that are looked at.
const TITLE_BYTES: usize = 500;
const TEXT_BYTES: usize = 4000;
const MOST: usize = 40;
const LOOKED_AT: usize = 600;
/// Words, and signs in a script without spaces, from which an equal headline stands for one thing.
const WHOLE_WORDS: usize = 5;
const WHOLE_SIGNS: usize = 12;
/// Words that two headlines have in common, at least, to be built alike, and their share of the shorter one; the share
/// in a language that writes nouns like names.
const COMMON: usize = 3;
const SHARE: f32 = 0.34;
const NOUNS_SHARE: f32 = 0.6;

/// A word of a headline.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Word {
    mark: u64,
    is_name: bool,
}

/// A document's headline, laid out when it is first asked for: most documents of a window never are.
#[derive(Debug, Clone, Default)]
pub struct Headline {
    title: String,
    /// The beginning of the text.
    text: String,
    laid: OnceLock<Laid>,
}

impl Headline {
    /// The headline of a document.
    pub fn of(title: &str, text: &str) -> Self {
        let cut = |text: &str, most: usize| text[..text.floor_char_boundary(most)].to_owned();
        Self { title: cut(title, TITLE_BYTES), text: cut(text, TEXT_BYTES), laid: OnceLock::new() }
    }

    /// It laid out, with the names and the language of its document.
    pub fn laid(&self, features: &Features) -> &Laid {
        self.laid.get_or_init(|| Laid::of(&self.title, &self.text, features))
    }
}

/// A headline's words and the words that stand in its document.
#[derive(Debug, Clone, Default)]
pub struct Laid {
    words: Vec<Word>,
    /// Every word of headline and text.
    all: HashSet<u64>,
    /// Whether a capital shows no name.
    nouns: bool,
    /// All of it, folded, where it is long enough to stand for one thing.
    whole: Option<u64>,
}

/// A word as a number; kept in memory only.
fn mark(word: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    word.hash(&mut hasher);
    hasher.finish()
}

/// The words of a text with the beginning of each as a mark.
fn words(text: &str) -> impl Iterator<Item = (&str, u64)> {
    text.split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty()).map(|word| {
        let folded: String = fold(word).chars().take(BEGINNING).collect();
        (word, mark(&folded))
    })
}

impl Laid {
    fn of(title: &str, text: &str, features: &Features) -> Self {
        let named: HashSet<u64> =
            features.names.iter().flat_map(|name| words(&name.shown).map(|word| word.1).collect::<Vec<_>>()).collect();
        let titled: Vec<(&str, u64)> = words(title).take(MOST).collect();
        let capitals = titled.iter().filter(|word| word.0.starts_with(char::is_uppercase)).count();
        let telling = capitals * 3 <= titled.len() * 2;
        let is_name = |at: usize, word: &str, mark: u64| {
            let capital = word.starts_with(char::is_uppercase);
            let number = word.chars().any(char::is_numeric);
            !number && capital && (named.contains(&mark) || (telling && at > 0 && word.chars().count() > 1))
        };
        let folded: String = fold(title).chars().filter(|sign| sign.is_alphanumeric()).collect();
        let spaced = !folded.chars().any(is_unspaced);
        let is_long = if spaced { titled.len() >= WHOLE_WORDS } else { folded.chars().count() >= WHOLE_SIGNS };
        let words_of = titled.iter().enumerate();
        Self {
            words: words_of.map(|(at, (word, mark))| Word { mark: *mark, is_name: is_name(at, word, *mark) }).collect(),
            all: words(title).chain(words(text).take(LOOKED_AT)).map(|word| word.1).collect(),
            whole: is_long.then(|| mark(&folded)),
            nouns: features.lang.and_then(languages::of).is_some_and(|language| language.capitalises_nouns),
        }
    }

    /// Whether two headlines are one, letter by letter, and long enough to stand for one thing.
    pub fn is_equal(&self, other: &Self) -> bool {
        self.whole.is_some() && self.whole == other.whole
    }

    /// How many words both headlines have in one order.
    fn common(&self, other: &Self) -> usize {
        let mut above = vec![0usize; other.words.len() + 1];
        for word in &self.words {
            let mut here = vec![0usize; other.words.len() + 1];
            for (column, theirs) in other.words.iter().enumerate() {
                let with = above[column] + usize::from(word.mark == theirs.mark);
                here[column + 1] = with.max(above[column + 1]).max(here[column]);
            }
            above = here;
        }
        above[other.words.len()]
    }

    /// Whether a name of this headline stands nowhere in another document.
    fn has_own_name(&self, other: &Self) -> bool {
        self.words.iter().any(|word| word.is_name && !other.all.contains(&word.mark))
    }

    /// Whether two headlines are built alike and each names what the other document does not know of.
    pub fn names_another(&self, other: &Self) -> bool {
        let common = self.common(other);
        let share = common as f32 / self.words.len().min(other.words.len()).max(1) as f32;
        let least = if self.nouns || other.nouns { NOUNS_SHARE } else { SHARE };
        common >= COMMON && share >= least && self.has_own_name(other) && other.has_own_name(self)
    }
}
