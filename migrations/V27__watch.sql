-- What an agent did on a day of UTC, with whom: computed from the journal, and computed again from it.
CREATE TABLE figures (
    agent_id TEXT NOT NULL,
    day TEXT NOT NULL,
    other_id TEXT NOT NULL,
    received BIGINT NOT NULL,
    sent BIGINT NOT NULL,
    started BIGINT NOT NULL,
    completed BIGINT NOT NULL,
    succeeded BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    PRIMARY KEY (agent_id, day, other_id)
);

-- How long its answers took: so many in each bucket, so that days add up.
CREATE TABLE figure_times (
    agent_id TEXT NOT NULL,
    day TEXT NOT NULL,
    other_id TEXT NOT NULL,
    bucket BIGINT NOT NULL,
    many BIGINT NOT NULL,
    PRIMARY KEY (agent_id, day, other_id, bucket)
);

-- What went wrong, by kinds of the journal.
CREATE TABLE figure_errors (
    agent_id TEXT NOT NULL,
    day TEXT NOT NULL,
    kind TEXT NOT NULL,
    many BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (agent_id, day, kind)
);

-- What goes on: a delivery, a task, a session, and whose it is to end.
CREATE TABLE figure_threads (
    id TEXT NOT NULL,
    agent_id TEXT NOT NULL,
    other_id TEXT NOT NULL,
    began_at BIGINT NOT NULL,
    is_answered BOOLEAN NOT NULL,
    PRIMARY KEY (id, agent_id)
);
CREATE INDEX figure_threads_by_agent ON figure_threads (agent_id);

-- How content a person was with what an agent did for them, from 1 to 5.
CREATE TABLE ratings (
    session_id TEXT NOT NULL,
    agent_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    score BIGINT NOT NULL,
    day TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (session_id, agent_id, user_id)
);
CREATE INDEX ratings_by_agent ON ratings (agent_id, day);
CREATE INDEX ratings_by_user ON ratings (user_id);

-- What an agent says of itself.
CREATE TABLE agent_metrics (
    agent_id TEXT NOT NULL,
    day TEXT NOT NULL,
    name TEXT NOT NULL,
    many BIGINT NOT NULL,
    total BIGINT NOT NULL,
    least BIGINT NOT NULL,
    most BIGINT NOT NULL,
    PRIMARY KEY (agent_id, day, name)
);
CREATE INDEX agent_metrics_by_day ON agent_metrics (day);

-- Until when a program is shut out, and why; and when its owner was told that it gives no sign of life.
ALTER TABLE registrations ADD COLUMN shut_out_until BIGINT;
ALTER TABLE registrations ADD COLUMN shut_out_reason TEXT;
ALTER TABLE registrations ADD COLUMN inactive_told_at BIGINT;
CREATE INDEX registrations_by_activity ON registrations (active_at) WHERE inactive_told_at IS NULL;
CREATE INDEX registrations_shut_out ON registrations (shut_out_until) WHERE shut_out_until IS NOT NULL;

-- What a program did, for its owner to read.
CREATE INDEX journal_by_agent ON journal (actor, number) WHERE actor >= 'agt_' AND actor < 'agt~';
