//! The terminal: what a list looks like on one, and that nothing from outside has power over it.

use super::bed::{Bed, Ran};
use super::reading::own;
use serde_json::{Value, json};

/// Runs the program on a terminal of so many columns, with further variables.
fn on_a_terminal(bed: &Bed, columns: u16, arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let program = env!("CARGO_BIN_EXE_samestory");
    let store = bed.store();
    let line = format!(
        "stty cols {columns} rows 20; exec '{program}' --now 2026-11-12T08:00:00Z --data '{}' {}",
        store.display(),
        arguments.join(" ")
    );
    let mut command = std::process::Command::new("script");
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", bed.path(""));
    command.env("TERM", "xterm").envs(variables.iter().copied()).args(["-qec", &line, "/dev/null"]);
    let ran: Ran = command.stdin(std::process::Stdio::null()).output().expect("`script` of util-linux").into();
    ran.expect(0).out
}

/// A text without colours and links, and whether it had any escape left.
fn stripped(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\u{1b}') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = if rest.starts_with("\u{1b}[") { rest.find('m') } else { rest.find("\u{1b}\\").map(|end| end + 1) };
        rest = &rest[end.expect("an escape ends") + 1..];
    }
    out + rest
}

#[test]
fn a_list_fits_its_window_and_links_only_where_the_terminal_follows_them() {
    let bed = own();
    for columns in [80, 140] {
        let seen = on_a_terminal(&bed, columns, &["--no-pager", "list", "--peek"], &[]);
        assert!(seen.contains("\u{1b}[1;32m") && !seen.contains("\u{1b}]8;;"), "{seen}");
        for line in stripped(&seen).lines() {
            let cells = unicode_width::UnicodeWidthStr::width(line.trim_end());
            assert!(cells <= usize::from(columns), "{cells} cells in {columns}: {line}");
        }
    }
    let linked = on_a_terminal(&bed, 80, &["--no-pager", "list", "--peek"], &[("TERM", "xterm-kitty")]);
    assert!(linked.contains("\u{1b}]8;;http://"), "{linked}");
    let plain = on_a_terminal(&bed, 80, &["--no-pager", "list", "--peek"], &[("NO_COLOR", "1")]);
    assert!(!plain.contains("\u{1b}["), "{plain}");
}

#[test]
fn right_to_left_headlines_are_isolated_on_a_terminal_and_nowhere_else() {
    let bed = own();
    let config = bed.file("arabic.toml", "[read]\nlanguages = [\"ar\"]\n");
    let path = config.to_str().expect("UTF-8");
    let seen = on_a_terminal(&bed, 100, &["--no-pager", "--config", path, "list", "--peek"], &[("NO_COLOR", "1")]);
    assert!(
        seen.contains('\u{2068}') && seen.matches('\u{2068}').count() == seen.matches('\u{2069}').count(),
        "{seen}"
    );
    let piped = bed.run(&["--config", path, "list", "--peek"]).expect(0).out;
    assert!(!piped.contains('\u{2068}') && !piped.contains('\u{1b}'), "{piped}");
}

#[test]
fn a_long_list_goes_through_the_pager_and_a_pipe_never_does() {
    let bed = own();
    let pager = [("SAMESTORY_PAGER", "sed s/^/paged:/")];
    assert!(on_a_terminal(&bed, 80, &["list", "--peek"], &pager).contains("paged:"));
    assert!(!on_a_terminal(&bed, 80, &["list", "--peek", "--limit", "2"], &pager).contains("paged:"));
    assert!(!on_a_terminal(&bed, 80, &["--no-pager", "list", "--peek"], &pager).contains("paged:"));
    let mut piped = bed.command(&["list", "--peek"]);
    let ran: Ran = piped.envs(pager).env("LINES", "5").output().expect("the program starts").into();
    assert!(!ran.out.contains("paged:"));
}

