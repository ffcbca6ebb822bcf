//! What a page can cost is bounded whatever its tokens are: the parser's lists, what a page says of itself, its memory.

use super::hostile::spent;
use super::settings;
use samestory_extract::article::{self, ExtractError, Repeated};
use samestory_model::Extracted;
use std::time::Duration;
use url::Url;

const TEXT: &str = "The council met on Tuesday and closed the bridge for a year, the mayor said.";

fn read(html: &str) -> Result<Extracted, ExtractError> {
    let address = Url::parse("https://a.example/b").expect("an address");
    article::page(html, Some(&address), &settings(), &Repeated::none())
}

fn numbered(times: usize, part: impl Fn(usize) -> String) -> String {
    (0..times).map(part).collect()
}

/// Time on a processor that a page took; zero where the system does not say.
fn cost(html: &str) -> Duration {
    let began = spent();
    let _ = read(html);
    began.zip(spent()).map(|(began, ended)| ended.saturating_sub(began)).unwrap_or_default()
}

/// A page of some size, by a number that it grows with.
type Page = fn(usize) -> String;

/// Pages whose cost once grew with the square of their size, or with more.
fn growing() -> Vec<(&'static str, Page)> {
    vec![
        ("end tags that end nothing beside a tag in a comment", |n| {
            format!("<p>{TEXT}</p>{}", "</x><!--</div>--><div>".repeat(n))
        }),
        ("end tags below deep markup", |n| format!("<p>{TEXT}</p>{}{}", "<div>".repeat(255), "</x>".repeat(10 * n))),
        ("a comment that opens a quotation mark", |n| format!("<p>{TEXT}</p>{}", "<!--<x a=\"--><div>".repeat(n))),
        ("attributes behind a comment that looks like a tag", |n| {
            format!("<p>{TEXT}</p><!--<x a=\"--><p {}>", numbered(10 * n, |at| format!("a{at} ")))
        }),
        ("attributes behind a script that seems to go on", |n| {
            let attributes = numbered(10 * n, |at| format!("a{at} "));
            format!("<p>{TEXT}</p><script><!--<script></script a=\"--></script><p {attributes}>\">x")
        }),
        ("attributes of a title's end tag behind an entity", |n| {
            format!("<title>&lt</title {}><p>{TEXT}</p>", numbered(10 * n, |at| format!("a{at} ")))
        }),
        ("attributes of an end tag", |n| format!("<p>{TEXT}</p></p {}>", numbered(10 * n, |at| format!("a{at} ")))),
        ("attributes behind a section of an image", |n| {
            format!("<p>{TEXT}</p><svg><![CDATA[]]></svg><p {}>", numbered(10 * n, |at| format!("a{at} ")))
        }),
        ("attributes that are added to the root", |n| {
            format!("<p>{TEXT}</p>{}", numbered(2 * n, |at| format!("<html a{at}=1>")))
        }),
        ("formatting whose end tags say that it is closed", |n| {
            let fonts = numbered(48, |at| {
                format!("<font color={at}>{}", if at % 16 == 15 { "</b>".repeat(16) } else { String::new() })
            });
            format!("<p>{TEXT}</p>{fonts}{}", "<p>x".repeat(n))
        }),
        ("cells whose objects stay open", |n| {
            format!("<p>{TEXT}</p><table><tr>{}{}", "<td><applet></td>".repeat(n), "<b></b>".repeat(n))
        }),
        ("forms that are closed around open blocks", |n| format!("<p>{TEXT}</p>{}", "<form><div></form>".repeat(n))),
        ("images in titles in images", |n| format!("<p>{TEXT}</p>{}", "<svg><title>".repeat(n))),
        ("templates", |n| format!("<p>{TEXT}</p>{}", "<template>".repeat(n))),
        ("paragraphs' end tags", |n| format!("<p>{TEXT}</p>{}", "</p>".repeat(4 * n))),
        ("lines in a table that has no cell", |n| format!("<p>{TEXT}</p><table>{}", "\n".repeat(10 * n))),
        ("other languages", |n| {
            let link = |at| format!("<link rel=alternate hreflang=de href=/{at}>");
            format!("<head>{}</head><p>{TEXT}</p>", numbered(n, link))
        }),
        ("addresses joined to a long one", |n| {
            let links = numbered(n, |at| format!("<link rel=alternate hreflang=de href={at}>"));
            format!("<head><base href=\"https://a.example/{}/\">{links}</head><p>{TEXT}</p>", "x".repeat(20 * n))
        }),
        ("bases joined to bases", |n| format!("<head>{}</head><p>{TEXT}</p>", "<base href=\"xxxx/\">".repeat(n))),
        ("times in times", |n| format!("<p>{TEXT}</p>{}{}", "<time>".repeat(240), format!("{TEXT} ").repeat(n / 8))),
        ("headlines in headlines", |n| {
            format!("<p>{TEXT}</p>{}{}", "<h1><div>".repeat(120), format!("{TEXT} ").repeat(n / 8))
        }),
        ("authors", |n| {
            let authors = numbered(n, |at| format!("<meta name=author content=\"Author Number {at}\">"));
            format!("{authors}<p>{TEXT}</p>{}", "<p>short</p>".repeat(n))
        }),
        ("parts side by side, each with a menu", |n| {
            numbered(n / 2, |at| format!("<div class=x><p>{TEXT} {at}</p></div><nav>a {at}</nav>"))
        }),
        ("headlines in a row before two paragraphs", |n| {
            let links = numbered(n, |at| format!("<li><a href=/{at}>A headline of some length {at}</a></li>"));
            format!("<article>{}{links}<p>{TEXT}</p><p>{TEXT}</p>", format!("<p>{TEXT}</p>").repeat(n / 4))
        }),
    ]
}

