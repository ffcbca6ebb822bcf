//! Fetches the article pages that items wait for, and gives them on in portions.
//!
//! At most so many a host and pass, only where robots.txt lets us. Hosts are asked side by side, each for one page
//! after the other, and what they send comes through a channel; [`portion`](super::portion) makes documents of it.
//!
//! What is placed together, and so in the order of time, in whatever order hosts answer: the pages of as many as have
//! about [`TOGETHER`] pages, in the order in which they wait, once all these hosts are done. A host that takes longer
//! than `fetch.patience` after another one was done is not waited for: its pages are placed when it is done, by
//! themselves. A host's pages stay together, because what repeats on them is learned from them, unless they are
//! more than [`TOGETHER`] or memory is needed (`fetch.memory_bytes`). So a pass whose hosts are about equally fast
//! gives the same result each time; one with a slow host gives what it would have given in two passes.

use super::context::{Pass, Summary};
use super::leases::{Held, Leases};
use super::polite_fetch::PoliteFetch;
use super::poll::Polling;
use super::queue::{Visited, Wanted};
use super::{Ingest, PipelineError, learned};
use crate::fetch::{FetchError, Fetched, Request, RobotsRecord, Verdict, Want};
use jiff::{SignedDuration, Timestamp};
use samestory_model::Failure;
use samestory_store::Work;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Pages that are placed together; a host that has more gives them on in parts.
const TOGETHER: usize = 96;
/// Hosts that are claimed at a time.
const PORTION: usize = 32;
/// Hosts that are being asked when further ones are claimed.
const FEW: usize = 16;
/// Answers that wait to be heard.
const AHEAD: usize = 16;
/// Times that a page is asked for before its item is stored with what the feed said.
pub(super) const TRIES: u32 = 4;

/// When a page is asked for again, by how often that was in vain and what the answer asked for.
pub(super) fn put_back(tries: u32, retry_after: Option<u64>, pass: &Pass<'_>) -> Option<Timestamp> {
    let asked = retry_after.unwrap_or(1800 << tries.min(8)).min(pass.settings.fetch.retry_after_cap);
    pass.now.checked_add(SignedDuration::from_secs(i64::try_from(asked).unwrap_or(i64::MAX))).ok()
}

/// What came of asking for a page.
pub(super) enum Asked {
    /// An answer.
    Answered(Box<Result<Fetched, FetchError>>),
    /// robots.txt forbids it.
    Forbidden,
    /// It is not known yet whether it may be asked for.
    Later(Timestamp),
    /// Not asked: it ended the program too often.
    GivenUp(Failure),
}

/// What a host's task sends.
enum PageAnswer {
    /// What came of a page.
    Page(String, Box<Wanted>, Asked),
    /// A page is not asked for: the host wants a pause, or nothing more is to be asked.
    Left,
    /// The host is done; with its robots.txt, where that was asked for.
    Done(String, Option<RobotsRecord>),
}

/// A host and what came of its pages.
#[derive(Default)]
pub(super) struct Visit {
    pub(super) asked: Vec<(Wanted, Asked)>,
    pub(super) robots: Option<RobotsRecord>,
    bytes: usize,
    done: Option<Instant>,
}

/// Hosts whose pages are placed together.
struct Group {
    hosts: Vec<String>,
    /// Whether it is waited for no more: what comes behind it goes first.
    late: bool,
}

/// The hosts that are being asked, and what they sent.
struct Fetching<'p, 'r> {
    pass: &'p Pass<'p>,
    asking: &'r PoliteFetch,
    visits: BTreeMap<String, Visit>,
    /// In the order in which they are placed.
    groups: Vec<Group>,
    answers_tx: mpsc::Sender<PageAnswer>,
    answers_rx: mpsc::Receiver<PageAnswer>,
    tasks: JoinSet<()>,
}

