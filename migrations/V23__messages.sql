-- Conversations: sessions of another kind. Their members are agents; what they say is kept for a while and then erased.
CREATE TABLE conversations (
    session_id TEXT NOT NULL PRIMARY KEY,
    shape TEXT NOT NULL,
    request TEXT NOT NULL,
    agent_id TEXT NOT NULL,
    topic BYTEA,
    urgency BIGINT NOT NULL,
    answer_minutes BIGINT,
    rights TEXT NOT NULL,
    keep_days BIGINT NOT NULL,
    erase_at BIGINT
);
CREATE INDEX conversations_to_erase ON conversations (erase_at) WHERE erase_at IS NOT NULL;

CREATE TABLE conversation_members (
    session_id TEXT NOT NULL,
    agent_id TEXT NOT NULL,
    user_id TEXT,
    joined_at BIGINT NOT NULL,
    left_at BIGINT,
    PRIMARY KEY (session_id, agent_id)
);
CREATE INDEX conversation_members_by_agent ON conversation_members (agent_id, session_id);
CREATE INDEX conversation_members_by_user ON conversation_members (user_id, session_id) WHERE user_id IS NOT NULL;

-- In which conversations that go on a program is.
CREATE TABLE agent_conversations (
    session_id TEXT NOT NULL,
    agent_id TEXT NOT NULL,
    PRIMARY KEY (session_id, agent_id)
);
CREATE INDEX agent_conversations_by_agent ON agent_conversations (agent_id);

-- What was said in a conversation is sealed; `body` says nothing then.
ALTER TABLE session_messages ADD COLUMN content BYTEA;
ALTER TABLE session_messages ADD COLUMN answers TEXT;
ALTER TABLE session_messages ADD COLUMN erased_at BIGINT;

-- One message on its way to one agent. The queue's work has the same id while it lives; what became of it stands here.
CREATE TABLE deliveries (
    id TEXT NOT NULL PRIMARY KEY,
    message_id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    from_id TEXT,
    to_id TEXT NOT NULL,
    type TEXT NOT NULL,
    priority BIGINT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    error TEXT,
    attempts BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    expires_at BIGINT,
    leased_until BIGINT,
    ended_at BIGINT
);
CREATE INDEX deliveries_by_message ON deliveries (message_id);
CREATE INDEX deliveries_by_session ON deliveries (session_id);
CREATE INDEX deliveries_to ON deliveries (to_id) WHERE ended_at IS NULL;
CREATE INDEX deliveries_from ON deliveries (from_id) WHERE ended_at IS NULL;
CREATE INDEX deliveries_of_sender ON deliveries (from_id, id);
CREATE INDEX deliveries_of_recipient ON deliveries (to_id, id);
CREATE INDEX deliveries_expiring ON deliveries (expires_at) WHERE expires_at IS NOT NULL AND ended_at IS NULL;
CREATE INDEX deliveries_leased ON deliveries (leased_until) WHERE leased_until IS NOT NULL;
CREATE INDEX deliveries_ended ON deliveries (ended_at) WHERE ended_at IS NOT NULL;

-- What a message points to. The house never fetches it.
CREATE TABLE attachments (
    id TEXT NOT NULL PRIMARY KEY,
    message_id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    url BYTEA NOT NULL,
    state TEXT NOT NULL,
    reason TEXT
);
CREATE INDEX attachments_by_message ON attachments (message_id, id);
CREATE INDEX attachments_by_session ON attachments (session_id);

-- What others seal parts of messages for.
CREATE TABLE agent_public_keys (
    id TEXT NOT NULL PRIMARY KEY,
    agent_id TEXT NOT NULL,
    kid TEXT NOT NULL,
    jwk TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    retired_at BIGINT
);
CREATE UNIQUE INDEX agent_public_keys_by_name ON agent_public_keys (agent_id, kid);
