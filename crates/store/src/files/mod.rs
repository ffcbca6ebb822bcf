//! The engine over files: sled for what is looked up by key, a file of documents beside it, a log and an index for
//! readers. `open` decides what a folder holds; everything else takes an open store.

pub(crate) mod backup;
pub(crate) mod commit;
pub(crate) mod compact;
pub(crate) mod database;
pub(crate) mod deep;
pub(crate) mod document_log;
pub(crate) mod folder_reader;
pub(crate) mod generation;
pub(crate) mod groups;
pub(crate) mod index;
pub(crate) mod last_shown;
pub(crate) mod layout;
pub(crate) mod leftovers;
pub(crate) mod log;
pub(crate) mod memtable;
pub(crate) mod migrate;
pub(crate) mod open;
pub(crate) mod publish;
pub(crate) mod published;
pub(crate) mod repair;
pub(crate) mod restore;
pub(crate) mod retain;
pub(crate) mod salvage;
pub(crate) mod sled_files;
pub(crate) mod sled_store;
pub(crate) mod sstable;
pub(crate) mod tables;
