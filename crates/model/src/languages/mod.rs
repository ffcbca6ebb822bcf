//! What is known of single languages: names of months, labels of source lines, number words, writing habits.
//!
//! Each language is one file of `data/languages`, which `build.rs` compiles in: a new file is a new language, and
//! no code names it. The files are parsed once, when something is asked first. Most questions are asked of all
//! languages together, because what is read (a feed's date, a line under a text) seldom says its language.
//! What depends on a script and not on a language is code: [`digit`], `understand::fold`. Which languages the
//! encoder understands is a property of the model and stands in `understand::language`.

mod digits;
mod language;

pub use digits::digit;
pub use language::Language;

use crate::Lang;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::LazyLock;

/// The files, by name without ending.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/languages.rs"));

static ALL: LazyLock<Languages> = LazyLock::new(|| Languages::of(FILES).unwrap_or_else(|error| panic!("{error}")));

/// Every language, laid out for the questions that are asked of all of them.
struct Languages {
    by_code: BTreeMap<Lang, Language<'static>>,
    /// Beginnings of names of months by their first letter: each word of a line that holds a number is looked up.
    months: HashMap<char, Vec<Beginning>>,
    source_labels: HashSet<&'static str>,
    open_source_labels: HashSet<&'static str>,
    byline_labels: HashSet<&'static str>,
    credits: HashSet<&'static str>,
    magnitudes: Vec<(&'static str, i32)>,
    percent: Vec<&'static str>,
    clock: Vec<&'static str>,
    before_noon: Vec<&'static str>,
    after_noon: Vec<&'static str>,
}

/// The beginning of a month's name.
#[derive(Debug, Clone, Copy)]
struct Beginning {
    text: &'static str,
    month: i8,
    lang: Lang,
    /// Whether it is too short to be looked for in prose.
    feeds_only: bool,
}

/// Where a month's name stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Within {
    /// In the date of a feed, whose words are few.
    Feed,
    /// In prose, where any other word may stand beside a number.
    Prose,
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
        let mut months: HashMap<char, Vec<Beginning>> = HashMap::new();
        for language in by_code.values() {
            for (rows, feeds_only) in [(&language.months, false), (&language.feed_months, true)] {
                for (month, names) in (1i8..).zip(rows.iter().flatten()) {
                    for text in names.split_ascii_whitespace() {
                        let first = text.chars().next().expect("a part of a text at its spaces is never empty");
                        months.entry(first).or_default().push(Beginning {
                            text,
                            month,
                            lang: language.code,
                            feeds_only,
                        });
                    }
                }
            }
        }
        let once = |of: for<'l> fn(&'l Language<'static>) -> &'l [&'static str]| -> Vec<&'static str> {
            let mut seen = HashSet::new();
            by_code.values().flat_map(of).copied().filter(|word| seen.insert(*word)).collect()
        };
        let magnitudes: BTreeMap<&'static str, i32> =
            by_code.values().flat_map(|one| one.magnitudes.iter().map(|pair| (*pair.0, *pair.1))).collect();
        Ok(Self {
            months,
            source_labels: once(|one| &one.source_labels).into_iter().collect(),
            open_source_labels: once(|one| &one.open_source_labels).into_iter().collect(),
            byline_labels: once(|one| &one.byline_labels).into_iter().collect(),
            credits: once(|one| &one.credits).into_iter().collect(),
            magnitudes: magnitudes.into_iter().collect(),
            percent: once(|one| &one.percent),
            clock: once(|one| &one.clock),
            before_noon: once(|one| &one.before_noon),
            after_noon: once(|one| &one.after_noon),
            by_code,
        })
    }

