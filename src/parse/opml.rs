//! Reads and writes OPML, the sloppy kind too: any casing, missing titles, folders as tags.

use crate::model::{Discreet, FullText, Source, SourceKind, name_of, parted};
use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};
use std::collections::{BTreeMap, HashMap, HashSet};
use url::Url;

fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    tag.html_attributes()
        .with_checks(false)
        .flatten()
        .find(|attribute| attribute.key.as_ref().eq_ignore_ascii_case(name))
        .map(|attribute| attribute.value.to_string())
        .map(|raw| unescape(&raw).map(std::borrow::Cow::into_owned).unwrap_or(raw))
        .map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty())
}

/// A name that no other source has: the wanted one, or that with a number.
fn free_name(wanted: &str, names: &mut HashMap<String, usize>) -> String {
    let Some(mut number) = names.get(wanted).copied() else {
        names.insert(wanted.to_owned(), 1);
        return wanted.to_owned();
    };
    let name = loop {
        number += 1;
        let name = format!("{wanted}-{number}");
        if !names.contains_key(&name) {
            break name;
        }
    };
    names.insert(wanted.to_owned(), number);
    names.insert(name.clone(), 1);
    name
}

/// The sources of an OPML file, and what could not be read as one.
pub fn read(text: &str) -> (Vec<Source>, Vec<String>) {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = false;
    let (mut sources, mut bad) = (Vec::<Source>::new(), Vec::new());
    let mut folders: Vec<Option<String>> = Vec::new();
    let (mut names, mut addresses) = (HashMap::new(), HashSet::new());
    loop {
        let (tag, empty) = match reader.read_event() {
            Ok(Event::Start(tag)) => (tag, false),
            Ok(Event::Empty(tag)) => (tag, true),
            Ok(Event::End(tag)) => {
                if tag.name().as_ref().eq_ignore_ascii_case("outline") {
                    folders.pop();
                }
                continue;
            }
            Ok(Event::Eof) => break,
            Err(error) => {
                bad.push(format!("the file breaks off: {error}"));
                break;
            }
            Ok(_) => continue,
        };
        if !tag.name().as_ref().eq_ignore_ascii_case("outline") {
            continue;
        }
        let title = attribute(&tag, "title").or_else(|| attribute(&tag, "text"));
        let address = attribute(&tag, "xmlUrl").or_else(|| attribute(&tag, "samestoryUrl"));
        if let Some(address) = &address {
            match Url::parse(address) {
                Ok(url) => {
                    let (url, inside) = parted(&url);
                    let mut source = Source::feed("", url);
                    source.credentials = inside;
                    let wanted = attribute(&tag, "samestoryName").unwrap_or_else(|| name_of(&source.url));
                    source.name.0 = free_name(&wanted, &mut names);
                    source.title.clone_from(&title);
                    source.lang = attribute(&tag, "language").and_then(|tag| crate::model::Lang::parse(&tag));
                    source.tags = folders.iter().flatten().cloned().collect();
                    // Categories are divided by commas; what we write ourselves holds one tag a line.
                    let told = attribute(&tag, "samestoryTags");
                    let own = told.iter().flat_map(|tags| tags.lines().map(str::to_owned));
                    let category = attribute(&tag, "category").filter(|_| told.is_none()).unwrap_or_default();
                    let others = category.split(',').map(|tag| tag.trim().trim_matches('/').to_owned());
                    for tag in own.chain(others).filter(|tag| !tag.is_empty()) {
                        if !source.tags.contains(&tag) {
                            source.tags.push(tag);
                        }
                    }
                    source.kind = match attribute(&tag, "samestoryKind").as_deref() {
                        Some("sitemap") => SourceKind::Sitemap,
                        Some("listing") => SourceKind::Listing,
                        Some("folder") => SourceKind::Folder,
                        _ => SourceKind::Feed,
                    };
                    source.link_pattern = attribute(&tag, "samestoryLinkPattern");
                    source.link_selector = attribute(&tag, "samestoryLinkSelector");
                    source.full_text = match attribute(&tag, "samestoryFullText").as_deref() {
                        Some("feed") => FullText::Feed,
                        Some("page") => FullText::Page,
                        _ => FullText::Auto,
                    };
                    source.every_seconds = attribute(&tag, "samestoryEvery").and_then(|text| text.parse().ok());
                    source.enabled = attribute(&tag, "samestoryEnabled").as_deref() != Some("false");
                    if attribute(&tag, "samestoryTitle").as_deref() == Some("none") {
                        source.title = None;
                    }
                    if addresses.insert(source.url.clone()) {
                        sources.push(source);
                    }
                }
                Err(error) => bad.push(format!("`{}` is no address: {error}", Discreet::given(address))),
            }
        }
        if !empty {
            folders.push(if address.is_none() { title } else { None });
        }
    }
    (sources, bad)
}

