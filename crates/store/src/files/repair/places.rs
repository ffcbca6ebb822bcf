//! Where documents stood, by whichever of database and readers' log knows better.

use super::Repair;
use super::remains::{OldLog, Unread};
use crate::StoreError;
use crate::files::document_log::Located;
use crate::files::tables::{DOCUMENT, PLACEMENT, PURGED, key, number};
use crate::records::encode;
use crate::tombstone::{address_grave, item_grave};
use samestory_model::{ArticleId, DocumentId, Placement, StoryId, StoryView, canonical_key};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Ids that a note names at most.
const NAMED: usize = 5;

impl OldLog {
    /// Every story as readers last saw it, where that reads.
    fn views(&self) -> impl Iterator<Item = StoryView> {
        let stories: BTreeMap<StoryId, _> =
            self.tail.stories.iter().filter_map(|(id, head)| Some((*id, (*head)?))).collect();
        let view = |head: crate::StoryHead| self.log.story(head.story, head.offset, head.length).ok();
        stories.into_values().filter_map(move |head| view(head).map(|(view, ..)| view))
    }
}

impl Repair {
    /// Finds every document that reads, and which of those that the database does not know were purged once.
    pub(super) fn find_documents(&mut self) -> Result<(), StoreError> {
        let (old, latest, buried) = (&self.old, &mut self.latest, &mut self.buried);
        let lost = self.texts.salvage(|at, document| {
            latest.insert(document.id, at);
            let Some(old) = old else { return };
            let graves = [item_grave(&document.source, &document.item), address_grave(&canonical_key(&document.url))];
            if old.get::<Located>(DOCUMENT, &document.id.key()).is_none()
                && graves.iter().any(|grave| old.get::<()>(PURGED, grave).is_some())
            {
                buried.insert(document.id);
            }
        })?;
        if lost > 0 {
            self.note(format!("{lost} bytes of documents.log do not read"));
        }
        Ok(())
    }

    /// Decides where documents stood. An article lies in one story.
    pub(super) fn find_places(&mut self) -> Result<(), StoreError> {
        let mut stored = HashMap::new();
        self.each(PLACEMENT, |_, _, placement: Placement| {
            stored.insert(placement.document, (placement.article, placement.story));
            Ok(())
        })?;
        let (mut shown, mut gone) = (HashMap::new(), HashSet::new());
        if let Some(log) = &self.log {
            for view in log.views() {
                let versions = view.articles.iter().flat_map(|article| {
                    article.documents.iter().map(|version| (version.document, (article.article, view.story)))
                });
                shown.extend(versions);
            }
            gone.extend(log.tail.in_story.iter().filter(|(_, story)| story.is_none()).map(|(id, _)| *id));
        }
        let whole_log = self.log.as_ref().is_some_and(|log| log.unread == 0);
        self.complete = !self.log_first && !self.behind && whole_log && self.unread == Unread::default();
        let (mut places, others) = if self.log_first { (shown, stored) } else { (stored, shown) };
        for (id, place) in others {
            if !(self.log_first && gone.contains(&id)) {
                places.entry(id).or_insert(place);
            }
        }
        if self.log_first {
            // Readers saw them go, and nothing brought them back.
            self.buried.extend(gone.into_iter().filter(|id| !places.contains_key(id)));
        }
        places.retain(|id, _| self.latest.contains_key(id));
        let mut homes: HashMap<ArticleId, (DocumentId, StoryId)> = HashMap::new();
        for (id, (article, story)) in &places {
            let home = homes.entry(*article).or_insert((*id, *story));
            *home = (*home).min((*id, *story));
        }
        places.values_mut().for_each(|place| place.1 = homes[&place.0].1);
        self.places = places;
        Ok(())
    }

    /// Notes documents that are known and do not read.
    pub(super) fn note_lost(&mut self) -> Result<(), StoreError> {
        let mut lost: BTreeSet<DocumentId> = BTreeSet::new();
        self.each(DOCUMENT, |_, rest, _: Located| {
            lost.insert(DocumentId(number(rest)));
            Ok(())
        })?;
        if let Some(log) = &self.log {
            lost.extend(log.tail.in_story.iter().filter(|(_, story)| story.is_some()).map(|(id, _)| *id));
        }
        lost.retain(|id| !self.latest.contains_key(id) && !self.buried.contains(id));
        if !lost.is_empty() {
            let named = lost.iter().take(NAMED).map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let more = if lost.len() > NAMED { ", …" } else { "" };
            self.note(format!("{} documents are lost: {named}{more}", lost.len()));
        }
        Ok(())
    }

    /// Writes the placements of documents whose place is known, with their evidence.
    pub(super) fn placements(&mut self) -> Result<(), StoreError> {
        // What counts is written last.
        for from_log in [!self.log_first, self.log_first] {
            if from_log {
                self.placements_of_log()?;
            } else {
                let places = std::mem::take(&mut self.places);
                let done = self.each(PLACEMENT, |fresh, rest, placement: Placement| {
                    let Some((article, story)) = places.get(&placement.document).copied() else { return Ok(()) };
                    fresh.put(key(PLACEMENT, rest), encode(&Placement { article, story, ..placement }))
                });
                self.places = places;
                done?;
            }
        }
        Ok(())
    }

    fn placements_of_log(&mut self) -> Result<(), StoreError> {
        let Some(log) = &self.log else { return Ok(()) };
        for view in log.views() {
            for version in view.articles.into_iter().flat_map(|article| article.documents) {
                let Some((article, story)) = self.places.get(&version.document).copied() else { continue };
                let (document, role, evidence) = (version.document, version.role, version.signals);
                // Which rules decided is not shown to readers; 0 is older than any.
                let placement = Placement { document, article, story, role, evidence, rules: 0, at: self.now };
                self.fresh.put(key(PLACEMENT, &document.key()), encode(&placement))?;
            }
        }
        Ok(())
    }
}
