//! Turns a document into features that can be compared: language, vectors, names, quantities,
//! fingerprint. CPU only: no store, no network.

mod encoder;
mod error;
mod fingerprint;
mod fold;
mod language;
mod names;
mod quantities;
mod sentences;
mod words;

pub use encoder::Encoder;
pub use error::UnderstandError;
pub use fingerprint::likeness;
pub use fold::{fold, skeleton};
pub use language::{Decided, Detector};
pub use sentences::sentences;
