//! When texts belong together: the section `[cluster]` of the configuration.

use samestory_model::settings::section;
use serde::{Deserialize, Serialize};

/// `[cluster]`: when texts belong together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Days that a document stays in the window of possible neighbours.
    pub window_days: u32,
    /// Most documents that are there at once.
    pub window_documents: usize,
    /// Hours after its last article in which a story takes in another one.
    pub story_hours: u32,
    /// Probability from which documents are versions of one article.
    pub article_probability: f32,
    /// Probability from which articles tell one event.
    pub story_probability: f32,
}

impl Default for Settings {
    /// Those of the reference.
    fn default() -> Self {
        section("cluster")
    }
}
