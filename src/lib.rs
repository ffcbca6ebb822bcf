//! samestory follows news sources in any language and shows each story once: every report of it, every translation and
//! copy of every report, and the reason they were put together.
//!
//! This crate is the program: it asks publishers, keeps what came in a store, and prints, publishes and serves stories.
//! What needs no network and no store stands in libraries of its own: [`samestory_model`] (the values),
//! [`samestory_extract`] (pages and feeds), [`samestory_understand`] (features of texts), [`samestory_cluster`] (what
//! belongs together) and [`samestory_store`] (files or a PostgreSQL server). How data flows through them
//! (`docs/ARCHITECTURE.md` has the rest):
//!
//! ```text
//! Source ─ fetch ─▶ bytes ─ parse ─▶ ParsedFeed ─▶ Item ┐
//!                   page  ─ extract ─▶ Extracted ───────┴▶ Document
//! Document ─ understand ─▶ Features ─ cluster ─▶ Placement ─ store ─▶ StoryView ─ show ─▶ text
//! ```
//!
//! # Where to start
//!
//! - [`pipeline::Ingest`] is the way of every document, wherever it comes from: understood, placed, stored. The example
//!   below uses it.
//! - [`pipeline::pass`] is one pass over publishers, [`pipeline::files`] an import from disk; both end in an `Ingest`.
//! - [`cli`] has one file a command, each a few calls to the above.
//! - The folder `examples/` uses the libraries without the program.
//!
//! The features `model` (the language model, 20 MB compiled in), `postgres` (a store on a server) and `serve` (the
//! command `serve`) are on by default.
//!
//! # Example
//!
//! Two reports of one event, in two languages, come out of the store as one story:
//!
#![cfg_attr(feature = "model", doc = "```")]
#![cfg_attr(not(feature = "model"), doc = "```ignore")]
//! use jiff::Timestamp;
//! use samestory::config::Settings;
//! use samestory::pipeline::{Ingest, Silent};
//! use samestory_model::Document;
//! use samestory_store::{Commit, StoreLocation};
//! use samestory_understand::Understanding;
//! use url::Url;
//!
//! let now: Timestamp = "2026-03-03T20:00:00Z".parse()?;
//! let german = Document::at(
//!     Url::parse("https://blatt.example/bruecke")?,
//!     "Brücke über die Ems nach drei Jahren wieder offen",
//!     "Die alte Brücke über die Ems wurde am Dienstag nach drei Jahren Bauzeit wieder eröffnet.",
//!     now,
//! );
//! let english = Document::at(
//!     Url::parse("https://leaf.example/bridge")?,
//!     "Bridge over the Ems open again after three years",
//!     "The old bridge over the Ems was reopened on Tuesday after three years of construction.",
//!     now,
//! );
//!
//! let (folder, settings) = (tempfile::tempdir()?, Settings::default());
//! let place = StoreLocation::from(folder.path());
//! let store = place.open()?;
//! let understanding = Understanding::shipped(&settings.understand)?;
//! let mut ingest = Ingest::new(&*store, &understanding, &settings, now)?;
//! ingest.add(vec![german, english], Commit::default(), now, &Silent)?;
//! assert_eq!(ingest.counts().documents, 2);
//!
//! let stories = place.reader()?.stories()?;
//! assert_eq!(stories.len(), 1);
//! assert_eq!(stories[0].view.languages.len(), 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod cli;
pub mod config;
pub mod demo;
pub mod evaluate;
pub mod fetch;
pub mod notify;
pub mod pipeline;
pub mod publish;
pub mod schedule;
#[cfg(feature = "serve")]
pub mod serve;
pub mod show;
