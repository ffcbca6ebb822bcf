//! A store and a backup of the first released form say in every later version what they said then, on both engines.
//!
//! `tests/fixtures/format-2` holds what the version before versioned records wrote and printed: a store as a pass left
//! it, the same one compacted, its backup, and the dump of the same store on a server.

use super::{commit, store};
use crate::bed::{Bed, fixture};
use crate::engines::{Engine, over_engines};
use std::io::Read;
use std::path::Path;

const NOW: &str = "2026-03-02T09:00:00Z";

fn unpacked(name: &str) -> Vec<u8> {
    let packed = std::fs::read(fixture(name)).expect("a fixture");
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut bytes).expect("gzip");
    bytes
}

/// Puts a stored store into a folder, with the cursor of one reader.
fn put(folder: &Path, from: &str, generation: &str) {
    for inside in ["sled/blobs", "../readers"] {
        std::fs::create_dir_all(folder.join(generation).join(inside)).expect("room");
    }
    for entry in std::fs::read_dir(fixture(from)).expect("a fixture").flatten() {
        let name = entry.file_name().into_string().expect("UTF-8");
        let to = match name.as_str() {
            "current" => "current".to_owned(),
            "kept.cursor" => "readers/kept.cursor".to_owned(),
            "conf" => format!("{generation}/sled/conf"),
            "db.gz" => format!("{generation}/sled/db"),
            name if name.starts_with("snap.") => format!("{generation}/sled/{name}"),
            "documents.log" | "index" | "stories-1.log" => format!("{generation}/{name}"),
            _ => continue,
        };
        let bytes = if name == "db.gz" {
            unpacked(&format!("{from}/{name}"))
        } else {
            std::fs::read(entry.path()).expect("a fixture")
        };
        std::fs::write(folder.join(to), bytes).expect("room");
    }
}

/// What the program prints, with the clock of that day.
fn said(bed: &Bed, arguments: &[&str]) -> String {
    bed.run(&[arguments, &["--now", NOW]].concat()).expect(0).out
}

fn expected(name: &str) -> String {
    std::fs::read_to_string(fixture(&format!("format-2/{name}"))).expect("a fixture")
}

/// Holds everything that the store says against what it said then.
fn says_what_it_said(bed: &Bed, with_readers: bool) {
    assert_eq!(said(bed, &["list", "--since", "all", "--peek", "--format", "jsonl"]), expected("listed.jsonl"));
    let stories: Vec<serde_json::Value> =
        expected("listed.jsonl").lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let id = |value: &serde_json::Value| value.as_str().expect("an id").to_owned();
    let shown: String =
        stories.iter().map(|story| said(bed, &["show", &id(&story["story"]), "--format", "json"])).collect();
    assert_eq!(shown, expected("shown.json"));
    let articles = stories.iter().flat_map(|story| story["articles"].as_array().expect("articles"));
    let documents = articles.flat_map(|article| article["documents"].as_array().expect("documents"));
    let explained: String = documents.map(|document| said(bed, &["explain", &id(&document["document"])])).collect();
    assert_eq!(explained, expected("explained.txt"));
    assert_eq!(said(bed, &["sources", "list", "--format", "json"]), expected("sources.json"));
    assert_eq!(said(bed, &["words"]), expected("words.txt"));
    if with_readers {
        let kept = said(bed, &["list", "--reader", "kept", "--peek", "--format", "jsonl"]);
        assert_eq!(kept, expected("kept.jsonl"));
    }
}

/// What only a writer reads: items, waiting pages, hosts, sources with passwords.
fn works_on(bed: &Bed) {
    let writer = bed.writer();
    let sources = writer.sources().expect("sources");
    assert_eq!(sources.len(), 2);
    assert_eq!(sources[1].credentials.as_deref(), Some("user:pw"));
    assert_eq!(writer.waiting().expect("a queue").len(), 2);
    let item = writer.item(&sources[1].name, "id-de").expect("an item").expect("it is known");
    assert_eq!(item.url.map(String::from).as_deref(), Some("http://127.0.0.7:8801/de.html"));
    let host = writer.host("127.0.0.7").expect("a host");
    assert!(!host.robots.bytes.is_empty() && !host.blocks.bytes.is_empty(), "what was learned of a host stands");
    let deep = writer.check_deep().expect("a store that reads");
    assert_eq!(deep, Vec::<String>::new());
    writer.commit(&commit(&[("more", "a", 9000, 77, 77)])).expect("room");
    drop(writer);
    assert_eq!(bed.reader().holds().documents, 6);
}

#[test]
fn a_store_of_the_first_released_form_says_what_it_said_before_and_after_a_writer() {
    for (from, generation) in [("format-2", "g1"), ("format-2/compacted", "g2")] {
        let bed = Bed::new();
        put(&bed.store(), from, generation);
        std::fs::copy(fixture("format-2/kept.cursor"), bed.store().join("readers/kept.cursor")).expect("room");
        says_what_it_said(&bed, true);
        drop(store(&bed.store()));
        let current = std::fs::read_to_string(bed.store().join("current")).expect("a file");
        assert!(current.contains("format 3"), "earlier programs refuse what they would misread: {current}");
        says_what_it_said(&bed, true);
        drop(store(&bed.store()).compact().expect("room"));
        says_what_it_said(&bed, true);
        works_on(&bed);
    }
}

over_engines! {
    each: [a_backup_of_the_first_released_form_is_read_into_every_engine],
    postgres: [a_server_s_store_of_the_first_released_form_says_what_it_said]
}

fn a_backup_of_the_first_released_form_is_read_into_every_engine(engine: Engine) {
    for bed in engine.beds() {
        drop(bed.restore(&fixture("format-2/backup")).expect("a backup that reads"));
        says_what_it_said(&bed, false);
        works_on(&bed);
    }
}

fn a_server_s_store_of_the_first_released_form_says_what_it_said() {
    for bed in Engine::Postgres.beds() {
        let dump = String::from_utf8(unpacked("format-2/server.sql.gz")).expect("UTF-8");
        let schema = bed.schema().expect("a schema");
        schema.sql(&dump);
        says_what_it_said(&bed, true);
        drop(bed.writer());
        says_what_it_said(&bed, true);
        let columns = schema.sql(
            "SELECT title, address, lang, source, extract(epoch FROM published)::bigint FROM document \
             WHERE address LIKE '%/de.html'",
        );
        let title = "Lam-Giang-Brücke nach drei Jahren Bauzeit für den Verkehr freigegeben";
        assert_eq!(columns, [[title, "http://127.0.0.7:8801/de.html", "de", "songlam", "1772427600"]]);
        works_on(&bed);
        let named = schema.sql("SELECT count(*), count(title), count(source) FROM document");
        assert_eq!(named, [["6", "6", "6"]], "documents that came later have their columns, too");
    }
}
