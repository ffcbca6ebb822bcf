//! How much a store holds, on every engine.

use serde::{Deserialize, Serialize};

/// How much a store holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Stories.
    pub stories: u64,
    /// Documents.
    pub documents: u64,
    /// Bytes of documents and their features.
    pub bytes: u64,
    /// Items that wait for their page.
    pub waiting: u64,
}
