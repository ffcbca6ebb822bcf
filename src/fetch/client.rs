//! Asks one address and follows it to its answer: redirects, limits, permits, validators.
//!
//! Promises: nothing is sent that was not asked for (no cookie, no referer, no guessed path);
//! every hop is checked anew; a body is cut at its limit while it streams, after decompression. An answer that broke
//! off is an error that carries what had come.
//! When to ask is `schedule`'s matter, what the bytes mean is `parse`'s and `extract`'s. The
//! surprising fact: validators belong to the address that gave them, so they are sent on the
//! hop that reaches it and on no other; credentials belong to an origin, and no hop to another gets them.

use super::body::{self, Body};
use super::connect::{client, kind_of, proxies, setting_error};
use super::guard::Guard;
use super::host_limiter::{HostLimiter, Permit};
use super::robots::Known;
use super::room::{Held, Room, Taken};
use super::shared::SharedLimiter;
use super::trail::{self, Trail};
use super::{Credentials, FetchError, FetchErrorKind, challenge, coding, headers};
use crate::config;
use jiff::Timestamp;
use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use samestory_model::{Answer, Source, SourceKind, Validators, parted};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};
use url::Url;

/// Bytes of a robots.txt that are read; RFC 9309 asks for no less.
const ROBOTS_BYTES: usize = 512_000;

/// What an address is asked for: decides the Accept header and the limit on the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// A feed or a sitemap.
    Feed,
    /// A page.
    Page,
    /// A robots.txt.
    Robots,
}

impl Want {
    /// What a source of this kind is asked for.
    pub const fn of_kind(kind: SourceKind) -> Self {
        if kind.is_page() { Self::Page } else { Self::Feed }
    }

    fn accept(self) -> &'static str {
        match self {
            Self::Feed => {
                "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, \
                 application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
            }
            Self::Page => "text/html, application/xhtml+xml;q=0.9, */*;q=0.5",
            Self::Robots => "text/plain, */*;q=0.5",
        }
    }
}

/// One thing to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The address.
    pub url: Url,
    /// What is expected there.
    pub want: Want,
    /// Validators of the last answer that was understood.
    pub validators: Option<Validators>,
    /// The address that gave them, where it is another than `url`.
    pub validators_of: Option<Url>,
    /// Sent to their own origin only, whatever `url` is and wherever it leads.
    pub credentials: Option<Credentials>,
    /// Whether the address is one that the user follows: errors show no value of its query.
    pub followed: bool,
}

impl Request {
    /// A request without validators and credentials; what stands before the host is not sent.
    pub fn new(url: Url, want: Want) -> Self {
        Self { url: parted(&url).0, want, validators: None, validators_of: None, credentials: None, followed: false }
    }

    /// A request for what a source holds, there or where it says that more of it is: with the credentials of
    /// the source, which only the origin of its configured address sees.
    pub fn of_source(source: &Source, url: Url, want: Want) -> Self {
        let (address, inside) = parted(&source.url);
        let given = source.credentials.clone().or(inside);
        let credentials = given.map(|given| Credentials::of(&address, &given));
        Self { credentials, followed: true, ..Self::new(url, want) }
    }
}

/// A body and what came with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// What the answer says about itself.
    pub answer: Answer,
    /// The body, decompressed, at most as long as the limit for its kind.
    pub body: Vec<u8>,
    /// The `Content-Type` header.
    pub content_type: Option<String>,
    /// The `Content-Language` header.
    pub content_language: Option<String>,
    /// Whether the body was cut at the limit.
    pub truncated: bool,
    /// The room that the body takes (`fetch.memory_bytes`); given back when this is dropped.
    pub held: Held,
}

/// An answer that is no failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// A body.
    Fresh(Response),
    /// The validators still hold (304).
    NotModified(Answer),
}

/// Asks publishers; clones share connections and rate limits.
#[derive(Debug, Clone)]
pub struct Fetcher {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    direct: reqwest::Client,
    proxied: Option<reqwest::Client>,
    guard: Guard,
    turns: HostLimiter,
    robots: Known,
    room: Room,
    settings: config::Fetch,
}

enum Hop {
    Done(Box<Fetched>),
    Moved { status: u16, location: Option<Vec<u8>> },
}

impl Fetcher {
    /// A fetcher with its connections; fails on settings that cannot be used.
    ///
    /// The proxy of the settings or the environment's ordinary ones are honoured, except for hosts with a fixed address
    /// and hosts that may be private.
    pub fn new(settings: &config::Fetch) -> Result<Self, FetchError> {
        Self::taking(settings, None)
    }

    /// The same, with permits that it shares with other fetchers.
    pub fn sharing(settings: &config::Fetch, turns: Arc<dyn SharedLimiter>) -> Result<Self, FetchError> {
        Self::taking(settings, Some(turns))
    }

