//! Makes documents of the items that their feeds carry whole, understands and places them.
//!
//! They wait in the store since their feed was read (`settle`), also those that a pass which was cut off has left.
//! One source after the other in the order of their names, so that the result does not depend on who answered
//! first. An article that another feed has brought by now is not brought again.

use super::assemble::{address_of, from_item, from_teller, place_in};
use super::claims::Claims;
use super::pass::Pass;
use super::settle::{Worth, carried};
use super::standing::Desk;
use super::{Ingest, PipelineError};
use crate::extract::{self, Repeated};
use crate::model::{Document, DocumentId, SourceId, canonical_key};
use crate::store::{Commit, Waiting, Work};
use std::collections::BTreeMap;

/// Sources whose items are claimed at a time.
const PORTION: usize = 8;

impl Pass<'_> {
    /// Places every item that waits and needs no page.
    pub(super) fn place(&self, claims: &Claims<'_>, ingest: &mut Ingest<'_>) -> Result<(), PipelineError> {
        let mut waiting: BTreeMap<SourceId, Vec<Waiting>> = BTreeMap::new();
        for one in self.store.waiting()? {
            if self.is_carried(&one) {
                waiting.entry(one.source.clone()).or_default().push(one);
            }
        }
        self.progress.begin("understanding", waiting.values().map(|items| items.len() as u64).sum());
        let mut left: Vec<String> = waiting.keys().map(|source| source.0.clone()).collect();
        while !left.is_empty() {
            let mut held = claims.take(Work::Carried, &left, PORTION)?;
            if held.is_empty() {
                break;
            }
            left.retain(|name| !held.names().contains(name));
            for name in held.names().to_vec() {
                if self.stop.is_asked() {
                    self.progress.end();
                    return Ok(());
                }
                let source = SourceId(name);
                let mut items = waiting.remove(&source).unwrap_or_default();
                if claims.are_shared() {
                    // Whoever had claimed them before may have placed some.
                    items = self.store.waiting_of(&source)?;
                    items.retain(|one| self.is_carried(one));
                }
                let (mut documents, commit) = self.documents(items)?;
                documents.sort_by_key(Document::order);
                claims.stand()?;
                ingest.add(documents, commit, self.now, self.progress)?;
                held.release(&[source.0])?;
            }
        }
        self.progress.end();
        Ok(())
    }

    /// Whether an item waits for no page.
    fn is_carried(&self, waiting: &Waiting) -> bool {
        let source = self.source(&waiting.source).filter(|source| source.enabled);
        source.is_some_and(|source| carried(source, &waiting.item).is_some())
    }

    /// The documents of one source's items, with the commit that takes the items out of the queue.
    fn documents(&self, items: Vec<Waiting>) -> Result<(Vec<Document>, Commit), PipelineError> {
        let (mut documents, mut commit) = (Vec::new(), Commit::default());
        let mut brought: BTreeMap<String, DocumentId> = BTreeMap::new();
        for waiting in items {
            let Some(source) = self.source(&waiting.source) else { continue };
            let Some(html) = carried(source, &waiting.item) else { continue };
            let foreign = self.is_foreign(source, &waiting.item)?;
            let address =
                if foreign { place_in(&source.url, &waiting.item.id) } else { address_of(&waiting.item, &source.url) };
            let key = canonical_key(&address);
            let before = self.store.item(&waiting.source, &waiting.item.id)?.and_then(|record| record.document);
            // Only who had no document yet takes that of another feed: otherwise this is a change of its own.
            let elsewhere = if before.is_none() { self.store.document_at(&key)? } else { None };
            let mut document = brought.get(&key).copied().or(elsewhere);
            if document.is_none() {
                let page = extract::fragment(&html, &address, &self.settings.extract, &Repeated::none());
                let made = if foreign {
                    from_teller(&waiting.source, &waiting.item, page, &source.url, self.now)
                } else {
                    from_item(&waiting.source, &waiting.item, page, &address, 0, self.now)
                };
                let new = documents.len();
                let mut desk = Desk { commit: &mut commit, documents: &mut documents };
                document = self.keep(made, Worth::Whole, &mut desk)?;
                if documents.len() > new {
                    brought.extend(document.map(|id| (key, id)));
                }
            }
            self.complete(&waiting, document, &mut commit)?;
        }
        Ok((documents, commit))
    }
}
