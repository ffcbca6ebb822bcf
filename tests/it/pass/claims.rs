//! A text claims only addresses of the site that it came from, whichever feed lists them, in whatever order.

use super::{Bed, Entry, OTHER, PAPER, feed_of, page, rss, story, url};
use crate::town::{Says, answer, redirect};
use samestory_model::{Document, canonical_key, same_site};
use samestory_store::{Retention, Store};

const PAPERS: &str = "http://paper.example/feed";
const LINK: &str = "http://paper.example/bridge";
const PLANET: &str = "http://other.example/planet";

fn entry<'a>(id: &'a str, html: &'a str) -> Entry<'a> {
    Entry { id, link: LINK, title: "The bridge", html, ..Entry::default() }
}

fn documents(bed: &Bed) -> Vec<Document> {
    bed.documents().into_iter().map(|frame| frame.document).collect()
}

/// What stands at the paper's address.
fn at(bed: &Bed, address: &str) -> Option<Document> {
    let id = bed.store.document_at(&canonical_key(&url(address))).expect("a store that reads")?;
    bed.store.document(id).expect("a store that reads")
}

/// Holds every document to an address of the site that its source's feed stands on.
#[track_caller]
fn nobody_claims_anothers(bed: &Bed, sites: &[(&str, &str)]) {
    for document in documents(bed) {
        let site = sites.iter().find(|site| site.0 == document.source.0).expect("a known source").1;
        assert!(same_site(&document.url, &url(site)), "{} stands at {}", document.source, document.url);
        for alias in &document.aliases {
            assert!(same_site(alias, &document.url), "{} answers for {alias}", document.url);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_planet_s_text_stands_in_its_own_list_before_and_after_the_paper_s_own() {
    let (own, theirs) = (story("bridge"), story("bridge").replace("spoke", "talked"));
    for planet_first in [true, false] {
        let bed = Bed::new(&[("planet", PLANET), ("paper", PAPERS)]).await;
        let empty = || answer(200, &[("Content-Type", "application/rss+xml")], rss(&[]));
        let (planet, paper) = (feed_of(&[entry("p", &theirs)]), feed_of(&[entry("1", &own)]));
        let both = |first: Says| if planet_first { vec![first] } else { vec![empty(), first] };
        bed.town.says(OTHER, "/planet", both(planet));
        bed.town.says(PAPER, "/feed", if planet_first { vec![empty(), paper] } else { vec![paper] });
        bed.pass(0).await;
        bed.pass(30).await;
        assert_eq!(documents(&bed).len(), 2, "planet first: {planet_first}");
        let paper = at(&bed, LINK).expect("the paper's article at the paper's address");
        assert_eq!((paper.source.0.as_str(), paper.revision), ("paper", 0));
        assert!(paper.text.contains("spoke"), "{}", paper.text);
        assert_eq!(bed.item("paper", "1").document, Some(paper.id));
        let planet = documents(&bed).into_iter().find(|document| document.source.0 == "planet").expect("its text");
        assert_eq!(planet.url.as_str(), "http://other.example/planet#item:p");
        assert_eq!(planet.source_url.as_ref(), Some(&url(LINK)), "the link is kept");
        assert_eq!(bed.item("planet", "p").document, Some(planet.id));
        nobody_claims_anothers(&bed, &[("planet", PLANET), ("paper", PAPERS)]);
        let placed =
            [paper.id, planet.id].map(|id| bed.store.placement(id).expect("a store").expect("a place").article);
        assert_eq!(placed[0], placed[1], "the texts agree, so they are versions of one article");
        // A change of the planet's is a revision of its own.
        let longer = format!("{theirs}<p>And on Friday.</p>");
        bed.town.says(OTHER, "/planet", [feed_of(&[entry("p", &longer)])]);
        bed.pass(60).await;
        let revised = at(&bed, "http://other.example/planet#item:p").expect("the planet's text");
        assert_eq!((revised.revision, at(&bed, LINK).expect("the paper's").id), (1, paper.id));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_summary_of_another_s_page_that_is_not_to_be_had_stands_in_the_list_that_told_it() {
    let html = [("Content-Type", "text/html")];
    let empty = answer(200, &html, "<html><head><title>The paper</title></head></html>");
    for refusal in [answer(404, &[], "gone"), answer(403, &[], "no"), empty, redirect(302, "http://paper.example/")] {
        let bed = Bed::new(&[("blog", PLANET), ("paper", PAPERS)]).await;
        let own = story("bridge");
        bed.town.says(OTHER, "/planet", [feed_of(&[entry("p", "They lie about the bridge.")])]);
        bed.town.says(PAPER, "/feed", [answer(404, &[], ""), feed_of(&[entry("1", &own)])]);
        bed.town.says(PAPER, "/bridge", [refusal]).says(PAPER, "/", [page("front")]);
        bed.pass(0).await;
        assert!(at(&bed, LINK).is_none(), "nothing came from the paper yet");
        assert_eq!(documents(&bed)[0].url.as_str(), "http://other.example/planet#item:p");
        bed.pass(30).await;
        assert_eq!(at(&bed, LINK).expect("the paper's article").source.0, "paper");
        nobody_claims_anothers(&bed, &[("blog", PLANET), ("paper", PAPERS)]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_site_speaks_for_itself() {
    let bed = Bed::new(&[("blog", PLANET), ("paper", PAPERS)]).await;
    let lie = Entry { title: "Shocking lies", ..entry("p", "They lie.") };
    bed.town.says(OTHER, "/planet", [feed_of(&[lie])]).says(PAPER, "/bridge", [page("bridge")]);
    bed.pass(0).await;
    let document = at(&bed, LINK).expect("the page's text");
    assert_eq!(document.title, "About the bridge", "its headline is the page's, not the blog's");
    assert!(document.text.contains("harbour") && !document.text.contains("lie"));
    // The two meet where the paper lists the page as well; the paper's own item knows its own text.
    bed.town.says(PAPER, "/feed", [feed_of(&[entry("1", "Closed.")])]);
    bed.pass(30).await;
    assert_eq!(documents(&bed).len(), 1);
    assert_eq!(bed.item("paper", "1").document, Some(document.id));
}

/// A page of the other publisher with something in its head.
fn headed(head: &str) -> Says {
    let text = story("ferry");
    let html = format!(
        "<html><head><title>About the ferry</title>{head}</head><body><article><h1>About the ferry</h1>{text}</article>\
         </body></html>"
    );
    answer(200, &[("Content-Type", "text/html")], html)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_page_says_of_another_site_s_address_is_no_alias() {
    for head in [
        format!("<link rel='amphtml' href='{LINK}'>"),
        format!("<link rel='canonical' href='{LINK}'>"),
        format!("<link rel='canonical' href='{LINK}'><link rel='amphtml' href='{LINK}'>"),
        format!("<meta property='og:url' content='{LINK}'>"),
        "<base href='http://paper.example/'><link rel='amphtml' href='bridge'><link rel='canonical' href='/bridge'>"
            .to_owned(),
        format!(
            "<script type='application/ld+json'>{{\"@type\":\"NewsArticle\",\"url\":\"{LINK}\",\"mainEntityOfPage\":\"{LINK}\"}}</script>"
        ),
    ] {
        let bed = Bed::new(&[("thief", "http://other.example/feed"), ("paper", PAPERS)]).await;
        let theirs = Entry { link: "http://other.example/ferry", ..entry("p", "Stolen.") };
        bed.town.says(OTHER, "/feed", [feed_of(&[theirs])]).says(OTHER, "/ferry", [headed(&head)]);
        let own = story("bridge");
        bed.town.says(PAPER, "/feed", [answer(404, &[], ""), feed_of(&[entry("1", &own)])]);
        bed.pass(0).await;
        assert!(at(&bed, LINK).is_none(), "{head}");
        bed.pass(30).await;
        let paper = at(&bed, LINK).unwrap_or_else(|| panic!("the paper's article; {head}"));
        assert!(paper.source.0 == "paper" && paper.text.contains("bridge"), "{head}: {paper:?}");
        nobody_claims_anothers(&bed, &[("thief", OTHER_ROOT), ("paper", PAPERS)]);
    }
}

const OTHER_ROOT: &str = "http://other.example/";

#[tokio::test(flavor = "multi_thread")]
async fn an_amp_twin_of_the_same_site_still_leads_to_its_article() {
    let bed = Bed::new(&[("other", "http://other.example/feed")]).await;
    let theirs = Entry { link: "http://other.example/ferry", ..entry("p", "Sails.") };
    bed.town.says(OTHER, "/feed", [feed_of(&[theirs])]);
    bed.town.says(OTHER, "/ferry", [headed("<link rel='amphtml' href='http://fast.other.example/f/1'>")]);
    bed.pass(0).await;
    assert_eq!(at(&bed, "http://fast.other.example/f/1").map(|twin| twin.url), Some(url("http://other.example/ferry")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_leads_to_another_site_gives_it_no_address() {
    // As a login, a consent or a parked domain does, for a while.
    let bed = Bed::new(&[("paper", PAPERS)]).await;
    let own = story("bridge");
    bed.town.says(PAPER, "/feed", [feed_of(&[entry("1", "Closed.")]), feed_of(&[entry("1", &own), entry("2", &own)])]);
    bed.town.says(PAPER, "/bridge", [redirect(302, "http://other.example/ferry")]).says(OTHER, "/ferry", [headed("")]);
    bed.pass(0).await;
    assert!(at(&bed, LINK).is_none());
    assert_eq!(documents(&bed)[0].title, "About the ferry");
    bed.pass(30).await;
    assert!(at(&bed, LINK).expect("the paper's own text").text.contains("bridge"));
    // Where the page that was led to names the address that led there, both say so.
    let bed = Bed::new(&[("paper", PAPERS)]).await;
    bed.town.says(PAPER, "/feed", [feed_of(&[entry("1", "Closed.")])]);
    bed.town.says(PAPER, "/bridge", [redirect(302, "http://other.example/ferry")]);
    bed.town.says(OTHER, "/ferry", [headed(&format!("<link rel='canonical' href='{LINK}'>"))]);
    bed.pass(0).await;
    assert_eq!(at(&bed, LINK).expect("both say so").url.as_str(), "http://other.example/ferry");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_a_paper_has_others_serve_speaks_for_the_paper() {
    // The paper's own address leads to where its feed is made, and a feed that moved lists pages where it is now.
    for (source, host, path, to) in [
        (PAPERS, PAPER, "/feed", "http://other.example/made"),
        ("http://other.example/old", OTHER, "/old", "http://paper.example/new"),
    ] {
        let bed = Bed::new(&[("paper", source)]).await;
        let own = story("bridge");
        bed.town.says(host, path, [redirect(302, to)]);
        let (made_at, made) = if host == PAPER { (OTHER, "/made") } else { (PAPER, "/new") };
        bed.town.says(made_at, made, [feed_of(&[entry("1", &own)])]);
        assert_eq!(bed.pass(0).await.documents, 1);
        assert_eq!(documents(&bed)[0].url, url(LINK));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_purged_of_one_is_not_purged_of_another() {
    let bed = Bed::new(&[("planet", PLANET), ("paper", PAPERS)]).await;
    let own = story("bridge");
    bed.town.says(PAPER, "/feed", [feed_of(&[entry("1", &own)])]);
    bed.town.says(OTHER, "/planet", [answer(404, &[], ""), feed_of(&[entry("p", &own)])]);
    bed.pass(0).await;
    bed.store.purge(&Retention { documents: Some(0), ..Retention::default() }).expect("room");
    assert!(documents(&bed).is_empty());
    bed.pass(30).await;
    let left = documents(&bed);
    assert_eq!(left.iter().map(|document| document.source.0.as_str()).collect::<Vec<_>>(), ["planet"]);
    assert!(at(&bed, LINK).is_none());
}
