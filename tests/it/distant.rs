//! The program over a server: every command answers as it does over files, and says what is wrong with the server.

use super::bed::{Bed, Ran};
use super::engines::{over_engines, server_beds};
use super::reading::own;
use super::store::{commit, document, placement, start};
use jiff::SignedDuration;
use samestory::config::{Notify, Settings};
use samestory::notify::Notifier;
use samestory_model::StoryId;
use samestory_store::{Commit, Reader, Store, StoreError, StoreLocation, StoryHead};
use serde_json::Value;
use std::collections::BTreeMap;

/// The demo's store over files, and the same over each database of the server.
fn moved() -> (Bed, Vec<Bed>) {
    let beds: Vec<Bed> = server_beds().collect();
    let own = own();
    let file = own.path("backup.zst");
    let file = file.to_str().expect("UTF-8");
    own.run(&["backup", file]).expect(0);
    for bed in &beds {
        bed.run(&["restore", file]).expect(0);
    }
    (own, beds)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} in {value}"))
}

fn files(folder: &std::path::Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inside) = folders.pop() {
        for entry in std::fs::read_dir(&inside).expect("a folder").flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                let name = entry.path().strip_prefix(folder).expect("inside").to_string_lossy().into_owned();
                found.insert(name, std::fs::read(entry.path()).expect("a file"));
            }
        }
    }
    found
}

fn every_command_that_reads_answers_as_it_does_over_files() {
    let (own, beds) = moved();
    let stories = own.run(&["list", "--since", "all", "--peek", "--format", "jsonl"]).expect(0).json_lines();
    let story = &stories[0];
    let article = &story["articles"][0];
    let document = |at: usize| text(&article["documents"][at], "document");
    let many =
        stories.iter().find(|story| story["articles"][0]["documents"].as_array().is_some_and(|all| all.len() > 1));
    let many = &many.expect("the demo has one")["articles"][0]["documents"];
    let (one, other) = (text(&many[0], "document"), text(&many[1], "document"));
    let (name, url) = (text(story, "story"), text(&article["documents"][0], "url"));
    let asked: Vec<Vec<&str>> = vec![
        vec!["list", "--since", "all", "--peek", "--format", "json"],
        vec!["list", "--since", "24h", "--now", "2026-11-26T12:00:00Z", "--format", "markdown"],
        vec!["list", "--format", "jsonl", "--limit", "3"],
        vec!["list", "--format", "jsonl", "--query", "the", "--limit", "2"],
        vec!["list", "--format", "jsonl"],
        vec!["list", "--format", "jsonl"],
        vec!["list", "--reader", "Zoë!", "--format", "jsonl", "--lang", "sv"],
        vec!["list", "--reader", "Zoë!", "--format", "jsonl"],
        vec!["show", name, "--format", "json"],
        vec!["show", name],
        vec!["show", text(article, "article"), "--format", "markdown"],
        vec!["show", document(0), "--format", "json"],
        vec!["show", "s0000000000000000"],
        vec!["explain", document(0)],
        vec!["explain", url],
        vec!["explain", one, other],
        vec!["search", "harbour", "--since", "all", "--format", "json"],
        vec!["sources", "list", "--format", "json"],
        vec!["sources", "export"],
        vec!["words", "--format", "json"],
        vec!["merge", name, text(&stories[1], "story")],
        vec!["words"],
        vec!["show", text(&stories[1], "story"), "--format", "json"],
        vec!["list", "--format", "jsonl"],
        vec!["recluster", "--dry-run", "--format", "json"],
        vec!["undo", "1"],
        vec!["list", "--since", "all", "--peek", "--format", "jsonl"],
        vec!["publish", "site"],
    ];
    for arguments in &asked {
        let expected = own.run(arguments);
        for bed in &beds {
            let ran = bed.run(arguments);
            assert_eq!((ran.code, &ran.out), (expected.code, &expected.out), "{arguments:?} over a {}", bed.engine());
        }
    }
    let site = files(&own.path("site"));
    assert!(site.len() > 5);
    for bed in &beds {
        assert!(files(&bed.path("site")) == site, "the site over a {}", bed.engine());
    }
}

