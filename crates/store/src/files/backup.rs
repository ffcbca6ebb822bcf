//! Writes everything that a store holds into one file of lines (`lines`).
//!
//! A kind that has no form of its own goes as `record`, byte for byte: what a later part of the program
//! adds to the store is never left out.

use super::document_log::Located;
use super::sled_store::SledStore;
use super::tables::{
    ADDRESS, ARTICLE_ALIAS, DOCUMENT, HOST, ITEM, META, MIRRORED, ORDER, PAGE, PLACEMENT, PURGED, QUEUE, SOURCE, STATE,
    STORY, STORY_ALIAS, WORD, number,
};
use crate::error::StoreError;
use crate::lines::{self, Line, VERSION, Writing};
use crate::{Store, Waiting};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use samestory_model::StoryRecord;
use samestory_model::{ArticleId, DocumentId, SourceId, StoryId};
use std::collections::HashSet;
use std::path::Path;

impl SledStore {
    /// Writes a backup and returns the number of its lines. A file that is there is replaced at the end.
    pub fn backup(&self, path: &Path, now: Timestamp) -> Result<u64, StoreError> {
        lines::replaced(path, |fresh| self.write_backup(fresh, now))
    }

    fn write_backup(&self, path: &Path, now: Timestamp) -> Result<u64, StoreError> {
        let mut writing = Writing::begin(path)?;
        writing.put(&Line::Store {
            version: VERSION,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            made: now,
            sequence: self.sequence()?,
            placed: self.get(META, b"placed")?.unwrap_or(0),
        })?;
        let mut ordered = HashSet::new();
        for pair in self.db.iter() {
            let (key, value) = pair.map_err(|error| self.failed(&error))?;
            if key[0] == ORDER {
                ordered.insert(self.read::<DocumentId>(&value)?);
            }
            if let Some(line) = self.line(key[0], &key[1..], &value)? {
                writing.put(&line)?;
            }
        }
        // A purge that was cut off has taken places in the order, and not yet the stories that name these documents.
        for entry in self.scan::<Located>(DOCUMENT) {
            let (rest, at) = entry?;
            let id = DocumentId(number(&rest));
            if !ordered.contains(&id) {
                writing.put(&self.document_line(0, id, at)?)?;
            }
        }
        for entry in std::fs::read_dir(self.folder.join("readers")).into_iter().flatten().flatten() {
            let file = entry.file_name().to_string_lossy().into_owned();
            if file.ends_with(".cursor")
                && let Ok(text) = std::fs::read_to_string(entry.path())
            {
                writing.put(&Line::Cursor { file, text })?;
            }
        }
        writing.finish()
    }

    /// A record of the database as a line; `None` for what is written with another, or made anew.
    pub(crate) fn line(&self, tag: u8, rest: &[u8], value: &[u8]) -> Result<Option<Line>, StoreError> {
        let text = || String::from_utf8_lossy(rest).into_owned();
        Ok(Some(match tag {
            DOCUMENT | PLACEMENT | META => return Ok(None),
            SOURCE => Line::Source(self.read(value)?),
            MIRRORED => Line::Configured(self.read(value)?),
            STATE => Line::State { source: SourceId(text()), state: Box::new(self.read(value)?) },
            ITEM => {
                let name = text();
                let (source, item) = name.split_once('\u{0}').unwrap_or((&name, ""));
                Line::Item { source: SourceId(source.to_owned()), item: item.to_owned(), record: self.read(value)? }
            }
            QUEUE => Line::Waiting(Box::new(self.read::<Waiting>(value)?)),
            HOST => Line::host(text(), self.read(value)?),
            ORDER => {
                let (placed, id) = (number(&rest[8..]), self.read::<DocumentId>(value)?);
                let Some(at) = self.located(id)? else { return Ok(None) };
                self.document_line(placed, id, at)?
            }
            WORD => Line::Word { number: number(rest), word: self.read(value)? },
            PAGE => Line::Page { key: text(), page: self.read(value)? },
            ADDRESS => Line::Address { address: text(), document: self.read(value)? },
            STORY => {
                let StoryRecord { born, grown, documents, sources, languages, last } = self.read(value)?;
                Line::Story { story: StoryId(number(rest)), born, grown, documents, sources, languages, last }
            }
            STORY_ALIAS => Line::StoryAlias { gone: StoryId(number(rest)), kept: self.read(value)? },
            ARTICLE_ALIAS => Line::ArticleAlias { gone: ArticleId(number(rest)), kept: self.read(value)? },
            PURGED => Line::Purged { hash: format!("{:016x}", number(rest)) },
            _ => {
                self.whole(value)?;
                let key = [&[tag], rest].concat();
                Line::Record { key: STANDARD.encode(key), value: STANDARD.encode(value) }
            }
        }))
    }

    fn document_line(&self, placed: u64, id: DocumentId, at: Located) -> Result<Line, StoreError> {
        let (document, features) = self.texts.both(id, at)?;
        let placement = self.placement(id)?.map(Box::new);
        Ok(Line::Document { placed, document: Box::new(document), features: Box::new(features), placement })
    }

    fn whole(&self, value: &[u8]) -> Result<(), StoreError> {
        let checked = crate::records::check(value).map(|_| ());
        checked.map_err(|what| StoreError::Damaged { path: self.folder.clone(), what })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::golden;
    use crate::{Commit, restore};
    use samestory_model::{Placement, Role};

    #[test]
    fn a_backup_of_a_store_whose_purge_was_cut_off_holds_what_its_stories_name() {
        let folder = tempfile::tempdir().expect("room");
        let (from, to, file) = (folder.path().join("from"), folder.path().join("to"), folder.path().join("file"));
        let store = SledStore::open(&from).expect("a new store");
        let document = golden::document();
        let id = document.id;
        let placements = vec![Placement { document: id, ..golden::placement(Role::Original) }];
        let documents = vec![(document, golden::features())];
        store.commit(&Commit { documents, placements, ..Commit::default() }).expect("room");
        for key in store.db.scan_prefix([ORDER]).keys() {
            store.db.remove(key.expect("it reads")).expect("room");
        }
        store.backup(&file, Timestamp::UNIX_EPOCH).expect("room");
        let (restored, _) = restore(&to, &file).expect("a good backup");
        assert!(restored.document(id).expect("it reads").is_some());
        assert_eq!(restored.check_deep().expect("it reads"), Vec::<String>::new());
    }
}
