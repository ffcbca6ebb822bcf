//! Files as sources: a folder that grows, files of any kind and size, and what a feed's plain text keeps.

use super::{Bed, MODEL, PAPER, hours, start};
use crate::town::answer;
use samestory::config::Settings;
use samestory::pipeline::files::{self, Imported};
use samestory::pipeline::{Ingest, Silent, Stop};
use samestory_store::{DocumentFrame, Reader, SledStore};
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use tempfile::TempDir;

/// A folder of files and a store beside it.
struct Shelf {
    folder: TempDir,
    data: TempDir,
    store: SledStore,
}

impl Shelf {
    fn new() -> Self {
        let temporary = || tempfile::tempdir().expect("a temporary folder");
        let (folder, data) = (temporary(), temporary());
        let store = SledStore::open(data.path()).expect("a new store");
        Self { folder, data, store }
    }

    fn put(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.folder.path().join(name), bytes).expect("room");
    }

    fn import(&self, hour: i64) -> Imported {
        let (settings, now) = (Settings::default(), start() + hours(hour));
        let mut ingest = Ingest::new(&self.store, &MODEL, &settings, now).expect("a window");
        let paths = [self.folder.path().to_owned()];
        files::import(&Stop::never(), &paths, &mut ingest, &self.store, &settings, now, &Silent).expect("an import")
    }

    fn documents(&self) -> Vec<DocumentFrame> {
        Reader::open(self.data.path()).expect("the readers' side").documents().expect("whole documents")
    }

    /// The failures of an import that name this file.
    fn told<'a>(imported: &'a Imported, name: &str) -> Vec<&'a str> {
        let named = imported.failures.iter().filter(|failure| failure.subject.contains(name));
        named.map(|failure| failure.message.as_str()).collect()
    }
}

const NOTE: &str = "This text was carried over by the harbour service and may be reprinted with its name.";

fn article(subject: &str) -> String {
    let body: Vec<String> = (1..5)
        .map(|n| {
            format!("In part {n} the report on {subject} tells what the council heard on that day, and from whom.")
        })
        .collect();
    format!("The {subject} question\n{NOTE}\n{}", body.join("\n"))
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(data).expect("memory");
    out.finish().expect("memory")
}

#[test]
fn a_file_that_did_not_change_is_no_update_however_the_folder_grows() {
    let shelf = Shelf::new();
    shelf.put("bridge.txt", article("bridge"));
    shelf.import(0);
    assert!(shelf.documents()[0].document.text.contains(NOTE), "with one file nothing repeats");
    shelf.put("harbour.txt", article("harbour"));
    shelf.put("school.txt", article("school"));
    let grown = shelf.import(1);
    assert_eq!((grown.files, grown.same), (3, 1));
    let documents = shelf.documents();
    assert_eq!(documents.len(), 3);
    assert!(documents.iter().all(|frame| frame.document.revision == 0), "nothing was updated");
    // Other bytes are read again, and are an update where they read otherwise.
    shelf.put("bridge.txt", article("bridge").replace("on that day", "on the day after"));
    assert_eq!(shelf.import(2).same, 2);
    assert_eq!(shelf.documents().iter().filter(|frame| frame.document.revision == 1).count(), 1);
    assert_eq!(shelf.import(3).same, 3);
    assert_eq!(shelf.documents().len(), 4);
}

#[test]
fn json_lines_are_read_whatever_their_size() {
    let shelf = Shelf::new();
    // Sixty-five mebibytes of blank lines between two documents.
    let path = shelf.folder.path().join("large.jsonl");
    let mut file = File::create(&path).expect("room");
    writeln!(file, "\u{feff}{{\"id\": 1, \"title\": \"First\", \"text\": \"The first.\"}}").expect("room");
    let blank = vec![b'\n'; 1 << 20];
    for _ in 0..65 {
        file.write_all(&blank).expect("room");
    }
    writeln!(file, "{{\"id\": 2, \"title\": \"Last\", \"text\": \"The last.\"}}\r").expect("room");
    file.write_all(b"{\"id\": 3, \"title\": \"Cut off").expect("room");
    drop(file);
    shelf.put("packed.jsonl.gz", gzip(b"{\"id\": 4, \"title\": \"Packed\", \"text\": \"The packed one.\"}\n"));
    let imported = shelf.import(0);
    let mut titles: Vec<String> = shelf.documents().into_iter().map(|frame| frame.document.title).collect();
    titles.sort();
    assert_eq!(titles, ["First", "Last", "Packed"]);
    assert_eq!(imported.failures.len(), 1, "{:?}", imported.failures);
    assert!(imported.failures[0].subject.ends_with(&format!("large.jsonl:{}", 3 + (65 << 20))));
}

