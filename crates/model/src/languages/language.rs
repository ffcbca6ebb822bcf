//! One language's file as it stands in `data/languages`; a key that is not listed here is an error.

use crate::Lang;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What a file of `data/languages` says. Words are lower case unless it says otherwise.
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
    /// Labels of the line that names where a text comes from.
    #[serde(borrow, default)]
    pub source_labels: Vec<&'a str>,
    /// Those that need no colon behind them.
    #[serde(borrow, default)]
    pub open_source_labels: Vec<&'a str>,
    /// Words that stand before an author's name: `by`, `von`.
    #[serde(borrow, default)]
    pub byline_labels: Vec<&'a str>,
    /// Words that begin a picture's credit.
    #[serde(borrow, default)]
    pub credits: Vec<&'a str>,
    /// Whether a decimal point is written, and the comma groups thousands.
    #[serde(default)]
    pub decimal_point: bool,
    /// What stands after a number and multiplies it, by power of ten; the beginning of a word is enough.
    #[serde(borrow, default)]
    pub magnitudes: BTreeMap<&'a str, i32>,
    /// What makes the number before it a percentage; the beginning of a word is enough.
    #[serde(borrow, default)]
    pub percent: Vec<&'a str>,
    /// What stands between hour and minute.
    #[serde(borrow, default)]
    pub clock: Vec<&'a str>,
    /// What stands behind a time before noon: `am`.
    #[serde(borrow, default)]
    pub before_noon: Vec<&'a str>,
    /// What stands behind a time after noon: `pm`.
    #[serde(borrow, default)]
    pub after_noon: Vec<&'a str>,
    /// Whether every noun is written with a capital, so that a capital shows no name.
    #[serde(default)]
    pub capitalises_nouns: bool,
    /// Days and months that are written with a capital though they are no names, as they are written.
    #[serde(borrow, default)]
    pub capitalised_calendar: Vec<&'a str>,
}

impl<'a> Language<'a> {
    /// Reads a file.
    pub(super) fn read(text: &'a str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }
}
