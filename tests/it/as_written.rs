//! What publishers write is read as they meant it: bases, alternates, headlines, media, encodings, pages that are none.

use samestory_extract::feed;
use samestory_model::{FeedFormat, Item, ParsedFeed};
use url::Url;

const ATOM: &str = "http://www.w3.org/2005/Atom";
const MEDIA: &str = "http://search.yahoo.com/mrss/";

fn read_bytes(bytes: &[u8]) -> ParsedFeed {
    let address = Url::parse("https://paper.example/rss/feed.xml").expect("an address");
    feed::feed(bytes, None, &address).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(bytes)))
}

fn read(text: &str) -> ParsedFeed {
    read_bytes(text.as_bytes())
}

fn only(text: &str) -> Item {
    let mut parsed = read(text);
    assert_eq!(parsed.items.len(), 1, "{text}");
    parsed.items.remove(0)
}

fn link(item: &Item) -> &str {
    item.url.as_ref().map_or("", Url::as_str)
}

/// One entry in each of the forms of a feed, with what stands on root, channel and entry; broken ones are read
/// item by item.
fn forms(on: [&str; 3], atom: &str, rss: &str) -> Vec<String> {
    let [root, channel, entry] = on;
    let spaces = format!("xmlns:media='{MEDIA}' xmlns:dc='http://purl.org/dc/elements/1.1/'");
    let mut forms = vec![
        format!("<feed xmlns='{ATOM}' {spaces} {root}><title>P</title><entry {entry}>{atom}</entry></feed>"),
        format!("<a:feed xmlns:a='{ATOM}' {spaces} {root}><a:entry {entry}>{}</a:entry></a:feed>", prefixed(atom, "a")),
        format!(
            "<rss version='2.0' {spaces} {root}><channel {channel}><title>P</title><item {entry}>{rss}</item></channel></rss>"
        ),
    ];
    if channel.is_empty() {
        let rdf = "xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'";
        forms.push(format!(
            "<rdf:RDF {rdf} {spaces} {root}><channel><title>P</title></channel><item {entry}>{rss}</item></rdf:RDF>"
        ));
    }
    let broken: Vec<String> =
        forms.iter().map(|form| form.replace("</entry>", "<br></entry>").replace("</item>", "<br></item>")).collect();
    forms.extend(broken);
    forms
}

/// Elements of Atom with a prefix.
fn prefixed(atom: &str, prefix: &str) -> String {
    ["title", "link", "id", "summary", "content", "updated"].iter().fold(atom.to_owned(), |text, name| {
        text.replace(&format!("<{name}"), &format!("<{prefix}:{name}"))
            .replace(&format!("</{name}>"), &format!("</{prefix}:{name}>"))
    })
}

#[test]
fn relative_addresses_count_from_the_bases_around_them() {
    for (on, expected) in [
        (["", "", ""], "https://paper.example/rss/x"),
        (["xml:base='http://base.example/j/'", "", ""], "http://base.example/j/x"),
        (["xml:base='/j/'", "", ""], "https://paper.example/j/x"),
        (["xml:base='/j/'", "", "xml:base='2025/'"], "https://paper.example/j/2025/x"),
        (["", "", "xml:base='2025/'"], "https://paper.example/rss/2025/x"),
        (["xml:base='javascript:x'", "", "xml:base='/k/'"], "https://paper.example/k/x"),
        (["xml:base='http://base.example/?a=1&amp;b=2'", "", ""], "http://base.example/x"),
    ] {
        for form in forms(
            on,
            "<title>T</title><link href='x'/><id>i</id>",
            "<title>T</title><link>x</link><guid isPermaLink='false'>i</guid>",
        ) {
            assert_eq!(link(&only(&form)), expected, "{form}");
        }
    }
    let on_channel = "<rss version='2.0' xml:base='/a/'><channel xml:base='b/'><item><title>T</title><link>x</link></item><item xml:base='c/'><title>U</title><link>x</link></item><item><title>V</title><link>x</link></item></channel></rss>";
    let links: Vec<String> = read(on_channel).items.iter().map(|item| link(item).to_owned()).collect();
    let base = "https://paper.example/a/b/";
    assert_eq!(links, [format!("{base}x"), format!("{base}c/x"), format!("{base}x")]);
    for form in forms(
        ["xml:base='/j/'", "", ""],
        "<title>T</title><link xml:base='http://base.example/y/' href='z'/>",
        "<title>T</title><link xml:base='http://base.example/y/'>z</link>",
    ) {
        assert_eq!(link(&only(&form)), "http://base.example/y/z", "{form}");
    }
    let text = "<title>T</title><link href='http://paper.example/1'/><content type='html' xml:base='/img/'>&lt;img src='a.png'></content>";
    let item = only(&format!("<feed xmlns='{ATOM}'><entry>{text}</entry></feed>"));
    assert!(item.content_html.contains("https://paper.example/img/a.png"), "{}", item.content_html);
}

