//! The daemon over its life: one a store, sources that come while it waits, new settings, its health, its log.

use super::command::{Desk, ended, said, signal, terminate, text};
use super::{OTHER, PAPER};
use crate::town::feed;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn a_store_has_one_daemon_and_what_a_person_adds_while_it_waits_is_asked_soon() {
    let desk = Desk::new().await;
    desk.town.says(PAPER, "/a.xml", [feed(&[])]).says(OTHER, "/c.xml", [feed(&[])]);
    desk.more("[daemon]\nevery = 0\n").follow(&[("a", "http://paper.example/a.xml")]);
    let daemon = desk.start(&["daemon"]);
    desk.asked("/a.xml").await;
    let second = desk.done(&["daemon"]).await;
    assert_eq!(second.status.code(), Some(3));
    assert!(text(&second.stderr).contains(&format!("process {}, a daemon", daemon.id())), "{}", text(&second.stderr));
    let added = desk.done(&["sources", "add", "http://other.example/c.xml", "--unchecked"]).await;
    assert_eq!(added.status.code(), Some(0), "{}", text(&added.stderr));
    desk.asked("/c.xml").await;
    let well = desk.done(&["doctor", "--daemon"]).await;
    assert_eq!(well.status.code(), Some(0), "{}", text(&well.stdout));
    assert!(text(&well.stdout).contains(&format!("process {}", daemon.id())), "{}", text(&well.stdout));
    terminate(&daemon);
    assert_eq!(ended(daemon).await.status.code(), Some(0));
    let stopped = desk.done(&["doctor", "--daemon"]).await;
    assert_eq!(stopped.status.code(), Some(1));
    assert!(text(&stopped.stdout).contains("not running, stopped in order"), "{}", text(&stopped.stdout));
    assert_eq!(desk.town.paths().len(), 2, "nobody was asked twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hangup_reads_the_settings_again_and_wrong_ones_change_nothing() {
    let desk = Desk::new().await;
    desk.town.says(PAPER, "/a.xml", [feed(&[])]).says(OTHER, "/c.xml", [feed(&[])]);
    let a = ("a", "http://paper.example/a.xml");
    desk.more("[daemon]\nevery = 0\n").follow(&[a]);
    let mut daemon = desk.start(&["--quiet", "-v", "daemon"]);
    let says = std::io::BufReader::new(daemon.stderr.take().expect("stderr"));
    desk.asked("/a.xml").await;
    desk.more("[daemon]\nevrey = 0\n").follow(&[a, ("c", "http://other.example/c.xml")]);
    signal(&daemon, "-HUP");
    let _says = said(says, "the settings stay as they were").await;
    assert_eq!(desk.town.paths(), ["/a.xml"]);
    desk.more("[daemon]\nevery = 0\n").follow(&[a, ("c", "http://other.example/c.xml")]);
    signal(&daemon, "-HUP");
    desk.asked("/c.xml").await;
    terminate(&daemon);
    assert_eq!(ended(daemon).await.status.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_line_of_a_log_in_json_is_an_object() {
    let desk = Desk::new().await;
    desk.town.says(PAPER, "/a.xml", [feed(&[])]);
    desk.follow(&[("a", "http://paper.example/a.xml"), ("lost", "http://other.example/nothing.xml")]);
    let daemon = desk.start(&["daemon", "--log", "json"]);
    desk.asked("/a.xml").await;
    desk.asked("/nothing.xml").await;
    terminate(&daemon);
    let log = text(&ended(daemon).await.stderr);
    let lines: Vec<serde_json::Value> =
        log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect();
    assert!(lines.iter().all(|line| line["level"].is_string() && line["timestamp"].is_string()), "{log}");
    assert!(lines.iter().any(|line| line["message"] == "stopped in order"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_folder_that_vanishes_is_said_and_not_made_anew() {
    use std::io::BufRead;
    let desk = Desk::new().await;
    desk.town.says(PAPER, "/a.xml", [feed(&[])]);
    desk.more("[daemon]\nevery = 1\nlongest = 1\njitter = 0\n").follow(&[("a", "http://paper.example/a.xml")]);
    let mut daemon = desk.start(&["daemon"]);
    desk.asked("/a.xml").await;
    let data = desk.folder.path().join("data");
    while std::fs::read_to_string(data.join("daemon.json")).is_ok_and(|text| !text.contains("waiting")) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    std::fs::rename(&data, desk.folder.path().join("elsewhere")).expect("room");
    // Read to its end, because a daemon that cannot say anything ends.
    let lines = std::io::BufReader::new(daemon.stderr.take().expect("a pipe")).lines();
    let (tell, said) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let gone = |line: &String| line.contains("the data folder in which this daemon began is gone");
        lines.map_while(Result::ok).filter(gone).for_each(|line| drop(tell.send(line)));
    });
    tokio::task::block_in_place(|| said.recv_timeout(Duration::from_mins(1))).expect("it is said");
    assert!(!data.exists(), "nothing is made anew");
    std::fs::rename(desk.folder.path().join("elsewhere"), &data).expect("room");
    terminate(&daemon);
    assert_eq!(ended(daemon).await.status.code(), Some(0));
}

#[test]
fn units_and_the_crontab_name_commands_that_exist() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    let mut seen = 0;
    for name in ["systemd/samestory.service", "systemd/samestory-run.service", "crontab"] {
        let file = std::fs::read_to_string(root.join(name)).expect("a file");
        for line in file.lines().filter(|line| line.starts_with("ExecStart=") || line.starts_with("*/")) {
            let (_, arguments) = line.split_once("samestory ").expect("the program");
            let mut words: Vec<&str> = arguments.split_whitespace().collect();
            words.push("--help");
            let asked = std::process::Command::new(env!("CARGO_BIN_EXE_samestory")).args(words).output().expect("runs");
            assert_eq!(asked.status.code(), Some(0), "{line}: {}", text(&asked.stderr));
            seen += 1;
        }
    }
    assert_eq!(seen, 3);
    let units = ["samestory.service", "samestory-run.service", "samestory-run.timer"];
    let verify = std::process::Command::new("systemd-analyze")
        .arg("verify")
        .args(units.map(|unit| root.join("systemd").join(unit)))
        .output();
    // Only where systemd is: a machine that builds this need not run it.
    if let Ok(verify) = verify {
        let told = text(&verify.stderr);
        let ours: Vec<&str> =
            told.lines().filter(|line| line.contains("nknown key") || line.contains("nvalid")).collect();
        assert!(ours.is_empty(), "{ours:?}");
    }
}
