-- The store. Applied once, under a lock, in the schema that the address names (`options=-csearch_path%3Dnews`), or in
-- `public`. Never edited: what changes comes as the next number.
--
-- A `body` is a record of `store/record.rs`: a version byte, a CRC-32, postcard. Beside it stand only the columns
-- that a query looks by. Long texts (addresses, ids of items) are keyed by the first 16 bytes of their SHA-256,
-- because an entry of an index may have 2,704 bytes and a publisher's id may have more. Times of documents and
-- stories are seconds since 1970; ids are eight bytes, here with a sign.

-- One row: the counters. Whoever places locks it, so that sequence numbers become visible in their order.
CREATE TABLE meta (
    one       boolean PRIMARY KEY DEFAULT true CHECK (one),
    mark      bigint NOT NULL,
    sequence  bigint NOT NULL DEFAULT 0,
    placed    bigint NOT NULL DEFAULT 0,
    -- The last purge: whoever looked before reads its window anew.
    purged    bigint NOT NULL DEFAULT 0,
    stories   bigint NOT NULL DEFAULT 0,
    documents bigint NOT NULL DEFAULT 0,
    bytes     bigint NOT NULL DEFAULT 0,
    upkeep    timestamptz
);

-- Followed: added by command, or mirrored from a configuration.
CREATE TABLE source (
    name       text NOT NULL,
    configured boolean NOT NULL,
    body       bytea NOT NULL,
    PRIMARY KEY (name, configured)
);

CREATE TABLE state (
    source text PRIMARY KEY,
    body   bytea NOT NULL
);

CREATE TABLE item (
    key      bytea PRIMARY KEY,
    document bigint,
    body     bytea NOT NULL
);
-- A purge looks for what was made of an item.
CREATE INDEX item_document ON item (document) WHERE document IS NOT NULL;

CREATE TABLE waiting (
    key    bytea PRIMARY KEY,
    source text NOT NULL,
    body   bytea NOT NULL
);
CREATE INDEX waiting_source ON waiting (source);

CREATE TABLE host (
    name text PRIMARY KEY,
    body bytea NOT NULL
);

CREATE TABLE page (
    key  bytea PRIMARY KEY,
    body bytea NOT NULL
);

CREATE TABLE address (
    key      bytea PRIMARY KEY,
    host     text NOT NULL,
    document bigint NOT NULL,
    body     bytea NOT NULL
);
CREATE INDEX address_host ON address (host);
CREATE INDEX address_document ON address (document);

CREATE TABLE word (
    number bigint PRIMARY KEY,
    body   bytea NOT NULL
);

-- Documents with what they are compared by: nine tenths of a store. A partition a week, made as it is needed
-- and dropped whole once nothing in it is kept.
CREATE TABLE document (
    id       bigint NOT NULL,
    time     bigint NOT NULL,
    body     bytea NOT NULL,
    features bytea NOT NULL,
    PRIMARY KEY (id, time)
) PARTITION BY RANGE (time);
ALTER TABLE document ALTER COLUMN features SET STORAGE EXTERNAL;

-- Where each document is: a small row, found by its id alone, that says in which partition the large one lies.
CREATE TABLE placement (
    document bigint PRIMARY KEY,
    time     bigint NOT NULL,
    placed   bigint NOT NULL,
    bytes    bigint NOT NULL,
    sequence bigint NOT NULL,
    address  bytea NOT NULL,
    article  bigint,
    story    bigint,
    body     bytea
);
CREATE INDEX placement_time ON placement (time, placed);
CREATE INDEX placement_sequence ON placement (sequence);
CREATE INDEX placement_story ON placement (story);
CREATE INDEX placement_article ON placement (article);
CREATE INDEX placement_address ON placement (address);

CREATE TABLE story (
    id        bigint PRIMARY KEY,
    born      bigint NOT NULL,
    grown     bigint NOT NULL,
    changed   bigint NOT NULL GENERATED ALWAYS AS (greatest(born, grown)) STORED,
    published bigint NOT NULL,
    last      bigint NOT NULL,
    documents bigint NOT NULL,
    bytes     bigint NOT NULL,
    body      bytea NOT NULL,
    view      bytea NOT NULL
);
-- What `list` reads by: the latest published first, of one time in the order of their ids (as unsigned numbers).
CREATE INDEX story_published ON story (published DESC, (id < 0), id);
CREATE INDEX story_changed ON story (changed);
CREATE INDEX story_last ON story (last);

CREATE TABLE story_alias (
    gone bigint PRIMARY KEY,
    kept bigint NOT NULL
);
CREATE INDEX story_alias_kept ON story_alias (kept);

CREATE TABLE article_alias (
    gone bigint PRIMARY KEY,
    kept bigint NOT NULL
);
CREATE INDEX article_alias_kept ON article_alias (kept);

-- Hashes of items and addresses that are not kept any more.
CREATE TABLE purged (
    hash bigint PRIMARY KEY
);

-- Records of kinds that this version does not know, from the backup of a later one.
CREATE TABLE record (
    key   bytea PRIMARY KEY,
    value bytea NOT NULL
);

-- Small texts by name that are swapped whole: where readers and the notifier stand.
CREATE TABLE note (
    name  text PRIMARY KEY,
    text  text NOT NULL,
    moved timestamptz NOT NULL DEFAULT now()
);

-- Who works on this store. `last_commit` tells a worker whose connection broke whether its commit was made.
CREATE TABLE worker (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL,
    last_commit bigint NOT NULL DEFAULT 0,
    seen        timestamptz NOT NULL DEFAULT now()
);

-- What a worker works on, until when nobody else does. A worker that died lets its lease run out.
CREATE TABLE claim (
    kind   smallint NOT NULL,
    name   text NOT NULL,
    worker bigint,
    until  timestamptz,
    PRIMARY KEY (kind, name)
);
CREATE INDEX claim_worker ON claim (worker) WHERE worker IS NOT NULL;

-- Turns at hosts: one connection and one gap for all workers together.
CREATE TABLE turn (
    host   text PRIMARY KEY,
    worker bigint,
    until  timestamptz,
    next   timestamptz NOT NULL DEFAULT '-infinity',
    delay  double precision NOT NULL DEFAULT 0,
    paused timestamptz
);
CREATE INDEX turn_worker ON turn (worker) WHERE worker IS NOT NULL;
