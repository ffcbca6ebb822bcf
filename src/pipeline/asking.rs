//! Asks publishers on behalf of one pass: knows its clock, which hosts want a pause, and when to end.
//!
//! Clones are handed to the tasks that ask hosts side by side, and share what they hear.

use super::pass::Pass;
use super::pauses::{Pauses, host_of};
use super::share::Shared;
use super::stop::Stop;
use crate::config;
use crate::fetch::{FetchError, Fetched, Fetcher, Request, RobotsRecord, Verdict};
use jiff::Timestamp;
use url::Url;

/// What every task that asks a host is given.
#[derive(Clone)]
pub(super) struct Asking {
    fetcher: Fetcher,
    settings: config::Fetch,
    pub(super) pauses: Pauses,
    pub(super) stop: Stop,
    now: Timestamp,
}

impl Asking {
    /// Nobody has been asked yet.
    pub(super) fn of(pass: &Pass<'_>) -> Result<Self, Box<FetchError>> {
        Ok(Self {
            fetcher: match pass.store.fleet() {
                Some(fleet) => Fetcher::sharing(&pass.settings.fetch, Shared::of(fleet)),
                None => Fetcher::new(&pass.settings.fetch),
            }
            .map_err(Box::new)?,
            settings: pass.settings.fetch.clone(),
            pauses: Pauses::default(),
            stop: pass.stop.clone(),
            now: pass.now,
        })
    }

    /// Asks one address; a refusal that means the whole host is remembered.
    pub(super) async fn get(&self, request: Request) -> Result<Fetched, FetchError> {
        let answer = self.fetcher.get(request, self.now).await;
        if let Err(error) = &answer {
            if let Some(until) = error.paused_until() {
                // Another worker heard of it, and has told everybody.
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
