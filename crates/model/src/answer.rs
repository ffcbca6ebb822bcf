//! What an answer says about itself beside its body: address, validators, freshness, refusal.
//!
//! These are the words that `fetch` hands to `schedule` through the pipeline, so that neither
//! knows the other. Every time is already relative to when the answer came: `fetch` has held
//! `Expires` and `Retry-After` against the publisher's own `Date`, so a publisher's wrong clock
//! does no harm here.

use super::{Failure, Validators};
use serde::{Deserialize, Serialize};
use url::Url;

/// How long an answer says that it stays fresh; absent and malformed headers are `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freshness {
    /// `Cache-Control: max-age` in seconds.
    pub max_age: Option<u64>,
    /// `Expires` in seconds after the answer's `Date`; negative where it lies in the past.
    pub expires_in: Option<i64>,
    /// `Age` in seconds: how long a cache on the way has held it.
    pub age: u64,
}

impl Freshness {
    /// Seconds that the answer stays fresh, and the rule (`max-age` or `expires`) that says so.
    ///
    /// `max-age` beats `Expires`, and both lose the time that the answer spent in caches.
    pub fn lifetime(&self) -> Option<(u64, &'static str)> {
        if let Some(seconds) = self.max_age {
            return Some((seconds.saturating_sub(self.age), "max-age"));
        }
        let seconds = u64::try_from(self.expires_in?).unwrap_or(0);
        Some((seconds.saturating_sub(self.age), "expires"))
    }
}

/// What an answer says beside its body; a 304 has this and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The address that answered, after redirects.
    pub url: Url,
    /// Its validators, byte for byte.
    pub validators: Validators,
    /// How long it stays fresh.
    pub freshness: Freshness,
    /// Where the address has moved for good: only if every hop was a 301 or 308.
    pub permanent: Option<Url>,
    /// Whether any redirect was followed.
    pub redirected: bool,
}

/// A poll that brought nothing, with what the refusal said about the next one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// HTTP status, where an answer came at all.
    pub status: Option<u16>,
    /// `Retry-After` in seconds from the answer; `None` where absent, malformed or in the past.
    pub retry_after: Option<u64>,
    /// Freshness of the refusal; only `max-age` of a 429 or 503 counts.
    pub freshness: Freshness,
    /// What is stored with the source and shown by `doctor`.
    pub failure: Failure,
}