fn doctor_names_the_server_and_never_its_password() {
    let (_, beds) = moved();
    for bed in beds {
        let ran = bed.run(&["doctor"]);
        let first = ran.out.lines().next().unwrap_or_default();
        assert!(first.starts_with("store    postgres") && first.contains("(PostgreSQL 1"), "{first}");
        let url: url::Url = bed.schema().expect("a schema").url.parse().expect("an address");
        if let Some(password) = url.password() {
            assert!(!ran.out.contains(&format!(":{password}@")), "{}", ran.out);
        }
        let told: Value = serde_json::from_str(&bed.run(&["doctor", "--format", "json"]).out).expect("JSON");
        assert!(text(&told, "engine").starts_with("PostgreSQL "), "{told}");
        assert!(told["bytes"].as_u64().is_some_and(|bytes| bytes > 100_000), "{told}");
        assert!(!bed.store().join("current").exists(), "no store is made in files");
    }
}

fn told(ran: &Ran, words: &[&str]) {
    for word in words {
        assert!(ran.err.contains(word), "{word} in {}", ran.err);
    }
    assert!(ran.err.contains("hint: "), "{}", ran.err);
    assert!(!ran.err.contains("secret"), "{}", ran.err);
}

#[test]
fn a_server_that_is_away_and_an_address_that_is_none_are_told_in_a_line() {
    let bed = Bed::new();
    // Nothing listens on a port that was just given back.
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|held| held.local_addr()).expect("a port").port();
    let with = |url: &str, arguments: &[&str]| -> Ran {
        let mut command = bed.command(arguments);
        command.env("SAMESTORY_STORE__URL", url).env("SAMESTORY_STORE__RECONNECT_SECONDS", "0");
        command.output().expect("the program starts").into()
    };
    let away = format!("postgres://someone:secret@127.0.0.1:{port}/news?sslmode=disable");
    for arguments in [&["list"][..], &["run"], &["sources", "list"], &["doctor"], &["serve"], &["compact"]] {
        let ran = with(&away, arguments).expect(3);
        told(&ran, &[&format!("error: postgres://someone@127.0.0.1:{port}/news: "), "refused"]);
        assert_eq!(ran.err.lines().filter(|line| line.starts_with("error: ")).count(), 1, "{}", ran.err);
    }
    for wrong in ["mysql://someone:secret@127.0.0.1/news", "news", "postgres://someone:secret@127.0.0.1:x/news"] {
        told(&with(wrong, &["list"]).expect(2), &["error: store.url: "]);
    }
}

fn a_database_without_a_store_is_told_from_one_that_is_empty() {
    for bed in server_beds() {
        told(&bed.run(&["list"]).expect(3), &["there is no store here yet"]);
        told(&bed.run(&["backup", "file"]).expect(3), &["there is no store here yet"]);
        assert!(bed.run(&["doctor"]).out.contains("not made yet"));
        assert_eq!(bed.run(&["sources", "list", "--format", "json"]).expect(0).json_lines().len(), 1);
        bed.run(&["sources", "add", "--unchecked", "https://paper.example/feed"]).expect(0);
        let listed = bed.run(&["sources", "list"]).expect(0).out;
        assert!(listed.contains("paper.example"), "{listed}");
        assert_eq!(bed.run(&["list"]).expect(0).out, "");
    }
}

/// More stories than a page has, many of them of one time, with ids on both sides of the sign.
fn wide(store: &dyn Store) {
    let id = |number: u64| number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    for part in 0..3u64 {
        let mut all = Commit::default();
        for number in part * 120..(part + 1) * 120 {
            let name = format!("text-{number}");
            let hour = i64::try_from(number / 7 % 20).expect("a small number");
            all.documents.push(document(&name, if number % 2 == 0 { "a" } else { "b" }, hour));
            all.placements.push(placement(&name, id(number + 1), id(number / 2 + 1)));
        }
        store.commit(&all).expect("room");
    }
    store
        .commit(&Commit { merged_stories: vec![(StoryId(id(3)), StoryId(id(4)))], ..Commit::default() })
        .expect("room");
}

