//! Stories as text for people and programs: one file a format, pure, handed everything it shows.
//!
//! Everything that came from outside is made inert for the format that carries it: control characters
//! and bidirectional overrides never reach a terminal, markup never reaches HTML or XML.

mod atom;
mod compare;
mod explain;
mod extracted;
mod found;
mod inert;
mod json;
mod markdown;
mod sources;
mod table;

pub use atom::atom;
pub use compare::{compared, compared_json};
pub use explain::{Together, explain, explain_pair};
pub use extracted::extracted;
pub use found::{found, found_json, found_jsonl};
pub use inert::{inert, inert_lines};
pub use json::{extracted_json, feed_json, json, jsonl};
pub use markdown::markdown;
pub use sources::{feed, sources, sources_json};
pub use table::{Style, story, table};
