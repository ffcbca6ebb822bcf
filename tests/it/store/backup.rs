//! A backup holds everything, and what is wrong with one is named and changes nothing.

use super::{commit, placement, reader, source, start};
use crate::bed::Bed;
use crate::engines::{Engine, over_engines, server_beds};
use jiff::SignedDuration;
use samestory_model::{ArticleId, DocumentId, SourceId, SourceState, StoredOverride, StoryId, Validators, Word};
use samestory_store::{
    Commit, Cursor, HostRecord, ItemRecord, Learned, PageRecord, Reader, Retention, Store, StoreError, Totals, Waiting,
    restore, waiting_key,
};
use std::collections::BTreeMap;
use std::path::Path;

/// A store with a record of every kind.
fn filled(bed: &Bed) -> Box<dyn Store> {
    let store = bed.writer();
    store.put_sources(&[source("added")]).expect("room");
    store.mirror_sources(&[source("configured")]).expect("room");
    store.commit(&commit(&[("purged", "a", 0, 9, 9)])).expect("room");
    store
        .purge(&Retention { since: Some(start() + SignedDuration::from_hours(1)), ..Retention::default() })
        .expect("room");
    let mut first = commit(&[("one", "a", 200, 1, 1), ("two", "b", 201, 2, 2), ("three", "c", 202, 3, 3)]);
    let name = SourceId("added".to_owned());
    first.states = vec![(name.clone(), SourceState { next_poll: Some(start()), ..SourceState::default() })];
    first.hosts = vec![(
        "paper.example".to_owned(),
        HostRecord {
            robots: Learned::of(1, vec![0, 255, 3]),
            paused_until: Some(start()),
            blocks: Learned::of(2, vec![9]),
        },
    )];
    let item = samestory_extract::feed::feed(
        b"<rss version='2.0'><channel><item><guid>g</guid><title>T</title></item></channel></rss>",
        None,
        &"https://paper.example/rss".parse().expect("a URL"),
    )
    .expect("a feed")
    .items
    .remove(0);
    let waiting = Waiting { source: name.clone(), item, tries: 2, not_before: Some(start()) };
    let page = PageRecord {
        url: "https://paper.example/one".parse().expect("a URL"),
        validators: Validators { etag: Some(b"\"1\"".to_vec()), ..Validators::default() },
    };
    first.pages = vec![("paper.example/one".to_owned(), page)];
    let seen = ItemRecord { url: None, document: Some(DocumentId::of(&["one"])), content: u64::MAX, seen: start() };
    first.items = vec![(name.clone(), "one".to_owned(), seen)];
    let word = Word::Apart { one: SourceId("a".to_owned()), other: SourceId("c".to_owned()) };
    first.words = vec![(6, Some(StoredOverride { number: 6, at: start(), word })), (7, None)];
    first.queue = BTreeMap::from([(waiting_key(&name, &waiting.item.id), Some(waiting))]);
    store.commit(&first).expect("room");
    let merge = Commit {
        placements: vec![placement("two", 1, 1)],
        merged_articles: vec![(ArticleId(2), ArticleId(1))],
        merged_stories: vec![(StoryId(2), StoryId(1))],
        ..Commit::default()
    };
    store.commit(&merge).expect("room");
    bed.move_cursor("kept", &Cursor { sequence: 3, ..Cursor::default() });
    store
}

/// The lines of a backup, without when it was made, in any order.
fn lines(path: &Path) -> Vec<String> {
    let bytes = zstd::decode_all(std::fs::File::open(path).expect("a file")).expect("zstd");
    let text = String::from_utf8(bytes).expect("UTF-8");
    let mut lines: Vec<String> = text.lines().skip(1).map(str::to_owned).collect();
    lines.sort();
    lines
}

