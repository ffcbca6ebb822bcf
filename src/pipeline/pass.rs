//! One scheduled pass, read top to bottom: what is due is asked, read, completed, placed, stored.
//!
//! Each source's answer is committed together with its items; an item whose page is wanted waits in
//! the store, so that a pass that is cut off anywhere goes on in the next. The surprising fact: pages
//! are placed in rounds sorted by time, so that the result does not depend on who answered first.

use super::assemble::{document_id, from_item, whole_text};
use super::pages::fetch_pages;
use super::{Ingest, PipelineError, Progress};
use crate::config::Settings;
use crate::extract::{self, Repeated};
use crate::fetch::{FetchError, Fetched, Fetcher, Request, Response, Want};
use crate::model::{
    Document, Failure, FeedFormat, FullText, Item, ParsedFeed, PollHints, Source, SourceId, SourceKind, SourceState,
    canonical_key,
};
use crate::parse;
use crate::schedule::{self, Body, Outcome};
use crate::store::{Commit, ItemRecord, Store, Waiting, waiting_key};
use crate::understand::Understanding;
use jiff::Timestamp;
use tokio::task::JoinSet;
use url::Url;

/// Sitemaps of an index that are read in one pass, newest named first.
const CHILDREN: usize = 4;

/// What a pass did.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// Sources that were asked.
    pub asked: usize,
    /// Sources that had something new.
    pub fresh: usize,
    /// Sources that had nothing new.
    pub unchanged: usize,
    /// Sources that failed, with what was wrong.
    pub failures: Vec<Failure>,
    /// Single items and pages that failed; they never fail a source.
    pub lost: Vec<Failure>,
    /// Documents that were stored.
    pub documents: usize,
    /// Pages that wait for the next pass.
    pub waiting: usize,
    /// Stories that came up.
    pub new_stories: usize,
    /// Stories that grew.
    pub grown_stories: usize,
}

/// How a pass goes.
pub struct Pass<'a> {
    /// Every setting.
    pub settings: &'a Settings,
    /// The one writer.
    pub store: &'a dyn Store,
    /// What understands texts.
    pub understanding: &'a Understanding,
    /// What is followed.
    pub sources: &'a [Source],
    /// The clock.
    pub now: Timestamp,
    /// Ask every source now.
    pub force: bool,
    /// Who watches.
    pub progress: &'a dyn Progress,
}

/// What a source's task brings back.
struct Polled {
    source: Source,
    state: SourceState,
    result: Result<Fetched, FetchError>,
    parsed: Option<Result<ParsedFeed, parse::ParseError>>,
}

