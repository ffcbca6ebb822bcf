//! Knows the words of dates in all languages: months, days, halves of the day, units, eras and zones.
//!
//! Built from [`crate::languages`] and `zones` when a date is met that is not in a form of a standard.

use super::fold::{is_unspaced, is_wordy, signs};
use super::words::{Period, Sense, Side, Sure, Unit};
use super::zones;
use crate::Lang;
use crate::languages::{self, Calendar, Units};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::LazyLock;

/// The beginning of a month's name; what follows it may be inflection.
#[derive(Debug)]
struct Beginning {
    text: String,
    month: i8,
    lang: Lang,
    sure: Sure,
    /// Letters that may follow.
    tail: usize,
}

/// All words, by their folded forms.
pub(super) struct Words {
    exact: HashMap<String, Vec<Sense>>,
    /// How many words at most an entry has that begins with a word.
    openers: HashMap<String, usize>,
    /// Letters of the longest entry of a script without blanks.
    longest: usize,
    beginnings: HashMap<char, Vec<Beginning>>,
    /// Days of the week that are known by their first letters alone.
    cut: HashSet<String>,
}

static WORDS: LazyLock<Words> = LazyLock::new(Words::build);

/// The words of all languages.
pub(super) fn words() -> &'static Words {
    &WORDS
}

/// A word as it is looked up: folded, one blank between its parts, none where the script has none.
fn key(text: &str) -> String {
    if text.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return text.to_owned();
    }
    let signs: Vec<char> = signs(text).into_iter().map(|sign| sign.letter).collect();
    let mut out = String::new();
    let mut parts = 0;
    for (at, sign) in signs.iter().enumerate() {
        if is_wordy(*sign) {
            out.push(*sign);
            parts += 1;
        } else if !(*sign == '.' && joins(&signs, at, parts)) {
            parts = 0;
            if out.chars().next_back().is_some_and(|last| last != ' ' && !is_unspaced(last)) {
                out.push(' ');
            }
        }
    }
    out.trim_end().to_owned()
}

/// Whether a full stop stands inside an abbreviation (`p.m.`, `ต.ค.`): at most two letters on either side of it.
pub(super) fn joins(signs: &[char], stop: usize, before: usize) -> bool {
    let behind = signs[stop + 1..].iter().take(3).take_while(|sign| is_wordy(**sign)).count();
    (1..=2).contains(&before) && (1..=2).contains(&behind)
}

/// Forms of one row of a table.
fn forms(row: &str) -> impl Iterator<Item = String> {
    row.split_ascii_whitespace().map(|form| form.replace('_', " "))
}

impl Words {
    fn build() -> Self {
        let mut all = Self {
            exact: HashMap::new(),
            openers: HashMap::new(),
            longest: 1,
            beginnings: HashMap::new(),
            cut: HashSet::new(),
        };
        for language in languages::all() {
            all.months(language.code, language);
            all.calendar(language.code, &language.calendar);
        }
        all.cut_days();
        for (name, place) in zones::names() {
            all.add(&name, Sense::Zone(place));
        }
        all.add("t", Sense::Parting);
        for months in all.beginnings.values_mut() {
            months.sort_by_key(|one| std::cmp::Reverse(one.text.len()));
        }
        all
    }

    fn add(&mut self, text: &str, sense: Sense) {
        self.insert(key(text), sense);
    }

    fn insert(&mut self, key: String, sense: Sense) {
        let Some(first) = key.split(' ').next().filter(|first| !first.is_empty()) else { return };
        if key.len() > first.len() {
            let words = self.openers.entry(first.to_owned()).or_default();
            *words = (*words).max(key.split(' ').count());
        }
        if key.starts_with(is_unspaced) {
            self.longest = self.longest.max(key.chars().count());
        }
        let senses = self.exact.entry(key).or_default();
        if !senses.contains(&sense) {
            senses.push(sense);
        }
    }

