//! Reads and writes OPML, the sloppy kind too: any casing, missing titles, folders as tags.

use crate::model::{Source, SourceKind, name_of, parted};
use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};
use std::collections::BTreeSet;
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

/// The sources of an OPML file, and what could not be read as one.
pub fn read(text: &str) -> (Vec<Source>, Vec<String>) {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = false;
    let (mut sources, mut bad) = (Vec::<Source>::new(), Vec::new());
    let mut folders: Vec<Option<String>> = Vec::new();
    let mut names = BTreeSet::new();
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
                    let mut name = wanted.clone();
                    let mut number = 2;
                    while !names.insert(name.clone()) {
                        name = format!("{wanted}-{number}");
                        number += 1;
                    }
                    source.name.0 = name;
                    source.title.clone_from(&title);
                    source.lang = attribute(&tag, "language").and_then(|tag| crate::model::Lang::parse(&tag));
                    source.tags = folders.iter().flatten().cloned().collect();
                    if let Some(category) = attribute(&tag, "category") {
                        source.tags.extend(
                            category
                                .split(',')
                                .map(|tag| tag.trim().trim_matches('/').to_owned())
                                .filter(|tag| !tag.is_empty()),
                        );
                        source.tags.dedup();
                    }
                    source.kind = match attribute(&tag, "samestoryKind").as_deref() {
                        Some("sitemap") => SourceKind::Sitemap,
                        Some("listing") => SourceKind::Listing,
                        Some("folder") => SourceKind::Folder,
                        _ => SourceKind::Feed,
                    };
                    source.link_pattern = attribute(&tag, "samestoryLinkPattern");
                    source.link_selector = attribute(&tag, "samestoryLinkSelector");
                    if !sources.iter().any(|known| known.url == source.url) {
                        sources.push(source);
                    }
                }
                Err(error) => bad.push(format!("`{address}` is no address: {error}")),
            }
        }
        if !empty {
            folders.push(if address.is_none() { title } else { None });
        }
    }
    (sources, bad)
}

fn escaped(text: &str) -> String {
    quick_xml::escape::escape(text).replace('\n', "&#10;")
}

/// Sources as OPML 2.0; the first tag becomes the folder, all of them the category.
pub fn write(sources: &[Source]) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\">\n  <head><title>samestory</title></head>\n  <body>\n",
    );
    let folders: BTreeSet<&str> = sources.iter().map(|source| source.tags.first().map_or("", String::as_str)).collect();
    for folder in folders {
        let indent = if folder.is_empty() { "    " } else { "      " };
        if !folder.is_empty() {
            out.push_str(&format!("    <outline text=\"{0}\" title=\"{0}\">\n", escaped(folder)));
        }
        for source in sources.iter().filter(|source| source.tags.first().map_or("", String::as_str) == folder) {
            let title = source.title.as_deref().unwrap_or(&source.name.0);
            let mut more = String::new();
            let mut add = |name: &str, value: &str| more.push_str(&format!(" {name}=\"{}\"", escaped(value)));
            if let Some(lang) = source.lang {
                add("language", lang.as_str());
            }
            if source.tags.len() > 1 {
                add("category", &source.tags[1..].join(","));
            }
            add("samestoryName", &source.name.0);
            match source.kind {
                SourceKind::Feed => {}
                SourceKind::Sitemap => add("samestoryKind", "sitemap"),
                SourceKind::Listing => add("samestoryKind", "listing"),
                SourceKind::Folder => add("samestoryKind", "folder"),
            }
            source.link_pattern.iter().for_each(|pattern| add("samestoryLinkPattern", pattern));
            source.link_selector.iter().for_each(|selector| add("samestoryLinkSelector", selector));
            out.push_str(&format!(
                "{indent}<outline type=\"rss\" text=\"{0}\" title=\"{0}\" xmlUrl=\"{1}\"{more}/>\n",
                escaped(title),
                escaped(source.url.as_str())
            ));
        }
        if !folder.is_empty() {
            out.push_str("    </outline>\n");
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
        let (read, bad) = read(&write(std::slice::from_ref(&source)));
        assert_eq!((read, bad), (vec![source], Vec::new()));
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