fn a_reader_finds_the_same_in_the_same_order_as_over_files() {
    let folder = Bed::new();
    wide(&*folder.writer());
    for bed in server_beds() {
        wide(&*bed.writer());
        let (files, server) = (folder.reader(), bed.reader());
        let by_time = |reader: &Reader| -> Vec<StoryId> {
            reader.by_time().map(|head| head.expect("a store that reads").story).collect()
        };
        assert_eq!(by_time(&server), by_time(&files));
        assert!(by_time(&server).len() > 150);
        let views = |reader: &Reader| -> Vec<_> {
            reader.by_time().map(|head| reader.view(&head.expect("reads")).expect("reads")).collect()
        };
        assert_eq!(views(&server), views(&files));
        let since = start() + SignedDuration::from_hours(9);
        let count = |reader: &Reader| reader.published_since(since).count();
        assert_eq!(count(&server), count(&files));
        for sequence in 0..=files.sequence() {
            let changed = |reader: &Reader| -> Vec<(StoryId, u64, u64)> {
                let heads = reader.changed_since(sequence).expect("a store that reads");
                heads.iter().map(|head: &StoryHead| (head.story, head.born, head.grown)).collect()
            };
            assert_eq!(changed(&server), changed(&files), "{sequence}");
            assert!(server.changes_since(sequence).expect("reads") >= changed(&files).len() as u64);
        }
        assert_eq!(server.stories().expect("reads"), files.stories().expect("reads"));
        assert_eq!(server.documents().expect("reads"), files.documents().expect("reads"));
        assert_eq!((server.sequence(), server.holds().stories), (files.sequence(), files.holds().stories));
        for (gone, reader) in [(3u64, &server), (3, &files)] {
            let gone = StoryId(gone.wrapping_mul(0x9E37_79B9_7F4A_7C15));
            assert!(reader.story(gone).expect("reads").is_some_and(|listed| listed.view.story != gone));
            assert!(reader.head(gone).expect("reads").is_none());
        }
        for head in files.by_time() {
            let story = head.expect("reads").story;
            assert_eq!(server.story_whole(story).expect("reads"), files.story_whole(story).expect("reads"));
        }
        for frame in files.documents().expect("reads").iter().take(40) {
            let key = samestory_model::canonical_key(&frame.document.url);
            assert_eq!(server.documents_at(&key).expect("reads"), files.documents_at(&key).expect("reads"));
            assert_eq!(server.text(frame.document.id).expect("reads"), files.text(frame.document.id).expect("reads"));
            let article = frame.placement.article;
            assert_eq!(server.story_of_article(article).expect("reads"), Some(frame.placement.story));
        }
    }
}

/// Ends the connections of the readers of a bed's store.
pub fn cut(bed: &Bed) {
    let readers = "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE state = 'idle in transaction' \
         AND pid IN (SELECT l.pid FROM pg_locks l JOIN pg_class c ON c.oid = l.relation \
         WHERE c.relnamespace = current_schema()::regnamespace)";
    assert_ne!(bed.schema().expect("a schema").sql(readers), [["0"]], "somebody reads");
}

fn a_reader_sees_one_state_and_goes_on_over_another_connection_only_at_the_same_commit() {
    for bed in server_beds() {
        let store = bed.writer();
        store.commit(&commit(&[("one", "a", 0, 1, 1)])).expect("room");
        let reader = bed.reader();
        store.commit(&commit(&[("two", "b", 1, 2, 2)])).expect("room");
        assert_eq!(reader.by_time().count(), 1, "what came later is not seen");
        assert!(reader.story(StoryId(2)).expect("reads").is_none());
        let fresh = bed.reader();
        let id = fresh.documents().expect("reads")[0].document.id;
        assert!(fresh.story_of_document(id).expect("reads").is_some());
        cut(&bed);
        assert_eq!(fresh.by_time().map(Result::unwrap).count(), 2, "the same commit over another connection");
        assert!(fresh.story_of_document(id).expect("reads").is_some());
        store.commit(&commit(&[("three", "a", 2, 3, 3)])).expect("room");
        cut(&bed);
        let error = fresh.story_of_document(id).expect_err("another state is not passed off as this one");
        assert!(matches!(error, StoreError::Server { .. }), "{error}");
    }
}

