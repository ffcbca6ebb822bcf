//! Decides when a source is asked again, from what its last answer said; touches nothing else.
//!
//! [`after`] takes a source's state and the outcome of one poll and gives the state to store:
//! validators, redirects under observation, errors, the next poll and the rule that set it. Pure:
//! no clock, no socket, no store; `fetch` asks, `pipeline` carries values between the two. The
//! surprising fact: an answer whose body could not be read leaves the validators alone, so that
//! the next request still gets a whole body once the publisher has mended it.

mod wait;

use crate::config;
use jiff::{SignedDuration, Timestamp};
use samestory_model::{Answer, Failure, PollHints, PollRule, Redirect, Refusal, Source, SourceState, Validators};

/// Days on which a permanent redirect must have been seen before it is believed.
const DAYS_TO_BELIEVE: usize = 3;

/// Hours that a source must have been failing before a person is told.
const FAILING_HOURS: i64 = 72;

/// The rule of a source that asked to be left alone, or whose host did.
const RETRY_AFTER: &str = "retry-after";

/// What came of one poll.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A body came.
    Fresh {
        /// What the answer said about itself.
        answer: Answer,
        /// What the body was.
        body: Body,
    },
    /// The validators still held (304).
    NotModified(Answer),
    /// A refusal, or no answer.
    Failed(Refusal),
}

/// What a body was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// A source of the expected kind.
    Read {
        /// Hash of the body, to tell an unchanged one.
        hash: u64,
        /// Whether everything new in it was taken. Else no validators are kept: the next answer is to be whole again.
        whole: bool,
        /// Times of its items, in any order.
        items: Vec<Timestamp>,
        /// Its own title.
        title: Option<String>,
        /// Repairs that were needed to read it.
        repairs: Vec<String>,
    },
    /// Something else, such as a page of HTML where a feed should be.
    Unreadable(Failure),
}

/// The state after one poll.
///
/// `hints` are those of the body that was just read; for other outcomes the remembered ones
/// count. A source that answered 410 has no next poll until [`revived`].
pub fn after(
    state: &SourceState,
    outcome: &Outcome,
    hints: &PollHints,
    source: &Source,
    settings: &config::Fetch,
    now: Timestamp,
) -> SourceState {
    let mut next = SourceState { of: Some(source.url.clone()), ..state.clone() };
    match outcome {
        Outcome::Fresh { answer, body: Body::Read { hash, whole, items, title, repairs } } => {
            next.validators = if *whole { answer.validators.clone() } else { Validators::default() };
            next.validators_of = Some(answer.url.clone());
            next.body_hash = whole.then_some(*hash);
            next.feed_title.clone_from(title);
            next.repairs.clone_from(repairs);
            next.hints = hints.clone();
            next.recent_items = recent(&state.recent_items, items, now);
            succeed(&mut next, answer, source, settings, now);
        }
        Outcome::NotModified(answer) => {
            let Validators { etag, last_modified } = &answer.validators;
            if etag.is_some() {
                next.validators.etag.clone_from(etag);
            }
            if last_modified.is_some() {
                next.validators.last_modified.clone_from(last_modified);
            }
            succeed(&mut next, answer, source, settings, now);
        }
        Outcome::Fresh { answer: _, body: Body::Unreadable(failure) } => {
            // Whatever stood at the end of a redirect, it was no feed.
            next.redirect = None;
            next.last_checked = Some(now);
            fail(&mut next, failure, now);
            let wait = wait::back_off(next.errors, source, settings);
            plan(&mut next, wait, source, now);
        }
        Outcome::Failed(refusal) => {
            if refusal.status.is_some() {
                next.last_checked = Some(now);
            }
            fail(&mut next, &refusal.failure, now);
            if refusal.status == Some(410) {
                next.gone = true;
                next.next_poll = None;
                next.rule = Some(rule("gone", "410 Gone: not asked any more until re-enabled"));
            } else {
                let wait = wait::after_refusal(refusal, next.errors, source, settings);
                plan(&mut next, wait, source, now);
            }
        }
    }
    next
}

/// Whether what is put off until then is to be left alone now; `every` is what a source asks for itself.
///
/// Nothing is ever put off for longer than the longest wait that the settings allow: what stands further ahead was
/// noted by a clock that stood wrong, and holds nothing.
pub fn holds(until: Timestamp, every: Option<u64>, settings: &config::Fetch, now: Timestamp) -> bool {
    now < until && until <= wait::later(now, wait::longest(every, settings))
}

/// Whether a source is to be asked now.
pub fn due(source: &Source, state: &SourceState, settings: &config::Fetch, now: Timestamp) -> bool {
    if !source.enabled || state.gone {
        return false;
    }
    if !source.kind.is_polled() {
        return true;
    }
    // A check in the future means that the clock was wrong then: its plans are worth nothing.
    let from_the_future = state.last_checked.is_some_and(|checked| checked > now + SignedDuration::from_hours(24));
    from_the_future || state.next_poll.is_none_or(|next| !holds(next, source.every_seconds, settings, now))
}

/// Since when a source has been failing, once that is long enough to tell a person.
pub fn failing_since(state: &SourceState, now: Timestamp) -> Option<Timestamp> {
    state.failing_since.filter(|since| now.duration_since(*since) >= SignedDuration::from_hours(FAILING_HOURS))
}

