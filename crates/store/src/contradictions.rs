//! Holds the lines of a backup against one another, before what was made of them counts.
//!
//! Each line may read and the whole be no store: a document that a story names and that is not there, one that stands
//! there twice, a placement in another story than the one that names it. What `doctor --deep` would find in the store
//! afterwards is found here while there is none yet, and is named with its line. Takes some 100 bytes a document.

use super::files::tables as tag;
use super::lines::{Line, bytes_of};
use super::waiting_key;
use samestory_model::{ArticleId, Document, DocumentId, Item, StoryId, without_credentials};
use std::collections::hash_map::{DefaultHasher, Entry};
use std::collections::{HashMap, HashSet};
use std::hash::{Hash, Hasher};
use url::Url;

/// Where a document is placed.
#[derive(Debug)]
struct StoreLocation {
    line: u64,
    story: StoryId,
    /// Whether the story names it.
    is_named: bool,
}

/// A story and the documents that it names.
#[derive(Debug)]
struct Named {
    line: u64,
    story: StoryId,
    documents: Vec<DocumentId>,
}

/// What was read so far, as far as it says something of other lines.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    sequence: u64,
    placed: u64,
    places: HashMap<DocumentId, StoreLocation>,
    stories: Vec<Named>,
    /// Documents that items, addresses and the like lead to.
    led: Vec<(u64, DocumentId)>,
    story_aliases: HashMap<StoryId, (u64, StoryId)>,
    article_aliases: HashMap<ArticleId, (u64, ArticleId)>,
    /// Hashes of the keys of all lines.
    keys: HashSet<u64>,
}

impl Lines {
    /// Takes a line in; fails with what contradicts an earlier one, or itself.
    pub(crate) fn take(&mut self, number: u64, line: &Line) -> Result<(), String> {
        match line {
            Line::Store { sequence, placed, .. } => (self.sequence, self.placed) = (*sequence, *placed),
            Line::Source(source) => self.once(('s', &source.name), || format!("the source {}", source.name))?,
            Line::Configured(source) => self.once(('c', &source.name), || format!("the source {}", source.name))?,
            Line::State { source, .. } => self.once(('t', source), || format!("the state of {source}"))?,
            Line::Item { source, item, record } => {
                self.once(('i', source, item), || format!("an item of {source}"))?;
                self.led.extend(record.document.map(|id| (number, id)));
            }
            Line::Waiting(waiting) => {
                let key = waiting_key(&waiting.source, &waiting.item.id);
                self.once(('q', key), || format!("an item of {} that waits", waiting.source))?;
            }
            Line::Host { host, .. } => self.once(('h', host), || "a host".to_owned())?,
            Line::Document { placed, document, placement, .. } => {
                let id = document.id;
                let Some(placement) = placement else { return Err(format!("the document {id} has no placement")) };
                if placement.document != id {
                    return Err(format!("the document {id} has the placement of {}", placement.document));
                }
                if *placed > self.placed {
                    return Err(format!("the document {id} has number {placed} of {} placements", self.placed));
                }
                // A purge that was cut off leaves documents without a number.
                if *placed > 0 {
                    let order = ('o', document.time().max(document.seen), placed);
                    self.once(order, || format!("the number of a placement, {placed},"))?;
                }
                match self.places.entry(id) {
                    Entry::Occupied(_) => return Err(format!("the document {id} stands in it twice")),
                    Entry::Vacant(place) => {
                        place.insert(StoreLocation { line: number, story: placement.story, is_named: false })
                    }
                };
            }
            Line::Word { number, .. } => self.once(('w', number), || format!("the word {number}"))?,
            Line::Page { key, .. } => self.once(('v', key), || "a page".to_owned())?,
            Line::Address { address, document } => {
                self.once(('u', address), || "an address".to_owned())?;
                self.led.push((number, *document));
            }
            Line::Story { story, born, grown, documents, .. } => {
                self.once(('y', story), || format!("the story {story}"))?;
                let fits = |commit: u64| (1..=self.sequence).contains(&commit);
                if !fits(*born) || (*grown != 0 && (!fits(*grown) || grown < born)) {
                    let last = self.sequence;
                    return Err(format!("the story {story} came up at commit {born} and grew at {grown}, of {last}"));
                }
                if documents.is_empty() {
                    return Err(format!("the story {story} names no document"));
                }
                self.stories.push(Named { line: number, story: *story, documents: documents.clone() });
            }
            Line::StoryAlias { gone, kept } => {
                self.once(('z', gone), || format!("what became of {gone}"))?;
                self.story_aliases.insert(*gone, (number, *kept));
            }
            Line::ArticleAlias { gone, kept } => {
                self.once(('b', gone), || format!("what became of {gone}"))?;
                self.article_aliases.insert(*gone, (number, *kept));
            }
            Line::Cursor { file, .. } => self.once(('f', file), || format!("the cursor {file}"))?,
            Line::Record { key, .. } => {
                self.once(('r', key), || "a record".to_owned())?;
                if bytes_of(key)?.first().is_none_or(|tag| OF_A_KIND.contains(tag)) {
                    return Err("a record of a kind that has a line of its own".to_owned());
                }
            }
            Line::Purged { .. } | Line::End { .. } => {}
        }
        Ok(())
    }

