//! Says whether a story is among those that a list, a feed or a page is to show.

use samestory_model::{Lang, StoryView};

/// What is wanted; every part that says something has to fit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Told in one of these languages.
    pub languages: Vec<Lang>,
    /// Told by one of these sources.
    pub sources: Vec<String>,
    /// All these words, in lower case, in its headlines.
    pub words: Vec<String>,
    /// Told in more than one language.
    pub translated: bool,
    /// At least so many reports.
    pub min_articles: usize,
}

impl Filter {
    /// Words as a person types them.
    pub fn words_of(query: &str) -> Vec<String> {
        query.split_whitespace().map(str::to_lowercase).collect()
    }

    /// Whether it wants everything.
    pub fn is_open(&self) -> bool {
        *self == Self { min_articles: self.min_articles.min(1), ..Self::default() }
    }

    /// Whether it wants this story.
    pub fn wants(&self, story: &StoryView) -> bool {
        let mut versions = story.articles.iter().flat_map(|article| &article.documents);
        let has_word = || {
            let titles: Vec<String> = versions.clone().map(|version| version.title.to_lowercase()).collect();
            let titles = titles.join("\n");
            self.words.iter().all(|word| titles.contains(word))
        };
        (self.languages.is_empty() || story.languages.iter().any(|lang| self.languages.contains(lang)))
            && (!self.translated || story.languages.len() > 1)
            && story.articles.len() >= self.min_articles
            && (self.words.is_empty() || has_word())
            && (self.sources.is_empty() || versions.any(|version| self.sources.contains(&version.source)))
    }
}