impl Pass<'_> {
    /// Runs the pass. Stops only where the store, the model or the settings fail.
    pub async fn run(&self) -> Result<Summary, PipelineError> {
        let mut summary = Summary::default();
        let fetcher = Fetcher::new(&self.settings.fetch).map_err(Box::new)?;
        let mut ingest = Ingest::new(self.store, self.understanding, self.settings, self.now)?;
        let due = self.due()?;
        summary.asked = due.len();
        self.progress.begin("asking sources", due.len() as u64);
        let mut tasks = JoinSet::new();
        for (source, state) in due {
            tasks.spawn(poll(fetcher.clone(), source, state, self.now));
        }
        let mut polled = Vec::new();
        while let Some(done) = tasks.join_next().await {
            self.progress.advance();
            polled.extend(done.ok());
        }
        self.progress.end();
        polled.sort_by(|a, b| a.source.name.cmp(&b.source.name));
        let mut ready = Vec::new();
        for one in polled {
            ready.extend(self.settle(one, &mut summary)?);
        }
        tokio::task::block_in_place(|| self.place(&mut ingest, ready))?;
        fetch_pages(self, &fetcher, &mut ingest, &mut summary).await?;
        let counts = ingest.counts();
        summary.documents = counts.documents;
        summary.new_stories = counts.new_stories.len();
        summary.grown_stories = counts.grown_stories.len();
        summary.waiting = self.store.waiting()?.len();
        Ok(summary)
    }

    /// Sources that are to be asked now, each address once.
    fn due(&self) -> Result<Vec<(Source, SourceState)>, PipelineError> {
        let mut due: Vec<(Source, SourceState)> = Vec::new();
        for source in self.sources.iter().filter(|source| source.enabled && source.kind != SourceKind::Folder) {
            let state = self.store.state(&source.name)?;
            let same = due.iter().any(|(other, _)| canonical_key(&other.url) == canonical_key(&source.url));
            if !same && (schedule::due(source, &state, self.now) || (self.force && !state.gone)) {
                due.push((source.clone(), state));
            }
        }
        Ok(due)
    }

    /// Stores what one source's poll brought: its state, its items, and who waits for a page.
    ///
    /// Gives back documents that the feed carried whole, with the commit that belongs to them.
    fn settle(&self, polled: Polled, summary: &mut Summary) -> Result<Option<(Vec<Document>, Commit)>, PipelineError> {
        let Polled { source, state, result, parsed } = polled;
        let mut commit = Commit::default();
        let mut documents = Vec::new();
        let (outcome, hints) = match (result, parsed) {
            (Err(error), _) => {
                summary.failures.push(error.failure());
                if let Some(until) = schedule::host_pause(&error.refusal(), &self.settings.fetch, self.now) {
                    let host = error.url.host_str().unwrap_or_default().to_owned();
                    let mut record = self.store.host(&host)?;
                    record.paused_until = Some(until);
                    commit.hosts.push((host, record));
                }
                (Outcome::Failed(error.refusal()), PollHints::default())
            }
            (Ok(Fetched::NotModified(answer)), _) => {
                summary.unchanged += 1;
                (Outcome::NotModified(answer), PollHints::default())
            }
            (Ok(Fetched::Fresh(response)), Some(Ok(parsed))) if parsed.format == FeedFormat::Html => {
                let failure = parse::page_for_a_feed(source.url.as_str(), &parsed);
                summary.failures.push(failure.clone());
                (Outcome::Fresh { answer: response.answer, body: Body::Unreadable(failure) }, PollHints::default())
            }
            (Ok(Fetched::Fresh(response)), Some(Ok(parsed))) => {
                summary.lost.extend(parsed.failures.clone());
                let before = documents.len() + commit.queue.len();
                for item in &parsed.items {
                    self.take(&source, item, &response, &mut commit, &mut documents)?;
                }
                if documents.len() + commit.queue.len() > before {
                    summary.fresh += 1;
                } else {
                    summary.unchanged += 1;
                }
                let body = Body::Read {
                    hash: hash(&response.body),
                    items: parsed.items.iter().filter_map(|item| item.published).collect(),
                    title: parsed.title.clone(),
                    repairs: parsed.repairs.iter().map(|repair| repair.name.clone()).collect(),
                };
                (Outcome::Fresh { answer: response.answer, body }, parsed.hints)
            }
            (Ok(Fetched::Fresh(response)), Some(Err(error))) => {
                let failure = error.failure();
                summary.failures.push(failure.clone());
                (Outcome::Fresh { answer: response.answer, body: Body::Unreadable(failure) }, PollHints::default())
            }
            (Ok(Fetched::Fresh(_)), None) => return Ok(None),
        };
        let next = schedule::after(&state, &outcome, &hints, &source, &self.settings.fetch, self.now);
        commit.states.push((source.name.clone(), next));
        if documents.is_empty() {
            self.store.commit(&commit)?;
            return Ok(None);
        }
        Ok(Some((documents, commit)))
    }

    /// Decides about one item: known and unchanged, whole in the feed, or waiting for its page.
    fn take(
        &self,
        source: &Source,
        item: &Item,
        response: &Response,
        commit: &mut Commit,
        documents: &mut Vec<Document>,
    ) -> Result<(), PipelineError> {
        let content = hash(
            format!("{}\u{0}{}\u{0}{}\u{0}{:?}", item.title, item.summary_text, item.content_text, item.updated)
                .as_bytes(),
        );
        let known = self.store.item(&source.name, &item.id)?;
        if known.as_ref().is_some_and(|known| known.content == content) {
            return Ok(());
        }
        let mut record = ItemRecord {
            url: item.url.clone(),
            document: known.as_ref().and_then(|known| known.document),
            content,
            seen: self.now,
        };
        let elsewhere = match &item.url {
            Some(url) if known.is_none() => self.store.document_at(&canonical_key(url))?,
            _ => None,
        };
        if let Some(document) = elsewhere {
            // Another feed of the same publisher brought this page already.
            record.document = Some(document);
            commit.items.push((source.name.clone(), item.id.clone(), record));
            return Ok(());
        }
        let mut own = response.answer.url.clone();
        own.set_fragment(Some(&item.id));
        let address = item.url.clone().unwrap_or(own);
        let whole = match source.full_text {
            FullText::Page => None,
            FullText::Feed => {
                Some(if item.content_html.is_empty() { &item.summary_html } else { &item.content_html }.as_str())
            }
            FullText::Auto => whole_text(item),
        };
        let mut item = item.clone();
        item.lang = item.lang.or(source.lang);
        if let Some(html) = whole.or_else(|| item.url.is_none().then_some(item.summary_html.as_str())) {
            let page = extract::fragment(html, &address, &self.settings.extract, &Repeated::none());
            let document = from_item(&source.name, &item, page, &address, 0, self.now);
            if let Some(document) = self.revised(document)? {
                record.document = Some(document.id);
                if !documents.iter().any(|other| other.id == document.id) {
                    documents.push(document);
                }
            }
        } else {
            let key = waiting_key(&source.name, &item.id);
            commit.queue.insert(
                key,
                Some(Waiting { source: source.name.clone(), item: item.clone(), tries: 0, not_before: None }),
            );
        }
        commit.items.push((source.name.clone(), item.id.clone(), record));
        Ok(())
    }

    /// A document as what it is: new at its address, a later revision, or `None` where it is stored.
    pub(super) fn revised(&self, mut document: Document) -> Result<Option<Document>, PipelineError> {
        let key = canonical_key(&document.url);
        let stored = self.store.document_at(&key)?.map(|id| self.store.document(id)).transpose()?.flatten();
        if let Some(before) = stored {
            if before.text == document.text && before.title == document.title {
                return Ok(None);
            }
            document.revision = before.revision + 1;
            document.id = document_id(&document.url, document.revision);
            document.published = document.published.or(before.published);
        }
        Ok(Some(document))
    }

    fn place(&self, ingest: &mut Ingest<'_>, ready: Vec<(Vec<Document>, Commit)>) -> Result<(), PipelineError> {
        let total: usize = ready.iter().map(|pair| pair.0.len()).sum();
        if total == 0 {
            return Ok(());
        }
        self.progress.begin("understanding", total as u64);
        for (mut documents, commit) in ready {
            documents.sort_by_key(Document::order);
            ingest.add(documents, commit, self.now, self.progress)?;
        }
        self.progress.end();
        Ok(())
    }
}

