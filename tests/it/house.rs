//! Checks the house itself: arrows between modules go one way, files say what they do, documents
//! that quote the program agree with it.

use super::bed::Bed;
use std::path::{Path, PathBuf};

/// What each room may use (docs/ARCHITECTURE.md); every room may use itself. A room is a crate in `crates/`, a module of one
/// that stands in this table by itself, or a module of the program.
const MAY_USE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("languages", &["model"]),
    ("dates", &["languages", "model"]),
    ("markup", &["model"]),
    ("feed", &["dates", "markup", "model"]),
    ("article", &["dates", "languages", "markup", "model"]),
    ("understand", &["languages", "model"]),
    ("cluster", &["languages", "model", "understand"]),
    ("align", &["cluster", "languages", "model", "understand"]),
    ("search", &["cluster", "model", "understand"]),
    ("store", &["model"]),
    ("config", &["article", "cluster", "model", "understand"]),
    ("fetch", &["config", "model"]),
    ("schedule", &["config", "model"]),
    ("show", &["model", "search"]),
    ("notify", &["config", "fetch", "model", "show", "store"]),
    ("publish", &["config", "model", "show", "store"]),
    ("serve", &["model", "publish", "show", "store"]),
    ("demo", &["config", "model"]),
    ("evaluate", &["model"]),
    (
        "pipeline",
        &[
            "article",
            "cluster",
            "config",
            "evaluate",
            "feed",
            "fetch",
            "markup",
            "model",
            "schedule",
            "search",
            "store",
            "understand",
        ],
    ),
    (
        "cli",
        &[
            "align",
            "article",
            "cluster",
            "config",
            "demo",
            "evaluate",
            "feed",
            "fetch",
            "markup",
            "model",
            "notify",
            "pipeline",
            "publish",
            "schedule",
            "search",
            "serve",
            "show",
            "store",
            "understand",
        ],
    ),
];

/// The modules of a crate that are rooms by themselves; the rest of it is one.
const ROOMS_OF: &[(&str, &[&str])] = &[
    ("model", &["dates", "languages", "markup"]),
    ("extract", &["article", "feed"]),
    ("cluster", &["align", "search"]),
];

/// The room of a path in the code of a crate ("" is the program).
fn room(home: &str, path: &str) -> String {
    let inside = path.split(|sign: char| !(sign.is_ascii_lowercase() || sign == '_')).next().unwrap_or_default();
    let apart = ROOMS_OF.iter().any(|(name, rooms)| *name == home && rooms.contains(&inside));
    if apart || home.is_empty() { inside.to_owned() } else { home.to_owned() }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

/// Each file of the program and of the libraries: its crate ("" for the program), its room, its path and text.
fn sources() -> Vec<(String, String, PathBuf, String)> {
    let crates = std::fs::read_dir(root().join("crates")).expect("crates").flatten();
    let mut homes = vec![(String::new(), root().join("src"))];
    homes.extend(crates.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path().join("src"))));
    let mut all = Vec::new();
    for (home, folder) in homes {
        let mut files = Vec::new();
        rust_files(&folder, &mut files);
        for path in files {
            let inside = path.strip_prefix(&folder).expect("inside the folder").to_owned();
            let first = inside.components().next().expect("a name").as_os_str().to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&path).expect("UTF-8");
            all.push((home.clone(), room(&home, first.trim_end_matches(".rs")), path, text));
        }
    }
    assert!(all.len() > 250, "{} files", all.len());
    all
}

#[test]
fn arrows_between_rooms_go_one_way() {
    for (home, name, path, text) in sources() {
        let Some((_, allowed)) = MAY_USE.iter().find(|(room, _)| *room == name) else {
            let root = ["lib", "main", "extract"].contains(&name.as_str());
            assert!(root, "{name} is in no table: {}", path.display());
            continue;
        };
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            let here = line.split("crate::").skip(1).map(|part| room(&home, part));
            let there = line.split("samestory_").skip(1).filter_map(|part| {
                let (crate_name, rest) = part.split_once("::")?;
                crate_name.chars().all(|sign| sign.is_ascii_lowercase()).then(|| room(crate_name, rest))
            });
            for used in here.chain(there) {
                let known = MAY_USE.iter().any(|(room, _)| *room == used) || used == "extract";
                let fine = used == name || allowed.contains(&used.as_str()) || used.is_empty();
                assert!(fine && known, "{} uses {used}", path.display());
            }
        }
    }
}

#[test]
fn every_file_says_first_what_it_does() {
    for (_, _, path, text) in sources() {
        assert!(text.starts_with("//! "), "{}", path.display());
        assert!(text.lines().count() <= 600, "{} is too long", path.display());
    }
}

#[test]
fn the_architecture_page_names_every_module() {
    let page = std::fs::read_to_string(root().join("docs/ARCHITECTURE.md")).expect("the page");
    for (module, _) in MAY_USE {
        assert!(page.contains(&format!("`{module}")), "{module}");
    }
}

