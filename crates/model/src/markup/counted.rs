//! The tree of a page as scraper holds it, counting what the parser does with it.
//!
//! html5ever asks the tree at every step of a search through its lists, so this is where work can be counted. Of
//! comments nothing is kept but their place, since they part texts.

use super::lexer;
use html5ever::interface::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::StrTendril;
use html5ever::{Attribute, QualName};
use scraper::{Html, HtmlTreeSink};
use std::borrow::Cow;
use std::cell::Cell;

/// Attributes that a page may hold; further elements have none.
const MOST_ATTRIBUTES: usize = 500_000;

/// How the tree names a node.
pub(super) type Node = <HtmlTreeSink as TreeSink>::Handle;

/// The tree, and what it has cost.
pub(super) struct Counted {
    page: HtmlTreeSink,
    /// Steps that the parser took: elements and attributes that were looked at or made.
    pub steps: Cell<u64>,
    /// Elements that were made.
    pub elements: Cell<usize>,
    attributes: Cell<usize>,
    /// Attributes that `<html>` and `<body>` took from further tags of that name.
    joined: Cell<usize>,
}

impl Counted {
    /// Begins with an empty page.
    pub fn new(page: Html) -> Self {
        Self {
            page: HtmlTreeSink::new(page),
            steps: Cell::new(0),
            elements: Cell::new(0),
            attributes: Cell::new(0),
            joined: Cell::new(0),
        }
    }

    /// Counts further steps.
    pub fn step(&self, steps: usize) {
        self.steps.set(self.steps.get() + steps as u64);
    }
}

impl TreeSink for Counted {
    type Handle = Node;
    type Output = Html;
    type ElemName<'a> = <HtmlTreeSink as TreeSink>::ElemName<'a>;

    fn finish(self) -> Html {
        self.page.finish()
    }

    fn parse_error(&self, _: Cow<'static, str>) {}

    fn get_document(&self) -> Node {
        self.page.get_document()
    }

    fn elem_name<'a>(&'a self, target: &'a Node) -> Self::ElemName<'a> {
        self.step(1);
        self.page.elem_name(target)
    }

    fn create_element(&self, name: QualName, mut attributes: Vec<Attribute>, flags: ElementFlags) -> Node {
        self.step(1 + attributes.len());
        self.elements.set(self.elements.get() + 1);
        let all = self.attributes.get() + attributes.len();
        if all > MOST_ATTRIBUTES {
            attributes = Vec::new();
        } else {
            self.attributes.set(all);
        }
        self.page.create_element(name, attributes, flags)
    }

    fn create_comment(&self, _: StrTendril) -> Node {
        self.page.create_comment(StrTendril::new())
    }

    fn create_pi(&self, target: StrTendril, data: StrTendril) -> Node {
        self.page.create_pi(target, data)
    }

    fn append(&self, parent: &Node, child: NodeOrText<Node>) {
        self.page.append(parent, child);
    }

    fn append_based_on_parent_node(&self, element: &Node, before: &Node, child: NodeOrText<Node>) {
        self.page.append_based_on_parent_node(element, before, child);
    }

    fn append_doctype_to_document(&self, name: StrTendril, public: StrTendril, system: StrTendril) {
        self.page.append_doctype_to_document(name, public, system);
    }

    fn get_template_contents(&self, target: &Node) -> Node {
        self.page.get_template_contents(target)
    }

    fn same_node(&self, one: &Node, other: &Node) -> bool {
        self.step(1);
        self.page.same_node(one, other)
    }

    fn set_quirks_mode(&self, mode: QuirksMode) {
        self.page.set_quirks_mode(mode);
    }

    fn append_before_sibling(&self, sibling: &Node, node: NodeOrText<Node>) {
        self.page.append_before_sibling(sibling, node);
    }

    fn add_attrs_if_missing(&self, target: &Node, mut attributes: Vec<Attribute>) {
        attributes.truncate(lexer::MOST_ATTRIBUTES.saturating_sub(self.joined.get()));
        self.joined.set(self.joined.get() + attributes.len());
        self.page.add_attrs_if_missing(target, attributes);
    }

    fn remove_from_parent(&self, target: &Node) {
        self.page.remove_from_parent(target);
    }

    fn reparent_children(&self, node: &Node, parent: &Node) {
        self.page.reparent_children(node, parent);
    }
}
