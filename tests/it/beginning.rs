//! The newcomer's path: a configuration, a feed of one's own, a pass, a list; and hints that are commands.

use super::bed::{Bed, Ran};
use super::town::{Says, Town};

const FEED: &str = "<rss version=\"2.0\"><channel><title>Harbour Notes</title><item><title>Tide mill turns again at Weirhaven</title>\
<link>/mill</link><guid>m1</guid><pubDate>Wed, 11 Nov 2026 08:00:00 GMT</pubDate><description>The tide mill \
at Weirhaven turned again on Wednesday after eleven years, and the first sack of flour went to the ferry crew.</description>\
</item></channel></rss>";

fn answer(kind: &str, body: &str) -> Says {
    Says::Raw(
        format!(
            "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
        .into_bytes(),
    )
}

#[test]
fn a_newcomer_needs_four_commands_after_the_demo() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let town = runtime.block_on(Town::open());
    town.says("127.0.0.1", "/feed.xml", [answer("application/rss+xml", FEED)]);
    let page = "<html><head><link rel=\"alternate\" type=\"application/rss+xml\" href=\"/feed.xml\"></head></html>";
    town.says("127.0.0.1", "/", [answer("text/html", page)]);
    let bed = Bed::new();
    let init = bed.run(&["init", "--private-hosts", "127.0.0.1"]).expect(0);
    assert!(init.err.contains(".config/samestory/config.toml"), "{}", init.err);
    let address = format!("http://{}/", town.addr);
    let added = bed.run(&["sources", "add", &address]).expect(0);
    assert!(added.err.contains("Harbour Notes: rss2, 1 items"), "{}", added.err);
    bed.run(&["run"]).expect(0);
    let listed = bed.run(&["list"]).expect(0);
    assert!(listed.out.contains("Tide mill turns again"), "{}\n{}", listed.out, listed.err);
}

#[test]
fn what_init_writes_changes_nothing_but_what_was_asked_for_and_is_never_overwritten() {
    let bed = Bed::new();
    let path = bed.path("mine.toml");
    let at = path.to_str().expect("UTF-8");
    bed.run(&["--config", at, "init"]).expect(0);
    let text = std::fs::read_to_string(&path).expect("the file");
    let plain = samestory::config::Settings::load(Some(&path), std::iter::empty()).expect("it loads");
    assert_eq!(plain, samestory::config::Settings::load(None, std::iter::empty()).expect("the reference"));
    assert!(text.contains("#interval = 3600") && text.contains("# Seconds between two polls"), "{text}");
    let again = bed.run(&["--config", at, "init", "--seeds", "vietnam"]).expect(2);
    assert!(again.err.contains("there is a configuration already") && again.err.contains("--force"), "{}", again.err);
    assert_eq!(std::fs::read_to_string(&path).expect("the file"), text);
    let all = ["--force", "--seeds", "vietnam", "--contact", "me@\"mill\".example", "--languages", "de,vi"];
    bed.run(&[&["--config", at, "init"], all.as_slice()].concat()).expect(0);
    let full = samestory::config::Settings::load(Some(&path), std::iter::empty()).expect("it loads");
    assert_eq!(full.followed().expect("sources").len(), 14);
    assert_eq!(
        (full.fetch.contact.as_str(), full.read.languages),
        ("me@\"mill\".example", vec!["de".into(), "vi".into()])
    );
    assert!(bed.run(&["init", "--list"]).expect(0).out.contains("vietnam"));
    assert!(bed.run(&["init", "--seeds", "atlantis"]).expect(2).err.contains("samestory init --list"));
    assert!(bed.run(&["init", "--languages", "german?"]).expect(2).err.contains("BCP 47"));
}

/// Every `samestory …` that the program's own texts name, with the file that says it.
fn named() -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut open = vec![root.join("src"), root.join("crates")];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(&path).expect("a folder").flatten().map(|entry| entry.path()));
            continue;
        }
        if path.extension().is_none_or(|end| end != "rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("UTF-8");
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for line in code.lines().filter(|line| !line.trim_start().starts_with("//") && line.contains('"')) {
            for told in line.split("samestory ").skip(1) {
                let word = |text: &&str| text.starts_with("--") || text.chars().all(|sign| sign.is_ascii_lowercase());
                let words: Vec<String> = told
                    .split([' ', '"', ',', ';', ')', '`', '|', '\\'])
                    .take_while(|text| word(text) && !text.is_empty())
                    .map(str::to_owned)
                    .collect();
                found.push((path.display().to_string(), words));
            }
        }
    }
    found
}

#[test]
fn every_command_that_a_hint_names_exists_with_its_flags() {
    let bed = Bed::new();
    let help = |words: &[&str]| -> Ran { bed.run(&[words, &["--help"]].concat()) };
    let commands = help(&[]).expect(0).out;
    let mut checked = 0;
    for (file, words) in named() {
        let Some(first) = words.first() else { continue };
        // "samestory explain D", but also "samestory reads …" in a sentence of help.
        let known = commands.lines().any(|line| line.split_whitespace().next() == Some(first.as_str()));
        let prose = ["again", "follows", "store"].contains(&first.as_str());
        assert!(known || prose, "{file}: `samestory {first}` is no command");
        let mut of = vec![first.as_str()];
        if first == "sources" {
            of.extend(words.get(1).map(String::as_str));
        }
        let told = help(&of);
        for flag in words.iter().filter(|word| word.starts_with("--")) {
            assert!(told.out.contains(flag.as_str()), "{file}: samestory {} has no {flag}", of.join(" "));
        }
        checked += 1;
    }
    assert!(checked > 15, "{checked}");
}

#[test]
fn what_is_hinted_at_helps() {
    let bed = Bed::new();
    let missing = bed.run(&["list"]).expect(3);
    assert!(missing.err.contains("samestory sources add URL, then samestory run"), "{}", missing.err);
    bed.file(
        "notes/mill.txt",
        "Tide mill turns again\n\nThe tide mill at Weirhaven turned again after eleven years of rest.",
    );
    bed.run(&["sources", "add", "notes"]).expect(0);
    bed.run(&["run"]).expect(0);
    bed.run(&["list"]).expect(0);
    let unknown = bed.run(&["show", "s0000000000000"]).expect(2);
    assert!(unknown.err.contains("samestory list --since all"), "{}", unknown.err);
    let shown = bed.run(&["list", "--since", "all"]).expect(0).out;
    let id = shown.split_whitespace().find(|word| word.len() == 14 && word.starts_with('s')).expect("an id");
    bed.run(&["show", id]).expect(0);
}

#[test]
fn the_manual_has_a_page_for_each_command() {
    let bed = Bed::new();
    bed.run(&["man", "--dir", "man1"]).expect(0);
    for name in ["samestory.1", "samestory-list.1", "samestory-search.1", "samestory-sources-add.1"] {
        let page = std::fs::read_to_string(bed.path("man1").join(name)).expect("the page");
        assert!(page.contains(".TH "), "{name}");
    }
    assert!(bed.run(&["completions", "bash"]).expect(0).out.contains("samestory"));
}
