//! Reads news sitemaps and indexes of them.
//!
//! An entry without a news title still is an item: its page gives the headline. Of the sitemaps that
//! an index names, only those are kept that can hold news.

use super::limits::{MOST_ALTERNATES, MOST_ENTRIES, Room, is_sane};
use super::repair::Repaired;
use jiff::Timestamp;
use quick_xml::Reader;
use quick_xml::events::Event;
use samestory_model::dates::feed;
use samestory_model::markup::title_text;
use samestory_model::{FeedFormat, Item, Lang, ParsedFeed, canonical_key, canonical_url};
use url::Url;

/// Sitemaps of an index that are read: those changed last, where the index tells.
const NEWEST: usize = 4;
/// Where it does not: so many from each end, because some indexes begin with the newest sitemap and
/// some end with it.
const EACH_END: usize = 4;

/// The sitemaps of an index that are worth asking, best first.
fn worth_asking(mut named: Vec<(Option<Timestamp>, Url)>) -> Vec<Url> {
    if named.iter().any(|(changed, _)| changed.is_some()) {
        named.sort_by_key(|(changed, _)| std::cmp::Reverse(*changed));
        named.truncate(NEWEST);
    } else if named.len() > 2 * EACH_END {
        named.drain(EACH_END..named.len() - EACH_END);
    }
    named.into_iter().map(|pair| pair.1).collect()
}

#[derive(Default)]
struct Entry {
    loc: String,
    lastmod: String,
    title: String,
    date: String,
    lang: String,
    image: String,
    alternates: Vec<(Lang, Url)>,
}

fn item(entry: Entry) -> Option<Item> {
    let url =
        Url::parse(entry.loc.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https") && is_sane(url))?;
    let changed = feed::read(&entry.lastmod);
    let published = feed::read(&entry.date).or(changed);
    Some(Item {
        alternates: entry.alternates.into_iter().filter(|(_, other)| *other != url).collect(),
        published,
        updated: changed.filter(|changed| published.is_some_and(|published| *changed > published)),
        lang: Lang::parse(&entry.lang),
        image: Url::parse(entry.image.trim()).ok().filter(is_sane),
        ..Item::headline(canonical_key(&url), Some(canonical_url(&url)), title_text(&entry.title))
    })
}

/// Reads a repaired sitemap.
pub(super) fn read(repaired: &Repaired, address: &Url) -> ParsedFeed {
    let mut parsed = ParsedFeed::empty(FeedFormat::Sitemap);
    parsed.repairs.clone_from(&repaired.repairs);
    let mut reader = Reader::from_str(&repaired.xml);
    reader.config_mut().check_end_names = false;
    let mut named = Vec::new();
    let (mut entry, mut inside, mut image) = (Entry::default(), String::new(), false);
    let mut room = Room::whole();
    loop {
        if named.len() >= MOST_ENTRIES {
            break;
        }
        match reader.read_event() {
            Ok(Event::Start(tag) | Event::Empty(tag)) => {
                tag.name().as_ref().clone_into(&mut inside);
                image |= inside.starts_with("image:");
                if matches!(inside.as_str(), "url" | "sitemap") {
                    entry = Entry::default();
                    image = false;
                }
                if (inside.ends_with(":link") || inside == "link") && entry.alternates.len() < MOST_ALTERNATES {
                    let value = |name: &str| {
                        tag.attributes()
                            .with_checks(false)
                            .flatten()
                            .find(|attribute| attribute.key.as_ref() == name)
                            .map(|attribute| attribute.value.replace("&amp;", "&"))
                    };
                    let lang = value("hreflang").and_then(|tag| Lang::parse(&tag));
                    let url = value("href").and_then(|href| Url::parse(&href).ok()).filter(is_sane);
                    entry.alternates.extend(lang.zip(url));
                }
            }
            Ok(Event::Text(text)) => put(&mut entry, &inside, image, &text),
            Ok(Event::CData(text)) => put(&mut entry, &inside, image, &text),
            Ok(Event::GeneralRef(name)) => put(&mut entry, &inside, image, &format!("&{};", &*name)),
            Ok(Event::End(tag)) => {
                match tag.name().as_ref() {
                    "url" => {
                        let item = item(std::mem::take(&mut entry));
                        if item.is_some_and(|item| !room.take(item, &mut parsed.items)) {
                            parsed.failures.push(room.left_out(address.as_str()));
                            break;
                        }
                    }
                    "sitemap" => {
                        let named_here = Url::parse(entry.loc.trim()).ok().filter(|url| is_sane(url) && url != address);
                        named.extend(named_here.map(|url| (feed::read(&entry.lastmod), url)));
                    }
                    name if name.starts_with("image:image") => image = false,
                    _ => {}
                }
                inside.clear();
            }
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
    }
    parsed.children = worth_asking(named);
    parsed
}

fn put(entry: &mut Entry, inside: &str, image: bool, text: &str) {
    let place = match inside {
        "loc" => &mut entry.loc,
        "lastmod" => &mut entry.lastmod,
        "image:loc" if image && entry.image.is_empty() => &mut entry.image,
        name if name.ends_with(":title") && !image => &mut entry.title,
        name if name.ends_with(":publication_date") => &mut entry.date,
        name if name.ends_with(":language") => &mut entry.lang,
        _ => return,
    };
    if matches!(inside, "loc" | "lastmod") {
        place.push_str(&text.replace("&amp;", "&"));
    } else {
        place.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(dated: bool) -> Vec<String> {
        let named = (1..=12).map(|number| {
            let changed = dated.then(|| Timestamp::from_second(1000 * i64::from((number * 5) % 12)).ok()).flatten();
            (changed, Url::parse(&format!("https://paper.example/{number}")).expect("an address"))
        });
        let paths = worth_asking(named.collect());
        paths.iter().map(|url| url.path().trim_matches('/').to_owned()).collect()
    }

    #[test]
    fn an_index_gives_its_newest_sitemaps_or_both_its_ends() {
        assert_eq!(named(true), ["7", "2", "9", "4"]);
        assert_eq!(named(false), ["1", "2", "3", "4", "9", "10", "11", "12"]);
    }
}
