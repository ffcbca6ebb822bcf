//! Builds a damaged store anew from what can be read, and says what could not be brought back.
//!
//! Three files know the store, and none is believed alone: the database, the readers' log, and the documents, each of
//! which carries its own checksum ([`remains`]). Of two that disagree the one that knows the later commit counts
//! ([`places`]). A document whose place neither knows stands alone in a story of its own ([`documents`]). The damaged
//! generation is put aside, never removed.

mod documents;
mod places;
mod remains;

use super::database::is_outgrown;
use super::document_log::{DocumentLog, Located};
use super::generation::Fresh;
use super::last_shown::last_shown;
use super::layout::{self, Lock};
use super::leftovers;
use super::sled_store::SledStore;
use super::tables::{
    ADDRESS, ARTICLE_ALIAS, DOCUMENT, HOST, ITEM, META, MIRRORED, ORDER, PAGE, PLACEMENT, PURGED, QUEUE, SOURCE, STATE,
    STORY, STORY_ALIAS, WORD, key,
};
use crate::Waiting;
use crate::error::StoreError;
use crate::records::{Record, encode};
use crate::{HostRecord, PageRecord};
use jiff::Timestamp;
use remains::{OldDatabase, OldLog, Unread};
use samestory_model::{ArticleId, DocumentId, Source, SourceState, StoredOverride, StoryId};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// Findings of a check that a repair repeats.
const FINDINGS: usize = 20;

/// What a repair did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Repaired {
    /// Documents that the store holds.
    pub documents: u64,
    /// Their stories.
    pub stories: u64,
    /// Documents that stand in a story of their own because their place was lost.
    pub alone: u64,
    /// What was wrong, and what could not be brought back, a sentence each.
    pub notes: Vec<String>,
    /// Where the damaged files lie now; `None` where nothing had to be built anew.
    pub aside: Option<PathBuf>,
}

/// A repair under way.
struct Repair {
    /// The database, where a copy of it opens.
    old: Option<OldDatabase>,
    log: Option<OldLog>,
    texts: DocumentLog,
    /// The latest entry of each document that reads.
    latest: HashMap<DocumentId, Located>,
    /// Documents that the database does not know and that were purged once.
    buried: HashSet<DocumentId>,
    /// Where documents stood.
    places: HashMap<DocumentId, (ArticleId, StoryId)>,
    /// Whether readers know later commits than the database.
    log_first: bool,
    /// Whether database and log read whole and agree: what they do not name was never stored.
    complete: bool,
    /// Whether something else knows a later commit than both, or documents came after it.
    behind: bool,
    /// The number of the commit that the repair is.
    sequence: u64,
    now: Timestamp,
    fresh: Fresh,
    unread: Unread,
    done: Repaired,
}

/// The generation to repair: the one that `current` names, else the latest that holds something, which it then names.
fn named(folder: &Path, notes: &mut Vec<String>) -> Result<u64, StoreError> {
    let named = layout::current(folder).ok().flatten();
    let there = named.filter(|number| layout::generation(folder, *number).is_dir());
    if let Some(number) = there {
        return Ok(number);
    }
    let Some(number) = leftovers::orphan(folder) else {
        let (path, old) = (folder.to_owned(), layout::first_format(folder).exists());
        return Err(match named {
            Some(number) => StoreError::Gone { gone: layout::generation(folder, number), folder: path },
            None if old => StoreError::Older { path },
            None => StoreError::Missing { path },
        });
    };
    layout::set_current(folder, number)?;
    notes.push(format!("`current` was missing or damaged, and names g{number} again"));
    Ok(number)
}

/// Repairs the store in a folder; builds nothing anew where nothing is wrong with it. `now` dates placements that are
/// known from what readers were shown only.
pub fn repair(folder: &Path, now: Timestamp) -> Result<Repaired, StoreError> {
    if let Err(error @ StoreError::Newer { .. }) = layout::current(folder) {
        return Err(error);
    }
    if !folder.is_dir() {
        return Err(StoreError::Missing { path: folder.to_owned() });
    }
    let lock = Lock::take(folder)?;
    let mut notes = Vec::new();
    let number = named(folder, &mut notes)?;
    let lock = match SledStore::open_with(folder, lock) {
        Ok(store) => {
            let found = store.check_deep()?;
            if found.is_empty() {
                let holds = store.holds()?;
                let (documents, stories) = (holds.documents, holds.stories);
                return Ok(Repaired { documents, stories, notes, ..Repaired::default() });
            }
            notes.extend(found.into_iter().take(FINDINGS));
            drop(store);
            Lock::take(folder)?
        }
        Err(error @ StoreError::Damaged { .. }) => {
            notes.push(error.to_string());
            Lock::take(folder)?
        }
        Err(error) => return Err(error),
    };
    let generation = layout::generation(folder, number);
    Repair::of(folder, &generation, notes, now)?.run(folder, &generation, lock)
}

impl Repair {
    /// Looks at what is left.
    fn of(folder: &Path, generation: &Path, mut notes: Vec<String>, now: Timestamp) -> Result<Self, StoreError> {
        let texts = DocumentLog::open_to_write(generation, 0)?;
        let old = match OldDatabase::open(generation)? {
            Ok(old) => Some(old),
            Err(why) => {
                notes.push(format!(
                    "the database does not open ({why}): lost are what it knew of items, hosts and waiting pages, and \
                     the passwords of sources that were added by command; pages may be asked for once more"
                ));
                None
            }
        };
        let log = OldLog::read(generation);
        let stands = old.as_ref().and_then(|old| old.number("sequence"));
        let shown = log.as_ref().map_or(0, |log| log.sequence);
        let last = last_shown(folder, generation, None).map_or(0, |last| last.0);
        Ok(Self {
            log_first: stands.is_none_or(|stands| shown > stands),
            sequence: stands.unwrap_or(0).max(shown).max(last) + 1,
            old,
            log,
            texts,
            latest: HashMap::new(),
            buried: HashSet::new(),
            places: HashMap::new(),
            complete: false,
            behind: last > stands.unwrap_or(0).max(shown) || is_outgrown(generation),
            now,
            fresh: Fresh::begin(folder)?,
            unread: Unread::default(),
            done: Repaired { notes, ..Repaired::default() },
        })
    }

