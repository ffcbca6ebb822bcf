//! Makes documents of the items that their feeds carry whole, understands and places them.
//!
//! They wait in the store since their feed was read (`record_polls`), also those that a pass which was cut off has
//! left. One source after the other in the order of their names, so that the result does not depend on the order of
//! answers. An article that another feed has brought by now is not brought again. What ended the process is understood
//! alone, and after some tries not at all.

use super::assemble::{address_of, from_item, from_teller, place_in};
use super::context::{Pass, Summary};
use super::journal::Open;
use super::leases::Leases;
use super::pages::TRIES;
use super::reading::{Read, Reading};
use super::record_polls::{Worth, carried};
use super::standing::Desk;
use super::{Ingest, PipelineError};
use samestory_extract::article::{self, Repeated};
use samestory_model::{Document, DocumentId, Extracted, Failure, Fault, SourceId, canonical_key};
use samestory_store::{Commit, Waiting, Work};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the items of one source made.
#[derive(Default)]
struct Made {
    documents: Vec<Document>,
    commit: Commit,
    /// Documents that are understood alone, with what is stored with each.
    alone: Vec<(Vec<Document>, Commit)>,
}

/// Sources whose items are claimed at a time.
const PORTION: usize = 8;

impl Pass<'_> {
    /// Places every item that waits and needs no page.
    pub(super) async fn place(
        &self,
        claims: &Leases<'_>,
        reading: &Reading,
        ingest: &mut Ingest<'_>,
        summary: &mut Summary,
    ) -> Result<(), PipelineError> {
        let mut waiting: BTreeMap<SourceId, Vec<Waiting>> = BTreeMap::new();
        for one in self.store.waiting()? {
            if self.is_carried(&one) && !self.is_early(one.not_before) {
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
                    // The worker that had claimed them before may have placed some.
                    items = self.store.waiting_of(&source)?;
                    items.retain(|one| self.is_carried(one) && !self.is_early(one.not_before));
                }
                let Made { mut documents, commit, alone } = self.documents(items, reading, summary).await?;
                documents.sort_by_key(Document::order);
                claims.stand()?;
                tokio::task::block_in_place(|| {
                    ingest.add(documents, commit, self.now, self.progress)?;
                    alone
                        .into_iter()
                        .try_for_each(|(documents, commit)| ingest.add(documents, commit, self.now, self.progress))
                })?;
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

    /// The documents of one source's items, with the commit that takes the items out of the queue; of fewer where the
    /// pass is to end.
    async fn documents(
        &self,
        items: Vec<Waiting>,
        reading: &Reading,
        summary: &mut Summary,
    ) -> Result<Made, PipelineError> {
        let mut made = Made::default();
        let mut brought: BTreeMap<String, DocumentId> = BTreeMap::new();
        let settings = Arc::new(self.settings.extract.clone());
        for waiting in items {
            let Some(source) = self.source(&waiting.source) else { continue };
            let Some(html) = carried(source, &waiting.item) else { continue };
            let foreign = self.is_foreign(source, &waiting.item)?;
            let address =
                if foreign { place_in(&source.url, &waiting.item.id) } else { address_of(&waiting.item, &source.url) };
            let key = canonical_key(&address);
            let before = self.store.item(&waiting.source, &waiting.item.id)?.and_then(|record| record.document);
            // Only an item without a document takes that of another feed: otherwise this is a change of its own.
            let elsewhere = if before.is_none() { self.store.document_at(&key)? } else { None };
            let mut document = brought.get(&key).copied().or(elsewhere);
            let open = Open::Item(waiting.source.clone(), waiting.item.id.clone());
            let alone = reading.reads_alone(&open);
            if document.is_none() && waiting.tries >= TRIES {
                let hint = "nothing of it is stored; its feed may be at fault";
                let what = format!("given up: the program ended {TRIES} times while this item was read or understood");
                summary.lost.push(Failure::new(address.as_str(), Fault::Ours, what, hint));
            } else if document.is_none() {
                let (html, url, settings) = (html.into_owned(), address.clone(), Arc::clone(&settings));
                let job = move || article::fragment(&html, &url, &settings, &Repeated::none());
                let page = match reading.read(open, address.as_str(), job).await {
                    Read::Done(page) => page,
                    // The feed's own words are taken as they are.
                    Read::GivenUp(failure) => {
                        summary.lost.push(failure);
                        Extracted::default()
                    }
                    Read::Left => return Ok(made),
                };
                let new = if foreign {
                    from_teller(&waiting.source, &waiting.item, page, &source.url, self.now)
                } else {
                    from_item(&waiting.source, &waiting.item, page, &address, 0, self.now)
                };
                let (mut own, mut documents) = (Commit::default(), Vec::new());
                let mut desk = Desk { commit: &mut own, documents: &mut documents };
                document = self.keep(new, Worth::Whole, &mut desk)?;
                if !documents.is_empty() {
                    brought.extend(document.map(|id| (key, id)));
                    if alone {
                        self.complete(&waiting, document, &mut own)?;
                        made.alone.push((documents, own));
                        continue;
                    }
                    made.documents.append(&mut documents);
                }
            }
            self.complete(&waiting, document, &mut made.commit)?;
        }
        Ok(made)
    }
}
