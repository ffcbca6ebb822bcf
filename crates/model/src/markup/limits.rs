//! Decides by its tags what of a page is kept: nesting, formatting that is opened anew in every block, elements in all.
//!
//! Text is kept wherever a tag goes. What tags say of nesting may be wrong, by an end tag that ends nothing; what the
//! tree then really holds is limited in [`super::tree`].

use html5ever::tokenizer::{Tag, TagKind};

/// Open formatting elements that are kept; a page with more never closes them.
pub(super) const MOST_FORMATTING: usize = 16;
/// Elements that a page may make, counting those that are opened anew; it is cut where it makes more.
/// The largest of the 511 labelled pages has 4,975 start tags.
pub(super) const MOST_ELEMENTS: usize = 250_000;

/// Whether an element has no end tag, or seldom one.
fn ends_itself(name: &str) -> bool {
    matches!(
        name,
        "area"
            | "base"
            | "br"
            | "col"
            | "embed"
            | "hr"
            | "img"
            | "input"
            | "link"
            | "meta"
            | "param"
            | "source"
            | "track"
            | "wbr"
            | "p"
            | "li"
            | "td"
            | "tr"
            | "th"
            | "dt"
            | "dd"
            | "option"
    )
}

/// Whether an element is opened anew in every block until it is closed.
pub(super) fn formats(name: &str) -> bool {
    matches!(
        name,
        "a" | "b" | "big" | "code" | "em" | "font" | "i" | "nobr" | "s" | "small" | "strike" | "strong" | "tt" | "u"
    )
}

/// Whether the inside of an element is text to the parser: a `<div>` in a script nests nothing.
pub(super) fn holds_text(name: &str) -> bool {
    matches!(name, "script" | "style" | "textarea" | "title" | "iframe" | "noembed" | "noframes" | "noscript" | "xmp")
}

/// What becomes of a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is kept.
    Stays,
    /// It goes, and its text stays.
    Goes,
    /// The page ends before it.
    Cut,
}

/// What the tags of a page have said so far.
#[derive(Debug, Default)]
pub(super) struct Nesting {
    depth: usize,
    formatting: usize,
    elements: usize,
}

impl Nesting {
    /// What becomes of the next tag.
    pub fn meet(&mut self, tag: &Tag, max_depth: usize) -> Fate {
        let name = &*tag.name;
        let closing = tag.kind == TagKind::EndTag;
        if formats(name) && closing {
            self.formatting = self.formatting.saturating_sub(1);
        } else if !closing {
            self.elements += 1 + if formats(name) { 0 } else { self.formatting };
            if self.elements > MOST_ELEMENTS {
                return Fate::Cut;
            }
            if formats(name) {
                if self.formatting >= MOST_FORMATTING {
                    return Fate::Goes;
                }
                self.formatting += 1;
            }
        }
        if ends_itself(name) || tag.self_closing {
            return Fate::Stays;
        }
        let within = if closing {
            let within = self.depth <= max_depth;
            self.depth = self.depth.saturating_sub(1);
            within
        } else {
            self.depth += 1;
            self.depth <= max_depth
        };
        if within || holds_text(name) { Fate::Stays } else { Fate::Goes }
    }
}