#[test]
fn what_cannot_be_read_is_told_by_name_and_nothing_is_cut_silently() {
    let shelf = Shelf::new();
    shelf.put("good.txt", article("bridge"));
    let sparse = File::create(shelf.folder.path().join("large.txt")).expect("room");
    sparse.set_len((64 << 20) + 1).expect("a sparse file");
    shelf.put("bomb.html.gz", gzip(&vec![b'a'; (64 << 20) + 1]));
    shelf.put("crawl.warc", "WARC/1.0\r\nWARC-Type: warcinfo\r\n\r\n");
    shelf.put("crawl2.warc.gz", gzip(b"WARC/1.0\r\nWARC-Type: warcinfo\r\n\r\n"));
    shelf.put("unnamed", "WARC/1.1\r\nWARC-Type: warcinfo\r\n\r\n");
    let noise: Vec<u8> = (0..6000_u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    shelf.put("noise.bin", &noise);
    shelf.put("photo.jpg", [b"\xff\xd8\xff\xe1\x00\x20Exif\x00\x00".as_slice(), &noise].concat());
    let imported = shelf.import(0);
    assert_eq!(shelf.documents().len(), 1);
    for name in ["large.txt", "bomb.html.gz"] {
        assert!(Shelf::told(&imported, name)[0].contains("64 MiB"), "{:?}", imported.failures);
    }
    for name in ["crawl.warc", "crawl2.warc.gz", "unnamed"] {
        assert_eq!(Shelf::told(&imported, &format!("{name}, record 1")), ["a record without its length"]);
    }
    for name in ["noise.bin", "photo.jpg"] {
        assert!(Shelf::told(&imported, name)[0].contains("not an article"), "{:?}", imported.failures);
    }
    assert_eq!(imported.failures.len(), 7);
}

#[test]
fn text_in_utf_16_is_no_binary_file() {
    let shelf = Shelf::new();
    let units = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    shelf.put("marked.txt", [&[0xFF, 0xFE], &units(&article("bridge"))[..]].concat());
    shelf.put("bare.txt", units(&article("harbour")));
    let imported = shelf.import(0);
    assert!(imported.failures.is_empty(), "{:?}", imported.failures);
    assert_eq!(shelf.documents().len(), 2);
}

#[cfg(unix)]
#[test]
fn a_link_to_a_folder_above_leads_nowhere() {
    let shelf = Shelf::new();
    let inner = shelf.folder.path().join("inner");
    fs::create_dir(&inner).expect("room");
    fs::write(inner.join("bridge.txt"), article("bridge")).expect("room");
    let link = |to: &Path, at: &Path| std::os::unix::fs::symlink(to, at).expect("a link");
    link(shelf.folder.path(), &inner.join("above"));
    link(&inner, &inner.join("itself"));
    let imported = shelf.import(0);
    assert_eq!((imported.files, imported.failures.len(), shelf.documents().len()), (1, 0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_text_of_a_json_feed_keeps_its_lines_and_its_signs() {
    let bed = Bed::new(&[("a", "http://paper.example/a.json")]).await;
    let line = |what: &str| {
        format!(
            "The {what} said that for any x < y & z > 1 the bridge would hold, which nobody in the hall had doubted, \
             and that the sum of <b> would be paid back to the town before the end of the coming year."
        )
    };
    let text = ["engineer", "mayor", "council", "harbour master"].map(line).join("\n\n");
    let body = serde_json::json!({
        "version": "https://jsonfeed.org/version/1.1", "title": "Paper",
        "items": [{"id": "1", "url": "http://paper.example/1", "title": "The bridge", "content_text": text}],
    });
    bed.town.says(PAPER, "/a.json", [answer(200, &[], body.to_string())]);
    assert_eq!(bed.pass(0).await.documents, 1);
    assert_eq!(bed.documents()[0].document.text, text.replace("\n\n", "\n"));
    assert_eq!(bed.asked("/1"), 0, "the feed has the whole text");
}
