//! The documents that a new one may meet: the active window, in memory, with its indexes.
//!
//! A member in memory is what every search needs; what it is compared and explained by lies in the
//! `feature_cache`. A member keeps its slot for good, so a slot doubles as age: a smaller one came earlier. It
//! is admitted first and attached to an article once that is decided; it can be detached and attached anew. Members
//! that are not placed are invisible to search.

use super::feature_cache::{DocumentLookup, FeatureCache, Full};
use super::headline::Headline;
use super::keys::{Mark, keys, site_of, text_key};
use super::lead_vectors::LeadVectors;
use super::member::{Assignment, Member, own_article, own_story};
use super::pair_score::hours_apart;
use jiff::Timestamp;
use samestory_model::{
    ArticleId, Document, DocumentId, Evidence, Features, Placement, Role, Signal, StoryId, Vector, canonical_key, site,
};
use std::collections::HashMap;
use std::sync::Arc;

/// The window.
#[derive(Default)]
pub struct Window<'a> {
    members: Vec<Member>,
    feature_cache: FeatureCache<'a>,
    heads: LeadVectors,
    /// Names of models by their numbers.
    models: Vec<String>,
    by_document: HashMap<DocumentId, usize>,
    by_key: HashMap<Mark, Holders>,
    by_article: HashMap<ArticleId, Vec<usize>>,
    by_story: HashMap<StoryId, Vec<usize>>,
    /// Mirror keys that more than one document holds, by site, in the order in which they came to.
    mirrored: HashMap<String, Vec<Mark>>,
    /// Slots of the documents that ids were made of.
    opened_articles: HashMap<ArticleId, usize>,
    opened_stories: HashMap<StoryId, usize>,
}

/// Members that hold a key: hardly ever more than one.
#[derive(Debug)]
enum Holders {
    One([usize; 1]),
    More(Vec<usize>),
}

impl Holders {
    fn all(&self) -> &[usize] {
        match self {
            Self::One(one) => one,
            Self::More(more) => more,
        }
    }
}

/// Puts a slot into a list that is kept in order.
fn enter(slots: &mut Vec<usize>, slot: usize) {
    if let Err(at) = slots.binary_search(&slot) {
        slots.insert(at, slot);
    }
}

/// Takes a slot out of the list of a group, and the group with its last one.
fn leave<I: std::hash::Hash + Eq>(groups: &mut HashMap<I, Vec<usize>>, group: &I, slot: usize) {
    if let Some(slots) = groups.get_mut(group) {
        slots.retain(|other| *other != slot);
        if slots.is_empty() {
            groups.remove(group);
        }
    }
}

impl<'a> Window<'a> {
    /// A window that looks stored documents up instead of keeping them whole.
    pub(super) fn over(library: Box<dyn DocumentLookup + 'a>) -> Self {
        Self { feature_cache: FeatureCache::over(library), ..Self::default() }
    }

    /// Hears that everything is stored as it is now.
    pub(super) fn committed(&mut self) {
        self.feature_cache.committed();
    }

    /// What a member is compared and explained by.
    pub fn full(&self, slot: usize) -> Arc<Full> {
        self.feature_cache.full(slot, self.members[slot].document)
    }

    /// Hours between the two publications of two groups that are nearest in time; `None` where none is known.
    pub fn hours_between(&self, a: &[usize], b: &[usize]) -> Option<f32> {
        let published = |slot: &usize| self.members[*slot].published;
        let pairs = a.iter().flat_map(|one| b.iter().map(move |other| (published(one), published(other))));
        pairs.filter_map(|(one, other)| hours_apart(one, other)).min_by(f32::total_cmp)
    }

    /// Puts a stored document back into the window and returns its slot.
    pub fn insert(&mut self, document: &Document, features: Features, placement: &Placement) -> usize {
        let keys = keys(document, &features);
        let headline = Headline::of(&document.title, &document.text);
        let full = Full { features, headline, keys, evidence: placement.evidence.clone() };
        let slot = self.add_member(document, &full);
        self.feature_cache.put_stored(slot, full);
        self.set_assignment(slot, placement.article, placement.story, placement.role);
        slot
    }

    /// Takes a document in that is not placed yet, and returns its slot.
    pub fn admit(&mut self, document: &Document, features: Features) -> usize {
        let keys = keys(document, &features);
        let headline = Headline::of(&document.title, &document.text);
        let full = Full { features, headline, keys, evidence: Vec::new() };
        let slot = self.add_member(document, &full);
        self.feature_cache.put_changed(slot, full);
        slot
    }

