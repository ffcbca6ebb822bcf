//! No command prints a secret, and nothing that strangers wrote has power over a terminal: every command over a
//! store whose sources, receiver and settings hold marked ones.

use super::bed::{Bed, Ran};
use super::reading::own;
use super::site::Server;
use std::path::Path;

/// In every secret, and in nothing else.
const MARK: &str = "s3cr3t";

const CONFIG: &str = r#"
[fetch]
contact = "test@home.example"
proxy = "http://user:s3cr3t-proxy@127.0.0.1:1"
connect_timeout = 2
[notify]
webhook = "http://hook:s3cr3t-hook@127.0.0.1:1/s3cr3t-path/x?key=s3cr3t-query#s3cr3t-part"
[[sources]]
name = "inside"
url = "http://user:s3cr3t-inside@192.0.2.1/feed?token=s3cr3t-token&page=2"
[[sources]]
name = "beside"
url = "http://127.0.0.1:1/feed"
credentials = "user:s3cr3t-beside"
"#;

/// Runs the program and holds what it says to hold no secret and no escape.
#[track_caller]
fn quiet(bed: &Bed, config: &str, arguments: &[&str]) -> Ran {
    let path = bed.file("config.toml", config);
    let mut all = vec!["--config", path.to_str().expect("UTF-8")];
    all.extend_from_slice(arguments);
    let mut command = bed.command(&all);
    command.env("SAMESTORY_LOG", "samestory=trace");
    let ran: Ran = command.output().expect("the program starts").into();
    clean(&format!("{arguments:?}"), &ran);
    ran
}

#[track_caller]
fn clean(what: &str, ran: &Ran) {
    for text in [&ran.out, &ran.err] {
        assert!(!text.contains(MARK), "{what}: {text}");
        inert(what, text);
    }
}

#[track_caller]
fn inert(what: &str, text: &str) {
    let harm = |sign: &char| sign.is_control() && !"\n\t".contains(*sign) || "\u{202e}\u{2066}\u{200f}".contains(*sign);
    assert!(!text.chars().any(|sign| harm(&sign)), "{what}: {text:?}");
}

fn files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        if entry.path().is_dir() { files(&entry.path(), found) } else { found.push(entry.path()) }
    }
}

#[test]
fn no_command_prints_a_secret_of_its_settings() {
    let bed = own();
    for arguments in [
        &["sources", "add", "http://user:s3cr3t-added@127.0.0.1:1/other?t=s3cr3t-value", "--unchecked"][..],
        &["run", "-v", "--force"],
        &["run", "-q"],
        &["list", "--since", "all", "--peek"],
        &["list", "--since", "all", "--peek", "--format", "jsonl"],
        &["list", "--since", "all", "--peek", "--format", "atom"],
        &["sources", "list"],
        &["sources", "check"],
        &["sources", "check", "inside", "beside"],
        &["sources", "check", "http://user:s3cr3t-asked@127.0.0.1:1/x?key=s3cr3t"],
        &["sources", "check", "http://user:s3cr3t-asked@blatt example/x"],
        &["sources", "add", "http://user:s3cr3t-asked@127.0.0.1:1/feed?key=s3cr3t"],
        &["sources", "add", "http://user:s3cr3t-asked@blatt example/x"],
        &["sources", "add", "http://user:s3cr3t/x"],
        &["sources", "add", "http://user:s3cr3t-asked@127.0.0.1:1/x?key=s3cr3t", "--kind", "listing"],
        &["sources", "remove", "inside"],
        &["extract", "http://user:s3cr3t-asked@127.0.0.1:1/x"],
        &["doctor"],
        &["words"],
        &["recluster", "--dry-run"],
        &["search", "harbour"],
        &["explain", "http://user:s3cr3t-asked@127.0.0.1:1/x"],
        &["compact"],
        &["publish", "site"],
        &["init"],
        &["man"],
    ] {
        quiet(&bed, CONFIG, arguments);
    }
    let exported = bed.run_with(CONFIG, &["sources", "export"]).expect(0).out;
    assert!(exported.contains("http://192.0.2.1/feed?token=s3cr3t-token&amp;page=2"), "what is exported works");
    let without_queries = |text: &str| text.replace("s3cr3t-token", "").replace("s3cr3t-value", "");
    assert!(!without_queries(&exported).contains(MARK), "{exported}");
    let listed = bed.run_with(CONFIG, &["sources", "list", "--format", "json"]).expect(0).out;
    assert!(!without_queries(&listed).contains(MARK), "{listed}");
    let mut site = Vec::new();
    files(&bed.path("site"), &mut site);
    assert!(!site.is_empty());
    for file in site {
        let bytes = std::fs::read(&file).expect("a file");
        assert!(!String::from_utf8_lossy(&bytes).contains(MARK), "{}", file.display());
    }
    let token = bed.file("token", "s3cr3t-0123456789abcdef");
    let server = Server::start(&bed, &["--token-file", token.to_str().expect("UTF-8")]);
    for path in ["/", "/atom.xml", "/feed.json", "/api/stories", "/nothing", "/?lang=s3cr3t-no"] {
        for shown in ["", "Authorization: Bearer s3cr3t-0123456789abcdef\r\n"] {
            let (_, head, body) = server.get(path, shown);
            assert!(!head.contains(MARK) && !body.contains(MARK), "{path}: {head}\n{body}");
        }
    }
}

