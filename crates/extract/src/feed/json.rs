//! Reads JSON Feed, more tolerantly than its specification: any version, numbers as ids, and JSON that is none.
//!
//! Each item is taken out of the text and read by itself, so that one that is broken loses only itself and a large
//! feed is never there as values at once: these take a hundred times the text.

use super::dates::Dates;
use super::entry::unescaped;
use super::json_mend::{mended, skip, string_end, value_end};
use super::limits::{MOST_NAMED, MOST_NAMES, Room, is_sane, text_within};
use super::{item_id, shown, with_distinct_ids};
use samestory_model::dates::feed;
use samestory_model::markup::{Said, as_html, name_text, plain_text, rebase, title_as};
use samestory_model::{Failure, Fault, FeedFormat, Item, Lang, ParsedFeed, Repair, into_nfc};
use serde_json::Value;
use url::Url;

/// Brackets, commas and colons of one item at most: each may stand for a value, which takes a hundred bytes.
const MOST_SIGNS: usize = 100_000;
/// Lists of items that are read of one feed, which may have one.
const MOST_LISTS: usize = 8;
/// Bytes of a member of the feed itself that are read.
const LONGEST_MEMBER: usize = 64 << 10;

/// What a value says as text, without signs that no text holds.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => {
            let odd = |sign: char| sign < ' ' && !matches!(sign, '\t' | '\n' | '\r');
            let text = text_within(text);
            if text.contains(odd) { text.replace(odd, "") } else { text.to_owned() }
        }
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

/// A value as it stands, or mended; `Err` with what is wrong with it.
fn value(raw: &str, repaired: &mut bool) -> Result<Value, String> {
    if raw.bytes().filter(|byte| matches!(byte, b'{' | b'[' | b',' | b':')).count() > MOST_SIGNS {
        return Err(format!("it holds more than {MOST_SIGNS} values"));
    }
    serde_json::from_str(raw).or_else(|error| {
        let mended = serde_json::from_str(&mended(raw)).map_err(|_| error.to_string())?;
        *repaired = true;
        Ok(mended)
    })
}

/// Where the list of items begins, behind its bracket, and the feed's other members.
#[derive(Default)]
struct Head {
    items: Option<usize>,
    members: serde_json::Map<String, Value>,
}

/// Goes through the members of the feed from `at` on, up to its items.
fn head(json: &str, mut at: usize, head: &mut Head, repaired: &mut bool) {
    let bytes = json.as_bytes();
    loop {
        at = skip(bytes, at, b",");
        if bytes.get(at) != Some(&b'"') {
            return;
        }
        let Some(key_end) = string_end(bytes, at) else { return };
        let key = &json[at + 1..key_end - 1];
        let colon = skip(bytes, key_end, b"");
        if bytes.get(colon) != Some(&b':') {
            return;
        }
        let start = skip(bytes, colon + 1, b"");
        if key == "items" && bytes.get(start) == Some(&b'[') {
            head.items = Some(start + 1);
            return;
        }
        let Some(end) = value_end(bytes, start) else { return };
        if end - start <= LONGEST_MEMBER
            && let Ok(value) = value(&json[start..end], repaired)
        {
            head.members.insert(key.to_owned(), value);
        }
        at = end;
    }
}

/// Where a list of items begins, looked for by its name alone.
fn found_items(json: &str) -> Option<usize> {
    let bytes = json.as_bytes();
    json.match_indices("\"items\"").find_map(|(place, name)| {
        let colon = skip(bytes, place + name.len(), b"");
        let start = skip(bytes, colon + 1, b"");
        (bytes.get(colon) == Some(&b':') && bytes.get(start) == Some(&b'[')).then_some(start + 1)
    })
}

/// Whether an object is an item rather than one of its attachments or authors.
fn is_item(entry: &Value) -> bool {
    ["id", "content_html", "content_text", "date_published"].iter().any(|name| entry.get(name).is_some())
}

