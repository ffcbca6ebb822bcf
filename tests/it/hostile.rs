//! Feeds that want to do harm: nested, huge, packed, lying. Each is read by the program itself, which must end
//! by itself, soon, in little memory, and say something.

use super::bed::Bed;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fmt::Write as _;
use std::io::Write as _;

/// Bytes of a large feed: as many as are fetched at most, fewer where nothing is optimised.
const LARGE: usize = if cfg!(debug_assertions) { 1_000_000 } else { 20_000_000 };
/// Seconds of processor time that each may take; a process that takes more is killed.
const LIMIT: u64 = if cfg!(debug_assertions) { 10 } else { 2 };
/// Kilobytes of address space: 300 MB, and what the program with its model and libraries takes by itself.
const SPACE: usize = 420_000;

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::fast());
    out.write_all(data).expect("memory");
    out.finish().expect("memory")
}

fn rss(inside: &str) -> Vec<u8> {
    format!("<rss version=\"2.0\"><channel><title>P</title>{inside}</channel></rss>").into_bytes()
}

/// A piece again and again until the feed is large.
fn many(piece: &str) -> String {
    piece.repeat(LARGE / piece.len())
}

fn nested(name: &str, depth: usize) -> String {
    format!("{}x{}", format!("<{name}>").repeat(depth), format!("</{name}>").repeat(depth))
}

fn item(inside: &str) -> Vec<u8> {
    rss(&format!("<item><guid>1</guid><title>T</title>{inside}</item>"))
}

/// A piece again and again, each time with its number in place of `#`.
fn numbered(piece: &str) -> String {
    (0..LARGE / (piece.len() + 4)).fold(String::new(), |out, number| out + &piece.replace('#', &format!("{number:x}")))
}

