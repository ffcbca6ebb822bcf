//! What publishers see of a request, and what comes of their answers: the polite fetcher over
//! real sockets on the loopback interface.

use crate::town::{Says, Town, answer, feed, redirect};
use jiff::{SignedDuration, Timestamp};
use samestory::config::Fetch;
use samestory::fetch::{FetchError, FetchErrorKind, Fetched, Fetcher, Request, Response, Verdict, Want};
use samestory::model::{Fault, Validators};
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

/// A zstd frame that says one byte again and again, `blocks` times 128 KiB.
fn zstd_bomb(blocks: usize) -> Vec<u8> {
    let block = |last: u32| (last | (1 << 1) | ((128 * 1024) << 3)).to_le_bytes()[..3].to_vec();
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58];
    for number in 1..=blocks {
        frame.extend(block(u32::from(number == blocks)));
        frame.push(b'a');
    }
    frame
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
            let again = fetcher.get(request, now()).await.expect("a 304");
            assert!(matches!(again, Fetched::NotModified(_)));
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
async fn p8_statuses_and_broken_answers_are_failures_with_their_fault() {
    let town = Town::open().await;
    for status in [400, 401, 403, 404, 410, 500, 502] {
        town.says(PAPER, "/feed", [answer(status, &[], "<h1>no</h1>")]);
        let error = failure(&fetcher(&town.settings(&[PAPER])), "http://paper.example/feed").await;
        assert_eq!((error.status(), error.fault(), error.is_challenge()), (Some(status), Fault::Publisher, false));
    }
    for (why, raw) in [
        ("not HTTP", b"hello there\r\n\r\n".to_vec()),
        ("breaks off", head("Content-Length: 100\r\n\r\nhalf")),
        ("not gzip", head("Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope")),
        ("nothing", Vec::new()),
    ] {
        town.says(PAPER, "/feed", [Says::Raw(raw)]);
        let error = failure(&fetcher(&town.settings(&[PAPER])), "http://paper.example/feed").await;
        assert!(matches!(error.kind, FetchErrorKind::Broken(_)), "{why}: {error}");
    }
    let mut closed = town.settings(&[PAPER]);
    // Port 1 of the loopback interface: nobody listens there.
    closed.hosts.insert(PAPER.to_owned(), "127.0.0.1:1".to_owned());
    let error = failure(&fetcher(&closed), "http://paper.example/feed").await;
    assert!(matches!(error.kind, FetchErrorKind::Connect(_)), "{error}");
    assert_eq!(error.fault(), Fault::Network);
}

#[tokio::test]
async fn p8_headers_without_end_are_a_failure() {
    let town = Town::open().await;
    town.says(PAPER, "/feed", [Says::Endless(head("X-Long: "), vec![b'a'; 4096])]);
    let error = failure(&fetcher(&town.settings(&[PAPER])), "http://paper.example/feed").await;
    assert!(matches!(error.kind, FetchErrorKind::Broken(_)), "{error}");
}

#[tokio::test]
async fn p8_who_does_not_answer_in_time_is_given_up() {
    let town = Town::open().await;
    town.says(PAPER, "/silent", [Says::Silence]);
    town.says(PAPER, "/half", [Says::Half(head("Content-Length: 100\r\n\r\nhalf"))]);
    let hurried = Fetch { connect_timeout: 1, first_byte_timeout: 0, ..town.settings(&[PAPER]) };
    let error = failure(&fetcher(&hurried), "http://paper.example/silent").await;
    assert!(matches!(error.kind, FetchErrorKind::TimedOut { phase: "the first byte", .. }), "{error}");
    assert_eq!(error.fault(), Fault::Network);
    let hurried = Fetch { total_timeout: 1, ..town.settings(&[PAPER]) };
    let error = failure(&fetcher(&hurried), "http://paper.example/half").await;
    assert!(matches!(error.kind, FetchErrorKind::TimedOut { phase: "the whole answer", .. }), "{error}");
}

