-- Where calendars lie that are read, with what lets us in: sealed, an address of a feed being a secret as well.
CREATE TABLE calendar_accounts (
    id TEXT NOT NULL PRIMARY KEY,
    holder_id TEXT NOT NULL,
    provider TEXT NOT NULL,
    name TEXT NOT NULL,
    server TEXT NOT NULL,
    access BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX calendar_accounts_by_holder ON calendar_accounts (holder_id);

-- Where somebody's busy time comes from. `edition` rises whenever a reading under way would no longer fit.
CREATE TABLE sources (
    id TEXT NOT NULL PRIMARY KEY,
    holder_id TEXT NOT NULL,
    account_id TEXT,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    path TEXT NOT NULL,
    place_hash TEXT NOT NULL,
    zone TEXT NOT NULL,
    counts BIGINT NOT NULL,
    writable BIGINT NOT NULL,
    writes BIGINT NOT NULL,
    edition BIGINT NOT NULL,
    mark TEXT NOT NULL,
    read_at BIGINT,
    tried_at BIGINT,
    failures BIGINT NOT NULL,
    next_at BIGINT,
    problem TEXT,
    problem_words TEXT NOT NULL,
    is_told BIGINT NOT NULL,
    total BIGINT NOT NULL,
    free BIGINT NOT NULL,
    faults TEXT NOT NULL,
    faults_total BIGINT NOT NULL,
    known_until BIGINT,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX sources_by_place ON sources (holder_id, place_hash);
CREATE INDEX sources_by_account ON sources (account_id) WHERE account_id IS NOT NULL;
CREATE UNIQUE INDEX sources_written_to ON sources (holder_id) WHERE writes = 1;
CREATE INDEX sources_due ON sources (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX sources_known ON sources (known_until) WHERE known_until IS NOT NULL;

-- What was read of each object of a source; of a feed, which is one object, `href` is empty.
CREATE TABLE source_objects (
    source_id TEXT NOT NULL,
    href TEXT NOT NULL,
    etag TEXT NOT NULL,
    total BIGINT NOT NULL,
    free BIGINT NOT NULL,
    faults TEXT NOT NULL,
    faults_total BIGINT NOT NULL,
    PRIMARY KEY (source_id, href)
);

-- Events that take time, as skeletons: no title, no place, no address.
CREATE TABLE source_events (
    source_id TEXT NOT NULL,
    href TEXT NOT NULL,
    uid TEXT NOT NULL,
    instance TEXT NOT NULL,
    kind TEXT NOT NULL,
    skeleton TEXT NOT NULL,
    PRIMARY KEY (source_id, href, uid, instance)
);

-- Time that is taken, of sources that count. No row is longer than two days: longer time is laid in pieces.
CREATE TABLE busy (
    source_id TEXT NOT NULL,
    href TEXT NOT NULL,
    uid TEXT NOT NULL,
    instance TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    tentative BIGINT NOT NULL,
    holder_id TEXT NOT NULL,
    PRIMARY KEY (source_id, href, uid, instance, starts_at)
);
CREATE INDEX busy_by_holder ON busy (holder_id, starts_at, ends_at, tentative);

-- Time that is reserved for a while, in pieces as well.
CREATE TABLE holds (
    id TEXT NOT NULL PRIMARY KEY,
    holder_id TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    subject TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX holds_by_holder ON holds (holder_id, starts_at);
CREATE INDEX holds_by_subject ON holds (subject);
CREATE INDEX holds_by_expiry ON holds (expires_at);

-- Zones that changed before, and accounts that were made before, are seen to at start.
INSERT INTO followers (name, cursor_number, failures, updated_at)
    SELECT 'calendar', MAX(number), 0, 0 FROM journal HAVING MAX(number) IS NOT NULL;
INSERT INTO followers (name, cursor_number, failures, updated_at)
    SELECT 'occupancy', MAX(number), 0, 0 FROM journal HAVING MAX(number) IS NOT NULL;
