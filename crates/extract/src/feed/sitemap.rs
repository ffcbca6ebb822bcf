//! Reads news sitemaps and indexes of them.
//!
//! Elements are known by their own name and by that of the element they stand in, whatever their prefixes: `loc` of a
//! page is none of its pictures'. An entry without a news title still is an item: its page gives the headline. Of the
//! sitemaps that an index names, only those are kept that can hold news.

use super::entry::unescaped;
use super::limits::{MOST_ALTERNATES, MOST_ENTRIES, Room, is_sane};
use super::repair::Repaired;
use super::scan::local;
use jiff::Timestamp;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use samestory_model::dates::feed;
use samestory_model::markup::{resolved, title_text};
use samestory_model::{FeedFormat, Item, Lang, ParsedFeed, canonical_key, canonical_url};
use url::Url;

/// Sitemaps of an index that are read: those changed last, where the index tells.
const NEWEST: usize = 4;
/// Where it does not: so many from each end, because some indexes begin with the newest sitemap and
/// some end with it.
const EACH_END: usize = 4;
/// Elements inside each other that are looked at; a sitemap has five.
const DEEPEST: usize = 32;

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

/// The fields of one `url` element. Title and date of a video on the page count only where the page itself has none.
#[derive(Default)]
struct Entry {
    loc: String,
    lastmod: String,
    title: String,
    date: String,
    lang: String,
    image: String,
    video_title: String,
    video_date: String,
    /// Whether a picture, or a video, was read to its end: further ones add nothing.
    pictured: bool,
    filmed: bool,
    alternates: Vec<(Lang, Url)>,
    /// Whether it has begun, and which of them it is.
    begun: Option<Kind>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Page,
    Sitemap,
}

impl Entry {
    /// Where a text goes that stands in these elements, the innermost last.
    fn place(&mut self, open: &[String]) -> Option<&mut String> {
        let mut inward = open.iter().rev().map(String::as_str);
        let (name, parent, outer) = (inward.next()?, inward.next()?, inward.next().unwrap_or(""));
        Some(match (parent, name) {
            ("url" | "sitemap", "loc") => &mut self.loc,
            ("url" | "sitemap", "lastmod") => &mut self.lastmod,
            ("image", "loc") if !self.pictured => &mut self.image,
            ("news" | "url", "title") => &mut self.title,
            ("news" | "url", "publication_date") => &mut self.date,
            ("publication", "language") if matches!(outer, "news" | "url") => &mut self.lang,
            ("news" | "url", "language") => &mut self.lang,
            ("video", "title") if !self.filmed => &mut self.video_title,
            ("video", "publication_date") if !self.filmed => &mut self.video_date,
            _ => return None,
        })
    }

    /// A translation of the page, as `link` names it.
    fn translation(&mut self, tag: &BytesStart<'_>) {
        let value = |name: &str| {
            tag.attributes()
                .with_checks(false)
                .flatten()
                .find(|attribute| local(attribute.key.as_ref()) == name)
                .map(|attribute| resolved(&attribute.value).into_owned())
        };
        let lang = value("hreflang").and_then(|tag| Lang::parse(&tag));
        let url = value("href").and_then(|href| Url::parse(&unescaped(&href)).ok()).filter(is_sane);
        if self.alternates.len() < MOST_ALTERNATES {
            self.alternates.extend(lang.zip(url));
        }
    }

    /// The page or sitemap; some write only its path.
    fn address(&self, map: &Url) -> Option<Url> {
        let loc = Some(self.loc.trim()).filter(|loc| !loc.is_empty())?;
        let url = map.join(&unescaped(loc)).ok()?;
        Some(url).filter(|url| matches!(url.scheme(), "http" | "https") && is_sane(url))
    }

    fn item(self, map: &Url) -> Option<Item> {
        let url = self.address(map)?;
        let changed = feed::read(&self.lastmod);
        let published = feed::read(&self.date).or_else(|| feed::read(&self.video_date)).or(changed);
        let title = title_text(if self.title.trim().is_empty() { &self.video_title } else { &self.title });
        Some(Item {
            alternates: self.alternates.into_iter().filter(|(_, other)| *other != url).collect(),
            published,
            updated: changed.filter(|changed| published.is_some_and(|published| *changed > published)),
            lang: Lang::parse(&self.lang),
            image: Url::parse(&unescaped(self.image.trim())).ok().filter(is_sane),
            ..Item::headline(canonical_key(&url), Some(canonical_url(&url)), title)
        })
    }
}