fn a_new_story_is_told_once_however_many_workers_tell() {
    for bed in server_beds() {
        let out = bed.path("told.jsonl");
        let command = ["sh".to_owned(), "-c".to_owned(), format!("sleep 0.2; cat >> {}", out.display())].to_vec();
        let settings = Notify { command, timeout: 5, ..Settings::default().notify };
        let notifier = Notifier::new(&bed.place(), &settings, &Settings::default().fetch).expect("a receiver");
        let store = bed.writer();
        store.commit(&commit(&[("before", "a", 0, 1, 1)])).expect("room");
        notifier.begin().expect("room");
        notifier.begin().expect("room");
        store.commit(&commit(&[("seal", "a", 1, 2, 2), ("storm", "a", 1, 3, 3)])).expect("room");
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| notifier.round().expect("a store that reads"));
            }
        });
        // Who came while another told leaves it to them; the next round has the rest.
        notifier.round().expect("a store that reads");
        let told = std::fs::read_to_string(&out).expect("somebody was told");
        let mut titles: Vec<String> =
            told.lines().map(|line| text(&serde_json::from_str(line).expect("JSON"), "title").to_owned()).collect();
        titles.sort();
        assert_eq!(titles, ["seal", "storm"]);
    }
}

fn the_right_to_be_alone_ends_with_whoever_has_it_and_takes_its_notes_along() {
    for bed in server_beds() {
        drop(bed.writer());
        let place: StoreLocation = bed.place();
        let alone = place.alone("test").expect("a server").expect("nobody is at it");
        alone.put_value("a", "one").expect("room");
        assert!(place.alone("test").expect("a server").is_none());
        assert!(place.alone("other").expect("a server").is_some());
        let schema = bed.schema().expect("a schema");
        schema.sql(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory' AND \
             (classid::bigint << 32) | objid::bigint = hashtextextended('samestory.alone test ' || current_schema(), 0)",
        );
        assert!(alone.put_value("a", "two").is_err(), "the right is lost, and its notes with it");
        let again = place.alone("test").expect("a server").expect("it is free again");
        assert_eq!(again.note("a").expect("reads").as_deref(), Some("one"));
    }
}

fn labelled_documents_are_placed_over_a_server_as_over_files_and_leave_nothing_there() {
    for bed in server_beds() {
        let line = |id: &str, title: &str, text: &str| {
            serde_json::json!({"id": id, "title": title, "text": text, "lang": "en", "article": id, "story": id,
                "url": format!("https://paper.example/{id}"), "published": "2026-11-11T08:00:00Z"})
            .to_string()
        };
        let lines = [
            line("a", "Seals return to Skerrin", "Wardens counted 37 grey seals below Skerrin light on Monday."),
            line("b", "Seals return to Skerrin", "Wardens counted 37 grey seals below Skerrin light on Monday."),
            line("c", "Bridge at Vell closes", "The bridge at Vell closes for repairs until spring, the council said."),
        ];
        let file = bed.file("gold.jsonl", lines.join("\n"));
        let file = file.to_str().expect("UTF-8");
        bed.run(&["eval", file, "--clusters", "files.jsonl"]).expect(0);
        bed.run(&["eval", file, "--clusters", "server.jsonl", "--server"]).expect(0);
        let read = |name: &str| std::fs::read_to_string(bed.path(name)).expect("clusters");
        assert_eq!(read("files.jsonl"), read("server.jsonl"));
        let scratch = bed.place().scratch().expect("the right to make a schema");
        let StoreLocation::Server(address) = scratch.place.clone() else { panic!("a folder") };
        let name = address.url.rsplit("%3D").next().expect("a schema").to_owned();
        let there = format!("SELECT count(*) FROM pg_namespace WHERE nspname = '{name}'");
        let schema = bed.schema().expect("a schema");
        assert_eq!(schema.sql(&there), [["1"]]);
        drop(scratch);
        assert_eq!(schema.sql(&there), [["0"]]);
        told(&bed.run(&["list"]).expect(3), &["there is no store here yet"]);
        let nowhere = Bed::new();
        told(&nowhere.run(&["eval", file, "--server"]).expect(2), &["store.url names no server"]);
    }
}

over_engines! {
    postgres: [
        every_command_that_reads_answers_as_it_does_over_files,
        doctor_names_the_server_and_never_its_password,
        a_database_without_a_store_is_told_from_one_that_is_empty,
        a_reader_finds_the_same_in_the_same_order_as_over_files,
        a_reader_sees_one_state_and_goes_on_over_another_connection_only_at_the_same_commit,
        a_new_story_is_told_once_however_many_workers_tell,
        the_right_to_be_alone_ends_with_whoever_has_it_and_takes_its_notes_along,
        labelled_documents_are_placed_over_a_server_as_over_files_and_leave_nothing_there,
    ]
}