/// Fetches what waits until every host has had its share, or enough was asked; hears slow sources beside that.
pub(super) async fn fetch_pages(
    pass: &Pass<'_>,
    claims: &Leases<'_>,
    asking: &PoliteFetch,
    ingest: &mut Ingest<'_>,
    (polling, visited): (&mut Polling<'_>, &mut Visited),
    summary: &mut Summary,
) -> Result<(), PipelineError> {
    let mut fetching = Fetching::new(pass, asking);
    let mut left = if claims.are_shared() { pass.hosts_wanted()? } else { Vec::new() };
    let mut held = claims.take(Work::Pages, &[], 0)?;
    let mut stored = false;
    if !claims.are_shared() && !asking.is_over() {
        fetching.ask(pass.wanted(None, visited)?, visited)?;
    }
    loop {
        if polling.news_wait() == Some(Duration::ZERO) && !fetching.is_over() && !asking.is_over() {
            // What slow sources said goes its way before slow pages are done.
            polling.has_news();
            pass.place(claims, &asking.reading, ingest, summary).await?;
            if claims.are_shared() {
                left = pass.hosts_wanted()?.into_iter().filter(|host| !visited.busy.contains(host)).collect();
            } else {
                fetching.ask(pass.wanted(None, visited)?, visited)?;
            }
        }
        while !left.is_empty() && fetching.tasks.len() < FEW && !asking.is_over() {
            fetching.claim(claims, &mut held, &mut left, visited)?;
        }
        fetching.catch_up();
        if let Some(ripe) = fetching.ripe() {
            let names: Vec<String> = ripe.iter().map(|(host, _)| host.clone()).collect();
            pass.store_portion(ripe, claims, asking, ingest, visited, summary).await?;
            let done: Vec<String> = names.into_iter().filter(|host| !fetching.visits.contains_key(host)).collect();
            visited.busy.retain(|host| !done.contains(host));
            held.release(&done)?;
            stored = true;
            continue;
        }
        if fetching.is_over() {
            if !(claims.are_shared() && stored) || asking.is_over() {
                break;
            }
            // What another worker heard of a host while this one had it is this one's to fetch.
            stored = false;
            left = pass.hosts_wanted()?;
            if left.is_empty() {
                break;
            }
            continue;
        }
        let lull = fetching.lull().into_iter().chain(polling.news_wait()).min();
        tokio::select! {
            biased;
            Some(answer) = fetching.answers_rx.recv() => fetching.hear(answer),
            Some(_) = fetching.tasks.join_next() => {}
            () = polling.next(), if !polling.is_over() => polling.settle(summary)?,
            () = asking.room().wanted() => {}
            () = tokio::time::sleep(lull.unwrap_or_default()), if lull.is_some() => {}
        }
    }
    pass.progress.end();
    Ok(())
}

impl<'p, 'r> Fetching<'p, 'r> {
    fn new(pass: &'p Pass<'p>, asking: &'r PoliteFetch) -> Self {
        let (answers_tx, answers_rx) = mpsc::channel(AHEAD);
        Self {
            pass,
            asking,
            visits: BTreeMap::new(),
            groups: Vec::new(),
            answers_tx,
            answers_rx,
            tasks: JoinSet::new(),
        }
    }

    /// Takes up hosts that no other worker has.
    fn claim<'c>(
        &mut self,
        claims: &Leases<'c>,
        held: &mut Held<'c>,
        left: &mut Vec<String>,
        visited: &mut Visited,
    ) -> Result<(), PipelineError> {
        let more = tokio::task::block_in_place(|| claims.take(Work::Pages, left, PORTION))?;
        if more.is_empty() {
            left.clear();
            return Ok(());
        }
        left.retain(|host| !more.names().contains(host));
        let chosen = self.pass.wanted(Some(more.names()), visited)?;
        let idle = |host: &&String| !chosen.iter().any(|wanted| wanted.host == **host);
        let idle: Vec<String> = more.names().iter().filter(idle).cloned().collect();
        held.join(more);
        held.release(&idle)?;
        self.ask(chosen, visited)
    }

    /// Begins to ask the hosts of these pages.
    fn ask(&mut self, chosen: Vec<Wanted>, visited: &mut Visited) -> Result<(), PipelineError> {
        self.pass.progress.begin("fetching and understanding pages", chosen.len() as u64 * 2);
        let mut queues: Vec<(String, Vec<Wanted>)> = Vec::new();
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        for wanted in chosen {
            let place = *places.entry(wanted.host.clone()).or_insert_with(|| {
                queues.push((wanted.host.clone(), Vec::new()));
                queues.len() - 1
            });
            queues[place].1.push(wanted);
        }
        let mut pages = TOGETHER;
        for (host, queue) in queues {
            if pages >= TOGETHER {
                self.groups.push(Group { hosts: Vec::new(), late: false });
                pages = 0;
            }
            pages += queue.len();
            if let Some(group) = self.groups.last_mut() {
                group.hosts.push(host.clone());
            }
            let known = learned::known(&host, &self.pass.store.host(&host)?.robots).unwrap_or_else(|failure| {
                // It is asked for anew.
                tracing::warn!("{failure}");
                None
            });
            visited.busy.insert(host.clone());
            self.visits.insert(host.clone(), Visit::default());
            self.tasks.spawn(self.asking.clone().visit(host, queue, known, self.answers_tx.clone()));
        }
        Ok(())
    }

    /// Takes the answers that have come already.
    fn catch_up(&mut self) {
        while self.tasks.try_join_next().is_some() {}
        while let Ok(answer) = self.answers_rx.try_recv() {
            self.hear(answer);
        }
    }

    fn hear(&mut self, answer: PageAnswer) {
        match answer {
            PageAnswer::Left => self.pass.progress.advance(),
            PageAnswer::Page(host, wanted, asked) => {
                self.pass.progress.advance();
                let visit = self.visits.entry(host).or_default();
                if let Asked::Answered(answer) = &asked
                    && let Ok(Fetched::Fresh(response)) = &**answer
                {
                    visit.bytes += response.body.len();
                }
                visit.asked.push((*wanted, asked));
            }
            PageAnswer::Done(host, robots) => {
                let visit = self.visits.entry(host).or_default();
                (visit.robots, visit.done) = (robots, Some(Instant::now()));
            }
        }
    }

    fn is_over(&self) -> bool {
        self.visits.is_empty() && self.tasks.is_empty() && self.answers_rx.is_empty()
    }

    /// How long what is done waits for the others; `None` where nothing is done.
    fn lull(&self) -> Option<Duration> {
        let done = self.visits.values().filter_map(|visit| visit.done).min()?;
        Some((done + self.asking.patience()).saturating_duration_since(Instant::now()))
    }

    /// What is to be placed now, as the beginning of this file says.
    fn ripe(&mut self) -> Option<Vec<(String, Visit)>> {
        if self.tasks.is_empty() && self.answers_rx.is_empty() {
            // A task that broke has sent no end.
            self.visits.values_mut().for_each(|visit| visit.done = visit.done.or(Some(Instant::now())));
        }
        let Self { groups, visits, .. } = self;
        groups.retain(|group| group.hosts.iter().any(|host| visits.contains_key(host)));
        let done = |host: &String| visits.get(host).is_none_or(|visit| visit.done.is_some());
        let whole = |group: &&Group| group.hosts.iter().all(done);
        let next = groups.iter().find(|group| !group.late || whole(group)).filter(whole);
        if let Some(hosts) = next.map(|group| group.hosts.clone()) {
            return Some(self.take(&hosts));
        }
        let waiting = |host: &&String| visits.get(*host).is_some_and(|visit| visit.done.is_some());
        let hosts: Vec<String> = groups.iter().flat_map(|group| &group.hosts).filter(waiting).cloned().collect();
        if self.lull().is_some_and(|lull| lull.is_zero()) {
            self.break_up(&hosts);
            return Some(self.take(&hosts));
        }
        let many = self.visits.iter().find(|(_, visit)| visit.asked.len() >= TOGETHER).map(|(host, _)| host.clone());
        if let Some(host) = many {
            return Some(self.take(&[host]));
        }
        if self.asking.room().is_wanted() {
            let large = |host: &String| self.visits.get(host).is_some_and(|visit| visit.bytes > 0);
            let hosts: Vec<String> = hosts.into_iter().filter(large).collect();
            if !hosts.is_empty() {
                return Some(self.take(&hosts));
            }
            let most = self.visits.iter().max_by_key(|(_, visit)| visit.bytes).filter(|(_, visit)| visit.bytes > 0);
            let most = most.map(|(host, _)| host.clone());
            return most.map(|host| self.take(&[host]));
        }
        None
    }

    /// Waits no more for the other hosts of this batch: each is placed when it is done.
    fn break_up(&mut self, done: &[String]) {
        for group in std::mem::take(&mut self.groups) {
            if group.hosts.iter().any(|host| done.contains(host)) {
                let late = group.hosts.into_iter().filter(|host| !done.contains(host));
                self.groups.extend(late.map(|host| Group { hosts: vec![host], late: true }));
            } else {
                self.groups.push(group);
            }
        }
    }

    /// Takes out what hosts sent; a host that is not done is asked on.
    fn take(&mut self, hosts: &[String]) -> Vec<(String, Visit)> {
        let mut taken = Vec::new();
        for host in hosts {
            let Some(visit) = self.visits.remove(host) else { continue };
            if visit.done.is_none() {
                self.visits.insert(host.clone(), Visit::default());
            }
            taken.push((host.clone(), visit));
        }
        taken
    }
}

