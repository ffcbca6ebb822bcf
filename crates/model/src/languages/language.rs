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
    /// Labels of the line that says when a text was published.
    #[serde(borrow, default)]
    pub date_labels: Vec<&'a str>,
    /// What stands between two names.
    #[serde(borrow)]
    pub and: Option<&'a str>,
    /// What a reader's browser is called; the beginning of a word is enough.
    #[serde(borrow, default)]
    pub browser: Vec<&'a str>,
    /// What the cookies of a browser are called, beside `cookie` itself; the beginning of a word is enough.
    #[serde(borrow, default)]
    pub cookies: Vec<&'a str>,
    /// Whether a decimal point is written, and the comma groups thousands.
    #[serde(default)]
    pub decimal_point: bool,
    /// What stands after a number and multiplies it, by power of ten: a whole word, or with an asterisk at its end the
    /// beginning of one.
    #[serde(borrow, default)]
    pub magnitudes: BTreeMap<&'a str, i32>,
    /// The same of what stands before the number.
    #[serde(borrow, default)]
    pub magnitudes_before: BTreeMap<&'a str, i32>,
    /// What makes the number before it a percentage, written likewise.
    #[serde(borrow, default)]
    pub percent: Vec<&'a str>,
    /// What makes the number behind it a percentage.
    #[serde(borrow, default)]
    pub percent_before: Vec<&'a str>,
    /// What stands between hour and minute.
    #[serde(borrow, default)]
    pub clock: Vec<&'a str>,
    /// Whether every noun is written with a capital, so that a capital shows no name.
    #[serde(default)]
    pub capitalises_nouns: bool,
    /// Days and months that are written with a capital though they are no names, as they are written.
    #[serde(borrow, default)]
    pub capitalised_calendar: Vec<&'a str>,
    /// Words of dates.
    #[serde(borrow, default)]
    pub calendar: Calendar<'a>,
}

/// Words of dates. Several forms of one name are parted by spaces; a space inside a form is written `_`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar<'a> {
    /// Whole names of the months, January to December.
    #[serde(borrow)]
    pub months: Option<[&'a str; 12]>,
    /// Abbreviations of the months. Prose of other languages does not have them.
    #[serde(borrow)]
    pub short_months: Option<[&'a str; 12]>,
    /// Names and abbreviations of the days, Monday to Sunday.
    #[serde(borrow)]
    pub days: Option<[&'a str; 7]>,
    /// Months of the solar Hijri calendar.
    #[serde(borrow)]
    pub solar_months: Option<[&'a str; 12]>,
    /// Months of the lunar Hijri calendar, which is not reckoned with.
    #[serde(borrow)]
    pub lunar_months: Option<[&'a str; 12]>,
    /// What makes a time one before noon: `am`.
    #[serde(borrow, default)]
    pub before_noon: Vec<&'a str>,
    /// What makes a time one after noon: `pm`.
    #[serde(borrow, default)]
    pub after_noon: Vec<&'a str>,
    /// What stands with the hours around noon, 11 to 3.
    #[serde(borrow, default)]
    pub around_noon: Vec<&'a str>,
    /// What stands with the hours from dusk to dawn.
    #[serde(borrow, default)]
    pub at_night: Vec<&'a str>,
    /// Words that stand in dates and change nothing: `of`, `Uhr`.
    #[serde(borrow, default)]
    pub words: Vec<&'a str>,
    /// Endings of ordinal numbers: `nd`.
    #[serde(borrow, default)]
    pub ordinals: Vec<&'a str>,
    /// A letter that is written together with the month behind it.
    pub prefix: Option<&'a str>,
    /// Time zone of a time without one, where all countries of the language share it.
    pub zone: Option<&'a str>,
    /// Whether the year stands first where all three numbers of a date have two digits.
    #[serde(default)]
    pub year_first: bool,
    /// Whether a day of the month never has a full stop: "17. lip" is not Polish.
    #[serde(default)]
    pub plain_days: bool,
    /// What says what the number behind it is.
    #[serde(borrow, default)]
    pub units_before: Units<'a>,
    /// What says what the number before it is.
    #[serde(borrow, default)]
    pub units_behind: Units<'a>,
    /// What says by which calendar or from which event the years are counted.
    #[serde(borrow, default)]
    pub eras: BTreeMap<&'a str, Era>,
    /// Zones by the names that they have in this language.
    #[serde(borrow, default)]
    pub zones: BTreeMap<&'a str, &'a str>,
}

/// Words for the parts of a date and of a time.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Units<'a> {
    /// Of a year.
    #[serde(borrow)]
    pub year: Vec<&'a str>,
    /// Of a month.
    #[serde(borrow)]
    pub month: Vec<&'a str>,
    /// Of a day of the month.
    #[serde(borrow)]
    pub day: Vec<&'a str>,
    /// Of a day of the week, the second of which is Monday.
    #[serde(borrow)]
    pub weekday: Vec<&'a str>,
    /// Of an hour.
    #[serde(borrow)]
    pub hour: Vec<&'a str>,
    /// Of a minute.
    #[serde(borrow)]
    pub minute: Vec<&'a str>,
    /// Of a second.
    #[serde(borrow)]
    pub second: Vec<&'a str>,
}

/// How years are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Era {
    /// As in most of the world.
    Common,
    /// 543 years ahead of the common era.
    Buddhist,
    /// Since the founding of the Republic of China.
    Minguo,
    /// Since 2019 in Japan.
    Reiwa,
    /// 1989 to 2019 in Japan.
    Heisei,
    /// 1926 to 1989 in Japan.
    Showa,
    /// Solar years since the Hijra.
    Solar,
    /// Lunar years since the Hijra, which are not reckoned with.
    Lunar,
}

impl<'a> Language<'a> {
    /// Reads a file.
    pub(super) fn read(text: &'a str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }
}
