//! Files and folders that only their owner may read: a store holds the passwords of sources and what a person reads.
//!
//! What is made here is made so. What sled makes, and what an earlier version or another umask left, is brought to it
//! when a store is opened (`tighten`). Modes are Unix's; elsewhere the folder's own rights count.

use std::fs::{DirBuilder, File, OpenOptions};
use std::path::{Path, PathBuf};

/// Names that belong to a store, in its folder.
const OURS: [&str; 6] = ["current", "readers", "reading", "sled", "format-1", "daemon.json"];

/// Options for a file that only its owner may read, where it is made.
pub fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes a file, or empties one that is there.
pub fn create(path: &Path) -> std::io::Result<File> {
    let file = options().write(true).create(true).truncate(true).open(path)?;
    restrict(path, 0o600);
    Ok(file)
}

/// Makes a folder, and those above it, where they are not there.
pub fn make_folder(path: &Path) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path)
}

/// Takes the rights of all other users away. Where another user owns it that is not ours to do, and `is_open` says so.
#[cfg(unix)]
fn restrict(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    if is_open(path) {
        let _ = std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode));
    }
}

#[cfg(not(unix))]
fn restrict(_: &Path, _: u32) {}

/// Whether other users may read a file or folder, or write to it.
pub fn is_open(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::symlink_metadata(path).is_ok_and(|meta| !meta.is_symlink() && meta.permissions().mode() & 0o077 != 0)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

fn is_ours(name: &str) -> bool {
    let generation = |name: &str| name.strip_prefix('g').is_some_and(|rest| rest.parse::<u64>().is_ok());
    let ends = |end: &str| name.ends_with(end);
    OURS.contains(&name)
        || generation(name)
        || name.starts_with("damaged-g")
        || ends(".lock")
        || ends(".pid")
        || ends(".log")
}

fn entries(folder: &Path) -> impl Iterator<Item = (PathBuf, String)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| (entry.path(), entry.file_name().to_string_lossy().into_owned()))
}

fn tighten_all(path: &Path) {
    let is_folder = std::fs::symlink_metadata(path).is_ok_and(|meta| meta.is_dir());
    restrict(path, if is_folder { 0o700 } else { 0o600 });
    if is_folder {
        entries(path).for_each(|(inside, _)| tighten_all(&inside));
    }
}

/// Takes the rights of all other users away from what belongs to a store in its folder; from the folder too, unless
/// something else lies there.
pub(super) fn tighten(folder: &Path) {
    let mut alone = true;
    for (path, name) in entries(folder) {
        if is_ours(&name) {
            tighten_all(&path);
        } else {
            alone = false;
        }
    }
    if alone {
        restrict(folder, 0o700);
    }
}

/// The same for everything in a folder of the store.
pub(super) fn tighten_folder(folder: &Path) {
    tighten_all(folder);
}
