//! Checks the invented world: that it holds what it promises, that its truth fits it, and that its
//! server answers every kind of trouble over a real loopback request.

use samestory::demo::{
    Behaviour, Charset, Content, Difference, Expected, Format, Running, Truth, World, compare, world_jsonl,
};
use samestory::model::{ArticleId, ArticleView, Change, DocumentId, DocumentView, Role, StoryId, StoryView};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

struct Reply {
    status: u16,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl Reply {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

async fn ask(addr: SocketAddr, host: &str, path: &str, extra: &[(&str, &str)]) -> Reply {
    let mut stream = TcpStream::connect(addr).await.expect("the world listens");
    let mut request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    for (name, value) in extra {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");
    stream.write_all(request.as_bytes()).await.expect("a request");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.expect("an answer");
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    Reply { status: status.expect("a status"), headers, body: bytes[end + 4..].to_vec() }
}

async fn served() -> (World, Running) {
    let world = World::load();
    let running = world.clone().serve().await.expect("a port");
    (world, running)
}

fn read(body: &[u8], charset: Charset) -> String {
    match charset {
        Charset::Utf8 | Charset::SaysLatin1 => String::from_utf8(body.to_vec()).expect("UTF-8"),
        Charset::SaysUtf8 => encoding_rs::WINDOWS_1252.decode(body).0.into_owned(),
        Charset::Cyrillic => encoding_rs::WINDOWS_1251.decode(body).0.into_owned(),
    }
}

#[test]
fn the_world_is_as_large_and_varied_as_promised() {
    let world = World::load();
    let truth = world.truth();
    assert!(truth.documents.len() >= 45, "{} documents", truth.documents.len());
    assert!(truth.stories() >= 16, "{} stories", truth.stories());
    assert!(truth.languages() >= 8, "{} languages", truth.languages());
    let formats: BTreeSet<Format> = world.publishers.iter().map(|publisher| publisher.format).collect();
    assert_eq!(formats.len(), 8, "{formats:?}");
    let hosts: BTreeSet<&str> = world.publishers.iter().map(|publisher| publisher.host.as_str()).collect();
    assert!(hosts.len() >= 6);
    assert!(hosts.iter().all(|host| host.ends_with(".example")));
    for role in [Role::Original, Role::Translation, Role::Copy, Role::Update] {
        assert!(truth.documents.iter().any(|document| document.role == role), "no {role:?}");
    }
    for document in &truth.documents {
        assert!((5..=14).contains(&document.paragraphs.len()), "{}: {}", document.url, document.paragraphs.len());
    }
}

#[test]
fn no_two_texts_share_an_address_and_a_revision() {
    let world = World::load();
    let mut seen = BTreeSet::new();
    for document in &world.documents {
        assert!(seen.insert((document.url(), document.revision)), "{}", document.url());
        assert!(document.updated.unwrap_or(document.published) <= World::now(document.pass), "{}", document.url());
    }
}

#[test]
fn every_article_lies_in_one_story_and_has_one_original() {
    let truth = World::load().truth();
    let mut stories: BTreeMap<&str, &str> = BTreeMap::new();
    let mut originals: BTreeMap<&str, usize> = BTreeMap::new();
    for document in &truth.documents {
        assert_eq!(*stories.entry(&document.article).or_insert(&document.story), document.story, "{}", document.url);
        *originals.entry(&document.article).or_default() += usize::from(document.role == Role::Original);
    }
    for (article, count) in originals {
        assert_eq!(count, 1, "{article}");
    }
}

#[test]
fn what_must_not_be_read_is_no_part_of_what_must() {
    let truth = World::load().truth();
    for document in &truth.documents {
        for paragraph in &document.paragraphs {
            for (host, left) in &truth.leftovers {
                let here = document.url.starts_with(&format!("http://{host}/"));
                assert!(!(here && paragraph.contains(left)), "{}: {left}", document.url);
            }
        }
    }
}

#[tokio::test]
async fn every_document_is_linked_from_its_list_and_stands_on_its_page() {
    let (world, running) = served().await;
    for pass in [1, 2] {
        running.set_pass(pass);
        for publisher in &world.publishers {
            if publisher.name == "eilbote" && pass == 1 {
                continue;
            }
            let list = ask(running.addr, &publisher.host, &publisher.feed, &[]).await;
            assert_eq!(list.status, 200, "{}", publisher.name);
            let list = read(&list.body, publisher.charset);
            for document in world.listed(publisher, pass) {
                assert!(list.contains(&document.path), "{} does not list {}", publisher.name, document.path);
                let page = ask(running.addr, &publisher.host, &document.path, &[]).await;
                assert_eq!(page.status, 200, "{}", document.url());
                let page = read(&page.body, publisher.charset).replace("&quot;", "\"").replace("&amp;", "&");
                for paragraph in &document.paragraphs {
                    assert!(page.contains(paragraph.as_str()) || publisher.charset == Charset::SaysUtf8, "{paragraph}");
                }
                assert!(document.source.as_ref().is_none_or(|address| page.contains(address)), "{}", document.url());
                assert!(!page.contains("{{"), "{}", document.url());
            }
        }
    }
    running.stop().await;
}

#[tokio::test]
async fn what_must_not_be_read_is_really_there() {
    let (world, running) = served().await;
    running.set_pass(2);
    for publisher in &world.publishers {
        let document = world.listed(publisher, 2)[0];
        let page = ask(running.addr, &publisher.host, &document.path, &[]).await;
        let page = read(&page.body, publisher.charset);
        for left in &publisher.leftovers {
            assert!(page.contains(left), "{} has no `{left}`", publisher.name);
        }
        assert!(publisher.others.iter().any(|headline| page.contains(headline)), "{}", publisher.name);
    }
    running.stop().await;
}

#[tokio::test]
async fn an_unchanged_list_answers_304_and_a_changed_one_does_not() {
    let (world, running) = served().await;
    for publisher in world.publishers.iter().filter(|publisher| publisher.name != "eilbote") {
        running.set_pass(1);
        let first = ask(running.addr, &publisher.host, &publisher.feed, &[]).await;
        let (etag, modified) = (first.header("etag").to_owned(), first.header("last-modified").to_owned());
        assert!(!(etag.is_empty() && modified.is_empty()), "{} sends no validator", publisher.name);
        let mut known = Vec::new();
        if !etag.is_empty() {
            known.push(("If-None-Match", etag.as_str()));
        }
        if !modified.is_empty() {
            known.push(("If-Modified-Since", modified.as_str()));
        }
        let again = ask(running.addr, &publisher.host, &publisher.feed, &known).await;
        assert_eq!((again.status, again.body.len()), (304, 0), "{}", publisher.name);
        running.set_pass(2);
        let later = ask(running.addr, &publisher.host, &publisher.feed, &known).await;
        let news = world.documents.iter().any(|document| document.publisher == publisher.name && document.pass == 2);
        assert_eq!(later.status, if news { 200 } else { 304 }, "{}", publisher.name);
    }
    running.stop().await;
}

#[tokio::test]
async fn troubled_sources_answer_as_described() {
    let (world, running) = served().await;
    for (pass, number) in [(1u8, 0usize), (2, 1)] {
        running.set_pass(pass);
        for source in &world.troubled {
            let reply = ask(running.addr, &source.host, &source.path, &[]).await;
            match [source.first, source.second][number] {
                Behaviour::Gone => assert_eq!(reply.status, 410),
                Behaviour::Busy => assert_eq!((reply.status, reply.header("retry-after")), (429, "7200")),
                Behaviour::Html => {
                    assert_eq!(reply.status, 200);
                    assert!(String::from_utf8_lossy(&reply.body).contains("<html"));
                }
                Behaviour::Ordinary => assert_eq!(reply.status, 200),
                Behaviour::Silent => {}
            }
        }
    }
    let settings = world.settings(&running.addr);
    let deaf = world.troubled.iter().find(|source| source.first == Behaviour::Silent).expect("one is silent");
    let place: SocketAddr = settings.fetch.hosts[&deaf.host].parse().expect("an address");
    assert!(TcpStream::connect(place).await.is_err());
    running.stop().await;
}

#[tokio::test]
async fn charsets_are_declared_wrongly_in_both_directions() {
    let (world, running) = served().await;
    let of = |charset| world.publishers.iter().find(|publisher| publisher.charset == charset).expect("one such");
    let latin = of(Charset::SaysLatin1);
    let reply = ask(running.addr, &latin.host, &latin.feed, &[]).await;
    let text = String::from_utf8(reply.body).expect("UTF-8 in truth");
    assert!(text.contains("encoding=\"ISO-8859-1\"") && text.contains('å'));
    let utf = of(Charset::SaysUtf8);
    let reply = ask(running.addr, &utf.host, &utf.feed, &[]).await;
    assert!(String::from_utf8(reply.body.clone()).is_err());
    assert!(String::from_utf8_lossy(&reply.body).contains("encoding=\"UTF-8\""));
    let cyrillic = of(Charset::Cyrillic);
    let page = ask(running.addr, &cyrillic.host, &world.listed(cyrillic, 1)[0].path, &[]).await;
    assert_eq!(page.header("content-type"), "text/html");
    assert!(String::from_utf8_lossy(&page.body).contains("charset=windows-1251"));
    running.stop().await;
}

#[tokio::test]
async fn gzip_comes_only_when_accepted_and_a_redirect_leads_to_the_list() {
    let (world, running) = served().await;
    let packed = world.publishers.iter().find(|publisher| publisher.gzip).expect("one packs");
    let plain = ask(running.addr, &packed.host, &packed.feed, &[]).await;
    let gzip = ask(running.addr, &packed.host, &packed.feed, &[("Accept-Encoding", "gzip, br")]).await;
    assert_eq!((plain.header("content-encoding"), gzip.header("content-encoding")), ("", "gzip"));
    let mut text = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(gzip.body.as_slice()), &mut text).expect("gzip");
    assert_eq!(text, plain.body);
    let moved = world.publishers.iter().find(|publisher| publisher.redirected_from.is_some()).expect("one moved");
    let reply = ask(running.addr, &moved.host, moved.entrance(), &[]).await;
    assert_eq!((reply.status, reply.header("location")), (302, moved.address(&moved.feed).as_str()));
    running.stop().await;
}

#[tokio::test]
async fn the_careless_feed_is_as_broken_as_described() {
    let (world, running) = served().await;
    let careless = world.publishers.iter().find(|publisher| publisher.format == Format::Broken).expect("one");
    let reply = ask(running.addr, &careless.host, &careless.feed, &[]).await;
    let text = String::from_utf8(reply.body).expect("UTF-8");
    assert!(text.contains(" & ") && text.contains("<br>") && !text.contains("</br>"));
    assert!(!text.contains("</rss>") && text.matches("<item>").count() == text.matches("</item>").count() + 1);
    let unversioned = world.publishers.iter().find(|publisher| publisher.format == Format::Rss0).expect("one");
    let reply = ask(running.addr, &unversioned.host, &unversioned.feed, &[]).await;
    assert!(String::from_utf8_lossy(&reply.body).contains("<rss>"));
    running.stop().await;
}

#[tokio::test]
async fn every_request_is_recorded_with_host_path_headers_and_status() {
    let (_, running) = served().await;
    ask(running.addr, "Songtin.example:80", "/rss/trang-chu.rss?x=1", &[("If-None-Match", "W/\"a,b\"")]).await;
    ask(running.addr, "nowhere.example", "/", &[]).await;
    let log = running.requests();
    assert_eq!(log.len(), 2);
    assert_eq!((log[0].method.as_str(), log[0].host.as_str()), ("GET", "songtin.example"));
    assert_eq!((log[0].path.as_str(), log[0].status), ("/rss/trang-chu.rss?x=1", 200));
    assert_eq!(log[0].header("if-none-match"), Some("W/\"a,b\""));
    assert_eq!(log[1].status, 404);
    running.stop().await;
}

#[test]
fn settings_follow_every_source_and_reach_nothing_but_loopback() {
    let world = World::load();
    let settings = world.settings(&"127.0.0.1:4000".parse().expect("an address"));
    let named: BTreeSet<&str> = settings.sources.iter().filter_map(|source| source.name.as_deref()).collect();
    for name in world.publishers.iter().map(|publisher| &publisher.name).chain(world.troubled.iter().map(|s| &s.name)) {
        assert!(named.contains(name.as_str()), "{name}");
    }
    assert_eq!(named.len(), settings.sources.len(), "a source is configured twice");
    for source in &settings.sources {
        let url = url::Url::parse(&source.url).expect("an address");
        let host = url.host_str().expect("a host").to_owned();
        assert!(settings.fetch.hosts[&host].starts_with("127.0.0.1:"));
        assert!(settings.fetch.allow_private_hosts.contains(&host));
    }
    assert!(!settings.fetch.contact.is_empty());
}

#[test]
fn the_labelled_lines_hold_every_document_in_order() {
    let lines: Vec<serde_json::Value> =
        world_jsonl().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), World::load().documents.len());
    let times: Vec<jiff::Timestamp> =
        lines.iter().map(|line| line["published"].as_str().expect("text").parse().expect("a time")).collect();
    assert!(times.is_sorted());
    let ids: BTreeSet<&str> = lines.iter().filter_map(|line| line["id"].as_str()).collect();
    assert_eq!(ids.len(), lines.len());
}