impl PoliteFetch {
    /// Asks one host for its pages, one after the other, as its robots.txt lets us.
    async fn visit(
        self,
        host: String,
        queue: Vec<Wanted>,
        mut known: Option<RobotsRecord>,
        answers_tx: mpsc::Sender<PageAnswer>,
    ) {
        for wanted in queue {
            let asked = if wanted.tries() >= TRIES {
                Some(Asked::GivenUp(super::reading::ended(wanted.url.as_str())))
            } else if self.pauses.until(&host).is_some() || self.is_over() {
                None
            } else {
                tokio::select! {
                    asked = self.ask(&wanted, &mut known) => Some(asked),
                    () = self.over() => None,
                }
            };
            let answer =
                asked.map_or(PageAnswer::Left, |asked| PageAnswer::Page(host.clone(), Box::new(wanted), asked));
            if answers_tx.send(answer).await.is_err() {
                return;
            }
        }
        // The receiver is gone where an answer cannot be stored.
        let _ = answers_tx.send(PageAnswer::Done(host, known)).await;
    }

    async fn ask(&self, wanted: &Wanted, known: &mut Option<RobotsRecord>) -> Asked {
        let mut request = Request::new(wanted.url.clone(), Want::Page);
        if let Some(page) = &wanted.known {
            request.validators = Some(page.validators.clone());
            request.validators_of = Some(page.url.clone());
        }
        match self.allowed(&wanted.url, known).await {
            Verdict::Allowed(_) => Asked::Answered(Box::new(self.get(request).await)),
            Verdict::Disallowed => Asked::Forbidden,
            Verdict::Wait(until) => Asked::Later(until),
        }
    }
}