/// A text as the value of an attribute: it reads back whole, and a terminal obeys nothing of it. XML has no
/// way to write most of the first control characters, so these go.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in quick_xml::escape::escape(text).chars() {
        match sign {
            '\n' | '\t' | '\r' | '\u{7f}'..='\u{9f}' => out.push_str(&format!("&#{};", u32::from(sign))),
            '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                out.push_str(&format!("&#{};", u32::from(sign)));
            }
            '\0'..='\u{1f}' => {}
            other => out.push(other),
        }
    }
    out
}

/// One source as an outline.
fn outline(source: &Source) -> String {
    let title = source.title.as_deref().unwrap_or(&source.name.0);
    let mut out = format!(
        "<outline type=\"rss\" text=\"{0}\" title=\"{0}\" xmlUrl=\"{1}\"",
        escaped(title),
        escaped(source.url.as_str())
    );
    let mut add = |name: &str, value: &str| out.push_str(&format!(" {name}=\"{}\"", escaped(value)));
    source.lang.iter().for_each(|lang| add("language", lang.as_str()));
    if source.tags.len() > 1 {
        add("category", &source.tags[1..].join(","));
    }
    // Only where the category alone would read as other tags.
    if source.tags.iter().skip(1).any(|tag| tag.contains([',', '/']) || tag.trim() != tag) {
        add("samestoryTags", &source.tags[1..].join("\n"));
    }
    add("samestoryName", &source.name.0);
    if source.title.is_none() {
        add("samestoryTitle", "none");
    }
    match source.kind {
        SourceKind::Feed => {}
        SourceKind::Sitemap => add("samestoryKind", "sitemap"),
        SourceKind::Listing => add("samestoryKind", "listing"),
        SourceKind::Folder => add("samestoryKind", "folder"),
    }
    source.link_pattern.iter().for_each(|pattern| add("samestoryLinkPattern", pattern));
    source.link_selector.iter().for_each(|selector| add("samestoryLinkSelector", selector));
    match source.full_text {
        FullText::Auto => {}
        FullText::Feed => add("samestoryFullText", "feed"),
        FullText::Page => add("samestoryFullText", "page"),
    }
    source.every_seconds.iter().for_each(|every| add("samestoryEvery", &every.to_string()));
    if !source.enabled {
        add("samestoryEnabled", "false");
    }
    out + "/>\n"
}

/// Sources as OPML 2.0; the first tag becomes the folder, the others the category. Everything that a source is
/// set to reads back, but for credentials, which are never written.
pub fn write(sources: &[Source]) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\">\n  <head><title>samestory</title></head>\n  <body>\n",
    );
    let mut folders: BTreeMap<&str, String> = BTreeMap::new();
    for source in sources {
        let folder = source.tags.first().map_or("", String::as_str);
        let inside = folders.entry(folder).or_default();
        inside.push_str(if folder.is_empty() { "    " } else { "      " });
        inside.push_str(&outline(source));
    }
    for (folder, inside) in folders {
        if folder.is_empty() {
            out.push_str(&inside);
        } else {
            out.push_str(&format!(
                "    <outline text=\"{0}\" title=\"{0}\">\n{inside}    </outline>\n",
                escaped(folder)
            ));
        }
    }
    out.push_str("  </body>\n</opml>\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let mut source = Source::feed("a", Url::parse("https://a.example/rss?x=1&y=2").expect("an address"));
        source.title = Some("Ä & \"B\"".into());
        source.tags = vec!["Việt Nam".into(), "Wirtschaft".into()];
        source.kind = SourceKind::Listing;
        source.link_pattern = Some("/news/*".into());
        source.full_text = FullText::Page;
        source.every_seconds = Some(7200);
        source.enabled = false;
        let mut untitled = Source::feed("b", Url::parse("https://b.example/").expect("an address"));
        untitled.tags = vec!["Việt Nam".into(), "a/b, c".into(), " d".into(), "Wirtschaft".into()];
        untitled.kind = SourceKind::Sitemap;
        untitled.full_text = FullText::Feed;
        let all = vec![source, untitled];
        assert_eq!(read(&write(&all)), (all, Vec::new()));
    }

    #[test]
    fn sloppy_files_are_read() {
        let (sources, bad) = read(
            "<OPML><body><OUTLINE TEXT='News'><outline xmlurl='https://a.example/feed'/><outline text='B' XMLURL='not an address'/></OUTLINE></body>",
        );
        assert_eq!(sources.len(), 1);
        assert_eq!(sources[0].tags, ["News"]);
        assert_eq!(sources[0].name.0, "a.example");
        assert_eq!(bad.len(), 1);
    }
}
