//! Refuses what is no text, cuts what is too large, and names what would cost too much.

use super::ExtractError;
use super::Settings;
use samestory_model::markup::parse_document;
use scraper::Html;
use url::Url;

/// Beginnings of files that are often saved under a page's name.
const KINDS: &[(&str, &str)] = &[
    ("%PDF-", "a PDF file"),
    ("PK\u{3}\u{4}", "a ZIP archive or an office document"),
    ("GIF8", "a GIF picture"),
    ("{\\rtf", "an RTF document"),
    ("\u{1f}", "compressed data"),
    ("\u{7f}ELF", "a program"),
    ("%!PS", "a PostScript file"),
];

/// How an error names a page.
pub(super) fn subject(address: Option<&Url>) -> String {
    address.map_or_else(|| "page".to_owned(), ToString::to_string)
}

/// Checks that bytes, as they came, are no file of another kind: decoding takes away what tells a few.
///
/// # Errors
/// [`ExtractError::OtherKind`].
pub fn admit_bytes(bytes: &[u8], address: Option<&Url>) -> Result<(), ExtractError> {
    let known = KINDS.iter().find(|(magic, _)| bytes.starts_with(magic.as_bytes()));
    known.map_or(Ok(()), |(_, kind)| Err(ExtractError::OtherKind { subject: subject(address), kind }))
}

/// Checks that `text` can be an article at all.
///
/// # Errors
/// [`ExtractError::Empty`] and [`ExtractError::OtherKind`].
pub(super) fn admit(text: &str, address: Option<&Url>) -> Result<(), ExtractError> {
    let start = text.trim_start_matches(['\u{feff}', ' ', '\n', '\r', '\t']);
    if start.is_empty() {
        return Err(ExtractError::Empty { subject: subject(address) });
    }
    let kind = KINDS.iter().find(|(magic, _)| start.starts_with(magic)).map(|pair| pair.1).or_else(|| {
        // A JPEG or PNG that was decoded as text: its name stands within the first signs.
        let mut first = start.chars().take(16).collect::<String>();
        first.retain(|sign| sign.is_ascii_alphanumeric());
        if first.contains("JFIF") || first.contains("Exif") || first.starts_with("PNG") && start.contains("IHDR") {
            return Some("a picture");
        }
        let odd = start
            .chars()
            .take(4000)
            .filter(|&sign| sign == '\u{fffd}' || sign == '\0' || (sign.is_control() && !sign.is_whitespace()))
            .count();
        (odd * 10 > start.chars().take(4000).count()).then_some("binary data")
    });
    match kind {
        Some(kind) => Err(ExtractError::OtherKind { subject: subject(address), kind }),
        None => Ok(()),
    }
}

/// The first `max_bytes` of a text, whole signs.
pub(super) fn cut(text: &str, max_bytes: usize) -> &str {
    let mut end = text.len().min(max_bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The tree of a page, cut to `max_bytes` and to `max_depth` nested elements.
///
/// # Errors
/// [`ExtractError::TooCostly`].
pub(super) fn parse(html: &str, address: Option<&Url>, settings: &Settings) -> Result<Html, ExtractError> {
    parse_document(cut(html, settings.max_bytes), settings.max_depth)
        .map_err(|_| ExtractError::TooCostly { subject: subject(address) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_limit_never_splits_a_sign() {
        assert_eq!(cut("aé", 2), "a");
    }

    #[test]
    fn other_kinds_are_named() {
        let error = admit("%PDF-1.7 …", None).expect_err("a PDF");
        assert_eq!(error.to_string(), "page: not an article: this is a PDF file");
        assert!(admit("  \n", None).is_err());
        assert!(admit("<p>Text", None).is_ok());
    }
}
