//! Asks publishers on behalf of one pass: knows its clock, which hosts want a pause, and when to end: because it is
//! asked to, or because the pass has asked for long enough (`fetch.pass_limit`).
//!
//! Clones are handed to the tasks that ask hosts side by side, and share what they hear.

use super::context::Pass;
use super::pauses::{Pauses, host_of};
use super::reading::Reading;
use super::shared_limiter::Shared;
use super::stop::Stop;
use crate::config;
use crate::fetch::{FetchError, Fetched, Fetcher, Request, RobotsRecord, Room, Verdict, Want};
use jiff::Timestamp;
use samestory_store::Store;
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// What every task that asks a host is given.
#[derive(Clone)]
pub(super) struct PoliteFetch {
    fetcher: Fetcher,
    settings: config::Fetch,
    pub(super) pauses: Pauses,
    pub(super) reading: Reading,
    stop: Stop,
    /// When the pass has asked for long enough.
    end: Option<Instant>,
    now: Timestamp,
}

impl PoliteFetch {
    /// On behalf of a pass; no host has been asked yet.
    pub(super) fn of(pass: &Pass<'_>, reading: Reading) -> Result<Self, Box<FetchError>> {
        let limited = Self::new(Some(pass.store), &pass.settings.fetch, reading, pass.stop, pass.now)?;
        Ok(Self { end: end_of(pass.settings.fetch.pass_limit), ..limited })
    }

    /// The same for as long as it takes; hosts are shared with the other workers of a store, where one is given.
    pub(super) fn new(
        store: Option<&dyn Store>,
        settings: &config::Fetch,
        reading: Reading,
        stop: &Stop,
        now: Timestamp,
    ) -> Result<Self, Box<FetchError>> {
        let fetcher = match store.and_then(Store::fleet) {
            Some(fleet) => Fetcher::sharing(settings, Shared::of(fleet)),
            None => Fetcher::new(settings),
        };
        Ok(Self {
            fetcher: fetcher.map_err(Box::new)?,
            settings: settings.clone(),
            pauses: Pauses::default(),
            reading,
            stop: stop.clone(),
            end: None,
            now,
        })
    }

    /// Whether nothing more is to be asked.
    pub(super) fn is_over(&self) -> bool {
        self.stop.is_asked() || self.has_asked_enough()
    }

    /// Whether the pass has asked for long enough.
    pub(super) fn has_asked_enough(&self) -> bool {
        self.end.is_some_and(|end| end <= Instant::now())
    }

    /// Waits until nothing more is to be asked.
    pub(super) async fn over(&self) {
        let enough = async {
            match self.end {
                Some(end) => tokio::time::sleep_until(end).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.stop.asked() => {}
            () = enough => {}
        }
    }

    /// The room that answers take.
    pub(super) fn room(&self) -> &Room {
        self.fetcher.room()
    }

    /// How long what fast hosts sent waits for slower ones.
    pub(super) fn patience(&self) -> Duration {
        Duration::from_secs(self.settings.patience.min(86_400))
    }

    /// The settings of `[fetch]`.
    pub(super) fn settings(&self) -> &config::Fetch {
        &self.settings
    }

    /// The clock.
    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    /// How long a body may become.
    pub(super) fn limit_of(&self, want: Want) -> usize {
        if want == Want::Page { self.settings.max_page_bytes } else { self.settings.max_feed_bytes }
    }

    /// Asks one address; a refusal that means the whole host is remembered.
    pub(super) async fn get(&self, request: Request) -> Result<Fetched, FetchError> {
        let answer = self.fetcher.get(request, self.now).await;
        if let Err(error) = &answer {
            if let Some(until) = error.paused_until() {
                // Another worker was asked for the pause, and has stored it for all.
                self.pauses.note(host_of(&error.url), until);
            } else if let Some(until) = self.pauses.hear(error, &self.settings, self.now) {
                self.fetcher.pause(&host_of(&error.url), until).await;
            }
        }
        answer
    }

    /// Whether a page may be asked for.
    pub(super) async fn allowed(&self, url: &Url, known: &mut Option<RobotsRecord>) -> Verdict {
        let verdict = self.fetcher.allowed(url, known, self.now).await;
        let busy = known.as_ref().is_some_and(|record| record.status == Some(429));
        if let (Verdict::Wait(until), true) = (verdict, busy) {
            // A host that is too busy for its robots.txt is too busy for everything else.
            self.pauses.note(host_of(url), until);
            self.fetcher.pause(&host_of(url), until).await;
        }
        verdict
    }
}

/// When a pass that may ask for so many seconds has done so; `None` where it may for ever.
fn end_of(seconds: u64) -> Option<Instant> {
    (seconds > 0).then(|| Instant::now().checked_add(Duration::from_secs(seconds))).flatten()
}