#[test]
fn a_feed_with_the_whole_text_shows_its_update_without_the_page() {
    let world = World::load();
    let full = world.publishers.iter().find(|publisher| publisher.content == Content::Full).expect("one");
    let changed: Vec<_> = world.listed(full, 2).into_iter().filter(|document| document.revision > 0).collect();
    assert_eq!(changed.len(), 1);
    assert!(world.listed(full, 1).iter().any(|document| document.path == changed[0].path && document.revision == 0));
}

/// Views as a perfect program would give them.
fn perfect(truth: &Truth) -> Vec<StoryView> {
    let mut stories: BTreeMap<&str, BTreeMap<&str, Vec<&Expected>>> = BTreeMap::new();
    for document in &truth.documents {
        stories.entry(&document.story).or_default().entry(&document.article).or_default().push(document);
    }
    let now = World::now(2);
    stories
        .into_iter()
        .map(|(story, articles)| StoryView {
            story: StoryId::of(&[story]),
            title: story.to_owned(),
            lang: None,
            languages: Vec::new(),
            first_published: now,
            last_published: now,
            change: Change::New,
            score: 1.0,
            articles: articles
                .into_iter()
                .map(|(article, documents)| ArticleView {
                    article: ArticleId::of(&[article]),
                    title: article.to_owned(),
                    lang: None,
                    documents: documents.into_iter().map(view).collect(),
                })
                .collect(),
        })
        .collect()
}