    /// Makes a member of a document.
    fn add_member(&mut self, document: &Document, full: &Full) -> usize {
        let slot = self.members.len();
        let member = Member {
            document: document.id,
            is_placed: false,
            article: own_article(document.id),
            story: own_story(document.id),
            role: Role::Original,
            time: document.time(),
            published: document.published,
            lang: full.features.lang,
            source: document.source.clone(),
            address: Mark::of_address(&canonical_key(&document.url)),
            site: matches!(document.url.scheme(), "http" | "https").then(|| Mark::of_address(&site(&document.url))),
            original: document.source_url.as_ref().map(|url| Mark::of_address(&canonical_key(url))),
            revision: document.revision,
            model: None,
            text: text_key(full.features.text_hash).mark(),
            text_hash: full.features.text_hash,
        };
        self.by_document.insert(member.document, slot);
        self.opened_articles.insert(member.article, slot);
        self.opened_stories.insert(member.story, slot);
        self.members.push(member);
        self.file(slot, full);
        slot
    }

    /// Indexes a member under its keys and its lead vector.
    fn file(&mut self, slot: usize, full: &Full) {
        for key in &full.keys {
            let mark = key.mark();
            match self.by_key.entry(mark) {
                std::collections::hash_map::Entry::Vacant(free) => {
                    free.insert(Holders::One([slot]));
                }
                std::collections::hash_map::Entry::Occupied(mut taken) => {
                    let one = taken.get().all()[0];
                    match taken.get_mut() {
                        Holders::More(slots) => enter(slots, slot),
                        holders if one != slot => {
                            *holders = Holders::More(vec![one.min(slot), one.max(slot)]);
                            if key.signal == Signal::MirrorKey {
                                self.mirrored.entry(site_of(&key.text).to_owned()).or_default().push(mark);
                            }
                        }
                        Holders::One(_) => {}
                    }
                }
            }
        }
        let features = &full.features;
        let speaks = !features.sentences.is_empty() || features.title.scale > 0.0;
        let model = (features.known_language && speaks).then(|| self.model(&features.model));
        let member = &mut self.members[slot];
        (member.lang, member.model, member.text_hash) = (features.lang, model, features.text_hash);
        member.text = text_key(features.text_hash).mark();
        if features.known_language {
            self.heads.put(slot, &features.head);
        } else {
            self.heads.put(slot, &Vector::new(&[]));
        }
    }

    /// The number of a model.
    fn model(&mut self, name: &str) -> u16 {
        let known = self.models.iter().position(|known| known == name);
        let number = known.unwrap_or_else(|| {
            self.models.push(name.to_owned());
            self.models.len() - 1
        });
        number as u16
    }

    /// Takes another text of a member in; its placement does not change by that.
    pub fn renew(&mut self, slot: usize, document: &Document, features: Features) {
        let old = self.full(slot);
        for key in &old.keys {
            self.unindex(slot, key.mark());
        }
        let headline = Headline::of(&document.title, &document.text);
        let full = Full { keys: keys(document, &features), features, headline, evidence: old.evidence.clone() };
        self.file(slot, &full);
        self.feature_cache.put_changed(slot, full);
    }

    /// Takes a member from those that hold a key.
    fn unindex(&mut self, slot: usize, mark: Mark) {
        if let Some(holders) = self.by_key.get_mut(&mark) {
            let left: Vec<usize> = holders.all().iter().copied().filter(|other| *other != slot).collect();
            if left.is_empty() {
                self.by_key.remove(&mark);
            } else {
                *holders = Holders::More(left);
            }
        }
    }

    /// Takes over a member as another worker has stored it; `true` where its text is another now.
    ///
    /// Cleaning changes only the text-hash key; all others come from address and headline.
    pub(super) fn take_over(
        &mut self,
        slot: usize,
        document: &Document,
        features: Features,
        placement: &Placement,
    ) -> bool {
        let was = self.members[slot].text_hash;
        let mended = was != features.text_hash;
        if mended {
            self.unindex(slot, text_key(was).mark());
            let headline = Headline::of(&document.title, &document.text);
            let full = Full { keys: keys(document, &features), features, headline, evidence: Vec::new() };
            self.file(slot, &full);
            self.feature_cache.put_stored(slot, full);
        }
        self.detach_members(slot);
        self.feature_cache.replace_evidence(slot, &placement.evidence);
        self.set_assignment(slot, placement.article, placement.story, placement.role);
        mended
    }

    /// Attaches a member, wherever it was before.
    pub fn attach(&mut self, slot: usize, seat: Assignment) {
        let Assignment { article, story, role, evidence } = seat;
        self.detach_members(slot);
        self.set_evidence(slot, evidence);
        self.set_assignment(slot, article, story, role);
    }

