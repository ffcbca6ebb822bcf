//! Makes documents of a portion of pages and stores them: learns what repeats on each host's pages, extracts them,
//! understands and places what they hold, in one commit.
//!
//! Only then is a page extracted for good, so that the first article of a host is as clean as the tenth. Each is read
//! within limits ([`reading`](super::reading)): one that takes too long counts as tried and loses no other, save that
//! the further pages of its host wait for the next pass. What was in hand when the process died is understood alone.

use super::assemble::best_feed_html;
use super::context::{Pass, Summary};
use super::journal::Open;
use super::leases::Leases;
use super::pages::{Asked, TRIES, Visit, put_back};
use super::polite_fetch::PoliteFetch;
use super::queue::Visited;
use super::queue::Wanted;
use super::reading::Read;
use super::standing::{Desk, Had};
use super::{Ingest, PipelineError, learned, partial};
use crate::config;
use crate::fetch::{Fetched, Held};
use samestory_extract::article::{self, ExtractError, Repeated, RepeatedCounts};
use samestory_model::markup::decode;
use samestory_model::{Answer, Document, Extracted, Failure, Fault, Validators, canonical_key, is_specific};
use samestory_store::{Commit, HostRecord, PageRecord};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// How long pages are still read for the first time once the pass is to end; the rest of the time is for placing them.
const FIRST_READING: Duration = Duration::from_secs(1);

/// One fetched page.
struct Page {
    wanted: Wanted,
    url: Url,
    body: Vec<u8>,
    content_type: Option<String>,
    validators: Validators,
    held: Held,
}

/// A page that was read once.
struct Known {
    wanted: Wanted,
    url: Url,
    html: Arc<str>,
    first: Result<Extracted, ExtractError>,
    validators: Validators,
    _held: Held,
}

/// What a portion has made so far.
#[derive(Default)]
struct Portion {
    commit: Commit,
    hosts: BTreeMap<String, HostRecord>,
    pages: Vec<Page>,
    documents: Vec<Document>,
    /// Documents that are understood alone, with what is stored with each.
    alone: Vec<(Vec<Document>, Commit)>,
}

/// What a portion is made with.
struct Maker<'p, 'r> {
    pass: &'p Pass<'p>,
    asking: &'r PoliteFetch,
    extract: Arc<config::Extract>,
    visited: &'r mut Visited,
    summary: &'r mut Summary,
    portion: Portion,
}

impl Pass<'_> {
    /// Stores what these hosts sent.
    pub(super) async fn store_portion(
        &self,
        visits: Vec<(String, Visit)>,
        claims: &Leases<'_>,
        asking: &PoliteFetch,
        ingest: &mut Ingest<'_>,
        visited: &mut Visited,
        summary: &mut Summary,
    ) -> Result<(), PipelineError> {
        let extract = Arc::new(self.settings.extract.clone());
        let mut maker = Maker { pass: self, asking, extract, visited, summary, portion: Portion::default() };
        for (host, visit) in visits {
            let mut record = self.store.host(&host)?;
            if let Some(robots) = visit.robots {
                record.robots = learned::kept(&robots);
            }
            maker.portion.hosts.insert(host, record);
            for (wanted, asked) in visit.asked {
                maker.sort_out(wanted, asked).await?;
            }
        }
        maker.extract().await?;
        let Portion { mut commit, mut hosts, mut documents, alone, .. } = maker.portion;
        if claims.are_shared() {
            claims.stand()?;
        }
        // What was heard of a host meanwhile stays noted with it.
        for (host, record) in &mut hosts {
            record.paused_until = record.paused_until.max(self.store.host(host)?.paused_until);
        }
        asking.pauses.keep(self.store, &mut hosts)?;
        commit.hosts.extend(hosts);
        documents.sort_by_key(Document::order);
        let mut seen = BTreeSet::new();
        documents.retain(|document| seen.insert(document.id));
        tokio::task::block_in_place(|| {
            ingest.add(documents, commit, self.now, self.progress)?;
            alone.into_iter().try_for_each(|(documents, commit)| ingest.add(documents, commit, self.now, self.progress))
        })
    }
}