/// The items of a feed, one after the other.
struct Items<'a> {
    json: &'a str,
    at: usize,
    repaired: bool,
    broken: Vec<(usize, String)>,
    met: usize,
    /// Bytes that may be gone through in vain; what is broken everywhere is given up.
    patience: usize,
    closed: bool,
}

impl Items<'_> {
    /// Goes behind an item that does not read, to where the next one begins.
    fn pass_over(&mut self, start: usize, end: usize) {
        let bytes = self.json.as_bytes();
        self.patience = self.patience.saturating_sub(end - start);
        let mut at = start;
        while let Some(brace) = bytes[at..].iter().position(|byte| *byte == b'}').map(|place| at + place) {
            let comma = skip(bytes, brace + 1, b"");
            let next = skip(bytes, comma, b",");
            at = brace + 1;
            if bytes.get(comma) != Some(&b',') || bytes.get(next) != Some(&b'{') {
                continue;
            }
            let Some(end) = value_end(bytes, next) else { continue };
            self.patience = self.patience.saturating_sub(end - next);
            if self.patience == 0 {
                break;
            }
            if value(&self.json[next..end], &mut self.repaired).is_ok_and(|entry| is_item(&entry)) {
                self.at = next;
                return;
            }
        }
        self.at = bytes.len();
    }
}

impl Iterator for Items<'_> {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        let bytes = self.json.as_bytes();
        loop {
            self.at = skip(bytes, self.at, b",");
            match bytes.get(self.at) {
                None => return None,
                Some(b']') => {
                    (self.closed, self.at) = (true, self.at + 1);
                    return None;
                }
                Some(b'{') => {}
                Some(_) => {
                    // What is no object is no item.
                    self.at = value_end(bytes, self.at).map_or(bytes.len(), |end| end.max(self.at + 1));
                    continue;
                }
            }
            self.met += 1;
            let (start, end) = (self.at, value_end(bytes, self.at));
            let read = match end {
                Some(end) => value(&self.json[start..end], &mut self.repaired),
                None => Err("it breaks off".to_owned()),
            };
            match read {
                Ok(entry) => {
                    self.at = end.unwrap_or(bytes.len());
                    return Some(entry);
                }
                Err(why) => {
                    self.broken.push((self.met, why));
                    self.pass_over(start, end.unwrap_or(bytes.len()));
                }
            }
        }
    }
}

