//! Kills a writer at random moments, many times: `cargo run --release -p samestory-tools --bin crash_rounds -- [ROUNDS [SEED]]`.
//!
//! By default 200 rounds over a store that works and 50 over one of the first format; see `rounds.rs`.
//! `crash_rounds calls BINARY [STEP [COMMAND]]` kills the program at each STEP-th system call instead, or lets that call
//! fail; it needs `strace`, see `calls.rs`.

mod calls;
mod rounds;
use samestory_tools::synthetic;

use std::path::Path;
use std::process::Command;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.get(1).is_some_and(|word| word == "child") {
        let only_open = arguments[5].parse()?;
        return rounds::child(Path::new(&arguments[2]), arguments[3].parse()?, arguments[4].parse()?, only_open);
    }
    if arguments.get(1).is_some_and(|word| word == "calls") {
        let step = arguments.get(3).map_or(Ok(1), |text| text.parse())?;
        let wrong = calls::rounds(Path::new(&arguments[2]), step, arguments.get(4).map(String::as_str))?;
        wrong.iter().for_each(|what| println!("wrong: {what}"));
        return if wrong.is_empty() { Ok(()) } else { Err(format!("{} rounds went wrong", wrong.len()).into()) };
    }
    let working: u64 = arguments.get(1).map_or(Ok(200), |text| text.parse())?;
    let seed: u64 = arguments.get(2).map_or(Ok(1), |text| text.parse())?;
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/format-1");
    let program = std::env::current_exe()?;
    let start = |arguments: &[String]| {
        let mut command = Command::new(&program);
        command.arg("child").args(arguments);
        command
    };
    let started = Instant::now();
    let report = rounds::rounds(working, working / 4, seed, &fixture, &start)?;
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{:?} rounds, acknowledged {:?}: nothing lost, nothing half written, {seconds:.0} s",
        report.rounds, report.kinds
    );
    Ok(())
}
