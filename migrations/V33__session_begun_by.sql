-- Which program began a session; null: a person did, or nobody knows any more. What it is for is for whoever began it to say.
ALTER TABLE sessions ADD COLUMN by_agent_id TEXT;
