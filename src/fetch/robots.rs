//! Asks a host's robots.txt once a day and says whether a page may be fetched.
//!
//! [`RobotsRecord`] is what the store keeps; [`RobotsRecord::verdict`] is pure. A host without a
//! robots.txt (4xx) allows everything; a host that fails (5xx, no connection) is left alone for a
//! while, as RFC 9309 asks. Configured feeds are exempt: the user named them. The surprising
//! fact: the record is kept by host and port, so http and https on their usual ports share one.

use super::rules::Rules;
use super::{FetchError, Fetched, Fetcher, Request, Want};
use jiff::{SignedDuration, Timestamp};
use samestory_model::Freshness;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use url::Url;

/// Our name as a robots.txt may hold it.
const AGENT: &str = "samestory";

/// Seconds until a host whose robots.txt failed is asked again, at the least.
const FAILED_TTL: u64 = 3600;

/// Longest Crawl-delay that is believed, in seconds: more than a minute a page is a typing error
/// (milliseconds) or a refusal in disguise, which then takes hours a pass.
const LONGEST_DELAY: f32 = 60.0;

/// What a host's robots.txt answered, as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RobotsRecord {
    /// Host, and the port where it is not the usual one; see [`key`].
    pub host: String,
    /// When it was asked.
    pub fetched_at: Timestamp,
    /// Status of the answer; `None` where none came.
    pub status: Option<u16>,
    /// Seconds that a failing host asked to wait.
    pub retry_after: Option<u64>,
    /// Its text; empty unless it answered with success.
    pub body: Vec<u8>,
}

/// Bytes of rules that are kept at once.
const MOST_KEPT: usize = 8 << 20;

/// Rules of hosts as they were read, so that a text is read once and not for each page.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<HashMap<String, (Timestamp, Arc<Rules>)>>);

impl Known {
    /// The rules of a record.
    fn of(&self, record: &RobotsRecord) -> Arc<Rules> {
        let held = |known: &HashMap<String, (Timestamp, Arc<Rules>)>| {
            let (read_of, rules) = known.get(&record.host)?;
            (*read_of == record.fetched_at).then(|| Arc::clone(rules))
        };
        if let Some(rules) = held(&self.0.lock().unwrap_or_else(PoisonError::into_inner)) {
            return rules;
        }
        let rules = Arc::new(record.rules());
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.values().map(|(_, rules)| rules.bytes()).sum::<usize>() + rules.bytes() > MOST_KEPT {
            known.clear();
        }
        known.insert(record.host.clone(), (record.fetched_at, Arc::clone(&rules)));
        rules
    }
}

/// Whether a page may be fetched.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Verdict {
    /// It may, with this much time between two starts on the host (zero where it does not say).
    Allowed(Duration),
    /// The publisher asks programs, or this one, to leave the page alone.
    Disallowed,
    /// The host fails: nothing is known before this time.
    Wait(Timestamp),
}

