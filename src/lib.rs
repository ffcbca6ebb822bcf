//! samestory follows news sources in any language and shows each story once: every report of it,
//! every translation and copy of every report, and the reason they were put together.
//!
//! The pipeline, drawn once (each module uses only what stands above it; see `docs/ARCHITECTURE.md`):
//!
//! ```text
//! Source ─ fetch ─▶ bytes ─ parse ─▶ ParsedFeed ─▶ Item ┐
//!                   page  ─ extract ─▶ Extracted ───────┴▶ Document
//! Document ─ understand ─▶ Features ─ cluster ─▶ Placement ─ store ─▶ StoryView ─ show ─▶ text
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