#[test]
fn the_readme_shows_the_help_as_it_is_and_only_commands_that_exist() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("README.md");
    let help = Bed::new().run(&["--help"]).expect(0).out;
    let shown: Vec<&str> = help.lines().skip_while(|line| !line.starts_with("Commands:")).skip(1).collect();
    let commands: Vec<&str> =
        shown.iter().take_while(|line| !line.is_empty()).filter_map(|line| line.split_whitespace().next()).collect();
    assert!(commands.len() >= 13, "{commands:?}");
    for line in shown.iter().take_while(|line| !line.is_empty()) {
        assert!(readme.contains(line.trim_end()), "README.md lacks the line `{line}`");
    }
    let page = |name: &str| std::fs::read_to_string(root().join(name)).expect("a page of the documentation");
    for text in [&readme, &page("seeds/README.md"), &page("docs/GUIDE.md")] {
        // Commands stand in fenced blocks, with or without a prompt.
        let fenced: String = text.split("```").skip(1).step_by(2).collect::<Vec<_>>().join("\n");
        for part in fenced.replace("\n$ ", "\n").split("\nsamestory ").skip(1) {
            let word = part.split_whitespace().next().unwrap_or_default();
            let known = commands.contains(&word) || word.starts_with('-');
            assert!(known, "`samestory {word}` is no command");
        }
    }
}

#[test]
fn shipped_sources_read_without_a_complaint() {
    let bed = Bed::new();
    for name in ["vietnam.toml", "vietnam.opml"] {
        let path = root().join("seeds").join(name);
        let ran = bed.run(&["sources", "import", path.to_str().expect("UTF-8")]).expect(0);
        let number = if name == "vietnam.toml" { "following 14 more" } else { "following 0 more" };
        assert!(ran.err.contains(number), "{}", ran.err);
    }
    let listed: serde_json::Value =
        serde_json::from_str(&bed.run(&["sources", "list", "--format", "json"]).expect(0).out).expect("JSON");
    assert_eq!(listed["sources"].as_array().map(Vec::len), Some(14));
}

#[test]
fn digests_of_shipped_data_are_as_written() {
    use sha2::{Digest, Sha256};
    let page = std::fs::read_to_string(root().join("data/README.md")).expect("data/README.md");
    let mut total = 0;
    for folder in ["data", "data/model"] {
        for entry in std::fs::read_dir(root().join(folder)).expect("a folder").flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let ours = [".md", ".py", ".toml"].iter().any(|end| name.ends_with(end));
            if entry.path().is_dir() || ours {
                continue;
            }
            let bytes = std::fs::read(entry.path()).expect("a file");
            let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            assert!(page.contains(&digest), "{name}: {digest} does not stand in data/README.md");
            assert!(bytes.len() <= 30 << 20, "{name} is too large");
            total += bytes.len();
        }
    }
    assert!(total <= 60 << 20, "{total} bytes");
}

fn name_of(package: &toml::Value) -> &str {
    package["name"].as_str().expect("a name")
}

#[test]
fn the_notice_names_every_crate_with_its_licence() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| std::fs::read_to_string(root.join(name)).expect("a file of the repository");
    let (lock, notice): (toml::Table, String) = (read("Cargo.lock").parse().expect("TOML"), read("NOTICE"));
    // What comes from no registry is the workspace's own.
    let ours = |package: &toml::Value| package.get("source").is_none() && name_of(package).starts_with("samestory");
    for package in lock["package"].as_array().expect("packages") {
        let (name, version) = (name_of(package), package["version"].as_str().expect("one"));
        let line = format!("   {name} {version}: ");
        let named = notice.lines().any(|text| text.starts_with(&line) && text.len() > line.len());
        assert!(named || ours(package), "{name} {version}: cargo run -p samestory-tools --bin make_notice");
    }
}

/// What `cargo deny check bans sources` says, as far as the lock file knows it (`.ci/run`).
#[test]
fn no_crate_is_denied_and_each_comes_from_crates_io_or_a_path() {
    let table = |name: &str| {
        let text = std::fs::read_to_string(root().join(name)).expect("a file of the repository");
        text.parse::<toml::Table>().expect("TOML")
    };
    let (deny, lock) = (table("deny.toml"), table("Cargo.lock"));
    let denied: Vec<&str> = deny["bans"]["deny"]
        .as_array()
        .expect("bans.deny")
        .iter()
        .map(|ban| ban["crate"].as_str().expect("a crate"))
        .collect();
    assert!(!denied.is_empty(), "deny.toml denies no crate");
    for package in lock["package"].as_array().expect("packages") {
        let name = package["name"].as_str().expect("a name");
        assert!(!denied.contains(&name), "{name} is in bans.deny of deny.toml");
        // A package of a path has no source.
        let source = package.get("source").and_then(toml::Value::as_str);
        let known = source.is_none_or(|source| source == "registry+https://github.com/rust-lang/crates.io-index");
        assert!(known, "{name} comes from {source:?}");
    }
}

fn pages(folder: &Path, found: &mut Vec<PathBuf>) {
    for path in std::fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            pages(&path, found);
        } else if path.extension().is_some_and(|end| end == "md") {
            found.push(path);
        }
    }
}

#[test]
fn links_between_the_documents_lead_to_files() {
    let mut found: Vec<PathBuf> = ["README.md", "CONTRIBUTING.md", "SECURITY.md"].map(|name| root().join(name)).into();
    for folder in ["data", "docs", "seeds", "tests/fixtures"] {
        pages(&root().join(folder), &mut found);
    }
    assert!(found.len() > 10, "{} pages", found.len());
    for page in found {
        let text = std::fs::read_to_string(&page).expect("UTF-8");
        // What stands in fenced blocks is no link.
        let prose: String = text.split("```").step_by(2).collect();
        for link in prose.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = link.split('#').next().unwrap_or_default();
            if path.is_empty() || path.contains("://") || path.contains(char::is_whitespace) {
                continue;
            }
            let folder = page.parent().expect("a folder");
            assert!(folder.join(path).exists(), "{} links to {path}, which is not there", page.display());
        }
    }
}
