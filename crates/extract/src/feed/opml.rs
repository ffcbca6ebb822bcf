//! Reads and writes OPML, the sloppy kind too: any casing, missing titles, folders as tags.

use super::limits::is_sane;
use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};
use samestory_model::{Discreet, FullText, Source, SourceKind, name_of, parted};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::BuildHasher;
use url::Url;

/// Sources of one file that are taken; the largest lists hold some thousands.
pub const MOST_SOURCES: usize = 20_000;
/// Folders of one source, each inside the other, and tags in all, that become its tags.
const MOST_FOLDERS: usize = 16;
const MOST_TAGS: usize = 64;
/// Characters of a name, a title or a tag, and of a pattern or selector. A list repeats a folder's title in every
/// source below it.
const LONGEST_NAME: usize = 200;
const LONGEST_RULE: usize = 2_000;
/// Entries that could not be read and are named; further ones are counted.
const MOST_NAMED: usize = 100;

/// The address of a source: one on the web. A list may come from a stranger, and must not make this program read files.
fn on_the_web(address: &str) -> Result<Url, String> {
    // `feed:` stands for http, before an address or in its place.
    let head = address.get(..5).filter(|head| head.eq_ignore_ascii_case("feed:"));
    let rest = head.map(|_| address[5..].trim_start_matches('/'));
    let whole = match rest {
        Some(rest) if ["http:", "https:"].iter().any(|scheme| rest.starts_with(scheme)) => rest.to_owned(),
        Some(rest) => format!("http://{rest}"),
        None => address.to_owned(),
    };
    match Url::parse(&whole) {
        Ok(url) if !matches!(url.scheme(), "http" | "https") => {
            Err("only http and https are taken from a list; add a folder by its path: samestory sources add".to_owned())
        }
        Ok(url) if !is_sane(&url) => Err("this address is too long for any server".to_owned()),
        Ok(url) => Ok(url),
        Err(error) => Err(error.to_string()),
    }
}

/// The tags of a source: its folders and its categories, each once.
fn tags(folders: &[Option<String>], own_tags: Option<&str>, category: &str) -> Vec<String> {
    let folders = folders.iter().take(MOST_FOLDERS).flatten().map(String::as_str);
    // Categories are divided by commas; what we write ourselves holds one tag a line.
    let own = own_tags.into_iter().flat_map(str::lines);
    let others = category.split(',').filter(|_| own_tags.is_none()).map(|tag| tag.trim().trim_matches('/'));
    let mut tags: Vec<String> = folders.map(str::to_owned).collect();
    for tag in own.chain(others).filter(|tag| !tag.is_empty()).take(MOST_TAGS) {
        if !tags.iter().any(|known| known == tag) {
            tags.push(tag.to_owned());
        }
    }
    tags
}

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

/// The beginning of a text, so many characters of it.
fn cut(text: &mut String, most: usize) {
    if let Some((end, _)) = text.char_indices().nth(most) {
        text.truncate(end);
    }
}

/// Cuts what a list says of a source to what is read of it.
pub fn shorten(source: &mut Source) {
    cut(&mut source.name.0, LONGEST_NAME);
    source.title.iter_mut().for_each(|title| cut(title, LONGEST_NAME));
    source.tags.truncate(MOST_TAGS);
    source.tags.iter_mut().for_each(|tag| cut(tag, LONGEST_NAME));
    // Half a rule would be another one.
    source.link_pattern = source.link_pattern.take().filter(|rule| rule.len() <= LONGEST_RULE);
    source.link_selector = source.link_selector.take().filter(|rule| rule.len() <= LONGEST_RULE);
}

