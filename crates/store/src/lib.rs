//! Keeps sources, documents, placements and stories, in files (sled and what lies beside it) or on a PostgreSQL server.
//!
//! A [`StoreLocation`] says where a store is and opens it: [`Store`] for the writer, a [`Reader`] for everything that
//! looks. A [`Commit`] goes in whole or not at all, and is durable once the call has returned. Readers take no lock and
//! never wait: each sees one state of the store for as long as it lives. What a reader of the news has seen already is
//! a [`Cursor`], and [`unseen`] chooses by it.
//!
//! What is promised stands in `contract`, what is stored in `records` (a type a kind, with a version), the engines in
//! `files` and, behind the feature `postgres`, `postgres`. This crate decides nothing about stories: which document
//! belongs where comes in as placements, and when a story has grown is a rule of `samestory-model`.
//!
//! ```
//! use samestory_model::Source;
//! use samestory_store::StoreLocation;
//!
//! let folder = tempfile::tempdir()?;
//! let place = StoreLocation::from(folder.path());
//! let mut mill = Source::feed("mill", "https://mill.example/feed.xml".parse()?);
//! mill.title = Some("The Mill".to_owned());
//!
//! let store = place.open()?;
//! store.put_sources(&[mill])?;
//!
//! // Beside the writer, which may be another process.
//! let reader = place.reader()?;
//! let titles: Vec<_> = reader.sources().filter_map(|(source, _)| source.title.as_deref()).collect();
//! assert_eq!(titles, ["The Mill"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod choice;
mod contract;
mod contradictions;
mod cursor;
mod cursors;
mod error;
mod files;
#[cfg(any(fuzzing, test))]
pub mod fuzzing;
mod holdings;
mod keys;
mod lines;
mod location;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(not(feature = "postgres"))]
#[path = "without_postgres.rs"]
mod postgres;
pub mod private;
mod read_model;
mod reader;
mod records;
mod regroup;
mod server_address;
mod story_head;
mod tombstone;
mod upkeep;
mod workers;

pub use choice::{Choice, Left, since_then, unseen};
pub use contract::{
    Commit, HostRecord, ItemRecord, Learned, PageRecord, Purged, ReadStore, Retention, Store, Waiting, waiting_key,
};
pub use cursor::{Backlog, Cursor};
pub use cursors::{cursor, cursor_moved, move_cursor};
pub use error::StoreError;
pub use files::layout::{replace, size};
pub use files::repair::{Repaired, repair};
pub use files::restore::restore;
pub use files::sled_store::SledStore;
pub use holdings::Totals;
pub use lines::remove_unfinished;
pub use location::{Alone, StoreLocation, TempStore, Watch};
#[cfg(feature = "postgres")]
pub use postgres::PostgresStore;
pub use read_model::{DocumentFrame, Listed, Standing};
pub use reader::Reader;
pub use server_address::Address;
pub use story_head::StoryHead;
pub use workers::{HostPermit, PlacementsSince, Work, Workers};
