//! What publishers see of a request, and what comes of their answers: the polite fetcher over
//! real sockets on the loopback interface.

use crate::town::{Says, Town, answer, feed, redirect};
use jiff::Timestamp;
use samestory::fetch::{FetchError, FetchErrorKind, Fetched, Fetcher, Request, Response, Want};
use url::Url;

fn now() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().expect("an instant")
}

fn url(text: &str) -> Url {
    text.parse().expect("a URL")
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

#[tokio::test]
async fn a_feed_is_fetched_from_a_host_with_a_fixed_address() {
    let town = Town::open().await;
    town.says("paper.example", "/feed", [feed(&[("ETag", "\"1\""), ("Content-Language", "de")])]);
    let fetcher = Fetcher::new(&town.settings(&["paper.example"])).expect("settings");
    let response = fresh(&fetcher, "http://paper.example/feed#top").await;
    assert!(response.body.starts_with(b"<rss"));
    assert_eq!(response.content_type.as_deref(), Some("application/rss+xml"));
    assert_eq!(response.content_language.as_deref(), Some("de"));
    assert_eq!(response.answer.url, url("http://paper.example/feed"));
    assert_eq!(response.answer.validators.etag.as_deref(), Some(&b"\"1\""[..]));
    assert!(!response.truncated && !response.answer.redirected);
}
