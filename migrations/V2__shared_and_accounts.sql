-- Secrets that let their bearer do one thing. The secret itself is derived, never stored.
CREATE TABLE links (
    id TEXT NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL,
    secret_hash TEXT NOT NULL UNIQUE,
    address_hash TEXT NOT NULL,
    meeting_id TEXT,
    participant_id TEXT,
    proposal_id TEXT,
    user_id TEXT,
    detail TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    replaced_at BIGINT
);
CREATE INDEX links_by_participant ON links (participant_id, purpose) WHERE participant_id IS NOT NULL;
CREATE INDEX links_by_proposal ON links (proposal_id) WHERE proposal_id IS NOT NULL;
CREATE INDEX links_by_user ON links (user_id, purpose) WHERE user_id IS NOT NULL;
CREATE INDEX links_by_expiry ON links (expires_at);

-- What was spent of a budget in its present window.
CREATE TABLE budgets (
    budget TEXT NOT NULL,
    spender TEXT NOT NULL,
    window_start BIGINT NOT NULL,
    spent BIGINT NOT NULL,
    PRIMARY KEY (budget, spender)
);
CREATE INDEX budgets_by_window ON budgets (window_start);

-- Mails that left or are to leave: frozen facts, and what became of them.
CREATE TABLE letters (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    unique_key TEXT NOT NULL UNIQUE,
    meeting_id TEXT,
    participant_id TEXT,
    address TEXT NOT NULL,
    address_hash TEXT NOT NULL,
    message_id TEXT NOT NULL UNIQUE,
    letter TEXT NOT NULL,
    sealed_bytes BYTEA,
    sealed_calendar BYTEA,
    state TEXT NOT NULL,
    detail TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    sent_at BIGINT,
    keep_until BIGINT NOT NULL
);
CREATE INDEX letters_by_participant ON letters (participant_id, created_at) WHERE participant_id IS NOT NULL;
CREATE INDEX letters_by_address ON letters (address_hash, created_at);
CREATE INDEX letters_by_meeting ON letters (meeting_id) WHERE meeting_id IS NOT NULL;
CREATE INDEX letters_by_keep ON letters (keep_until);
CREATE INDEX letters_by_state ON letters (state, created_at);

-- Messages that came in, by whichever road, each with its outcome.
CREATE TABLE inbound_messages (
    id TEXT NOT NULL PRIMARY KEY,
    road TEXT NOT NULL,
    message_id TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT,
    meeting_id TEXT,
    participant_id TEXT,
    method TEXT,
    partstat TEXT,
    sequence BIGINT,
    authenticity TEXT,
    sealed_raw BYTEA,
    size_bytes BIGINT NOT NULL,
    keep_until BIGINT NOT NULL,
    trace TEXT NOT NULL
);
CREATE UNIQUE INDEX inbound_once ON inbound_messages (message_id, content_hash);
CREATE INDEX inbound_by_time ON inbound_messages (received_at);
CREATE INDEX inbound_by_keep ON inbound_messages (keep_until);
CREATE INDEX inbound_by_meeting ON inbound_messages (meeting_id, received_at) WHERE meeting_id IS NOT NULL;

-- How far each folder of the organizer's mailbox was read.
CREATE TABLE mailbox_cursors (
    mailbox TEXT NOT NULL,
    folder TEXT NOT NULL,
    uid_validity BIGINT NOT NULL,
    uid BIGINT NOT NULL,
    read_at BIGINT NOT NULL,
    PRIMARY KEY (mailbox, folder)
);

-- Addresses that asked never to be written to.
CREATE TABLE suppressions (
    address_hash TEXT NOT NULL PRIMARY KEY,
    created_at BIGINT NOT NULL
);

-- The mailroom: what each person's mailbox holds while there is no mail server.
CREATE TABLE mailroom (
    id TEXT NOT NULL PRIMARY KEY,
    address_key TEXT NOT NULL,
    message_id TEXT NOT NULL UNIQUE,
    sealed_raw BYTEA NOT NULL,
    received_at BIGINT NOT NULL
);
CREATE INDEX mailroom_by_address ON mailroom (address_key, received_at);
CREATE INDEX mailroom_by_age ON mailroom (received_at);

-- Facts about the running house that outlive it: the result of the probe, incidents that were told.
CREATE TABLE facts (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL,
    at BIGINT NOT NULL
);

-- Answers already given to calls with an idempotency key.
CREATE TABLE idempotency (
    caller TEXT NOT NULL,
    route TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    body_hash TEXT NOT NULL,
    status BIGINT NOT NULL,
    answer TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (caller, route, idempotency_key)
);
CREATE INDEX idempotency_by_age ON idempotency (created_at);

-- Accounts.
CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    address TEXT NOT NULL,
    address_key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    disabled_at BIGINT
);
CREATE INDEX users_by_role ON users (role);

CREATE TABLE sign_ins (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    secret_hash TEXT NOT NULL UNIQUE,
    agent TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sign_ins_by_user ON sign_ins (user_id, created_at);
CREATE INDEX sign_ins_by_expiry ON sign_ins (expires_at);

CREATE TABLE tokens (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT REFERENCES users (id),
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    secret_hash TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    used_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX tokens_by_user ON tokens (user_id, created_at) WHERE user_id IS NOT NULL;
