//! One language's file as it stands in `data/languages`; a key that is not listed here is an error.

use crate::model::Lang;
use serde::Deserialize;

/// What a file of `data/languages` says. Words are lower case.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Language<'a> {
    /// Primary tag, the file's name.
    pub code: Lang,
    /// Beginnings of the months' names, January to December, those of one month parted by spaces. A beginning serves
    /// short and inflected forms alike ("nov", "ноября"); it must be long enough to begin no other word that
    /// stands beside numbers.
    #[serde(borrow)]
    pub months: Option<[&'a str; 12]>,
    /// Further beginnings that are read in the dates of feeds only, because they are too short for prose.
    #[serde(borrow)]
    pub feed_months: Option<[&'a str; 12]>,
    /// Languages that count where a beginning means another month there and the text's own language is unknown.
    #[serde(default)]
    pub months_yield_to: Vec<Lang>,
}

impl<'a> Language<'a> {
    /// Reads a file.
    pub(super) fn read(text: &'a str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }
}