/// A name that no other source has: the wanted one, or that with a number.
pub fn free_name<S: BuildHasher>(wanted: &str, names: &mut HashMap<String, usize, S>) -> String {
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
    let (mut further, mut unnamed) = (0, 0);
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
        let mut title = attribute(&tag, "title").or_else(|| attribute(&tag, "text"));
        title.iter_mut().for_each(|title| cut(title, LONGEST_NAME));
        let address = attribute(&tag, "xmlUrl").or_else(|| attribute(&tag, "samestoryUrl"));
        if let Some(address) = &address {
            match on_the_web(address) {
                Ok(_) if sources.len() >= MOST_SOURCES => further += 1,
                Ok(url) => {
                    let (url, inside) = parted(&url);
                    let mut source = Source::feed("", url);
                    source.credentials = inside;
                    let mut wanted = attribute(&tag, "samestoryName").unwrap_or_else(|| name_of(&source.url));
                    cut(&mut wanted, LONGEST_NAME - 8);
                    source.name.0 = free_name(&wanted, &mut names);
                    source.title.clone_from(&title);
                    source.lang = attribute(&tag, "language").and_then(|tag| samestory_model::Lang::parse(&tag));
                    let (own_tags, category) = (attribute(&tag, "samestoryTags"), attribute(&tag, "category"));
                    source.tags = tags(&folders, own_tags.as_deref(), category.as_deref().unwrap_or_default());
                    let kind = attribute(&tag, "samestoryKind").and_then(|name| SourceKind::from_name(&name));
                    source.kind = kind.filter(|kind| kind.is_polled()).unwrap_or_default();
                    source.link_pattern = attribute(&tag, "samestoryLinkPattern");
                    source.link_selector = attribute(&tag, "samestoryLinkSelector");
                    let full_text = attribute(&tag, "samestoryFullText");
                    source.full_text = full_text.and_then(|name| FullText::from_name(&name)).unwrap_or_default();
                    source.every_seconds = attribute(&tag, "samestoryEvery").and_then(|text| text.parse().ok());
                    source.enabled = attribute(&tag, "samestoryEnabled").as_deref() != Some("false");
                    if attribute(&tag, "samestoryTitle").as_deref() == Some("none") {
                        source.title = None;
                    }
                    if addresses.insert(source.url.clone()) {
                        shorten(&mut source);
                        sources.push(source);
                    }
                }
                Err(_) if bad.len() >= MOST_NAMED => unnamed += 1,
                Err(why) => bad.push(format!("`{}` is not followed: {why}", Discreet::given(address))),
            }
        }
        if !empty {
            folders.push(if address.is_none() { title } else { None });
        }
    }
    if further > 0 {
        bad.push(format!("it holds {further} sources more than {MOST_SOURCES}, the most that are taken of a list"));
    }
    if unnamed > 0 {
        bad.push(format!("{unnamed} further addresses are not followed"));
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

    #[test]
    fn only_addresses_on_the_web_come_from_a_list() {
        for (written, taken) in [
            ("https://a.example/feed", Some("https://a.example/feed")),
            ("feed://a.example/rss", Some("http://a.example/rss")),
            ("feed:https://a.example/rss", Some("https://a.example/rss")),
            ("FEED:a.example/rss", Some("http://a.example/rss")),
            ("file:///etc", None),
            ("FILE:/etc/passwd", None),
            ("feed:file:///etc", None),
            ("feed://file:///etc/passwd", None),
            ("samestory://x/y", None),
            ("data:text/xml,x", None),
            ("javascript:alert(1)", None),
            ("/etc/passwd", None),
        ] {
            let list = format!("<opml><body><outline samestoryKind='folder' xmlUrl='{written}'/></body></opml>");
            let (sources, bad) = read(&list);
            let found = sources.first().map(|source| source.url.to_string());
            // What has no host of that kind is at least no file.
            assert!(sources.iter().all(|one| one.url.scheme().starts_with("http") && one.kind == SourceKind::Feed));
            assert!(taken.is_none() || found.as_deref() == taken, "{written}: {found:?}");
            assert_eq!(sources.len() + bad.len(), 1, "{written}");
        }
    }

    #[test]
    fn deep_folders_and_many_categories_do_not_multiply() {
        let deep = format!(
            "<opml>{}{}",
            "<outline text='f'>".repeat(3000),
            "<outline xmlUrl='https://a.example/?n' category='a,b,c'/>".repeat(3000)
        );
        assert_eq!(read(&deep).0[0].tags.len(), 19);
        let many: String = (0..30_000)
            .fold(String::from("<opml><outline xmlUrl='https://a.example/' category='"), |list, n| {
                list + &format!("{n},")
            });
        assert_eq!(read(&(many + "'/>")).0[0].tags.len(), MOST_TAGS);
        let endless = (0..MOST_SOURCES + 5)
            .fold(String::from("<opml>"), |list, n| list + &format!("<outline xmlUrl='https://a.example/{n}'/>"));
        let (sources, bad) = read(&endless);
        assert_eq!((sources.len(), bad.len()), (MOST_SOURCES, 1), "{bad:?}");
    }
}
