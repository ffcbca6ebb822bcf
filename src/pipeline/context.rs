//! What every stage of a pass is handed: settings, store, model, sources and clock; and what a pass did.

use super::Progress;
use super::stop::Stop;
use crate::config::Settings;
use jiff::Timestamp;
use samestory_model::{Failure, Source, SourceId};
use samestory_store::Store;
use samestory_understand::Understanding;
use std::fmt;
use std::path::Path;

/// What a pass did.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// Sources that were asked.
    pub asked: usize,
    /// Sources that were due and left alone, because their host asked for a pause.
    pub held: usize,
    /// Sources that had something new.
    pub fresh: usize,
    /// Sources that had nothing new.
    pub unchanged: usize,
    /// Sources that failed, with what was wrong.
    pub failures: Vec<Failure>,
    /// Single items and pages that failed; they never fail a source.
    pub lost: Vec<Failure>,
    /// Documents that were stored.
    pub documents: usize,
    /// Items and documents that a filter kept out.
    pub kept_out: usize,
    /// Stored documents that lost lines which turned out to stand on other pages of their host too.
    pub cleaned: usize,
    /// Pages that wait for the next pass.
    pub waiting: usize,
    /// Sources of whose new items some are left for the next passes.
    pub rests: Vec<Rest>,
    /// Stories that came up.
    pub new_stories: usize,
    /// Stories that grew.
    pub grown_stories: usize,
    /// Whether it was asked to end before it was done.
    pub interrupted: bool,
    /// Whether it had asked for as long as it may, and left the rest to the next one.
    pub handed_over: bool,
}

/// A source of whose new items some were left for the next passes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rest {
    /// Which one.
    pub source: SourceId,
    /// Items that this pass took.
    pub taken: usize,
    /// Items that were new or changed.
    pub new: usize,
}

impl fmt::Display for Rest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source, taken, new } = self;
        write!(out, "source {source}: {taken} of {new} new items taken, the rest follows with the next passes")
    }
}

/// How a pass goes.
pub struct Pass<'a> {
    /// Every setting.
    pub settings: &'a Settings,
    /// The one writer.
    pub store: &'a dyn Store,
    /// What understands texts.
    pub understanding: &'a Understanding,
    /// What is followed.
    pub sources: &'a [Source],
    /// The clock.
    pub now: Timestamp,
    /// Ask every source now.
    pub force: bool,
    /// Where progress is shown.
    pub progress: &'a dyn Progress,
    /// Says when it is to end.
    pub stop: &'a Stop,
    /// The folder of what belongs to this machine, where what is being read is noted; `None` notes nothing.
    pub folder: Option<&'a Path>,
}

impl Pass<'_> {
    /// A followed source by its name.
    pub(super) fn source(&self, name: &SourceId) -> Option<&Source> {
        self.sources.iter().find(|source| source.name == *name)
    }
}
