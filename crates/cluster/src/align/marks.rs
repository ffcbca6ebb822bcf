//! Finds the numbers and names of a sentence that its counterpart lacks.
//!
//! What stands in a neighbouring sentence of the other text is not missing: publishers move clauses about.
//! A small whole number alone is not marked, because the other language may write it as a word; names are
//! looked for only in scripts that show them by capitals, and one that means a word of the counterpart
//! (Germany, Deutschland) is none that differs.

use crate::{same_name, same_quantity};
use samestory_model::languages::{self, Language};
use samestory_model::{Differs, Lang, Name, Piece, Quantity, Sentence};
use samestory_understand::{fold, skeleton, understood};
use std::collections::HashSet;

/// Whole numbers up to here are often written as words.
const SPOKEN: i64 = 20_000;

/// Whether two words of two languages mean one thing.
pub type Kin<'a> = dyn Fn(&str, &str) -> bool + 'a;

/// One text as its marks are looked for.
pub(super) struct Side<'a> {
    sentences: &'a [Sentence],
    lang: Option<Lang>,
    /// First letters of its words, by which inflected forms meet.
    stems: HashSet<String>,
    /// Its words as names are compared, wherever they stand.
    skeletons: Vec<Name>,
}

/// The words of a text that are long enough to say something.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|sign: char| !sign.is_alphanumeric()).filter(|word| word.chars().count() > 1)
}

/// The first letters of a folded word.
fn stem(word: &str) -> String {
    fold(word).chars().take(4).collect()
}

impl<'a> Side<'a> {
    /// A text by its sentences.
    pub(super) fn new(sentences: &'a [Sentence], lang: Option<Lang>) -> Self {
        let all: HashSet<&str> = sentences.iter().flat_map(|one| words(&one.text)).collect();
        let stems = all.iter().map(|word| stem(word)).collect();
        let name = |word: &&str| Some(Name { shown: String::new(), skeleton: skeleton(&fold(word))? });
        let mut skeletons: Vec<Name> = all.iter().filter_map(name).collect();
        skeletons.extend(sentences.iter().flat_map(|one| one.names.iter().cloned()));
        Self { sentences, lang, stems, skeletons }
    }

    /// Whether most of its letters belong to a script with capitals, in a language whose words are known.
    fn is_cased(&self) -> bool {
        let letters = || self.sentences.iter().flat_map(|one| one.text.chars()).filter(|sign| sign.is_alphabetic());
        let cased = letters().filter(|sign| sign.is_lowercase() || sign.is_uppercase()).count();
        cased * 2 > letters().count() && self.lang.is_some_and(understood)
    }

    /// What is known of its language.
    fn language(&self) -> Option<&'static Language<'static>> {
        self.lang.and_then(languages::of)
    }

    /// Whether it writes every noun with a capital.
    fn capitalises_nouns(&self) -> bool {
        self.language().is_some_and(|language| language.capitalises_nouns)
    }

    /// Sentences from one before a run to one after it.
    fn around(&self, run: (usize, usize)) -> &[Sentence] {
        &self.sentences[run.0.saturating_sub(1)..(run.0 + run.1 + 1).min(self.sentences.len())]
    }
}

fn is_spoken(quantity: Quantity) -> bool {
    quantity.thousandths <= SPOKEN && quantity.thousandths % 1000 == 0 && !quantity.percent
}

/// Whether two numbers are one; the Buddhist calendar is 543 years ahead, and clocks count to 12 or to 24.
fn meets(a: Quantity, b: Quantity) -> bool {
    let apart = (a.thousandths - b.thousandths).abs();
    let least = a.thousandths.min(b.thousandths);
    same_quantity(a, b)
        || (apart == 543_000 && (1_800_000..2_200_000).contains(&least))
        || (apart == 12_000 && (1_000..12_000).contains(&least))
}

/// Numbers of a run of sentences that the other text does not have near its counterpart.
fn numbers<'a>(of: &'a Side<'_>, run: (usize, usize), other: &Side<'_>, with: (usize, usize)) -> Vec<&'a str> {
    let near: Vec<Quantity> =
        other.around(with).iter().flat_map(|one| &one.figures).map(|(_, quantity)| *quantity).collect();
    of.sentences[run.0..run.0 + run.1]
        .iter()
        .flat_map(|one| &one.figures)
        .filter(|(_, quantity)| near.iter().all(|there| !meets(*quantity, *there)))
        .filter(|(_, quantity)| !is_spoken(*quantity))
        .map(|(shown, _)| shown.as_str())
        .collect()
}

/// Names of a run of sentences that the other text has nowhere.
fn names<'a>(
    of: &'a Side<'_>,
    run: (usize, usize),
    other: &Side<'_>,
    with: (usize, usize),
    kin: &Kin<'_>,
) -> Vec<&'a str> {
    if !of.is_cased() || !other.is_cased() {
        return Vec::new();
    }
    let calendar = of.language().map_or(&[][..], |language| &language.capitalised_calendar);
    let telling = |name: &&Name| {
        let capitals = name.shown.chars().filter(|sign| sign.is_uppercase()).count();
        let day = calendar.contains(&name.shown.as_str());
        !day && (!of.capitalises_nouns() || name.shown.contains(' ') || capitals > 1)
    };
    let there = &other.sentences[with.0..with.0 + with.1];
    let mut near: Vec<&str> = there.iter().flat_map(|one| words(&one.text)).collect();
    // What is a name here is most likely one there.
    near.sort_by_key(|word| !word.starts_with(char::is_uppercase));
    let accounted = |part: &str| other.stems.contains(&stem(part)) || near.iter().any(|word| kin(part, word));
    of.sentences[run.0..run.0 + run.1]
        .iter()
        .flat_map(|one| &one.names)
        .filter(telling)
        .filter(|name| other.skeletons.iter().all(|there| !same_name(name, there)))
        .filter(|name| !name.shown.split(' ').any(accounted))
        .map(|name| name.shown.as_str())
        .collect()
}