/// Reads a JSON Feed; `None` where the text is no JSON or holds no items.
pub(super) fn read(json: &str, base: &Url) -> Option<ParsedFeed> {
    let json = json.trim_start_matches('\u{feff}').trim_start();
    if !json.starts_with('{') {
        return None;
    }
    let (mut stated, mut repaired) = (Head::default(), false);
    head(json, 1, &mut stated, &mut repaired);
    let start = stated.items.or_else(|| found_items(json));
    let mut parsed = ParsedFeed::empty(FeedFormat::Json);
    let (mut room, mut entries) = (Room::whole(), Vec::new());
    let mut list = Items {
        json,
        at: start.unwrap_or(json.len()),
        repaired,
        broken: Vec::new(),
        met: 0,
        patience: 4 * json.len() + (1 << 20),
        closed: false,
    };
    // What the feed says of itself may stand behind its items.
    let mut lang = stated.members.get("language").map(text).and_then(|tag| Lang::parse(&tag));
    let tag = stated.members.get("language").map(text);
    let dates = Dates::of(json, tag.as_deref(), base);
    if start.is_some() {
        for lists in 1.. {
            let mut fits = true;
            for entry in list.by_ref() {
                let dates_of = |name: &str| entry[name].as_str();
                let item = item(&entry, lang, base);
                let item = dates.settle(item, dates_of("date_published"), dates_of("date_modified"));
                fits = room.take(item, &mut entries);
                if !fits {
                    parsed.failures.push(room.left_out(base.as_str()));
                    break;
                }
            }
            if !fits || !std::mem::take(&mut list.closed) {
                break;
            }
            stated.items = None;
            head(json, list.at, &mut stated, &mut list.repaired);
            let Some(another) = stated.items else { break };
            if lists == MOST_LISTS {
                let what = format!("it holds more than {MOST_LISTS} lists of items; the first were read");
                let hint = "ask the publisher: a feed has one list";
                parsed.failures.push(Failure::new(base.as_str(), Fault::Publisher, what, hint));
                break;
            }
            list.at = another;
        }
    }
    let member = |name: &str| stated.members.get(name).map(text).unwrap_or_default();
    if start.is_none() && !member("version").contains("jsonfeed.org") {
        return None;
    }
    if lang.is_none() {
        lang = Lang::parse(&member("language"));
        entries.iter_mut().filter(|item| item.lang.is_none()).for_each(|item| item.lang = lang);
    }
    (parsed.title, parsed.lang) = (Some(title(&member("title"))).filter(|title| !title.is_empty()), lang);
    let home = stated.members.get("home_page_url").and_then(Value::as_str);
    parsed.home = home.and_then(|home| base.join(home).ok());
    if list.repaired {
        let why = "JSON that is none was mended: half a sign, a line break in a string, a comma too many, and the like";
        parsed.repairs.push(Repair { name: "broken-json".into(), why: why.into() });
    }
    let named = list.broken.iter().take(MOST_NAMED).map(|(number, why)| {
        let hint = "the other items of the feed are read";
        Failure::new(format!("{base}, item {number}"), Fault::Publisher, format!("does not read: {why}"), hint)
    });
    parsed.failures.extend(named);
    if list.broken.len() > MOST_NAMED || list.patience == 0 {
        let what = format!("{} further items do not read", list.broken.len().saturating_sub(MOST_NAMED));
        let what = if list.patience == 0 { "it is broken everywhere; the rest was not read".to_owned() } else { what };
        parsed.failures.push(Failure::new(base.as_str(), Fault::Publisher, what, "the first are named above"));
    }
    parsed.repairs.extend(dates.said());
    parsed.items = with_distinct_ids(entries);
    Some(parsed)
}

/// A headline: the format says that it is plain text.
fn title(text: &str) -> String {
    title_as(text, Said::Text)
}

