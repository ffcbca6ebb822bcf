//! Turns a document into features that can be compared: language, vectors, names, quantities,
//! fingerprint. CPU only: no store, no network.

mod encoder;
mod error;
mod sentences;
mod words;

pub use encoder::Encoder;
pub use error::UnderstandError;
pub use sentences::sentences;
