//! Reads every record of a store and holds them against one another: what `doctor --deep` says.
//!
//! Only what is wrong is named, a sentence each; a store that reads gives none. Reads everything, so it takes as long
//! as a backup.

use super::document_log::Located;
use super::folder_reader::FolderReader;
use super::sled_store::SledStore;
use super::tables::{ADDRESS, DOCUMENT, ITEM, META, ORDER, PLACEMENT, QUEUE, STORY, number};
use crate::ItemRecord;
use crate::Totals;
use crate::contract::ReadStore;
use crate::error::StoreError;
use samestory_model::StoryRecord;
use samestory_model::{ArticleId, DocumentId, Placement, StoryId};
use std::collections::{HashMap, HashSet};

/// Findings after which a check says no more: then everything is wrong.
const MOST: usize = 200;

/// What was found.
#[derive(Default)]
struct Findings(Vec<String>);

impl Findings {
    fn say(&mut self, what: impl Into<String>) {
        if self.0.len() < MOST {
            self.0.push(what.into());
        }
    }

    /// A value; what kept it from being read is a finding. A disk that fails ends the check.
    fn read<T>(&mut self, of: &str, read: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
        match read {
            Ok(value) => Ok(Some(value)),
            Err(error @ (StoreError::Damaged { .. } | StoreError::Log { .. })) => {
                self.say(format!("{of}: {error}"));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

impl SledStore {
    /// What is wrong with the store, a sentence each.
    pub fn check_deep(&self) -> Result<Vec<String>, StoreError> {
        let mut found = Findings::default();
        let known = self.check_records(&mut found)?;
        self.check_stories(&known, &mut found)?;
        self.check_readers(&known, &mut found)?;
        Ok(found.0)
    }

    /// Reads every record, and every document with its features; gives where each document stands.
    fn check_records(
        &self,
        found: &mut Findings,
    ) -> Result<HashMap<DocumentId, Option<(ArticleId, StoryId)>>, StoreError> {
        let mut known: HashMap<DocumentId, Option<(ArticleId, StoryId)>> = HashMap::new();
        let (mut led, mut ordered, mut holds) = (Vec::new(), HashSet::new(), Totals::default());
        for pair in self.db.iter() {
            let (key, value) = match pair {
                Ok(pair) => pair,
                Err(error) => {
                    found.say(format!("the database: {}", self.failed(&error)));
                    break;
                }
            };
            let (tag, rest) = (key[0], &key[1..]);
            let of = || format!("the record `{}` {}", tag as char, String::from_utf8_lossy(rest).replace('\0', " "));
            match tag {
                DOCUMENT => {
                    let id = DocumentId(number(rest));
                    let Some(at) = found.read(&of(), self.read::<Located>(&value))? else { continue };
                    found.read("documents.log", self.texts.both(id, at))?;
                    holds.documents += 1;
                    holds.bytes += at.bytes();
                    known.entry(id).or_default();
                }
                PLACEMENT => {
                    if let Some(placement) = found.read(&of(), self.read::<Placement>(&value))? {
                        known.insert(placement.document, Some((placement.article, placement.story)));
                        if self.located(placement.document)?.is_none() {
                            found.say(format!("{} is placed and not there", placement.document));
                        }
                    }
                }
                ORDER => ordered.extend(found.read(&of(), self.read::<DocumentId>(&value))?),
                ADDRESS => led.extend(found.read(&of(), self.read::<DocumentId>(&value))?),
                ITEM => led.extend(found.read(&of(), self.read::<ItemRecord>(&value))?.and_then(|item| item.document)),
                META => {
                    found.read(&of(), crate::records::check(&value).map(drop).map_err(|what| self.damaged(what)))?;
                }
                _ => {
                    holds.waiting += u64::from(tag == QUEUE);
                    holds.stories += u64::from(tag == STORY);
                    found.read(&of(), self.line(tag, rest, &value).map(drop))?;
                }
            }
        }
        for (id, place) in &known {
            if place.is_none() {
                found.say(format!("{id} has no placement"));
            }
            if !ordered.contains(id) {
                found.say(format!("{id} has no place in the order"));
            }
        }
        for id in led.iter().chain(&ordered).filter(|id| !known.contains_key(id)) {
            found.say(format!("something leads to {id}, which is not there"));
        }
        let stored = self.holds()?;
        if stored != holds {
            found.say(format!("the counters say {stored:?}, and there are {holds:?}"));
        }
        Ok(known)
    }

    fn damaged(&self, what: String) -> StoreError {
        StoreError::Damaged { path: self.folder.clone(), what }
    }

    /// Holds stories against placements.
    fn check_stories(
        &self,
        known: &HashMap<DocumentId, Option<(ArticleId, StoryId)>>,
        found: &mut Findings,
    ) -> Result<(), StoreError> {
        let mut standing = 0;
        for entry in self.scan::<StoryRecord>(STORY) {
            let Some((key, record)) = found.read("a story", entry)? else { continue };
            let id = StoryId(number(&key));
            for document in &record.documents {
                standing += 1;
                if known.get(document).copied().flatten().is_none_or(|place| place.1 != id) {
                    found.say(format!("{id} names {document}, which is not placed there"));
                }
            }
        }
        let placed = known.values().flatten().count();
        if standing != placed {
            found.say(format!("{placed} documents are placed, and stories name {standing}"));
        }
        Ok(())
    }

    /// Holds what readers see against the database.
    fn check_readers(
        &self,
        known: &HashMap<DocumentId, Option<(ArticleId, StoryId)>>,
        found: &mut Findings,
    ) -> Result<(), StoreError> {
        if let Some(why) = self.behind() {
            found.say(format!("readers do not see the latest commit: {why}"));
            return Ok(());
        }
        let Some(reader) = found.read("readers", FolderReader::open(&self.folder))? else { return Ok(()) };
        let mut shown = 0;
        for head in found.read("readers", reader.changed_since(0))?.unwrap_or_default() {
            let Some(listed) = found.read("readers", reader.view(&head))? else { continue };
            for article in &listed.view.articles {
                for version in &article.documents {
                    shown += 1;
                    let stands = known.get(&version.document).copied().flatten();
                    if stands != Some((article.article, listed.view.story)) {
                        found.say(format!("readers see {} elsewhere than the database has it", version.document));
                    }
                }
            }
        }
        if shown != known.values().flatten().count() {
            found.say(format!("readers see {shown} documents of {}", known.len()));
        }
        if reader.sequence() != self.sequence()? {
            found.say(format!("readers stand at commit {}, the database at {}", reader.sequence(), self.sequence()?));
        }
        Ok(())
    }
}
