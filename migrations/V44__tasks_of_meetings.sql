-- What belongs to a meeting is kept as long as it: the meeting that a task found a time for.
ALTER TABLE tasks ADD COLUMN meeting_id TEXT;
UPDATE tasks SET meeting_id = (SELECT s.meeting_id FROM sessions s WHERE s.id = tasks.about_id) WHERE about_id IS NOT NULL;
