//! The documents that a new one may meet: the active window, in memory, with its indexes.
//!
//! A member in memory is what every search needs; what it is compared and explained by lies on the shelf
//! (`shelf`). A member keeps its place for good, so a place doubles as age: a smaller one came earlier. It
//! is admitted first and seated in an article once that is decided; it can be lifted and seated anew. Who
//! is not seated is met by nobody.

use super::heads::Heads;
use super::identity::{Mark, keys, site_of, text_key};
use super::member::{Member, Seat, own_article, own_story};
use super::shelf::{Full, Library, Shelf};
use super::verdict::hours_apart;
use jiff::Timestamp;
use samestory_model::{
    ArticleId, Document, DocumentId, Evidence, Features, Placement, Role, Signal, StoryId, Vector, canonical_key,
};
use std::collections::HashMap;
use std::sync::Arc;

/// The window.
#[derive(Default)]
pub struct Window<'a> {
    members: Vec<Member>,
    shelf: Shelf<'a>,
    heads: Heads,
    /// Names of models by their numbers.
    models: Vec<String>,
    by_document: HashMap<DocumentId, usize>,
    by_key: HashMap<Mark, Holders>,
    by_article: HashMap<ArticleId, Vec<usize>>,
    by_story: HashMap<StoryId, Vec<usize>>,
    /// Mirror keys that more than one document holds, by site, in the order in which they came to.
    mirrored: HashMap<String, Vec<Mark>>,
    /// Places of the documents that ids were made of.
    opened_articles: HashMap<ArticleId, usize>,
    opened_stories: HashMap<StoryId, usize>,
}

/// Who holds a key: hardly ever more than one.
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

impl<'a> Window<'a> {
    /// A window that looks stored documents up instead of keeping them whole.
    pub(super) fn over(library: Box<dyn Library + 'a>) -> Self {
        Self { shelf: Shelf::over(library), ..Self::default() }
    }

    /// Hears that everything is stored as it is now.
    pub(super) fn committed(&mut self) {
        self.shelf.committed();
    }

    /// What a member is compared and explained by.
    pub fn full(&self, place: usize) -> Arc<Full> {
        self.shelf.full(place, self.members[place].document)
    }

    /// Hours between the two publications of two groups that are nearest in time; `None` where none is told.
    pub fn hours_between(&self, a: &[usize], b: &[usize]) -> Option<f32> {
        let published = |place: &usize| self.members[*place].published;
        let pairs = a.iter().flat_map(|one| b.iter().map(move |other| (published(one), published(other))));
        pairs.filter_map(|(one, other)| hours_apart(one, other)).min_by(f32::total_cmp)
    }

    /// Puts a stored document back into the window and returns its place.
    pub fn insert(&mut self, document: &Document, features: Features, placement: &Placement) -> usize {
        let keys = keys(document, &features);
        let full = Full { features, keys, evidence: placement.evidence.clone() };
        let place = self.enroll(document, &full);
        self.shelf.put_stored(place, full);
        self.sit(place, placement.article, placement.story, placement.role);
        place
    }

    /// Takes a document in that is not placed yet, and returns its place.
    pub fn admit(&mut self, document: &Document, features: Features) -> usize {
        let keys = keys(document, &features);
        let full = Full { features, keys, evidence: Vec::new() };
        let place = self.enroll(document, &full);
        self.shelf.put_changed(place, full);
        place
    }

    /// Makes a member of a document.
    fn enroll(&mut self, document: &Document, full: &Full) -> usize {
        let place = self.members.len();
        let member = Member {
            document: document.id,
            seated: false,
            article: own_article(document.id),
            story: own_story(document.id),
            role: Role::Original,
            time: document.time(),
            published: document.published,
            lang: full.features.lang,
            source: document.source.clone(),
            address: Mark::of_address(&canonical_key(&document.url)),
            original: document.source_url.as_ref().map(|url| Mark::of_address(&canonical_key(url))),
            revision: document.revision,
            model: None,
            text_hash: full.features.text_hash,
        };
        self.by_document.insert(member.document, place);
        self.opened_articles.insert(member.article, place);
        self.opened_stories.insert(member.story, place);
        self.members.push(member);
        self.file(place, full);
        place
    }

