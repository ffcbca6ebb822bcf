//! Fetches the article pages that items wait for, and makes documents of them.
//!
//! Newest first, at most so many a host and pass, only where robots.txt lets us. Pages come in rounds:
//! a round is fetched, what repeats over a host's pages is learned, and only then is it extracted, so
//! that the first article of a host is as clean as the tenth.

use super::assemble::from_item;
use super::pass::{Pass, Summary, source_named, waits_as};
use super::{Ingest, PipelineError};
use crate::extract::{self, Repeated, RepeatedCounts};
use crate::fetch::{FetchError, Fetched, Fetcher, Request, RobotsRecord, Verdict, Want};
use crate::markup::decode;
use crate::model::{Document, Extracted, Failure, Fault};
use crate::store::{Commit, HostRecord, ItemRecord, Waiting};
use jiff::SignedDuration;
use std::collections::BTreeMap;
use tokio::task::JoinSet;
use url::Url;

/// Pages of one round.
const ROUND: usize = 96;
/// Times that a page is asked for before its item is stored with what the feed said.
const TRIES: u32 = 4;

/// What a page's task brings back.
struct Asked {
    waiting: Waiting,
    url: Url,
    verdict: Verdict,
    result: Option<Result<Fetched, FetchError>>,
}

/// One fetched page, decoded.
struct Page {
    waiting: Waiting,
    url: Url,
    host: String,
    html: String,
}

/// Fetches what waits, in rounds, until every host has had its share.
pub(super) async fn fetch_pages(
    pass: &Pass<'_>,
    fetcher: &Fetcher,
    ingest: &mut Ingest<'_>,
    summary: &mut Summary,
) -> Result<(), PipelineError> {
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    let mut chosen: Vec<(Waiting, Url, String)> = Vec::new();
    for waiting in pass.store.waiting()? {
        let Some(url) = waiting.item.url.clone() else { continue };
        let host = url.host_str().unwrap_or_default().to_owned();
        let paused = pass.store.host(&host)?.paused_until.is_some_and(|until| until > pass.now);
        let early = waiting.not_before.is_some_and(|time| time > pass.now);
        let followed = source_named(pass.sources, &waiting.source).is_some();
        let share = taken.entry(host.clone()).or_default();
        if paused || early || !followed || *share >= pass.settings.fetch.pages_per_host {
            continue;
        }
        *share += 1;
        chosen.push((waiting, url, host));
    }
    if chosen.is_empty() {
        return Ok(());
    }
    pass.progress.begin("fetching and understanding pages", chosen.len() as u64 * 2);
    while !chosen.is_empty() {
        let rest = chosen.split_off(chosen.len().min(ROUND));
        round(pass, fetcher, ingest, summary, std::mem::replace(&mut chosen, rest)).await?;
    }
    pass.progress.end();
    Ok(())
}

async fn round(
    pass: &Pass<'_>,
    fetcher: &Fetcher,
    ingest: &mut Ingest<'_>,
    summary: &mut Summary,
    chosen: Vec<(Waiting, Url, String)>,
) -> Result<(), PipelineError> {
    let mut commit = Commit::default();
    let mut hosts: BTreeMap<String, HostRecord> = BTreeMap::new();
    let mut queues: BTreeMap<String, Vec<(Waiting, Url)>> = BTreeMap::new();
    for (waiting, url, host) in chosen {
        hosts.insert(host.clone(), pass.store.host(&host)?);
        queues.entry(host).or_default().push((waiting, url));
    }
    let mut tasks = JoinSet::new();
    for (host, queue) in queues {
        let known: Option<RobotsRecord> = hosts.get(&host).and_then(|record| postcard::from_bytes(&record.robots).ok());
        tasks.spawn(ask_host(fetcher.clone(), host, queue, known, pass.now));
    }
    let mut pages = Vec::new();
    let mut documents = Vec::new();
    while let Some(done) = tasks.join_next().await {
        let Ok((host, known, asked)) = done else { continue };
        if let (Some(record), Some(known)) = (hosts.get_mut(&host), known) {
            record.robots = postcard::to_stdvec(&known).unwrap_or_default();
        }
        for one in asked {
            pass.progress.advance();
            sort_out(pass, one, &host, &mut commit, &mut hosts, &mut pages, &mut documents, summary);
        }
    }
    let extracted = tokio::task::block_in_place(|| extract_round(pass, pages, &mut hosts, summary));
    for (page, content) in extracted {
        finish(pass, page.waiting, &page.url, content, &mut commit, &mut documents)?;
    }
    commit.hosts.extend(hosts);
    documents.sort_by_key(Document::order);
    documents.dedup_by_key(|document| document.id);
    tokio::task::block_in_place(|| ingest.add(documents, commit, pass.now, pass.progress))
}

