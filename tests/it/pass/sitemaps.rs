//! Indexes of sitemaps: which of what they name is asked, and how far.

use super::command::{Desk, text};
use super::{PAPER, page, start};
use crate::town::answer;

const A: (&str, &str) = ("a", "http://paper.example/a.xml");
const B: (&str, &str) = ("b", "http://paper.example/b.xml");

#[tokio::test(flavor = "multi_thread")]
async fn indexes_of_sitemaps_are_followed_within_their_site_and_to_an_end() {
    let desk = Desk::new().await;
    let index = |names: &[&str]| {
        let all: String =
            names.iter().map(|name| format!("<s:sitemap><s:loc>http://{name}</s:loc></s:sitemap>")).collect();
        answer(200, &[], format!("<s:sitemapindex xmlns:s='x'>{all}</s:sitemapindex>"))
    };
    let map =
        |page: &str| answer(200, &[], format!("<urlset><url><loc>http://paper.example/{page}</loc></url></urlset>"));
    // An index that names its site's other host, itself, one that names it again, and a level more than is followed.
    let names = ["www.paper.example/inner.xml", "paper.example/a.xml", "elsewhere.example/x.xml"];
    desk.town.says(PAPER, "/a.xml", [index(&names)]);
    desk.town.says("www.paper.example", "/inner.xml", [index(&["paper.example/deep.xml", "paper.example/a.xml"])]);
    let further = ["paper.example/news.xml", "www.paper.example/inner.xml", "paper.example/deeper.xml"];
    desk.town.says(PAPER, "/deep.xml", [index(&further)]);
    desk.town.says(PAPER, "/deeper.xml", [index(&["paper.example/deepest.xml"])]);
    desk.town.says(PAPER, "/news.xml", [map("bridge")]).says(PAPER, "/bridge", [page("bridge")]);
    let many: Vec<String> = (0..8).map(|n| format!("paper.example/m{n}.xml")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    desk.town.says(PAPER, "/b.xml", [index(&many)]);
    for name in &many {
        let further: Vec<String> = (0..8).map(|n| format!("{name}-{n}.xml")).collect();
        let path = &name[PAPER.len()..];
        desk.town.says(PAPER, path, [index(&further.iter().map(String::as_str).collect::<Vec<_>>())]);
    }
    let ran = desk.follow(&[A, B]).done(&["--now", &start().to_string(), "run"]).await;
    let told = text(&ran.stdout) + &text(&ran.stderr);
    let count =
        |host: &str, path: &str| desk.town.calls().iter().filter(|call| call.host == host && call.path == path).count();
    assert_eq!(
        (count("www.paper.example", "/inner.xml"), count(PAPER, "/deep.xml"), count(PAPER, "/a.xml")),
        (1, 1, 1)
    );
    assert_eq!((count(PAPER, "/news.xml"), count(PAPER, "/bridge"), count(PAPER, "/deeper.xml")), (1, 1, 1));
    assert_eq!(count(PAPER, "/deepest.xml"), 0, "an index in an index in an index in an index");
    assert_eq!(count("elsewhere.example", "/x.xml"), 0);
    assert!(told.contains("elsewhere.example/x.xml") && told.contains("more than 16 sitemaps"), "{told}");
    let deep = desk.town.calls().iter().filter(|call| call.path.starts_with("/m")).count();
    assert_eq!(deep, 16, "8 and 8 more");
}