#[test]
fn of_several_alternates_the_page_is_the_link() {
    let page = "<link rel='alternate' type='text/html' href='/page'/>";
    for (links, expected) in [
        (format!("<link rel='alternate' type='application/json' href='/api/1'/>{page}"), "/page"),
        (format!("<link rel='alternate' type='application/activity+json' href='/api/1'/>{page}"), "/page"),
        (
            "<link rel='alternate' type='application/atom+xml; type=entry' href='/api/1'/><link href='/page'/>"
                .to_owned(),
            "/page",
        ),
        (format!("<link rel='alternate' type='text/html;charset=utf-8' hreflang='de' href='/de'/>{page}"), "/page"),
        ("<link rel='alternate' type='application/pdf' href='/paper.pdf'/>".to_owned(), "/paper.pdf"),
        (
            "<link rel='alternate' type='application/json' href='/api/1'/><link hreflang='vi' href='/vi'/>".to_owned(),
            "/vi",
        ),
    ] {
        for form in forms(
            [""; 3],
            &format!("<title>T</title>{links}"),
            &format!("<title>T</title>{}", links.replace("<link", "<atom:link")),
        ) {
            assert_eq!(link(&only(&form)), format!("https://paper.example{expected}"), "{form}");
        }
    }
}

#[test]
fn an_ampersand_in_an_address_is_one_however_often_it_was_escaped() {
    let meant = "https://paper.example/v?a=1&b=2";
    for written in [
        "<![CDATA[/v?a=1&amp;b=2]]>",
        "/v?a=1&amp;b=2",
        "/v?a=1&amp;amp;b=2",
        "/v?a=1&b=2",
        "<![CDATA[/v?a=1&#38;b=2]]>",
    ] {
        let item =
            format!("<rss version='2.0'><channel><item><title>T</title><link>{written}</link></item></channel></rss>");
        assert_eq!(link(&only(&item)), meant, "{written}");
    }
    let guid = "<rss version='2.0'><channel><item><title>T</title><guid>HTTPS://paper.example/v?a=1&amp;amp;b=2</guid></item></channel></rss>";
    assert_eq!(link(&only(guid)), meant);
    let json =
        r#"{"version":"https://jsonfeed.org/version/1","items":[{"id":"1","url":"/v?a=1&amp;b=2","title":"T"}]}"#;
    assert_eq!(link(&only(json)), meant);
    let id = format!("<feed xmlns='{ATOM}'><entry><id>HTTP://paper.example/thing</id><title>T</title></entry></feed>");
    assert_eq!(link(&only(&id)), "http://paper.example/thing");
}

