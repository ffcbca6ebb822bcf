//! Bytes to text and markup to plain text: what feeds and pages need alike before anything is read.
//!
//! Promises UTF-8 without C0 characters, and work in proportion to the input: nesting is limited on
//! the text, before an HTML parser that is quadratic in depth sees it.

mod decode;
mod depth;
mod plain;

pub use decode::{Decoded, decode};
pub use depth::limit_depth;
pub use plain::{entity, plain_text, rebase, title_text};
