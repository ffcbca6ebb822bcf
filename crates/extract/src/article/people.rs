//! Takes the names of authors out of a text that holds them, and knows an outlet's name from a person's.
//!
//! A name has no address and few words; what stands around it (a label, a role, a date, an account) is taken off. Of
//! scripts with capitals a name has mostly words with one.

use super::guard::cut;
use super::shape::{self, squeeze};
use samestory_model::dates::prose;
use samestory_model::languages;
use samestory_model::unmarked;
use url::Url;

/// Bytes of a title that are searched for the site's name.
const TITLE: usize = 1_000;
/// Small words inside names.
const PARTICLES: &[&str] = &[
    "de", "da", "do", "dos", "das", "di", "del", "della", "du", "la", "le", "von", "van", "der", "den", "zu", "zur",
    "ter", "ten", "af", "av", "bin", "ibn", "bint", "al", "el", "y", "e", "i", "und", "et", "ben", "abu", "san",
];
/// Degrees that stand behind a name.
const DEGREES: &[&str] = &["MA", "MD", "MS", "MSc", "BSc", "MBA", "MPH", "PhD", "Ph.D", "RN", "RD", "JD", "DO", "DDS"];

/// Names that are an outlet's and no author's.
#[derive(Debug, Clone, Default)]
pub(super) struct Outlets {
    /// What the page calls its site, without case, spaces and marks.
    named: Vec<String>,
    /// What may be the site's name, or that of a person whose site it is: the end of the title, and the host's own
    /// part, `sandvikpost` of `www.sandvik-post.example`.
    likely: Vec<String>,
}

/// What two spellings of a name share: `CANH BUOM` and `Cánh Buồm`.
fn key(name: &str) -> String {
    unmarked(&shape::skeleton(name))
}

impl Outlets {
    /// Those that a page names: as its `sites`, at the end of its title and in its address.
    pub fn of<'a>(mut sites: impl Iterator<Item = &'a str>, title: Option<&str>, address: Option<&Url>) -> Self {
        let title = cut(title.unwrap_or_default(), TITLE);
        let tail = title.rsplit_once(['|', '–', '—', '»', '｜']).or_else(|| title.rsplit_once(" - "));
        // Behind the site's name stands the headline.
        let tail = tail.filter(|(head, tail)| tail.len() < head.len());
        let host = address.and_then(Url::host_str).unwrap_or_default();
        let labels: Vec<&str> = host.split('.').collect();
        let own = labels[..labels.len() - 1].iter().max_by_key(|label| label.len());
        let mut likely = tail.map(|(_, tail)| tail).into_iter().chain(own.copied());
        let keys = |names: &mut dyn Iterator<Item = &str>| names.map(key).filter(|key| key.len() >= 3).collect();
        Self { named: keys(&mut sites), likely: keys(&mut likely) }
    }

    /// Whether a name is the outlet's, whole or in front of its motto.
    pub fn is(&self, name: &str) -> bool {
        has(&self.named, name)
    }

    /// Whether a name may be the outlet's.
    pub fn may_be(&self, name: &str) -> bool {
        self.is(name) || has(&self.likely, name)
    }
}

fn has(keys: &[String], name: &str) -> bool {
    let first = name.split(['|', '–', '—', ':']).next().unwrap_or(name);
    let first = first.split(" - ").next().unwrap_or(first);
    keys.contains(&key(name)) || keys.contains(&key(first))
}

/// How sure it is that a text names authors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    /// The page marks it as an author's: a name may be an account's.
    Marked,
    /// It looks so.
    Likely,
}