    /// Holds everything against everything, once all of it was read; fails with a line and what is wrong with it.
    pub(crate) fn agree(mut self) -> Result<(), (u64, String)> {
        for Named { line, story, documents } in &self.stories {
            for id in documents {
                let place = self.places.get_mut(id).filter(|place| place.story == *story);
                let place = place.ok_or_else(|| (*line, format!("{story} names {id}, which is not placed there")))?;
                if std::mem::replace(&mut place.is_named, true) {
                    return Err((*line, format!("{story} names {id} twice")));
                }
            }
        }
        if let Some((id, place)) = self.places.iter().filter(|one| !one.1.is_named).min_by_key(|one| one.1.line) {
            return Err((place.line, format!("{id} is placed in {}, which does not name it", place.story)));
        }
        if let Some((line, id)) = self.led.iter().find(|led| !self.places.contains_key(&led.1)) {
            return Err((*line, format!("it leads to {id}, which is not there")));
        }
        let circle = circle(&self.story_aliases).or_else(|| circle(&self.article_aliases));
        circle.map_or(Ok(()), |line| Err((line, "it became what became of it".to_owned())))
    }

    /// Fails where a key was met before.
    fn once(&mut self, key: impl Hash, what: impl FnOnce() -> String) -> Result<(), String> {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        if self.keys.insert(hasher.finish()) { Ok(()) } else { Err(format!("{} stands in it twice", what())) }
    }
}

/// Tags of the records that are written as lines of their own.
const OF_A_KIND: [u8; 17] = [
    tag::SOURCE,
    tag::MIRRORED,
    tag::STATE,
    tag::ITEM,
    tag::DOCUMENT,
    tag::PLACEMENT,
    tag::ADDRESS,
    tag::ORDER,
    tag::STORY,
    tag::STORY_ALIAS,
    tag::ARTICLE_ALIAS,
    tag::HOST,
    tag::QUEUE,
    tag::PAGE,
    tag::WORD,
    tag::PURGED,
    tag::META,
];

/// The line of an alias that leads back to itself.
fn circle<I: Copy + Eq + Hash>(aliases: &HashMap<I, (u64, I)>) -> Option<u64> {
    let mut ends: HashSet<I> = HashSet::new();
    let mut lines: Vec<(u64, I)> = aliases.iter().map(|(gone, alias)| (alias.0, *gone)).collect();
    lines.sort_unstable_by_key(|one| one.0);
    for (line, gone) in lines {
        let mut way = HashSet::new();
        let mut at = gone;
        while !ends.contains(&at) {
            if !way.insert(at) {
                return Some(line);
            }
            match aliases.get(&at) {
                Some((_, next)) => at = *next,
                None => break,
            }
        }
        ends.extend(way);
    }
    None
}

/// Takes user and password off every address of articles and pages: no command may ever show them.
pub(crate) fn without_passwords(line: &mut Line) {
    match line {
        Line::Document { document, .. } => {
            let Document { url, canonical, aliases, image, source_url, alternates, .. } = &mut **document;
            let all = std::iter::once(url).chain(canonical).chain(aliases).chain(image).chain(source_url);
            all.chain(alternates.iter_mut().map(|pair| &mut pair.1)).for_each(bare);
        }
        Line::Item { record, .. } => record.url.iter_mut().for_each(bare),
        Line::Waiting(waiting) => {
            let Item { url, alternates, image, .. } = &mut waiting.item;
            let all = url.iter_mut().chain(image);
            all.chain(alternates.iter_mut().map(|pair| &mut pair.1)).for_each(bare);
        }
        Line::Page { page, .. } => bare(&mut page.url),
        _ => {}
    }
}

fn bare(url: &mut Url) {
    if !url.username().is_empty() || url.password().is_some() {
        *url = without_credentials(url);
    }
}
