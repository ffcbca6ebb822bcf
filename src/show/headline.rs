//! Which of a story's headlines a reader sees: one choice for the terminal, pages, feeds and mail.

use samestory_model::{DocumentView, Lang, StoryView};

/// What stands where neither headline nor text is there.
pub(super) const NONE: &str = "(without a headline)";

/// What a reader prefers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// Languages, best first.
    pub languages: Vec<Lang>,
    /// Sources whose headline stands where a language has several, best first.
    pub sources: Vec<String>,
}

/// A headline with what belongs to it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Headline<'a> {
    /// As it was published; not made inert.
    pub(super) text: &'a str,
    /// Its language.
    pub(super) lang: Option<Lang>,
    /// Whose it is, where a version has one at all.
    pub(super) version: Option<&'a DocumentView>,
}

/// Every version of a story.
pub(super) fn versions(story: &StoryView) -> impl Iterator<Item = &DocumentView> {
    story.articles.iter().flat_map(|article| &article.documents)
}

impl Reading {
    /// The headline in the reader's first language that is present, and within it the reader's first source;
    /// without either the story's own.
    pub(super) fn headline<'a>(&self, story: &'a StoryView) -> Headline<'a> {
        let titled = || versions(story).filter(|version| !version.title.is_empty());
        let has = |lang: &&Lang| titled().any(|version| version.lang == Some(**lang));
        let lang = self.languages.iter().find(has).copied().or(story.lang);
        let rank = |version: &&DocumentView| {
            self.sources.iter().position(|source| *source == version.source).unwrap_or(self.sources.len())
        };
        let version = titled().filter(|version| version.lang == lang).min_by_key(rank);
        let text = version.map_or(story.title.as_str(), |version| version.title.as_str());
        Headline { text, lang: version.map_or(story.lang, |version| version.lang), version }
    }
}

/// A headline for the eye; never empty.
pub(super) fn named(title: &str) -> &str {
    if title.trim().is_empty() { NONE } else { title }
}

/// A number of things.
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// A language for the eye; `?` where none is known.
pub(super) fn tag(lang: Option<Lang>) -> String {
    lang.map_or_else(|| "?".to_owned(), |lang| lang.to_string())
}
