-- Several decide together: a session of kind `group`, with members fixed when it begins. Shares are in thousandths.
CREATE TABLE group_decisions (
    session_id TEXT NOT NULL PRIMARY KEY,
    initiator_id TEXT NOT NULL,
    agent_id TEXT,
    question BYTEA NOT NULL,
    mode TEXT NOT NULL,
    subject TEXT NOT NULL,
    want TEXT,
    members BIGINT NOT NULL,
    quorum BIGINT NOT NULL,
    threshold BIGINT NOT NULL,
    rounds_max BIGINT NOT NULL,
    round BIGINT NOT NULL,
    turn BIGINT,
    turn_seconds BIGINT NOT NULL,
    on_silence TEXT NOT NULL,
    step_ends_at BIGINT NOT NULL,
    open_until_at BIGINT,
    deadline_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    outcome TEXT,
    candidate_id TEXT,
    booking_id TEXT,
    meeting_id TEXT,
    result TEXT,
    reason TEXT,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX group_decisions_booking ON group_decisions (booking_id) WHERE booking_id IS NOT NULL;
CREATE INDEX group_decisions_ended ON group_decisions (ended_at) WHERE ended_at IS NOT NULL;

-- Who decides, and through which connection with whoever began it. `agent_id`: the program that is asked for them.
CREATE TABLE group_members (
    session_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    agent_id TEXT,
    connection_id TEXT,
    position BIGINT NOT NULL,
    asked_at BIGINT,
    left_at BIGINT,
    PRIMARY KEY (session_id, user_id)
);
CREATE INDEX group_members_by_user ON group_members (user_id, session_id);
CREATE INDEX group_members_by_connection ON group_members (connection_id) WHERE connection_id IS NOT NULL;
CREATE INDEX group_members_by_agent ON group_members (agent_id) WHERE agent_id IS NOT NULL;

-- What is voted on. `round`: in which it came up.
CREATE TABLE group_candidates (
    id TEXT NOT NULL PRIMARY KEY,
    session_id TEXT NOT NULL,
    round BIGINT NOT NULL,
    position BIGINT NOT NULL,
    label BYTEA,
    starts_at BIGINT,
    ends_at BIGINT,
    state TEXT NOT NULL
);
CREATE UNIQUE INDEX group_candidates_of ON group_candidates (session_id, position);

-- Every answer ever given: the last revision of a member in a round counts, unless it came late.
CREATE TABLE group_answers (
    id TEXT NOT NULL PRIMARY KEY,
    session_id TEXT NOT NULL,
    round BIGINT NOT NULL,
    user_id TEXT NOT NULL,
    revision BIGINT NOT NULL,
    votes TEXT NOT NULL,
    text BYTEA,
    is_late BOOLEAN NOT NULL,
    by_person BOOLEAN NOT NULL,
    agent_id TEXT,
    road TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX group_answers_in_order ON group_answers (session_id, round, user_id, revision);
CREATE INDEX group_answers_by_user ON group_answers (user_id, session_id);

-- The group decision that a scheduling session books; null: none.
ALTER TABLE sessions ADD COLUMN group_id TEXT;
