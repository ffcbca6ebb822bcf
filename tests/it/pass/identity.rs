//! One text is one document: however many feeds bring it, and whether or not it has an address.

use super::{Bed, Entry, OTHER, PAPER, feed_of, page, story, url};
use crate::town::answer;
use samestory_model::canonical_key;
use samestory_store::Store;

const A: &str = "http://paper.example/a.xml";
const B: &str = "http://paper.example/b.xml";

#[tokio::test(flavor = "multi_thread")]
async fn items_without_a_link_are_documents_of_their_own() {
    let bed = Bed::new(&[("paper", A)]).await;
    let (bridge, ferry) = (story("bridge"), story("ferry"));
    let entries = [
        Entry { id: "1", title: "The bridge", html: &bridge, ..Entry::default() },
        Entry { id: "2", title: "The ferry", html: &ferry, minute: 5, ..Entry::default() },
    ];
    bed.town.says(PAPER, "/a.xml", [feed_of(&entries)]);
    assert_eq!(bed.pass(0).await.documents, 2);
    let documents = bed.documents();
    assert_eq!(documents.len(), 2);
    assert!(documents.iter().all(|frame| frame.document.revision == 0), "one is no update of the other");
    assert_ne!(canonical_key(&documents[0].document.url), canonical_key(&documents[1].document.url));
    for frame in &documents {
        let mut shown = frame.document.url.clone();
        shown.set_fragment(None);
        assert_eq!(shown, url(A), "the address leads the reader to the feed");
        assert_eq!(bed.item("paper", &frame.document.item).document, Some(frame.document.id));
    }
    // A changed text is an update of the same item, and nothing of the other.
    let longer = format!("{bridge}<p>It was closed on Friday.</p>");
    bed.town.says(PAPER, "/a.xml", [feed_of(&[Entry { html: &longer, ..entries[0] }, entries[1]])]);
    bed.pass(30).await;
    let mut revisions: Vec<_> =
        bed.documents().into_iter().map(|frame| (frame.document.item, frame.document.revision)).collect();
    revisions.sort();
    assert_eq!(revisions, [("1".to_owned(), 0), ("1".to_owned(), 1), ("2".to_owned(), 0)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_article_in_two_full_feeds_of_one_pass_is_one_document() {
    let bed = Bed::new(&[("a", A), ("b", B)]).await;
    let (text, other) = (story("bridge"), story("bridge").replace("spoke", "talked"));
    let link = "http://paper.example/bridge";
    bed.town.says(
        PAPER,
        "/a.xml",
        [feed_of(&[Entry { id: "a1", link, title: "The bridge", html: &text, ..Entry::default() }])],
    );
    let spelled = "http://www.paper.example/bridge/?utm_source=rss";
    bed.town.says(
        PAPER,
        "/b.xml",
        [feed_of(&[Entry { id: "b1", link: spelled, title: "The bridge", html: &other, ..Entry::default() }])],
    );
    assert_eq!(bed.pass(0).await.documents, 1);
    let documents = bed.documents();
    assert_eq!((documents.len(), documents[0].document.source.0.as_str()), (1, "a"));
    assert_eq!(bed.item("a", "a1").document, Some(documents[0].document.id));
    assert_eq!(bed.item("b", "b1").document, Some(documents[0].document.id));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_feed_saves_the_page_that_a_summary_feed_would_want() {
    for (full, short) in [("a", "b"), ("b", "a")] {
        let bed = Bed::new(&[("a", A), ("b", B)]).await;
        let text = story("bridge");
        let link = "http://paper.example/bridge";
        let whole = Entry { id: "1", link, title: "The bridge", html: &text, ..Entry::default() };
        bed.town.says(PAPER, &format!("/{full}.xml"), [feed_of(&[whole])]);
        bed.town.says(PAPER, &format!("/{short}.xml"), [feed_of(&[Entry { html: "Closed.", ..whole }])]);
        assert_eq!(bed.pass(0).await.documents, 1);
        assert_eq!(bed.asked("/bridge"), 0, "{full} has the whole text");
        let id = bed.documents()[0].document.id;
        assert_eq!((bed.item("a", "1").document, bed.item("b", "1").document), (Some(id), Some(id)));
        assert!(bed.store.waiting().expect("a queue").is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_two_summary_feeds_list_is_fetched_once() {
    let bed = Bed::new(&[("a", A), ("b", B)]).await;
    let (link, spelled) = ("http://paper.example/bridge", "http://paper.example/bridge/?utm_source=rss#top");
    let entry = Entry { id: "1", link, title: "The bridge", html: "Closed.", ..Entry::default() };
    bed.town.says(PAPER, "/a.xml", [feed_of(&[entry])]);
    bed.town.says(PAPER, "/b.xml", [feed_of(&[Entry { id: "2", link: spelled, ..entry }])]);
    bed.town.says(PAPER, "/bridge", [page("bridge")]).says(PAPER, "/bridge/", [page("bridge")]);
    assert_eq!(bed.pass(0).await.documents, 1);
    assert_eq!(bed.asked("/bridge") + bed.asked("/bridge/"), 1);
    let id = bed.documents()[0].document.id;
    assert_eq!((bed.item("a", "1").document, bed.item("b", "2").document), (Some(id), Some(id)));
    assert!(bed.store.waiting().expect("a queue").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_that_lead_to_one_page_make_one_document() {
    let bed = Bed::new(&[("a", A), ("b", "http://other.example/b.xml")]).await;
    let at = |id, link, minute| Entry { id, link, title: "The bridge", html: "Closed.", minute };
    let ferry = Entry { id: "3", link: "http://paper.example/ferry", title: "The ferry", html: "It sails.", minute: 5 };
    bed.town.says(PAPER, "/a.xml", [feed_of(&[at("1", "http://paper.example/r/1", 0), ferry])]);
    bed.town.says(OTHER, "/b.xml", [feed_of(&[at("2", "http://other.example/go?to=1", 9)])]);
    for (host, path) in [(PAPER, "/r/1"), (OTHER, "/go?to=1")] {
        bed.town.says(host, path, [crate::town::redirect(302, "http://paper.example/bridge")]);
    }
    bed.town.says(PAPER, "/bridge", [page("bridge")]).says(PAPER, "/ferry", [page("ferry")]);
    assert_eq!(bed.pass(0).await.documents, 2);
    let documents = bed.documents();
    let bridge = documents.iter().find(|frame| frame.document.url.path() == "/bridge").expect("the bridge");
    let id = Some(bridge.document.id);
    assert_eq!((bed.item("a", "1").document, bed.item("b", "2").document), (id, id));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_text_is_not_replaced_by_a_summary_of_it() {
    for refusal in [answer(404, &[], "gone"), answer(200, &[("Content-Type", "text/html")], "<html></html>")] {
        let bed = Bed::new(&[("a", A)]).await;
        let link = "http://paper.example/bridge";
        let entry = Entry { id: "1", link, title: "The bridge", html: "Closed.", ..Entry::default() };
        bed.town.says(PAPER, "/a.xml", [feed_of(&[entry]), feed_of(&[Entry { html: "Closed again.", ..entry }])]);
        bed.town.says(PAPER, "/bridge", [page("bridge"), refusal]);
        bed.pass(0).await;
        bed.pass(30).await;
        assert_eq!(bed.asked("/bridge"), 2, "the changed item's page was asked for again");
        let documents = bed.documents();
        assert_eq!(documents.len(), 1, "the page could not be read, so nothing is known of a change");
        assert!(documents[0].document.text.contains("harbour"));
        assert_eq!(bed.item("a", "1").document, Some(documents[0].document.id));
        assert!(bed.store.waiting().expect("a queue").is_empty());
    }
}