#[test]
fn twice_the_page_costs_no_more_than_about_twice() {
    for (what, page) in growing() {
        let (small, large) = (page(2_000), page(8_000));
        // Fourfold, with room for what a small page costs anyway; the square would be sixteenfold.
        let (one, four) = (cost(&small), cost(&large));
        assert!(four <= one * 8 + Duration::from_millis(150), "{what}: {one:?}, then {four:?}");
    }
}

#[test]
fn the_text_stays_on_pages_that_are_made_to_cost() {
    for (what, page) in growing() {
        let got = read(&page(300));
        assert!(got.as_ref().is_ok_and(|got| got.text.contains("closed the bridge")), "{what}: {got:?}");
    }
}

#[test]
fn a_page_that_costs_more_than_any_real_one_is_given_up_by_name() {
    let html = format!("<p>{TEXT}</p>{}{}", "<div>".repeat(250), "<p>x</p>".repeat(240_000));
    let address = Url::parse("https://a.example/costly").expect("an address");
    let error = article::page(&html, Some(&address), &settings(), &Repeated::none()).expect_err("given up");
    assert!(error.to_string().starts_with("https://a.example/costly: its markup would cost"), "{error}");
    assert!(error.hint().contains("full_text"), "{}", error.hint());
    // What a feed carries keeps its bare text.
    let kept = article::fragment(&html, &address, &settings(), &Repeated::none());
    assert!(kept.text.starts_with(TEXT), "{:?}", kept.text.get(..100));
}

#[test]
fn what_a_page_says_of_itself_without_end_is_cut() {
    let links = numbered(3_000, |at| format!("<link rel=alternate hreflang=de href=/{at}>"));
    let authors = numbered(3_000, |at| format!("<meta name=author content=\"Author Number {at}\">"));
    let title = "Bridge ".repeat(200_000);
    let html = format!(
        "<head><title>{title}</title><link rel=canonical href=\"/{}\">{links}{authors}</head><p>{TEXT}</p>",
        "x".repeat(1_000_000)
    );
    let got = read(&html).expect("an article");
    assert!((100..=1_000).contains(&got.alternates.len()), "{}", got.alternates.len());
    assert!((10..=100).contains(&got.byline.len()), "{}", got.byline.len());
    assert!((1_000..=10_000).contains(&got.title.len()), "{}", got.title.len());
    assert_eq!(got.canonical, None);
}

#[test]
fn json_that_would_fill_the_memory_says_nothing_and_the_page_is_read() {
    let html = format!("<script type='application/ld+json'>[{}1]</script><p>{TEXT}</p>", "1,".repeat(1_000_000));
    assert_eq!(read(&html).expect("an article").text, TEXT);
    let markup = format!(
        "<script type='application/ld+json'>{{\"@type\":\"NewsArticle\",\"headline\":\"{}\"}}</script><p>{TEXT}</p>",
        "&lt;b>".repeat(100_000)
    );
    assert!(read(&markup).expect("an article").title.len() < 20_000);
}