/// What a sitemap has given so far.
struct Reading<'a> {
    address: &'a Url,
    parsed: ParsedFeed,
    named: Vec<(Option<Timestamp>, Url)>,
    room: Room,
    entry: Entry,
}

impl Reading<'_> {
    /// An entry is over; `false` where nothing more fits.
    fn close(&mut self) -> bool {
        let entry = std::mem::take(&mut self.entry);
        if entry.begun == Some(Kind::Sitemap) {
            let named = entry.address(self.address).filter(|url| url != self.address);
            self.named.extend(named.map(|url| (feed::read(&entry.lastmod), url)));
        } else if entry.begun == Some(Kind::Page)
            && entry.item(self.address).is_some_and(|item| !self.room.take(item, &mut self.parsed.items))
        {
            self.parsed.failures.push(self.room.left_out(self.address.as_str()));
            return false;
        }
        self.named.len() < MOST_ENTRIES
    }
}

/// Reads a repaired sitemap.
pub(super) fn read(repaired: &Repaired, address: &Url) -> ParsedFeed {
    let mut parsed = ParsedFeed::empty(FeedFormat::Sitemap);
    parsed.repairs.clone_from(&repaired.repairs);
    let mut reader = Reader::from_str(&repaired.xml);
    let config = reader.config_mut();
    (config.check_end_names, config.allow_unmatched_ends, config.allow_dangling_amp) = (false, true, true);
    let mut reading = Reading { address, parsed, named: Vec::new(), room: Room::whole(), entry: Entry::default() };
    let mut open: Vec<String> = Vec::new();
    loop {
        let event = reader.read_event();
        match event {
            Ok(Event::Start(ref tag) | Event::Empty(ref tag)) => {
                let qualified = tag.name();
                let name = local(qualified.as_ref());
                let kind = match name {
                    "url" => Some(Kind::Page),
                    "sitemap" => Some(Kind::Sitemap),
                    _ => None,
                };
                // Entries stand side by side: one that was not closed is over where the next begins.
                if kind.is_some() {
                    if !reading.close() {
                        break;
                    }
                    open.truncate(1);
                    reading.entry.begun = kind;
                } else if name == "link" {
                    reading.entry.translation(tag);
                }
                if matches!(event, Ok(Event::Start(_))) && open.len() < DEEPEST {
                    open.push(name.to_owned());
                }
            }
            Ok(Event::Text(text)) => put(&mut reading.entry, &open, &text),
            Ok(Event::CData(text)) => put(&mut reading.entry, &open, &text),
            Ok(Event::GeneralRef(name)) => put(&mut reading.entry, &open, &format!("&{};", &*name)),
            Ok(Event::End(tag)) => {
                let qualified = tag.name();
                let name = local(qualified.as_ref());
                if let Some(place) = open.iter().rposition(|one| one == name) {
                    open.truncate(place);
                }
                if matches!(name, "url" | "sitemap") && !reading.close() {
                    break;
                }
                reading.entry.pictured |= name == "image" && !reading.entry.image.is_empty();
                reading.entry.filmed |= name == "video" && !reading.entry.video_title.is_empty();
            }
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
    }
    let Reading { mut parsed, named, .. } = reading;
    parsed.children = worth_asking(named);
    parsed
}

/// Puts a text where it belongs.
fn put(entry: &mut Entry, open: &[String], text: &str) {
    if let Some(place) = entry.place(open) {
        place.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::repair::repair;

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

    fn of(map: &str) -> ParsedFeed {
        let address = Url::parse("https://paper.example/map.xml").expect("an address");
        read(&repair(map, &address).expect("of its own size"), &address)
    }

    /// Address, headline, time and picture of the one entry.
    fn only(map: &str) -> [String; 4] {
        let mut parsed = of(map);
        assert_eq!(parsed.items.len(), 1, "{map}");
        let item = parsed.items.remove(0);
        let text = |url: Option<Url>| url.map(String::from).unwrap_or_default();
        let time = item.published.map(|time| time.to_string()).unwrap_or_default();
        assert!(item.lang.is_none_or(|lang| lang.as_str() == "vi"), "{map}");
        [text(item.url), item.title, time, text(item.image)]
    }

    #[test]
    fn elements_are_known_by_their_own_name_and_their_parent() {
        let news = "<n:news><n:publication><n:name>P</n:name><n:language>vi</n:language></n:publication><n:publication_date>2026-03-02</n:publication_date><n:title>Tin &amp; m&#7899;i</n:title></n:news>";
        let plain = "<news><publication><name>P</name><language>vi</language></publication><publication_date>2026-03-02</publication_date><title><![CDATA[Tin &amp; mới]]></title></news>";
        let video = "<video:video><video:title>Phim</video:title><video:publication_date>2025-01-01</video:publication_date><video:thumbnail_loc>https://paper.example/t.jpg</video:thumbnail_loc></video:video>";
        let picture = "<i:image><i:loc>https://paper.example/1.jpg</i:loc><i:title>Ảnh</i:title></i:image><i:image><i:loc>https://paper.example/2.jpg</i:loc></i:image>";
        let bare = "<image><loc>https://paper.example/1.jpg</loc><title>Ảnh</title></image>";
        let (title, day, jpg) = ("Tin & mới", "2026-03-02T", "https://paper.example/1.jpg");
        for (inside, title, day, image) in [
            (news.to_owned(), title, day, ""),
            (plain.to_owned(), title, day, ""),
            (format!("{video}{news}"), title, day, ""),
            (format!("{news}{video}"), title, day, ""),
            (video.to_owned(), "Phim", "2025-01-01T", ""),
            (format!("{video}{}", video.replace("Phim", "Khác")), "Phim", "2025-01-01T", ""),
            (picture.to_owned(), "", "", jpg),
            (bare.to_owned(), "", "", jpg),
            (format!("{picture}{news}"), title, day, jpg),
            (format!("<i:image/>{news}"), title, day, ""),
            (format!("{news}{bare}<lastmod>2024-01-01</lastmod>"), title, day, jpg),
            ("<lastmod>2024-01-01</lastmod>".to_owned(), "", "2024-01-01T", ""),
        ] {
            for (root, prefix) in [("urlset", ""), ("sm:urlset", "sm:")] {
                let map = format!(
                    "<{root}><{prefix}url><{prefix}loc>https://paper.example/a?x=1&amp;y=2</{prefix}loc>{inside}</{prefix}url></{root}>"
                );
                let found = only(&map);
                assert_eq!((&*found[0], &*found[1]), ("https://paper.example/a?x=1&y=2", title), "{map}");
                assert!(found[2].starts_with(day) && (day.is_empty() == found[2].is_empty()), "{map}: {}", found[2]);
                assert_eq!(found[3], image, "{map}");
            }
        }
    }

    #[test]
    fn an_index_is_one_whatever_its_prefix_and_what_is_left_open_loses_nothing() {
        let index = "<s:sitemapindex xmlns:s='x'><s:sitemap><s:loc>https://paper.example/1.xml</s:loc><s:lastmod>2026-01-01</s:lastmod></s:sitemap><s:sitemap><s:loc> https://paper.example/2.xml </s:loc></s:sitemap></s:sitemapindex>";
        assert_eq!(of(index).children.iter().map(Url::path).collect::<Vec<_>>(), ["/1.xml", "/2.xml"]);
        let open = "<urlset><url><loc>https://paper.example/1</loc><news:title>A<url><loc>https://paper.example/2</loc></url></b><url><loc>https://paper.example/3</loc></url><url><loc>https://paper.ex";
        let links = of(open).items.iter().filter_map(|item| item.url.clone()).map(String::from).collect::<Vec<_>>();
        assert_eq!(links, ["https://paper.example/1", "https://paper.example/2", "https://paper.example/3"]);
    }
}