impl Maker<'_, '_> {
    /// Sorts one answer: a page to extract, an item that waits on, or one that gets what the feed said.
    async fn sort_out(&mut self, wanted: Wanted, asked: Asked) -> Result<(), PipelineError> {
        let answer = match asked {
            Asked::Later(until) => {
                let tries = wanted.tries();
                wanted.wait(tries, Some(until), &mut self.portion.commit);
                return Ok(());
            }
            Asked::Forbidden => {
                let hint = "the feed's own summary is kept; the publisher asks programs to leave its pages alone";
                let what = "robots.txt does not allow this page";
                self.summary.lost.push(Failure::new(wanted.url.as_str(), Fault::Publisher, what, hint));
                return self.give_up(&wanted).await;
            }
            Asked::GivenUp(failure) => {
                self.summary.lost.push(failure);
                // Its feed's words may be what ended the program: they are taken as they are.
                return self.finish(&wanted, &wanted.url, Had::Headline, None);
            }
            Asked::Answered(answer) => partial::whole_of(*answer),
        };
        match answer {
            // An article that is gone, or behind a login, often leads to the site's front: that is another text.
            Ok(Fetched::Fresh(response)) if !is_specific(&response.answer.url) && is_specific(&wanted.url) => {
                let (what, hint) = ("the page leads to the site's front", "the feed's own summary is kept");
                self.summary.lost.push(Failure::new(wanted.url.as_str(), Fault::Publisher, what, hint));
                self.give_up(&wanted).await
            }
            Ok(Fetched::Fresh(response)) => {
                let Answer { url, validators, .. } = response.answer;
                let (body, content_type, held) = (response.body, response.content_type, response.held);
                if response.truncated {
                    self.summary.lost.push(partial::page_cut(&url, self.pass.settings.fetch.max_page_bytes));
                }
                self.portion.pages.push(Page { wanted, url, body, content_type, validators, held });
                Ok(())
            }
            // The feed says something else of it; the page is as it was.
            Ok(Fetched::NotModified(_)) => {
                let document = self.pass.store.document_at(&canonical_key(&wanted.url))?;
                wanted.items().try_for_each(|waiting| self.pass.complete(waiting, document, &mut self.portion.commit))
            }
            // It was not asked.
            Err(error) if error.paused_until().is_some() => Ok(()),
            Err(error) => {
                self.summary.lost.push(error.failure());
                let lasting = matches!(error.status(), Some(400..=428 | 430..=499));
                self.failed(wanted, lasting, error.retry_after()).await
            }
        }
    }

    /// Lets the items of a page that failed wait for the next try, or gives it up.
    async fn failed(&mut self, wanted: Wanted, lasting: bool, retry_after: Option<u64>) -> Result<(), PipelineError> {
        let tries = wanted.tries() + 1;
        if lasting || tries >= TRIES {
            return self.give_up(&wanted).await;
        }
        wanted.wait(tries, put_back(tries, retry_after, self.pass), &mut self.portion.commit);
        Ok(())
    }

    /// Stores an item with what its feed said, because its page is not to be had.
    async fn give_up(&mut self, wanted: &Wanted) -> Result<(), PipelineError> {
        let (html, url, extract) =
            (best_feed_html(&wanted.first.item).into_owned(), wanted.url.clone(), Arc::clone(&self.extract));
        let job = move || article::fragment(&html, &url, &extract, &Repeated::none());
        // Read here within its limits; what can be read so is read again once its address is decided.
        let had = match self.asking.reading.read(open(wanted), wanted.url.as_str(), job).await {
            Read::Done(_) => Had::Words,
            Read::GivenUp(failure) => {
                self.summary.lost.push(failure);
                Had::Headline
            }
            Read::Left => return Ok(()),
        };
        self.finish(wanted, &wanted.url, had, None)
    }