fn a_restored_store_is_the_one_that_was_backed_up_on_whatever_engine(engine: Engine) {
    for bed in engine.beds_to_move_between() {
        let file = bed.path("all.jsonl.zst");
        let writer = filled(&bed);
        let counted = writer.backup(&file, start()).expect("room");
        drop(writer);
        let list = |bed: &Bed| {
            ["all", "kept"].map(|what| {
                let way = if what == "all" { ["--since", "all"] } else { ["--reader", "kept"] };
                bed.run(&[&["list", "--peek", "--format", "json"], &way[..]].concat()).expect(0).out
            })
        };
        let before = bed.reader();
        for other in engine.beds_to_move_between() {
            let way = format!("{} to {}", bed.engine(), other.engine());
            let (restored, _) = other.restore(&file).expect("a good backup");
            let again = other.path("again.jsonl.zst");
            assert_eq!(restored.backup(&again, start()).expect("room"), counted, "{way}");
            assert_eq!(lines(&again), lines(&file), "{way}: nothing is missing and nothing came in");
            assert_eq!(list(&bed), list(&other), "{way}");
            let after = other.reader();
            assert_eq!(before.stories().expect("reads"), after.stories().expect("reads"), "{way}");
            assert_eq!(before.documents().expect("reads"), after.documents().expect("reads"), "{way}");
            let article = |reader: &Reader| reader.article(ArticleId(2)).expect("reads");
            assert_eq!(article(&before), article(&after), "{way}");
            assert_eq!((before.sequence(), before.holds()), (after.sequence(), after.holds()), "{way}");
            assert!(before.sources().eq(after.sources()), "{way}");
            assert_eq!(other.cursor("kept"), bed.cursor("kept"), "{way}");
            assert!(restored.was_purged(&SourceId("a".to_owned()), "", "paper.example/purged").expect("reads"));
            assert_eq!(restored.waiting().expect("reads").len(), 1);
            assert_eq!(restored.host("paper.example").expect("reads").robots, Learned::of(1, vec![0, 255, 3]));
            assert_eq!(restored.next_word().expect("reads"), 8, "{way}: no number of a word is given twice");
            // What came goes on as what was there: the next commit has the next number.
            restored.commit(&commit(&[("late", "d", 900, 77, 77)])).expect("room");
            let late = other.reader().story(StoryId(77)).expect("reads").expect("a story");
            assert_eq!(late.born, before.sequence() + 1, "{way}");
        }
        for kind in [
            "source",
            "configured",
            "state",
            "item",
            "waiting",
            "host",
            "document",
            "word",
            "page",
            "address",
            "story",
            "story_alias",
            "article_alias",
            "purged",
            "cursor",
            "end",
        ] {
            let mark = format!("{{\"{kind}\":");
            assert!(lines(&file).iter().any(|line| line.starts_with(&mark)), "{}: no {kind}", bed.engine());
        }
    }
}

fn backup_and_restore_are_commands_and_a_store_is_never_written_over(engine: Engine) {
    for bed in engine.beds_to_move_between() {
        let missing = bed.run(&["backup", "b.zst"]).expect(3);
        assert!(missing.err.contains("no store"), "{}", missing.err);
        drop(filled(&bed));
        let ran = bed.run(&["backup", "b.zst"]).expect(0);
        assert!(ran.err.contains("records"), "{}", ran.err);
        let over = bed.run(&["restore", "b.zst"]).expect(3);
        assert!(over.err.contains("there is a store here already") && over.err.contains("hint:"), "{}", over.err);
        let file = bed.path("b.zst");
        for other in engine.beds_to_move_between() {
            let none = other.run(&["restore", "no-such-file"]).expect(3);
            assert!(none.err.contains("no-such-file") && !other.store().exists(), "{}", none.err);
            let ran = other.run(&["restore", file.to_str().expect("UTF-8")]).expect(0);
            assert!(ran.err.contains("2 stories, 3 documents"), "{}", ran.err);
        }
    }
}

