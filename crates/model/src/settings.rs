//! What every stage needs to own its settings: its section of the reference, and errors that name file and line.
//!
//! `config/default.toml` is the reference and holds every key, so a stage's struct has no defaults of its own and
//! the two cannot disagree.

use crate::Fault;
use serde::de::DeserializeOwned;
use std::ops::Range;

/// The reference configuration, as shipped.
pub const DEFAULT_TOML: &str = include_str!("../../../config/default.toml");
/// The file that shows every key.
pub const REFERENCE: &str = "config/default.toml";
/// Likeness from which an unknown key is taken for a slip of the pen.
const ALIKE: f64 = 0.7;

/// One section of the reference.
///
/// # Panics
/// Where the section is not there or does not fit the type; a test of each stage asks for its own.
#[must_use]
pub fn section<T: DeserializeOwned>(name: &str) -> T {
    let mut reference: toml::Table = DEFAULT_TOML.parse().expect("config/default.toml is checked by a test");
    let section = reference.remove(name).expect("config/default.toml has a section a stage");
    section.try_into().expect("config/default.toml is checked by a test")
}

/// What is wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{subject}: {what}")]
pub struct ConfigError {
    /// The file, with its line where one is known, or the environment variable.
    pub subject: String,
    /// What is wrong.
    pub what: String,
    hint: String,
}

impl ConfigError {
    /// An error with its three parts.
    pub fn new(subject: impl Into<String>, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { subject: subject.into(), what: what.into(), hint: hint.into() }
    }

    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        Fault::Configuration
    }

    /// What a person can do.
    pub fn hint(&self) -> &str {
        &self.hint
    }
}

/// What an unknown key may have meant; `reference` names the file that shows every key.
pub fn suggestion<'a>(key: &str, known: impl Iterator<Item = &'a str>, reference: &str) -> String {
    let best = known.map(|name| (strsim::jaro_winkler(key, name), name)).max_by(|a, b| a.0.total_cmp(&b.0));
    match best {
        Some((likeness, name)) if likeness >= ALIKE => format!("did you mean `{name}`?"),
        _ => format!("every key stands in {reference}"),
    }
}

/// A file's name with the line of a span, from 1.
#[must_use]
pub fn line(name: &str, text: &str, span: Range<usize>) -> String {
    let line = text.get(..span.start).map_or(1, |before| before.matches('\n').count() + 1);
    format!("{name}:{line}")
}
