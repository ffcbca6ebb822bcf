//! Keeps out what the configuration does not want stored. Pure: rules and a document in, yes or no out.
//!
//! A document is let in where some `keep` rule fits it, or there is none, and no `block` rule does. What can
//! be said of an item without its page is said before the page is asked for.

use crate::config::{Filter, Rule};
use samestory_model::{Document, Lang, holds_pattern};

/// What a rule can look at; `None` for what is not known yet.
struct Seen<'a> {
    source: &'a str,
    /// Known once the text is.
    lang: Option<Lang>,
    title: &'a str,
    text: Option<&'a str>,
    url: &'a str,
}

/// Whether a text holds a pattern, in any case; `*` stands for any run of signs.
fn holds(text: &str, pattern: &str) -> bool {
    holds_pattern(&text.to_lowercase(), &pattern.to_lowercase())
}

/// Whether a rule fits; `None` where that depends on what is not known yet.
fn fits(rule: &Rule, seen: &Seen<'_>) -> Option<bool> {
    let source = rule.source.as_ref().map(|source| Some(source == seen.source));
    let title = rule.title.as_ref().map(|title| Some(holds(seen.title, title)));
    let url = rule.url.as_ref().map(|url| Some(holds(seen.url, url)));
    let text = rule.text.as_ref().map(|text| seen.text.map(|seen| holds(seen, text)));
    let lang = rule.lang.as_ref().map(|tag| seen.text.map(|_| seen.lang.is_some() && seen.lang == Lang::parse(tag)));
    let parts: Vec<Option<bool>> = [source, title, url, text, lang].into_iter().flatten().collect();
    if parts.contains(&Some(false)) {
        Some(false)
    } else if parts.contains(&None) {
        None
    } else {
        Some(true)
    }
}

fn let_in(filter: &Filter, seen: &Seen<'_>) -> Option<bool> {
    let any = |rules: &[Rule]| {
        let fitting: Vec<Option<bool>> = rules.iter().map(|rule| fits(rule, seen)).collect();
        if fitting.contains(&Some(true)) {
            Some(true)
        } else if fitting.contains(&None) {
            None
        } else {
            Some(false)
        }
    };
    match (any(&filter.block), filter.keep.is_empty()) {
        (Some(true), _) => Some(false),
        (blocked, true) => blocked.map(|blocked| !blocked),
        (blocked, false) => match (any(&filter.keep), blocked) {
            (Some(false), _) => Some(false),
            (Some(true), Some(false)) => Some(true),
            _ => None,
        },
    }
}

/// Whether a document may be stored.
pub(super) fn wants(filter: &Filter, document: &Document) -> bool {
    let seen = Seen {
        source: &document.source.0,
        lang: document.lang,
        title: &document.title,
        text: Some(&document.text),
        url: document.url.as_str(),
    };
    let_in(filter, &seen) != Some(false)
}

/// Whether an item is worth asking for its page: `false` where the rules refuse it whatever stands there.
pub(super) fn may_want(filter: &Filter, source: &str, title: &str, url: &str) -> bool {
    let_in(filter, &Seen { source, lang: None, title, text: None, url }) != Some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(set: impl FnOnce(&mut Rule)) -> Rule {
        let mut rule = Rule::default();
        set(&mut rule);
        rule
    }

    fn seen<'a>(title: &'a str, text: Option<&'a str>) -> Seen<'a> {
        let lang = text.and_then(|_| Lang::parse("de"));
        Seen { source: "paper", lang, title, text, url: "https://paper.example/sport/one" }
    }

    #[test]
    fn a_pattern_is_looked_for_in_any_case_with_gaps() {
        assert!(holds("Grey seals return", "SEALS") && holds("Grey seals return", "grey*turn"));
        assert!(!holds("Grey seals return", "return*grey") && holds("Грей", "гРЕЙ"));
    }

    #[test]
    fn every_part_of_a_rule_has_to_fit_and_what_is_not_known_yet_refuses_nothing() {
        let sport = rule(|rule| rule.url = Some("/sport/".to_owned()));
        let betting = rule(|rule| {
            rule.title = Some("odds".to_owned());
            rule.text = Some("bookmaker".to_owned());
        });
        let german = rule(|rule| rule.lang = Some("de".to_owned()));
        let block =
            |rules: &[&Rule]| Filter { keep: Vec::new(), block: rules.iter().map(|rule| (*rule).clone()).collect() };
        let keep =
            |rules: &[&Rule]| Filter { keep: rules.iter().map(|rule| (*rule).clone()).collect(), block: Vec::new() };
        assert_eq!(let_in(&block(&[]), &seen("Odds", None)), Some(true));
        assert_eq!(let_in(&block(&[&sport]), &seen("Odds", None)), Some(false));
        assert_eq!(let_in(&block(&[&betting]), &seen("Odds", None)), None);
        assert_eq!(let_in(&block(&[&betting]), &seen("Odds", Some("a bookmaker says"))), Some(false));
        assert_eq!(let_in(&block(&[&betting]), &seen("Odds", Some("a clerk says"))), Some(true));
        assert_eq!(let_in(&block(&[&betting]), &seen("Seals", None)), Some(true));
        assert_eq!(let_in(&keep(&[&german]), &seen("Seals", None)), None);
        assert_eq!(let_in(&keep(&[&german]), &seen("Seals", Some("x"))), Some(true));
        assert_eq!(let_in(&keep(&[&betting]), &seen("Seals", None)), Some(false));
        let both = Filter { keep: vec![german], block: vec![sport] };
        assert_eq!(let_in(&both, &seen("Seals", Some("x"))), Some(false), "a block is stronger");
    }
}
