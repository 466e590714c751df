-- What a person should know, learnt from the journal. `place` counts one person's notices; `turn` rises with every
-- change of any, so that one reader finds out whose changed.
CREATE TABLE notices (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    place BIGINT NOT NULL,
    turn BIGINT NOT NULL,
    number BIGINT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    matter TEXT,
    about TEXT,
    facts TEXT NOT NULL,
    mail TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    read_at BIGINT,
    settled_at BIGINT
);
CREATE UNIQUE INDEX notices_once ON notices (user_id, number, kind);
CREATE UNIQUE INDEX notices_by_place ON notices (user_id, place);
CREATE INDEX notices_unread ON notices (user_id, place) WHERE read_at IS NULL;
CREATE INDEX notices_by_turn ON notices (turn);
CREATE INDEX notices_open ON notices (matter) WHERE matter IS NOT NULL AND settled_at IS NULL;
CREATE INDEX notices_about ON notices (about) WHERE about IS NOT NULL;
CREATE INDEX notices_by_age ON notices (created_at);

-- How far each person's notices were counted, and up to which the digest has told.
CREATE TABLE notice_readers (
    user_id TEXT NOT NULL PRIMARY KEY,
    place BIGINT NOT NULL,
    digested BIGINT NOT NULL
);

-- The newest turn: one row.
CREATE TABLE notice_turns (
    name TEXT NOT NULL PRIMARY KEY,
    turn BIGINT NOT NULL
);

-- What is mailed, where it was chosen otherwise than usual.
CREATE TABLE notice_preferences (
    user_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    road TEXT NOT NULL,
    PRIMARY KEY (user_id, kind)
);

-- When: minutes from local midnight.
CREATE TABLE notice_hours (
    user_id TEXT NOT NULL PRIMARY KEY,
    quiet_from BIGINT,
    quiet_until BIGINT,
    digest_at BIGINT NOT NULL,
    remind_minutes BIGINT
);

-- Notices begin with what happens from now on: nobody is told of a house's past.
INSERT INTO followers (name, cursor_number, failures, updated_at)
    SELECT 'notices', MAX(number), 0, 0 FROM journal HAVING MAX(number) IS NOT NULL;
