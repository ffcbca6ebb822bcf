//! Repairs a feed's XML before it is parsed: what publishers get wrong, mended in one pass.
//!
//! Promises well-formed input back unchanged in meaning, and names every repair with its reason. It
//! works on tags, text and attribute values outside CDATA and comments. What cannot be mended here
//! (an unclosed element) is left to `entry`, which reads the items one by one.

use super::bases::{Base, Bases};
use super::cdata::{Section, Sections, goes_on, holder};
use super::mend::{Entities, Notes, base64, declared, is_binary, resolve};
use super::prefixes::Prefixes;
use super::scan::local;
use super::tags::{attributes, tag_end};
use super::vocabulary::{ATOM, ATOM03, NAMES, RSS1};
use samestory_model::Repair;
use std::borrow::Cow;

/// Namespace declarations that may be open at once: each name that follows is looked up in all of them.
const MOST_DECLARED: usize = 100;
/// Bytes by which a mended text may be longer than twice the text as it came.
const ROOM: usize = 1 << 20;

/// A feed's text, mended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Repaired {
    /// The XML without declaration and document type.
    pub xml: String,
    /// Local name of the root element, as it should be written.
    pub root: String,
    /// What was mended.
    pub repairs: Vec<Repair>,
}

struct Mender {
    own: Entities,
    notes: Notes,
    atom03: bool,
    /// Whether the text that follows is base64.
    coded: bool,
    root: Option<String>,
    prefixes: Prefixes,
    /// How many namespaces each open element declares, and all of them together.
    open: Vec<u8>,
    declared: usize,
    root_end: usize,
    bases: Bases,
}

impl Mender {
    fn name<'n>(&mut self, name: &'n str) -> Cow<'n, str> {
        if name.contains(':') {
            return self.prefixes.name(name);
        }
        let mut local = Cow::Borrowed(name);
        // One capital is no element but what a headline has in brackets: `Vec<T>`.
        let capitals = name.len() > 1 && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        let upper = capitals && name != "RDF";
        if upper || (name != "rss" && name.eq_ignore_ascii_case("rss")) {
            self.notes.add("letter-case", "element names in capitals were read as ordinary ones");
            let lower = name.to_ascii_lowercase();
            local =
                NAMES.iter().find(|(from, _)| *from == lower).map_or(Cow::Owned(lower), |pair| Cow::Borrowed(pair.1));
        }
        if self.atom03
            && let Some((_, modern)) = ATOM03.iter().find(|(old, _)| *old == local)
        {
            local = Cow::Borrowed(modern);
        }
        local
    }

    fn text(&mut self, text: &str, out: &mut String) {
        if std::mem::take(&mut self.coded)
            && let Some(bytes) = base64(text)
        {
            // A picture is no text; nothing is reported of it.
            let plain = String::from_utf8(bytes).unwrap_or_default();
            self.notes.add("base64", "a text in base64 was decoded");
            return out.push_str(&plain.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"));
        }
        resolve(text, &mut self.own, &mut self.notes, out);
    }

    fn tag(&mut self, tag: &str, out: &mut String) {
        let ending = tag.starts_with("</");
        let own_end = tag.ends_with("/>");
        let inside = &tag[1 + usize::from(ending)..tag.len() - 1 - usize::from(own_end && !ending)];
        let end = inside.find(char::is_whitespace).unwrap_or(inside.len());
        let raw_name = &inside[..end];
        if ending {
            let name = self.name(raw_name);
            self.bases.end(local(&name));
            out.push_str("</");
            out.push_str(&name);
            out.push('>');
            self.declared -= usize::from(self.open.pop().unwrap_or(0));
            return;
        }
        let first = self.root.is_none();
        let found = attributes(&inside[end..]);
        self.prefixes.learn(&found);
        if first
            && found.iter().any(|(name, value)| {
                *name == "xmlns" && value.trim_end_matches('#').starts_with("http://purl.org/atom/ns")
            })
        {
            self.atom03 = true;
            self.notes.add("atom-0.3", "Atom 0.3 was read as Atom 1.0");
        }
        let name = self.name(raw_name);
        if first {
            self.root = Some(local(&name).to_owned());
        }
        self.bases.begin(local(&name), first);
        out.push('<');
        out.push_str(&name);
        let is_rss = first && name == "rss";
        let text_like =
            matches!(&*name, "title" | "summary" | "content" | "subtitle" | "rights" | "description" | "info");
        let said = |attribute: &str| found.iter().find(|(name, _)| *name == attribute).map(|pair| pair.1);
        let escaped = said("mode") == Some("escaped");
        let coded = text_like && (said("mode") == Some("base64") || said("type").is_some_and(is_binary));
        self.coded = coded && !own_end;
        let mut seen: Vec<Cow<'_, str>> = Vec::new();
        let mut declares = 0;
        for (attribute, value) in found.iter().copied() {
            let mut value = value.to_owned();
            if attribute.is_empty() || (is_rss && attribute == "version") {
                continue;
            }
            let attribute = self.prefixes.attribute(attribute);
            if seen.contains(&attribute) {
                continue;
            }
            seen.push(attribute.clone());
            let attribute = &*attribute;
            if attribute == "xmlns" || attribute.starts_with("xmlns:") {
                if self.declared + usize::from(declares) >= MOST_DECLARED {
                    self.notes
                        .add("many-namespaces", "namespaces beyond the first hundred that are open were left out");
                    continue;
                }
                declares += 1;
            }
            self.prefixes.note(attribute);
            if attribute == "xmlns" && is_rss {
                self.notes.add("rss-namespace", "a default namespace on `rss` was taken away");
                continue;
            }
            if attribute == "xmlns" || attribute.starts_with("xmlns:") {
                if value.contains("netscape.com")
                    || value.starts_with("http://backend.userland.com/rss")
                    || value == "http://blogs.law.harvard.edu/tech/rss"
                {
                    self.notes.add("rss-0.90", "an old RSS namespace was read as RSS 1.0's");
                    RSS1.clone_into(&mut value);
                } else if value.trim_end_matches('#').starts_with("http://purl.org/atom/ns")
                    || (value != ATOM && value.eq_ignore_ascii_case(ATOM))
                {
                    ATOM.clone_into(&mut value);
                }
            }
            if attribute == "xml:base" {
                match self.bases.set(local(&name), first, &value) {
                    Base::Is(absolute) => value = absolute,
                    Base::TooMany => {
                        self.notes.add("many-bases", "so many xml:base stood in it that the last were left out");
                        continue;
                    }
                    Base::Wrong => {
                        self.notes.add("bad-base", "an xml:base that is no address was dropped");
                        continue;
                    }
                }
            }
            if attribute == "type" && text_like {
                let kind = value.trim().to_ascii_lowercase();
                let plain = match kind.as_str() {
                    "text" | "html" | "xhtml" => kind.clone(),
                    "text/plain" | "plain" => "text".to_owned(),
                    "text/html" => "html".to_owned(),
                    _ if kind.contains("xhtml") => "xhtml".to_owned(),
                    _ => String::new(),
                };
                if plain != value {
                    self.notes.add("text-type", "a text's media type was read as Atom's text, html or xhtml");
                }
                if plain.is_empty() || escaped || coded {
                    continue;
                }
                value = plain;
            }
            if attribute == "mode" && self.atom03 {
                continue;
            }
            let mut clean = String::with_capacity(value.len());
            resolve(&value, &mut self.own, &mut self.notes, &mut clean);
            if self.notes.is_full(out.len() + clean.len()) {
                break;
            }
            out.extend([" ", attribute, "=\""]);
            for sign in clean.chars() {
                match sign {
                    '"' => out.push_str("&quot;"),
                    '<' => out.push_str("&lt;"),
                    '>' => out.push_str("&gt;"),
                    sign => out.push(sign),
                }
            }
            out.push('"');
        }
        if (escaped || coded) && text_like {
            out.push_str(" type=\"html\"");
        }
        if is_rss {
            out.push_str(" version=\"2.0\"");
        }
        if first {
            self.root_end = out.len();
        }
        if !own_end {
            self.open.push(declares);
            self.declared += usize::from(declares);
        }
        out.push_str(if own_end { "/>" } else { ">" });
    }
}

