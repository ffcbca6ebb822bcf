//! What is known of single languages: names of months, labels of source lines, number words, writing habits.
//!
//! Each language is one file of `data/languages`, which `build.rs` compiles in: a new file is a new language, and
//! no code names it. The files are parsed once, when something is asked first. Most questions are asked of all
//! languages together, because what is read (a feed's date, a line under a text) seldom says its language.
//! What depends on a script and not on a language is code: [`digit`], `understand::fold`. Which languages the
//! encoder understands is a property of the model and stands in `understand::language`.

mod digits;
mod language;
mod number_words;

pub use digits::digit;
pub use language::{Calendar, Era, Language, Units};
pub use number_words::{NumberWord, NumberWords};

use crate::Lang;
use std::collections::{BTreeMap, HashSet};
use std::sync::LazyLock;

use number_words::AllNumberWords;

/// The files, by name without ending.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/languages.rs"));

static ALL: LazyLock<Languages> = LazyLock::new(|| Languages::of(FILES).unwrap_or_else(|error| panic!("{error}")));

/// Every language, laid out for the questions that are asked of all of them.
struct Languages {
    by_code: BTreeMap<Lang, Language<'static>>,
    source_labels: HashSet<&'static str>,
    open_source_labels: HashSet<&'static str>,
    byline_labels: HashSet<&'static str>,
    credits: HashSet<&'static str>,
    number_words: AllNumberWords,
    clock: Vec<&'static str>,
    browser: Vec<&'static str>,
    cookies: Vec<&'static str>,
    calendar_words: HashSet<String>,
    ands: HashSet<&'static str>,
    date_labels: HashSet<&'static str>,
}

