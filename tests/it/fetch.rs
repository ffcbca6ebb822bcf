//! What publishers see of a request, and what comes of their answers: the polite fetcher over
//! real sockets on the loopback interface.

mod failing;
mod hosts;

use crate::town::{Says, Town, answer, feed, redirect};
use jiff::{SignedDuration, Timestamp};
use samestory::config::Fetch;
use samestory::fetch::{Credentials, FetchError, FetchErrorKind, Fetched, Fetcher, Request, Response, Verdict, Want};
use samestory_model::{Fault, Source, Validators};
use std::io::Write;
use std::time::Duration;
use url::Url;

const PAPER: &str = "paper.example";

fn now() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().expect("an instant")
}

fn url(text: &str) -> Url {
    text.parse().expect("a URL")
}

fn fetcher(settings: &Fetch) -> Fetcher {
    Fetcher::new(settings).expect("settings")
}

async fn get(fetcher: &Fetcher, address: &str) -> Result<Fetched, FetchError> {
    fetcher.get(Request::new(url(address), Want::Feed), now()).await
}

async fn fresh(fetcher: &Fetcher, address: &str) -> Response {
    match get(fetcher, address).await {
        Ok(Fetched::Fresh(response)) => response,
        other => panic!("no body but {other:?}"),
    }
}

async fn failure(fetcher: &Fetcher, address: &str) -> FetchError {
    get(fetcher, address).await.expect_err(address)
}

fn head(more: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nConnection: close\r\n{more}").into_bytes()
}

/// Data as a brotli stream of one uncompressed block.
fn brotli(data: &[u8]) -> Vec<u8> {
    let header = ((data.len() as u32 - 1) << 4) | (1 << 20);
    [&header.to_le_bytes()[..3], data, &[0x03]].concat()
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    out.write_all(data).expect("memory");
    out.finish().expect("memory")
}

#[tokio::test]
async fn a_feed_comes_with_what_its_answer_says() {
    let town = Town::open().await;
    let headers = [("ETag", "\"1\""), ("Content-Language", "de"), ("Cache-Control", "max-age=7200"), ("Age", "60")];
    town.says(PAPER, "/feed", [feed(&headers)]);
    let response = fresh(&fetcher(&town.settings(&[PAPER])), "http://paper.example/feed").await;
    assert!(response.body.starts_with(b"<rss"));
    assert_eq!(response.content_type.as_deref(), Some("application/rss+xml"));
    assert_eq!(response.content_language.as_deref(), Some("de"));
    assert_eq!(response.answer.url, url("http://paper.example/feed"));
    assert_eq!(response.answer.validators.etag.as_deref(), Some(&b"\"1\""[..]));
    assert_eq!(response.answer.freshness.lifetime(), Some((7140, "max-age")));
    assert!(!response.truncated && !response.answer.redirected && response.answer.permanent.is_none());
}

#[tokio::test]
async fn p1_validators_go_back_byte_for_byte_and_only_those_that_came() {
    let odd: &[u8] = b"W/\"a,b-\xc3\xa9==\"";
    for (etag, last_modified) in [
        (Some(odd), Some(&b"tuesday-ish"[..])),
        (Some(b"no-quotes"), None),
        (None, Some(b"Mon, 02 Mar 2026 11:00:00 +0100")),
        (Some(b"\xff\xfe"), None),
        (None, None),
    ] {
        let town = Town::open().await;
        let mut first = head("Content-Length: 2\r\n");
        for (name, value) in [("ETag", etag), ("Last-Modified", last_modified)] {
            if let Some(value) = value {
                first.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
            }
        }
        first.extend(b"\r\nok");
        town.says(PAPER, "/feed", [Says::Raw(first), answer(304, &[], "")]);
        let fetcher = fetcher(&town.settings(&[PAPER]));
        let validators = fresh(&fetcher, "http://paper.example/feed").await.answer.validators;
        for _ in 0..3 {
            let request = Request {
                validators: Some(validators.clone()),
                ..Request::new(url("http://paper.example/feed"), Want::Feed)
            };
            let again = fetcher.get(request, now()).await;
            if etag.or(last_modified).is_some() {
                assert!(matches!(again, Ok(Fetched::NotModified(_))), "{again:?}");
            } else {
                // Nothing was asked that could be unchanged.
                assert_eq!(again.expect_err("a fault").status(), Some(304));
            }
        }
        let calls = town.calls();
        assert_eq!(calls.len(), 4, "exactly one request a poll");
        assert_eq!((calls[0].header("if-none-match"), calls[0].header("if-modified-since")), (None, None));
        for call in &calls[1..] {
            assert_eq!((call.header("if-none-match"), call.header("if-modified-since")), (etag, last_modified));
        }
    }
}