    fn run(mut self, folder: &Path, generation: &Path, lock: Lock) -> Result<Repaired, StoreError> {
        let built = self.build(generation);
        let Self { old, log, texts, fresh, done, .. } = self;
        drop((old, log, texts));
        if let Err(error) = built {
            fresh.abandon();
            return Err(error);
        }
        let aside = layout::aside(folder, generation);
        let store = fresh.finish_beside(lock, generation, &aside)?;
        let holds = store.holds()?;
        Ok(Repaired { documents: holds.documents, stories: holds.stories, aside: Some(aside), ..done })
    }

    fn build(&mut self, generation: &Path) -> Result<(), StoreError> {
        self.find_documents()?;
        self.find_places()?;
        self.note_lost()?;
        self.records()?;
        self.sources(generation)?;
        self.placements()?;
        self.documents()?;
        let Unread { records, ranges } = self.unread;
        if records + ranges > 0 {
            self.note(format!("{records} records and {ranges} ranges of keys of the database do not read"));
        }
        Ok(())
    }

    fn note(&mut self, what: String) {
        self.done.notes.push(what);
    }

    /// Gives the database's values of a tag that read.
    fn each<T: Record>(
        &mut self,
        tag: u8,
        mut each: impl FnMut(&mut Fresh, &[u8], T) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let Some(old) = &self.old else { return Ok(()) };
        let (fresh, mut done) = (&mut self.fresh, Ok(()));
        let unread = old.each(tag, |rest, value| {
            if done.is_ok() {
                done = each(fresh, rest, value);
            }
        });
        self.unread.add(unread);
        done
    }

    fn copy<T: Record>(&mut self, tag: u8) -> Result<(), StoreError> {
        self.each(tag, |fresh, rest, value: T| fresh.put(key(tag, rest), encode(&value)))
    }

    /// What only the database knows, and kinds that this version does not know.
    fn records(&mut self) -> Result<(), StoreError> {
        self.copy::<Source>(MIRRORED)?;
        self.copy::<SourceState>(STATE)?;
        self.copy::<HostRecord>(HOST)?;
        self.copy::<PageRecord>(PAGE)?;
        self.copy::<()>(PURGED)?;
        self.copy::<Option<StoredOverride>>(WORD)?;
        self.copy::<Waiting>(QUEUE)?;
        let known = [
            SOURCE,
            MIRRORED,
            STATE,
            ITEM,
            DOCUMENT,
            PLACEMENT,
            ADDRESS,
            ORDER,
            STORY,
            STORY_ALIAS,
            ARTICLE_ALIAS,
            HOST,
            QUEUE,
            PAGE,
            WORD,
            PURGED,
            META,
        ];
        if let Some(old) = &self.old {
            let (fresh, mut done) = (&mut self.fresh, Ok(()));
            let unread = old.others(&known, |key, value| {
                if done.is_ok() {
                    done = fresh.put(key, value);
                }
            });
            self.unread.add(unread);
            done?;
            if let Some(upkeep) = old.get::<Timestamp>(META, b"upkeep") {
                self.fresh.put(key(META, b"upkeep"), encode(&upkeep))?;
            }
        }
        let words = self.log.as_ref().filter(|_| self.log_first).map(|log| log.tail.words.clone()).unwrap_or_default();
        words.into_iter().try_for_each(|(number, word)| self.fresh.put(key(WORD, &number.to_be_bytes()), encode(&word)))
    }

    /// Sources that were added by command, and what is known of every one.
    fn sources(&mut self, generation: &Path) -> Result<(), StoreError> {
        let shown = self.log.as_ref().map(|log| log.sources(generation)).unwrap_or_default();
        let (mut known, mut stored): (HashSet<String>, Vec<Source>) = (HashSet::new(), Vec::new());
        if let Some(old) = &self.old {
            // What of MIRRORED does not read was counted when it was copied.
            let unread = old.each(SOURCE, |_, source: Source| stored.push(source));
            old.each(MIRRORED, |_, source: Source| known.extend([source.name.0]));
            self.unread.add(unread);
        }
        stored.retain(|source| !self.log_first || !matches!(shown.get(&source.name.0), Some(None)));
        for source in stored {
            self.fresh.put(key(SOURCE, source.name.0.as_bytes()), encode(&source))?;
            known.insert(source.name.0);
        }
        let mut found = Vec::new();
        for (name, (source, state)) in shown.into_iter().filter_map(|(name, known)| Some((name, known?))) {
            if self.log_first {
                self.fresh.put(key(STATE, name.as_bytes()), encode(&state))?;
            }
            if self.log_first && !known.contains(&name) {
                self.fresh.put(key(SOURCE, name.as_bytes()), encode(&source))?;
                found.push(name);
            }
        }
        if !found.is_empty() {
            let found = found.join(", ");
            self.note(format!(
                "known from the readers' log only, so without passwords and as if added by command: {found}"
            ));
        }
        Ok(())
    }
}
