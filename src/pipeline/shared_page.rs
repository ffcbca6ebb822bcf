//! Tells the items of one source apart that lead to one page: releases on one page, posts of a live ticker, episodes of a
//! show.
//!
//! Such a page is the article of none of them and is not fetched. Each item becomes a document of its own, at an address
//! made of the page's address and a hash of the item's text ([`item_address`]), with the text of its feed. The text
//! identifies an item better than its id: some publishers change ids at every poll. So the same text at the same page under
//! another id is the same item, and another text is another item. A known item keeps its address when its text changes.

use super::record_polls::{PollRecorder, best_words};
use super::{PipelineError, digest};
use samestory_model::{Document, DocumentId, Item, Source, canonical_key, item_address, item_mark, page_of};
use samestory_store::ItemRecord;
use std::collections::{HashMap, HashSet};
use url::Url;

/// A hash of what a feed says of an item: the words in the upper half, when they were changed in the lower one.
pub(super) fn content(item: &Item) -> u64 {
    let updated = digest(format!("{:?}", item.updated).as_bytes());
    (words(item) & WORDS) | (updated & !WORDS)
}

/// The half of [`content`] that holds the words.
const WORDS: u64 = 0xFFFF_FFFF_0000_0000;

fn words(item: &Item) -> u64 {
    digest(format!("{}\u{0}{}\u{0}{}", item.title, item.summary_text, item.content_text).as_bytes())
}

/// Whether a stored hash is of what the feed says now. Records of earlier versions hold one over words and time together.
pub(super) fn is_unchanged(record: &ItemRecord, content: u64, item: &Item) -> bool {
    let earlier = || {
        let all = format!("{}\u{0}{}\u{0}{}\u{0}{:?}", item.title, item.summary_text, item.content_text, item.updated);
        digest(all.as_bytes())
    };
    record.content == content || record.content == earlier()
}

/// For every item, whether another one of the list says other things under the same address.
pub(super) fn share_pages(items: &[Item]) -> Vec<bool> {
    let keys: Vec<Option<String>> = items.iter().map(|item| item.url.as_ref().map(canonical_key)).collect();
    let mut said: HashMap<&str, HashSet<u64>> = HashMap::new();
    for (item, key) in items.iter().zip(&keys) {
        if let Some(key) = key {
            said.entry(key).or_default().insert(words(item));
        }
    }
    let shares = |key: &Option<String>| key.as_ref().is_some_and(|key| said[key.as_str()].len() > 1);
    keys.iter().map(shares).collect()
}

impl PollRecorder<'_> {
    /// The address at which an item stands that is new or has changed, where that is not its page's.
    pub(super) fn own_address(
        &self,
        source: &Source,
        item: &Item,
        known: Option<&ItemRecord>,
        shares: bool,
    ) -> Result<Option<Url>, PipelineError> {
        let Some(page) = &item.url else { return Ok(None) };
        let key = canonical_key(page);
        if let Some(given) = known.and_then(|record| record.url.as_ref())
            && item_mark(given).is_some()
            && canonical_key(&page_of(given)) == key
        {
            return Ok(Some(given.clone()));
        }
        let stored = match known {
            Some(record) => record.document,
            None => self.store.document_at(&key)?,
        };
        let stored = stored.map(|id| self.store.document(id)).transpose()?.flatten();
        let others = match stored.filter(|document| document.source == source.name) {
            Some(document) => self.is_of_another(source, &document, item)?,
            None => known.is_none() && shares,
        };
        Ok(others.then(|| item_address(page, &DocumentId::of(&["words", &item.title, best_words(item)]).to_string())))
    }

    /// Whether a document of a source came from another item of it, and of that the source says other things.
    fn is_of_another(&self, source: &Source, document: &Document, item: &Item) -> Result<bool, PipelineError> {
        if document.item == item.id {
            return Ok(false);
        }
        let record = self.store.item(&source.name, &document.item)?;
        // A record that a repair has made knows nothing of the words.
        Ok(match record.map(|record| record.content & WORDS).filter(|words| *words != 0) {
            Some(said) => said != words(item) & WORDS,
            None => document.title != item.title,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(id: &str, url: &str, title: &str) -> Item {
        Item::headline(id.to_owned(), Some(Url::parse(url).expect("an address")), title.to_owned())
    }

    #[test]
    fn a_page_is_shared_by_items_that_say_different_things() {
        let list = [
            item("1", "https://a.example/live#p1", "One"),
            item("2", "https://a.example/live#p2", "Two"),
            item("3", "https://a.example/x?utm_source=rss", "Three"),
            item("4", "https://a.example/x", "Three"),
        ];
        assert_eq!(share_pages(&list), [true, true, false, false]);
    }
}
