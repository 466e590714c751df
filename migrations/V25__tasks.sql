-- What programs take on besides what everybody can be asked, each with a schema of what it is sent.
CREATE TABLE task_types (
    id TEXT NOT NULL PRIMARY KEY,
    agent_id TEXT NOT NULL,
    name TEXT NOT NULL,
    about TEXT NOT NULL,
    payload TEXT NOT NULL,
    result TEXT,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX task_types_by_name ON task_types (agent_id, name);

-- Work that one agent asks of another. `user_id` and `agent_id` say who is asked, or took it on; of a role nobody did yet.
-- What was said is sealed. `version` rises with every change.
CREATE TABLE tasks (
    id TEXT NOT NULL PRIMARY KEY,
    session_id TEXT NOT NULL,
    type TEXT NOT NULL,
    from_user_id TEXT NOT NULL,
    from_agent_id TEXT,
    to_kind TEXT NOT NULL,
    to_id TEXT NOT NULL,
    connection_id TEXT,
    user_id TEXT,
    agent_id TEXT,
    payload BYTEA NOT NULL,
    result BYTEA,
    note BYTEA,
    state TEXT NOT NULL,
    percent BIGINT,
    about_id TEXT,
    trace TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE UNIQUE INDEX tasks_by_session ON tasks (session_id);
CREATE INDEX tasks_from ON tasks (from_user_id, id);
CREATE INDEX tasks_to ON tasks (to_kind, to_id, id);
CREATE INDEX tasks_of ON tasks (user_id, id) WHERE user_id IS NOT NULL;
CREATE INDEX tasks_through ON tasks (connection_id) WHERE connection_id IS NOT NULL AND ended_at IS NULL;
CREATE INDEX tasks_about ON tasks (about_id) WHERE about_id IS NOT NULL AND ended_at IS NULL;
CREATE INDEX tasks_overdue ON tasks (due_at) WHERE ended_at IS NULL;
CREATE INDEX tasks_ended ON tasks (ended_at) WHERE ended_at IS NOT NULL;

-- A decision that a person must take: one, or so many of a role.
CREATE TABLE approvals (
    id TEXT NOT NULL PRIMARY KEY,
    task_id TEXT,
    kind TEXT NOT NULL,
    about BYTEA NOT NULL,
    payload BYTEA,
    from_user_id TEXT NOT NULL,
    from_agent_id TEXT,
    of_kind TEXT NOT NULL,
    of_id TEXT NOT NULL,
    connection_id TEXT,
    needed BIGINT NOT NULL,
    state TEXT NOT NULL,
    rule_id TEXT,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX approvals_of ON approvals (of_kind, of_id, state, id);
CREATE INDEX approvals_from ON approvals (from_user_id, id);
CREATE INDEX approvals_of_task ON approvals (task_id, id) WHERE task_id IS NOT NULL;
CREATE INDEX approvals_through ON approvals (connection_id) WHERE connection_id IS NOT NULL AND ended_at IS NULL;
CREATE INDEX approvals_overdue ON approvals (due_at) WHERE ended_at IS NULL;
CREATE INDEX approvals_ended ON approvals (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE approval_votes (
    approval_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    choice TEXT NOT NULL,
    note BYTEA,
    road TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (approval_id, user_id)
);
CREATE INDEX approval_votes_by_user ON approval_votes (user_id, approval_id);

-- What is decided by itself, because whoever would be asked said so. `whose` is the connection, or `own`: one's own programs.
CREATE TABLE approval_rules (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    connection_id TEXT,
    whose TEXT NOT NULL,
    kind TEXT NOT NULL,
    decision TEXT NOT NULL,
    after_minutes BIGINT NOT NULL,
    until BIGINT,
    uses BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX approval_rules_one ON approval_rules (user_id, whose, kind);
CREATE INDEX approval_rules_through ON approval_rules (connection_id) WHERE connection_id IS NOT NULL;
CREATE INDEX approval_rules_until ON approval_rules (until) WHERE until IS NOT NULL;

-- What whoever began a session keeps beside it, sealed: a JSON object.
ALTER TABLE sessions ADD COLUMN metadata BYTEA;
