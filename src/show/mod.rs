//! Stories as text for people and programs: one file a format, pure, handed everything it shows.
//!
//! Everything that came from outside is made inert for the format that carries it: control characters
//! and bidirectional overrides never reach a terminal, markup never reaches HTML or XML.

mod address;
mod atom;
mod compare;
mod explain;
mod extracted;
mod feed_place;
mod filter;
mod found;
mod headline;
mod inert;
mod json;
mod json_feed;
mod markdown;
mod page;
mod sources;
mod table;

pub use atom::{atom, atom_at};
pub use compare::{compared, compared_json};
pub use explain::{Together, explain, explain_pair};
pub use extracted::extracted;
pub use feed_place::FeedPlace;
pub use filter::Filter;
pub use found::{found, found_json, found_jsonl};
pub use headline::Reading;
pub use inert::{inert, inert_json, inert_lines, inert_markup, inert_styled, inert_text};
pub use json::{extracted_json, feed_json, json, jsonl};
pub use json_feed::json_feed;
pub use markdown::markdown;
pub use page::{Form, compare_page, index_page, policy, refusal_page, story_page};
pub use sources::{feed, sources, sources_json};
pub use table::{Style, story, table};
