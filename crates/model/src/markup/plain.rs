//! HTML of feeds to plain text, and relative addresses to absolute ones.
//!
//! Text is taken from html5ever's tokens, without its tree: a feed holds thousands of short fragments, and a
//! tree of each costs more than everything else.

use super::lexer::{self, Taker};
use crate::into_nfc;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{TagKind, Token, TokenSink, TokenSinkResult};
use std::borrow::Cow;
use std::cell::RefCell;
use url::Url;

/// Letters of an entity's name; HTML's longest has 31.
const LONGEST_ENTITY: usize = 40;
/// Longest address, in bytes, that others are joined to.
const LONGEST_BASE: usize = 8_192;

/// Bytes that absolute addresses may add to any fragment.
const ROOM: usize = 8 << 10;

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

/// Elements whose inside is no text: the tokenizer is told to end them at their own closing tag only.
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

/// Hears tokens one by one.
struct Ear<F>(RefCell<F>);

impl<F: FnMut(Token) -> TokenSinkResult<()>> TokenSink for Ear<F> {
    type Handle = ();

    fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
        (self.0.borrow_mut())(token)
    }
}

impl<F: FnMut(Token) -> TokenSinkResult<()>> Taker for Ear<F> {}

/// Goes through HTML token by token.
fn tokenize(html: &str, hear: impl FnMut(Token) -> TokenSinkResult<()>) {
    lexer::feed(html, Ear(RefCell::new(hear)));
}

/// What an entity's name stands for in HTML; `None` for a name that HTML does not know.
pub fn entity(name: &str) -> Option<String> {
    let mut text = String::new();
    tokenize(&format!("&{name};"), |token| {
        if let Token::CharacterTokens(signs) = token {
            text.push_str(&signs);
        }
        TokenSinkResult::Continue
    });
    (!text.is_empty() && !text.ends_with(';')).then_some(text)
}

pub(super) fn squeeze(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    for word in line.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// Text with its entities resolved as HTML has them, and everything else as it is: a bare ampersand is one, and so is
/// what stands before a name that HTML does not know or that no semicolon ends.
pub fn resolved(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find('&') else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len());
    out.push_str(&text[..first]);
    let mut rest = &text[first..];
    while let Some(place) = rest.find('&') {
        out.push_str(&rest[..place]);
        rest = &rest[place + 1..];
        let length = rest.bytes().take(LONGEST_ENTITY).take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'#');
        let length = length.count();
        let value = rest[length..].starts_with(';').then(|| entity(&rest[..length])).flatten();
        match value {
            Some(value) => {
                out.push_str(&value);
                rest = &rest[length + 1..];
            }
            None => out.push('&'),
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The text of an HTML fragment: one block a line, entities resolved, scripts left out.
pub fn plain_text(html: &str) -> String {
    into_nfc(lines_of(html))
}

/// [`plain_text`] as its letters are written.
pub(super) fn lines_of(html: &str) -> String {
    if !html.contains(['<', '&']) {
        return html.lines().map(squeeze).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
    }
    let mut lines = Lines { text: String::with_capacity(html.len()), blank: false, line: false };
    let mut silent = false;
    tokenize(html, |token| {
        match token {
            Token::CharacterTokens(text) if !silent => lines.push(&text),
            Token::TagToken(tag) => {
                lines.line |= BLOCKS.contains(&&*tag.name);
                if SILENT.contains(&&*tag.name) {
                    silent = tag.kind == TagKind::StartTag && !tag.self_closing;
                    if silent {
                        return TokenSinkResult::RawData(RawKind::Rawtext);
                    }
                }
            }
            _ => {}
        }
        TokenSinkResult::Continue
    });
    lines.text
}

/// The fragment with `href` and `src` made absolute; addresses that do not resolve stay as they are, and so do those
/// that follow once the fragment has grown to more than twice its length.
pub fn rebase(html: &str, base: &Url) -> String {
    // What is joined to a base carries it along.
    if base.as_str().len() > LONGEST_BASE {
        return html.to_owned();
    }
    let most = 2 * html.len() + ROOM;
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
        if out.len() > most || !name.eq_ignore_ascii_case("href") && !name.eq_ignore_ascii_case("src") {
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

/// Plain text as HTML that reads the same: a paragraph a line, every character itself.
pub fn as_html(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
    let lines = escaped.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.flat_map(|line| ["<p>", line, "</p>"]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_become_lines_and_entities_signs() {
        assert_eq!(plain_text("<p>A &amp; B</p><script>x()</script><ul><li>one<li>two</ul>"), "A & B\none\ntwo");
        assert_eq!(plain_text("a<!-- <p> -->b<br/>c <a title=\"x > y\" href='#'>d</a>"), "ab\nc d");
        assert_eq!(plain_text("<style>p {}</style>a<noscript>no</noscript >b<script src=x>"), "ab");
        assert_eq!(plain_text("a < b & c &copy d<p"), "a < b & c © d");
    }

    #[test]
    fn entities_are_those_of_html() {
        for (name, sign) in [("eacute", "é"), ("amp", "&"), ("check", "✓"), ("nbsp", "\u{a0}"), ("NotEqualTilde", "≂̸")]
        {
            assert_eq!(entity(name).as_deref(), Some(sign), "{name}");
        }
        for none in ["", "xnothing", "copyright", "a b"] {
            assert_eq!(entity(none), None, "{none}");
        }
    }

    #[test]
    fn only_what_is_an_entity_is_resolved() {
        for (given, text) in [
            ("?a=1&amp;b=2&c=3&copy=4&amp", "?a=1&b=2&c=3&copy=4&amp"),
            ("L&rsquo;&eacute;cho &#38; &#x26; &#150; &none; &", "L\u{2019}écho & & – &none; &"),
            ("&amp;lt;b&amp;gt; <i>", "&lt;b&gt; <i>"),
        ] {
            assert_eq!(resolved(given), text);
        }
    }

    #[test]
    fn addresses_become_absolute() {
        let base = Url::parse("https://a.example/x/y").expect("an address");
        assert_eq!(
            rebase("<a href=\"../b\">b</a><img src='c.png'>", &base),
            "<a href=\"https://a.example/b\">b</a><img src='https://a.example/x/c.png'>"
        );
        let long = base.join(&"y".repeat(5000)).expect("an address").join("?").expect("an address");
        let grown = rebase(&"<a href=''>x</a><a href='?a'>".repeat(9000), &long);
        assert!(grown.len() < 4 * 9000 * 29, "{}", grown.len());
    }
}
