//! Writes sources as OPML that reads back whole.

use samestory_model::{FullText, Source, SourceKind};
use std::collections::BTreeMap;

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
fn outline(source: &Source, own_title: Option<&str>) -> String {
    let own_title = own_title.filter(|title| !title.trim().is_empty());
    let title = source.title.as_deref().or(own_title).unwrap_or(&source.name.0);
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
    if source.kind != SourceKind::default() {
        add("samestoryKind", source.kind.as_str());
    }
    source.link_pattern.iter().for_each(|pattern| add("samestoryLinkPattern", pattern));
    source.link_selector.iter().for_each(|selector| add("samestoryLinkSelector", selector));
    if source.full_text != FullText::default() {
        add("samestoryFullText", source.full_text.as_str());
    }
    source.every_seconds.iter().for_each(|every| add("samestoryEvery", &every.to_string()));
    if !source.enabled {
        add("samestoryEnabled", "false");
    }
    out + "/>\n"
}

/// [`write_titled`] of sources of which no other title is known.
pub fn write(sources: &[Source]) -> String {
    write_titled(sources, &[])
}

/// Sources as OPML 2.0, each with the title that its feed has by itself, where it was given none and that is known; so
/// another reader shows a name. The first tag becomes the folder, the others the category. Everything that a source is
/// set to reads back, but for credentials, which are never written.
pub fn write_titled(sources: &[Source], own_titles: &[Option<String>]) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\">\n  <head><title>samestory</title></head>\n  <body>\n",
    );
    let mut folders: BTreeMap<&str, String> = BTreeMap::new();
    for (place, source) in sources.iter().enumerate() {
        let folder = source.tags.first().map_or("", String::as_str);
        let inside = folders.entry(folder).or_default();
        inside.push_str(if folder.is_empty() { "    " } else { "      " });
        inside.push_str(&outline(source, own_titles.get(place).and_then(Option::as_deref)));
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
    use super::super::opml::read;
    use super::*;
    use url::Url;

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
        assert_eq!(read(&write_titled(&all, &[None, Some("B & Co".into())])), (all, Vec::new()));
    }
}