/// The parts of a field before and behind the word that joins names. Inside one name ("Ortega y Gasset") the same
/// word joins single words.
fn apart(field: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut from, mut at) = (0, 0);
    let whole = |text: &str| text.split_whitespace().filter(|word| word.starts_with(char::is_uppercase)).count() >= 2;
    for word in field.split(' ') {
        let end = at + word.len();
        if at > from && end < field.len() && languages::is_and(word) {
            let (before, behind) = (&field[from..at], &field[end..]);
            if word == "and" || whole(before) && whole(behind) {
                parts.push(before.trim());
                from = end + 1;
            }
        }
        at = end + 1;
    }
    parts.push(field[from.min(field.len())..].trim());
    parts
}

/// The names in one author field. A degree stays with its name.
pub(super) fn listed(field: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for part in field.split([';', '|', '、']).flat_map(apart) {
        let commas = part.contains(',') && part.len() < 200;
        let parts: Vec<&str> = if commas { part.split(',').collect() } else { vec![part] };
        for name in parts {
            let name = without_more(without_label(&squeeze(name))).to_owned();
            match out.last_mut() {
                Some(last) if DEGREES.contains(&name.as_str()) => last.extend([", ", &name]),
                _ if name.chars().count() > 80 || name.starts_with(['@', '/']) || !is_wordy(&name) => {}
                _ => out.push(name),
            }
        }
    }
    out
}

/// Names out of a text that holds them, without label, role, date and address.
pub(super) fn cleaned(text: &str, others: &[String], trust: Trust) -> Vec<String> {
    let text = squeeze(text);
    match prose::find(&text, false) {
        Some(found) => {
            // "Ida Berg on Monday, 3 March 2026", "Posted on 3 March 2026 by Ida Berg"
            let before = without_dates(without_lead(&text[..found.start]), others, trust);
            if before.is_empty() { without_dates(&text[found.end..], others, trust) } else { before }
        }
        None => without_dates(&text, others, trust),
    }
}

fn without_dates(text: &str, others: &[String], trust: Trust) -> Vec<String> {
    let mut text = behind_label(text);
    while without_label(text).len() < text.len() {
        text = without_label(text);
    }
    let parts = text.split(['|', '·', '•', '(', '[', '–', '—', '\n', '@', '/']).map(str::trim);
    let names = |part: &str| -> Vec<String> {
        let all = listed(part).into_iter().map(|name| bare(&name, trust));
        all.filter(|name| is_name(name, others, trust)).collect()
    };
    parts.filter(|part| !part.is_empty()).map(names).find(|names| !names.is_empty()).unwrap_or_default()
}

/// What stands behind the label in a text: `Ida Berg` of "Author: Ida Berg" and of "A column by Ida Berg".
fn behind_label(text: &str) -> &str {
    if let Some((label, rest)) = text.split_once([':', '：'])
        && shape::weight(label) <= 24
        && !rest.trim().is_empty()
    {
        return rest.trim();
    }
    // "View all posts by Ida Berg": `by` is in no name, `von` may be, before one word more.
    let words: Vec<(usize, &str)> = text
        .split(' ')
        .scan(0, |at, word| {
            let start = *at;
            *at += word.len() + 1;
            Some((start, word))
        })
        .collect();
    let capital = |at: usize| words.get(at).is_some_and(|(_, word)| word.starts_with(char::is_uppercase));
    let led = |at: &usize| {
        let word = words[*at].1.to_lowercase();
        let two = capital(at + 1) && capital(at + 2);
        languages::is_byline_label(&word) && (word == "by" || *at >= 3 || two)
    };
    match (1..words.len().saturating_sub(1)).rev().find(led) {
        Some(at) => &text[words[at + 1].0..],
        None => text,
    }
}

/// A text without the words that lead to the date behind it: "on Monday,".
fn without_lead(text: &str) -> &str {
    let trimmed = |text| str::trim_end_matches(text, |sign: char| !sign.is_alphanumeric() && sign != ')');
    let small = |word: &str| word.chars().next().is_some_and(char::is_lowercase);
    let labelled = text.trim_end().ends_with([':', '：']);
    let text: &str = trimmed(text);
    if labelled {
        return text.rsplit_once(' ').map_or("", |(before, _)| trimmed(before));
    }
    let Some((before, last)) = text.rsplit_once(' ') else { return text };
    if small(last) {
        return trimmed(before);
    }
    match trimmed(before).rsplit_once(' ') {
        Some((first, word)) if small(word) && !languages::is_byline_label(&first.to_lowercase()) => trimmed(first),
        _ => text,
    }
}