#[tokio::test]
async fn p8_a_challenge_page_is_reported_and_not_tried_again() {
    let town = Town::open().await;
    town.says(PAPER, "/header", [answer(403, &[("cf-mitigated", "challenge")], "Just a moment")]);
    town.says(PAPER, "/body", [answer(503, &[], "<script src=/cdn-cgi/challenge-platform/h/b></script>")]);
    let fetcher = fetcher(&town.settings(&[PAPER]));
    for path in ["header", "body"] {
        let error = failure(&fetcher, &format!("http://paper.example/{path}")).await;
        assert!(error.is_challenge() && error.status().is_some(), "{error}");
        assert!(!error.hint().is_empty() && error.failure().message.contains("challenge"));
    }
    assert_eq!(town.calls().len(), 2);
}

#[tokio::test]
async fn p8_a_body_is_cut_at_its_limit_however_it_comes() {
    let town = Town::open().await;
    let settings = Fetch { max_feed_bytes: 100_000, max_page_bytes: 50_000, ..town.settings(&[PAPER]) };
    let million = vec![b'a'; 1_000_000];
    let piece = vec![b'a'; 10_000];
    let chunk = [b"2710\r\n", &piece[..], b"\r\n"].concat();
    let coded = |coding: &str| head(&format!("Content-Encoding: {coding}\r\n\r\n"));
    for (why, says) in [
        ("with a length", answer(200, &[], &million)),
        ("without a length", Says::Endless(head("\r\n"), piece)),
        ("in chunks", Says::Endless(head("Transfer-Encoding: chunked\r\n\r\n"), chunk)),
        ("gzip bomb", Says::Raw([coded("gzip"), gzip(&million)].concat())),
        ("gzip in gzip is read once", Says::Raw([coded("gzip"), gzip(&gzip(&noise(300_000)))].concat())),
        ("zstd bomb", Says::Raw([coded("zstd"), zstd_bomb(10_000)].concat())),
    ] {
        town.says(PAPER, "/feed", [says]);
        let fetcher = fetcher(&settings);
        let response = fresh(&fetcher, "http://paper.example/feed").await;
        assert_eq!((response.body.len(), response.truncated), (100_000, true), "{why}");
        let page = Request::new(url("http://paper.example/feed"), Want::Page);
        let Ok(Fetched::Fresh(page)) = fetcher.get(page, now()).await else { panic!("{why}: no page") };
        assert_eq!((page.body.len(), page.truncated), (50_000, true), "{why}");
    }
    town.says(PAPER, "/feed", [answer(200, &[], &million[..100_000])]);
    let response = fresh(&fetcher(&settings), "http://paper.example/feed").await;
    assert_eq!((response.body.len(), response.truncated), (100_000, false), "exactly at the limit");
}

/// Bytes that do not compress, the same every time.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u64;
    std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    })
    .take(length)
    .collect()
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
        for coding in ["gzip", "br", "zstd"] {
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
    for (coding, body) in [("gzip", gzip(text)), ("br", brotli(text)), ("zstd", zstd_raw)] {
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
        credentials: Some("reader:pass:word".to_owned()),
        ..Request::new(url("http://paper.example/feed"), Want::Feed)
    };
    fetcher.get(configured, now()).await.expect("a feed");
    get(&fetcher, "http://reader:p%40ss@paper.example/feed").await.expect("a feed");
    get(&fetcher, "http://paper.example/feed").await.expect("a feed");
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

#[tokio::test]
async fn p10_a_host_has_one_request_in_flight_with_a_gap_and_others_are_not_held_up() {
    let town = Town::open().await;
    let other = "other.example";
    let Says::Raw(slow) = feed(&[]) else { unreachable!("a feed is raw bytes") };
    for number in 0..12 {
        town.says(PAPER, &format!("/{number}"), [Says::Raw(slow.clone())]);
    }
    town.says(other, "/feed", [feed(&[])]);
    let settings = Fetch { host_gap_ms: 50, ..town.settings(&[PAPER, other]) };
    let fetcher = fetcher(&settings);
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..12 {
        let fetcher = fetcher.clone();
        tasks.spawn(async move { fresh(&fetcher, &format!("http://paper.example/{number}")).await });
    }
    fresh(&fetcher, "http://other.example/feed").await;
    let before = town.calls().iter().filter(|call| call.host == PAPER).count();
    tasks.join_all().await;
    // The first had come in before the second started: ten gaps lie between that and the last.
    let times: Vec<_> = town.calls().into_iter().filter(|call| call.host == PAPER).map(|call| call.at).collect();
    let taken = times[11].duration_since(times[0]);
    assert!(taken >= Duration::from_millis(10 * 50), "{taken:?}");
    assert_eq!(town.most_in_flight(PAPER), 1);
    assert!(before < 12, "the other host waited for all of this one's");
}

#[tokio::test]
async fn p10_a_slow_host_is_never_asked_twice_at_once_even_without_a_gap() {
    let town = Town::open().await;
    let Says::Raw(slow) = feed(&[]) else { unreachable!("a feed is raw bytes") };
    town.says(PAPER, "/feed", [Says::Late(Duration::from_millis(40), slow)]);
    let fetcher = fetcher(&town.settings(&[PAPER]));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let fetcher = fetcher.clone();
        tasks.spawn(async move { fresh(&fetcher, "http://paper.example/feed").await });
    }
    tasks.join_all().await;
    assert_eq!((town.calls().len(), town.most_in_flight(PAPER)), (6, 1));
}

