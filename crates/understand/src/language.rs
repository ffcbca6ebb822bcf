//! Decides a document's language from what its publisher says and what the text looks like.
//!
//! The publisher's tag wins unless the detector is sure of another language on enough text. The
//! surprising fact: a tag that the detector has never heard of (`dv`, `ton`) always stands, since
//! the detector must then be wrong whatever it answers.

use super::error::UnderstandError;
use fasttext_pure_rs::FastText;
use samestory_model::Lang;
use std::collections::BTreeMap;

/// Probability from which the detector overrules a tag.
const SURE: f32 = 0.90;
/// Probability from which the detector is believed where there is no tag.
const LIKELY: f32 = 0.35;
/// Languages that the detector names of a text; there are four standard forms of Serbo-Croatian.
const FORMS: usize = 6;
/// Letters from which the detector may overrule a tag.
const ENOUGH: usize = 80;
/// Characters that are looked at; more changes nothing.
const LOOKED_AT: usize = 1500;

/// Languages that the model was measured not to know (NTREX-128; an English twin is found for less than .95 of the texts,
/// for most of them hardly ever). All others are compared: 121 that were measured to be known, and those that were not
/// measured like the ones that it knows least.
const UNKNOWN: &str = " om to shi hmn bo dv dz ";

/// Names fastText's labels by our tags where they differ.
fn tag(label: &str) -> Option<Lang> {
    let code = label.trim_start_matches("__label__");
    Lang::parse(if code == "sh" { "hr" } else { code })
}

/// What was decided about a text's language.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decided {
    /// The language, where anything is known.
    pub lang: Option<Lang>,
    /// Whether the sentence encoder understands it; without that vectors never merge.
    pub known: bool,
    /// How well it does, 0 to 1; see [`Grasp`].
    pub grasp: f32,
}

/// How near a language's texts lie to their translations, in the mean: the same likeness says more
/// against a pair of well-known languages than against a pair of little-known ones.
///
/// Measured by `tools/src/bin/train_pairs.rs`, kept in `data/grasp.toml`.
pub struct Grasp {
    by_language: BTreeMap<String, f32>,
    least: f32,
}

impl Grasp {
    /// The table that is compiled into the program.
    pub fn shipped() -> Result<Self, UnderstandError> {
        let by_language: BTreeMap<String, f32> = toml::from_str(include_str!("../../../data/grasp.toml"))
            .map_err(|error| UnderstandError::Model { what: format!("grasp.toml: {error}") })?;
        let mut values: Vec<f32> = by_language.values().copied().collect();
        values.sort_by(f32::total_cmp);
        let least = values.get(values.len() / 20).copied().unwrap_or_default();
        Ok(Self { by_language, least })
    }

    /// The value of a language; for one that was not measured or is not known, that of the languages which are known
    /// least.
    pub fn of(&self, lang: Option<Lang>) -> f32 {
        lang.and_then(|lang| self.by_language.get(lang.as_str()).copied()).unwrap_or(self.least)
    }
}

/// The language detector.
pub struct Detector {
    model: FastText,
    grasp: Grasp,
}

impl Detector {
    /// Loads the detector that is compiled into the program.
    pub fn shipped() -> Result<Self, UnderstandError> {
        let bytes: &[u8] = include_bytes!("../../../data/lid.176.ftz");
        let model = FastText::load_from_reader(std::io::Cursor::new(bytes))
            .map_err(|error| UnderstandError::Model { what: format!("lid.176.ftz: {error}") })?;
        Ok(Self { model, grasp: Grasp::shipped()? })
    }

    /// The likeliest language of a text and its probability: that of all standard forms of one language together, because
    /// the detector spreads it over them.
    pub fn detect(&self, text: &str) -> Option<(Lang, f32)> {
        let line: String =
            text.chars().take(LOOKED_AT).map(|sign| if sign.is_control() { ' ' } else { sign }).collect();
        let found = self.model.predict(&line, FORMS, 0.0).ok()?;
        let best = tag(&found.first()?.label)?;
        let kin =
            found.iter().filter(|one| tag(&one.label).is_some_and(|lang| lang.macrolanguage() == best.macrolanguage()));
        Some((best, kin.map(|one| one.probability).sum::<f32>().min(1.0)))
    }

    /// Decides between the publisher's tag and the text.
    pub fn decide(&self, stated: Option<Lang>, title: &str, text: &str) -> Decided {
        let sample = format!("{title}\n{text}");
        let letters = sample.chars().take(LOOKED_AT).filter(|sign| sign.is_alphabetic()).count();
        let seen = if letters == 0 { None } else { self.detect(&sample) };
        let lang = match (stated, seen) {
            (Some(stated), Some((seen, sure))) => {
                let overruled = seen != stated
                    && sure >= SURE
                    && letters >= ENOUGH
                    && understood(stated)
                    && !confusable(stated, seen);
                Some(if overruled { seen } else { stated })
            }
            (Some(stated), None) => Some(stated),
            (None, Some((seen, sure))) => (sure >= LIKELY).then_some(seen),
            (None, None) => None,
        };
        Decided { lang, known: letters > 0 && lang.is_none_or(understood), grasp: self.grasp.of(lang) }
    }
}

/// Whether the sentence encoder understands a language.
pub fn understood(lang: Lang) -> bool {
    !UNKNOWN.contains(&format!(" {lang} "))
}

/// Pairs that detectors mistake for one another even on long texts.
fn confusable(a: Lang, b: Lang) -> bool {
    const GROUPS: [&str; 6] = [" bs hr sr sh ", " id ms ", " no da ", " cs sk ", " fa tg ps ", " hi mr ne sa "];
    GROUPS.iter().any(|group| group.contains(&format!(" {a} ")) && group.contains(&format!(" {b} ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lang(tag: &str) -> Option<Lang> {
        Lang::parse(tag)
    }

    #[test]
    fn a_long_text_overrules_a_wrong_tag_and_a_short_one_does_not() {
        let detector = Detector::shipped().expect("ships with the program");
        let german = "Die Brücke über den Fluss bleibt bis zum Wochenende gesperrt, weil die Prüfer einen Riss im mittleren Pfeiler gefunden haben. \
                      Der Verkehr wird über die Nachbarstadt umgeleitet, teilte die Verwaltung am Montag mit.";
        assert_eq!(detector.decide(lang("en"), "", german).lang, lang("de"));
        assert_eq!(detector.decide(lang("en"), "Brücke", "").lang, lang("en"));
        assert_eq!(detector.decide(None, "", german).lang, lang("de"));
    }

    #[test]
    fn a_language_nobody_knows_is_said_and_not_guessed() {
        let detector = Detector::shipped().expect("ships with the program");
        let stated = detector.decide(lang("dv"), "ރާއްޖޭގެ", "ދިވެހި ބަހުން ލިޔެފައިވާ ޚަބަރެއް މިއީ އެވެ. ދިވެހި ބަހުން ލިޔެފައިވާ ޚަބަރެއް މިއީ އެވެ.");
        assert_eq!((stated.lang, stated.known), (lang("dv"), false));
        assert_eq!(detector.decide(None, "", "12 34 — 56").lang, None);
    }
}
