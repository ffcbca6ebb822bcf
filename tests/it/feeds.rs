//! What is read out of feeds as publishers really write them, and that ids hold still.

use samestory_extract::feed;
use samestory_model::{FeedFormat, Item, ParsedFeed};
use std::fmt::Write as _;
use url::Url;

fn address() -> Url {
    Url::parse("https://paper.example/feed.xml").expect("an address")
}

fn read(text: &str) -> ParsedFeed {
    feed::feed(text.as_bytes(), None, &address()).expect(text)
}

fn rss(items: &str) -> String {
    format!("<rss version=\"2.0\"><channel><title>Paper</title>{items}</channel></rss>")
}

fn atom(entries: &str) -> String {
    format!("<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>Paper</title>{entries}</feed>")
}

fn only(text: &str) -> Item {
    let mut parsed = read(text);
    assert_eq!(parsed.items.len(), 1, "{text}");
    parsed.items.remove(0)
}

fn link(item: &Item) -> Option<&str> {
    item.url.as_ref().map(Url::as_str)
}

#[test]
fn a_link_is_found_however_it_is_written() {
    for (entry, expected) in [
        ("<link href=\"/a\"/>", Some("https://paper.example/a")),
        ("<link rel=\"alternate\">https://paper.example/text</link>", Some("https://paper.example/text")),
        (
            "<link rel=\"enclosure\">/sound.mp3</link><link rel=\"alternate\" href=\"/a\"/>",
            Some("https://paper.example/a"),
        ),
        ("<link rel=\"self\" href=\"/self\"/><link href=\"/a\"/>", Some("https://paper.example/a")),
        ("<image><link href=\"/picture\"/></image><link href=\"/a\"/>", Some("https://paper.example/a")),
        ("<link hreflang=\"de\" href=\"/de\"/><link href=\"/a\"/>", Some("https://paper.example/a")),
        ("<link href=\"https://paper.example/live#entry-7\"/>", Some("https://paper.example/live#entry-7")),
        ("<link href=\"https://paper.example/a#xtor=RSS-1\"/>", Some("https://paper.example/a")),
        ("<link href=\"javascript:alert(1)\"/>", None),
        ("<id>https://paper.example/by-id</id>", Some("https://paper.example/by-id")),
    ] {
        assert_eq!(link(&only(&atom(&format!("<entry><title>T</title>{entry}</entry>")))), expected, "{entry}");
    }
}

#[test]
fn a_guid_stands_for_a_missing_link_only_where_it_may() {
    let item = |guid: &str| only(&rss(&format!("<item><title>T</title>{guid}</item>")));
    let address = "https://paper.example/7";
    assert_eq!(link(&item(&format!("<guid>{address}</guid>"))), Some(address));
    assert_eq!(link(&item(&format!("<guid isPermaLink=\"true\">{address}</guid>"))), Some(address));
    assert_eq!(link(&item(&format!("<guid isPermaLink=\"false\">{address}</guid>"))), None);
}

#[test]
fn ids_are_the_publishers_and_stand_directly_in_the_entry() {
    let rdf = "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" xmlns=\"http://purl.org/rss/1.0/\">\
               <channel/><item rdf:about=\"https://paper.example/1\"><title>T</title></item></rdf:RDF>";
    assert_eq!(only(rdf).id, "https://paper.example/1");
    let nested = atom("<entry><source><id>other</id></source><id>mine</id><title>T</title></entry>");
    assert_eq!(only(&nested).id, "mine");
}

#[test]
fn headlines_come_from_where_they_stand() {
    let spaces = "xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:media=\"http://search.yahoo.com/mrss/\"";
    let title =
        |item: &str| only(&format!("<rss version=\"2.0\" {spaces}><channel><item>{item}</item></channel></rss>")).title;
    assert_eq!(title("<dc:title>Dublin</dc:title>"), "Dublin");
    assert_eq!(title("<media:title>Picture</media:title>"), "Picture");
    assert_eq!(title("<title>Headline</title><media:title>Picture</media:title>"), "Headline");
    assert_eq!(title("<title>Ship &amp;amp; <![CDATA[<b>Harbour</b>]]></title>"), "Ship & Harbour");
    let undeclared = rss("<item><title>Headline</title><media:title>Picture</media:title></item>");
    assert_eq!(only(&undeclared).title, "Headline");
}

#[test]
fn dates_and_languages_are_found_under_their_other_names() {
    let dc = "xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:dcterms=\"http://purl.org/dc/terms/\"";
    let text = format!(
        "<rss version=\"2.0\" xml:lang=\"sv_SE\" {dc}><channel>\
         <item><title>A</title><dcterms:issued>2026-03-02T10:00:00Z</dcterms:issued></item>\
         <item><title>B</title><dc:language>de-AT</dc:language></item></channel></rss>"
    );
    let items = read(&text).items;
    assert_eq!(items[0].published.map(|time| time.to_string()).as_deref(), Some("2026-03-02T10:00:00Z"));
    let langs: Vec<_> = items.iter().map(|item| item.lang.map(|lang| lang.to_string())).collect();
    assert!(langs[0].as_deref().is_some_and(|lang| lang.starts_with("sv")), "{langs:?}");
    assert!(langs[1].as_deref().is_some_and(|lang| lang.starts_with("de")), "{langs:?}");
}

