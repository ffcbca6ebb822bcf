//! A writer that is killed at a random moment loses nothing that it acknowledged: a few rounds with a seed.
//! `cargo run --release -p samestory-tools --bin crash_rounds` makes 200 of them.

#[path = "../../../tools/src/bin/crash_rounds/rounds.rs"]
mod rounds;
#[path = "../../../tools/src/synthetic.rs"]
pub(super) mod synthetic;

use crate::bed::fixture;
use std::path::Path;
use std::process::Command;

/// The child of the test below; does nothing when it is started by hand.
#[test]
#[ignore = "started by the test of the rounds"]
fn child() {
    let Ok(arguments) = std::env::var("SAMESTORY_CRASH_CHILD") else { return };
    let words: Vec<&str> = arguments.split('|').collect();
    let number = |at: usize| words[at].parse().expect("a number");
    // An error here is an end like any other: the parent looks at what is left.
    let _ = rounds::child(Path::new(words[0]), number(1), number(2), words[3] == "true");
}

#[test]
fn promises_one_and_two_nothing_acknowledged_is_lost_and_nothing_is_there_twice() {
    let program = std::env::current_exe().expect("this program");
    let start = |arguments: &[String]| {
        let mut command = Command::new(&program);
        command.args(["--exact", "store::crash::child", "--ignored", "--nocapture"]);
        command.env("SAMESTORY_CRASH_CHILD", arguments.join("|"));
        command
    };
    let report = rounds::rounds(8, 4, 42, &fixture("format-1"), &start).expect("what was promised");
    assert_eq!(report.rounds, (8, 4));
    assert!(report.kinds.contains_key("part"), "{:?}", report.kinds);
}
