//! The values that a news reader works with, and the rules that decide when two of them are the same: sources and their
//! items, documents, what is known of a text, placements and stories.
//!
//! One type a stage, named by what is known at that point, immutable once made: [`Source`] → [`ParsedFeed`] of
//! [`Item`]s → [`Extracted`] → [`Document`] → [`Features`] → [`Placement`] → [`StoryView`]. With them come the tables
//! that several stages read: canonical addresses ([`canonical_url`], [`canonical_key`], [`site()`]), languages
//! ([`Lang`], [`languages`]), dates as feeds and pages write them ([`dates`]), and text out of markup of unknown
//! encoding ([`markup`]).
//!
//! Everything here is a plain value or a pure function. Nothing opens a file or a socket, reads a clock, or knows how a
//! value is stored; every other crate may use this one and this one uses none of them.
//!
//! # Example
//!
//! Two spellings of an address have one key and so one document id, and a date is read in its page's language:
//!
//! ```
//! use samestory_model::dates::{Habit, prose};
//! use samestory_model::{Document, Lang, canonical_key, canonical_url};
//! use url::Url;
//!
//! let shared = Url::parse("https://www.blatt.example/news/bruecke/?utm_source=rss#top")?;
//! let plain = Url::parse("https://blatt.example/news/bruecke")?;
//! assert_eq!(canonical_url(&shared).as_str(), "https://www.blatt.example/news/bruecke/");
//! assert_eq!(canonical_key(&shared), "blatt.example/news/bruecke");
//! assert_eq!(Document::id_at(&shared, 0), Document::id_at(&plain, 0));
//!
//! let german = Habit { lang: Lang::parse("de"), ..Habit::default() };
//! let opened = prose::read("Dienstag, 3. März 2026, 18:30 Uhr", german).expect("a date");
//! assert_eq!(opened.to_string(), "2026-03-03T18:30:00Z");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod aligned;
mod answer;
pub mod dates;
mod discreet;
mod document;
mod dots;
mod fault;
mod features;
mod id;
mod item;
mod lang;
pub mod languages;
mod link;
pub mod markup;
mod nfc;
mod page;
pub mod settings;
mod signal;
mod site;
mod source;
mod source_kind;
mod story;
mod story_record;
mod story_view;
mod wildcard;
mod word;

pub use aligned::{Aligned, AlignedRow, Differs, Piece, Sentence};
pub use answer::{Answer, Freshness, Refusal};
pub use discreet::{Discreet, without_credentials, without_keys, without_userinfo};
pub use document::Document;
pub use dots::{dot, dots};
pub use fault::{Failure, Fault};
pub use features::{DIMENSIONS, Features, Name, Quantity, SentenceVector, Vector};
pub use id::{ArticleId, DocumentId, IdError, StoryId};
pub use item::{FeedFormat, Item, ParsedFeed, PollHints, Repair};
pub use lang::Lang;
pub use link::{
    SLUG_WORDS, address_slug, canonical_key, canonical_url, is_specific, item_address, item_mark, naming_parameters,
    page_of, parted, place_in_page, route,
};
pub use nfc::{into_nfc, nfc, unmarked};
pub use page::{Extracted, Removed, RemovedWhy};
pub use signal::Signal;
pub use site::{may_claim, same_site, site};
pub use source::{PollRule, Redirect, Source, SourceId, SourceState, Validators, name_of};
pub use source_kind::{FullText, SourceKind};
pub use story::{ArticleView, Change, DocumentView, Evidence, Placement, Role, StoryView};
pub use story_record::StoryRecord;
pub use story_view::{stand_in, story_view};
pub use wildcard::holds_pattern;
pub use word::{Level, StoredOverride, Word};