fn view(document: &Expected) -> DocumentView {
    DocumentView {
        document: DocumentId::of(&[&document.url, &document.revision.to_string()]),
        url: document.url.replace("http://", "https://") + "?utm_source=rss",
        source: document.source.clone(),
        lang: None,
        title: document.title.clone(),
        published: None,
        role: document.role,
        signals: Vec::new(),
        source_url: document.source_url.clone(),
        source_name: None,
        text: Some(document.paragraphs.join("\n")),
    }
}

#[test]
fn a_perfect_answer_has_no_difference() {
    let truth = World::load().truth();
    let differences = compare(&perfect(&truth), &truth);
    assert!(differences.is_empty(), "{differences:?}");
}

#[test]
fn each_kind_of_mistake_is_named() {
    let truth = World::load().truth();
    let mut stories = perfect(&truth);
    let mut taken = stories.remove(0);
    let lost = taken.articles.remove(0).documents.remove(0);
    let moved = stories[0].articles.remove(0);
    stories[1].articles.push(moved);
    let article = stories.iter_mut().flat_map(|story| &mut story.articles).find(|article| article.documents.len() > 2);
    let article = article.expect("an article of three");
    let alone = article.documents.remove(1);
    let with_extra = DocumentView {
        text: Some(format!("{}\nComments (0)", alone.text.clone().unwrap_or_default())),
        role: Role::Copy,
        ..alone
    };
    stories[2].articles.push(ArticleView {
        article: ArticleId::of(&["elsewhere"]),
        title: String::new(),
        lang: None,
        documents: vec![with_extra],
    });
    let differences = compare(&stories, &truth);
    let has = |wanted: fn(&Difference) -> bool| differences.iter().any(wanted);
    let lost = lost.url.replace("https://", "http://").replace("?utm_source=rss", "");
    assert!(differences.iter().any(|one| matches!(one, Difference::Missing { url, .. } if *url == lost)));
    assert!(has(|one| matches!(one, Difference::Together { level: "story", .. })));
    assert!(has(|one| matches!(one, Difference::Apart { level: "article", .. })));
    assert!(has(|one| matches!(one, Difference::Role { .. })));
    let told = differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    assert!(told.contains("were put together") && told.contains("pieces"), "{told}");
}