    fn taking(settings: &config::Fetch, shared: Option<Arc<dyn SharedLimiter>>) -> Result<Self, FetchError> {
        let proxies = proxies(settings);
        let allowed = settings.allow_private_hosts.iter().cloned();
        let guard = Guard::new(allowed.clone(), &settings.hosts).map_err(setting_error)?;
        let direct = client(settings, guard.clone(), false)?;
        let proxied = if proxies.is_empty() {
            None
        } else {
            let with_proxies = Guard::new(allowed.chain(proxies), &settings.hosts).map_err(setting_error)?;
            Some(client(settings, with_proxies, true)?)
        };
        let turns = HostLimiter::new(Duration::from_millis(settings.host_gap_ms), settings.concurrent_hosts, shared);
        let room = Room::new(settings.memory_bytes, settings.max_feed_bytes.max(settings.max_page_bytes));
        let (robots, settings) = (Known::default(), settings.clone());
        Ok(Self { inner: Arc::new(Inner { direct, proxied, guard, turns, robots, room, settings }) })
    }

    /// Asks one address, waiting for its host's permit; `now` dates what has no `Date`.
    pub async fn get(&self, request: Request, now: Timestamp) -> Result<Fetched, FetchError> {
        let validators_of = trail::bare(request.validators_of.as_ref().unwrap_or(&request.url));
        let mut trail = Trail::new(&request.url);
        loop {
            let url = trail.last();
            let sent = Sent {
                want: request.want,
                validators: request.validators.as_ref().filter(|_| *url == validators_of),
                credentials: request.credentials.as_ref().and_then(|known| known.seen_by(url)),
            };
            let led = |answer: &mut Answer| {
                answer.redirected = trail.redirected();
                answer.permanent = trail.permanent();
            };
            match self.hop(url, &sent, now).await {
                Err(mut error) => {
                    if let Some(part) = error.part_mut() {
                        led(&mut part.answer);
                    }
                    return Err(error.of(request.followed));
                }
                Ok(Hop::Done(mut fetched)) => {
                    led(fetched.answer_mut());
                    return Ok(*fetched);
                }
                Ok(Hop::Moved { status, location }) => {
                    let from = url.clone();
                    trail
                        .follow(status, location.as_deref(), self.inner.settings.max_redirects)
                        .map_err(|kind| FetchError::new(&from, kind).of(request.followed))?;
                }
            }
        }
    }

    /// Passes a host's pause on to the fetchers that share its permits; does nothing where none does.
    pub async fn pause(&self, host: &str, until: Timestamp) {
        self.inner.turns.pause(host, until).await;
    }

    /// The connections by which an address may be reached; refuses what the guard refuses.
    pub(super) fn way_to(&self, url: &Url) -> Result<&reqwest::Client, FetchError> {
        let Inner { direct, proxied, guard, .. } = &*self.inner;
        guard.check(url)?;
        Ok(proxied.as_ref().filter(|_| !guard.is_local(url)).unwrap_or(direct))
    }

    pub(super) fn settings(&self) -> &config::Fetch {
        &self.inner.settings
    }

    pub(super) fn turns(&self) -> &HostLimiter {
        &self.inner.turns
    }

    pub(super) fn known_rules(&self) -> &Known {
        &self.inner.robots
    }

    /// The room that bodies are read into.
    pub fn room(&self) -> &Room {
        &self.inner.room
    }

    async fn hop(&self, url: &Url, sent: &Sent<'_>, now: Timestamp) -> Result<Hop, FetchError> {
        let Inner { direct, proxied, guard, turns, room, .. } = &*self.inner;
        guard.check(url)?;
        let turn = turns.take(url.host_str().unwrap_or_default()).await;
        let mut turn = turn.map_err(|until| FetchError::new(url, FetchErrorKind::Paused { until }))?;
        let client = proxied.as_ref().filter(|_| !guard.is_local(url)).unwrap_or(direct);
        // Before the clock of the request runs: a host is not late because memory is full.
        let taken = room.enter().await;
        let answered = self.exchange(client, url, sent, now, (&mut turn, taken)).await;
        drop(turn);
        answered
    }