#[test]
fn one_bad_entry_never_loses_the_others() {
    let good = |number: u8| format!("<item><guid>{number}</guid><title>Nr. {number}</title></item>");
    for (why, bad) in [
        ("an unclosed element", "<item><guid>x</guid><title>Bad<br></title></item>"),
        ("a tag without an end", "<item><guid>x</guid><title <b>Bad</title></item>"),
        ("a quote without an end", "<item><guid isPermaLink=\"false>x</guid><title>Bad</title></item>"),
        ("a bare ampersand", "<item><guid>x</guid><title>Fish & Chips &copy 2026 &#0;</title></item>"),
        ("crossed elements", "<item><guid>x</guid><title><b>Bad</title></b></item>"),
        ("an entry without an end", "<item><guid>x</guid><title>Bad</title>"),
        ("an entry that holds nothing", "<item></item>"),
    ] {
        let items = read(&rss(&[&good(1), bad, &good(2), &good(3)].concat())).items;
        let titles: Vec<&str> = items.iter().map(|item| item.title.as_str()).collect();
        for number in 1..=3 {
            assert!(titles.contains(&format!("Nr. {number}").as_str()), "{why}: {titles:?}");
        }
        assert_eq!(items.len(), 4, "{why}: {titles:?}");
    }
}

#[test]
fn a_feed_that_breaks_off_keeps_what_is_whole_and_tells_what_is_not() {
    let whole = rss(&(0..20).fold(String::new(), |mut text, number| {
        let _ = write!(
            text,
            "<item><guid>{number}</guid><title>Nr. {number}</title><link>https://paper.example/{number}</link>\
             <description>Rain &amp; wind</description></item>"
        );
        text
    }));
    for cut in (200..whole.len()).step_by(37) {
        let parsed = read(&whole[..cut]);
        let complete = whole[..cut].matches("</item>").count();
        assert!(parsed.items.len() >= complete, "{cut}: {} of {complete}", parsed.items.len());
        for (number, item) in parsed.items.iter().take(complete).enumerate() {
            assert_eq!(
                (item.id.as_str(), item.title.as_str()),
                (number.to_string().as_str(), format!("Nr. {number}").as_str())
            );
        }
    }
}

#[test]
fn an_entry_told_twice_is_one_and_a_page_is_no_feed() {
    let twice = rss(&"<item><title>T</title><link>https://paper.example/1</link></item>".repeat(2));
    let items = read(&twice).items;
    assert_eq!(items[0].id, items[1].id);
    let page = "<!-- x --><!DOCTYPE html><html><head><link rel=\"alternate\" type=\"application/atom+xml\" href=\"/f\">\
                <title>P</title></head><body>About the &lt;rss> format</body></html>";
    let parsed = read(page);
    assert_eq!((parsed.format, parsed.discovered[0].as_str()), (FeedFormat::Html, "https://paper.example/f"));
}

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

/// One entry in parts, so that a part can be changed and the rest stay.
#[derive(Clone)]
struct Made {
    guid: Option<String>,
    link: Option<String>,
    title: String,
    date: String,
    text: String,
}

impl Made {
    fn by(dice: &mut Dice) -> Self {
        let number = dice.below(1_000_000);
        let (guid, link) = match dice.below(3) {
            0 => (Some(format!("tag:paper.example,2026:{number}")), None),
            1 => (None, Some(format!("http://www.paper.example/news/{number}"))),
            _ => (Some(format!("http://paper.example/?p={number}")), Some(format!("http://paper.example/n/{number}/"))),
        };
        let words = ["Brücke", "ferry &amp; quay", "<![CDATA[Sturm <b>über</b> Bucht]]>", "Mưa lớn", "항구", "plain"];
        let word = |dice: &mut Dice| words[dice.below(words.len() as u64) as usize];
        let (title, text) = (format!("{} {number}", word(dice)), [word(dice), word(dice)].concat());
        Self { guid, link, title, date: format!("{:02} Mar 2026 10:00:00 GMT", dice.below(28) + 1), text }
    }

