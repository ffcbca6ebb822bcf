//! One scheduled pass, read top to bottom: what is due is asked, read, completed, placed, stored.
//!
//! Each source's answer is committed together with its items as soon as it comes; what is new waits in the
//! store, so that a pass that is cut off anywhere goes on in the next. The surprising fact: pages
//! are placed in rounds sorted by time, so that the result does not depend on who answered first.

use super::asking::Asking;
use super::claims::Claims;
use super::pages::fetch_pages;
use super::portions::Portions;
use super::stop::Stop;
use super::{Ingest, PipelineError, Progress};
use crate::config::Settings;
use crate::model::{Failure, Source, SourceId};
use crate::store::Store;
use crate::understand::Understanding;
use jiff::Timestamp;

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
    /// Stories that came up.
    pub new_stories: usize,
    /// Stories that grew.
    pub grown_stories: usize,
    /// Whether it was asked to end before it was done.
    pub interrupted: bool,
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
    /// Who watches.
    pub progress: &'a dyn Progress,
    /// Who may ask it to end.
    pub stop: &'a Stop,
}

impl Pass<'_> {
    /// Runs the pass. Stops early only where it is asked to, or where the store, the model or the
    /// settings fail; what was committed until then stays.
    pub async fn run(&self) -> Result<Summary, PipelineError> {
        let mut summary = Summary::default();
        let asking = Asking::of(self)?;
        let claims = Claims::of(self.store);
        let mut ingest = Ingest::new(self.store, self.understanding, self.settings, self.now)?.heeding(self.stop);

        let mut portions = Portions::of(self, &claims, &asking.pauses, &mut summary)?;
        self.progress.begin("asking sources", portions.total() as u64);
        self.poll(&asking, &mut portions).await?;
        drop(portions);
        self.progress.end();

        tokio::task::block_in_place(|| self.place(&claims, &mut ingest))?;
        let hosts = fetch_pages(self, &claims, &asking, &mut ingest, &mut summary).await?;
        tokio::task::block_in_place(|| self.clean_earlier(&hosts, &claims, &mut ingest, &mut summary))?;

        let counts = ingest.counts();
        summary.documents = counts.documents;
        summary.kept_out += counts.kept_out;
        summary.new_stories = counts.new_stories.len();
        summary.grown_stories = counts.grown_stories.len();
        summary.waiting = self.store.waiting()?.len();
        summary.interrupted = self.stop.is_asked();
        Ok(summary)
    }

    /// A followed source by its name.
    pub(super) fn source(&self, name: &SourceId) -> Option<&Source> {
        self.sources.iter().find(|source| source.name == *name)
    }
}
