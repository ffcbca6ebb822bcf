//! HTML of feeds to plain text, and relative addresses to absolute ones.
//!
//! Text is taken out by a tokenizer of its own, because a feed holds thousands of short fragments and a tree of
//! each costs more than everything else: it goes through the HTML once, whatever it nests.

use super::entities;
use url::Url;

/// Bytes of a headline that are looked at; none is longer.
const HEADLINE: usize = 16_384;
/// Rare entity names that are looked up in one text.
const RARE: usize = 32;

const BLOCKS: [&str; 24] = [
    "p",
    "div",
    "br",
    "li",
    "ul",
    "ol",
    "tr",
    "table",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "section",
    "article",
    "figure",
    "figcaption",
    "pre",
    "hr",
    "dt",
    "dd",
    "header",
];

/// Elements whose inside is no text.
const SILENT: [&str; 5] = ["script", "style", "noscript", "template", "iframe"];

/// Text as it grows: blanks run together, a block begins a line.
struct Lines {
    text: String,
    blank: bool,
    line: bool,
}

impl Lines {
    fn push(&mut self, text: &str) {
        for sign in text.chars() {
            if sign.is_whitespace() {
                self.blank = true;
                continue;
            }
            if (self.line || self.blank) && !self.text.is_empty() {
                self.text.push(if self.line { '\n' } else { ' ' });
            }
            (self.line, self.blank) = (false, false);
            self.text.push(sign);
        }
    }
}

/// Where a tag ends, quotes of its attributes respected; `None` where it never does.
fn tag_end(html: &str) -> Option<usize> {
    let mut quote = None;
    let mut before = b' ';
    for (place, byte) in html.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(place + 1),
            (None, b'"' | b'\'') if before == b'=' => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            before = byte;
        }
    }
    // A quote that is never closed hides nothing.
    html.find('>').map(|place| place + 1)
}

/// Where an element that holds no text ends: behind its closing tag.
fn silent_end(html: &str, name: &str) -> usize {
    let mut from = 0;
    while let Some(place) = html[from..].find("</") {
        let start = from + place + 2;
        from = start;
        let rest = &html.as_bytes()[start..];
        let named = rest.len() >= name.len() && rest[..name.len()].eq_ignore_ascii_case(name.as_bytes());
        if named && rest.get(name.len()).is_none_or(|byte| !byte.is_ascii_alphanumeric()) {
            return html[start..].find('>').map_or(html.len(), |end| start + end + 1);
        }
    }
    html.len()
}

/// What stands at a less-than sign: its length, and whether a line ends there; `None` where it is no markup.
fn markup(html: &str) -> Option<(usize, bool)> {
    let whole = html.len();
    let body = &html[1..];
    if let Some(comment) = body.strip_prefix("!--") {
        return Some((comment.find("-->").map_or(whole, |end| end + 7), false));
    }
    if body.starts_with(['!', '?']) {
        return Some((body.find('>').map_or(whole, |end| end + 2), false));
    }
    let closes = body.starts_with('/');
    let start = 1 + usize::from(closes);
    let length = html[start..].bytes().take_while(u8::is_ascii_alphanumeric).count();
    if !html[start..].starts_with(|sign: char| sign.is_ascii_alphabetic()) {
        return None;
    }
    let name = html[start..start + length].to_ascii_lowercase();
    let end = tag_end(html).unwrap_or(whole);
    let block = BLOCKS.contains(&name.as_str());
    if !closes && SILENT.contains(&name.as_str()) && !html[..end].ends_with("/>") {
        return Some((end + silent_end(&html[end..], &name), false));
    }
    Some((end, block))
}

fn squeeze(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    for word in line.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// The text of an HTML fragment: one block a line, entities resolved, scripts left out.
pub fn plain_text(html: &str) -> String {
    if !html.contains(['<', '&']) {
        return html.lines().map(squeeze).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
    }
    let mut lines = Lines { text: String::with_capacity(html.len()), blank: false, line: false };
    let (mut rest, mut rare) = (html, RARE);
    while let Some(place) = rest.find(['<', '&']) {
        lines.push(&rest[..place]);
        rest = &rest[place..];
        let length = if rest.starts_with('&') {
            entities::reference(rest, &mut rare).map(|(text, length)| {
                lines.push(&text);
                length
            })
        } else {
            markup(rest).map(|(length, block)| {
                lines.line |= block;
                length
            })
        };
        if length.is_none() {
            lines.push(&rest[..1]);
        }
        rest = &rest[length.unwrap_or(1)..];
    }
    lines.push(rest);
    lines.text
}

/// A headline as one line of plain text: markup gone, entities resolved once more than the feed asked.
pub fn title_text(html: &str) -> String {
    let end = (0..=HEADLINE.min(html.len())).rev().find(|end| html.is_char_boundary(*end)).unwrap_or(0);
    let once = squeeze(&plain_text(&html[..end]));
    let again = if once.contains('&') && once.contains(';') { squeeze(&plain_text(&once)) } else { once };
    if again.contains(char::is_control) { again.replace(char::is_control, "") } else { again }
}

/// The fragment with `href` and `src` made absolute; addresses that do not resolve stay as they are.
pub fn rebase(html: &str, base: &Url) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(place) = rest.find(['=']) {
        let (before, after) = rest.split_at(place + 1);
        out.push_str(before);
        rest = after;
        let name = before
            .trim_end_matches('=')
            .trim_end()
            .rsplit(|sign: char| sign.is_whitespace() || matches!(sign, '"' | '\'' | '<'))
            .next()
            .unwrap_or("");
        if !name.eq_ignore_ascii_case("href") && !name.eq_ignore_ascii_case("src") {
            continue;
        }
        let Some(quote @ ('"' | '\'')) = rest.chars().next() else { continue };
        let Some(end) = rest[1..].find(quote) else { continue };
        let value = &rest[1..=end];
        out.push(quote);
        match base.join(value.trim()) {
            Ok(absolute) if !value.starts_with('#') && !value.is_empty() => out.push_str(absolute.as_str()),
            _ => out.push_str(value),
        }
        out.push(quote);
        rest = &rest[end + 2..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_become_lines_and_entities_signs() {
        assert_eq!(plain_text("<p>A &amp; B</p><script>x()</script><ul><li>one<li>two</ul>"), "A & B\none\ntwo");
        assert_eq!(title_text("AT&amp;amp;T <b>wächst</b>&nbsp; weiter"), "AT&T wächst weiter");
        assert_eq!(title_text("5 < 6"), "5 < 6");
        assert_eq!(plain_text("a<!-- <p> -->b<br/>c <a title=\"x > y\" href='#'>d</a>"), "ab\nc d");
        assert_eq!(plain_text("<style>p {}</style>a<noscript>no</noscript >b<script src=x>"), "ab");
        assert_eq!(plain_text("a < b & c &copy d<p"), "a < b & c © d");
    }

    #[test]
    fn addresses_become_absolute() {
        let base = Url::parse("https://a.example/x/y").expect("an address");
        assert_eq!(
            rebase("<a href=\"../b\">b</a><img src='c.png'>", &base),
            "<a href=\"https://a.example/b\">b</a><img src='https://a.example/x/c.png'>"
        );
    }
}