/// The text of a run of sentences, cut where something is that the other text lacks.
pub(super) fn marked(
    of: &Side<'_>,
    run: (usize, usize),
    other: &Side<'_>,
    with: (usize, usize),
    kin: &Kin<'_>,
) -> Vec<Piece> {
    let text: Vec<&str> = of.sentences[run.0..run.0 + run.1].iter().map(|one| one.text.as_str()).collect();
    let text = text.join(" ");
    if run.1 == 0 || with.1 == 0 {
        return plain(&text).into_iter().collect();
    }
    let mut found: Vec<(usize, usize, Differs)> = Vec::new();
    let numbers = numbers(of, run, other, with).into_iter().map(|shown| (shown, Differs::Number));
    let names = names(of, run, other, with, kin).into_iter().map(|shown| (shown, Differs::Name));
    for (shown, kind) in numbers.chain(names) {
        for (at, _) in text.match_indices(shown) {
            let end = at + shown.len();
            let inside = |sign: Option<char>| sign.is_some_and(char::is_alphanumeric);
            let part = match kind {
                Differs::Name => inside(text[..at].chars().next_back()) || inside(text[end..].chars().next()),
                Differs::Number => {
                    let digit = |sign: Option<char>| sign.is_some_and(char::is_numeric);
                    digit(text[..at].chars().next_back()) || digit(text[end..].chars().next())
                }
            };
            if !part && found.iter().all(|(from, to, _)| end <= *from || at >= *to) {
                found.push((at, end, kind));
            }
        }
    }
    found.sort_by_key(|one| one.0);
    let (mut pieces, mut done) = (Vec::new(), 0);
    for (from, to, kind) in found {
        pieces.extend(plain(&text[done..from]));
        pieces.push(Piece { text: text[from..to].to_owned(), differs: Some(kind) });
        done = to;
    }
    pieces.extend(plain(&text[done..]));
    pieces
}

fn plain(text: &str) -> Option<Piece> {
    (!text.is_empty()).then(|| Piece { text: text.to_owned(), differs: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use samestory_model::{SentenceVector, Vector};
    use samestory_understand::{figures, names as names_of};

    fn text(lang: &str, sentences: &[&str]) -> (Vec<Sentence>, Option<Lang>) {
        let lang = Lang::parse(lang);
        let read = |text: &&str| Sentence {
            text: (*text).to_owned(),
            vector: SentenceVector { vector: Vector::new(&[]), pieces: 1 },
            figures: figures(text, lang),
            names: names_of("", text),
        };
        (sentences.iter().map(read).collect(), lang)
    }

    /// What is marked in the first sentence of each text, when both stand for one another.
    fn marks(one: (Vec<Sentence>, Option<Lang>), other: (Vec<Sentence>, Option<Lang>)) -> [Vec<String>; 2] {
        let (a, b) = (Side::new(&one.0, one.1), Side::new(&other.0, other.1));
        let of = |pieces: Vec<Piece>| {
            pieces.into_iter().filter(|piece| piece.differs.is_some()).map(|piece| piece.text).collect()
        };
        let never = |_: &str, _: &str| false;
        [of(marked(&a, (0, 1), &b, (0, 1), &never)), of(marked(&b, (0, 1), &a, (0, 1), &never))]
    }

    #[test]
    fn a_number_that_was_changed_is_marked_on_both_sides() {
        let found = marks(
            text("en", &["The lock held 4.2 million litres and 318 boats."]),
            text("de", &["Die Schleuse fasste 4,2 Millionen Liter und 381 Boote."]),
        );
        assert_eq!(found, [["318"], ["381"]]);
    }

    #[test]
    fn what_the_next_sentence_says_and_small_numbers_are_not_marked() {
        let found = marks(
            text("en", &["The pump cost 7,450 crowns and ran for 3 days."]),
            text("sv", &["Pumpen gick i tre dagar.", "Den kostade 7 450 kronor."]),
        );
        assert_eq!(found, [Vec::<String>::new(), Vec::new()]);
    }

    #[test]
    fn a_name_is_marked_where_no_word_of_the_other_text_is_like_it() {
        let found = marks(
            text("en", &["The mayor thanked Karlsen and the divers of Ostrava."]),
            text("ru", &["Мэр поблагодарил водолазов из города Острава и Петренко."]),
        );
        assert_eq!(found, [["Karlsen"], ["Петренко"]]);
    }

    #[test]
    fn nothing_is_said_of_names_where_a_script_does_not_show_them() {
        let found = marks(text("en", &["The mayor thanked Karlsen."]), text("zh", &["市长向潜水员表示感谢。"]));
        assert_eq!(found, [Vec::<String>::new(), Vec::new()]);
    }
}