/// Asks one host for its pages, one after the other, as its robots.txt lets us.
async fn ask_host(
    fetcher: Fetcher,
    host: String,
    queue: Vec<(Waiting, Url)>,
    mut known: Option<RobotsRecord>,
    now: jiff::Timestamp,
) -> (String, Option<RobotsRecord>, Vec<Asked>) {
    let mut asked = Vec::new();
    let mut refused = false;
    for (waiting, url) in queue {
        let verdict = fetcher.allowed(&url, &mut known, now).await;
        let result = if refused || !matches!(verdict, Verdict::Allowed(_)) {
            None
        } else {
            Some(fetcher.get(Request::new(url.clone(), Want::Page), now).await)
        };
        // A host that says 429 is asked nothing more in this pass.
        refused |= matches!(&result, Some(Err(error)) if error.status() == Some(429));
        asked.push(Asked { waiting, url, verdict, result });
    }
    (host, known, asked)
}

/// Sorts one answer: a page to extract, an item that waits on, or one that gets what the feed said.
#[allow(clippy::too_many_arguments)]
fn sort_out(
    pass: &Pass<'_>,
    asked: Asked,
    host: &str,
    commit: &mut Commit,
    hosts: &mut BTreeMap<String, HostRecord>,
    pages: &mut Vec<Page>,
    documents: &mut Vec<Document>,
    summary: &mut Summary,
) {
    let Asked { mut waiting, url, verdict, result } = asked;
    let tld = url.host_str().and_then(|host| host.rsplit('.').next()).map(str::to_owned);
    match (result, verdict) {
        (Some(Ok(Fetched::Fresh(response))), _) => {
            let html = decode(&response.body, response.content_type.as_deref(), tld.as_deref()).text;
            pages.push(Page { waiting, url: response.answer.url, host: host.to_owned(), html });
        }
        (None, Verdict::Disallowed) => {
            let hint = "the feed's own summary is kept; the publisher asks programs to leave its pages alone";
            summary.lost.push(Failure::new(
                url.as_str(),
                Fault::Publisher,
                "robots.txt does not allow this page",
                hint,
            ));
            give_up(pass, waiting, &url, commit, documents);
        }
        (None, Verdict::Wait(until)) => {
            waiting.not_before = Some(until);
            commit.queue.insert(waits_as(&waiting), Some(waiting));
        }
        (Some(Err(error)), _) => {
            if let Some(until) = crate::schedule::host_pause(&error.refusal(), &pass.settings.fetch, pass.now)
                && let Some(record) = hosts.get_mut(host)
            {
                record.paused_until = Some(until);
            }
            waiting.tries += 1;
            let lasting = matches!(error.status(), Some(400..=428 | 430..=499)) || waiting.tries >= TRIES;
            summary.lost.push(error.failure());
            if lasting {
                give_up(pass, waiting, &url, commit, documents);
            } else {
                let wait = error.retry_after().unwrap_or(1800 << waiting.tries);
                waiting.not_before = pass.now.checked_add(SignedDuration::from_secs(wait as i64)).ok();
                commit.queue.insert(waits_as(&waiting), Some(waiting));
            }
        }
        (Some(Ok(Fetched::NotModified(_))) | None, _) => {
            commit.queue.insert(waits_as(&waiting), Some(waiting));
        }
    }
}

/// Stores an item with what its feed said, because its page is not to be had.
fn give_up(pass: &Pass<'_>, waiting: Waiting, url: &Url, commit: &mut Commit, documents: &mut Vec<Document>) {
    let html = if waiting.item.content_html.is_empty() {
        waiting.item.summary_html.clone()
    } else {
        waiting.item.content_html.clone()
    };
    let page = extract::fragment(&html, url, &pass.settings.extract, &Repeated::none());
    // A stored text at this address is better than a summary of it.
    let _ = finish(pass, waiting, url, page, commit, documents);
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
        let known = hosts.get(&page.host).map(|record| record.blocks.clone()).unwrap_or_default();
        let counts =
            counts.entry(page.host.clone()).or_insert_with(|| postcard::from_bytes(&known).unwrap_or_default());
        if let Ok(first) = extract::page(&page.html, Some(&page.url), &pass.settings.extract, &Repeated::none()) {
            counts.learn(&extract::blocks(&first), day);
        }
    }
    let learned: BTreeMap<&String, Repeated> =
        counts.iter().map(|(host, counts)| (host, counts.repeated(pass.settings.extract.repeated_after))).collect();
    let none = Repeated::none();
    let mut extracted = Vec::new();
    for page in pages {
        let repeated = learned.get(&page.host).unwrap_or(&none);
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

/// Makes an item's document and takes the item out of the queue.
fn finish(
    pass: &Pass<'_>,
    waiting: Waiting,
    url: &Url,
    content: Extracted,
    commit: &mut Commit,
    documents: &mut Vec<Document>,
) -> Result<(), PipelineError> {
    commit.queue.insert(waits_as(&waiting), None);
    let known = pass.store.item(&waiting.source, &waiting.item.id)?;
    let document = from_item(&waiting.source, &waiting.item, content, url, 0, pass.now);
    if document.text.is_empty() && document.title.is_empty() {
        return Ok(());
    }
    let mut record =
        known.unwrap_or(ItemRecord { url: waiting.item.url.clone(), document: None, content: 0, seen: pass.now });
    if let Some(document) = pass.revised(document)? {
        record.document = Some(document.id);
        documents.push(document);
    }
    commit.items.push((waiting.source.clone(), waiting.item.id.clone(), record));
    Ok(())
}
