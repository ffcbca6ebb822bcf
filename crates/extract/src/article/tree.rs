//! Lays a parsed page out as one list in page order, where every element is a range.
//!
//! Every later step is then a loop over a slice and a sum over a range is a subtraction; nothing
//! recurses, so deep pages cannot overflow a stack. Text stays borrowed from the parser's tree.

use scraper::{Html, Node as Parsed, node::Element};

/// What an element does to the text around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    /// Runs inside a line.
    Inline,
    /// A link.
    Link,
    /// Begins and ends a line.
    Block,
    /// A paragraph.
    Paragraph,
    /// h1 to h6 with its level.
    Heading(u8),
    /// A list item, a definition.
    Item,
    /// A table cell.
    Cell,
    /// A line break.
    Break,
    /// A quotation block.
    Quote,
    /// Never article text: scripts, styles, controls, embedded things.
    Chrome,
    /// `nav`, `menu`, `footer`.
    Navigation,
    /// A picture's frame.
    Figure,
    /// A picture's caption.
    Caption,
    /// `aside`.
    Aside,
    /// A page header or a section's.
    Header,
    /// `article`, `main`.
    Article,
    /// `html`, `body`.
    Root,
    /// `form`, which some publishers wrap around the whole page.
    Form,
}

fn tag(name: &str) -> Tag {
    match name {
        "a" => Tag::Link,
        "p" | "pre" => Tag::Paragraph,
        "br" | "hr" => Tag::Break,
        "li" | "dd" | "dt" => Tag::Item,
        "td" | "th" => Tag::Cell,
        "h1" => Tag::Heading(1),
        "h2" => Tag::Heading(2),
        "h3" => Tag::Heading(3),
        "h4" => Tag::Heading(4),
        "h5" | "h6" => Tag::Heading(5),
        "blockquote" => Tag::Quote,
        "script" | "style" | "noscript" | "template" | "iframe" | "object" | "embed" | "svg" | "canvas" | "audio"
        | "video" | "button" | "select" | "option" | "input" | "textarea" | "dialog" | "head" | "frameset"
        | "noframes" | "math" | "map" | "datalist" | "amp-ad" | "amp-sidebar" | "amp-consent" | "rt" | "rp" => {
            Tag::Chrome
        }
        "nav" | "menu" | "footer" => Tag::Navigation,
        "figure" | "picture" | "amp-img" => Tag::Figure,
        "figcaption" => Tag::Caption,
        "aside" => Tag::Aside,
        "header" => Tag::Header,
        "article" | "main" => Tag::Article,
        "html" | "body" => Tag::Root,
        "form" => Tag::Form,
        "div" | "section" | "ul" | "ol" | "dl" | "table" | "tbody" | "thead" | "tfoot" | "tr" | "address"
        | "fieldset" | "center" | "details" | "summary" | "hgroup" | "caption" | "legend" => Tag::Block,
        _ => Tag::Inline,
    }
}

/// Lets the readings beside East Asian signs be text where the page puts brackets around them for browsers
/// that cannot set them small; without brackets they would run into the sign that they explain.
fn print_readings(nodes: &mut [Node]) {
    let mut at = 0;
    while at < nodes.len() {
        let end = nodes[at].end;
        if nodes[at].name() != "ruby" {
            at += 1;
            continue;
        }
        if nodes[at..end].iter().any(|inside| inside.name() == "rp") {
            for inside in nodes[at..end].iter_mut().filter(|inside| matches!(inside.name(), "rt" | "rp")) {
                inside.tag = Tag::Inline;
            }
        }
        at = end;
    }
}

/// One node.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<'a> {
    /// What it does to text; a text node is [`Tag::Inline`].
    pub tag: Tag,
    /// The element, absent for text.
    pub element: Option<&'a Element>,
    /// The text, absent for an element.
    pub text: Option<&'a str>,
    /// Index of the parent; the first node is its own.
    pub parent: usize,
    /// Index after the last node inside.
    pub end: usize,
}