#[test]
fn what_is_wrong_with_a_setting_is_said_without_its_secret() {
    let bed = Bed::new();
    for (config, exit) in [
        ("[[sources]]\nurl = \"https://user:s3cr3t@blatt example/feed\"\n", 2),
        ("[[sources]]\nurl = \"https://user:s3/cr3t-s3cr3t@blatt.example\"\n", 2),
        ("[[sources]]\nname = \"x\"\nurl = \"https://user:s3cr3t@blatt.example:port/feed?key=s3cr3t\"\n", 2),
        (
            "[[sources]]\nurl = \"https://a:s3cr3t@x.example/feed\"\n[[sources]]\nurl = \"https://b:s3cr3t@x.example/feed\"\n",
            2,
        ),
        ("[[sources]]\nurl = \"https://x.example/feed\"\ncredentials = [\"s3cr3t\"]\n", 2),
        ("[[sources]]\nurl = \"https://x.example/feed\"\nenabled = \"s3cr3t\"\n", 2),
        ("[[sources]]\nurl = \"https://x.example/feed\"\nkind = \"s3cr3t\"\n", 2),
        ("[notify]\nwebhook = [\"https://x.example/s3cr3t\"]\n", 2),
        ("[notify]\nwebhook = \"https://x.example/s3cr3t\n", 2),
        ("[store]\nurl = \"postgres://user:s3cr3t@host:port/db?password=s3cr3t\"\n", 2),
        (
            "[store]\nurl = \"postgres://user:s3cr3t@127.0.0.1:1/db?password=s3cr3t&sslmode=disable\"\nreconnect_seconds = 0\n",
            3,
        ),
        ("[store]\nurl = \"mysql://user:s3cr3t@127.0.0.1:1/db\"\n", 2),
        ("[store]\nurl = \"host=127.0.0.1 password=s3cr3t\"\n", 2),
        ("[fetch]\nproxy = \"http://user:s3cr3t@pro xy:1\"\n", 2),
    ] {
        let ran = quiet(&bed, config, &["run"]);
        assert_eq!(ran.code, exit, "{config}: {}", ran.err);
        assert!(!ran.err.contains("s3/cr3t") && ran.err.contains("hint: "), "{}", ran.err);
    }
}

#[test]
fn a_broken_list_names_its_lines_without_passwords() {
    let bed = Bed::new();
    let list = bed.file(
        "list.opml",
        "<opml><body><outline text='One' xmlUrl='https://one.example/feed'/>\
         <outline text='Two' xmlUrl='https://user:s3cr3t@two example/feed?key=s3cr3t'/>\
         <outline text='Three' xmlUrl='https://user:s3cr3t/feed'/></body></opml>",
    );
    let ran = bed.run(&["sources", "import", list.to_str().expect("UTF-8")]).expect(1);
    clean("import", &ran);
    assert!(ran.err.contains("two example") && ran.err.matches("failed: ").count() == 2, "{}", ran.err);
    let toml = bed.file("list.toml", "[[sources]]\nurl = \"https://user:s3cr3t@two example/feed\"\n");
    clean("import", &bed.run(&["sources", "import", toml.to_str().expect("UTF-8")]).expect(2));
}

