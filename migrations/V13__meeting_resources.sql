-- The rooms and things of a meeting: each answers by itself. What it was let go for stays, so that its page can say so.
CREATE TABLE meeting_resources (
    meeting_id TEXT NOT NULL REFERENCES meetings (id),
    agent_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    let_go_at BIGINT,
    start_at BIGINT NOT NULL,
    PRIMARY KEY (meeting_id, agent_id)
);
CREATE INDEX meeting_resources_by_agent ON meeting_resources (agent_id, start_at, meeting_id);

-- The rooms and things that a booking link takes, as JSON.
ALTER TABLE booking_links ADD COLUMN resources TEXT NOT NULL DEFAULT '[]';
