//! What Atom and JSON Feed have in common: where a feed stands, what a title may be, when a story moved.

use super::address::link;
use super::headline::{NONE, versions};
use super::inert::{escaped, inert};
use jiff::{SignedDuration, Timestamp};
use samestory_model::{DocumentView, StoryView};
use std::collections::BTreeSet;

/// Most characters of a title that pages and feeds carry.
const TITLE: usize = 300;

/// Where a feed can be fetched; empty where that is not known.
#[derive(Debug, Clone, Default)]
pub struct FeedPlace {
    /// Address that pages stand under, with a slash at its end.
    pub base: Option<String>,
    /// The filter as a query string, without its question mark.
    pub query: String,
}

impl FeedPlace {
    /// The address of a file there.
    pub(super) fn address(&self, name: &str) -> Option<String> {
        let query = if self.query.is_empty() { String::new() } else { format!("?{}", self.query) };
        self.base.as_ref().map(|base| format!("{base}{name}{query}"))
    }

    /// The page of a story.
    pub(super) fn page(&self, story: &StoryView) -> Option<String> {
        self.base.as_ref().map(|base| format!("{base}story/{}.html", story.story))
    }

    /// The feed's id: of its own for each filter, the same wherever it is served.
    pub(super) fn id(&self) -> String {
        if self.query.is_empty() {
            "urn:samestory:stories".to_owned()
        } else {
            format!("urn:samestory:stories:{}", self.query)
        }
    }
}

/// Text cut to a number of characters, with nothing in it that acts.
pub(super) fn cut(text: &str, most: usize) -> String {
    let mut out = String::new();
    for (place, sign) in inert(text).chars().filter(|sign| !matches!(sign, '\u{fffe}' | '\u{ffff}')).enumerate() {
        if place == most {
            out.push('…');
            break;
        }
        out.push(sign);
    }
    out
}

/// A headline as pages and feeds carry it; never empty.
pub(super) fn title(text: &str) -> String {
    let out = cut(text, TITLE);
    if out.trim().is_empty() { NONE.to_owned() } else { out }
}

/// When a story last moved. A report that joins late may be dated before the others: a second for every
/// further pair of source and language, which is what growing means, moves it all the same.
pub(super) fn moved(story: &StoryView) -> Timestamp {
    let outlets: BTreeSet<_> = versions(story).map(|version| (&version.source, version.lang)).collect();
    let further = SignedDuration::from_secs(outlets.len().saturating_sub(1) as i64);
    story.last_published.checked_add(further).unwrap_or(story.last_published)
}

/// A time as RFC 3339 has it, to the second.
pub(super) fn second(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The versions as a list in HTML: what an entry says.
pub(super) fn listed(story: &StoryView) -> String {
    let one = |version: &DocumentView| {
        let tag = version.lang.map(|lang| lang.to_string()).unwrap_or_default();
        let lang = if tag.is_empty() { String::new() } else { format!(" lang=\"{tag}\" dir=\"auto\"") };
        let name = escaped(&title(&version.title));
        let named = match link(&version.url) {
            Some(url) => format!("<a href=\"{}\" rel=\"noreferrer\"{lang}>{name}</a>", escaped(&url)),
            None => format!("<span{lang}>{name}</span>"),
        };
        format!("<li>{named} ({}, {})</li>", escaped(&cut(&version.source, 80)), tag)
    };
    format!("<ul>{}</ul>", versions(story).take(VERSIONS).map(one).collect::<String>())
}

/// Most versions of a story that a feed lists.
pub(super) const VERSIONS: usize = 60;
