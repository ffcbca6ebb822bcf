//! The words of the domain: what flows between the stages, and nothing that does I/O.
//!
//! One type a stage, named by what is known at that point, immutable once made:
//! [`Source`] → [`ParsedFeed`] of [`Item`]s → [`Extracted`] → [`Document`] → [`Features`] →
//! [`Placement`] → [`StoryView`]. Everything here is a plain value; every stage may use this
//! module and this module uses none of them.

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
mod page;
pub mod settings;
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
pub use link::{canonical_key, canonical_url, is_specific, is_tracking_parameter, item_address, parted};
pub use page::{Extracted, Removed, RemovedWhy};
pub use site::{may_claim, same_site, site};
pub use source::{PollRule, Redirect, Source, SourceId, SourceState, Validators, name_of};
pub use source_kind::{FullText, SourceKind};
pub use story::{ArticleView, Change, DocumentView, Evidence, Placement, Role, Signal, StoryView};
pub use story_record::StoryRecord;
pub use story_view::story_view;
pub use wildcard::holds_pattern;
pub use word::{Level, ReaderWord, Word};
