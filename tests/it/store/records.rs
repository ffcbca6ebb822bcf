//! What each record of a store promises, on every engine: what was put in comes out as it was, whatever a publisher
//! sends, in the order that the trait names.

use super::{commit, document, placement, source, start, titles, window};
use crate::engines::{Engine, over_engines};
use jiff::{SignedDuration, Timestamp};
use samestory_model::{
    ArticleId, Document, DocumentId, Features, Item, SourceId, SourceState, StoredOverride, StoryId, Validators,
    Vector, Word, canonical_key,
};
use samestory_store::{
    Commit, HostRecord, ItemRecord, Learned, PageRecord, Retention, Store, Totals, Waiting, waiting_key,
};
use std::collections::BTreeMap;

fn item(id: &str, hour: Option<i64>) -> Item {
    let published = hour.map(|hour| start() + SignedDuration::from_hours(hour));
    Item { published, ..Item::headline(id.to_owned(), None, format!("Item {id}")) }
}

pub(super) fn waiting(id: &str, hour: Option<i64>) -> (String, Option<Waiting>) {
    let source = SourceId("paper".to_owned());
    let waiting = Waiting { source: source.clone(), item: item(id, hour), tries: 1, not_before: Some(start()) };
    (waiting_key(&source, id), Some(waiting))
}

fn queue(store: &dyn Store) -> Vec<String> {
    store.waiting().expect("a store that reads").into_iter().map(|one| one.item.id).collect()
}

fn the_queue_is_newest_first_and_counted(engine: Engine) {
    for bed in engine.beds() {
        let store = bed.writer();
        let asked = [("old", Some(1)), ("new", Some(9)), ("twin-b", Some(5)), ("twin-a", Some(5)), ("timeless", None)];
        let queue_of = asked.map(|(id, hour)| waiting(id, hour));
        store.commit(&Commit { queue: BTreeMap::from(queue_of.clone()), ..Commit::default() }).expect("room");
        assert_eq!(queue(&*store), ["new", "twin-a", "twin-b", "old", "timeless"]);
        assert_eq!(store.holds().expect("reads").waiting, 5);
        let (key, again) = waiting("old", Some(20));
        let (gone, _) = waiting("new", None);
        let changes = BTreeMap::from([(key, again), (gone, None), ("paper\u{0}never".to_owned(), None)]);
        store.commit(&Commit { queue: changes, ..Commit::default() }).expect("room");
        assert_eq!(queue(&*store), ["old", "twin-a", "twin-b", "timeless"]);
        assert_eq!(store.holds().expect("reads").waiting, 4);
        assert_eq!(bed.reader().holds(), store.holds().expect("reads"));
        let kept = store.waiting().expect("reads").into_iter().find(|one| one.item.id == "twin-a").expect("it waits");
        assert_eq!(Some(kept), queue_of[3].1, "as it was told");
    }
}

fn words_stand_in_their_order_and_no_number_is_given_twice(engine: Engine) {
    for bed in engine.beds() {
        let store = bed.writer();
        assert_eq!(store.next_word().expect("reads"), 1);
        let word = |number: u64, other: &str| {
            let word = Word::Apart { one: SourceId("a".to_owned()), other: SourceId(other.to_owned()) };
            (number, Some(StoredOverride { number, at: start(), word }))
        };
        store.commit(&Commit { words: vec![word(2, "c"), word(1, "b")], ..Commit::default() }).expect("room");
        store.commit(&Commit { words: vec![word(300, "d")], ..Commit::default() }).expect("room");
        let numbers = |store: &dyn Store| -> Vec<u64> {
            store.words().expect("reads").into_iter().map(|word| word.number).collect()
        };
        assert_eq!(numbers(&*store), [1, 2, 300]);
        store.commit(&Commit { words: vec![(300, None)], ..Commit::default() }).expect("room");
        assert_eq!((numbers(&*store), store.next_word().expect("reads")), (vec![1, 2], 301));
        assert_eq!(bed.reader().words().map(|word| word.number).collect::<Vec<_>>(), [1, 2]);
    }
}

