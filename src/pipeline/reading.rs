//! Reads what publishers sent on threads of its own: for so long and no longer, noted before it is begun.
//!
//! A job has `fetch.read_timeout` seconds of processor time, so that a machine that is busy with other things fails
//! nothing; where that cannot be measured, or a job waits instead of working, ten times as long by the clock. What
//! takes longer is given up: nothing waits for its thread any more, which ends with its job or with the process. One
//! body is read at a time: what it becomes takes many times its size, and what ends the process is known by its name.

use super::journal::{Journal, Open};
use super::stop::Stop;
use samestory_model::{Failure, Fault};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// How long what is being read when the pass is to end may take yet.
const GRACE: Duration = Duration::from_secs(2);
/// By the clock a job may take so many times its processor time.
const BY_THE_CLOCK: u32 = 10;

/// What came of a job.
#[derive(Debug)]
pub(super) enum Read<T> {
    /// It was done.
    Done(T),
    /// It took too long, or the reader panicked; the failure has the subject that was given.
    GivenUp(Failure),
    /// Not done, because the pass is to end.
    Left,
}

/// Reads, and knows when to stop; clones share everything.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    limit: Duration,
    journal: Journal,
    stop: Stop,
    turn: Arc<Semaphore>,
}

/// The processor time of a thread, as the system counts it.
#[derive(Debug)]
struct Work {
    begun: Instant,
    /// The thread's own folder in `/proc`.
    thread: Option<PathBuf>,
}

impl Work {
    fn begin() -> Self {
        let thread = std::fs::read_link("/proc/thread-self").ok().map(|thread| PathBuf::from("/proc").join(thread));
        Self { begun: Instant::now(), thread }
    }

    /// Processor time since the thread began this; the thread works for others before.
    fn spent(&self) -> Option<Duration> {
        // The first number: nanoseconds on a processor.
        let text = std::fs::read_to_string(self.thread.as_ref()?.join("schedstat")).ok()?;
        Some(Duration::from_nanos(text.split_whitespace().next()?.parse().ok()?))
    }
}

impl Reading {
    /// Reads for so many seconds a job at most.
    pub(super) fn new(seconds: u64, journal: Journal, stop: &Stop) -> Self {
        Self {
            limit: Duration::from_secs(seconds.clamp(1, 86_400)),
            journal,
            stop: stop.clone(),
            turn: Arc::new(Semaphore::new(1)),
        }
    }

    /// Whether an item was in hand when a process died, and is understood alone.
    pub(super) fn reads_alone(&self, item: &Open) -> bool {
        self.journal.reads_alone(item)
    }

    /// Whether the pass is to end, and what is in hand has had its time.
    pub(super) fn is_over(&self) -> bool {
        self.stop.is_asked_since(GRACE)
    }

    /// Does a job on what `subject` sent.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        open: Open,
        subject: &str,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Read<T> {
        let turn = tokio::select! {
            turn = self.turn.acquire() => turn,
            () = self.stop.asked_since(GRACE) => return Read::Left,
        };
        if self.is_over() {
            return Read::Left;
        }
        let mark = self.journal.mark(vec![open]);
        #[cfg(debug_assertions)]
        let job = fault::injected(subject.to_owned(), job);
        let work: Arc<OnceLock<(Work, Option<Duration>)>> = Arc::default();
        let clock = Arc::clone(&work);
        let mut task = tokio::task::spawn_blocking(move || {
            let work = Work::begin();
            let before = work.spent();
            let _ = clock.set((work, before));
            let done = job();
            // It stays open for as long as it is worked on, whether or not it is waited for.
            drop(mark);
            done
        });
        let mut wait = self.limit;
        loop {
            tokio::select! {
                done = &mut task => {
                    drop(turn);
                    return done.map_or_else(|_| Read::GivenUp(broke(subject)), Read::Done);
                }
                () = self.stop.asked_since(GRACE) => return Read::Left,
                () = tokio::time::sleep(wait) => {}
            }
            let Some((work, before)) = work.get() else { continue };
            let spent = work.spent().zip(*before).map(|(now, before)| now.saturating_sub(before));
            let spent = spent.unwrap_or_default().max(work.begun.elapsed() / BY_THE_CLOCK);
            if spent >= self.limit {
                return Read::GivenUp(self.too_long(subject));
            }
            wait = self.limit.saturating_sub(spent).max(Duration::from_millis(50));
        }
    }

    fn too_long(&self, subject: &str) -> Failure {
        let what = format!("reading it took more than {} s of processor time and was given up", self.limit.as_secs());
        let hint = "it is tried again later; `fetch.read_timeout` sets how long it may take";
        Failure::new(subject, Fault::Publisher, what, hint)
    }
}

