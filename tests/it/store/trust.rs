//! What a person may rely on from outside: a repair by command, backups that replace nothing they should not, files that
//! no other user reads, a clock that jumps.

use super::{commit, source, store};
use crate::bed::Bed;
use samestory_model::DocumentId;
use samestory_store::Store;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Documents of a store, through the program.
fn listed(bed: &Bed) -> usize {
    let lines = bed.run(&["list", "--since", "all", "--format", "jsonl"]).expect(0).json_lines();
    let count = |story: &serde_json::Value| -> usize {
        let articles = story["articles"].as_array().expect("articles");
        articles.iter().map(|article| article["documents"].as_array().map_or(0, Vec::len)).sum()
    };
    lines.iter().map(count).sum()
}

fn filled(bed: &Bed) {
    let writer = store(&bed.store());
    writer.put_sources(&[source("paper")]).expect("room");
    writer.commit(&commit(&[("one", "a", 0, 1, 1), ("two", "a", 1, 2, 2), ("three", "b", 2, 3, 2)])).expect("room");
}

#[test]
fn a_store_whose_database_is_gone_is_read_on_named_and_repaired() {
    let bed = Bed::new();
    filled(&bed);
    let sled = bed.store().join("g1/sled");
    std::fs::remove_dir_all(&sled).expect("the database");
    std::fs::create_dir(&sled).expect("room");
    assert_eq!(listed(&bed), 3, "readers go on");
    let deep = bed.run(&["doctor", "--deep"]).expect(3);
    assert!(deep.out.contains("samestory repair"), "{}", deep.out);
    for command in
        [&["run"][..], &["sources", "add", "https://other.example/feed", "--unchecked"], &["compact"], &["backup", "b"]]
    {
        let ran = bed.run(command).expect(3);
        assert!(ran.err.contains("error: ") && ran.err.contains("hint: ") && ran.err.contains("repair"), "{}", ran.err);
        assert_eq!(listed(&bed), 3, "{command:?}");
    }
    let repaired = bed.run(&["repair"]).expect(0);
    assert!(repaired.err.contains("built anew: 2 stories, 3 documents"), "{}", repaired.err);
    assert!(repaired.err.contains("paper"), "a source without its password is said: {}", repaired.err);
    assert!(bed.store().join("damaged-g1-1/documents.log").exists(), "nothing is removed");
    assert_eq!(listed(&bed), 3);
    assert!(bed.run(&["sources", "list"]).expect(0).out.contains("paper"));
    let writer = store(&bed.store());
    let again = commit(&[("four", "a", 3, 4, 4)]);
    writer.commit(&again).expect("room");
    assert!(writer.document(DocumentId::of(&["one"])).expect("it reads").is_some());
    drop(writer);
    let whole = bed.run(&["repair"]).expect(0);
    assert!(whole.err.contains("nothing else is wrong: 3 stories, 4 documents"), "{}", whole.err);
    let deep = bed.run(&["doctor", "--deep"]);
    assert!(deep.out.contains("every record was read") || !deep.out.contains("samestory repair"), "{}", deep.out);
}

#[test]
fn a_generation_is_not_removed_because_nothing_names_it() {
    let bed = Bed::new();
    filled(&bed);
    let current = bed.store().join("current");
    let names = std::fs::read(&current).expect("a file");
    std::fs::remove_file(&current).expect("a file");
    assert_eq!(listed(&bed), 3, "readers go on");
    let ran = bed.run(&["compact"]).expect(3);
    assert!(ran.err.contains("g1 holds a store") && ran.err.contains("repair"), "{}", ran.err);
    let ran = bed.run(&["repair"]).expect(0);
    assert!(ran.err.contains("names g1 again"), "{}", ran.err);
    assert_eq!(std::fs::read(&current).expect("a file"), names);
    assert_eq!(listed(&bed), 3);
}

#[test]
fn an_unfinished_snapshot_does_not_lock_the_store() {
    for length in [0, 1, 11, 12, 13, 400, 4096] {
        let bed = Bed::new();
        filled(&bed);
        for name in ["snap.FFFFFFFFFFFFFFFF.generating", "snap.0000000000000001.generating"] {
            std::fs::write(bed.store().join("g1/sled").join(name), vec![7; length]).expect("room");
        }
        drop(store(&bed.store()));
        assert_eq!(listed(&bed), 3, "{length}");
    }
}

