//! Builds the tree of a page within limits that no page can get around.
//!
//! html5ever looks through its open elements at nearly every tag, and through the formatting that waits to be opened
//! anew: both lists are kept short by what they really hold, whatever the tags say. Every step of such a search, and
//! every attribute that is copied, is counted by the tree itself; a page that takes more steps than any real one
//! many times over is given up. So the same page has the same fate on every machine.

use super::counted::{Counted, Node};
use super::lexer::{self, Taker};
use super::limits::{Fate, MOST_ELEMENTS, MOST_FORMATTING, Nesting, formats, holds_text};
use html5ever::interface::{Tracer, TreeSink};
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult};
use html5ever::tree_builder::{TreeBuilder, TreeBuilderOpts, create_element};
use html5ever::{LocalName, QualName, ns};
use scraper::Html;
use std::cell::{Cell, RefCell};

/// Steps that a page may take. A real one takes some fifty a tag; the largest page that is read, .3 million tags.
const MOST_STEPS: u64 = 100_000_000;
/// Faults of writing that a page may hold: each costs a message.
const MOST_FAULTS: usize = 2_000_000;
/// Attributes of one formatting element, which is copied into every block.
const MOST_FORMATTED: usize = 64;
/// Comments that are kept; they only part texts.
const MOST_COMMENTS: usize = 50_000;
/// Elements that hold formatting off, such as `<object>`: the parser looks through all that were opened.
const MOST_BARRIERS: usize = 4_000;
/// Open elements, and formatting that waits, for each level of nesting that is kept, and beside that. Lists and
/// tables open up to four elements for one that counts as a level.
const OPEN_PER_LEVEL: usize = 2;
const OPEN_BESIDE: usize = 64;

/// A page that would cost more than any real one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooCostly;

/// Counts what the parser holds: open elements and formatting that waits, and those of them that format.
struct Look<'a> {
    tree: &'a Counted,
    all: Cell<usize>,
    formatting: Cell<usize>,
}

impl Tracer for Look<'_> {
    type Handle = Node;

    fn trace_handle(&self, node: &Node) {
        // The document comes first and is no element.
        if self.all.get() > 0 && formats(&self.tree.elem_name(node).local) {
            self.formatting.set(self.formatting.get() + 1);
        }
        self.all.set(self.all.get() + 1);
    }
}

/// Hands tokens on to html5ever's tree builder as long as they cost little.
struct Rationed {
    builder: TreeBuilder<Node, Counted>,
    max_depth: usize,
    nesting: RefCell<Nesting>,
    /// Text that was not handed on yet: in one piece it costs one step.
    text: RefCell<StrTendril>,
    /// What the parser held at the last look, and how many elements had been made by then.
    held: Cell<usize>,
    formatting: Cell<usize>,
    looked_at: Cell<usize>,
    comments: Cell<usize>,
    barriers: Cell<usize>,
    faults: Cell<usize>,
    cut: Cell<bool>,
    costly: Cell<bool>,
}

impl Rationed {
    fn new(builder: TreeBuilder<Node, Counted>, max_depth: usize) -> Self {
        Self {
            builder,
            max_depth,
            nesting: RefCell::default(),
            text: RefCell::default(),
            held: Cell::new(0),
            formatting: Cell::new(0),
            looked_at: Cell::new(0),
            comments: Cell::new(0),
            barriers: Cell::new(0),
            faults: Cell::new(0),
            cut: Cell::new(false),
            costly: Cell::new(false),
        }
    }

    /// At most as many things as the parser holds now, by a number known for an earlier moment: each element that
    /// was made since may be open, and may wait.
    fn bound(&self, known: usize) -> usize {
        known + 2 * (self.builder.sink.elements.get() - self.looked_at.get())
    }

    fn look(&self) {
        let look = Look { tree: &self.builder.sink, all: Cell::new(0), formatting: Cell::new(0) };
        self.builder.trace_handles(&look);
        self.held.set(look.all.get());
        self.formatting.set(look.formatting.get());
        self.looked_at.set(self.builder.sink.elements.get());
    }

    /// Whether the parser holds more than `most` of what `known` counts, looking only where it may.
    fn holds(&self, known: &Cell<usize>, most: usize) -> bool {
        if self.bound(known.get()) <= most {
            return false;
        }
        self.look();
        known.get() > most
    }