#[test]
fn the_program_s_own_lines_hold_no_escape_of_a_stranger() {
    let evil = "ev\u{1b}[31m\u{9b}2Jil\u{7}\u{202e}\u{7f}x";
    let bed = own();
    let lists = bed.file(
        "evil.opml",
        format!(
            "<opml><body><outline text='{0}'><outline text='{0}' samestoryName='{0}' samestoryLinkPattern='{0}' \
             xmlUrl='https://one.example/feed'/></outline><outline text='x' xmlUrl='https://{0}/'/></body></opml>",
            evil.replace('\u{1b}', "&#x1b;").replace('\u{7}', "&#7;")
        ),
    );
    let lists = lists.to_str().expect("UTF-8");
    let line = serde_json::json!({"id": evil, "url": "https://a.example/a", "source": evil, "title": evil, "lang": "en",
        "published": "2026-11-11T08:00:00Z", "text": "The harbour was closed on Monday after a storm came in."});
    let other = serde_json::json!({"id": "b", "url": "https://b.example/b", "source": format!("b{evil}"), "title": "Closed",
        "lang": "en", "published": "2026-11-11T09:00:00Z", "text": "The harbour was closed on Monday after a storm came in."});
    let documents = bed.file("evil.jsonl", format!("{line}\n{other}\n{{\"{evil}\n"));
    let documents = documents.to_str().expect("UTF-8");
    let (named, second) = (evil, format!("b{evil}"));
    for arguments in [
        &["import", documents][..],
        &["sources", "import", lists],
        &["sources", "list"],
        &["sources", "list", "--format", "json"],
        &["sources", "export"],
        &["sources", "add", "https://one.example/feed", "--name", evil],
        &["sources", "add", evil],
        &["sources", "check", evil],
        &["sources", "remove", evil],
        &["apart", named, &second],
        &["words"],
        &["words", "--format", "json"],
        &["undo", "1"],
        &["apart", evil, "nobody"],
        &["recluster", "--dry-run"],
        &["recluster", "--dry-run", "--format", "json"],
        &["list", "--since", "all", "--peek"],
        &["list", "--since", "all", "--peek", "--format", "json"],
        &["list", "--since", "all", "--peek", "--format", "jsonl"],
        &["list", "--since", "all", "--peek", "--format", "jsonfeed"],
        &["list", "--since", "all", "--peek", "--format", "markdown"],
        &["search", "harbour"],
        &["search", "harbour", "--format", "json"],
        &["explain", "https://a.example/a"],
        &["explain", "https://a.example/a", "https://b.example/b"],
        &["explain", evil],
        &["show", evil],
        &["doctor"],
        &["doctor", "--format", "json"],
        &["extract", evil],
        &["publish", evil],
        &["restore", evil],
    ] {
        let ran = bed.run(arguments);
        for text in [&ran.out, &ran.err] {
            inert(&format!("{arguments:?}"), text);
        }
        if arguments.contains(&"json") && arguments[0] != "explain" {
            serde_json::from_str::<serde_json::Value>(&ran.out).expect("JSON");
        }
    }
}

#[test]
fn what_is_exported_reads_back_whatever_signs_it_holds() {
    let evil = "ev\u{9b}2Jil\u{202e}\u{7f}\u{200f}x\ty";
    let mut source = samestory_model::Source::feed("x", "https://one.example/feed".parse().expect("an address"));
    source.title = Some(evil.to_owned());
    source.link_pattern = Some(format!("{evil}\u{1b}[31m\u{7}"));
    let written = samestory_extract::feed::opml::write(std::slice::from_ref(&source));
    inert("export", &written);
    let (read, bad) = samestory_extract::feed::opml::read(&written);
    // But for what XML has no way to write.
    assert_eq!(read[0].link_pattern, Some(format!("{evil}[31m")));
    assert_eq!((read[0].title.as_deref(), bad), (Some(evil), Vec::new()));
}
