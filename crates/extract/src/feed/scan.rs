//! Finds the entries of mended XML and the elements directly inside each, without asking for well-formedness.
//!
//! Works on what `repair` gives, and borrows everything. quick-xml finds the tags; how they pair is decided here. An
//! entry ends at its closing tag, else where the next one begins; an element that is never closed holds what stands
//! before the next tag. What the elements mean is for `entry`.

use quick_xml::Reader;
use quick_xml::events::Event;
use quick_xml::events::attributes::Attributes;
use std::borrow::Cow;
use std::collections::HashMap;

/// Tags of one entry that are looked at; an article in XHTML has some hundred.
const MOST_TAGS: usize = 50_000;

/// How a tag stands in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Opens,
    Closes,
    Empty,
}

/// A tag; offsets are those of its angle brackets.
#[derive(Debug, Clone, Copy)]
struct Tag<'a> {
    start: usize,
    end: usize,
    kind: Kind,
    name: &'a str,
    attributes: &'a str,
}

/// The tags of a text; CDATA is passed over, and what is no XML ends them.
struct Tags<'a> {
    xml: &'a str,
    reader: Reader<&'a [u8]>,
}

impl<'a> Tags<'a> {
    fn of(xml: &'a str) -> Self {
        let mut reader = Reader::from_str(xml);
        let config = reader.config_mut();
        (config.check_end_names, config.allow_unmatched_ends, config.allow_dangling_amp) = (false, true, true);
        Self { xml, reader }
    }
}

impl<'a> Iterator for Tags<'a> {
    type Item = Tag<'a>;

    fn next(&mut self) -> Option<Tag<'a>> {
        loop {
            let start = self.reader.buffer_position() as usize;
            let (kind, ends) = match self.reader.read_event().ok()? {
                Event::Start(_) => (Kind::Opens, 1),
                Event::Empty(_) => (Kind::Empty, 2),
                Event::End(_) => (Kind::Closes, 1),
                Event::Eof => return None,
                _ => continue,
            };
            let end = self.reader.buffer_position() as usize;
            let inside = &self.xml[start + 1 + usize::from(kind == Kind::Closes)..end - ends];
            let name = inside.split(|sign: char| sign.is_ascii_whitespace()).next().unwrap_or("");
            return Some(Tag { start, end, kind, name, attributes: &inside[name.len()..] });
        }
    }
}

/// An element directly inside an entry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Child<'a> {
    /// Its name as it stands there.
    pub name: &'a str,
    attributes: &'a str,
    /// What stands between its tags.
    pub inner: &'a str,
}

impl<'a> Child<'a> {
    /// The value of an attribute, its entities not resolved.
    pub fn attribute(&self, name: &str) -> Option<&'a str> {
        attribute(self.attributes, name)
    }
}

/// One entry.
#[derive(Debug, Clone)]
pub(super) struct Entry<'a> {
    /// Where its tag begins in the text.
    pub start: usize,
    attributes: &'a str,
    /// Its elements that say something, in order.
    pub children: Vec<Child<'a>>,
    /// Whether its end stands in the text.
    pub closed: bool,
}

impl<'a> Entry<'a> {
    /// The value of an attribute of the entry's own tag.
    pub fn attribute(&self, name: &str) -> Option<&'a str> {
        attribute(self.attributes, name)
    }

    /// The first of these elements that holds something, in the order of the names.
    pub fn first(&self, names: &[&str]) -> Option<&Child<'a>> {
        names.iter().find_map(|name| self.children.iter().find(|one| one.name == *name && !one.inner.trim().is_empty()))
    }
}

/// The value of an attribute among those of a tag, its entities not resolved.
fn attribute<'a>(attributes: &'a str, name: &str) -> Option<&'a str> {
    // Most elements have none, and most that have some lack the one asked for.
    if attributes.len() <= name.len() {
        return None;
    }
    let mut all = Attributes::new(attributes, 0);
    let found = all.with_checks(false).flatten().find(|one| one.key.as_ref() == name)?;
    match found.value {
        Cow::Borrowed(value) => Some(value),
        Cow::Owned(_) => None,
    }
}

