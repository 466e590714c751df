-- Work with an ordering key stands in a line, each behind the one before it (`after_id`). The index of what can be done has those that are first in
-- their line alone; until now it had all that waits, and what stands behind others was looked at whenever something was taken.
ALTER TABLE queue ADD COLUMN after_id TEXT;
UPDATE queue SET after_id = (SELECT MAX(e.id) FROM queue e
    WHERE e.topic = queue.topic AND e.ordering_key = queue.ordering_key AND e.id < queue.id)
WHERE ordering_key IS NOT NULL;
CREATE TABLE queue_lines (
    topic TEXT NOT NULL,
    ordering_key TEXT NOT NULL,
    last_id TEXT NOT NULL,
    PRIMARY KEY (topic, ordering_key)
);
INSERT INTO queue_lines (topic, ordering_key, last_id)
    SELECT topic, ordering_key, MAX(id) FROM queue WHERE ordering_key IS NOT NULL GROUP BY topic, ordering_key;
DROP INDEX queue_ready;
DROP INDEX queue_order;
CREATE INDEX queue_in_turn ON queue (topic, rank, id) WHERE after_id IS NULL;
CREATE INDEX queue_behind ON queue (after_id) WHERE after_id IS NOT NULL;
