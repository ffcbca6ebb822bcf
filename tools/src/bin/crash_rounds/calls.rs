//! Kills the program at each of its system calls that touch files, and lets each of them fail, by `strace`.
//!
//! A command runs once undisturbed to count its calls; then once for each call of each kind, over a fresh copy of one
//! store: killed there, or given ENOSPC or EIO. After each round the store is looked at
//! with the program itself: whatever stood in it is listed, a writer works or names the damage, a repair brings
//! everything back, and every record reads.

use super::synthetic;
use jiff::{SignedDuration, Timestamp};
use samestory_model::{FullText, Source};
use samestory_store::{SledStore, Store};
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use url::Url;

/// Calls that change files or their names, or make them durable.
const CALLS: [&str; 16] = [
    "openat",
    "write",
    "pwrite64",
    "fsync",
    "fdatasync",
    "sync_file_range",
    "ftruncate",
    "rename",
    "renameat2",
    "unlink",
    "unlinkat",
    "rmdir",
    "mkdir",
    "flock",
    "copy_file_range",
    "fchmod",
];
/// What a call meets.
const FAULTS: [&str; 3] = ["signal=KILL", "error=ENOSPC", "error=EIO"];

/// What is done to a store.
struct Case {
    name: &'static str,
    arguments: Vec<String>,
    /// Whether it begins without a store.
    fresh: bool,
}

/// A folder with a store to begin with, and what it holds.
struct Base {
    folder: PathBuf,
    documents: BTreeSet<String>,
}

fn seen(number: u64) -> Timestamp {
    Timestamp::from_second(1_792_000_000).expect("a time") + SignedDuration::from_mins(number as i64)
}

fn program(binary: &Path, store: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(binary);
    command.args(["--now", "2026-11-12T08:00:00Z", "--data"]).arg(store).args(arguments);
    command.env("SAMESTORY_FETCH__CONTACT", "us@example.org").env("HOME", "/nonexistent");
    // Beside the store lies what lets its publisher be asked.
    let config = store.with_file_name("config.toml");
    if config.exists() {
        command.arg("--config").arg(config);
    }
    command
}

/// Documents that `list` shows.
fn listed(binary: &Path, store: &Path) -> Result<BTreeSet<String>, Box<dyn Error>> {
    let out = program(binary, store, &["list", "--since", "all", "--peek", "--format", "jsonl"]).output()?;
    if !out.status.success() {
        return Err(format!("list: {}", String::from_utf8_lossy(&out.stderr)).into());
    }
    let mut found = BTreeSet::new();
    for line in String::from_utf8(out.stdout)?.lines() {
        let story: serde_json::Value = serde_json::from_str(line)?;
        for article in story["articles"].as_array().into_iter().flatten() {
            let documents = article["documents"].as_array().into_iter().flatten();
            found.extend(documents.filter_map(|document| Some(document["document"].as_str()?.to_owned())));
        }
    }
    Ok(found)
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let path = entry?.path();
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() { copy(&path, &target)? } else { std::fs::copy(&path, &target).map(drop)? }
    }
    Ok(())
}

/// Runs a command under `strace` with further options.
fn traced(binary: &Path, store: &Path, case: &Case, options: &[String]) -> std::io::Result<Output> {
    let arguments: Vec<&str> = case.arguments.iter().map(String::as_str).collect();
    let inner = program(binary, store, &arguments);
    let mut command = Command::new("strace");
    command.args(["-f", "-qqq", "-o", "/dev/null"]).args(options).arg(inner.get_program()).args(inner.get_args());
    command.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.output()
}

/// How often a command makes each call.
fn count(binary: &Path, store: &Path, case: &Case, scratch: &Path) -> Result<BTreeMap<String, u32>, Box<dyn Error>> {
    let table = scratch.join("counts");
    let arguments: Vec<&str> = case.arguments.iter().map(String::as_str).collect();
    let inner = program(binary, store, &arguments);
    let mut command = Command::new("strace");
    command.args(["-f", "-qqq", "-c", "-U", "calls,name", "-o"]).arg(&table);
    command.arg(format!("--trace={}", CALLS.join(","))).arg(inner.get_program()).args(inner.get_args());
    command.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let out = command.output()?;
    if !out.status.success() {
        return Err(format!("{}: {}", case.name, String::from_utf8_lossy(&out.stderr)).into());
    }
    let mut counts = BTreeMap::new();
    for line in std::fs::read_to_string(table)?.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let [count, name] = words[..]
            && let Ok(count) = count.parse()
            && CALLS.contains(&name)
        {
            counts.insert(name.to_owned(), count);
        }
    }
    Ok(counts)
}

/// Looks at a store after a round; says whether a repair was needed.
fn check(binary: &Path, store: &Path, base: &Base, case: &Case) -> Result<bool, Box<dyn Error>> {
    if case.fresh && !store.join("current").exists() {
        // The store that was to be made is not there, or not yet.
        let made = program(binary, store, &["sources", "add", "--unchecked", "https://after.example/feed"]).output()?;
        return if made.status.success() { Ok(false) } else { Err(String::from_utf8_lossy(&made.stderr).into()) };
    }
    let shown = listed(binary, store)?;
    if !base.documents.is_subset(&shown) {
        return Err(format!("{} documents are not listed any more", base.documents.difference(&shown).count()).into());
    }
    let mut repaired = false;
    let add = || program(binary, store, &["sources", "add", "--unchecked", "https://after.example/feed"]).output();
    let mut added = add()?;
    if !added.status.success() {
        let said = String::from_utf8_lossy(&added.stderr).into_owned();
        if added.status.code() != Some(3) || !said.contains("samestory repair") {
            return Err(format!("a writer says {:?} {said}", added.status.code()).into());
        }
        let repair = program(binary, store, &["repair"]).output()?;
        if !repair.status.success() {
            return Err(format!("repair: {}", String::from_utf8_lossy(&repair.stderr)).into());
        }
        repaired = true;
        added = add()?;
    }
    if !added.status.success() {
        return Err(format!("after the repair: {}", String::from_utf8_lossy(&added.stderr)).into());
    }
    let deep = program(binary, store, &["doctor", "--deep", "--format", "json"]).output()?;
    let said: serde_json::Value = serde_json::from_slice(&deep.stdout)?;
    if said["deep"].as_array().is_none_or(|found| !found.is_empty()) {
        return Err(format!("doctor --deep: {}", said["deep"]).into());
    }
    let shown = listed(binary, store)?;
    if !base.documents.is_subset(&shown) {
        return Err("documents are gone after a writer".into());
    }
    Ok(repaired)
}

