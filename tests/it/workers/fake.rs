//! Workers in one process: handles on one store in files that settle between them what a server would.
//!
//! Whatever a worker does without having the right to is a panic here.

use jiff::Timestamp;
use samestory_model::{Document, DocumentId, Features, Placement, Source, SourceId, SourceState, StoredOverride};
use samestory_store::{
    Commit, HostPermit, HostRecord, ItemRecord, PageRecord, PlacementsSince, Purged, Retention, SledStore, Store,
    StoreError, Totals, Waiting, Work, Workers,
};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

#[derive(Default)]
struct Books {
    placing: Option<usize>,
    sequence: u64,
    /// Documents in the order in which they were placed.
    placed: Vec<DocumentId>,
    changed: BTreeMap<DocumentId, u64>,
    claims: BTreeMap<(Work, String), usize>,
    /// The worker that has the permit, and when the next may start.
    turns: HashMap<String, (Option<usize>, Option<Instant>)>,
    pauses: HashMap<String, Timestamp>,
    /// Commits that are to be overtaken.
    overtaken: usize,
    workers: usize,
    /// Whether leases are lost.
    lost: bool,
}

struct Office {
    store: SledStore,
    writing: Mutex<()>,
    books: Mutex<Books>,
    free: Condvar,
}

/// One worker's handle.
pub struct Worker {
    office: Arc<Office>,
    me: usize,
}

impl Worker {
    /// The first worker of a store.
    pub fn first(store: SledStore) -> Self {
        let books = Mutex::new(Books { workers: 1, ..Books::default() });
        Self { office: Arc::new(Office { store, writing: Mutex::default(), books, free: Condvar::new() }), me: 0 }
    }

    /// One more.
    pub fn another(&self) -> Self {
        let mut books = self.books();
        books.workers += 1;
        Self { office: Arc::clone(&self.office), me: books.workers - 1 }
    }

    /// Lets so many of the next commits that place be overtaken.
    pub fn overtake(&self, commits: usize) {
        self.books().overtaken = commits;
    }

    /// Makes leases short, and lets every worker lose them.
    pub fn lose(&self, lost: bool) {
        self.books().lost = lost;
    }

    /// What is claimed by any worker, held as a permit, or kept from others that would place.
    pub fn is_idle(&self) -> bool {
        let books = self.books();
        books.claims.is_empty() && books.placing.is_none() && books.turns.values().all(|turn| turn.0.is_none())
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.office.books.lock().expect("books")
    }

    fn store(&self) -> &SledStore {
        &self.office.store
    }

    fn leave(&self, books: &mut Books) {
        if books.placing == Some(self.me) {
            books.placing = None;
            self.office.free.notify_all();
        }
    }
}

impl Workers for Worker {
    fn claim(&self, work: Work, names: &[String], most: usize) -> Result<Vec<String>, StoreError> {
        let mut books = self.books();
        let free: Vec<String> = names
            .iter()
            .filter(|name| !books.claims.contains_key(&(work, (*name).clone())))
            .take(most)
            .cloned()
            .collect();
        for name in &free {
            books.claims.insert((work, name.clone()), self.me);
        }
        Ok(free)
    }

    fn renew(&self) -> Result<(), StoreError> {
        if self.books().lost {
            return Err(StoreError::Conflict { what: "the lease had run out".to_owned() });
        }
        Ok(())
    }

    fn release(&self, work: Work, names: &[String]) -> Result<(), StoreError> {
        self.books().claims.retain(|(kind, name), worker| *worker != self.me || *kind != work || !names.contains(name));
        Ok(())
    }

    fn handle(&self) -> Arc<dyn Workers> {
        Arc::new(Self { office: Arc::clone(&self.office), me: self.me })
    }

    fn lease(&self) -> Duration {
        if self.books().lost { Duration::from_millis(30) } else { Duration::from_mins(1) }
    }

    fn sequence(&self) -> Result<u64, StoreError> {
        Ok(self.books().sequence)
    }

    fn lock_placement(&self, since: u64) -> Result<PlacementsSince, StoreError> {
        let mut books = self.books();
        assert_ne!(books.placing, Some(self.me), "it places already");
        while books.placing.is_some() {
            books = self.office.free.wait(books).expect("books");
        }
        books.placing = Some(self.me);
        let news = books.placed.iter().filter(|document| books.changed.get(document).is_some_and(|at| *at > since));
        let placements = news.map(|document| self.store().placement(*document).map(|one| one.expect("it is placed")));
        Ok(PlacementsSince { sequence: books.sequence, placements: placements.collect::<Result<_, _>>()?, anew: false })
    }

    fn unlock_placement(&self) -> Result<(), StoreError> {
        self.leave(&mut self.books());
        Ok(())
    }

    fn take_turn(&self, host: &str, _: Duration) -> Result<HostPermit, StoreError> {
        let mut books = self.books();
        if let Some(until) = books.pauses.get(host) {
            return Ok(HostPermit::Paused(*until));
        }
        let turn = books.turns.entry(host.to_owned()).or_default();
        let early = turn.1.and_then(|next| next.checked_duration_since(Instant::now()));
        Ok(match (turn.0, early) {
            (Some(_), _) => HostPermit::Later(Duration::from_millis(5)),
            (None, Some(wait)) if !wait.is_zero() => HostPermit::Later(wait),
            _ => {
                turn.0 = Some(self.me);
                HostPermit::Now
            }
        })
    }

