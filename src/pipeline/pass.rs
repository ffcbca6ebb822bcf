//! One scheduled pass, read top to bottom: what is due is asked, read, completed, placed, stored.
//!
//! Each source's answer is committed together with its items as soon as it comes; what is new waits in the
//! store, so that a pass that is cut off anywhere goes on in the next. No host, source or page takes
//! another's pass: hosts that are slow are heard beside the others, a pass asks for so long and no longer, and
//! what is read is noted before it is begun (`journal`). The surprising fact: pages are placed
//! in portions sorted by time, so that the result does not depend on the order of answers (`pages`
//! says how far).

use super::journal::Journal;
use super::leases::Leases;
use super::pages::fetch_pages;
use super::polite_fetch::PoliteFetch;
use super::poll::Polling;
use super::queue::Visited;
use super::reading::Reading;
use super::work_batches::WorkBatches;
use super::{Ingest, PipelineError};

pub use super::context::{Pass, Summary};

impl Pass<'_> {
    /// Runs the pass. Stops early only where it is asked to, or where the store, the model or the
    /// settings fail; what was committed until then stays.
    pub async fn run(&self) -> Result<Summary, PipelineError> {
        let mut summary = Summary::default();
        let claims = Leases::of(self.store);
        let (mut journal, open) = Journal::begin(self.folder);
        self.put_off(&open, &mut journal, &mut summary)?;
        let reading = Reading::new(self.settings.fetch.read_timeout, journal.clone(), self.stop);
        let asking = PoliteFetch::of(self, reading.clone())?;
        let ingest = Ingest::new(self.store, self.understanding, self.settings, self.now)?;
        let mut ingest = ingest.heeding(self.stop).noting(&journal);

        let portions = WorkBatches::of(self, &claims, &asking.pauses)?;
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
}