    fn fate(&self, tag: &Tag) -> Fate {
        let fate = self.nesting.borrow_mut().meet(tag, self.max_depth);
        // An end tag may make elements, too.
        if self.builder.sink.elements.get() > MOST_ELEMENTS + MOST_ELEMENTS / 8 {
            return Fate::Cut;
        }
        if fate != Fate::Stays || tag.kind == TagKind::EndTag {
            return fate;
        }
        let name = &*tag.name;
        if formats(name) {
            // Each formatting element is compared with those that wait, attribute by attribute.
            self.builder.sink.step(2 * MOST_FORMATTING * tag.attrs.len());
            if tag.attrs.len() > MOST_FORMATTED || self.holds(&self.formatting, 2 * MOST_FORMATTING) {
                return Fate::Goes;
            }
        }
        if matches!(name, "applet" | "object" | "marquee" | "caption" | "template") {
            self.barriers.set(self.barriers.get() + 1);
            if self.barriers.get() > MOST_BARRIERS {
                return Fate::Goes;
            }
        }
        let foreign = || self.builder.adjusted_current_node_present_but_not_in_html_namespace();
        if self.holds(&self.held, OPEN_PER_LEVEL * self.max_depth + OPEN_BESIDE) && (!holds_text(name) || foreign()) {
            return Fate::Goes;
        }
        Fate::Stays
    }

    fn hand_on_text(&self, line: u64) {
        let text = self.text.take();
        if !text.is_empty() {
            let _ = self.builder.process_token(Token::CharacterTokens(text), line);
        }
    }

    fn add_text(&self, more: StrTendril) {
        let mut text = self.text.borrow_mut();
        if text.is_empty() {
            *text = more;
        } else {
            text.push_tendril(&more);
        }
    }
}

impl TokenSink for Rationed {
    type Handle = Node;

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<Node> {
        if self.full() && token != Token::EOFToken {
            return TokenSinkResult::Continue;
        }
        match &token {
            Token::ParseError(_) => {
                self.faults.set(self.faults.get() + 1);
                self.costly.set(self.costly.get() || self.faults.get() > MOST_FAULTS);
                if !self.text.borrow().is_empty() {
                    return TokenSinkResult::Continue;
                }
            }
            Token::TagToken(tag) => match self.fate(tag) {
                Fate::Stays => {}
                Fate::Goes => {
                    self.add_text(StrTendril::from_char(' '));
                    return TokenSinkResult::Continue;
                }
                Fate::Cut => {
                    self.cut.set(true);
                    return TokenSinkResult::Continue;
                }
            },
            Token::CommentToken(_) => {
                self.comments.set(self.comments.get() + 1);
                if self.comments.get() > MOST_COMMENTS {
                    return TokenSinkResult::Continue;
                }
            }
            Token::CharacterTokens(_) => {
                let Token::CharacterTokens(text) = token else { unreachable!("matched above") };
                self.add_text(text);
                return TokenSinkResult::Continue;
            }
            _ => {}
        }
        self.hand_on_text(line);
        let result = self.builder.process_token(token, line);
        self.costly.set(self.costly.get() || self.builder.sink.steps.get() > MOST_STEPS);
        result
    }

    fn end(&self) {
        self.builder.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.builder.adjusted_current_node_present_but_not_in_html_namespace()
    }
}

impl Taker for Rationed {
    fn full(&self) -> bool {
        self.cut.get() || self.costly.get()
    }
}

fn finished(html: &str, rationed: Rationed) -> Result<Html, TooCostly> {
    let rationed = lexer::feed(html, rationed);
    if rationed.costly.get() { Err(TooCostly) } else { Ok(rationed.builder.sink.finish()) }
}

/// The tree of a page, nested at most `max_depth` elements deep; the text of what goes stays.
///
/// # Errors
/// [`TooCostly`], where the page would take the parser more steps than any real page.
pub fn parse_document(html: &str, max_depth: usize) -> Result<Html, TooCostly> {
    let builder = TreeBuilder::new(Counted::new(Html::new_document()), TreeBuilderOpts::default());
    finished(html, Rationed::new(builder, max_depth))
}