    async fn exchange(
        &self,
        client: &reqwest::Client,
        url: &Url,
        sent: &Sent<'_>,
        now: Timestamp,
        (turn, mut taken): (&mut Permit<'_>, Taken),
    ) -> Result<Hop, FetchError> {
        let settings = &self.inner.settings;
        let first_byte = settings.connect_timeout.saturating_add(settings.first_byte_timeout);
        let end = due_by(settings.total_timeout);
        let head = timeout(Duration::from_secs(first_byte), sent.build(client, url).send());
        let mut response = match timeout_at(end, head).await {
            Ok(Ok(Ok(response))) => response,
            Ok(Ok(Err(error))) => return Err(FetchError::new(url, kind_of(&error, settings))),
            Ok(Err(_)) => {
                let kind = FetchErrorKind::TimedOut { phase: "the first byte", seconds: settings.first_byte_timeout };
                return Err(FetchError::new(url, kind));
            }
            Err(_) => return Err(FetchError::new(url, body::late(settings))),
        };
        turn.reach();
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        if let 301 | 302 | 303 | 307 | 308 = status {
            let location = headers.get(header::LOCATION).map(|to| to.as_bytes().to_vec());
            return Ok(Hop::Moved { status, location });
        }
        let answer = Answer {
            url: url.clone(),
            validators: headers::validators(&headers),
            freshness: headers::freshness(&headers, now),
            permanent: None,
            redirected: false,
        };
        if status == 304 && sent.is_conditional() {
            return Ok(Hop::Done(Box::new(Fetched::NotModified(answer))));
        }
        let limit = match (status, sent.want) {
            (200..=299, Want::Feed) => settings.max_feed_bytes,
            (200..=299, Want::Page) => settings.max_page_bytes,
            (200..=299, Want::Robots) => ROBOTS_BYTES,
            _ => challenge::LOOKED_AT,
        };
        let read = body::read(&mut response, limit, &mut taken, end, settings).await;
        if !(200..=299).contains(&status) {
            // A refusal whose body breaks off is still that refusal.
            return Err(FetchError::new(url, refusal(status, &headers, &read.bytes, now)));
        }
        if challenge::guard_of(status, &headers, &read.bytes).is_some() {
            return Err(FetchError::new(url, refusal(status, &headers, &read.bytes, now)));
        }
        let Body { bytes: body, truncated, broke } = read;
        let text = |name| headers::text(&headers, &name).map(ToOwned::to_owned);
        let held = taken.keep(body.len());
        let response = Response {
            answer,
            body,
            held,
            content_type: text(header::CONTENT_TYPE),
            content_language: text(header::CONTENT_LANGUAGE),
            truncated,
        };
        match broke {
            Some(kind) => Err(FetchError::new(url, kind).with_part(response)),
            None => Ok(Hop::Done(Box::new(Fetched::Fresh(response)))),
        }
    }
}

impl Fetched {
    /// What the answer says about itself.
    pub fn answer(&self) -> &Answer {
        match self {
            Self::Fresh(response) => &response.answer,
            Self::NotModified(answer) => answer,
        }
    }

    fn answer_mut(&mut self) -> &mut Answer {
        match self {
            Self::Fresh(response) => &mut response.answer,
            Self::NotModified(answer) => answer,
        }
    }
}

/// What one hop carries.
struct Sent<'a> {
    want: Want,
    validators: Option<&'a Validators>,
    credentials: Option<(&'a str, &'a str)>,
}

impl Sent<'_> {
    /// The conditions that are sent.
    fn conditions(&self) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
        let known = self.validators.into_iter().flat_map(|known| {
            [(header::IF_NONE_MATCH, &known.etag), (header::IF_MODIFIED_SINCE, &known.last_modified)]
        });
        // What came in as a header's bytes goes out as one; a store that broke them is left out.
        known.filter_map(|(name, value)| Some((name, HeaderValue::from_bytes(value.as_deref()?).ok()?)))
    }

    /// Whether an answer may be that nothing has changed: to a request without conditions that is a fault, because
    /// nothing is known that could be unchanged.
    fn is_conditional(&self) -> bool {
        self.conditions().next().is_some()
    }

    fn build(&self, client: &reqwest::Client, url: &Url) -> reqwest::RequestBuilder {
        let mut request = client.get(url.clone()).header(header::ACCEPT, self.want.accept());
        request = request.header(header::ACCEPT_ENCODING, coding::ACCEPTED);
        for (name, value) in self.conditions() {
            request = request.header(name, value);
        }
        if let Some((user, password)) = self.credentials {
            request = request.basic_auth(user, Some(password));
        }
        request
    }
}

/// When an answer has to be whole; as far as time goes, at the most.
fn due_by(seconds: u64) -> Instant {
    let now = Instant::now();
    now.checked_add(Duration::from_secs(seconds)).unwrap_or_else(|| now + Duration::from_hours(24 * 365))
}

fn refusal(status: u16, headers: &HeaderMap, body: &[u8], now: Timestamp) -> FetchErrorKind {
    let retry_after = headers::retry_after(headers, now);
    let freshness = headers::freshness(headers, now);
    match challenge::guard_of(status, headers, body) {
        Some(guard) => FetchErrorKind::Challenge { guard, status, retry_after, freshness },
        None => FetchErrorKind::Status { status, retry_after, freshness },
    }
}
