//! Says why an address gave nothing, whose fault it is, and what a person can do.
//!
//! Every message begins with the address. A status keeps the headers that decide the next poll
//! (`Retry-After`, freshness), because a refusal may say more about that than a success.
//! A page that asks for a browser's proof is its own kind: it is reported, never answered.

use super::Response;
use jiff::Timestamp;
use samestory_model::{Discreet, Failure, Fault, Freshness, Refusal};
use std::net::IpAddr;
use url::Url;

/// Why an address gave nothing.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {kind}", self.shown())]
pub struct FetchError {
    /// The address that failed: the last hop, where redirects were followed.
    pub url: Box<Url>,
    /// What failed.
    pub kind: FetchErrorKind,
    /// Whose address it is, and so how much of it is shown.
    pub(super) whose: Whose,
    /// What had come of a body that broke off.
    part: Option<Box<Response>>,
}

/// Whose address was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// A stranger named it.
    Page,
    /// The user follows it.
    Followed,
    /// The user is notified there.
    Receiver,
}

/// What failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchErrorKind {
    /// Neither http nor https, or no host.
    #[error("not an address on the web (only http and https are asked)")]
    NotWeb,
    /// The address, or one that its name stands for, is not on the public internet.
    #[error("refused: {address} is {what}")]
    Private {
        /// What the name resolved to.
        address: IpAddr,
        /// What kind of address it is, such as "a loopback address".
        what: &'static str,
    },
    /// A `[fetch]` setting that cannot be used.
    #[error("setting fetch.{key}: {reason}")]
    Setting {
        /// Its key.
        key: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The name has no address.
    #[error("no address found for this name: {0}")]
    Name(String),
    /// No connection.
    #[error("no connection: {0}")]
    Connect(String),
    /// A time limit.
    #[error("no answer in time: {phase} took more than {seconds} s")]
    TimedOut {
        /// What took too long.
        phase: &'static str,
        /// The limit.
        seconds: u64,
    },
    /// Not asked: the host had asked another worker for a pause.
    #[error("the host asked for a pause until {until}")]
    Paused {
        /// Until when it is left alone.
        until: Timestamp,
    },
    /// The answer is not proper HTTP, or it broke off.
    #[error("broken answer: {0}")]
    Broken(String),
    /// A redirect without a usable target.
    #[error("redirect without a usable target")]
    NoTarget,
    /// A redirect to where the request had been.
    #[error("redirects in a circle")]
    Circle,
    /// More hops than allowed.
    #[error("more than {0} redirects")]
    TooManyHops(usize),
    /// https that points to http.
    #[error("redirects from https to http ({})", Discreet::followed(.0))]
    Downgrade(Url),
    /// A status other than success; 304 where nothing was asked that could be unchanged.
    #[error("the publisher answered {}", status_words(*.status))]
    Status {
        /// The status.
        status: u16,
        /// `Retry-After` in seconds.
        retry_after: Option<u64>,
        /// What the answer says about its freshness.
        freshness: Freshness,
    },
    /// A page that wants to see a browser or a person.
    #[error("a challenge page of {guard} answered ({status})")]
    Challenge {
        /// Whose page it is, as far as it can be told.
        guard: &'static str,
        /// The status it came with.
        status: u16,
        /// `Retry-After` in seconds.
        retry_after: Option<u64>,
        /// What the answer says about its freshness.
        freshness: Freshness,
    },
}

impl std::fmt::Debug for FetchError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("FetchError").field("url", &self.shown()).field("kind", &self.kind).finish_non_exhaustive()
    }
}

fn status_words(status: u16) -> String {
    if status == 304 {
        return "304 Not Modified to a request without conditions, so there is nothing to read".to_owned();
    }
    match reqwest::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()) {
        Some(reason) => format!("{status} {reason}"),
        None => status.to_string(),
    }
}

impl FetchError {
    pub(super) fn new(url: &Url, kind: FetchErrorKind) -> Self {
        Self { url: Box::new(url.clone()), kind, whose: Whose::Page, part: None }
    }

    /// The same with what had come of the body.
    pub(super) fn with_part(self, part: Response) -> Self {
        Self { part: Some(Box::new(part)), ..self }
    }

    /// Takes out what had come of a body that broke off, where something had: a document that is whole may be used all
    /// the same. Of one that is not, the answer's validators must not be kept.
    pub fn take_part(&mut self) -> Option<Response> {
        self.part.take().map(|part| *part)
    }

    /// What had come of a body, for what followed redirects to it.
    pub(super) fn part_mut(&mut self) -> Option<&mut Response> {
        self.part.as_deref_mut()
    }

    /// The same of an address that the user follows, or not.
    pub(super) fn of(self, followed: bool) -> Self {
        Self { whose: if followed { Whose::Followed } else { self.whose }, ..self }
    }

