//! Fetches the article pages that items wait for, and makes documents of them.
//!
//! At most so many a host and pass, only where robots.txt lets us. Pages come in rounds: a round is
//! fetched, what repeats over a host's pages is learned, and only then is it extracted, so that the
//! first article of a host is as clean as the tenth.

use super::asking::Asking;
use super::claims::Claims;
use super::pass::{Pass, Summary};
use super::queue::Wanted;
use super::standing::Desk;
use super::{Ingest, PipelineError};
use crate::extract::{self, Repeated, RepeatedCounts};
use crate::fetch::{FetchError, Fetched, Request, RobotsRecord, Verdict, Want};
use crate::markup::decode;
use crate::model::{Answer, Document, Extracted, Failure, Fault, Validators, canonical_key, is_specific};
use crate::store::{Commit, HostRecord, PageRecord, Work};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use tokio::task::JoinSet;
use url::Url;

/// Pages of one round.
const ROUND: usize = 96;
/// Hosts that are claimed at a time.
const PORTION: usize = 32;
/// Times that a page is asked for before its item is stored with what the feed said.
const TRIES: u32 = 4;

/// What came of asking for a page.
enum Asked {
    /// An answer.
    Answered(Box<Result<Fetched, FetchError>>),
    /// robots.txt forbids it.
    Forbidden,
    /// Nobody knows yet whether it may be asked for.
    Later(Timestamp),
    /// Not asked: its host wants a pause, or the pass is to end.
    Left,
}

/// One fetched page, decoded.
struct Page {
    wanted: Wanted,
    url: Url,
    html: String,
    validators: Validators,
}

/// What a round has made so far.
#[derive(Default)]
struct Round {
    commit: Commit,
    hosts: BTreeMap<String, HostRecord>,
    pages: Vec<Page>,
    documents: Vec<Document>,
}

/// Fetches what waits, in rounds, until every host has had its share; returns the hosts that were asked.
pub(super) async fn fetch_pages(
    pass: &Pass<'_>,
    claims: &Claims<'_>,
    asking: &Asking,
    ingest: &mut Ingest<'_>,
    summary: &mut Summary,
) -> Result<BTreeSet<String>, PipelineError> {
    let mut hosts = BTreeSet::new();
    if !claims.are_shared() {
        let chosen = pass.wanted(None)?;
        fetch_chosen(pass, claims, asking, ingest, summary, (chosen, &mut hosts)).await?;
        return Ok(hosts);
    }
    let mut left = pass.hosts_wanted()?;
    while !left.is_empty() && !pass.stop.is_asked() {
        let held = claims.take(Work::Pages, &left, PORTION)?;
        if held.is_empty() {
            break;
        }
        left.retain(|host| !held.names().contains(host));
        let chosen = pass.wanted(Some(held.names()))?;
        fetch_chosen(pass, claims, asking, ingest, summary, (chosen, &mut hosts)).await?;
    }
    Ok(hosts)
}

async fn fetch_chosen(
    pass: &Pass<'_>,
    claims: &Claims<'_>,
    asking: &Asking,
    ingest: &mut Ingest<'_>,
    summary: &mut Summary,
    (mut chosen, hosts): (Vec<Wanted>, &mut BTreeSet<String>),
) -> Result<(), PipelineError> {
    hosts.extend(chosen.iter().map(|wanted| wanted.host.clone()));
    pass.progress.begin("fetching and understanding pages", chosen.len() as u64 * 2);
    while !chosen.is_empty() && !pass.stop.is_asked() {
        let rest = chosen.split_off(chosen.len().min(ROUND));
        round(pass, claims, asking, ingest, summary, std::mem::replace(&mut chosen, rest)).await?;
    }
    pass.progress.end();
    Ok(())
}

