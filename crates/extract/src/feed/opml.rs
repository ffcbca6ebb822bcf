//! Reads OPML, the sloppy kind too: any casing, missing titles, bare ampersands, folders as tags.

pub use super::opml_write::{write, write_titled};

use super::bases::on_the_web;
use super::limits::is_sane;
use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};
use samestory_model::markup::resolved;
use samestory_model::{Discreet, FullText, Source, SourceKind, into_nfc, name_of, parted};
use std::borrow::Cow;
use std::collections::HashMap;
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
fn address_of(written: &str) -> Result<Url, String> {
    let whole = on_the_web(written);
    match Url::parse(&whole) {
        Ok(url) if !matches!(url.scheme(), "http" | "https") => {
            let scheme = url.scheme();
            let hint = if scheme == "file" { "; add a folder by its path: samestory sources add" } else { "" };
            Err(format!("`{scheme}:` is no address on the web, and only http and https are taken from a list{hint}"))
        }
        Ok(url) if !is_sane(&url) => Err("this address is too long for any server".to_owned()),
        Ok(url) => Ok(url),
        Err(error) => Err(format!("this is no address: {error}")),
    }
}

/// Why a source is one that only the reader from which the list comes can read: it makes feeds of pages or of JSON by
/// rules of its own, so that every run here would fail.
fn others_rules(tag: &BytesStart<'_>) -> Option<String> {
    let kind = attribute(tag, "type").unwrap_or_default();
    let lower = kind.to_ascii_lowercase();
    // `HTML+XPath`, `XML+XPath`, `JSON+DotNotation`; a media type such as `application/rss+xml` has a slash.
    let by_type = !lower.contains('/') && (lower.contains('+') || lower.contains("xpath"))
        || matches!(lower.as_str(), "html" | "css" | "regex" | "scrape" | "scraper" | "script");
    if by_type {
        return Some(format!("its type is `{}`", short(&kind)));
    }
    let marks = ["xpathitem", "jsonitem", "jsondotpath", "cssitem", "regexitem"];
    let rule = tag.html_attributes().with_checks(false).flatten().map(|one| one.key.as_ref().to_owned()).find(|key| {
        let name = key.rsplit(':').next().unwrap_or("").to_ascii_lowercase();
        marks.contains(&name.as_str())
    });
    rule.map(|key| format!("it has rules of another reader, `{}`", short(&key)))
}

/// The beginning of what a list says, for a message.
fn short(text: &str) -> String {
    let mut text = text.to_owned();
    cut(&mut text, 60);
    text
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

/// A value as XML has it; where that is none, entities are those of HTML, and an ampersand that begins none is one.
fn text_of(value: &str) -> Cow<'_, str> {
    unescape(value).unwrap_or_else(|_| resolved(value))
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    tag.html_attributes()
        .with_checks(false)
        .flatten()
        .find(|attribute| attribute.key.as_ref().eq_ignore_ascii_case(name))
        .map(|attribute| text_of(&attribute.value).trim().to_owned())
        .filter(|text| !text.is_empty())
}

/// The beginning of a text, so many characters of it.
fn cut(text: &mut String, most: usize) {
    if let Some((end, _)) = text.char_indices().nth(most) {
        text.truncate(end);
    }
}

