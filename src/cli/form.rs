//! Forms that several commands share: how they print, and how languages are given to them.

use super::report::Report;
use samestory_model::Lang;

/// Forms of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For a person.
    Text,
    /// One object.
    Json,
}

/// Languages by the tags that a flag was given.
pub fn languages(flag: &str, tags: &[String]) -> Result<Vec<Lang>, Report> {
    let read = |tag: &String| {
        let hint = "write BCP 47 tags such as vi,de,sv";
        Lang::parse(tag).ok_or_else(|| Report::usage(flag, format!("`{tag}` is no language"), hint))
    };
    tags.iter().map(read).collect()
}
