//! Bytes to text and markup to plain text: what feeds and pages need alike before anything is read.
//!
//! Promises UTF-8 without C0 characters, and work in proportion to the input: html5ever, which is quadratic in what
//! is open and in a tag's attributes, sees neither without limit (`lexer`, `limits`, `tree`).

mod counted;
mod decode;
mod evidence;
mod headline;
mod lexer;
mod limits;
mod members;
mod plain;
mod tree;

pub use decode::{Decoded, decode};
pub use headline::{Said, id_text, name_text, title_as, title_text};
pub use members::{Empties, Members};
pub use plain::{as_html, entity, plain_text, rebase, resolved};
pub use tree::{TooCostly, parse_document, parse_fragment};
