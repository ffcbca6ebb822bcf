//! HTML of feeds to plain text, and relative addresses to absolute ones.

use super::depth::limit_depth;
use scraper::node::Node;
use scraper::{ElementRef, Html};
use url::Url;

/// Deepest nesting of a feed's HTML.
const DEPTH: usize = 128;

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

fn collect(element: ElementRef<'_>, out: &mut String) {
    for child in element.children() {
        match child.value() {
            Node::Text(text) => out.push_str(text),
            Node::Element(node) => {
                let name = node.name();
                if matches!(name, "script" | "style" | "noscript" | "template" | "iframe") {
                    continue;
                }
                let block = BLOCKS.contains(&name);
                if block {
                    out.push('\u{1}');
                }
                if let Some(inner) = ElementRef::wrap(child) {
                    collect(inner, out);
                }
                if block {
                    out.push('\u{1}');
                }
            }
            _ => {}
        }
    }
}

fn squeeze(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text of an HTML fragment: one block a line, entities resolved, scripts left out.
pub fn plain_text(html: &str) -> String {
    if !html.contains(['<', '&']) {
        return html.lines().map(squeeze).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
    }
    let fragment = Html::parse_fragment(&limit_depth(html, DEPTH));
    let mut marked = String::with_capacity(html.len());
    collect(fragment.root_element(), &mut marked);
    marked.split('\u{1}').map(squeeze).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// A headline as one line of plain text: markup gone, entities resolved once more than the feed asked.
pub fn title_text(html: &str) -> String {
    let once = squeeze(&plain_text(html));
    let again = if once.contains('&') && once.contains(';') { squeeze(&plain_text(&once)) } else { once };
    again.chars().filter(|sign| !sign.is_control()).collect()
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