    /// Of beginnings that fit equally well, the one that counts: that of the text's own language, else one whose
    /// language yields to none of the others.
    fn chosen(&self, fitting: &[Beginning], own: Option<Lang>) -> Option<Beginning> {
        let yields = |one: &Beginning| {
            let language = &self.by_code[&one.lang];
            fitting.iter().any(|other| language.months_yield_to.contains(&other.lang))
        };
        let own = fitting.iter().find(|one| Some(one.lang) == own);
        own.or_else(|| fitting.iter().find(|one| !yields(one))).or(fitting.first()).copied()
    }
}

/// What is known of one language.
pub fn of(lang: Lang) -> Option<&'static Language<'static>> {
    ALL.by_code.get(&lang)
}

/// The month whose name a lower-case word begins with, 1 to 12, and the length of that beginning in bytes. The
/// longest beginning of any language counts; where two languages mean different months by it, `own` decides.
pub fn month(word: &str, within: Within, own: Option<Lang>) -> Option<(i8, usize)> {
    let first = word.chars().next()?;
    let mut fitting: Vec<Beginning> = Vec::new();
    for one in ALL.months.get(&first)? {
        if one.feeds_only && within == Within::Prose || !word.starts_with(one.text) {
            continue;
        }
        let best = fitting.first().map_or(0, |known| known.text.len());
        if one.text.len() > best {
            fitting.clear();
        }
        if one.text.len() >= best {
            fitting.push(*one);
        }
    }
    ALL.chosen(&fitting, own).map(|one| (one.month, one.text.len()))
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

/// Words that stand after a number and multiply it, with the power of ten.
pub fn magnitudes() -> &'static [(&'static str, i32)] {
    &ALL.magnitudes
}

/// Words that make the number before them a percentage.
pub fn percent() -> &'static [&'static str] {
    &ALL.percent
}

/// Words that stand between hour and minute.
pub fn clock() -> &'static [&'static str] {
    &ALL.clock
}

/// Words that stand behind a time before noon.
pub fn before_noon() -> &'static [&'static str] {
    &ALL.before_noon
}

/// Words that stand behind a time after noon.
pub fn after_noon() -> &'static [&'static str] {
    &ALL.after_noon
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
                .chain(&language.before_noon)
                .chain(&language.after_noon)
                .chain(language.magnitudes.keys());
            for word in all {
                assert_eq!(word.to_lowercase(), **word, "{}", language.code);
                assert_eq!(word.trim(), *word, "{}", language.code);
                assert!(!word.is_empty() || feeds.contains(&word), "{}", language.code);
            }
        }
    }

    #[test]
    fn where_languages_differ_about_a_month_it_is_settled_which_one_counts() {
        let all: Vec<Beginning> = ALL.months.values().flatten().copied().collect();
        for one in &all {
            for other in all.iter().filter(|other| other.text == one.text && other.month != one.month) {
                let yields = |a: &Beginning, b: &Beginning| ALL.by_code[&a.lang].months_yield_to.contains(&b.lang);
                assert!(yields(one, other) != yields(other, one), "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn languages_agree_about_number_words() {
        for (code, language) in &ALL.by_code {
            for (word, power) in &language.magnitudes {
                assert!(magnitudes().contains(&(word, *power)), "{code}: {word}");
            }
        }
    }

    #[test]
    fn the_longest_beginning_of_a_month_counts_then_the_texts_own_language() {
        let lang = |tag: &str| Lang::parse(tag);
        for (word, own, month) in [
            ("ноября", None, 11),
            ("července", None, 7),
            ("června", None, 6),
            ("lipiec", None, 7),
            ("lipnja", None, 6),
            ("listopada", None, 11),
            ("listopada", lang("pl"), 11),
            ("listopada", lang("hr"), 10),
            ("srpen", lang("cs"), 8),
            ("srpnja", lang("hr"), 7),
        ] {
            assert_eq!(super::month(word, Within::Feed, own).map(|found| found.0), Some(month), "{word} {own:?}");
        }
        assert_eq!(super::month("procent", Within::Prose, None), None);
        assert_eq!(super::month("prozent", Within::Feed, None).map(|found| found.0), Some(12));
    }
}
