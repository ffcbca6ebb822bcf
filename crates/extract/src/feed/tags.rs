//! Finds a tag's end and its attributes, however they are quoted. Part of `repair`.

/// Most attributes of one tag that are kept.
const MOST_ATTRIBUTES: usize = 64;

/// Attributes of a tag's inside: name and raw value.
pub(super) fn attributes(inside: &str) -> Vec<(&str, &str)> {
    let mut found: Vec<(&str, &str)> = Vec::new();
    let mut rest = inside;
    while let Some(equals) = rest.find('=').filter(|_| found.len() < MOST_ATTRIBUTES) {
        let name = rest[..equals].trim().rsplit(char::is_whitespace).next().unwrap_or("");
        let after = rest[equals + 1..].trim_start();
        let (value, next) = match after.chars().next() {
            Some(quote @ ('"' | '\'')) => match after[1..].find(quote) {
                Some(end) => (&after[1..=end], &after[end + 2..]),
                None => (&after[1..], ""),
            },
            _ => {
                let end = after.find(char::is_whitespace).unwrap_or(after.len());
                (&after[..end], &after[end..])
            }
        };
        found.push((name, value));
        rest = next;
    }
    found
}

/// Where a tag ends, quotes respected; `None` for one that never does.
pub(super) fn tag_end(text: &str) -> Option<usize> {
    let mut quote = None;
    for (place, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(place + 1),
            (None, b'"' | b'\'') if text[..place].trim_end().ends_with('=') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            (None, b'<') if place > 0 => return None,
            _ => {}
        }
    }
    None
}
