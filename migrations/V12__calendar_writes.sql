-- What the house has laid into calendars of its users, or is about to: one event of one participant. `laid` is what it said when
-- the house wrote it last, `tried` what a write that was begun says; `access` stands only in what is to be taken out.
CREATE TABLE calendar_writes (
    participant_id TEXT NOT NULL PRIMARY KEY,
    holder_id TEXT NOT NULL,
    source_id TEXT NOT NULL,
    href TEXT NOT NULL,
    uid TEXT NOT NULL,
    state TEXT NOT NULL,
    etag TEXT,
    laid TEXT,
    tried TEXT,
    begun_at BIGINT,
    access BYTEA,
    keep_until BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX calendar_writes_of_source ON calendar_writes (source_id, href);
CREATE INDEX calendar_writes_of_holder ON calendar_writes (holder_id);
CREATE INDEX calendar_writes_ended ON calendar_writes (keep_until);

-- Why a source that is written to did not take an event, until it takes one again.
ALTER TABLE sources ADD COLUMN write_problem TEXT;
ALTER TABLE sources ADD COLUMN write_words TEXT;
ALTER TABLE sources ADD COLUMN write_failed_at BIGINT;

-- The ids that the meeting and those at it will have, while their events lie in calendars already.
ALTER TABLE session_bookings ADD COLUMN reserved TEXT;
