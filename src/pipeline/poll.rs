//! Asks sources and reads what they sent: hosts side by side, the sources of one host in a row.
//!
//! What a source said is handed on at once, not when all have answered: after a pass that was cut off only the
//! sources that were being asked are asked again. Hosts that take long hold nothing up: the pass goes on to place
//! and to fetch what is there, and takes their answers up meanwhile ([`Polling::next`]).
//! A host that asks for a pause is asked nothing more; its other sources come back as held. Sitemaps
//! that an index names are asked with it; one that fails is reported and loses nothing else.

use super::answers::{Heard, Polled, Sent};
use super::context::{Pass, Summary};
use super::due::Due;
use super::journal::Open;
use super::partial;
use super::pauses::host_of;
use super::polite_fetch::PoliteFetch;
use super::reading::Read;
use super::work_batches::WorkBatches;
use super::{PipelineError, digest};
use crate::fetch::{FetchError, Fetched, Held, Request, Response, Want};
use samestory_extract::feed::{self, ParseError};
use samestory_model::{Answer, Failure, Fault, FeedFormat, ParsedFeed, Source, may_claim};
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;
use url::Url;

/// An answer with the room that its body took, which counts until what it said is stored.
type Kept = (Polled, Held);

/// Answers that are handed on together at most, when they come faster than they are stored.
const TOGETHER: usize = 64;
/// Hosts that are being asked when further sources are taken up.
const FEW: usize = 16;
/// Indexes of sitemaps inside each other that are followed, and sitemaps of one index, of all depths, that are asked.
const DEEPEST_INDEX: usize = 3;
const MOST_SITEMAPS: usize = 16;
/// The sources of a pass while they are being asked.
pub(super) struct Polling<'p> {
    pass: &'p Pass<'p>,
    asking: &'p PoliteFetch,
    portions: WorkBatches<'p>,
    answers_tx: mpsc::Sender<Kept>,
    answers_rx: mpsc::Receiver<Kept>,
    /// A set, so that no further source is asked once an answer cannot be stored.
    tasks: JoinSet<()>,
    more: bool,
    batch: Vec<Kept>,
    /// When a host had last been asked for everything.
    progress: Instant,
    /// Since when something is heard that the pass has not looked at.
    news: Option<Instant>,
}

impl<'p> Polling<'p> {
    /// Asks no source yet.
    pub(super) fn new(pass: &'p Pass<'p>, asking: &'p PoliteFetch, portions: WorkBatches<'p>) -> Self {
        let (answers_tx, answers_rx) = mpsc::channel(TOGETHER);
        let (tasks, batch, progress) = (JoinSet::new(), Vec::new(), Instant::now());
        Self {
            pass,
            asking,
            portions,
            answers_tx,
            answers_rx,
            tasks,
            more: true,
            batch,
            progress,
            news: Some(progress),
        }
    }

    /// Whether every source has been asked, as far as it is to be, and what it said is stored.
    pub(super) fn is_over(&self) -> bool {
        (!self.more || self.asking.is_over())
            && self.tasks.is_empty()
            && self.answers_rx.is_empty()
            && self.batch.is_empty()
    }

    /// Whether something was heard since this was last asked.
    pub(super) fn has_news(&mut self) -> bool {
        self.news.take().is_some()
    }

    /// How long what was heard may wait to be looked at; `None` where there is nothing.
    pub(super) fn news_wait(&self) -> Option<Duration> {
        let due = self.news? + self.asking.patience();
        Some(if self.is_over() { Duration::ZERO } else { due.saturating_duration_since(Instant::now()) })
    }

    /// Asks and stores until every source has answered, or those that have not are slow.
    pub(super) async fn ask(&mut self, summary: &mut Summary) -> Result<(), PipelineError> {
        // A source that was slow before is waited for until there is something to go on with.
        let (first, begun) = (self.news.is_some(), Instant::now());
        self.take_up(summary)?;
        while !self.is_over() {
            let lull = self.progress.max(begun) + self.asking.patience();
            let may_go_on = first || self.news.is_some();
            tokio::select! {
                biased;
                () = self.next() => self.settle(summary)?,
                () = tokio::time::sleep_until(lull), if may_go_on => return Ok(()),
            }
        }
        Ok(())
    }

