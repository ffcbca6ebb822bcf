//! Writes stories as a site of files: pages, an Atom feed and a JSON Feed.
//!
//! Every file is written beside its place and renamed into it. A manifest lists what is ours: only that is
//! ever replaced or removed. It names a file before the file is there, so a crash leaves nothing behind
//! that the next call would not know.

use crate::config::Publish;
use crate::show::{self, FeedPlace, Filter, Reading};
use jiff::Timestamp;
use samestory_model::StoryView;
use samestory_store::{Reader, StoreError};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The list of our files, one a line.
const MANIFEST: &str = ".samestory-files";

/// Stories on a page of the list.
pub const PAGE: usize = 30;

/// Why a site was not written.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The disk.
    #[error("{}: {error}", path.display())]
    Disk {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// A file that another program put there.
    #[error("{}: this file was not written by samestory", path.display())]
    Foreign {
        /// Which file.
        path: PathBuf,
    },
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What was done.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Published {
    /// Stories in the site.
    pub stories: usize,
    /// Files that were written; those that were the same stayed.
    pub written: usize,
    /// Files of an earlier call that went.
    pub removed: usize,
}

fn disk(path: &Path) -> impl FnOnce(std::io::Error) -> PublishError {
    let path = path.to_owned();
    move |error| PublishError::Disk { path, error }
}

/// Whether a line of the manifest names a file that we may have written.
fn is_ours(name: &str) -> bool {
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|sign| sign.is_ascii_alphanumeric() || sign == b'-');
    let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
    let page = file.strip_suffix(".html").is_some_and(plain);
    (folder.is_empty() && (page || file == "atom.xml" || file == "feed.json")) || (folder == "story" && page)
}

fn put(path: &Path, bytes: &[u8]) -> Result<bool, PublishError> {
    if std::fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(false);
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(disk(folder))?;
    let mut file = tempfile::Builder::new().prefix(".samestory-").tempfile_in(folder).map_err(disk(path))?;
    file.write_all(bytes).map_err(disk(path))?;
    // Others are to read it: a web server, as a rule.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::Permissions::from_mode(0o644);
        file.as_file().set_permissions(mode).map_err(disk(path))?;
    }
    file.persist(path).map_err(|error| disk(path)(error.error))?;
    Ok(true)
}

fn manifest(folder: &Path, names: &BTreeSet<String>) -> Result<(), PublishError> {
    let text: String = names.iter().map(|name| format!("{name}\n")).collect();
    put(&folder.join(MANIFEST), text.as_bytes()).map(|_| ())
}

/// Every file of a site, by its name.
fn files(stories: &[StoryView], reading: &Reading, now: Timestamp, settings: &Publish) -> Vec<(String, String)> {
    let base = Some(settings.url.trim_end_matches('/')).filter(|url| !url.is_empty()).map(|url| format!("{url}/"));
    let place = FeedPlace { base, query: String::new() };
    let mut out: Vec<(String, String)> = stories
        .iter()
        .map(|story| (format!("story/{}.html", story.story), show::story_page(story, reading, false)))
        .collect();
    let pages = stories.len().div_ceil(PAGE).max(1);
    for number in 1..=pages {
        let from = (number - 1) * PAGE;
        let part = &stories[from..stories.len().min(from + PAGE)];
        let name = if number == 1 { "index.html".to_owned() } else { format!("page-{number}.html") };
        out.push((name, show::index_page(part, reading, number, number < pages, None)));
    }
    let fed = &stories[..stories.len().min(settings.feed_stories)];
    out.push(("atom.xml".to_owned(), show::atom_at(fed, reading, now, &place)));
    out.push(("feed.json".to_owned(), show::json_feed(fed, reading, &place)));
    out
}

/// Writes the latest stories that a filter wants.
pub fn publish(
    reader: &Reader,
    folder: &Path,
    filter: &Filter,
    reading: &Reading,
    now: Timestamp,
    settings: &Publish,
) -> Result<Published, PublishError> {
    let mut stories = Vec::new();
    for head in reader.by_time() {
        if stories.len() == settings.stories {
            break;
        }
        let view = reader.view(&head?)?.view;
        if filter.wants(&view) {
            stories.push(view);
        }
    }
    let files = files(&stories, reading, now, settings);
    std::fs::create_dir_all(folder).map_err(disk(folder))?;
    let known = match std::fs::read_to_string(folder.join(MANIFEST)) {
        Ok(text) => text.lines().filter(|name| is_ours(name)).map(str::to_owned).collect(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => BTreeSet::new(),
        Err(error) => return Err(disk(&folder.join(MANIFEST))(error)),
    };
    let names: BTreeSet<String> = files.iter().map(|(name, _)| name.clone()).collect();
    if let Some(name) = names.iter().find(|name| !known.contains(*name) && folder.join(name).exists()) {
        return Err(PublishError::Foreign { path: folder.join(name) });
    }
    manifest(folder, &known.union(&names).cloned().collect())?;
    let mut done = Published { stories: stories.len(), ..Published::default() };
    for (name, text) in &files {
        done.written += usize::from(put(&folder.join(name), text.as_bytes())?);
    }
    for name in known.difference(&names) {
        match std::fs::remove_file(folder.join(name)) {
            Ok(()) => done.removed += 1,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(disk(&folder.join(name))(error)),
        }
    }
    manifest(folder, &names)?;
    Ok(done)
}
