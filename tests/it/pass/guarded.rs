//! Credentials are seen at the origin of their source and nowhere else, over redirects, moves and sitemaps.

use super::{Bed, Entry, OTHER, PAPER, feed_of, page, url};
use crate::town::{Call, Says, Town, answer, redirect};
use samestory::fetch::{Fetcher, Request, Want};
use samestory_model::Source;

/// `user:s3cr3t` in base64.
const SHOWN: &str = "Basic dXNlcjpzM2NyM3Q=";

fn shown(calls: &[Call]) -> Vec<String> {
    let seen = calls.iter().filter(|call| call.header("authorization").is_some());
    let seen = seen.inspect(|call| assert_eq!(call.text("authorization"), Some(SHOWN)));
    seen.map(|call| format!("{}{}", call.host, call.path)).collect()
}

fn guarded(address: &str) -> Source {
    Source { credentials: Some("user:s3cr3t".to_owned()), ..Source::feed("paper", url(address)) }
}

fn items() -> Says {
    let link = "http://user:s3cr3t@other.example/page";
    feed_of(&[Entry { id: "1", link, title: "A page", html: "Short.", ..Entry::default() }])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_that_is_believed_takes_no_password_along() {
    let mut bed = Bed::new(&[]).await;
    bed.sources = vec![guarded("http://paper.example/feed")];
    bed.town.says(PAPER, "/feed", [redirect(301, "http://other.example/feed")]).says(OTHER, "/feed", [items()]);
    bed.town.says(OTHER, "/page", [page("bridge")]);
    for day in 0..5 {
        bed.pass(day * 26).await;
    }
    assert_eq!(bed.state("paper").moved_to, Some(url("http://other.example/feed")), "it is believed by now");
    let calls = bed.town.calls();
    assert!(calls.iter().filter(|call| call.path == "/feed" && call.host == OTHER).count() >= 4);
    assert!(calls.iter().any(|call| call.path == "/page"), "an item's page is asked for");
    assert_eq!(shown(&calls), ["paper.example/feed"; 3]);
}

#[tokio::test]
async fn a_chain_of_redirects_shows_them_at_their_own_origin_only() {
    let town = Town::open().await;
    let twin = Town::open().await;
    let steps = [
        (PAPER, "/feed", "http://sub.paper.example/a"),
        ("sub.paper.example", "/a", "http://user:s3cr3t@other.example/b"),
        (OTHER, "/b", "http://paper.example/c"),
        (PAPER, "/c", "http://PAPER.example./d"),
    ];
    for (host, path, to) in steps {
        town.says(host, path, [redirect(307, to)]);
    }
    town.says("paper.example.", "/d", [answer(200, &[], "<rss version='2.0'><channel></channel></rss>")]);
    let mut settings = town.settings(&[PAPER, OTHER, "sub.paper.example"]);
    let fetcher = Fetcher::new(&settings).expect("settings");
    let source = guarded("http://paper.example/feed");
    let now = super::start();
    let request = || Request::of_source(&source, source.url.clone(), Want::Feed);
    fetcher.get(request(), now).await.expect("a feed");
    assert_eq!(shown(&town.calls()), ["paper.example/feed", "paper.example/c"], "home again, and nowhere else");
    // The same host at another port: a redirect, and an address that the source itself names.
    let at_home = format!("http://{}/feed", town.addr);
    let elsewhere = format!("http://{}/feed", twin.addr);
    settings.allow_private_hosts.push("127.0.0.1".to_owned());
    town.says("127.0.0.1", "/feed", [redirect(302, &elsewhere)]);
    twin.says("127.0.0.1", "/feed", [answer(200, &[], "<rss version='2.0'><channel></channel></rss>")]);
    let fetcher = Fetcher::new(&settings).expect("settings");
    let source = guarded(&at_home);
    fetcher.get(Request::of_source(&source, source.url.clone(), Want::Feed), now).await.expect("a feed");
    fetcher.get(Request::of_source(&source, url(&elsewhere), Want::Feed), now).await.expect("a feed");
    assert_eq!(shown(&town.calls()).len(), 3);
    assert_eq!((twin.calls().len(), shown(&twin.calls())), (2, Vec::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sitemap_at_another_port_and_robots_txt_get_none() {
    let (mut bed, twin) = (Bed::new(&[]).await, Town::open().await);
    let at = |town: &Town, path: &str| format!("http://user:s3cr3t@{}{path}", town.addr);
    bed.settings.fetch.allow_private_hosts.push("127.0.0.1".to_owned());
    let mut source = guarded(&format!("http://{}/index.xml", bed.town.addr));
    source.kind = samestory_model::SourceKind::Sitemap;
    bed.sources = vec![source];
    let index = format!(
        "<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><sitemap><loc>{}</loc></sitemap>\
         <sitemap><loc>{}</loc></sitemap></sitemapindex>",
        at(&bed.town, "/news-own.xml"),
        at(&twin, "/news-other.xml")
    );
    let map = |town: &Town| {
        let page = at(town, "/page.html");
        answer(
            200,
            &[("Content-Type", "application/xml")],
            format!(
                "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'>\
             <url><loc>{page}</loc><news:news><news:publication_date>2026-03-02T11:00:00Z</news:publication_date>\
             <news:title>A page</news:title></news:news></url></urlset>"
            ),
        )
    };
    bed.town.says("127.0.0.1", "/index.xml", [answer(200, &[("Content-Type", "application/xml")], index)]);
    bed.town.says("127.0.0.1", "/news-own.xml", [map(&bed.town)]);
    twin.says("127.0.0.1", "/news-other.xml", [map(&twin)]);
    bed.pass(0).await;
    assert_eq!(twin.calls().iter().filter(|call| call.path == "/news-other.xml").count(), 1);
    assert_eq!(shown(&twin.calls()), Vec::<String>::new());
    let seen = shown(&bed.town.calls());
    assert_eq!(seen, ["127.0.0.1/index.xml", "127.0.0.1/news-own.xml"]);
    let asked = [&bed.town, &twin].map(Town::paths).concat();
    assert!(
        asked.iter().any(|path| path == "/robots.txt") && asked.iter().any(|path| path == "/page.html"),
        "{asked:?}"
    );
    assert!(bed.documents().iter().all(|frame| frame.document.url.username().is_empty()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_links_to_a_feed_elsewhere_does_not_give_it_the_password_that_it_was_asked_with() {
    let desk = super::command::Desk::new().await;
    desk.follow(&[]);
    let link = |to: &str| {
        let html = format!("<html><head><link rel='alternate' type='application/rss+xml' href='{to}'></head></html>");
        answer(200, &[("Content-Type", "text/html")], html)
    };
    desk.town.says(PAPER, "/", [link("http://user:s3cr3t@other.example/feed")]).says(OTHER, "/feed", [items()]);
    desk.town.says(PAPER, "/own", [link("/feed")]).says(PAPER, "/feed", [items()]);
    for page in ["http://user:s3cr3t@paper.example/", "http://user:s3cr3t@paper.example/own"] {
        let added = desk.done(&["sources", "add", page]).await;
        let told = super::command::text(&added.stderr);
        assert!(added.status.success() && !told.contains("s3cr3t"), "{told}");
    }
    desk.done(&["run", "--force"]).await;
    let calls = desk.town.calls();
    assert!(calls.iter().filter(|call| call.host == OTHER && call.path == "/feed").count() >= 2);
    let mut seen = shown(&calls);
    seen.dedup();
    assert_eq!(seen, ["paper.example/", "paper.example/own", "paper.example/feed"]);
}
