//! Asks one address and follows it to its answer: redirects, limits, turns, validators.
//!
//! Promises: nothing is sent that was not asked for (no cookie, no referer, no guessed path);
//! every hop is checked anew; a body is cut at its limit while it streams, after decompression.
//! When to ask is `schedule`'s matter, what the bytes mean is `parse`'s and `extract`'s. The
//! surprising fact: validators belong to the address that gave them, so they are sent on the
//! hop that reaches it and on no other.

use super::guard::{Guard, Refused, Unresolved};
use super::turns::Turns;
use super::{FetchError, FetchErrorKind, challenge, headers};
use crate::config;
use crate::model::{Answer, Validators};
use jiff::Timestamp;
use reqwest::header::{self, HeaderMap, HeaderValue};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
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
    /// `user:password`, sent to the host of `url` only.
    pub credentials: Option<String>,
}

impl Request {
    /// A request without validators and credentials.
    pub fn new(url: Url, want: Want) -> Self {
        Self { url, want, validators: None, validators_of: None, credentials: None }
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
}

/// An answer that is no failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// A body.
    Fresh(Response),
    /// The validators still hold (304).
    NotModified(Answer),
}

/// Asks publishers; clones share connections and turns.
#[derive(Debug, Clone)]
pub struct Fetcher {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    direct: reqwest::Client,
    proxied: Option<reqwest::Client>,
    guard: Guard,
    turns: Turns,
    settings: config::Fetch,
}

enum Hop {
    Done(Fetched),
    Moved { to: Url, permanent: bool },
}

impl Fetcher {
    /// A fetcher with its connections; fails on settings that cannot be used.
    ///
    /// The environment's ordinary proxies are honoured, except for hosts with a fixed address
    /// and hosts that may be private.
    pub fn new(settings: &config::Fetch) -> Result<Self, FetchError> {
        let proxies = proxies_of_environment();
        let allowed = settings.allow_private_hosts.iter().cloned();
        let guard = Guard::new(allowed.clone(), &settings.hosts).map_err(setting_error)?;
        let direct = client(settings, guard.clone(), false)?;
        let proxied = if proxies.is_empty() {
            None
        } else {
            let with_proxies = Guard::new(allowed.chain(proxies), &settings.hosts).map_err(setting_error)?;
            Some(client(settings, with_proxies, true)?)
        };
        let turns = Turns::new(Duration::from_millis(settings.host_gap_ms), settings.concurrent_hosts);
        Ok(Self { inner: Arc::new(Inner { direct, proxied, guard, turns, settings: settings.clone() }) })
    }

    /// Asks one address, waiting for its host's turn; `now` dates what has no `Date`.
    pub async fn get(&self, request: Request, now: Timestamp) -> Result<Fetched, FetchError> {
        let start = bare(&request.url);
        let validators_of = bare(request.validators_of.as_ref().unwrap_or(&request.url));
        let credentials = request.credentials.clone().or_else(|| credentials_of(&request.url));
        let mut url = start.clone();
        let mut been = vec![url.clone()];
        let mut permanent = true;
        loop {
            let sent = Sent {
                want: request.want,
                validators: request.validators.as_ref().filter(|_| url == validators_of),
                credentials: credentials.as_deref().filter(|_| same_host(&url, &start)),
            };
            match self.hop(&url, &sent, now).await? {
                Hop::Done(mut fetched) => {
                    let answer = fetched.answer_mut();
                    answer.redirected = been.len() > 1;
                    answer.permanent = (answer.redirected && permanent).then(|| url.clone());
                    return Ok(fetched);
                }
                Hop::Moved { to, permanent: for_good } => {
                    if url.scheme() == "https" && to.scheme() == "http" {
                        return Err(FetchError::new(&url, FetchErrorKind::Downgrade(to)));
                    }
                    if been.contains(&to) {
                        return Err(FetchError::new(&to, FetchErrorKind::Circle));
                    }
                    if been.len() > self.inner.settings.max_redirects {
                        return Err(FetchError::new(
                            &start,
                            FetchErrorKind::TooManyHops(self.inner.settings.max_redirects),
                        ));
                    }
                    permanent &= for_good;
                    been.push(to.clone());
                    url = to;
                }
            }
        }
    }

    pub(super) fn settings(&self) -> &config::Fetch {
        &self.inner.settings
    }

    pub(super) fn turns(&self) -> &Turns {
        &self.inner.turns
    }