/// Cuts what a list says of a source to what is read of it, its words in one spelling.
pub fn shorten(source: &mut Source) {
    let words = std::iter::once(&mut source.name.0).chain(&mut source.title).chain(&mut source.tags);
    words.for_each(|word| *word = into_nfc(std::mem::take(word)));
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
    let config = reader.config_mut();
    (config.check_end_names, config.allow_unmatched_ends, config.allow_dangling_amp) = (false, true, true);
    let (mut sources, mut bad) = (Vec::<Source>::new(), Vec::new());
    let mut folders: Vec<Option<String>> = Vec::new();
    let mut places: HashMap<Url, usize> = HashMap::new();
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
        let mut title = attribute(&tag, "title").or_else(|| attribute(&tag, "text")).map(into_nfc);
        title.iter_mut().for_each(|title| cut(title, LONGEST_NAME));
        let other = || attribute(&tag, "url").filter(|_| leads_elsewhere(&tag) == Some(NO_ADDRESS));
        let address = attribute(&tag, "xmlUrl").or_else(|| attribute(&tag, "samestoryUrl")).or_else(other);
        if let Some(address) = &address {
            let read = address_of(address).and_then(|url| match others_rules(&tag) {
                Some(why) => Err(format!("{why}, which only that reader can apply; {ELSEWHERE}")),
                None => Ok(url),
            });
            match read {
                Ok(url) => {
                    let source = source_of(&tag, &url, title.as_deref(), &folders);
                    match places.get(&source.url) {
                        // In two folders it has the tags of both.
                        Some(place) => add_tags(&mut sources[*place].tags, source.tags),
                        None if sources.len() >= MOST_SOURCES => further += 1,
                        None => {
                            places.insert(source.url.clone(), sources.len());
                            sources.push(source);
                        }
                    }
                }
                Err(_) if bad.len() >= MOST_NAMED => unnamed += 1,
                Err(why) => {
                    let name = title.as_deref().map(|title| format!(" ({})", short(title))).unwrap_or_default();
                    bad.push(format!("`{}`{name} is not followed: {why}", Discreet::given(address)));
                }
            }
        } else if let Some(why) = leads_elsewhere(&tag) {
            if bad.len() >= MOST_NAMED {
                unnamed += 1;
            } else {
                bad.push(format!("`{}` is not followed: {why}", short(title.as_deref().unwrap_or("an entry"))));
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
    let mut names = HashMap::new();
    for source in &mut sources {
        source.name.0 = free_name(&source.name.0, &mut names);
    }
    (sources, bad)
}

/// What to do with a source that another reader makes by rules of its own.
const ELSEWHERE: &str = "look for a feed of this site, or add its page by link_selector";

/// Why a feed is none.
const NO_ADDRESS: &str = "it has no xmlUrl";
/// Why an entry without the address of a feed is none that could be followed, where it was meant as one.
fn leads_elsewhere(tag: &BytesStart<'_>) -> Option<&'static str> {
    let kind = attribute(tag, "type").unwrap_or_default().to_ascii_lowercase();
    match kind.as_str() {
        "include" => Some("it stands for another list; import that as a file of its own"),
        "rss" | "atom" | "feed" => Some(NO_ADDRESS),
        _ => None,
    }
}

/// The source that an outline describes; its name may be that of another one still.
fn source_of(tag: &BytesStart<'_>, url: &Url, title: Option<&str>, folders: &[Option<String>]) -> Source {
    let (url, inside) = parted(url);
    let mut source = Source::feed("", url);
    source.credentials = inside;
    let mut wanted = attribute(tag, "samestoryName").unwrap_or_else(|| name_of(&source.url));
    cut(&mut wanted, LONGEST_NAME - 8);
    source.name.0 = wanted;
    source.title = title.map(str::to_owned);
    source.lang = attribute(tag, "language").and_then(|tag| samestory_model::Lang::parse(&tag));
    let (own_tags, category) = (attribute(tag, "samestoryTags"), attribute(tag, "category"));
    source.tags = tags(folders, own_tags.as_deref(), category.as_deref().unwrap_or_default());
    let kind = attribute(tag, "samestoryKind").and_then(|name| SourceKind::from_name(&name));
    source.kind = kind.filter(|kind| kind.is_polled()).unwrap_or_default();
    source.link_pattern = attribute(tag, "samestoryLinkPattern");
    source.link_selector = attribute(tag, "samestoryLinkSelector");
    let full_text = attribute(tag, "samestoryFullText");
    source.full_text = full_text.and_then(|name| FullText::from_name(&name)).unwrap_or_default();
    source.every_seconds = attribute(tag, "samestoryEvery").and_then(|text| text.parse().ok());
    source.enabled = attribute(tag, "samestoryEnabled").as_deref() != Some("false");
    if attribute(tag, "samestoryTitle").as_deref() == Some("none") {
        source.title = None;
    }
    shorten(&mut source);
    source
}

/// Adds what is not among the tags yet, as far as there may be more.
fn add_tags(tags: &mut Vec<String>, others: Vec<String>) {
    for tag in others {
        if tags.len() < MOST_TAGS && !tags.contains(&tag) {
            tags.push(tag);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            let scheme = written.split(':').next().unwrap_or("").to_ascii_lowercase();
            let (sources, bad) = read(&list);
            let found = sources.first().map(|source| source.url.to_string());
            // What has no host of that kind is at least no file.
            assert!(sources.iter().all(|one| one.url.scheme().starts_with("http") && one.kind == SourceKind::Feed));
            assert!(taken.is_none() || found.as_deref() == taken, "{written}: {found:?}");
            assert_eq!(sources.len() + bad.len(), 1, "{written}");
            let named = |why: &String| why.contains(&format!("`{scheme}:` is no address")) || scheme.contains('/');
            assert!(scheme == "feed" || bad.iter().all(named), "{bad:?}");
        }
    }

    #[test]
    fn bare_ampersands_lose_nothing_wherever_they_stand() {
        for list in [
            "<outline text='T' xmlUrl='http://a.example/f?a=1&amp;b=2&c=3&copy=4&#38;d=5'/>",
            "& <outline text='T' xmlUrl='http://a.example/f?a=1&b=2&amp;c=3&amp;copy=4&d=5'/> &x &; && ",
            "<head><title>A & B</title></head><outline title='R&D & <b>' text='x' htmlUrl='http://a.example?x&y=&z' xmlUrl='http://a.example/f?a=1&b=2&c=3&copy=4&d=5' />",
            "<outline text='A & B'><outline xmlUrl='http://a.example/f?a=1&b=2&c=3&copy=4&d=5'/></outline>&",
        ] {
            let list = format!("<opml>{list}<outline xmlUrl='http://b.example/f'/> & </opml>");
            let (sources, bad) = read(&list);
            let found: Vec<&str> = sources.iter().map(|source| source.url.as_str()).collect();
            assert_eq!(found, ["http://a.example/f?a=1&b=2&c=3&copy=4&d=5", "http://b.example/f"], "{list}");
            assert!(bad.is_empty(), "{bad:?}");
        }
        let named = "<outline text='L&rsquo;&eacute;cho &amp; Co &none; Vie&#x302;&#x323;t'><outline xmlUrl='http://a.example/f'/></outline>";
        assert_eq!(read(named).0[0].tags, ["L\u{2019}écho & Co &none; Vi\u{1ec7}t"]);
    }

    #[test]
    fn a_feed_in_two_folders_has_the_tags_of_both_and_one_name() {
        let one = "<outline text='T' xmlUrl='http://a.example/f' category='X'/>";
        let list = format!(
            "<opml><outline text='A'>{one}</outline><outline text='B'><outline text='C'>{one}</outline></outline>{one}</opml>"
        );
        let (sources, bad) = read(&list);
        assert_eq!((sources.len(), bad.len()), (1, 0));
        assert_eq!(sources[0].tags, ["A", "X", "B", "C"]);
        assert_eq!(sources[0].name.0, "a.example-f");
    }

    #[test]
    fn sources_that_only_another_reader_can_make_are_named() {
        for (outline, why) in [
            ("type='HTML+XPath' frss:xPathItem='//a' xmlUrl='http://a.example/p'", Some("its type is `HTML+XPath`")),
            ("type='XML+XPath' xmlUrl='http://a.example/p'", Some("XML+XPath")),
            ("type='JSON+DotNotation' frss:jsonItem='x' xmlUrl='http://a.example/p'", Some("JSON+DotNotation")),
            ("type='rss' frss:xPathItem='//a' xmlUrl='http://a.example/p'", Some("frss:xPathItem")),
            ("type='include' url='http://a.example/list.opml'", Some("another list")),
            ("type='rss' htmlUrl='http://a.example/'", Some("no xmlUrl")),
            ("type='rss' xmlUrl='http://a.example/p' frss:priority='feed' frss:cssFullContent='p'", None),
            ("type='application/rss+xml' xmlUrl='http://a.example/p'", None),
            ("type='JSONFeed' xmlUrl='http://a.example/p'", None),
            ("type='rss' url='http://a.example/p'", None),
            ("type='' xmlUrl='http://a.example/p'", None),
        ] {
            let (sources, bad) = read(&format!("<opml xmlns:frss='x'><outline text='Name' {outline}/></opml>"));
            assert_eq!(sources.len(), usize::from(why.is_none()), "{outline}");
            match why {
                Some(why) => assert!(bad[0].contains(why) && bad[0].contains("Name"), "{bad:?}"),
                None => assert!(bad.is_empty(), "{bad:?}"),
            }
        }
        assert!(
            read("<opml><outline text='Folder'/><outline type='link' url='http://a.example/'/></opml>").1.is_empty()
        );
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
