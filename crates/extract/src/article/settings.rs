//! How pages are read: the section `[extract]` of the configuration.

use super::SiteRules;
use samestory_model::settings::section;
use serde::{Deserialize, Serialize};

/// `[extract]`: how pages are read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Largest page that is read, bytes.
    pub max_bytes: usize,
    /// Deepest nesting that is kept.
    pub max_depth: usize,
    /// A block on this many different articles of a host is boilerplate.
    pub repeated_after: u32,
    /// File with the user's rules of single sites; empty for `sites.toml` beside the configuration file.
    pub sites: String,
    /// The rules: the user's, then those that are compiled in.
    #[serde(skip)]
    pub rules: SiteRules,
}

impl Default for Settings {
    /// Those of the reference.
    fn default() -> Self {
        section("extract")
    }
}