/// What is small as it comes and large as it is read, and what is looked at again for each of its parts.
fn swelling() -> Vec<(&'static str, Vec<u8>)> {
    let with = |head: &str, body: Vec<u8>| [head.as_bytes(), &body].concat();
    let entity = |sign: &str| format!("<!DOCTYPE rss [<!ENTITY a \"{}\">]>", sign.repeat(250));
    let text = |inside: &str| item(&format!("<description>{inside}</description>"));
    let base = format!("http://a.example/{}/", "b".repeat(LARGE / 4));
    let json =
        |items: &str| format!("{{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[{items}]}}").into_bytes();
    let atom = |inside: &str| {
        format!("<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>P</title><entry><id>1</id><title>T</title>{inside}</entry></feed>")
            .into_bytes()
    };
    vec![
        ("an entity that stands for a hundred times itself", gzip(&with(&entity("A"), text(&many("&a;"))))),
        ("an entity of signs that are escaped", gzip(&with(&entity("<"), text(&many("&a;"))))),
        ("such an entity in attributes", with(&entity("A"), item(&many("<link rel='&a;&a;&a;'/>")))),
        ("such an entity in entries", with(&entity("A"), rss(&many("<item><title>&a;&a;&a;&a;</title></item>")))),
        ("such an entity in a sitemap", with(&entity("A"), format!("<urlset><url><loc>{}", many("&a;")).into_bytes())),
        ("a parameter entity", with("<!DOCTYPE r [<!ENTITY % a '<!ENTITY b \"x\">'>%a;%a;]>", text(&many("&b;")))),
        ("a document type without end", format!("<!DOCTYPE rss [{}", many("<!ENTITY a 'b'>")).into_bytes()),
        (
            "a long base before many addresses",
            format!(
                "<rss xml:base=\"{base}\"><channel><item><description>{}</description></item></channel></rss>",
                many("&lt;a href='x'>")
            )
            .into_bytes(),
        ),
        ("a long address before many addresses", {
            let long = format!("http://a.example/{}/", "b".repeat(8000));
            rss(&many(&format!(
                "<item><link>{long}</link><description>{}</description></item>",
                "&lt;a href='x'>".repeat(900)
            )))
        }),
        ("a base in a base", item(&many("<a xml:base='b/'>"))),
        ("namespaces in namespaces", item(&numbered("<a xmlns:n#='u#'>"))),
        ("namespaces in default namespaces", item(&many("<a xmlns='u'><b xmlns='v'>"))),
        ("prefixes without declarations", item(&numbered("<p#:a/>"))),
        ("quotes inside an attribute", item(&format!("<link href='{}'/>", many("\"")))),
        ("base64 of what is escaped", atom(&format!("<content type='image/png'>{}</content>", many("JiYm")))),
        ("prefixes of a known namespace", item(&numbered("<a xmlns:n#='http://search.yahoo.com/mrss/'><n#:title>T"))),
        ("bases on each entry", rss(&many("<item xml:base='b/'><link>x</link><title>T</title>"))),
        ("groups of media in one item", item(&many("<media:group><media:title/></media:group>"))),
        (
            "headlines of brackets",
            rss(&many(&format!("<item><title>{}</title></item>", "&lt;b>&lt;T>&lt;!--".repeat(900)))),
        ),
        ("headlines of quotes", rss(&many(&format!("<item><title>{}</title></item>", "&lt;a b='".repeat(900))))),
        (
            "CDATA that is never closed in each entry",
            rss(&many("<item><title><![CDATA[T</title><link><![CDATA[x</link></item>")),
        ),
        (
            "CDATA that is closed at the end only",
            [rss(&many("<item><title><![CDATA[T</title>")), b"]]>".to_vec()].concat(),
        ),
        ("halves of signs", rss(&format!("<item><title>{}</title></item>", many("&#55357;&#56832;&#55357;")))),
        (
            "halves of signs in bytes",
            [&b"<rss><item><title>"[..], &b"\xed\xa0\xbd\xed\xb8\x80\xed\xa0\xbd".repeat(LARGE / 9)].concat(),
        ),
        ("escapes to Japanese", [&b"<rss><item><title>"[..], &b"\x1b$B".repeat(LARGE / 3)].concat()),
        ("comments before a root", [many("<!-- <html> -->").into_bytes(), b"<rss/>".to_vec()].concat()),
        (
            "letters in pieces",
            rss(&format!("<item><title>T</title><description>a{}</description></item>", many("\u{323}\u{302}"))),
        ),
        ("categories of one item", item(&many("<category/>"))),
        ("links of one item", item(&many("<link>http://a.example/</link>"))),
        ("enclosures of one item", item(&many("<enclosure url='http://a.example/'/>"))),
        ("authors of one item", item(&many("<dc:creator>A</dc:creator>"))),
        ("translations of one item", atom(&many("<link rel='alternate' hreflang='de' href='/a'/>"))),
        ("an id that never ends", rss(&format!("<item><guid>{}</guid><title>T</title></item>", many("x")))),
        ("an address that never ends", item(&format!("<link>http://a.example/{}</link>", many("x/../")))),
        ("addresses that never end", rss(&many(&format!("<item><link>http://a/{}</link></item>", "x".repeat(9000))))),
        ("titles that are never closed", rss(&many("<item><title>T"))),
        ("a channel of nothing but links", rss(&many("<link>http://a.example/</link>"))),
        ("skipped hours without end", rss(&format!("<skipHours>{}</skipHours>", many("<hour>1</hour>")))),
        ("half of what opens", item(&many("<![CDATA[<!--<?"))),
        ("packed three times", gzip(&gzip(&gzip(&vec![b'<'; 4 * LARGE])))),
        ("packed in many pieces", gzip(b"<rss>").repeat(LARGE / 40)),
        (
            "an index that names itself",
            format!("<sitemapindex>{}</sitemapindex>", many("<sitemap><loc>feed.xml</loc></sitemap>")).into_bytes(),
        ),
        (
            "translations of one page",
            format!(
                "<urlset><url><loc>http://a.example/</loc>{}</url></urlset>",
                many("<xhtml:link hreflang='de' href='http://a.example/de'/>")
            )
            .into_bytes(),
        ),
        ("JSON with a quote too many in each item", json(&many("{\"id\":\"1\",\"title\":\"a\"b\"},"))),
        ("JSON without a value in each item", json(&many("{\"id\":1,\"title\":},"))),
        ("JSON that opens and never closes", json(&many("{\"id\":\"1\",\"x\":["))),
        ("JSON of one item that is a list", json(&format!("{{\"id\":1,\"tags\":[{}1]}}", many("1,")))),
        ("JSON of halves of signs", json(&format!("{{\"id\":1,\"content_text\":\"{}\"}}", many("\\ud83d")))),
        ("JSON with members without end", format!("{{{}\"items\":[]}}", numbered("\"a#\":1,")).into_bytes()),
        ("JSON with lists of items", format!("{{{}\"a\":1}}", many("\"items\":[],")).into_bytes()),
        ("JSON of commas", json(&many(","))),
    ]
}