#[tokio::test]
async fn p10_robots_txt_is_asked_once_a_day_and_obeyed() {
    let town = Town::open().await;
    town.says(PAPER, "/robots.txt", [answer(200, &[], "User-agent: *\nDisallow: /archive\nCrawl-delay: 7\n")]);
    let fetcher = fetcher(&town.settings(&[PAPER]));
    let mut known = None;
    for hour in 0..24 {
        let at = now() + SignedDuration::from_hours(hour);
        let allowed = fetcher.allowed(&url("http://paper.example/news/1?a=1"), &mut known, at).await;
        let archive = fetcher.allowed(&url("http://paper.example/archive/1"), &mut known, at).await;
        assert_eq!((allowed, archive), (Verdict::Allowed(Duration::from_secs(7)), Verdict::Disallowed));
        // The store may have written and read it in between.
        let stored = serde_json::to_string(&known).expect("a record is plain data");
        known = serde_json::from_str(&stored).expect("its own form");
    }
    assert_eq!(town.paths(), ["/robots.txt"]);
}

#[tokio::test]
async fn p10_a_day_later_or_on_another_host_robots_txt_is_asked_again() {
    let town = Town::open().await;
    let other = "other.example";
    town.says(PAPER, "/robots.txt", [answer(404, &[], ""), answer(200, &[], "User-agent: *\nDisallow: /\n")]);
    town.says(other, "/robots.txt", [answer(200, &[], "User-agent: samestory\nDisallow: /\n")]);
    let fetcher = fetcher(&town.settings(&[PAPER, other]));
    let page = url("http://paper.example/1");
    let mut known = None;
    assert_eq!(fetcher.allowed(&page, &mut known, now()).await, Verdict::Allowed(Duration::ZERO));
    let tomorrow = now() + SignedDuration::from_hours(24);
    assert_eq!(fetcher.allowed(&page, &mut known, tomorrow).await, Verdict::Disallowed);
    assert_eq!(fetcher.allowed(&url("http://other.example/1"), &mut known, tomorrow).await, Verdict::Disallowed);
    assert_eq!(town.paths().len(), 3);
}

#[tokio::test]
async fn p10_a_host_whose_robots_txt_fails_is_left_alone_for_a_while() {
    let town = Town::open().await;
    town.says(PAPER, "/robots.txt", [answer(503, &[("Retry-After", "7200")], ""), answer(404, &[], "")]);
    let fetcher = fetcher(&town.settings(&[PAPER]));
    let page = url("http://paper.example/1");
    let mut known = None;
    let until = now() + SignedDuration::from_hours(2);
    for minute in [0, 1, 119] {
        let at = now() + SignedDuration::from_mins(minute);
        assert_eq!(fetcher.allowed(&page, &mut known, at).await, Verdict::Wait(until));
    }
    assert_eq!(town.calls().len(), 1);
    assert_eq!(fetcher.allowed(&page, &mut known, until).await, Verdict::Allowed(Duration::ZERO));
}

#[test]
fn a_setting_that_cannot_be_used_is_named() {
    let mut settings = samestory::config::Settings::default().fetch;
    settings.contact = "line\nbreak".to_owned();
    let error = Fetcher::new(&settings).expect_err("a line break in a header");
    assert!(error.to_string().contains("fetch.contact"), "{error}");
    assert_eq!(error.fault(), Fault::Configuration);
}