impl<'a> Node<'a> {
    /// An attribute's value.
    ///
    /// Compared as text: asking the parser's element by name enters the name into the table of interned names and takes
    /// it out again, at every node, where it is none that HTML knows (`data-testid`).
    pub fn attr(&self, name: &str) -> Option<&'a str> {
        self.element?.attrs().find(|(own, _)| *own == name).map(|(_, value)| value)
    }

    /// The element's name, empty for text.
    pub fn name(&self) -> &'a str {
        self.element.map_or("", Element::name)
    }
}

/// How many times as much of a page is looked at as a text may have bytes.
const LOOKED_AT: usize = 16;

/// A page in page order.
#[derive(Debug)]
pub(super) struct Tree<'a> {
    /// All nodes; a node's inside are the indices between its own and its `end`.
    pub nodes: Vec<Node<'a>>,
}

impl<'a> Tree<'a> {
    /// Lays out a parsed page.
    pub fn of(html: &'a Html) -> Self {
        let mut nodes: Vec<Node<'a>> = Vec::with_capacity(html.tree.nodes().count());
        let mut open: Vec<usize> = Vec::new();
        let mut next = html.tree.root().first_child();
        let mut depth = 0usize;
        while let Some(node) = next {
            let parent = open.last().copied().unwrap_or(0);
            let at = nodes.len();
            let mut inside = false;
            match node.value() {
                Parsed::Element(element) => {
                    let tag = tag(element.name());
                    nodes.push(Node { tag, element: Some(element), text: None, parent, end: at + 1 });
                    inside = node.has_children();
                }
                Parsed::Text(text) => {
                    let text: &str = text;
                    nodes.push(Node { tag: Tag::Inline, element: None, text: Some(text), parent, end: at + 1 });
                }
                _ => {}
            }
            if inside {
                open.push(at);
                depth += 1;
                next = node.first_child();
                continue;
            }
            let mut here = node;
            next = loop {
                if let Some(sibling) = here.next_sibling() {
                    break Some(sibling);
                }
                if depth == 0 {
                    break None;
                }
                depth -= 1;
                let closed = open.pop().expect("one open element a level");
                nodes[closed].end = nodes.len();
                let Some(around) = here.parent() else { break None };
                here = around;
            };
        }
        print_readings(&mut nodes);
        Self { nodes }
    }

    /// The text inside a node, squeezed, without scripts and styles.
    pub fn text(&self, at: usize) -> String {
        let mut out = String::new();
        let mut here = at;
        while here < self.nodes[at].end {
            let node = &self.nodes[here];
            if node.tag == Tag::Chrome && here != at {
                here = node.end;
                continue;
            }
            if let Some(text) = node.text {
                out.push_str(text);
            } else if !matches!(node.tag, Tag::Inline | Tag::Link) {
                out.push(' ');
            }
            here += 1;
        }
        super::shape::squeeze(&out)
    }

    /// The first `most` bytes of the text inside a node, whole signs. Where a page asks for many texts, one inside
    /// the other, they cost what is asked for and not the page each.
    pub fn beginning(&self, at: usize, most: usize) -> String {
        let mut out = String::new();
        let (mut here, mut seen) = (at, 0);
        while here < self.nodes[at].end && out.len() <= most && seen <= LOOKED_AT * most {
            let node = &self.nodes[here];
            seen += 1;
            if node.tag == Tag::Chrome && here != at {
                here = node.end;
                continue;
            }
            if let Some(text) = node.text {
                let text = super::guard::cut(text, LOOKED_AT * most);
                seen += text.len();
                super::shape::squeeze_into(text, &mut out);
            } else if !matches!(node.tag, Tag::Inline | Tag::Link) {
                super::shape::squeeze_into(" ", &mut out);
            }
            here += 1;
        }
        out.truncate(super::guard::cut(&out, most).trim_end().len());
        out
    }

    /// Indices of the node's ancestors, nearest first, without the root's own repetition.
    pub fn ancestors(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        let mut here = at;
        std::iter::from_fn(move || {
            if here == 0 {
                return None;
            }
            here = self.nodes[here].parent;
            Some(here)
        })
    }
}
