-- What belongs to a meeting is kept as long as it: the meeting that a task found a time for.
ALTER TABLE tasks ADD COLUMN meeting_id TEXT;
UPDATE tasks SET meeting_id = (SELECT s.meeting_id FROM sessions s WHERE s.id = tasks.about_id) WHERE about_id IS NOT NULL;
-- The rooms and things of a booking whose programs are asked between its two phases (JSON); null: none.
ALTER TABLE session_bookings ADD COLUMN rooms TEXT;