    async fn hop(&self, url: &Url, sent: &Sent<'_>, now: Timestamp) -> Result<Hop, FetchError> {
        let Inner { direct, proxied, guard, turns, settings } = &*self.inner;
        guard.check(url)?;
        let turn = turns.take(url.host_str().unwrap_or_default()).await;
        let client = proxied.as_ref().filter(|_| !guard.is_local(url)).unwrap_or(direct);
        let whole = Duration::from_secs(settings.total_timeout);
        let exchange = self.exchange(client, url, sent, now);
        let answered = timeout(whole, exchange).await.unwrap_or_else(|_| {
            let kind = FetchErrorKind::TimedOut { phase: "the whole answer", seconds: settings.total_timeout };
            Err(FetchError::new(url, kind))
        });
        drop(turn);
        answered
    }

    async fn exchange(
        &self,
        client: &reqwest::Client,
        url: &Url,
        sent: &Sent<'_>,
        now: Timestamp,
    ) -> Result<Hop, FetchError> {
        let settings = &self.inner.settings;
        let first_byte = settings.connect_timeout.saturating_add(settings.first_byte_timeout);
        let mut response = match timeout(Duration::from_secs(first_byte), sent.build(client, url).send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(FetchError::new(url, kind_of(&error, settings))),
            Err(_) => {
                let kind = FetchErrorKind::TimedOut { phase: "the first byte", seconds: settings.first_byte_timeout };
                return Err(FetchError::new(url, kind));
            }
        };
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        if let 301 | 302 | 303 | 307 | 308 = status {
            let to = headers.get(header::LOCATION).and_then(|to| target(url, to.as_bytes()));
            let to = to.ok_or_else(|| FetchError::new(url, FetchErrorKind::NoTarget))?;
            return Ok(Hop::Moved { to, permanent: matches!(status, 301 | 308) });
        }
        let answer = Answer {
            url: url.clone(),
            validators: headers::validators(&headers),
            freshness: headers::freshness(&headers, now),
            permanent: None,
            redirected: false,
        };
        if status == 304 && sent.validators.is_some() {
            return Ok(Hop::Done(Fetched::NotModified(answer)));
        }
        let limit = match (status, sent.want) {
            (200..=299, Want::Feed) => settings.max_feed_bytes,
            (200..=299, Want::Page) => settings.max_page_bytes,
            (200..=299, Want::Robots) => ROBOTS_BYTES,
            _ => challenge::LOOKED_AT,
        };
        let read = read_body(&mut response, limit).await;
        if !(200..=299).contains(&status) {
            // A refusal whose body breaks off is still that refusal.
            let (body, _) = read.unwrap_or_default();
            return Err(FetchError::new(url, refusal(status, &headers, &body, now)));
        }
        let (body, truncated) = read.map_err(|error| FetchError::new(url, kind_of(&error, settings)))?;
        if challenge::guard_of(status, &headers, &body).is_some() {
            return Err(FetchError::new(url, refusal(status, &headers, &body, now)));
        }
        let text = |name| headers::text(&headers, &name).map(ToOwned::to_owned);
        Ok(Hop::Done(Fetched::Fresh(Response {
            answer,
            body,
            content_type: text(header::CONTENT_TYPE),
            content_language: text(header::CONTENT_LANGUAGE),
            truncated,
        })))
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
    credentials: Option<&'a str>,
}

impl Sent<'_> {
    fn build(&self, client: &reqwest::Client, url: &Url) -> reqwest::RequestBuilder {
        let mut request = client.get(url.clone()).header(header::ACCEPT, self.want.accept());
        let known = self.validators.into_iter().flat_map(|known| {
            [(header::IF_NONE_MATCH, &known.etag), (header::IF_MODIFIED_SINCE, &known.last_modified)]
        });
        for (name, value) in known {
            // What came in as a header's bytes goes out as one; a store that broke them is left out.
            if let Some(Ok(value)) = value.as_deref().map(HeaderValue::from_bytes) {
                request = request.header(name, value);
            }
        }
        if let Some(credentials) = self.credentials {
            let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
            request = request.basic_auth(user, Some(password));
        }
        request
    }
}

async fn read_body(response: &mut reqwest::Response, limit: usize) -> Result<(Vec<u8>, bool), reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        let room = limit - body.len();
        if chunk.len() > room {
            body.extend_from_slice(&chunk[..room]);
            return Ok((body, true));
        }
        body.extend_from_slice(&chunk);
    }
    Ok((body, false))
}

