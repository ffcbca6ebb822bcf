//! Headlines as plain text: what is markup in one goes, what a publisher wrote about markup stays.
//!
//! A headline is text by most formats' rules, and half of the publishers put markup into it all the same. Escaping
//! settles nothing, since both write `&lt;`. So a tag is taken for markup only where it works as such:
//!
//! - its name is one of HTML that can stand in a headline (`b`, `a`, `span`, not `meta` or `T`), and
//! - it is closed (`<b>…</b>`), or needs no end (`<br>`, `<img src=…>`), or carries an attribute with a value
//!   (`<a href=…>` that was cut off), or is a `<p>` with which the headline begins.
//!
//! An end tag of such a name without a beginning is what a cut left over, and goes. Everything else is text: `Vec<T>`,
//! `<meta>`, `The <b> tag`, `<antirez>`. Where a format says that a headline is text ([`Said::Text`]), all tags stay.

use super::plain::{lines_of, squeeze};
use crate::into_nfc;
use std::borrow::Cow;
use std::collections::HashMap;

/// Bytes of a headline that are looked at; none is longer.
const LONGEST: usize = 16_384;

/// What a format says of a headline's signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// Plain text: a tag in it is a word.
    Text,
    /// Markup, or nothing: a tag is one where it works as one.
    Markup,
    /// Elements of XML, not escaped: what is closed is markup, whatever its name.
    Elements,
}

/// Elements that stand in headlines as markup.
const MARKUP: &str = "a abbr acronym article b bdi bdo big blockquote br center cite code dd del dfn div dl dt em \
                      figcaption figure font h1 h2 h3 h4 h5 h6 hr i iframe img ins kbd label li mark nobr noscript ol p \
                      pre q rp rt ruby s samp script section small span strike strong style sub sup table tbody td th \
                      time tr tt u ul var wbr";
/// Those of them that have no end.
const VOID: [&str; 3] = ["br", "hr", "wbr"];
/// Those whose end may be left out.
const OPEN: [&str; 2] = ["p", "li"];
/// Those whose inside is no text: without an end they would take the rest of the headline along.
const RAW: [&str; 4] = ["iframe", "noscript", "script", "style"];

/// A tag as it stands in a headline.
struct Tag {
    start: usize,
    end: usize,
    name: String,
    closes: bool,
    /// Whether it ends itself (`<x/>`).
    alone: bool,
    /// Whether it carries an attribute with a value.
    set: bool,
}