    fn set_assignment(&mut self, slot: usize, article: ArticleId, story: StoryId, role: Role) {
        let member = &mut self.members[slot];
        (member.is_placed, member.article, member.story, member.role) = (true, article, story, role);
        enter(self.by_article.entry(article).or_default(), slot);
        enter(self.by_story.entry(story).or_default(), slot);
    }

    /// How old an article's id is: the slot of the document that it was made of, or of its first one
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

    /// Detaches a member; it stays in the window under the ids that it would open.
    pub fn detach(&mut self, slot: usize) {
        if self.detach_members(slot) {
            self.set_evidence(slot, Vec::new());
        }
    }

    /// `false` where it was not placed.
    fn detach_members(&mut self, slot: usize) -> bool {
        let member = &mut self.members[slot];
        let is_placed = std::mem::replace(&mut member.is_placed, false);
        if is_placed {
            leave(&mut self.by_article, &member.article, slot);
            leave(&mut self.by_story, &member.story, slot);
            member.article = own_article(member.document);
            member.story = own_story(member.document);
        }
        is_placed
    }

    /// Mirror keys of a site that more than one document holds, the latest last.
    pub fn mirrored(&self, site: &str) -> &[Mark] {
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

    /// The member at a slot.
    pub fn member(&self, slot: usize) -> &Member {
        &self.members[slot]
    }

    /// The slot of a document.
    pub fn slot_of(&self, document: DocumentId) -> Option<usize> {
        self.by_document.get(&document).copied()
    }

    /// Adds to why a member is where it is.
    pub fn add_evidence(&mut self, slot: usize, evidence: Vec<Evidence>) {
        if !evidence.is_empty() {
            self.feature_cache.change(slot, self.members[slot].document, |full| full.evidence.extend(evidence));
        }
    }

    /// Says anew why a member is where it is.
    pub fn set_evidence(&mut self, slot: usize, evidence: Vec<Evidence>) {
        self.feature_cache.change(slot, self.members[slot].document, |full| full.evidence = evidence);
    }

    /// Slots of the members that hold a key, placed or not.
    pub fn holding(&self, key: Mark) -> &[usize] {
        self.by_key.get(&key).map_or(&[], Holders::all)
    }

    /// Slots of an article's versions, oldest first.
    pub fn article(&self, article: ArticleId) -> &[usize] {
        self.by_article.get(&article).map_or(&[], Vec::as_slice)
    }

    /// Slots of a story's documents, oldest first.
    pub fn story(&self, story: StoryId) -> &[usize] {
        self.by_story.get(&story).map_or(&[], Vec::as_slice)
    }

    /// The nearest placed members by lead vector: slot and cosine, nearest first.
    ///
    /// Members of another model or of a language that the model does not know are passed over.
    pub fn nearest(&self, features: &Features, most: usize, floor: f32) -> Vec<(usize, f32)> {
        let model = self.models.iter().position(|known| *known == features.model);
        let (true, Some(model)) = (features.known_language, model) else { return Vec::new() };
        let wanted = |slot: usize| {
            let member = &self.members[slot];
            member.is_placed && member.model == Some(model as u16)
        };
        self.heads.nearest(&features.head, most, floor, wanted)
    }

    /// Moves every version of one article into another; returns the slots that moved.
    pub fn move_article(&mut self, from: ArticleId, into: ArticleId, story: StoryId) -> Vec<usize> {
        let moved = self.by_article.remove(&from).unwrap_or_default();
        for slot in &moved {
            let member = &mut self.members[*slot];
            if member.story != story {
                leave(&mut self.by_story, &member.story, *slot);
                enter(self.by_story.entry(story).or_default(), *slot);
            }
            member.article = into;
            member.story = story;
            enter(self.by_article.entry(into).or_default(), *slot);
        }
        moved
    }

    /// Moves every document of one story into another; returns the slots that moved.
    pub fn move_story(&mut self, from: StoryId, into: StoryId) -> Vec<usize> {
        let moved = self.by_story.remove(&from).unwrap_or_default();
        for slot in &moved {
            self.members[*slot].story = into;
            enter(self.by_story.entry(into).or_default(), *slot);
        }
        moved
    }

    /// Changes a member's role; `true` where it was another.
    pub fn set_role(&mut self, slot: usize, role: Role) -> bool {
        std::mem::replace(&mut self.members[slot].role, role) != role
    }

    /// The placement of a member as it stands.
    pub fn placement(&self, slot: usize, rules: u32, at: Timestamp) -> Placement {
        let member = &self.members[slot];
        Placement {
            document: member.document,
            article: member.article,
            story: member.story,
            role: member.role,
            evidence: self.full(slot).evidence.clone(),
            rules,
            at,
        }
    }
}