async fn round(
    pass: &Pass<'_>,
    claims: &Claims<'_>,
    asking: &Asking,
    ingest: &mut Ingest<'_>,
    summary: &mut Summary,
    chosen: Vec<Wanted>,
) -> Result<(), PipelineError> {
    let mut round = Round::default();
    let mut queues: BTreeMap<String, Vec<Wanted>> = BTreeMap::new();
    for wanted in chosen {
        round.hosts.insert(wanted.host.clone(), pass.store.host(&wanted.host)?);
        queues.entry(wanted.host.clone()).or_default().push(wanted);
    }
    let mut tasks = JoinSet::new();
    for (host, queue) in queues {
        let known: Option<RobotsRecord> =
            round.hosts.get(&host).and_then(|record| postcard::from_bytes(&record.robots).ok());
        tasks.spawn(ask_host(asking.clone(), host, queue, known));
    }
    while let Some(done) = tasks.join_next().await {
        let Ok((host, known, asked)) = done else { continue };
        if let (Some(record), Some(known)) = (round.hosts.get_mut(&host), known) {
            record.robots = postcard::to_stdvec(&known).unwrap_or_default();
        }
        for (wanted, asked) in asked {
            pass.progress.advance();
            sort_out(pass, wanted, asked, &mut round, summary)?;
        }
    }
    let pages = std::mem::take(&mut round.pages);
    let extracted = tokio::task::block_in_place(|| extract_round(pass, pages, &mut round.hosts, summary));
    for (page, content) in extracted {
        if !content.text.trim().is_empty() && page.validators != Validators::default() {
            let record = PageRecord { url: page.url.clone(), validators: page.validators.clone() };
            round.commit.pages.push((canonical_key(&page.wanted.url), record));
        }
        let mut desk = Desk { commit: &mut round.commit, documents: &mut round.documents };
        pass.finish(&page.wanted, &page.url, Some(content), &mut desk)?;
    }
    let Round { mut commit, mut hosts, mut documents, .. } = round;
    if claims.are_shared() {
        claims.stand()?;
        // What another worker heard of a host meanwhile stays noted with it.
        for (host, record) in &mut hosts {
            record.paused_until = record.paused_until.max(pass.store.host(host)?.paused_until);
        }
    }
    asking.pauses.keep(pass.store, &mut hosts)?;
    commit.hosts.extend(hosts);
    documents.sort_by_key(Document::order);
    let mut seen = BTreeSet::new();
    documents.retain(|document| seen.insert(document.id));
    tokio::task::block_in_place(|| ingest.add(documents, commit, pass.now, pass.progress))
}

/// Asks one host for its pages, one after the other, as its robots.txt lets us.
async fn ask_host(
    asking: Asking,
    host: String,
    queue: Vec<Wanted>,
    mut known: Option<RobotsRecord>,
) -> (String, Option<RobotsRecord>, Vec<(Wanted, Asked)>) {
    let mut asked = Vec::new();
    for wanted in queue {
        let one = if asking.pauses.until(&host).is_some() || asking.stop.is_asked() {
            Asked::Left
        } else {
            tokio::select! {
                one = ask(&asking, &wanted, &mut known) => one,
                () = asking.stop.asked() => Asked::Left,
            }
        };
        asked.push((wanted, one));
    }
    (host, known, asked)
}

async fn ask(asking: &Asking, wanted: &Wanted, known: &mut Option<RobotsRecord>) -> Asked {
    let mut request = Request::new(wanted.url.clone(), Want::Page);
    if let Some(page) = &wanted.known {
        request.validators = Some(page.validators.clone());
        request.validators_of = Some(page.url.clone());
    }
    match asking.allowed(&wanted.url, known).await {
        Verdict::Allowed(_) => Asked::Answered(Box::new(asking.get(request).await)),
        Verdict::Disallowed => Asked::Forbidden,
        Verdict::Wait(until) => Asked::Later(until),
    }
}

