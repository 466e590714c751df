CREATE TABLE meetings (
    id TEXT NOT NULL PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE,
    sequence BIGINT NOT NULL,
    edition BIGINT NOT NULL,
    status TEXT NOT NULL,
    title TEXT NOT NULL,
    location TEXT NOT NULL,
    description TEXT NOT NULL,
    start_at BIGINT NOT NULL,
    end_at BIGINT NOT NULL,
    time_zone TEXT NOT NULL,
    decline TEXT NOT NULL,
    approval TEXT NOT NULL,
    token_mode TEXT NOT NULL,
    owner_id TEXT,
    created_at BIGINT NOT NULL,
    revised_at BIGINT NOT NULL,
    cancelled_at BIGINT
);
CREATE INDEX meetings_by_start ON meetings (start_at, id);
CREATE INDEX meetings_by_owner ON meetings (owner_id, start_at, id) WHERE owner_id IS NOT NULL;

-- Where a meeting stood before it was moved: a reply that names an older start is an old reply.
CREATE TABLE revisions (
    meeting_id TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    start_at BIGINT NOT NULL,
    end_at BIGINT NOT NULL,
    revised_at BIGINT NOT NULL,
    PRIMARY KEY (meeting_id, sequence)
);

CREATE TABLE participants (
    id TEXT NOT NULL PRIMARY KEY,
    meeting_id TEXT NOT NULL REFERENCES meetings (id),
    position BIGINT NOT NULL,
    role TEXT NOT NULL,
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    address_key TEXT NOT NULL,
    time_zone TEXT,
    added_by TEXT,
    same_as TEXT,
    reply_token_hash TEXT NOT NULL UNIQUE,
    sealed_reply_token BYTEA NOT NULL,
    start_at BIGINT NOT NULL,
    erased_at BIGINT
);
CREATE UNIQUE INDEX participants_by_meeting ON participants (meeting_id, position);
CREATE INDEX participants_by_address ON participants (address_key, start_at, meeting_id);

-- Other addresses that a participant confirmed as theirs. Never shown to anybody else.
CREATE TABLE aliases (
    participant_id TEXT NOT NULL,
    address_key TEXT NOT NULL,
    PRIMARY KEY (participant_id, address_key)
);

CREATE TABLE invitations (
    id TEXT NOT NULL PRIMARY KEY,
    participant_id TEXT NOT NULL UNIQUE REFERENCES participants (id),
    meeting_id TEXT NOT NULL,
    partstat TEXT NOT NULL,
    answered_sequence BIGINT,
    answered_at BIGINT,
    answered_stamp BIGINT,
    answered_reply_time BIGINT,
    arrived_at BIGINT,
    arrived_number BIGINT,
    answered_by TEXT,
    delivery TEXT NOT NULL,
    delivery_detail TEXT,
    last_method TEXT,
    first_message_id TEXT,
    last_message_id TEXT,
    last_letter_id TEXT,
    updated_at BIGINT NOT NULL
);
CREATE INDEX invitations_by_meeting ON invitations (meeting_id);
CREATE INDEX invitations_troubled ON invitations (updated_at) WHERE delivery IN ('failed', 'bounced', 'delayed');

CREATE TABLE proposals (
    id TEXT NOT NULL PRIMARY KEY,
    meeting_id TEXT NOT NULL REFERENCES meetings (id),
    sequence BIGINT NOT NULL,
    participant_id TEXT NOT NULL,
    road TEXT NOT NULL,
    start_at BIGINT NOT NULL,
    end_at BIGINT NOT NULL,
    note TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    decided_at BIGINT,
    decided_by TEXT
);
CREATE INDEX proposals_by_meeting ON proposals (meeting_id, created_at);
CREATE INDEX proposals_pending ON proposals (expires_at) WHERE status = 'pending';

-- Whose approval a proposal waits for, and what they said.
CREATE TABLE decisions (
    proposal_id TEXT NOT NULL,
    participant_id TEXT NOT NULL,
    decision TEXT NOT NULL,
    decided_at BIGINT,
    PRIMARY KEY (proposal_id, participant_id)
);
CREATE INDEX decisions_by_participant ON decisions (participant_id, decision);

-- Replies that wait for their participant to confirm them by link.
CREATE TABLE held_replies (
    id TEXT NOT NULL PRIMARY KEY,
    meeting_id TEXT NOT NULL,
    participant_id TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    answer TEXT NOT NULL,
    alias_key TEXT,
    created_at BIGINT NOT NULL,
    settled_at BIGINT
);
CREATE INDEX held_replies_by_participant ON held_replies (participant_id, created_at);
CREATE INDEX held_replies_by_age ON held_replies (created_at);
