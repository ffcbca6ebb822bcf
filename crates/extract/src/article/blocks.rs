//! Gathers the lines of text that a page shows, with what is known about each.
//!
//! A line is what stands between two block borders or line breaks. What was cut before
//! ([`super::prune`]) is stepped over. Costs one walk over the page.

use super::shape;
use super::tree::{Tag, Tree};

/// What kind of element a line stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A paragraph element or a quotation's text.
    Paragraph,
    /// A heading with its level.
    Heading(u8),
    /// A list item.
    Item,
    /// A table cell.
    Cell,
    /// Bare text in some other block.
    Bare,
}

/// One line of text.
#[derive(Debug, Clone)]
pub(super) struct Block {
    /// Its text, squeezed.
    pub text: String,
    /// What it says, in Latin letters.
    pub weight: u32,
    /// How much of that is inside links.
    pub linked: u32,
    /// Commas and their like outside links.
    pub commas: u32,
    /// Kind of element.
    pub kind: Kind,
    /// Whether it reads as running text.
    pub prose: bool,
    /// Index of the first text node.
    pub at: usize,
    /// Index of the element whose line it is.
    pub holder: usize,
}

impl Block {
    /// Share of the text that is inside links.
    pub fn link_share(&self) -> f32 {
        if self.weight == 0 { 0.0 } else { self.linked as f32 / self.weight as f32 }
    }
}

#[derive(Default)]
struct Line {
    text: String,
    weight: u32,
    linked: u32,
    commas: u32,
    at: Option<usize>,
}

impl Line {
    fn push(&mut self, text: &str, at: usize, linked: bool) {
        for sign in text.chars() {
            if sign.is_whitespace() {
                if !self.text.is_empty() && !self.text.ends_with(' ') {
                    self.text.push(' ');
                }
                continue;
            }
            if matches!(sign, '\u{ad}' | '\u{200b}' | '\u{feff}' | '\u{2060}') {
                continue;
            }
            self.text.push(sign);
            let weight = shape::sign_weight(sign);
            self.weight += weight;
            if linked {
                self.linked += weight;
            }
            if shape::is_comma(sign) && !linked {
                self.commas += 1;
            }
            if self.at.is_none() {
                self.at = Some(at);
            }
        }
    }
}

/// Gathers the lines inside node `from`, stepping over the nodes marked in `cut`.
pub(super) fn gather(tree: &Tree, from: usize, cut: &[bool]) -> Vec<Block> {
    let mut out: Vec<Block> = Vec::new();
    let mut line = Line::default();
    // The block and link elements that are open around the walk.
    let mut holders: Vec<usize> = vec![from];
    let mut links: Vec<usize> = Vec::new();
    let mut at = from;
    let end = tree.nodes[from].end;
    while at < end {
        let node = &tree.nodes[at];
        while links.last().is_some_and(|&open| tree.nodes[open].end <= at) {
            links.pop();
        }
        while holders.len() > 1 && holders.last().is_some_and(|&open| tree.nodes[open].end <= at) {
            let holder = holders.pop().expect("more than one");
            flush(tree, &mut line, holder, &mut out);
        }
        if cut[at] {
            if !matches!(node.tag, Tag::Inline | Tag::Link | Tag::Chrome) {
                flush(tree, &mut line, *holders.last().expect("never empty"), &mut out);
            }
            at = node.end;
            continue;
        }
        if let Some(text) = node.text {
            line.push(text, at, !links.is_empty());
        } else {
            match node.tag {
                Tag::Link => links.push(at),
                Tag::Inline => {}
                Tag::Break => flush(tree, &mut line, *holders.last().expect("never empty"), &mut out),
                _ => {
                    flush(tree, &mut line, *holders.last().expect("never empty"), &mut out);
                    holders.push(at);
                }
            }
        }
        at += 1;
    }
    flush(tree, &mut line, *holders.last().expect("never empty"), &mut out);
    mark_verses(&mut out);
    out
}

/// Lines of a stanza at least.
const STANZA: usize = 2;

/// Lets the lines of a poem be running text: several short lines a paragraph, without links, of which most end as verses
/// do, with a comma or the end of a sentence.
fn mark_verses(blocks: &mut [Block]) {
    let is_verse = |block: &Block| block.kind == Kind::Paragraph && block.linked == 0 && block.weight < 90;
    let mut from = 0;
    while from < blocks.len() {
        let mut to = from + 1;
        while to < blocks.len() && blocks[to].holder == blocks[from].holder {
            to += 1;
        }
        let stanza = &mut blocks[from..to];
        if stanza.len() >= STANZA && stanza.iter().all(is_verse) {
            let ends = |block: &&Block| shape::ends_as_sentence(&block.text) || block.text.ends_with(shape::is_comma);
            let closed = stanza.last().is_some_and(|last| shape::ends_as_sentence(&last.text));
            if closed && stanza.iter().filter(ends).count() * 2 > stanza.len() {
                stanza.iter_mut().for_each(|block| block.prose = true);
            }
        }
        from = to;
    }
}

fn flush(tree: &Tree, line: &mut Line, holder: usize, out: &mut Vec<Block>) {
    let mut done = std::mem::take(line);
    let Some(at) = done.at else { return };
    done.text.truncate(done.text.trim_end().len());
    let kind = match tree.nodes[holder].tag {
        Tag::Paragraph => Kind::Paragraph,
        Tag::Heading(level) => Kind::Heading(level),
        Tag::Item => Kind::Item,
        Tag::Cell => Kind::Cell,
        _ => inner_kind(tree, holder),
    };
    out.push(Block {
        prose: shape::is_prose_of(&done.text, done.weight),
        text: done.text,
        weight: done.weight,
        linked: done.linked,
        commas: done.commas,
        kind,
        at,
        holder,
    });
}

/// A `div` in a list item or a heading is still that.
fn inner_kind(tree: &Tree, holder: usize) -> Kind {
    for around in tree.ancestors(holder).take(2) {
        match tree.nodes[around].tag {
            Tag::Heading(level) => return Kind::Heading(level),
            Tag::Item => return Kind::Item,
            Tag::Cell => return Kind::Cell,
            Tag::Quote => return Kind::Paragraph,
            _ => {}
        }
    }
    if tree.nodes[holder].tag == Tag::Quote { Kind::Paragraph } else { Kind::Bare }
}
