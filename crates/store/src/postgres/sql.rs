//! Statements that more than one part of the engine asks.

/// The placement lock: one worker places at a time.
pub(super) const LOCK_PLACING: &str =
    "SELECT pg_advisory_xact_lock(hashtextextended('samestory.placing ' || current_schema(), 0))";
pub(super) const COUNTERS: &str = "SELECT sequence, placed FROM meta FOR UPDATE";
pub(super) const PLACEMENTS: &str = "SELECT body FROM placement WHERE document = ANY($1) AND body IS NOT NULL";
pub(super) const PUT_STORIES: &str = "INSERT INTO story (id, born, grown, published, last, documents, bytes, body, view) \
     SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], \
     $7::bigint[], $8::bytea[], $9::bytea[]) ON CONFLICT (id) DO UPDATE SET born = excluded.born, \
     grown = excluded.grown, published = excluded.published, last = excluded.last, documents = excluded.documents, \
     bytes = excluded.bytes, body = excluded.body, view = excluded.view";

/// The lock under which a schema's form changes, and partitions come and go.
pub(super) const LOCK_FORM: &str =
    "SELECT pg_advisory_xact_lock(hashtextextended('samestory.form ' || current_schema(), 0))";
