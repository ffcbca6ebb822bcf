//! Turns what one source said into what is stored: its state, its items, and who waits for a page.
//!
//! An item is known and unchanged, whole in the feed, or waiting for its page. A text that another
//! source of the pass or an earlier pass has brought is not brought again: the item gets that document.

use super::PipelineError;
use super::assemble::{address_of, document_id, from_item, told, whole_text};
use super::pass::{Pass, Summary};
use super::poll::{Heard, Polled};
use super::{digest, filter};
use crate::extract::{self, Repeated};
use crate::fetch::Response;
use crate::model::{Document, DocumentId, FeedFormat, FullText, Item, ParsedFeed, PollHints, Source, canonical_key};
use crate::parse;
use crate::schedule::{self, Body, Outcome};
use crate::store::{Commit, ItemRecord, Waiting, waiting_key};
use std::collections::BTreeMap;

/// Documents that the feeds of this pass have brought, by canonical key.
pub(super) type Brought = BTreeMap<String, DocumentId>;

/// Documents that a feed carried whole, with the commit that belongs to them.
#[derive(Debug, Default)]
pub(super) struct Settled {
    pub(super) documents: Vec<Document>,
    pub(super) commit: Commit,
}

/// A text as what it is beside the stored ones.
#[derive(Debug)]
pub(super) enum Text {
    /// Stored already, or nothing better than what is stored.
    Known(DocumentId),
    /// New at its address, or a later revision.
    New(Box<Document>),
    /// It was stored once and is not kept any more.
    Purged,
}

/// How much a text is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Worth {
    /// The article, from its page or from a feed that carries it whole.
    Whole,
    /// What the feed says about it, because its page is not to be had.
    Summary,
}

/// What `schedule` needs to know of a body that was read.
fn read(response: &Response, parsed: &ParsedFeed) -> Body {
    Body::Read {
        hash: digest(&response.body),
        items: parsed.items.iter().filter_map(|item| item.published).collect(),
        title: parsed.title.clone(),
        repairs: parsed.repairs.iter().map(|repair| repair.name.clone()).collect(),
    }
}