    /// Files a member under its keys and its head.
    fn file(&mut self, place: usize, full: &Full) {
        for key in &full.keys {
            let mark = key.mark();
            match self.by_key.entry(mark) {
                std::collections::hash_map::Entry::Vacant(free) => {
                    free.insert(Holders::One([place]));
                }
                std::collections::hash_map::Entry::Occupied(mut taken) => {
                    let one = taken.get().all()[0];
                    match taken.get_mut() {
                        Holders::More(places) => enter(places, place),
                        holders if one != place => {
                            *holders = Holders::More(vec![one.min(place), one.max(place)]);
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
        let model = (features.known_language && !features.sentences.is_empty()).then(|| self.model(&features.model));
        let member = &mut self.members[place];
        (member.lang, member.model, member.text_hash) = (features.lang, model, features.text_hash);
        if features.known_language {
            self.heads.put(place, &features.head);
        } else {
            self.heads.put(place, &Vector::new(&[]));
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

    /// Takes another text of a member in; where it is seated does not change by that.
    pub fn renew(&mut self, place: usize, document: &Document, features: Features) {
        let old = self.full(place);
        for key in &old.keys {
            self.unfile(place, key.mark());
        }
        let full = Full { keys: keys(document, &features), features, evidence: old.evidence.clone() };
        self.file(place, &full);
        self.shelf.put_changed(place, full);
    }

    /// Takes a member from those that hold a key.
    fn unfile(&mut self, place: usize, mark: Mark) {
        if let Some(holders) = self.by_key.get_mut(&mark) {
            let left: Vec<usize> = holders.all().iter().copied().filter(|other| *other != place).collect();
            if left.is_empty() {
                self.by_key.remove(&mark);
            } else {
                *holders = Holders::More(left);
            }
        }
    }

    /// Takes over a member as somebody else has stored it; `true` where its text is another now.
    ///
    /// What is mended in a text changes none of its keys but that of the text itself.
    pub(super) fn take_over(
        &mut self,
        place: usize,
        document: &Document,
        features: Features,
        placement: &Placement,
    ) -> bool {
        let was = self.members[place].text_hash;
        let mended = was != features.text_hash;
        if mended {
            self.unfile(place, text_key(was).mark());
            let full = Full { keys: keys(document, &features), features, evidence: Vec::new() };
            self.file(place, &full);
            self.shelf.put_stored(place, full);
        }
        self.leave_seat(place);
        self.shelf.retell(place, &placement.evidence);
        self.sit(place, placement.article, placement.story, placement.role);
        mended
    }

    /// Seats a member, wherever it was before.
    pub fn seat(&mut self, place: usize, seat: Seat) {
        let Seat { article, story, role, evidence } = seat;
        self.leave_seat(place);
        self.set_evidence(place, evidence);
        self.sit(place, article, story, role);
    }

    fn sit(&mut self, place: usize, article: ArticleId, story: StoryId, role: Role) {
        let member = &mut self.members[place];
        (member.seated, member.article, member.story, member.role) = (true, article, story, role);
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
        if self.leave_seat(place) {
            self.set_evidence(place, Vec::new());
        }
    }

    /// `false` where it was not seated.
    fn leave_seat(&mut self, place: usize) -> bool {
        let member = &mut self.members[place];
        let seated = std::mem::replace(&mut member.seated, false);
        if seated {
            leave(&mut self.by_article, &member.article, place);
            leave(&mut self.by_story, &member.story, place);
            member.article = own_article(member.document);
            member.story = own_story(member.document);
        }
        seated
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
        if !evidence.is_empty() {
            self.shelf.change(place, self.members[place].document, |full| full.evidence.extend(evidence));
        }
    }

    /// Says anew why a member is where it is.
    pub fn set_evidence(&mut self, place: usize, evidence: Vec<Evidence>) {
        self.shelf.change(place, self.members[place].document, |full| full.evidence = evidence);
    }

    /// Places that hold a key, seated or not.
    pub fn holding(&self, key: Mark) -> &[usize] {
        self.by_key.get(&key).map_or(&[], Holders::all)
    }

    /// Places of an article's versions, oldest first.
    pub fn article(&self, article: ArticleId) -> &[usize] {
        self.by_article.get(&article).map_or(&[], Vec::as_slice)
    }

    /// Places of a story's documents, oldest first.
    pub fn story(&self, story: StoryId) -> &[usize] {
        self.by_story.get(&story).map_or(&[], Vec::as_slice)
    }

    /// The nearest seated members by the vector of the head: place and cosine, nearest first.
    ///
    /// Members of another model or of a language that the model does not know are passed over.
    pub fn nearest(&self, features: &Features, most: usize, floor: f32) -> Vec<(usize, f32)> {
        let model = self.models.iter().position(|known| *known == features.model);
        let (true, Some(model)) = (features.known_language, model) else { return Vec::new() };
        let wanted = |place: usize| {
            let member = &self.members[place];
            member.seated && member.model == Some(model as u16)
        };
        self.heads.nearest(&features.head, most, floor, wanted)
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
            evidence: self.full(place).evidence.clone(),
            rules,
            at,
        }
    }
}
