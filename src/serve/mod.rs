//! Answers pages, feeds and JSON over HTTP, read-only, beside the store's writers.
//!
//! Limits stand before everything: connections, bytes and time of a request's head, time of a connection.
//! The store is opened for reading again when it changed; reading and drawing happen on the blocking pool.

mod access;
mod answer;
mod comparing;
mod room;

pub use access::{Access, TOKEN};
pub use answer::{OPENAPI, PATHS};
pub use comparing::{Compare, Comparing};

use crate::show;
use answer::{Body as Text, Lack, answer};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use jiff::Timestamp;
use room::{Guest, Room};
use samestory_store::{Reader, StoreError, StoreLocation, Watch};
use sha2::{Digest, Sha256};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// Most bytes of a request's head.
const HEAD: usize = 16 * 1024;
/// Longest life of a connection.
const LIFE: Duration = Duration::from_mins(5);
/// How long a server is asked to show one state of a store: it keeps for it what others have replaced.
const KEPT: Duration = Duration::from_mins(1);
/// What a stop waits for.
const ENDING: Duration = Duration::from_secs(5);

/// What is served, and how.
#[derive(Debug)]
pub struct Site {
    /// Where the store is.
    pub place: StoreLocation,
    /// Which headlines the reader prefers.
    pub reading: show::Reading,
    /// Which requests are answered.
    pub access: Access,
    /// Most connections at once.
    pub connections: usize,
    /// Time that a request's head, and its answer, may take.
    pub timeout: Duration,
    /// How two versions are compared, where that is offered.
    pub comparing: Option<Comparing>,
    /// The clock, where it is fixed.
    pub now: Option<Timestamp>,
}

/// An answer: all of it is there before its first byte is sent.
type Answer = Response<Full<Bytes>>;

/// A store as it was opened.
struct Opened {
    mark: (u64, u64),
    reader: Reader,
    at: Timestamp,
    begun: Instant,
}

struct Shared {
    site: Site,
    watch: Mutex<Watch>,
    opened: Mutex<Option<Arc<Opened>>>,
}

impl Shared {
    /// The store as it is now.
    fn opened(&self) -> Result<Arc<Opened>, StoreError> {
        let mark = self.watch.lock().unwrap_or_else(PoisonError::into_inner).mark();
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let known = opened.as_ref().filter(|known| known.mark == mark);
        let lasting =
            |known: &Opened| matches!(self.site.place, StoreLocation::Folder(_)) || known.begun.elapsed() < KEPT;
        if let Some(known) = known.filter(|known| lasting(known)) {
            return Ok(Arc::clone(known));
        }
        let reader = self.site.place.reader()?;
        // The same state is as old as it was.
        let at = known.map_or_else(Timestamp::now, |known| known.at);
        let fresh = Arc::new(Opened { mark, reader, at, begun: Instant::now() });
        *opened = Some(Arc::clone(&fresh));
        Ok(fresh)
    }
}

