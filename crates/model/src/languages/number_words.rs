//! Words that stand beside a number and change its value, by language: `million`, `लाख`, `milioni`, `yüzde`.
//!
//! A word counts in its own language only, and only as a whole word, or as the beginning of one where its file says so
//! by an asterisk: `mil` is a thousand in Spanish and a million in Czech, and no `miles` or `milik`. A text whose
//! language is not known is read by every word that all languages agree on.

use super::Language;
use crate::Lang;
use std::collections::BTreeMap;

/// Words of a language that is not known need as many letters, unless they stand in a script without spaces.
const SURE: usize = 5;

/// A word beside a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberWord {
    /// The word, lower case.
    pub text: &'static str,
    /// Whether other endings may follow.
    pub is_stem: bool,
    /// The power of ten that it stands for; 0 for a word that makes a percentage.
    pub power: i32,
}

impl NumberWord {
    fn of(text: &'static str, power: i32) -> Self {
        let stem = text.strip_suffix('*');
        Self { text: stem.unwrap_or(text), is_stem: stem.is_some(), power }
    }
}

/// The words of one language.
#[derive(Debug, Clone, Default)]
pub struct NumberWords {
    /// Behind the number: `5 million`.
    pub magnitudes: Vec<NumberWord>,
    /// Before it: `milioni 5`.
    pub magnitudes_before: Vec<NumberWord>,
    /// Behind the number: `5 per cent`.
    pub percent: Vec<NumberWord>,
    /// Before it: `yüzde 5`.
    pub percent_before: Vec<NumberWord>,
}

impl NumberWords {
    /// Those of a language's file.
    fn of(language: &Language<'static>) -> Self {
        let magnitudes = |words: &BTreeMap<&'static str, i32>| {
            words.iter().map(|(word, power)| NumberWord::of(word, *power)).collect()
        };
        let percent = |words: &[&'static str]| words.iter().map(|word| NumberWord::of(word, 0)).collect();
        Self {
            magnitudes: magnitudes(&language.magnitudes),
            magnitudes_before: magnitudes(&language.magnitudes_before),
            percent: percent(&language.percent),
            percent_before: percent(&language.percent_before),
        }
    }

    /// What is read where the language is not known: long words that no two languages read in two ways.
    fn of_all(all: &[Self]) -> Self {
        let agreed = |of: fn(&Self) -> &Vec<NumberWord>| {
            let mut words: BTreeMap<&str, (NumberWord, bool)> = BTreeMap::new();
            for word in all.iter().flat_map(of) {
                let known = words.entry(word.text).or_insert((*word, true));
                known.1 &= known.0.power == word.power;
                known.0.is_stem |= word.is_stem;
            }
            let sure = |word: &NumberWord| word.text.chars().count() >= SURE || !word.text.is_ascii();
            words.into_values().filter(|(word, agreed)| *agreed && sure(word)).map(|pair| pair.0).collect()
        };
        Self {
            magnitudes: agreed(|one| &one.magnitudes),
            magnitudes_before: agreed(|one| &one.magnitudes_before),
            percent: agreed(|one| &one.percent),
            percent_before: agreed(|one| &one.percent_before),
        }
    }
}

/// The words of every language.
pub(super) struct AllNumberWords {
    by_code: BTreeMap<Lang, NumberWords>,
    unknown: NumberWords,
}

impl AllNumberWords {
    pub(super) fn of(by_code: &BTreeMap<Lang, Language<'static>>) -> Self {
        let by_code: BTreeMap<Lang, NumberWords> =
            by_code.iter().map(|(code, language)| (*code, NumberWords::of(language))).collect();
        let all: Vec<NumberWords> = by_code.values().cloned().collect();
        Self { unknown: NumberWords::of_all(&all), by_code }
    }

    /// Those of a language; where it has no file, or none that says any, those that all languages agree on.
    pub(super) fn get(&self, lang: Option<Lang>) -> &NumberWords {
        let known = |lang: Lang| {
            let kin = || self.by_code.iter().rfind(|pair| pair.0.macrolanguage() == lang.macrolanguage());
            self.by_code.get(&lang).or_else(|| kin().map(|pair| pair.1))
        };
        lang.and_then(known).unwrap_or(&self.unknown)
    }
}