impl Pass<'_> {
    /// Stores what one source's poll brought, or gives it back where documents have to be placed first.
    pub(super) fn settle(
        &self,
        polled: Polled,
        brought: &mut Brought,
        summary: &mut Summary,
    ) -> Result<Option<Settled>, PipelineError> {
        let Polled { due, answer } = polled;
        let mut settled = Settled::default();
        let mut shares = false;
        let (outcome, hints) = match answer {
            Heard::Held(until) => {
                summary.held += 1;
                let states = vec![(due.source.name.clone(), schedule::held(&due.state, until))];
                self.store.commit(&Commit { states, ..Commit::default() })?;
                return Ok(None);
            }
            Heard::Failed(error) => {
                summary.failures.push(error.failure());
                (Outcome::Failed(error.refusal()), PollHints::default())
            }
            Heard::NotModified(answer) => {
                summary.unchanged += 1;
                (Outcome::NotModified(*answer), PollHints::default())
            }
            Heard::Fresh(response, parsed) => {
                let (body, hints) = match *parsed {
                    Ok(parsed) if parsed.format == FeedFormat::Html => {
                        let failure = parse::page_for_a_feed(due.source.url.as_str(), &parsed);
                        summary.failures.push(failure.clone());
                        (Body::Unreadable(failure), PollHints::default())
                    }
                    Ok(parsed) => {
                        shares = self.take_all(&due.source, &parsed, &mut settled, brought, summary)?;
                        (read(&response, &parsed), parsed.hints)
                    }
                    Err(error) => {
                        summary.failures.push(error.failure());
                        (Body::Unreadable(error.failure()), PollHints::default())
                    }
                };
                (Outcome::Fresh { answer: response.answer, body }, hints)
            }
        };
        summary.asked += 1;
        let next = schedule::after(&due.state, &outcome, &hints, &due.source, &self.settings.fetch, self.now);
        for (name, state) in &due.twins {
            settled.commit.states.push((name.clone(), schedule::twin(state, &due.source, &next)));
        }
        settled.commit.states.push((due.source.name, next));
        // What names a document of another source is stored after that document.
        if settled.documents.is_empty() && !shares {
            self.store.commit(&settled.commit)?;
            return Ok(None);
        }
        Ok(Some(settled))
    }

    /// Decides about every item; `true` where one got a document that another source of this pass brought.
    fn take_all(
        &self,
        source: &Source,
        parsed: &ParsedFeed,
        settled: &mut Settled,
        brought: &mut Brought,
        summary: &mut Summary,
    ) -> Result<bool, PipelineError> {
        let mut shares = false;
        summary.lost.extend(parsed.failures.iter().cloned());
        for item in &parsed.items {
            shares |= self.take(source, item, settled, brought, summary)?;
        }
        if settled.documents.is_empty() && settled.commit.queue.is_empty() {
            summary.unchanged += 1;
        } else {
            summary.fresh += 1;
        }
        Ok(shares)
    }

    /// Decides about one item; `true` where it got a document that another source of this pass brought.
    fn take(
        &self,
        source: &Source,
        item: &Item,
        settled: &mut Settled,
        brought: &mut Brought,
        summary: &mut Summary,
    ) -> Result<bool, PipelineError> {
        let content = digest(
            format!("{}\u{0}{}\u{0}{}\u{0}{:?}", item.title, item.summary_text, item.content_text, item.updated)
                .as_bytes(),
        );
        let known = self.store.item(&source.name, &item.id)?;
        if known.as_ref().is_some_and(|known| known.content == content) {
            return Ok(false);
        }
        let address = address_of(item, &source.url);
        let key = canonical_key(&address);
        if known.is_none() && self.store.was_purged(&source.name, &item.id, &key)? {
            return Ok(false);
        }
        let before = known.as_ref().and_then(|known| known.document);
        let mut record = ItemRecord { url: item.url.clone(), document: before, content, seen: self.now };
        if !filter::may_want(&self.settings.filter, &source.name.0, &item.title, address.as_str()) {
            summary.kept_out += 1;
            settled.commit.items.push((source.name.clone(), item.id.clone(), record));
            return Ok(false);
        }
        let (here, stored) = (brought.get(&key).copied(), self.store.document_at(&key)?.filter(|_| known.is_none()));
        let mut item = item.clone();
        item.lang = item.lang.or(source.lang);
        let whole = match source.full_text {
            FullText::Page => None,
            FullText::Feed => Some(told(&item)),
            FullText::Auto => whole_text(&item),
        };
        if let Some(document) = here.or(stored) {
            record.document = Some(document);
        } else if let Some(html) = whole.or_else(|| item.url.is_none().then(|| told(&item))) {
            let page = extract::fragment(&html, &address, &self.settings.extract, &Repeated::none());
            let document = from_item(&source.name, &item, page, &address, 0, self.now);
            if !document.title.is_empty() || !document.text.is_empty() {
                match self.revised(document, Worth::Whole)? {
                    Text::Known(id) => record.document = Some(id),
                    Text::Purged => {}
                    Text::New(document) => {
                        record.document = Some(document.id);
                        brought.insert(key, document.id);
                        settled.documents.push(*document);
                    }
                }
            }
        } else {
            let waiting = Waiting { source: source.name.clone(), item: item.clone(), tries: 0, not_before: None };
            settled.commit.queue.insert(waiting_key(&source.name, &item.id), Some(waiting));
        }
        settled.commit.items.push((source.name.clone(), item.id, record));
        Ok(here.is_some())
    }

    /// A text beside what is stored at its address. A summary replaces nothing that says as much.
    pub(super) fn revised(&self, mut document: Document, worth: Worth) -> Result<Text, PipelineError> {
        let key = canonical_key(&document.url);
        let stored = self.store.document_at(&key)?.map(|id| self.store.document(id)).transpose()?.flatten();
        if let Some(before) = stored {
            let same = before.text == document.text && before.title == document.title;
            let less = worth == Worth::Summary && document.text.chars().count() <= before.text.chars().count();
            if same || less {
                return Ok(Text::Known(before.id));
            }
            document.revision = if canonical_key(&before.url) == key { before.revision + 1 } else { 0 };
            // Another document's alias may stand where this address had revisions of its own.
            while self.store.document(document_id(&document.url, document.revision))?.is_some() {
                document.revision += 1;
            }
            document.id = document_id(&document.url, document.revision);
            document.published = document.published.or(before.published);
        } else if self.store.was_purged(&document.source, &document.item, &key)? {
            return Ok(Text::Purged);
        }
        Ok(Text::New(Box::new(document)))
    }
}
