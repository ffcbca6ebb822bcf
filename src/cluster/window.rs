//! The documents that a new one may meet: the active window, in memory, with its indexes.
//!
//! Exact search over the window: one pass over all body vectors costs 0.1 µs a document, less than
//! anything else that happens to a document below a million of them. A member keeps its place for
//! good, so a place doubles as age: a smaller one came earlier. It is admitted first and seated in an
//! article once that is decided; it can be lifted and seated anew. Who is not seated is met by nobody.

use super::evidence::Side;
use super::identity::{Key, keys, site_of};
use super::verdict::hours_apart;
use crate::model::{
    ArticleId, Document, DocumentId, Evidence, Features, Lang, Placement, Role, Signal, SourceId, StoryId,
    canonical_key,
};
use jiff::Timestamp;
use std::collections::HashMap;

/// One document in the window.
#[derive(Debug, Clone)]
pub struct Member {
    /// Which document.
    pub document: DocumentId,
    /// Whether it has been placed; until then `article` and `story` are those that it would open.
    pub seated: bool,
    /// Its article.
    pub article: ArticleId,
    /// Its story.
    pub story: StoryId,
    /// Its part in the article.
    pub role: Role,
    /// When it was published, or first seen.
    pub time: Timestamp,
    /// When it says it was published.
    pub published: Option<Timestamp>,
    /// Its language.
    pub lang: Option<Lang>,
    /// Who brought it.
    pub source: SourceId,
    /// Key of its own address.
    pub address: String,
    /// Key of the address of the original that it names.
    pub original: Option<String>,
    /// 0, or the number of the update.
    pub revision: u32,
    /// Its exact keys.
    pub keys: Vec<Key>,
    /// What it is compared by.
    pub features: Features,
    /// Why it is where it is.
    pub evidence: Vec<Evidence>,
}

impl Member {
    /// What evidence about it is worded from.
    pub(super) fn side(&self) -> Side<'_> {
        Side { document: self.document, published: self.published, features: &self.features }
    }
}

/// The article that a document opens.
pub fn own_article(document: DocumentId) -> ArticleId {
    ArticleId::of(&["article", &document.to_string()])
}

/// The story that a document opens.
pub fn own_story(document: DocumentId) -> StoryId {
    StoryId::of(&["story", &document.to_string()])
}

/// Where a member is seated.
#[derive(Debug, Clone)]
pub struct Seat {
    /// Its article.
    pub article: ArticleId,
    /// Its story.
    pub story: StoryId,
    /// Its part in the article.
    pub role: Role,
    /// Why it is there.
    pub evidence: Vec<Evidence>,
}

/// The window.
#[derive(Debug, Default)]
pub struct Window {
    members: Vec<Member>,
    by_document: HashMap<DocumentId, usize>,
    by_key: HashMap<Key, Vec<usize>>,
    by_article: HashMap<ArticleId, Vec<usize>>,
    by_story: HashMap<StoryId, Vec<usize>>,
    /// Mirror keys that more than one document holds, by site, in the order in which they came to.
    mirrored: HashMap<String, Vec<Key>>,
    /// Places of the documents that ids were made of.
    opened_articles: HashMap<ArticleId, usize>,
    opened_stories: HashMap<StoryId, usize>,
}

/// Puts a place into a list that is kept in order.
fn enter(places: &mut Vec<usize>, place: usize) {
    if let Err(at) = places.binary_search(&place) {
        places.insert(at, place);
    }
}

/// Takes a place out of the list of a group, and the group with its last one.
fn leave<I: std::hash::Hash + Eq>(groups: &mut HashMap<I, Vec<usize>>, group: &I, place: usize) {
    if let Some(places) = groups.get_mut(group) {
        places.retain(|other| *other != place);
        if places.is_empty() {
            groups.remove(group);
        }
    }
}

impl Window {
    /// Hours between the two publications of two groups that are nearest in time; `None` where none is told.
    pub fn hours_between(&self, a: &[usize], b: &[usize]) -> Option<f32> {
        let published = |place: &usize| self.members[*place].published;
        let pairs = a.iter().flat_map(|one| b.iter().map(move |other| (published(one), published(other))));
        pairs.filter_map(|(one, other)| hours_apart(one, other)).min_by(f32::total_cmp)
    }

    /// Puts a placed document back into the window and returns its place.
    pub fn insert(&mut self, document: &Document, features: Features, placement: &Placement) -> usize {
        let place = self.admit(document, features);
        let Placement { article, story, role, evidence, .. } = placement.clone();
        self.seat(place, Seat { article, story, role, evidence });
        place
    }

    /// Takes a document in that is not placed yet, and returns its place.
    pub fn admit(&mut self, document: &Document, features: Features) -> usize {
        let place = self.members.len();
        let member = Member {
            document: document.id,
            seated: false,
            article: own_article(document.id),
            story: own_story(document.id),
            role: Role::Original,
            time: document.time(),
            published: document.published,
            lang: features.lang,
            source: document.source.clone(),
            address: canonical_key(&document.url),
            original: document.source_url.as_ref().map(canonical_key),
            revision: document.revision,
            keys: keys(document, &features),
            features,
            evidence: Vec::new(),
        };
        self.by_document.insert(member.document, place);
        self.opened_articles.insert(member.article, place);
        self.opened_stories.insert(member.story, place);
        self.members.push(member);
        self.file(place);
        place
    }

    /// Files a member under its keys.
    fn file(&mut self, place: usize) {
        for key in &self.members[place].keys {
            let holders = self.by_key.entry(key.clone()).or_default();
            enter(holders, place);
            if key.signal == Signal::MirrorKey && holders.len() == 2 {
                self.mirrored.entry(site_of(&key.text).to_owned()).or_default().push(key.clone());
            }
        }
    }

