//! What a reader finds by index and log together, when the log has been folded several times.

use super::{commit, placement, start};
use crate::engines::{Engine, over_engines};
use jiff::Timestamp;
use samestory_model::{ArticleId, DocumentId, StoryId, canonical_key};
use samestory_store::{Commit, Reader, Store};
use std::collections::BTreeSet;

/// Fills a store with stories of one document each, some of a second, and merges some of them.
fn fill(store: &dyn Store, stories: u64) {
    let names: Vec<String> = (0..stories).map(|number| format!("story-{number:05}-{}", "x".repeat(200))).collect();
    for (part, chunk) in names.chunks(500).enumerate() {
        let first = part as u64 * 500;
        let placed: Vec<_> = chunk
            .iter()
            .enumerate()
            .map(|(place, name)| {
                let id = first + place as u64 + 1;
                (name.as_str(), "a", (id as i64 * 7) % 1000, id, id)
            })
            .collect();
        store.commit(&commit(&placed)).expect("room");
    }
    for id in (1..stories).step_by(97) {
        let name = &names[id as usize];
        let merge = Commit {
            placements: vec![placement(name, id, id)],
            merged_articles: vec![(ArticleId(id + 1), ArticleId(id))],
            merged_stories: vec![(StoryId(id + 1), StoryId(id))],
            ..Commit::default()
        };
        store.commit(&merge).expect("room");
    }
}

/// Everything that a reader tells, to compare two of them.
fn told(reader: &Reader, stories: u64) -> (Vec<String>, Vec<Option<String>>, Vec<usize>, u64) {
    let order: Vec<String> = reader
        .by_time()
        .map(|head| head.expect("an index that reads"))
        .map(|head| format!("{} {} {}", head.story, head.born, head.grown))
        .collect();
    let story =
        |id: u64| reader.story(StoryId(id)).expect("a log that reads").map(|listed| format!("{:?}", listed.view));
    let changed = (0..reader.sequence()).map(|from| reader.changed_since(from).expect("an index that reads").len());
    (order, (0..stories + 2).map(story).collect(), changed.collect(), reader.holds().stories)
}

fn index_and_log_together_tell_what_a_store_written_anew_tells(engine: Engine) {
    for bed in engine.beds() {
        let writer = bed.writer();
        fill(&*writer, 6000);
        assert_eq!(writer.behind(), None);
        let seen = bed.reader();
        let before = told(&seen, 6000);
        assert_eq!(before.0.len() as u64, before.3);
        assert_eq!(before.3, 6000 - 6000u64.div_ceil(97));
        let times: Vec<Timestamp> = seen
            .by_time()
            .map(|head| seen.view(&head.expect("an index that reads")).expect("a story").view.last_published)
            .collect();
        assert!(times.is_sorted_by(|a, b| a >= b), "the latest first");
        let since = start() + jiff::SignedDuration::from_hours(900);
        let recent = seen.published_since(since).count();
        assert_eq!(recent, times.iter().filter(|time| **time >= since).count());
        assert!(recent > 0 && recent < times.len());

        writer.compact().expect("room");
        let compacted = bed.writer();
        assert_eq!(told(&bed.reader(), 6000), before, "what was folded is what is written anew");
        assert_eq!(told(&seen, 6000), before, "who had opened the old files reads on");
        compacted.commit(&commit(&[("late", "b", 2000, 9001, 9001)])).expect("room");
        let first = bed.reader().by_time().next().expect("a story").expect("an index that reads");
        assert_eq!(first.story, StoryId(9001), "what is not folded yet comes first where it is the latest");
    }
}

fn a_story_is_found_by_its_documents_articles_addresses_and_former_ids(engine: Engine) {
    for bed in engine.beds() {
        let writer = bed.writer();
        fill(&*writer, 3000);
        for writer in [None, Some(writer)] {
            // First as the log and its folds have it, then written anew.
            if let Some(writer) = writer {
                writer.compact().expect("room");
            }
            let seen = bed.reader();
            let name = format!("story-{:05}-{}", 0, "x".repeat(200));
            let id = DocumentId::of(&[&name]);
            assert_eq!(seen.story_of_document(id).expect("reads"), Some(StoryId(1)));
            assert_eq!(
                seen.story_of_article(ArticleId(2)).expect("reads"),
                Some(StoryId(1)),
                "an article that was merged"
            );
            let url = format!("https://paper.example/{name}").parse().expect("a URL");
            assert_eq!(seen.documents_at(&canonical_key(&url)).expect("reads"), [id]);
            assert_eq!(seen.story(StoryId(2)).expect("reads").expect("an alias").view.story, StoryId(1));
            assert_eq!(seen.document(id).expect("reads").expect("a document").document.title, name);
            assert_eq!(seen.document(DocumentId(7)).expect("reads"), None);
            assert_eq!(seen.documents().expect("reads").len(), 3000);
        }
    }
}

fn a_reader_who_is_far_behind_pages_through_everything_once(engine: Engine) {
    for bed in engine.beds() {
        let writer = bed.writer();
        fill(&*writer, 3000);
        let list = |more: &[&str]| -> Vec<String> {
            let ran = bed.run(&[&["list", "--format", "jsonl"], more].concat()).expect(0);
            ran.json_lines().iter().map(|story| story["story"].as_str().expect("an id").to_owned()).collect()
        };
        let all = bed.reader().holds().stories as usize;
        let mut seen: Vec<String> = list(&["--limit", "700"]);
        assert_eq!(seen.len(), 700);
        // A story that was shown grows, and one more is born, while the reader is still on its way.
        let grown: StoryId = seen[3].parse().expect("an id");
        writer.commit(&commit(&[("late-a", "b", 1, 8001, grown.0), ("late-b", "b", 2, 8002, 8002)])).expect("room");
        let filtered = list(&["--limit", "700", "--source", "nobody"]);
        assert!(filtered.is_empty(), "a filter that fits nothing takes nothing away");
        let mut calls = 0;
        loop {
            let shown = list(&["--limit", "700"]);
            if shown.is_empty() {
                break;
            }
            seen.extend(shown);
            calls += 1;
            assert!(calls < 12, "{} of {all}", seen.len());
        }
        assert_eq!(seen.len(), all + 2, "each once, the one that grew twice, and the one that was born");
        let twice = seen.iter().filter(|id| **id == grown.to_string()).count();
        assert_eq!((twice, seen.iter().collect::<BTreeSet<_>>().len()), (2, all + 1));
        assert!(bed.cursor("default").backlog.is_none(), "the way is behind it");
        assert!(list(&[]).is_empty());
    }
}

over_engines! {
    each: [
        index_and_log_together_tell_what_a_store_written_anew_tells,
        a_story_is_found_by_its_documents_articles_addresses_and_former_ids,
        a_reader_who_is_far_behind_pages_through_everything_once,
    ]
}