/// What the reader could not stand.
fn broke(subject: &str) -> Failure {
    let hint = "it is tried again later; please report its address";
    Failure::new(subject, Fault::Ours, "the reader broke on it", hint)
}

/// What ended a process before.
pub(super) fn ended(subject: &str) -> Failure {
    let what = "the program ended while this was read or understood";
    let hint = "it is tried again later, and ever more rarely; out of memory and a kill from outside count, too";
    Failure::new(subject, Fault::Ours, what, hint)
}

/// Faults that tests of a debug build inject by an address.
#[cfg(debug_assertions)]
mod fault {
    /// The job, or an endless one where the environment's `INJECT_HANG` stands in the subject, or the end of the
    /// process where `INJECT_ABORT` does.
    pub(super) fn injected<T>(subject: String, job: impl FnOnce() -> T) -> impl FnOnce() -> T {
        move || {
            let named = |variable: &str| std::env::var(variable).is_ok_and(|part| subject.contains(&part));
            if named("INJECT_ABORT") {
                std::process::abort();
            }
            while named("INJECT_HANG") {
                std::hint::spin_loop();
            }
            job()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::Stopper;
    use samestory_model::SourceId;

    fn open() -> Open {
        Open::Source(SourceId("paper".to_owned()))
    }

    fn reading(limit: u64, stop: &Stop) -> Reading {
        Reading { limit: Duration::from_millis(limit), ..Reading::new(1, Journal::default(), stop) }
    }

    #[tokio::test]
    async fn a_job_that_works_too_long_is_given_up_by_name_and_the_next_one_is_done() {
        let reading = reading(30, &Stop::never());
        let (end, ends) = std::sync::mpsc::channel::<()>();
        let busy = move || while ends.try_recv() == Err(std::sync::mpsc::TryRecvError::Empty) {};
        let Read::GivenUp(failure) = reading.read(open(), "http://a.example/1", busy).await else {
            panic!("it is given up")
        };
        assert_eq!(failure.subject, "http://a.example/1");
        assert!(failure.message.contains("processor time"), "{failure}");
        assert!(matches!(reading.read(open(), "b", || 7).await, Read::Done(7)));
        drop(end);
        assert!(matches!(reading.read(open(), "c", || panic!("on purpose")).await, Read::<()>::GivenUp(_)));
    }

    /// Begins to read what only waits until the sender is dropped; the paused clock stands meanwhile.
    async fn waiting(reading: &Reading) -> (std::sync::mpsc::Sender<()>, tokio::task::JoinHandle<Read<()>>) {
        let (end, ends) = std::sync::mpsc::channel::<()>();
        let (begin, begun) = tokio::sync::oneshot::channel();
        let reading = reading.clone();
        let task = tokio::spawn(async move {
            let job = move || {
                let _ = begin.send(());
                let _ = ends.recv();
            };
            reading.read(open(), "a", job).await
        });
        begun.await.expect("it begins");
        (end, task)
    }

    /// Moves the paused clock on, and lets the tasks that waited for it run.
    async fn pass(time: Duration) {
        for _ in 0..10 {
            tokio::time::advance(time / 10).await;
            tokio::task::yield_now().await;
        }
    }

    #[cfg(target_os = "linux")]
    #[tokio::test(start_paused = true)]
    async fn a_job_that_only_waits_has_ten_times_as_long() {
        let reading = reading(60_000, &Stop::never());
        let (end, read) = waiting(&reading).await;
        pass(9 * Duration::from_mins(1)).await;
        assert!(!read.is_finished());
        drop(end);
        assert!(matches!(read.await, Ok(Read::Done(()))));
        let (end, read) = waiting(&reading).await;
        pass(11 * Duration::from_mins(1)).await;
        assert!(matches!(read.await, Ok(Read::GivenUp(_))));
        drop(end);
    }

    #[tokio::test(start_paused = true)]
    async fn a_job_in_hand_is_left_soon_after_the_pass_is_asked_to_end() {
        let (stopper, stop) = Stopper::new();
        let reading = reading(600_000, &stop);
        let (end, read) = waiting(&reading).await;
        stopper.stop();
        pass(GRACE * 9 / 10).await;
        assert!(!read.is_finished(), "it has a little time");
        pass(GRACE / 5).await;
        assert!(matches!(read.await, Ok(Read::Left)));
        assert!(matches!(reading.read(open(), "a", || ()).await, Read::Left), "nothing is begun any more");
        drop(end);
    }
}