/// A name without its prefix.
pub(super) fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// Whether a tag opens an entry: named so, without a prefix or with that of the root.
fn begins(tag: &Tag<'_>, prefix: &str) -> bool {
    let name = tag.name.strip_prefix(prefix).and_then(|rest| rest.strip_prefix(':')).unwrap_or(tag.name);
    tag.kind != Kind::Closes && matches!(name, "item" | "entry")
}

fn prefix(xml: &str) -> &str {
    let root = Tags::of(xml).next();
    root.and_then(|root| root.name.split_once(':')).map_or("", |pair| pair.0)
}

/// What stands before the first entry, and the entries.
pub(super) struct Scan<'a> {
    xml: &'a str,
    tags: Tags<'a>,
    next: Option<Tag<'a>>,
    prefix: &'a str,
    /// What stands before the first entry.
    pub head: &'a str,
}

/// Scans mended XML.
pub(super) fn scan(xml: &str) -> Scan<'_> {
    let (mut tags, prefix) = (Tags::of(xml), prefix(xml));
    let next = tags.find(|tag| begins(tag, prefix));
    let head = &xml[..next.map_or(xml.len(), |tag| tag.start)];
    Scan { xml, tags, next, prefix, head }
}

impl<'a> Iterator for Scan<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        let opening = self.next.take()?;
        let (mut inside, mut end) = (Vec::new(), self.xml.len());
        let mut closed = opening.kind == Kind::Empty;
        if !closed {
            for tag in self.tags.by_ref() {
                closed = tag.kind == Kind::Closes && tag.name == opening.name;
                let next = begins(&tag, self.prefix);
                if closed || next {
                    end = tag.start;
                    self.next = next.then_some(tag);
                    break;
                }
                if inside.len() < MOST_TAGS {
                    inside.push(tag);
                }
            }
        }
        if self.next.is_none() {
            let prefix = self.prefix;
            self.next = self.tags.find(|tag| begins(tag, prefix));
        }
        let children = children(&self.xml[..end], &inside);
        Some(Entry { start: opening.start, attributes: opening.attributes, children, closed })
    }
}

/// Pairs the tags of one entry and keeps the outermost elements.
fn children<'a>(xml: &'a str, tags: &[Tag<'a>]) -> Vec<Child<'a>> {
    let mut open: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut ends: Vec<Option<usize>> = vec![None; tags.len()];
    for (place, tag) in tags.iter().enumerate() {
        match tag.kind {
            Kind::Opens => open.entry(tag.name).or_default().push(place),
            Kind::Closes => {
                if let Some(start) = open.get_mut(tag.name).and_then(Vec::pop) {
                    ends[start] = Some(place);
                }
            }
            Kind::Empty => {}
        }
    }
    let mut found = Vec::new();
    let mut place = 0;
    while let Some(tag) = tags.get(place) {
        let inner = match (tag.kind, ends[place]) {
            (Kind::Closes, _) => None,
            (Kind::Empty, _) => Some(""),
            (Kind::Opens, Some(end)) => {
                place = end;
                Some(&xml[tag.end..tags[end].start])
            }
            (Kind::Opens, None) => {
                Some(broken_off(&xml[tag.end..], tags.get(place + 1).map(|next| next.start - tag.end)))
            }
        };
        let inner = inner.filter(|inner| !(inner.trim().is_empty() && tag.attributes.trim().is_empty()));
        found.extend(inner.map(|inner| Child { name: tag.name, attributes: tag.attributes, inner }));
        place += 1;
    }
    found
}

/// What an element that is never closed holds: up to the next tag, a broken one included.
fn broken_off(rest: &str, next: Option<usize>) -> &str {
    match next {
        Some(next) => &rest[..next],
        None if rest.trim_start().starts_with("<![CDATA[") => rest,
        None => rest.split('<').next().unwrap_or(""),
    }
}

/// Elements that are looked at for those that the first entry stands in.
const MOST_OUTER: usize = 20_000;

/// The start tags of the elements that are open where a text ends, and the end tags that close them.
pub(super) fn outer(head: &str) -> (String, String) {
    let mut open: Vec<Tag<'_>> = Vec::new();
    for tag in Tags::of(head).take(MOST_OUTER) {
        match tag.kind {
            Kind::Opens => open.push(tag),
            Kind::Closes if open.last().is_some_and(|last| last.name == tag.name) => drop(open.pop()),
            _ => {}
        }
    }
    let starts = open.iter().map(|tag| &head[tag.start..tag.end]).collect();
    (starts, open.iter().rev().map(|tag| format!("</{}>", tag.name)).collect())
}

/// What stands inside the first element of a name; `None` where it is not closed.
pub(super) fn inner<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    child(xml, name).map(|child| child.inner)
}