#[test]
fn hostile_headlines_are_inert_in_table_timeline_and_json() {
    let bed = Bed::new();
    let long = "Überlang ".repeat(1200);
    let titles = [
        "Harbour \u{1b}[31mred\u{1b}]8;;http://evil.example\u{1b}\\ \u{202e}gnihsif\u{2066} quay\u{9b}2J\u{7}\r\nnext",
        long.as_str(),
        "<script>alert(1)</script> & \"quoted\" \u{0} \u{feff}",
    ];
    let lines: Vec<String> = titles
        .iter()
        .enumerate()
        .map(|(place, title)| {
            let text =
                format!("{title}\nThe harbour master number {place} closed quay {place}4 for a while on Tuesday.");
            let url = format!("https://quay.example/{place}?\u{1b}]0;x");
            json!({"id": format!("q{place}"), "url": url, "title": title, "text": text, "lang": "en"}).to_string()
        })
        .collect();
    bed.file("quay.jsonl", lines.join("\n"));
    bed.run(&["import", "quay.jsonl"]).expect(0);
    let harmful = |sign: char| {
        (sign.is_control() && sign != '\n')
            || matches!(sign, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let table = bed.run(&["list", "--peek"]).expect(0).out;
    assert!(!table.contains(harmful), "{table:?}");
    assert!(table.lines().all(|line| unicode_width::UnicodeWidthStr::width(line) <= 100), "{table}");
    let seen = on_a_terminal(&bed, 80, &["--no-pager", "list", "--peek"], &[("TERM", "xterm-kitty")]);
    assert!(!stripped(&seen.replace('\r', "")).contains(harmful), "{seen:?}");
    assert!(!seen.contains("evil.example\u{1b}"), "{seen:?}");
    let stories = bed.run(&["list", "--peek", "--format", "jsonl"]).expect(0);
    assert!(!stories.out.contains(|sign: char| sign.is_control() && sign != '\n'), "{:?}", stories.out);
    for story in stories.json_lines() {
        let shown = bed.run(&["show", story["story"].as_str().expect("an id")]).expect(0).out;
        assert!(!shown.contains(harmful), "{shown:?}");
        let found = bed.run(&["search", "harbour quay", "--since", "all"]).expect(0).out;
        assert!(!found.contains(harmful), "{found:?}");
    }
    let whole: Value =
        serde_json::from_str(&bed.run(&["list", "--peek", "--format", "json"]).expect(0).out).expect("JSON");
    assert!(whole["stories"].as_array().is_some_and(|all| !all.is_empty()));
}

#[test]
fn a_preferred_source_gives_the_headline_where_a_language_has_several() {
    let bed = Bed::new();
    let text = "The swing bridge at Weirhaven stayed open for nine hours because a gull had nested in its motor house.\n\
        Two ferries waited, and the mayor brought soup to the queue on the north side.";
    for (source, title) in
        [("aaa", "Gull keeps swing bridge open"), ("bbb", "Swing bridge open for nine hours, gull blamed")]
    {
        let line = json!({"id": source, "url": format!("https://{source}.example/gull"), "lang": "en", "title": title,
            "text": text, "published": "2026-11-11T08:00:00Z"});
        bed.file(&format!("{source}/one.jsonl"), line.to_string());
    }
    bed.run(&["import", "aaa", "bbb"]).expect(0);
    let first = |config: &str| {
        let out = bed.run_with(config, &["list", "--peek"]).expect(0).out;
        out.lines().next().unwrap_or_default().to_owned()
    };
    assert!(first("[read]\nsources = [\"bbb\"]\n").contains("gull blamed"));
    assert!(first("[read]\nsources = [\"aaa\"]\nlanguages = [\"en\"]\n").contains("Gull keeps"));
}

#[test]
fn an_empty_list_says_since_when_and_what_is_wrong() {
    let bed = own();
    bed.run(&["list"]).expect(0);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_samestory"));
    command.env_clear().env("HOME", bed.path("")).env("TZ", "UTC").arg("--data").arg(bed.store()).arg("list");
    let ran: Ran = command.output().expect("the program starts").into();
    let told = ran.expect(0).err;
    assert!(
        told.starts_with("no new stories since ") && told.contains("sources are failing: samestory doctor"),
        "{told}"
    );
}