/// The tag that begins at a `<`, where one does.
fn tag_at(text: &str, start: usize) -> Option<Tag> {
    let rest = &text[start + 1..];
    let closes = rest.starts_with('/');
    let inside = &rest[usize::from(closes)..];
    let length = inside.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'-')).count();
    if !inside.starts_with(|sign: char| sign.is_ascii_alphabetic())
        || !inside[length..].starts_with(|sign: char| sign.is_whitespace() || matches!(sign, '>' | '/'))
    {
        return None;
    }
    let (mut quote, mut end) = (None, None);
    for (place, byte) in inside.bytes().enumerate().skip(length) {
        match (quote, byte) {
            (None, b'>') => {
                end = Some(place);
                break;
            }
            (None, b'<') => return None,
            (None, b'"' | b'\'') if inside[..place].trim_end().ends_with('=') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    let end = end?;
    let attributes = inside[length..end].trim();
    Some(Tag {
        start,
        end: start + 1 + usize::from(closes) + end + 1,
        name: inside[..length].to_ascii_lowercase(),
        closes,
        alone: attributes.ends_with('/'),
        set: attributes.find('=').is_some_and(|equals| equals > 0),
    })
}

/// The tags of a headline that are markup, as the places at which they begin.
fn markup(text: &str, said: Said) -> Vec<usize> {
    let mut tags: Vec<Tag> = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find('<').map(|place| at + place) {
        match tag_at(text, start) {
            Some(tag) => {
                at = tag.end;
                tags.push(tag);
            }
            None => at = start + 1,
        }
    }
    let mut works = vec![false; tags.len()];
    let mut open: HashMap<&str, Vec<usize>> = HashMap::new();
    for (place, tag) in tags.iter().enumerate() {
        // A prefix says whose the element is, not what.
        let name = tag.name.rsplit(':').next().unwrap_or("");
        let known = MARKUP.split_ascii_whitespace().any(|known| known == name);
        if !known && said != Said::Elements {
            continue;
        }
        if tag.closes {
            let start = open.get_mut(name).and_then(Vec::pop);
            start.iter().for_each(|start| works[*start] = true);
            works[place] = known || start.is_some();
            continue;
        }
        if !known {
            works[place] = tag.alone;
            open.entry(name).or_default().push(place);
            continue;
        }
        let first = text[..tag.start].trim().is_empty() && !text[tag.end..].starts_with(char::is_whitespace);
        works[place] = VOID.contains(&name) || tag.set && !RAW.contains(&name) || OPEN.contains(&name) && first;
        open.entry(name).or_default().push(place);
    }
    tags.iter().zip(works).filter(|(_, works)| *works).map(|(tag, _)| tag.start).collect()
}

/// A headline in which every `<` that is text is written as such; comments that end are markup.
fn escaped(text: &str, said: Said) -> Cow<'_, str> {
    if !text.contains('<') {
        return Cow::Borrowed(text);
    }
    let markup = if said == Said::Text { Vec::new() } else { markup(text, said) };
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = 0;
    let last = text.rfind("-->").filter(|_| said != Said::Text).unwrap_or(0);
    for (place, _) in text.match_indices('<') {
        let comment = text[place..].starts_with("<!--") && place + 4 <= last;
        if place < rest || markup.binary_search(&place).is_ok() || comment {
            continue;
        }
        out.push_str(&text[rest..place]);
        out.push_str("&lt;");
        rest = place + 1;
    }
    out.push_str(&text[rest..]);
    Cow::Owned(out)
}

/// A headline as one line of plain text: markup gone, entities resolved once more than the feed asked.
pub fn title_text(html: &str) -> String {
    title_as(html, Said::Markup)
}

/// [`title_text`] of a headline of which the format says what it is.
pub fn title_as(html: &str, said: Said) -> String {
    let end = (0..=LONGEST.min(html.len())).rev().find(|end| html.is_char_boundary(*end)).unwrap_or(0);
    let once = squeeze(&lines_of(&escaped(&html[..end], said)));
    // What was escaped once more is a sign, never a tag.
    let again =
        if once.contains('&') && once.contains(';') { squeeze(&lines_of(&escaped(&once, Said::Text))) } else { once };
    let clean = if again.contains(char::is_control) { again.replace(char::is_control, "") } else { again };
    into_nfc(clean)
}

/// An id as plain text: whatever looks like a tag goes, and letters stay as they are written.
pub fn id_text(html: &str) -> String {
    let text = |html: &str| squeeze(&lines_of(html));
    let end = (0..=LONGEST.min(html.len())).rev().find(|end| html.is_char_boundary(*end)).unwrap_or(0);
    let once = text(&html[..end]);
    let again = if once.contains('&') && once.contains(';') { text(&once) } else { once };
    if again.contains(char::is_control) { again.replace(char::is_control, "") } else { again }
}

