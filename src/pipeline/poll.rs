//! Asks sources and reads what they sent: hosts side by side, the sources of one host in a row.
//!
//! What a source said is handed on at once, not when all have answered: who is cut off in the middle asks nobody
//! again but those that were being asked.
//! A host that asks for a pause is asked nothing more; its other sources come back as held. Sitemaps
//! that an index names are asked with it; one that fails is told and loses nothing else.

use super::PipelineError;
use super::asking::Asking;
use super::due::Due;
use super::pass::Pass;
use super::pauses::host_of;
use super::portions::Portions;
use crate::fetch::{FetchError, Fetched, Request, Response, Want};
use crate::model::{Answer, Failure, Fault, FeedFormat, ParsedFeed, Source, SourceKind};
use crate::parse::{self, ParseError};
use jiff::Timestamp;
use std::collections::BTreeMap;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use url::Url;

/// What came of one source that was due.
pub(super) struct Polled {
    pub(super) due: Due,
    pub(super) answer: Heard,
}

/// What a source said.
pub(super) enum Heard {
    /// Nothing: its host had asked for a pause at another address.
    Held(Timestamp),
    /// A body, and what it was.
    Fresh(Box<Response>, Box<Result<ParsedFeed, ParseError>>),
    /// The validators still hold; of an index of sitemaps, with what those hold that it named before.
    NotModified(Box<Answer>, Option<Box<ParsedFeed>>),
    /// A refusal, or no answer.
    Failed(FetchError),
}

/// Answers that are handed on together at most, when they come faster than they are stored.
const TOGETHER: usize = 64;
/// Hosts that are being asked when further sources are taken up.
const FEW: usize = 16;

impl Pass<'_> {
    /// Asks every due source and hands on what each said as it comes; fewer where the pass is to end.
    pub(super) async fn poll(&self, asking: &Asking, portions: &mut Portions<'_>) -> Result<(), PipelineError> {
        let (tell, mut told) = mpsc::channel(TOGETHER);
        // A set, so that nobody is asked any more once what was heard cannot be stored.
        let mut tasks = JoinSet::new();
        let mut more = true;
        let mut batch = Vec::new();
        loop {
            while more && tasks.len() < FEW && portions.have_room() && !self.stop.is_asked() {
                let due = tokio::task::block_in_place(|| portions.next())?;
                more = !due.is_empty();
                let mut hosts: BTreeMap<String, Vec<Due>> = BTreeMap::new();
                for one in due {
                    hosts.entry(host_of(one.address())).or_default().push(one);
                }
                for (host, due) in hosts {
                    tasks.spawn(asking.clone().host(host, due, tell.clone()));
                }
            }
            tokio::select! {
                biased;
                _ = told.recv_many(&mut batch, TOGETHER) => {
                    batch.iter().for_each(|_| self.progress.advance());
                    let batch = std::mem::take(&mut batch);
                    tokio::task::block_in_place(|| portions.heard(batch))?;
                }
                // What it said stands before that it is done.
                done = tasks.join_next() => {
                    if done.is_none() && told.is_empty() {
                        return Ok(());
                    }
                }
            }
        }
    }
}

impl Asking {
    /// Asks one host's sources, one after the other.
    async fn host(self, host: String, due: Vec<Due>, tell: mpsc::Sender<Polled>) {
        for due in due {
            let answer = if let Some(until) = self.pauses.until(&host) {
                Heard::Held(until)
            } else {
                tokio::select! {
                    answer = self.source(&due) => answer,
                    () = self.stop.asked() => break,
                }
            };
            if tell.send(Polled { due, answer }).await.is_err() {
                break;
            }
        }
    }

    async fn source(&self, due: &Due) -> Heard {
        let Due { source, state, .. } = due;
        let want = if source.kind == SourceKind::Listing { Want::Page } else { Want::Feed };
        let request = Request {
            validators: Some(state.validators.clone()),
            validators_of: state.validators_of.clone(),
            ..Request::of_source(source, due.address().clone(), want)
        };
        match self.get(request).await {
            Err(error) => error.paused_until().map_or(Heard::Failed(error), Heard::Held),
            Ok(Fetched::NotModified(answer)) => {
                // The index is as it was; the sitemaps that it names may not be.
                let mut parsed = ParsedFeed::empty(FeedFormat::Sitemap);
                self.children(&mut parsed, &due.children, source, &answer.url).await;
                let parsed = (!due.children.is_empty()).then(|| Box::new(parsed));
                Heard::NotModified(Box::new(answer), parsed)
            }
            Ok(Fetched::Fresh(mut response)) => {
                let mut parsed = read(&mut response, source).await;
                if let Ok(parsed) = &mut parsed {
                    let children = parsed.children.clone();
                    self.children(parsed, &children, source, &response.answer.url).await;
                }
                Heard::Fresh(Box::new(response), Box::new(parsed))
            }
        }
    }

    /// Asks the sitemaps that an index names, on its own host only.
    async fn children(&self, parsed: &mut ParsedFeed, children: &[Url], source: &Source, index: &Url) {
        for child in children {
            let host = child.host_str();
            if host != source.url.host_str() && host != index.host_str() {
                let what = "named by a sitemap index of another host, and not asked";
                let hint = "follow it as a source of its own";
                parsed.failures.push(Failure::new(child.as_str(), Fault::Publisher, what, hint));
                continue;
            }
            if self.pauses.until(host.unwrap_or_default()).is_some() {
                break;
            }
            match self.get(Request::of_source(source, child.clone(), Want::Feed)).await {
                Ok(Fetched::Fresh(mut response)) => match read(&mut response, source).await {
                    Ok(inner) => {
                        parsed.items.extend(inner.items);
                        parsed.failures.extend(inner.failures);
                    }
                    Err(error) => parsed.failures.push(error.failure()),
                },
                Ok(Fetched::NotModified(_)) => {}
                Err(error) if error.paused_until().is_some() => break,
                Err(error) => parsed.failures.push(error.failure()),
            }
        }
    }
}

/// Reads a body; it is lent to the thread that reads, not copied.
async fn read(response: &mut Response, source: &Source) -> Result<ParsedFeed, ParseError> {
    let (content_type, url, source) = (response.content_type.clone(), response.answer.url.clone(), source.clone());
    let (subject, body) = (url.to_string(), std::mem::take(&mut response.body));
    let reading = tokio::task::spawn_blocking(move || {
        let parsed = parse::source(&body, content_type.as_deref(), &url, &source);
        (body, parsed)
    });
    let Ok((body, parsed)) = reading.await else {
        return Err(ParseError::NotAFeed { subject, found: "something that the reader could not stand".into() });
    };
    response.body = body;
    parsed
}
