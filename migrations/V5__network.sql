-- Who is connected with whom, or asked to be. A pair has one live row; `pair_key` is both address hashes, sorted.
CREATE TABLE connections (
    id TEXT NOT NULL PRIMARY KEY,
    inviter_id TEXT NOT NULL,
    inviter_hash TEXT NOT NULL,
    invitee_id TEXT,
    invitee_address TEXT,
    invitee_hash TEXT NOT NULL,
    pair_key TEXT NOT NULL,
    state TEXT NOT NULL,
    silenced BIGINT NOT NULL,
    declined_at BIGINT,
    words TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    connected_at BIGINT,
    ended_at BIGINT,
    ended_by TEXT
);
CREATE UNIQUE INDEX connections_live ON connections (pair_key) WHERE state IN ('invited', 'connected');
CREATE INDEX connections_by_inviter ON connections (inviter_id, id);
CREATE INDEX connections_by_invitee ON connections (invitee_hash, id);
CREATE INDEX connections_between ON connections (inviter_id, invitee_id) WHERE state = 'connected';
CREATE INDEX connections_overdue ON connections (expires_at) WHERE state = 'invited';

-- Whose invitations somebody does not want to see any more.
CREATE TABLE blocks (
    user_id TEXT NOT NULL,
    address_hash TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, address_hash)
);
CREATE INDEX blocks_by_address ON blocks (address_hash);

-- What one side of a connection lets the other's agent know and do.
CREATE TABLE grants (
    connection_id TEXT NOT NULL,
    grantor_id TEXT NOT NULL,
    scopes TEXT NOT NULL,
    reveal TEXT NOT NULL,
    constraints TEXT NOT NULL,
    ends_at BIGINT,
    version BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (connection_id, grantor_id)
);
CREATE INDEX grants_by_grantor ON grants (grantor_id);

-- Every question about somebody's time or profile, whatever the answer was.
CREATE TABLE questions (
    id TEXT NOT NULL PRIMARY KEY,
    connection_id TEXT,
    asker_id TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    purpose TEXT NOT NULL,
    outcome TEXT NOT NULL,
    shown TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    trace TEXT NOT NULL
);
CREATE INDEX questions_by_subject ON questions (subject_id, id);
CREATE INDEX questions_by_asker ON questions (asker_id);
CREATE INDEX questions_by_age ON questions (asked_at);
