//! Decides at which address a text may stand: one of the host that it came from, or of its site's own, and no other.
//!
//! A feed speaks for the host of its address, and for the one that its last answer came from. Where it lists
//! pages of other sites, what such a page itself holds is the page's; what the feed says of it stands in the
//! feed's own list and names the page as its source, so that nothing of it is taken for the page's text and no
//! item of the page's own feed counts as known because of it.

use super::PipelineError;
use super::assemble::{best_feed_html, from_item, from_stranger, from_teller, leads, place_in};
use super::context::Pass;
use super::queue::Wanted;
use super::record_polls::{Text, Worth};
use crate::schedule;
use samestory_extract::article::{self, Repeated};
use samestory_model::{Document, DocumentId, Extracted, Item, Source, canonical_key, may_claim};
use samestory_store::{Commit, Waiting};
use url::Url;

/// What is being put together: a commit, and the documents that go with it.
pub(super) struct Desk<'a> {
    pub(super) commit: &'a mut Commit,
    pub(super) documents: &'a mut Vec<Document>,
}

/// What is to be had of an item.
pub(super) enum Had {
    /// Its page.
    Page(Box<Extracted>),
    /// Only what its feed says of it.
    Words,
    /// Not even that could be read: only its headline.
    Headline,
}

impl Pass<'_> {
    /// Whether what a source says may stand at an address.
    pub(super) fn speaks_for(&self, source: &Source, url: &Url) -> Result<bool, PipelineError> {
        if may_claim(&source.url, url) {
            return Ok(true);
        }
        let state = schedule::known(&self.store.state(&source.name)?, source);
        Ok(state.validators_of.is_some_and(|answered| may_claim(&answered, url)))
    }

    /// Whether the page of an item is another site's.
    pub(super) fn is_foreign(&self, source: &Source, item: &Item) -> Result<bool, PipelineError> {
        item.url.as_ref().map_or(Ok(false), |link| self.speaks_for(source, link).map(|speaks| !speaks))
    }

    /// Whether what the source of an item says may stand at an address; never for a source that is not followed.
    fn may_tell(&self, waiting: &Waiting, url: &Url) -> Result<bool, PipelineError> {
        self.source(&waiting.source).map_or(Ok(false), |source| self.speaks_for(source, url))
    }

    /// Makes the document of a page, or where it is not to be had, documents of what feeds say of it, and takes
    /// every item that waited for it out of the queue. `url` is the address that answered.
    pub(super) fn finish(
        &self,
        wanted: &Wanted,
        url: &Url,
        had: Had,
        desk: &mut Desk<'_>,
    ) -> Result<(), PipelineError> {
        let silent = matches!(had, Had::Headline);
        let words = |waiting: &Waiting, at: &Url| {
            if silent {
                return Extracted::default();
            }
            article::fragment(&best_feed_html(&waiting.item), at, &self.settings.extract, &Repeated::none())
        };
        let page = if let Had::Page(page) = had { Some(*page) } else { None };
        let (mut own, mut strangers) = (Vec::new(), Vec::new());
        for waiting in wanted.items() {
            if self.may_tell(waiting, url)? { own.push(waiting) } else { strangers.push(waiting) }
        }
        let canonical = page.as_ref().and_then(|page| page.canonical.clone());
        let holds_text = page.as_ref().is_some_and(|page| !page.text.trim().is_empty());
        let (first, worth) = match (own.first(), page) {
            (Some(first), Some(page)) => {
                let worth = if holds_text { Worth::Whole } else { Worth::Summary };
                (Some(from_item(&first.source, &first.item, page, url, 0, self.now)), worth)
            }
            (Some(first), None) => {
                let page = words(first, url);
                (Some(from_item(&first.source, &first.item, page, url, 0, self.now)), Worth::Summary)
            }
            (None, Some(page)) if holds_text => {
                let first = &wanted.first;
                (Some(from_stranger(&first.source, &first.item, page, url, self.now)), Worth::Whole)
            }
            (None, _) => (None, Worth::Summary),
        };
        let id = first.map(|document| self.keep(document, worth, desk)).transpose()?.flatten();
        for waiting in own.into_iter().chain(strangers.iter().copied().filter(|_| holds_text)) {
            self.complete(waiting, id, desk.commit)?;
            let link = waiting.item.url.as_ref().filter(|link| leads(link, url, canonical.as_ref()));
            desk.commit.addresses.extend(link.zip(id).map(|(link, id)| (canonical_key(link), id)));
        }
        for waiting in strangers.into_iter().filter(|_| !holds_text) {
            let source = self.source(&waiting.source);
            let list = source.map(|source| source.url.clone());
            let id = match list {
                Some(list) => {
                    let page = words(waiting, &place_in(&list, &waiting.item.id));
                    let document = from_teller(&waiting.source, &waiting.item, page, &list, self.now);
                    self.keep(document, Worth::Summary, desk)?
                }
                None => None,
            };
            self.complete(waiting, id, desk.commit)?;
        }
        Ok(())
    }

    /// Puts a document on the desk where it is new; returns the one that stands for it.
    pub(super) fn keep(
        &self,
        document: Document,
        worth: Worth,
        desk: &mut Desk<'_>,
    ) -> Result<Option<DocumentId>, PipelineError> {
        if document.text.is_empty() && document.title.is_empty() {
            return Ok(None);
        }
        Ok(match self.revised(document, worth)? {
            Text::Known(id) => Some(id),
            Text::Purged => None,
            Text::New(document) => {
                let id = document.id;
                desk.documents.push(*document);
                Some(id)
            }
        })
    }
}