/// A name without the word before it: `By Ida Berg`, `Theo Đào Bến`.
pub(super) fn without_label(name: &str) -> &str {
    match name.split_once(' ') {
        Some((first, rest)) if languages::is_byline_label(&first.to_lowercase()) => rest.trim_start(),
        _ => name,
    }
}

/// A name without the account, the section or the place behind it: "Ida Berg @idaberg", "Ida Berg in Sandvik".
fn without_more(name: &str) -> &str {
    let name = name.split_once(" @").map_or(name, |(name, _)| name.trim_end());
    let (mut at, mut capitals) = (0, 0);
    for word in name.split(' ') {
        let more = || name[at..].split(' ').nth(1).is_some_and(|next| next.starts_with(char::is_uppercase));
        let small = word.chars().all(char::is_lowercase);
        if small && capitals >= 2 && !PARTICLES.contains(&word) && more() {
            return name[..at].trim_end();
        }
        capitals += usize::from(word.starts_with(char::is_uppercase));
        at += word.len() + 1;
    }
    name
}

/// A name without marks around it, and without a small word that leads on.
fn bare(name: &str, trust: Trust) -> String {
    let trimmed = name.trim_matches(|sign: char| !sign.is_alphanumeric() && sign != '.' && sign != ')');
    let mut name = without_label(trimmed.trim_end_matches([',', ';', ':', '-']));
    while let Some((before, last)) = name.rsplit_once(' ')
        && trust == Trust::Likely
        && name.starts_with(char::is_uppercase)
        && last.chars().all(char::is_lowercase)
    {
        let label = !before.contains(' ') && languages::is_calendar_word(last);
        name = if label { "" } else { before.trim_end() };
    }
    name.to_owned()
}

/// The name that a short line under a text is, as reporters sign.
pub(super) fn signature(line: &str) -> Option<String> {
    let words = line.split_whitespace().count();
    let capital = |word: &str| word.chars().next().is_some_and(char::is_uppercase);
    let signs = (2..=4).contains(&words) && shape::weight(line) <= 40 && line.split_whitespace().all(capital);
    let mut names = if signs && !line.contains([':', '–', '—', '-', '/']) {
        cleaned(line, &[], Trust::Likely)
    } else {
        Vec::new()
    };
    (names.len() == 1 && names[0].split_whitespace().count() == words).then(|| names.remove(0))
}

/// Whether a name has more letters than digits.
fn is_wordy(name: &str) -> bool {
    let count = |is: fn(char) -> bool| name.chars().filter(|sign| is(*sign)).count();
    count(char::is_alphabetic) > count(char::is_numeric)
}

