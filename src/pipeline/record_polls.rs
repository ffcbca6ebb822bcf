//! Turns what sources said into what is stored: their states, their items, and the queue of those that wait.
//!
//! Stored as it comes, before anything is understood: an item that is new waits in the store, for its page or,
//! where the feed carries it whole, for [`place`](super::place). A text that an earlier pass has brought is not
//! brought again: the item gets that document.

use super::PipelineError;
use super::answers::{Heard, Polled, Sent};
use super::assemble::{address_of, best_feed_html, place_in, whole_text};
use super::context::{Pass, Summary};
use super::due::{Due, child_id};
use super::filter;
use super::pauses::Pauses;
use super::shared_page::{content, is_unchanged, share_pages};
use crate::config::Settings;
use crate::schedule::{self, Body, Outcome};
use jiff::Timestamp;
use samestory_extract::feed;
use samestory_model::{
    Discreet, Document, DocumentId, Failure, Fault, FeedFormat, FullText, Item, ParsedFeed, PollHints, Source,
    canonical_key, item_mark, may_claim, route, without_userinfo,
};
use samestory_store::{Commit, HostRecord, ItemRecord, Store, Waiting, waiting_key};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use url::Url;

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

/// An item that its source has not listed before, or not like this.
#[derive(Debug)]
pub(super) struct News {
    pub(super) item: Item,
    /// A hash of what it says.
    content: u64,
    /// The document at its address, where one is stored.
    stored: Option<DocumentId>,
    /// Its own document, where it is known and has changed.
    before: Option<DocumentId>,
}

impl News {
    /// Whether something has to be read for it.
    pub(super) fn needs_page(&self) -> bool {
        self.stored.is_none()
    }
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
fn read(hash: u64, parsed: &ParsedFeed) -> Body {
    Body::Read {
        hash,
        whole: true,
        items: parsed.items.iter().filter_map(|item| item.published).collect(),
        title: parsed.title.clone(),
        repairs: parsed.repairs.iter().map(|repair| repair.name.clone()).collect(),
    }
}

/// The text of an item where its feed carries it, or where there is no page that could.
pub(super) fn carried<'i>(source: &Source, item: &'i Item) -> Option<Cow<'i, str>> {
    let whole = match source.full_text {
        FullText::Page => None,
        FullText::Feed => Some(best_feed_html(item)),
        FullText::Auto => whole_text(item),
    };
    whole.or_else(|| (!has_page(item)).then(|| best_feed_html(item)))
}

/// Whether an item has a page that can be asked for, and that is not others' as well.
fn has_page(item: &Item) -> bool {
    item.url.as_ref().is_some_and(|url| item_mark(url).is_none() && route(url).is_none())
}

/// The most that a feed says of an item, as plain text.
pub(super) fn best_words(item: &Item) -> &str {
    if item.content_text.trim().is_empty() { &item.summary_text } else { &item.content_text }
}

/// A failure of reading a source, whose subject may be one of the addresses that the user follows.
pub(super) fn discreet(failure: Failure, source: &Source, answered: &Url) -> Failure {
    let within = |text: &str| Discreet::within(&Discreet::within(text, &source.url), answered);
    Failure { subject: within(&failure.subject), message: within(&failure.message), ..failure }
}

/// Items that are stored in one commit, and with their feed's state.
const TOGETHER: usize = 250;

/// Stores what sources said: all that this takes of a pass.
#[derive(Clone, Copy)]
pub(super) struct PollRecorder<'a> {
    pub(super) store: &'a dyn Store,
    pub(super) settings: &'a Settings,
    pub(super) now: Timestamp,
}

impl<'a> Pass<'a> {
    /// What stores the answers of this pass.
    pub(super) fn recorder(&self) -> PollRecorder<'a> {
        PollRecorder { store: self.store, settings: self.settings, now: self.now }
    }
}