/// A publisher on loopback whose feed carries two whole articles; returns the feed's address.
fn publisher() -> std::io::Result<Url> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = format!("http://{}/feed.xml", listener.local_addr()?);
    let mut feed = String::from("<rss version=\"2.0\"><channel><title>Harbour Post</title>");
    for number in 0..2 {
        let text = format!("The ferry to Skerrin was late for the {number}th day. ").repeat(30);
        feed.push_str(&format!(
            "<item><title>Ferry late, day {number}</title><link>http://127.0.0.1/ferry-{number}</link>\
             <guid>{number}</guid><description>{text}</description></item>"
        ));
    }
    feed.push_str("</channel></rss>");
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{feed}",
        feed.len()
    );
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // One that was killed hears nothing.
            let _ = stream.read(&mut [0; 4096]).and_then(|_| stream.write_all(answer.as_bytes()));
        }
    });
    Ok(address.parse().expect("an address"))
}

/// Makes the store that every round begins with: three sessions, so that snapshots are behind it.
fn base(binary: &Path, folder: PathBuf) -> Result<Base, Box<dyn Error>> {
    let source = Source { full_text: FullText::Feed, ..Source::feed("post", publisher()?) };
    SledStore::open(&folder)?.put_sources(&[source])?;
    for session in 0..3 {
        SledStore::open(&folder)?.commit(&synthetic::commit(session * 8..(session + 1) * 8, 5, seen))?;
    }
    let documents = listed(binary, &folder)?;
    Ok(Base { folder, documents })
}

fn cases(binary: &Path, base: &Base, scratch: &Path) -> Result<Vec<Case>, Box<dyn Error>> {
    let mut lines = String::new();
    for number in 0..3 {
        let text = format!("Wardens counted {} grey seals below Skerrin light on day {number}.", 30 + number);
        let (title, url) = (format!("Seals {number}"), format!("https://harbourpost.example/seals-{number}"));
        let line =
            serde_json::json!({"id": number.to_string(), "title": title, "text": text, "lang": "en", "url": url});
        lines.push_str(&format!("{line}\n"));
    }
    let import = scratch.join("in.jsonl");
    std::fs::write(&import, lines)?;
    let backup = scratch.join("backup.jsonl.zst");
    let made = program(binary, &base.folder, &["backup", &backup.display().to_string()]).output()?;
    if !made.status.success() {
        return Err(String::from_utf8_lossy(&made.stderr).into());
    }
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let case = |name, arguments, fresh| Case { name, arguments, fresh };
    Ok(vec![
        case("list", words(&["list", "--reader", "me"]), false),
        case("sources add", words(&["sources", "add", "--unchecked", "https://new.example/feed"]), false),
        case("compact", words(&["compact"]), false),
        case("restore", words(&["restore", &backup.display().to_string()]), true),
        case("import", words(&["import", &import.display().to_string()]), false),
        case("run", words(&["run", "--force"]), false),
    ])
}

/// Makes the rounds: every `step`-th call of each kind. Prints a line a command; returns what went wrong.
pub fn rounds(binary: &Path, step: usize, only: Option<&str>) -> Result<Vec<String>, Box<dyn Error>> {
    let scratch = tempfile::tempdir()?;
    std::fs::write(scratch.path().join("config.toml"), "[fetch]\nallow_private_hosts = [\"127.0.0.1\"]\n")?;
    let base = base(binary, scratch.path().join("base"))?;
    let mut wrong = Vec::new();
    for case in cases(binary, &base, scratch.path())?.iter().filter(|case| only.is_none_or(|only| case.name == only)) {
        let store = scratch.path().join("store");
        let fresh = || -> std::io::Result<()> {
            let _ = std::fs::remove_dir_all(&store);
            if case.fresh { Ok(()) } else { copy(&base.folder, &store) }
        };
        fresh()?;
        let counts = count(binary, &store, case, scratch.path())?;
        let (mut made, mut repairs, mut total) = (0, 0, 0);
        for (call, times) in &counts {
            total += times;
            for when in (1..=*times).step_by(step) {
                for fault in FAULTS {
                    fresh()?;
                    let inject = format!("--inject={call}:{fault}:when={when}");
                    traced(binary, &store, case, &[format!("--trace={call}"), inject])?;
                    made += 1;
                    match check(binary, &store, &base, case) {
                        Ok(repaired) => repairs += u32::from(repaired),
                        Err(why) => wrong.push(format!("{}: {call} {when} {fault}: {why}", case.name)),
                    }
                }
            }
        }
        println!("{}: {total} calls, {made} rounds, {repairs} repaired, {} wrong so far", case.name, wrong.len());
    }
    Ok(wrong)
}
