//! Refuses what is no text, and cuts what is too large or nested too deep, before anything is parsed.
//!
//! Promises that what it passes on costs the parser time in proportion to its length. The depth
//! is limited on the text of the page, because the parser itself is slow on deep nesting: with
//! 100,000 open elements each further one asks all of them.

use super::ExtractError;
use std::borrow::Cow;
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

/// The page cut to `max_bytes` and to `max_depth` nested elements.
pub(super) fn limit(html: &str, max_bytes: usize, max_depth: usize) -> Cow<'_, str> {
    let mut end = html.len().min(max_bytes);
    while !html.is_char_boundary(end) {
        end -= 1;
    }
    limit_depth(&html[..end], max_depth)
}

/// Elements that have no end tag.
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr", "p",
    "li", "td", "tr", "th", "dt", "dd", "option",
];

/// Leaves out the start tags that nest deeper than `max_depth`, keeping their text.
fn limit_depth(html: &str, max_depth: usize) -> Cow<'_, str> {
    let bytes = html.as_bytes();
    let mut depth = 0usize;
    let mut kept: Option<String> = None;
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = bytes[at..].iter().position(|&byte| byte == b'<') {
        let start = at + found;
        let Some(&next) = bytes.get(start + 1) else { break };
        let closing = next == b'/';
        let name_at = start + 1 + usize::from(closing);
        if !bytes.get(name_at).is_some_and(u8::is_ascii_alphabetic) {
            at = start + 1;
            continue;
        }
        let name_end =
            bytes[name_at..].iter().position(|byte| !byte.is_ascii_alphanumeric()).map_or(bytes.len(), |n| name_at + n);
        let name = html[name_at..name_end].to_ascii_lowercase();
        let end = bytes[name_end..].iter().position(|&byte| byte == b'>').map_or(bytes.len(), |n| name_end + n + 1);
        at = end;
        if VOID.contains(&name.as_str()) || bytes[..end].ends_with(b"/>") {
            continue;
        }
        if !closing && matches!(name.as_str(), "script" | "style" | "textarea" | "title") {
            // Their content is text to the parser: a `<div>` in a script nests nothing.
            let close = format!("</{name}");
            at = find_ignoring_case(bytes, end, close.as_bytes()).unwrap_or(bytes.len());
            depth += 1;
            continue;
        }
        if closing {
            if depth > max_depth {
                drop_tag(html, &mut kept, &mut copied, start, end);
            }
            depth = depth.saturating_sub(1);
        } else {
            depth += 1;
            if depth > max_depth {
                drop_tag(html, &mut kept, &mut copied, start, end);
            }
        }
    }
    match kept {
        None => Cow::Borrowed(html),
        Some(mut text) => {
            text.push_str(&html[copied..]);
            Cow::Owned(text)
        }
    }
}

fn drop_tag(html: &str, kept: &mut Option<String>, copied: &mut usize, start: usize, end: usize) {
    let text = kept.get_or_insert_with(|| String::with_capacity(html.len()));
    text.push_str(&html[*copied..start]);
    text.push(' ');
    *copied = end;
}

fn find_ignoring_case(bytes: &[u8], from: usize, what: &[u8]) -> Option<usize> {
    bytes[from..].windows(what.len()).position(|window| window.eq_ignore_ascii_case(what)).map(|found| from + found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deep_nesting_is_flattened_and_its_text_stays() {
        let html = format!("{}deep{}", "<div>".repeat(1000), "</div>".repeat(1000));
        let flat = limit(&html, 1 << 20, 50);
        assert_eq!(flat.matches("<div>").count(), 50);
        assert_eq!(flat.matches("</div>").count(), 50);
        assert!(flat.contains("deep"));
    }

    #[test]
    fn a_size_limit_never_splits_a_sign() {
        assert_eq!(limit("aé", 2, 9), "a");
    }

    #[test]
    fn other_kinds_are_named() {
        let error = admit("%PDF-1.7 …", None).expect_err("a PDF");
        assert_eq!(error.to_string(), "page: not an article: this is a PDF file");
        assert!(admit("  \n", None).is_err());
        assert!(admit("<p>Text", None).is_ok());
    }
}