fn refusal(status: u16, headers: &HeaderMap, body: &[u8], now: Timestamp) -> FetchErrorKind {
    let retry_after = headers::retry_after(headers, now);
    let freshness = headers::freshness(headers, now);
    match challenge::guard_of(status, headers, body) {
        Some(guard) => FetchErrorKind::Challenge { guard, status, retry_after, freshness },
        None => FetchErrorKind::Status { status, retry_after, freshness },
    }
}

/// Where a `Location` points, without credentials and fragment; some publishers send raw UTF-8.
fn target(from: &Url, location: &[u8]) -> Option<Url> {
    let location = std::str::from_utf8(location).ok()?.trim();
    from.join(location).ok().map(|to| bare(&to))
}

fn bare(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_fragment(None);
    // Both fail only for addresses that have no host, which the guard refuses.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url
}

fn credentials_of(url: &Url) -> Option<String> {
    let decoded = |text: &str| {
        // `form_urlencoded` would read a plus as a space, so it is kept from it.
        let pairs = format!("={}", text.replace('+', "%2B"));
        url::form_urlencoded::parse(pairs.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
    };
    (!url.username().is_empty())
        .then(|| format!("{}:{}", decoded(url.username()), decoded(url.password().unwrap_or_default())))
}

fn same_host(url: &Url, start: &Url) -> bool {
    let default = |url: &Url| url.port().is_none();
    url.host() == start.host()
        && (url.port_or_known_default() == start.port_or_known_default() || (default(url) && default(start)))
}

fn client(settings: &config::Fetch, guard: Guard, proxied: bool) -> Result<reqwest::Client, FetchError> {
    let contact = settings.contact.trim();
    let agent = match contact {
        "" => format!("samestory/{}", env!("CARGO_PKG_VERSION")),
        contact => format!("samestory/{} (+{contact})", env!("CARGO_PKG_VERSION")),
    };
    let agent = HeaderValue::from_str(&agent).map_err(|_| {
        setting_error(FetchErrorKind::Setting { key: "contact", reason: "holds what a header cannot carry".to_owned() })
    })?;
    let builder = reqwest::Client::builder()
        .user_agent(agent)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .connect_timeout(Duration::from_secs(settings.connect_timeout))
        .pool_max_idle_per_host(1)
        .pool_idle_timeout(Duration::from_secs(15))
        .http1_ignore_invalid_headers_in_responses(true)
        .http1_allow_spaces_after_header_name_in_responses(true)
        .http1_allow_obsolete_multiline_headers_in_responses(true)
        .http1_max_headers(200)
        .http2_max_header_list_size(64 * 1024)
        .dns_resolver(guard);
    let builder = if proxied { builder } else { builder.no_proxy() };
    builder.build().map_err(|error| {
        setting_error(FetchErrorKind::Setting {
            key: "*",
            reason: format!("no client can be made: {}", root_of(&error)),
        })
    })
}

/// Names of the proxies that the environment asks for; these may be private.
fn proxies_of_environment() -> Vec<String> {
    ["ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"]
        .iter()
        .filter_map(|name| std::env::var(name).ok())
        .filter(|value| !value.trim().is_empty())
        .filter_map(|value| {
            let url =
                Url::parse(&value).ok().filter(Url::has_host).or_else(|| Url::parse(&format!("http://{value}")).ok());
            url?.host_str().map(ToOwned::to_owned)
        })
        .collect()
}

fn setting_error(kind: FetchErrorKind) -> FetchError {
    let subject = Url::parse("config:fetch").expect("a constant that is a URL");
    FetchError { url: subject, kind }
}

fn kind_of(error: &reqwest::Error, settings: &config::Fetch) -> FetchErrorKind {
    let chain = || std::iter::successors(Some(error as &(dyn std::error::Error + 'static)), |error| error.source());
    if let Some(refused) = chain().find_map(|error| error.downcast_ref::<Refused>()) {
        return FetchErrorKind::Private { address: refused.address, what: refused.what };
    }
    if let Some(Unresolved(reason)) = chain().find_map(|error| error.downcast_ref::<Unresolved>()) {
        return FetchErrorKind::Name(reason.clone());
    }
    if error.is_connect() && error.is_timeout() {
        return FetchErrorKind::TimedOut { phase: "connecting", seconds: settings.connect_timeout };
    }
    if error.is_connect() {
        return FetchErrorKind::Connect(root_of(error));
    }
    FetchErrorKind::Broken(root_of(error))
}

/// The innermost reason: the outer ones repeat the address.
fn root_of(error: &reqwest::Error) -> String {
    let innermost = std::iter::successors(Some(error as &(dyn std::error::Error + 'static)), |error| error.source());
    innermost.last().map(ToString::to_string).unwrap_or_default()
}