/// A text that the format says is plain: brackets and ampersands stay, and its lines.
fn lines(text: &str) -> String {
    let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    into_nfc(lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n"))
}

/// One item.
fn item(entry: &Value, feed_lang: Option<Lang>, base: &Url) -> Item {
    let address = |name: &str| {
        let said = entry[name].as_str().filter(|text| !text.is_empty());
        let on_the_web = |url: &Url| matches!(url.scheme(), "http" | "https") && is_sane(url);
        said.and_then(|text| base.join(&unescaped(text)).ok()).filter(on_the_web)
    };
    let own = text(&entry["id"]);
    let permanent = || Url::parse(&own).ok().filter(|url| matches!(url.scheme(), "http" | "https") && is_sane(url));
    let url = address("url").or_else(|| address("external_url")).or_else(permanent);
    let within = url.as_ref().unwrap_or(base);
    let content_html = rebase(&text(&entry["content_html"]), within);
    let plain = into_nfc(text(&entry["content_text"]));
    let title = title(&text(&entry["title"]));
    let date = |name: &str| entry.get(name).map(text).and_then(|text| feed::read(&text));
    let authors = match entry["authors"].as_array() {
        Some(authors) => authors.as_slice(),
        None => std::slice::from_ref(&entry["author"]),
    };
    let names = authors.iter().take(MOST_NAMES).map(|author| name_text(&text(&author["name"])));
    let summary = text(&entry["summary"]);
    Item {
        id: item_id(&own, url.as_ref(), &title, &text(&entry["date_published"]), &format!("{plain}{content_html}")),
        title,
        published: date("date_published").or_else(|| date("date_modified")),
        updated: date("date_modified"),
        lang: Lang::parse(&text(&entry["language"])).or(feed_lang),
        summary_text: lines(&summary),
        summary_html: as_html(&summary),
        content_text: if plain.is_empty() { plain_text(&content_html) } else { plain },
        content_html,
        byline: names.filter(|name| !name.is_empty()).collect(),
        alternates: Vec::new(),
        image: address("image").or_else(|| address("banner_image")),
        url: url.map(shown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(items: &str) -> ParsedFeed {
        let json = format!(
            "{{\"version\":\"https://jsonfeed.org/version/1\",\"title\":\"P\",\"items\":[{items}],\"language\":\"sv\"}}"
        );
        read(&json, &Url::parse("https://paper.example/feed.json").expect("an address")).expect("a feed")
    }

    fn titles(read: &ParsedFeed) -> Vec<&str> {
        read.items.iter().map(|item| item.title.as_str()).collect()
    }

    #[test]
    fn what_is_broken_in_one_item_loses_at_most_that_item() {
        let good = |n: usize| {
            format!(
                r#"{{"id":"{n}","url":"/{n}","title":"T {n}","authors":[{{"name":"A","url":"/a"}},{{"name":"B"}}]}}"#
            )
        };
        for (bad, kept) in [
            (r#"{"id":"x","title":"Half \ud83d of it"}"#, true),
            (r#"{"id":"x","title":"NaN","date_published":NaN}"#, true),
            (r#"{"id":"x","title":"comma",}"#, true),
            (r#"{"id":7,"title":5,"url":8,"authors":3,"summary":[1]}"#, true),
            ("{\"id\":\"x\",\"title\":\"two\nlines\"}", true),
            (r#"{"id":"x","title":"nul \u0000","content_text":"a\u0000b"}"#, true),
            (r#"{"id":"x","title":"a "quoted" word","authors":[{"name":"A"},{"name":"B","url":"/b"}]}"#, false),
            (r#"{"id":"x","title":"odd " quote"}"#, false),
            (r#"{"id":"x","title":}"#, false),
            (
                r#"{"id":"x" "title":"no comma","attachments":[{"url":"/1","title":"a"},{"url":"/2","title":"b"}]}"#,
                false,
            ),
            (r#"{"id":"x","title":"never closed,"url":"/x"}"#, false),
            (r#""no object""#, false),
        ] {
            let read = feed(&[good(1), bad.to_owned(), good(2), good(3)].join(", "));
            let mut found = titles(&read);
            found.retain(|title| title.starts_with("T "));
            assert_eq!(found, ["T 1", "T 2", "T 3"], "{bad}: {:?}", read.failures);
            assert_eq!(read.items.len(), 3 + usize::from(kept), "{bad}: {:?}", titles(&read));
            assert!(read.items.iter().all(|item| !item.content_text.contains('\0')));
            assert_eq!(read.title.as_deref(), Some("P"), "{bad}");
        }
    }

    #[test]
    fn lists_of_items_without_end_are_named_and_a_few_are_read() {
        let base = Url::parse("https://paper.example/feed.json").expect("an address");
        let feed = |lists: usize| {
            let lists = r#""items":[],"#.repeat(lists);
            let json = format!(r#"{{{lists}"items":[{{"id":"1","title":"A"}}],"title":"P"}}"#);
            read(&json, &base).expect("a feed")
        };
        let (few, many) = (feed(3), feed(200_000));
        assert_eq!((titles(&few), few.failures.len(), few.title.as_deref()), (vec!["A"], 0, Some("P")));
        assert!(many.items.is_empty() && many.failures[0].message.contains("more than 8 lists"), "{:?}", many.failures);
    }

    #[test]
    fn a_feed_that_breaks_off_gives_what_is_whole_and_says_so() {
        let base = Url::parse("https://paper.example/feed.json").expect("an address");
        let json = r#"{"title":"odd " one","items":[{"id":"1","title":"A"},{"id":"2","title":"B"#;
        let read = read(json, &base).expect("a feed");
        assert_eq!((titles(&read), read.failures.len()), (vec!["A"], 1));
        assert!(super::read(r#"{"a": 1}"#, &base).is_none() && super::read("[1]", &base).is_none());
        assert_eq!(feed(r#"{"id":"1","title":"A"}"#).items[0].lang, Lang::parse("sv"));
    }
}
