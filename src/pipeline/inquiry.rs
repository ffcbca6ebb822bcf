//! Asks sources outside of a pass, by the manners of one: what `sources check` shows and `sources add` keeps.
//!
//! One rate limit serves all of them, a host that asks for a pause is asked nothing more, what is read is read within
//! limits. What a source said before it was followed is stored as a pass would store it: its items wait, its validators
//! go back with the next request. So the first pass needs no second whole answer, which some publishers refuse.

use super::PipelineError;
use super::answers::{Heard, Polled, Sent};
use super::context::Summary;
use super::due::{Due, asked, identity};
use super::journal::Journal;
use super::leases::Leases;
use super::pauses::host_of;
use super::polite_fetch::PoliteFetch;
use super::poll::Told;
use super::reading::Reading;
use super::record_polls::{PollRecorder, discreet};
use super::stop::Stop;
use crate::config::Settings;
use crate::fetch::{Request, Want};
use crate::schedule;
use jiff::Timestamp;
use samestory_model::{Discreet, Failure, Fault, FeedFormat, ParsedFeed, Source, SourceState};
use samestory_store::{Commit, Store, StoreError, Work};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Answers that wait to be shown.
const AHEAD: usize = 16;

/// Asks sources; nothing is stored by asking.
pub struct Inquiry<'a> {
    asking: PoliteFetch,
    settings: &'a Settings,
    now: Timestamp,
}

/// A source that is asked, and what is known of it.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The source.
    pub source: Source,
    /// What is known of it; the default of one that is not followed.
    pub state: SourceState,
}

/// What a source holds, with what its answer said.
pub struct Found {
    /// What was read.
    pub feed: ParsedFeed,
    sent: Box<Sent>,
}

impl<'a> Inquiry<'a> {
    /// Nothing has been asked yet. Rate limits are shared with the other workers of a store, where one is given.
    pub fn new(settings: &'a Settings, store: Option<&dyn Store>, now: Timestamp) -> Result<Self, PipelineError> {
        let stop = Stop::never();
        let reading = Reading::new(settings.fetch.read_timeout, Journal::default(), &stop);
        Ok(Self { asking: PoliteFetch::new(store, &settings.fetch, reading, &stop, now)?, settings, now })
    }

    /// Asks one source for all that it holds.
    pub async fn ask(&self, source: &Source) -> Result<Found, Failure> {
        let subject = Subject { source: source.clone(), state: SourceState::default() };
        let mut sent = self.asking.clone().inquire(subject).await?;
        let feed = std::mem::replace(&mut sent.parsed, Ok(ParsedFeed::empty(FeedFormat::Html)))?;
        Ok(Found { feed, sent })
    }

    /// Asks all of these, hosts side by side and each address once; gives what each holds in their order.
    pub async fn ask_all(&self, subjects: Vec<Subject>, mut each: impl FnMut(usize, Result<&ParsedFeed, Failure>)) {
        let mut places: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let mut hosts: BTreeMap<String, Vec<(String, Subject)>> = BTreeMap::new();
        let count = subjects.len();
        for (place, subject) in subjects.into_iter().enumerate() {
            let identity = identity(&subject.source, &subject.state);
            let known = places.entry(identity.clone()).or_default();
            known.push(place);
            if known.len() == 1 {
                let host = host_of(asked(&subject.source, &subject.state));
                hosts.entry(host).or_default().push((identity, subject));
            }
        }
        let (answers_tx, mut answers_rx) = mpsc::channel(AHEAD);
        let mut tasks = JoinSet::new();
        for subjects in hosts.into_values() {
            let (asking, answers_tx) = (self.asking.clone(), answers_tx.clone());
            tasks.spawn(async move {
                for (identity, subject) in subjects {
                    let answer = asking.clone().inquire(subject).await.and_then(|sent| sent.parsed);
                    if answers_tx.send((identity, answer)).await.is_err() {
                        break;
                    }
                }
            });
        }
        drop(answers_tx);
        let mut ready: BTreeMap<usize, Arc<Result<ParsedFeed, Failure>>> = BTreeMap::new();
        let mut next = 0;
        while next < count {
            let Some((identity, answer)) = answers_rx.recv().await else { break };
            let answer = Arc::new(answer);
            ready.extend(places.remove(&identity).unwrap_or_default().into_iter().map(|at| (at, Arc::clone(&answer))));
            while let Some(answer) = ready.remove(&next) {
                each(next, answer.as_ref().as_ref().map_err(Clone::clone));
                next += 1;
            }
        }
    }

