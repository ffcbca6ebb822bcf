//! What one source may cost: how much of it is read, and how much an item and all items of a source may hold.
//!
//! Everything that a source can make grow is counted here in bytes, so that no feed takes more memory or time than
//! its size allows. What goes beyond is left out by name; the limits are far above what publishers send.

use samestory_model::{Failure, Fault, Item};
use url::Url;

/// Bytes of a source that are read at most, unpacked.
pub(super) const MOST: usize = 40 << 20;
/// Entries of a source that are read at most, as many as a sitemap may hold.
pub(super) const MOST_ENTRIES: usize = 50_000;
/// Bytes that the items of one source hold at most, texts and addresses together.
const MOST_TOLD: usize = 64 << 20;
/// Bytes of one text of an item that are read; no article has a tenth of that.
const MOST_TEXT: usize = 4 << 20;
/// Translations of one item that are kept.
pub(super) const MOST_ALTERNATES: usize = 200;
/// Authors of one item that are kept.
pub(super) const MOST_NAMES: usize = 100;
/// Letters of an address; servers refuse longer ones.
const LONGEST_ADDRESS: usize = 8192;
/// Letters of an id that is kept as it is; a longer one is told apart by its hash.
pub(super) const LONGEST_ID: usize = 2048;
/// Entries that could not be read and are named; further ones are counted.
pub(super) const MOST_NAMED: usize = 20;

/// As much of a text as fits, whole signs.
pub(super) fn beginning(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    &text[..end]
}

/// As much of an item's text as is read.
pub(super) fn text_within(text: &str) -> &str {
    beginning(text, MOST_TEXT)
}

/// Whether an address is one that a server may take.
pub(super) fn is_sane(url: &Url) -> bool {
    url.as_str().len() <= LONGEST_ADDRESS
}

/// Room for what the items of one source hold.
#[derive(Debug)]
pub(super) struct Room {
    bytes: usize,
    items: usize,
}

impl Room {
    /// All of it.
    pub(super) fn whole() -> Self {
        Self { bytes: MOST_TOLD, items: MOST_ENTRIES }
    }

    /// Puts an item with the others; `false` where it does not fit any more.
    pub(super) fn take(&mut self, item: Item, items: &mut Vec<Item>) -> bool {
        let texts = [&item.summary_html, &item.summary_text, &item.content_html, &item.content_text, &item.title];
        let address = |url: &Url| url.as_str().len();
        let bytes = texts.iter().map(|text| text.len()).sum::<usize>()
            + item.id.len()
            + item.url.iter().chain(&item.image).map(address).sum::<usize>()
            + item
                .alternates
                .iter()
                .map(|(_, url)| size_of::<(samestory_model::Lang, Url)>() + address(url))
                .sum::<usize>()
            + item.byline.iter().map(|name| size_of::<String>() + name.len()).sum::<usize>();
        if self.items == 0 || bytes > self.bytes {
            return false;
        }
        (self.bytes, self.items) = (self.bytes - bytes, self.items - 1);
        items.push(item);
        true
    }

    /// What is reported where something did not fit.
    pub(super) fn left_out(&self, subject: &str) -> Failure {
        let what = if self.items == 0 {
            format!("it holds more than {MOST_ENTRIES} entries; the first were read")
        } else {
            format!(
                "its items hold more than {} MiB; the first {} were read",
                MOST_TOLD >> 20,
                MOST_ENTRIES - self.items
            )
        };
        Failure::new(subject, Fault::Publisher, what, "nobody can follow so much: follow a part of it")
    }
}

/// What is reported of a source of which only the beginning was read.
pub(super) fn cut_off(subject: &str) -> Failure {
    let what = format!("it is larger than {} MiB; the rest was not read", MOST >> 20);
    Failure::new(subject, Fault::Publisher, what, "nobody can follow so much: follow a part of it")
}
