//! The promises that no other file beside this one is named after. One and two: `crash`; five: `backup`
//! and `migration`.

use super::{commit, document, placement, reader, start, store};
use crate::bed::{Bed, Ran};
use crate::engines::{Engine, over_engines};
use jiff::SignedDuration;
use samestory_model::StoryId;
use samestory_store::{Commit, Retention, Store, size};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

fn promise_two_the_same_commit_again_changes_nothing_that_is_seen(engine: Engine) {
    for bed in engine.beds() {
        let writer = bed.writer();
        let same = commit(&[("one", "a", 0, 1, 1), ("two", "b", 1, 1, 1), ("three", "c", 2, 3, 3)]);
        writer.commit(&same).expect("room");
        let before = (bed.reader().stories().expect("reads"), writer.holds().expect("reads"));
        for _ in 0..3 {
            writer.commit(&same).expect("room");
        }
        let after = (bed.reader().stories().expect("reads"), writer.holds().expect("reads"));
        assert_eq!(after, before, "nothing is new again, and nothing grew");
    }
}

fn promise_three_readers_never_wait_and_never_fail_while_a_writer_works(engine: Engine) {
    for bed in engine.beds() {
        let mut writer = bed.writer();
        writer.commit(&commit(&[("first", "a", 0, 1, 1)])).expect("room");
        let done = AtomicBool::new(false);
        // Odd while the writer commits or compacts.
        let step = AtomicU64::new(0);
        let (calls, meanwhile, longest) = std::thread::scope(|scope| {
            let reading = scope.spawn(|| {
                let (mut calls, mut meanwhile, mut longest, mut most) = (0u32, 0u32, Duration::ZERO, 0);
                while !done.load(Ordering::Relaxed) || calls < 1000 {
                    let (begun, clock) = (step.load(Ordering::SeqCst), Instant::now());
                    let seen = bed.place().reader().expect("readers never fail");
                    let listed = seen.changed_since(seen.sequence().saturating_sub(2)).expect("an index that reads");
                    for head in &listed {
                        seen.view(head).expect("a story that reads");
                    }
                    let whole = seen.story_whole(StoryId(1)).expect("a store that reads").expect("the first story");
                    assert!(whole.articles[0].documents[0].text.is_some());
                    assert!(seen.sequence() >= most, "what was seen once is not taken back");
                    most = seen.sequence();
                    meanwhile += u32::from(begun % 2 == 1 && step.load(Ordering::SeqCst) == begun);
                    longest = longest.max(clock.elapsed());
                    calls += 1;
                }
                (calls, meanwhile, longest)
            });
            let long = "x".repeat(3000);
            for round in 0..60u64 {
                // Long headlines, so that the log is folded again and again.
                let names: Vec<String> = (0..40).map(|place| format!("{round}-{place}-{long}")).collect();
                let placed: Vec<_> = names
                    .iter()
                    .enumerate()
                    .map(|(place, name)| {
                        let id = 10 + round * 40 + place as u64;
                        (name.as_str(), "a", 1, id, id)
                    })
                    .collect();
                let commit = commit(&placed);
                step.fetch_add(1, Ordering::SeqCst);
                writer.commit(&commit).expect("room");
                step.fetch_add(1, Ordering::SeqCst);
                if round % 20 == 19 {
                    step.fetch_add(1, Ordering::SeqCst);
                    writer.compact().expect("room");
                    step.fetch_add(1, Ordering::SeqCst);
                    writer = bed.writer();
                }
            }
            assert_eq!(writer.behind(), None);
            done.store(true, Ordering::Relaxed);
            reading.join().expect("a reader that never fails")
        });
        assert!(calls >= 1000, "{calls}");
        if bed.schema().is_none() {
            assert!(meanwhile > 20, "{meanwhile} of {calls} began and ended while the writer was at work");
        } else {
            // A commit there takes less time than a reader's way to the server and back.
            assert!(longest < Duration::from_secs(5), "{longest:?}");
        }
    }
}

