//! Items, those that wait, pages and hosts.

use super::form::{Upgrade, form};
use super::record;
use super::source::ValidatorsV1;
use crate::{HostRecord, ItemRecord, Learned, PageRecord, Waiting};
use jiff::Timestamp;
use samestory_model::{DocumentId, Item, Lang, SourceId};
use serde::Deserialize;
use url::Url;

form! {
    /// What is remembered of an item.
    ItemRecordV1 of ItemRecord { url: Option<Url>, document: Option<DocumentId>, content: u64, seen: Timestamp }
}

form! {
    /// An entry as its source gave it.
    ItemV1 of Item {
        id: String,
        url: Option<Url>,
        title: String,
        published: Option<Timestamp>,
        updated: Option<Timestamp>,
        lang: Option<Lang>,
        summary_html: String,
        content_html: String,
        summary_text: String,
        content_text: String,
        byline: Vec<String>,
        alternates: Vec<(Lang, Url)>,
        image: Option<Url>,
    }
}

form! {
    /// An item that waits for its page.
    WaitingV1 of Waiting { source: SourceId, item: ItemV1, tries: u32, not_before: Option<Timestamp> }
}

form! {
    /// A page that was fetched.
    PageRecordV1 of PageRecord { url: Url, validators: ValidatorsV1 }
}

/// A host before what was learned of it carried a version.
#[derive(Deserialize)]
pub(crate) struct HostRecordV1 {
    robots: Vec<u8>,
    paused_until: Option<Timestamp>,
    blocks: Vec<u8>,
}

impl Upgrade<HostRecord> for HostRecordV1 {
    fn upgrade(self) -> HostRecord {
        let Self { robots, paused_until, blocks } = self;
        HostRecord { robots: Learned::of(1, robots), paused_until, blocks: Learned::of(1, blocks) }
    }
}

form! {
    /// What was learned, in another module's form, with that form's version.
    LearnedV1 of Learned { version: u8, bytes: Vec<u8> }
}

form! {
    /// A host.
    HostRecordV2 of HostRecord { robots: LearnedV1, paused_until: Option<Timestamp>, blocks: LearnedV1 }
}

record!(ItemRecord, "an item", 1 => ItemRecordV1);
record!(Waiting, "a waiting item", 1 => WaitingV1);
record!(PageRecord, "a page", 1 => PageRecordV1);
record!(HostRecord, "a host", 2 => HostRecordV2; 1 => HostRecordV1);