    /// Follows a source from now on, with what it was found to hold: its items wait for the next pass. Returns what a
    /// pass would say of it.
    pub fn follow(
        &self,
        store: &dyn Store,
        source: &Source,
        Found { feed, sent }: Found,
    ) -> Result<Summary, PipelineError> {
        let mut summary = Summary::default();
        // No other worker asks it between the moment in which it is followed and that in which this answer is stored.
        let claims = Leases::of(store);
        let held = claims.take(Work::Source, std::slice::from_ref(&source.name.0), 1)?;
        if held.is_empty() {
            let what = format!("{} is being asked by another worker", source.name);
            return Err(StoreError::Conflict { what }.into());
        }
        store.put_sources(std::slice::from_ref(source))?;
        let due =
            Due { source: source.clone(), state: SourceState::default(), twins: Vec::new(), children: Vec::new() };
        let polled = Polled { due, answer: Heard::Fresh(Box::new(Sent { parsed: Ok(feed), ..*sent })) };
        self.recorder(store).settle_first(polled, &self.asking.pauses, &mut summary)?;
        Ok(summary)
    }

    /// Notes which hosts want to be left alone, and until when, as far as a store knows it.
    pub fn know_pauses(&self, store: &dyn Store, subjects: &[Subject]) -> Result<(), PipelineError> {
        for Subject { source, state } in subjects {
            let host = host_of(asked(source, state));
            let until = store.host(&host)?.paused_until;
            if let Some(until) = until.filter(|until| schedule::holds(*until, None, &self.settings.fetch, self.now)) {
                self.asking.pauses.note(host, until);
            }
        }
        Ok(())
    }

    /// Stores the pauses that hosts asked for, so that the next pass keeps them, too.
    pub fn keep_pauses(&self, store: &dyn Store) -> Result<(), PipelineError> {
        self.recorder(store).keep(Commit::default(), &self.asking.pauses)
    }

    fn recorder<'s>(&'s self, store: &'s dyn Store) -> PollRecorder<'s> {
        PollRecorder { store, settings: self.settings, now: self.now }
    }
}

impl PoliteFetch {
    /// What a source holds, unless it or its host asked to be left alone.
    async fn inquire(self, Subject { source, state }: Subject) -> Result<Box<Sent>, Failure> {
        let address = asked(&source, &state).clone();
        let host = host_of(&address);
        let waits = schedule::asked_to_wait(&state, &source, self.settings(), self.now());
        if let Some(until) = self.pauses.until(&host).max(waits) {
            let hint = "it is asked by the first pass after that; `samestory run --force` asks it now";
            let what = format!("not asked: its host asked to be left alone until {until}");
            return Err(Failure::new(Discreet::followed(&address), Fault::Publisher, what, hint));
        }
        let request = Request::of_source(&source, address.clone(), Want::of_kind(source.kind));
        let failed = |failure: Failure, answered| discreet(failure, &source, answered);
        match self.hear(request, &source).await {
            Some(Ok(Told::News(mut sent, _held))) => {
                let answered = sent.answer.url.clone();
                sent.parsed = match sent.parsed {
                    Ok(mut feed) => {
                        feed.failures = feed.failures.into_iter().map(|failure| failed(failure, &answered)).collect();
                        Ok(feed)
                    }
                    Err(failure) => Err(failed(failure, &answered)),
                };
                Ok(sent)
            }
            Some(Err(error)) => Err(error.failure()),
            // Neither comes of a request without conditions that nobody asks to end.
            Some(Ok(Told::Same(_))) | None => {
                Err(Failure::new(Discreet::followed(&address), Fault::Ours, "it was not read", "try it again"))
            }
        }
    }
}
