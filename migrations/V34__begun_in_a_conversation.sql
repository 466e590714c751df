-- The conversation in which a scheduling session, or a group's decision on a time, began, and to whose rights it is held; null: in
-- none.
ALTER TABLE sessions ADD COLUMN conversation_id TEXT;
CREATE INDEX sessions_by_conversation ON sessions (conversation_id, id) WHERE conversation_id IS NOT NULL;
ALTER TABLE group_decisions ADD COLUMN conversation_id TEXT;