#[test]
fn words_in_brackets_stay_in_the_headlines_of_every_form() {
    for (written, title) in [
        ("&lt;meta&gt; tags", "<meta> tags"),
        ("&lt;antirez&gt;", "<antirez>"),
        ("Why Vec&lt;T&gt; &amp;amp; List&lt;String&gt;", "Why Vec<T> & List<String>"),
        ("<![CDATA[Why Vec<T>]]>", "Why Vec<T>"),
        ("<![CDATA[&lt;antirez&gt;]]>", "<antirez>"),
        ("The &lt;b&gt; tag", "The <b> tag"),
        ("&lt;b&gt;Bold&lt;/b&gt; <![CDATA[<i>news</i>]]>", "Bold news"),
        ("&lt;p>Begins", "Begins"),
    ] {
        let title_of = |kind: &str| format!("<title{kind}>{written}</title>");
        for form in forms([""; 3], &title_of(" type='html'"), &title_of("")).into_iter().chain(forms(
            [""; 3],
            &title_of(""),
            &title_of(""),
        )) {
            assert_eq!(only(&form).title, title, "{form}");
        }
        for named in ["dc:title", "media:title"] {
            let rss = format!("<rss version='2.0'><channel><item><{named}>{written}</{named}></item></channel></rss>");
            assert_eq!(only(&rss).title, title, "{rss}");
        }
        for (open, close) in [
            ("<rss version='2.0'><channel>", "<item><title>x</title></item></channel></rss>"),
            (&*format!("<feed xmlns='{ATOM}'>"), "</feed>"),
        ] {
            assert_eq!(
                read(&format!("{open}{}{close}", title_of(""))).title.as_deref(),
                Some(title),
                "{open} {written}"
            );
        }
    }
    for (typed, title) in [
        ("<title type='text'>&lt;b&gt;x&lt;/b&gt; &amp;lt;</title>", "<b>x</b> <"),
        ("<title type='html'>&lt;b&gt;x&lt;/b&gt; &amp;lt;T&amp;gt;</title>", "x <T>"),
        (
            "<title type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>A <b>c</b> &lt;b&gt; <own>d</own></div></title>",
            "A c <b> d",
        ),
    ] {
        let entry = format!("<feed xmlns='{ATOM}'>{typed}<entry>{typed}</entry></feed>");
        assert_eq!(only(&entry).title, title, "{typed}");
        assert_eq!(read(&entry).title.as_deref(), Some(title), "{typed}");
    }
    let naked = "<rss version='2.0'><channel><item><title>Vec<T> and <em>more</em></title><link>/1</link></item></channel></rss>";
    assert_eq!(only(naked).title, "Vec<T> and more");
    let json = r#"{"version":"https://jsonfeed.org/version/1.1","title":"<nordkai> & co","items":[{"id":"1","title":"Why <b>List</b><T> & AT&amp;T","summary":"1 < 2 & <p>","content_text":"Use <b>\nand <i>x</i>"}]}"#;
    let parsed = read(json);
    assert_eq!(parsed.title.as_deref(), Some("<nordkai> & co"));
    let item = &parsed.items[0];
    assert_eq!(
        (&*item.title, &*item.summary_text, &*item.content_text),
        ("Why <b>List</b><T> & AT&T", "1 < 2 & <p>", "Use <b>\nand <i>x</i>")
    );
}

#[test]
fn media_groups_and_elements_of_atom_speak_for_an_entry_that_says_no_more() {
    let group = "<media:group><media:title>The pier</media:title><media:content url='/v.mp4'/><media:description>Seen &lt;3\nfrom above &amp; below</media:description></media:group>";
    for entry in
        forms([""; 3], &format!("<id>v</id><link href='/v'/>{group}"), &format!("<guid>v</guid><link>/v</link>{group}"))
    {
        for entry in [entry.clone(), entry.replace("media:", "m:").replace("xmlns:media", "xmlns:m")] {
            let item = only(&entry);
            assert_eq!((&*item.title, &*item.summary_text), ("The pier", "Seen <3\nfrom above & below"), "{entry}");
        }
    }
    for entry in forms(
        [""; 3],
        &format!("<title>Own</title><summary>Said</summary>{group}"),
        &format!("<title>Own</title><description>Said</description>{group}"),
    ) {
        let item = only(&entry);
        assert_eq!((&*item.title, &*item.summary_text), ("Own", "Said"), "{entry}");
    }
    let inside = "<x:id>tag:1</x:id><x:title type='html'>T &lt;i>i&lt;/i></x:title><x:link href='/t'/><x:updated>2026-03-02T10:00:00Z</x:updated><x:summary>S</x:summary><x:content type='html'>&lt;p>C&lt;/p></x:content><x:author><x:name>A B</x:name></x:author>";
    for prefix in ["x", "atom", "a10"] {
        let inside = inside.replace("x:", &format!("{prefix}:"));
        for end in ["", "<br>"] {
            let item = only(&format!(
                "<rss version='2.0' xmlns:{prefix}='{ATOM}'><channel><item>{inside}{end}</item></channel></rss>"
            ));
            let seen =
                (&*item.id, &*item.title, link(&item), &*item.summary_text, &*item.content_text, item.byline.join("+"));
            assert_eq!(seen, ("tag:1", "T i", "https://paper.example/t", "S", "C", "A B".to_owned()), "{prefix}{end}");
            assert_eq!(
                item.published.map(|time| time.to_string()).as_deref(),
                Some("2026-03-02T10:00:00Z"),
                "{prefix}{end}"
            );
        }
    }
}

#[test]
fn a_headline_whose_cdata_was_never_closed_ends_with_its_element() {
    let feed = "<rss version='2.0'><channel><title><![CDATA[Paper</title><item><title><![CDATA[One</title><link><![CDATA[/1]]></link><description><![CDATA[a <b>b</b>]]></description></item><item><title><![CDATA[Two]]></title><link>/2</link></item><item><title><![CDATA[Three</title><link>/3</link></item></channel></rss>";
    let parsed = read(feed);
    let seen: Vec<(&str, &str)> =
        parsed.items.iter().map(|item| (&*item.title, item.url.as_ref().map_or("", Url::path))).collect();
    assert_eq!(seen, [("One", "/1"), ("Two", "/2"), ("Three", "/3")]);
    assert_eq!((parsed.title.as_deref(), &*parsed.items[0].summary_text), (Some("Paper"), "a b"));
}