    /// Takes another text of a member in; where it is seated does not change by that.
    pub fn renew(&mut self, place: usize, document: &Document, features: Features) {
        for key in std::mem::take(&mut self.members[place].keys) {
            leave(&mut self.by_key, &key, place);
        }
        let member = &mut self.members[place];
        member.keys = keys(document, &features);
        member.lang = features.lang;
        member.features = features;
        self.file(place);
    }

    /// Seats a member, wherever it was before.
    pub fn seat(&mut self, place: usize, seat: Seat) {
        self.lift(place);
        let member = &mut self.members[place];
        let Seat { article, story, role, evidence } = seat;
        (member.seated, member.article, member.story, member.role, member.evidence) =
            (true, article, story, role, evidence);
        enter(self.by_article.entry(article).or_default(), place);
        enter(self.by_story.entry(story).or_default(), place);
    }

    /// How old an article's id is: the place of the document that it was made of, or of its first one
    /// where that is not in the window.
    pub fn age_of_article(&self, article: ArticleId) -> usize {
        let first = self.article(article).first().copied();
        self.opened_articles.get(&article).copied().into_iter().chain(first).min().unwrap_or(usize::MAX)
    }

    /// How old a story's id is.
    pub fn age_of_story(&self, story: StoryId) -> usize {
        let first = self.story(story).first().copied();
        self.opened_stories.get(&story).copied().into_iter().chain(first).min().unwrap_or(usize::MAX)
    }

    /// Takes a member from its seat; it stays in the window under the ids that it would open.
    pub fn lift(&mut self, place: usize) {
        let member = &mut self.members[place];
        if std::mem::replace(&mut member.seated, false) {
            leave(&mut self.by_article, &member.article, place);
            leave(&mut self.by_story, &member.story, place);
            member.article = own_article(member.document);
            member.story = own_story(member.document);
            member.evidence = Vec::new();
        }
    }

    /// Mirror keys of a site that more than one document holds, the latest last.
    pub fn mirrored(&self, site: &str) -> &[Key] {
        self.mirrored.get(site).map_or(&[], Vec::as_slice)
    }

    /// How many documents are in the window.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether the window is empty.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The member at a place.
    pub fn member(&self, place: usize) -> &Member {
        &self.members[place]
    }

    /// The place of a document.
    pub fn place_of(&self, document: DocumentId) -> Option<usize> {
        self.by_document.get(&document).copied()
    }

    /// Adds to why a member is where it is.
    pub fn add_evidence(&mut self, place: usize, evidence: Vec<Evidence>) {
        self.members[place].evidence.extend(evidence);
    }

    /// Says anew why a member is where it is.
    pub fn set_evidence(&mut self, place: usize, evidence: Vec<Evidence>) {
        self.members[place].evidence = evidence;
    }

    /// Places that hold a key, seated or not.
    pub fn holding(&self, key: &Key) -> &[usize] {
        self.by_key.get(key).map_or(&[], Vec::as_slice)
    }

    /// Places of an article's versions, oldest first.
    pub fn article(&self, article: ArticleId) -> &[usize] {
        self.by_article.get(&article).map_or(&[], Vec::as_slice)
    }

    /// Places of a story's documents, oldest first.
    pub fn story(&self, story: StoryId) -> &[usize] {
        self.by_story.get(&story).map_or(&[], Vec::as_slice)
    }

    /// The nearest members by the vector of the head: place and cosine, nearest first.
    ///
    /// Members of another model or of a language that the model does not know are passed over.
    pub fn nearest(&self, features: &Features, most: usize, floor: f32) -> Vec<(usize, f32)> {
        if !features.known_language || features.head.scale == 0.0 {
            return Vec::new();
        }
        let mut near: Vec<(usize, f32)> = self
            .members
            .iter()
            .enumerate()
            .filter(|(_, member)| {
                member.seated && member.features.known_language && member.features.model == features.model
            })
            .map(|(place, member)| (place, features.head.cosine(&member.features.head)))
            .filter(|(_, cosine)| *cosine >= floor)
            .collect();
        near.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        near.truncate(most);
        near
    }

    /// Moves every version of one article into another; returns the places that moved.
    pub fn move_article(&mut self, from: ArticleId, into: ArticleId, story: StoryId) -> Vec<usize> {
        let moved = self.by_article.remove(&from).unwrap_or_default();
        for place in &moved {
            let member = &mut self.members[*place];
            if member.story != story {
                leave(&mut self.by_story, &member.story, *place);
                enter(self.by_story.entry(story).or_default(), *place);
            }
            member.article = into;
            member.story = story;
            enter(self.by_article.entry(into).or_default(), *place);
        }
        moved
    }

    /// Moves every document of one story into another; returns the places that moved.
    pub fn move_story(&mut self, from: StoryId, into: StoryId) -> Vec<usize> {
        let moved = self.by_story.remove(&from).unwrap_or_default();
        for place in &moved {
            self.members[*place].story = into;
            enter(self.by_story.entry(into).or_default(), *place);
        }
        moved
    }

    /// Changes a member's role; `true` where it was another.
    pub fn set_role(&mut self, place: usize, role: Role) -> bool {
        std::mem::replace(&mut self.members[place].role, role) != role
    }

    /// The placement of a member as it stands.
    pub fn placement(&self, place: usize, rules: u32, at: Timestamp) -> Placement {
        let member = &self.members[place];
        Placement {
            document: member.document,
            article: member.article,
            story: member.story,
            role: member.role,
            evidence: member.evidence.clone(),
            rules,
            at,
        }
    }
}
