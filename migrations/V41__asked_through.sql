-- Through which connection a task or an approval was asked, and whether of a role: what is said of it is handed over as long as that
-- connection stands; null: through none. Of a role, as long as its recipient fills it.
ALTER TABLE sessions ADD COLUMN connection_id TEXT;
ALTER TABLE sessions ADD COLUMN role_id TEXT;
UPDATE sessions SET
    connection_id = (SELECT t.connection_id FROM tasks t WHERE t.session_id = sessions.id),
    role_id = (SELECT t.to_id FROM tasks t WHERE t.session_id = sessions.id AND t.to_kind = 'role')
WHERE kind = 'task';
UPDATE sessions SET
    connection_id = (SELECT a.connection_id FROM approvals a WHERE a.id = sessions.id),
    role_id = (SELECT a.of_id FROM approvals a WHERE a.id = sessions.id AND a.of_kind = 'role')
WHERE kind = 'approval';