/// Sorts one answer: a page to extract, an item that waits on, or one that gets what the feed said.
fn sort_out(
    pass: &Pass<'_>,
    wanted: Wanted,
    asked: Asked,
    round: &mut Round,
    summary: &mut Summary,
) -> Result<(), PipelineError> {
    let answer = match asked {
        Asked::Left => return Ok(()),
        Asked::Later(until) => {
            let tries = wanted.tries();
            wanted.wait(tries, Some(until), &mut round.commit);
            return Ok(());
        }
        Asked::Forbidden => {
            let hint = "the feed's own summary is kept; the publisher asks programs to leave its pages alone";
            let what = "robots.txt does not allow this page";
            summary.lost.push(Failure::new(wanted.url.as_str(), Fault::Publisher, what, hint));
            return give_up(pass, &wanted, round);
        }
        Asked::Answered(answer) => *answer,
    };
    match answer {
        // An article that is gone, or behind a login, often leads to the site's front: that is another text.
        Ok(Fetched::Fresh(response)) if !is_specific(&response.answer.url) && is_specific(&wanted.url) => {
            let (what, hint) = ("the page leads to the site's front", "the feed's own summary is kept");
            summary.lost.push(Failure::new(wanted.url.as_str(), Fault::Publisher, what, hint));
            give_up(pass, &wanted, round)
        }
        Ok(Fetched::Fresh(response)) => {
            let tld = wanted.url.host_str().and_then(|host| host.rsplit('.').next()).map(str::to_owned);
            let html = decode(&response.body, response.content_type.as_deref(), tld.as_deref()).text;
            let Answer { url, validators, .. } = response.answer;
            round.pages.push(Page { wanted, url, html, validators });
            Ok(())
        }
        // The feed says something else of it; the page is as it was.
        Ok(Fetched::NotModified(_)) => {
            let document = pass.store.document_at(&canonical_key(&wanted.url))?;
            wanted.items().try_for_each(|waiting| pass.complete(waiting, document, &mut round.commit))
        }
        // It was not asked.
        Err(error) if error.paused_until().is_some() => Ok(()),
        Err(error) => {
            summary.lost.push(error.failure());
            let tries = wanted.tries() + 1;
            let lasting = matches!(error.status(), Some(400..=428 | 430..=499)) || tries >= TRIES;
            if lasting {
                return give_up(pass, &wanted, round);
            }
            let asked = error.retry_after().unwrap_or(1800 << tries).min(pass.settings.fetch.retry_after_cap);
            let wait = SignedDuration::from_secs(i64::try_from(asked).unwrap_or(i64::MAX));
            wanted.wait(tries, pass.now.checked_add(wait).ok(), &mut round.commit);
            Ok(())
        }
    }
}

/// Stores an item with what its feed said, because its page is not to be had.
fn give_up(pass: &Pass<'_>, wanted: &Wanted, round: &mut Round) -> Result<(), PipelineError> {
    let mut desk = Desk { commit: &mut round.commit, documents: &mut round.documents };
    pass.finish(wanted, &wanted.url, None, &mut desk)
}

/// Extracts a round's pages: learns what repeats on each host first.
fn extract_round(
    pass: &Pass<'_>,
    pages: Vec<Page>,
    hosts: &mut BTreeMap<String, HostRecord>,
    summary: &mut Summary,
) -> Vec<(Page, Extracted)> {
    let day = (pass.now.as_second() / 86_400) as i32;
    let mut counts: BTreeMap<String, RepeatedCounts> = BTreeMap::new();
    for page in &pages {
        let host = &page.wanted.host;
        let known = hosts.get(host).map(|record| record.blocks.clone()).unwrap_or_default();
        let counts = counts.entry(host.clone()).or_insert_with(|| postcard::from_bytes(&known).unwrap_or_default());
        if let Ok(first) = extract::page(&page.html, Some(&page.url), &pass.settings.extract, &Repeated::none()) {
            counts.learn(&extract::blocks(&first), day);
        }
    }
    let learned: BTreeMap<&String, Repeated> =
        counts.iter().map(|(host, counts)| (host, counts.repeated(pass.settings.extract.repeated_after))).collect();
    let none = Repeated::none();
    let mut extracted = Vec::new();
    for page in pages {
        let repeated = learned.get(&page.wanted.host).unwrap_or(&none);
        match extract::page(&page.html, Some(&page.url), &pass.settings.extract, repeated) {
            Ok(content) => extracted.push((page, content)),
            Err(error) => {
                summary.lost.push(error.failure(page.url.as_str()));
                extracted.push((page, Extracted::default()));
            }
        }
    }
    for (host, mut counts) in counts {
        counts.forget_before(day - 90);
        if let Some(record) = hosts.get_mut(&host) {
            record.blocks = postcard::to_stdvec(&counts).unwrap_or_default();
        }
    }
    extracted
}