#[test]
fn json_that_is_cut_or_has_commas_too_many_is_read_item_by_item() {
    let item = |n: u8| format!(r#"{{"id":"{n}","title":"T {n}"}}"#);
    let whole = format!(
        r#"{{"version":"https://jsonfeed.org/version/1.1","title":"P","items":[{},{},{}]}}"#,
        item(1),
        item(2),
        item(3)
    );
    for cut in whole.find("items").expect("a list") + 9..=whole.len() {
        let complete = whole[..cut].matches("\"}").count();
        let titles: Vec<String> = read(&whole[..cut]).items.into_iter().map(|item| item.title).collect();
        assert_eq!(titles, (1..=complete).map(|n| format!("T {n}")).collect::<Vec<_>>(), "{}", &whole[..cut]);
    }
    for broken in [
        whole.replace("\"}", "\",}"),
        whole.replace("}]", "},]"),
        whole.replace("},{", "},,{"),
        whole.replace("]}", "],}"),
    ] {
        assert_eq!(read(&broken).items.len(), 3, "{broken}");
    }
}

#[test]
fn everything_that_is_read_is_in_one_spelling() {
    let (pieces, whole) = ("Vie\u{302}\u{323}t", "Vi\u{1ec7}t");
    let rss = format!(
        "<rss version='2.0'><channel><title>{pieces}</title><item><title>{pieces}</title><link>/{pieces}</link><author>{pieces}</author><description>{pieces} &lt;b>{pieces}&lt;/b></description></item></channel></rss>"
    );
    let json = format!(
        r#"{{"version":"https://jsonfeed.org/version/1.1","title":"{pieces}","items":[{{"id":"1","url":"/{pieces}","title":"{pieces}","author":{{"name":"{pieces}"}},"summary":"{pieces}","content_text":"{pieces}"}}]}}"#
    );
    for text in [rss, json] {
        let parsed = read(&text);
        let item = &parsed.items[0];
        assert_eq!(parsed.title.as_deref(), Some(whole));
        for one in [&item.title, &item.summary_text, &item.content_text, &item.byline[0]] {
            assert!(!one.contains('\u{302}') && (one.is_empty() || one.contains(whole)), "{one}");
        }
        assert!(link(item).contains("Vie%CC%82%CC%A3t"), "an address keeps its bytes: {}", link(item));
    }
}

#[test]
fn halves_of_signs_and_broken_bytes_change_no_other_letter() {
    let feed = |title: &[u8]| {
        [
            &b"<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><item><title>"[..],
            title,
            b"</title></item></channel></rss>",
        ]
        .concat()
    };
    for (title, read_as) in [
        (&b"Nice \xed\xa0\xbd\xed\xb8\x80 Vi\xe1\xbb\x87t"[..], "Nice \u{1f600} Vi\u{1ec7}t"),
        (
            b"Nice &#55357;&#56832; &amp;#xD83D;&amp;#xDE00; <![CDATA[&#55357;&#56832;]]>",
            "Nice \u{1f600} \u{1f600} \u{1f600}",
        ),
        (b"Vi\xe1\xbb\x87t \xff Nam", "Vi\u{1ec7}t \u{fffd} Nam"),
        (b"\x1b$BCO?L\x1b(B", "地震"),
    ] {
        assert_eq!(read_bytes(&feed(title)).items[0].title, read_as);
    }
}

#[test]
fn a_feed_is_one_whatever_its_comments_and_instructions_name() {
    for before in
        ["<!-- <html> -->", "<?xml version='1.0'?><!-- <!DOCTYPE html><body> -->", "<?pi <html>?>", "<!DOCTYPE rss>"]
    {
        for (root, format) in [
            ("<rss version='2.0'><channel><item><title>T</title></item></channel></rss>", FeedFormat::Rss2),
            ("<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>T</title></entry></feed>", FeedFormat::Atom),
            (
                "<s:urlset xmlns:s='x'><s:url><s:loc>https://paper.example/1</s:loc></s:url></s:urlset>",
                FeedFormat::Sitemap,
            ),
        ] {
            let parsed = read(&format!("{before}\n{root}"));
            assert_eq!((parsed.format, parsed.items.len()), (format, 1), "{before}{root}");
        }
    }
}