#[tokio::test]
async fn p3_a_304_carries_its_own_headers_and_one_that_nobody_asked_for_is_a_failure() {
    let town = Town::open().await;
    town.says(PAPER, "/feed", [answer(304, &[("ETag", "\"2\""), ("Cache-Control", "max-age=90")], "")]);
    let fetcher = fetcher(&town.settings(&[PAPER]));
    let validators = Some(Validators { etag: Some(b"\"1\"".to_vec()), last_modified: None });
    let request = Request { validators, ..Request::new(url("http://paper.example/feed"), Want::Feed) };
    let Ok(Fetched::NotModified(answer)) = fetcher.get(request, now()).await else { panic!("no 304") };
    assert_eq!(answer.validators.etag.as_deref(), Some(&b"\"2\""[..]));
    assert_eq!(answer.freshness.max_age, Some(90));
    assert_eq!(failure(&fetcher, "http://paper.example/feed").await.status(), Some(304));
}

#[tokio::test]
async fn p4_a_refusal_says_how_long_to_wait() {
    let town = Town::open().await;
    let dated = [("Date", "Mon, 02 Mar 2020 12:00:00 GMT"), ("Retry-After", "Mon, 02 Mar 2020 13:00:01 GMT")];
    town.says(PAPER, "/seconds", [answer(429, &[("Retry-After", "3601"), ("Cache-Control", "max-age=9")], "slow")]);
    town.says(PAPER, "/date", [answer(503, &dated, "busy")]);
    town.says(PAPER, "/past", [answer(503, &[("Retry-After", "Mon, 02 Mar 2020 12:00:00 GMT")], "busy")]);
    town.says(PAPER, "/odd", [answer(503, &[("Retry-After", "xyz")], "busy")]);
    let fetcher = fetcher(&town.settings(&[PAPER]));
    for (path, status, wait) in
        [("seconds", 429, Some(3601)), ("date", 503, Some(3601)), ("past", 503, None), ("odd", 503, None)]
    {
        let error = failure(&fetcher, &format!("http://paper.example/{path}")).await;
        assert_eq!((error.status(), error.retry_after()), (Some(status), wait), "{path}");
        assert_eq!(error.fault(), Fault::Publisher);
        assert_eq!(error.refusal().retry_after, wait);
        assert!(error.to_string().contains(path), "{error}");
    }
    assert_eq!(failure(&fetcher, "http://paper.example/seconds").await.freshness().max_age, Some(9));
    assert_eq!(town.calls().len(), 5, "nothing is tried twice");
}

#[tokio::test]
async fn p7_redirects_are_followed_and_only_lasting_ones_are_told() {
    let town = Town::open().await;
    for (status, lasting) in [(301, true), (302, false), (303, false), (307, false), (308, true)] {
        town.says(PAPER, "/old", [redirect(status, "/new?a=1#part")]).says(PAPER, "/new?a=1", [feed(&[])]);
        let response = fresh(&fetcher(&town.settings(&[PAPER])), "http://paper.example/old").await;
        let new = url("http://paper.example/new?a=1");
        assert_eq!(response.answer.url, new);
        assert!(response.answer.redirected);
        assert_eq!(response.answer.permanent, lasting.then_some(new), "{status}");
    }
}

#[tokio::test]
async fn p7_five_hops_are_followed_and_no_sixth() {
    let town = Town::open().await;
    for hop in 0..6 {
        town.says(PAPER, &format!("/{hop}"), [redirect(302, &format!("/{}", hop + 1))]);
    }
    town.says(PAPER, "/6", [feed(&[])]);
    let fetcher = fetcher(&town.settings(&[PAPER]));
    assert_eq!(fresh(&fetcher, "http://paper.example/1").await.answer.url.path(), "/6");
    assert_eq!(failure(&fetcher, "http://paper.example/0").await.kind, FetchErrorKind::TooManyHops(5));
}