/// Until when a whole host is left alone after this refusal; `None` where only the address is.
pub fn host_pause(refusal: &Refusal, settings: &config::Fetch, now: Timestamp) -> Option<Timestamp> {
    let pauses = match refusal.status {
        Some(429) => true,
        Some(503) => settings.pause_host_on_503,
        _ => false,
    };
    pauses.then(|| wait::later(now, wait::of_host(refusal, settings)))
}

/// The state of another source on a host that is left alone until then: due no earlier.
pub fn held(state: &SourceState, until: Timestamp) -> SourceState {
    let mut next = state.clone();
    if !next.gone && next.next_poll.is_none_or(|planned| planned < until) {
        next.next_poll = Some(until);
        next.rule = Some(rule(RETRY_AFTER, "the host asked for a pause at another of its addresses"));
    }
    next
}

/// What is known of a source: the stored state, or nothing where it was learned about another address.
///
/// A person who corrects an address is believed more than a redirect that was believed before.
pub fn known(stored: &SourceState, source: &Source) -> SourceState {
    if stored.of.as_ref().is_none_or(|of| *of == source.url) { stored.clone() } else { SourceState::default() }
}

/// The state of a source at the same address as another, which is asked for both.
pub fn twin(state: &SourceState, first: &Source, after: &SourceState) -> SourceState {
    let detail = format!("the same address as {}, which is asked", first.name);
    SourceState { next_poll: after.next_poll, rule: Some(rule("twin", &detail)), ..state.clone() }
}

/// The state of a source that a person enables again: due at once, its errors forgotten.
pub fn revived(state: &SourceState) -> SourceState {
    let rule = Some(rule("new", "enabled again"));
    SourceState { gone: false, next_poll: None, errors: 0, failing_since: None, failure: None, rule, ..state.clone() }
}

/// The state of a source of which more is known to be there, and is to be asked for in the next pass.
pub fn at_once(state: &SourceState) -> SourceState {
    SourceState { next_poll: None, rule: Some(rule("new", "its sitemaps have not been asked yet")), ..state.clone() }
}

/// Until when a source, or its host, asked to be left alone; `None` where it did not, or that time is over.
pub fn asked_to_wait(
    state: &SourceState,
    source: &Source,
    settings: &config::Fetch,
    now: Timestamp,
) -> Option<Timestamp> {
    let asked = state.rule.as_ref().is_some_and(|rule| rule.rule == RETRY_AFTER);
    state.next_poll.filter(|until| asked && holds(*until, source.every_seconds, settings, now))
}

fn rule(rule: &str, detail: &str) -> PollRule {
    PollRule { rule: rule.to_owned(), detail: detail.to_owned() }
}

fn succeed(next: &mut SourceState, answer: &Answer, source: &Source, settings: &config::Fetch, now: Timestamp) {
    next.last_checked = Some(now);
    next.last_success = Some(now);
    next.errors = 0;
    next.failing_since = None;
    next.failure = None;
    next.gone = false;
    observe(next, answer, source, now);
    // Validators that were sent and not kept count: the publisher lets itself be asked as often.
    let has_validators = [&next.validators, &answer.validators].iter().any(|sent| **sent != Validators::default());
    let wait = wait::after_answer(answer.freshness, has_validators, &next.hints, &next.recent_items, source, settings);
    plan(next, wait, source, now);
}

fn fail(next: &mut SourceState, failure: &Failure, now: Timestamp) {
    next.errors = next.errors.saturating_add(1);
    // It has not been failing since tomorrow, whatever the clock said then.
    next.failing_since = Some(next.failing_since.map_or(now, |since| since.min(now)));
    next.failure = Some(failure.clone());
}

fn plan(next: &mut SourceState, wait: wait::Wait, source: &Source, now: Timestamp) {
    let (due, rule) = wait.due_at(&next.hints, &source.name.0, now);
    next.next_poll = Some(due);
    next.rule = Some(rule);
    if let Some(failure) = &mut next.failure {
        failure.next_try = Some(due);
    }
}

/// Counts the days of a permanent redirect and believes it when there are enough.
fn observe(next: &mut SourceState, answer: &Answer, source: &Source, now: Timestamp) {
    let asked = next.moved_to.as_ref().unwrap_or(&source.url);
    let target = answer.permanent.as_ref().filter(|to| *to != asked);
    let Some(to) = target.filter(|to| asked.scheme() != "https" || to.scheme() == "https") else {
        next.redirect = None;
        return;
    };
    let today = i32::try_from(now.as_second().div_euclid(86_400)).unwrap_or(i32::MAX);
    let mut days = next.redirect.take().filter(|known| known.to == *to).map(|known| known.days).unwrap_or_default();
    if !days.contains(&today) {
        days.push(today);
    }
    if days.len() >= DAYS_TO_BELIEVE {
        next.moved_to = Some(to.clone());
    } else {
        next.redirect = Some(Redirect { to: to.clone(), days });
    }
}

/// Newest first, each moment once; a date in the future is a mistake and tells no rhythm.
fn recent(known: &[Timestamp], items: &[Timestamp], now: Timestamp) -> Vec<Timestamp> {
    let mut all: Vec<Timestamp> = known.iter().chain(items).copied().filter(|time| *time <= now).collect();
    all.sort_unstable_by(|a, b| b.cmp(a));
    all.dedup();
    all.truncate(wait::RECENT);
    all
}