    fn months(&mut self, lang: Lang, language: &languages::Language<'_>) {
        let calendar = &language.calendar;
        let tables = [
            (&calendar.months, Sure::Name),
            (&language.months, Sure::Beginning),
            (&language.feed_months, Sure::Short),
            (&calendar.short_months, Sure::Short),
        ];
        let mut cuts: BTreeMap<String, Vec<i8>> = BTreeMap::new();
        for (rows, sure) in tables {
            for (month, row) in (1i8..).zip(rows.iter().flatten()) {
                for form in forms(row) {
                    // Three letters are no more certain for being the whole name: "Mac".
                    let sure =
                        if sure == Sure::Name && form.is_ascii() && form.len() <= 3 { Sure::Short } else { sure };
                    let name = key(&form);
                    if sure == Sure::Name {
                        cut(&name, month, &mut cuts);
                    }
                    if let Some(prefix) = calendar.prefix {
                        self.month(key(&format!("{prefix}{form}")), month, lang, sure);
                    }
                    self.month(name, month, lang, sure);
                }
            }
        }
        // Where three letters are usual they are listed.
        let listed = calendar.short_months.iter().flatten().flat_map(|row| forms(row));
        let is_cut = listed.map(|form| key(&form)).filter(|form| form.chars().count() == 3).count() < 6;
        for (cut, months) in cuts.into_iter().filter(|_| is_cut) {
            if let [month] = months[..] {
                self.insert(cut, Sense::Month(month, lang, Sure::Cut));
            }
        }
    }

    fn month(&mut self, text: String, month: i8, lang: Lang, sure: Sure) {
        self.insert(text.clone(), Sense::Month(month, lang, sure));
        let tail = match sure {
            Sure::Beginning => 8,
            // "oktoobril", "januárban"
            Sure::Name if text.chars().count() >= 4 => 5,
            Sure::Short if text.chars().count() >= 3 => 8,
            _ => return,
        };
        if let Some(first) = text.chars().next().filter(|_| !text.contains(' ')) {
            self.beginnings.entry(first).or_default().push(Beginning { text, month, lang, sure, tail });
        }
    }

    /// The first three letters of the days' names, where no language writes another day so.
    fn cut_days(&mut self) {
        let is_day = |sense: &Sense| matches!(sense, Sense::Weekday(..));
        for language in languages::all() {
            for (day, row) in (1i8..).zip(language.calendar.days.iter().flatten()) {
                for name in forms(row).map(|form| key(&form)) {
                    let long = name.len() > 5 && name.is_ascii() && !name.contains(' ');
                    let cut = name.get(..3).filter(|_| long).unwrap_or_default();
                    let listed = self.exact(cut).is_some_and(|senses| senses.iter().any(is_day));
                    if long && (!listed || self.cut.contains(cut)) {
                        self.cut.insert(cut.to_owned());
                        self.insert(cut.to_owned(), Sense::Weekday(day, language.code));
                    }
                }
            }
        }
    }

    fn calendar(&mut self, lang: Lang, calendar: &Calendar<'_>) {
        for (day, row) in (1i8..).zip(calendar.days.iter().flatten()) {
            for form in forms(row) {
                self.add(&form, Sense::Weekday(day, lang));
            }
        }
        for (month, row) in (1i8..).zip(calendar.solar_months.iter().flatten()) {
            forms(row).for_each(|form| self.add(&form, Sense::Solar(month)));
        }
        for row in calendar.lunar_months.iter().flatten() {
            forms(row).for_each(|form| self.add(&form, Sense::Lunar));
        }
        for (list, period) in [
            (&calendar.before_noon, Period::BeforeNoon),
            (&calendar.after_noon, Period::AfterNoon),
            (&calendar.around_noon, Period::AroundNoon),
            (&calendar.at_night, Period::Night),
        ] {
            list.iter().for_each(|word| self.add(&word.replace('_', " "), Sense::Period(period, lang)));
        }
        calendar.words.iter().for_each(|word| self.add(word, Sense::Filler));
        calendar.ordinals.iter().for_each(|word| self.add(word, Sense::Ordinal));
        for (units, side) in [(&calendar.units_before, Side::Before), (&calendar.units_behind, Side::Behind)] {
            self.units(units, side);
        }
        for (name, era) in &calendar.eras {
            self.add(&name.replace('_', " "), Sense::Era(*era));
        }
        for (name, zone) in &calendar.zones {
            if let Some(place) = zones::place(zone) {
                self.add(name, Sense::Zone(place));
            }
        }
    }