/// A person's name: like a headline, and without the address of mail beside it (`A. Name <a@b.example>`, and as RSS
/// has it, `a@b.example (A. Name)`).
pub fn name_text(html: &str) -> String {
    let name = title_text(html);
    let between = |open: char, close: char| name.find(open).zip(name.rfind(close)).filter(|(start, end)| start < end);
    if let Some((start, end)) = between('<', '>')
        && name[start..end].contains('@')
    {
        return squeeze(&format!("{} {}", &name[..start], &name[end + 1..]));
    }
    match between('(', ')') {
        Some((start, end)) if name[..start].contains('@') && end + 1 == name.len() => {
            name[start + 1..end].trim().to_owned()
        }
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_that_work_go_and_words_in_brackets_stay() {
        for (given, title) in [
            ("<meta>", "<meta>"),
            ("Vec<T> and HashMap<K, V>", "Vec<T> and HashMap<K, V>"),
            ("<antirez>", "<antirez>"),
            ("&lt;antirez&gt;", "<antirez>"),
            ("Why &lt;b&gt; is bold", "Why <b> is bold"),
            ("The <b> tag", "The <b> tag"),
            ("The <title> element, and <script>", "The <title> element, and <script>"),
            ("Foo<B> and Bar<I>", "Foo<B> and Bar<I>"),
            ("<!DOCTYPE html> in 2026", "<!DOCTYPE html> in 2026"),
            ("<?php echo 1 ?>", "<?php echo 1 ?>"),
            ("a <- b, x <= y, <3, 5 < 6 > 4", "a <- b, x <= y, <3, 5 < 6 > 4"),
            ("if a<b and c>d", "if a<b and c>d"),
            ("<img> without alt", "<img> without alt"),
            ("</head> behind </body>", "</head> behind </body>"),
            ("Lines<br>and<br/>lines", "Lines and lines"),
            ("<p>A paragraph", "A paragraph"),
            ("<p> is an element", "<p> is an element"),
            ("<b>Bold</b> and <I>slanted</I> <a href=\"/x>y\">link</a>", "Bold and slanted link"),
            ("Cut off <a href='/x'>here", "Cut off here"),
            ("Cut before</span>", "Cut before"),
            ("<img src='a.png' alt=''> Picture", "Picture"),
            ("a<!-- comment -->b <!-- open", "ab <!-- open"),
            ("<script>x()</script>Safe<style>p {}</style>", "Safe"),
            ("AT&amp;amp;T &amp;lt;T&amp;gt; &amp;", "AT&T <T> &"),
            ("<b>Option&lt;T&gt;</b> &amp;amp; <meta>", "Option<T> & <meta>"),
            ("", ""),
        ] {
            assert_eq!(title_text(given), title, "{given}");
        }
        for (given, title) in [
            ("<b>Bold</b> & Vec<T>", "<b>Bold</b> & Vec<T>"),
            ("AT&amp;T <p>", "AT&T <p>"),
            ("History of the &lt;blink&gt; tag", "History of the <blink> tag"),
        ] {
            assert_eq!(title_as(given, Said::Text), title, "{given}");
        }
        let elements = "<x:div xmlns:x='y'>A <own>b</own><own/> Vec<T> &lt;meta></x:div>";
        assert_eq!(title_as(elements, Said::Elements), "A b Vec<T> <meta>");
    }

    #[test]
    fn names_lose_addresses_and_keep_brackets() {
        assert_eq!(name_text("Bo Ek &lt;bo@ek.example&gt;"), "Bo Ek");
        assert_eq!(name_text("Bo <bo@ek.example> Ek"), "Bo Ek");
        assert_eq!(name_text("bo@ek.example (Bo Ek)"), "Bo Ek");
        assert_eq!(name_text("Bo Ek (Reuters)"), "Bo Ek (Reuters)");
        assert_eq!(name_text("bo@ek.example"), "bo@ek.example");
        assert_eq!(name_text("&lt;antirez&gt;"), "<antirez>");
        assert_eq!(name_text("<a href='/bo'>Vie\u{302}\u{323}t</a>"), "Vi\u{1ec7}t");
    }

    #[test]
    fn a_headline_of_brackets_alone_costs_little() {
        for hostile in ["<b>", "<b", "<a href='", "<!--", "</b>", "<b><i></b></i>"] {
            let start = std::time::Instant::now();
            title_text(&hostile.repeat(100_000));
            assert!(start.elapsed().as_secs() < 2, "{hostile}");
        }
    }
}
