//! What others read: feeds by their own rules, the site of files, and the server.

use super::bed::Bed;
use super::engines::{over_engines, server_beds};
use super::reading::own;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub struct Server {
    pub child: Child,
    pub addr: String,
}

impl Server {
    pub fn start(bed: &Bed, more: &[&str]) -> Self {
        let mut arguments = vec!["serve", "--bind", "127.0.0.1:0"];
        arguments.extend_from_slice(more);
        let mut command = bed.command(&arguments);
        // An hour for each request: a busy machine refuses none, and time takes no connection back.
        command.env("SAMESTORY_SERVE__TIMEOUT", "3600");
        let mut child = command.stderr(Stdio::piped()).spawn().expect("it starts");
        let mut line = String::new();
        BufReader::new(child.stderr.as_mut().expect("stderr")).read_line(&mut line).expect("a line");
        let addr = line.trim().strip_prefix("listening on http://").expect(&line).trim_end_matches('/').to_owned();
        Self { child, addr }
    }

    pub fn raw(&self, head: &str) -> (u16, String, String) {
        let mut stream = TcpStream::connect(&self.addr).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_mins(5))).expect("a limit");
        stream.write_all(head.as_bytes()).expect("sent");
        let mut out = Vec::new();
        stream.read_to_end(&mut out).expect("an answer");
        let text = String::from_utf8(out).expect("UTF-8");
        let (head, body) = text.split_once("\r\n\r\n").expect("head and body");
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        (status, head.to_lowercase(), body.to_owned())
    }

    pub fn get(&self, path: &str, more: &str) -> (u16, String, String) {
        let host = &self.addr;
        self.raw(&format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{more}\r\n"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn hostile() -> Bed {
    let bed = Bed::new();
    let long = "x".repeat(10_000);
    let text = "The harbour of Skerrin was closed on Monday after a storm. Forty boats were damaged, the mayor said.";
    let line = json!({"id": "1", "url": "javascript:alert(1)", "lang": "en", "source": "</title><script>alert(1)</script>",
        "published": "2026-11-11T08:00:00Z", "text": text,
        "title": format!("<img src=x onerror=alert(1)> &amp; \u{202e}evil\u{1b}[31m\u{61c}\u{0} ]]> {long}")});
    let file = bed.file("hostile.jsonl", format!("{line}\n"));
    bed.run(&["import", file.to_str().expect("UTF-8")]);
    bed
}

/// Holds a feed to RFC 4287; gives the ids of its entries.
fn by_rfc_4287(feed: &str) -> Vec<String> {
    let parsed = quick_xml::Reader::from_str(feed);
    let mut reader = parsed;
    let (mut path, mut ids, mut text) = (Vec::<String>::new(), Vec::new(), String::new());
    let (mut fields, mut alternates): (Vec<String>, BTreeSet<(String, String)>) = Default::default();
    loop {
        use quick_xml::events::Event;
        let event = reader.read_event().expect("well-formed");
        if let Event::Start(tag) | Event::Empty(tag) = &event {
            let name = tag.name().as_ref().to_owned();
            let attribute = |name: &str| {
                let found = tag.try_get_attribute(name).expect("attributes");
                found.map(|one| one.value.into_owned()).unwrap_or_default()
            };
            if name == "entry" {
                (fields, alternates) = Default::default();
            }
            if name == "link" {
                let href = attribute("href");
                assert!(href.starts_with("http://") || href.starts_with("https://"), "{href}");
                if attribute("rel") == "alternate" && path.len() == 2 {
                    assert!(alternates.insert((attribute("type"), attribute("hreflang"))), "two alternates: {href}");
                }
            }
        }
        match event {
            Event::Start(tag) => {
                path.push(tag.name().as_ref().to_owned());
                text.clear();
            }
            Event::Text(part) => text.push_str(&part),
            Event::End(_) => {
                let name = path.pop().expect("open");
                if path.len() == 2 {
                    if ["updated", "published"].contains(&name.as_str()) {
                        text.parse::<jiff::Timestamp>().expect("RFC 3339");
                    }
                    if name == "id" {
                        assert!(text.starts_with("urn:samestory:story:s"), "{text}");
                        ids.push(text.clone());
                    }
                    fields.push(name.clone());
                }
                if name == "entry" {
                    for wanted in ["id", "title", "updated", "content"] {
                        assert_eq!(fields.iter().filter(|name| *name == wanted).count(), 1, "{wanted}");
                    }
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    for wanted in ["<feed xmlns=\"http://www.w3.org/2005/Atom\">\n  <id>", "<updated>", "<title>", "<author><name>"] {
        assert!(feed.contains(wanted), "{wanted}");
    }
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    ids
}

fn by_json_feed(text: &str) -> Vec<String> {
    let feed: Value = serde_json::from_str(text).expect("JSON");
    assert_eq!(feed["version"], "https://jsonfeed.org/version/1.1");
    assert!(feed["title"].is_string());
    let items = feed["items"].as_array().expect("items");
    let ids: Vec<String> = items.iter().map(|item| item["id"].as_str().expect("an id").to_owned()).collect();
    for item in items {
        assert!(item["content_html"].is_string() && item["_samestory"]["versions"].is_array());
        for field in ["date_published", "date_modified"] {
            item[field].as_str().expect("a time").parse::<jiff::Timestamp>().expect("RFC 3339");
        }
    }
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    ids
}

#[test]
fn feeds_hold_to_their_rules_and_have_one_entry_a_story() {
    let bed = own();
    let server = Server::start(&bed, &[]);
    let atom = by_rfc_4287(&server.get("/atom.xml", "").2);
    let json = by_json_feed(&server.get("/feed.json", "").2);
    assert_eq!(atom, json);
    assert_eq!(atom.len(), bed.run(&["list", "--since", "all", "--format", "jsonl"]).expect(0).json_lines().len());
    let german = by_rfc_4287(&server.get("/atom.xml?lang=de", "").2);
    assert!(!german.is_empty() && german.len() < atom.len());
    assert_eq!(by_json_feed(&bed.run(&["list", "--since", "all", "--format", "jsonfeed"]).expect(0).out), atom);
}

#[test]
fn the_interface_equals_the_command_line_and_its_description() {
    let bed = own();
    let server = Server::start(&bed, &[]);
    let listed = bed.run(&["list", "--since", "all", "--peek", "--format", "json"]).expect(0).out;
    assert_eq!(server.get("/api/stories", "").2, listed);
    let all: Value = serde_json::from_str(&listed).expect("JSON");
    let id = all["stories"][0]["story"].as_str().expect("an id");
    assert_eq!(
        server.get(&format!("/api/stories/{id}"), "").2,
        bed.run(&["show", id, "--format", "json"]).expect(0).out
    );
    let described: Value = serde_json::from_str(&server.get("/openapi.json", "").2).expect("JSON");
    let paths = described["paths"].as_object().expect("paths");
    let known: BTreeSet<&str> = samestory::serve::PATHS.iter().copied().collect();
    assert_eq!(paths.keys().map(String::as_str).collect::<BTreeSet<_>>(), known);
    let stories = all["stories"].as_array().expect("stories").iter();
    let articles = stories.flat_map(|story| story["articles"].as_array().expect("articles"));
    let pair = articles.map(|article| &article["documents"]).find(|versions| versions[1].is_object()).expect("a pair");
    let version = |place: usize| pair[place]["document"].as_str().expect("an id");
    for (path, about) in paths {
        let path = path.replace("{story}", id).replace("{number}", "1");
        let (status, head, body) = server.get(&path.replace("{one}", version(0)).replace("{other}", version(1)), "");
        assert_eq!(status, 200, "{path}");
        let content = about["get"]["responses"]["200"]["content"].as_object().expect("content");
        let (kind, form) = content.iter().next().expect("a type");
        assert!(head.contains(&format!("content-type: {kind}")), "{path}: {head}");
        if kind.contains("json") {
            fits(&serde_json::from_str(&body).expect("JSON"), &form["schema"], &described, &path);
        }
    }
}

#[test]
fn only_versions_of_one_article_are_compared() {
    let bed = own();
    let listed: Value =
        serde_json::from_str(&bed.run(&["list", "--since", "all", "--peek", "--format", "json"]).expect(0).out)
            .expect("JSON");
    let stories = listed["stories"].as_array().expect("stories");
    let articles = stories.iter().flat_map(|story| story["articles"].as_array().expect("articles"));
    let versions: Vec<&Vec<Value>> =
        articles.map(|article| article["documents"].as_array().expect("versions")).collect();
    let id = |version: &Value| version["document"].as_str().expect("an id").to_owned();
    let server = Server::start(&bed, &[]);
    let compared = |one: &str, other: &str| server.get(&format!("/compare/{one}/{other}.html"), "");
    let two = versions.iter().find(|versions| versions.len() > 1).expect("two versions");
    let (status, _, body) = compared(&id(&two[0]), &id(&two[1]));
    assert!(status == 200 && body.contains("What each version left out"), "{status}: {body}");
    let elsewhere = versions.iter().find(|others| id(&others[0]) != id(&two[0])).expect("another article");
    for (one, other) in [(id(&two[0]), id(&elsewhere[0])), (id(&two[0]), id(&two[0])), (id(&two[0]), "d1".to_owned())] {
        assert_eq!(compared(&one, &other).0, 404, "{one} {other}");
    }
}

/// Holds a value to a schema: types, required fields, and no field that is not described.
fn fits(value: &Value, schema: &Value, whole: &Value, at: &str) {
    if let Some(name) = schema["$ref"].as_str() {
        return fits(value, whole.pointer(&name[1..]).expect(name), whole, at);
    }
    let is = |kind: &str| match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        other => panic!("{other}"),
    };
    let kinds = schema["type"].as_array().cloned().unwrap_or_else(|| vec![schema["type"].clone()]);
    assert!(kinds.iter().any(|kind| is(kind.as_str().expect("a type"))), "{at}: {value}");
    for field in schema["required"].as_array().into_iter().flatten() {
        assert!(value.get(field.as_str().expect("a name")).is_some(), "{at} lacks {field}");
    }
    if let (Some(properties), Some(object)) = (schema["properties"].as_object(), value.as_object()) {
        for (name, inner) in object {
            fits(inner, properties.get(name).unwrap_or_else(|| panic!("{at}.{name}")), whole, &format!("{at}.{name}"));
        }
    }
    for inner in value.as_array().into_iter().flatten() {
        fits(inner, &schema["items"], whole, at);
    }
}

#[test]
fn what_is_known_is_not_sent_again_and_strangers_are_refused() {
    let bed = own();
    let server = Server::start(&bed, &[]);
    for path in ["/", "/atom.xml", "/feed.json", "/api/stories"] {
        let (_, head, body) = server.get(path, "");
        assert!(!body.is_empty() && body.len() < 100_000 || path.starts_with("/api"), "{path}: {}", body.len());
        for (name, asked) in [("etag: ", "If-None-Match"), ("last-modified: ", "If-Modified-Since")] {
            let value = head.lines().find_map(|line| line.strip_prefix(name)).expect(name);
            // Header names were lowered with the head; times are written anew as they were.
            let value = if name == "etag: " { value.to_owned() } else { as_sent(&server, path) };
            let (status, _, body) = server.get(path, &format!("{asked}: {value}\r\n"));
            assert_eq!((status, body.as_str()), (304, ""), "{path} {asked}");
        }
    }
    let head = |line: &str, host: &str| server.raw(&format!("{line}\r\nHost: {host}\r\nConnection: close\r\n\r\n")).0;
    assert_eq!(head("GET / HTTP/1.1", "evil.example"), 421);
    assert_eq!(head("POST / HTTP/1.1", "localhost"), 405);
    assert_eq!(head("HEAD / HTTP/1.1", "localhost"), 200);
    assert_eq!(server.get("/story/../../etc/passwd", "").0, 404);
    assert_eq!(server.get("/?lang=<script>", "").0, 400);
    assert_eq!(server.get("/", &format!("X: {}\r\n", "a".repeat(40_000))).0, 431);
}

fn as_sent(server: &Server, path: &str) -> String {
    let mut stream = TcpStream::connect(&server.addr).expect("a connection");
    let host = &server.addr;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").expect("sent");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("an answer");
    let name = "last-modified: ";
    text.lines().find_map(|line| line.strip_prefix(name)).expect(name).to_owned()
}

#[test]
fn others_are_let_in_only_by_a_flag_and_a_token() {
    let bed = own();
    let refused = bed.run(&["serve", "--bind", "0.0.0.0:0"]).expect(2);
    assert!(refused.err.contains("--expose"), "{}", refused.err);
    let short = bed.file("short", "abc");
    bed.run(&["serve", "--bind", "0.0.0.0:0", "--expose", "--token-file", short.to_str().expect("UTF-8")]).expect(2);
    let file = bed.file("token", "0123456789abcdefTOKEN\n");
    let server = Server::start(&bed, &["--token-file", file.to_str().expect("UTF-8")]);
    assert_eq!(server.get("/", "").0, 401);
    assert_eq!(server.get("/?token=wrong", "").0, 401);
    assert_eq!(server.get("/", "Authorization: Bearer 0123456789abcdefTOKEN\r\n").0, 200);
    let (status, head, body) = server.get("/?token=0123456789abcdefTOKEN", "");
    assert!(status == 200 && head.contains("httponly") && !body.contains("abcdefTOKEN"), "{head}");
}

#[test]
fn a_server_ends_in_order_and_stands_two_hundred_connections() {
    let bed = own();
    let mut server = Server::start(&bed, &[]);
    let held: Vec<TcpStream> = (0..200).map(|_| TcpStream::connect(&server.addr).expect("a connection")).collect();
    assert_eq!(server.get("/", "").0, 200);
    drop(held);
    let pid = server.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill").success());
    assert_eq!(server.child.wait().expect("an end").code(), Some(0));
}

#[test]
fn hostile_words_are_inert_on_pages_and_feeds() {
    let bed = hostile();
    let site = bed.path("site");
    bed.run(&["publish", site.to_str().expect("UTF-8")]).expect(0);
    let read = |name: &str| std::fs::read_to_string(site.join(name)).expect(name);
    let story = std::fs::read_dir(site.join("story")).expect("pages").next().expect("a page").expect("a file").path();
    let story = std::fs::read_to_string(story).expect("a page");
    by_rfc_4287(&read("atom.xml"));
    by_json_feed(&read("feed.json"));
    // Titles and names in JSON are plain text; what is HTML there is held to the rules of HTML.
    let json: Value = serde_json::from_str(&read("feed.json")).expect("JSON");
    let item = &json["items"][0];
    assert!(!item["title"].as_str().expect("a title").chars().any(char::is_control));
    let content = item["content_html"].as_str().expect("HTML").to_owned();
    for text in [read("index.html"), story, read("atom.xml"), content] {
        assert!(text.contains("evil"), "the title is there");
        assert!(text.len() < 100_000 && !text.contains(&"x".repeat(400)), "{}", text.len());
        for harm in ["<script", "<img", "javascript:", "\u{202e}", "\u{61c}", "\u{1b}", "\u{0}", "\\u001b"] {
            assert!(!text.contains(harm), "{harm:?}");
        }
    }
}

#[test]
fn a_site_is_written_anew_without_touching_what_others_put_there() {
    let bed = own();
    let site = bed.path("site");
    let folder = site.to_str().expect("UTF-8");
    bed.run(&["publish", folder]).expect(0);
    std::fs::write(site.join("mine.html"), "mine").expect("a file");
    let pages = || std::fs::read_dir(site.join("story")).expect("pages").count();
    let before = pages();
    assert!(bed.run(&["publish", folder]).expect(0).err.contains("; 0 files written, 0 removed"));
    bed.run(&["publish", folder, "--lang", "de"]).expect(0);
    assert!(pages() < before && pages() > 0);
    assert_eq!(std::fs::read_to_string(site.join("mine.html")).expect("mine"), "mine");
    let other = bed.file("other/index.html", "not ours");
    let ran = bed.run(&["publish", other.parent().expect("a folder").to_str().expect("UTF-8")]).expect(2);
    assert!(ran.err.contains("was not written by samestory"), "{}", ran.err);
    assert_eq!(std::fs::read_to_string(other).expect("theirs"), "not ours");
}

fn the_pages_show_what_comes_to_a_server_while_they_are_served() {
    for bed in server_beds() {
        let store = bed.writer();
        store.commit(&super::store::commit(&[("seals", "a", 0, 1, 1)])).expect("room");
        let server = Server::start(&bed, &[]);
        let (status, head, body) = server.get("/api/stories", "");
        assert_eq!(status, 200);
        assert!(body.contains("seals") && !body.contains("storm"), "{body}");
        let tag = head.lines().find_map(|line| line.strip_prefix("etag: ")).expect("a tag").to_owned();
        assert_eq!(server.get("/api/stories", &format!("If-None-Match: {tag}\r\n")).0, 304);
        store.commit(&super::store::commit(&[("storm", "b", 1, 2, 2)])).expect("room");
        let (status, _, body) = server.get("/api/stories", &format!("If-None-Match: {tag}\r\n"));
        assert_eq!(status, 200);
        assert!(body.contains("storm"), "{body}");
        // The database is restarted, as far as an open connection sees.
        super::distant::cut(&bed);
        assert_eq!(server.get("/api/stories", "").0, 200);
    }
}

over_engines! {
    postgres: [
        the_pages_show_what_comes_to_a_server_while_they_are_served,
    ]
}