fn a_damaged_backup_leaves_a_schema_of_the_server_as_it_was() {
    let whole = {
        let bed = Bed::new();
        let file = bed.path("all.jsonl.zst");
        filled(&bed).backup(&file, start()).expect("room");
        std::fs::read(&file).expect("a file")
    };
    let text = String::from_utf8(zstd::decode_all(whole.as_slice()).expect("zstd")).expect("UTF-8");
    let packed = |text: &str| zstd::encode_all(text.as_bytes(), 1).expect("memory");
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 0x08;
    for bed in server_beds() {
        for (what, bytes) in [
            ("empty", Vec::new()),
            ("flipped", flipped.clone()),
            ("cut", whole[..whole.len() - 9].to_vec()),
            ("newer", packed(&text.replacen("\"version\":1", "\"version\":2", 1))),
            ("another kind", packed(&text.replacen("{\"host\":", "{\"hosts\":", 1))),
            ("a way out", packed(&text.replacen("kept.cursor", "../../kept.cursor", 1))),
        ] {
            let damaged = bed.file("damaged.zst", &bytes);
            let error = bed.restore(&damaged).err().unwrap_or_else(|| panic!("{what} is taken for a backup"));
            assert!(matches!(error, StoreError::Backup { .. }), "{what}: {error}");
            assert_eq!(bed.reader().holds(), Totals::default(), "{what}: nothing of it is there");
        }
        let good = bed.file("good.zst", &whole);
        bed.restore(&good).expect("nothing of the others stands in its way");
        assert_eq!(bed.reader().holds().documents, 3);
    }
}

#[test]
fn a_backup_that_is_not_as_it_was_written_restores_nothing() {
    let bed = Bed::new();
    let file = bed.path("all.jsonl.zst");
    filled(&bed).backup(&file, start()).expect("room");
    let whole = std::fs::read(&file).expect("a file");
    let text = String::from_utf8(zstd::decode_all(whole.as_slice()).expect("zstd")).expect("UTF-8");
    let mut cases: Vec<(String, Vec<u8>)> =
        vec![("empty".to_owned(), Vec::new()), ("text".to_owned(), b"hello\n".to_vec())];
    for place in (0..whole.len()).step_by(61) {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x08;
        cases.push((format!("byte {place}"), bytes));
        cases.push((format!("cut at {place}"), whole[..place].to_vec()));
    }
    let mut rewritten = |what: &str, text: &str| {
        cases.push((what.to_owned(), zstd::encode_all(text.as_bytes(), 1).expect("memory")));
    };
    rewritten("newer", &text.replacen("\"version\":1", "\"version\":2", 1));
    rewritten(
        "a line is missing",
        &text.lines().filter(|line| !line.contains("purged")).map(|line| format!("{line}\n")).collect::<String>(),
    );
    rewritten(
        "no end",
        &text.lines().filter(|line| !line.contains("\"end\"")).map(|line| format!("{line}\n")).collect::<String>(),
    );
    rewritten("more behind the end", &format!("{text}{{\"end\":{{\"lines\":1}}}}\n"));
    rewritten("another kind", &text.replacen("{\"host\":", "{\"hosts\":", 1));
    rewritten("a way out of the folder", &text.replacen("kept.cursor", "../../kept.cursor", 1));
    for (what, bytes) in cases {
        let folder = bed.path("fresh");
        let damaged = bed.file("damaged.zst", &bytes);
        match restore(&folder, &damaged) {
            Err(error) => {
                assert!(matches!(error, StoreError::Backup { .. }), "{what}: {error}");
                assert!(error.to_string().contains("damaged.zst") && error.hint().contains("backup"), "{error}");
                assert!(what != "newer" || error.to_string().contains("version 2"), "{error}");
            }
            // The last bytes of a frame may be other ones that mean the same; what is restored is then all of it.
            Ok((store, _)) => {
                drop(store);
                assert!(what.starts_with("byte"), "{what} is taken for a backup");
                assert_eq!(reader(&folder).holds(), reader(&bed.store()).holds(), "{what}");
                std::fs::remove_dir_all(&folder).expect("a folder");
            }
        }
        assert!(matches!(Reader::open(&folder), Err(StoreError::Missing { .. })), "{what}");
    }
}

/// What becomes of a line of a kind.
type Alter<'a> = Box<dyn Fn(&str, &mut serde_json::Value) -> Vec<serde_json::Value> + 'a>;

/// A backup with some lines altered; a line that becomes empty goes.
fn altered(text: &str, alter: &dyn Fn(&str, &mut serde_json::Value) -> Vec<serde_json::Value>) -> Vec<u8> {
    let mut out = String::new();
    let mut count = 0;
    for line in text.lines() {
        let mut value: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let kind = value.as_object().and_then(|line| line.keys().next()).cloned().expect("a kind");
        if kind == "end" {
            out += &format!("{{\"end\":{{\"lines\":{count}}}}}\n");
            break;
        }
        for more in alter(&kind, &mut value) {
            out += &format!("{more}\n");
            count += 1;
        }
    }
    zstd::encode_all(out.as_bytes(), 1).expect("memory")
}