fn hosts_pages_items_and_states_come_out_as_they_went_in(engine: Engine) {
    for bed in engine.beds() {
        let store = bed.writer();
        let (name, never) = (SourceId("paper".to_owned()), SourceId("never".to_owned()));
        let host = HostRecord {
            robots: Learned::of(1, (0..=255).collect()),
            paused_until: Some(start()),
            blocks: Learned::of(2, vec![7; 70_000]),
        };
        let page = PageRecord {
            url: "https://paper.example/a".parse().expect("a URL"),
            validators: Validators { etag: Some(vec![0, 0xff, b'"']), last_modified: Some(b"yesterday".to_vec()) },
        };
        let record = ItemRecord { url: None, document: None, content: u64::MAX, seen: start() };
        let state = SourceState { next_poll: Some(start()), ..SourceState::default() };
        let whole = Commit {
            states: vec![(name.clone(), state.clone())],
            items: vec![(name.clone(), "one".to_owned(), record.clone())],
            hosts: vec![("paper.example".to_owned(), host.clone())],
            pages: vec![("paper.example/a".to_owned(), page.clone())],
            ..Commit::default()
        };
        store.commit(&whole).expect("room");
        drop(store);
        let store = bed.writer();
        assert_eq!(store.host("paper.example").expect("reads"), host);
        assert_eq!(store.host("other.example").expect("reads"), HostRecord::default());
        assert_eq!(store.page("paper.example/a").expect("reads"), Some(page));
        assert_eq!(store.page("paper.example/b").expect("reads"), None);
        assert_eq!(store.item(&name, "one").expect("reads"), Some(record.clone()));
        assert_eq!(store.item(&never, "one").expect("reads"), None);
        assert_eq!(store.state(&name).expect("reads"), state);
        assert_eq!(store.state(&never).expect("reads"), SourceState::default());
        let found = ItemRecord { document: Some(DocumentId::of(&["x"])), ..record };
        let items = vec![(name.clone(), "one".to_owned(), found.clone())];
        store.commit(&Commit { items, ..Commit::default() }).expect("room");
        assert_eq!(store.item(&name, "one").expect("reads"), Some(found), "the later one stands");
    }
}

fn addresses_lead_to_the_latest_document_and_a_claim_takes_nothing_away(engine: Engine) {
    for bed in engine.beds() {
        let store = bed.writer();
        let address = |path: &str| -> url::Url { format!("https://paper.example/{path}").parse().expect("a URL") };
        let key = |path: &str| canonical_key(&address(path));
        store.commit(&commit(&[("one", "a", 0, 1, 1)])).expect("room");
        let mut second = commit(&[("two", "a", 1, 2, 2)]);
        second.documents[0].0.aliases = vec![address("one"), address("front")];
        store.commit(&second).expect("room");
        let [one, two] = ["one", "two"].map(|name| DocumentId::of(&[name]));
        let at = |path: &str| store.document_at(&key(path)).expect("reads");
        assert_eq!((at("one"), at("two"), at("front"), at("none")), (Some(one), Some(two), Some(two), None));
        let mut revised = commit(&[("three", "a", 2, 1, 1)]);
        revised.documents[0].0.url = address("one");
        revised.addresses = vec![("elsewhere.example/x".to_owned(), one), ("paper.example.org/y".to_owned(), one)];
        store.commit(&revised).expect("room");
        let three = DocumentId::of(&["three"]);
        assert_eq!(store.document_at(&key("one")).expect("reads"), Some(three), "the latest");
        let mut on = store.documents_on("paper.example").expect("reads");
        on.sort();
        let mut wanted = vec![two, three];
        wanted.sort();
        assert_eq!(on, wanted, "and nothing of a host that begins alike");
        let mut there = bed.reader().documents_at(&key("one")).expect("reads");
        there.sort();
        let mut both = vec![one, three];
        both.sort();
        assert_eq!(there, both, "one, and its earlier revision");
    }
}