#[test]
fn a_backup_replaces_plain_files_only_and_leaves_nothing_else_behind() {
    let bed = Bed::new();
    filled(&bed);
    let folder = bed.path("backups");
    std::fs::create_dir(&folder).expect("room");
    let name = |name: &str| folder.join(name).display().to_string();
    std::fs::create_dir(folder.join("folder")).expect("room");
    std::os::unix::fs::symlink("nowhere", folder.join("dangling")).expect("room");
    for other in [name("folder"), name("dangling"), "/dev/null".to_owned()] {
        let ran = bed.run(&["backup", &other]).expect(3);
        assert!(ran.err.contains("no plain file") && ran.err.contains("hint: "), "{}", ran.err);
    }
    assert!(std::fs::symlink_metadata("/dev/null").is_ok_and(|meta| !meta.is_file()));
    std::fs::write(folder.join("old"), "old").expect("room");
    std::os::unix::fs::symlink(folder.join("old"), folder.join("link")).expect("room");
    std::fs::write(folder.join(".old.killed.unfinished"), "half").expect("room");
    bed.run(&["backup", &name("link")]).expect(0);
    assert!(folder.join("link").is_symlink(), "the file that it leads to is the backup");
    assert!(std::fs::metadata(folder.join("old")).expect("a file").len() > 100);
    let mut left: Vec<String> = std::fs::read_dir(&folder)
        .expect("a folder")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    left.sort();
    assert_eq!(left, ["dangling", "folder", "link", "old"]);
    let mode = std::fs::metadata(folder.join("old")).expect("a file").permissions().mode();
    assert_eq!(mode & 0o077, 0, "it holds passwords");
}

/// Everything below a folder that another user may read.
fn open_to_others(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inside) = folders.pop() {
        let mut look = vec![inside.clone()];
        look.extend(std::fs::read_dir(&inside).expect("a folder").flatten().map(|entry| entry.path()));
        for path in look {
            let meta = std::fs::symlink_metadata(&path).expect("an entry");
            if meta.permissions().mode() & 0o077 != 0 {
                found.push(format!("{} {:o}", path.display(), meta.permissions().mode()));
            }
            if meta.is_dir() && path != inside {
                folders.push(path);
            }
        }
    }
    found
}

#[test]
fn no_other_user_reads_a_store_however_it_came_to_be() {
    let bed = Bed::new();
    // A folder that was there before, under the usual umask.
    std::fs::create_dir(bed.store()).expect("room");
    std::fs::set_permissions(bed.store(), std::fs::Permissions::from_mode(0o755)).expect("room");
    // Without a source: nothing is asked.
    store(&bed.store()).commit(&commit(&[("one", "a", 0, 1, 1)])).expect("room");
    bed.run(&["list"]).expect(0);
    bed.run(&["compact"]).expect(0);
    bed.run_with("[fetch]\ncontact = \"us@example.org\"\n", &["run"]).expect(0);
    assert_eq!(open_to_others(&bed.store()), Vec::<String>::new());
    // What an earlier version left.
    for path in ["current", "g2", "g2/documents.log", "g2/sled", "g2/sled/db", "readers"] {
        let mode = if bed.store().join(path).is_dir() { 0o755 } else { 0o644 };
        std::fs::set_permissions(bed.store().join(path), std::fs::Permissions::from_mode(mode)).expect("room");
    }
    drop(store(&bed.store()));
    assert_eq!(open_to_others(&bed.store()), Vec::<String>::new());
}

#[test]
fn a_folder_that_holds_other_things_keeps_its_own_rights() {
    let bed = Bed::new();
    std::fs::create_dir(bed.store()).expect("room");
    std::fs::write(bed.store().join("letter.txt"), "Dear all").expect("room");
    for path in [bed.store(), bed.store().join("letter.txt")] {
        let mode = if path.is_dir() { 0o755 } else { 0o644 };
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("room");
    }
    filled(&bed);
    let open = open_to_others(&bed.store());
    assert_eq!(open.len(), 2, "{open:?}");
}

