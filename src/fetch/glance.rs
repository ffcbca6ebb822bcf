//! Looks at the beginning of a page: what it shows, what stands in its tags and scripts, and whether it has a place
//! for anything to read.
//!
//! A glance and no parser: it ends as soon as the page has more to read than was asked for, so that an ordinary page
//! costs as much as its head.

/// Bytes of a page that are looked at.
const LOOKED_AT: usize = 256 << 10;
/// Elements of a page in which nothing to read stands.
const FRAME: [&str; 14] = [
    "!doctype", "html", "head", "meta", "title", "link", "base", "script", "style", "noscript", "body", "iframe", "br",
    "center",
];
/// How pages begin.
const BEGINS: [&str; 10] =
    ["!doctype", "html", "head", "meta", "title", "script", "style", "body", "iframe", "noscript"];

/// What a page with little to read holds, in lower case.
#[derive(Debug, Default)]
pub(super) struct Glance {
    /// What it shows, its title and what it shows without scripts included.
    pub(super) shown: String,
    /// Its tags, scripts and comments.
    pub(super) code: String,
    /// Whether it consists of a frame, scripts and nothing that could be filled or read.
    pub(super) is_bare: bool,
}

impl Glance {
    /// At a page that shows at most so many characters and links; `None` at one that has more, and at what is no page.
    pub(super) fn at(body: &[u8], most_shown: usize, most_links: usize) -> Option<Self> {
        let body = &body[..body.len().min(LOOKED_AT)];
        let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body).trim_ascii_start();
        if body.first() != Some(&b'<') {
            return None;
        }
        let mut page = Self { is_bare: true, ..Self::default() };
        let (mut rest, mut links, mut shown, mut begun) = (body, 0, 0, false);
        while let Some(at) = rest.iter().position(|byte| *byte == b'<') {
            let (text, tag) = rest.split_at(at);
            shown += page.show(text);
            let (inside, name, after) = tag_of(tag);
            let name = String::from_utf8_lossy(name).to_ascii_lowercase();
            // An instruction and comments may stand before any root.
            if !begun && !inside.starts_with(b"?") && !inside.starts_with(b"!--") {
                if !BEGINS.contains(&name.as_str()) {
                    return None;
                }
                begun = true;
            }
            page.note(inside);
            links += usize::from(name == "a");
            page.is_bare &= name.is_empty() || FRAME.contains(&name.as_str());
            rest = after;
            if ["script", "style"].contains(&name.as_str()) {
                let end = end_of(rest, &name);
                page.note(&rest[..end]);
                rest = &rest[end..];
            }
            if shown > most_shown || links > most_links {
                return None;
            }
        }
        shown += page.show(rest);
        page.is_bare &= page.shown.chars().filter(|sign| !sign.is_whitespace()).count() < 200;
        (shown <= most_shown).then_some(page)
    }

    /// Whether one of its scripts sets a cookie and has the page loaded again.
    pub(super) fn comes_back(&self) -> bool {
        let back =
            ["location.reload", "location.href", "location.replace", "location.assign", "location=", "location ="];
        let sets = self.code.contains("document.cookie=") || self.code.contains("document.cookie =");
        sets && back.iter().any(|way| self.code.contains(way))
    }

    /// Adds a text; returns how many signs of it are seen.
    fn show(&mut self, text: &[u8]) -> usize {
        let text = String::from_utf8_lossy(text.trim_ascii());
        if text.is_empty() {
            return 0;
        }
        if !self.shown.is_empty() {
            self.shown.push(' ');
        }
        self.shown.push_str(&text.to_lowercase());
        text.chars().filter(|sign| !sign.is_whitespace()).count()
    }

    fn note(&mut self, code: &[u8]) {
        self.code.push_str(&String::from_utf8_lossy(code).to_ascii_lowercase());
        self.code.push('\n');
    }
}

/// What a tag or comment holds, its name where it opens an element, and what follows it.
fn tag_of(tag: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let inside = &tag[1..];
    if let Some(comment) = inside.strip_prefix(b"!--") {
        let end = comment.windows(3).position(|mark| mark == b"-->").map_or(comment.len(), |end| end + 3);
        return (&inside[..3 + end], b"", &comment[end..]);
    }
    // A `>` in quotes ends no tag.
    let mut quote = None;
    let end = inside.iter().position(|byte| {
        match (quote, byte) {
            (Some(open), byte) if open == *byte => quote = None,
            (None, b'"' | b'\'') => quote = Some(*byte),
            (None, b'>') => return true,
            _ => {}
        }
        false
    });
    // A quote that is never closed is none.
    let end = end.or_else(|| inside.iter().position(|byte| *byte == b'>')).unwrap_or(inside.len());
    let length = inside.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'!' && *byte != b'-');
    let name = &inside[..length.unwrap_or(inside.len()).min(end)];
    (&inside[..end], name, inside.get(end + 1..).unwrap_or_default())
}

/// Where the content of a script or style ends.
fn end_of(rest: &[u8], name: &str) -> usize {
    let closes = |at: &usize| {
        let tag = &rest[*at..];
        tag.len() >= name.len() + 2 && tag[1] == b'/' && tag[2..2 + name.len()].eq_ignore_ascii_case(name.as_bytes())
    };
    let starts = rest.iter().enumerate().filter(|(_, byte)| **byte == b'<').map(|(at, _)| at);
    starts.into_iter().find(closes).unwrap_or(rest.len())
}