#[test]
fn a_sidebar_in_a_text_and_a_lost_paragraph_are_differences() {
    let truth = World::load().truth();
    let mut stories = perfect(&truth);
    let place = stories.iter_mut().flat_map(|story| &mut story.articles).flat_map(|article| &mut article.documents);
    let document = place.into_iter().find(|document| document.source == "harbourpost").expect("one of them");
    let text = document.text.clone().unwrap_or_default();
    let kept: Vec<&str> = text.lines().skip(1).chain(["Comments (0)", "Crossword No. 4,118"]).collect();
    document.text = Some(kept.join("\n"));
    let differences = compare(&stories, &truth);
    assert_eq!(differences.len(), 3, "{differences:?}");
    assert_eq!(differences.iter().filter(|one| matches!(one, Difference::Leftover { .. })).count(), 2);
    assert!(differences.iter().any(|one| matches!(one, Difference::Lost { .. })));
}

#[test]
fn the_first_pass_knows_nothing_of_the_second() {
    let world = World::load();
    let first = world.truth_after(1);
    let late = world.truth().documents.len() - first.documents.len();
    assert!(late >= 4, "{late} documents come late");
    assert!(first.documents.iter().all(|document| document.pass == 1 && document.role != Role::Update));
    assert!(first.failing.iter().any(|failing| failing.source == "eilbote" && failing.passes == [1]));
    assert!(world.truth().failing.iter().any(|failing| failing.source == "alte-post" && failing.passes == [1, 2]));
}