/// Every document with its name.
fn documents() -> Vec<(&'static str, Vec<u8>)> {
    let depth = LARGE / 200;
    let laughs = "<!DOCTYPE rss [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">\
                  <!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\"><!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;\">]>";
    let quadratic = format!("<!DOCTYPE rss [<!ENTITY a \"{}\">]>", "A".repeat(50_000));
    let with = |head: &str, body: Vec<u8>| [head.as_bytes(), &body].concat();
    let names = (0..LARGE / 12).fold(String::new(), |mut out, number| {
        let _ = write!(out, "&n{number:x};");
        out
    });
    let attributes = (0..LARGE / 12).fold(String::from("<link"), |mut out, number| {
        let _ = write!(out, " a{number:x}=\"1\"");
        out
    }) + "/>";
    vec![
        ("an entity of entities", with(laughs, item("<description>&d;&d;</description>"))),
        ("a long entity many times", with(&quadratic, item(&format!("<description>{}</description>", many("&a;"))))),
        ("a file of the reader", with("<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>", item("&x;"))),
        ("many document types", with(&many("<!DOCTYPE [>"), item(""))),
        ("many instructions", with(&many("<? >"), item(""))),
        ("deep elements", item(&nested("a", depth))),
        ("deep elements that are never closed", item(&many("<a>"))),
        ("deep HTML", item(&format!("<description><![CDATA[{}]]></description>", nested("div", depth)))),
        ("deep HTML in a headline", rss(&format!("<item><title><![CDATA[{}]]></title></item>", nested("b", depth)))),
        ("crossed HTML", item(&format!("<description><![CDATA[{}]]></description>", many("<b><p></b>")))),
        ("one long text", item(&format!("<description>{}</description>", many("rain over the bay ")))),
        ("one long headline", rss(&format!("<item><title>{}</title></item>", many("&amp;")))),
        ("only ampersands", item(&many("&"))),
        ("only brackets", many("<").into_bytes()),
        ("only openings", item(&many("<a b='"))),
        ("entries that hold nothing", rss(&many("<item/>"))),
        ("tiny entries", rss(&many("<item><guid>1</guid></item>"))),
        ("entries inside entries", rss(&many("<item>"))),
        ("tiny Atom entries", many("<entry><id/></entry>").into_bytes()),
        ("names of entities", item(&names)),
        ("attributes", item(&attributes)),
        ("CDATA that never ends", item(&format!("<description><![CDATA[{}", many("x]] > ")))),
        ("CDATA without end", item(&many("<![CDATA["))),
        ("a comment that never ends", item(&many("<!-- "))),
        ("blanks first", [" ".repeat(LARGE).into_bytes(), item("")].concat()),
        ("blanks before quotes", item(&format!("<link href={}", many("  \"")))),
        ("zeros", vec![0; LARGE]),
        ("bytes of no encoding", (0..LARGE).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect()),
        ("a packed bomb", gzip(&vec![b' '; 4 * LARGE])),
        ("a packed bomb of entries", gzip(&rss(&many("<item/>").repeat(4)))),
        ("packed twice", gzip(&gzip(&vec![b' '; LARGE]))),
        (
            "a sitemap of tiny entries",
            [b"<urlset>".to_vec(), many("<url><loc>http://a.example/</loc></url>").into_bytes()].concat(),
        ),
        (
            "an index without end",
            [b"<sitemapindex>".to_vec(), many("<sitemap><loc>http://a/</loc></sitemap>").into_bytes()].concat(),
        ),
        ("deep JSON", [b"{\"items\":".to_vec(), many("[").into_bytes()].concat()),
        (
            "tiny JSON items",
            format!("{{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[{}{{}}]}}", many("{},")).into_bytes(),
        ),
        (
            "a long JSON text",
            format!("{{\"items\":[{{\"id\":1,\"content_text\":\"{}\"}}]}}", many("rain ")).into_bytes(),
        ),
        ("a page of links", [b"<html><body>".to_vec(), many("<a href='/x.rss'>feed</a>").into_bytes()].concat()),
        ("a date that never ends", item(&format!("<pubDate>{}</pubDate>", many("Mon, 1 ")))),
        ("prefixes", item(&many("<x:y/><z:y/>"))),
    ]
}

#[cfg(target_os = "linux")]
#[test]
fn no_feed_makes_the_program_panic_dawdle_or_swell() {
    for (name, bytes) in documents().into_iter().chain(swelling()) {
        let bed = Bed::new();
        let path = bed.file("feed.xml", bytes);
        let plain = bed.command(&["sources", "check", "--format", "json", path.to_str().expect("UTF-8")]);
        let mut command = std::process::Command::new("sh");
        command
            .arg("-c")
            .arg(format!("ulimit -v {SPACE}; ulimit -t {LIMIT}; exec \"$0\" \"$@\""))
            .arg(plain.get_program());
        command.args(plain.get_args()).env_clear().current_dir(bed.path(""));
        for (variable, value) in plain.get_envs() {
            if let Some(value) = value {
                command.env(variable, value);
            }
        }
        let output = command.output().expect("sh is there");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        if std::env::var_os("SAMESTORY_TELL_HOSTILE").is_some() {
            eprintln!("{name}: {:?} {}", output.status.code(), told.chars().take(100).collect::<String>());
        }
        assert!(!told.contains("panicked") && !told.contains("memory allocation"), "{name}: {told}");
        assert!(matches!(output.status.code(), Some(0 | 1)), "{name}: {:?} {told}", output.status);
        assert!(!output.stdout.is_empty() || !told.is_empty(), "{name}: nothing was said");
        assert!(!String::from_utf8_lossy(&output.stdout[..output.stdout.len().min(4096)]).contains("root:"), "{name}");
    }
}
