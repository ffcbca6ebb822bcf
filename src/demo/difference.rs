//! Names each way in which what was found can differ from what is true, in a person's words.

use samestory_model::Role;
use std::fmt;

/// One way in which what was found differs from what is true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// A document is in no story.
    Missing {
        /// Its address.
        url: String,
        /// Its headline.
        title: String,
        /// Its revision.
        revision: u32,
    },
    /// A document that the world does not hold, or one found twice.
    Unexpected {
        /// Its address.
        url: String,
        /// The headline it was found with.
        title: String,
    },
    /// One article or story was found in pieces.
    Apart {
        /// `article` or `story`.
        level: &'static str,
        /// Its key in the story files.
        key: String,
        /// The addresses, a list for each piece.
        pieces: Vec<Vec<String>>,
    },
    /// Several articles or stories were found as one.
    Together {
        /// `article` or `story`.
        level: &'static str,
        /// Their keys, each with its addresses.
        groups: Vec<(String, Vec<String>)>,
    },
    /// A document has another part in its article.
    Role {
        /// Its address.
        url: String,
        /// The part it has.
        expected: Role,
        /// The part it was given.
        found: Role,
    },
    /// A text holds what is not the article.
    Leftover {
        /// Its address.
        url: String,
        /// The line as it was found.
        line: String,
    },
    /// A document was read wrongly: its headline, its language, or the address in its source line.
    Misread {
        /// Its address.
        url: String,
        /// `headline`, `language` or `source line`.
        what: &'static str,
        /// What it is; empty where there is none.
        expected: String,
        /// What was found; empty where nothing was.
        found: String,
    },
    /// A source failed that should not have, or did not fail though it should have.
    Source {
        /// Its name.
        name: String,
        /// Whether it should have failed.
        should_fail: bool,
        /// What the world does to it; empty where it does nothing.
        why: String,
    },
    /// A text lacks a paragraph of the article.
    Lost {
        /// Its address.
        url: String,
        /// The beginning of the paragraph.
        paragraph: String,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { url, title, revision: 0 } => write!(out, "missing: {url} ({title})"),
            Self::Missing { url, title, .. } => write!(out, "missing update: {url} ({title})"),
            Self::Unexpected { url, title } => write!(out, "not in the world, or found twice: {url} ({title})"),
            Self::Apart { level, key, pieces } => {
                write!(out, "{level} `{key}` was found in {} pieces:", pieces.len())?;
                for piece in pieces {
                    write!(out, "\n    {}", piece.join("\n  + "))?;
                }
                Ok(())
            }
            Self::Together { level, groups } => {
                write!(out, "different {} were put together:", if *level == "story" { "stories" } else { "articles" })?;
                for (key, addresses) in groups {
                    write!(out, "\n    {key}: {}", addresses.join("\n  + "))?;
                }
                Ok(())
            }
            Self::Role { url, expected, found } => {
                write!(out, "{url} should be {expected:?}, was found as {found:?}")
            }
            Self::Misread { url, what, expected, found } => {
                write!(out, "{what} of {url} should be `{expected}`, was found as `{found}`")
            }
            Self::Leftover { url, line } => write!(out, "left over in the text of {url}: {line}"),
            Self::Source { name, should_fail: true, why } => write!(out, "source {name} should have failed: {why}"),
            Self::Source { name, .. } => write!(out, "source {name} failed and should not have"),
            Self::Lost { url, paragraph } => write!(out, "lost from the text of {url}: {paragraph}"),
        }
    }
}
