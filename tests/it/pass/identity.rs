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

/// What stands of a feed's items: their titles in the order of letters.
fn titles(bed: &Bed) -> Vec<String> {
    let mut titles: Vec<String> = bed.documents().into_iter().map(|frame| frame.document.title).collect();
    titles.sort();
    titles
}

/// Words of an item, short enough that a page would be asked for.
const SHORT: [&str; 4] = [
    "The harbour is closed to ships until Sunday.",
    "A museum shows lacquer boxes of two centuries.",
    "Rice farmers sell seaweed to Japan for the first time.",
    "The night train to the north has new sleeping cars.",
];

#[tokio::test(flavor = "multi_thread")]
async fn items_that_share_a_page_are_documents_of_their_own_with_what_the_feed_says() {
    let links: [&dyn Fn(usize) -> String; 6] = [
        &|_| "http://paper.example/live".to_owned(),
        &|_| "http://paper.example/".to_owned(),
        &|n| format!("http://paper.example/live#post-{n}"),
        &|n| format!("http://paper.example/live#id={n}"),
        &|n| format!("http://paper.example/live?utm_content={n}"),
        &|n| format!("http://paper.example/app#!/news/{n}"),
    ];
    for link in links {
        let links: Vec<String> = (0..4).map(link).collect();
        let ids = ["1", "2", "3", "4"];
        let names = ["One", "Two", "Three", "Four"];
        let entry = |n: usize| Entry { id: ids[n], link: &links[n], title: names[n], html: SHORT[n], minute: n as u8 };
        let bed = Bed::new(&[("a", A)]).await;
        let first = feed_of(&[entry(2), entry(1), entry(0)]);
        let then = feed_of(&[Entry { html: "It opens at noon on Sunday.", ..entry(3) }, entry(3), entry(2), entry(1)]);
        bed.town.says(PAPER, "/a.xml", [first.clone(), first, then]);
        for path in ["/live", "/app", "/"] {
            bed.town.says(PAPER, path, [page("bridge")]);
        }
        assert_eq!(bed.pass(0).await.documents, 3, "{links:?}");
        assert_eq!(titles(&bed), ["One", "Three", "Two"]);
        assert_eq!(["/live", "/app", "/"].map(|path| bed.asked(path)), [0; 3], "no page is one item's");
        for frame in bed.documents() {
            let at = ids.iter().position(|id| *id == frame.document.item).expect("one of the feed's");
            assert_eq!(frame.document.text, SHORT[at]);
            let shown = frame.document.url.as_str();
            let written = links[at].split('?').next().expect("an address");
            assert!(shown.starts_with(written), "{shown} leads to {written}");
        }
        assert_eq!(bed.pass(30).await.documents, 0, "none comes twice");
        assert_eq!(bed.pass(60).await.documents, 1, "{:?}", titles(&bed));
        assert_eq!(titles(&bed), ["Four", "One", "Three", "Two"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_that_comes_later_under_a_known_page_is_one_of_its_own_unless_it_says_the_same() {
    let bed = Bed::new(&[("a", A)]).await;
    let link = "http://paper.example/show";
    let (bridge, ferry) = (story("bridge"), story("ferry"));
    let one = Entry { id: "ep1", link, title: "The bridge", html: &bridge, ..Entry::default() };
    let two = Entry { id: "ep2", link, title: "The ferry", html: &ferry, minute: 9 };
    let longer = format!("{ferry}<p>It was late on Friday.</p>");
    bed.town.says(
        PAPER,
        "/a.xml",
        [
            feed_of(&[one]),
            // The publisher makes a new id at every poll.
            feed_of(&[two, Entry { id: "ep1-again", ..one }]),
            feed_of(&[Entry { id: "ep2-again", ..two }, Entry { id: "ep1-once-more", ..one }]),
            feed_of(&[Entry { id: "ep2-again", html: &longer, ..two }]),
        ],
    );
    for (minute, expected) in [(0, 1), (30, 1), (60, 0), (90, 1)] {
        assert_eq!(bed.pass(minute).await.documents, expected, "after {minute} minutes");
    }
    let mut stand: Vec<_> = bed.documents().into_iter().map(|frame| frame.document).collect();
    stand.sort_by_key(|document| (document.title.clone(), document.revision));
    let [first, second, third] = &stand[..] else { panic!("{stand:?}") };
    assert_eq!((first.url.as_str(), first.revision, second.revision, third.revision), (link, 0, 0, 1));
    assert_eq!(second.url, third.url, "a change of the words changes no address");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_feeds_meet_at_a_page_and_at_an_item_of_a_shared_page() {
    let bed = Bed::new(&[("a", A), ("b", B)]).await;
    let link = "http://paper.example/live";
    let entry = |id, n: usize| Entry { id, link, title: ["One", "Two"][n], html: SHORT[n], minute: n as u8 };
    bed.town.says(PAPER, "/a.xml", [feed_of(&[entry("a1", 0), entry("a2", 1)])]);
    bed.town.says(PAPER, "/b.xml", [feed_of(&[entry("b1", 0), entry("b2", 1)])]);
    assert_eq!(bed.pass(0).await.documents, 2);
    assert_eq!(bed.item("a", "a2").document, bed.item("b", "b2").document);
    assert_ne!(bed.item("a", "a1").document, bed.item("a", "a2").document);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_of_which_nothing_can_be_kept_is_named() {
    let bed = Bed::new(&[("a", A)]).await;
    let nothing = Entry { id: "empty", ..Entry::default() };
    let other = Entry { id: "1", title: "One", html: SHORT[0], ..Entry::default() };
    bed.town.says(PAPER, "/a.xml", [feed_of(&[nothing, other])]);
    let summary = bed.pass(0).await;
    assert_eq!((summary.documents, summary.lost.len()), (1, 1), "{:?}", summary.lost);
    assert_eq!(summary.lost[0].subject, "empty");
    assert!(bed.store.waiting().expect("a queue").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_asked_for_at_the_address_that_the_publisher_wrote() {
    let written = [
        "/s?w=%D0%C2%CE%C5",
        "/index.php?/news/123/",
        "/show?12345",
        "/q?a=one%20two",
        "/plus?a=one+two",
        "/q?a=1%26b=2",
        "/q?a=1&amp;b=2",
        "/q?next=http://other.example/x?y=1",
        "/q?a[]=1&amp;a[]=2",
        "/q?x=%e1%bb%a9",
        "/tin-t%E1%BB%A9c/%7Ea;v=1",
        "/a//b/?c&amp;=d",
        "/ends?",
        "/q?ref=main",
        "/q?rss=7",
    ];
    let bed = Bed::new(&[("a", A)]).await;
    let names: Vec<String> = (0..written.len()).map(|number| format!("Item {number}")).collect();
    for (with, takes_off) in [("", false), ("utm_source=rss", true)] {
        let links: Vec<String> = written
            .iter()
            .map(|path| {
                let sign = if path.contains('?') { "&amp;" } else { "?" };
                let marked = if takes_off { format!("{sign}{with}") } else { String::new() };
                format!("http://paper.example/{}{path}{marked}", if takes_off { "t" } else { "w" })
            })
            .collect();
        let entry = |number: usize| Entry {
            id: &links[number],
            link: &links[number],
            title: &names[number],
            ..Entry::default()
        };
        let entries: Vec<Entry<'_>> = (0..written.len()).map(entry).collect();
        bed.town.says(PAPER, "/a.xml", [feed_of(&entries)]);
        bed.pass(if takes_off { 30 } else { 0 }).await;
        let asked: Vec<String> = bed.town.paths();
        for path in written {
            let head = if takes_off { "/t" } else { "/w" };
            let meant = format!("{head}{}", path.replace("&amp;", "&"));
            assert!(asked.contains(&meant), "{meant} among {asked:#?}");
        }
    }
}