#[derive(serde::Deserialize)]
struct Saved {
    file: String,
    lang: String,
    article: String,
    story: String,
    leftovers: Vec<String>,
    keeps: Vec<String>,
}

fn saved() -> Vec<(Saved, String)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/saved");
    let truth = std::fs::read_to_string(folder.join("truth.jsonl")).expect("the truth of the saved pages");
    truth
        .lines()
        .map(|line| serde_json::from_str::<Saved>(line).expect("one saved page a line"))
        .map(|saved| {
            let text = std::fs::read_to_string(folder.join(&saved.file)).expect("a saved page");
            (saved, text)
        })
        .collect()
}

#[test]
fn saved_pages_and_their_truth_name_the_same_files() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/saved");
    let there: BTreeSet<String> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".txt"))
        .collect();
    let named: BTreeSet<String> = saved().into_iter().map(|(saved, _)| saved.file).collect();
    assert_eq!(there, named);
    assert!(named.len() >= 14);
}

#[test]
fn saved_pages_hold_the_leftovers_that_their_truth_names() {
    let pages = saved();
    let languages: BTreeSet<&str> = pages.iter().map(|(saved, _)| saved.lang.as_str()).collect();
    for wanted in ["de", "sv", "ko", "en", "vi"] {
        assert!(languages.contains(wanted), "{wanted}");
    }
    let mut articles: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (saved, text) in &pages {
        assert!(saved.leftovers.len() >= 3, "{}", saved.file);
        for left in &saved.leftovers {
            assert!(text.contains(left), "{} has no `{left}`", saved.file);
            assert!(!saved.keeps.iter().any(|kept| kept.contains(left)), "{}: `{left}`", saved.file);
        }
        assert!(saved.keeps.len() >= 5, "{}", saved.file);
        assert!(saved.keeps.iter().all(|kept| text.contains(kept)), "{}", saved.file);
        articles.entry(&saved.article).or_default().insert(&saved.story);
    }
    assert!(articles.values().all(|stories| stories.len() == 1));
    assert!(articles.len() < pages.len());
}