    fn units(&mut self, units: &Units<'_>, side: Side) {
        for (list, unit) in [
            (&units.year, Unit::Year),
            (&units.month, Unit::Month),
            (&units.day, Unit::Day),
            (&units.weekday, Unit::Weekday),
            (&units.hour, Unit::Hour),
            (&units.minute, Unit::Minute),
            (&units.second, Unit::Second),
        ] {
            list.iter().for_each(|word| self.add(word, Sense::Unit(unit, side)));
        }
    }

    /// How many words an entry may have that begins with this one.
    pub fn opens(&self, word: &str) -> usize {
        self.openers.get(word).copied().unwrap_or(1)
    }

    /// Letters of the longest entry of a script without blanks.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// What an entry means.
    pub fn exact(&self, word: &str) -> Option<&[Sense]> {
        self.exact.get(word).map(Vec::as_slice)
    }

    /// What a word means: as an entry, else as an inflected month.
    pub fn senses(&'static self, word: &str) -> Option<Cow<'static, [Sense]>> {
        if let Some(senses) = self.exact(word) {
            return Some(Cow::Borrowed(senses));
        }
        let mut found: Vec<Sense> = Vec::new();
        let mut length = 0;
        for one in self.beginnings.get(&word.chars().next()?)? {
            if one.text.len() < length {
                break;
            }
            if word.strip_prefix(one.text.as_str()).is_some_and(|tail| tail.chars().count() <= one.tail) {
                length = one.text.len();
                found.push(Sense::Month(one.month, one.lang, one.sure));
            }
        }
        (!found.is_empty()).then_some(Cow::Owned(found))
    }
}

/// A name's first three and four letters, in the scripts whose programs cut names.
fn cut(name: &str, month: i8, cuts: &mut BTreeMap<String, Vec<i8>>) {
    let letters: Vec<char> = name.chars().collect();
    if name.contains(' ') || letters.iter().any(|sign| matches!(*sign as u32, 0x590..) && !is_georgian(*sign)) {
        return;
    }
    for length in [3, 4] {
        if letters.len() > length {
            let months = cuts.entry(letters[..length].iter().collect()).or_default();
            if !months.contains(&month) {
                months.push(month);
            }
        }
    }
}

fn is_georgian(sign: char) -> bool {
    matches!(sign as u32, 0x10A0..=0x10FF)
}

#[cfg(test)]
mod tests {
    use super::super::words::month;
    use super::*;

    fn months(word: &str, own: &str) -> Vec<i8> {
        words().senses(&key(word)).map(|senses| month(senses.iter(), Lang::parse(own), &[], false)).unwrap_or_default()
    }

    #[test]
    fn a_month_is_known_by_its_longest_beginning_then_by_the_texts_own_language() {
        for (word, own, month) in [
            ("ноября", "", 11),
            ("července", "", 7),
            ("června", "", 6),
            ("lipiec", "", 7),
            ("lipnja", "", 6),
            ("listopada", "", 11),
            ("listopada", "pl", 11),
            ("listopada", "hr", 10),
            ("srpen", "cs", 8),
            ("srpnja", "hr", 7),
            ("באוקטובר", "", 10),
            ("Tam", "", 1),
            ("mar", "fi", 11),
            ("mar", "", 3),
        ] {
            assert_eq!(months(word, own), [month], "{word} {own:?}");
        }
    }

    #[test]
    fn where_languages_differ_about_a_month_it_is_settled_which_one_counts() {
        for (word, senses) in &words().exact {
            let own_names = |sense: &&Sense| matches!(sense, Sense::Month(_, _, Sure::Name | Sure::Beginning));
            let names: Vec<Sense> = senses.iter().filter(own_names).cloned().collect();
            let months = month(names.iter(), None, &[], false);
            assert!(months.len() <= 1, "{word} {names:?}");
        }
    }
}
