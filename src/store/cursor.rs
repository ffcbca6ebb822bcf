//! Where each reader stands: a small file a reader, outside the database, so that `list` can move it
//! while a pass runs. Swapped in atomically; one that does not read counts as "nothing seen yet".

use super::error::StoreError;
use std::path::{Path, PathBuf};

fn path(folder: &Path, reader: &str) -> PathBuf {
    let name: String = reader
        .bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || byte == b'-' {
                char::from(byte).to_string()
            } else {
                format!("_{byte:02x}")
            }
        })
        .collect();
    folder.join("readers").join(format!("{name}.cursor"))
}

/// The sequence number that a reader has seen up to; 0 for a new reader.
pub fn cursor(folder: &Path, reader: &str) -> u64 {
    std::fs::read_to_string(path(folder, reader)).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0)
}

/// Moves a reader's cursor.
pub fn move_cursor(folder: &Path, reader: &str, sequence: u64) -> Result<(), StoreError> {
    let path = path(folder, reader);
    let fresh = path.with_extension(format!("new{}", std::process::id()));
    let written = std::fs::create_dir_all(folder.join("readers"))
        .and_then(|()| std::fs::write(&fresh, format!("{sequence}\n")))
        .and_then(|()| std::fs::rename(&fresh, &path));
    written.map_err(|error| StoreError::Disk { path, why: error.to_string() })
}