#[tokio::test]
async fn p7_a_circle_is_an_error() {
    let town = Town::open().await;
    town.says(PAPER, "/a", [redirect(302, "/b")]).says(PAPER, "/b", [redirect(302, "/a")]);
    town.says(PAPER, "/self", [answer(302, &[("Location", "/self"), ("Set-Cookie", "seen=1")], "")]);
    let fetcher = fetcher(&town.settings(&[PAPER]));
    assert_eq!(failure(&fetcher, "http://paper.example/a").await.kind, FetchErrorKind::Circle);
    assert_eq!(failure(&fetcher, "http://paper.example/self").await.kind, FetchErrorKind::Circle);
    assert_eq!(town.calls().len(), 3);
}

#[tokio::test]
async fn p7_validators_are_sent_to_the_address_that_gave_them_and_no_other() {
    let town = Town::open().await;
    town.says(PAPER, "/old", [redirect(302, "/new")]).says(PAPER, "/new", [answer(304, &[], "")]);
    let fetcher = fetcher(&town.settings(&[PAPER]));
    let request = Request {
        validators: Some(Validators { etag: Some(b"\"1\"".to_vec()), last_modified: None }),
        validators_of: Some(url("http://paper.example/new")),
        ..Request::new(url("http://paper.example/old"), Want::Feed)
    };
    assert!(matches!(fetcher.get(request, now()).await, Ok(Fetched::NotModified(_))));
    let sent: Vec<_> = town.calls().iter().map(|call| call.text("if-none-match").map(ToOwned::to_owned)).collect();
    assert_eq!(sent, [None, Some("\"1\"".to_owned())]);
}

#[tokio::test]
async fn p7_no_redirect_leads_behind_the_users_router() {
    let town = Town::open().await;
    let mut settings = town.settings(&[PAPER, "inner.example"]);
    settings.allow_private_hosts.retain(|host| host == PAPER);
    let fetcher = fetcher(&settings);
    for to in [
        format!("http://{}/secret", town.addr),
        format!("http://localhost:{}/secret", town.addr.port()),
        "http://inner.example/secret".to_owned(),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://[::1]/secret".to_owned(),
        "http://[::ffff:10.0.0.1]/secret".to_owned(),
        "http://0x7f000001/secret".to_owned(),
    ] {
        town.says(PAPER, "/feed", [redirect(301, &to)]);
        let error = failure(&fetcher, "http://paper.example/feed").await;
        assert!(matches!(error.kind, FetchErrorKind::Private { .. }), "{to}: {error}");
        assert_eq!(error.fault(), Fault::Configuration);
        assert!(error.hint().contains("allow_private_hosts"));
    }
    for to in ["file:///etc/passwd", "ftp://paper.example/", "javascript:alert(1)"] {
        town.says(PAPER, "/feed", [redirect(301, to)]);
        assert_eq!(failure(&fetcher, "http://paper.example/feed").await.kind, FetchErrorKind::NotWeb, "{to}");
    }
    assert!(town.paths().iter().all(|path| path == "/feed"), "{:?}", town.paths());
}

#[tokio::test]
async fn p9_a_request_carries_what_it_must_and_nothing_else() {
    let town = Town::open().await;
    let mut settings = town.settings(&[PAPER]);
    settings.contact = "mailto:reader@home.example".to_owned();
    let cookie = [("Set-Cookie", "id=1; Path=/"), ("Location", "/feed?b=2&a=%C3%A9")];
    town.says(PAPER, "/", [answer(302, &cookie, "")]).says(PAPER, "/feed?b=2&a=%C3%A9", [feed(&[])]);
    let fetcher = fetcher(&settings);
    for _ in 0..2 {
        fresh(&fetcher, "http://paper.example/").await;
    }
    let agent = format!("samestory/{} (+mailto:reader@home.example)", env!("CARGO_PKG_VERSION"));
    for call in town.calls() {
        assert_eq!(call.method, "GET");
        assert_eq!(call.text("user-agent"), Some(agent.as_str()));
        let accept = call.text("accept").expect("an Accept header");
        for kind in ["application/rss+xml", "application/atom+xml", "application/feed+json"] {
            assert!(accept.contains(kind), "{accept}");
        }
        let codings = call.text("accept-encoding").expect("an Accept-Encoding header");
        for coding in ["gzip", "deflate", "br", "zstd"] {
            assert!(codings.contains(coding), "{codings}");
        }
        let mut names: Vec<_> = call.headers.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["accept", "accept-encoding", "host", "user-agent"]);
    }
    assert_eq!(town.paths(), ["/", "/feed?b=2&a=%C3%A9", "/", "/feed?b=2&a=%C3%A9"]);
}