    /// Extracts a portion's pages: learns what repeats on each host first.
    async fn extract(&mut self) -> Result<(), PipelineError> {
        let day = (self.pass.now.as_second() / 86_400) as i32;
        let mut counts: BTreeMap<String, RepeatedCounts> = BTreeMap::new();
        let mut pages = Vec::new();
        for page in std::mem::take(&mut self.portion.pages) {
            let host = page.wanted.host.clone();
            let Some(page) = self.read_first(page).await? else { continue };
            let counts = match counts.entry(host) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => {
                    let record = self.portion.hosts.get(place.key());
                    let known = record.map_or(Ok(None), |record| learned::known(place.key(), &record.blocks));
                    let known = known.unwrap_or_else(|failure| {
                        self.summary.lost.push(failure);
                        None
                    });
                    place.insert(known.unwrap_or_default())
                }
            };
            if let Ok(first) = &page.first {
                counts.learn_under(&first.title, &article::blocks(first), day);
            }
            pages.push(page);
        }
        let after = self.extract.repeated_after;
        let learned: BTreeMap<&String, Arc<Repeated>> =
            counts.iter().map(|(host, counts)| (host, Arc::new(counts.repeated(after)))).collect();
        let none = Arc::new(Repeated::none());
        for page in pages {
            let repeated = Arc::clone(learned.get(&page.wanted.host).unwrap_or(&none));
            self.read_again(page, repeated).await?;
        }
        for (host, mut counts) in counts {
            counts.forget_before(day - 90);
            if let Some(record) = self.portion.hosts.get_mut(&host) {
                record.blocks = learned::kept(&counts);
            }
        }
        Ok(())
    }

    /// Reads a page as it stands; `None` where that was too much, or nothing more is to be begun.
    async fn read_first(&mut self, page: Page) -> Result<Option<Known>, PipelineError> {
        let Page { wanted, url, body, content_type, validators, held } = page;
        if self.visited.distrusted.contains(&wanted.host) || self.pass.stop.is_asked_since(FIRST_READING) {
            return Ok(None);
        }
        let (address, extract) = (url.clone(), Arc::clone(&self.extract));
        let tld = wanted.url.host_str().and_then(|host| host.rsplit('.').next()).map(str::to_owned);
        let job = move || {
            let html: Arc<str> = decode(&body, content_type.as_deref(), tld.as_deref()).text.into();
            drop(body);
            let first = article::page(&html, Some(&address), &extract, &Repeated::none());
            (html, first)
        };
        match self.asking.reading.read(open(&wanted), url.as_str(), job).await {
            Read::Done((html, first)) => Ok(Some(Known { wanted, url, html, first, validators, _held: held })),
            Read::GivenUp(failure) => {
                self.distrust(&wanted, failure);
                self.failed(wanted, false, None).await?;
                Ok(None)
            }
            Read::Left => Ok(None),
        }
    }

    /// Reads a page without what repeats on its host, and makes its document.
    async fn read_again(&mut self, page: Known, repeated: Arc<Repeated>) -> Result<(), PipelineError> {
        let Known { wanted, url, html, first, validators, _held } = page;
        // Most pages hold nothing that repeats in their article, and what was read first stands.
        let is_clean = first.as_ref().map_or(true, |first| !repeated.touches(&first.text));
        let read = if is_clean || self.visited.distrusted.contains(&wanted.host) {
            Read::Done(first)
        } else {
            let (address, extract) = (url.clone(), Arc::clone(&self.extract));
            let job = move || article::page(&html, Some(&address), &extract, &repeated);
            self.asking.reading.read(open(&wanted), url.as_str(), job).await
        };
        let content = match read {
            Read::Done(Ok(content)) => content,
            Read::Done(Err(error)) => {
                self.summary.lost.push(error.failure(url.as_str()));
                Extracted::default()
            }
            Read::GivenUp(failure) => {
                self.distrust(&wanted, failure);
                return self.failed(wanted, false, None).await;
            }
            Read::Left => return Ok(()),
        };
        let known = !content.text.trim().is_empty() && validators != Validators::default();
        let record = known.then(|| PageRecord { url: url.clone(), validators });
        self.finish(&wanted, &url, Had::Page(Box::new(content)), record)
    }

    /// Leaves the further pages of a host alone for this pass.
    fn distrust(&mut self, wanted: &Wanted, failure: Failure) {
        self.summary.lost.push(failure);
        self.visited.distrusted.insert(wanted.host.clone());
    }

    /// Makes the document of a page and takes every item that waited for it out of the queue.
    fn finish(
        &mut self,
        wanted: &Wanted,
        url: &Url,
        had: Had,
        record: Option<PageRecord>,
    ) -> Result<(), PipelineError> {
        let Self { pass, portion, .. } = self;
        // What was in hand when a process died is understood alone, with what belongs to it.
        let mut own = (Vec::new(), Commit::default());
        let alone = self.asking.reading.reads_alone(&open(wanted));
        let (documents, commit) =
            if alone { (&mut own.0, &mut own.1) } else { (&mut portion.documents, &mut portion.commit) };
        commit.pages.extend(record.map(|record| (canonical_key(&wanted.url), record)));
        pass.finish(wanted, url, had, &mut Desk { commit, documents })?;
        portion.alone.extend(alone.then_some(own));
        Ok(())
    }
}

/// Under which item a page is noted while it is read.
fn open(wanted: &Wanted) -> Open {
    Open::Item(wanted.first.source.clone(), wanted.first.item.id.clone())
}
