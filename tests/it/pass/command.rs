//! `run`, `daemon` and `sources` as a person meets them: which sources are followed, which command has to wait, and
//! what a signal does.

use super::{OTHER, PAPER};
use crate::town::{Says, Town, feed};
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::sync::Mutex;
use std::time::Duration;
use tempfile::TempDir;

/// What nothing here takes, however busy the machine is; what hangs is ended by it.
const LONGEST: Duration = Duration::from_mins(5);

/// A configuration and a store for the real program.
pub struct Desk {
    pub town: Town,
    pub folder: TempDir,
    more: Mutex<String>,
}

impl Desk {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { town: Town::open().await, folder, more: Mutex::default() }
    }

    /// Adds sections to the configuration that is written next.
    pub fn more(&self, sections: &str) -> &Self {
        sections.clone_into(&mut self.more.lock().expect("one thread"));
        self
    }

    /// Writes a configuration that follows these feeds.
    pub fn follow(&self, feeds: &[(&str, &str)]) -> &Self {
        self.follow_with("host_gap_ms = 0\n", feeds)
    }

    /// The same with further settings of `[fetch]`.
    pub fn follow_with(&self, settings: &str, feeds: &[(&str, &str)]) -> &Self {
        let hosts = [PAPER, OTHER, "www.paper.example"];
        let fixed: Vec<String> = hosts.iter().map(|host| format!("\"{host}\" = \"{}\"", self.town.addr)).collect();
        let mut text = format!(
            "[fetch]\ncontact = \"test@home.example\"\n{settings}allow_private_hosts = {hosts:?}\n\
             hosts = {{ {} }}\n",
            fixed.join(", ")
        );
        text.push_str(&self.more.lock().expect("one thread"));
        for (name, address) in feeds {
            let _ = write!(text, "[[sources]]\nname = \"{name}\"\nurl = \"{address}\"\n");
        }
        std::fs::write(self.folder.path().join("config.toml"), text).expect("room");
        self
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_samestory"));
        command.arg("--config").arg(self.folder.path().join("config.toml"));
        command.arg("--data").arg(self.folder.path().join("data")).args(arguments);
        command.env_remove("SAMESTORY_DATA").stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().expect("the program")
    }

    pub async fn done(&self, arguments: &[&str]) -> Output {
        ended(self.start(arguments)).await
    }

    /// Waits until a path was asked for.
    pub async fn asked(&self, path: &str) {
        let seen = async {
            while !self.town.paths().iter().any(|asked| asked == path) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(LONGEST, seen).await.expect(path);
    }
}

pub async fn ended(child: Child) -> Output {
    let waiting = tokio::task::spawn_blocking(move || child.wait_with_output().expect("an end"));
    tokio::time::timeout(LONGEST, waiting).await.expect("an end in time").expect("a thread")
}

/// Reads what a program says until a line has `part` in it; what it says after that can be read on.
pub(super) async fn said(mut from: BufReader<ChildStderr>, part: &'static str) -> BufReader<ChildStderr> {
    let reading = tokio::task::spawn_blocking(move || {
        let mut line = String::new();
        while !line.contains(part) {
            line.clear();
            assert_ne!(from.read_line(&mut line).expect("UTF-8"), 0, "it ended without a word of {part}");
        }
        from
    });
    tokio::time::timeout(LONGEST, reading).await.expect(part).expect("a thread")
}

pub(super) fn terminate(child: &Child) {
    signal(child, "-TERM");
}

pub(super) fn signal(child: &Child, which: &str) {
    let told = Command::new("kill").args([which, &child.id().to_string()]).status().expect("kill is there");
    assert!(told.success());
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_taken_out_of_the_configuration_is_neither_asked_nor_listed() {
    let desk = Desk::new().await;
    let (a, c) = (("a", "http://paper.example/a.xml"), ("c", "http://other.example/c.xml"));
    desk.town.says(PAPER, "/a.xml", [feed(&[])]).says(OTHER, "/c.xml", [feed(&[])]);
    let first = desk.follow(&[a, c]).done(&["run"]).await;
    assert_eq!(first.status.code(), Some(0), "{}", text(&first.stderr));
    desk.follow(&[c]);
    let second = desk.done(&["run", "--force"]).await;
    assert_eq!(second.status.code(), Some(0), "{}", text(&second.stderr));
    let mut paths = desk.town.paths();
    paths.sort();
    assert_eq!(paths, ["/a.xml", "/c.xml", "/c.xml"]);
    let listed = text(&desk.done(&["sources", "list", "--format", "json"]).await.stdout);
    assert!(listed.contains("c.xml") && !listed.contains("a.xml"), "{listed}");
    let removed = desk.done(&["sources", "remove", "a"]).await;
    assert_eq!(removed.status.code(), Some(2), "it is gone already");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_run_is_told_who_runs_and_a_signal_ends_the_first_in_order() {
    let desk = Desk::new().await;
    desk.town.says(PAPER, "/a.xml", [Says::Silence, feed(&[])]);
    let first = desk.follow(&[("a", "http://paper.example/a.xml")]).start(&["run"]);
    desk.asked("/a.xml").await;
    let second = desk.done(&["run"]).await;
    assert_eq!(second.status.code(), Some(3));
    let told = text(&second.stderr);
    assert!(told.contains(&format!("process {}", first.id())) && told.contains("hint:"), "{told}");
    assert_eq!(desk.town.calls().len(), 1, "only the first one asks");

    terminate(&first);
    let first = ended(first).await;
    assert_eq!(first.status.code(), Some(4), "{}", text(&first.stderr));
    assert!(text(&first.stderr).contains("stopped before it was done"), "{}", text(&first.stderr));
    let third = desk.done(&["run"]).await;
    assert_eq!(third.status.code(), Some(0), "{}", text(&third.stderr));
    assert_eq!(desk.town.calls().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_the_daemon_in_order_whether_it_asks_or_waits() {
    for answer in [Says::Silence, feed(&[])] {
        let desk = Desk::new().await;
        desk.town.says(PAPER, "/a.xml", [answer]);
        let daemon = desk.follow(&[("a", "http://paper.example/a.xml")]).start(&["daemon"]);
        desk.asked("/a.xml").await;
        terminate(&daemon);
        let daemon = ended(daemon).await;
        assert_eq!(daemon.status.code(), Some(0), "{}", text(&daemon.stderr));
        assert!(text(&daemon.stderr).contains("stopped in order"), "{}", text(&daemon.stderr));
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_variable_that_is_no_text_is_passed_over() {
    use std::os::unix::ffi::OsStrExt;
    let desk = Desk::new().await;
    let mut command = desk.follow(&[]).command(&["sources", "list"]);
    command.env("ODD", OsStr::from_bytes(b"\xff\xfe")).env(OsStr::from_bytes(b"ODD\xff"), "x");
    let listed = ended(command.spawn().expect("the program")).await;
    assert_eq!(listed.status.code(), Some(0), "{}", text(&listed.stderr));
}
