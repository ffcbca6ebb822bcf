//! The documents that a new one may meet: the active window, in memory, with its indexes.
//!
//! Exact search over the window: one pass over all body vectors costs 0.1 µs a document, less than
//! anything else that happens to a document below a million of them. Members never move, so a place
//! in the window doubles as age: a smaller place was placed earlier.

use super::identity::{Key, keys};
use crate::model::{
    ArticleId, Document, DocumentId, Evidence, Features, Lang, Placement, Role, SourceId, StoryId, canonical_key,
};
use jiff::Timestamp;
use std::collections::HashMap;

/// One placed document in the window.
#[derive(Debug, Clone)]
pub struct Member {
    /// Which document.
    pub document: DocumentId,
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

/// The window.
#[derive(Debug, Default)]
pub struct Window {
    members: Vec<Member>,
    by_document: HashMap<DocumentId, usize>,
    by_key: HashMap<Key, Vec<usize>>,
    by_article: HashMap<ArticleId, Vec<usize>>,
    by_story: HashMap<StoryId, Vec<usize>>,
}

impl Window {
    /// Puts a placed document into the window and returns its place.
    pub fn insert(&mut self, document: &Document, features: Features, placement: &Placement) -> usize {
        let place = self.members.len();
        let member = Member {
            document: document.id,
            article: placement.article,
            story: placement.story,
            role: placement.role,
            time: document.time(),
            published: document.published,
            lang: features.lang,
            source: document.source.clone(),
            address: canonical_key(&document.url),
            original: document.source_url.as_ref().map(canonical_key),
            revision: document.revision,
            keys: keys(document, &features),
            features,
            evidence: placement.evidence.clone(),
        };
        for key in &member.keys {
            self.by_key.entry(key.clone()).or_default().push(place);
        }
        self.by_document.insert(member.document, place);
        self.by_article.entry(member.article).or_default().push(place);
        self.by_story.entry(member.story).or_default().push(place);
        self.members.push(member);
        place
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

    /// Places that hold a key.
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

    /// The nearest members by body vector: place and cosine, nearest first.
    ///
    /// Members of another model or of a language that the model does not know are passed over.
    pub fn nearest(&self, features: &Features, most: usize, floor: f32) -> Vec<(usize, f32)> {
        if !features.known_language || features.body.scale == 0.0 {
            return Vec::new();
        }
        let mut near: Vec<(usize, f32)> = self
            .members
            .iter()
            .enumerate()
            .filter(|(_, member)| member.features.known_language && member.features.model == features.model)
            .map(|(place, member)| (place, features.body.cosine(&member.features.body)))
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
                if let Some(places) = self.by_story.get_mut(&member.story) {
                    places.retain(|other| other != place);
                }
                self.by_story.entry(story).or_default().push(*place);
            }
            member.article = into;
            member.story = story;
        }
        let places = self.by_article.entry(into).or_default();
        places.extend(&moved);
        places.sort_unstable();
        self.by_story.entry(story).or_default().sort_unstable();
        moved
    }

    /// Moves every document of one story into another; returns the places that moved.
    pub fn move_story(&mut self, from: StoryId, into: StoryId) -> Vec<usize> {
        let moved = self.by_story.remove(&from).unwrap_or_default();
        for place in &moved {
            self.members[*place].story = into;
        }
        let places = self.by_story.entry(into).or_default();
        places.extend(&moved);
        places.sort_unstable();
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