fn a_mended_text_stands_where_it_stood_and_is_counted_once(engine: Engine) {
    for bed in engine.beds() {
        let store = bed.writer();
        store.commit(&commit(&[("one", "a", 0, 1, 1), ("two", "b", 1, 2, 2)])).expect("room");
        let before = store.holds().expect("reads");
        let (mut better, features) = document("one", "a", 0);
        better.text = "More about it. ".repeat(100);
        let mended = vec![(better.clone(), features.clone())];
        store.commit(&Commit { mended, placements: vec![placement("one", 1, 1)], ..Commit::default() }).expect("room");
        let after = store.holds().expect("reads");
        assert_eq!((after.documents, after.stories), (before.documents, before.stories));
        assert!(after.bytes > before.bytes);
        assert_eq!(store.document(better.id).expect("reads"), Some(better.clone()));
        assert_eq!(store.features(better.id).expect("reads"), Some(features));
        assert_eq!(window(&*store, Timestamp::MIN, 9), ["one", "two"], "in its old place");
        let whole = bed.reader().story_whole(StoryId(1)).expect("reads").expect("a story");
        assert_eq!(whole.articles[0].documents[0].text.as_ref(), Some(&better.text));
    }
}

/// A document with everything that a publisher can make awkward.
fn awkward(name: &str, id: u64) -> (Document, Features) {
    let (mut document, mut features) = document(name, "quelle-ñ-新", 3);
    document.id = DocumentId(id);
    document.item = format!("\u{0}guid\u{0}{}", "x".repeat(20_000));
    "nul \u{0} quote ' backslash \\ emoji 🗞️ right-to-left \u{202e}".clone_into(&mut document.title);
    document.text = "\u{0}\u{1}\u{fffd}".repeat(5000);
    let path = "y".repeat(9000);
    document.url = format!("https://paper.example/{path}?q=%00&name={name}").parse().expect("a URL");
    features.title = Vector::new(&[0.5, -0.25, 0.125]);
    features.quantities = Vec::new();
    (document, features)
}

fn whatever_a_publisher_sends_comes_out_as_it_came(engine: Engine) {
    for bed in engine.beds() {
        let store = bed.writer();
        // Ids on both sides of half their range: an engine that has signed numbers must not show it.
        let ids = [1, u64::MAX, u64::MAX / 2, u64::MAX / 2 + 1];
        let documents: Vec<_> = ids.iter().map(|id| awkward(&id.to_string(), *id)).collect();
        let placements = ids
            .iter()
            .map(|id| {
                let mut placement = placement("", *id, *id);
                placement.document = DocumentId(*id);
                placement
            })
            .collect();
        let items: Vec<_> = documents
            .iter()
            .map(|(document, _)| {
                let record = ItemRecord {
                    url: Some(document.url.clone()),
                    document: Some(document.id),
                    content: 1,
                    seen: start(),
                };
                (document.source.clone(), document.item.clone() + &document.id.to_string(), record)
            })
            .collect();
        let whole = Commit { documents: documents.clone(), placements, items: items.clone(), ..Commit::default() };
        store.commit(&whole).expect("room");
        store.put_sources(&[source("quelle-ñ-新")]).expect("room");
        let seen = bed.reader();
        for (document, features) in &documents {
            assert!(store.document(document.id).expect("reads").as_ref() == Some(document), "{}", document.id);
            assert!(store.features(document.id).expect("reads").as_ref() == Some(features), "{}", document.id);
            let key = canonical_key(&document.url);
            assert_eq!(store.document_at(&key).expect("reads"), Some(document.id));
            assert_eq!(seen.documents_at(&key).expect("reads"), [document.id]);
            assert_eq!(seen.story_of_document(document.id).expect("reads"), Some(StoryId(document.id.0)));
            assert_eq!(seen.story_of_article(ArticleId(document.id.0)).expect("reads"), Some(StoryId(document.id.0)));
        }
        for (source, item, record) in &items {
            assert_eq!(store.item(source, item).expect("reads").as_ref(), Some(record));
        }
        let mut sorted = ids.to_vec();
        sorted.sort_unstable();
        let told: Vec<u64> = seen.documents().expect("reads").iter().map(|frame| frame.document.id.0).collect();
        assert_eq!(told, sorted, "in the order of their ids");
        let told: Vec<u64> = seen.stories().expect("reads").iter().map(|listed| listed.view.story.0).collect();
        assert_eq!(told, sorted, "in the order of their ids");
        let told: Vec<u64> = seen.by_time().map(|head| head.expect("reads").story.0).collect();
        assert_eq!(told, sorted, "of one time in the order of their ids");
    }
}