/// First eight bytes of a SHA-256.
fn hash(bytes: &[u8]) -> u64 {
    crate::model::DocumentId::of(&[&String::from_utf8_lossy(bytes)]).0
}

/// Asks one source and reads what it sent; sitemaps of an index are asked too.
async fn poll(fetcher: Fetcher, source: Source, state: SourceState, now: Timestamp) -> Polled {
    let url = state.moved_to.clone().unwrap_or_else(|| source.url.clone());
    let request = Request {
        url,
        want: if source.kind == SourceKind::Listing { Want::Page } else { Want::Feed },
        validators: Some(state.validators.clone()),
        validators_of: state.validators_of.clone(),
        credentials: source.credentials.clone(),
    };
    let result = fetcher.get(request, now).await;
    let mut parsed = None;
    if let Ok(Fetched::Fresh(response)) = &result {
        parsed = Some(read(response, &source).await);
    }
    let children: Vec<Url> = match &parsed {
        Some(Ok(parsed)) => parsed.children.iter().rev().take(CHILDREN).cloned().collect(),
        _ => Vec::new(),
    };
    for child in children {
        if child.host_str() != source.url.host_str() {
            continue;
        }
        if let Ok(Fetched::Fresh(response)) = fetcher.get(Request::new(child, Want::Feed), now).await
            && let (Ok(inner), Some(Ok(parsed))) = (read(&response, &source).await, parsed.as_mut())
        {
            parsed.items.extend(inner.items);
            parsed.failures.extend(inner.failures);
        }
    }
    Polled { source, state, result, parsed }
}

async fn read(response: &Response, source: &Source) -> Result<ParsedFeed, parse::ParseError> {
    let (body, content_type, url, source) =
        (response.body.clone(), response.content_type.clone(), response.answer.url.clone(), source.clone());
    let subject = url.to_string();
    tokio::task::spawn_blocking(move || parse::source(&body, content_type.as_deref(), &url, &source))
        .await
        .unwrap_or_else(|_| {
            Err(parse::ParseError::NotAFeed { subject, found: "something that the reader could not stand".into() })
        })
}

/// The name under which an item waits.
pub(super) fn waits_as(waiting: &Waiting) -> String {
    waiting_key(&waiting.source, &waiting.item.id)
}

/// A source of the list by its name.
pub(super) fn source_named<'a>(sources: &'a [Source], name: &SourceId) -> Option<&'a Source> {
    sources.iter().find(|source| source.name == *name)
}