#[test]
fn promise_four_what_is_not_kept_gives_its_room_back() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut writer = store(folder.path());
    for day in 0..30u64 {
        let mut daily = Commit::default();
        for place in 0..20u64 {
            let (id, name) = (day * 20 + place + 1, format!("{day}-{place}"));
            let (mut one, features) = document(&name, "a", day as i64 * 24);
            one.text = "A long text. ".repeat(3000);
            daily.documents.push((one, features));
            daily.placements.push(placement(&name, id, id));
        }
        writer.commit(&daily).expect("room");
    }
    let before = writer.on_disk();
    let since = Some(start() + SignedDuration::from_hours(27 * 24));
    assert_eq!(writer.purge(&Retention { since, ..Retention::default() }).expect("reads").documents, 27 * 20);
    writer = writer.compact().expect("room");
    let (after, live) = (writer.on_disk(), writer.live().expect("reads"));
    assert!(after * 5 < before, "{before} bytes became {after}");
    let documents = std::fs::metadata(folder.path().join("g2/documents.log")).expect("a file").len();
    assert_eq!(documents, writer.holds().expect("reads").bytes, "not one byte that is not in use");
    assert!(documents > 2_000_000 && live >= documents);
    assert!(size(folder.path()) <= 3 * live, "{} bytes for {live}", size(folder.path()));
}

fn cursors_of_a_store_that_stood_here_before_begin_anew(engine: Engine) {
    for bed in engine.beds() {
        let writer = bed.writer();
        writer.commit(&commit(&[("one", "a", 0, 1, 1)])).expect("room");
        let ahead = samestory_store::Cursor { sequence: 99, ..bed.cursor("default") };
        bed.move_cursor("default", &ahead);
        assert_eq!(bed.run(&["list", "--format", "jsonl"]).expect(0).json_lines().len(), 1);
    }
}

#[test]
fn promise_six_a_full_disk_is_told_in_one_line_and_costs_nothing_that_was_stored() {
    let bed = Bed::new();
    bed.file("small.jsonl", r#"{"id":"a","title":"Seals return","text":"Wardens counted 37 grey seals.","lang":"en"}"#);
    bed.run(&["import", "small.jsonl"]).expect(0);
    let listed = bed.run(&["list", "--since", "all", "--format", "jsonl"]).expect(0).out;
    let mut big = String::new();
    for number in 0..3 {
        let text = format!("Report {number} of the wardens on the seals below the light. ").repeat(12_000);
        let _ = writeln!(big, r#"{{"id":"b{number}","title":"Report {number}","text":"{text}","lang":"xx"}}"#);
    }
    bed.file("big.jsonl", big);
    // No file may become longer than so many blocks of 512 bytes; the signal that says so is ignored.
    for blocks in [1100, 1400, 2400] {
        let program = bed.command(&["import", "big.jsonl"]);
        let mut limited = std::process::Command::new("sh");
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        limited.args(["-c", &script]).arg(program.get_program()).args(program.get_args());
        limited.env_clear().env("HOME", bed.path(".")).env("TMPDIR", std::env::temp_dir());
        limited.env("PATH", std::env::var_os("PATH").unwrap_or_default()).current_dir(bed.path("."));
        let ran = Ran::from(limited.output().expect("sh starts"));
        assert_eq!(ran.code, 3, "{blocks}: {}", ran.err);
        assert!(ran.err.contains("File too large") && ran.err.contains("hint: check that"), "{blocks}: {}", ran.err);
        let after = bed.run(&["list", "--since", "all", "--format", "jsonl"]).expect(0).out;
        assert_eq!(after, listed, "{blocks}");
    }
    let again = bed.run(&["import", "big.jsonl"]).expect(0);
    assert!(again.err.contains("3 documents stored"), "{}", again.err);
    assert_eq!(reader(&bed.store()).holds().documents, 4);
}

over_engines! {
    each: [
        promise_two_the_same_commit_again_changes_nothing_that_is_seen,
        promise_three_readers_never_wait_and_never_fail_while_a_writer_works,
        cursors_of_a_store_that_stood_here_before_begin_anew,
    ]
}
