-- Where programs of people are told of what happens. `receiver` is sealed: the address and what is signed with.
CREATE TABLE webhooks (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    agent_id TEXT,
    kinds TEXT NOT NULL,
    receiver BYTEA NOT NULL,
    state TEXT NOT NULL,
    failing_since BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX webhooks_by_user ON webhooks (user_id, id);
CREATE INDEX webhooks_by_agent ON webhooks (agent_id) WHERE agent_id IS NOT NULL;

-- What each was told, or is to be told.
CREATE TABLE webhook_events (
    id TEXT NOT NULL PRIMARY KEY,
    webhook_id TEXT NOT NULL,
    entry_id TEXT,
    kind TEXT NOT NULL,
    data TEXT NOT NULL,
    happened_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    tried_at BIGINT,
    status BIGINT,
    error TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE UNIQUE INDEX webhook_events_of_entry ON webhook_events (webhook_id, entry_id);
CREATE INDEX webhook_events_by_webhook ON webhook_events (webhook_id, id);
CREATE INDEX webhook_events_waiting ON webhook_events (webhook_id, id) WHERE ended_at IS NULL;
CREATE INDEX webhook_events_by_expiry ON webhook_events (expires_at) WHERE ended_at IS NULL;
CREATE INDEX webhook_events_by_end ON webhook_events (ended_at) WHERE ended_at IS NOT NULL;