    /// Waits for the next answer, or until a host is done; to be settled then.
    pub(super) async fn next(&mut self) {
        tokio::select! {
            biased;
            _ = self.answers_rx.recv_many(&mut self.batch, TOGETHER) => {}
            Some(_) = self.tasks.join_next() => self.progress = Instant::now(),
            else => {}
        }
    }

    /// Stores what was heard, and takes up further sources.
    pub(super) fn settle(&mut self, summary: &mut Summary) -> Result<(), PipelineError> {
        let batch = std::mem::take(&mut self.batch);
        if !batch.is_empty() {
            self.news.get_or_insert_with(Instant::now);
            batch.iter().for_each(|_| self.pass.progress.advance());
            let (polled, _held): (Vec<Polled>, Vec<Held>) = batch.into_iter().unzip();
            tokio::task::block_in_place(|| self.portions.heard(polled, summary))?;
        }
        self.take_up(summary)
    }

    /// Asks further sources where few are being asked.
    pub(super) fn take_up(&mut self, summary: &mut Summary) -> Result<(), PipelineError> {
        while self.more && self.tasks.len() < FEW && self.portions.have_room() && !self.asking.is_over() {
            let due = tokio::task::block_in_place(|| self.portions.next(summary))?;
            self.more = !due.is_empty();
            let mut hosts: BTreeMap<String, Vec<Due>> = BTreeMap::new();
            for one in due {
                hosts.entry(host_of(one.address())).or_default().push(one);
            }
            for (host, due) in hosts {
                self.tasks.spawn(self.asking.clone().host(host, due, self.answers_tx.clone()));
            }
        }
        Ok(())
    }
}

impl PoliteFetch {
    /// Asks one host's sources, one after the other.
    async fn host(self, host: String, due: Vec<Due>, answers_tx: mpsc::Sender<Kept>) {
        for due in due {
            let (answer, held) = if let Some(until) = self.pauses.until(&host) {
                (Heard::Held(until), Held::default())
            } else {
                let answer = tokio::select! {
                    answer = self.source(&due) => answer,
                    () = self.over() => None,
                };
                let Some(answer) = answer else { break };
                answer
            };
            if answers_tx.send((Polled { due, answer }, held)).await.is_err() {
                break;
            }
        }
    }

    /// What a source says; `None` where the pass is to end before that is known.
    async fn source(&self, due: &Due) -> Option<(Heard, Held)> {
        let Due { source, state, .. } = due;
        let limit = self.limit_of(Want::of_kind(source.kind));
        // What another limit cut off is not known, so it cannot be unchanged.
        let validators = Some(state.validators.clone()).filter(|_| !partial::is_cut_elsewhere(&state.repairs, limit));
        let request = Request {
            validators,
            validators_of: state.validators_of.clone(),
            ..Request::of_source(source, due.address().clone(), Want::of_kind(source.kind))
        };
        let nothing = Held::default();
        Some(match self.hear(request, source).await? {
            Err(error) => (error.paused_until().map_or(Heard::Failed(error), Heard::Held), nothing),
            Ok(Told::Same(answer)) => {
                // The index is as it was; the sitemaps that it names may not be.
                let mut parsed = ParsedFeed::empty(FeedFormat::Sitemap);
                self.children(&mut parsed, &due.children, source, &answer.url).await?;
                let parsed = (!due.children.is_empty()).then(|| Box::new(parsed));
                (Heard::NotModified(answer, parsed), nothing)
            }
            Ok(Told::News(mut sent, mut held)) => {
                if let Ok(parsed) = &mut sent.parsed {
                    let children = parsed.children.clone();
                    if !children.is_empty() {
                        // A request that waits for room holds none: an index and its sitemaps never wait for each
                        // other.
                        held = Held::default();
                    }
                    self.children(parsed, &children, source, &sent.answer.url).await?;
                }
                (Heard::Fresh(sent), held)
            }
        })
    }