/// The key of a host's record: its name, and its port where it is not the usual one.
pub fn key(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

impl RobotsRecord {
    /// What this record says about an address on its host.
    pub fn verdict(&self, url: &Url) -> Verdict {
        self.verdict_by(&self.rules(), url)
    }

    /// Its rules, read anew.
    fn rules(&self) -> Rules {
        Rules::read(&self.body, AGENT)
    }

    /// The verdict by rules that were read before.
    fn verdict_by(&self, rules: &Rules, url: &Url) -> Verdict {
        if self.failed() {
            return Verdict::Wait(self.fetched_at + seconds(self.wait()));
        }
        if !rules.allow(url) {
            return Verdict::Disallowed;
        }
        let delay = rules.delay().filter(|delay| delay.is_finite() && *delay > 0.0).unwrap_or(0.0);
        Verdict::Allowed(Duration::from_secs_f32(delay.min(LONGEST_DELAY)))
    }

    /// Whether it still counts; `ttl` in seconds, for a host that does not fail.
    pub fn is_current(&self, ttl: u64, now: Timestamp) -> bool {
        let ttl = if self.failed() { self.wait() } else { ttl };
        // One that was asked in the future was asked by a clock that stood wrong.
        self.fetched_at <= now + seconds(86_400) && now < self.fetched_at + seconds(ttl)
    }

    fn failed(&self) -> bool {
        self.status.is_none_or(|status| status == 429 || status >= 500)
    }

    fn wait(&self) -> u64 {
        self.retry_after.unwrap_or(0).clamp(FAILED_TTL, 86_400)
    }
}

fn seconds(count: u64) -> SignedDuration {
    SignedDuration::from_secs(
        i64::try_from(count).unwrap_or(i64::MAX).min(SignedDuration::from_hours(24 * 366).as_secs()),
    )
}

impl Fetcher {
    /// Whether a page may be fetched, by the host's record in `known`, which is asked for and
    /// replaced where it is missing, of another host, or too old. A Crawl-delay lengthens the
    /// host's gap from then on.
    pub async fn allowed(&self, url: &Url, known: &mut Option<RobotsRecord>, now: Timestamp) -> Verdict {
        let host = key(url);
        let ttl = self.settings().robots_ttl;
        let record = match known.take().filter(|record| record.host == host && record.is_current(ttl, now)) {
            Some(record) => record,
            None => match self.ask_robots(url, host, now).await {
                Ok(record) => record,
                // Nothing was learned of it: it is asked once the pause is over.
                Err(until) => return Verdict::Wait(until),
            },
        };
        let verdict = record.verdict_by(&self.known_rules().of(&record), url);
        *known = Some(record);
        if let Verdict::Allowed(delay) = verdict {
            self.turns().slow_down(url.host_str().unwrap_or_default(), delay).await;
        }
        verdict
    }

    /// The host's record, or until when it is left alone because another worker heard of a pause.
    async fn ask_robots(&self, url: &Url, host: String, now: Timestamp) -> Result<RobotsRecord, Timestamp> {
        let mut address = url.clone();
        address.set_path("/robots.txt");
        address.set_query(None);
        let (status, retry_after, body) = match self.get(Request::new(address, Want::Robots), now).await {
            Ok(Fetched::Fresh(response)) => (Some(200), None, response.body),
            // Cannot come, as no validators were sent; nothing forbids anything then.
            Ok(Fetched::NotModified(_)) => (Some(304), None, Vec::new()),
            Err(error) => match error.paused_until() {
                Some(until) => return Err(until),
                None => (status_of(&error), error.retry_after().or_else(|| max_age(error.freshness())), Vec::new()),
            },
        };
        Ok(RobotsRecord { host, fetched_at: now, status, retry_after, body })
    }
}

/// A challenge counts as a failing host: what it guards is not known to be allowed.
fn status_of(error: &FetchError) -> Option<u16> {
    error.status().filter(|_| !error.is_challenge())
}

fn max_age(freshness: Freshness) -> Option<u64> {
    freshness.lifetime().map(|(seconds, _)| seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-03-02T12:00:00Z".parse().expect("an instant")
    }

    fn record(status: Option<u16>, body: &str) -> RobotsRecord {
        RobotsRecord {
            host: "paper.example".to_owned(),
            fetched_at: now(),
            status,
            retry_after: None,
            body: body.as_bytes().to_vec(),
        }
    }

    fn page(path: &str) -> Url {
        format!("https://paper.example{path}").parse().expect("a URL")
    }

    #[test]
    fn our_own_group_beats_that_for_everybody() {
        let ours = record(Some(200), "User-agent: *\nDisallow: /\n\nUser-agent: SameStory\nDisallow: /archive/\n");
        assert_eq!(ours.verdict(&page("/news/1")), Verdict::Allowed(Duration::ZERO));
        assert_eq!(ours.verdict(&page("/archive/1")), Verdict::Disallowed);
        let others = record(Some(200), "User-agent: otherbot\nDisallow: /\n");
        assert_eq!(others.verdict(&page("/news/1")), Verdict::Allowed(Duration::ZERO));
    }

    #[test]
    fn a_missing_robots_txt_allows_and_a_failing_one_waits() {
        for status in [401, 403, 404, 410] {
            assert_eq!(record(Some(status), "").verdict(&page("/a")), Verdict::Allowed(Duration::ZERO), "{status}");
        }
        for status in [Some(500), Some(503), Some(429), None] {
            let verdict = record(status, "").verdict(&page("/a"));
            assert_eq!(verdict, Verdict::Wait(now() + SignedDuration::from_hours(1)), "{status:?}");
        }
    }

    #[test]
    fn a_crawl_delay_is_told_and_an_absurd_one_is_cut() {
        let ten = record(Some(200), "User-agent: *\nCrawl-delay: 10\n");
        assert_eq!(ten.verdict(&page("/a")), Verdict::Allowed(Duration::from_secs(10)));
        let absurd = record(Some(200), "User-agent: *\nCrawl-delay: 10000\n");
        assert_eq!(absurd.verdict(&page("/a")), Verdict::Allowed(Duration::from_mins(1)));
    }

    #[test]
    fn a_record_counts_for_its_time_and_a_failing_one_for_an_hour() {
        let day = 86_400;
        assert!(record(Some(200), "").is_current(day, now() + SignedDuration::from_hours(23)));
        assert!(!record(Some(200), "").is_current(day, now() + SignedDuration::from_hours(24)));
        assert!(!record(Some(503), "").is_current(day, now() + SignedDuration::from_hours(1)));
        let asked = RobotsRecord { retry_after: Some(7200), ..record(Some(503), "") };
        assert!(asked.is_current(day, now() + SignedDuration::from_mins(119)));
    }

    #[test]
    fn http_and_https_share_a_record_and_another_port_does_not() {
        assert_eq!(key(&page("/a")), key(&"http://paper.example/b".parse().expect("a URL")));
        assert_eq!(key(&"http://paper.example:8080/".parse().expect("a URL")), "paper.example:8080");
    }

    #[test]
    fn bytes_that_are_no_text_forbid_nothing() {
        let broken = RobotsRecord { body: vec![0xff, 0xfe, 0, 1, 2], ..record(Some(200), "") };
        assert_eq!(broken.verdict(&page("/a")), Verdict::Allowed(Duration::ZERO));
    }
}