    fn end_turn(&self, host: &str, since_arrival: Duration, gap: Duration) -> Result<(), StoreError> {
        let mut books = self.books();
        let turn = books.turns.get_mut(host).expect("a turn that was taken");
        assert_eq!(turn.0, Some(self.me), "somebody else's turn");
        *turn = (None, Some(Instant::now() + gap.saturating_sub(since_arrival)));
        Ok(())
    }

    fn slow_down(&self, host: &str, _: Duration, paused: Option<Timestamp>) -> Result<(), StoreError> {
        if let Some(until) = paused {
            self.books().pauses.insert(host.to_owned(), until);
        }
        Ok(())
    }
}

impl Store for Worker {
    fn commit(&self, commit: &Commit) -> Result<(), StoreError> {
        let places = !(commit.documents.is_empty() && commit.mended.is_empty() && commit.placements.is_empty());
        {
            let mut books = self.books();
            assert!(!places || books.placing == Some(self.me), "it places without having begun to");
            if places && books.overtaken > 0 {
                books.overtaken -= 1;
                self.leave(&mut books);
                return Err(StoreError::Conflict { what: "the connection was lost".to_owned() });
            }
        }
        let writing = self.office.writing.lock().expect("one writes");
        for (document, _) in &commit.documents {
            assert!(self.store().placement(document.id)?.is_none(), "{} is stored twice", document.url);
        }
        self.store().commit(commit)?;
        drop(writing);
        let mut books = self.books();
        if places {
            books.sequence += 1;
            let sequence = books.sequence;
            books.placed.extend(commit.documents.iter().map(|(document, _)| document.id));
            books.changed.extend(commit.placements.iter().map(|placement| (placement.document, sequence)));
        }
        self.leave(&mut books);
        Ok(())
    }

    fn fleet(&self) -> Option<&dyn Workers> {
        Some(self)
    }

    fn sources(&self) -> Result<Vec<Source>, StoreError> {
        self.store().sources()
    }
    fn put_sources(&self, sources: &[Source]) -> Result<(), StoreError> {
        self.store().put_sources(sources)
    }
    fn mirror_sources(&self, sources: &[Source]) -> Result<(), StoreError> {
        self.store().mirror_sources(sources)
    }
    fn remove_source(&self, name: &SourceId) -> Result<bool, StoreError> {
        self.store().remove_source(name)
    }
    fn state(&self, name: &SourceId) -> Result<SourceState, StoreError> {
        self.store().state(name)
    }
    fn item(&self, source: &SourceId, item: &str) -> Result<Option<ItemRecord>, StoreError> {
        self.store().item(source, item)
    }
    fn document(&self, id: DocumentId) -> Result<Option<Document>, StoreError> {
        self.store().document(id)
    }
    fn features(&self, id: DocumentId) -> Result<Option<Features>, StoreError> {
        self.store().features(id)
    }
    fn placement(&self, id: DocumentId) -> Result<Option<Placement>, StoreError> {
        self.store().placement(id)
    }
    fn document_at(&self, key: &str) -> Result<Option<DocumentId>, StoreError> {
        self.store().document_at(key)
    }
    fn documents_on(&self, host: &str) -> Result<Vec<DocumentId>, StoreError> {
        self.store().documents_on(host)
    }
    fn window(
        &self,
        since: Timestamp,
        most: usize,
        each: &mut dyn FnMut(Document, Features, Placement),
    ) -> Result<(), StoreError> {
        let _writing = self.office.writing.lock().expect("one writes");
        self.store().window(since, most, each)
    }
    fn words(&self) -> Result<Vec<StoredOverride>, StoreError> {
        self.store().words()
    }
    fn next_word(&self) -> Result<u64, StoreError> {
        self.store().next_word()
    }
    fn host(&self, name: &str) -> Result<HostRecord, StoreError> {
        self.store().host(name)
    }
    fn page(&self, key: &str) -> Result<Option<PageRecord>, StoreError> {
        self.store().page(key)
    }
    fn waiting(&self) -> Result<Vec<Waiting>, StoreError> {
        self.store().waiting()
    }
    fn would_purge(&self, keep: &Retention) -> Result<Purged, StoreError> {
        self.store().would_purge(keep)
    }
    fn purge(&self, keep: &Retention) -> Result<Purged, StoreError> {
        self.store().purge(keep)
    }
    fn was_purged(&self, source: &SourceId, item: &str, address: &str) -> Result<bool, StoreError> {
        self.store().was_purged(source, item, address)
    }
    fn holds(&self) -> Result<Totals, StoreError> {
        Store::holds(self.store())
    }
    fn backup(&self, path: &Path, now: Timestamp) -> Result<u64, StoreError> {
        Store::backup(self.store(), path, now)
    }
    fn upkeep_is_due(&self, now: Timestamp) -> Result<bool, StoreError> {
        Store::upkeep_is_due(self.store(), now)
    }
    fn note_upkeep(&self, now: Timestamp) -> Result<(), StoreError> {
        Store::note_upkeep(self.store(), now)
    }
    fn is_fragmented(&self, ratio: f64) -> Result<bool, StoreError> {
        Store::is_fragmented(self.store(), ratio)
    }
    fn compact(self: Box<Self>) -> Result<(u64, u64), StoreError> {
        Ok((0, 0))
    }
}
