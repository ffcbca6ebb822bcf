//! Rules of single sites: what on their pages is the article and what never is, as CSS selectors.
//!
//! `config/sites.toml` is compiled in and a user's file comes before it. Every selector is read when
//! the file is, so that a slip of the pen is reported with file, line, host and selector, and no page
//! fails on it later.

use samestory_model::settings::{ConfigError, line, suggestion};
use scraper::Selector;
use serde::Deserialize;
use std::ops::Range;
use std::sync::Arc;
use toml::Spanned;

/// The reference, as shipped.
pub const SITES_TOML: &str = include_str!("../../../../config/sites.toml");
/// Keys of a `[[site]]` entry.
const KEYS: [&str; 5] = ["host", "keep", "drop", "title", "date"];

/// What is known of one site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteRule {
    /// This host and every one under it.
    pub host: String,
    /// What these select holds the article.
    pub keep: Vec<Selector>,
    /// What these select is never the article.
    pub drop: Vec<Selector>,
    /// The first that this selects is the headline.
    pub title: Option<Selector>,
    /// The first that this selects says when it was published.
    pub date: Option<Selector>,
}

/// Every rule, the user's first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteRules(Arc<[SiteRule]>);

impl Default for SiteRules {
    /// The compiled-in rules.
    fn default() -> Self {
        Self::read(SITES_TOML, "config/sites.toml").expect("config/sites.toml is checked by a test")
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    site: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    host: Spanned<String>,
    #[serde(default)]
    keep: Vec<Spanned<String>>,
    #[serde(default)]
    drop: Vec<Spanned<String>>,
    title: Option<Spanned<String>>,
    date: Option<Spanned<String>>,
}

impl SiteRules {
    /// Rules from a text; `name` is its file, for messages.
    ///
    /// # Errors
    /// [`ConfigError`] with the line, where the text, a host or a selector does not read.
    pub fn read(text: &str, name: &str) -> Result<Self, ConfigError> {
        let place = |span: Range<usize>| line(name, text, span);
        let file: File = toml::from_str(text).map_err(|error| {
            let message = error.message().to_owned();
            let unknown = message.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next());
            let hint = unknown.map_or_else(
                || "config/sites.toml shows how a rule is written".to_owned(),
                |key| suggestion(key, KEYS.into_iter().chain(["site"]), "config/sites.toml"),
            );
            ConfigError::new(error.span().map_or_else(|| name.to_owned(), place), message, hint)
        })?;
        let mut rules = Vec::new();
        for entry in file.site {
            let host = entry.host.get_ref().trim().trim_start_matches("www.").to_ascii_lowercase();
            if host.is_empty() || host.contains(['/', ':', '*', ' ']) {
                return Err(ConfigError::new(
                    place(entry.host.span()),
                    format!("`{}` is no host", entry.host.get_ref()),
                    "write it without https:// and without a path; it stands for every host under it",
                ));
            }
            let one = |written: &Spanned<String>| {
                Selector::parse(written.get_ref()).map_err(|error| {
                    ConfigError::new(
                        place(written.span()),
                        format!("the selector `{}` of {host} does not read: {error}", written.get_ref()),
                        "write it as in a style sheet, such as `article .story`",
                    )
                })
            };
            let all = |list: &[Spanned<String>]| list.iter().map(one).collect::<Result<Vec<_>, _>>();
            let (keep, drop) = (all(&entry.keep)?, all(&entry.drop)?);
            let title = entry.title.as_ref().map(one).transpose()?;
            let date = entry.date.as_ref().map(one).transpose()?;
            rules.push(SiteRule { host, keep, drop, title, date });
        }
        Ok(Self(rules.into()))
    }

    /// These rules, then those of `later`.
    #[must_use]
    pub fn before(&self, later: &Self) -> Self {
        Self(self.0.iter().chain(later.0.iter()).cloned().collect())
    }

    /// The rules for a host, those that name more of it first.
    pub fn of(&self, host: &str) -> Vec<&SiteRule> {
        let host = host.to_ascii_lowercase();
        let under = |rule: &&SiteRule| {
            host.strip_suffix(rule.host.as_str()).is_some_and(|before| before.is_empty() || before.ends_with('.'))
        };
        let mut found: Vec<&SiteRule> = self.0.iter().filter(under).collect();
        found.sort_by_key(|rule| std::cmp::Reverse(rule.host.len()));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_rules_read() {
        assert!(SiteRules::default().of("example.org").is_empty());
    }

    #[test]
    fn a_rule_serves_its_host_and_those_under_it() {
        let text = "[[site]]\nhost = \"paper.example\"\ndrop = [\".a\"]\n[[site]]\nhost = \"m.paper.example\"\ndrop = [\".b\"]\n";
        let rules = SiteRules::read(text, "x").expect("rules");
        assert_eq!(rules.of("www.PAPER.example").len(), 1);
        assert_eq!(rules.of("newspaper.example").len(), 0);
        let both: Vec<&str> = rules.of("m.paper.example").iter().map(|rule| rule.host.as_str()).collect();
        assert_eq!(both, ["m.paper.example", "paper.example"]);
    }

    #[test]
    fn a_slip_is_told_with_line_host_and_selector() {
        let error = |text: &str| SiteRules::read(text, "sites.toml").expect_err("a slip");
        let wrong = error("\n[[site]]\nhost = \"paper.example\"\ndrop = [\".fine\",\n  \"div[\"]\n");
        assert_eq!(wrong.subject, "sites.toml:5");
        assert!(wrong.what.contains("`div[` of paper.example"), "{}", wrong.what);
        let unknown = error("[[site]]\nhost = \"paper.example\"\nkeeps = [\"p\"]\n");
        assert_eq!((unknown.subject.as_str(), unknown.hint()), ("sites.toml:3", "did you mean `keep`?"));
        let host = error("[[site]]\nhost = \"https://paper.example/\"\n");
        assert!(host.subject == "sites.toml:2" && host.hint().contains("without https://"), "{host}");
        assert!(error("[[site]]\nkeep = [\"p\"]\n").what.contains("host"));
    }
}
