//! Finds names: capitalised words inside sentences, acronyms, Latin words in other scripts.
//!
//! A name is compared by the consonant skeleton of its folded form, so that one name meets itself
//! over scripts. Words that open a sentence say nothing in cased scripts and are left out unless they
//! stand capitalised elsewhere too. Names of short words (Lê Minh Đăng) are kept as pairs of neighbours,
//! because one syllable meets too many others. German capitalises every noun: rarity, learned from the window,
//! is what tells a name from a noun there, not this file.

use super::fold::{fold, skeleton};
use super::sentences::sentences;
use samestory_model::Name;
use std::collections::HashMap;
use unicode_script::{Script, UnicodeScript};

/// Most names kept of one document.
const MOST: usize = 64;

fn script(word: &str) -> Script {
    word.chars()
        .map(|sign| sign.script())
        .find(|script| !matches!(script, Script::Common | Script::Inherited))
        .unwrap_or(Script::Common)
}

fn cased(script: Script) -> bool {
    matches!(script, Script::Latin | Script::Cyrillic | Script::Greek | Script::Armenian)
}

/// Names of a document in order of first appearance, without repetition.
pub fn names(title: &str, text: &str) -> Vec<Name> {
    let mut found: Vec<Name> = Vec::new();
    let mut main: HashMap<Script, usize> = HashMap::new();
    for sign in text.chars().take(2000).filter(|sign| sign.is_alphabetic()) {
        *main.entry(sign.script()).or_default() += 1;
    }
    let main = main
        .into_iter()
        .max_by_key(|(script, count)| (*count, script.short_name()))
        .map_or(Script::Latin, |pair| pair.0);
    let pieces = std::iter::once((title, true)).chain(sentences(text).into_iter().map(|sentence| (sentence, false)));
    for (sentence, headline) in pieces {
        let words: Vec<&str> = sentence
            .split(|sign: char| !sign.is_alphanumeric() && !matches!(sign, '’' | '\''))
            .filter(|word| !word.is_empty())
            .collect();
        // English headlines capitalise every word: they name nothing by it.
        let capitals = words.iter().filter(|word| word.starts_with(char::is_uppercase)).count();
        if headline && capitals * 3 > words.len() * 2 {
            continue;
        }
        let mut add = |shown: String, skeleton: String| {
            if found.len() < MOST && found.iter().all(|name| name.skeleton != skeleton) {
                found.push(Name { shown, skeleton });
            }
        };
        for (place, pair) in words.windows(2).enumerate() {
            let upper = |word: &str| cased(script(word)) && word.starts_with(char::is_uppercase);
            let short = |word: &str| skeleton(&fold(word)).is_none() && word.chars().count() > 1;
            // Two capitals in a row name somebody even where they open the sentence, unless the first
            // is a long word that only opens it.
            if upper(pair[0]) && upper(pair[1]) && short(pair[1]) && (place > 0 || short(pair[0])) {
                let both = format!("{} {}", pair[0], pair[1]);
                if let Some(skeleton) = skeleton(&fold(&both)) {
                    add(both, skeleton);
                }
            }
        }
        for (place, word) in words.iter().enumerate() {
            let here = script(word);
            let foreign = here != main && (here == Script::Latin || here == Script::Katakana);
            let capital = cased(here)
                && word.starts_with(char::is_uppercase)
                && (place > 0 || word.chars().nth(1).is_some_and(char::is_uppercase));
            let katakana = here == Script::Katakana && word.chars().count() >= 3;
            if !(capital || foreign || katakana) {
                continue;
            }
            let shown = word.split(['’', '\'']).next().unwrap_or(word);
            if let Some(skeleton) = skeleton(&fold(shown)) {
                add(shown.to_owned(), skeleton);
            }
        }
        if found.len() >= MOST {
            found.truncate(MOST);
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn names_meet_over_scripts() {
        let english = names("", "The minister met Karlsen in Hanoi. Later Karlsen flew to Kyiv.");
        let russian = names("", "Министр встретил Карлсена в Ханое.");
        assert!(english.iter().any(|name| russian.iter().any(|other| other.skeleton == name.skeleton)), "{english:?}");
    }

    #[test]
    fn an_opening_word_alone_is_no_name() {
        assert!(names("", "Bridges were closed. Yesterday nobody came.").is_empty());
    }

    #[test]
    fn a_name_of_short_words_is_kept_as_pairs() {
        let vietnamese = names("", "Ông Lê Minh Đăng phát biểu tại Bà Triều. Lê Minh Đăng nói thêm.");
        let german = names("", "Gestern sprach Lê Minh Đăng in Bà Triều.");
        for wanted in ["Lê Minh", "Đăng", "Bà Triều"] {
            for found in [&vietnamese, &german] {
                assert!(found.iter().any(|name| name.shown == wanted), "{wanted}: {found:?}");
            }
        }
    }

    #[test]
    fn latin_inside_another_script_is_a_name() {
        assert_eq!(names("", "会議では VinFast の計画が示された。").len(), 1);
    }
}
