-- A bounded exchange between agents. `version` rises with every change.
CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    phase TEXT NOT NULL,
    state TEXT NOT NULL,
    purpose TEXT NOT NULL,
    initiator_id TEXT NOT NULL,
    want TEXT NOT NULL,
    rounds BIGINT NOT NULL,
    rounds_max BIGINT NOT NULL,
    places BIGINT NOT NULL,
    chosen TEXT,
    meeting_id TEXT,
    reason TEXT,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX sessions_overdue ON sessions (expires_at) WHERE ended_at IS NULL;
CREATE INDEX sessions_ended ON sessions (ended_at) WHERE ended_at IS NOT NULL;

-- Who takes part; the initiator is a party too.
CREATE TABLE session_parties (
    session_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    connection_id TEXT,
    role TEXT NOT NULL,
    standing TEXT NOT NULL,
    proposal_id TEXT,
    PRIMARY KEY (session_id, user_id)
);
CREATE INDEX session_parties_by_user ON session_parties (user_id, session_id);
CREATE INDEX session_parties_by_connection ON session_parties (connection_id) WHERE connection_id IS NOT NULL;

-- The transcript: 1, 2, 3, … of one session.
CREATE TABLE session_messages (
    id TEXT NOT NULL PRIMARY KEY,
    session_id TEXT NOT NULL,
    place BIGINT NOT NULL,
    author_id TEXT,
    by_person BIGINT NOT NULL,
    type TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX session_messages_in_order ON session_messages (session_id, place);

-- The times that were named.
CREATE TABLE session_proposals (
    id TEXT NOT NULL PRIMARY KEY,
    session_id TEXT NOT NULL,
    round BIGINT NOT NULL,
    author_id TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    state TEXT NOT NULL
);
CREATE INDEX session_proposals_of ON session_proposals (session_id, id);

-- A booking between its two phases: one of a session at most.
CREATE TABLE session_bookings (
    session_id TEXT NOT NULL PRIMARY KEY,
    proposal_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    deadline_at BIGINT NOT NULL
);
CREATE INDEX session_bookings_overdue ON session_bookings (deadline_at);
