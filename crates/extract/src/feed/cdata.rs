//! Where CDATA sections end, those that were never closed too. Part of `repair`.
//!
//! What follows `<![CDATA[` up to the next `]]>` belongs to it, whatever it is; so a section that its publisher forgot
//! to close takes along everything up to the end of the next one. It is known by what it then holds: the end tag of the
//! element that it stands in, without a beginning of its own, and behind that another section or the end of an entry.

/// Elements whose CDATA is looked into.
const HOLDERS: [&str; 18] = [
    "title",
    "link",
    "description",
    "summary",
    "content",
    "content:encoded",
    "guid",
    "id",
    "author",
    "name",
    "category",
    "pubDate",
    "dc:creator",
    "dc:date",
    "media:title",
    "media:description",
    "news:title",
    "loc",
];
/// What begins a section.
const BEGIN: &str = "<![CDATA[";

/// Where a section ends. Offsets are those behind its `<![CDATA[`.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Section {
    /// At its `]]>`, which begins here.
    Closed(usize),
    /// Nowhere; what belongs to it ends here, before its element does.
    Open(usize),
    /// Nowhere, and what it would hold goes on with entries: it is no section.
    None,
    /// Nowhere: the text breaks off in it.
    BrokenOff,
}

/// The element that holds a section, by its tag, where it is one that is looked into.
pub(super) fn holder(tag: &str) -> Option<usize> {
    let name = tag.strip_prefix('<')?.split(|sign: char| sign.is_whitespace() || sign == '>').next()?;
    HOLDERS.iter().position(|known| *known == name)
}

/// Whether a text goes on with the end of an entry: what should have ended before was forgotten, not broken off.
pub(super) fn goes_on(rest: &str) -> bool {
    ["</item>", "</entry>", "</url>"].iter().any(|end| rest.contains(end))
}

/// The sections of a text, asked for in their order.
pub(super) struct Sections<'a> {
    text: &'a str,
    /// Where the next `]]>` begins, once it was looked for; what was looked for in vain is not there further on.
    close: Option<usize>,
    more: bool,
    /// Whether entries go on behind a section without end; then none is broken off.
    goes_on: bool,
    /// Of the elements that may hold one: whether an end tag of theirs is left.
    ends: [bool; HOLDERS.len()],
}

impl<'a> Sections<'a> {
    /// Those of a text.
    pub(super) fn of(text: &'a str) -> Self {
        Self { text, close: None, more: true, goes_on: false, ends: [true; HOLDERS.len()] }
    }

    /// The section that begins at `at`, in the element that `holder` gave.
    pub(super) fn at(&mut self, at: usize, holder: Option<usize>) -> Section {
        let inside = at + BEGIN.len();
        if self.more && self.close.is_none_or(|close| close < inside) {
            self.close = self.text[inside..].find("]]>").map(|place| inside + place);
            self.more = self.close.is_some();
        }
        let close = self.close.filter(|close| self.more && *close >= inside);
        let section = &self.text[inside..close.unwrap_or(self.text.len())];
        if let Some(end) = holder.and_then(|holder| self.forgotten(section, holder, close.is_some())) {
            return Section::Open(end);
        }
        if let Some(close) = close {
            return Section::Closed(close - inside);
        }
        self.goes_on = self.goes_on || goes_on(section);
        if self.goes_on { Section::None } else { Section::BrokenOff }
    }

    /// Where the end tag of its element stands in what a section would hold, if that was never closed.
    fn forgotten(&mut self, section: &str, holder: usize, closed: bool) -> Option<usize> {
        if !self.ends[holder] {
            return None;
        }
        let name = HOLDERS[holder];
        let tag = |mark: &str, text: &str| {
            text.match_indices(mark)
                .map(|(place, _)| place)
                .find(|place| text[place + mark.len()..].starts_with(['>', ' ', '\n', '\t', '\r']))
        };
        let Some(end) = tag(&format!("</{name}"), section) else {
            // Up to the end of the text there is none; up to the end of a section says nothing.
            self.ends[holder] = closed;
            return None;
        };
        // HTML that speaks of feeds has both tags.
        if tag(&format!("<{name}"), &section[..end]).is_some() {
            return None;
        }
        let behind = &section[end..];
        let found = !closed || [BEGIN, "</item>", "</entry>", "</url>"].iter().any(|mark| behind.contains(mark));
        found.then_some(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_that_was_never_closed_ends_with_its_element() {
        for (text, name, section) in [
            ("<![CDATA[One]]></title>", "title", Section::Closed(3)),
            (
                "<![CDATA[One</title><link>x</link></item><item><title><![CDATA[Two]]></title>",
                "title",
                Section::Open(3),
            ),
            ("<![CDATA[One</title><link><![CDATA[x]]></link>", "title", Section::Open(3)),
            ("<![CDATA[One</title><link>x</link></item>", "title", Section::Open(3)),
            ("<![CDATA[a <title>b</title> </item> c]]></title>", "title", Section::Closed(28)),
            ("<![CDATA[a </b> <![CDATA[ c]]> d]]></description>", "description", Section::Closed(18)),
            ("<![CDATA[One</b></item>", "b", Section::None),
            ("<![CDATA[One", "title", Section::BrokenOff),
        ] {
            assert_eq!(Sections::of(text).at(0, holder(&format!("<{name}>"))), section, "{text}");
        }
    }

    #[test]
    fn sections_without_end_cost_no_more_than_their_length() {
        let start = std::time::Instant::now();
        for (part, end) in [
            ("<title><![CDATA[a</title>", "]]>"),
            ("<title><![CDATA[a</title>", ""),
            ("<title><![CDATA[a", "]]>"),
            ("<title><![CDATA[a", ""),
            ("<title><![CDATA[a</title", ""),
        ] {
            let text = part.repeat(20_000) + end;
            let (mut sections, mut at) = (Sections::of(&text), 0);
            while let Some(place) = text[at..].find(BEGIN).map(|place| at + place) {
                let inside = place + BEGIN.len();
                at = match sections.at(place, holder("<title>")) {
                    Section::Closed(end) | Section::Open(end) => inside + end,
                    Section::None => inside,
                    Section::BrokenOff => text.len(),
                };
            }
        }
        assert!(start.elapsed().as_secs() < 5);
    }
}