    /// The same of an address at which the user is notified of something.
    pub(super) fn of_receiver(self) -> Self {
        Self { whose: Whose::Receiver, ..self }
    }

    fn shown(&self) -> Discreet {
        match self.whose {
            Whose::Page => Discreet::page(&self.url),
            Whose::Followed => Discreet::followed(&self.url),
            Whose::Receiver => Discreet::receiver(&self.url),
        }
    }

    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match &self.kind {
            FetchErrorKind::NotWeb | FetchErrorKind::Private { .. } | FetchErrorKind::Setting { .. } => {
                Fault::Configuration
            }
            FetchErrorKind::Name(_) | FetchErrorKind::Connect(_) | FetchErrorKind::TimedOut { .. } => Fault::Network,
            FetchErrorKind::Paused { .. }
            | FetchErrorKind::Broken(_)
            | FetchErrorKind::NoTarget
            | FetchErrorKind::Circle
            | FetchErrorKind::TooManyHops(_)
            | FetchErrorKind::Downgrade(_)
            | FetchErrorKind::Status { .. }
            | FetchErrorKind::Challenge { .. } => Fault::Publisher,
        }
    }

    /// What a person can do; empty where only time helps.
    pub fn hint(&self) -> &'static str {
        match &self.kind {
            FetchErrorKind::NotWeb => "give an address that begins with https:// or http://",
            FetchErrorKind::Private { .. } => {
                "if this host is meant, add it to fetch.allow_private_hosts in the configuration"
            }
            FetchErrorKind::Setting { .. } => "correct it in the configuration",
            FetchErrorKind::Name(_) => "check the spelling of the host and this machine's name server",
            FetchErrorKind::Status { status: 401, .. } => {
                "set `credentials` for this source; they go to the scheme, host and port of its own address only"
            }
            FetchErrorKind::Status { status: 403, .. } => {
                "the publisher may not want to be read by programs; set fetch.contact so that it can reach you"
            }
            FetchErrorKind::Status { status: 404, .. } => {
                "look for the feed's new address on the publisher's site, or remove the source"
            }
            FetchErrorKind::Status { status: 304, .. } => {
                "a cache on the way may be broken: open the address in a browser, and tell its publisher"
            }
            FetchErrorKind::Status { status: 410, .. } => "the publisher has ended this feed; remove the source",
            FetchErrorKind::Challenge { .. } => {
                "ask the publisher to let its feed through; this program does not pretend to be a browser"
            }
            FetchErrorKind::Circle
            | FetchErrorKind::TooManyHops(_)
            | FetchErrorKind::NoTarget
            | FetchErrorKind::Downgrade(_) => "open the address in a browser and configure the one it ends at",
            FetchErrorKind::Broken(_) => {
                "open the address in a browser; if it works there, tell its publisher, else wait"
            }
            FetchErrorKind::Connect(_)
            | FetchErrorKind::TimedOut { .. }
            | FetchErrorKind::Paused { .. }
            | FetchErrorKind::Status { .. } => "",
        }
    }

    /// The status, where an answer came.
    pub fn status(&self) -> Option<u16> {
        match self.kind {
            FetchErrorKind::Status { status, .. } | FetchErrorKind::Challenge { status, .. } => Some(status),
            _ => None,
        }
    }

    /// Until when the host is left alone, where it was not asked for that.
    pub fn paused_until(&self) -> Option<Timestamp> {
        match self.kind {
            FetchErrorKind::Paused { until } => Some(until),
            _ => None,
        }
    }

    /// Seconds that the answer asks to wait.
    pub fn retry_after(&self) -> Option<u64> {
        match self.kind {
            FetchErrorKind::Status { retry_after, .. } | FetchErrorKind::Challenge { retry_after, .. } => retry_after,
            _ => None,
        }
    }

    /// What the refusal says about its freshness.
    pub fn freshness(&self) -> Freshness {
        match self.kind {
            FetchErrorKind::Status { freshness, .. } | FetchErrorKind::Challenge { freshness, .. } => freshness,
            _ => Freshness::default(),
        }
    }

    /// Whether a challenge page answered.
    pub fn is_challenge(&self) -> bool {
        matches!(self.kind, FetchErrorKind::Challenge { .. })
    }

    /// The failure as it is stored with its source.
    pub fn failure(&self) -> Failure {
        Failure::new(self.shown(), self.fault(), self.kind.to_string(), self.hint())
    }

    /// What `schedule` needs to know of it.
    pub fn refusal(&self) -> Refusal {
        Refusal {
            status: self.status(),
            retry_after: self.retry_after(),
            freshness: self.freshness(),
            failure: self.failure(),
        }
    }
}
