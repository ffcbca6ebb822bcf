//! Limits on the text what would cost a parser more than its length says: nesting, attributes of one
//! tag, formatting that is opened anew in every block, and elements in all.
//!
//! The parser asks every open element at each further one, compares each attribute with those before
//! it, and opens unclosed formatting again in each paragraph: 8 MB of such HTML cost it minutes and
//! gigabytes. Text is kept wherever a tag goes.

use std::borrow::Cow;

/// Elements that have no end tag.
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr", "p",
    "li", "td", "tr", "th", "dt", "dd", "option",
];

/// Elements that are opened anew in every block until they are closed.
const FORMATTING: &[&str] =
    &["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"];
/// Open formatting elements that are kept; a page with more never closes them.
const MOST_FORMATTING: usize = 16;
/// Elements that a page may make, counting those that are opened anew; it is cut where it makes more.
/// The largest of the 511 labelled pages has 4,975 start tags.
const MOST_ELEMENTS: usize = 250_000;
/// Attributes of one element; a start tag with more goes, since each is compared with all before it.
const MOST_ATTRIBUTES: usize = 500;

/// Where a tag ends and how many attributes it has; `at` is after its name.
fn tag_end(bytes: &[u8], mut at: usize) -> (usize, usize) {
    let skip = |mut at: usize, what: fn(u8) -> bool| {
        while bytes.get(at).is_some_and(|&byte| what(byte)) {
            at += 1;
        }
        at
    };
    let mut attributes = 0;
    loop {
        at = skip(at, |byte| byte.is_ascii_whitespace() || byte == b'/');
        match bytes.get(at) {
            None => return (bytes.len(), attributes),
            Some(b'>') => return (at + 1, attributes),
            Some(_) => attributes += 1,
        }
        // The first sign of a name may be an equals sign.
        at = skip(at + 1, |byte| !byte.is_ascii_whitespace() && !matches!(byte, b'/' | b'>' | b'='));
        let equals = skip(at, |byte| byte.is_ascii_whitespace());
        if bytes.get(equals) != Some(&b'=') {
            continue;
        }
        at = skip(equals + 1, |byte| byte.is_ascii_whitespace());
        at = match bytes.get(at) {
            Some(b'"') => skip(at + 1, |byte| byte != b'"') + 1,
            Some(b'\'') => skip(at + 1, |byte| byte != b'\'') + 1,
            _ => skip(at, |byte| !byte.is_ascii_whitespace() && byte != b'>'),
        };
    }
}

/// Leaves out the start tags that nest deeper than `max_depth` or would cost more than they say, keeping
/// their text, and cuts the page where it makes too many elements.
pub fn limit_depth(html: &str, max_depth: usize) -> Cow<'_, str> {
    let bytes = html.as_bytes();
    let (mut depth, mut formatting, mut elements) = (0usize, 0usize, 0usize);
    let mut kept: Option<String> = None;
    let mut copied = 0;
    let mut at = 0;
    let mut cut = bytes.len();
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
        let (end, attributes) = tag_end(bytes, name_end);
        let end = end.min(bytes.len());
        at = end;
        let formats = FORMATTING.contains(&name.as_str());
        if closing && formats {
            formatting = formatting.saturating_sub(1);
        } else if !closing {
            elements += 1 + if formats { 0 } else { formatting };
            if elements > MOST_ELEMENTS {
                cut = start;
                break;
            }
            if attributes > MOST_ATTRIBUTES || formats && formatting >= MOST_FORMATTING {
                drop_tag(html, &mut kept, &mut copied, start, end);
                continue;
            }
            formatting += usize::from(formats);
        }
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
        None => Cow::Borrowed(&html[..cut]),
        Some(mut text) => {
            text.push_str(&html[copied..cut]);
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
        let flat = limit_depth(&html, 50);
        assert_eq!(flat.matches("<div>").count(), 50);
        assert_eq!(flat.matches("</div>").count(), 50);
        assert!(flat.contains("deep"));
    }

    #[test]
    fn what_would_multiply_is_left_out_and_its_text_stays() {
        let many = format!("<p {}>text</p>", "a=1 ".repeat(600));
        assert_eq!(limit_depth(&many, 50), " text</p>");
        let quoted = "<p a=\">\" b='<i>' c>text</p>";
        assert_eq!(limit_depth(quoted, 50), quoted);
        let fonts: String = (0..100).map(|n| format!("<font color={n}>")).collect();
        assert_eq!(limit_depth(&format!("{fonts}text"), 500).matches("<font").count(), MOST_FORMATTING);
        let endless = "<br>x".repeat(MOST_ELEMENTS + 9);
        assert_eq!(limit_depth(&endless, 50).matches("<br>").count(), MOST_ELEMENTS);
    }

    #[test]
    fn an_ordinary_page_stays_as_it_is() {
        assert_eq!(limit_depth("<p>a<br>b</p>", 5), "<p>a<br>b</p>");
        let open = "<p>a</p><a href=\"x";
        assert_eq!(limit_depth(open, 5), open);
    }
}