impl Languages {
    fn of(files: &[(&str, &'static str)]) -> Result<Self, String> {
        let mut by_code = BTreeMap::new();
        for (name, text) in files {
            let wrong = |what: String| format!("data/languages/{name}.toml: {what}");
            let language = Language::read(text).map_err(|error| wrong(error.to_string()))?;
            if language.code.as_str() != *name {
                return Err(wrong(format!("`code` is {}, which the file's name is not", language.code)));
            }
            by_code.insert(language.code, language);
        }
        let once = |of: for<'l> fn(&'l Language<'static>) -> &'l [&'static str]| -> Vec<&'static str> {
            let mut seen = HashSet::new();
            by_code.values().flat_map(of).copied().filter(|word| seen.insert(*word)).collect()
        };
        Ok(Self {
            source_labels: once(|one| &one.source_labels).into_iter().collect(),
            open_source_labels: once(|one| &one.open_source_labels).into_iter().collect(),
            byline_labels: once(|one| &one.byline_labels).into_iter().collect(),
            credits: once(|one| &one.credits).into_iter().collect(),
            number_words: AllNumberWords::of(&by_code),
            clock: once(|one| &one.clock),
            browser: once(|one| &one.browser),
            cookies: once(|one| &one.cookies),
            date_labels: once(|one| &one.date_labels).into_iter().collect(),
            ands: by_code.values().filter_map(|one| one.and).collect(),
            calendar_words: by_code.values().flat_map(calendar_words).collect(),
            by_code,
        })
    }
}

/// The names of days, and what stands beside the time of day.
fn calendar_words(language: &Language<'static>) -> Vec<String> {
    let calendar = &language.calendar;
    let days = calendar.days.iter().flatten().flat_map(|forms| forms.split(' '));
    let noon = calendar.before_noon.iter().chain(&calendar.after_noon).copied();
    let small = calendar.words.iter().chain(&calendar.units_behind.hour).copied();
    days.chain(noon).chain(small).map(|word| word.replace('_', " ")).collect()
}

/// What is known of one language.
pub fn of(lang: Lang) -> Option<&'static Language<'static>> {
    ALL.by_code.get(&lang)
}

/// What is known of every language, by tag.
pub fn all() -> impl Iterator<Item = &'static Language<'static>> {
    ALL.by_code.values()
}

/// Whether a lower-case label names a source: `quelle`, `nguồn`.
pub fn is_source_label(label: &str) -> bool {
    ALL.source_labels.contains(label)
}

/// Whether a lower-case word names a source with no colon behind it: `theo`.
pub fn is_open_source_label(word: &str) -> bool {
    ALL.open_source_labels.contains(word)
}

/// Whether a lower-case word stands before an author's name: `by`, `von`.
pub fn is_byline_label(word: &str) -> bool {
    ALL.byline_labels.contains(word)
}

/// Whether a lower-case word begins a picture's credit: `foto`, `ảnh`.
pub fn is_credit(word: &str) -> bool {
    ALL.credits.contains(word)
}

/// Words beside numbers in a language, or what all languages agree on.
pub fn number_words(lang: Option<Lang>) -> &'static NumberWords {
    ALL.number_words.get(lang)
}

/// Words that stand between hour and minute.
pub fn clock() -> &'static [&'static str] {
    &ALL.clock
}

/// Whether a lower-case label says when a text was published: `date`, `ngày đăng`.
pub fn is_date_label(label: &str) -> bool {
    ALL.date_labels.contains(label)
}

/// Whether a word stands between two names: `and`, `và`.
pub fn is_and(word: &str) -> bool {
    ALL.ands.contains(word)
}

/// Whether a lower-case word stands in dates and times: `monday`, `pm`, `uhr`.
pub fn is_calendar_word(word: &str) -> bool {
    ALL.calendar_words.contains(word)
}

/// Whether a lower-case text speaks of the reader's browser.
pub fn names_browser(text: &str) -> bool {
    ALL.browser.iter().any(|word| text.contains(word))
}

/// Whether a lower-case text speaks of the browser's cookies.
pub fn names_cookies(text: &str) -> bool {
    text.contains("cookie") || ALL.cookies.iter().any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_reads_and_no_key_is_misspelt() {
        assert!(FILES.len() >= 77, "{}", FILES.len());
        for (name, text) in FILES {
            let language = Language::read(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(language.code.as_str(), *name);
            let head: Vec<&str> = text.lines().take_while(|line| line.starts_with('#')).collect();
            let head = head.join(" ");
            assert!(head.contains("Origin: ") && head.contains("Licence: "), "{name}: {head}");
        }
        let wrong = |text: &'static str| Languages::of(&[("xx", text)]).err().expect("an error");
        for text in [
            "code = \"xx\"\ncredit = [\"foto\"]",
            "code = \"aa\"",
            "code = \"xx\"\nmonths = [\"jan\"]",
            "code = \"xx\"\nmonths_yield_to = [\"Polish\"]",
            "",
        ] {
            assert!(wrong(text).contains("xx.toml"), "{text}");
        }
    }

    #[test]
    fn words_are_written_as_they_are_looked_up() {
        for language in ALL.by_code.values() {
            let feeds: Vec<_> = language.feed_months.iter().flatten().collect();
            let months = language.months.iter().chain(&language.feed_months).flatten();
            assert!(language.months_yield_to.iter().all(|other| ALL.by_code.contains_key(other)));
            let all = months
                .chain(&language.source_labels)
                .chain(&language.open_source_labels)
                .chain(&language.byline_labels)
                .chain(&language.credits)
                .chain(&language.percent)
                .chain(&language.clock)
                .chain(&language.browser)
                .chain(&language.cookies)
                .chain(&language.and)
                .chain(&language.date_labels)
                .chain(&language.percent_before)
                .chain(language.magnitudes.keys())
                .chain(language.magnitudes_before.keys());
            for word in all {
                assert_eq!(word.to_lowercase(), **word, "{}", language.code);
                assert_eq!(word.trim(), *word, "{}", language.code);
                assert!(!word.is_empty() || feeds.contains(&word), "{}", language.code);
            }
        }
    }

    #[test]
    fn a_number_word_counts_in_its_own_language() {
        let power = |lang: Option<&str>, text: &str| {
            let words = &number_words(lang.and_then(Lang::parse)).magnitudes;
            words.iter().find(|word| word.text == text).map(|word| word.power)
        };
        assert_eq!(
            (power(Some("es"), "mil"), power(Some("cs"), "mil"), power(Some("en"), "mil")),
            (Some(3), Some(6), None)
        );
        assert_eq!(power(Some("bs"), "milijard"), Some(9), "Bosnian is read by what Serbian has");
        assert_eq!((power(None, "mil"), power(None, "million"), power(None, "万")), (None, Some(6), Some(4)));
    }
}
