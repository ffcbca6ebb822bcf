//! What the store promises on every engine: which sources are followed, what a merge takes along, what readers see and
//! when.
//! What only files or only a server can do is in the files beside this one that say so. Documents here have no text
//! that a model would have to read.

mod backup;
mod crash;
mod damage;
mod injury;
mod lookup;
mod migration;
mod plans;
mod promises;
mod records;
mod retention;
mod server;
mod trust;
mod upgrade;

use super::engines::{Engine, over_engines};

use jiff::{SignedDuration, Timestamp};
use samestory_model::{
    ArticleId, Document, DocumentId, Features, Lang, Placement, Role, Source, SourceId, SourceState, StoryId, Vector,
};
use samestory_store::{Commit, Reader, SledStore, Store};
use std::path::Path;

pub(crate) fn start() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().expect("an instant")
}

pub(crate) fn store(folder: &Path) -> SledStore {
    SledStore::open(folder).expect("a store")
}

pub(crate) fn reader(folder: &Path) -> Reader {
    Reader::open(folder).expect("the readers' side")
}

pub(crate) fn source(name: &str) -> Source {
    Source::feed(name, format!("https://paper.example/{name}").parse().expect("a URL"))
}

fn names(reader: &Reader) -> Vec<String> {
    reader.sources().map(|(source, _)| source.name.0.clone()).collect()
}

/// A document of a source, seen so many hours after the start.
pub(crate) fn document(name: &str, from: &str, hour: i64) -> (Document, Features) {
    let nothing = || Vector::new(&[]);
    let document = Document {
        id: DocumentId::of(&[name]),
        source: SourceId(from.to_owned()),
        item: name.to_owned(),
        url: format!("https://paper.example/{name}").parse().expect("a URL"),
        canonical: None,
        aliases: Vec::new(),
        lang: Lang::parse("en"),
        stated_lang: None,
        title: name.to_owned(),
        text: format!("All about {name}."),
        byline: Vec::new(),
        published: None,
        modified: None,
        seen: start() + SignedDuration::from_hours(hour),
        site: None,
        image: None,
        source_url: None,
        source_name: None,
        alternates: Vec::new(),
        revision: 0,
    };
    let features = Features {
        model: "none".to_owned(),
        lang: document.lang,
        known_language: false,
        grasp: 0.8,
        title: nothing(),
        head: nothing(),
        sentences: Vec::new(),
        quantities: Vec::new(),
        names: Vec::new(),
        slug: name.to_owned(),
        text_hash: 0,
        shingles: Vec::new(),
        length: 0,
    };
    (document, features)
}

pub(crate) fn placement(name: &str, article: u64, story: u64) -> Placement {
    Placement {
        document: DocumentId::of(&[name]),
        article: ArticleId(article),
        story: StoryId(story),
        role: Role::Original,
        evidence: Vec::new(),
        rules: 1,
        at: start(),
    }
}

/// A commit of documents that each have an article and a story.
pub(crate) fn commit(placed: &[(&str, &str, i64, u64, u64)]) -> Commit {
    Commit {
        documents: placed.iter().map(|(name, from, hour, ..)| document(name, from, *hour)).collect(),
        placements: placed.iter().map(|(name, _, _, article, story)| placement(name, *article, *story)).collect(),
        ..Commit::default()
    }
}

pub(crate) fn titles(reader: &Reader, story: u64) -> Vec<String> {
    let listed = reader.story(StoryId(story)).expect("a log that reads").expect("a story");
    let mut titles: Vec<String> =
        listed.view.articles.iter().flat_map(|article| &article.documents).map(|shown| shown.title.clone()).collect();
    titles.sort();
    titles
}

fn a_configured_source_is_shown_and_no_longer_once_the_configuration_drops_it(engine: Engine) {
    for bed in engine.beds() {
        let store = bed.writer();
        store.put_sources(&[source("added"), source("both")]).expect("room");
        let configured = Source { title: Some("As configured".to_owned()), ..source("both") };
        store.mirror_sources(&[source("configured"), configured.clone()]).expect("room");
        let followed = |store: &dyn Store| -> Vec<String> {
            store.sources().expect("sources").into_iter().map(|source| source.name.0).collect()
        };
        assert_eq!(followed(&*store), ["added", "both"], "the configuration speaks for itself");
        assert_eq!(names(&bed.reader()), ["added", "both", "configured"]);
        let shown =
            |reader: &Reader| reader.sources().find(|pair| pair.0.name.0 == "both").expect("both").0.title.clone();
        assert_eq!(shown(&bed.reader()), configured.title);

        let gone = SourceState { gone: true, ..SourceState::default() };
        let waits = SourceState { next_poll: Some(start()), ..SourceState::default() };
        let [name, both] = ["configured", "both"].map(|name| SourceId(name.to_owned()));
        let states = vec![(name.clone(), gone), (both.clone(), waits.clone())];
        store.commit(&Commit { states, ..Commit::default() }).expect("room");
        let sequence = bed.reader().sequence();
        store.mirror_sources(&[]).expect("room");
        assert_eq!(names(&bed.reader()), ["added", "both"]);
        assert_eq!(shown(&bed.reader()), None, "as it was added");
        assert!(!store.state(&name).expect("a state").gone, "who comes back is asked anew");
        assert_eq!(store.state(&both).expect("a state"), waits, "and no earlier than it may be");
        let after = bed.reader().sequence();
        assert!(after > sequence);
        store.mirror_sources(&[]).expect("room");
        assert_eq!(bed.reader().sequence(), after, "nothing changed, nothing is written");
        drop(store);
        assert_eq!(followed(&*bed.writer()), ["added", "both"]);
    }
}