    fn write(&self, atom: bool) -> String {
        let mut out = String::new();
        let (guid, title) = (&self.guid, &self.title);
        if atom {
            let _ = write!(out, "<entry><title>{title}</title><updated>{}</updated>", self.date);
            guid.iter().for_each(|guid| out.push_str(&format!("<id>{guid}</id>")));
            self.link.iter().for_each(|link| out.push_str(&format!("<link href=\"{link}\"/>")));
            out + "<summary>" + &self.text + "</summary></entry>"
        } else {
            let _ = write!(out, "<item><title>{title}</title><pubDate>{}</pubDate>", self.date);
            guid.iter().for_each(|guid| out.push_str(&format!("<guid>{guid}</guid>")));
            self.link.iter().for_each(|link| out.push_str(&format!("<link>{link}</link>")));
            out + "<description>" + &self.text + "</description></item>"
        }
    }
}

#[test]
fn ids_survive_a_second_parse_an_edited_headline_and_the_move_to_https() {
    let mut dice = Dice(5);
    let ids = |made: &[Made], atomic: bool, change: fn(String) -> String| -> Vec<String> {
        let entries: String = made.iter().map(|one| one.write(atomic)).collect();
        let text = change(if atomic { atom(&entries) } else { rss(&entries) });
        let once = read(&text).items.into_iter().map(|item| item.id).collect::<Vec<_>>();
        let twice = read(&text).items.into_iter().map(|item| item.id).collect::<Vec<_>>();
        assert_eq!(once, twice, "two parses of the same bytes: {text}");
        once
    };
    for round in 0..150 {
        let atomic = round % 2 == 0;
        let made: Vec<Made> = (0..=dice.below(8)).map(|_| Made::by(&mut dice)).collect();
        let first = ids(&made, atomic, |text| text);
        assert_eq!(first.len(), made.len());
        assert_eq!(first, ids(&made, atomic, |text| text.replace("http://", "https://")), "moved to https");
        let edited: Vec<Made> = made
            .iter()
            .map(|one| Made { title: format!("Updated: {}", one.title), text: one.text.repeat(2), ..one.clone() })
            .collect();
        assert_eq!(first, ids(&edited, atomic, |text| text), "edited");
        // A repaired copy of the feed: one entity that XML does not know, one bare ampersand.
        let damaged = ids(&made, atomic, |text| text.replacen("Paper", "Paper &nbsp;& more", 1));
        assert_eq!(first, damaged, "repaired");
        // What is lost at the end changes nothing of what stands before.
        let broken =
            ids(&made, atomic, |text| text.trim_end_matches("</channel></rss>").trim_end_matches("</feed>").to_owned());
        assert_eq!(first, broken, "broken off after the last entry");
    }
}

#[test]
fn a_news_sitemap_tells_headline_language_and_date() {
    let map = "<urlset xmlns:news=\"http://www.google.com/schemas/sitemap-news/0.9\"><url><loc>https://paper.example/a?x=1&amp;y=2</loc>\
               <news:news><news:publication><news:name>Paper</news:name><news:language>vi</news:language></news:publication>\
               <news:publication_date>2026-03-02T08:00:00+07:00</news:publication_date><news:title>Mưa &amp; gió</news:title>\
               </news:news></url><url><loc>ftp://paper.example/b</loc></url></urlset>";
    let parsed = read(map);
    assert_eq!((parsed.format, parsed.items.len()), (FeedFormat::Sitemap, 1));
    let item = &parsed.items[0];
    assert_eq!((link(item), item.title.as_str()), (Some("https://paper.example/a?x=1&y=2"), "Mưa & gió"));
    assert_eq!(item.published.map(|time| time.to_string()).as_deref(), Some("2026-03-02T01:00:00Z"));
    assert_eq!(item.lang.map(|lang| lang.to_string()).as_deref(), Some("vi"));
}

#[test]
fn a_listing_page_is_read_by_pattern_or_by_selector() {
    use samestory_model::{Source, SourceKind};
    let page = "<html lang='sv'><body><nav><a href='/om'>Om oss</a></nav><h2><a href='/nyheter/1.html'><img></a></h2>\
                <h2><a href='/nyheter/1.html'>Bron är stängd</a></h2><h2><a href='/sport/2.html'>Laget vann</a></h2></body></html>";
    let read = |pattern: Option<&str>, selector: Option<&str>| {
        let mut source = Source::feed("paper", address());
        source.kind = SourceKind::Listing;
        source.link_pattern = pattern.map(str::to_owned);
        source.link_selector = selector.map(str::to_owned);
        feed::source(page.as_bytes(), Some("text/html"), &address(), &source)
    };
    let titles = |parsed: &ParsedFeed| parsed.items.iter().map(|item| item.title.clone()).collect::<Vec<_>>();
    assert_eq!(titles(&read(Some("/nyheter/*.html"), None).expect("a page")), ["Bron är stängd"]);
    assert_eq!(titles(&read(None, Some("h2 a")).expect("a page")), ["Bron är stängd", "Laget vann"]);
    assert!(read(None, Some("h2 >> a")).is_err(), "a selector that does not read is told");
}