#[tokio::test]
async fn p9_every_coding_is_read() {
    let town = Town::open().await;
    let text = b"<rss>the same in every coding</rss>";
    let zstd_raw = [&[0x28, 0xb5, 0x2f, 0xfd, 0x20, 35, 1 | (35 << 3) as u8, 1, 0][..], text].concat();
    let mut raw = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    raw.write_all(text).expect("memory");
    let raw = raw.finish().expect("memory");
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    zlib.write_all(text).expect("memory");
    let zlib = zlib.finish().expect("memory");
    for (coding, body) in [
        ("gzip", gzip(text)),
        ("x-gzip", gzip(text)),
        ("br", brotli(text)),
        ("zstd", zstd_raw),
        ("deflate", raw),
        ("deflate", zlib),
        ("gzip", text.to_vec()),
    ] {
        town.says(PAPER, "/feed", [answer(200, &[("Content-Encoding", coding)], body)]);
        let response = fresh(&fetcher(&town.settings(&[PAPER])), "http://paper.example/feed").await;
        assert_eq!(response.body, text, "{coding}");
    }
}

#[tokio::test]
async fn p9_credentials_go_to_their_own_host_only_and_only_where_configured() {
    let town = Town::open().await;
    let other = "other.example";
    town.says(PAPER, "/feed", [redirect(302, "http://someone:else@other.example/feed")]);
    town.says(other, "/feed", [feed(&[])]);
    let fetcher = fetcher(&town.settings(&[PAPER, other]));
    let configured = Request {
        credentials: Some(Credentials::of(&url("http://paper.example/"), "reader:pass:word")),
        ..Request::new(url("http://paper.example/feed"), Want::Feed)
    };
    fetcher.get(configured, now()).await.expect("a feed");
    let inside = Source::feed("paper", url("http://reader:p%40ss@paper.example/feed"));
    let configured = Request::of_source(&inside, inside.url.clone(), Want::Feed);
    fetcher.get(configured, now()).await.expect("a feed");
    // What a stranger writes before a host is configured by nobody.
    get(&fetcher, "http://reader:p%40ss@paper.example/feed").await.expect("a feed");
    let sent: Vec<_> = town
        .calls()
        .iter()
        .map(|call| (call.host.clone(), call.text("authorization").map(ToOwned::to_owned)))
        .collect();
    let to = |host: &str, value: Option<&str>| (host.to_owned(), value.map(ToOwned::to_owned));
    assert_eq!(
        sent,
        [
            to(PAPER, Some("Basic cmVhZGVyOnBhc3M6d29yZA==")),
            to(other, None),
            to(PAPER, Some("Basic cmVhZGVyOnBAc3M=")),
            to(other, None),
            to(PAPER, None),
            to(other, None),
        ]
    );
}

#[test]
fn a_setting_that_cannot_be_used_is_named() {
    let mut settings = samestory::config::Settings::default().fetch;
    settings.contact = "line\nbreak".to_owned();
    let error = Fetcher::new(&settings).expect_err("a line break in a header");
    assert!(error.to_string().contains("fetch.contact"), "{error}");
    assert_eq!(error.fault(), Fault::Configuration);
}

#[tokio::test]
async fn a_publisher_behind_an_ipv6_address_is_asked() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind(("::1", 0)).await.expect("IPv6 on the loopback interface");
    let address = listener.local_addr().expect("a bound socket has an address");
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a visitor");
        let mut head = [0; 2048];
        let read = stream.read(&mut head).await.expect("a request");
        let Says::Raw(bytes) = feed(&[]) else { unreachable!("a feed is raw bytes") };
        stream.write_all(&bytes).await.expect("a reader");
        String::from_utf8_lossy(&head[..read]).into_owned()
    });
    let mut settings = samestory::config::Settings::default().fetch;
    let refused = failure(&fetcher(&settings), &format!("http://{address}/feed")).await;
    assert!(matches!(refused.kind, FetchErrorKind::Private { .. }), "{refused}");
    settings.allow_private_hosts = vec!["::1".to_owned()];
    let response = fresh(&fetcher(&settings), &format!("http://{address}/feed")).await;
    assert!(response.body.starts_with(b"<rss"));
    assert!(served.await.expect("a task").contains(&format!("host: {address}")), "the host is named with its port");
}
