//! Leases of one worker, and its permits at hosts. All times are the server's own, so no worker's clock has to be
//! right.

use super::connect::Connection;
use crate::error::StoreError;
use crate::server_address::Address;
use crate::workers::{HostPermit, Work};
use jiff::Timestamp;
use std::time::Duration;

/// How long a worker waits that found another one at a host.
const BUSY: Duration = Duration::from_millis(50);

pub(super) const NAME_CLAIMS: &str =
    "INSERT INTO claim (kind, name) SELECT $1, * FROM unnest($2::text[]) ON CONFLICT DO NOTHING";
/// Chosen once (`MATERIALIZED`): chosen again beside the update, a limit could be passed.
pub(super) const CLAIM: &str = "WITH free AS MATERIALIZED (SELECT claim.name, wanted.place \
     FROM unnest($2::text[]) WITH ORDINALITY AS wanted(name, place) \
     JOIN claim ON claim.kind = $1 AND claim.name = wanted.name \
     WHERE claim.worker IS NULL OR claim.worker = $3 OR claim.until < now() \
     ORDER BY wanted.place LIMIT $4 FOR UPDATE OF claim SKIP LOCKED) \
     UPDATE claim SET worker = $3, until = now() + $5 * interval '1 second' FROM free \
     WHERE claim.kind = $1 AND claim.name = free.name RETURNING free.place, claim.name";
pub(super) const RENEW: &str = "UPDATE claim SET until = now() + $2 * interval '1 second' WHERE worker = $1";
pub(super) const RENEW_TURNS: &str = "UPDATE turn SET until = now() + $2 * interval '1 second' WHERE worker = $1";
pub(super) const RELEASE: &str =
    "UPDATE claim SET worker = NULL, until = NULL WHERE kind = $1 AND name = ANY($2) AND worker = $3";
pub(super) const NAME_TURN: &str = "INSERT INTO turn (host) VALUES ($1) ON CONFLICT DO NOTHING";
pub(super) const TAKE_TURN: &str = "UPDATE turn SET worker = $2, until = now() + $3 * interval '1 second' \
     WHERE host = $1 AND (worker IS NULL OR until < now()) AND next <= now() AND (paused IS NULL OR paused <= now())";
pub(super) const LOOK_AT_TURN: &str = "SELECT CASE WHEN paused > now() THEN paused END, \
     CASE WHEN next > now() THEN extract(epoch FROM next - now())::double precision ELSE 0 END \
     FROM turn WHERE host = $1";
/// The next start counts from when this request had arrived, as its worker saw it.
pub(super) const END_TURN: &str = "UPDATE turn SET worker = NULL, until = NULL, \
     next = clock_timestamp() + (greatest($4::double precision, delay) - $3) * interval '1 second' \
     WHERE host = $1 AND worker = $2";
pub(super) const SLOW_DOWN: &str = "INSERT INTO turn (host, delay, paused) VALUES ($1, $2, $3) \
     ON CONFLICT (host) DO UPDATE SET delay = greatest(turn.delay, excluded.delay), paused = greatest(turn.paused, excluded.paused)";

fn kind(work: Work) -> i16 {
    match work {
        Work::Source => 1,
        Work::Carried => 2,
        Work::Pages => 3,
        Work::Alone => 4,
    }
}

/// Leases of one worker and its permits at hosts, over a connection of their own: a commit that waits for the
/// placement lock does not hold them up.
pub(super) struct Settling {
    pub(super) connection: Connection,
    worker: i64,
}

impl Settling {
    /// Of a worker that has signed in.
    pub(super) fn of(worker: i64, address: &Address) -> Result<Self, StoreError> {
        Ok(Self { connection: Connection::open(address)?, worker })
    }

    fn lease_seconds(&self) -> f64 {
        self.connection.address.lease.as_secs_f64()
    }
}

impl Settling {
    /// As [`crate::Workers`] says; so are all of these.
    pub(super) fn claim(&self, work: Work, names: &[String], most: usize) -> Result<Vec<String>, StoreError> {
        let (kind, most) = (kind(work), i64::try_from(most).unwrap_or(i64::MAX));
        let mut taken: Vec<(i64, String)> = self.connection.with(|link| {
            link.execute(NAME_CLAIMS, &[&kind, &names])?;
            let rows = link.query(CLAIM, &[&kind, &names, &self.worker, &most, &self.lease_seconds()])?;
            rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
        })?;
        taken.sort_unstable();
        Ok(taken.into_iter().map(|pair| pair.1).collect())
    }

    pub(super) fn renew(&self) -> Result<(), StoreError> {
        self.connection.with(|link| {
            link.execute(RENEW, &[&self.worker, &self.lease_seconds()])?;
            link.execute(RENEW_TURNS, &[&self.worker, &self.lease_seconds()])?;
            if link.execute("UPDATE worker SET seen = now() WHERE id = $1", &[&self.worker])? == 0 {
                let what = "this worker was taken off the list of workers".to_owned();
                return Err(StoreError::Conflict { what }.into());
            }
            Ok(())
        })
    }

    pub(super) fn release(&self, work: Work, names: &[String]) -> Result<(), StoreError> {
        self.connection.with(|link| link.execute(RELEASE, &[&kind(work), &names, &self.worker]).map(drop))
    }

    pub(super) fn take_turn(&self, host: &str) -> Result<HostPermit, StoreError> {
        self.connection.with(|link| {
            if link.execute(TAKE_TURN, &[&host, &self.worker, &self.lease_seconds()])? == 1 {
                return Ok(HostPermit::Now);
            }
            let Some(row) = link.query_opt(LOOK_AT_TURN, &[&host])? else {
                link.execute(NAME_TURN, &[&host])?;
                let taken = link.execute(TAKE_TURN, &[&host, &self.worker, &self.lease_seconds()])? == 1;
                return Ok(if taken { HostPermit::Now } else { HostPermit::Later(BUSY) });
            };
            if let Some(until) = row.try_get::<_, Option<Timestamp>>(0)? {
                return Ok(HostPermit::Paused(until));
            }
            let wait = Duration::try_from_secs_f64(row.try_get(1)?).unwrap_or(BUSY);
            Ok(HostPermit::Later(if wait.is_zero() { BUSY } else { wait }))
        })
    }

    pub(super) fn end_turn(&self, host: &str, since_arrival: Duration, gap: Duration) -> Result<(), StoreError> {
        let (since_arrival, gap) = (since_arrival.as_secs_f64(), gap.as_secs_f64());
        self.connection.with(|link| link.execute(END_TURN, &[&host, &self.worker, &since_arrival, &gap]).map(drop))
    }

    pub(super) fn slow_down(&self, host: &str, delay: Duration, paused: Option<Timestamp>) -> Result<(), StoreError> {
        self.connection.with(|link| link.execute(SLOW_DOWN, &[&host, &delay.as_secs_f64(), &paused]).map(drop))
    }
}
