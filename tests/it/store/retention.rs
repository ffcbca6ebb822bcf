//! What is not kept goes whole, is not found any more, and does not come back as new.

use super::{commit, placement, start, titles};
use crate::bed::Bed;
use crate::engines::{Engine, over_engines};
use jiff::SignedDuration;
use samestory_model::{ArticleId, DocumentId, SourceId, StoryId, canonical_key};
use samestory_store::{Commit, ItemRecord, Purged, Retention, Store};

fn item(name: &str) -> (SourceId, String, ItemRecord) {
    let url = format!("https://paper.example/feed-link/{name}").parse().expect("a URL");
    let record = ItemRecord { url: Some(url), document: Some(DocumentId::of(&[name])), content: 7, seen: start() };
    (SourceId("a".to_owned()), name.to_owned(), record)
}

/// Two old stories of which one went on, a merged one, and a new one.
fn filled(bed: &Bed) -> Box<dyn Store> {
    let store = bed.writer();
    let mut first = commit(&[("old", "a", 0, 1, 1), ("begun", "a", 0, 2, 2), ("gone", "b", 1, 3, 3)]);
    first.items = ["old", "begun", "gone"].map(item).to_vec();
    store.commit(&first).expect("room");
    let merge = Commit {
        placements: vec![placement("gone", 1, 1)],
        merged_articles: vec![(ArticleId(3), ArticleId(1))],
        merged_stories: vec![(StoryId(3), StoryId(1))],
        ..Commit::default()
    };
    store.commit(&merge).expect("room");
    let mut later = commit(&[("went-on", "c", 500, 4, 2), ("new", "a", 510, 5, 5)]);
    later.items = ["new"].map(item).to_vec();
    store.commit(&later).expect("room");
    store
}

fn a_story_goes_whole_once_its_last_document_is_old_and_is_known_by_its_hash(engine: Engine) {
    for bed in engine.beds() {
        let mut writer = filled(&bed);
        let keep = Retention { since: Some(start() + SignedDuration::from_hours(100)), ..Retention::default() };
        assert_eq!(writer.purge(&keep).expect("a store that reads"), Purged { stories: 1, documents: 2 });
        assert_eq!(writer.purge(&keep).expect("a store that reads"), Purged::default(), "nothing is left to do");
        for compacted in [false, true] {
            if compacted {
                writer.compact().expect("room");
                writer = bed.writer();
            }
            let seen = bed.reader();
            assert_eq!(titles(&seen, 2), ["begun", "went-on"], "a story that went on keeps its beginning");
            assert_eq!(titles(&seen, 5), ["new"]);
            for id in [1, 3] {
                assert!(seen.story(StoryId(id)).expect("a log that reads").is_none(), "{id}");
                assert_eq!(seen.story_of_article(ArticleId(id)).expect("an index that reads"), None);
            }
            let old = DocumentId::of(&["old"]);
            assert_eq!(seen.document(old).expect("a store that reads"), None);
            assert_eq!(seen.by_time().count(), 2);
            assert_eq!((seen.holds().stories, seen.holds().documents), (2, 3));
            assert_eq!(seen.holds(), writer.holds().expect("a store that reads"));
            assert_eq!(writer.document(old).expect("a store that reads"), None);
            let source = SourceId("a".to_owned());
            assert_eq!(writer.item(&source, "old").expect("a store that reads"), None);
            let purged = |item: &str, address: &str| {
                let key = canonical_key(&format!("https://paper.example/{address}").parse().expect("a URL"));
                writer.was_purged(&source, item, &key).expect("a store that reads")
            };
            assert!(purged("old", "elsewhere"), "its item");
            assert!(purged("other", "old") && purged("other", "feed-link/old"), "its addresses");
            assert!(!purged("begun", "begun") && !purged("new", "new") && !purged("other", "other"));
        }
    }
}

fn limits_of_number_and_size_keep_the_stories_that_ended_last(engine: Engine) {
    for (bed, bytes) in engine.beds().map(|bed| (bed, false)).chain(engine.beds().map(|bed| (bed, true))) {
        let writer = filled(&bed);
        let whole = writer.holds().expect("a store that reads");
        let keep = if bytes {
            Retention { bytes: Some(whole.bytes * 4 / 5), ..Retention::default() }
        } else {
            Retention { documents: Some(4), ..Retention::default() }
        };
        assert_eq!(writer.purge(&keep).expect("a store that reads").documents, 2);
        let kept = writer.holds().expect("a store that reads");
        assert_eq!((kept.stories, kept.documents), (2, 3));
        assert!(keep.bytes.is_none_or(|limit| kept.bytes <= limit));
        assert_eq!(bed.reader().stories().expect("a log that reads").len(), 2);
    }
}

fn a_purged_text_is_not_new_again_and_cursors_go_on(engine: Engine) {
    for bed in engine.beds() {
        let line = r#"{"id":"a","title":"Seals return to Skerrin","text":"Wardens counted 37 grey seals below Skerrin light.","lang":"en","url":"https://harbourpost.example/seals"}"#;
        let file = bed.file("in.jsonl", line);
        let file = file.to_str().expect("UTF-8");
        bed.run(&["import", file]).expect(0);
        bed.run(&["list", "--reader", "other", "--lang", "sv"]).expect(0);
        assert_eq!(bed.cursor("other").owed.len(), 1, "left out by a filter, and owed");
        let config = "[store]\nkeep_days = 10\n[fetch]\ncontact = \"us@example.org\"\n";
        let mut run = bed.command(&["run"]);
        bed.file("config.toml", config);
        run.args(["--now", "2026-12-12T08:00:00Z", "--config", "config.toml"]);
        let ran = crate::bed::Ran::from(run.output().expect("the program starts")).expect(0);
        assert!(ran.err.contains("purged 1 stories with 1 documents"), "{}", ran.err);
        let again = bed.run(&["import", file]).expect(0);
        assert!(again.err.contains("0 documents stored, 1 known already"), "{}", again.err);
        assert_eq!(bed.run(&["list", "--since", "all", "--format", "jsonl"]).expect(0).out, "");
        assert_eq!(bed.run(&["list", "--reader", "other", "--format", "jsonl"]).expect(0).out, "");
        assert!(bed.cursor("other").owed.is_empty(), "what is gone is owed to nobody");
    }
}

over_engines! {
    each: [
        a_story_goes_whole_once_its_last_document_is_old_and_is_known_by_its_hash,
        limits_of_number_and_size_keep_the_stories_that_ended_last,
        a_purged_text_is_not_new_again_and_cursors_go_on,
    ]
}