fn a_backup_that_contradicts_itself_is_refused_by_line_and_leaves_nothing(engine: Engine) {
    let text = {
        let bed = Bed::new();
        let file = bed.path("all.jsonl.zst");
        filled(&bed).backup(&file, start()).expect("room");
        let bytes = std::fs::read(&file).expect("a file");
        String::from_utf8(zstd::decode_all(bytes.as_slice()).expect("zstd")).expect("UTF-8")
    };
    let id = |name: &str| DocumentId::of(&[name]).to_string();
    let one = |kind: &str, value: &serde_json::Value| {
        kind == "document" && value["document"]["document"]["id"] == id("one").as_str()
    };
    let set = |kind: &'static str, path: &'static str, to: serde_json::Value| -> Alter<'_> {
        Box::new(move |found, value| {
            if found == kind && (kind != "document" || one(found, value)) {
                *value.pointer_mut(path).expect("it is there") = to.clone();
            }
            vec![value.clone()]
        })
    };
    let twice = |kind: &'static str| -> Alter<'_> {
        Box::new(move |found, value| vec![value.clone(); if found == kind { 2 } else { 1 }])
    };
    let cases: Vec<(&str, Alter<'_>)> = vec![
        (
            "which is not placed there",
            Box::new(|kind, value| if one(kind, value) { vec![] } else { vec![value.clone()] }),
        ),
        ("does not name it", Box::new(|kind, value| if kind == "story" { vec![] } else { vec![value.clone()] })),
        ("which is not placed there", set("document", "/document/placement/story", "s0000000000009".into())),
        ("has the placement of", set("document", "/document/placement/document", id("two").into())),
        ("has no placement", set("document", "/document/placement", serde_json::Value::Null)),
        ("has number 99 of", set("document", "/document/placed", 99.into())),
        ("came up at commit 0", set("story", "/story/born", 0.into())),
        ("came up at commit 99", set("story", "/story/born", 99.into())),
        ("names no document", set("story", "/story/documents", serde_json::json!([]))),
        ("which is not placed there", set("story", "/story/documents", serde_json::json!([id("nothing")]))),
        ("which is not there", set("address", "/address/document", id("nothing").into())),
        ("which is not there", set("item", "/item/record/document", id("nothing").into())),
        ("became what became of it", set("story_alias", "/story_alias/kept", "s0000000000002".into())),
        ("twice", twice("document")),
        ("twice", twice("story")),
        ("twice", twice("waiting")),
        ("twice", twice("item")),
        ("twice", twice("source")),
        ("twice", twice("address")),
    ];
    for bed in engine.beds() {
        for (what, alter) in &cases {
            let file = bed.file("forged.zst", altered(&text, alter));
            let error = bed.restore(&file).err().unwrap_or_else(|| panic!("{what}: it is taken for a backup"));
            let told = error.to_string();
            assert!(
                matches!(error, StoreError::Backup { .. }) && told.contains("line ") && told.contains(what),
                "{told}"
            );
        }
        let with_password: Alter<'_> =
            set("document", "/document/document/url", "https://u:SECRETPW@h.example/a".into());
        let file = bed.file("forged.zst", altered(&text, &with_password));
        drop(bed.restore(&file).expect("what was refused has left nothing"));
        for command in [&["list", "--peek", "--since", "all", "--format", "json"][..], &["doctor", "--deep"]] {
            let ran = bed.run(command).expect(0);
            assert!(!(ran.out + &ran.err).contains("SECRETPW"), "{command:?}");
        }
        assert!(bed.run(&["list", "--peek", "--since", "all", "--format", "json"]).out.contains("https://h.example/a"));
    }
}

over_engines! {
    each: [
        a_backup_that_contradicts_itself_is_refused_by_line_and_leaves_nothing,
        a_restored_store_is_the_one_that_was_backed_up_on_whatever_engine,
        backup_and_restore_are_commands_and_a_store_is_never_written_over,
    ],
    postgres: [
        a_damaged_backup_leaves_a_schema_of_the_server_as_it_was,
    ]
}