impl PollRecorder<'_> {
    /// Stores what sources said, all of it in one commit.
    pub(super) fn settle(
        &self,
        polled: Vec<Polled>,
        pauses: &Pauses,
        summary: &mut Summary,
    ) -> Result<(), PipelineError> {
        let mut commit = Commit::default();
        for one in polled {
            self.settle_one(one, &mut commit, summary)?;
        }
        self.keep(commit, pauses)
    }

    /// Stores what the one answer said that a source gave before it was followed. Sitemaps that it names have not been
    /// asked, so it is due at once: its validators then tell that only they are missing.
    pub(super) fn settle_first(
        &self,
        polled: Polled,
        pauses: &Pauses,
        summary: &mut Summary,
    ) -> Result<(), PipelineError> {
        let mut commit = Commit::default();
        let has_children = matches!(&polled.answer, Heard::Fresh(sent) if sent.parsed.as_ref().is_ok_and(|feed| !feed.children.is_empty()));
        self.settle_one(polled, &mut commit, summary)?;
        if has_children {
            commit.states.iter_mut().for_each(|(_, state)| *state = schedule::at_once(state));
        }
        self.keep(commit, pauses)
    }

    /// Stores a commit with the pauses that hosts asked for.
    pub(super) fn keep(&self, mut commit: Commit, pauses: &Pauses) -> Result<(), PipelineError> {
        let mut hosts: BTreeMap<String, HostRecord> = BTreeMap::new();
        pauses.keep(self.store, &mut hosts)?;
        commit.hosts.extend(hosts);
        self.store_items_first(&mut commit)?;
        Ok(self.store.commit(&commit)?)
    }

    /// Stores the items of a very long feed before its state, some at a time: one commit of all of them takes the
    /// database many times their size. Where that is cut off, the feed is asked again and its first items are known.
    fn store_items_first(&self, commit: &mut Commit) -> Result<(), PipelineError> {
        while commit.items.len() > TOGETHER {
            let items = commit.items.split_off(commit.items.len() - TOGETHER);
            let keys = items.iter().map(|(source, item, _)| waiting_key(source, item));
            let queue = keys.filter_map(|key| commit.queue.remove_entry(&key)).collect();
            self.store.commit(&Commit { items, queue, ..Commit::default() })?;
        }
        Ok(())
    }

    fn settle_one(&self, polled: Polled, commit: &mut Commit, summary: &mut Summary) -> Result<(), PipelineError> {
        let Polled { due, answer } = polled;
        let (outcome, hints) = match answer {
            Heard::Held(until) => {
                summary.held += 1;
                commit.states.push((due.source.name, schedule::held(&due.state, until)));
                return Ok(());
            }
            Heard::Failed(error) => {
                summary.failures.push(error.failure());
                (Outcome::Failed(error.refusal()), PollHints::default())
            }
            Heard::NotModified(answer, sitemaps) => {
                match sitemaps {
                    // The sitemaps of an index are asked for whole every time.
                    Some(parsed) => _ = self.take_all((&due.source, &answer.url), *parsed, commit, summary)?,
                    None => summary.unchanged += 1,
                }
                (Outcome::NotModified(*answer), PollHints::default())
            }
            Heard::Fresh(sent) => {
                let Sent { answer, hash, whole: came_whole, parsed } = *sent;
                let (body, hints) = match parsed {
                    Ok(parsed) if parsed.format == FeedFormat::Html => {
                        let failure = feed::page_for_a_feed(due.source.url.as_str(), &parsed);
                        let failure = discreet(failure, &due.source, &answer.url);
                        summary.failures.push(failure.clone());
                        (Body::Unreadable(failure), PollHints::default())
                    }
                    Ok(parsed) => {
                        let (mut body, hints) = (read(hash, &parsed), parsed.hints.clone());
                        self.remember(&due, &parsed.children, commit);
                        let took_all = self.take_all((&due.source, &answer.url), parsed, commit, summary)?;
                        if let Body::Read { whole, .. } = &mut body {
                            *whole = took_all && came_whole;
                        }
                        (body, hints)
                    }
                    Err(failure) => {
                        let failure = discreet(failure, &due.source, &answer.url);
                        summary.failures.push(failure.clone());
                        (Body::Unreadable(failure), PollHints::default())
                    }
                };
                (Outcome::Fresh { answer, body }, hints)
            }
        };
        summary.asked += 1;
        let next = schedule::after(&due.state, &outcome, &hints, &due.source, &self.settings.fetch, self.now);
        for (name, state) in &due.twins {
            commit.states.push((name.clone(), schedule::twin(state, &due.source, &next)));
        }
        commit.states.push((due.source.name, next));
        Ok(())
    }

    /// Remembers which sitemaps an index names, for the day on which the index is not modified and they are.
    fn remember(&self, due: &Due, children: &[Url], commit: &mut Commit) {
        for place in 0..children.len().max(due.children.len()) {
            let url = children.get(place).cloned();
            let record = ItemRecord { url, document: None, content: 0, seen: self.now };
            commit.items.push((due.source.name.clone(), child_id(place), record));
        }
    }

    /// Decides about every item that a source listed at the address that answered for it; `false` where some of what is
    /// new is left for the next pass.
    fn take_all(
        &self,
        told_at: (&Source, &Url),
        parsed: ParsedFeed,
        commit: &mut Commit,
        summary: &mut Summary,
    ) -> Result<bool, PipelineError> {
        let (source, answered) = told_at;
        summary.lost.extend(parsed.failures.iter().map(|failure| discreet(failure.clone(), source, answered)));
        let mut told = BTreeSet::new();
        let mut news = Vec::new();
        // An entry that the feed holds twice has one id.
        let shares = share_pages(&parsed.items);
        for (item, shares) in parsed.items.into_iter().zip(shares) {
            if told.insert(item.id.clone()) {
                news.extend(self.news(told_at, item, shares)?);
            }
        }
        let (news, rest) = self.share_of(source, news)?;
        let took_all = rest.is_none();
        summary.rests.extend(rest);
        let mut waits = false;
        for one in news {
            waits |= self.take(source, one, commit, summary);
        }
        if waits {
            summary.fresh += 1;
        } else {
            summary.unchanged += 1;
        }
        Ok(took_all)
    }

    /// What is new of an item; `None` where nothing is, or what it was is not kept any more.
    fn news(
        &self,
        (source, answered): (&Source, &Url),
        mut item: Item,
        shares: bool,
    ) -> Result<Option<News>, PipelineError> {
        let content = content(&item);
        let mut known = self.store.item(&source.name, &item.id)?;
        if known.as_ref().is_some_and(|known| is_unchanged(known, content, &item)) {
            return Ok(None);
        }
        if let Some(own) = self.own_address(source, &item, known.as_ref(), shares)? {
            // Once it counted as another item of its page, and had that one's document.
            known = known.filter(|known| known.url.as_ref() == Some(&own));
            item.url = Some(own);
        }
        let page = address_of(&item, &source.url);
        // A text that the feed itself brings claims no address of another site.
        let foreign = !may_claim(&source.url, &page) && !may_claim(answered, &page);
        let own = (foreign && carried(source, &item).is_some()).then(|| place_in(&source.url, &item.id));
        let key = canonical_key(own.as_ref().unwrap_or(&page));
        if known.is_none() && self.store.was_purged(&source.name, &item.id, &key)? {
            return Ok(None);
        }
        let stored = if known.is_none() { self.store.document_at(&key)? } else { None };
        let before = known.and_then(|known| known.document);
        Ok(Some(News { item, content, stored, before }))
    }

    /// Takes one item; `true` where it waits from now on.
    fn take(&self, source: &Source, news: News, commit: &mut Commit, summary: &mut Summary) -> bool {
        let News { mut item, content, stored, before } = news;
        let record = ItemRecord { url: item.url.clone(), document: stored.or(before), content, seen: self.now };
        let is_empty = item.title.is_empty() && best_words(&item).trim().is_empty() && !has_page(&item);
        if is_empty {
            let hint = "nothing of it is stored; its publisher may mend the feed";
            let what = "an entry without headline, text and page of its own";
            let subject = item.url.as_ref().map_or_else(|| item.id.clone(), ToString::to_string);
            summary.lost.push(Failure::new(without_userinfo(&subject), Fault::Publisher, what, hint));
        }
        let waits = stored.is_none() && !is_empty && {
            let page = address_of(&item, &source.url);
            let wanted = filter::may_want(&self.settings.filter, &source.name.0, &item.title, page.as_str());
            summary.kept_out += usize::from(!wanted);
            wanted
        };
        commit.items.push((source.name.clone(), item.id.clone(), record));
        if waits {
            item.lang = item.lang.or(source.lang);
            let waiting = Waiting { source: source.name.clone(), item, tries: 0, not_before: None };
            commit.queue.insert(waiting_key(&source.name, &waiting.item.id), Some(waiting));
        }
        waits
    }
}

impl Pass<'_> {
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
            while self.store.document(Document::id_at(&document.url, document.revision))?.is_some() {
                document.revision += 1;
            }
            document.id = Document::id_at(&document.url, document.revision);
            document.published = document.published.or(before.published);
        } else if self.store.was_purged(&document.source, &document.item, &key)? {
            return Ok(Text::Purged);
        }
        Ok(Text::New(Box::new(document)))
    }
}
