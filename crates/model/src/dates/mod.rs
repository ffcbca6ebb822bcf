//! Reads dates: one room for feeds and pages, over one table of months, of zones and of digits.
//!
//! [`feed`] reads a field that is known to be a date, however it deviates; [`prose`] finds a date in a line of a
//! page, and never takes other numbers for one. The tables are the same: months stand with their languages in
//! [`crate::languages`], digits of scripts too, zones in `zones`.

pub mod feed;
pub mod prose;
mod zones;

pub use prose::{Found, Habit};