fn times_at_the_ends_of_the_calendar_are_kept_found_and_purged(engine: Engine) {
    for bed in engine.beds() {
        let store = bed.writer();
        let times = ["-009999-01-03T00:00:00Z", "0001-01-01T00:00:00Z", "1969-12-31T23:59:59.999999999Z"];
        let times = times.into_iter().chain(["2026-03-02T12:00:00.123456789Z", "9999-12-30T00:00:00Z"]);
        let times: Vec<Timestamp> = times.map(|time| time.parse().expect("an instant")).collect();
        for (place, time) in times.iter().enumerate() {
            let (name, id) = (format!("at-{place}"), place as u64 + 1);
            let mut one = commit(&[(name.as_str(), "a", 0, id, id)]);
            one.documents[0].0.published = Some(*time);
            one.documents[0].0.seen = *time;
            store.commit(&one).expect("room");
            let known = store.document(DocumentId::of(&[&name])).expect("reads").expect("a document");
            assert_eq!(known.published, Some(*time), "to the last digit");
        }
        let seen = bed.reader();
        let latest: Vec<u64> = seen.by_time().map(|head| head.expect("reads").story.0).collect();
        assert_eq!(latest, [5, 4, 3, 2, 1]);
        assert_eq!(seen.published_since(times[3]).count(), 2, "to the last digit");
        assert_eq!(seen.published_since(Timestamp::MIN).count(), 5);
        assert_eq!(seen.published_since(Timestamp::MAX).count(), 0);
        assert_eq!(window(&*store, Timestamp::MIN, 9).len(), 5);
        assert_eq!(window(&*store, Timestamp::MAX, 9).len(), 0);
        assert_eq!(window(&*store, times[2], 9), ["at-2", "at-3", "at-4"]);
        let keep = Retention { since: Some(start()), ..Retention::default() };
        assert_eq!(store.purge(&keep).expect("reads").documents, 3);
        let seen = bed.reader();
        assert_eq!((titles(&seen, 4), titles(&seen, 5)), (vec!["at-3".to_owned()], vec!["at-4".to_owned()]));
        assert_eq!(seen.holds(), store.holds().expect("reads"));
    }
}

fn what_a_store_holds_is_counted_through_every_change(engine: Engine) {
    for bed in engine.beds() {
        let store = bed.writer();
        assert_eq!(store.holds().expect("reads"), Totals::default());
        store.commit(&commit(&[("a", "a", 0, 1, 1), ("b", "b", 0, 2, 2), ("c", "c", 300, 3, 3)])).expect("room");
        let merge = Commit {
            placements: vec![placement("b", 1, 1)],
            merged_articles: vec![(ArticleId(2), ArticleId(1))],
            merged_stories: vec![(StoryId(2), StoryId(1))],
            ..Commit::default()
        };
        store.commit(&merge).expect("room");
        let holds = store.holds().expect("reads");
        assert_eq!((holds.stories, holds.documents), (2, 3));
        // A story that went becomes one again, as a reader's word does it.
        let split = Commit { placements: vec![placement("b", 2, 2)], ..Commit::default() };
        store.commit(&split).expect("room");
        let seen = bed.reader();
        assert_eq!((titles(&seen, 1), titles(&seen, 2)), (vec!["a".to_owned()], vec!["b".to_owned()]));
        assert_eq!((seen.holds().stories, seen.holds()), (3, store.holds().expect("reads")));
        let keep = Retention { since: Some(start() + SignedDuration::from_hours(1)), ..Retention::default() };
        store.purge(&keep).expect("reads");
        let left = store.holds().expect("reads");
        assert_eq!((left.stories, left.documents), (1, 1));
        assert!(left.bytes > 0 && left.bytes < holds.bytes);
        store.purge(&Retention { documents: Some(0), ..Retention::default() }).expect("reads");
        assert_eq!(store.holds().expect("reads"), Totals::default());
        assert_eq!(bed.reader().by_time().count(), 0);
    }
}

