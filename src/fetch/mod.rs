//! Asks publishers for feeds and pages, politely and safely.
mod error;
mod guard;
mod headers;
mod turns;

pub use error::{FetchError, FetchErrorKind};
