//! One scheduled pass, read top to bottom: what is due is asked, read, completed, placed, stored.
//!
//! Each source's answer is committed together with its items as soon as it comes; what is new waits in the
//! store, so that a pass that is cut off anywhere goes on in the next. No host, source or page takes
//! another's pass: hosts that are slow are heard beside the others, a pass asks for so long and no longer, and
//! what is read is noted before it is begun ([`journal`](super::journal)). The surprising fact: pages are placed
//! in portions sorted by time, so that the result does not depend on who answered first ([`pages`](super::pages)
//! says how far).

use super::asking::Asking;
use super::claims::Claims;
use super::journal::Journal;
use super::pages::{Visited, fetch_pages};
use super::poll::Polling;
use super::portions::Portions;
use super::reading::Reading;
use super::share_of_news::Rest;
use super::stop::Stop;
use super::{Ingest, PipelineError, Progress};
use crate::config::Settings;
use jiff::Timestamp;
use samestory_model::{Failure, Source, SourceId};
use samestory_store::Store;
use samestory_understand::Understanding;
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
    /// The folder of what belongs to this machine, where what is being read is noted; `None` notes nothing.
    pub folder: Option<&'a Path>,
}

impl Pass<'_> {
    /// Runs the pass. Stops early only where it is asked to, or where the store, the model or the
    /// settings fail; what was committed until then stays.
    pub async fn run(&self) -> Result<Summary, PipelineError> {
        let mut summary = Summary::default();
        let claims = Claims::of(self.store);
        let (mut journal, open) = Journal::begin(self.folder);
        self.put_off(&open, &mut journal, &mut summary)?;
        let reading = Reading::new(self.settings.fetch.read_timeout, journal.clone(), self.stop);
        let asking = Asking::of(self, reading.clone())?;
        let ingest = Ingest::new(self.store, self.understanding, self.settings, self.now)?;
        let mut ingest = ingest.heeding(self.stop).noting(&journal);

        let portions = Portions::of(self, &claims, &asking.pauses)?;
        self.progress.begin("asking sources", portions.total() as u64);
        let mut polling = Polling::new(self, &asking, portions);
        let mut visited = Visited::default();
        loop {
            polling.ask(&mut summary).await?;
            polling.has_news();
            self.progress.end();
            self.place(&claims, &reading, &mut ingest, &mut summary).await?;
            fetch_pages(self, &claims, &asking, &mut ingest, (&mut polling, &mut visited), &mut summary).await?;
            if polling.is_over() && !polling.has_news() {
                break;
            }
        }
        drop(polling);
        let hosts = visited.hosts();
        tokio::task::block_in_place(|| self.clean_earlier(&hosts, &claims, &mut ingest, &mut summary))?;

        let counts = ingest.counts();
        summary.documents = counts.documents;
        summary.kept_out += counts.kept_out;
        summary.new_stories = counts.new_stories.len();
        summary.grown_stories = counts.grown_stories.len();
        summary.waiting = self.store.waiting()?.len();
        summary.interrupted = self.stop.is_asked();
        summary.handed_over = asking.has_asked_enough();
        journal.end();
        Ok(summary)
    }

    /// A followed source by its name.
    pub(super) fn source(&self, name: &SourceId) -> Option<&Source> {
        self.sources.iter().find(|source| source.name == *name)
    }
}
