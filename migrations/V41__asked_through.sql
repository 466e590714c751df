-- Through which connection a task or an approval was asked, and whether of a role: what is said of it is handed over as long as that
-- connection stands; null: through none.
ALTER TABLE sessions ADD COLUMN connection_id TEXT;
ALTER TABLE sessions ADD COLUMN is_to_role BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE sessions SET
    connection_id = (SELECT t.connection_id FROM tasks t WHERE t.session_id = sessions.id),
    is_to_role = EXISTS (SELECT 1 FROM tasks t WHERE t.session_id = sessions.id AND t.to_kind = 'role')
WHERE kind = 'task';
UPDATE sessions SET
    connection_id = (SELECT a.connection_id FROM approvals a WHERE a.id = sessions.id),
    is_to_role = EXISTS (SELECT 1 FROM approvals a WHERE a.id = sessions.id AND a.of_kind = 'role')
WHERE kind = 'approval';