fn refused(path: &str, status: StatusCode, what: &str) -> Answer {
    let (kind, text) = if path.starts_with("/api/") {
        ("application/json", format!("{}\n", serde_json::json!({"error": what})))
    } else {
        ("text/html; charset=utf-8", show::refusal_page(what))
    };
    let mut out = Response::new(Full::from(text));
    *out.status_mut() = status;
    out.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if status == StatusCode::METHOD_NOT_ALLOWED {
        out.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    } else if status == StatusCode::UNAUTHORIZED {
        out.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    out
}

/// Whether the asker has it already. `If-None-Match` alone counts where both are sent.
fn is_known(headers: &HeaderMap, tag: &str, modified: &str) -> bool {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    match text(header::IF_NONE_MATCH) {
        Some(tags) => {
            tags.split(',').any(|one| matches!(one.trim(), "*") || one.trim().trim_start_matches("W/") == tag)
        }
        None => text(header::IF_MODIFIED_SINCE).is_some_and(|since| since == modified),
    }
}

fn whole(shared: &Shared, path: &str, query: &str, host: &str, headers: &HeaderMap) -> Answer {
    let opened = match shared.opened() {
        Ok(opened) => opened,
        Err(error) => return refused(path, StatusCode::SERVICE_UNAVAILABLE, &error.to_string()),
    };
    let view =
        format!("{} {:?} {} {path} {query} {host}", env!("CARGO_PKG_VERSION"), opened.mark, opened.reader.sequence());
    let digest: String = Sha256::digest(view.as_bytes()).iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("\"{digest}\"");
    let modified = opened.at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let site = &shared.site;
    let now = site.now.unwrap_or(opened.at);
    // The answer comes first: what is not there has no validator.
    let made =
        answer(&opened.reader, path, query, &format!("http://{host}/"), &site.reading, site.comparing.as_ref(), now);
    let mut out = match made {
        Ok(_) if is_known(headers, &tag, &modified) => {
            let mut out = Response::new(Full::default());
            *out.status_mut() = StatusCode::NOT_MODIFIED;
            out
        }
        Ok(Text { kind, text }) => {
            let mut out = Response::new(Full::from(text));
            out.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
            out
        }
        Err(Lack::Asked(status, what)) => return refused(path, status, what),
        Err(Lack::Store(error)) => return refused(path, StatusCode::SERVICE_UNAVAILABLE, &error.to_string()),
    };
    for (name, value) in [(header::ETAG, tag), (header::LAST_MODIFIED, modified)] {
        out.headers_mut().extend(HeaderValue::from_str(&value).ok().map(|value| (name, value)));
    }
    out
}

async fn reply(shared: Arc<Shared>, guest: Arc<Guest>, request: Request<Incoming>) -> Answer {
    let path = request.uri().path().to_owned();
    let checked = shared.site.access.check(request.method(), request.uri(), request.headers());
    let mut out = match checked {
        Err((status, what)) => {
            let mut out = refused(&path, status, what);
            // A stranger asks again over a connection of his own.
            out.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            out
        }
        Ok((host, in_query)) => {
            guest.is_known();
            let query = request.uri().query().unwrap_or_default().to_owned();
            let headers = request.headers().clone();
            let (of, asked) = (Arc::clone(&shared), path.clone());
            let made = tokio::task::spawn_blocking(move || whole(&of, &asked, &query, &host, &headers));
            let mut out = match tokio::time::timeout(shared.site.timeout, made).await {
                Ok(Ok(out)) => out,
                Ok(Err(_)) => refused(&path, StatusCode::INTERNAL_SERVER_ERROR, "this page could not be drawn"),
                Err(_) => refused(&path, StatusCode::SERVICE_UNAVAILABLE, "too busy; try again"),
            };
            // The pages' own links do not carry the token, a cookie does.
            if let Some(token) = shared.site.access.token.as_ref().filter(|_| in_query) {
                let cookie = format!("samestory={token}; Path=/; HttpOnly; SameSite=Strict");
                out.headers_mut().extend(HeaderValue::from_str(&cookie).ok().map(|value| (header::SET_COOKIE, value)));
            }
            out
        }
    };
    let policy = format!("{}; frame-ancestors 'none'", show::policy());
    let headers = out.headers_mut();
    headers.extend(HeaderValue::from_str(&policy).ok().map(|value| (header::CONTENT_SECURITY_POLICY, value)));
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "private, no-cache"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    out
}

/// Serves until `ended` is ready, then lets requests in hand come to their end.
pub async fn serve(listener: TcpListener, site: Site, ended: impl Future<Output = ()>) {
    let (room, timeout) = (Room::of(site.connections), site.timeout);
    // A client has a limit of time and asks again.
    let site = Site { place: site.place.impatient(), ..site };
    let watch = Mutex::new(site.place.watch());
    let shared = Arc::new(Shared { site, watch, opened: Mutex::new(None) });
    let graceful = GracefulShutdown::new();
    tokio::pin!(ended);
    loop {
        let accepted = tokio::select! {
            () = &mut ended => break,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, peer)) = accepted else {
            // Out of file handles, as a rule: a connection has to end first.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        // The next client waits in the system's queue meanwhile.
        let place = tokio::select! {
            () = &mut ended => break,
            place = room.place(peer.ip()) => place,
        };
        let mut http = hyper::server::conn::http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(timeout).max_buf_size(HEAD);
        let (shared, guest) = (Arc::clone(&shared), Arc::clone(place.guest()));
        let service = service_fn(move |request| {
            let asked = guest.asks();
            let answer = reply(Arc::clone(&shared), Arc::clone(&guest), request);
            async move {
                let answer = answer.await;
                drop(asked);
                Ok::<_, Infallible>(answer)
            }
        });
        let connection = http.serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            tokio::select! {
                _ = tokio::time::timeout(LIFE, connection) => {}
                () = place.wanted() => {}
            }
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(ENDING, graceful.shutdown()).await;
}
