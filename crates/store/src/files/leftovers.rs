//! Generations that `current` does not name: whether one holds something, and removing those that hold nothing.

use super::last_shown::salvaged;
use super::{document_log, layout};
use std::path::{Path, PathBuf};

/// Whether a generation holds what nothing else does, as far as can be seen from outside: it was finished, and
/// something was stored in it.
fn holds_something(generation: &Path) -> bool {
    let long = |path: PathBuf| std::fs::metadata(path).is_ok_and(|meta| meta.len() > 0);
    let stored = long(document_log::path(generation)) || salvaged(generation).is_some_and(|last| last.0 > 0);
    stored && !layout::is_unfinished(generation)
}

/// The latest generation that holds something, where `current` names none.
pub(crate) fn orphan(folder: &Path) -> Option<u64> {
    layout::generations(folder).into_iter().filter(|number| holds_something(&layout::generation(folder, *number))).max()
}

/// Removes what a crash or a finished rewrite left: every generation but the one that `current` names. Where it names
/// none (0), what may be the store is left alone. Only a writer may.
pub(crate) fn remove_others(folder: &Path, keep: u64) {
    for number in layout::generations(folder).into_iter().filter(|number| *number != keep) {
        let path = layout::generation(folder, number);
        if keep != 0 || !holds_something(&path) {
            let _ = std::fs::remove_dir_all(path);
        }
    }
}
