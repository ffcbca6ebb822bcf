//! Asks publishers for feeds and pages, politely and safely.
mod error;

pub use error::{FetchError, FetchErrorKind};
