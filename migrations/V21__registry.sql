-- Programs that are registered as agents. Who they are stands in `agents`: `user_id` is the owner.
CREATE TABLE registrations (
    agent_id TEXT NOT NULL PRIMARY KEY,
    handle TEXT NOT NULL UNIQUE,
    about TEXT NOT NULL,
    resource_id TEXT,
    capabilities TEXT NOT NULL,
    preferences TEXT NOT NULL,
    is_direct BOOLEAN NOT NULL,
    is_group BOOLEAN NOT NULL,
    is_discoverable BOOLEAN NOT NULL,
    claimed TEXT NOT NULL,
    lease_until BIGINT NOT NULL,
    active_at BIGINT
);
CREATE INDEX agents_by_owner ON agents (user_id, kind, id) WHERE user_id IS NOT NULL;
-- One program plays for a user, and one for a room or a thing.
CREATE UNIQUE INDEX agents_playing ON agents (user_id) WHERE kind = 'personal' AND state = 'active';
CREATE UNIQUE INDEX registrations_of_resource ON registrations (resource_id) WHERE resource_id IS NOT NULL;
CREATE INDEX registrations_by_lease ON registrations (lease_until);

-- Whom an agent trusts, and whom it wants nothing of.
CREATE TABLE agent_relations (
    agent_id TEXT NOT NULL,
    other_id TEXT NOT NULL,
    relation TEXT NOT NULL,
    PRIMARY KEY (agent_id, other_id)
);
CREATE INDEX agent_relations_by_other ON agent_relations (other_id);

-- What agents prove themselves with.
CREATE TABLE agent_keys (
    id TEXT NOT NULL PRIMARY KEY,
    agent_id TEXT NOT NULL,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    secret_hash TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    used_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX agent_keys_by_agent ON agent_keys (agent_id, id);
CREATE INDEX agent_keys_by_revocation ON agent_keys (revoked_at) WHERE revoked_at IS NOT NULL;

-- What the house signs its agents' tokens with.
CREATE TABLE signing_keys (
    id TEXT NOT NULL PRIMARY KEY,
    public BYTEA NOT NULL,
    sealed BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    retired_at BIGINT
);
CREATE INDEX signing_keys_by_age ON signing_keys (created_at);

-- Named groups of users, filled by administrators.
CREATE TABLE roles (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    about TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE TABLE role_members (
    role_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    PRIMARY KEY (role_id, user_id)
);
CREATE INDEX role_members_by_user ON role_members (user_id, role_id);

-- Which program plays for whom in which session that goes on.
CREATE TABLE agent_engagements (
    session_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    agent_id TEXT NOT NULL,
    PRIMARY KEY (session_id, user_id)
);
CREATE INDEX agent_engagements_by_agent ON agent_engagements (agent_id);
-- Which program said it; none: the person, or the agent that the house plays for them.
ALTER TABLE session_messages ADD COLUMN agent_id TEXT;
