-- Who acts for a user, or for a room or a thing. The built-in agent of a user has the user's own UUID, and takes name,
-- zone and hours from the profile; a resource has its own.
CREATE TABLE agents (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    user_id TEXT,
    name TEXT NOT NULL,
    zone TEXT,
    week TEXT,
    rules TEXT,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX agents_builtin ON agents (user_id) WHERE kind = 'builtin';
CREATE INDEX agents_by_name ON agents (kind, name, id);

-- Those who have an account already have an agent as well.
INSERT INTO agents (id, kind, user_id, name, state, created_at)
    SELECT id, 'builtin', id, '', 'active', created_at FROM users;