fn a_removed_source_is_forgotten_with_its_state(engine: Engine) {
    for bed in engine.beds() {
        let store = bed.writer();
        store.put_sources(&[source("paper")]).expect("room");
        let name = SourceId("paper".to_owned());
        let state = SourceState { gone: true, ..SourceState::default() };
        store.commit(&Commit { states: vec![(name.clone(), state)], ..Commit::default() }).expect("room");
        assert!(store.remove_source(&name).expect("a store that reads"));
        assert!(!store.remove_source(&name).expect("a store that reads"), "it is not there any more");
        store.put_sources(&[source("paper")]).expect("room");
        assert_eq!(store.state(&name).expect("a state"), SourceState::default());
        assert!(bed.reader().sources().all(|(_, state)| !state.gone));
    }
}

fn a_merge_takes_along_what_the_pass_no_longer_has_in_memory(engine: Engine) {
    for bed in engine.beds() {
        let store = bed.writer();
        store.commit(&commit(&[("old-kept", "a", 0, 1, 1), ("old-gone", "b", 0, 2, 2)])).expect("room");
        store
            .commit(&commit(&[("gone", "b", 900, 2, 2), ("kept", "a", 900, 1, 1), ("third", "c", 900, 3, 3)]))
            .expect("room");
        // Only the newer documents were in the window when their articles turned out to be one.
        let merge = Commit {
            placements: vec![placement("gone", 1, 1)],
            merged_articles: vec![(ArticleId(2), ArticleId(1))],
            merged_stories: vec![(StoryId(2), StoryId(1))],
            ..Commit::default()
        };
        store.commit(&merge).expect("room");
        let placed = |name: &str| {
            let placement = store.placement(DocumentId::of(&[name])).expect("a store that reads").expect("placed");
            (placement.article.0, placement.story.0)
        };
        assert_eq!((placed("old-gone"), placed("gone"), placed("old-kept")), ((1, 1), (1, 1), (1, 1)));
        let seen = bed.reader();
        assert_eq!(titles(&seen, 1), ["gone", "kept", "old-gone", "old-kept"]);
        assert_eq!(titles(&seen, 2), titles(&seen, 1), "the id that went answers as the one that stays");
        assert_eq!(seen.article(ArticleId(2)).expect("a log that reads"), ArticleId(1));
        assert_eq!(seen.stories().expect("a log that reads").len(), 2);
        let frame = seen.document(DocumentId::of(&["old-gone"])).expect("a log that reads").expect("a document");
        assert_eq!((frame.placement.article, frame.placement.story), (ArticleId(1), StoryId(1)));
        let listed = seen.story(StoryId(1)).expect("a log that reads").expect("the story");
        assert!(listed.grown > listed.born, "a source joined");

        // A later merge of the one that stayed leaves no chain behind, and a writer that opens agrees.
        let again = Commit {
            placements: ["gone", "kept"].map(|name| placement(name, 1, 3)).to_vec(),
            merged_stories: vec![(StoryId(1), StoryId(3))],
            ..Commit::default()
        };
        store.commit(&again).expect("room");
        let told = bed.reader();
        assert_eq!(titles(&told, 2), ["gone", "kept", "old-gone", "old-kept", "third"]);
        drop(store);
        if bed.schema().is_none() {
            std::fs::remove_file(log(&bed.store())).expect("the log");
        }
        drop(bed.writer());
        let written_anew = bed.reader();
        assert_eq!(titles(&written_anew, 2), titles(&told, 3));
        assert_eq!(written_anew.article(ArticleId(2)).expect("a log that reads"), ArticleId(1));
    }
}

/// The readers' log of a store in files that was never written anew as a whole.
fn log(folder: &Path) -> std::path::PathBuf {
    let entries = std::fs::read_dir(folder.join("g1")).expect("a generation").flatten();
    let mut logs = entries.map(|entry| entry.path()).filter(|path| path.to_string_lossy().contains("stories-"));
    logs.next().expect("a log")
}

/// Titles of the window's documents, in their order.
fn window(store: &dyn Store, since: Timestamp, most: usize) -> Vec<String> {
    let mut titles = Vec::new();
    store.window(since, most, &mut |document, _, _| titles.push(document.title)).expect("a store that reads");
    titles
}

fn the_window_holds_what_is_recent_in_the_order_of_placement(engine: Engine) {
    for bed in engine.beds() {
        let writer = bed.writer();
        let mut placed = commit(&[("late", "a", 50, 1, 1), ("old", "a", 0, 2, 2), ("early", "a", 40, 3, 3)]);
        placed.documents[2].0.published = Some(start());
        writer.commit(&placed).expect("room");
        // A clock that was set back, as a repeated run has it.
        writer.commit(&commit(&[("back", "a", 45, 4, 4)])).expect("room");
        let since =
            |hour: i64| -> Vec<String> { window(&*writer, start() + SignedDuration::from_hours(hour), usize::MAX) };
        assert_eq!(since(40), ["late", "early", "back"]);
        assert_eq!(since(45), ["late", "back"]);
        assert_eq!(since(0).len(), 4);
        assert_eq!(window(&*writer, Timestamp::MIN, usize::MAX).len(), 4);
        assert_eq!(window(&*writer, Timestamp::MIN, 2), ["late", "back"], "the latest, where not all may come");
        assert!(since(51).is_empty());
    }
}

over_engines! {
    each: [
        a_configured_source_is_shown_and_no_longer_once_the_configuration_drops_it,
        a_removed_source_is_forgotten_with_its_state,
        a_merge_takes_along_what_the_pass_no_longer_has_in_memory,
        the_window_holds_what_is_recent_in_the_order_of_placement,
    ]
}