/// Repairs a feed's decoded text; `base` is its address. Fails with the bytes that a mended text may have where this
/// one would have more: entities stand for a hundred times their own length.
pub(super) fn repair(text: &str, base: &url::Url) -> Result<Repaired, usize> {
    let most = 2 * text.len() + ROOM;
    let mut mender = Mender {
        own: Entities::default(),
        notes: Notes { most, ..Notes::default() },
        atom03: false,
        coded: false,
        root: None,
        prefixes: Prefixes::default(),
        open: Vec::new(),
        declared: 0,
        root_end: 0,
        bases: Bases::of(base, text.len() / 2 + ROOM / 2),
    };
    let start = text.find('<').unwrap_or(text.len());
    if !text[..start].trim().is_empty() {
        mender.notes.add("junk-before", "what stood before the first element was dropped");
    }
    let mut out = String::with_capacity(text.len() + 64);
    let mut rest = &text[start..];
    let mut typed = false;
    // What was once looked for up to the end is not there further on either.
    let (mut sections, mut more_comments) = (Sections::of(text), true);
    // The tag of the element that a CDATA section would stand in.
    let mut opened = "";
    while let Some(place) = rest.find('<') {
        if mender.root.is_some() {
            mender.text(&rest[..place], &mut out);
        }
        if mender.notes.is_full(out.len()) {
            return Err(most);
        }
        rest = &rest[place..];
        let upto = |mark: &str| rest.find(mark).map_or(rest.len(), |end| end + mark.len());
        if rest.starts_with("<![CDATA[") {
            match sections.at(text.len() - rest.len(), holder(opened)) {
                Section::Closed(end) => {
                    out.push_str(&rest[..9 + end + 3]);
                    rest = &rest[9 + end + 3..];
                }
                Section::Open(end) => {
                    mender
                        .notes
                        .add("open-cdata", "a CDATA section that never ends was read up to the end of its element");
                    out.push_str(&rest[..9 + end]);
                    out.push_str("]]>");
                    rest = &rest[9 + end..];
                }
                Section::BrokenOff => {
                    out.push_str(rest);
                    rest = "";
                }
                Section::None => {
                    mender.notes.add("open-cdata", "a CDATA section that never ends was read as ordinary text");
                    rest = &rest[9..];
                }
            }
        } else if rest.starts_with("<!--") {
            match if more_comments { rest.find("-->") } else { None } {
                Some(end) => rest = &rest[end + 3..],
                None if more_comments && !goes_on(rest) => rest = "",
                None => {
                    more_comments = false;
                    mender.notes.add("open-comment", "a comment that never ends was read as ordinary text");
                    rest = &rest[4..];
                }
            }
        } else if rest.starts_with("<?") {
            rest = &rest[upto(">")..];
        } else if rest.len() > 9 && rest.as_bytes()[..9].eq_ignore_ascii_case(b"<!DOCTYPE") {
            let plain = upto(">");
            // Only the first one can declare anything; looking for the end of each would take too long.
            let declares = !typed && rest[..plain].contains('[');
            let end = if declares { upto("]>").max(rest.find(']').map_or(0, |at| at + 1)) } else { plain };
            if declares {
                mender.own = declared(&rest[..end]);
            }
            typed = true;
            rest = &rest[end..];
        } else if rest[1..].starts_with(|sign: char| sign.is_alphabetic() || matches!(sign, '/' | '_'))
            && let Some(end) = tag_end(rest)
        {
            let tag = &rest[..end];
            mender.tag(tag, &mut out);
            opened = if tag.starts_with("</") || tag.ends_with("/>") { "" } else { tag };
            rest = &rest[end..];
        } else if rest[1..].contains(['<', '>']) {
            let why = "a less-than sign that starts no tag was escaped";
            mender.notes.escape("&lt;", "bare-less-than", why, &mut out);
            rest = &rest[1..];
        } else {
            // The text breaks off inside a tag.
            break;
        }
    }
    if mender.notes.is_full(out.len()) {
        return Err(most);
    }
    let missing = mender.prefixes.missing();
    if !missing.is_empty() && mender.root_end > 0 {
        mender.notes.add("undeclared-prefix", "a namespace prefix was used without being declared");
        out.insert_str(mender.root_end, &missing);
    }
    let root = mender.root.unwrap_or_default();
    let repairs = mender
        .notes
        .reported
        .into_iter()
        .map(|(name, why)| Repair { name: name.to_owned(), why: why.to_owned() })
        .collect();
    Ok(Repaired { xml: out, root, repairs })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mended(text: &str) -> Repaired {
        repair(text, &url::Url::parse("https://a.example/feed").expect("an address")).expect("of its own size")
    }

    #[test]
    fn bare_ampersands_and_html_entities_are_mended_outside_cdata() {
        let out = mended("<rss version='2.0'><title>A & B &eacute; &copy 5 &lt;</title><d><![CDATA[x & y]]></d></rss>");
        assert!(out.xml.contains("A &amp; B é &amp;copy 5 &lt;"), "{}", out.xml);
        assert!(out.xml.contains("<![CDATA[x & y]]>"));
        assert!(out.repairs.iter().any(|repair| repair.name == "bare-ampersand"));
    }

    #[test]
    fn versions_case_and_prefixes_are_mended() {
        let out = mended(
            "<?xml version='1.0'?><RSS version='0.93'><CHANNEL><dc:date>x</dc:date><PUBDATE>y</PUBDATE></CHANNEL></RSS>",
        );
        assert!(out.xml.starts_with("<rss version=\"2.0\" xmlns:dc="), "{}", out.xml);
        assert!(out.xml.contains("<pubDate>y</pubDate>"));
        assert_eq!(out.root, "rss");
    }

    #[test]
    fn base64_is_decoded_where_atom_has_it_and_nowhere_else() {
        let coded = "<feed xmlns='http://www.w3.org/2005/Atom'><title type='application/octet-stream'>\n QnLDvGNrZSAm\nIEbDpGhyZQ== </title><content type='image/png'>iVBORw0KGgo=</content><summary type='application/x'>not so</summary></feed>";
        let out = mended(coded).xml;
        assert!(out.contains("<title type=\"html\">Brücke &amp; Fähre</title>"), "{out}");
        assert!(out.contains("<content type=\"html\"></content>") && out.contains(">not so</summary>"), "{out}");
    }

    #[test]
    fn atom_03_becomes_atom_1() {
        let out = mended(
            "<feed version='0.3' xmlns='http://purl.org/atom/ns#'><entry><issued>2004</issued><content type='text/html' mode='escaped'>a</content></entry></feed>",
        );
        assert!(out.xml.contains("<published>2004</published>") && out.xml.contains(ATOM), "{}", out.xml);
        assert!(out.xml.contains("<content type=\"html\">"), "{}", out.xml);
    }
}
