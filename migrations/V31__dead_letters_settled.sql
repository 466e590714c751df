-- Dead letters whose senders, sessions or tasks have been told: they are gone through once, oldest first, however many there are.
ALTER TABLE dead_letters ADD COLUMN settled_at BIGINT;
CREATE INDEX dead_letters_unsettled ON dead_letters (topic, died_at, id) WHERE settled_at IS NULL;
