//! Asks the invented world over a real loopback connection, without a client that would mend anything.

use samestory::demo::{Behaviour, Charset, Format, Running, World};
use std::collections::BTreeMap;
use std::fmt::Write;
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
        let _ = write!(request, "{name}: {value}\r\n");
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
