//! What the workers of one database settle: claims with leases, one placing at a time, permits at hosts.
//!
//! All times are the server's own, so no worker's clock has to be right.

use super::connect::Trouble;
use super::rows::{id, record};
use super::settling::Settling;
use super::sql::{COUNTERS, LOCK_PLACING};
use super::store::PostgresStore;
use crate::error::StoreError;
use crate::workers::{HostPermit, PlacementsSince, Work, Workers};
use jiff::Timestamp;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

pub(super) const SINCE: &str = "SELECT body FROM placement WHERE sequence > $1 AND body IS NOT NULL ORDER BY placed";
const SEQUENCE: &str = "SELECT sequence FROM meta";

/// Only the store itself places.
fn places_not() -> StoreError {
    StoreError::Conflict { what: "this handle does not place".to_owned() }
}

/// A handle, which shares everything with its worker but the right to place.
struct Handle(Arc<Settling>);

impl Workers for Handle {
    fn claim(&self, work: Work, names: &[String], most: usize) -> Result<Vec<String>, StoreError> {
        self.0.claim(work, names, most)
    }

    fn renew(&self) -> Result<(), StoreError> {
        self.0.renew()
    }

    fn release(&self, work: Work, names: &[String]) -> Result<(), StoreError> {
        self.0.release(work, names)
    }

    fn handle(&self) -> Arc<dyn Workers> {
        Arc::new(Self(Arc::clone(&self.0)))
    }

    fn lease(&self) -> Duration {
        self.0.connection.address.lease
    }

    fn sequence(&self) -> Result<u64, StoreError> {
        self.0.connection.with(|link| id(&link.query_one(SEQUENCE, &[])?, 0))
    }

    fn lock_placement(&self, _: u64) -> Result<PlacementsSince, StoreError> {
        Err(places_not())
    }

    fn unlock_placement(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn take_turn(&self, host: &str, _: Duration) -> Result<HostPermit, StoreError> {
        self.0.take_turn(host)
    }

    fn end_turn(&self, host: &str, since_arrival: Duration, gap: Duration) -> Result<(), StoreError> {
        self.0.end_turn(host, since_arrival, gap)
    }

    fn slow_down(&self, host: &str, delay: Duration, paused: Option<Timestamp>) -> Result<(), StoreError> {
        self.0.slow_down(host, delay, paused)
    }
}

impl Workers for PostgresStore {
    fn claim(&self, work: Work, names: &[String], most: usize) -> Result<Vec<String>, StoreError> {
        self.settling.claim(work, names, most)
    }

    fn renew(&self) -> Result<(), StoreError> {
        self.settling.renew()
    }

    fn release(&self, work: Work, names: &[String]) -> Result<(), StoreError> {
        self.settling.release(work, names)
    }

    fn handle(&self) -> Arc<dyn Workers> {
        Arc::new(Handle(Arc::clone(&self.settling)))
    }

    fn lease(&self) -> Duration {
        self.settling.connection.address.lease
    }

    fn sequence(&self) -> Result<u64, StoreError> {
        self.read(|link| id(&link.query_one(SEQUENCE, &[])?, 0))
    }

    fn lock_placement(&self, since: u64) -> Result<PlacementsSince, StoreError> {
        self.unlock_placement()?;
        let mut held = self.writing.hold();
        let beside = self.writing.on(&mut held, &mut |link| {
            let begun =
                link.batch("BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0").and_then(|()| {
                    link.query(LOCK_PLACING, &[])?;
                    // Sources that change take a number, too; they wait until this commit has its own.
                    let sequence = id(&link.query_one(COUNTERS, &[])?, 0)?;
                    link.batch(&format!(
                        "SET LOCAL statement_timeout = {}",
                        self.writing.address.statement.as_millis()
                    ))?;
                    let anew = link.query_one("SELECT purged > $1 FROM meta", &[&(since as i64)])?.try_get(0)?;
                    let rows = link.query(SINCE, &[&(since as i64)])?;
                    let placements = rows.iter().map(|row| record(row, 0)).collect::<Result<Vec<_>, Trouble>>()?;
                    Ok(PlacementsSince { sequence, placements, anew })
                });
            if begun.is_err() {
                let _ = link.batch("ROLLBACK");
            }
            begun
        })?;
        *self.placing.lock().unwrap_or_else(PoisonError::into_inner) = held.take();
        Ok(beside)
    }

    fn unlock_placement(&self) -> Result<(), StoreError> {
        let link = self.placing.lock().unwrap_or_else(PoisonError::into_inner).take();
        link.into_iter().for_each(|link| self.let_go(link));
        Ok(())
    }

    fn take_turn(&self, host: &str, _: Duration) -> Result<HostPermit, StoreError> {
        self.settling.take_turn(host)
    }

    fn end_turn(&self, host: &str, since_arrival: Duration, gap: Duration) -> Result<(), StoreError> {
        self.settling.end_turn(host, since_arrival, gap)
    }

    fn slow_down(&self, host: &str, delay: Duration, paused: Option<Timestamp>) -> Result<(), StoreError> {
        self.settling.slow_down(host, delay, paused)
    }
}
