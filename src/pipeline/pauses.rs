//! Remembers which hosts asked for a pause in this pass, so that they are not asked again in it.
//!
//! Shared by everything that asks in a pass, whichever task heard the refusal; what outlives the
//! pass is kept with the host in the store ([`Pauses::keep`]).

use super::PipelineError;
use crate::config;
use crate::fetch::FetchError;
use crate::schedule;
use jiff::Timestamp;
use samestory_store::{HostRecord, Store};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use url::Url;

/// Hosts that asked for a pause, and until when.
#[derive(Debug, Clone, Default)]
pub(super) struct Pauses(Arc<Mutex<BTreeMap<String, Timestamp>>>);

/// The name under which a host's pause and pages are kept.
pub(super) fn host_of(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

impl Pauses {
    /// Notes what a refusal says about its whole host; returns until when that is to be left alone.
    pub(super) fn hear(&self, error: &FetchError, settings: &config::Fetch, now: Timestamp) -> Option<Timestamp> {
        let until = schedule::host_pause(&error.refusal(), settings, now)?;
        self.note(host_of(&error.url), until);
        Some(until)
    }

    /// Notes a pause; the longer of two counts.
    pub(super) fn note(&self, host: String, until: Timestamp) {
        let mut hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = hosts.entry(host).or_insert(until);
        *known = until.max(*known);
    }

    /// Until when a host is left alone since something it said in this pass.
    pub(super) fn until(&self, host: &str) -> Option<Timestamp> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(host).copied()
    }

    /// Puts the pauses into the records of a commit, for later passes.
    pub(super) fn keep(
        &self,
        store: &dyn Store,
        hosts: &mut BTreeMap<String, HostRecord>,
    ) -> Result<(), PipelineError> {
        let heard = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for (host, until) in heard {
            let mut record = match hosts.remove(&host) {
                Some(record) => record,
                None => store.host(&host)?,
            };
            if record.paused_until.is_none_or(|known| known < until) {
                record.paused_until = Some(until);
            }
            hosts.insert(host, record);
        }
        Ok(())
    }
}
