//! How texts are understood: the section `[understand]` of the configuration.

use samestory_model::settings::section;
use serde::{Deserialize, Serialize};

/// `[understand]`: how texts are understood.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Folder of another model; empty for the shipped one.
    pub model: String,
    /// Sentences of a text that get a vector.
    pub sentences: usize,
    /// Threads; 0 for one a core.
    pub threads: usize,
}

impl Default for Settings {
    /// Those of the reference.
    fn default() -> Self {
        section("understand")
    }
}