    /// Asks the sitemaps that an index names, and those that the indexes among them name, on hosts of its own site only.
    async fn children(&self, parsed: &mut ParsedFeed, children: &[Url], source: &Source, index: &Url) -> Option<()> {
        let mut left: VecDeque<(Url, usize)> = children.iter().map(|child| (child.clone(), 1)).collect();
        let mut met: HashSet<Url> = left.iter().map(|child| child.0.clone()).chain([index.clone()]).collect();
        let mut asked = 0;
        while let Some((child, depth)) = left.pop_front() {
            let own = |known: &Url| known.host_str() == child.host_str() || may_claim(known, &child);
            if !own(&source.url) && !own(index) {
                let what = "named by a sitemap index of another host, and not asked";
                let hint = "follow it as a source of its own";
                parsed.failures.push(Failure::new(child.as_str(), Fault::Publisher, what, hint));
                continue;
            }
            if asked == MOST_SITEMAPS {
                let what =
                    format!("names more than {MOST_SITEMAPS} sitemaps in indexes of indexes; the first were asked");
                let hint = "follow the index that names the news as a source of its own";
                parsed.failures.push(Failure::new(index.as_str(), Fault::Publisher, what, hint));
                break;
            }
            if self.pauses.until(child.host_str().unwrap_or_default()).is_some() {
                continue;
            }
            asked += 1;
            match self.hear(Request::of_source(source, child.clone(), Want::Feed), source).await? {
                Ok(Told::News(sent, _)) => match sent.parsed {
                    Ok(inner) => {
                        parsed.items.extend(inner.items);
                        parsed.failures.extend(inner.failures);
                        let further = inner.children.into_iter().filter(|one| met.insert(one.clone()));
                        if depth < DEEPEST_INDEX {
                            left.extend(further.map(|one| (one, depth + 1)));
                        }
                    }
                    Err(failure) => parsed.failures.push(failure),
                },
                Ok(Told::Same(_)) => {}
                Err(error) if error.paused_until().is_some() => {}
                Err(error) => parsed.failures.push(error.failure()),
            }
        }
        Some(())
    }

    /// Asks for what a source holds and reads it; `None` where the pass is to end before that is done.
    ///
    /// An answer that broke off counts where its document is whole, or where whole items of it can be read.
    pub(super) async fn hear(&self, request: Request, source: &Source) -> Option<Result<Told, FetchError>> {
        let want = request.want;
        let (response, broke) = match self.get(request).await {
            Ok(Fetched::NotModified(answer)) => return Some(Ok(Told::Same(Box::new(answer)))),
            Ok(Fetched::Fresh(response)) => (response, None),
            Err(mut error) => match error.take_part() {
                Some(part) => (part, Some(error)),
                None => return Some(Err(error)),
            },
        };
        let truncated = response.truncated;
        let (mut sent, held) = self.read(response, source, broke.is_some()).await?;
        if truncated {
            partial::tell_cut(&mut sent.parsed, want, self.limit_of(want), &sent.answer.url);
        }
        if let Some(error) = broke.filter(|_| !sent.whole) {
            match &mut sent.parsed {
                Ok(parsed) if !parsed.items.is_empty() => parsed.failures.push(partial::broke_off(&error)),
                _ => return Some(Err(error)),
            }
        }
        Some(Ok(Told::News(Box::new(sent), held)))
    }

    /// Reads what a source sent; `None` where the pass is to end before that is done.
    async fn read(&self, response: Response, source: &Source, broke: bool) -> Option<(Sent, Held)> {
        let Response { answer, mut body, content_type, held, truncated, .. } = response;
        let (name, url, source) = (source.name.clone(), answer.url.clone(), source.clone());
        let job = move || {
            let whole = !broke || partial::is_whole(&body, content_type.as_deref());
            if truncated || !whole {
                partial::without_half_item(&mut body);
            }
            let parsed = feed::source(&body, content_type.as_deref(), &url, &source);
            (digest(&body), whole, parsed.map_err(|error: ParseError| error.failure()))
        };
        let subject = answer.url.as_str();
        let (hash, whole, parsed) = match self.reading.read(Open::Source(name), subject, job).await {
            Read::Done(done) => done,
            Read::GivenUp(failure) => (0, !broke, Err(failure)),
            Read::Left => return None,
        };
        Some((Sent { answer, hash, whole, parsed }, held))
    }
}

/// What an address told.
pub(super) enum Told {
    /// That nothing has changed.
    Same(Box<Answer>),
    /// A body, with the room that it takes.
    News(Box<Sent>, Held),
}
