//! Notifies a program or an address of each new story that fits, once.
//!
//! Where it stands is a note beside the readers' cursors: the last commit that was looked at, and the
//! stories that wait. A story is taken out of the note, durably, before it is sent; it is put back only
//! where the receiver surely did not take it (no connection, a refusal, a failed command), for a few more
//! tries. So a crash can cost one call and never makes one twice. It runs after a pass, without the store.

mod send;

use crate::config;
use crate::fetch::Fetcher;
use crate::show::{self, Filter};
use samestory_model::{Failure, Fault, Lang, StoryId};
use samestory_store::{Alone, StoreError, StoreLocation};
use send::{Receiver, Sent};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// Times that a story is sent in vain before it is given up.
const TRIES: u32 = 5;
/// Seconds that one round may take; what is left waits for the next pass.
const ROUND: Duration = Duration::from_mins(1);
/// Where it stands. No reader's cursor has such a name: theirs have two digits behind each underscore.
const NOTE: &str = "_notify.cursor";

/// Where it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Standing {
    /// The last commit whose stories were looked at.
    seen: u64,
    /// Stories that wait, and how often they were sent in vain.
    waiting: BTreeMap<StoryId, u32>,
}

impl Standing {
    fn write(&self) -> String {
        let mut text = format!("{}\n", self.seen);
        for (story, tries) in &self.waiting {
            let _ = writeln!(text, "{story} {tries}");
        }
        text
    }

    fn read(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let seen = lines.next()?.parse().ok()?;
        let waiting = lines.filter_map(|line| {
            let (story, tries) = line.split_once(' ')?;
            Some((story.parse().ok()?, tries.parse().ok()?))
        });
        Some(Self { seen, waiting: waiting.collect() })
    }
}

fn keep(alone: &Alone, standing: &Standing) -> Result<(), StoreError> {
    alone.put_value(NOTE, &standing.write())
}

/// What one round did.
#[derive(Debug, Default)]
pub struct Notified {
    /// Stories that were sent.
    pub sent: usize,
    /// Stories that wait for the next round.
    pub waiting: usize,
    /// What went wrong.
    pub failures: Vec<Failure>,
}

/// Tells new stories of one store.
#[derive(Debug, Clone)]
pub struct Notifier {
    place: StoreLocation,
    settings: config::Notify,
    fetch: config::Fetch,
}

impl Notifier {
    /// One for a store; `None` where the settings name no receiver.
    pub fn new(place: &StoreLocation, settings: &config::Notify, fetch: &config::Fetch) -> Option<Self> {
        let some = !settings.command.is_empty() || !settings.webhook.is_empty();
        some.then(|| Self { place: place.clone(), settings: settings.clone(), fetch: fetch.clone() })
    }

    /// Begins to look, before a pass: what is stored already is not new.
    pub fn begin(&self) -> Result<(), StoreError> {
        let there = self.place.note(NOTE)?;
        if there.as_deref().and_then(Standing::read).is_some() {
            return Ok(());
        }
        let seen = match self.place.reader() {
            Ok(reader) => reader.sequence(),
            Err(StoreError::Missing { .. }) => 0,
            Err(error) => return Err(error),
        };
        let standing = Standing { seen, waiting: BTreeMap::new() }.write();
        // Of two workers that begin together the first one counts: what came in between is new.
        if there.is_some() { self.place.put_value(NOTE, &standing) } else { self.place.put_new_value(NOTE, &standing) }
    }

    /// What is sent: a story that one of these wants. Of the words one is enough, so each has a filter.
    fn filters(&self) -> Vec<Filter> {
        let settings = &self.settings;
        let filter = Filter {
            languages: settings.languages.iter().filter_map(|tag| Lang::parse(tag)).collect(),
            sources: settings.sources.clone(),
            ..Filter::default()
        };
        let with = |word: &String| Filter { words: vec![word.to_lowercase()], ..filter.clone() };
        if settings.words.is_empty() { vec![filter] } else { settings.words.iter().map(with).collect() }
    }

    /// Looks at what came up since the last round and sends it. Does nothing where another process is at it.
    pub fn round(&self) -> Result<Notified, StoreError> {
        let Some(alone) = self.place.alone("notify")? else { return Ok(Notified::default()) };
        let reader = self.place.reader()?;
        // A store that was restored from an older backup stands before what was seen.
        let mut standing = alone.note(NOTE)?.as_deref().and_then(Standing::read).unwrap_or_default();
        standing.seen = standing.seen.min(reader.sequence());
        let filters = self.filters();
        for head in reader.changed_since(standing.seen)? {
            if head.born <= standing.seen {
                continue;
            }
            let view = reader.view(&head)?.view;
            if filters.iter().any(|filter| filter.wants(&view)) {
                standing.waiting.entry(head.story).or_default();
            }
        }
        standing.seen = reader.sequence();
        keep(&alone, &standing)?;
        let mut notified = Notified::default();
        if standing.waiting.is_empty() {
            return Ok(notified);
        }
        let receiver = match self.receiver() {
            Ok(receiver) => receiver,
            Err(failure) => {
                notified.failures.push(failure);
                notified.waiting = standing.waiting.len();
                return Ok(notified);
            }
        };
        let begun = Instant::now();
        for (story, tries) in standing.waiting.clone() {
            if begun.elapsed() > ROUND {
                break;
            }
            standing.waiting.remove(&story);
            keep(&alone, &standing)?;
            // What has become part of an older story since is not new any more.
            let Some(listed) = reader.story(story)?.filter(|listed| listed.view.story == story) else { continue };
            match receiver.send(&show::jsonl(std::slice::from_ref(&listed.view))) {
                Sent::Taken => notified.sent += 1,
                Sent::Unknown(why) => notified.failures.push(self.failure(format!("{story}: {why}; not sent again"))),
                Sent::Refused(why) if tries + 1 < TRIES => {
                    standing.waiting.insert(story, tries + 1);
                    keep(&alone, &standing)?;
                    notified.failures.push(self.failure(format!("{story}: {why}; sent again after the next pass")));
                }
                Sent::Refused(why) => {
                    notified.failures.push(self.failure(format!("{story}: {why}; given up after {TRIES} tries")));
                }
            }
        }
        notified.waiting = standing.waiting.len();
        Ok(notified)
    }

    fn failure(&self, what: String) -> Failure {
        let subject = if self.settings.command.is_empty() { "notify.webhook" } else { "notify.command" };
        let hint = "try the receiver by hand; `notify.timeout` says how long it may take";
        Failure::new(subject, Fault::Configuration, what, hint)
    }

    fn receiver(&self) -> Result<Receiver, Failure> {
        let timeout = Duration::from_secs(self.settings.timeout);
        if !self.settings.command.is_empty() {
            return Ok(Receiver::Command { words: self.settings.command.clone(), timeout });
        }
        // The address is a secret whole: what is wrong with it is said without it.
        let wrong = |error: url::ParseError| self.failure(format!("no address: {error}"));
        let url = self.settings.webhook.parse().map_err(wrong)?;
        let fetcher = Fetcher::new(&self.fetch).map_err(|error| error.failure())?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| self.failure(error.to_string()))?;
        Ok(Receiver::Webhook { url, fetcher, runtime, timeout })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_it_stands_reads_back() {
        let standing = Standing { seen: 12, waiting: BTreeMap::from([(StoryId(7), 0), (StoryId(9), 3)]) };
        assert_eq!(Standing::read(&standing.write()), Some(standing));
        assert_eq!(Standing::read("nothing\n"), None);
    }
}