fn an_id_that_stands_again_does_not_follow_what_it_once_was_merged_into(engine: Engine) {
    for bed in engine.beds() {
        let store = bed.writer();
        store.commit(&commit(&[("a", "a", 0, 1, 1), ("b", "b", 0, 2, 2), ("c", "c", 0, 3, 3)])).expect("room");
        let merged = |from: u64, into: u64| Commit {
            merged_articles: vec![(ArticleId(from), ArticleId(into))],
            merged_stories: vec![(StoryId(from), StoryId(into))],
            ..Commit::default()
        };
        store.commit(&Commit { placements: vec![placement("a", 2, 2)], ..merged(1, 2) }).expect("room");
        // In one commit the first one stands alone again, and what it had been merged into goes.
        let placements = vec![placement("a", 1, 1), placement("b", 3, 3)];
        store.commit(&Commit { placements, ..merged(2, 3) }).expect("room");
        let mut later = Vec::new();
        for again in [false, true] {
            let seen = bed.reader();
            let engine = bed.engine();
            assert_eq!(
                (titles(&seen, 1), titles(&seen, 3)),
                (vec!["a".to_owned()], vec!["b".to_owned(), "c".to_owned()])
            );
            assert_eq!(titles(&seen, 2), titles(&seen, 3), "{engine}: the other one leads on");
            let article = |id| seen.article(ArticleId(id)).expect("reads");
            assert_eq!((article(1), article(2)), (ArticleId(1), ArticleId(3)), "{engine}");
            let of = |name: &str| store.placement(DocumentId::of(&[name])).expect("reads").expect("a placement");
            assert_eq!((of("a").story, of("b").story), (StoryId(1), StoryId(3)), "{engine}");
            later.push(seen.story_of_article(ArticleId(1)).expect("reads"));
            if !again {
                // Nor later, when that goes as well.
                store.commit(&commit(&[("d", "d", 0, 4, 4)])).expect("room");
            }
        }
        assert_eq!(later, [Some(StoryId(1)), Some(StoryId(1))]);
    }
}

fn upkeep_is_due_once_a_day(engine: Engine) {
    for bed in engine.beds() {
        let store = bed.writer();
        let after = |hours: i64| start() + SignedDuration::from_hours(hours);
        store.note_upkeep(start()).expect("room");
        assert!(!store.upkeep_is_due(after(23)).expect("reads"));
        drop(store);
        let store = bed.writer();
        assert!(store.upkeep_is_due(after(25)).expect("reads"));
        store.note_upkeep(after(25)).expect("room");
        assert!(!store.upkeep_is_due(after(26)).expect("reads"));
    }
}

over_engines! {
    each: [
        the_queue_is_newest_first_and_counted,
        words_stand_in_their_order_and_no_number_is_given_twice,
        hosts_pages_items_and_states_come_out_as_they_went_in,
        addresses_lead_to_the_latest_document_and_a_claim_takes_nothing_away,
        a_mended_text_stands_where_it_stood_and_is_counted_once,
        whatever_a_publisher_sends_comes_out_as_it_came,
        times_at_the_ends_of_the_calendar_are_kept_found_and_purged,
        what_a_store_holds_is_counted_through_every_change,
        an_id_that_stands_again_does_not_follow_what_it_once_was_merged_into,
        upkeep_is_due_once_a_day,
    ]
}
