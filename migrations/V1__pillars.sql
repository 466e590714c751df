-- The journal: one row per thing that happened, in order, each chained to the one before.
CREATE TABLE journal (
    number BIGINT NOT NULL PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    road TEXT NOT NULL,
    trace TEXT NOT NULL,
    subject TEXT,
    object TEXT,
    amount BIGINT,
    data TEXT,
    salt BYTEA,
    data_hash TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE INDEX journal_by_subject ON journal (subject, number);
CREATE INDEX journal_by_kind ON journal (kind, number);
CREATE INDEX journal_by_at ON journal (at);

-- Signed heads of the journal, and where a pruned journal begins.
CREATE TABLE checkpoints (
    number BIGINT NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL,
    at BIGINT NOT NULL,
    signature TEXT NOT NULL,
    pruned BOOLEAN NOT NULL
);

-- Where each follower of the journal has got to, and what it set aside.
CREATE TABLE followers (
    name TEXT NOT NULL PRIMARY KEY,
    cursor_number BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE TABLE set_aside (
    follower TEXT NOT NULL,
    number BIGINT NOT NULL,
    error TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (follower, number)
);

-- Live work only: when work ends its row goes.
CREATE TABLE queue (
    id TEXT NOT NULL PRIMARY KEY,
    topic TEXT NOT NULL,
    unique_key TEXT,
    ordering_key TEXT,
    priority BIGINT NOT NULL,
    rank BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    expires_at BIGINT,
    attempts BIGINT NOT NULL,
    leased_by TEXT,
    leased_until BIGINT,
    error TEXT,
    trace TEXT NOT NULL,
    payload TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX queue_by_key ON queue (topic, unique_key) WHERE unique_key IS NOT NULL;
CREATE INDEX queue_ready ON queue (topic, rank, id) WHERE leased_by IS NULL;
CREATE INDEX queue_order ON queue (topic, ordering_key, id) WHERE ordering_key IS NOT NULL;
CREATE INDEX queue_leased ON queue (leased_until) WHERE leased_by IS NOT NULL;
CREATE INDEX queue_expiry ON queue (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE dead_letters (
    id TEXT NOT NULL PRIMARY KEY,
    topic TEXT NOT NULL,
    unique_key TEXT,
    ordering_key TEXT,
    priority BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    reason TEXT NOT NULL,
    error TEXT,
    trace TEXT NOT NULL,
    payload TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    died_at BIGINT NOT NULL
);
CREATE INDEX dead_letters_by_topic ON dead_letters (topic, died_at);
CREATE INDEX dead_letters_by_key ON dead_letters (topic, unique_key) WHERE unique_key IS NOT NULL;

-- Topics that are not worked on until an administrator releases them.
CREATE TABLE held_topics (
    topic TEXT NOT NULL PRIMARY KEY,
    reason TEXT NOT NULL,
    since BIGINT NOT NULL
);
