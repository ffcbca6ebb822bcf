//! What comes of refusals, silence, challenges and bodies without end.

use super::*;

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
    // Port 1 of the loopback interface: nothing listens there.
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
