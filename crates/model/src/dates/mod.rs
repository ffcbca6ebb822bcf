//! Reads dates: one room for feeds and pages, over one tokeniser and one table of words.
//!
//! [`feed`] reads a field that is known to be a date, however it deviates; [`prose`] finds a date in a line of a
//! page, and never takes other numbers for one. Both take a text apart with `tokens`, whose words come from
//! [`crate::languages`] through `lexicon` and from `zones`; `clock` finds the time of day, `zone` where it is shown, `day` puts numbers and
//! months together, `address` reads what stands in an address, `calendars` knows years that count otherwise, and `whole` explains a text to its last token.

mod address;
mod calendars;
mod clock;
mod day;
pub mod feed;
mod fold;
#[cfg(test)]
mod forms;
mod lexicon;
#[cfg(test)]
mod properties;
pub mod prose;
mod tokens;
mod usual;
mod whole;
mod words;
mod zone;
mod zones;

pub use address::in_address;
pub use prose::{Found, Habit};
pub use usual::usual;
pub use zones::ahead;
