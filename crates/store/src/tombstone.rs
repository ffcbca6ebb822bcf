//! The marks of what was purged: a hash of eight bytes each, so that what a feed still lists is not new again.

use samestory_model::{DocumentId, SourceId};

/// What stands for a purged item.
pub(crate) fn item_grave(source: &SourceId, item: &str) -> [u8; 8] {
    DocumentId::of(&["purged item", &source.0, item]).key()
}

/// What stands for a purged address.
pub(crate) fn address_grave(key: &str) -> [u8; 8] {
    DocumentId::of(&["purged address", key]).key()
}
