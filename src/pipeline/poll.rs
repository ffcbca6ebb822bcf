//! Asks sources and reads what they sent: hosts side by side, the sources of one host in a row.
//!
//! A host that asks for a pause is asked nothing more; its other sources come back as held. Sitemaps
//! that an index names are asked with it; one that fails is told and loses nothing else.

use super::asking::Asking;
use super::due::Due;
use super::pass::Pass;
use super::pauses::host_of;
use crate::fetch::{FetchError, Fetched, Request, Response, Want};
use crate::model::{Answer, Failure, Fault, ParsedFeed, Source, SourceKind};
use crate::parse::{self, ParseError};
use jiff::Timestamp;
use std::collections::BTreeMap;
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
    /// The validators still hold.
    NotModified(Box<Answer>),
    /// A refusal, or no answer.
    Failed(FetchError),
}

impl Pass<'_> {
    /// Asks every due source, in the order of their names; fewer where the pass is to end.
    pub(super) async fn poll(&self, asking: &Asking, due: Vec<Due>) -> Vec<Polled> {
        let mut hosts: BTreeMap<String, Vec<Due>> = BTreeMap::new();
        for one in due {
            hosts.entry(host_of(one.address())).or_default().push(one);
        }
        let mut tasks = JoinSet::new();
        for (host, due) in hosts {
            tasks.spawn(asking.clone().host(host, due));
        }
        let mut polled = Vec::new();
        while let Some(done) = tasks.join_next().await {
            for one in done.into_iter().flatten() {
                self.progress.advance();
                polled.push(one);
            }
        }
        polled.sort_by(|a, b| a.due.source.name.cmp(&b.due.source.name));
        polled
    }
}

impl Asking {
    /// Asks one host's sources, one after the other.
    async fn host(self, host: String, due: Vec<Due>) -> Vec<Polled> {
        let mut polled = Vec::new();
        for due in due {
            let answer = if let Some(until) = self.pauses.until(&host) {
                Heard::Held(until)
            } else {
                tokio::select! {
                    answer = self.source(&due) => answer,
                    () = self.stop.asked() => break,
                }
            };
            polled.push(Polled { due, answer });
        }
        polled
    }

    async fn source(&self, due: &Due) -> Heard {
        let Due { source, state, .. } = due;
        let request = Request {
            url: due.address().clone(),
            want: if source.kind == SourceKind::Listing { Want::Page } else { Want::Feed },
            validators: Some(state.validators.clone()),
            validators_of: state.validators_of.clone(),
            credentials: source.credentials.clone(),
        };
        match self.get(request).await {
            Err(error) => Heard::Failed(error),
            Ok(Fetched::NotModified(answer)) => Heard::NotModified(Box::new(answer)),
            Ok(Fetched::Fresh(response)) => {
                let mut parsed = read(&response, source).await;
                if let Ok(parsed) = &mut parsed {
                    self.children(parsed, source, &response.answer.url).await;
                }
                Heard::Fresh(Box::new(response), Box::new(parsed))
            }
        }
    }

    /// Asks the sitemaps that an index names, on its own host only.
    async fn children(&self, parsed: &mut ParsedFeed, source: &Source, index: &Url) {
        for child in std::mem::take(&mut parsed.children) {
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
            let credentials = source.credentials.clone().filter(|_| host == source.url.host_str());
            let request = Request { credentials, ..Request::new(child.clone(), Want::Feed) };
            match self.get(request).await {
                Ok(Fetched::Fresh(response)) => match read(&response, source).await {
                    Ok(inner) => {
                        parsed.items.extend(inner.items);
                        parsed.failures.extend(inner.failures);
                    }
                    Err(error) => parsed.failures.push(error.failure()),
                },
                Ok(Fetched::NotModified(_)) => {}
                Err(error) => parsed.failures.push(error.failure()),
            }
        }
    }
}

async fn read(response: &Response, source: &Source) -> Result<ParsedFeed, ParseError> {
    let (body, content_type, url, source) =
        (response.body.clone(), response.content_type.clone(), response.answer.url.clone(), source.clone());
    let subject = url.to_string();
    tokio::task::spawn_blocking(move || parse::source(&body, content_type.as_deref(), &url, &source))
        .await
        .unwrap_or_else(|_| {
            Err(ParseError::NotAFeed { subject, found: "something that the reader could not stand".into() })
        })
}
