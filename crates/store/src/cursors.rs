//! Where each reader stands: a note a reader (`location`), outside of what a writer locks, so that `list` can move
//! it while a pass runs. Swapped in atomically; one that does not read counts as "nothing seen yet".

use super::cursor::Cursor;
use super::error::StoreError;
use super::location::StoreLocation;

/// Name of a reader's note.
fn name(reader: &str) -> String {
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
    format!("{name}.cursor")
}

/// What a reader has seen; nothing for a new reader, and for one whose note is damaged, which a warning says.
pub fn cursor(place: &StoreLocation, reader: &str) -> Result<Cursor, StoreError> {
    let Some(text) = place.note(&name(reader))? else { return Ok(Cursor::default()) };
    Ok(Cursor::read(&text).unwrap_or_else(|| {
        tracing::warn!("the cursor of reader `{reader}` is damaged: every story comes up once more");
        Cursor::default()
    }))
}

/// When a reader's cursor last moved, by the clock of the machine that keeps it.
pub fn cursor_moved(place: &StoreLocation, reader: &str) -> Option<jiff::Timestamp> {
    place.value_changed_at(&name(reader))
}

/// Moves a reader's cursor.
pub fn move_cursor(place: &StoreLocation, reader: &str, cursor: &Cursor) -> Result<(), StoreError> {
    place.put_value(&name(reader), &cursor.write())
}