fn is_name(name: &str, others: &[String], trust: Trust) -> bool {
    // Scripts with capitals write most words of a name with one.
    let small = name.split_whitespace().filter(|word| word.chars().next().is_some_and(char::is_lowercase)).count();
    let key = shape::skeleton(name);
    let words = name.split_whitespace().count();
    let last = name.rsplit(' ').next().unwrap_or_default();
    let dated =
        (words == 1 || last.starts_with(char::is_lowercase)) && languages::is_calendar_word(&last.to_lowercase());
    let looks = match trust {
        // "View archive" is no account.
        Trust::Marked => 2 * small < words || words <= 2 && !name.starts_with(char::is_uppercase),
        Trust::Likely => 2 * small < words && !name.chars().any(char::is_numeric),
    };
    (2..=60).contains(&shape::weight(name))
        && (1..=6).contains(&words)
        && looks
        && is_wordy(name)
        && !name.contains("://")
        && !name.contains("www.")
        && !name.contains("mail")
        && !others.contains(&key)
        && !languages::is_byline_label(&name.to_lowercase())
        && !dated
        && !shape::sentences(name.trim_end_matches('.')).gt(&1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_alone_once_label_role_and_date_are_gone() {
        for (text, names) in [
            ("by Ivar Kvist", vec!["Ivar Kvist"]),
            ("Von: Ida Berg", vec!["Ida Berg"]),
            ("Author: Ida Berg | 3 March 2026", vec!["Ida Berg"]),
            ("Tác giả: Đào Bến", vec!["Đào Bến"]),
            ("By Ida Berg and Ivar Kvist", vec!["Ida Berg", "Ivar Kvist"]),
            ("Ida Berg (Norrvik)", vec!["Ida Berg"]),
            ("3 March 2026", vec![]),
            ("The Paper", vec![]),
            ("by", vec![]),
            ("A column by Ida Berg", vec!["Ida Berg"]),
            ("Ein Artikel von Ida Berg | 3.3.2026 - 12:45", vec!["Ida Berg"]),
            ("Alles von Ida Berg", vec!["Ida Berg"]),
            ("Ursula von Berg", vec!["Ursula von Berg"]),
            ("Ida.Berg am Samstag, 19. Oktober 2019", vec!["Ida.Berg"]),
            ("3 March 2026, Ida Berg", vec!["Ida Berg"]),
            ("Posted on 3 March 2026 by Ida Berg", vec!["Ida Berg"]),
            ("Ida Berg Stand: 3. März 2026", vec!["Ida Berg"]),
            ("Ida Berg og Ivar Kvist", vec!["Ida Berg", "Ivar Kvist"]),
            ("Ortega y Gasset", vec!["Ortega y Gasset"]),
            ("Veröffentlicht am", vec![]),
            ("Ida Berg @idaberg", vec!["Ida Berg"]),
            ("Ida Berg, MD, and Ivar Kvist, PhD", vec!["Ida Berg, MD", "Ivar Kvist, PhD"]),
            ("Ida Berg in Sandvik", vec!["Ida Berg"]),
            ("Maria Ida de Souza", vec!["Maria Ida de Souza"]),
        ] {
            assert_eq!(cleaned(text, &["thepaper".to_owned()], Trust::Likely), names, "{text}");
        }
    }

    #[test]
    fn an_account_is_a_name_where_the_page_marks_it() {
        for (text, marked) in [
            ("harbour84", true),
            ("7198403264072726", false),
            ("ida", true),
            ("ida-s Team", true),
            ("View archive", false),
            ("1984", false),
        ] {
            assert_eq!(cleaned(text, &[], Trust::Marked).len(), usize::from(marked), "{text}");
        }
        assert!(cleaned("harbour84", &[], Trust::Likely).is_empty());
    }

    #[test]
    fn an_outlet_is_known_without_its_marks_and_by_its_host() {
        let outlets = |sites: &[&'static str], title, host| {
            let url = Url::parse(host).expect("an address");
            Outlets::of(sites.iter().copied(), title, Some(&url))
        };
        let named = outlets(&["Cánh Buồm Online"], Some("Storm - Ida Berg"), "https://example.com/a");
        assert!(named.is("CANH BUOM ONLINE") && named.is("Cánh Buồm Online – Tin mới") && !named.is("Ida Berg"));
        let titled = outlets(&[], Some("Storm closes the harbour - Cánh Buồm Online"), "https://example.com/a");
        assert!(titled.may_be("CANH BUOM ONLINE") && !titled.is("CANH BUOM ONLINE"));
        let hosted = outlets(&[], None, "https://www.sandvik-post.example/a");
        assert!(hosted.may_be("Sandvik Post") && hosted.may_be("SANDVIK-POST: News") && !hosted.may_be("Ida Sandvik"));
    }
}