/// The tree of what may stand in a page's body; limits as in [`parse_document`].
///
/// # Errors
/// [`TooCostly`], as in [`parse_document`].
pub fn parse_fragment(html: &str, max_depth: usize) -> Result<Html, TooCostly> {
    let tree = Counted::new(Html::new_fragment());
    let body = create_element(&tree, QualName::new(None, ns!(html), LocalName::from("body")), Vec::new());
    let builder = TreeBuilder::new_for_fragment(tree, body, None, TreeBuilderOpts::default());
    finished(html, Rationed::new(builder, max_depth))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(html: &str, max_depth: usize, name: &str) -> usize {
        let tree = parse_document(html, max_depth).expect("it costs little");
        tree.tree.nodes().filter(|node| node.value().as_element().is_some_and(|found| found.name() == name)).count()
    }

    fn text(html: &str) -> String {
        parse_document(html, 50).expect("it costs little").root_element().text().collect()
    }

    #[test]
    fn deep_nesting_is_flattened_and_its_text_stays() {
        let html = format!("{}deep{}", "<div>".repeat(1000), "</div>".repeat(1000));
        assert_eq!(count(&html, 50, "div"), 50);
        assert!(text(&html).contains("deep"));
        // End tags that end nothing do not let more in than the parser can bear.
        let fooled = format!("{}deep", "<div></x></x>".repeat(10_000));
        assert_eq!(count(&fooled, 50, "div"), OPEN_PER_LEVEL * 50 + OPEN_BESIDE - 3);
        assert!(text(&fooled).contains("deep"));
    }

    #[test]
    fn what_would_multiply_is_left_out_and_its_text_stays() {
        let many = format!("<p {}>text</p>", "a=1 ".repeat(600));
        assert_eq!((count(&many, 50, "p"), text(&many).trim()), (1, "text"), "the end tag makes one");
        assert_eq!(text("<p a=\">\" b='<i>' c>text</p>"), "text");
        let fonts: String = (0..100).map(|n| format!("<font color={n}>")).collect();
        assert_eq!(count(&format!("{fonts}text"), 500, "font"), MOST_FORMATTING);
        let endless = "<br>x".repeat(MOST_ELEMENTS + 9);
        assert_eq!(count(&endless, 50, "br"), MOST_ELEMENTS);
        let bomb: String = (0..15).map(|n| format!("<font {} c={n}>", "a b c d ".repeat(40))).collect();
        let bomb = format!("{bomb}{}", "<p>x".repeat(300_000));
        assert!(count(&bomb, 50, "font") <= MOST_ELEMENTS + MOST_ELEMENTS / 4);
    }

    #[test]
    fn the_tree_is_the_parser_s_own_where_nothing_is_limited() {
        for html in [
            "<!DOCTYPE html><html lang=de><head><title>a &amp; b</title><meta charset=utf-8></head><body class=x>text",
            "<pre>\n\nx</pre><textarea>\n<b>&lt</textarea><script>if (a < b) { '</b>' }</script>after",
            "<script><!--<script></script>--></script><p>x<!-- a --> y<!--->z<!-->w--!>v<!-->u",
            "<style>p > a { }</style><title>&lt</title\n a='>'>x<iframe><p></iframe><noscript><p>x</noscript>",
            "<svg><title>a<p>b</title><style>x<b>y</style><![CDATA[ a > b ]]><desc>c</svg><![CDATA[d]]>e",
            "<table>a<tr>b<td>c<b>d</table>e<p>f</b>g<a href=1>h<a href=2>i</a><i>j<p>k</i>l",
            "<p a=1 b='2' c=\"3\" d e = f/g / h>x</p ><br/></br></p><ul><li>a<li>b</ul>&notit; &#x41; &#0; &",
            "a < b <3 <= <!doctype x> <?php x ?> </ p> </> <! x> <p",
            "<select><option>a<option>b<p>c</select><math><mi>x</mi><annotation-xml><p>y</math><template><td>z</template>",
            "<frameset><frame></frameset>x",
            "<plaintext>a<b></plaintext>",
            "<!-- never <p> ended",
            "<a href='never ended>x</a>",
            "\u{feff}<p>\r\nx\ry\0z</p>",
        ] {
            let ours = parse_document(html, 256).expect("it costs little");
            let theirs = Html::parse_document(&html.replace("<!-- a -->", "<!---->").replace("never <p> ended", ""));
            assert_eq!(without_comments(&ours), without_comments(&theirs), "{html}");
            let ours = parse_fragment(html, 256).expect("it costs little");
            assert_eq!(without_comments(&ours), without_comments(&Html::parse_fragment(html)), "{html}");
        }
    }

    /// Every node but the words of comments, in page order with its parent's place.
    fn without_comments(html: &Html) -> Vec<String> {
        let shown = |node: &scraper::Node| if node.is_comment() { "<!>".to_owned() } else { format!("{node:?}") };
        let nodes = html.tree.root().descendants();
        nodes.map(|node| format!("{} {}", node.ancestors().count(), shown(node.value()))).collect()
    }
}