/// The first element of a name; `None` where it is not closed.
pub(super) fn child<'a>(xml: &'a str, name: &str) -> Option<Child<'a>> {
    let mut tags = Tags::of(xml);
    let opening = tags.find(|tag| tag.kind != Kind::Closes && tag.name == name)?;
    let inner = if opening.kind == Kind::Empty {
        ""
    } else {
        let closing = tags.find(|tag| tag.kind == Kind::Closes && tag.name == name)?;
        &xml[opening.end..closing.start]
    };
    Some(Child { name: opening.name, attributes: opening.attributes, inner })
}

/// An attribute of the outermost elements of a text that carry it, the innermost of them.
pub(super) fn inherited<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let outer =
        |tag: &Tag<'_>| tag.kind == Kind::Opens && matches!(local(tag.name), "rss" | "RDF" | "feed" | "channel");
    Tags::of(head).take(4).filter(outer).filter_map(|tag| attribute(tag.attributes, name)).last()
}

/// The type that every element of a name says of itself.
pub(super) fn common_type<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let mut types = Tags::of(xml)
        .filter(|tag| tag.kind == Kind::Opens && local(tag.name) == name)
        .map(|tag| attribute(tag.attributes, "type"));
    let first = types.next()??;
    types.all(|other| other == Some(first)).then_some(first)
}

/// The `xml:base` under which the entries stand: that of the innermost element that is open before the first of them.
pub(super) fn open_base(starts: &str) -> Option<&str> {
    Tags::of(starts).filter_map(|tag| attribute(tag.attributes, "xml:base")).last()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_directly_in_an_entry_is_its_own() {
        let xml = "<feed><entry><image><id>no</id></image><id>yes</id><title>a <b>b</b></title></entry></feed>";
        let entries: Vec<Entry<'_>> = scan(xml).collect();
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].first(&["id"]).map(|child| child.inner), Some("yes"));
        assert_eq!(entries[0].first(&["title"]).map(|child| child.inner), Some("a <b>b</b>"));
    }

    #[test]
    fn what_is_never_closed_ends_where_the_next_begins() {
        let xml = "<rss><channel><item><title>One<link>a</link><item x=\"1\"/><item><title>Two</title><li";
        let entries: Vec<Entry<'_>> = scan(xml).collect();
        let titles: Vec<_> = entries.iter().map(|entry| entry.first(&["title"]).map(|child| child.inner)).collect();
        assert_eq!(titles, [Some("One"), None, Some("Two")]);
        assert_eq!(entries.iter().map(|entry| entry.closed).collect::<Vec<_>>(), [false, true, false]);
        assert_eq!(entries[1].attribute("x"), Some("1"));
    }

    #[test]
    fn cdata_hides_its_tags() {
        let xml = "<rss><item><title><![CDATA[</item><item>]]></title></item></rss>";
        let entries: Vec<Entry<'_>> = scan(xml).collect();
        assert_eq!((entries.len(), entries[0].children.len()), (1, 1));
    }
}