#[test]
fn a_clock_that_jumps_ahead_purges_nothing_and_says_what_it_would() {
    let bed = Bed::new();
    let line = r#"{"id":"a","title":"Seals return to Skerrin","text":"Wardens counted 37 grey seals below Skerrin light.","lang":"en","url":"https://harbourpost.example/seals"}"#;
    let file = bed.file("in.jsonl", line);
    bed.run(&["import", file.to_str().expect("UTF-8")]).expect(0);
    bed.file("config.toml", "[store]\nkeep_days = 30\n[fetch]\ncontact = \"us@example.org\"\n");
    let run = |now: &str| {
        let mut run = bed.command(&["run"]);
        run.args(["--now", now, "--config", "config.toml"]);
        crate::bed::Ran::from(run.output().expect("the program starts")).expect(0)
    };
    run("2026-11-13T08:00:00Z");
    for now in ["2036-11-14T08:00:00Z", "2036-11-15T07:00:00Z", "2026-11-15T08:00:00Z", "2036-11-15T08:30:00Z"] {
        let ran = run(now);
        assert!(!ran.err.contains("\npurged") && !ran.err.starts_with("purged"), "{now}: {}", ran.err);
        assert_eq!(listed(&bed), 1, "{now}");
        if now.starts_with("2036") && now.contains("T08") {
            assert!(ran.err.contains("not purged yet: 1 stories with 1 documents"), "{now}: {}", ran.err);
        }
    }
    // It goes on: then it is the clock.
    run("2036-11-16T09:00:00Z");
    let ran = run("2036-11-17T10:00:00Z");
    assert!(ran.err.contains("purged 1 stories with 1 documents"), "{}", ran.err);
}

#[test]
fn readers_go_on_without_an_index_by_the_log() {
    for damage in ["gone", "flipped", "empty"] {
        let bed = Bed::new();
        filled(&bed);
        let index = bed.store().join("g1/index");
        let mut bytes = std::fs::read(&index).expect("an index");
        match damage {
            "gone" => std::fs::remove_file(&index).expect("an index"),
            "empty" => std::fs::write(&index, "").expect("room"),
            _ => {
                let last = bytes.len() - 14;
                bytes[last] ^= 0x10;
                std::fs::write(&index, bytes).expect("room");
            }
        }
        assert_eq!(listed(&bed), 3, "{damage}");
        bed.run(&["compact"]).expect(0);
        assert_eq!(listed(&bed), 3, "{damage}");
        assert!(!bed.run(&["doctor", "--deep"]).out.contains("samestory repair"), "{damage}");
    }
}

#[test]
fn a_store_without_its_documents_is_said_to_be_damaged_and_not_whole() {
    let bed = Bed::new();
    filled(&bed);
    std::fs::remove_file(bed.store().join("g1/documents.log")).expect("the documents");
    for command in [&["list"][..], &["run"]] {
        let ran = bed.run(command).expect(3);
        assert!(ran.err.contains("documents.log") && ran.err.contains("repair"), "{}", ran.err);
        assert!(!ran.err.contains("nothing is lost"), "{}", ran.err);
    }
    let ran = bed.run(&["repair"]).expect(0);
    assert!(ran.err.contains("3 documents are lost"), "{}", ran.err);
}

#[test]
fn documents_that_a_lost_commit_stored_are_brought_back_where_a_reader_or_the_last_close_tells_of_it() {
    for (is_read, told) in
        [(true, "readers/default.cursor knows commit"), (false, "bytes that came after it was closed")]
    {
        let bed = Bed::new();
        filled(&bed);
        let old = bed.path("old");
        std::fs::create_dir(&old).expect("room");
        let generation = bed.store().join("g1");
        let copy = |from: &Path, to: &Path| {
            for name in ["index", "stories-1.log", "shutdown"] {
                std::fs::copy(from.join(name), to.join(name)).expect("room");
            }
            std::process::Command::new("cp").arg("-r").arg(from.join("sled")).arg(to).status().expect("cp");
        };
        copy(&generation, &old);
        store(&bed.store()).commit(&commit(&[("four", "a", 3, 4, 4)])).expect("room");
        if is_read {
            bed.run(&["list"]).expect(0);
        }
        // Everything but the documents, and the cursor where there is one, is as it was a commit before.
        std::fs::remove_dir_all(generation.join("sled")).expect("the database");
        copy(&old, &generation);
        let ran = bed.run(&["compact"]).expect(3);
        assert!(ran.err.contains(told), "{}", ran.err);
        let ran = bed.run(&["repair"]).expect(0);
        assert!(ran.err.contains("4 documents") && ran.err.contains("1 documents stand in a story"), "{}", ran.err);
        assert_eq!(listed(&bed), 4);
    }
}
